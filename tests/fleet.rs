//! The roles as a fleet of processes, on a real RabbitMQ and a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "../workers/gatehouse/src/demo.rs"]
#[allow(dead_code, reason = "the packer is shared with the program")]
mod demo;
mod processes;
mod queue_contract;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use model::{Digest, UploadEvent};
use processes::{Logs, Process, until};
use queue::{Lane, Outcome, Queue};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use store::Store;

/// Both tests use the same queues.
static BROKER: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const UPLOADS: usize = 200;

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `tests/run`, which starts the services"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_contract_holds_on_a_real_broker() {
    let _alone = BROKER.lock().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let queue = Queue::connect(&broker).await.unwrap();
    let first = queue.declare().await.unwrap();
    assert_eq!(first.differences, []);
    assert_eq!(queue.declare().await.unwrap(), first, "declaring twice changes nothing");
    queue_contract::holds(&queue).await;
    assert!(queue.state().ready);
    queue.close().await;
    // A wrong password is said at once, and not said aloud.
    let (before, host) = broker.rsplit_once('@').unwrap();
    let wrong = format!("{before}-not-the-password@{host}");
    let refused = Queue::connect(&wrong).await.err().unwrap().to_string();
    assert!(refused.contains("refused us") && !refused.contains("not-the-password"), "{refused}");
}

/// The broker's own tool, on the private broker of `tests/services`.
fn control(arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/services");
    let output = Command::new(script).arg("ctl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_broker_is_short_of_memory_no_work_is_begun_and_none_is_lost() {
    let _alone = BROKER.lock().await;
    let queue = Queue::connect(&setting("GATEHOUSE_TEST_AMQP")).await.unwrap();
    queue.declare().await.unwrap();
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    for id in ["one", "two"] {
        queue.publish(queue::Topic::Rescans, id, &id).await.unwrap();
    }
    let mut work = queue.consume(Lane::Rescans, 1).await.unwrap();
    let one = work.next().await.unwrap();
    control(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    // A connection is told when it publishes.
    let publishing = tokio::spawn({
        let queue = queue.clone();
        async move { queue.publish(queue::Topic::Decisions, "three", &3).await }
    });
    until("the broker says so", async || queue.state().blocked.then_some(())).await;
    assert!(queue.state().ready, "waiting is no reason to be restarted");
    one.settle(Outcome::Done).await.expect("acknowledgements go on");
    let waited = tokio::time::timeout(std::time::Duration::from_millis(500), work.next()).await;
    assert!(waited.is_err(), "work was begun whose result nobody would take");
    assert!(!publishing.is_finished());
    control(&["set_vm_memory_high_watermark", "absolute", "768MB"]);
    let two = work.next().await.unwrap();
    assert_eq!((two.id.as_str(), two.attempt), ("two", 1));
    two.settle(Outcome::Done).await.unwrap();
    publishing.await.unwrap().unwrap();
    queue_contract::drain(&queue, Lane::Decisions).await;
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_over_tls_is_believed_by_its_certificate() {
    let _alone = BROKER.lock().await;
    let broker = setting("GATEHOUSE_TEST_AMQPS");
    let queue = Queue::connect(&broker).await.unwrap();
    queue.declare().await.unwrap();
    queue.publish(queue::Topic::Rescans, "sealed", &1).await.unwrap();
    queue_contract::drain(&queue, Lane::Rescans).await;
    queue.close().await;
    // Nobody of the system's store vouches for it.
    let (unknown, _) = broker.split_once('?').unwrap();
    let refused = Queue::connect(unknown).await.err().unwrap().to_string();
    assert!(refused.to_lowercase().contains("certificate"), "{refused}");
}

/// A database of our own on the server, as far as the program can see.
struct Database {
    server: String,
    schema: String,
    url: String,
}

impl Database {
    async fn create() -> Self {
        let server = setting("GATEHOUSE_TEST_POSTGRES");
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let schema = format!("fleet_{}", hex::encode(random));
        let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
        Self { server, schema, url }
    }

    async fn drop(self) {
        let mut admin = sqlx::PgConnection::connect(&self.server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("DROP SCHEMA {} CASCADE", self.schema))).await.unwrap();
    }
}

type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// The index's file host.
async fn file_host(files: Files) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let serve = async |State(files): State<Files>, axum::extract::Path(name): axum::extract::Path<String>| {
        files.get(&name).cloned().ok_or(StatusCode::NOT_FOUND)
    };
    let router = Router::new().route("/files/{name}", get(serve)).with_state(files);
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

/// The corpus, and small packages of one file to make up the number.
fn archives() -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> =
        demo::archives().unwrap().into_iter().map(|archive| (archive.filename, archive.bytes)).collect();
    let mut number = 0;
    while files.len() < UPLOADS {
        number += 1;
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        let text = format!("Metadata-Version: 2.1\nName: filler\nVersion: {number}\n");
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("filler-{number}/PKG-INFO"), text.as_bytes()).unwrap();
        files.insert(format!("filler-{number}.tar.gz"), tar.into_inner().unwrap().finish().unwrap());
    }
    assert_eq!(files.len(), UPLOADS);
    files
}

fn event(filename: &str, bytes: &[u8]) -> UploadEvent {
    let named = model::Filename::parse(filename).unwrap();
    UploadEvent {
        id: format!("upload-{filename}"),
        source: "/index/example".to_owned(),
        project: named.project,
        version: named.version,
        filename: filename.to_owned(),
        sha256: Digest::of(bytes),
        size: Some(bytes.len() as u64),
        // Another host than the configured one: only the path is used.
        url: format!("https://files.index.example/files/{filename}"),
        uploaded_by: None,
        upload_time: None,
        previous: None,
    }
}

struct Fleet<'a> {
    folder: &'a Path,
    environment: Vec<(&'a str, &'a str)>,
}

impl Fleet<'_> {
    fn start(&self, name: &str, arguments: &[&str]) -> Process {
        Process::start(name, &self.folder.join(format!("{name}.log")), arguments, &self.environment)
    }

    /// Runs a command to its end.
    fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        command.args(arguments).envs(self.environment.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

async fn recorded(store: &Store) -> i64 {
    store.figures().await.unwrap().verdicts.iter().map(|(_, count)| count).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_uploads_survive_a_scanner_that_is_killed() {
    let _alone = BROKER.lock().await;
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path();
    let _logs = Logs(folder.to_owned());
    let database = Database::create().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let key = folder.join("signer.pem");
    signer::load_or_create(&key).unwrap();
    let files: Files = Arc::new(archives());
    let base = file_host(Arc::clone(&files)).await;
    let fleet = Fleet {
        folder,
        environment: vec![
            ("GATEHOUSE_QUEUE_URL", &broker),
            ("GATEHOUSE_STORE_URL", &database.url),
            ("GATEHOUSE_FETCH_BASE", &base),
            ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true"),
            ("GATEHOUSE_SIGNER_KEY", key.to_str().unwrap()),
            ("GATEHOUSE_LOG_FORMAT", "json"),
        ],
    };

    assert!(fleet.run(&["queue", "declare"], "").contains("ok      queue uploads"));
    fleet.run(&["store", "migrate"], "");
    fleet.run(&["store", "migrate"], "");
    let queue = Queue::connect(&broker).await.unwrap();
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    let store = Store::connect(&database.url).await.unwrap();

    let victim = fleet.start("scanner-1", &["scanner", "--jobs", "1"]);
    let second = fleet.start("scanner-2", &["scanner", "--jobs", "1"]);
    let recorder = fleet.start("recorder", &["recorder"]);
    let signer = fleet.start("signer", &["signer"]);

    // One through the command, the rest as an index's own publisher would send them; some twice.
    let events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| event(name, bytes)).collect();
    let first = serde_json::to_string(&events[0]).unwrap();
    fleet.run(&["publish", "-"], &first);
    for (index, event) in events.iter().enumerate() {
        queue.publish(queue::Topic::Uploads, &event.message_id(), event).await.unwrap();
        if index % 10 == 0 {
            queue.publish(queue::Topic::Uploads, &event.message_id(), event).await.unwrap();
        }
    }
    let wanted = i64::try_from(UPLOADS).unwrap();
    until("the first verdicts", async || (recorded(&store).await >= 40).then_some(())).await;
    let at_the_kill = recorded(&store).await;
    victim.kill_9();
    assert!(at_the_kill < wanted, "the scanner was killed when all was over: {at_the_kill} verdicts");
    let third = fleet.start("scanner-3", &["scanner", "--jobs", "1"]);

    until("a verdict for every upload", async || (recorded(&store).await >= wanted).then_some(())).await;
    // What was sent or given back twice is judged again, and must not be recorded again: wait until all is quiet.
    until("empty queues", async || {
        let depths = queue.depths().await.ok()?;
        let busy = [
            Lane::Uploads,
            Lane::UploadsRecorder,
            Lane::Rescans,
            Lane::VerdictsRecorder,
            Lane::VerdictsSigner,
            Lane::Attestations,
        ];
        let waiting: u64 = depths.iter().filter(|depth| busy.contains(&depth.lane)).map(|depth| depth.ready).sum();
        let untold = store.figures().await.ok()?.outbox_unsent;
        (waiting == 0 && untold == 0).then_some(())
    })
    .await;
    // In hand at a role counts as neither waiting nor done: a role that ends well has finished what it had in hand.
    assert!(third.stop().success());
    assert!(second.stop().success());
    assert!(signer.stop().success());
    assert!(recorder.stop().success());

    assert_eq!(recorded(&store).await, wanted, "one verdict for each upload, none doubled");
    let figures = store.figures().await.unwrap();
    assert_eq!((figures.uploads, figures.uploads_pending), (wanted, 0), "every upload was noted, and is judged");
    for event in &events {
        let found =
            store.by_digest(&event.sha256).await.unwrap().unwrap_or_else(|| panic!("{} is lost", event.filename));
        assert_eq!(found.row.filename, event.filename);
        assert_ne!(found.verdict.findings.first().map(|finding| finding.family.as_str()), Some("examination"));
        assert!(!found.attestations.is_empty(), "{} is not signed", event.filename);
    }
    assert_eq!(queue_contract::depth(&queue, Lane::Parked).await, 0);
    told_to_the_index(&queue, &events).await;
    assert!(store.verify_audit().await.unwrap().broken.is_none());
    store.close().await;
    queue.close().await;
    database.drop().await;
}

/// Every verdict was told to the index: at least once, always under the same id.
async fn told_to_the_index(queue: &Queue, events: &[UploadEvent]) {
    let mut waiting = queue_contract::depth(queue, Lane::Decisions).await;
    let mut decisions = queue.consume(Lane::Decisions, 16).await.unwrap();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while waiting > 0 {
        let delivery = decisions.next().await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
        assert_eq!(body["type"], model::TYPE_VERDICT);
        let sha256 = body["data"]["sha256"].as_str().unwrap().to_owned();
        told.entry(sha256).or_default().insert(delivery.id.clone());
        delivery.settle(Outcome::Done).await.unwrap();
        waiting -= 1;
    }
    assert_eq!(told.len(), events.len());
    for event in events {
        assert_eq!(told[&event.sha256.to_string()].len(), 1, "{}", event.filename);
    }
}
