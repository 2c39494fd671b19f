//! A cluster of three brokers whose leaders die under load, which then loses its majority, and heals.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    processes::{Process, until},
    stage::{
        self, Database, Files, Fleet, ask_services, drained, file_host, nothing_is_lost_and_nothing_doubled, publish,
        quiet, services, setting,
    },
    standing::environment,
};

const UPLOADS: usize = 3000;
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
    let events = Arc::new(files.iter().map(|(name, bytes)| stage::event(name, bytes)).collect::<Vec<_>>());
    let confirmed = Arc::new(AtomicUsize::new(0));
    let loading = Instant::now();
    let publishing = tokio::spawn(publish(broker.clone(), Arc::clone(&events), Arc::clone(&confirmed)));
    let reached = async |part: usize| {
        until("progress", async || (confirmed.load(Ordering::SeqCst) >= UPLOADS * part / 10).then_some(())).await;
    };

    let mut asked = "1";
    for part in [2, 4] {
        reached(part).await;
        let dead = leader(asked);
        services(&["cluster", "kill", &dead]);
        let (at, before) = (Instant::now(), confirmed.load(Ordering::SeqCst));
        until("confirms without it", async || (confirmed.load(Ordering::SeqCst) > before + 1).then_some(())).await;
        println!("node {dead} led and was killed; confirms again after {:.1} s", at.elapsed().as_secs_f64());
        asked = others(&dead)[0];
        services(&["cluster", "start", &dead]);
    }
    reached(6).await;
    let alive = leader(asked);
    let [one, two] = others(&alive)[..] else { panic!() };
    services(&["cluster", "kill", one, two]);
    // What was confirmed while the second one died; from here on nobody may confirm anything.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = confirmed.load(Ordering::SeqCst);
    tokio::time::sleep(WITHOUT_MAJORITY).await;
    let meanwhile = confirmed.load(Ordering::SeqCst) - before;
    assert_eq!(meanwhile, 0, "confirmed by a minority");
    services(&["cluster", "start", one, two]);
    let at = Instant::now();
    until("confirms after it has healed", async || (confirmed.load(Ordering::SeqCst) > before + 1).then_some(())).await;
    println!(
        "nodes {one} and {two} were killed: {meanwhile} confirms in {} s; healed {:.1} s after both were back",
        WITHOUT_MAJORITY.as_secs(),
        at.elapsed().as_secs_f64()
    );

    publishing.await.unwrap();
    let wanted = i64::try_from(UPLOADS).unwrap();
    until("a verdict for every upload", async || {
        let figures = store.figures().await.ok()?;
        (figures.verdicts.iter().map(|(_, count)| count).sum::<i64>() >= wanted).then_some(())
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
