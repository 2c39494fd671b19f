//! What a release has that the one before it had not.

use serde::{Deserialize, Serialize};

use crate::{Phase, Place, Previous};

/// Two releases of one project held against each other: facts by what they say, never by where they stand. Lines that
/// moved, layout, quotes and names of locals are no difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub previous: Previous,
    /// What the version numbers say it is: `patch`, `minor`, `major`, or `other`.
    pub step: String,
    /// What is new, the riskiest first; at most [`Difference::CHANGES`].
    pub changes: Vec<Change>,
    /// How many there are in all.
    pub total: u64,
    /// How many facts of the release before are gone.
    pub gone: u64,
    /// What could not be compared, and why.
    pub limits: Vec<String>,
}

/// One thing that is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The category of the fact: `call`, `flow`, `layer`, `import`, `bytes`, `shape`, `member`, `dependency`, …
    pub kind: String,
    /// What it is, in one line: hostile text, escape it.
    pub what: String,
    /// Rules that hit it.
    pub rules: Vec<String>,
    /// What the weightiest of them would add to the score by itself, in log-odds.
    pub weight: f64,
    pub behaviour: Vec<String>,
    /// Behaviours that the release before had nowhere, or only in code that runs later.
    pub first: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    pub role: String,
    /// The release before did not have this member, under no name.
    pub new_member: bool,
    #[serde(flatten)]
    pub place: Place,
}

impl Difference {
    /// Changes that are told.
    pub const CHANGES: usize = 500;
}
