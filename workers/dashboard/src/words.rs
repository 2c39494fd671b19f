//! What pages call things: bands, outcomes, phases, ages. A meaning has a word and a shape, never a colour alone.

use std::time::Duration;

use model::{DecisionKind, GapKind, Level, Outcome, Phase};
use store::{CaseRow, CaseStatus, Moment};

use crate::hostile::grouped;

/// A badge: how soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) class: &'static str,
    pub(crate) shape: &'static str,
    pub(crate) word: &'static str,
}

pub(crate) const fn badge(outcome: Outcome) -> Badge {
    match outcome {
        Outcome::Hold => Badge { class: "high", shape: "■", word: "High" },
        Outcome::Review => Badge { class: "medium", shape: "◆", word: "Medium" },
        Outcome::Incomplete => Badge { class: "incomplete", shape: "◌", word: "Incomplete" },
        Outcome::Clear => Badge { class: "clear", shape: "✓", word: "Clear" },
    }
}

pub(crate) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Hold => "hold",
        Outcome::Review => "review",
        Outcome::Incomplete => "not fully read",
        Outcome::Clear => "clear",
    }
}

/// Who says so: a machine's word and a human's never look alike.
pub(crate) fn standing(case: &CaseRow) -> String {
    let by = case.decided_by.as_deref().unwrap_or("a moderator");
    match case.status {
        CaseStatus::Open => "machine verdict, not reviewed".to_owned(),
        CaseStatus::Confirmed => format!("confirmed by {by}"),
        CaseStatus::Dismissed => format!("dismissed by {by}"),
    }
}

pub(crate) const fn status(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Open => "open",
        CaseStatus::Confirmed => "confirmed malware",
        CaseStatus::Dismissed => "dismissed",
    }
}

pub(crate) const fn decision(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Confirm => "confirmed as malware",
        DecisionKind::FalsePositive => "dismissed: false positive",
        DecisionKind::BenignTrigger => "dismissed: benign trigger",
        DecisionKind::Policy => "dismissed: policy, not malware",
        DecisionKind::Duplicate => "dismissed: duplicate",
        DecisionKind::NotEnoughEvidence => "dismissed: not enough evidence",
        DecisionKind::Undo => "took the last decision back",
    }
}

/// The reasons to dismiss, with what tells them apart.
pub(crate) const DISMISSALS: [(DecisionKind, &str); 5] = [
    (DecisionKind::FalsePositive, "False positive: the rule is wrong"),
    (DecisionKind::BenignTrigger, "Benign trigger: right rule, legitimate use"),
    (DecisionKind::Policy, "Policy: unwanted, but not malware"),
    (DecisionKind::Duplicate, "Duplicate of another case"),
    (DecisionKind::NotEnoughEvidence, "Not enough evidence"),
];

pub(crate) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "on install",
        Phase::Startup => "on every start of Python",
        Phase::Import => "on import",
        Phase::Call => "when called",
        Phase::Never => "never by itself",
    }
}

pub(crate) const fn level_shape(level: Level) -> &'static str {
    match level {
        Level::Critical => "■",
        Level::High => "▲",
        Level::Medium => "◆",
        Level::Low => "○",
        Level::Informational => "·",
    }
}

pub(crate) const fn gap(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Limit => "A limit was reached",
        GapKind::Unsupported => "Nobody here can unpack this",
        GapKind::Corrupt => "Cut short or damaged",
        GapKind::Unparsable => "Not readable as source",
        GapKind::Timeout => "Out of time",
        GapKind::Crash => "The examination ended without an answer",
    }
}

/// `3 min`, `2 h`, `5 d`.
pub(crate) fn age(since: Moment, now: Moment) -> String {
    span(since.until(now))
}

pub(crate) fn span(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..5_400 => format!("{} min", (seconds + 30) / 60),
        seconds @ 5_400..129_600 => format!("{} h", (seconds + 1_800) / 3_600),
        seconds => format!("{} d", grouped((seconds + 43_200) / 86_400)),
    }
}

/// `2026-01-02 03:04 UTC`.
pub(crate) fn when(moment: Moment) -> String {
    let text = moment.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} bytes"),
        1_024..1_048_576 => format!("{:.1} KiB", count as f64 / 1_024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

/// A score as the API gives it, for a tooltip: people read the band.
pub(crate) fn score(score: f64) -> String {
    format!("{score:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (5_399, "90 min"), (7_200, "2 h"), (400_000, "5 d")]
        {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
        assert_eq!(when(Moment::parse("2026-01-02T03:04:05Z").unwrap()), "2026-01-02 03:04 UTC");
    }

    #[test]
    fn every_dismissal_dismisses() {
        assert!(DISMISSALS.iter().all(|(kind, _)| kind.dismisses()));
        assert_eq!(DISMISSALS.len(), DecisionKind::ALL.iter().filter(|kind| kind.dismisses()).count());
    }
}
