//! Nothing lost and nothing doubled: every role killed at random while a fleet works, broker and database crashed under it,
//! the database away for a while, the broker short of memory.
//!
//! `GATEHOUSE_PROOF_SEED` repeats a run's choices; `GATEHOUSE_PROOF_UPLOADS`, `GATEHOUSE_PROOF_CRASHES` and
//! `GATEHOUSE_PROOF_OUTAGE` (seconds) make it longer, `GATEHOUSE_PROOF_CLUSTER` (uploads of each blow) and
//! `GATEHOUSE_PROOF_RESCANS` (queued) the two others.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "load/cluster.rs"]
mod cluster;
mod processes;
#[allow(dead_code, reason = "shared with other tests")]
mod queue_contract;
mod seeded;
mod stage;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use processes::{Logs, Process, until};
use queue::{Lane, Outcome, Queue, Topic};
use seeded::{Dice, number, seed, shuffled};
use stage::{
    Alarm, Files, Fleet, Ground, control, drained, event, file_host, free_port, get,
    nothing_is_lost_and_nothing_doubled, publish, quiet, services, setting,
};

/// All tests use the same queues.
static BROKER: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const ROLES: [(&str, &[&str]); 8] = [
    ("scanner-a", &["scanner", "--jobs", "1"]),
    ("scanner-b", &["scanner", "--jobs", "1"]),
    ("scanner-c", &["scanner", "--jobs", "1"]),
    ("scanner-d", &["scanner", "--jobs", "1"]),
    ("recorder-a", &["recorder"]),
    ("recorder-b", &["recorder"]),
    ("signer", &["signer"]),
    ("dashboard", &["dashboard", "--listen", "127.0.0.1:0"]),
];

/// What the services suffer between the kills of twenty roles.
fn blow(round: usize) -> Option<&'static str> {
    match round % 20 {
        5 => Some("broker killed"),
        9 => Some("alarm"),
        13 => Some("database killed"),
        17 => Some("database away"),
        _ => None,
    }
}

/// Hits, and returns when the service is well again: an alarm and an outage last `outage`.
async fn strike(blow: &'static str, outage: Duration) {
    match blow {
        "broker killed" => services(&["crash", "broker"]),
        "database killed" => services(&["crash", "database"]),
        "alarm" => {
            let _alarm = Alarm::raise();
            tokio::time::sleep(outage).await;
        }
        "database away" => {
            services(&["stop", "database"]);
            tokio::time::sleep(outage).await;
            services(&["start", "database"]);
        }
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_and_crashes_lose_nothing_and_double_nothing() {
    let _alone = BROKER.lock().await;
    let began = Instant::now();
    let uploads = number("GATEHOUSE_PROOF_UPLOADS", 1500);
    let crashes = number("GATEHOUSE_PROOF_CRASHES", 1);
    let outage = Duration::from_secs(number("GATEHOUSE_PROOF_OUTAGE", 2) as u64);
    let seed = seed("GATEHOUSE_PROOF_SEED");
    eprintln!(
        "GATEHOUSE_PROOF_SEED={seed} GATEHOUSE_PROOF_UPLOADS={uploads} GATEHOUSE_PROOF_CRASHES={crashes} \
         GATEHOUSE_PROOF_OUTAGE={}",
        outage.as_secs()
    );
    let mut dice = Dice::new(seed as u64);

    let files: Files = Arc::new(stage::fillers(uploads));
    let ground = Ground::new(&file_host(Arc::clone(&files)).await).await;
    let settings = ground.folder().join("gatehouse.toml");
    // A relay that was killed keeps its claim for so long.
    std::fs::write(&settings, "[recorder]\nlease_seconds = 2\n").unwrap();
    let ground = ground.with("GATEHOUSE_CONFIG", settings.to_str().unwrap());
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);

    let mut running: Vec<Process> = ROLES.iter().map(|(name, arguments)| fleet.start(name, arguments)).collect();
    let events = Arc::new(shuffled(&mut dice, files.iter().map(|(name, bytes)| event(name, bytes)).collect()));
    let confirmed = Arc::new(AtomicUsize::new(0));
    let publishing = tokio::spawn(publish(setting("GATEHOUSE_TEST_AMQP"), Arc::clone(&events), Arc::clone(&confirmed)));

    // One role ends after each part of the way, every role before one ends again; the next comes when the fleet has got
    // further, so that some are hit while they start, and some while others are away.
    let kills = 20 * crashes;
    let mut history = BTreeMap::<&str, usize>::new();
    let mut victims = Vec::new();
    for round in 0..kills {
        let aim = i64::try_from((round + 1) * uploads / (kills + 2)).unwrap();
        until("progress between two kills", async || {
            // While the database is away, nobody knows how far it is.
            let done = store.totals().await.ok()?.verdicts.iter().map(|(_, count)| count).sum::<i64>();
            (done >= aim).then_some(())
        })
        .await;
        if let Some(blow) = blow(round) {
            strike(blow, outage).await;
            *history.entry(blow).or_default() += 1;
        }
        if victims.is_empty() {
            victims = shuffled(&mut dice, (0..ROLES.len()).collect());
        }
        let victim = victims.pop().unwrap();
        let (name, arguments) = ROLES[victim];
        let fresh = fleet.start(name, arguments);
        std::mem::replace(&mut running[victim], fresh).kill_9();
        *history.entry(name).or_default() += 1;
    }
    publishing.await.unwrap();
    assert_eq!(confirmed.load(Ordering::SeqCst), uploads);
    let wanted = i64::try_from(uploads).unwrap();
    until("a verdict for every upload", async || {
        let totals = store.totals().await.ok()?;
        let done: i64 = totals.verdicts.iter().map(|(_, count)| count).sum();
        (done >= wanted).then_some(())
    })
    .await;
    quiet(queue, store).await;
    // In hand at a role counts as neither waiting nor done: a role that ends well has finished what it had in hand.
    for process in running {
        assert!(process.stop().success());
    }
    nothing_is_lost_and_nothing_doubled(queue, store, &events).await;
    assert_eq!(history.len(), ROLES.len() + 4, "something was spared: {history:?}");
    eprintln!("{uploads} uploads, {history:?}: 0 lost, 0 doubled, {:.1} s", began.elapsed().as_secs_f64());
    ground.end().await;
}

/// Three brokers as one: who leads is killed under load, twice, then two of three, and they come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_loses_leaders_and_its_majority_loses_no_upload() {
    let _alone = BROKER.lock().await;
    cluster::survives(number("GATEHOUSE_PROOF_CLUSTER", 150)).await;
}

/// Uploads that come one by one beside the rescans, and more of them until so many rescans have been judged meanwhile.
const NEW: usize = 30;
const MOST: usize = 2000;

/// Thousands of files are to be judged again when uploads come in: each of those passes all but a few of them, which the
/// order of the verdicts shows, whatever the machine is busy with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_passes_thousands_of_queued_rescans() {
    let _alone = BROKER.lock().await;
    let again = number("GATEHOUSE_PROOF_RESCANS", 3000);
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let files = Arc::new(stage::fillers(again + MOST));
    let base = file_host(Arc::clone(&files)).await;
    let queue = drained(&broker).await;
    let events: Vec<_> = files.iter().map(|(name, bytes)| event(name, bytes)).collect();
    let (new, again) = events.split_at(MOST);
    let sending = &queue;
    let publishing = again.chunks(again.len().div_ceil(8)).map(|part| async move {
        for event in part {
            sending.publish(Topic::Rescans, &event.message_id(), event).await.unwrap();
        }
    });
    futures::future::join_all(publishing).await;
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_FETCH_BASE", &base),
        ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true"),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let fleet = Fleet { folder: kept.path(), environment };
    let scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
    let mut verdicts = queue.consume(Lane::VerdictsRecorder, 64).await.unwrap();
    // The id of an upload's or a rescan's verdict, or a mark of ours.
    let mut next = async || {
        let delivery = tokio::time::timeout(processes::PATIENCE, verdicts.next()).await.expect("a verdict").unwrap();
        let event: Option<model::VerdictEvent> = serde_json::from_slice(&delivery.body).ok();
        let id = event.map_or_else(|| delivery.id.clone(), |event| event.upload_id);
        delivery.settle(Outcome::Done).await.unwrap();
        id
    };
    let mut judged = BTreeSet::from([next().await]);
    let mut passed_by = Vec::new();
    for event in new {
        if passed_by.len() >= NEW && judged.len() > NEW {
            break;
        }
        // What was judged before this upload lies before the mark; the lane keeps the order.
        let mark = format!("mark-{}", event.id);
        queue.publish(Topic::Verdicts, &mark, &mark).await.unwrap();
        queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
        loop {
            let id = next().await;
            if id == mark {
                break;
            }
            judged.insert(id);
        }
        let before = judged.len();
        loop {
            let id = next().await;
            if id == event.id {
                break;
            }
            judged.insert(id);
        }
        passed_by.push(judged.len() - before);
    }
    let left = usize::try_from(queue_contract::depth(&queue, Lane::Rescans).await).unwrap();
    assert!(left > again.len() / 3, "too few were queued to be passed: {left} are left");
    passed_by.sort_unstable();
    let uploads = passed_by.len();
    assert!(judged.len() > NEW, "the rescan starves: {} beside {uploads} uploads", judged.len());
    let (usual, most) = (passed_by[uploads / 2], passed_by[uploads - 1]);
    eprintln!("{uploads} uploads beside {} rescans: usually {usual} and at most {most} went before one", again.len());
    assert!(usual <= 5, "{passed_by:?}");
    assert!(most <= again.len() / 50, "{passed_by:?}");
    assert!(scanner.stop().success());
    for lane in [Lane::Rescans, Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::VerdictsSigner] {
        control(&["purge_queue", "-p", "gatehouse", lane.as_str()]);
    }
    queue.close().await;
}

const CROWD: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_killer_among_three_hundred_is_parked_alone() {
    let _alone = BROKER.lock().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let queue = drained(&broker).await;
    let id = |number: usize| format!("message-{number}");
    let killer = id(150);
    for number in 0..CROWD {
        queue.publish(Topic::Rescans, &id(number), &number).await.unwrap();
    }
    let mut done = BTreeMap::<String, u32>::new();
    let mut deaths = 0;
    while done.len() < CROWD - 1 || deaths < queue::DELIVERY_LIMIT {
        // A consumer that dies on the killer, and with it its connection and whatever else it had taken.
        let connection = Queue::connect(&broker).await.unwrap();
        let mut consumer = connection.consume(Lane::Rescans, 1).await.unwrap();
        loop {
            let next = tokio::time::timeout(processes::PATIENCE, consumer.next());
            let delivery = next.await.expect("a message was lost").unwrap();
            if delivery.id == killer {
                deaths += 1;
                connection.close().await;
                std::mem::forget(delivery);
                break;
            }
            let (id, attempt) = (delivery.id.clone(), delivery.attempt);
            delivery.settle(Outcome::Done).await.unwrap();
            assert!(done.insert(id, attempt).is_none(), "handled twice");
            if done.len() == CROWD - 1 && deaths >= queue::DELIVERY_LIMIT {
                break;
            }
        }
        connection.close().await;
        assert!(deaths <= queue::DELIVERY_LIMIT + 1, "the killer is never parked");
    }
    until("the killer is parked", async || (queue_contract::depth(&queue, Lane::Parked).await == 1).then_some(()))
        .await;
    let parked = queue.peek(Lane::Parked, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].id.as_str(), parked[0].lane.as_deref()), (killer.as_str(), Some("rescans")));
    assert!(parked[0].reason.as_deref().unwrap().starts_with("exhausted"), "{:?}", parked[0].reason);
    assert_eq!(done.len(), CROWD - 1);
    assert_eq!(done.values().max(), Some(&1), "an innocent message was counted with the killer");
    queue_contract::drain(&queue, Lane::Parked).await;
    queue.close().await;
}

/// A file that ends the very process which fetches it, whoever that is, beside three hundred others: it gets a verdict that
/// says so, and the others theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_ends_every_scanner_is_judged_unread_and_costs_no_other_its_verdict() {
    let _alone = BROKER.lock().await;
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let queue = drained(&broker).await;
    let files = Arc::new(stage::fillers(CROWD));
    let events: Vec<_> = files.iter().map(|(name, bytes)| event(name, bytes)).collect();
    let killer = events[CROWD / 2].clone();
    // The host knows when somebody asks for it, and the scanner that asked is ended then.
    let (asked, mut asking) = tokio::sync::mpsc::unbounded_channel();
    let (others, its_name) = (Arc::clone(&files), killer.filename.clone());
    let serve = async move |axum::extract::Path(name): axum::extract::Path<String>| {
        if name == its_name {
            asked.send(()).unwrap();
            std::future::pending::<()>().await;
        }
        others[&name].clone()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/files/{name}", axum::routing::get(serve));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_FETCH_BASE", &base),
        ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true"),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let fleet = Fleet { folder: kept.path(), environment };
    for event in &events {
        queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
    }
    let mut verdicts = queue.consume(Lane::VerdictsRecorder, 16).await.unwrap();
    let mut scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
    let (mut judged, mut deaths) = (BTreeMap::new(), 0);
    while judged.len() < CROWD {
        tokio::select! {
            () = async { asking.recv().await.unwrap() } => {
                deaths += 1;
                assert!(deaths <= queue::DELIVERY_LIMIT, "nobody gives it up");
                scanner.kill_9();
                scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
            }
            delivery = tokio::time::timeout(processes::PATIENCE, verdicts.next()) => {
                let delivery = delivery.expect("an upload was lost").unwrap();
                let event: model::VerdictEvent = serde_json::from_slice(&delivery.body).unwrap();
                delivery.settle(Outcome::Done).await.unwrap();
                judged.insert(event.upload.filename.clone(), event);
            }
        }
    }
    assert!(scanner.stop().success());
    for (name, event) in &judged {
        let unread = event.verdict.findings.iter().any(|finding| finding.rule == "examination-abandoned");
        assert_eq!((unread, event.revision), if *name == killer.filename { (true, 0) } else { (false, 1) }, "{name}");
    }
    assert_eq!(queue_contract::depth(&queue, Lane::Parked).await, 0);
    eprintln!("{CROWD} uploads, one of which ended {deaths} scanners: {} verdicts", judged.len());
    for lane in [Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::VerdictsSigner] {
        queue_contract::drain(&queue, lane).await;
    }
    queue.close().await;
}

/// The program that the page shows.
fn publisher_of_the_page() -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/README.md")).unwrap();
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    assert!(code.lines().filter(|line| !line.trim().is_empty()).count() <= 12, "it is not short any more");
    code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_in_python_gets_its_verdict_back_and_every_metric_is_really_exported() {
    let _alone = BROKER.lock().await;
    let files: Files = Arc::new(stage::fillers(1));
    let ground = Ground::new(&file_host(Arc::clone(&files)).await).await;
    let (fleet, queue) = (ground.fleet(), &ground.queue);
    let ports = [free_port(), free_port()];
    let listen = ports.map(|port| format!("127.0.0.1:{port}"));
    let scanner = fleet.start("scanner", &["scanner", "--jobs", "1", "--metrics-listen", &listen[0]]);
    let recorder = fleet.start("recorder", &["recorder"]);
    let dashboard = fleet.start("dashboard", &["dashboard", "--listen", "127.0.0.1:0", "--metrics-listen", &listen[1]]);

    let (name, bytes) = files.iter().next().unwrap();
    let upload = event(name, bytes);
    // The event is the documented example, with the names of a file that is there.
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/examples/upload.event.json");
    let mut example: serde_json::Value = serde_json::from_slice(&std::fs::read(example).unwrap()).unwrap();
    for (field, value) in [
        ("project", serde_json::json!(upload.project)),
        ("version", serde_json::json!(upload.version)),
        ("filename", serde_json::json!(upload.filename)),
        ("sha256", serde_json::json!(upload.sha256)),
        ("size", serde_json::json!(upload.size)),
        ("url", serde_json::json!(upload.url)),
    ] {
        example["data"][field] = value;
    }
    std::fs::write(ground.folder().join("event.json"), example.to_string()).unwrap();
    let mut python = Command::new(setting("GATEHOUSE_TEST_PYTHON"));
    python
        .args(["-c", &publisher_of_the_page()])
        .current_dir(ground.folder())
        .env("GATEHOUSE_QUEUE_URL", setting("GATEHOUSE_TEST_AMQP"));
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("clear"), "{said}");

    every_metric_is_exported(&listen, queue).await;
    for process in [scanner, recorder, dashboard] {
        assert!(process.stop().success());
    }
    ground.end().await;
}

/// The names that alerts and dashboards rely on, asked of real processes that have done one real upload.
async fn every_metric_is_exported(listen: &[String], queue: &Queue) {
    // Something is parked, so that the counter of it exists; a scanner counts what it parks.
    queue.publish_bytes(Topic::Uploads, "broken", b"{}").await.unwrap();
    until("the broken upload is parked", async || {
        (queue_contract::depth(queue, Lane::Parked).await >= 1).then_some(())
    })
    .await;
    let mut exported = BTreeSet::new();
    for address in listen {
        let (_, text) = get(&format!("http://{address}/metrics")).await.unwrap();
        assert!(text.ends_with("# EOF\n"));
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        exported.extend(samples.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()));
    }
    // Ages are told while something waits; of pages and rules that hit nothing is told before the first.
    let later = ["gatehouse_queue_oldest_age_seconds", "gatehouse_http_", "gatehouse_rule_hits_total"];
    let readme = include_str!("../workers/metrics/README.md");
    let mut checked = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (name, rest) = line.split_once('`').unwrap();
        if later.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let sample = if rest.contains("histogram") { format!("{name}_bucket") } else { name.to_owned() };
        assert!(exported.contains(&sample), "nobody exports {sample}: {exported:?}");
        checked += 1;
    }
    assert!(checked >= 14, "{checked}");
    queue_contract::drain(queue, Lane::Parked).await;
}
