//! Health, readiness and metrics.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::Lookup;
use queue::Queue;
use serde_json::json;
use store::{Moment, Store};

use crate::{App, reply};

/// The process lives. Never asks a broker or a database: restarting this process would not bring them back.
pub(crate) async fn healthz() -> Response {
    reply::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether work can be done now: the store answers, the queue takes messages, a rulebook is loaded where one judges.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let store = app.store.ready().await;
    if let Err(error) = &store {
        tracing::warn!(error = %error, "not ready: store");
    }
    let queue = app.queue.state();
    let queue_ok = queue.ready && !queue.blocked;
    let rules_ok = !app.settings.judges || app.metrics.rulebook().is_some();
    let word = |ok: bool| if ok { "ok" } else { "failing" };
    let ready = store.is_ok() && queue_ok && rules_ok;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks = json!({ "store": word(store.is_ok()), "queue": word(queue_ok), "rules": word(rules_ok) });
    reply::json(status, &json!({ "ready": ready, "checks": checks }))
}

/// What this process counts, and what the store and the queue say now. What does not answer is left out, so that an
/// alert on its absence fires.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let lookup = figures(&app.store, &app.queue).await;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE))];
    (kind, app.metrics.encode(Some(&lookup))).into_response()
}

/// What the store and the queue say now, under the names of the metrics room.
pub async fn figures(store: &Store, queue: &Queue) -> Lookup {
    let now = Moment::now();
    let mut lookup = Lookup::default();
    let label = |name: &'static str, value: &str, count: i64| (vec![(name, value.to_owned())], count);
    let seconds =
        |since: Option<Moment>| since.map_or(0, |since| i64::try_from(since.until(now).as_secs()).unwrap_or(i64::MAX));
    match store.figures().await {
        Ok(figures) => {
            lookup.gauge("uploads_pending", "Uploads without a verdict", [(vec![], figures.uploads_pending)]);
            let oldest = seconds(figures.oldest_pending);
            lookup.gauge("upload_oldest_age_seconds", "Age of the oldest upload without a verdict", [(vec![], oldest)]);
            let open = figures.cases_open.iter().map(|(band, count)| label("band", band.as_str(), *count));
            lookup.gauge("cases_open", "Cases that wait for a moderator", open);
            let oldest = seconds(figures.oldest_open);
            lookup.gauge("case_oldest_age_seconds", "Age of the oldest open case", [(vec![], oldest)]);
            lookup.gauge("outbox_unsent", "Events that no broker has confirmed", [(vec![], figures.outbox_unsent)]);
            let oldest = seconds(figures.oldest_unsent);
            lookup.gauge("outbox_oldest_age_seconds", "Age of the oldest of them", [(vec![], oldest)]);
        }
        Err(error) => tracing::warn!(error = %error, "metrics without the store"),
    }
    // The ages and backlogs above are what alerts wait for; a store so large that counting it takes too long has them still.
    // Sooner than whoever asks gives up on all of this.
    let patience = std::time::Duration::from_secs(4);
    match tokio::time::timeout(patience, store.totals()).await {
        Err(_) => tracing::warn!("metrics without what is counted over all rows: it takes too long"),
        Ok(Ok(totals)) => {
            lookup.counter("uploads_received", "Upload events that were accepted", [(vec![], totals.uploads)]);
            let verdicts = totals.verdicts.iter().map(|(outcome, count)| label("outcome", outcome.as_str(), *count));
            lookup.counter("verdicts", "Verdicts in the store", verdicts);
            let decisions = totals.decisions.iter().map(|(kind, count)| label("decision", kind.as_str(), *count));
            lookup.counter("decisions", "Decisions of moderators", decisions);
            let hits = totals
                .rule_hits
                .iter()
                .map(|(rule, state, count)| (vec![("rule", rule.clone()), ("state", state.clone())], *count));
            lookup.counter("rule_hits", "Verdicts in which a rule hit", hits);
        }
        Ok(Err(error)) => tracing::warn!(error = %error, "metrics without what is counted over all rows"),
    }
    lanes(queue, &mut lookup).await;
    lookup
}

/// What waits in the queue, as far as this process knows.
pub async fn lanes(queue: &Queue, lookup: &mut Lookup) {
    // A broker that does not answer must not hide the figures that others have.
    let patience = std::time::Duration::from_secs(2);
    match tokio::time::timeout(patience, queue.depths()).await.unwrap_or(Err(queue::Error::Closed)) {
        Ok(depths) => {
            let lane = |depth: &queue::Depth| vec![("lane", depth.lane.as_str().to_owned())];
            let ready = depths.iter().map(|depth| (lane(depth), i64::try_from(depth.ready).unwrap_or(i64::MAX)));
            lookup.gauge("queue_messages", "Messages that wait in a lane", ready);
            let ages = depths
                .iter()
                .filter_map(|depth| Some((lane(depth), i64::try_from(depth.oldest_ms? / 1_000).unwrap_or(i64::MAX))));
            lookup.gauge("queue_oldest_age_seconds", "Age of the oldest message in a lane", ages);
        }
        Err(error) => tracing::warn!(error = %error, "metrics without the queue"),
    }
}

/// A browser saw a page of ours try what its policy forbids: either an escape was forgotten, or a browser's extension
/// meddles. Counted, not believed: the body is not read.
pub(crate) async fn csp_report(State(app): State<App>, _: Body) -> StatusCode {
    app.metrics.csp_report();
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use model::Digest;

    use crate::trial::Trial;

    #[tokio::test]
    async fn health_readiness_and_metrics_are_three_things() {
        let trial = Trial::start(|settings| settings.judges = true).await;
        assert_eq!(trial.get("/healthz").await.status, 200);
        let unready = trial.get("/readyz").await;
        assert_eq!((unready.status, &unready.json()["checks"]["rules"]), (503, &"failing".into()));
        trial.app.metrics.use_rulebook(Digest::of(b"rules"));
        let ready = trial.get("/readyz").await;
        assert_eq!(ready.status, 200, "{}", ready.body);
        let metrics = trial.get("/metrics").await.body;
        for line in [
            "gatehouse_uploads_received_total 0",
            "gatehouse_queue_messages{lane=\"uploads\"} 0",
            "gatehouse_http_requests_total{route=\"/readyz\",status=\"503\"} 1",
            "gatehouse_ruleset_info{digest=",
            "# EOF",
        ] {
            assert!(metrics.contains(line), "{line}\n{metrics}");
        }
        assert_eq!(trial.ask("POST", "/csp-report", &[], b"{}").await.status, 204);
        assert!(trial.get("/metrics").await.body.contains("gatehouse_csp_reports_total 1"));
        trial.app.store.close().await;
        assert_eq!(trial.get("/healthz").await.status, 200, "a dead database does not make the process ill");
        assert_eq!(trial.get("/readyz").await.json()["checks"]["store"], "failing");
    }

    #[tokio::test]
    async fn every_metric_that_is_looked_up_is_documented() {
        let trial = Trial::start(|_| ()).await;
        let readme = include_str!("../../../metrics/README.md");
        let text = trial.get("/metrics").await.body;
        for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = line.split_once(' ').unwrap();
            let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
            assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the metrics' README");
        }
    }
}
