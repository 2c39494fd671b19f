//! Uploads: every event that was accepted, until it has its verdict.

use model::UploadEvent;

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

/// What came of a verdict event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub verdict_id: i64,
    /// Whether the verdict was not known before.
    pub new: bool,
    /// The case that it opened or joined.
    pub case_id: Option<i64>,
}
