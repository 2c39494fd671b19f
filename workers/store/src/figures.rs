//! Figures for pages and metrics. Labels are bounded: never a project, never a file.

use model::{DecisionKind, Outcome};
use serde::Serialize;

use crate::{Band, Moment};

/// The head of the queue page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub open: i64,
    /// High, medium, low.
    pub open_by_band: Vec<(Band, i64)>,
    pub oldest_open: Option<Moment>,
    pub decided_today: i64,
    /// From opening to the decision, of the decisions taken today.
    pub median_decision_ms: Option<i64>,
    /// Accepted, not judged yet.
    pub pending: i64,
    pub verdicts: i64,
    pub last_verdict: Option<Moment>,
}

/// What the `gatehouse_*` metrics of the store need, and alerts wait for: found on indexes, however much the store holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    pub uploads_pending: i64,
    pub oldest_pending: Option<Moment>,
    /// `gatehouse_cases_open{band}`
    pub cases_open: Vec<(Band, i64)>,
    pub oldest_open: Option<Moment>,
    /// `gatehouse_outbox_unsent`, and the age to alarm on: a row that never leaves is a verdict nobody hears of.
    pub outbox_unsent: i64,
    pub oldest_unsent: Option<Moment>,
    pub audit_rows: i64,
}

/// What is counted over all rows, and takes the longer the more there are; at the size of a whole index perhaps too long.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// `gatehouse_uploads_received_total`
    pub uploads: i64,
    /// `gatehouse_verdicts_total{outcome}`
    pub verdicts: Vec<(Outcome, i64)>,
    /// `gatehouse_decisions_total{decision}`
    pub decisions: Vec<(DecisionKind, i64)>,
    /// `gatehouse_rule_hits_total{rule,state}`: a verdict counts once a rule. At most 1000 rules.
    pub rule_hits: Vec<(String, String, i64)>,
}

/// Who has judged lately, and how fast: of the last [`Judges::LOOKED_AT`] verdicts, whatever the store holds beside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Judges {
    /// Newest first.
    pub judges: Vec<Judge>,
    /// Of those, the ones recorded since the moment that was asked for, and the first of them.
    pub recent: i64,
    pub since: Option<Moment>,
}

impl Judges {
    pub const LOOKED_AT: u32 = 10_000;
}

/// One version of the engine with one rulebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judge {
    pub engine: String,
    pub rulebook: String,
    pub verdicts: i64,
    pub last: Moment,
}
