//! Evidence to a number: log-odds on a prior, each rule once, each family capped. The numbers are in `score.toml`.

use std::collections::BTreeMap;

use model::{Finding, Level, Outcome, Phase, RuleStatus};
use serde::{Deserialize, Serialize};

use crate::rulebook::{diagnostic::Diagnostic, limits::toml_diagnostic, rule::Rule};

/// `rules/score.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Log-odds of malice before anything is known.
    pub prior: f64,
    pub threshold: Threshold,
    pub level: BTreeMap<Level, f64>,
    /// A finding without a phase, and a phase that is not named, have factor 1.
    #[serde(default)]
    pub phase: BTreeMap<Phase, f64>,
    /// Applies where nothing runs the code by itself; roles that are not named have factor 1.
    #[serde(default)]
    pub role: BTreeMap<String, f64>,
    /// Evidence outside the member that weighs most counts by this factor: hints belong together when they stand
    /// together, and a large project has some everywhere. What speaks of the whole release always counts in full.
    #[serde(default = "whole")]
    pub elsewhere: f64,
    #[serde(default)]
    pub family: Families,
    /// Weights of single rules, learned or set by a person.
    #[serde(default)]
    pub rule: BTreeMap<String, Override>,
}

fn whole() -> f64 {
    1.0
}

/// Scores from which on a person looks, and from which on the file waits.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub review: f64,
    pub hold: f64,
    /// What one finding alone must add for a hold: a heap of hints in a large project is a reason to look, no more.
    #[serde(default)]
    pub hold_needs: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Families {
    /// What a family that is not named can add at most.
    pub cap: f64,
    pub caps: BTreeMap<String, f64>,
}

impl Families {
    /// What this family can add at most.
    pub fn cap_of(&self, family: &str) -> f64 {
        self.caps.get(family).copied().unwrap_or(self.cap)
    }
}

impl Default for Families {
    fn default() -> Self {
        Self { cap: f64::MAX, caps: BTreeMap::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    pub weight: f64,
    pub reason: String,
}

/// One line of the arithmetic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreLine {
    pub rule: String,
    pub family: String,
    /// Weight of the level, or the rule's own.
    pub base: f64,
    pub phase: f64,
    pub role: f64,
    /// Less than 1 where it was found outside the member that weighs most.
    pub elsewhere: f64,
    /// What is left of the product after the family's cap.
    pub adds: f64,
    /// Why it adds what it adds, in words.
    pub note: String,
}

/// The sum and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Arithmetic {
    pub prior: f64,
    pub lines: Vec<ScoreLine>,
    pub log_odds: f64,
    /// 0 to 100, one decimal.
    pub score: f64,
}

impl Score {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let score: Self = toml::from_str(text).map_err(|error| vec![toml_diagnostic(file, text, &error)])?;
        let wrong = score.mistakes();
        if wrong.is_empty() {
            return Ok(score);
        }
        Err(wrong.into_iter().map(|wrong| Diagnostic::error("R0019", file, wrong)).collect())
    }

    fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let Threshold { review, hold, .. } = self.threshold;
        if !(0.0 < review && review <= hold && hold <= 100.0) {
            wrong.push(format!("thresholds must obey 0 < review ({review}) <= hold ({hold}) <= 100"));
        }
        for level in Level::ALL.into_iter().filter(|level| !self.level.contains_key(level)) {
            wrong.push(format!("level `{}` has no weight", level.as_str()));
        }
        let factors = self.phase.values().chain(self.role.values()).chain([&self.elsewhere]);
        let weights = self.level.values().chain(self.rule.values().map(|rule| &rule.weight));
        let caps = self.family.caps.values().chain([&self.family.cap]);
        if factors.chain(weights).chain(caps).any(|number| !number.is_finite() || *number < 0.0) {
            wrong.push(
                "weights, factors and caps are numbers from 0 up: evidence never speaks for innocence".to_owned(),
            );
        }
        if !self.prior.is_finite() {
            wrong.push("the prior is no number".to_owned());
        }
        for (rule, _) in self.rule.iter().filter(|(_, rule)| rule.reason.trim().is_empty()) {
            wrong.push(format!("the weight of `{rule}` has no reason"));
        }
        wrong
    }

    /// What a finding would add alone, before its family's cap.
    pub(crate) fn weigh(&self, finding: &Finding, role: &str) -> (f64, f64, f64) {
        self.factors((&finding.rule, finding.level, finding.status), finding.phase, role)
    }

    /// What a hit of a rule would add alone, before its family's cap.
    pub(crate) fn weigh_rule(&self, rule: &Rule, phase: Option<Phase>, role: &str) -> f64 {
        let (base, phase, role) = self.factors((&rule.id, rule.level, rule.status), phase, role);
        base * phase * role
    }

    fn factors(
        &self,
        (rule, level, status): (&str, Level, RuleStatus),
        phase: Option<Phase>,
        role: &str,
    ) -> (f64, f64, f64) {
        if status == RuleStatus::Experimental {
            return (0.0, 1.0, 1.0);
        }
        let base = self.rule.get(rule).map(|rule| rule.weight);
        let base = base.or_else(|| self.level.get(&level).copied()).unwrap_or_default();
        let runs = phase.is_some_and(|phase| phase != Phase::Never);
        let phase = phase.and_then(|phase| self.phase.get(&phase).copied()).unwrap_or(1.0);
        let role = if runs { 1.0 } else { self.role.get(role).copied().unwrap_or(1.0) };
        (base, phase, role)
    }

    /// Sets the weight of each finding and returns the arithmetic. `role` tells the role of a member.
    ///
    /// Each rule counts once, with its best finding; how many files or bytes there are never adds. What is found
    /// outside the member that weighs most counts for less.
    pub fn add_up(&self, findings: &mut [Finding], role: &dyn Fn(&str) -> String) -> Arithmetic {
        let mut order: Vec<(usize, ScoreLine)> = Vec::with_capacity(findings.len());
        for (at, finding) in findings.iter_mut().enumerate() {
            finding.weight = 0.0;
            let member_role = role(&finding.place.member);
            let (base, phase, role) = self.weigh(finding, &member_role);
            let mut note = Vec::new();
            if finding.status == RuleStatus::Experimental {
                note.push("shadow rule".to_owned());
            }
            if let Some(rule) = self.rule.get(&finding.rule) {
                note.push(rule.reason.clone());
            }
            let line = ScoreLine {
                rule: finding.rule.clone(),
                family: finding.family.clone(),
                base,
                phase,
                role,
                elsewhere: 1.0,
                adds: base * phase * role,
                note: note.join("; "),
            };
            order.push((at, line));
        }
        // Metadata speak of the whole release, wherever they are written.
        let local = |member: &str| !member.is_empty() && role(member) != "metadata";
        let centre = heaviest(&order, findings, &local);
        for (at, line) in &mut order {
            let member = findings.get(*at).map_or("", |finding| finding.place.member.as_str());
            if local(member) && member != centre && line.adds > 0.0 && self.elsewhere < 1.0 {
                line.elsewhere = self.elsewhere;
                line.adds *= self.elsewhere;
                let note = "not where most is found";
                line.note = if line.note.is_empty() { note.to_owned() } else { format!("{}; {note}", line.note) };
            }
        }
        order.sort_by(|(a, one), (b, other)| {
            other.adds.total_cmp(&one.adds).then(one.rule.cmp(&other.rule)).then(a.cmp(b))
        });
        let mut seen = std::collections::BTreeSet::new();
        let mut left: BTreeMap<String, f64> = BTreeMap::new();
        let (mut lines, mut log_odds) = (Vec::new(), self.prior);
        for (at, mut line) in order {
            if !seen.insert(line.rule.clone()) {
                continue;
            }
            let left = left.entry(line.family.clone()).or_insert_with(|| self.family.cap_of(&line.family));
            if line.adds > *left {
                let note = format!("family {} is at its cap", line.family);
                line.note = if line.note.is_empty() { note } else { format!("{}; {note}", line.note) };
                line.adds = *left;
            }
            line.adds = rounded(line.adds, 1000.0);
            *left -= line.adds;
            log_odds += line.adds;
            if let Some(finding) = findings.get_mut(at) {
                finding.weight = line.adds;
            }
            lines.push(line);
        }
        Arithmetic { prior: self.prior, lines, log_odds, score: score_of(log_odds) }
    }

    /// What the same hits would add up to if rules weighed otherwise, and the most that one of them would add.
    pub fn again(&self, lines: &[ScoreLine], weight: &dyn Fn(&ScoreLine) -> f64) -> (f64, f64) {
        let mut order: Vec<(f64, &ScoreLine)> =
            lines.iter().map(|line| (weight(line) * line.phase * line.role * line.elsewhere, line)).collect();
        order.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.rule.cmp(&other.1.rule)));
        let mut left: BTreeMap<&str, f64> = BTreeMap::new();
        let (mut log_odds, mut strongest) = (self.prior, 0.0_f64);
        for (adds, line) in order {
            let left = left.entry(&line.family).or_insert_with(|| self.family.cap_of(&line.family));
            let adds = rounded(adds.min(*left), 1000.0);
            *left -= adds;
            log_odds += adds;
            strongest = strongest.max(adds);
        }
        (log_odds, strongest)
    }

    /// The outcome of a score, of the most that one finding added to it, and of a coverage.
    pub fn outcome(&self, score: f64, strongest: f64, complete: bool) -> Outcome {
        if score >= self.threshold.hold && strongest >= self.threshold.hold_needs {
            Outcome::Hold
        } else if score >= self.threshold.review {
            Outcome::Review
        } else if complete {
            Outcome::Clear
        } else {
            Outcome::Incomplete
        }
    }
}

/// The member whose distinct rules weigh most together, the first by name of equals.
fn heaviest(order: &[(usize, ScoreLine)], findings: &[Finding], local: &dyn Fn(&str) -> bool) -> String {
    let mut best: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for (at, line) in order {
        let Some(finding) = findings.get(*at).filter(|finding| local(&finding.place.member)) else { continue };
        let adds = best.entry((&finding.place.member, &line.rule)).or_default();
        *adds = adds.max(line.adds);
    }
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for ((member, _), adds) in best {
        *totals.entry(member).or_default() += adds;
    }
    let first_of_most = totals.into_iter().reduce(|most, next| if next.1 > most.1 { next } else { most });
    first_of_most.map(|(member, _)| member.to_owned()).unwrap_or_default()
}

/// Log-odds as a probability from 0 to 100, one decimal.
pub fn score_of(log_odds: f64) -> f64 {
    rounded(100.0 / (1.0 + (-log_odds).exp()), 10.0)
}

fn rounded(number: f64, steps: f64) -> f64 {
    (number * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use model::Place;

    use super::*;

    const SCORE: &str = "prior = -4.0\n[threshold]\nreview = 50.0\nhold = 95.0\nhold_needs = 2.5\n[level]\ninformational = 0.0\nlow = 0.5\n\
        medium = 1.5\nhigh = 3.0\ncritical = 6.0\n[phase]\ninstall = 1.5\ncall = 0.5\n[role]\ntests = 0.1\n[family]\n\
        cap = 5.0\n[family.caps]\nmetadata = 1.0\n[rule.\"own\"]\nweight = 2.0\nreason = \"measured\"\n";

    fn score() -> Score {
        Score::parse("score.toml", SCORE).unwrap()
    }

    fn finding(rule: &str, level: Level, family: &str, phase: Option<Phase>, member: &str) -> Finding {
        Finding {
            rule: rule.into(),
            title: "It does".into(),
            level,
            family: family.into(),
            status: RuleStatus::Stable,
            tags: Vec::new(),
            place: Place { member: member.into(), ..Place::default() },
            phase,
            evidence: String::new(),
            frame: None,
            weight: f64::NAN,
            novel: false,
        }
    }

    fn add_up(findings: &mut [Finding]) -> Arithmetic {
        score().add_up(findings, &|member| if member.starts_with("tests/") { "tests".into() } else { "package".into() })
    }

    #[test]
    fn each_rule_counts_once_with_its_best_finding() {
        let mut findings = vec![
            finding("a", Level::High, "f", Some(Phase::Call), "x.py"),
            finding("a", Level::High, "f", Some(Phase::Install), "setup.py"),
        ];
        let sum = add_up(&mut findings);
        assert_eq!((findings[0].weight, findings[1].weight), (0.0, 4.5));
        assert_eq!(sum.log_odds, 0.5);
        assert_eq!(sum.lines.len(), 1);
    }

    #[test]
    fn a_family_is_capped_and_a_rule_may_have_its_own_weight() {
        let mut findings = vec![
            finding("a", Level::High, "f", None, "x.py"),
            finding("b", Level::High, "f", None, "x.py"),
            finding("m", Level::Critical, "metadata", None, ""),
            finding("own", Level::Critical, "g", None, "x.py"),
        ];
        let sum = add_up(&mut findings);
        assert_eq!(findings.iter().map(|f| f.weight).collect::<Vec<_>>(), [3.0, 2.0, 1.0, 2.0]);
        assert_eq!(sum.log_odds, 4.0);
        assert_eq!(score().again(&sum.lines, &|line| line.base), (4.0, 3.0));
        let without = |line: &ScoreLine| if line.rule == "a" { 0.0 } else { line.base };
        assert_eq!(score().again(&sum.lines, &without), (2.0, 3.0), "b has the whole of the family now");
        assert!(sum.lines.iter().any(|line| line.rule == "b" && line.note.contains("cap")));
    }

    #[test]
    fn size_never_adds_and_tests_weigh_less_unless_something_runs_them() {
        let many: Vec<_> = (0..500).map(|n| finding("a", Level::Medium, "f", None, &format!("m{n}.py"))).collect();
        let one = add_up(&mut [finding("a", Level::Medium, "f", None, "m.py")]).score;
        assert_eq!(add_up(&mut many.clone()).score, one);
        let mut tests = [finding("a", Level::High, "f", Some(Phase::Never), "tests/a.py")];
        add_up(&mut tests);
        assert_eq!(tests[0].weight, 0.3);
        let mut run = [finding("a", Level::High, "f", Some(Phase::Import), "tests/a.py")];
        add_up(&mut run);
        assert_eq!(run[0].weight, 3.0);
    }

    #[test]
    fn hints_that_stand_apart_weigh_less_than_hints_that_stand_together() {
        let apart = Score { elsewhere: 0.5, ..score() };
        let mut findings = vec![
            finding("a", Level::High, "f", None, "x.py"),
            finding("b", Level::Medium, "g", None, "x.py"),
            finding("c", Level::Medium, "h", None, "other.py"),
            finding("b", Level::Medium, "g", None, "other.py"),
            finding("m", Level::Low, "metadata", None, ""),
            finding("n", Level::Low, "metadata", None, "PKG-INFO"),
        ];
        let role = |member: &str| if member == "PKG-INFO" { "metadata".to_owned() } else { "package".to_owned() };
        let sum = apart.add_up(&mut findings, &role);
        let weights: Vec<_> = findings.iter().map(|finding| finding.weight).collect();
        assert_eq!(weights, [3.0, 1.5, 0.75, 0.0, 0.5, 0.5]);
        assert!(sum.lines.iter().any(|line| line.rule == "c" && line.note.contains("not where")));
    }

    #[test]
    fn a_shadow_rule_weighs_nothing() {
        let mut shadow = finding("own", Level::Critical, "f", Some(Phase::Install), "setup.py");
        shadow.status = RuleStatus::Experimental;
        let sum = add_up(&mut [shadow]);
        assert_eq!(sum.log_odds, -4.0);
        assert_eq!(score().outcome(sum.score, 0.0, true), Outcome::Clear);
    }

    #[test]
    fn thresholds_make_the_outcome() {
        let score = score();
        assert_eq!(score.outcome(49.9, 3.0, true), Outcome::Clear);
        assert_eq!(score.outcome(49.9, 3.0, false), Outcome::Incomplete);
        assert_eq!(score.outcome(50.0, 3.0, false), Outcome::Review);
        assert_eq!(score.outcome(95.0, 3.0, true), Outcome::Hold);
        assert_eq!(score.outcome(95.0, 2.0, true), Outcome::Review);
    }

    #[test]
    fn numbers_that_cannot_be_meant_are_refused() {
        for (from, to) in [
            ("hold = 95.0", "hold = 20.0"),
            ("low = 0.5", "low = -0.5"),
            ("critical = 6.0\n", ""),
            ("reason = \"measured\"", "reason = \"\""),
            ("cap = 5.0", "cap = nan"),
            ("prior = -4.0", "priro = -4.0"),
        ] {
            assert!(Score::parse("score.toml", &SCORE.replace(from, to)).is_err(), "{to}");
        }
    }
}
