//! The HTTP API: uploads and files in, verdicts out. Errors are `application/problem+json`.

pub(crate) mod integrity;
pub(crate) mod observe;
pub(crate) mod scan;
pub(crate) mod uploads;
pub(crate) mod verdicts;

use axum::{
    body::{Body, to_bytes},
    http::StatusCode,
};
use model::UploadEvent;
use queue::{Published, Topic};

use crate::{App, reply::Problem};

/// A body of at most `limit` bytes; the rest of a longer one is never read.
async fn bounded(body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        let detail = format!("a body here is at most {limit} bytes, and must arrive whole");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    };
    Ok(to_bytes(body, limit).await.map_err(|_| too_large())?.to_vec())
}

/// Hands an upload to the queue; when this returns, the queue has it on its disk.
async fn publish(app: &App, event: &UploadEvent) -> Result<Published, Problem> {
    app.queue
        .publish(Topic::Uploads, &event.message_id(), event)
        .await
        .map_err(|error| Problem::unavailable("the queue", &error))
}
