//! The pages in a real browser: hostile names, code and reasons in every place where a page shows text.
//!
//! The service is the real one on a real store; only the verdicts are written here instead of by a scanner, so that
//! every field holds what an attacker would put there. `tests/run` installs what this needs.

#[path = "browser/fixtures.rs"]
mod fixtures;

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use dashboard::{App, Settings};
use metrics::Metrics;
use model::Digest;
use queue::Queue;
use store::{Moment, Role, Store};
use tokio::{net::TcpListener, process::Command, sync::oneshot};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_in_a_real_browser() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::connect(&format!("sqlite:{}", folder.path().join("store.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    let queue = Queue::open(&folder.path().join("queue.db")).await.unwrap();
    let cases = fixtures::record(&store).await;

    let metrics = Arc::new(Metrics::new("0.0.0"));
    metrics.use_rulebook(Digest::of(b"rules"));
    let settings = Settings { running: "Watching a folder of tests.".to_owned(), ..Settings::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let app = App::new(store.clone(), queue, metrics, settings);
    let server = tokio::spawn(dashboard::serve(listener, app, async {
        let _ = stopped.await;
    }));

    // Each file of tests is a process of its own and gets its own tokens: a token is good once.
    let files = ["pages", "decide", "blind"];
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
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| format!("{REPOSITORY}/target"));
    let shots = Path::new(&target).join("browser");
    std::fs::create_dir_all(&shots).unwrap();
    let world = serde_json::json!({ "base": base, "logins": logins, "cases": cases, "shots": shots });

    let browser = Path::new(REPOSITORY).join("tests/browser");
    assert!(browser.join("node_modules").is_dir(), "the browser's driver is not installed: run tests/run");
    let files = files.map(|name| browser.join(format!("{name}.test.mjs")));
    let status = Command::new("node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(&files)
        .env("GATEHOUSE_BROWSER_WORLD", world.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .expect("node is not installed: run tests/run");
    let _ = stop.send(());
    let _ = server.await;
    let audit = store.verify_audit().await.unwrap();
    assert!(audit.broken.is_none(), "{audit:?}");
    assert!(status.success(), "the browser tests failed, see above; screenshots are in {}", shots.display());
}
