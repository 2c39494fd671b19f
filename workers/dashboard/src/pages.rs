//! The moderators' pages. Each is one template and the view that fills it.

pub(crate) mod audit;
pub(crate) mod case;
mod case_view;
pub(crate) mod decide;
pub(crate) mod fleet;
pub(crate) mod login;
pub(crate) mod queue;
pub(crate) mod verdicts;

use std::collections::HashMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use store::StoreError;

use crate::{
    access::Who,
    reply::{Message, Page},
};

/// Query parameters by name; the last of a name counts.
pub(crate) type Parameters = HashMap<String, String>;

pub(crate) fn unavailable(who: &Who, error: &StoreError) -> Response {
    tracing::error!(error = %error, "the store failed");
    let line = "The database does not answer. Nothing was changed; try again in a moment.";
    Page(StatusCode::SERVICE_UNAVAILABLE, Message::new(who.shell(""), "Not available", line)).into_response()
}

pub(crate) fn not_found(who: &Who, line: &str) -> Response {
    Page(StatusCode::NOT_FOUND, Message::new(who.shell(""), "Not found", line)).into_response()
}

/// An address that no route has.
pub(crate) async fn lost() -> Response {
    let message = Message::new(crate::access::nobody(), "Not found", "There is no such page.");
    Page(StatusCode::NOT_FOUND, message).into_response()
}
