//! A cluster of three brokers whose leaders die under load, which then loses its majority, and heals.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use model::UploadEvent;
use tokio::task::JoinHandle;

use crate::{
    processes::{Process, until},
    stage::{
        self, Database, Files, Fleet, ask_services, drained, file_host, nothing_is_lost_and_nothing_doubled, publish,
        quiet, services, setting,
    },
    standing::environment,
};

/// Uploads of each of the three blows.
const PART: usize = 1500;
const UPLOADS: usize = 3 * PART;
const WITHOUT_MAJORITY: Duration = Duration::from_secs(5);

/// The nodes' addresses in one, as a fleet is told them.
fn nodes() -> String {
    let one = setting("GATEHOUSE_TEST_AMQP");
    let (before, rest) = one.rsplit_once('@').unwrap();
    let (host, vhost) = rest.split_once('/').unwrap();
    let port: u16 = host.rsplit(':').next().unwrap().parse().unwrap();
    let hosts: Vec<String> = (41..=43).map(|more| format!("127.0.0.1:{}", port + more)).collect();
    format!("{before}@{}/{vhost}", hosts.join(","))
}

/// The node that leads the queue of uploads: 1, 2 or 3.
fn leader(asked: &str) -> String {
    let said = ask_services(&["cluster", "ctl", asked, "list_queues", "-p", "gatehouse", "name", "leader"]);
    let line = said.lines().find(|line| line.split_whitespace().next() == Some("uploads"));
    let node = line.unwrap_or_else(|| panic!("{said}")).split_whitespace().last().unwrap();
    node.strip_prefix("gatehouse").unwrap().split('@').next().unwrap().to_owned()
}

fn others(node: &str) -> Vec<&'static str> {
    ["1", "2", "3"].into_iter().filter(|other| *other != node).collect()
}

/// Uploads that are being published, and are not yet all confirmed.
struct Load {
    count: usize,
    confirmed: Arc<AtomicUsize>,
    publishing: JoinHandle<()>,
}

impl Load {
    /// Returns when some are confirmed.
    async fn start(broker: &str, events: Vec<UploadEvent>) -> Self {
        let (count, confirmed) = (events.len(), Arc::new(AtomicUsize::new(0)));
        let publishing = tokio::spawn(publish(broker.to_owned(), Arc::new(events), Arc::clone(&confirmed)));
        let load = Self { count, confirmed, publishing };
        until("the first confirms", async || (load.confirmed() >= 50).then_some(())).await;
        load
    }

    fn confirmed(&self) -> usize {
        self.confirmed.load(Ordering::SeqCst)
    }

    /// More than what was on the way is confirmed.
    async fn goes_on(&self) {
        let before = self.confirmed();
        assert!(before + 1 < self.count, "all was published before anything happened");
        while self.confirmed() <= before + 1 {
            assert!(!self.publishing.is_finished());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self) {
        self.publishing.await.unwrap();
    }
}

pub(crate) async fn survives() {
    let began = Instant::now();
    services(&["cluster", "up"]);
    println!("three nodes after {:.0} s", began.elapsed().as_secs_f64());
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create().await;
    let broker = nodes();
    let key = folder.path().join("signer.pem");
    signer::load_or_create(&key).unwrap();
    let files: Files = Arc::new(stage::fillers(UPLOADS));
    let base = file_host(Arc::clone(&files)).await;
    let fleet = Fleet { folder: folder.path(), environment: environment(&broker, &database.url, &base, &key) };
    let queue = drained(&broker).await;
    fleet.run(&["store", "migrate"], "");
    let store = store::Store::connect(&database.url).await.unwrap();
    let roles: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("scanner-1", ["scanner", "--jobs", "1"].as_slice()),
        ("scanner-2", &["scanner", "--jobs", "1"]),
        ("recorder", &["recorder"]),
        ("signer", &["signer"]),
    ]);
    let running: Vec<Process> = roles.iter().map(|(name, arguments)| fleet.start(name, arguments)).collect();
    let events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| stage::event(name, bytes)).collect();
    let loading = Instant::now();

    let [first, second, third] = [0, 1, 2].map(|part| events[part * PART..(part + 1) * PART].to_vec());
    let mut asked = "1";
    for part in [first, second] {
        let dead = leader(asked);
        let load = Load::start(&broker, part).await;
        services(&["cluster", "kill", &dead]);
        let at = Instant::now();
        load.goes_on().await;
        println!("node {dead} led and was killed; confirms again after {:.1} s", at.elapsed().as_secs_f64());
        load.end().await;
        asked = others(&dead)[0];
        services(&["cluster", "start", &dead]);
    }
    let alive = leader(asked);
    let [one, two] = others(&alive)[..] else { panic!() };
    let load = Load::start(&broker, third).await;
    services(&["cluster", "kill", one, two]);
    // What was confirmed while the second one died; from here on nobody may confirm anything.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = load.confirmed();
    tokio::time::sleep(WITHOUT_MAJORITY).await;
    assert_eq!(load.confirmed(), before, "confirmed by a minority");
    services(&["cluster", "start", one, two]);
    let at = Instant::now();
    load.goes_on().await;
    println!(
        "nodes {one} and {two} were killed: 0 confirms in {} s; again {:.1} s after both were back",
        WITHOUT_MAJORITY.as_secs(),
        at.elapsed().as_secs_f64()
    );
    load.end().await;

    let wanted = i64::try_from(UPLOADS).unwrap();
    until("a verdict for every upload", async || {
        let totals = store.totals().await.ok()?;
        (totals.verdicts.iter().map(|(_, count)| count).sum::<i64>() >= wanted).then_some(())
    })
    .await;
    quiet(&queue, &store).await;
    for process in running {
        assert!(process.stop().success());
    }
    nothing_is_lost_and_nothing_doubled(&queue, &store, &events).await;
    println!("{UPLOADS} uploads, 0 lost, 0 doubled, {:.1} s", loading.elapsed().as_secs_f64());
    store.close().await;
    queue.close().await;
    database.drop().await;
    services(&["cluster", "down"]);
}
