//! The roles as a fleet of processes, on a real RabbitMQ and a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "../workers/gatehouse/src/demo.rs"]
#[allow(dead_code, reason = "the packer is shared with the program")]
mod demo;
mod processes;
mod queue_contract;
mod stage;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use futures::FutureExt as _;
use model::UploadEvent;
use processes::{Logs, until};
use queue::{Lane, Outcome, Queue, Topic};
use stage::{
    Alarm, Database, Files, Fleet, Ground, control, drained, event, file_host, nothing_is_lost_and_nothing_doubled,
    quiet, recorded, setting,
};
use store::Store;

/// All tests use the same queues.
static BROKER: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const UPLOADS: usize = 200;

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
    nothing_is_taken_for_kept_that_no_queue_took(&queue).await;
    queue.close().await;
    // A wrong password is said at once, and not said aloud.
    let (before, host) = broker.rsplit_once('@').unwrap();
    let wrong = format!("{before}-not-the-password@{host}");
    let refused = Queue::connect(&wrong).await.err().unwrap().to_string();
    assert!(refused.contains("refused us") && !refused.contains("not-the-password"), "{refused}");
}

/// Somebody removed a queue: its publishers are told, and at once.
async fn nothing_is_taken_for_kept_that_no_queue_took(queue: &Queue) {
    control(&["delete_queue", "--vhost", "gatehouse", "decisions"]);
    let lost = queue.publish(Topic::Decisions, "nobody", &1).await;
    let declared = queue.declare().await.unwrap();
    assert!(matches!(&lost, Err(queue::Error::Unroutable(topic)) if topic == "decisions"), "{lost:?}");
    assert_eq!(declared.differences, []);
    queue.publish(Topic::Decisions, "somebody", &1).await.unwrap();
    queue_contract::drain(queue, Lane::Decisions).await;
}

/// The index's file host is down for longer than a scanner tries, and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_nobody_could_read_is_judged_when_its_host_is_back() {
    let _alone = BROKER.lock().await;
    let files: Files = Arc::new(stage::fillers(1));
    let port = stage::free_port();
    let ground = Ground::new(&format!("http://127.0.0.1:{port}/")).await.with("GATEHOUSE_FETCH_ATTEMPTS", "2");
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);
    let roles = [&["scanner", "--jobs", "1"][..], &["recorder"], &["signer"]].map(|role| fleet.start(role[0], role));
    let (name, bytes) = files.iter().next().unwrap();
    let upload = event(name, bytes);
    queue.publish(Topic::Uploads, &upload.message_id(), &upload).await.unwrap();
    let file = async || store.file(&upload.project, &upload.version, name).await.unwrap();
    let unread = until("a verdict without the file", async || {
        file().await.filter(|file| file.state == store::FileState::Suspicious && !file.attestations.is_empty())
    })
    .await;
    assert_eq!(unread.attestations.len(), 1, "nothing releases it");
    assert_eq!(
        fleet.run(&["reconcile", "--unread", "--dry-run"], ""),
        "1 whose file was never read: would be judged again\n"
    );

    stage::file_host_at(Arc::clone(&files), port).await;
    assert_eq!(fleet.run(&["reconcile", "--unread"], ""), "1 whose file was never read: judged again\n");
    let cleared = until("a verdict on the file, signed", async || {
        file().await.filter(|file| file.state == store::FileState::Cleared && file.attestations.len() == 2)
    })
    .await;
    assert!(cleared.seq > unread.seq);
    assert_eq!(recorded(store).await, 1, "one verdict for each file, rulebook and context");
    assert_eq!(fleet.run(&["reconcile", "--unread"], ""), "0 whose file was never read: judged again\n");
    quiet(queue, store).await;
    let told = queue.peek(Lane::Decisions, 10).await.unwrap();
    let outcomes: Vec<_> = told
        .iter()
        .map(|message| serde_json::from_slice::<serde_json::Value>(&message.body).unwrap()["data"]["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["incomplete", "clear"]);
    for role in roles {
        assert!(role.stop().success());
    }
    queue_contract::drain(queue, Lane::Decisions).await;
    ground.end().await;
}

/// A role that is told to stop while it starts has nothing in hand: it ends at once, and well. Here a scanner's first child
/// never comes up, and a recorder and a signer wait for a broker that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_told_to_stop_while_it_starts_ends_well() {
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let key = kept.path().join("signer.pem");
    signer::load_or_create(&key).unwrap();
    let nowhere = format!("amqp://nobody@127.0.0.1:{}/gatehouse", stage::free_port());
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", nowhere.as_str()),
        ("GATEHOUSE_STORE_URL", "postgres://nobody@127.0.0.1:9/nothing"),
        ("GATEHOUSE_FETCH_BASE", "https://files.index.example/"),
        ("GATEHOUSE_SIGNER_KEY", key.to_str().unwrap()),
        ("GATEHOUSE_CHILD_FAULT", "hang@warm-up.py"),
    ];
    let fleet = Fleet { folder: kept.path(), environment };
    for role in [&["scanner", "--jobs", "1"][..], &["recorder"], &["signer"], &["dashboard"]] {
        let process = fleet.start(role[0], role);
        let pid = process.child.id();
        // The kernel's word for it: the fifteenth bit of the signals that it catches.
        until("it catches the signal", async || {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
            (u64::from_str_radix(caught.trim(), 16).ok()? & 1 << 14 != 0).then_some(())
        })
        .await;
        let mut hanging = Vec::new();
        if role[0] == "scanner" {
            hanging = until("its first child is there", async || {
                let found = children_of(pid);
                (!found.is_empty()).then_some(found)
            })
            .await;
        }
        let ended = tokio::task::spawn_blocking(move || process.stop()).await.unwrap();
        for child in hanging {
            let child = rustix::process::Pid::from_raw(child).unwrap();
            let _ = rustix::process::kill_process(child, rustix::process::Signal::KILL);
        }
        assert!(ended.success(), "{role:?}: {ended}");
    }
}

/// From the kernel's table of processes.
fn children_of(parent: u32) -> Vec<i32> {
    let parent_of = |pid: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything; the state stands before the parent.
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// A broker that is short of memory takes no publish, for as long as it likes: no role waits for that when it is told to stop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_are_told_to_stop_do_not_wait_for_a_broker_that_takes_nothing() {
    let _alone = BROKER.lock().await;
    let ground = Ground::new("http://127.0.0.1:9/").await;
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/examples/examination.hold.json");
    let example = std::fs::read(example).unwrap();
    queue.publish_bytes(Topic::Verdicts, "one", &example).await.unwrap();
    let alarm = Alarm::raise();
    let roles = [&["recorder"][..], &["signer"]].map(|role| fleet.start(role[0], role));
    until("both have the verdict in hand", async || {
        let claimed = store.totals().await.ok()?.verdicts.iter().any(|(_, count)| *count > 0);
        let taken = queue_contract::depth(queue, Lane::VerdictsSigner).await == 0;
        (claimed && taken).then_some(())
    })
    .await;
    let stopping = roles.map(|role| tokio::task::spawn_blocking(move || role.stop()));
    let mut ended = Vec::new();
    for role in stopping {
        ended.push(role.await);
    }
    drop(alarm);
    for role in ended {
        assert!(role.unwrap().success());
    }
    // Nothing is lost by it.
    assert_eq!(store.figures().await.unwrap().outbox_unsent, 1);
    until("what the signer had in hand comes back", async || {
        (queue_contract::depth(queue, Lane::VerdictsSigner).await == 1).then_some(())
    })
    .await;
    for lane in Lane::ALL {
        queue_contract::drain(queue, lane).await;
    }
    ground.end().await;
}

/// The page's own lines, run as they stand, and each account tried: all that its role needs, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_account_of_the_page_can_do_its_part_and_no_more() {
    const PASSWORD: &str = "an-account-of-a-test";
    let _alone = BROKER.lock().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let queue = drained(&broker).await;
    let page = include_str!("../deploy/README.md");
    let lines = page.lines().filter_map(|line| line.strip_prefix("    rabbitmqctl set_permissions -p gatehouse "));
    let accounts: BTreeMap<&str, Vec<&str>> =
        lines.filter_map(|line| line.split_once(' ')).map(|(role, rest)| (role, rest.split('\'').collect())).collect();
    let parts: [(&str, &[Lane], &[Topic]); 8] = [
        ("scanner", &[Lane::Uploads, Lane::Rescans], &[Topic::Verdicts, Topic::Workers]),
        (
            "recorder",
            &[Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::Attestations, Lane::Workers],
            &[Topic::Verdicts, Topic::Decisions],
        ),
        ("signer", &[Lane::VerdictsSigner], &[Topic::Attestations, Topic::Workers]),
        ("publisher", &[Lane::Decisions], &[Topic::Workers]),
        ("dashboard", &[], &[Topic::Uploads]),
        ("reconcile", &[], &[Topic::Uploads, Topic::Rescans, Topic::Workers]),
        ("intake", &[], &[Topic::Uploads, Topic::Workers]),
        ("index", &[Lane::Decisions], &[Topic::Uploads]),
    ];
    assert!(accounts.keys().copied().eq(parts.iter().map(|part| part.0).collect::<BTreeSet<_>>()), "{accounts:?}");
    let tried = async {
        for (role, reads, writes) in parts {
            let words = &accounts[role];
            control(&["add_user", role, PASSWORD]);
            control(&["set_permissions", "-p", "gatehouse", role, words[1], words[3], words[5]]);
            let (_, host) = broker.rsplit_once('@').unwrap();
            let own = Queue::connect(&format!("amqp://{role}:{PASSWORD}@{host}")).await.unwrap();
            for topic in Topic::ALL {
                let kept = own.publish(topic, "tried", &1).await;
                assert_eq!(kept.is_ok(), writes.contains(&topic), "{role} to {topic}: {kept:?}");
                assert!(matches!(kept, Ok(_) | Err(queue::Error::Refused(_))), "{role} to {topic}: {kept:?}");
            }
            for lane in Lane::ALL.into_iter().filter(|lane| *lane != Lane::Parked) {
                queue_contract::drain(&queue, lane).await;
                let taken = own.consume(lane, 1).await;
                assert_eq!(taken.is_ok(), reads.contains(&lane), "{role} from {lane}");
                let Ok(mut lane_of_its_own) = taken else { continue };
                let feeds = Topic::ALL.into_iter().find(|topic| topic.lanes().contains(&lane)).unwrap();
                queue.publish(feeds, "work", &1).await.unwrap();
                let mut next = async || {
                    let next = tokio::time::timeout(processes::PATIENCE, lane_of_its_own.next());
                    next.await.expect("a message").unwrap()
                };
                if role == "index" {
                    next().await.settle(Outcome::Done).await.unwrap();
                    continue;
                }
                let later = Outcome::RetryAfter(std::time::Duration::from_secs(1));
                next().await.settle(later).await.unwrap_or_else(|error| panic!("{role}, later: {error}"));
                let never = Outcome::DeadLetter(queue::Reason::refused("a test"));
                next().await.settle(never).await.unwrap_or_else(|error| panic!("{role}, never: {error}"));
            }
            if role == "dashboard" {
                let moved = own.replay(queue::Chosen::All, None).await.unwrap().moved.len();
                assert_eq!(moved, 8, "its button sends back what scanner, recorder, signer and publisher parked");
            } else {
                assert!(own.peek(Lane::Parked, 1).await.is_err(), "{role} looks into what is parked");
            }
            assert!(own.declare().await.is_ok_and(|declared| !declared.differences.is_empty()), "{role} configures");
            own.close().await;
        }
    };
    let tried = std::panic::AssertUnwindSafe(tried).catch_unwind().await;
    for role in accounts.keys() {
        control(&["delete_user", role]);
    }
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    if let Err(broken) = tried {
        std::panic::resume_unwind(broken);
    }
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_start_before_their_database_wait_for_it() {
    let _alone = BROKER.lock().await;
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let database = Database::create().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_STORE_URL", database.url.as_str()),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let fleet = Fleet { folder: kept.path(), environment };
    let queue = drained(&broker).await;
    fleet.run(&["store", "migrate"], "");
    let listen = [stage::free_port(), stage::free_port()].map(|port| format!("127.0.0.1:{port}"));
    stage::services(&["stop", "database"]);
    let roles = [
        fleet.start("recorder", &["recorder", "--metrics-listen", &listen[0]]),
        fleet.start("dashboard", &["dashboard", "--listen", "127.0.0.1:0", "--metrics-listen", &listen[1]]),
    ];
    let asked = async |path: &str, wanted: u16| {
        for address in &listen {
            until(path, async || {
                let answer = stage::get(&format!("http://{address}{path}")).await?;
                (answer.0 == wanted).then_some(())
            })
            .await;
        }
    };
    let upload = event("filler-1.tar.gz", b"bytes");
    queue.publish(Topic::Uploads, &upload.message_id(), &upload).await.unwrap();
    let waiting = async {
        asked("/healthz", 200).await;
        asked("/readyz", 503).await;
    };
    let waited = tokio::time::timeout(processes::PATIENCE, waiting).await;
    // Others need it, whatever came of this.
    stage::services(&["start", "database"]);
    waited.expect("they live, and are not ready");
    asked("/readyz", 200).await;
    let store = Store::connect(&database.url).await.unwrap();
    until("the upload is noted", async || (store.totals().await.ok()?.uploads == 1).then_some(())).await;
    for role in roles {
        assert!(role.stop().success());
    }
    assert_eq!(queue_contract::depth(&queue, Lane::UploadsRecorder).await, 0);
    queue_contract::drain(&queue, Lane::Uploads).await;
    store.close().await;
    queue.close().await;
    database.drop().await;
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
        queue.publish(Topic::Rescans, id, &id).await.unwrap();
    }
    let mut work = queue.consume(Lane::Rescans, 1).await.unwrap();
    let one = work.next().await.unwrap();
    let alarm = Alarm::raise();
    // A connection is told when it publishes.
    let publishing = tokio::spawn({
        let queue = queue.clone();
        async move { queue.publish(Topic::Decisions, "three", &3).await }
    });
    until("the broker says so", async || queue.state().blocked.then_some(())).await;
    assert!(queue.state().ready, "waiting is no reason to be restarted");
    assert_eq!(queue.depths().await.unwrap().len(), Lane::ALL.len(), "how much waits is wanted most now");
    one.settle(Outcome::Done).await.expect("acknowledgements go on");
    let waited = tokio::time::timeout(std::time::Duration::from_millis(500), work.next()).await;
    assert!(waited.is_err(), "work was begun whose result nobody would take");
    assert!(!publishing.is_finished());
    drop(alarm);
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
    queue.publish(Topic::Rescans, "sealed", &1).await.unwrap();
    queue_contract::drain(&queue, Lane::Rescans).await;
    queue.close().await;
    // Nobody of the system's store vouches for it.
    let (unknown, _) = broker.split_once('?').unwrap();
    let refused = Queue::connect(unknown).await.err().unwrap().to_string();
    assert!(refused.to_lowercase().contains("certificate"), "{refused}");
}

/// Of the corpus what there is room for, and at least some small packages of one file.
fn archives() -> BTreeMap<String, Vec<u8>> {
    let corpus = demo::archives().unwrap().into_iter().take(UPLOADS * 3 / 4);
    let mut files: BTreeMap<String, Vec<u8>> = corpus.map(|archive| (archive.filename, archive.bytes)).collect();
    files.extend(stage::fillers(UPLOADS - files.len()));
    assert_eq!(files.len(), UPLOADS);
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_uploads_survive_a_scanner_that_is_killed() {
    let _alone = BROKER.lock().await;
    let files: Files = Arc::new(archives());
    let ground = Ground::new(&file_host(Arc::clone(&files)).await).await;
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);
    assert!(fleet.run(&["queue", "declare"], "").contains("ok      queue uploads"));
    // What was migrated is left as it is.
    fleet.run(&["store", "migrate"], "");

    let began = store::Moment::now();
    let victim = fleet.start("scanner-1", &["scanner", "--jobs", "1"]);
    let second = fleet.start("scanner-2", &["scanner", "--jobs", "1"]);
    let recorder = fleet.start("recorder", &["recorder"]);
    let signer = fleet.start("signer", &["signer"]);

    // One through the command, the rest as an index's own publisher would send them; some twice.
    let events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| event(name, bytes)).collect();
    let first = serde_json::to_string(&events[0]).unwrap();
    fleet.run(&["publish", "-"], &first);
    for (index, event) in events.iter().enumerate() {
        queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
        if index % 10 == 0 {
            queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
        }
    }
    let wanted = i64::try_from(UPLOADS).unwrap();
    until("the first verdicts", async || (recorded(store).await >= 40).then_some(())).await;
    let at_the_kill = recorded(store).await;
    let killed = victim.child.id();
    victim.kill_9();
    assert!(at_the_kill < wanted, "the scanner was killed when all was over: {at_the_kill} verdicts");
    let third = fleet.start("scanner-3", &["scanner", "--jobs", "1"]);

    until("a verdict for every upload", async || (recorded(store).await >= wanted).then_some(())).await;
    // What was sent or given back twice is judged again, and must not be recorded again: wait until all is quiet.
    quiet(queue, store).await;
    // All of them were heard, with the rulebook that they judge by where they do.
    let heard = until("signs of life of all processes", async || {
        Some(store.workers(began).await.ok()?).filter(|workers| workers.len() == 5)
    })
    .await;
    for worker in heard {
        let slots = [("scanner", 2), ("recorder", 128), ("signer", 32)].iter().find(|(role, _)| worker.role == *role);
        assert_eq!(Some(worker.slots), slots.map(|(_, slots)| *slots), "{worker:?}");
        assert_eq!(worker.rulebook.is_empty(), worker.role != "scanner", "{worker:?}");
    }
    // In hand at a role counts as neither waiting nor done: a role that ends well has finished what it had in hand.
    assert!(third.stop().success());
    assert!(second.stop().success());
    assert!(signer.stop().success());
    until("those that ended well are noted as such", async || {
        (store.workers(began).await.ok()?.len() == 2).then_some(())
    })
    .await;
    assert!(recorder.stop().success());
    // Who was killed could not take leave.
    let left = store.workers(began).await.unwrap();
    assert!(left.len() == 1 && left[0].name.ends_with(&format!(":{killed}")), "{left:?}");

    nothing_is_lost_and_nothing_doubled(queue, store, &events).await;
    ground.end().await;
}

/// A mass of files is to be judged again when uploads come in: what people wait for comes first, and the others come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_pass_a_mass_of_rescans_and_do_not_starve_it() {
    const AGAIN: usize = 300;
    const NEW: usize = 30;
    let _alone = BROKER.lock().await;
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let files: Files = Arc::new(stage::fillers(AGAIN + NEW));
    let base = file_host(Arc::clone(&files)).await;
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_FETCH_BASE", &base),
        ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true"),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let queue = drained(&broker).await;
    let events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| event(name, bytes)).collect();
    let (new, again) = events.split_at(NEW);
    for event in again {
        queue.publish(Topic::Rescans, &event.message_id(), event).await.unwrap();
    }
    let fleet = Fleet { folder: kept.path(), environment };
    let scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
    let mut verdicts = queue.consume(Lane::VerdictsRecorder, 1).await.unwrap();
    let mut judged = async || {
        let delivery = tokio::time::timeout(processes::PATIENCE, verdicts.next()).await.expect("a verdict").unwrap();
        let event: model::VerdictEvent = serde_json::from_slice(&delivery.body).unwrap();
        delivery.settle(Outcome::Done).await.unwrap();
        event.upload.filename
    };
    // The rescan is under way when uploads come.
    let mut order = vec![judged().await];
    for event in new {
        queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
    }
    while order.len() < AGAIN + NEW {
        order.push(judged().await);
    }
    let is_new = |name: &String| new.iter().any(|event| event.filename == *name);
    let last = order.iter().rposition(is_new).unwrap();
    assert!(last < NEW + AGAIN / 2, "the last upload was judged as number {last}");
    // They are answered in any order at once; none is left out, and none comes twice.
    let mut all: Vec<_> = events.iter().map(|event| event.filename.clone()).collect();
    order.sort_unstable();
    all.sort_unstable();
    assert_eq!(order, all);

    // Many uploads wait, and then a rescan comes: it does not wait for the last of them.
    for event in &events[1..] {
        queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
    }
    queue.publish(Topic::Rescans, &events[0].message_id(), &events[0]).await.unwrap();
    let order: Vec<_> = {
        let mut order = Vec::new();
        while order.len() < events.len() {
            order.push(judged().await);
        }
        order
    };
    let place = order.iter().position(|name| *name == events[0].filename).unwrap();
    assert!(place < order.len() - 1, "the rescan came last of all");
    assert!(scanner.stop().success());
    for lane in [Lane::UploadsRecorder, Lane::VerdictsSigner] {
        queue_contract::drain(&queue, lane).await;
    }
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_too_long_comes_back_and_its_old_handle_settles_nothing() {
    let _alone = BROKER.lock().await;
    // The broker looks every half second, and is patient for one.
    let patience = |tick: u32, timeout: u32| {
        let set = |name: &str, value: u32| format!("application:set_env(rabbit, {name}, {value})");
        control(&["eval", &format!("{}, {}.", set("channel_tick_interval", tick), set("consumer_timeout", timeout))]);
    };
    patience(500, 1000);
    let queue = drained(&setting("GATEHOUSE_TEST_AMQP")).await;
    queue.publish(Topic::Rescans, "slow", &1).await.unwrap();
    let mut work = queue.consume(Lane::Rescans, 1).await.unwrap();
    let held = work.next().await.unwrap();
    let again = tokio::time::timeout(processes::PATIENCE, work.next()).await.expect("it came back").unwrap();
    patience(60_000, 1_800_000);
    assert_eq!((again.id.as_str(), again.attempt), ("slow", 2));
    assert!(held.settle(Outcome::Done).await.is_err(), "the old channel is gone");
    let _ = again.settle(Outcome::Done).await;
    // Settled, or cut off once more: either way it is handled and nothing is left.
    queue_contract::drain(&queue, Lane::Rescans).await;
    assert_eq!(queue_contract::depth(&queue, Lane::Parked).await, 0);
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_that_is_told_to_stop_gives_back_what_it_cannot_finish() {
    let _alone = BROKER.lock().await;
    let kept = tempfile::tempdir().unwrap();
    let _logs = Logs(kept.path().to_owned());
    let broker = setting("GATEHOUSE_TEST_AMQP");
    // A file host that takes the question and never answers.
    let host = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", host.local_addr().unwrap());
    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_FETCH_BASE", &base),
        ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true"),
        ("GATEHOUSE_FETCH_TOTAL_SECONDS", "86400"),
        ("GATEHOUSE_SCANNER_DRAIN_SECONDS", "1"),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let queue = drained(&broker).await;
    let (name, bytes) = stage::fillers(1).pop_first().unwrap();
    let upload = event(&name, &bytes);
    queue.publish(Topic::Uploads, &upload.message_id(), &upload).await.unwrap();
    let fleet = Fleet { folder: kept.path(), environment };
    let scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
    let asked = tokio::time::timeout(processes::PATIENCE, host.accept()).await.expect("a fetch").unwrap();
    assert!(scanner.stop().success());
    drop(asked);
    let mut uploads = queue.consume(Lane::Uploads, 1).await.unwrap();
    let back = tokio::time::timeout(processes::PATIENCE, uploads.next()).await.expect("it was given back").unwrap();
    assert_eq!((back.id.as_str(), back.attempt), (upload.message_id().as_str(), 2));
    back.settle(Outcome::Done).await.unwrap();
    for lane in [Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::VerdictsSigner] {
        let left = queue_contract::depth(&queue, lane).await;
        assert_eq!(left, u64::from(lane == Lane::UploadsRecorder), "{lane}");
        queue_contract::drain(&queue, lane).await;
    }
    queue.close().await;
}

/// The rules with another comment, which is another rulebook.
fn other_rules(folder: &Path) -> PathBuf {
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let copied = Command::new("cp").args(["-r", from]).arg(folder.join("rules")).status().unwrap();
    assert!(copied.success());
    let (rules, score) = (folder.join("rules"), folder.join("rules/score.toml"));
    let text = std::fs::read_to_string(&score).unwrap();
    std::fs::write(&score, format!("{text}\n# As it was before.\n")).unwrap();
    rules
}

/// Every verdict, by the file it is on: the rulebooks.
async fn rulebooks(store: &Store) -> BTreeMap<model::Digest, Vec<model::Digest>> {
    let (mut found, mut before) = (BTreeMap::<_, Vec<_>>::new(), None);
    loop {
        let page = store.latest(before, 100).await.unwrap();
        let Some(last) = page.last() else { return found };
        before = Some(last.verdict_id);
        page.iter().for_each(|row| found.entry(row.sha256).or_default().push(row.rulebook));
    }
}

/// Rules have changed, and all is to be judged again: more files than may wait in the lane at a time. Who feeds it is killed
/// while nobody judges, and again while somebody does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mass_rescan_keeps_to_its_depth_and_goes_on_after_kills() {
    const FILES: usize = 300;
    const DEPTH: u64 = 30;
    let _alone = BROKER.lock().await;
    let files: Files = Arc::new(stage::fillers(FILES));
    let ground = Ground::new(&file_host(Arc::clone(&files)).await).await;
    let (fleet, queue, store) = (ground.fleet(), &ground.queue, &ground.store);
    let (rules, cursor) = (other_rules(ground.folder()), ground.folder().join("cursor"));
    let recorder = fleet.start("recorder", &["recorder"]);
    let former = fleet.start("scanner-of-before", &["scanner", "--jobs", "1", "--rules", rules.to_str().unwrap()]);
    for (name, bytes) in files.iter() {
        let upload = event(name, bytes);
        queue.publish(Topic::Uploads, &upload.message_id(), &upload).await.unwrap();
    }
    let wanted = i64::try_from(FILES).unwrap();
    until("all are judged by the rules of before", async || (recorded(store).await >= wanted).then_some(())).await;
    let began = store::Moment::now();
    until("the scanner is heard", async || {
        store.workers(began).await.ok()?.iter().any(|worker| worker.role == "scanner").then_some(())
    })
    .await;
    // While only that scanner is there, nothing would change.
    let refused = fleet.refused(&["rescan", "--all"]);
    assert!(refused.contains("no scanner judges by this rulebook"), "{refused}");
    assert!(former.stop().success());
    until("it has taken leave", async || {
        (!store.workers(began).await.ok()?.iter().any(|worker| worker.role == "scanner")).then_some(())
    })
    .await;

    let depth = DEPTH.to_string();
    let line = ["rescan", "--all", "--depth", &depth, "--cursor", cursor.to_str().unwrap()];
    let mut feeder = fleet.start("rescan-1", &line);
    until("as many are queued as may be", async || {
        (queue_contract::depth(queue, Lane::Rescans).await >= DEPTH).then_some(())
    })
    .await;
    for _ in 0..20 {
        assert_eq!(queue_contract::depth(queue, Lane::Rescans).await, DEPTH);
        assert!(feeder.child.try_wait().unwrap().is_none(), "it waits for the scanners");
    }
    feeder.kill_9();

    let scanner = fleet.start("scanner", &["scanner", "--jobs", "1"]);
    let feeder = fleet.start("rescan-2", &line);
    let mut deepest = 0;
    until("half of them are judged anew", async || {
        deepest = deepest.max(queue_contract::depth(queue, Lane::Rescans).await);
        (recorded(store).await >= wanted + wanted / 2).then_some(())
    })
    .await;
    feeder.kill_9();
    let mut feeder = fleet.start("rescan-3", &line);
    let ended = until("the rest is queued", async || {
        deepest = deepest.max(queue_contract::depth(queue, Lane::Rescans).await);
        feeder.child.try_wait().unwrap()
    })
    .await;
    assert!(ended.success());
    // What a killed feeder had on its way comes on top of what its successor saw, and what the scanner held may come back.
    assert!(deepest <= DEPTH + 20, "{deepest} in the lane");
    until("all are judged anew", async || {
        let waiting = queue_contract::depth(queue, Lane::Rescans).await;
        (waiting == 0 && recorded(store).await >= 2 * wanted).then_some(())
    })
    .await;
    let again = fleet.run(&line, "");
    assert!(again.starts_with("0 queued, 0 judged by this rulebook before"), "{again}");
    // Without its cursor it looks at all of them, and there is nothing to do.
    let anew = fleet.run(&["rescan", "--all"], "");
    assert!(anew.starts_with(&format!("0 queued, {FILES} judged by this rulebook before")), "{anew}");
    let other = "0".repeat(64);
    let refused = fleet.refused(&["rescan", "--all", "--rulebook", &other, "--cursor", cursor.to_str().unwrap()]);
    assert!(refused.contains("another rescan"), "{refused}");
    assert!(scanner.stop().success());
    until("the lane of verdicts is empty", async || {
        (queue_contract::depth(queue, Lane::VerdictsRecorder).await == 0).then_some(())
    })
    .await;
    assert!(recorder.stop().success());
    let counted = fleet.run(&["rescan", "--all", "--rulebook", &other, "--limit", "7", "--dry-run"], "");
    assert!(counted.starts_with("7 would be queued, 0 judged"), "{counted}");

    let found = rulebooks(store).await;
    assert_eq!(found.len(), FILES);
    let both: BTreeSet<_> = found.values().flatten().collect();
    assert_eq!(both.len(), 2, "two rulebooks in all");
    for (sha256, rulebooks) in &found {
        assert!(rulebooks.len() == 2 && rulebooks[0] != rulebooks[1], "{sha256}: {rulebooks:?}");
    }
    assert_eq!(queue_contract::depth(queue, Lane::Parked).await, 0);
    for lane in [Lane::Decisions, Lane::VerdictsSigner] {
        control(&["purge_queue", "-p", "gatehouse", lane.as_str()]);
    }
    ground.end().await;
}
