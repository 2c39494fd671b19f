//! The audit log: append-only, each row sealed with the hash of the row before it.

use serde::Serialize;
use serde_json::Value;

use crate::Moment;

/// What somebody, or a role of the house, did.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// A moderator's name, or `recorder`, `dashboard`, ….
    pub actor: String,
    /// `noun.verb`, such as `case.decided`.
    pub action: String,
    /// What it was done to, such as `case:12`.
    pub subject: String,
    pub detail: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// 1, 2, 3, …: a missing number is a missing row.
    pub seq: i64,
    pub at: Moment,
    pub actor: String,
    pub action: String,
    pub subject: String,
    /// JSON, kept as the text that was hashed.
    pub detail: String,
    /// 64 hex digits; of the first row all zero.
    pub previous: String,
    pub hash: String,
}

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Rows that were checked.
    pub rows: i64,
    /// The newest row's hash: write it down elsewhere, and a rewritten log cannot pass for this one.
    pub head: String,
    /// The first row that is not what was written, and why.
    pub broken: Option<(i64, String)>,
}
