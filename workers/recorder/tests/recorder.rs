//! The recorder on a real queue and a real store.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use metrics::Metrics;
use model::{
    Attestation, Context, Coverage, DecisionKind, Digest, Heartbeat, Outcome, PackageType, UploadEvent, Verdict,
    VerdictEvent,
};
use queue::{Lane, Queue, Topic};
use recorder::{Recorder, RecorderConfig, relay};
use store::{FileState, Moment, NewDecision, Store};
use tokio::{sync::watch, task::JoinHandle};

/// Far longer than anything here takes; reached only when something is lost.
const PATIENCE: Duration = Duration::from_secs(60);

struct House {
    store: Store,
    queue: Queue,
    _directory: tempfile::TempDir,
}

async fn house(migrated: bool) -> House {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::connect(&format!("sqlite:{}", directory.path().join("store.db").display())).await.unwrap();
    if migrated {
        store.migrate().await.unwrap();
    }
    House { store, queue: open(directory.path()).await, _directory: directory }
}

async fn open(directory: &Path) -> Queue {
    Queue::open(&directory.join("queue.db")).await.unwrap()
}

fn config() -> RecorderConfig {
    RecorderConfig { relay_milliseconds: 20, undo_seconds: 0, ..RecorderConfig::default() }
}

impl House {
    fn start(&self) -> (watch::Sender<bool>, JoinHandle<Result<(), queue::Error>>) {
        let (stop, stopped) = watch::channel(false);
        let recorder = Recorder {
            uploaders: Arc::default(),
            store: self.store.clone(),
            queue: self.queue.clone(),
            metrics: Arc::new(Metrics::new("test")),
            config: config(),
        };
        (stop, tokio::spawn(recorder::run(recorder, stopped)))
    }

    async fn depth(&self, lane: Lane) -> u64 {
        self.queue.depths().await.unwrap().into_iter().find(|depth| depth.lane == lane).map_or(0, |depth| depth.ready)
    }

    /// Messages of a lane by id, until there are as many as expected.
    async fn take(&self, lane: Lane, count: usize) -> Vec<(String, serde_json::Value)> {
        let mut consumer = self.queue.consume(lane, 8).await.unwrap();
        let mut messages = Vec::new();
        while messages.len() < count {
            let delivery = tokio::time::timeout(PATIENCE, consumer.next()).await.unwrap().unwrap();
            messages.push((delivery.id.clone(), serde_json::from_slice(&delivery.body).unwrap()));
            delivery.settle(queue::Outcome::Done).await.unwrap();
        }
        messages
    }
}

/// Looks again until it is so.
async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let ended = tokio::time::timeout(PATIENCE, async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(ended.await.is_ok(), "never: {what}");
}

fn event(project: &str, outcome: Outcome) -> VerdictEvent {
    let filename = format!("{project}-1.0.tar.gz");
    let sha256 = Digest::of(filename.as_bytes());
    let upload = UploadEvent {
        id: format!("event-{project}"),
        source: "/index/example".to_owned(),
        project: project.to_owned(),
        version: "1.0".to_owned(),
        url: format!("https://index.example/{filename}"),
        filename: filename.clone(),
        sha256,
        size: None,
        uploaded_by: None,
        upload_time: None,
        previous: None,
    };
    let context: Context = upload.context();
    VerdictEvent {
        upload_id: upload.id.clone(),
        verdict: Verdict {
            schema: Verdict::SCHEMA,
            sha256,
            filename,
            project: project.to_owned(),
            version: "1.0".to_owned(),
            packagetype: PackageType::Sdist,
            outcome,
            score: 50.0,
            summary: "for a reason".to_owned(),
            coverage: Coverage::from_gaps(Vec::new()),
            findings: Vec::new(),
            rulebook: Digest::of(b"rulebook"),
            engine: "gatehouse/0.1.0".to_owned(),
            context: context.digest(),
            bytes_packed: 1,
            bytes_unpacked: 1,
            members: 1,
            previous: None,
        },
        upload,
        decided_by: "machine".to_owned(),
        revision: 1,
        took_ms: 5,
        sources: Vec::new(),
    }
}

fn attestation(event: &VerdictEvent) -> Attestation {
    Attestation {
        sha256: event.verdict.sha256,
        rulebook: event.verdict.rulebook,
        context: event.verdict.context,
        revision: 1,
        predicate_type: "https://in-toto.io/attestation/svr/v0.2".to_owned(),
        envelope: serde_json::json!({ "payload": "e30=" }),
        created: "2026-03-04T12:00:01Z".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verdict_is_recorded_once_and_told_once() {
    let house = house(true).await;
    let (stop, running) = house.start();
    for number in 0..30 {
        let event = event(&format!("pkg-{number}"), Outcome::Review);
        // The scanner died after its publish and did it again: the same verdict under another delivery.
        house.queue.publish(Topic::Verdicts, &event.message_id(), &event).await.unwrap();
        house.queue.publish(Topic::Verdicts, &format!("again-{number}"), &event).await.unwrap();
        house
            .queue
            .publish(Topic::Attestations, &attestation(&event).message_id(), &attestation(&event))
            .await
            .unwrap();
    }
    let told = house.take(Lane::Decisions, 30).await;
    let names: HashSet<_> = told.iter().map(|(_, body)| body["data"]["filename"].to_string()).collect();
    assert_eq!(names.len(), 30);
    for lane in [Lane::VerdictsRecorder, Lane::Attestations] {
        eventually("the lane is empty", async || house.depth(lane).await == 0).await;
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(house.store.latest(None, 100).await.unwrap().len(), 30);
    let file = house.store.file("pkg-7", "1.0", "pkg-7-1.0.tar.gz").await.unwrap().unwrap();
    assert_eq!((file.state, file.attestations.len()), (FileState::Suspicious, 1));
    assert_eq!(house.depth(Lane::Decisions).await, 0, "nothing was told twice");
    assert_eq!(house.depth(Lane::Parked).await, 0);
    let audit = house.store.verify_audit().await.unwrap();
    assert_eq!((audit.rows, audit.broken), (60, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_accepted_waits_in_the_store_until_it_is_judged() {
    let house = house(true).await;
    let (stop, running) = house.start();
    let (judged, waiting) = (event("judged", Outcome::Clear), event("waiting", Outcome::Clear));
    for event in [&judged, &waiting] {
        house.queue.publish(Topic::Uploads, &event.upload.message_id(), &event.upload).await.unwrap();
    }
    house.queue.publish(Topic::Uploads, "noise", &"no event").await.unwrap();
    house.queue.publish(Topic::Verdicts, &judged.message_id(), &judged).await.unwrap();
    house.take(Lane::Decisions, 1).await;
    eventually("both are noted", async || house.store.totals().await.unwrap().uploads == 2).await;
    assert_eq!(house.store.counts(Moment::now()).await.unwrap().pending, 1);
    let file = house.store.file("waiting", "1.0", "waiting-1.0.tar.gz").await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Held);
    eventually("the lane is empty", async || house.depth(Lane::UploadsRecorder).await == 0).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    // What is no event is parked once, by the scanner.
    assert_eq!((house.depth(Lane::Parked).await, house.depth(Lane::Uploads).await), (0, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_well_loses_and_parks_nothing() {
    let house = house(false).await;
    let (stop, running) = house.start();
    for number in 0..5 {
        let event = event(&format!("pkg-{number}"), Outcome::Clear);
        house.queue.publish(Topic::Verdicts, &event.message_id(), &event).await.unwrap();
    }
    // All are in hand, and the store refuses each of them: it has no tables.
    eventually("they are taken", async || house.depth(Lane::VerdictsRecorder).await == 0).await;
    house.store.migrate().await.unwrap();
    house.take(Lane::Decisions, 5).await;
    assert_eq!(house.depth(Lane::Parked).await, 0);
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(house.store.latest(None, 10).await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_is_told_to_stop_gives_back_what_it_could_not_record() {
    let house = house(false).await;
    let (stop, running) = house.start();
    let event = event("pkg", Outcome::Hold);
    house.queue.publish(Topic::Verdicts, &event.message_id(), &event).await.unwrap();
    eventually("it is taken", async || house.depth(Lane::VerdictsRecorder).await == 0).await;
    stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();
    house.store.migrate().await.unwrap();
    // The next recorder gets it.
    let (stop, running) = house.start();
    house.take(Lane::Decisions, 1).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(house.store.latest(None, 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_verdict_is_parked() {
    let house = house(true).await;
    let (stop, running) = house.start();
    let mut other_bytes = event("one", Outcome::Clear);
    other_bytes.upload.sha256 = Digest::of(b"other bytes");
    let mut unknown = event("two", Outcome::Clear);
    unknown.decided_by = "human".to_owned();
    house.queue.publish(Topic::Verdicts, "a", &serde_json::json!({ "outcome": "clear" })).await.unwrap();
    house.queue.publish(Topic::Verdicts, "b", &other_bytes).await.unwrap();
    house.queue.publish(Topic::Verdicts, "c", &unknown).await.unwrap();
    house.queue.publish(Topic::Attestations, "d", &1).await.unwrap();
    eventually("all are parked", async || house.depth(Lane::Parked).await == 4).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert!(house.store.latest(None, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_reaches_publisher_index_and_signer() {
    let house = house(true).await;
    let store = house.store.clone().with_voice(config().voice());
    let event = event("pkg", Outcome::Hold);
    let case_id = store.record(&event, Moment::now()).await.unwrap().case_id.unwrap();
    let decision = NewDecision {
        case_id,
        expected_revision: 1,
        kind: DecisionKind::FalsePositive,
        actor: "alice".to_owned(),
        reason: "a build script".to_owned(),
        cited: Vec::new(),
    };
    store.decide(&decision, Moment::now()).await.unwrap();
    let (stop, running) = house.start();
    let told = house.take(Lane::Decisions, 3).await;
    let kinds: Vec<_> = told.iter().map(|(_, body)| body["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "gatehouse.file.verdict.v1").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| **kind == "gatehouse.case.decided.v1").count(), 1);
    let (_, superseding) = house.take(Lane::VerdictsSigner, 1).await.remove(0);
    let superseding: VerdictEvent = serde_json::from_value(superseding).unwrap();
    assert_eq!((superseding.decided_by.as_str(), superseding.verdict.outcome), ("human", Outcome::Clear));
    eventually("the recorder recognises it", async || house.depth(Lane::VerdictsRecorder).await == 0).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(house.depth(Lane::Parked).await, 0);
    assert_eq!(house.store.latest(None, 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signs_of_life_are_noted() {
    let house = house(true).await;
    let began = Moment::now();
    let beat = Heartbeat {
        worker: "scanner-1:1".to_owned(),
        role: "scanner".to_owned(),
        engine: "gatehouse/0.1.0".to_owned(),
        rulebook: Some(Digest::of(b"rulebook")),
        in_flight: 2,
        slots: 3,
        started: began.to_string(),
        time: began.to_string(),
        ended: false,
    };
    let (stop, running) = house.start();
    house.queue.publish(Topic::Workers, &beat.message_id(), &beat).await.unwrap();
    house.queue.publish(Topic::Workers, "noise", &1).await.unwrap();
    eventually("it is known", async || house.store.workers(began).await.unwrap().len() == 1).await;
    let farewell = Heartbeat { ended: true, ..beat };
    house.queue.publish(Topic::Workers, &farewell.message_id(), &farewell).await.unwrap();
    eventually("it is known to have ended", async || house.store.workers(began).await.unwrap().is_empty()).await;
    eventually("what is none is parked", async || house.depth(Lane::Parked).await == 1).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_waits_for_a_queue_that_is_away() {
    let house = house(true).await;
    house.store.record(&event("pkg", Outcome::Clear), Moment::now()).await.unwrap();
    house.queue.close().await;
    let pass = relay(&house.store, &house.queue, &config()).await.unwrap();
    assert_eq!((pass.sent, pass.failed), (0, 1));
    assert_eq!(house.store.figures().await.unwrap().outbox_unsent, 1);
    let directory = tempfile::tempdir().unwrap();
    let queue = open(directory.path()).await;
    eventually("it is sent", async || relay(&house.store, &queue, &config()).await.unwrap().sent == 1).await;
    assert_eq!(house.store.figures().await.unwrap().outbox_unsent, 0);
}

/// As a newer program would write it: something more in every object.
fn with_more(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(object) => {
            object.values_mut().for_each(with_more);
            object.insert("of_a_later_version".to_owned(), serde_json::json!({"a": [1, null]}));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(with_more),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_and_an_older_version_send_is_recorded() {
    let house = house(true).await;
    let (newer, older) = (event("newer", Outcome::Hold), event("older", Outcome::Hold));
    let signed = attestation(&newer);
    let send = async |topic, id: &str, body: serde_json::Value| {
        house.queue.publish(topic, id, &body).await.unwrap();
    };
    let mut body = serde_json::to_value(&newer).unwrap();
    with_more(&mut body);
    assert!(body.pointer("/verdict/coverage/of_a_later_version").is_some());
    send(Topic::Verdicts, "newer", body).await;
    let mut body = serde_json::to_value(&newer.upload).unwrap();
    with_more(&mut body);
    send(Topic::Uploads, "newer", body).await;
    let mut body = serde_json::to_value(&signed).unwrap();
    body["of_a_later_version"] = 1.into();
    send(Topic::Attestations, "newer", body).await;
    // Fields that came after the first version.
    let mut body = serde_json::to_value(&older).unwrap();
    let object = body.as_object_mut().unwrap();
    object.remove("sources");
    for field in ["previous", "uploaded_by", "upload_time", "size"] {
        object["upload"].as_object_mut().unwrap().remove(field);
    }
    for finding in object["verdict"]["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("frame");
    }
    send(Topic::Verdicts, "older", body).await;

    let (stop, running) = house.start();
    eventually("both are recorded", async || house.store.latest(None, 10).await.unwrap().len() == 2).await;
    eventually("the signature is", async || {
        let found = house.store.by_digest(&newer.verdict.sha256).await.unwrap().unwrap();
        found.attestations.len() == 1 && found.verdict == newer.verdict
    })
    .await;
    eventually("the lanes are empty", async || house.depth(Lane::UploadsRecorder).await == 0).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(house.depth(Lane::Parked).await, 0);
}
