//! What was seen, in one line. Hostile text: whoever shows it escapes it.

use model::{Fact, FactKind, facts::Native};

/// Characters of an evidence line.
const LONGEST: usize = 240;
/// Characters of one quoted text in it.
const QUOTED: usize = 120;

/// The line for a fact that a rule hit because of `fields`.
pub(crate) fn of_fact(fact: &Fact, fields: &[(String, String)]) -> String {
    let line = match &fact.kind {
        FactKind::Call(call) => {
            let mut arguments: Vec<String> = call.text.iter().take(4).map(|text| quoted(text)).collect();
            arguments.extend(call.keyword.iter().take(4).cloned());
            let mut line = format!("{}({})", call.callee, arguments.join(", "));
            if !call.input.is_empty() {
                line.push_str(&format!(" with what {} gave", call.input.join(", ")));
            }
            if !call.indirect.is_empty() {
                line.push_str(&format!(", its name hidden by {}", call.indirect.join(", ")));
            }
            line
        }
        FactKind::Flow(flow) => {
            let side = |callee: &str, behaviour: &str, texts: &[String]| {
                let name = if callee.is_empty() { behaviour } else { callee };
                let text = texts.first().map(|text| quoted(text)).unwrap_or_default();
                format!("{name}({text})")
            };
            let from = match flow.source_member.as_str() {
                "" => String::new(),
                member => format!("{member}:{} ", flow.source_line),
            };
            let via = if flow.via.is_empty() { String::new() } else { format!(" through {}", flow.via.join(", ")) };
            let lines: Vec<&str> =
                flow.steps.iter().filter_map(|step| step.split_once(": ")).map(|(at, _)| at).collect();
            let by = match lines[..] {
                [] => String::new(),
                [line] => format!(", by line {line}"),
                _ => format!(", by lines {}", lines.join(", ")),
            };
            format!(
                "{from}{} → {}{via}{by}",
                side(&flow.source_callee, &flow.source, &flow.source_text),
                side(&flow.sink_callee, &flow.sink, &flow.sink_text)
            )
        }
        FactKind::Layer(layer) => {
            let sink = if layer.sink.is_empty() { String::new() } else { format!(" into {}", layer.sink) };
            format!(
                "{} gives {} bytes of {}{sink}: {}",
                layer.operation.join(" → "),
                layer.size,
                layer.language,
                quoted(&layer.text)
            )
        }
        FactKind::Import(import) if import.indirect.is_empty() => format!("import {}", import.module),
        FactKind::Import(import) => format!("import {} by {}", import.module, import.indirect.join(", ")),
        FactKind::Anomaly(anomaly) if anomaly.detail.is_empty() => anomaly.kind.clone(),
        FactKind::Anomaly(anomaly) => format!("{}: {}", anomaly.kind, anomaly.detail),
        FactKind::Difference(change) => change.what.clone(),
        FactKind::Dependency(dependency) => dependency.requirement.clone(),
        FactKind::Record(record) => format!("{} {}", record.kind, record.member),
        FactKind::Summary(_) => {
            let fields = fields.iter().filter(|(name, _)| matches!(name.as_str(), "rules" | "families" | "behaviour"));
            fields.map(|(_, value)| with_phases(value)).collect::<Vec<_>>().join("; ")
        }
        FactKind::Pe(one) => native("PE", one),
        FactKind::Elf(one) => native("ELF", one),
        FactKind::Macho(one) => native("Mach-O", one),
        FactKind::Wasm(one) => native("WebAssembly", one),
        _ => {
            fields.iter().map(|(name, value)| format!("{name}: {}", cut(value, QUOTED))).collect::<Vec<_>>().join("; ")
        }
    };
    one_line(&line)
}

/// A list of a summary without the behaviours that stand in it with their phase, too.
fn with_phases(list: &str) -> String {
    let all: Vec<&str> = list.split(", ").collect();
    let told =
        |one: &&str| all.iter().any(|other| other.split_once(':').is_some_and(|(_, behaviour)| behaviour == *one));
    all.iter().filter(|one| !told(one)).copied().collect::<Vec<_>>().join(", ")
}

/// What a native binary is, what its imports allow, who packed it, who signed it, and the first address that it names.
fn native(format: &str, binary: &Native) -> String {
    let mut parts = vec![[format, &binary.kind, &binary.machine].join(" ").trim().to_owned()];
    if binary.malformed {
        parts.push("cannot be read as what its first bytes say".to_owned());
    }
    if !binary.capability.is_empty() {
        parts.push(format!("imports {}", binary.capability.join(", ")));
    }
    if !binary.packer.is_empty() {
        parts.push(format!("made by {}", binary.packer.join(", ")));
    }
    if binary.signed && !binary.adhoc {
        let signer = quoted(&binary.subject);
        parts.push(match binary.self_signed {
            true => format!("signed by {signer}, for whom nobody else vouches"),
            false => format!("signed by {signer}, digest: {}", binary.digest),
        });
    }
    parts.extend(binary.url.first().map(|url| format!("names {}", quoted(url))));
    parts.join("; ")
}

/// The line for texts that a byte rule matched.
pub(crate) fn of_bytes(matched: &[Vec<u8>], offset: Option<usize>) -> String {
    let texts: Vec<String> = matched
        .iter()
        .map(|bytes| {
            let plain =
                bytes.iter().filter(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)).count();
            match std::str::from_utf8(bytes) {
                Ok(text) if plain == bytes.len() => cut(text, QUOTED),
                _ => format!("bytes {}", hex::encode(&bytes[..bytes.len().min(24)])),
            }
        })
        .collect();
    let at = offset.map(|offset| format!("at offset {offset:#x}: ")).unwrap_or_default();
    one_line(&format!("{at}{}", texts.join(" … ")))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text, QUOTED))
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
    cut(flat.trim(), LONGEST)
}

#[cfg(test)]
mod tests {
    use model::{Phase, Place, facts};

    use super::*;

    #[test]
    fn a_flow_reads_from_source_to_sink() {
        let fact = Fact::new(
            Place::default(),
            facts::Flow {
                source: "network.fetch".into(),
                source_callee: "urllib.request.urlopen".into(),
                source_text: vec!["http://host.invalid/x\ny".into()],
                sink: "code.exec".into(),
                sink_callee: "exec".into(),
                sink_text: Vec::new(),
                via: vec!["decode.base64".into()],
                phase: Phase::Install,
                source_line: 1,
                steps: vec!["3: data = b64decode(text)".into(), "5: run(data)".into()],
                source_member: String::new(),
                elsewhere: Vec::new(),
                function: "<module>".into(),
                member: "setup.py".into(),
                role: "setup".into(),
                layer: 0,
            },
        );
        let line = of_fact(&fact, &[]);
        assert_eq!(
            line,
            "urllib.request.urlopen(\"http://host.invalid/x y\") → exec() through decode.base64, by lines 3, 5"
        );
    }

    #[test]
    fn matched_bytes_are_quoted_or_given_in_hex() {
        assert_eq!(
            of_bytes(&[b"curl".to_vec(), vec![0x90, 0x00, 0xff]], Some(16)),
            "at offset 0x10: curl … bytes 9000ff"
        );
        assert!(of_bytes(&[vec![b'a'; 900]], None).chars().count() <= LONGEST + 1);
    }
}
