//! Verdicts that were kept, in every form in which this program writes them.

use serde::Deserialize;
use serde_json::Value;

use model::{Outcome, RuleStatus};

use super::arithmetic::{Line, Sum};
use crate::scan::text::shown;

/// What the arithmetic needs of a verdict.
#[derive(Deserialize)]
pub(super) struct Stored {
    pub filename: String,
    pub rulebook: String,
    outcome: Outcome,
    score: f64,
    coverage: Coverage,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Coverage {
    complete: bool,
}

#[derive(Deserialize)]
struct Finding {
    rule: String,
    level: String,
    member: String,
    line: u32,
    weight: f64,
    status: RuleStatus,
}

/// All verdicts of a text: one document, one of `--format json`, an answer of the API, an event, or one a line.
pub(super) fn read(text: &str) -> Result<Vec<Stored>, String> {
    let mut all = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let mut value = value.map_err(|error| format!("not JSON: {error}"))?;
        let inside = match value.get_mut("verdicts") {
            Some(Value::Array(verdicts)) => std::mem::take(verdicts),
            _ => vec![value],
        };
        for mut value in inside {
            for wrapping in ["data", "verdict"] {
                if let Some(inner) = value.get_mut(wrapping).filter(|inner| inner.is_object()) {
                    value = inner.take();
                }
            }
            all.push(serde_json::from_value(value).map_err(|error| format!("not a verdict: {error}"))?);
        }
    }
    if all.is_empty() { Err("it holds none".to_owned()) } else { Ok(all) }
}

impl Stored {
    pub(super) fn sum(&self, prior: f64) -> Sum {
        let counts = |finding: &&Finding| finding.status != RuleStatus::Experimental;
        let mut adding: Vec<&Finding> =
            self.findings.iter().filter(counts).filter(|finding| finding.weight != 0.0).collect();
        adding.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.rule.cmp(&other.rule)));
        let line = |finding: &&Finding| {
            let place = match (finding.member.as_str(), finding.line) {
                ("", _) => String::new(),
                (member, 0) => format!(", at {}", shown(member)),
                (member, line) => format!(", at {}:{line}", shown(member)),
            };
            Line { adds: finding.weight, what: format!("{}: {}{place}", shown(&finding.rule), shown(&finding.level)) }
        };
        let shadow = self.findings.iter().filter(|finding| finding.status == RuleStatus::Experimental).count();
        Sum {
            outcome: self.outcome,
            score: self.score,
            complete: self.coverage.complete,
            prior,
            lines: adding.iter().map(line).collect(),
            silent: self.findings.len() - adding.len() - shadow,
            shadow,
        }
    }
}
