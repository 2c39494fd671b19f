//! Archives that two rulebooks judge otherwise, and which rule or weight moved them.

use std::collections::{BTreeMap, BTreeSet};

use analysis::Rulebook;
use analysis::score::ScoreLine;
use model::Terminal;

use super::{Case, Cases};

/// Reasons printed of one flip.
const REASONS: usize = 4;

/// What changes from `before` to `now`, and whether anything is worse.
pub(super) fn flips(before: &Cases, now: &Cases, old: &Rulebook, new: &Rulebook) -> (String, bool) {
    let mut told = Vec::new();
    let (mut frozen, mut worse) = (0, false);
    let mut moved: BTreeMap<(bool, bool), BTreeSet<&str>> = BTreeMap::new();
    for (sha256, case) in now {
        let Some(was) = before.get(sha256).filter(|was| was.outcome != case.outcome) else { continue };
        if was.flagged() != case.flagged() {
            moved.entry((case.label.malicious, case.flagged())).or_default().insert(&case.label.group);
            worse |= case.label.malicious != case.flagged();
        }
        if case.frozen {
            frozen += 1;
            continue;
        }
        told.push((case.label.malicious, case.flagged(), flip(was, case, old, new)));
    }
    told.sort();
    let count = |malicious: bool, flagged: bool| moved.get(&(malicious, flagged)).map_or(0, BTreeSet::len);
    let mut text = format!(
        "\nagainst the other rulebook: {} clusters gained, {} lost; {} projects newly flagged, {} no longer\n",
        count(true, true),
        count(true, false),
        count(false, true),
        count(false, false)
    );
    for (malicious, _, flip) in &told {
        text.push_str(&format!("  {} {flip}\n", if *malicious { "malicious" } else { "benign   " }));
    }
    if frozen > 0 {
        text.push_str(&format!("  and {frozen} frozen archives, which nobody may look at\n"));
    }
    if told.is_empty() && frozen == 0 {
        text.push_str("  no archive is judged otherwise\n");
    }
    (text, worse)
}

fn flip(was: &Case, is: &Case, old: &Rulebook, new: &Rulebook) -> String {
    let by_rule = |lines: &[ScoreLine]| -> BTreeMap<String, ScoreLine> {
        lines.iter().map(|line| (line.rule.clone(), line.clone())).collect()
    };
    let (before, now) = (by_rule(&was.lines), by_rule(&is.lines));
    let rules: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let mut reasons: Vec<(f64, String)> = Vec::new();
    for rule in rules {
        let (one, other) = (before.get(rule), now.get(rule));
        let adds = |line: Option<&ScoreLine>| line.map_or(0.0, |line| line.adds);
        let delta = adds(other) - adds(one);
        if delta.abs() < 0.000_5 {
            continue;
        }
        let why = match (one, other) {
            (None, _) if old.rule(rule).is_none() => "a new rule".to_owned(),
            (None, _) => "hits now".to_owned(),
            (_, None) if new.rule(rule).is_none() => "the rule is gone".to_owned(),
            (_, None) => "hits no longer".to_owned(),
            (Some(one), Some(other)) if one.base != other.base => format!("weighs {}, was {}", other.base, one.base),
            (Some(one), Some(other)) if (one.phase, one.role) != (other.phase, other.role) => {
                "runs at another time or stands in another role".to_owned()
            }
            (Some(one), Some(other)) if one.elsewhere != other.elsewhere => {
                "the weightiest member is another".to_owned()
            }
            _ => "its family's cap leaves another part of it".to_owned(),
        };
        reasons.push((delta, format!("{delta:+.3} {}: {why}", Terminal(rule))));
    }
    let (old, new) = (old.score(), new.score());
    if old.prior != new.prior {
        reasons.push((
            new.prior - old.prior,
            format!("{:+.3} the prior is {}, was {}", new.prior - old.prior, new.prior, old.prior),
        ));
    }
    reasons.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()).then(one.1.cmp(&other.1)));
    let mut text = format!(
        "{} → {}  {:.1} → {:.1}  {}",
        was.outcome.as_str(),
        is.outcome.as_str(),
        was.score,
        is.score,
        Terminal(&is.filename)
    );
    if reasons.is_empty() {
        let (was, is) = (old.threshold, new.threshold);
        text.push_str(&if was == is {
            "\n        what was read is another part of it".to_owned()
        } else {
            format!("\n        thresholds are {}/{}, were {}/{}", is.review, is.hold, was.review, was.hold)
        });
    }
    for (_, reason) in reasons.iter().take(REASONS) {
        text.push_str(&format!("\n        {reason}"));
    }
    text
}
