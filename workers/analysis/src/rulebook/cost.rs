//! What each rule costs, as pieces of work that the caller times: this room has no clock.

use std::collections::BTreeMap;

use model::Fact;

use super::{
    Rulebook,
    limits::Scan,
    rule::{Format, Language, Rule},
    trial,
};
use crate::{sigma::Sigma, yara::Yara};

/// Bytes that a byte rule is measured on at least.
const MEASURED_BYTES: usize = 4 * 1024 * 1024;
/// Facts that a fact rule is measured on at least.
const MEASURED_FACTS: usize = 20_000;

/// A rule alone, ready to be run over what it reads.
pub struct Bench {
    pub rule: String,
    /// Millions of bytes, or facts, of one run.
    pub amount: f64,
    /// What one unit may cost: milliseconds a million bytes, or microseconds a fact.
    pub budget: f64,
    pub language: Language,
    work: Box<dyn FnMut()>,
}

impl Bench {
    /// One run; the caller times it and divides by `amount`.
    pub fn run(&mut self) {
        (self.work)();
    }
}

/// One bench for each rule over bytes or facts. `honest` are sources of honest projects; the clean examples are
/// measured as well, and repeated until there is enough. Rules over rare facts, that no example has twice, are measured on
/// the ones there are.
pub fn benches(files: &BTreeMap<String, Vec<u8>>, book: &Rulebook, honest: &[Vec<u8>]) -> Vec<Bench> {
    let mut sources: Vec<Vec<u8>> = honest.to_vec();
    for (path, bytes) in files {
        let name = path.split('/').nth(2).unwrap_or_default();
        if path.starts_with("examples/") && name.starts_with("clean") && path.ends_with(".py") {
            sources.push(bytes.clone());
        }
    }
    let mut text: Vec<u8> = sources.join(&b'\n');
    if text.is_empty() {
        text.extend_from_slice(b"import os\n");
    }
    let text = text.repeat(MEASURED_BYTES.div_ceil(text.len()).max(1));
    let facts = facts(files, book);
    let mut benches = Vec::new();
    for rule in book.rules().iter().filter(|rule| rule.status != model::RuleStatus::Deprecated) {
        let bench = match rule.language {
            Language::Yara => yara(files, book, rule, &text),
            Language::Sigma => sigma(files, book, rule, &facts),
            // All lists share one automaton: one more entry costs nothing.
            Language::List => None,
        };
        benches.extend(bench);
    }
    benches
}

/// Facts of all examples, by what the examiner asks the rules.
fn facts(files: &BTreeMap<String, Vec<u8>>, book: &Rulebook) -> Vec<Fact> {
    let mut facts = Vec::new();
    for example in trial::examples(files) {
        if let Ok(packed) = example.pack() {
            let context = model::Context::named(&packed.filename);
            crate::examine::observe(&model::Artifact::new(packed.bytes), &context, book, &mut |fact| {
                facts.push(fact.clone());
            });
        }
    }
    facts
}

fn yara(files: &BTreeMap<String, Vec<u8>>, book: &Rulebook, rule: &Rule, text: &[u8]) -> Option<Bench> {
    let source = std::str::from_utf8(files.get(&rule.file)?).ok()?;
    let alone = alone(source, &rule.id.replace('-', "_"))?;
    let (yara, _) = Yara::compile(&[(rule.file.as_str(), alone.as_str())], &mut Vec::new());
    let format = Format::ALL.into_iter().find(|format| yara.reads(*format))?;
    let (text, limits) = (text.to_vec(), Scan { seconds: 600, ..book.limits().scan.clone() });
    Some(Bench {
        rule: rule.id.clone(),
        amount: text.len() as f64 / 1e6,
        budget: book.limits().cost.yara_ms_per_mb,
        language: rule.language,
        work: Box::new(move || {
            let mut scan = yara.scanner(&limits);
            std::hint::black_box(scan.scan(format, &text).is_ok());
        }),
    })
}

/// The text of one rule with the imports of its file.
fn alone(source: &str, name: &str) -> Option<String> {
    let mut imports = String::new();
    let mut rule = String::new();
    let mut inside = false;
    for line in source.lines() {
        let declared = ["", "private ", "global "].iter().find_map(|before| {
            line.strip_prefix(before)?
                .strip_prefix("rule ")
                .map(|rest| rest.split([' ', ':', '{']).next().unwrap_or(rest))
        });
        if let Some(declared) = declared {
            inside = declared == name;
        }
        if line.starts_with("import ") {
            imports.push_str(line);
            imports.push('\n');
        } else if inside {
            rule.push_str(line);
            rule.push('\n');
        }
    }
    (!rule.is_empty()).then(|| imports + &rule)
}

fn sigma(files: &BTreeMap<String, Vec<u8>>, book: &Rulebook, rule: &Rule, facts: &[Fact]) -> Option<Bench> {
    let source = std::str::from_utf8(files.get(&rule.file)?).ok()?;
    let id = format!("id: {}", rule.id);
    let document = source.split("\n---").find(|document| document.lines().any(|line| line.trim() == id))?;
    let (sigma, ..) = Sigma::compile(&[(rule.file.as_str(), document)], &mut Vec::new());
    let read: Vec<Fact> = facts
        .iter()
        .filter(|fact| {
            let (product, category) = fact.kind.logsource();
            sigma.reads(product, category)
        })
        .cloned()
        .collect();
    if read.is_empty() {
        return None;
    }
    let rounds = MEASURED_FACTS.div_ceil(read.len());
    Some(Bench {
        rule: rule.id.clone(),
        amount: (read.len() * rounds) as f64,
        budget: book.limits().cost.sigma_us_per_fact,
        language: rule.language,
        work: Box::new(move || {
            for _ in 0..rounds {
                for fact in &read {
                    std::hint::black_box(sigma.evaluate(fact).len());
                }
            }
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_over_bytes_is_measured_alone() {
        let mut files = crate::rulebook::tests::book_files();
        files.insert("examples/says-needle/clean.py".into(), b"import os\nos.system('ls')\n".to_vec());
        let book = Rulebook::compile(&files).unwrap();
        let mut benches = benches(&files, &book, &[b"x = 1\n".to_vec()]);
        let rules: Vec<&str> = benches.iter().map(|bench| bench.rule.as_str()).collect();
        assert!(rules.contains(&"says-needle") && rules.contains(&"says-shadow"), "{rules:?}");
        for bench in &mut benches {
            assert!(bench.amount > 1.0 && bench.budget > 0.0);
            bench.run();
        }
    }

    #[test]
    fn one_rule_is_cut_out_of_its_file() {
        let source = "import \"math\"\n\nrule one : tag {\n a\n}\n\nprivate rule other {\n b\n}\n";
        assert_eq!(alone(source, "other").unwrap(), "import \"math\"\nprivate rule other {\n b\n}\n");
        assert!(alone(source, "on").is_none());
    }
}
