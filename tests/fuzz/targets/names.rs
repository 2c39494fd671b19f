//! Names and links: whatever files are called and whatever leads to them, each content is in the union of the readings.

use arbitrary::Unstructured;

use super::{archives::seal, reading};

struct Part {
    kind: u8,
    name: Vec<u8>,
    target: Vec<u8>,
    content: Vec<u8>,
}

pub(crate) fn target(data: &[u8]) {
    let Ok(parts) = parts(&mut Unstructured::new(data)) else { return };
    let members = reading::members(&tar(&parts));
    for part in parts.iter().filter(|part| part.kind == b'0') {
        assert!(reading::holds(&members, &part.content), "{:?} is not there", String::from_utf8_lossy(&part.name));
    }
}

fn parts(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<Part>> {
    let mut parts = Vec::new();
    while parts.len() < 12 && !input.is_empty() {
        let kind = *input.choose(b"0000125")?;
        let mut name = || -> arbitrary::Result<Vec<u8>> {
            // Half of the names are of a few pieces, so that they meet.
            if input.arbitrary()? {
                let mut name = Vec::new();
                for _ in 0..input.int_in_range(1..=4)? {
                    name.extend_from_slice(input.choose(&[
                        &b"a"[..],
                        b"/",
                        b"..",
                        b"setup.py",
                        b".",
                        b"\\",
                        b"A",
                        b"\xc3\xa9",
                    ])?);
                }
                return Ok(name);
            }
            let length = input.int_in_range(1..=99)?.min(input.len());
            Ok(input.bytes(length)?.iter().map(|byte| if *byte == 0 { b'0' } else { *byte }).collect())
        };
        let (name, target) = (name()?, name()?);
        // A file that ends in a slash is a folder to the readers of old.
        let file = kind == b'0' && !name.is_empty() && !name.ends_with(b"/");
        let content = if file { format!("content of {}\n", parts.len()).into_bytes() } else { Vec::new() };
        parts.push(Part { kind: if kind == b'0' && !file { b'5' } else { kind }, name, target, content });
    }
    Ok(parts)
}

fn tar(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        let mut head = [0; 512];
        head[..part.name.len().min(99)].copy_from_slice(&part.name[..part.name.len().min(99)]);
        head[100..108].copy_from_slice(b"0000644\0");
        head[124..136].copy_from_slice(format!("{:011o}\0", part.content.len()).as_bytes());
        head[156] = part.kind;
        if part.kind != b'0' {
            head[157..157 + part.target.len().min(99)].copy_from_slice(&part.target[..part.target.len().min(99)]);
        }
        head[257..265].copy_from_slice(b"ustar\x0000");
        seal(&mut head);
        out.extend_from_slice(&head);
        out.extend_from_slice(&part.content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}
