//! The pages in a real browser: hostile names, code and reasons in every place where a page shows text.
//!
//! Twice: on verdicts that are written here, so that every field holds what an attacker would put there, and on the
//! program itself, from a posted archive to the decision. `tests/run` installs what this needs.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "browser/fixtures.rs"]
mod fixtures;
#[path = "browser/payloads.rs"]
mod payloads;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use dashboard::{App, Settings};
use metrics::Metrics;
use model::Digest;
use queue::Queue;
use store::{Moment, Role, Store};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::Command,
    sync::oneshot,
};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A store of its own, filled, and the pages over it, until the tests of `files` have looked.
async fn looked_at(files: &[&str], fill: impl AsyncFnOnce(Store) -> serde_json::Value, more: serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::connect(&format!("sqlite:{}", folder.path().join("store.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    let queue = Queue::open(&folder.path().join("queue.db")).await.unwrap();
    let cases = fill(store.clone()).await;
    fixtures::park(&queue).await;

    let metrics = Arc::new(Metrics::new("0.0.0"));
    metrics.use_rulebook(Digest::of(b"rules"));
    let settings = Settings { running: "Watching a folder of tests.".to_owned(), ..Settings::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let app = App::new(store.clone(), queue, metrics, settings);
    let server = tokio::spawn(dashboard::serve(listener, dashboard::router(app), async {
        let _ = stopped.await;
    }));

    // Each file of tests is a process of its own and gets its own tokens: a token is good once.
    let mut logins = serde_json::Map::new();
    for file in files {
        let mut of_file = serde_json::Map::new();
        for (name, role) in [("alice", Role::Moderator), ("bob", Role::Moderator), ("vera", Role::Viewer)] {
            let mut tokens = Vec::new();
            for _ in 0..12 {
                tokens.push(store.create_login(name, role, Duration::from_secs(3_600), Moment::now()).await.unwrap());
            }
            of_file.insert(name.to_owned(), tokens.into());
        }
        logins.insert(format!("{file}.test.mjs"), of_file.into());
    }
    let shots = shots();
    let mut world = serde_json::json!({ "base": base, "logins": logins, "cases": cases, "shots": shots });
    world.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let passed = node(files, &world).await;
    let _ = stop.send(());
    let _ = server.await;
    let audit = store.verify_audit().await.unwrap();
    assert!(audit.broken.is_none(), "{audit:?}");
    assert!(passed, "the browser tests failed, see above; screenshots are in {}", shots.display());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_in_a_real_browser() {
    let fill = async |store: Store| fixtures::record(&store).await;
    looked_at(&["pages", "decide", "blind"], fill, serde_json::json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_payloads_stay_text_in_a_real_browser() {
    let payloads = payloads::all();
    let more = serde_json::json!({ "payloads": payloads.len() });
    looked_at(&["payloads"], async |store: Store| fixtures::record_payloads(&store, &payloads).await, more).await;
}

/// Where screenshots are left.
fn shots() -> PathBuf {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| format!("{REPOSITORY}/target"));
    let shots = Path::new(&target).join("browser");
    std::fs::create_dir_all(&shots).unwrap();
    shots
}

/// Runs files of browser tests, which find their surroundings in `world`.
async fn node(files: &[&str], world: &serde_json::Value) -> bool {
    let browser = Path::new(REPOSITORY).join("tests/browser");
    assert!(browser.join("node_modules").is_dir(), "the browser's driver is not installed: run tests/run");
    let status = Command::new("node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files.iter().map(|name| browser.join(format!("{name}.test.mjs"))))
        .env("GATEHOUSE_BROWSER_WORLD", world.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .expect("node is not installed: run tests/run");
    status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posted_archive_reaches_a_person_and_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["up", "--listen", "127.0.0.1:0", "--jobs", "1", "--data"])
        .arg(folder.path().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    // What it prints for people is what this reads: the link to sign in, and the token.
    let mut lines = BufReader::new(up.stdout.take().unwrap()).lines();
    let (mut link, mut token) = (None, None);
    while link.is_none() || token.is_none() {
        let line = lines.next_line().await.unwrap().expect("`gatehouse up` ended before it was up");
        link = link.or_else(|| line.split_whitespace().find(|word| word.contains("/login?token=")).map(str::to_owned));
        token = token.or_else(|| Some(line.split("Bearer ").nth(1)?.split('\'').next()?.to_owned()));
    }
    let link = link.unwrap();
    let (base, login) = link.split_once("/login?token=").unwrap();
    let archive = folder.path().join("archive");
    std::fs::write(&archive, fixtures::archive()).unwrap();
    let world = serde_json::json!({
        "base": base,
        "logins": { "up.test.mjs": { "moderator": [login] } },
        "token": token,
        "archive": archive,
        "filename": fixtures::ARCHIVE,
        "shots": shots(),
    });
    let passed = node(&["up"], &world).await;
    up.kill().await.unwrap();
    assert!(passed, "the browser tests failed, see above");
}
