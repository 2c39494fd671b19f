//! The sum of a verdict, line by line, so that anybody can add it up.

use std::collections::BTreeMap;

use analysis::Rulebook;
use analysis::score::{ScoreLine, score_of};
use model::{Finding, Outcome, RuleStatus, Verdict};

use crate::scan::text::shown;

/// What a verdict is held against.
pub(crate) struct Thresholds {
    pub prior: f64,
    review: f64,
    hold: f64,
    hold_needs: f64,
}

impl Thresholds {
    pub(crate) fn of(book: &Rulebook) -> Self {
        let score = book.score();
        let analysis::score::Threshold { review, hold, hold_needs } = score.threshold;
        Self { prior: score.prior, review, hold, hold_needs }
    }
}

/// One line of the sum.
pub(crate) struct Line {
    pub adds: f64,
    pub what: String,
}

/// A verdict as numbers.
pub(crate) struct Sum {
    pub outcome: Outcome,
    pub score: f64,
    pub complete: bool,
    pub prior: f64,
    pub lines: Vec<Line>,
    /// Findings that add nothing, and of shadow rules.
    pub silent: usize,
    pub shadow: usize,
}

impl Sum {
    /// Of a verdict with the arithmetic that came with it.
    pub(crate) fn of_lines(verdict: &Verdict, lines: &[ScoreLine], prior: f64) -> Self {
        let mut best: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in verdict.scored_findings() {
            let known = best.entry(&finding.rule).or_insert(finding);
            if finding.weight > known.weight {
                *known = finding;
            }
        }
        let adding = lines.iter().filter(|line| line.adds != 0.0);
        let lines: Vec<Line> = adding
            .map(|line| Line { adds: line.adds, what: describe(line, best.get(line.rule.as_str()).copied()) })
            .collect();
        let shadow = verdict.findings.iter().filter(|finding| finding.status == RuleStatus::Experimental).count();
        Self {
            outcome: verdict.outcome,
            score: verdict.score,
            complete: verdict.coverage.complete,
            prior,
            silent: verdict.scored_findings().filter(|finding| finding.weight == 0.0).count(),
            lines,
            shadow,
        }
    }

    /// The sum in words. Every line of it begins with the number that it adds.
    pub(crate) fn print(&self, name: &str, thresholds: &Thresholds) -> String {
        let mut text = format!("{}  {}\n", self.outcome.as_str().to_uppercase(), shown(name));
        text.push_str(&self.body(thresholds));
        text.push('\n');
        text
    }

    pub(crate) fn body(&self, thresholds: &Thresholds) -> String {
        let mut text =
            String::from("\n  How the score came about, in log-odds of malice; each line adds the number before it:\n");
        let mut line = |number: f64, what: &str| text.push_str(&format!("  {number:>+9.3}  {what}\n"));
        line(self.prior, "before anything is known (the prior)");
        for Line { adds, what } in &self.lines {
            line(*adds, what);
        }
        let sum = self.prior + self.lines.iter().map(|line| line.adds).sum::<f64>();
        let score = score_of(sum);
        text.push_str(&format!("  = {sum:>+7.3}  together: 100 / (1 + e^{:.3}) = {score:.1}, the score\n", -sum));
        if (score - self.score).abs() > 0.05 {
            text.push_str(&format!(
                "  the verdict says {:.1}: it was shortened, or its findings were too many to be kept\n",
                self.score
            ));
        }
        if self.silent > 0 {
            let findings = if self.silent == 1 { "finding adds" } else { "findings add" };
            text.push_str(&format!(
                "  {} more {findings} nothing: the rule or its family has said it before\n",
                self.silent
            ));
        }
        if self.shadow > 0 {
            let findings = if self.shadow == 1 {
                "finding of a shadow rule never counts"
            } else {
                "findings of shadow rules never count"
            };
            text.push_str(&format!("  {} {findings}\n", self.shadow));
        }
        text.push_str(&self.conclusion(thresholds));
        text
    }

    fn conclusion(&self, thresholds: &Thresholds) -> String {
        let Thresholds { review, hold, hold_needs, .. } = thresholds;
        let strongest = self.lines.iter().map(|line| line.adds).fold(0.0, f64::max);
        let mut text = format!("  review from {review}; hold from {hold}");
        if *hold_needs > 0.0 {
            text.push_str(&format!(" when one line adds {hold_needs} or more, and the strongest adds {strongest:.3}"));
        }
        let outcome = self.outcome.as_str();
        let because = match self.outcome {
            Outcome::Incomplete => "; below review, and something was not read, so it is not clear",
            Outcome::Review if self.score >= *hold => "; no single line is strong enough for a hold",
            Outcome::Review | Outcome::Hold if !self.complete => "; not everything was read",
            _ => "",
        };
        text.push_str(&format!(": {outcome}{because}\n"));
        text
    }
}

/// How a line came to its number.
fn describe(line: &ScoreLine, finding: Option<&Finding>) -> String {
    let mut factors = vec![format!("{}", line.base)];
    if let Some(finding) = finding {
        factors[0] = format!("{} {}", finding.level.as_str(), line.base);
        if let (true, Some(phase)) = (line.phase != 1.0, finding.phase) {
            factors.push(format!("{} for its phase, {}", line.phase, phase.as_str()));
        }
    } else if line.phase != 1.0 {
        factors.push(format!("{} for its phase", line.phase));
    }
    if line.role != 1.0 {
        factors.push(format!("{} for its role", line.role));
    }
    if line.elsewhere != 1.0 {
        factors.push(format!("{} for standing elsewhere", line.elsewhere));
    }
    let mut text = format!("{}: {}", shown(&line.rule), factors.join(" × "));
    if (line.base * line.phase * line.role * line.elsewhere - line.adds).abs() > 0.000_6 {
        text.push_str(&format!(", what the cap of family {} left of it", shown(&line.family)));
    }
    if let Some(finding) = finding.filter(|finding| !finding.place.member.is_empty()) {
        text.push_str(&format!(", at {}", crate::scan::frame::place(finding)));
    }
    text
}
