//! The schemas of the events: valid themselves, true of the examples, and true of what the program really writes.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use boon::{Compiler, SchemaIndex, Schemas};
use model::{
    Attestation, Context, Coverage, Decision, DecisionKind, Digest, Finding, Frame, FrameLine, Gap, GapKind, Heartbeat,
    LayerStep, Level, Outcome, PackageType, Phase, Place, Previous, RuleStatus, SourceText, UploadEvent, Verdict,
    VerdictEvent,
};
use serde_json::{Value, json};
use store::{Moment, NewDecision, Store, Topic};

const HOME: &str = "https://gatehouse.example/schema/";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_files(folder: &Path) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(&path)))
        .collect()
}

struct Shapes {
    schemas: Schemas,
    by_name: BTreeMap<String, SchemaIndex>,
}

impl Shapes {
    /// Compiles every schema of the folder, from the folder alone.
    fn load() -> Self {
        let files: Vec<_> = json_files(&folder()).into_iter().filter(|(name, _)| name.ends_with(".v1.json")).collect();
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.enable_content_assertions();
        for (name, schema) in &files {
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
            assert_eq!(schema["$id"], format!("{HOME}{name}"));
            compiler.add_resource(&format!("{HOME}{name}"), schema.clone()).unwrap();
        }
        let (mut schemas, mut by_name) = (Schemas::new(), BTreeMap::new());
        for (name, _) in &files {
            let index = compiler.compile(&format!("{HOME}{name}"), &mut schemas);
            let index = index.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            by_name.insert(name.trim_end_matches(".v1.json").to_owned(), index);
        }
        Self { schemas, by_name }
    }

    fn check(&self, schema: &str, value: &Value) -> Result<(), String> {
        let index = self.by_name.get(schema).unwrap_or_else(|| panic!("there is no schema `{schema}`"));
        self.schemas.validate(value, *index).map_err(|error| format!("{error:#}"))
    }

    fn holds(&self, schema: &str, value: &Value) {
        self.check(schema, value).unwrap_or_else(|error| panic!("{error}\n{value:#}"));
    }
}

#[test]
fn every_example_is_valid_and_every_event_has_one() {
    let shapes = Shapes::load();
    let examples = json_files(&folder().join("examples"));
    let mut shown = BTreeSet::new();
    for (name, example) in &examples {
        let schema = name.split('.').next().unwrap();
        shapes.check(schema, example).unwrap_or_else(|error| panic!("{name}: {error}"));
        shown.insert(schema.to_owned());
    }
    for schema in ["upload", "verdict", "decision", "examination", "attestation", "heartbeat"] {
        assert!(shown.contains(schema), "no example of {schema}");
    }
    // The program reads what the examples promise.
    for name in ["upload.event.json", "upload.bare.json"] {
        model::parse_upload(&serde_json::to_vec(&examples[name]).unwrap()).unwrap();
    }
    serde_json::from_value::<VerdictEvent>(examples["examination.hold.json"].clone()).unwrap();
    serde_json::from_value::<Attestation>(examples["attestation.test-result.json"].clone()).unwrap();
    serde_json::from_value::<Decision>(examples["decision.confirm.json"]["data"].clone()).unwrap();
    // What a role says is what the schema says: written again, it is the example.
    let example = &examples["heartbeat.scanner.json"];
    let beat = serde_json::from_value::<Heartbeat>(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(&beat).unwrap(), *example);
}

#[test]
fn what_is_wrong_is_refused() {
    let shapes = Shapes::load();
    let examples = json_files(&folder().join("examples"));
    for (name, pointer, wrong) in [
        ("upload.event.json", "/specversion", json!("0.3")),
        ("upload.event.json", "/type", json!("gatehouse.file.verdict.v1")),
        ("upload.event.json", "/data/sha256", json!("abc")),
        ("upload.event.json", "/data/filename", json!("../x.tar.gz")),
        ("upload.event.json", "/data/project", json!("")),
        ("upload.event.json", "/data/version", json!("1\u{0}")),
        ("upload.event.json", "/data/size", json!(-1)),
        ("upload.bare.json", "/project", json!("x".repeat(513))),
        ("verdict.machine.json", "/data/outcome", json!("malicious")),
        ("verdict.machine.json", "/data/score", json!(101)),
        ("verdict.machine.json", "/data/decided_by", json!("nobody")),
        ("verdict.machine.json", "/data/ruleset", json!("latest")),
        ("verdict.machine.json", "/time", json!("yesterday")),
        // A machine that clears what it has not read whole.
        ("verdict.incomplete.json", "/data/outcome", json!("clear")),
        ("decision.confirm.json", "/data/kind", json!("delete")),
        ("decision.confirm.json", "/data/reason", json!(" ")),
        ("decision.confirm.json", "/data/status", json!("dismissed")),
        ("examination.hold.json", "/verdict/coverage/complete", json!(false)),
        ("examination.hold.json", "/verdict/findings/0/level", json!("bad")),
        ("attestation.test-result.json", "/envelope/signatures", json!([])),
        ("attestation.test-result.json", "/envelope/payload", json!("not base64!")),
        ("heartbeat.scanner.json", "/in_flight", json!(-1)),
        ("heartbeat.scanner.json", "/rulebook", json!("latest")),
        ("heartbeat.scanner.json", "/time", json!("now")),
    ] {
        let mut example = examples[name].clone();
        *example.pointer_mut(pointer).unwrap_or_else(|| panic!("{name} has no {pointer}")) = wrong;
        let schema = name.split('.').next().unwrap();
        assert!(shapes.check(schema, &example).is_err(), "{name} with another {pointer} is not refused");
        // The schema of uploads and the program say the same.
        if schema == "upload" && pointer != "/specversion" {
            model::parse_upload(&serde_json::to_vec(&example).unwrap()).unwrap_err();
        }
    }
}

/// Every field that an event can have, set.
fn event(outcome: Outcome) -> VerdictEvent {
    let upload = UploadEvent {
        id: "01J".to_owned(),
        source: "/index/example".to_owned(),
        project: "evil-pkg".to_owned(),
        version: "1.0".to_owned(),
        filename: "evil_pkg-1.0.tar.gz".to_owned(),
        sha256: Digest::of(b"evil"),
        size: Some(4),
        url: "https://files.index.example/evil_pkg-1.0.tar.gz".to_owned(),
        uploaded_by: Some("u123".to_owned()),
        upload_time: Some("2026-03-04T11:59:00Z".to_owned()),
        previous: Some(Previous {
            version: "0.9".to_owned(),
            sha256: Digest::of(b"old"),
            filename: Some("evil_pkg-0.9.tar.gz".to_owned()),
            size: Some(3),
            url: Some("https://files.index.example/evil_pkg-0.9.tar.gz".to_owned()),
        }),
    };
    let context: Context = upload.context();
    let gap = Gap { kind: GapKind::Limit, member: "big.py".to_owned(), detail: "larger than 1 MiB".to_owned() };
    let line =
        FrameLine { number: 14, text: "\u{1b}\u{0}x".to_owned(), mark: Some((0, 2)), cut_before: 1, cut_after: 2 };
    let finding = Finding {
        rule: "install-download-and-run".to_owned(),
        title: "Downloads a file and runs it during installation".to_owned(),
        level: Level::Critical,
        family: "install".to_owned(),
        status: RuleStatus::Stable,
        tags: vec!["attack.t1105".to_owned()],
        place: Place {
            member: "setup.py".to_owned(),
            line: 14,
            column: 1,
            end_line: 15,
            end_column: 3,
            layers: vec![LayerStep {
                operations: vec!["base64".to_owned()],
                line: 3,
                size: 10,
                sha256: Digest::of(b"layer"),
            }],
        },
        phase: Some(Phase::Install),
        evidence: "\u{202e}".to_owned(),
        frame: Some(Frame { lines: vec![line] }),
        weight: 4.25,
        novel: true,
    };
    VerdictEvent {
        upload_id: upload.id.clone(),
        verdict: Verdict {
            schema: Verdict::SCHEMA,
            sha256: upload.sha256,
            filename: upload.filename.clone(),
            project: upload.project.clone(),
            version: upload.version.clone(),
            packagetype: PackageType::Sdist,
            outcome,
            score: 91.4,
            summary: "for a reason".to_owned(),
            coverage: Coverage::from_gaps(if outcome == Outcome::Clear { Vec::new() } else { vec![gap] }),
            findings: if outcome == Outcome::Clear { Vec::new() } else { vec![finding] },
            rulebook: Digest::of(outcome.as_str().as_bytes()),
            engine: "gatehouse/0.1.0".to_owned(),
            context: context.digest(),
            bytes_packed: 1,
            bytes_unpacked: 2,
            members: 3,
            previous: context.previous.clone(),
        },
        upload,
        decided_by: "machine".to_owned(),
        revision: 1,
        took_ms: 5,
        sources: vec![SourceText { member: "setup.py".to_owned(), text: "\u{0}".to_owned(), cut: 3 }],
    }
}

#[tokio::test]
async fn what_the_program_writes_is_valid() {
    let shapes = Shapes::load();
    let directory = tempfile::tempdir().unwrap();
    let store = Store::connect(&format!("sqlite:{}", directory.path().join("store.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    let now = Moment::now();
    let mut case_id = 0;
    for outcome in [Outcome::Clear, Outcome::Incomplete, Outcome::Review, Outcome::Hold] {
        let event = event(outcome);
        shapes.holds("examination", &serde_json::to_value(&event).unwrap());
        shapes.holds("upload", &serde_json::to_value(&event.upload).unwrap());
        case_id = store.record(&event, now).await.unwrap().case_id.unwrap_or(case_id);
    }
    for kind in DecisionKind::ALL {
        let expected_revision = store.case(case_id).await.unwrap().unwrap().case.revision;
        let reason = if kind == DecisionKind::Undo { String::new() } else { "because".to_owned() };
        let cited = vec!["install-download-and-run".to_owned()];
        let decision = NewDecision { case_id, expected_revision, kind, actor: "alice".to_owned(), reason, cited };
        // The decision that is undone has left by then, so that the undo is told as well.
        store.decide(&decision, now).await.unwrap();
        for row in store.claim_outbox(100, Duration::ZERO, now.plus(Duration::from_secs(60))).await.unwrap() {
            let schema = match row.topic {
                Topic::Published => "verdict",
                Topic::Decisions => "decision",
                Topic::Verdicts => "examination",
            };
            shapes.holds(schema, &serde_json::from_str(&row.body).unwrap());
        }
    }
    let figures = store.figures().await.unwrap();
    assert_eq!(figures.outbox_unsent, 4 + 3 * 7, "all of them were looked at");
    let key = attest::SigningKey::generate().unwrap();
    let policy = attest::Policy {
        verifier: "https://scanner.example/v1".to_owned(),
        reports: "https://scanner.example/reports".to_owned(),
    };
    for outcome in [Outcome::Clear, Outcome::Hold] {
        let verdict = event(outcome).verdict;
        let created = now.to_string();
        let signed = attest::attest(&verdict, 1, attest::Clearance::Machine, &policy, &created, &key);
        assert!(!signed.is_empty());
        for attestation in signed {
            shapes.holds("attestation", &serde_json::to_value(&attestation).unwrap());
        }
    }
}

#[test]
fn the_asyncapi_document_names_every_topic_and_leads_somewhere() {
    let document = read(&folder().join("asyncapi.json"));
    assert_eq!(document["asyncapi"], "3.0.0");
    let named: BTreeSet<_> = document["channels"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(named, queue::Topic::ALL.iter().map(|topic| topic.as_str()).collect());
    let served: BTreeSet<_> = document["operations"]
        .as_object()
        .unwrap()
        .values()
        .map(|operation| operation["channel"]["$ref"].as_str())
        .collect();
    assert_eq!(served.len(), named.len(), "every channel has an operation");

    let mut references = Vec::new();
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        if let Some(object) = value.as_object() {
            references.extend(object.get("$ref").and_then(Value::as_str));
            pending.extend(object.values());
        }
        pending.extend(value.as_array().into_iter().flatten());
    }
    assert!(references.len() > 15);
    for reference in references {
        if let Some(pointer) = reference.strip_prefix('#') {
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        } else {
            assert!(folder().join(reference).is_file(), "{reference} leads nowhere");
        }
    }
    let messages = document["components"]["messages"].as_object().unwrap();
    let names: Vec<_> = messages.values().map(|message| message["name"].as_str().unwrap()).collect();
    for kind in [model::TYPE_UPLOAD, model::TYPE_VERDICT, model::TYPE_DECISION] {
        assert!(names.contains(&kind), "{kind}");
    }
}
