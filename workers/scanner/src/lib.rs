//! The scanner: upload event → verdict. Examination runs in a pool of child processes of the same binary.

mod address;
pub mod child;
pub mod config;
mod courtesy;
pub mod fetch;
pub mod pool;
pub mod protocol;
pub mod role;
pub mod sandbox;
