//! What is published, and where it is taken from.

use std::fmt;

/// What a message is about: publishers know topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A file was uploaded.
    Uploads,
    /// A file is to be judged again. Waits in its own lane, so that a mass rescan delays no upload.
    Rescans,
    /// A file was judged: goes to the recorder and to the signer.
    Verdicts,
    /// A verdict was signed.
    Attestations,
    /// A moderator decided, or a verdict is to be told to the index.
    Decisions,
    /// A process says that it lives. The one topic whose messages may be lost: the next comes in seconds.
    Workers,
}

/// Where messages wait: consumers know lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Uploads,
    /// What is accepted, for the store: what waits for a verdict is known there, too.
    UploadsRecorder,
    Rescans,
    VerdictsRecorder,
    VerdictsSigner,
    Attestations,
    Decisions,
    Workers,
    /// What nobody could handle, kept with the reason until a person looks.
    Parked,
}

impl Topic {
    /// What its messages are: whole CloudEvents for the index, bare bodies between the roles.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Decisions => "application/cloudevents+json",
            Self::Uploads | Self::Rescans | Self::Verdicts | Self::Attestations | Self::Workers => "application/json",
        }
    }

    pub const ALL: [Self; 6] =
        [Self::Uploads, Self::Rescans, Self::Verdicts, Self::Attestations, Self::Decisions, Self::Workers];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploads => "uploads",
            Self::Rescans => "rescans",
            Self::Verdicts => "verdicts",
            Self::Attestations => "attestations",
            Self::Decisions => "decisions",
            Self::Workers => "workers",
        }
    }

    /// The lanes that each get a copy.
    pub const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::Uploads => &[Lane::Uploads, Lane::UploadsRecorder],
            Self::Rescans => &[Lane::Rescans],
            Self::Verdicts => &[Lane::VerdictsRecorder, Lane::VerdictsSigner],
            Self::Attestations => &[Lane::Attestations],
            Self::Decisions => &[Lane::Decisions],
            Self::Workers => &[Lane::Workers],
        }
    }
}

impl Lane {
    pub const ALL: [Self; 9] = [
        Self::Uploads,
        Self::UploadsRecorder,
        Self::Rescans,
        Self::VerdictsRecorder,
        Self::VerdictsSigner,
        Self::Attestations,
        Self::Decisions,
        Self::Workers,
        Self::Parked,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploads => "uploads",
            Self::UploadsRecorder => "uploads.recorder",
            Self::Rescans => "rescans",
            Self::VerdictsRecorder => "verdicts.recorder",
            Self::VerdictsSigner => "verdicts.signer",
            Self::Attestations => "attestations",
            Self::Decisions => "decisions",
            Self::Workers => "workers",
            Self::Parked => "parked",
        }
    }
}

impl Topic {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

impl Lane {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.as_str() == text)
    }

    /// Whether handling a message means publishing another.
    pub(crate) const fn leads_to_a_publish(self) -> bool {
        matches!(self, Self::Uploads | Self::Rescans | Self::VerdictsSigner)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_but_the_parking_is_fed_by_exactly_one_topic() {
        for lane in Lane::ALL {
            let feeders = Topic::ALL.iter().filter(|topic| topic.lanes().contains(&lane)).count();
            assert_eq!(feeders, usize::from(lane != Lane::Parked), "{lane}");
        }
    }
}
