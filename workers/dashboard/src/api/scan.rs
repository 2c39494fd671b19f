//! `POST /v1/scan`: a file is kept, queued like any upload, and judged; `?wait=` seconds for the verdict.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{Artifact, Filename, UploadEvent};
use queue::Published;
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
    if publish(app, &event).await? == Published::Duplicate {
        // The same question is under way with a file of its own, or was answered.
        spool.discard(&event.url).await;
    }
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

#[cfg(test)]
pub(crate) mod tests {
    use model::{Coverage, Digest, Outcome, PackageType, UploadEvent, Verdict, VerdictEvent, parse_upload};
    use queue::{Lane, Outcome as Settled};
    use store::Moment;

    use crate::trial::{Answer, Trial};

    async fn post(trial: &Trial, query: &str, body: &[u8]) -> Answer {
        let bearer = format!("Bearer {}", trial.moderator_token);
        trial.ask("POST", &format!("/v1/scan{query}"), &[("authorization", &bearer)], body).await
    }

    pub(crate) fn verdict(upload: &UploadEvent) -> Verdict {
        Verdict {
            schema: Verdict::SCHEMA,
            sha256: upload.sha256,
            filename: upload.filename.clone(),
            project: upload.project.clone(),
            version: upload.version.clone(),
            packagetype: PackageType::Sdist,
            outcome: Outcome::Hold,
            score: 91.0,
            summary: "On install, downloads a file and runs it".into(),
            coverage: Coverage::from_gaps(vec![]),
            findings: vec![],
            rulebook: Digest::of(b"rules"),
            engine: "gatehouse/0".into(),
            context: upload.context().digest(),
            bytes_packed: 3,
            bytes_unpacked: 3,
            members: 1,
            previous: None,
        }
    }

    /// Answers the next upload as a scanner and a recorder would.
    async fn judge(trial: &Trial) {
        let mut lane = trial.app.queue.consume(Lane::Uploads, 1).await.unwrap();
        let delivery = lane.next().await.unwrap();
        let upload = parse_upload(&delivery.body).unwrap();
        let verdict = verdict(&upload);
        let event = VerdictEvent {
            upload_id: upload.id.clone(),
            upload,
            verdict,
            decided_by: "machine".into(),
            revision: 1,
            took_ms: 1,
            sources: vec![],
        };
        trial.app.store.record(&event, Moment::now()).await.unwrap();
        delivery.settle(Settled::Done).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_is_kept_queued_and_answered() {
        let trial = Trial::start(|_| ()).await;
        let answer = post(&trial, "?filename=demo-1.0.tar.gz", b"abc").await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let sha256 = Digest::of(b"abc").to_string();
        assert_eq!(answer.header("location"), Some(format!("/v1/verdicts/{sha256}").as_str()));
        let kept = || -> Vec<_> {
            let files = std::fs::read_dir(trial.folder.path().join("spool")).unwrap();
            files.map(|entry| entry.unwrap().path()).collect()
        };
        assert_eq!(std::fs::read(&kept()[0]).unwrap(), b"abc");

        let (answer, ()) = tokio::join!(post(&trial, "?filename=demo-1.0.tar.gz&wait=60", b"abc"), judge(&trial));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        assert_eq!((&body["verdict"]["outcome"], &body["verdict"]["project"]), (&"hold".into(), &"demo".into()));
        assert!(body["case"]["id"].is_i64(), "{body}");
        assert_eq!(kept().len(), 1, "asked twice, kept once");

        let viewer = format!("Bearer {}", trial.viewer_token);
        let path = format!("/v1/verdicts/{sha256}");
        assert_eq!(trial.ask("GET", &path, &[("authorization", &viewer)], b"").await.json(), body);
        // The same bytes under another name are another question, which nobody has answered.
        assert_eq!(post(&trial, "?filename=other-1.0.tar.gz", b"abc").await.status, 202);
    }

    #[tokio::test]
    async fn what_is_no_file_is_refused() {
        let trial = Trial::start(|settings| settings.max_file = 1_000).await;
        for (query, body, status) in [
            ("", &b"abc"[..], 400),
            ("?filename=..%2Fa-1.zip", b"abc", 400),
            ("?filename=a%0a-1.zip", b"abc", 400),
            ("?filename=a-1.zip", b"", 400),
            ("?filename=a-1.zip&wait=soon", b"abc", 400),
            ("?filename=a-1.zip", &[0; 2_000], 413),
        ] {
            let answer = post(&trial, query, body).await;
            assert_eq!(answer.status, status, "{query}: {}", answer.body);
        }
        assert_eq!(std::fs::read_dir(trial.folder.path().join("spool")).unwrap().count(), 0);
    }
}
