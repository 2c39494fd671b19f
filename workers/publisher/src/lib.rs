#![doc = include_str!("../README.md")]

mod config;
mod place;
mod role;
mod signed;
mod tuf;

pub use config::PublisherConfig;
pub use role::{Publisher, SLOTS, run};
