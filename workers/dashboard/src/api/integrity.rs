//! `GET /integrity/{project}/{version}/{filename}/verdicts`: what was signed about a file, beside the index's own
//! provenance endpoint and in its manner.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::Digest;
use serde_json::json;

use crate::{App, reply::Problem};

const MEDIA_TYPE: &str = "application/vnd.gatehouse.verdicts.v1+json";

pub(crate) async fn get(
    State(app): State<App>,
    Path((project, version, filename)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    if !accepts(&headers) {
        let detail = format!("this is given as {MEDIA_TYPE}");
        return Problem::new(StatusCode::NOT_ACCEPTABLE, "accept", "Not acceptable", detail).into_response();
    }
    let record = match app.store.file(&project, &version, &filename).await {
        Ok(Some(record)) => record,
        Ok(None) => return Problem::not_found("no file of this name was seen").into_response(),
        Err(error) => return Problem::unavailable("the store", &error).into_response(),
    };
    // Signed while the file was cleared, kept, and no longer true: a token is shown only beside the state that it is for.
    let told =
        |one: &&model::Attestation| record.state == store::FileState::Cleared || one.predicate_type != attest::SVR;
    let attestations = record.attestations.iter().filter(told).map(|one| attest::bundle(&one.envelope));
    let body = json!({
        "version": 1,
        "file": { "filename": record.filename, "sha256": record.sha256 },
        "state": record.state,
        "seq": record.seq,
        "attestations": attestations.collect::<Vec<_>>(),
    })
    .to_string();
    let tag = format!("\"{}\"", Digest::of(body.as_bytes()).short());
    let same = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
    });
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Whether one of the types asked for is ours; no `Accept` is any type.
fn accepts(headers: &HeaderMap) -> bool {
    let mut asked = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if asked.peek().is_none() {
        return true;
    }
    asked.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>() == Ok(0.0));
        !refused && matches!(kind.as_str(), MEDIA_TYPE | "application/json" | "application/*" | "*/*")
    })
}

#[cfg(test)]
mod tests {
    use model::{UploadEvent, parse_upload};
    use store::Moment;

    use super::*;
    use crate::trial::Trial;

    fn upload() -> UploadEvent {
        let event = format!(
            r#"{{"project":"Demo.Pkg","version":"1.0","filename":"demo_pkg-1.0.tar.gz","sha256":"{}","url":"https://index.example/f"}}"#,
            Digest::of(b"abc")
        );
        parse_upload(event.as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn a_file_that_waits_is_held_and_its_answer_can_be_kept_for_a_minute() {
        let trial = Trial::start(|_| ()).await;
        let path = "/integrity/demo-pkg/1.0/demo_pkg-1.0.tar.gz/verdicts";
        assert_eq!(trial.get(path).await.status, 404);
        trial.app.store.accept(&upload(), Moment::now()).await.unwrap();
        let answer = trial.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some(MEDIA_TYPE));
        assert_eq!(answer.header("cache-control"), Some("max-age=60"));
        let body = answer.json();
        assert_eq!((&body["version"], &body["state"]), (&1.into(), &"held".into()));
        assert_eq!(body["file"]["sha256"], Digest::of(b"abc").to_string());
        let tag = answer.header("etag").unwrap();
        let same = trial.ask("GET", path, &[("if-none-match", tag)], b"").await;
        assert_eq!((same.status, same.body.as_str()), (304, ""));
        assert_eq!(trial.ask("GET", path, &[("accept", "text/html")], b"").await.status, 406);
        assert_eq!(trial.ask("DELETE", path, &[], b"").await.status, 405);
    }

    /// A moderator cleared it, and took that back: what was signed meanwhile is kept, and must release nothing any more.
    #[tokio::test]
    async fn a_token_is_shown_only_while_the_file_is_cleared() {
        let trial = Trial::start(|_| ()).await;
        let upload = upload();
        let mut verdict = crate::api::scan::tests::verdict(&upload);
        for (outcome, shown) in [(model::Outcome::Hold, 1), (model::Outcome::Clear, 2)] {
            verdict.outcome = outcome;
            // Another rulebook, so that it is another verdict, and another project, so that it is another case.
            verdict.rulebook = Digest::of(outcome.as_str().as_bytes());
            verdict.project = format!("demo-{}", outcome.as_str());
            let event = model::VerdictEvent {
                upload_id: upload.id.clone(),
                upload: upload.clone(),
                verdict: verdict.clone(),
                decided_by: "machine".to_owned(),
                revision: 1,
                took_ms: 1,
                sources: vec![],
            };
            trial.app.store.record(&event, Moment::now()).await.unwrap();
            for kind in [attest::SVR, attest::TEST_RESULT] {
                let attestation = model::Attestation {
                    sha256: verdict.sha256,
                    rulebook: verdict.rulebook,
                    context: verdict.context,
                    revision: 2,
                    predicate_type: kind.to_owned(),
                    envelope: json!({"payload": "e30=", "payloadType": "x", "signatures": []}),
                    created: "2026-03-04T12:00:01Z".to_owned(),
                };
                trial.app.store.attest(&attestation, Moment::now()).await.unwrap();
            }
            let path = format!("/integrity/{}/1.0/demo_pkg-1.0.tar.gz/verdicts", verdict.project);
            let body = trial.get(&path).await.json();
            assert_eq!(body["attestations"].as_array().unwrap().len(), shown, "{body}");
        }
    }

    #[test]
    fn only_who_takes_our_type_gets_it() {
        for (accept, taken) in [
            (MEDIA_TYPE, true),
            ("text/html, */*;q=0.1", true),
            ("application/json", true),
            ("text/html", false),
            ("application/vnd.pypi.integrity.v1+json", false),
            ("*/*;q=0", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(accepts(&headers), taken, "{accept}");
        }
        assert!(accepts(&HeaderMap::new()));
    }
}
