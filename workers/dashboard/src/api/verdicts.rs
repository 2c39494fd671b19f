//! `GET /v1/verdicts/{sha256}`: the newest verdict on these bytes.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::Digest;
use serde_json::{Value, json};
use store::VerdictDetail;

use crate::{
    App,
    reply::{self, Problem},
};

pub(crate) async fn get(State(app): State<App>, Path(sha256): Path<String>) -> Response {
    let Ok(sha256) = sha256.parse::<Digest>() else {
        let detail = "a verdict is asked for by the sha256 of the file: 64 hex digits";
        return Problem::new(StatusCode::BAD_REQUEST, "digest", "Not a digest", detail).into_response();
    };
    match app.store.by_digest(&sha256).await {
        Ok(Some(detail)) => reply::json(StatusCode::OK, &body(&detail)),
        Ok(None) => Problem::not_found("these bytes have no verdict, or none yet").into_response(),
        Err(error) => Problem::unavailable("the store", &error).into_response(),
    }
}

pub(super) fn body(detail: &VerdictDetail) -> Value {
    json!({
        "schema": 1,
        "verdict": detail.verdict,
        "recorded_at": detail.row.recorded_at.to_string(),
        "took_ms": detail.row.took_ms,
        "case": detail.row.case_id.map(|id| json!({ "id": id, "status": detail.row.case_status, "url": format!("/case/{id}") })),
        "signed": detail.attestations.iter().map(|attestation| &attestation.predicate_type).collect::<Vec<_>>(),
    })
}
