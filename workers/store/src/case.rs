//! Cases: what a moderator opens. A case is one file (bytes, project and file name); every verdict on it joins it.

use std::{fmt, str::FromStr};

use model::{Attestation, DecisionKind, Digest, Outcome, PackageType, SourceText, UploadEvent, Verdict};
use serde::Serialize;

use crate::{AuditRow, Moment, StoreError};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseStatus {
    #[default]
    Open,
    /// A moderator said that it is malware.
    Confirmed,
    /// A moderator said that it is not.
    Dismissed,
}

impl CaseStatus {
    pub const ALL: [Self; 3] = [Self::Open, Self::Confirmed, Self::Dismissed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// How soon somebody should look, in words. It follows the outcome, whose thresholds are the rulebook's; the score
/// ranks within a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Something was not read, and nothing was found (`incomplete`).
    Low,
    /// `review`
    Medium,
    /// `hold`
    High,
}

impl Band {
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.as_str() == text)
    }

    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Hold => Self::High,
            Outcome::Review => Self::Medium,
            Outcome::Incomplete | Outcome::Clear => Self::Low,
        }
    }

    pub const fn outcome(self) -> Outcome {
        match self {
            Self::High => Outcome::Hold,
            Self::Medium => Outcome::Review,
            Self::Low => Outcome::Incomplete,
        }
    }
}

/// Where a page of the queue ends; opaque text in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) rank: i64,
    pub(crate) id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.rank, self.id)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (rank, id) = text.split_once('.')?;
            Some(Self { rank: rank.parse().ok()?, id: id.parse().ok()? })
        };
        parse().ok_or_else(|| StoreError::Row("not a cursor".to_owned()))
    }
}

/// Which cases, and from where on. The queue is ranked: highest band and score first, oldest first among equals.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// `None`: whatever its status.
    pub status: Option<CaseStatus>,
    pub band: Option<Band>,
    /// As anybody writes it; compared normalised.
    pub project: Option<String>,
    /// The id of a rule that hit.
    pub rule: Option<String>,
    pub after: Option<Cursor>,
    /// 1 to 200; 0 means 50.
    pub limit: u32,
}

/// One row of the queue.
#[derive(Clone, Debug, Serialize)]
pub struct CaseRow {
    pub case_id: i64,
    /// Send it back with a decision: it changes with every decision and reopening.
    pub revision: i64,
    pub status: CaseStatus,
    pub band: Band,
    /// The machine's, of the verdict on which the case stands.
    pub outcome: Outcome,
    pub score: f64,
    /// One sentence: why.
    pub summary: String,
    pub project: String,
    pub version: String,
    pub filename: String,
    pub sha256: Digest,
    pub packagetype: PackageType,
    pub uploaded_by: Option<String>,
    /// Other open cases of the same project.
    pub siblings_open: i64,
    /// When the file was uploaded, or first seen.
    pub uploaded_at: Moment,
    pub opened_at: Moment,
    pub decided_at: Option<Moment>,
    pub decided_by: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CasePage {
    pub rows: Vec<CaseRow>,
    /// The next page, if there is one.
    pub next: Option<Cursor>,
}

/// A verdict as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictRow {
    pub verdict_id: i64,
    pub sha256: Digest,
    pub project: String,
    pub version: String,
    pub filename: String,
    pub packagetype: PackageType,
    pub outcome: Outcome,
    pub score: f64,
    pub summary: String,
    pub rulebook: Digest,
    pub engine: String,
    pub took_ms: i64,
    pub recorded_at: Moment,
    pub case_id: Option<i64>,
    pub case_status: Option<CaseStatus>,
}

/// A verdict with all that was kept beside it.
#[derive(Clone, Debug)]
pub struct VerdictDetail {
    pub row: VerdictRow,
    pub verdict: Verdict,
    pub sources: Vec<SourceText>,
    pub attestations: Vec<Attestation>,
    /// The upload that it first answered.
    pub upload: Option<UploadEvent>,
}

/// A decision as it was taken; the history of a case is never rewritten.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionRow {
    pub decision_id: i64,
    pub case_id: i64,
    pub kind: DecisionKind,
    pub actor: String,
    pub reason: String,
    pub cited: Vec<String>,
    pub decided_at: Moment,
    /// The revision that the case got by it.
    pub revision: i64,
    pub from: CaseStatus,
    pub to: CaseStatus,
    /// The decision that this one took back, when it is an undo.
    pub undoes: Option<i64>,
    /// Whether it was taken back later.
    pub undone: bool,
}

/// Everything the case page shows.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    pub case: CaseRow,
    /// The verdict on which the case stands.
    pub detail: VerdictDetail,
    /// All verdicts on the same bytes, newest first.
    pub verdicts: Vec<VerdictRow>,
    /// Newest first.
    pub decisions: Vec<DecisionRow>,
    /// Newest first.
    pub audit: Vec<AuditRow>,
    /// The project's other files, newest first, at most 50.
    pub siblings: Vec<VerdictRow>,
}

/// What a moderator asks for.
#[derive(Clone, Debug)]
pub struct NewDecision {
    pub case_id: i64,
    /// The revision on the page that was looked at.
    pub expected_revision: i64,
    pub kind: DecisionKind,
    pub actor: String,
    pub reason: String,
    /// Rules that were cited.
    pub cited: Vec<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub decision_id: i64,
    pub revision: i64,
    pub status: CaseStatus,
    /// When the events leave: until then an undo takes them back unsent.
    pub leaves_at: Moment,
}

/// The state of a file as an index or an installer asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// Accepted, not judged yet.
    Held,
    /// Cleared by the machine, or dismissed by a moderator.
    Cleared,
    /// Waits for a moderator.
    Suspicious,
    /// Confirmed by a moderator.
    Quarantined,
}

impl FileState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Cleared => "cleared",
            Self::Suspicious => "suspicious",
            Self::Quarantined => "quarantined",
        }
    }
}

/// A file by name, with what was signed about it.
#[derive(Clone, Debug)]
pub struct FileRecord {
    pub project: String,
    pub version: String,
    pub filename: String,
    pub sha256: Digest,
    pub state: FileState,
    /// Grows with every change of state.
    pub seq: i64,
    /// Of the newest verdict, newest revision first.
    pub attestations: Vec<Attestation>,
}

/// What holds for a file that has a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) case_id: i64,
    pub(crate) status: CaseStatus,
    /// The machine's, of the verdict on which the case stands.
    pub(crate) outcome: Outcome,
    pub(crate) revision: i64,
}

impl Standing {
    /// Makes a verdict event say what holds. `clear` by a human is a human's word about what was found; `coverage`
    /// stays what the machine read.
    pub(crate) fn apply(self, event: &mut model::VerdictEvent) {
        let (outcome, decided_by) = match self.status {
            CaseStatus::Open => (self.outcome, "machine"),
            CaseStatus::Confirmed => (Outcome::Hold, "human"),
            CaseStatus::Dismissed => (Outcome::Clear, "human"),
        };
        event.verdict.outcome = outcome;
        decided_by.clone_into(&mut event.decided_by);
        event.revision = u32::try_from(self.revision).unwrap_or(u32::MAX);
    }
}
