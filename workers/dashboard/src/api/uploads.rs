//! `POST /v1/uploads`: an upload event, as a CloudEvent, its bare data, or a CloudEvent that its source has signed.

use attest::{Door, Refusal};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use model::{EventError, UploadEvent};
use queue::Topic;

use super::bounded;
use crate::{
    App,
    reply::{Problem, json},
};

/// An event of 64 KiB within an envelope.
const LIMIT: usize = 96 * 1024;
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

pub(crate) async fn accept(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    match take(&app, &headers, body).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn take(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/json" | "application/cloudevents+json" | ENVELOPE) {
        let detail = "send application/cloudevents+json, its data as application/json, or signed as \
                      application/vnd.dsse.envelope.v1+json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", "Not an upload event", detail));
    }
    let body = bounded(body, LIMIT).await?;
    let believed = match app.uploaders.open(&body, Door::Api, Timestamp::now()) {
        // The sender did not hear of it: it is told again, and nothing is queued twice.
        Err(Refusal::Replay(event)) => return Ok(accepted(&event, true)),
        opened => opened.map_err(|refusal| refused(&refusal))?,
    };
    let event = &believed.event;
    let scheme = event.url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let fetchable = matches!(scheme.as_str(), "http" | "https") || (scheme == "file" && app.settings.file_urls);
    if !fetchable {
        let detail =
            "`url` must be http or https; `file` names a file of this machine, which nobody may do from outside";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "url", "Not an upload event", detail));
    }
    // A signature goes on with its event: who judges looks at it, too.
    let sent = match &believed.seal {
        Some(_) => app.queue.publish_bytes(Topic::Uploads, &event.message_id(), &body).await,
        None => app.queue.publish(Topic::Uploads, &event.message_id(), event).await,
    };
    sent.map_err(|error| Problem::unavailable("the queue", &error))?;
    app.uploaders.take(&believed, Timestamp::now());
    Ok(accepted(event, false))
}

fn accepted(event: &UploadEvent, replayed: bool) -> Response {
    let status_url = format!("/v1/verdicts/{}", event.sha256);
    let mut body = serde_json::json!({ "id": event.id, "sha256": event.sha256, "status_url": status_url });
    if replayed {
        body["replayed"] = true.into();
    }
    let mut response = json(StatusCode::ACCEPTED, &body);
    if let Ok(location) = HeaderValue::try_from(status_url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn refused(refusal: &Refusal) -> Problem {
    let status = match refusal {
        Refusal::Event(EventError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Event(EventError::Json(_)) => StatusCode::BAD_REQUEST,
        Refusal::Event(_) | Refusal::Envelope(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Unsigned | Refusal::Source(_) | Refusal::Signature(_) | Refusal::Time(_) => StatusCode::FORBIDDEN,
        Refusal::Contradiction(_) | Refusal::Replay(_) => StatusCode::CONFLICT,
    };
    Problem::new(status, "event", "Not an upload event", refusal.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};

    use super::ENVELOPE;
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
    async fn a_signed_event_is_taken_once_and_goes_on_with_its_signature() {
        let key = attest::SigningKey::generate().unwrap();
        let keys = serde_json::json!({ "/index/example": attest::KeyRing::of(&key.public()) }).to_string();
        let config = attest::UploadsConfig { signed_only: true, ..attest::UploadsConfig::default() };
        let trial = Trial::start_with(
            |_| (),
            |app| app.with_uploaders(Arc::new(attest::Uploaders::new(&config, Some(keys.as_bytes())).unwrap())),
        );
        let trial = trial.await;
        let signed = |id: &str, version: &str, key: &attest::SigningKey, ago: i64| {
            let mut data: serde_json::Value = serde_json::from_str(EVENT).unwrap();
            data["version"] = version.into();
            let time = Timestamp::now().saturating_sub(SignedDuration::from_secs(ago)).unwrap().to_string();
            let event = model::cloud_event(model::TYPE_UPLOAD, "/index/example", id, &time, "a", &data);
            serde_json::to_string(&attest::sign_upload(&event, key)).unwrap()
        };
        let first = signed("1", "1.0.1", &key, 0);
        let answer = post(&trial, ENVELOPE, &first).await;
        assert_eq!((answer.status, answer.json().get("replayed")), (202, None), "{}", answer.body);
        let answer = post(&trial, ENVELOPE, &first).await;
        assert_eq!((answer.status, &answer.json()["replayed"]), (202, &true.into()), "told again, not queued again");
        let stranger = attest::SigningKey::generate().unwrap();
        for (body, status) in [
            (signed("1", "2.0", &key, 0), 409),
            (signed("2", "1.0.1", &stranger, 0), 403),
            (signed("3", "1.0.1", &key, 700), 403),
            (signed("4", "1.0.1", &key, -700), 403),
            (first.replacen("\"payload\":\"", "\"payload\":\"!", 1), 422),
            (EVENT.to_owned(), 403),
            (format!("{first}{}", " ".repeat(100_000)), 413),
        ] {
            let answer = post(&trial, ENVELOPE, &body).await;
            assert_eq!(answer.status, status, "{}", answer.body);
        }
        assert_eq!(waiting(&trial).await, 1);
        let mut queued = trial.app.queue.consume(queue::Lane::Uploads, 1).await.unwrap();
        assert_eq!(queued.next().await.unwrap().body, first.into_bytes(), "who judges sees the signature");
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
            (json, format!("{EVENT}{}", " ".repeat(100_000)), 413),
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
