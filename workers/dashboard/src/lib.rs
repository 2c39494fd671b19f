//! The moderators' pages and the HTTP API. Holds the database and the queue; opens no archive.

mod code;
mod highlight;
mod hostile;

pub use code::{frame, listing};
pub use hostile::{Html, Untrusted};
