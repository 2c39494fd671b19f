//! `POST /v1/uploads`: an upload event, as a CloudEvent or its bare data.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{EventError, parse_upload};

use super::{bounded, publish};
use crate::{
    App,
    reply::{Problem, json},
};

const LIMIT: usize = 64 * 1024;

pub(crate) async fn accept(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    match take(&app, &headers, body).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn take(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/json" | "application/cloudevents+json") {
        let detail = "send application/cloudevents+json, or its data as application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", "Not an upload event", detail));
    }
    let body = bounded(body, LIMIT).await?;
    let event = parse_upload(&body).map_err(|error| {
        let status = match error {
            EventError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            EventError::Json(_) => StatusCode::BAD_REQUEST,
            EventError::Type(_) | EventError::Shape(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, "event", "Not an upload event", error.to_string())
    })?;
    let scheme = event.url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let fetchable = matches!(scheme.as_str(), "http" | "https") || (scheme == "file" && app.settings.file_urls);
    if !fetchable {
        let detail =
            "`url` must be http or https; `file` names a file of this machine, which nobody may do from outside";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "url", "Not an upload event", detail));
    }
    publish(app, &event).await?;
    let status_url = format!("/v1/verdicts/{}", event.sha256);
    let body = serde_json::json!({ "id": event.id, "sha256": event.sha256, "status_url": status_url });
    let mut response = json(StatusCode::ACCEPTED, &body);
    if let Ok(location) = HeaderValue::try_from(status_url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
