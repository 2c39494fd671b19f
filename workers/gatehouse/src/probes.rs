//! What an orchestrator asks a role: alive, ready, and its figures.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics::{Lookup, Metrics};
use queue::Queue;
use store::Store;
use tokio::{net::TcpListener, sync::watch};

use crate::complaint::Complaint;

/// What a role depends on.
#[derive(Clone)]
pub(crate) struct Probes {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) queue: Option<Queue>,
    pub(crate) store: Option<Store>,
    /// Tell also what the store holds: of one role, since every scrape counts rows.
    pub(crate) counts: bool,
}

/// Binds an address now, so that a port that is taken is an error at the start.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Complaint> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Complaint::new("cannot listen").at(address).because(error).attempt("choose another port"))
}

/// Serves until `stop` says so.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    dashboard::serve(listener, router, stopped).await
}

impl Probes {
    pub(crate) fn router(self) -> Router {
        Router::new()
            // The process answers: nothing else. A broker that is away is no reason to be killed.
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(figures))
            .with_state(self)
    }
}

async fn ready(State(probes): State<Probes>) -> Response {
    let mut checks = serde_json::Map::new();
    let mut ready = true;
    if let Some(queue) = &probes.queue {
        let state = queue.state();
        ready &= state.ready;
        checks.insert("queue".to_owned(), state.detail.into());
    }
    if let Some(store) = &probes.store {
        let answer = store.ready().await;
        ready &= answer.is_ok();
        // The error may quote an address; the log has it.
        if let Err(error) = &answer {
            tracing::warn!(%error, "the store is not ready");
        }
        checks.insert("store".to_owned(), if answer.is_ok() { "ready" } else { "not ready" }.into());
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({"ready": ready, "checks": checks}))).into_response()
}

async fn figures(State(probes): State<Probes>) -> Response {
    let mut lookup = Lookup::default();
    if let (true, Some(queue), Some(store)) = (probes.counts, &probes.queue, &probes.store) {
        lookup = dashboard::figures(store, queue).await;
    } else if let Some(queue) = &probes.queue {
        dashboard::lanes(queue, &mut lookup).await;
    }
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], probes.metrics.encode(Some(&lookup))).into_response()
}
