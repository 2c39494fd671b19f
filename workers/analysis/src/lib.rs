//! `examine`: unpack, detect, score. One pure function that cannot fail, and the rulebook it judges by.

mod binary;
mod classify;
mod difference;
mod evidence;
mod examine;
pub mod fit;
mod frame;
mod gate;
mod layout;
mod ledger;
mod lists;
mod lookalike;
mod metadata;
mod record;
pub mod rulebook;
pub mod score;
mod sigma;
mod yara;

pub use difference::Past;
pub use examine::{Examination, examine, inspect, inspect_after, remember};
pub use rulebook::Rulebook;

/// Name and version of the engine, part of every verdict.
pub const ENGINE: &str = concat!("gatehouse/", env!("CARGO_PKG_VERSION"));
