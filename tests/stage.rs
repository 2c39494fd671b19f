//! What a fleet stands on in a test: a database of its own, a file host, processes with their settings, and the questions
//! that are asked at the end.
#![allow(dead_code, reason = "each test that includes this file uses its part")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, extract::State, http::StatusCode, routing};
use model::{Digest, UploadEvent};
use queue::{Lane, Outcome, Queue, Topic};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use store::Store;

use crate::{
    processes::{Logs, Process, until},
    queue_contract,
};

pub(crate) fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `tests/run`, which starts the services"))
}

/// The broker's own tool, on the private broker of `tests/services`.
pub(crate) fn control(arguments: &[&str]) {
    services(&[&["ctl"], arguments].concat());
}

/// The broker is short of memory, until this is dropped, also by a test that fails.
pub(crate) struct Alarm(());

impl Alarm {
    pub(crate) fn raise() -> Self {
        let alarm = Self(());
        control(&["set_vm_memory_high_watermark", "0"]);
        alarm
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        control(&["set_vm_memory_high_watermark", "absolute", "768MB"]);
    }
}

/// The script that started broker and database.
pub(crate) fn services(arguments: &[&str]) {
    ask_services(arguments);
}

pub(crate) fn ask_services(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/services");
    let output = Command::new(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A database of our own on the server, as far as the program can see.
pub(crate) struct Database {
    server: String,
    schema: String,
    pub(crate) url: String,
}

impl Database {
    pub(crate) async fn create() -> Self {
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

    /// Bytes of its tables and their indexes.
    pub(crate) async fn bytes(&self) -> i64 {
        let mut admin = sqlx::PgConnection::connect(&self.server).await.unwrap();
        let sum = "SELECT SUM(pg_total_relation_size(c.oid))::BIGINT FROM pg_class c JOIN pg_namespace n \
                   ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
        sqlx::query_scalar(sum).bind(&self.schema).fetch_one(&mut admin).await.unwrap()
    }

    pub(crate) async fn drop(self) {
        let mut admin = sqlx::PgConnection::connect(&self.server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("DROP SCHEMA {} CASCADE", self.schema))).await.unwrap();
    }
}

pub(crate) type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// The index's file host.
pub(crate) async fn file_host(files: Files) -> String {
    file_host_at(files, 0).await
}

pub(crate) async fn file_host_at(files: Files, port: u16) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let serve = async |State(files): State<Files>, axum::extract::Path(name): axum::extract::Path<String>| {
        files.get(&name).cloned().ok_or(StatusCode::NOT_FOUND)
    };
    let router = Router::new().route("/files/{name}", routing::get(serve)).with_state(files);
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Status and body, where somebody answers.
pub(crate) async fn get(url: &str) -> Option<(u16, String)> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.ok()?))
}

/// Small packages of one file.
pub(crate) fn fillers(count: usize) -> BTreeMap<String, Vec<u8>> {
    let filler = |number: usize| {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        let text = format!("Metadata-Version: 2.1\nName: filler\nVersion: {number}\n");
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("filler-{number}/PKG-INFO"), text.as_bytes()).unwrap();
        (format!("filler-{number}.tar.gz"), tar.into_inner().unwrap().finish().unwrap())
    };
    (1..=count).map(filler).collect()
}

pub(crate) fn event(filename: &str, bytes: &[u8]) -> UploadEvent {
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

/// All that a whole fleet stands on: a folder, a broker with empty queues, a database of its own that is migrated, a key, and
/// what its roles are told of these.
pub(crate) struct Ground {
    pub(crate) queue: Queue,
    pub(crate) store: Store,
    pub(crate) database: Database,
    environment: Vec<(&'static str, String)>,
    /// Shown before the folder goes.
    _logs: Logs,
    folder: tempfile::TempDir,
}

impl Ground {
    /// For roles that fetch from below `base`.
    pub(crate) async fn new(base: &str) -> Self {
        Self::on(&setting("GATEHOUSE_TEST_AMQP"), base).await
    }

    /// With another broker than the one that all tests have.
    pub(crate) async fn on(broker: &str, base: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create().await;
        let key = folder.path().join("signer.pem");
        signer::load_or_create(&key).unwrap();
        let queue = drained(broker).await;
        let store = Store::connect(&database.url).await.unwrap();
        store.migrate().await.unwrap();
        let environment = vec![
            ("GATEHOUSE_QUEUE_URL", broker.to_owned()),
            ("GATEHOUSE_STORE_URL", database.url.clone()),
            ("GATEHOUSE_FETCH_BASE", base.to_owned()),
            ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true".to_owned()),
            ("GATEHOUSE_SIGNER_KEY", key.to_str().unwrap().to_owned()),
            ("GATEHOUSE_LOG_FORMAT", "json".to_owned()),
        ];
        Self { queue, store, database, environment, _logs: Logs(folder.path().to_owned()), folder }
    }

    /// Tells the roles more.
    pub(crate) fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.environment.push((variable, value.to_owned()));
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn fleet(&self) -> Fleet<'_> {
        let environment = self.environment.iter().map(|(variable, value)| (*variable, value.as_str())).collect();
        Fleet { folder: self.folder(), environment }
    }

    pub(crate) async fn end(self) {
        self.store.close().await;
        self.queue.close().await;
        self.database.drop().await;
    }
}

pub(crate) struct Fleet<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) environment: Vec<(&'a str, &'a str)>,
}

impl Fleet<'_> {
    pub(crate) fn start(&self, name: &str, arguments: &[&str]) -> Process {
        Process::start(name, &self.folder.join(format!("{name}.log")), arguments, &self.environment)
    }

    /// Runs a command that ends with an error; what it complains about.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        let output = command.args(arguments).envs(self.environment.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
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

pub(crate) async fn recorded(store: &Store) -> i64 {
    store.totals().await.unwrap().verdicts.iter().map(|(_, count)| count).sum()
}

/// Waits until nothing is on its way. What was sent or given back twice is judged again, and must not be recorded again.
pub(crate) async fn quiet(queue: &Queue, store: &Store) {
    until("empty queues", async || {
        let depths = queue.depths().await.ok()?;
        // What nobody here reads, and signs of life: they come without end.
        let kept = [Lane::Decisions, Lane::Parked, Lane::Workers];
        let waiting: u64 = depths.iter().filter(|depth| !kept.contains(&depth.lane)).map(|depth| depth.ready).sum();
        let untold = store.figures().await.ok()?.outbox_unsent;
        (waiting == 0 && untold == 0 && depths.len() == Lane::ALL.len()).then_some(())
    })
    .await;
}

/// Every verdict was told to the index: at least once, always under the same id.
pub(crate) async fn told_to_the_index(queue: &Queue, events: &[UploadEvent]) {
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

/// A connection to a broker whose queues are declared, and empty.
pub(crate) async fn drained(broker: &str) -> Queue {
    let queue = Queue::connect(broker).await.unwrap();
    assert_eq!(queue.declare().await.unwrap().differences, []);
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    queue
}

/// Publishes as an index would: again, until the broker has confirmed. Every tenth twice.
pub(crate) async fn publish(broker: String, events: Arc<Vec<UploadEvent>>, confirmed: Arc<AtomicUsize>) {
    let queue = loop {
        if let Ok(queue) = Queue::connect(&broker).await {
            break queue;
        }
    };
    for (index, event) in events.iter().enumerate() {
        for _ in 0..1 + usize::from(index % 10 == 0) {
            while queue.publish(Topic::Uploads, &event.message_id(), event).await.is_err() {}
        }
        confirmed.fetch_add(1, Ordering::SeqCst);
    }
    queue.close().await;
}

/// What a fleet that has ended must have done with these uploads: each judged once, signed, told, and nothing left over.
pub(crate) async fn nothing_is_lost_and_nothing_doubled(queue: &Queue, store: &Store, events: &[UploadEvent]) {
    let wanted = i64::try_from(events.len()).unwrap();
    // What a role that ended had in hand and gave back is there again, and nothing but that.
    for lane in [Lane::Uploads, Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::VerdictsSigner, Lane::Attestations]
    {
        assert_eq!(queue_contract::depth(queue, lane).await, 0, "{lane}");
    }
    assert_eq!(recorded(store).await, wanted, "one verdict for each upload, none doubled");
    let figures = store.figures().await.unwrap();
    assert_eq!((store.totals().await.unwrap().uploads, figures.uploads_pending), (wanted, 0));
    for event in events {
        let found = store.by_digest(&event.sha256).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{} is lost", event.filename));
        assert_eq!(found.row.filename, event.filename);
        // A verdict was reached, not given up: no kill may be taken for the file's fault.
        let given_up = found.verdict.findings.iter().any(|finding| finding.family == "examination");
        assert!(!given_up, "{}: {:?}", event.filename, found.verdict.findings);
        assert!(!found.attestations.is_empty(), "{} is not signed", event.filename);
    }
    assert_eq!(queue_contract::depth(queue, Lane::Parked).await, 0, "somebody innocent was parked");
    told_to_the_index(queue, events).await;
    assert!(store.verify_audit().await.unwrap().broken.is_none());
}
