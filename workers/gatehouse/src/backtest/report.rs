//! The figures of one rulebook.

use std::collections::{BTreeMap, BTreeSet};

use analysis::Rulebook;
use analysis::score::{ScoreLine, score_of};
use model::{Outcome, RuleStatus, Terminal};

use super::{Case, Cases};
use crate::labels::{Groups, Rate};

/// Files a day of a large index, and the share of them that is malicious as published studies count it.
pub(crate) const FILES_A_DAY: f64 = 10_700.0;
pub(crate) const MALICIOUS: f64 = 0.0018;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Train,
    Frozen,
}

const PARTS: [Part; 3] = [Part::All, Part::Train, Part::Frozen];

impl Part {
    fn holds(self, case: &Case) -> bool {
        match self {
            Self::All => true,
            Self::Train => !case.frozen,
            Self::Frozen => case.frozen,
        }
    }
}

pub(super) fn report(cases: &Cases, book: &Rulebook, costs: &BTreeMap<String, (f64, &'static str)>) -> String {
    let mut text = String::new();
    for malicious in [true, false] {
        let of = || cases.values().filter(|case| case.label.malicious == malicious);
        if of().next().is_none() {
            continue;
        }
        let groups: BTreeSet<&str> = of().map(|case| case.label.group.as_str()).collect();
        let (label, group) = if malicious { ("malicious", "clusters") } else { ("benign", "projects") };
        text.push_str(&format!("{label}: {} archives in {} {group}\n\n", of().count(), groups.len()));
        text.push_str(&format!("  {:28}{:>36}{:>36}{:>36}\n", "", "all", "train", "frozen"));
        for (name, outcomes) in [
            ("at review or hold", &[Outcome::Review, Outcome::Hold][..]),
            ("at hold", &[Outcome::Hold]),
            ("incomplete", &[Outcome::Incomplete]),
        ] {
            let rates = PARTS.map(|part| cell(rate(of().filter(|case| part.holds(case)), outcomes, malicious)));
            text.push_str(&format!("  {group} {name:19}{:>36}{:>36}{:>36}\n", rates[0], rates[1], rates[2]));
        }
        if malicious {
            let any = PARTS.map(|part| {
                let flagged = of().filter(|case| part.holds(case));
                cell(rate(flagged, &[Outcome::Review, Outcome::Hold], false))
            });
            text.push_str(&format!(
                "  {:28}{:>36}{:>36}{:>36}\n",
                "  with one archive or more", any[0], any[1], any[2]
            ));
        }
        text.push('\n');
    }
    text.push_str(&honesty(cases));
    text.push_str(&outcomes(cases));
    text.push_str(&rules(cases, book, costs));
    text
}

/// The share of each group that has one of these outcomes: of campaigns the part of their archives, of projects whether any.
fn rate<'a>(cases: impl Iterator<Item = &'a Case>, outcomes: &[Outcome], share: bool) -> Rate {
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in cases {
        let (hits, all) = seen.entry(&case.label.group).or_default();
        *hits += usize::from(outcomes.contains(&case.outcome));
        *all += 1;
    }
    let groups: Groups<'_> = seen
        .into_iter()
        .map(|(group, (hits, all))| {
            (group, if share { hits as f64 / all as f64 } else { f64::from(u8::from(hits > 0)) })
        })
        .collect();
    Rate::of(groups.values())
}

fn cell(rate: Rate) -> String {
    let (low, high) = rate.interval();
    format!("{:.2} % [{low:.2} to {high:.2}] of {}", rate.percent(), rate.total)
}

/// The gap between the parts, and what a day would cost.
fn honesty(cases: &Cases) -> String {
    const FLAGGED: [Outcome; 2] = [Outcome::Review, Outcome::Hold];
    let of = |malicious: bool, part: Part| {
        let chosen = cases.values().filter(move |case| case.label.malicious == malicious && part.holds(case));
        rate(chosen, &FLAGGED, malicious)
    };
    let mut text = String::new();
    if of(true, Part::Frozen).total > 0 {
        let gap = of(true, Part::Train).percent() - of(true, Part::Frozen).percent();
        text.push_str(&format!("gap between train and frozen: recall {gap:+.2} points"));
        if of(false, Part::Frozen).total > 0 {
            let gap = of(false, Part::Frozen).percent() - of(false, Part::Train).percent();
            text.push_str(&format!(", false alarms {gap:+.2} points"));
        }
        text.push('\n');
    }
    let benign: Vec<&Case> = cases.values().filter(|case| !case.label.malicious).collect();
    if !benign.is_empty() {
        // A day is files, not projects.
        let flagged = benign.iter().filter(|case| case.flagged()).count() as f64;
        let rate = Rate { hits: flagged, total: benign.len() };
        let honest = FILES_A_DAY * (1.0 - MALICIOUS) / 100.0;
        let (low, high) = rate.interval();
        text.push_str(&format!(
            "a day of {FILES_A_DAY} files: {:.1} reviews of honest ones [{:.1} to {:.1}], counting {} of {} archives\n",
            honest * rate.percent(),
            honest * low,
            honest * high,
            flagged,
            benign.len()
        ));
    }
    text.push('\n');
    text
}

fn outcomes(cases: &Cases) -> String {
    let mut text = format!("archives by outcome {:>12}{:>12}\n", "malicious", "benign");
    for outcome in Outcome::ALL.into_iter().rev() {
        let count = |malicious: bool| {
            cases.values().filter(|case| case.label.malicious == malicious && case.outcome == outcome).count()
        };
        text.push_str(&format!("  {:18}{:>12}{:>12}\n", outcome.as_str(), count(true), count(false)));
    }
    text.push('\n');
    text
}

#[derive(Default)]
struct Share<'a> {
    clusters: BTreeSet<&'a str>,
    projects: BTreeSet<&'a str>,
    /// Clusters with an archive that only this rule brings to review.
    unique: BTreeSet<&'a str>,
}

/// Each rule's part in what is caught and flagged, without the frozen archives.
fn rules(cases: &Cases, book: &Rulebook, costs: &BTreeMap<String, (f64, &'static str)>) -> String {
    let review = book.score().threshold.review;
    let mut seen: BTreeMap<&str, Share<'_>> = BTreeMap::new();
    for case in cases.values().filter(|case| !case.frozen) {
        let group = case.label.group.as_str();
        for line in &case.lines {
            let part = seen.entry(&line.rule).or_default();
            if !case.label.malicious {
                part.projects.insert(group);
                continue;
            }
            part.clusters.insert(group);
            let without = |other: &ScoreLine| if other.rule == line.rule { 0.0 } else { other.base };
            if case.flagged() && line.adds > 0.0 && score_of(book.score().again(&case.lines, &without).0) < review {
                part.unique.insert(group);
            }
        }
    }
    let mut order: Vec<(&str, Share<'_>)> = seen.into_iter().collect();
    order.sort_by(|one, other| {
        let key = |(_, part): &(&str, Share<'_>)| (part.unique.len(), part.clusters.len());
        key(other).cmp(&key(one)).then(one.0.cmp(other.0))
    });
    let mut text = format!(
        "rules (train){:36}{:>10}{:>10}{:>36}{:>8}{:>18}\n",
        "", "clusters", "projects", "precision", "unique", "cost"
    );
    for (rule, part) in &order {
        let precision = Rate { hits: part.clusters.len() as f64, total: part.clusters.len() + part.projects.len() };
        let shadow = book.rule(rule).is_some_and(|rule| rule.status == RuleStatus::Experimental);
        let name = if shadow { format!("{rule} (shadow)") } else { (*rule).to_owned() };
        text.push_str(&format!(
            "  {:47}{:>10}{:>10}{:>36}{:>8}{:>18}\n",
            Terminal(&name).to_string(),
            part.clusters.len(),
            part.projects.len(),
            cell(precision),
            part.unique.len(),
            costs.get(*rule).map_or_else(String::new, |(cost, unit)| format!("{cost:.1} {unit}"))
        ));
    }
    let silent = book.rules().iter().filter(|rule| !order.iter().any(|(id, _)| *id == rule.id)).count();
    text.push_str(&format!("  {silent} rules hit nothing here\n"));
    text
}
