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

pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash that seals a row: of the hash before it and of the row as a JSON array, which has one reading only.
pub(crate) fn seal(row: &AuditRow) -> String {
    let canonical = serde_json::json!([row.seq, row.at, row.actor, row.action, row.subject, row.detail]);
    model::Digest::of(format!("{}{canonical}", row.previous).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_sealed() {
        let row = AuditRow {
            seq: 1,
            at: Moment(2),
            actor: "a".into(),
            action: "b".into(),
            subject: "c".into(),
            detail: "{}".into(),
            previous: GENESIS.into(),
            hash: String::new(),
        };
        let changes: [fn(&mut AuditRow); 7] = [
            |row| row.seq = 2,
            |row| row.at = Moment(3),
            |row| row.actor = "ab".into(),
            |row| row.action = "bc".into(),
            |row| row.subject = String::new(),
            |row| row.detail = "{ }".into(),
            |row| row.previous = "1".repeat(64),
        ];
        for change in changes {
            let mut other = row.clone();
            change(&mut other);
            assert_ne!(seal(&other), seal(&row), "{other:?}");
        }
    }
}
