//! The processes of a fleet, as they tell of themselves.

use serde::Serialize;

use crate::Moment;

/// A process that has not said that it ended. All its words are its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Worker {
    pub name: String,
    pub role: String,
    pub engine: String,
    /// By which it judges; empty where it judges nothing.
    pub rulebook: String,
    /// Messages in hand when it was last heard.
    pub in_flight: i64,
    /// How many it takes at a time; 0 where there is no such number.
    pub slots: i64,
    pub started_at: Moment,
    /// When it was last heard.
    pub seen_at: Moment,
}
