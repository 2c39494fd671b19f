//! The queue: worst first, one sentence why, a page at a time.

use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use store::{Band, CaseFilter, CaseRow, CaseStatus, Counts, Moment, StoreError};

use super::{Parameters, unavailable};
use crate::{
    App, Html, Untrusted,
    access::Who,
    reply::{Page, Shell},
    words::{self, Badge},
};

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    shell: Shell,
    csrf: String,
    heading: &'static str,
    counts: Head,
    notice: Option<Notice>,
    tabs: Vec<Tab>,
    newest: i64,
    /// Only cases in which this rule hit; empty for all.
    rule: String,
    caption: String,
    rows: Vec<Row>,
    next_page: Option<String>,
    empty: (&'static str, String),
}

struct Head {
    open: i64,
    oldest: String,
    decided_today: i64,
    healthy: bool,
    health: String,
}

/// What the last decision was, and how to take it back.
struct Notice {
    verb: &'static str,
    case: i64,
    revision: i64,
    project: Html,
    version: Html,
    undo: bool,
    next: Option<i64>,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    count: Option<i64>,
    here: bool,
}

struct Row {
    id: i64,
    project: Html,
    version: Html,
    filename: Html,
    why: Html,
    band: Badge,
    score: String,
    since: String,
    age: String,
    status: Html,
}

/// The views of the queue: address, words, filter.
const VIEWS: [(&str, &str, &str, Option<CaseStatus>, Option<Band>); 6] = [
    ("open", "/", "Open", Some(CaseStatus::Open), None),
    ("high", "/?show=high", "High", Some(CaseStatus::Open), Some(Band::High)),
    ("medium", "/?show=medium", "Medium", Some(CaseStatus::Open), Some(Band::Medium)),
    ("incomplete", "/?show=incomplete", "Incomplete", Some(CaseStatus::Open), Some(Band::Low)),
    ("confirmed", "/?show=confirmed", "Confirmed", Some(CaseStatus::Confirmed), None),
    ("dismissed", "/?show=dismissed", "Dismissed", Some(CaseStatus::Dismissed), None),
];

pub(crate) async fn page(State(app): State<App>, who: Who, Query(parameters): Query<Parameters>) -> Response {
    match build(&app, &who, &parameters).await {
        Ok(page) => Page(StatusCode::OK, page).into_response(),
        Err(error) => unavailable(&who, &error),
    }
}

async fn build(app: &App, who: &Who, parameters: &Parameters) -> Result<Queue, StoreError> {
    let now = Moment::now();
    let show = parameters.get("show").map(String::as_str).unwrap_or_default();
    let (view, href, _, status, band) = VIEWS.into_iter().find(|view| view.0 == show).unwrap_or(VIEWS[0]);
    let after = parameters.get("after").and_then(|cursor| cursor.parse().ok());
    let rule = parameters.get("rule").filter(|rule| is_rule(rule)).cloned();
    let filter = CaseFilter { status, band, rule: rule.clone(), after, ..CaseFilter::default() };
    let page = app.store.cases(&filter).await?;
    let counts = app.store.counts(now).await?;
    let notice = match parameters.get("done").and_then(|id| id.parse().ok()) {
        Some(id) => notice(app, who, id, &page.rows).await?,
        None => None,
    };
    let count_of = |band: Band| counts.open_by_band.iter().find(|(b, _)| *b == band).map_or(0, |(_, count)| *count);
    let tabs = VIEWS.into_iter().map(|(name, href, label, status, band)| Tab {
        href,
        label,
        here: name == view,
        count: match (status, band) {
            (_, Some(band)) => Some(count_of(band)),
            (Some(CaseStatus::Open), None) => Some(counts.open),
            _ => None,
        },
    });
    let separator = if href.contains('?') { '&' } else { '?' };
    let decided = matches!(status, Some(CaseStatus::Confirmed | CaseStatus::Dismissed));
    Ok(Queue {
        shell: who.shell("/"),
        csrf: who.csrf.clone().unwrap_or_default(),
        heading: if decided { "Decided cases" } else { "Queue" },
        tabs: tabs.collect(),
        newest: newest(app).await?,
        caption: caption(page.rows.len(), decided, page.next.is_some()),
        next_page: page.next.map(|cursor| {
            let rule = rule.as_ref().map_or_else(String::new, |rule| format!("rule={rule}&"));
            format!("{href}{separator}{rule}after={cursor}")
        }),
        rule: rule.clone().unwrap_or_default(),
        empty: empty(app, &counts, view, now),
        rows: page.rows.iter().map(|case| row(case, now)).collect(),
        counts: head(app, &counts, now).await,
        notice,
    })
}

/// Whether this is how a rule's id is written, so that it can be part of an address.
pub(super) fn is_rule(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn caption(rows: usize, decided: bool, more: bool) -> String {
    let caption = match (rows, decided) {
        (1, false) => "1 case, most urgent first".to_owned(),
        (_, false) => format!("{rows} cases, most urgent first"),
        (1, true) => "1 case that was decided".to_owned(),
        (_, true) => format!("{rows} cases that were decided"),
    };
    if more { format!("{caption}, and more below") } else { caption }
}

fn row(case: &CaseRow, now: Moment) -> Row {
    let status = match case.status {
        CaseStatus::Open => "machine verdict".to_owned(),
        _ => words::standing(case),
    };
    Row {
        id: case.case_id,
        project: Untrusted::new(&case.project).name(80),
        version: Untrusted::new(&case.version).name(40),
        filename: Untrusted::new(&case.filename).inline(120),
        why: Untrusted::new(&case.summary).inline(300),
        band: words::badge(case.outcome),
        score: words::score(case.score),
        since: case.uploaded_at.to_string(),
        age: words::age(case.uploaded_at, now),
        status: Untrusted::new(&status).inline(80),
    }
}

async fn notice(app: &App, who: &Who, id: i64, rows: &[CaseRow]) -> Result<Option<Notice>, StoreError> {
    let Some(detail) = app.store.case(id).await? else { return Ok(None) };
    let case = detail.case;
    let verb = match case.status {
        CaseStatus::Open => "Opened again:",
        CaseStatus::Confirmed => "Confirmed as malware:",
        CaseStatus::Dismissed => "Dismissed:",
    };
    let undo = case.status != CaseStatus::Open && who.may(store::Role::Moderator);
    Ok(Some(Notice {
        verb,
        case: id,
        revision: case.revision,
        project: Untrusted::new(&case.project).name(80),
        version: Untrusted::new(&case.version).name(40),
        undo,
        next: rows.iter().find(|row| row.status == CaseStatus::Open && row.case_id != id).map(|row| row.case_id),
    }))
}

async fn head(app: &App, counts: &Counts, now: Moment) -> Head {
    let queue = app.queue.state();
    let (healthy, health) = if queue.blocked {
        (false, "broker is blocked".to_owned())
    } else if !queue.ready {
        (false, "queue does not answer".to_owned())
    } else if counts.pending > 0 {
        (true, format!("{} waiting", counts.pending))
    } else {
        (true, "all judged".to_owned())
    };
    Head {
        open: counts.open,
        oldest: counts.oldest_open.map_or_else(|| "–".to_owned(), |since| words::age(since, now)),
        decided_today: counts.decided_today,
        healthy,
        health,
    }
}

/// An empty queue must not look like a broken one: it says what runs and when it last did something.
fn empty(app: &App, counts: &Counts, view: &str, now: Moment) -> (&'static str, String) {
    let last = counts.last_verdict.map_or_else(
        || "No file was examined yet.".to_owned(),
        |at| format!("{} files were examined, the last one {} ago.", counts.verdicts, words::age(at, now)),
    );
    let waiting = match counts.pending {
        0 => String::new(),
        count => format!(" {count} wait for their verdict."),
    };
    let title = match view {
        "open" => "Nothing waits for you.",
        "confirmed" => "Nothing was confirmed yet.",
        "dismissed" => "Nothing was dismissed yet.",
        _ => "Nothing of this kind waits for you.",
    };
    (title, format!("{} {last}{waiting}", app.settings.running))
}

/// The newest open case, so that the page can tell how many came later.
async fn newest(app: &App) -> Result<i64, StoreError> {
    Ok(open_ids(app).await?.into_iter().max().unwrap_or(0))
}

async fn open_ids(app: &App) -> Result<Vec<i64>, StoreError> {
    let filter = CaseFilter { status: Some(CaseStatus::Open), limit: 200, ..CaseFilter::default() };
    Ok(app.store.cases(&filter).await?.rows.into_iter().map(|row| row.case_id).collect())
}

/// How many cases came after one, for the line above the queue.
pub(crate) async fn fresh(State(app): State<App>, who: Who, Query(parameters): Query<Parameters>) -> Response {
    let after: i64 = parameters.get("after").and_then(|id| id.parse().ok()).unwrap_or(0);
    match open_ids(&app).await {
        Ok(ids) => {
            Json(serde_json::json!({ "count": ids.into_iter().filter(|id| *id > after).count() })).into_response()
        }
        Err(error) => unavailable(&who, &error),
    }
}
