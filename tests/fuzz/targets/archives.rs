//! Archives: bytes as they are, and bytes after the repair of what chance hardly gets right.

use arbitrary::Unstructured;

use super::reading;

const BLOCK: usize = 512;

/// A zip as it is, or one of entries that are what they claim or not.
pub(crate) fn zip(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => drop(made(&mut Unstructured::new(rest)).map(|archive| reading::members(&archive))),
        _ => drop(reading::members(data)),
    }
}

/// Stored entries; each number of a header is true, or anything.
fn made(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    while count < 8 && !input.is_empty() {
        let length = input.int_in_range(1..=24)?.min(input.len());
        let name = input.bytes(length)?.to_vec();
        let size = usize::from(input.arbitrary::<u8>()?).min(input.len());
        let content = input.bytes(size)?.to_vec();
        let mut number = |true_one: u32| -> arbitrary::Result<u32> {
            Ok(if input.ratio(1, 8)? { input.arbitrary()? } else { true_one })
        };
        let mut header = |out: &mut Vec<u8>, signature: &[u8], offset: Option<u32>| -> arbitrary::Result<()> {
            out.extend_from_slice(signature);
            if offset.is_some() {
                out.extend_from_slice(&[20, 3]);
            }
            out.extend_from_slice(&[20, 0]);
            out.extend_from_slice(&(number(0)? as u16).to_le_bytes());
            out.extend_from_slice(&(number(0)? as u16).to_le_bytes());
            out.extend_from_slice(&[0, 0, 0x21, 0]);
            out.extend_from_slice(&number(0)?.to_le_bytes());
            out.extend_from_slice(&number(size as u32)?.to_le_bytes());
            out.extend_from_slice(&number(size as u32)?.to_le_bytes());
            out.extend_from_slice(&(number(name.len() as u32)? as u16).to_le_bytes());
            out.extend_from_slice(&(number(0)? as u16).to_le_bytes());
            if let Some(offset) = offset {
                out.extend_from_slice(&[0; 10]);
                out.extend_from_slice(&number(offset)?.to_le_bytes());
            }
            out.extend_from_slice(&name);
            Ok(())
        };
        let offset = out.len() as u32;
        header(&mut out, b"PK\x03\x04", None)?;
        out.extend_from_slice(&content);
        header(&mut directory, b"PK\x01\x02", Some(offset))?;
        count += 1;
    }
    let (start, length) = (out.len() as u32, directory.len() as u32);
    out.append(&mut directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    Ok(out)
}

/// A tar whose headers have the checksum that they should have.
pub(crate) fn tar(data: &[u8]) {
    let mut archive = data.to_vec();
    for block in archive.chunks_exact_mut(BLOCK) {
        if &block[257..262] == b"ustar" {
            seal(block);
        }
    }
    drop(reading::members(&archive));
}

/// Writes the checksum of a header.
pub(crate) fn seal(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A stream as it is, or what follows a head that every reader takes.
pub(crate) fn gzip(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => {
            let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
            drop(reading::members(&[&head[..], rest].concat()));
        }
        _ => drop(reading::members(data)),
    }
}
