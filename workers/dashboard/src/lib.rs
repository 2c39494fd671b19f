#![doc = include_str!("../README.md")]

mod access;
mod api;
mod app;
mod assets;
mod code;
mod form;
mod highlight;
mod hostile;
mod matrix;
mod pages;
mod reply;
mod routes;
mod service;
#[cfg(test)]
mod trial;
mod words;

pub use api::observe::{figures, lanes};
pub use app::{ApiToken, App, Boxed, FolderSpool, Settings, Spool};
pub use hostile::{Html, Untrusted};
pub use routes::router;
pub use service::serve;
