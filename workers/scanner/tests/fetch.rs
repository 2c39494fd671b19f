//! Fetching from a real HTTP server on loopback, which must be meant: everything such a server can do wrong.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use futures::StreamExt as _;
use model::{Digest, Previous, UploadEvent};
use scanner::{
    config::FetchConfig,
    fetch::{FetchError, Fetched, Fetcher, Why},
};

const FILE: &[u8] = b"the bytes of a wheel";

#[derive(Clone, Default)]
struct Host {
    /// Bytes that endless bodies have handed over.
    sent: Arc<AtomicU64>,
    /// Requests for the file itself.
    asked: Arc<AtomicU64>,
}

impl Host {
    async fn start(&self) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = self.clone();
        let local = move |path: &str| format!("http://localhost:{port}/files/{path}");
        let status = |status: u16| get(move || async move { StatusCode::from_u16(status).unwrap() });
        let mut router = Router::new()
            .route("/files/ok", get(file))
            .route("/files/endless", get(endless))
            .route("/files/slow", get(slow))
            .route("/files/again", get(|| async { Redirect::temporary("/files/again") }))
            .route("/files/near", get(|| async { Redirect::temporary("/files/ok") }))
            .route("/files/elsewhere", get(move || async move { Redirect::temporary(&local("ok")) }))
            .route("/files/metadata", get(|| async { Redirect::temporary("http://169.254.169.254/latest/meta-data/") }))
            .route("/files/private", get(|| async { Redirect::temporary("http://10.0.0.8/files/ok") }))
            .route("/files/file", get(|| async { Redirect::temporary("file:///etc/hostname") }))
            .route("/files/nowhere", get(|| async { StatusCode::FOUND }))
            .route(
                "/files/later",
                get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")], "") }),
            );
        for code in [403, 404, 410, 429, 500, 502, 206] {
            router = router.route(&format!("/files/{code}"), status(code));
        }
        tokio::spawn(async move { axum::serve(listener, router.with_state(state)).await });
        port
    }
}

async fn file(State(host): State<Host>, headers: HeaderMap) -> Response {
    host.asked.fetch_add(1, Ordering::Relaxed);
    assert_eq!(headers.get(header::ACCEPT_ENCODING).unwrap(), "identity");
    assert!(!headers.contains_key(header::REFERER) && !headers.contains_key(header::COOKIE));
    FILE.into_response()
}

/// A body that says nothing of its length and never ends.
async fn endless(State(host): State<Host>) -> Body {
    let chunk = Bytes::from(vec![0; 64 * 1024]);
    Body::from_stream(futures::stream::repeat_with(move || {
        host.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        Ok::<_, Infallible>(chunk.clone())
    }))
}

/// A byte now and then, as long as somebody reads.
async fn slow() -> Body {
    Body::from_stream(futures::stream::repeat(()).then(|()| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok::<_, Infallible>(Bytes::from_static(b"x"))
    }))
}

fn config(port: u16) -> FetchConfig {
    FetchConfig {
        base: Some(format!("http://127.0.0.1:{port}/files/")),
        allow_loopback: true,
        file_mib: 1,
        ..FetchConfig::default()
    }
}

fn event(name: &str) -> UploadEvent {
    UploadEvent {
        id: "1".to_owned(),
        source: String::new(),
        project: "a".to_owned(),
        version: "1".to_owned(),
        filename: "a-1.whl".to_owned(),
        sha256: Digest::of(FILE),
        size: None,
        url: format!("https://files.index.example/files/{name}"),
        uploaded_by: None,
        upload_time: None,
        previous: None,
    }
}

async fn fetch(config: &FetchConfig, event: &UploadEvent) -> Result<Fetched, FetchError> {
    Fetcher::new(config).unwrap().fetch(event).await
}

fn why(fetched: Result<Fetched, FetchError>) -> Option<Why> {
    match fetched {
        Err(FetchError::Never { why, .. }) => Some(why),
        _ => None,
    }
}

fn is_later(fetched: &Result<Fetched, FetchError>) -> bool {
    matches!(fetched, Err(FetchError::Later { .. }))
}

#[tokio::test]
async fn a_file_is_fetched_by_its_path_and_believed_by_its_digest() {
    let host = Host::default();
    let config = config(host.start().await);
    assert_eq!(fetch(&config, &event("ok")).await.ok().unwrap().artifact.bytes, FILE);
    let sized = UploadEvent { size: Some(FILE.len() as u64), ..event("ok") };
    assert!(fetch(&config, &sized).await.is_ok());
    let other = UploadEvent { sha256: Digest::of(b"another"), ..event("ok") };
    assert_eq!(why(fetch(&config, &other).await), Some(Why::Mismatch));
    let longer = UploadEvent { size: Some(FILE.len() as u64 + 1), ..event("ok") };
    assert_eq!(why(fetch(&config, &longer).await), Some(Why::Mismatch));
    let shorter = UploadEvent { size: Some(3), ..event("ok") };
    assert_eq!(why(fetch(&config, &shorter).await), Some(Why::TooLarge));
}

#[tokio::test]
async fn the_release_before_comes_along_and_is_no_reason_to_fail() {
    let host = Host::default();
    let config = config(host.start().await);
    let with = |url: Option<&str>, sha256: Digest| {
        let url = url.map(|name| format!("https://files.index.example/files/{name}"));
        let previous = Previous { version: "0".to_owned(), sha256, filename: None, size: None, url };
        UploadEvent { previous: Some(previous), ..event("ok") }
    };
    let previous = async |event: UploadEvent| fetch(&config, &event).await.expect("the file itself").previous;
    assert_eq!(previous(with(Some("near"), Digest::of(FILE))).await.unwrap().unwrap().bytes, FILE);
    assert!(previous(with(None, Digest::of(FILE))).await.is_none(), "nobody says where it is");
    let never = async |event| match previous(event).await {
        Some(Err(FetchError::Never { why, .. })) => Some(why),
        _ => None,
    };
    assert_eq!(never(with(Some("404"), Digest::of(FILE))).await, Some(Why::Missing));
    assert_eq!(never(with(Some("ok"), Digest::of(b"another"))).await, Some(Why::Mismatch));
    assert!(matches!(previous(with(Some("502"), Digest::of(FILE))).await, Some(Err(FetchError::Later { .. }))));
}

/// Who announces no size reserves the most that a file may have, and only while it is read.
#[tokio::test]
async fn a_file_that_is_examined_holds_its_own_size_and_no_more() {
    let host = Host::default();
    let fetcher = Fetcher::new(&FetchConfig { held_mib: 2, ..config(host.start().await) }).unwrap();
    let mut held = Vec::new();
    for _ in 0..10 {
        let fetched = tokio::time::timeout(Duration::from_secs(60), fetcher.fetch(&event("ok"))).await;
        held.push(fetched.expect("there is room").ok().unwrap());
    }
    assert!(held.iter().all(|fetched| fetched.artifact.bytes == FILE));
}

/// Uploads and rescans have budgets of their own: a host that is slow with the ones is not waited for by the others.
#[tokio::test]
async fn what_one_lane_holds_keeps_no_other_waiting() {
    let host = Host::default();
    let rescans = Fetcher::new(&FetchConfig { held_mib: 1, ..config(host.start().await) }).unwrap();
    let uploads = rescans.apart();
    let (slow, quick) = (event("slow"), event("ok"));
    let (first, second) = (rescans.fetch(&slow), rescans.fetch(&quick));
    let upload = async { uploads.fetch(&quick).await.ok().unwrap() };
    tokio::select! {
        biased;
        _ = first => panic!("a body without an end came to it"),
        _ = second => panic!("there was room for both"),
        fetched = upload => assert_eq!(fetched.artifact.bytes, FILE),
    }
}

#[tokio::test]
async fn what_the_status_says_decides_whether_it_is_tried_again() {
    let host = Host::default();
    let config = config(host.start().await);
    for (code, expected) in [(404, Why::Missing), (410, Why::Missing), (403, Why::Refused), (206, Why::Refused)] {
        assert_eq!(why(fetch(&config, &event(&code.to_string())).await), Some(expected), "{code}");
    }
    for code in [429, 500, 502] {
        assert!(is_later(&fetch(&config, &event(&code.to_string())).await), "{code}");
    }
    let Err(FetchError::Later { after, .. }) = fetch(&config, &event("later")).await else { panic!("not later") };
    assert_eq!(after, Some(Duration::from_secs(7)));
    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = self::config(listener.local_addr().unwrap().port());
    drop(listener);
    assert!(is_later(&fetch(&gone, &event("ok")).await));
}

#[tokio::test]
async fn a_redirect_leads_only_where_the_list_says() {
    let host = Host::default();
    let mut config = config(host.start().await);
    assert!(fetch(&config, &event("near")).await.is_ok(), "to the same host");
    let asked = host.asked.load(Ordering::Relaxed);
    for name in ["elsewhere", "metadata", "private", "file", "again"] {
        assert_eq!(why(fetch(&config, &event(name)).await), Some(Why::Forbidden), "{name}");
    }
    assert!(fetch(&config, &event("nowhere")).await.is_err());
    assert_eq!(host.asked.load(Ordering::Relaxed), asked, "a host off the list was asked");
    // On the list it is followed, and an address that nobody may reach stays out of reach.
    config.redirect_hosts = ["localhost", "169.254.169.254", "10.0.0.8"].map(str::to_owned).into();
    assert!(fetch(&config, &event("elsewhere")).await.is_ok());
    for name in ["metadata", "private"] {
        assert_eq!(why(fetch(&config, &event(name)).await), Some(Why::Forbidden), "{name}");
    }
}

#[tokio::test]
async fn addresses_that_are_not_public_must_be_meant() {
    let host = Host::default();
    let port = host.start().await;
    // By its address it is refused at the start, by a name when the name is resolved.
    let quiet = FetchConfig { allow_loopback: false, ..config(port) };
    assert!(Fetcher::new(&quiet).is_err());
    let named = FetchConfig { base: Some(format!("https://localhost:{port}/files/")), ..quiet };
    assert_eq!(why(fetch(&named, &event("ok")).await), Some(Why::Forbidden));
    assert_eq!(host.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_body_is_cut_off_at_the_limit_while_it_is_read() {
    let host = Host::default();
    let config = config(host.start().await);
    assert_eq!(why(fetch(&config, &event("endless")).await), Some(Why::TooLarge));
    // What the sockets hold comes on top of the limit of 1 MiB; it is not what a sender would like to send.
    let sent = host.sent.load(Ordering::Relaxed);
    assert!((1 << 20..64 << 20).contains(&sent), "{sent} bytes were taken");
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_is_given_up() {
    let host = Host::default();
    let config = FetchConfig { total_seconds: 1, ..config(host.start().await) };
    let fetched = fetch(&config, &event("slow")).await;
    let Err(FetchError::Later { detail, .. }) = fetched else { panic!("not given up") };
    assert_eq!(detail, "timeout");
}
