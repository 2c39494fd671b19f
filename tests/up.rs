//! `gatehouse up`, as a person starts it: everything in one process, killed and started again.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "../workers/gatehouse/src/demo.rs"]
#[allow(dead_code, reason = "the packer is shared with the program")]
mod demo;
mod processes;
mod seeded;

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use model::Digest;
use processes::{Logs, Process, until};
use seeded::{Dice, number, seed, shuffled};
use sqlx::Connection as _;
use store::Store;

struct Up {
    process: Process,
    dashboard: String,
    token: String,
    login: String,
}

impl Up {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let data = folder.join("data");
        let mut arguments = vec!["up", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        arguments.extend(more);
        let mut process = Process::start("up", &folder.join("up.log"), &arguments, &[]);
        let said = process.says(&["Gatehouse is up at ", "Sign in (once):", "Judge a file:", "Stop:"]);
        let token = said[2].split("Bearer ").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        Self { process, dashboard: said[0].trim_end_matches('/').to_owned(), login: said[1].clone(), token }
    }

    async fn post(&self, client: &reqwest::Client, filename: &str, bytes: Vec<u8>) -> Option<reqwest::StatusCode> {
        let url = format!("{}/v1/scan?filename={filename}", self.dashboard);
        let sent = client.post(url).bearer_auth(&self.token).body(bytes).send().await;
        sent.ok().map(|response| response.status())
    }

    async fn figure(&self, client: &reqwest::Client, name: &str) -> Option<u64> {
        let text = client.get(format!("{}/metrics", self.dashboard)).send().await.ok()?.text().await.ok()?;
        let lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        Some(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }
}

fn folder() -> (tempfile::TempDir, PathBuf, Logs) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path.clone(), Logs(path))
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// How many verdicts each artifact has, and how many of them are signed.
async fn verdicts(folder: &Path) -> BTreeMap<Digest, (usize, usize)> {
    let store = Store::connect(&format!("sqlite:{}", folder.join("data/store.sqlite").display())).await.unwrap();
    let mut found = BTreeMap::new();
    let mut before = None;
    loop {
        let page = store.latest(before, 100).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.verdict_id);
        for row in &page {
            let detail = store.verdict(row.verdict_id).await.unwrap().unwrap();
            let entry = found.entry(row.sha256).or_insert((0, 0));
            entry.0 += 1;
            entry.1 += usize::from(!detail.attestations.is_empty());
        }
    }
    assert!(store.verify_audit().await.unwrap().broken.is_none(), "the audit chain is broken");
    store.close().await;
    found
}

/// The events that the index would have heard, by the file they are on: their ids. Nothing of the outbox is left.
async fn told(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut store = sqlx::SqliteConnection::connect(folder.join("data/store.sqlite").to_str().unwrap()).await.unwrap();
    let left = "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&mut store).await.unwrap(), 0);
    let sent = "SELECT message_id, body FROM outbox WHERE topic = 'published'";
    let sent: Vec<(String, String)> = sqlx::query_as(sent).fetch_all(&mut store).await.unwrap();
    // The queue took each of them, and gave them on: none lies in it any more.
    let mut queue = sqlx::SqliteConnection::connect(folder.join("data/queue.sqlite").to_str().unwrap()).await.unwrap();
    let taken = "SELECT id FROM seen WHERE topic = 'decisions'";
    let taken: BTreeSet<String> = sqlx::query_scalar(taken).fetch_all(&mut queue).await.unwrap().into_iter().collect();
    let waiting = "SELECT COUNT(*) FROM jobs";
    assert_eq!(sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut queue).await.unwrap(), 0);
    let mut told = BTreeMap::<_, BTreeSet<_>>::new();
    for (id, body) in sent {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["type"], model::TYPE_VERDICT);
        assert!(taken.contains(&id), "{id} never reached the queue");
        told.entry(body["data"]["sha256"].as_str().unwrap().to_owned()).or_default().insert(id);
    }
    told
}

/// Killed at points of a seed's choice: between files, while one is being posted, before and after its verdict.
/// `GATEHOUSE_UP_SEED` repeats the choices, `GATEHOUSE_UP_FILES` and `GATEHOUSE_UP_KILLS` make it longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_nothing_and_doubles_nothing() {
    let (_kept, folder, _logs) = folder();
    let client = client();
    let (seed, kills) = (seed("GATEHOUSE_UP_SEED"), number("GATEHOUSE_UP_KILLS", 4));
    let mut dice = Dice::new(seed as u64);
    let mut archives = shuffled(&mut dice, demo::archives().unwrap());
    archives.truncate(number("GATEHOUSE_UP_FILES", 60));
    eprintln!("GATEHOUSE_UP_SEED={seed} GATEHOUSE_UP_FILES={} GATEHOUSE_UP_KILLS={kills}", archives.len());
    let strikes: BTreeSet<usize> = shuffled(&mut dice, (1..archives.len()).collect()).into_iter().take(kills).collect();
    let mut accepted = BTreeMap::new();
    let mut history = Vec::new();
    let mut up = Up::start(&folder, &["--jobs", "1"]);
    for (number, archive) in archives.iter().enumerate() {
        if strikes.contains(&number) {
            // So many have their verdict at least, the rest waits or is under way.
            let some = u64::try_from(dice.below(accepted.len() + 1)).unwrap();
            until("some verdicts", async || {
                up.figure(&client, "gatehouse_verdicts_total").await.filter(|verdicts| *verdicts >= some)
            })
            .await;
            let in_the_middle = dice.below(2) == 0;
            if in_the_middle {
                // Whether this one is taken nobody knows, so it is posted again, as a client would.
                let posting = up.post(&client, &archive.filename, archive.bytes.clone());
                let _ = tokio::time::timeout(Duration::from_millis(dice.below(30) as u64), posting).await;
            }
            history.push((number, some, in_the_middle));
            up.process.kill_9();
            up = Up::start(&folder, &["--jobs", if dice.below(2) == 0 { "1" } else { "2" }]);
        }
        let status = up.post(&client, &archive.filename, archive.bytes.clone()).await.unwrap();
        assert_eq!(status, 202);
        accepted.insert(Digest::of(&archive.bytes), archive.filename.clone());
    }
    let all = u64::try_from(accepted.len()).unwrap();
    until("a verdict for every file that was taken", async || {
        up.figure(&client, "gatehouse_verdicts_total").await.filter(|n| *n >= all)
    })
    .await;
    // Nothing is on its way any more, so nothing can be doubled later.
    until("empty queues", async || {
        let waiting = up.figure(&client, "gatehouse_queue_messages").await?;
        let told = up.figure(&client, "gatehouse_outbox_unsent").await?;
        // Also the posted files and the events for an index that is not there.
        let kept = std::fs::read_dir(folder.join("data/spool")).unwrap().count();
        (waiting == 0 && told == 0 && kept == 0).then_some(())
    })
    .await;
    assert!(up.process.stop().success());
    let (found, told) = (verdicts(&folder).await, told(&folder).await);
    assert_eq!((found.len(), told.len()), (accepted.len(), accepted.len()));
    for (sha256, filename) in &accepted {
        let (times, signed) = found[sha256];
        assert_eq!(times, 1, "{filename}");
        assert_eq!(signed, 1, "{filename} is not signed");
        assert_eq!(told[&sha256.to_string()].len(), 1, "{filename}: {:?}", told[&sha256.to_string()]);
    }
    assert_eq!(history.len(), kills);
    eprintln!("{all} files, killed at (file, verdicts, while it was posted) {history:?}: 0 lost, 0 doubled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_folder_is_judged_once() {
    let (_kept, folder, _logs) = folder();
    let client = client();
    let incoming = folder.join("incoming");
    std::fs::create_dir(&incoming).unwrap();
    let archives = demo::archives().unwrap();
    let put = |index: usize, name: &str| std::fs::write(incoming.join(name), &archives[index].bytes).unwrap();
    put(0, &archives[0].filename);
    put(1, "unfinished-1.0.tar.gz.part");
    let watch = ["--watch", incoming.to_str().unwrap()];
    let up = Up::start(&folder, &watch);
    let verdicts_are = async |up: &Up, wanted: u64| {
        until("verdicts", async || up.figure(&client, "gatehouse_verdicts_total").await.filter(|n| *n >= wanted)).await;
    };
    verdicts_are(&up, 1).await;
    put(2, &archives[2].filename);
    verdicts_are(&up, 2).await;
    assert!(up.process.stop().success());
    let up = Up::start(&folder, &watch);
    std::fs::rename(incoming.join("unfinished-1.0.tar.gz.part"), incoming.join("finished-1.0.tar.gz")).unwrap();
    verdicts_are(&up, 3).await;
    assert!(up.process.stop().success());
    let found = verdicts(&folder).await;
    assert_eq!(found.len(), 3);
    assert!(found.values().all(|(times, _)| *times == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_judged_and_its_files_are_private() {
    let (_kept, folder, _logs) = folder();
    let client = client();
    let up = Up::start(&folder, &["--demo"]);
    let page = client.get(&up.login).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("<form"));
    let ready = client.get(format!("{}/readyz", up.dashboard)).send().await.unwrap();
    assert_eq!(ready.status(), 200, "{}", ready.text().await.unwrap());
    let all = u64::try_from(demo::archives().unwrap().len()).unwrap();
    until("the demo's verdicts", async || {
        up.figure(&client, "gatehouse_verdicts_total").await.filter(|verdicts| *verdicts >= all)
    })
    .await;
    // They are signed in batches, which follow.
    until("empty queues", async || {
        up.figure(&client, "gatehouse_queue_messages").await.filter(|waiting| *waiting == 0)
    })
    .await;
    // A second one on the same folder is refused, and says what to do.
    let data = folder.join("data");
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["up", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("in use") && said.contains("--data"), "{said}");
    assert!(up.process.stop().success());
    let mut pending = vec![data];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                pending.push(entry.path());
            }
            let public = entry.file_name() == "key-ring.json";
            assert!(public || metadata.permissions().mode() & 0o077 == 0, "{}", entry.path().display());
        }
    }
    let found = verdicts(&folder).await;
    assert_eq!(found.len() as u64, all);
    assert!(found.values().all(|(times, signed)| (*times, *signed) == (1, 1)));
}
