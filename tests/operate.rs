//! What an operator does: asks the doctor, looks into the queues, sends back what was parked. On real services, and with
//! each of them away.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[allow(dead_code, reason = "shared with other tests")]
mod processes;
#[allow(dead_code, reason = "shared with other tests")]
mod queue_contract;
mod stage;

use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
};

use futures::StreamExt as _;
use queue::{Lane, Outcome, Queue, Reason, Topic};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde_json::Value;
use stage::{Database, control, setting};

/// All tests use the same queues.
static BROKER: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What a run of the program said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(arguments).env_clear().env("HOME", std::env::temp_dir()).envs(environment.iter().copied());
    // The compiled rules of other tests are used again.
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("operate"));
    run(&mut command)
}

/// The doctor's checks by name.
fn checks(said: &Said) -> BTreeMap<String, (bool, String, Option<String>)> {
    let object: Value =
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let checks = object["checks"].as_array().unwrap().iter().map(|check| {
        let (ok, fix) = (check["ok"].as_bool().unwrap(), text(&check["fix"]));
        assert_eq!(fix.is_none(), ok, "{check}: what is wrong has a fix, and nothing else");
        (text(&check["name"]).unwrap(), (ok, text(&check["detail"]).unwrap(), fix))
    });
    let checks: BTreeMap<_, _> = checks.collect();
    let ok = checks.values().all(|check| check.0);
    assert_eq!((object["ok"].as_bool().unwrap(), said.code), (ok, i32::from(!ok)));
    checks
}

fn doctor(more: &[&str], environment: &[(&str, &str)]) -> BTreeMap<String, (bool, String, Option<String>)> {
    checks(&program(&[&["doctor", "--format", "json"], more].concat(), environment))
}

/// The one check that is wrong, with its detail and its fix.
#[track_caller]
fn only_wrong(checks: &BTreeMap<String, (bool, String, Option<String>)>, name: &str, detail: &str, fix: &str) {
    let wrong: Vec<_> = checks.iter().filter(|(_, check)| !check.0).collect();
    assert_eq!(wrong.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [name], "{checks:#?}");
    let (_, said, told) = &checks[name];
    assert!(said.contains(detail), "{said}");
    assert!(told.as_ref().unwrap().contains(fix), "{told:?}");
}

/// Over TLS: the database's own authority, nobody's, and another one's.
fn the_way_to_the_store_is_told<'a>(database: &Database, with: impl Fn(&'static str) -> Vec<(&'a str, &'a str)>) {
    let (tls, schema) = (setting("GATEHOUSE_TEST_POSTGRES_TLS"), database.url.split_once("options=").unwrap().1);
    let (address, authority) = tls.split_once("?sslmode=verify-full&sslrootcert=").unwrap();
    let ask =
        |query: String| doctor(&["--role", "dashboard"], &with(format!("{address}?options={schema}{query}").leak()));
    for (query, told) in [
        (format!("&sslmode=verify-full&sslrootcert={authority}"), "its certificate verified"),
        ("&sslmode=require".to_owned(), "nobody asks who answers"),
    ] {
        let store = &ask(query)["store"];
        assert!(store.0 && store.1.contains(told), "{store:?}");
    }
    let broker = setting("GATEHOUSE_TEST_AMQPS");
    let other = broker.split_once("cacertfile=").unwrap().1;
    let refused = ask(format!("&sslmode=verify-full&sslrootcert={other}"));
    only_wrong(&refused, "store", "certificate", "sslmode=verify-full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_all_well_and_tells_each_thing_that_is_away() {
    let _alone = BROKER.lock().await;
    let (broker, database) = (setting("GATEHOUSE_TEST_AMQP"), Database::create().await);
    let environment = [("GATEHOUSE_QUEUE_URL", broker.as_str()), ("GATEHOUSE_STORE_URL", database.url.as_str())];
    let with = |name: &'static str, value: &'static str| {
        let others = environment.iter().copied().filter(|(other, _)| *other != name);
        others.chain([(name, value)]).collect::<Vec<_>>()
    };
    assert_eq!(program(&["queue", "declare"], &environment).code, 0);

    // The store: not migrated, then well, then away.
    only_wrong(&doctor(&[], &environment), "store", "there is no schema", "gatehouse store migrate");
    assert_eq!(program(&["store", "migrate"], &environment).code, 0);
    let well = doctor(&[], &environment);
    assert!(well.values().all(|check| check.0), "{well:#?}");
    for (name, says) in [
        ("broker", "answers"),
        ("store", "answers"),
        ("clock", "apart from the database's"),
        ("disk", "MiB left"),
        ("rules", "digest"),
        ("sandbox", "in force"),
    ] {
        assert!(well[name].1.contains(says), "{name}: {}", well[name].1);
    }
    let away = with("GATEHOUSE_STORE_URL", "postgres://gatehouse:hunter2@127.0.0.1:1/gatehouse");
    only_wrong(&doctor(&[], &away), "store", "postgres://127.0.0.1:1/gatehouse", "start the database");
    the_way_to_the_store_is_told(&database, |url| with("GATEHOUSE_STORE_URL", url));

    // The broker: away, another password, no queues.
    let away = with("GATEHOUSE_QUEUE_URL", "amqp://gatehouse:hunter2@127.0.0.1:1/gatehouse");
    only_wrong(&doctor(&["--role", "recorder"], &away), "broker", "amqp://127.0.0.1:1/gatehouse", "start the broker");
    let (before, host) = broker.rsplit_once('@').unwrap();
    let refused: &'static str = format!("{before}-hunter2@{host}").leak();
    let refused = doctor(&["--role", "recorder"], &with("GATEHOUSE_QUEUE_URL", refused));
    only_wrong(&refused, "broker", "refused us", "check user, password and virtual host");
    control(&["add_vhost", "empty"]);
    control(&["set_permissions", "-p", "empty", "gatehouse", ".*", ".*", ".*"]);
    let empty: &'static str = format!("{}/empty", broker.rsplit_once('/').unwrap().0).leak();
    let empty = doctor(&["--role", "recorder"], &with("GATEHOUSE_QUEUE_URL", empty));
    control(&["delete_vhost", "empty"]);
    only_wrong(&empty, "broker", "no queue uploads.recorder, verdicts.recorder", "gatehouse queue declare");

    // The rules, and with them what cannot be tried.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("score.toml"), "prior = 'high'").unwrap();
    let broken = doctor(&["--rules", folder.path().to_str().unwrap()], &environment);
    assert!(!broken["rules"].0 && broken["rules"].2.as_ref().unwrap().contains("gatehouse rules check"), "{broken:#?}");
    assert!(!broken["sandbox"].0 && broken["store"].0);

    // The disk: a folder that is not there. The settings: a typo.
    let path = folder.path().join("missing/store.sqlite");
    let missing: &'static str = format!("sqlite:{}", path.display()).leak();
    let missing = doctor(&["--role", "dashboard"], &with("GATEHOUSE_STORE_URL", missing));
    assert!(!missing["disk"].0 && !missing["store"].0 && missing["broker"].0, "{missing:#?}");
    assert!(!path.exists() && !path.parent().unwrap().exists(), "the doctor only looks");
    let typo = with("GATEHOUSE_SCANNER_JOBS", "many");
    only_wrong(&doctor(&[], &typo), "settings", "GATEHOUSE_SCANNER_JOBS", "gatehouse config check");

    // An empty variable says nothing, also where a flag has the same.
    let empty = [environment[0], ("GATEHOUSE_SCANNER_JOBS", ""), ("GATEHOUSE_METRICS_LISTEN", "")];
    for role in ["scanner", "dashboard", "publisher"] {
        let listen = ("GATEHOUSE_DASHBOARD_LISTEN", "");
        let said = program(&[role], &[&empty[1..], &[listen]].concat());
        assert!(said.code == 2 && said.err.starts_with("error: the "), "{role}: {}", said.err);
        assert!(!said.err.contains("invalid value"), "{}", said.err);
    }
    assert_eq!(program(&["queue", "depths"], &empty).code, 0);

    // A scanner has no store, and is not asked for one; its file host is.
    let scanner =
        [environment[0], ("GATEHOUSE_FETCH_BASE", "http://127.0.0.1:1/"), ("GATEHOUSE_FETCH_ALLOW_LOOPBACK", "true")];
    only_wrong(&doctor(&["--role", "scanner"], &scanner), "files", "127.0.0.1:1", "GATEHOUSE_FETCH_BASE");
    only_wrong(&doctor(&["--role", "scanner"], &scanner[..1]), "files", "does not know where", "GATEHOUSE_FETCH_BASE");

    // A signer without its key.
    only_wrong(&doctor(&["--role", "signer"], &environment[..1]), "key", "signer.pem", "mode 0600");

    // No password was said by any of them.
    let text = program(&["doctor", "--role", "recorder"], &away);
    assert_eq!(text.code, 1);
    assert!(
        text.out.contains("wrong  broker") && text.out.contains("       fix       start the broker"),
        "{}",
        text.out
    );
    assert!(!text.out.contains("hunter2") && !text.err.contains("hunter2"));
    database.drop().await;
}

const ARGUMENTS: &str = "GATEHOUSE_TEST_DOCTOR";

/// Not a test by itself: becomes the program in a world whose kernel refuses filters.
#[test]
fn becomes_the_doctor_without_seccomp() {
    if std::env::var(ARGUMENTS).is_err() {
        return;
    }
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let rules = BTreeMap::from([(libc::SYS_seccomp, Vec::new())]);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
    panic!("{}", Command::new(env!("CARGO_BIN_EXE_gatehouse")).args(["doctor", "--format", "json"]).exec());
}

#[test]
fn the_doctor_tells_that_there_is_no_sandbox() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "becomes_the_doctor_without_seccomp", "--nocapture", "--test-threads=1"]);
    command.env_clear().env("HOME", std::env::temp_dir()).env(ARGUMENTS, "1");
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("operate"));
    let mut said = run(&mut command);
    said.out = said.out[said.out.find("{\n").unwrap()..].to_owned();
    let checks = checks(&said);
    let (ok, detail, fix) = &checks["sandbox"];
    assert!(!ok && detail.contains("seccomp"), "{detail}");
    assert!(fix.as_ref().unwrap().contains("--allow-unsandboxed"));
    assert!(checks["rules"].0);
}

/// Lines of JSON, as `--format jsonl` prints them.
fn lines(said: &Said) -> Vec<Value> {
    assert_eq!(said.code, 0, "{}", said.err);
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Looks into a queue and sends back what was parked there by the commands alone.
async fn commands_on(queue: &Queue, url: &str, while_away: impl AsyncFn()) {
    let environment = [("GATEHOUSE_QUEUE_URL", url)];
    let ids = |said: &Said| lines(said).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    queue.publish_bytes(Topic::Decisions, "first", b"{\"n\":1}").await.unwrap();
    queue.publish_bytes(Topic::Decisions, "second", b"no json \x1b[2J").await.unwrap();
    for (id, reason) in [("broken", "not JSON"), ("odd", "\u{1b}]0;owned\u{7}")] {
        queue.publish_bytes(Topic::Uploads, id, b"{}").await.unwrap();
        let mut uploads = queue.consume(Lane::Uploads, 1).await.unwrap();
        let delivery = uploads.next().await.unwrap();
        delivery.settle(Outcome::DeadLetter(Reason::malformed(reason))).await.unwrap();
    }
    while_away().await;
    let seen = program(&["queue", "peek", "decisions", "--format", "jsonl"], &environment);
    assert_eq!(ids(&seen), ["first", "second"]);
    let seen = lines(&seen);
    assert_eq!((&seen[0]["body"]["n"], &seen[1]["body"]), (&1.into(), &"no json \u{1b}[2J".into()));
    let text = program(&["queue", "peek", "decisions", "--limit", "1"], &environment);
    assert!(text.out.starts_with("first\n") && !text.out.contains("second"), "{}", text.out);
    let parked = program(&["queue", "parked"], &environment);
    assert!(parked.out.contains("malformed: not JSON") && !parked.out.contains('\u{1b}'), "{}", parked.out);
    let parked = lines(&program(&["queue", "parked", "--format", "jsonl"], &environment));
    assert_eq!((parked.len(), &parked[0]["lane"]), (2, &"uploads".into()));

    let wrong = program(&["queue", "replay", "nobody"], &environment);
    assert!(wrong.code == 2 && wrong.err.contains("not parked") && wrong.err.contains("nobody"), "{}", wrong.err);
    let one = program(&["queue", "replay", "odd"], &environment);
    assert_eq!((one.code, one.out.as_str()), (0, "odd to uploads\n"), "{}", one.err);
    assert_eq!(ids(&program(&["queue", "peek", "uploads", "--format", "jsonl"], &environment)), ["odd"]);
    let all = program(&["queue", "replay", "--all"], &environment);
    assert_eq!((all.code, all.out.as_str()), (0, "broken to uploads\n"), "{}", all.err);
    assert_eq!(program(&["queue", "parked"], &environment).out, "");
    assert_eq!(program(&["queue", "replay"], &environment).code, 2);
    assert_eq!(program(&["queue", "peek", "everything"], &environment).code, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_parked_is_shown_and_sent_back_on_a_real_broker() {
    let _alone = BROKER.lock().await;
    let url = setting("GATEHOUSE_TEST_AMQP");
    let queue = Queue::connect(&url).await.unwrap();
    queue.declare().await.unwrap();
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    commands_on(&queue, &url, async || ()).await;
    for lane in [Lane::Uploads, Lane::UploadsRecorder, Lane::Decisions] {
        queue_contract::drain(&queue, lane).await;
    }
    a_stranger_cannot_choose_the_lane(&queue, &url).await;
    queue.close().await;
}

/// A publisher that has the right to upload names another lane, and says in a header that it came from there.
async fn a_stranger_cannot_choose_the_lane(queue: &Queue, url: &str) {
    let python = setting("GATEHOUSE_TEST_PYTHON");
    let stranger = "import os, pika
broker = pika.BlockingConnection(pika.URLParameters(os.environ['GATEHOUSE_QUEUE_URL']))
properties = pika.BasicProperties(message_id='forged', headers={'x-gatehouse-lane': 'verdicts.recorder'})
broker.channel().basic_publish('uploads', 'verdicts.recorder', b'{}', properties)
broker.close()";
    let said = run(Command::new(python).args(["-c", stranger]).env("GATEHOUSE_QUEUE_URL", url));
    assert_eq!(said.code, 0, "{}", said.err);
    let environment = [("GATEHOUSE_QUEUE_URL", url)];
    processes::until("the forged message", async || {
        (queue_contract::depth(queue, Lane::Parked).await == 1).then_some(())
    })
    .await;
    let parked = lines(&program(&["queue", "parked", "--format", "jsonl"], &environment));
    assert_eq!((&parked[0]["id"], &parked[0]["lane"]), (&"forged".into(), &Value::Null));
    assert!(parked[0]["reason"].as_str().unwrap().contains("no lane takes the routing key `verdicts.recorder`"));
    let homeless = program(&["queue", "replay", "--all"], &environment);
    assert!(homeless.code == 2 && homeless.err.contains("--topic"), "{}", homeless.err);
    let sent = program(&["queue", "replay", "--all", "--topic", "uploads"], &environment);
    assert_eq!((sent.code, sent.out.as_str()), (0, "forged to uploads\n"), "{}", sent.err);
    assert_eq!(queue_contract::depth(queue, Lane::VerdictsRecorder).await, 0);
    for lane in [Lane::Uploads, Lane::UploadsRecorder] {
        assert_eq!(queue_contract::depth(queue, lane).await, 1, "every lane of the topic has it");
        queue_contract::drain(queue, lane).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_parked_is_shown_and_sent_back_on_the_embedded_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.sqlite");
    let url = format!("sqlite:{}", path.display());
    let queue = Queue::open(&path).await.unwrap();
    // The file is for one process at a time, and the commands say so.
    let closing = queue.clone();
    let used = url.clone();
    commands_on(&queue, &url, async || {
        let refused = program(&["queue", "parked"], &[("GATEHOUSE_QUEUE_URL", &used)]);
        assert!(refused.code == 2 && refused.err.contains("in use by another process"), "{}", refused.err);
        closing.close().await;
    })
    .await;
}

/// An index that publishes nothing: what it shows from now on, and what appears in a folder that its file host serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn intake_makes_events_for_an_index_that_publishes_none() {
    use axum::{Json, Router, routing::get};
    let _alone = BROKER.lock().await;
    let (broker, database) = (setting("GATEHOUSE_TEST_AMQP"), Database::create().await);
    let queue = stage::drained(&broker).await;
    let store = store::Store::connect(&database.url).await.unwrap();
    store.migrate().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (watched, cursor) = (folder.path().join("uploads"), folder.path().join("serial"));
    std::fs::create_dir(&watched).unwrap();
    // One release was there before; another comes when the test says so.
    let (newest, shown) = tokio::sync::watch::channel(1_u64);
    let page = shown.clone();
    let list = async move || {
        let serial = *shown.borrow();
        Json(
            serde_json::json!({"meta": {"_last-serial": serial}, "projects": [{"name": "shown", "_last-serial": serial}]}),
        )
    };
    let page = async move || {
        let files = (1..=*page.borrow()).map(|number| {
            let hashes = serde_json::json!({"sha256": model::Digest::of(&number.to_le_bytes())});
            let filename = format!("shown-{number}.0.tar.gz");
            serde_json::json!({"filename": filename, "url": format!("/files/{filename}"), "hashes": hashes})
        });
        Json(serde_json::json!({"name": "shown", "files": files.collect::<Vec<_>>()}))
    };
    let router = Router::new().route("/simple/", get(list)).route("/simple/shown/", get(page));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/simple/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let environment = vec![
        ("GATEHOUSE_QUEUE_URL", broker.as_str()),
        ("GATEHOUSE_STORE_URL", &database.url),
        ("GATEHOUSE_LOG_FORMAT", "json"),
    ];
    let fleet = stage::Fleet { folder: folder.path(), environment };
    let (watched_name, cursor_name) = (watched.to_str().unwrap(), cursor.to_str().unwrap());
    let arguments = [
        "intake",
        "--watch",
        watched_name,
        "--below",
        "/uploads/",
        "--index",
        &base,
        "--cursor",
        cursor_name,
        "--every",
        "1",
    ];
    let intake = fleet.start("intake", &arguments);
    processes::until("the place to begin from", async || {
        (std::fs::read_to_string(&cursor).ok()? == "1\n").then_some(())
    })
    .await;
    // As the recorder would: what was there before is not noted, and neither is it published.
    newest.send(2).unwrap();
    let mut uploads = queue.consume(Lane::Uploads, 1).await.unwrap();
    let mut next = async || {
        let delivery = tokio::time::timeout(processes::PATIENCE, uploads.next()).await.expect("an event").unwrap();
        let event = model::parse_upload(&delivery.body).unwrap();
        delivery.settle(Outcome::Done).await.unwrap();
        store.accept(&event, store::Moment::now()).await.unwrap();
        event
    };
    let mut names = vec![next().await.filename, next().await.filename];
    names.sort();
    assert_eq!(
        names,
        ["shown-1.0.tar.gz", "shown-2.0.tar.gz"],
        "the whole project, as far as the store does not know it"
    );
    newest.send(3).unwrap();
    assert_eq!(next().await.filename, "shown-3.0.tar.gz", "and only what is new of it then");
    std::fs::write(watched.join("dropped-1.0.tar.gz"), b"\x1f\x8bbytes").unwrap();
    let dropped = next().await;
    assert_eq!(
        (dropped.filename.as_str(), dropped.url.as_str()),
        ("dropped-1.0.tar.gz", "/uploads/dropped-1.0.tar.gz")
    );
    assert!(intake.stop().success());
    // After a restart the folder looks new, and the store knows it.
    std::fs::write(watched.join("dropped-2.0.tar.gz"), b"\x1f\x8bmore").unwrap();
    let intake = fleet.start("intake", &arguments);
    assert_eq!(next().await.filename, "dropped-2.0.tar.gz");
    assert!(intake.stop().success());
    assert_eq!(std::fs::read_to_string(&cursor).unwrap(), "3\n");
    queue_contract::drain(&queue, Lane::UploadsRecorder).await;
    store.close().await;
    queue.close().await;
    database.drop().await;
}

/// Somebody made a queue by hand, before the migration: it is told, left as it is, and keeps nothing else from being made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_with_other_arguments_is_told_and_not_touched() {
    let _alone = BROKER.lock().await;
    let broker = setting("GATEHOUSE_TEST_AMQP");
    let url = format!("{}/differs", broker.rsplit_once('/').unwrap().0);
    let environment = [("GATEHOUSE_QUEUE_URL", url.as_str())];
    control(&["add_vhost", "differs"]);
    control(&["set_permissions", "-p", "differs", "gatehouse", ".*", ".*", ".*"]);
    let by_hand = "import os, pika
broker = pika.BlockingConnection(pika.URLParameters(os.environ['GATEHOUSE_QUEUE_URL']))
channel = broker.channel()
channel.queue_declare('rescans', durable=True)
channel.basic_publish('', 'rescans', b'kept')
channel.exchange_declare('verdicts', 'fanout', durable=True)
broker.close()";
    let said =
        run(Command::new(setting("GATEHOUSE_TEST_PYTHON")).args(["-c", by_hand]).env("GATEHOUSE_QUEUE_URL", &url));
    let declared = [program(&["queue", "declare"], &environment), program(&["queue", "declare"], &environment)];
    let queues = stage::ask_services(&["ctl", "list_queues", "-p", "differs", "name", "type", "messages"]);
    let exchanges = stage::ask_services(&["ctl", "list_exchanges", "-p", "differs", "name", "type"]);
    control(&["delete_vhost", "differs"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for declared in declared {
        assert_eq!(declared.code, 2, "{}", declared.out);
        for line in ["differs queue rescans\n", "differs exchange verdicts\n", "ok      queue uploads\n"] {
            assert!(declared.out.contains(line), "{}", declared.out);
        }
        assert!(declared.err.contains("2 differ; nothing of them was changed"), "{}", declared.err);
    }
    let has = |text: &str, row: &[&str]| text.lines().any(|line| line.split('\t').eq(row.iter().copied()));
    assert!(has(&queues, &["rescans", "classic", "1"]) && has(&queues, &["uploads", "quorum", "0"]), "{queues}");
    assert!(has(&exchanges, &["verdicts", "fanout"]), "{exchanges}");
}

/// An index that shows three files of two projects, one project whose page it cannot show, and a name that is none.
async fn index(files: &[(&str, &[u8], &str)]) -> String {
    use axum::{Json, Router, extract::Path as Part, routing::get};
    let list = serde_json::json!({"meta": {"api-version": "1.4", "_last-serial": 30}, "projects": [
        {"name": "../odd", "_last-serial": 5}, {"name": "broken", "_last-serial": 7}, {"name": "old", "_last-serial": 10},
        {"name": "young", "_last-serial": 20}, {"name": "gone", "_last-serial": 30},
    ]});
    let mut pages = BTreeMap::new();
    for project in ["old", "young"] {
        let files = files.iter().filter(|(name, ..)| name.starts_with(project)).map(|(name, bytes, time)| {
            let hashes = serde_json::json!({"sha256": model::Digest::of(bytes)});
            let url = format!("/files/{name}");
            serde_json::json!({"filename": name, "url": url, "hashes": hashes, "size": bytes.len(), "upload-time": time})
        });
        let page = serde_json::json!({"meta": {}, "name": project, "files": files.collect::<Vec<_>>()});
        pages.insert(project.to_owned(), page);
    }
    let page = async move |Part(project): Part<String>| {
        let missing = if project == "broken" { 500 } else { 404 };
        pages.get(&project).cloned().map(Json).ok_or(axum::http::StatusCode::from_u16(missing).unwrap())
    };
    let router = Router::new().route("/simple/", get(async move || Json(list))).route("/simple/{project}/", get(page));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/simple", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_lost_with_the_queue_and_what_was_never_told_is_published_again() {
    let _alone = BROKER.lock().await;
    let (broker, database) = (setting("GATEHOUSE_TEST_AMQP"), Database::create().await);
    let queue = Queue::connect(&broker).await.unwrap();
    queue.declare().await.unwrap();
    for lane in Lane::ALL {
        queue_contract::drain(&queue, lane).await;
    }
    let store = store::Store::connect(&database.url).await.unwrap();
    store.migrate().await.unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let (now, before) = (store::Moment::now(), store::Moment::now().minus(hour));
    // Accepted an hour ago and never judged: its message was purged. Another was accepted just now.
    let purged = stage::event("old-1.0.tar.gz", b"purged");
    store.accept(&purged, before).await.unwrap();
    store.accept(&stage::event("fresh-1.0.tar.gz", b"fresh"), now).await.unwrap();
    let (then, now) = (before.to_string(), now.to_string());
    let base = index(&[
        ("old-1.0.tar.gz", b"purged", &then),
        ("old-2.0.tar.gz", b"unheard", &then),
        ("young-1.0.tar.gz", b"young", &now),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join("serial");
    let environment = [("GATEHOUSE_QUEUE_URL", broker.as_str()), ("GATEHOUSE_STORE_URL", database.url.as_str())];
    let command = ["reconcile", "--index", &base, "--cursor", cursor.to_str().unwrap()];
    let run = async |more: &[&str]| {
        let arguments: Vec<String> = command.iter().chain(more).map(|word| (*word).to_owned()).collect();
        let environment = environment.map(|(name, value)| (name, value.to_owned()));
        let said = tokio::task::spawn_blocking(move || {
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            program(&arguments, &environment.each_ref().map(|(name, value)| (*name, value.as_str())))
        });
        let said = said.await.unwrap();
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    let found = "1 accepted and never judged, 1 never heard of";
    let unread = |count: u32| format!("; {count} projects could not be read\n");
    assert_eq!(run(&["--dry-run"]).await, format!("{found}: would be published{}", unread(2)));
    assert_eq!(queue_contract::depth(&queue, Lane::Uploads).await, 0);
    assert!(!cursor.exists());
    assert_eq!(run(&[]).await, format!("{found}: published{}", unread(2)));
    // The young file will be looked for again: the cursor stays before its project's change. The page that could not be read
    // holds nobody up, and is asked for again, too.
    assert_eq!(std::fs::read_to_string(&cursor).unwrap(), "19\nbroken\n");
    let sent = queue.peek(Lane::Uploads, 10).await.unwrap();
    let names = sent.iter().map(|message| model::parse_upload(&message.body).unwrap().filename).collect::<Vec<_>>();
    assert_eq!(names, ["old-1.0.tar.gz", "old-2.0.tar.gz"]);
    assert_eq!(sent[0].id, purged.message_id(), "under its own id");
    // As the recorder would.
    store.accept(&model::parse_upload(&sent[1].body).unwrap(), store::Moment::now()).await.unwrap();
    let again = "1 accepted and never judged, 0 never heard of: published";
    assert_eq!(run(&[]).await, format!("{again}{}", unread(1)));
    assert_eq!(std::fs::read_to_string(&cursor).unwrap(), "19\nbroken\n");
    // A fleet that is behind is not put further behind: what waits for its verdict waits in the lane.
    let flood = futures::stream::iter(0..1000).map(|number| {
        let queue = &queue;
        async move { queue.publish(Topic::Uploads, &format!("flood-{number}"), &number).await.unwrap() }
    });
    flood.buffer_unordered(32).collect::<Vec<_>>().await;
    let before = queue_contract::depth(&queue, Lane::Uploads).await;
    let behind = "0 accepted and never judged, 0 never heard of: published";
    assert_eq!(run(&[]).await, format!("{behind}{}", unread(1)));
    assert_eq!(queue_contract::depth(&queue, Lane::Uploads).await, before);
    for lane in [Lane::Uploads, Lane::UploadsRecorder] {
        queue_contract::drain(&queue, lane).await;
    }
    store.close().await;
    queue.close().await;
    database.drop().await;
}
