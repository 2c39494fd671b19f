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

#[cfg(test)]
mod tests {
    use crate::trial::{Answer, Trial};

    const EVENT: &str = r#"{"project":"evil-pkg","version":"1.0.1","filename":"evil_pkg-1.0.1.tar.gz","size":3,
        "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","url":"https://index.example/f"}"#;

    async fn post(trial: &Trial, kind: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", trial.moderator_token);
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        trial.ask("POST", "/v1/uploads", &headers, body.as_bytes()).await
    }

    async fn waiting(trial: &Trial) -> u64 {
        let depths = trial.app.queue.depths().await.unwrap();
        depths.iter().find(|depth| depth.lane == queue::Lane::Uploads).map_or(0, |depth| depth.ready)
    }

    #[tokio::test]
    async fn an_event_is_kept_before_it_is_acknowledged_and_once() {
        let trial = Trial::start(|_| ()).await;
        let answer = post(&trial, "application/json; charset=utf-8", EVENT).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert_eq!(waiting(&trial).await, 1);
        let status = answer.header("location").unwrap();
        assert_eq!(answer.json()["status_url"], status);
        let cloud = format!(
            r#"{{"specversion":"1.0","type":"{}","source":"/index/example","id":"01J","data":{EVENT}}}"#,
            model::TYPE_UPLOAD
        );
        for _ in 0..2 {
            let answer = post(&trial, "application/cloudevents+json", &cloud).await;
            assert_eq!((answer.status, &answer.json()["id"]), (202, &"01J".into()));
        }
        assert_eq!(waiting(&trial).await, 2, "an event that was sent twice is queued once");
    }

    #[tokio::test]
    async fn what_is_no_event_is_refused_with_a_problem() {
        let trial = Trial::start(|_| ()).await;
        let json = "application/json";
        for (kind, body, status) in [
            (json, "{".to_owned(), 400),
            (json, r#"{"project":"a"}"#.to_owned(), 422),
            (json, EVENT.replace("https://index.example/f", "file:///etc/passwd"), 422),
            (json, EVENT.replace("https://index.example/f", "gopher://index.example/f"), 422),
            (json, EVENT.replace("evil_pkg-1", "../evil_pkg-1"), 422),
            (json, "[".repeat(60_000), 400),
            (json, format!("{EVENT}{}", " ".repeat(70_000)), 413),
            ("text/plain", EVENT.to_owned(), 415),
        ] {
            let answer = post(&trial, kind, &body).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.json()["status"], status);
        }
        assert_eq!(waiting(&trial).await, 0);
    }
}
