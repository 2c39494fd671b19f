#![doc = include_str!("../README.md")]

mod folder;
mod index;

pub use folder::{Watch, watch};
pub use index::{Changes, Index, Listed, is_project};
