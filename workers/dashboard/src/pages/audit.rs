//! The audit log and whether its chain holds.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::Digest;
use store::{AuditReport, AuditRow};

use super::{Parameters, unavailable};
use crate::{
    App, Html, Untrusted,
    access::Who,
    reply::{Page, Shell},
    words,
};

const ROWS: u32 = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    shell: Shell,
    /// Whether the chain holds, in words.
    chain: Option<(bool, String)>,
    caption: String,
    rows: Vec<Row>,
    next_page: Option<String>,
}

struct Row {
    time: String,
    when: String,
    who: Html,
    what: Html,
    case: Option<i64>,
    /// Of the file that it is about: the sha256, and as much of it as people read.
    file: Option<(String, String)>,
    digest: String,
}

pub(crate) async fn page(State(app): State<App>, who: Who, Query(parameters): Query<Parameters>) -> Response {
    let before = parameters.get("before").and_then(|sequence| sequence.parse().ok());
    let rows = match app.store.audit_rows(None, before, ROWS).await {
        Ok(rows) => rows,
        Err(error) => return unavailable(&who, &error),
    };
    // The walk reads every row ever written, so it is done when somebody asks.
    let chain = if parameters.contains_key("verify") {
        match app.store.verify_audit().await {
            Ok(report) => Some(chain(&report)),
            Err(error) => return unavailable(&who, &error),
        }
    } else {
        None
    };
    let next_page =
        (rows.len() as u32 == ROWS).then(|| rows.last().map(|row| format!("/audit?before={}", row.seq))).flatten();
    let page = Audit {
        shell: who.shell("/audit"),
        chain,
        caption: format!("{} rows, newest first", rows.len()),
        rows: rows.iter().map(row).collect(),
        next_page,
    };
    Page(StatusCode::OK, page).into_response()
}

fn chain(report: &AuditReport) -> (bool, String) {
    match &report.broken {
        None => {
            let head = report.head.get(..16).unwrap_or(&report.head);
            (true, format!("The chain of {} rows holds; its head is {head}…", report.rows))
        }
        Some((row, why)) => (false, format!("The chain is broken at row {row}: {why}")),
    }
}

fn row(row: &AuditRow) -> Row {
    let case = row.subject.strip_prefix("case:").and_then(|id| id.parse().ok());
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let mut what = row.action.replace('.', " ");
    let digest = row.subject.strip_prefix("sha256:").and_then(|digest| digest.parse::<Digest>().ok());
    let file = digest.map(|digest| digest.to_string()).map(|digest| (digest.clone(), digest[..12].to_owned()));
    if case.is_none() && file.is_none() && !row.subject.is_empty() {
        what.push_str(&format!(" · {}", row.subject));
    }
    for key in ["kind", "outcome", "from", "to", "reason"] {
        if let Some(text) = detail.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty()) {
            what.push_str(&format!(" · {key}: {text}"));
        }
    }
    Row {
        time: row.at.to_string(),
        when: words::when(row.at),
        who: Untrusted::new(&row.actor).inline(60),
        what: Untrusted::new(&what).inline(400),
        case,
        file,
        digest: row.hash.get(..12).unwrap_or(&row.hash).to_owned(),
    }
}
