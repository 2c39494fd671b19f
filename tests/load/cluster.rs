//! A cluster of three brokers whose leaders die under load, which then loses its majority, and heals.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use model::UploadEvent;
use queue::{Queue, Topic};
use tokio::task::JoinHandle;

use crate::{
    processes::{Process, until},
    stage::{
        self, Files, Ground, ask_services, file_host, nothing_is_lost_and_nothing_doubled, quiet, services, setting,
    },
};

/// How many times the uploads of a blow there are, should it take long.
const SPARE: usize = 8;
/// Between two uploads: a blow is to fall while there are more to come.
const PACE: Duration = Duration::from_millis(3);
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

/// Uploads that are being published, without end until it is enough.
struct Load {
    events: Arc<Vec<UploadEvent>>,
    confirmed: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
    publishing: JoinHandle<()>,
}

impl Load {
    /// Returns when some are confirmed.
    async fn start(broker: &str, events: Vec<UploadEvent>) -> Self {
        let (events, confirmed, enough) = (Arc::new(events), Arc::new(AtomicUsize::new(0)), Arc::default());
        let publishing = tokio::spawn({
            let broker = broker.to_owned();
            let (events, confirmed, enough) = (Arc::clone(&events), Arc::clone(&confirmed), Arc::clone(&enough));
            async move { publish(&broker, &events, &confirmed, &enough).await }
        });
        let load = Self { events, confirmed, enough, publishing };
        until("the first confirms", async || (load.confirmed() >= 50).then_some(())).await;
        load
    }

    fn confirmed(&self) -> usize {
        self.confirmed.load(Ordering::SeqCst)
    }

    /// More than what was on the way is confirmed.
    async fn goes_on(&self) {
        let before = self.confirmed();
        assert!(before + 1 < self.events.len(), "all was published before anything happened");
        while self.confirmed() <= before + 1 {
            assert!(!self.publishing.is_finished());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends when at least so many are confirmed; those that are.
    async fn end(self, least: usize) -> Vec<UploadEvent> {
        until("enough confirms", async || (self.confirmed() >= least).then_some(())).await;
        self.enough.store(true, Ordering::SeqCst);
        self.publishing.await.unwrap();
        self.events[..self.confirmed.load(Ordering::SeqCst)].to_vec()
    }
}

/// As an index would: again, until the broker has confirmed. Every tenth twice.
async fn publish(broker: &str, events: &[UploadEvent], confirmed: &AtomicUsize, enough: &AtomicBool) {
    let queue = loop {
        if let Ok(queue) = Queue::connect(broker).await {
            break queue;
        }
    };
    for (index, event) in events.iter().enumerate() {
        if enough.load(Ordering::SeqCst) {
            break;
        }
        for _ in 0..1 + usize::from(index % 10 == 0) {
            while queue.publish(Topic::Uploads, &event.message_id(), event).await.is_err() {}
        }
        confirmed.fetch_add(1, Ordering::SeqCst);
        // Slower the more was published, so that some is left however long a blow takes on a busy machine.
        let beyond = index.saturating_sub(events.len() / SPARE);
        tokio::time::sleep(PACE * (1 + u32::try_from(beyond / 10).unwrap())).await;
    }
    queue.close().await;
}

/// With at least `part` uploads around each of three blows.
pub(crate) async fn survives(part: usize) {
    let began = Instant::now();
    services(&["cluster", "up"]);
    eprintln!("three nodes after {:.0} s", began.elapsed().as_secs_f64());
    let broker = nodes();
    let files: Files = Arc::new(stage::fillers(3 * SPARE * part));
    let ground = Ground::on(&broker, &file_host(Arc::clone(&files)).await).await;
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);
    let roles: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("scanner-1", ["scanner", "--jobs", "1"].as_slice()),
        ("scanner-2", &["scanner", "--jobs", "1"]),
        ("recorder", &["recorder"]),
        ("signer", &["signer"]),
    ]);
    let running: Vec<Process> = roles.iter().map(|(name, arguments)| fleet.start(name, arguments)).collect();
    let events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| stage::event(name, bytes)).collect();
    let loading = Instant::now();

    let [first, second, third] = [0, 1, 2].map(|blow| events[blow * SPARE * part..(blow + 1) * SPARE * part].to_vec());
    let (mut asked, mut dead, mut published) = ("1", None::<String>, Vec::new());
    for events in [first, second] {
        // All three are there again when the next leader dies.
        if let Some(back) = &dead {
            services(&["cluster", "start", back]);
        }
        let led = leader(asked);
        let load = Load::start(&broker, events).await;
        services(&["cluster", "kill", &led]);
        let at = Instant::now();
        load.goes_on().await;
        eprintln!("node {led} led and was killed; confirms again after {:.1} s", at.elapsed().as_secs_f64());
        published.extend(load.end(part).await);
        asked = others(&led)[0];
        dead = Some(led);
    }
    // Before the second is back, another dies: one of three is no majority.
    let (one, two) = (dead.unwrap(), asked);
    let load = Load::start(&broker, third).await;
    services(&["cluster", "kill", two]);
    // What was confirmed while it died; from here on nobody may confirm anything.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = load.confirmed();
    tokio::time::sleep(WITHOUT_MAJORITY).await;
    assert_eq!(load.confirmed(), before, "confirmed by a minority");
    services(&["cluster", "start", &one, two]);
    let at = Instant::now();
    load.goes_on().await;
    eprintln!(
        "nodes {one} and {two} were down: 0 confirms in {} s; again {:.1} s after both were back",
        WITHOUT_MAJORITY.as_secs(),
        at.elapsed().as_secs_f64()
    );
    published.extend(load.end(part).await);

    let wanted = i64::try_from(published.len()).unwrap();
    until("a verdict for every upload", async || {
        let totals = store.totals().await.ok()?;
        (totals.verdicts.iter().map(|(_, count)| count).sum::<i64>() >= wanted).then_some(())
    })
    .await;
    quiet(queue, store).await;
    for process in running {
        assert!(process.stop().success());
    }
    nothing_is_lost_and_nothing_doubled(queue, store, &published).await;
    eprintln!("{} uploads, 0 lost, 0 doubled, {:.1} s", published.len(), loading.elapsed().as_secs_f64());
    ground.end().await;
    services(&["cluster", "down"]);
}
