//! What a fact says, without where it stands: two facts with one key are the same fact.

use model::{Fact, FactKind, facts::Native};

use crate::{evidence, layout::normalised};

/// One thing that a fact says.
pub(super) struct Keyed {
    pub kind: &'static str,
    pub text: String,
    pub what: String,
    /// It is said by this rule alone, and only because it hit.
    pub of_rule: Option<String>,
}

/// Behaviours a fact shows.
pub(super) fn behaviour(kind: &FactKind) -> Vec<String> {
    match kind {
        FactKind::Call(call) => call.behaviour.clone(),
        FactKind::Flow(flow) => vec![flow.source.clone(), flow.sink.clone()],
        FactKind::Layer(layer) if !layer.sink.is_empty() => vec![layer.sink.clone()],
        _ => Vec::new(),
    }
}

/// The keys of a fact. Names of functions and locals, lines, sizes and shares are in none of them.
pub(super) fn keys(fact: &Fact, rules: &[String]) -> Vec<Keyed> {
    let one = |kind: &'static str, parts: &[&str]| {
        let text = format!("{kind}\0{}", parts.join("\0"));
        vec![Keyed { kind, text, what: evidence::of_fact(fact, &[]), of_rule: None }]
    };
    let joined = |texts: &[String]| texts.join("\u{1}");
    // What a rule says of a shape is new when no rule said it before; the numbers behind it change with every edit.
    let by_rule = |kind: &'static str| {
        let keyed = |rule: &String| Keyed {
            kind,
            text: format!("{kind}\0{rule}"),
            what: String::new(),
            of_rule: Some(rule.clone()),
        };
        rules.iter().map(keyed).collect::<Vec<_>>()
    };
    match &fact.kind {
        FactKind::Call(call) => {
            let layer = call.layer.min(1).to_string();
            let (text, keyword) = (joined(&call.text), joined(&sorted(&call.keyword)));
            let (input, indirect) = (joined(&sorted(&call.input)), joined(&sorted(&call.indirect)));
            one("call", &[&call.callee, &text, &keyword, &input, &indirect, &layer])
        }
        FactKind::Flow(flow) => {
            let (from, to, via) = (joined(&flow.source_text), joined(&flow.sink_text), joined(&flow.via));
            let layer = flow.layer.min(1).to_string();
            let (source, sink) = (&flow.source, &flow.sink);
            one("flow", &[source, &flow.source_callee, &from, sink, &flow.sink_callee, &to, &via, &layer])
        }
        FactKind::Layer(layer) => one("layer", &[&joined(&layer.operation), &layer.language, &layer.sink, &layer.text]),
        FactKind::Import(import) => one("import", &[&import.module, &joined(&sorted(&import.indirect))]),
        FactKind::Member(member) => {
            let marks = format!("{}{}{}", member.disguised, member.hidden, member.ambiguous);
            let mut keys = one("member", &[&member.format, &marks]);
            for keyed in &mut keys {
                keyed.what = format!("a file of kind {}", member.format);
            }
            keys
        }
        FactKind::Anomaly(anomaly) => one("anomaly", &[&anomaly.kind]),
        FactKind::Pe(one) | FactKind::Elf(one) | FactKind::Macho(one) | FactKind::Wasm(one) => binary(one),
        FactKind::Bytecode(code) => {
            let mut keys =
                one("bytecode", &[&code.version, &code.check, &code.source, &joined(&sorted(&code.foreign))]);
            for keyed in &mut keys {
                keyed.what = format!("byte code of {}, its source: {}", code.version, code.source);
            }
            keys
        }
        FactKind::Dependency(dependency) => {
            let written: String = dependency.requirement.chars().filter(|c| !c.is_whitespace()).collect();
            one("dependency", &[&written.to_ascii_lowercase()])
        }
        FactKind::Record(record) => one("record", &[&record.kind]),
        FactKind::Source(_) => by_rule("shape"),
        FactKind::Metadata(metadata) => {
            let mut keys = by_rule("metadata");
            let mut said = |kind: &'static str, value: &str| {
                if !value.is_empty() {
                    let text = format!("{kind}\0{}", value.trim().to_lowercase());
                    keys.push(Keyed { kind, text, what: value.to_owned(), of_rule: None });
                }
            };
            said("author", &metadata.author);
            said("author-email", &metadata.author_email);
            said("project", &normalised(&metadata.project));
            metadata.url.iter().for_each(|url| said("link", url));
            metadata.entry_points.iter().for_each(|point| said("entry-point", point));
            metadata.shadows.iter().for_each(|module| said("top-level", module));
            if metadata.install_code {
                said("install-code", "code of its own runs on installation");
            }
            keys
        }
        FactKind::Summary(_) | FactKind::Difference(_) => Vec::new(),
    }
}

/// What a native binary may do, who packed it, who signed it: one that was signed and is not any more says so.
fn binary(one: &Native) -> Vec<Keyed> {
    let key = |text: String, what: String| {
        let text = format!("binary\0{text}");
        Keyed { kind: "binary", text, what, of_rule: None }
    };
    let (kind, signed) = (&one.kind, one.signed && !one.adhoc);
    let signer = if signed { format!("signed by {:?}", one.subject) } else { "not signed".to_owned() };
    let mut keys = vec![key(signer.clone(), format!("a binary ({kind}), {signer}"))];
    let may = |one: &String| key(format!("may {one}"), format!("a binary ({kind}) that imports {one}"));
    keys.extend(one.capability.iter().map(may));
    keys.extend(one.packer.iter().map(|one| key(format!("by {one}"), format!("a binary ({kind}) made by {one}"))));
    keys
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut texts = texts.to_vec();
    texts.sort();
    texts
}
