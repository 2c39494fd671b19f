//! A process of the fleet says that it lives.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// What a process says of itself every few seconds. For people who look at the fleet: nothing is decided by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Machine or container, and the process in it, such as `scanner-7c9f:1`.
    pub worker: String,
    /// `scanner`, `recorder`, …
    pub role: String,
    /// The engine's version.
    pub engine: String,
    /// By which it judges; nothing where it judges nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rulebook: Option<Digest>,
    /// Messages that it has in hand now.
    pub in_flight: u32,
    /// How many it takes at a time; 0 where there is no such number.
    #[serde(default)]
    pub slots: u32,
    /// RFC 3339: when it began, and when it said this.
    pub started: String,
    pub time: String,
    /// The last one: it has finished, and was not cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

impl Heartbeat {
    /// Each is another one, though the process be the same.
    pub fn message_id(&self) -> String {
        Digest::of(format!("{}\0{}\0{}", self.worker, self.time, self.ended).as_bytes()).to_string()
    }
}
