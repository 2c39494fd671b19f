//! A verdict as a person reads it: the outcome, one sentence why, and the code that says so.

use model::{Difference, Finding, Level, Outcome, RuleStatus, Terminal, Verdict};

use super::diff;
use super::frame;
use super::run::Judged;
use super::text::shown;
use crate::explain::{Sum, Thresholds};

/// Findings printed of one archive, and places of one rule; `--verbose` prints all.
const RULES: usize = 8;
const PLACES: usize = 2;
const GAPS: usize = 5;
/// Changes since the release before that are printed.
const CHANGES: usize = 5;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint(bool);

impl Paint {
    pub(super) fn new(colours: bool) -> Self {
        Self(colours)
    }

    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self(false)
    }

    fn sgr(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.sgr("2", text)
    }

    pub(super) fn mark(self, text: &str) -> String {
        self.sgr("1;31", text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.sgr("1", text)
    }

    fn outcome(self, outcome: Outcome) -> String {
        let word = outcome.as_str().to_uppercase();
        match outcome {
            Outcome::Clear => self.sgr("32", "clear"),
            Outcome::Incomplete => self.sgr("1;35", &word),
            Outcome::Review => self.sgr("1;33", &word),
            Outcome::Hold => self.sgr("1;31", &word),
        }
    }

    fn level(self, level: Level) -> String {
        match level {
            Level::Critical | Level::High => self.sgr("31", level.as_str()),
            Level::Medium => self.sgr("33", level.as_str()),
            Level::Low | Level::Informational => self.sgr("36", level.as_str()),
        }
    }
}

/// How verdicts are written for people.
pub(super) struct Human {
    pub paint: Paint,
    pub verbose: bool,
    pub explain: Option<Thresholds>,
    seen: Vec<(Outcome, f64, Option<String>)>,
}

impl Human {
    pub(super) fn new(paint: Paint, verbose: bool, explain: Option<Thresholds>) -> Self {
        Self { paint, verbose, explain, seen: Vec::new() }
    }

    /// One archive: a line when it is clear, else all that was found.
    pub(super) fn verdict(&mut self, judged: &Judged) -> String {
        let verdict = &judged.verdict;
        let mut findings = self.findings(verdict);
        findings.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(b.level.cmp(&a.level)));
        let worst = findings.first().map(|finding| finding.rule.clone());
        self.seen.push((verdict.outcome, verdict.score, worst));
        let mut text = self.headline(judged, findings.len());
        if verdict.outcome != Outcome::Clear || self.verbose {
            text.push_str(&format!("  {}\n", self.paint.bold(&shown(&verdict.summary))));
            self.gaps(verdict, &mut text);
            self.list(&findings, &mut text);
        }
        if let Some(difference) = &judged.difference {
            self.difference(difference, &mut text);
        }
        if let Some(thresholds) = &self.explain {
            text.push_str(&Sum::of_lines(verdict, &judged.lines, thresholds.prior).body(thresholds));
        }
        let compared = judged.difference.is_some();
        if verdict.outcome != Outcome::Clear || self.verbose || self.explain.is_some() || compared {
            text.push('\n');
        }
        text
    }

    fn findings<'v>(&self, verdict: &'v Verdict) -> Vec<&'v Finding> {
        let counts = |finding: &&Finding| self.verbose || finding.status != RuleStatus::Experimental;
        verdict.findings.iter().filter(counts).collect()
    }

    fn headline(&self, judged: &Judged, findings: usize) -> String {
        let verdict = &judged.verdict;
        let mut facts = vec![format!("score {}", verdict.score)];
        if findings > 0 {
            facts.push(count(findings as u64, "finding"));
        }
        facts.push(count(verdict.members, "file"));
        facts.push(format!("{} ms", judged.took_ms));
        facts.push(format!("rulebook {}", verdict.rulebook.short()));
        let outcome = self.paint.outcome(verdict.outcome);
        format!("{outcome}  {}  {}\n", Terminal(&judged.path), self.paint.dim(&facts.join(" · ")))
    }

    fn gaps(&self, verdict: &Verdict, text: &mut String) {
        let gaps = &verdict.coverage.reasons;
        let shown_gaps = if self.verbose { gaps.len() } else { GAPS };
        for gap in gaps.iter().take(shown_gaps) {
            let member = if gap.member.is_empty() { "the archive" } else { &gap.member };
            text.push_str(&format!("  not read whole: {}: {}\n", shown(member), shown(&gap.detail)));
        }
        if gaps.len() > shown_gaps {
            text.push_str(&format!("  not read whole: {} more, see --verbose\n", gaps.len() - shown_gaps));
        }
    }

    /// What the release before had not.
    fn difference(&self, difference: &Difference, text: &mut String) {
        let before = difference.previous.filename.as_deref().unwrap_or(&difference.previous.version);
        text.push_str(&format!("\n  Held against {}:\n", shown(before)));
        text.push_str(&diff::summary(difference));
        let most = if self.verbose { usize::MAX } else { CHANGES };
        for change in difference.changes.iter().take(most) {
            diff::describe(change, self.paint, text);
        }
        if difference.total > most as u64 {
            text.push_str(&format!("\n  and {} more, see gatehouse diff\n", difference.total - most as u64));
        }
    }

    /// Findings by rule, the heaviest first.
    fn list(&self, findings: &[&Finding], text: &mut String) {
        let mut rules: Vec<(&str, Vec<&Finding>)> = Vec::new();
        for finding in findings {
            match rules.iter_mut().find(|(rule, _)| *rule == finding.rule) {
                Some((_, places)) => places.push(finding),
                None => rules.push((&finding.rule, vec![finding])),
            }
        }
        let (most_rules, most_places) = if self.verbose { (usize::MAX, usize::MAX) } else { (RULES, PLACES) };
        let mut framed = std::collections::HashSet::new();
        for (rule, places) in rules.iter().take(most_rules) {
            let Some(first) = places.first() else { continue };
            let shadow = if first.status == RuleStatus::Experimental { " shadow" } else { "" };
            let new = if places.iter().any(|finding| finding.novel) { ", new in this release" } else { "" };
            text.push_str(&format!(
                "\n  {}{shadow}{new}: {}  {}\n",
                self.paint.level(first.level),
                shown(&first.title),
                self.paint.dim(&shown(rule))
            ));
            for finding in places.iter().take(most_places) {
                text.push_str(&format!("    {} {}\n", self.paint.dim("-->"), frame::place(finding)));
                // Several rules may speak of one line: its code is shown once.
                let place = &finding.place;
                let again = !framed.insert((&place.member, place.line, place.column, &place.layers));
                frame::render(finding, again, self.paint, text);
            }
            if places.len() > most_places {
                text.push_str(&format!("    and {}\n", count((places.len() - most_places) as u64, "more place")));
            }
        }
        if rules.len() > most_rules {
            text.push_str(&format!(
                "\n  and {}, see --verbose\n",
                count((rules.len() - most_rules) as u64, "more rule")
            ));
        }
    }

    /// The last line: the verdict, and what to do next.
    pub(super) fn end(&self) -> String {
        let next = |rule: Option<&String>| match rule {
            Some(rule) => format!("  Why: gatehouse explain {}  Machine-readable: --format sarif", shown(rule)),
            None => String::new(),
        };
        match self.seen.as_slice() {
            [] => "Verdict: none, there was no archive.\n".to_owned(),
            [(Outcome::Clear, score, _)] => format!("Verdict: clear (score {score}).\n"),
            [(outcome, score, worst)] => {
                format!("Verdict: {} (score {score}).{}\n", outcome.as_str(), next(worst.as_ref()))
            }
            all => {
                let counts = Outcome::ALL
                    .into_iter()
                    .rev()
                    .map(|outcome| (all.iter().filter(|(other, ..)| *other == outcome).count(), outcome))
                    .filter(|(count, _)| *count > 0)
                    .map(|(count, outcome)| format!("{count} {}", outcome.as_str()))
                    .collect::<Vec<_>>()
                    .join(", ");
                let worst =
                    all.iter().filter(|(outcome, ..)| *outcome != Outcome::Clear).max_by(|a, b| a.1.total_cmp(&b.1));
                let next = next(worst.and_then(|(_, _, rule)| rule.as_ref()));
                format!("Verdicts on {} archives: {counts}.{next}\n", all.len())
            }
        }
    }
}

fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
