//! Uploads: every event that was accepted, until it has its verdict.

use model::{Outcome, UploadEvent};

use crate::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UploadState {
    Pending,
    Judged,
}

impl UploadState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Judged => "judged",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Judged].into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub struct UploadRow {
    pub event: UploadEvent,
    pub state: UploadState,
    pub seen_at: Moment,
    pub judged_at: Option<Moment>,
    pub verdict_id: Option<i64>,
}

/// Files that are to be judged again: those that were judged, and of them the ones that all of this holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Uploaded since.
    pub since: Option<Moment>,
    /// In whatever spelling.
    pub project: Option<String>,
    /// Of the newest verdict on the file.
    pub outcome: Option<Outcome>,
}

/// A file of a [`Selection`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Of its upload.
    pub number: i64,
    /// As it was uploaded last.
    pub event: UploadEvent,
    /// The rulebook that was asked about has judged it, and read it.
    pub judged: bool,
}

/// What came of a verdict event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub verdict_id: i64,
    /// Whether the verdict was not known before.
    pub new: bool,
    /// The case that it opened or joined.
    pub case_id: Option<i64>,
}
