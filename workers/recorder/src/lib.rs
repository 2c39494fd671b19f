#![doc = include_str!("../README.md")]

mod config;
mod relay;
mod role;

pub use config::RecorderConfig;
pub use relay::{Pass, relay};
pub use role::{Recorder, run};
