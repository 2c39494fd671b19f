//! The latest verdicts, clear ones too: what was examined, not only what was suspected.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use store::{Moment, VerdictRow};

use super::{Parameters, unavailable};
use crate::{
    App, Html, Untrusted,
    access::Who,
    reply::{Page, Shell},
    words::{self, Badge},
};

const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "verdicts.html")]
struct Verdicts {
    shell: Shell,
    asked: Html,
    nothing: &'static str,
    caption: String,
    rows: Vec<Row>,
    next_page: Option<String>,
    empty: String,
}

struct Row {
    case: Option<i64>,
    project: Html,
    version: Html,
    filename: Html,
    why: Html,
    band: Badge,
    score: String,
    since: String,
    age: String,
    status: &'static str,
}

pub(crate) async fn page(State(app): State<App>, who: Who, Query(parameters): Query<Parameters>) -> Response {
    let before = parameters.get("before").and_then(|id| id.parse().ok());
    let asked = parameters.get("q").map(|text| text.trim()).filter(|text| !text.is_empty());
    let found = match asked {
        Some(text) => app.store.search(text, ROWS).await,
        None => app.store.latest(before, ROWS).await,
    };
    let rows = match found {
        Ok(rows) => rows,
        Err(error) => return unavailable(&who, &error),
    };
    let now = Moment::now();
    let next_page = (asked.is_none() && rows.len() as u32 == ROWS)
        .then(|| rows.last().map(|row| format!("/verdicts?before={}", row.verdict_id)))
        .flatten();
    let page = Verdicts {
        shell: who.shell("/verdicts"),
        asked: Untrusted::new(asked.unwrap_or_default()).attribute(200),
        nothing: if asked.is_some() { "Nothing of this name was examined." } else { "No verdict yet." },
        caption: format!("{} verdicts, newest first", rows.len()),
        rows: rows.iter().map(|verdict| row(verdict, now)).collect(),
        next_page,
        empty: app.settings.running.clone(),
    };
    Page(StatusCode::OK, page).into_response()
}

fn row(verdict: &VerdictRow, now: Moment) -> Row {
    Row {
        case: verdict.case_id,
        project: Untrusted::new(&verdict.project).name(80),
        version: Untrusted::new(&verdict.version).name(40),
        filename: Untrusted::new(&verdict.filename).inline(120),
        why: Untrusted::new(&verdict.summary).inline(300),
        band: Badge { word: words::outcome(verdict.outcome), ..words::badge(verdict.outcome) },
        score: words::score(verdict.score),
        since: verdict.recorded_at.to_string(),
        age: words::age(verdict.recorded_at, now),
        status: verdict.case_status.map_or("machine", words::status),
    }
}
