//! What `rules check` says beyond what compiling finds out: words that no fact will ever hold, rules without examples.

use std::collections::{BTreeMap, BTreeSet};

use model::{Phase, RuleStatus};

use super::{
    Rulebook,
    diagnostic::{Diagnostic, locate, nearest},
    trial,
};
use crate::sigma::Comparison;

/// All mistakes of a rulebook, and what looks like one.
pub fn check(files: &BTreeMap<String, Vec<u8>>) -> Vec<Diagnostic> {
    let mut diagnostics = match Rulebook::compile(files) {
        Err(diagnostics) => diagnostics,
        Ok(book) => {
            let mut diagnostics = Vec::new();
            words(&book, files, &mut diagnostics);
            weights(&book, files, &mut diagnostics);
            examples(&book, files, &mut diagnostics);
            diagnostics
        }
    };
    diagnostics.sort();
    diagnostics.dedup();
    diagnostics
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, path: &str) -> &'a str {
    files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Values that are compared with fields whose words are known.
fn words(book: &Rulebook, files: &BTreeMap<String, Vec<u8>>, diagnostics: &mut Vec<Diagnostic>) {
    let behaviours: BTreeSet<&str> = book.behaviour_ids().iter().map(String::as_str).collect();
    let phases: BTreeSet<&str> = Phase::ALL.into_iter().map(Phase::as_str).collect();
    let roles: BTreeSet<&str> = ROLES.into_iter().collect();
    let rules: BTreeSet<&str> = book.rules().iter().filter(|rule| !rule.summary).map(|rule| rule.id.as_str()).collect();
    let families: BTreeSet<&str> = book.rules().iter().map(|rule| rule.family.as_str()).collect();
    let phased: BTreeSet<String> = phases
        .iter()
        .flat_map(|phase| behaviours.iter().map(move |behaviour| format!("{phase}:{behaviour}")))
        .collect();
    for comparison in book.comparisons() {
        let summary = comparison.logsource.1 == "summary";
        let (code, what, mut known) = match comparison.field.as_str() {
            "source" if comparison.logsource.1 == "bytecode" => {
                ("R0003", "relation of byte code to its source", BTreeSet::from(["same", "differs", "none", "unknown"]))
            }
            "behaviour" | "source" | "sink" | "via" | "input" => ("R0007", "behaviour", behaviours.clone()),
            "capability" => ("R0007", "capability", book.natives.ids().collect()),
            "packer" if comparison.logsource.0 == "binary" => ("R0007", "packer", book.natives.packers().collect()),
            "phase" => ("R0003", "phase", phases.clone()),
            "role" => ("R0003", "role", roles.clone()),
            "rules" if summary => ("R0010", "rule that a summary can see", rules.clone()),
            "families" if summary => ("R0010", "family", families.clone()),
            _ => continue,
        };
        if summary && comparison.field == "behaviour" {
            known.extend(phased.iter().map(String::as_str));
        }
        for value in &comparison.values {
            if !fits(comparison, value, &known) {
                let help = nearest(value, known.iter().copied())
                    .map_or_else(|| "no fact will ever hold it".to_owned(), |near| format!("did you mean `{near}`?"));
                let text = text(files, &comparison.file);
                let from = text.find(&comparison.rule).unwrap_or(0);
                diagnostics.push(
                    Diagnostic::error(code, &comparison.file, format!("`{value}` is no {what}"))
                        .at(text, locate(text, value, from))
                        .label(format!("compared with `{}` by `{}`", comparison.field, comparison.rule))
                        .help(help),
                );
            }
        }
    }
    for name in book.score().family.caps.keys().filter(|name| !families.contains(name.as_str())) {
        diagnostics.push(
            Diagnostic::error("R0010", "score.toml", format!("no rule is of the family `{name}`"))
                .at(text(files, "score.toml"), locate(text(files, "score.toml"), name, 0))
                .warning(),
        );
    }
}

const ROLES: [&str; 12] =
    ["setup", "backend", "pth", "startup", "package", "init", "script", "main", "tests", "docs", "data", "metadata"];

fn fits(comparison: &Comparison, value: &str, known: &BTreeSet<&str>) -> bool {
    if value.contains(['*', '?']) {
        return true;
    }
    let value = value.to_lowercase();
    if comparison.whole {
        known.contains(value.as_str())
    } else if comparison.prefix {
        known.iter().any(|word| word.starts_with(&value))
    } else {
        // Contained, ending, or by expression: only what is plain text can be judged.
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_'));
        !plain || known.iter().any(|word| word.contains(&value))
    }
}

/// Numbers in `score.toml` that are about nothing.
fn weights(book: &Rulebook, files: &BTreeMap<String, Vec<u8>>, diagnostics: &mut Vec<Diagnostic>) {
    let score = text(files, "score.toml");
    let ids = || book.rules().iter().map(|rule| rule.id.as_str());
    for id in book.score().rule.keys().filter(|id| book.rule(id).is_none()) {
        let help = nearest(id, ids()).map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        diagnostics.push(
            Diagnostic::error("R0010", "score.toml", format!("there is no rule `{id}` to weigh"))
                .at(score, locate(score, id, 0))
                .help(help),
        );
    }
    for role in book.score().role.keys().filter(|role| !ROLES.contains(&role.as_str())) {
        diagnostics.push(
            Diagnostic::error("R0003", "score.toml", format!("`{role}` is no role")).at(score, locate(score, role, 0)),
        );
    }
}

/// A hit and a benign twin for every rule, and no examples of rules that do not exist.
fn examples(book: &Rulebook, files: &BTreeMap<String, Vec<u8>>, diagnostics: &mut Vec<Diagnostic>) {
    let examples = trial::examples(files);
    for rule in book.rules().iter().filter(|rule| rule.status != RuleStatus::Deprecated) {
        let of_rule = || examples.iter().filter(|example| example.rule == rule.id);
        for (missing, name) in [(!of_rule().any(|example| example.hit), "hit"), (!of_rule().any(|e| !e.hit), "clean")] {
            if missing {
                let text = text(files, &rule.file);
                diagnostics.push(
                    Diagnostic::error("R0011", &rule.file, format!("rule `{}` has no `{name}` example", rule.id))
                        .at(text, locate(text, &rule.id, 0))
                        .label("this rule")
                        .help(format!("write `examples/{}/{name}.py`, or another that `README.md` names", rule.id)),
                );
            }
        }
    }
    for example in &examples {
        if book.rule(&example.rule).is_none() {
            let near = nearest(&example.rule, book.rules().iter().map(|rule| rule.id.as_str()));
            diagnostics.push(
                Diagnostic::error("R0012", &example.path, format!("there is no rule `{}`", example.rule))
                    .help(near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default()),
            );
        } else if let Err(wrong) = example.pack() {
            diagnostics.push(wrong);
        }
    }
    let stray = files.keys().filter(|path| {
        let name = path.strip_prefix("examples/").and_then(|rest| rest.split('/').nth(1));
        path.starts_with("examples/") && !name.is_some_and(|name| name.starts_with("hit") || name.starts_with("clean"))
    });
    for path in stray {
        diagnostics.push(
            Diagnostic::error("R0012", path, "neither a `hit` nor a `clean` example")
                .help("`examples/ID/hit…` or `examples/ID/clean…`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::tests::book_files;

    fn sound() -> BTreeMap<String, Vec<u8>> {
        let mut files = book_files();
        let rules: Vec<String> =
            Rulebook::compile(&files).unwrap().rules().iter().map(|rule| rule.id.clone()).collect();
        for rule in rules {
            files.insert(format!("examples/{rule}/hit.py"), b"x = 1\n".to_vec());
            files.insert(format!("examples/{rule}/clean.py"), b"x = 1\n".to_vec());
        }
        files
    }

    fn codes(files: &BTreeMap<String, Vec<u8>>) -> Vec<&'static str> {
        check(files).into_iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn a_sound_rulebook_has_no_diagnostics() {
        assert_eq!(check(&sound()), []);
    }

    #[test]
    fn each_mistake_has_its_code() {
        let change = |path: &str, from: &str, to: &str| {
            let mut files = sound();
            let text = String::from_utf8(files[path].clone()).unwrap();
            assert!(text.contains(from), "{path} holds no {from}");
            files.insert(path.to_owned(), text.replace(from, to).into_bytes());
            codes(&files)
        };
        assert_eq!(change("sigma/call.yml", "process.spawn", "process.spwan"), ["R0007"]);
        assert_eq!(change("sigma/call.yml", "phase: install", "phase: instal"), ["R0003"]);
        assert_eq!(change("sigma/summary.yml", "says-needle", "says-needel"), ["R0010"]);
        assert_eq!(change("score.toml", "says-needle", "says-nothing"), ["R0010"]);
        let mut files = sound();
        files.remove("examples/says-needle/clean.py");
        files.insert("examples/says-nothing/hit.py".into(), Vec::new());
        files.insert("examples/says-needle/other.py".into(), Vec::new());
        assert_eq!(codes(&files), ["R0012", "R0012", "R0011"]);
    }
}
