//! What the recorder is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecorderConfig {
    /// Messages of each lane in hand at one time; what lies ready is written in one transaction.
    pub slots: u16,
    /// Milliseconds between looks into the outbox; after a verdict it is looked into at once.
    pub relay_milliseconds: u64,
    /// Events claimed at one time.
    pub relay_batch: u32,
    /// Seconds after which events of a relay that died are sent by another.
    pub lease_seconds: u64,
    /// Hours for which events that were sent are kept.
    pub keep_sent_hours: u64,
    /// The CloudEvents `source` of what is told to the index.
    pub source: String,
    /// The dashboard's address, for the `case_url` of an event; empty when it has none.
    pub dashboard: String,
    /// Seconds for which a decision's events wait, so that an undo can take them back unsent.
    pub undo_seconds: u64,
}

impl Default for RecorderConfig {
    fn default() -> Self {
        Self {
            slots: 32,
            relay_milliseconds: 1000,
            relay_batch: 100,
            lease_seconds: 120,
            keep_sent_hours: 7 * 24,
            source: "/gatehouse".to_owned(),
            dashboard: String::new(),
            undo_seconds: 10,
        }
    }
}

impl RecorderConfig {
    /// How the store speaks. Whatever decides cases must be given the same.
    pub fn voice(&self) -> store::Voice {
        store::Voice {
            source: self.source.clone(),
            dashboard: Some(self.dashboard.clone()).filter(|address| !address.is_empty()),
            undo_window: Duration::from_secs(self.undo_seconds),
        }
    }
}
