//! `POST /v1/scan`: a file is kept, queued like any upload, and judged; `?wait=` seconds for the verdict.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{Artifact, Filename, UploadEvent};
use tokio::time::{Instant, sleep};

use super::{bounded, publish, verdicts};
use crate::{
    App,
    pages::Parameters,
    reply::{Problem, json},
};

const MAX_WAIT: u64 = 60;
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) async fn accept(
    State(app): State<App>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take(&app, &parameters, &headers, body).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn take(app: &App, parameters: &Parameters, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let Some(spool) = &app.spool else {
        let detail = "this deployment takes upload events only: POST /v1/uploads";
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "no-spool", "Files are not taken here", detail));
    };
    let filename = filename(parameters, headers)?;
    let wait = parameters.get("wait").map_or(Ok(0), |text| text.parse::<u64>());
    let wait = wait.map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "wait", "Bad parameter", "`wait` is a number of seconds, at most 60")
    })?;
    let event = {
        // Held while the file is in memory, so that many large files wait instead of exhausting it.
        let _turn = app.uploads.acquire().await.map_err(|error| Problem::unavailable("the spool", &error))?;
        let bytes = bounded(body, app.settings.max_file).await?;
        if bytes.is_empty() {
            let detail = "the body is the file itself, and this one is empty";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "empty", "No file", detail));
        }
        let artifact = Artifact::new(bytes);
        let url = spool.keep(&artifact).await.map_err(|error| Problem::unavailable("the spool", &error))?;
        event(parameters, filename, &artifact, url)
    };
    publish(app, &event).await?;
    let context = event.context().digest();
    let until = Instant::now() + Duration::from_secs(wait.min(MAX_WAIT));
    loop {
        let found = app.store.by_digest(&event.sha256).await;
        let found = found.map_err(|error| Problem::unavailable("the store", &error))?;
        // Another context is another question: the same bytes under another name may be judged otherwise.
        if let Some(detail) = found.filter(|detail| detail.verdict.context == context) {
            return Ok(json(StatusCode::OK, &verdicts::body(&detail)));
        }
        if Instant::now() >= until {
            break;
        }
        sleep(LOOK_EVERY).await;
    }
    let status_url = format!("/v1/verdicts/{}", event.sha256);
    let body = serde_json::json!({ "id": event.id, "sha256": event.sha256, "status_url": status_url });
    let mut response = json(StatusCode::ACCEPTED, &body);
    if let Ok(location) = HeaderValue::try_from(status_url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The name the file was uploaded under: of the query, or of `Content-Disposition: attachment; filename="…"`.
fn filename(parameters: &Parameters, headers: &HeaderMap) -> Result<String, Problem> {
    let disposition = headers.get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let of_header = disposition.and_then(|text| {
        let value = text.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
        Some(value.trim_matches('"').to_owned())
    });
    let filename = parameters.get("filename").cloned().or(of_header).unwrap_or_default();
    let plain = !filename.is_empty()
        && filename.chars().count() <= 255
        && !filename.chars().any(char::is_control)
        && !filename.contains(['/', '\\']);
    if plain {
        return Ok(filename);
    }
    let detail = "say `?filename=`: 1 to 255 characters, no path, no controls";
    Err(Problem::new(StatusCode::BAD_REQUEST, "filename", "No file name", detail))
}

fn event(parameters: &Parameters, filename: String, artifact: &Artifact, url: String) -> UploadEvent {
    let short = |name: &str| {
        let text = parameters.get(name)?;
        (!text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)).then(|| text.clone())
    };
    let claimed = Filename::parse(&filename);
    let claimed_or = |of: fn(Filename) -> String| claimed.clone().map_or_else(|| "unknown".to_owned(), of);
    let mut event = UploadEvent {
        id: String::new(),
        source: String::new(),
        project: short("project").unwrap_or_else(|| claimed_or(|name| name.project)),
        version: short("version").unwrap_or_else(|| claimed_or(|name| name.version)),
        filename,
        sha256: artifact.sha256,
        size: Some(artifact.bytes.len() as u64),
        url,
        uploaded_by: None,
        upload_time: None,
        previous: None,
    };
    event.id = format!("{}:{}", event.sha256, event.context().digest().short());
    event
}
