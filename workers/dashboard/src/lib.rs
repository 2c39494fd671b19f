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
#[cfg(test)]
mod trial;
mod words;

use std::{future::Future, io};

use tokio::net::TcpListener;

pub use app::{ApiToken, App, Boxed, FolderSpool, Settings, Spool};
pub use hostile::{Html, Untrusted};
pub use routes::router;

/// Serves until `stop` is done; requests that are being answered are finished.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    axum::serve(listener, router(app)).with_graceful_shutdown(stop).await
}
