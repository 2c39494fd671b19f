//! The outbox: events that were committed together with the rows they speak of, until a broker has confirmed them.

/// Where an event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The short verdict event for the index: a CloudEvent.
    Published,
    /// A whole [`model::VerdictEvent`] that a decision made, for the signer.
    Verdicts,
    /// A decision: a CloudEvent, for the publisher.
    Decisions,
}

impl Topic {
    pub const ALL: [Self; 3] = [Self::Published, Self::Verdicts, Self::Decisions];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Verdicts => "verdicts",
            Self::Decisions => "decisions",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

/// An event that this relay has claimed for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: i64,
    pub topic: Topic,
    /// Stable over retries: consumers deduplicate on it.
    pub message_id: String,
    /// JSON.
    pub body: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
}
