//! The page of a rule: what it says and why, what it weighs, where honest code does it, and its examples.

use analysis::Rulebook;
use analysis::rulebook::rule::{Language, Rule};
use model::{Phase, RuleStatus, Terminal};

use crate::rulebook::Files;

/// Lines of a rule, and of an example, that are printed.
const LINES: usize = 80;
const EXAMPLE: usize = 24;

pub(super) fn page(rule: &Rule, book: &Rulebook, files: &Files) -> String {
    let mut text = format!("{}\n  {}\n\n", rule.id, Terminal(&rule.title));
    let why = why(rule, files);
    if !why.is_empty() {
        text.push_str(&format!("  {}\n\n", Terminal(&why)));
    }
    for (name, value) in [
        ("level", rule.level.as_str()),
        ("weight", &weight(rule, book)),
        ("status", status(rule)),
        ("family", &family(rule, book)),
        ("technique", &rule.tags.join(", ")),
        ("honest code", &rule.falsepositives),
        ("written in", &format!("{}, {}:{}", rule.language.as_str(), rule.file, rule.line)),
    ] {
        text.push_str(&format!("  {name:12} {}\n", Terminal(value)));
    }
    for (anchor, meaning) in coverage(rule, files) {
        text.push_str(&format!("  {:12} {}: {}\n", "covers", Terminal(anchor), Terminal(meaning)));
    }
    text.push_str("\n  The rule:\n\n");
    for line in source(rule, files) {
        text.push_str(&format!("    {}\n", Terminal(line)));
    }
    examples(rule, files, &mut text);
    text
}

fn weight(rule: &Rule, book: &Rulebook) -> String {
    let score = book.score();
    let own = score.rule.get(&rule.id);
    let base = own.map(|own| own.weight).or_else(|| score.level.get(&rule.level).copied()).unwrap_or_default();
    let mut text = match (rule.status, own) {
        (RuleStatus::Experimental, _) => return "0: a shadow rule is recorded and never counts".to_owned(),
        (_, Some(own)) => format!("{base} in log-odds, its own: {}", own.reason),
        (_, None) => format!("{base} in log-odds, as every rule of its level"),
    };
    let phases = Phase::ALL.into_iter().filter_map(|phase| {
        let factor = score.phase.get(&phase).copied().filter(|factor| *factor != 1.0)?;
        Some(format!("× {factor} in code of phase {}", phase.as_str()))
    });
    let phases: Vec<String> = phases.collect();
    if !phases.is_empty() {
        text.push_str(&format!(" ({})", phases.join(", ")));
    }
    text
}

fn family(rule: &Rule, book: &Rulebook) -> String {
    let others = book.rules().iter().filter(|other| other.family == rule.family && other.id != rule.id).count();
    let cap = book.score().family.cap_of(&rule.family);
    let others = match others {
        0 => "no other rule".to_owned(),
        1 => "1 other rule".to_owned(),
        others => format!("{others} other rules"),
    };
    format!("{}, with {others}; together they add at most {cap}", rule.family)
}

/// What the rule says of why it matters.
fn why(rule: &Rule, files: &Files) -> String {
    if rule.language == Language::Yara {
        let said = source(rule, files).into_iter().find_map(|line| line.trim().strip_prefix("description = \""));
        return said.map(|text| text.trim_end_matches('"').to_owned()).unwrap_or_default();
    }
    let text = files.get(&rule.file).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let mut lines = text.lines().skip_while(|line| !line.starts_with("description:"));
    let Some(first) = lines.next() else { return String::new() };
    let first = first.trim_start_matches("description:").trim().trim_start_matches(['>', '|', '-']).trim();
    let more = lines.take_while(|line| line.starts_with(' ')).map(str::trim);
    let words: Vec<&str> = std::iter::once(first).chain(more).filter(|line| !line.is_empty()).collect();
    words.join(" ")
}

/// Rows of the table of what others look for that name this rule.
fn coverage<'a>(rule: &Rule, files: &'a Files) -> Vec<(&'a str, &'a str)> {
    let text = files.get("COVERAGE.md").and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let name = format!("`{}`", rule.id);
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.split(' ').any(|word| word == name));
    rows.filter_map(|line| {
        let mut cells = line.trim_matches('|').split(" | ");
        Some((cells.next()?.trim(), cells.next()?.trim()))
    })
    .collect()
}

/// The shortest hit and its benign twin as text, the names of the others.
fn examples(rule: &Rule, files: &Files, text: &mut String) {
    let folder = format!("examples/{}/", rule.id);
    let all: Vec<(&str, &[u8])> = files
        .range(folder.clone()..)
        .take_while(|(path, _)| path.starts_with(&folder))
        .map(|(path, bytes)| (&path[folder.len()..], bytes.as_slice()))
        .collect();
    for (kind, label) in [("hit", "It hits"), ("clean", "It does not hit")] {
        let plain =
            |name: &str| name.starts_with(kind) && !name.ends_with("PKG-INFO") && !name.contains("previous-release/");
        let own = all.iter().filter(|(name, bytes)| plain(name) && !bytes.is_empty());
        let Some((name, bytes)) = own.min_by_key(|(name, bytes)| (name.matches('/').count(), bytes.len())) else {
            continue;
        };
        text.push_str(&format!("\n  {label}, {folder}{}:\n\n", Terminal(name)));
        match std::str::from_utf8(bytes) {
            Ok(source) => {
                for line in source.lines().take(EXAMPLE) {
                    let cut: String = line.chars().take(160).collect();
                    text.push_str(&format!("    {}\n", Terminal(&cut)));
                }
                let more = source.lines().count().saturating_sub(EXAMPLE);
                if more > 0 {
                    text.push_str(&format!("    … {more} more lines\n"));
                }
            }
            Err(_) => text.push_str(&format!("    {} bytes that are no text\n", bytes.len())),
        }
    }
    let more = all.len().saturating_sub(2);
    if more > 0 {
        let files = if more == 1 { "file" } else { "files" };
        text.push_str(&format!(
            "\n  {more} more {files} in {folder}; `gatehouse rules test {}` runs them all\n",
            rule.id
        ));
    }
}

/// The text of a rule in its file.
fn source<'a>(rule: &Rule, files: &'a Files) -> Vec<&'a str> {
    let text = files.get(&rule.file).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let from = match rule.language {
        Language::Yara => rule.line.saturating_sub(1) as usize,
        Language::Sigma | Language::List => 0,
    };
    let mut lines = Vec::new();
    for line in text.lines().skip(from).take(LINES) {
        lines.push(line);
        if rule.language == Language::Yara && line.starts_with('}') {
            break;
        }
    }
    lines
}

fn status(rule: &Rule) -> &'static str {
    match rule.status {
        RuleStatus::Experimental => "experimental",
        RuleStatus::Test => "test",
        RuleStatus::Stable => "stable",
        RuleStatus::Deprecated => "deprecated",
    }
}
