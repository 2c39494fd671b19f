//! Signed upload events through the real commands: what its source has signed is judged, and judged once; the rest is
//! parked with the reason, whatever it is.
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "shared with other tests")]
mod processes;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use attest::{KeyRing, SigningKey};
use model::{Digest, Outcome, VerdictEvent};
use queue::{Lane, Queue, Topic};
use serde_json::{Value, json};

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Settings that differ in the key, and in whether it is known that one is needed.
    fn settings(&self, name: &str, key: Option<&Path>, signed_only: bool) -> PathBuf {
        let signing = key.map(|key| format!("signing_key = {key:?}\n")).unwrap_or_default();
        let (queue, keys) = (self.path("queue.db"), self.path("keys.json"));
        self.write(
            name,
            &format!(
                "[queue]\nurl = \"sqlite:{}\"\n[uploads]\nsigned_only = {signed_only}\nkeys = {keys:?}\n{signing}\
                 [scanner]\njobs = 1\n[scanner.fetch]\nbase = 'http://127.0.0.1:9/'\nallow_loopback = true\nattempts = 1\n",
                queue.display()
            ),
        )
    }

    fn event(&self, name: &str, id: &str, version: &str) -> PathBuf {
        let data = json!({
            "project": "demo", "version": version, "filename": "demo-1.0.tar.gz",
            "sha256": Digest::of(version.as_bytes()), "url": "https://index.example/demo-1.0.tar.gz",
        });
        let event = model::cloud_event(model::TYPE_UPLOAD, "/index/example", id, "2026-01-01T00:00:00Z", "demo", &data);
        self.write(name, &event.to_string())
    }
}

fn publishing(settings: &Path, event: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.arg("publish").arg("--config").arg(settings).arg(event).stdin(Stdio::null()).output().unwrap()
}

fn publish(settings: &Path, event: &Path) {
    let output = publishing(settings, event);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn depth(queue: &Queue, lane: Lane) -> u64 {
    let depths = queue.depths().await.unwrap();
    depths.iter().find(|depth| depth.lane == lane).map_or(0, |depth| depth.ready)
}

#[tokio::test]
async fn what_its_source_has_signed_is_judged_once_and_the_rest_is_parked_with_the_reason() {
    let world = World { folder: tempfile::tempdir().unwrap() };
    let (key, stranger) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    world.write("keys.json", &json!({ "/index/example": KeyRing::of(&key.public()) }).to_string());
    let own = world.write("own.pem", &key.to_pem().unwrap());
    let other = world.write("other.pem", &stranger.to_pem().unwrap());
    let (signing, foreign) = (world.settings("a.toml", Some(&own), true), world.settings("b.toml", Some(&other), true));
    let unsigned = world.settings("c.toml", None, false);
    // Who knows that it would be refused does not send it.
    let keyless = world.settings("d.toml", None, true);
    let refused = publishing(&keyless, &world.event("0.json", "0", "0.1"));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("uploads.signing_key"), "{said}");
    publish(&signing, &world.event("1.json", "1", "1.0"));
    // A queue that is a file is open in one process at a time.
    let queue = Queue::open(&world.path("queue.db")).await.unwrap();
    let sent = queue.peek(Lane::Uploads, 1).await.unwrap().remove(0).body;
    assert!(serde_json::from_slice::<Value>(&sent).unwrap()["signatures"][0]["sig"].is_string());
    let mut changed: Value = serde_json::from_slice(&sent).unwrap();
    changed["payload"] = "e30=".into();
    for (id, body) in [
        ("changed", changed.to_string().into_bytes()),
        ("deep", b"[".repeat(60_000)),
        ("large", format!("\"{}\"", "x".repeat(200_000)).into_bytes()),
        ("wide", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(9_000)).into_bytes()),
        ("noise", b"\x00\xff\x1b[2J".to_vec()),
    ] {
        queue.publish_bytes(Topic::Uploads, id, &body).await.unwrap();
    }
    queue.close().await;
    publish(&foreign, &world.event("2.json", "2", "2.0"));
    publish(&unsigned, &world.event("3.json", "3", "3.0"));
    // Another upload that pretends to be the first, and at last the very same message under another name.
    let contradiction = world.event("4.json", "1", "4.0");
    let mut event: Value = serde_json::from_slice(&fs::read(contradiction).unwrap()).unwrap();
    event["time"] = jiff::Timestamp::now().to_string().into();
    let contradiction = serde_json::to_vec(&attest::sign_upload(&event, &key)).unwrap();
    let queue = Queue::open(&world.path("queue.db")).await.unwrap();
    queue.publish_bytes(Topic::Uploads, "pretender", &contradiction).await.unwrap();
    queue.publish_bytes(Topic::Uploads, "again", &sent).await.unwrap();
    queue.close().await;

    let log = world.path("log");
    let arguments = ["scanner", "--config", signing.to_str().unwrap(), "--log-format", "json"];
    let scanner = processes::Process::start("scanner", &log, &arguments, &[("GATEHOUSE_LOG", "info")]);
    let read = || fs::read_to_string(&log).unwrap();
    processes::until("the last message", async || read().contains("came again").then_some(())).await;
    assert!(scanner.stop().success());
    assert_eq!(read().matches("judged an upload").count(), 1, "{}", read());

    let queue = Queue::open(&world.path("queue.db")).await.unwrap();
    let left = (depth(&queue, Lane::Uploads).await, depth(&queue, Lane::Parked).await);
    assert_eq!(left, (0, 8), "{}", read());
    let verdicts = queue.peek(Lane::VerdictsRecorder, 10).await.unwrap();
    assert_eq!(verdicts.len(), 1);
    let verdict: VerdictEvent = serde_json::from_slice(&verdicts[0].body).unwrap();
    assert_eq!((verdict.upload.id.as_str(), verdict.verdict.outcome), ("1", Outcome::Incomplete));
    queue.close().await;

    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    let parked = command.args(["queue", "parked", "--config"]).arg(&signing).output().unwrap();
    let parked = String::from_utf8(parked.stdout).unwrap();
    for reason in [
        "no signature of a key of",
        "the event is not signed",
        "missing field `project`",
        "recursion limit",
        "at most 98304 bytes",
        "another event of this source has the id",
    ] {
        assert!(parked.contains(reason), "{reason}: {parked}");
    }
    assert!(!parked.contains('\u{1b}'));
}
