//! `--explain`: the arithmetic of a score, line by line.

use analysis::Rulebook;
use model::{Outcome, RuleStatus, Verdict};

use super::text::shown;
use crate::complaint::Complaint;
use crate::rulebook::{self, Files};

/// What the numbers of a verdict were added up with.
pub(super) struct Explain {
    prior: f64,
    review: f64,
    hold: f64,
}

impl Explain {
    pub(super) fn new(files: &Files) -> Result<Self, Complaint> {
        Ok(Self::of(&rulebook::compile(files)?))
    }

    fn of(rulebook: &Rulebook) -> Self {
        let score = rulebook.score();
        Self { prior: score.prior, review: score.threshold.review, hold: score.threshold.hold }
    }

    pub(super) fn arithmetic(&self, verdict: &Verdict) -> String {
        let mut text = String::from("\n  How the score came about, in log-odds of malice:\n");
        let mut line = |number: f64, what: &str| text.push_str(&format!("  {number:>+9.3}  {what}\n"));
        line(self.prior, "before anything is known");
        let mut sum = self.prior;
        let mut silent = 0;
        let mut findings = verdict.scored_findings().collect::<Vec<_>>();
        findings.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for finding in findings {
            if finding.weight == 0.0 {
                silent += 1;
                continue;
            }
            sum += finding.weight;
            let level = finding.level.as_str();
            line(finding.weight, &format!("{}, {level}, at {}", shown(&finding.rule), super::frame::place(finding)));
        }
        line(sum, &format!("together, which is {:.1} in a hundred", 100.0 / (1.0 + (-sum).exp())));
        if silent > 0 {
            text.push_str(&format!("  {silent} more findings add nothing: their rule or family has said it before\n"));
        }
        let shadow = verdict.findings.iter().filter(|finding| finding.status == RuleStatus::Experimental).count();
        if shadow > 0 {
            text.push_str(&format!("  {shadow} findings of shadow rules never count\n"));
        }
        let coverage = match verdict.outcome {
            Outcome::Incomplete => "; below that something was not read, so it is not clear",
            _ => "",
        };
        text.push_str(&format!(
            "  review from {}, hold from {}{coverage}: {}\n",
            self.review,
            self.hold,
            verdict.outcome.as_str()
        ));
        text
    }
}
