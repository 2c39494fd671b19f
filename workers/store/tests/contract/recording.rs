//! Verdict events become rows, once.

use std::sync::Arc;

use model::{Attestation, Outcome, UploadEvent, VerdictEvent};
use serde_json::Value;
use store::{
    AuditReport, CaseFilter, CaseStatus, Entry, FileState, NewDecision, Store, StoreError, Topic, UploadState, Written,
};

use crate::harness::{House, event, judged, noon, seconds, upload};

pub(crate) async fn an_empty_database_is_migrated_once_and_then_ready(house: Arc<House>) {
    house.store.migrate().await.unwrap();
    house.store.ready().await.unwrap();
    // Several processes of a new version start at once.
    let others = (0..4).map(|_| {
        let url = house.url.clone();
        tokio::spawn(async move { Store::connect(&url).await.unwrap().migrate().await })
    });
    for other in others.collect::<Vec<_>>() {
        other.await.unwrap().unwrap();
    }
    // A schema of another version is not ready, and says what to do.
    house.meddle("DELETE FROM _sqlx_migrations").await.unwrap();
    let error = house.store.ready().await.unwrap_err();
    assert!(matches!(error, StoreError::Schema { found: None, needed: 1.. }), "{error}");
    assert!(error.to_string().contains("gatehouse store migrate"));
}

pub(crate) async fn a_doubled_event_gives_one_verdict(house: Arc<House>) {
    let store = &house.store;
    let event = event("evil-pkg", Outcome::Hold, 91.5);
    let first = store.record(&event, noon()).await.unwrap();
    let second = store.record(&event, noon().plus(seconds(5))).await.unwrap();
    assert!(first.new && !second.new);
    assert_eq!((first.verdict_id, first.case_id), (second.verdict_id, second.case_id));
    assert_eq!(store.latest(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.cases(&CaseFilter::default()).await.unwrap().rows.len(), 1);
    let events = store.claim_outbox(10, seconds(30), noon().plus(seconds(60))).await.unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].topic, Topic::Published);
    assert_eq!(events[0].message_id, event.message_id());
    let body: Value = serde_json::from_str(&events[0].body).unwrap();
    assert_eq!(body["type"], "gatehouse.file.verdict.v1");
    assert_eq!(body["data"]["outcome"], "hold");
    assert_eq!(body["data"]["decided_by"], "machine");
}

pub(crate) async fn two_recorders_at_once_give_one_verdict(house: Arc<House>) {
    // Two processes, as far as the database can tell: each has connections of its own.
    let other = Store::connect(&house.url).await.unwrap();
    for round in 0..10 {
        let event = event(&format!("pkg-{round}"), Outcome::Review, 60.0);
        let (one, two) = tokio::join!(house.store.record(&event, noon()), other.record(&event, noon()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.verdict_id, two.verdict_id);
        assert_eq!(one.case_id, two.case_id);
        assert!(one.new ^ two.new, "exactly one of them recorded it: {one:?} {two:?}");
    }
    assert_eq!(house.store.latest(None, 100).await.unwrap().len(), 10);
    assert_eq!(house.store.claim_outbox(100, seconds(30), noon()).await.unwrap().len(), 10);
    other.close().await;
}

pub(crate) async fn many_events_at_once_are_all_recorded(house: Arc<House>) {
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let store = house.store.clone();
            // Each event twice, all over a few projects.
            let project = format!("pkg-{}", number / 2);
            tokio::spawn(async move { store.record(&event(&project, Outcome::Hold, 90.0), noon()).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += usize::from(task.await.unwrap().new);
    }
    assert_eq!(new, 20);
    let AuditReport { rows, broken, .. } = house.store.verify_audit().await.unwrap();
    assert_eq!((rows, broken), (20, None));
}

pub(crate) async fn every_accepted_upload_is_pending_until_it_is_judged(house: Arc<House>) {
    let store = &house.store;
    let upload = upload("some-pkg", "1.0");
    assert!(store.accept(&upload, noon()).await.unwrap());
    assert!(!store.accept(&upload, noon()).await.unwrap(), "known");
    let pending = store.uploads(UploadState::Pending, 10).await.unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].event, upload);
    let file = store.file("Some_Pkg", "1.0", &upload.filename).await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Held);

    let recorded = store.record(&judged(&upload, Outcome::Clear, 1.0, "r"), noon().plus(seconds(3))).await.unwrap();
    assert!(store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
    let judged = store.uploads(UploadState::Judged, 10).await.unwrap();
    assert_eq!(judged[0].verdict_id, Some(recorded.verdict_id));
    assert_eq!(judged[0].seen_at, noon());
    assert_eq!(judged[0].judged_at, Some(noon().plus(seconds(3))));
    // It may be noted after it was judged: the two come on lanes of their own.
    assert!(!store.accept(&upload, noon().plus(seconds(4))).await.unwrap());
    assert!(store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
}

pub(crate) async fn an_event_id_used_twice_hides_no_file(house: Arc<House>) {
    let one = upload("pkg", "1.0");
    let mut two = upload("pkg", "2.0");
    two.id = one.id.clone();
    assert!(house.store.accept(&one, noon()).await.unwrap());
    assert!(house.store.accept(&two, noon()).await.unwrap());
    house.store.record(&judged(&one, Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    assert_eq!(house.store.uploads(UploadState::Pending, 10).await.unwrap()[0].event, two);
}

pub(crate) async fn another_upload_of_a_judged_file_gets_an_answer(house: Arc<House>) {
    let one = upload("pkg", "1.0");
    let mut two = one.clone();
    two.id = "another".to_owned();
    let first = house.store.record(&judged(&one, Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    let second = house.store.record(&judged(&two, Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    assert!(!second.new);
    assert_eq!(first.verdict_id, second.verdict_id);
    let events = house.store.claim_outbox(10, seconds(30), noon()).await.unwrap();
    let answered: Vec<Value> = events.iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect();
    assert_eq!(answered.len(), 2);
    assert_eq!(answered[0]["data"]["upload_id"], one.id);
    assert_eq!(answered[1]["data"]["upload_id"], "another");
    assert_ne!(answered[0]["id"], answered[1]["id"]);
}

pub(crate) async fn hostile_text_is_recorded_whole(house: Arc<House>) {
    // A NUL in a name, names longer than an index row, markup, bidi, quotes: none may keep a verdict from its row.
    let mut hostile = event("evil", Outcome::Hold, 99.9);
    let verdict = &mut hostile.verdict;
    verdict.project = format!("e\0vil'; DROP TABLE verdict; --{}", "é".repeat(5000));
    verdict.version = "\u{202e}1.0\0".repeat(1000);
    verdict.filename = format!("<script>\0{}", "𝄞".repeat(5000));
    verdict.summary = "a\0b".to_owned();
    verdict.engine = "\0".to_owned();
    verdict.findings[0].rule = "r\0".repeat(3000);
    verdict.findings[0].title = "\0".to_owned();
    verdict.findings[0].place.member = "\u{7f}/\0".repeat(9000);
    verdict.findings[0].place.line = u32::MAX;
    verdict.findings[0].evidence = "\0\u{1b}[31m".to_owned();
    hostile.upload.id = "\0".repeat(20_000);
    hostile.upload.uploaded_by = Some("\0u".repeat(900));
    hostile.upload.upload_time = Some("tomorrow".to_owned());
    hostile.took_ms = u64::MAX;
    hostile.sources[0].text = "\0".repeat(100);
    let recorded = house.store.record(&hostile, noon()).await.unwrap();
    assert!(!house.store.record(&hostile, noon()).await.unwrap().new);
    let detail = house.store.case(recorded.case_id.unwrap()).await.unwrap().unwrap().detail;
    assert_eq!(detail.verdict, hostile.verdict, "the body is the verdict, byte for byte");
    assert_eq!(detail.sources, hostile.sources);
    assert_eq!(detail.upload.unwrap(), hostile.upload);
    assert_eq!(detail.row.summary, "a␀b");
    assert_eq!(detail.row.filename.chars().count(), 512);
    let (project, version) = (&hostile.verdict.project, &hostile.verdict.version);
    let file = house.store.file(project, version, &hostile.verdict.filename).await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Suspicious);
}

pub(crate) async fn a_clear_verdict_opens_no_case(house: Arc<House>) {
    let recorded = house.store.record(&event("good", Outcome::Clear, 0.5), noon()).await.unwrap();
    assert_eq!(recorded.case_id, None);
    assert!(house.store.cases(&CaseFilter::default()).await.unwrap().rows.is_empty());
    for outcome in [Outcome::Incomplete, Outcome::Review, Outcome::Hold] {
        let recorded = house.store.record(&event(outcome.as_str(), outcome, 50.0), noon()).await.unwrap();
        assert!(recorded.case_id.is_some(), "{outcome:?} needs a person");
    }
}

pub(crate) async fn a_new_rulebook_joins_the_case(house: Arc<House>) {
    let upload = upload("pkg", "1.0");
    let first = house.store.record(&judged(&upload, Outcome::Review, 60.0, "one"), noon()).await.unwrap();
    let second = house.store.record(&judged(&upload, Outcome::Hold, 95.0, "two"), noon()).await.unwrap();
    assert!(second.new);
    assert_eq!(first.case_id, second.case_id);
    let case = house.store.case(first.case_id.unwrap()).await.unwrap().unwrap();
    assert_eq!(case.case.outcome, Outcome::Hold);
    assert_eq!(case.case.revision, 2, "what the moderator looks at has changed");
    assert_eq!(case.verdicts.len(), 2);
    // The machine does not close a case.
    let third = house.store.record(&judged(&upload, Outcome::Clear, 1.0, "three"), noon()).await.unwrap();
    assert_eq!(third.case_id, first.case_id);
    let case = house.store.case(first.case_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((case.case.status, case.case.outcome), (CaseStatus::Open, Outcome::Hold));
    let events = house.store.claim_outbox(10, seconds(30), noon()).await.unwrap();
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| serde_json::from_str::<Value>(&event.body).unwrap()["data"]["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["review", "hold", "hold"], "the index hears what holds");
}

pub(crate) async fn a_worse_verdict_reopens_a_dismissed_case(house: Arc<House>) {
    let upload = upload("pkg", "1.0");
    let case_id =
        house.store.record(&judged(&upload, Outcome::Review, 60.0, "one"), noon()).await.unwrap().case_id.unwrap();
    let dismiss = NewDecision {
        case_id,
        expected_revision: 1,
        kind: model::DecisionKind::FalsePositive,
        actor: "mod".to_owned(),
        reason: "a build script".to_owned(),
        cited: Vec::new(),
    };
    house.store.decide(&dismiss, noon()).await.unwrap();
    house.store.record(&judged(&upload, Outcome::Review, 70.0, "two"), noon()).await.unwrap();
    let case = house.store.case(case_id).await.unwrap().unwrap().case;
    assert_eq!(case.status, CaseStatus::Dismissed, "not worse than what was dismissed");
    let later = noon().plus(seconds(60));
    house.store.record(&judged(&upload, Outcome::Hold, 99.0, "three"), later).await.unwrap();
    let case = house.store.case(case_id).await.unwrap().unwrap().case;
    assert_eq!((case.status, case.outcome, case.opened_at), (CaseStatus::Open, Outcome::Hold, later));
    assert_eq!((case.decided_at, case.decided_by), (None, None));
}

/// A verdict that was given although nobody could read the file.
fn unread(upload: &model::UploadEvent, rulebook: &str) -> model::VerdictEvent {
    let mut event = judged(upload, Outcome::Incomplete, 0.0, rulebook);
    event.revision = 0;
    event.verdict.findings = vec![crate::harness::finding("fetch-unreachable")];
    event
}

fn signed(event: &model::VerdictEvent, kind: &str) -> Attestation {
    Attestation {
        sha256: event.verdict.sha256,
        rulebook: event.verdict.rulebook,
        context: event.verdict.context,
        revision: event.revision,
        predicate_type: kind.to_owned(),
        envelope: serde_json::json!({"payload": "e30=", "signatures": [{"keyid": "k", "sig": "s"}]}),
        created: "2026-03-04T12:00:01Z".to_owned(),
    }
}

async fn told(house: &House) -> Vec<Value> {
    let events = house.store.claim_outbox(50, seconds(3600), noon().plus(seconds(3600))).await.unwrap();
    events.iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect()
}

pub(crate) async fn an_unread_verdict_gives_way_to_one_that_was_read(house: Arc<House>) {
    let store = &house.store;
    let upload = upload("away", "1.0");
    let (unread, read) = (unread(&upload, "r"), judged(&upload, Outcome::Clear, 0.5, "r"));
    let findings = "https://in-toto.io/attestation/test-result/v0.1";
    let token = "https://in-toto.io/attestation/svr/v0.2";
    let file = async || store.file("away", "1.0", &upload.filename).await.unwrap().unwrap();
    let first = store.record(&unread, noon()).await.unwrap();
    assert!(first.new && first.case_id.is_some(), "nobody read it: a person has to look");
    store.attest(&signed(&unread, findings), noon()).await.unwrap();
    assert!(!store.record(&unread, noon()).await.unwrap().new);
    // The signer is ahead of the recorder: a token is no use before the verdict that it is for.
    store.attest(&signed(&read, token), noon()).await.unwrap();
    store.attest(&signed(&read, findings), noon()).await.unwrap();
    let before = file().await;
    assert_eq!((before.state, before.seq), (FileState::Suspicious, 1));
    assert_eq!(store.unread(10).await.unwrap(), std::slice::from_ref(&upload), "and it can be found again");
    assert_eq!(before.attestations, [signed(&unread, findings)]);

    let second = store.record(&read, noon().plus(seconds(600))).await.unwrap();
    assert!(second.new);
    assert_eq!((second.verdict_id, second.case_id), (first.verdict_id, None));
    let after = file().await;
    assert_eq!((after.state, after.seq), (FileState::Cleared, 2));
    assert_eq!(store.unread(10).await.unwrap(), []);
    assert_eq!(after.attestations, [signed(&read, token), signed(&read, findings)]);
    assert!(store.cases(&CaseFilter::default()).await.unwrap().rows.is_empty(), "nothing is left to look at");
    assert!(store.case(first.case_id.unwrap()).await.unwrap().is_none());
    let detail = store.verdict(second.verdict_id).await.unwrap().unwrap();
    assert_eq!((detail.verdict, detail.sources), (read.verdict.clone(), read.sources.clone()));
    assert_eq!(store.latest(None, 10).await.unwrap().len(), 1, "one verdict for each file, rulebook and context");

    // Neither comes back: not by the same message, not by a scanner that still cannot read it.
    assert!(!store.record(&read, noon()).await.unwrap().new);
    let mut again = unread.clone();
    again.upload.id = "again".to_owned();
    again.upload_id = "again".to_owned();
    assert!(!store.record(&again, noon()).await.unwrap().new);
    assert_eq!(file().await.state, FileState::Cleared);
    let told = told(&house).await;
    let said: Vec<_> = told.iter().map(|event| (&event["data"]["outcome"], &event["data"]["revision"])).collect();
    assert_eq!(said, [(&"incomplete".into(), &1.into()), (&"clear".into(), &2.into()), (&"clear".into(), &2.into())]);
    assert_eq!(told[2]["data"]["upload_id"], "again", "who asked again hears what is known");
    let ids: std::collections::BTreeSet<_> = told.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    assert!(store.verify_audit().await.unwrap().broken.is_none());
}

pub(crate) async fn a_file_that_was_never_read_and_is_bad_keeps_its_case(house: Arc<House>) {
    let upload = upload("away", "1.0");
    let first = house.store.record(&unread(&upload, "r"), noon()).await.unwrap();
    let read = judged(&upload, Outcome::Hold, 99.0, "r");
    let second = house.store.record(&read, noon()).await.unwrap();
    assert!(second.new);
    assert_eq!(second, store::Recorded { new: true, ..first });
    let case = house.store.case(first.case_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((case.case.outcome, case.case.revision), (Outcome::Hold, 2));
    assert_eq!(case.detail.verdict, read.verdict);
    let told = told(&house).await;
    assert_eq!((&told[1]["data"]["outcome"], &told[1]["data"]["revision"]), (&"hold".into(), &2.into()));
}

pub(crate) async fn who_could_not_read_a_file_takes_nothing_back(house: Arc<House>) {
    let upload = upload("pkg", "1.0");
    let held = house.store.record(&judged(&upload, Outcome::Hold, 99.0, "one"), noon()).await.unwrap();
    let unread = unread(&upload, "two");
    assert_eq!(house.store.record(&unread, noon()).await.unwrap().case_id, held.case_id);
    let case = async || house.store.case(held.case_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((case().await.case.outcome, case().await.case.revision), (Outcome::Hold, 1));
    // And a clear verdict in its place does not close a case that stands on something that was found.
    let clear = judged(&upload, Outcome::Clear, 0.5, "two");
    assert_eq!(house.store.record(&clear, noon()).await.unwrap().case_id, held.case_id);
    assert_eq!((case().await.case.outcome, case().await.case.status), (Outcome::Hold, CaseStatus::Open));
}

pub(crate) async fn a_decision_on_an_unread_file_stays(house: Arc<House>) {
    for (project, kind, status) in [
        ("bad", model::DecisionKind::Confirm, CaseStatus::Confirmed),
        ("good", model::DecisionKind::FalsePositive, CaseStatus::Dismissed),
    ] {
        let upload = upload(project, "1.0");
        let case_id = house.store.record(&unread(&upload, "r"), noon()).await.unwrap().case_id.unwrap();
        let decision = NewDecision {
            case_id,
            expected_revision: 1,
            kind,
            actor: "mod".to_owned(),
            reason: "known".to_owned(),
            cited: Vec::new(),
        };
        house.store.decide(&decision, noon()).await.unwrap();
        let read = house.store.record(&judged(&upload, Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
        assert!(read.new);
        assert_eq!(read.case_id, Some(case_id));
        assert_eq!(house.store.case(case_id).await.unwrap().unwrap().case.status, status);
    }
}

pub(crate) async fn an_attestation_may_come_first_and_twice(house: Arc<House>) {
    let event = event("good", Outcome::Clear, 0.5);
    let attestation = Attestation {
        sha256: event.verdict.sha256,
        rulebook: event.verdict.rulebook,
        context: event.verdict.context,
        revision: 1,
        predicate_type: "https://in-toto.io/attestation/svr/v0.2".to_owned(),
        envelope: serde_json::json!({"payload": "e30=", "signatures": [{"keyid": "k", "sig": "s"}]}),
        created: "2026-03-04T12:00:01Z".to_owned(),
    };
    assert!(house.store.attest(&attestation, noon()).await.unwrap());
    assert!(!house.store.attest(&attestation, noon()).await.unwrap());
    house.store.record(&event, noon()).await.unwrap();
    let file = house.store.file("good", "1.0", &event.verdict.filename).await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Cleared);
    assert_eq!(file.attestations, std::slice::from_ref(&attestation));
    assert_eq!(house.store.by_digest(&event.verdict.sha256).await.unwrap().unwrap().attestations, [attestation]);
}

/// A recorder writes what lies ready in one transaction, and as much as it can by one statement: nothing of that shows.
pub(crate) async fn what_comes_together_is_as_if_it_came_one_by_one(house: Arc<House>) {
    let [bad, good, late] = ["bad", "good", "late"].map(|project| upload(project, "1.0"));
    let held = judged(&bad, Outcome::Hold, 91.5, "one");
    let milder = judged(&bad, Outcome::Clear, 0.5, "two");
    let clear = judged(&good, Outcome::Clear, 0.5, "one");
    let again = UploadEvent { id: "again".to_owned(), ..good.clone() };
    let answer = VerdictEvent { upload_id: again.id.clone(), upload: again.clone(), ..clear.clone() };
    let (gone, read) = (unread(&late, "one"), judged(&late, Outcome::Clear, 0.5, "one"));
    let token = signed(&clear, "https://in-toto.io/attestation/svr/v0.2");
    let entries = [
        Entry::Verdict(&held),
        Entry::Upload(&bad),
        Entry::Upload(&good),
        Entry::Upload(&good),
        Entry::Verdict(&clear),
        Entry::Verdict(&held),
        Entry::Attestation(&token),
        Entry::Attestation(&token),
        Entry::Verdict(&gone),
        Entry::Verdict(&milder),
        Entry::Verdict(&read),
        Entry::Verdict(&answer),
    ];
    let written = house.store.write_all(&entries, noon()).await.unwrap();
    let verdict = |at: usize| match written[at] {
        Written::Verdict(recorded) => recorded,
        other => panic!("{other:?}"),
    };
    let new: Vec<usize> =
        (0..entries.len()).filter(|at| matches!(written[*at], Written::Verdict(one) if one.new)).collect();
    assert_eq!(new, [0, 4, 8, 9, 10], "{written:?}");
    assert_eq!(written[2..4], [Written::Upload(true), Written::Upload(false)]);
    assert_eq!(written[6..8], [Written::Attestation(true), Written::Attestation(false)]);
    assert_eq!(verdict(0).case_id, verdict(9).case_id, "a second verdict joins the first one's case");
    assert_eq!((verdict(0).verdict_id, verdict(4).verdict_id), (verdict(5).verdict_id, verdict(11).verdict_id));
    // The unread one opened a case and gave way to the one that was read, which took the case away.
    assert_eq!((verdict(8).verdict_id, verdict(10).case_id), (verdict(10).verdict_id, None));
    let cases = house.store.cases(&CaseFilter::default()).await.unwrap().rows;
    assert_eq!(cases.iter().map(|case| case.project.as_str()).collect::<Vec<_>>(), ["bad"]);
    let detail = house.store.case(cases[0].case_id).await.unwrap().unwrap().detail;
    assert_eq!((detail.verdict, detail.sources), (held.verdict.clone(), held.sources.clone()));
    assert!(house.store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
    assert_eq!(house.store.uploads(UploadState::Judged, 10).await.unwrap().len(), 4);
    let told: Vec<_> = told(&house)
        .await
        .iter()
        .map(|event| {
            let field = |name: &str| event["data"][name].to_string();
            [field("project"), field("outcome"), field("revision")].join(" ").replace('"', "")
        })
        .collect();
    let mut told_sorted = told.clone();
    told_sorted.sort();
    assert_eq!(
        told_sorted,
        ["bad hold 1", "bad hold 1", "good clear 1", "good clear 1", "late clear 2", "late incomplete 1"],
        "{told:?}"
    );
    let place = |event: &str| told.iter().position(|told| told == event).unwrap();
    assert!(place("late incomplete 1") < place("late clear 2"));
    assert!(house.store.verify_audit().await.unwrap().broken.is_none());
    // All of it again is nothing new.
    let again = house.store.write_all(&entries, noon()).await.unwrap();
    assert!(again.iter().all(|written| match written {
        Written::Verdict(recorded) => !recorded.new,
        Written::Upload(new) | Written::Attestation(new) | Written::Heartbeat(new) => !new,
    }));
}
