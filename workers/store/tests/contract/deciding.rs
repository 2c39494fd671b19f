//! Moderators decide, one at a time, and may take it back.

use std::sync::Arc;

use model::{DecisionKind, Outcome, VerdictEvent};
use serde_json::Value;
use store::{CaseStatus, DecideError, FileState, NewDecision, OutboxRow, Topic};

use crate::harness::{House, event, judged, noon, seconds, upload};

fn decision(case_id: i64, expected_revision: i64, kind: DecisionKind) -> NewDecision {
    NewDecision {
        case_id,
        expected_revision,
        kind,
        actor: "alice".to_owned(),
        reason: "setup.py:14 downloads and executes".to_owned(),
        cited: vec!["rule-hold".to_owned()],
    }
}

/// A case at revision 1 whose first event has left.
async fn open_case(house: &House, project: &str) -> i64 {
    let case_id = house.store.record(&event(project, Outcome::Hold, 91.0), noon()).await.unwrap().case_id.unwrap();
    for row in house.store.claim_outbox(10, seconds(30), noon()).await.unwrap() {
        house.store.outbox_sent(&[row.id], noon()).await.unwrap();
    }
    case_id
}

async fn due(house: &House, after: u64) -> Vec<OutboxRow> {
    house.store.claim_outbox(10, seconds(30), noon().plus(seconds(after))).await.unwrap()
}

fn body(rows: &[OutboxRow], topic: Topic) -> Value {
    let row = rows.iter().find(|row| row.topic == topic).unwrap();
    serde_json::from_str(&row.body).unwrap()
}

pub(crate) async fn a_decision_closes_the_case_and_announces_it(house: Arc<House>) {
    for (project, kind, status, outcome, state) in [
        ("bad", DecisionKind::Confirm, CaseStatus::Confirmed, "hold", FileState::Quarantined),
        ("good", DecisionKind::BenignTrigger, CaseStatus::Dismissed, "clear", FileState::Cleared),
    ] {
        let case_id = open_case(&house, project).await;
        let decided = house.store.decide(&decision(case_id, 1, kind), noon()).await.unwrap();
        assert_eq!((decided.revision, decided.status), (2, status));
        assert_eq!(decided.leaves_at, noon().plus(seconds(10)));
        assert!(due(&house, 9).await.is_empty(), "nothing leaves before the undo window ends");
        let rows = due(&house, 10).await;
        assert_eq!(rows.len(), 3, "{rows:?}");

        let announced = body(&rows, Topic::Decisions);
        assert_eq!(announced["type"], "gatehouse.case.decided.v1");
        assert_eq!(announced["data"]["kind"], kind.as_str());
        assert_eq!(announced["data"]["project"], project);
        assert!(serde_json::from_value::<model::Decision>(announced["data"].clone()).is_ok());
        let public = body(&rows, Topic::Published);
        assert_eq!(public["data"]["outcome"], outcome);
        assert_eq!(public["data"]["decided_by"], "human");
        assert_eq!(public["data"]["revision"], 2);
        let whole: VerdictEvent = serde_json::from_value(body(&rows, Topic::Verdicts)).unwrap();
        assert_eq!((whole.decided_by.as_str(), whole.revision), ("human", 2));
        assert_eq!(whole.verdict.outcome.as_str(), outcome);
        assert_eq!(whole.verdict.findings.len(), 3);
        // The recorder hears it too, and knows it.
        let recorded = house.store.record(&whole, noon()).await.unwrap();
        assert!(!recorded.new);
        assert_eq!(recorded.case_id, Some(case_id));

        let case = house.store.case(case_id).await.unwrap().unwrap();
        assert_eq!((case.case.status, case.case.decided_by.as_deref()), (status, Some("alice")));
        assert_eq!(case.detail.verdict.outcome, Outcome::Hold, "the machine's verdict stays what it was");
        assert_eq!(case.decisions.len(), 1);
        assert_eq!(case.decisions[0].cited, ["rule-hold"]);
        assert_eq!(case.audit[0].action, "case.decided");
        assert_eq!(case.audit[0].actor, "alice");
        let file = house.store.file(project, "1.0", &case.case.filename).await.unwrap().unwrap();
        assert_eq!((file.state, file.seq), (state, 2));
        for row in rows {
            house.store.outbox_sent(&[row.id], noon()).await.unwrap();
        }
    }
}

pub(crate) async fn a_stale_page_decides_nothing(house: Arc<House>) {
    let case_id = open_case(&house, "pkg").await;
    house.store.decide(&decision(case_id, 1, DecisionKind::Confirm), noon()).await.unwrap();
    let audit = house.store.verify_audit().await.unwrap();
    let error = house.store.decide(&decision(case_id, 1, DecisionKind::Policy), noon()).await.unwrap_err();
    match error {
        DecideError::Stale { revision, status, by, at } => {
            assert_eq!((revision, status), (2, CaseStatus::Confirmed));
            assert_eq!((by.as_deref(), at), (Some("alice"), Some(noon())));
        }
        other => panic!("{other}"),
    }
    assert_eq!(house.store.verify_audit().await.unwrap(), audit);
    assert_eq!(house.store.case(case_id).await.unwrap().unwrap().decisions.len(), 1);
}

pub(crate) async fn two_moderators_at_once_give_one_decision(house: Arc<House>) {
    for round in 0..8 {
        let case_id = open_case(&house, &format!("pkg-{round}")).await;
        let (confirm, dismiss) =
            (decision(case_id, 1, DecisionKind::Confirm), decision(case_id, 1, DecisionKind::FalsePositive));
        let (one, two) = tokio::join!(house.store.decide(&confirm, noon()), house.store.decide(&dismiss, noon()));
        assert!(one.is_ok() ^ two.is_ok(), "{one:?} {two:?}");
        let refused = one.err().or(two.err()).unwrap();
        assert!(matches!(refused, DecideError::Stale { revision: 2, .. }), "{refused}");
        assert_eq!(house.store.case(case_id).await.unwrap().unwrap().decisions.len(), 1);
    }
}

pub(crate) async fn an_undo_in_time_takes_the_events_back_unsent(house: Arc<House>) {
    let case_id = open_case(&house, "pkg").await;
    house.store.decide(&decision(case_id, 1, DecisionKind::Confirm), noon()).await.unwrap();
    let at = noon().plus(seconds(5));
    let undone = house.store.decide(&decision(case_id, 2, DecisionKind::Undo), at).await.unwrap();
    assert_eq!((undone.revision, undone.status), (3, CaseStatus::Open));
    assert!(due(&house, 3600).await.is_empty(), "nobody ever hears of it");
    let case = house.store.case(case_id).await.unwrap().unwrap();
    assert_eq!((case.case.status, case.case.decided_at), (CaseStatus::Open, None));
    assert_eq!(case.decisions.len(), 2, "but the history keeps both");
    assert_eq!(case.decisions[0].undoes, Some(case.decisions[1].decision_id));
    assert!(case.decisions[1].undone);
    assert_eq!(case.audit[0].action, "case.undone");
    let again = house.store.decide(&decision(case_id, 3, DecisionKind::Undo), at).await.unwrap_err();
    assert!(matches!(again, DecideError::NothingToUndo));
    // And it can be decided again.
    house.store.decide(&decision(case_id, 3, DecisionKind::Policy), at).await.unwrap();
    assert_eq!(due(&house, 3600).await.len(), 3);
}

pub(crate) async fn an_undo_too_late_supersedes(house: Arc<House>) {
    let case_id = open_case(&house, "pkg").await;
    house.store.decide(&decision(case_id, 1, DecisionKind::Confirm), noon()).await.unwrap();
    let sent = due(&house, 10).await;
    // One of the three has left, two are on their way.
    house.store.outbox_sent(&[sent[0].id], noon().plus(seconds(10))).await.unwrap();
    let at = noon().plus(seconds(11));
    house.store.decide(&decision(case_id, 2, DecisionKind::Undo), at).await.unwrap();
    let rows = due(&house, 11).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    let public = body(&rows, Topic::Published);
    assert_eq!(public["data"]["outcome"], "hold", "open again: the machine's outcome");
    assert_eq!(public["data"]["revision"], 3);
    assert_eq!(body(&rows, Topic::Decisions)["data"]["kind"], "undo");
    assert_eq!(body(&rows, Topic::Decisions)["data"]["status"], "open");
}

pub(crate) async fn an_undo_restores_the_decision_before(house: Arc<House>) {
    let case_id = open_case(&house, "pkg").await;
    let mut first = decision(case_id, 1, DecisionKind::FalsePositive);
    first.actor = "bob".to_owned();
    house.store.decide(&first, noon()).await.unwrap();
    house.store.decide(&decision(case_id, 2, DecisionKind::Confirm), noon().plus(seconds(60))).await.unwrap();
    let undone = house.store.decide(&decision(case_id, 3, DecisionKind::Undo), noon().plus(seconds(61))).await.unwrap();
    assert_eq!(undone.status, CaseStatus::Dismissed);
    let case = house.store.case(case_id).await.unwrap().unwrap().case;
    assert_eq!((case.decided_by.as_deref(), case.decided_at), (Some("bob"), Some(noon())));
    let undone = house.store.decide(&decision(case_id, 4, DecisionKind::Undo), noon().plus(seconds(62))).await.unwrap();
    assert_eq!(undone.status, CaseStatus::Open);
}

pub(crate) async fn what_cannot_be_decided_is_refused(house: Arc<House>) {
    let case_id = open_case(&house, "pkg").await;
    let missing = house.store.decide(&decision(case_id + 999, 1, DecisionKind::Confirm), noon()).await.unwrap_err();
    assert!(matches!(missing, DecideError::NotFound(_)));
    let mut silent = decision(case_id, 1, DecisionKind::Confirm);
    silent.reason = " \n".to_owned();
    let silent = house.store.decide(&silent, noon()).await.unwrap_err();
    assert!(matches!(silent, DecideError::ReasonRequired));
    let nothing = house.store.decide(&decision(case_id, 1, DecisionKind::Undo), noon()).await.unwrap_err();
    assert!(matches!(nothing, DecideError::NothingToUndo));
    assert_eq!(house.store.case(case_id).await.unwrap().unwrap().case.revision, 1, "a refusal changes nothing");
    // A human's verdict on what this store never judged is not a verdict of its own.
    let mut forged = event("never-seen", Outcome::Clear, 0.0);
    forged.decided_by = "human".to_owned();
    assert!(!house.store.record(&forged, noon()).await.unwrap_err().is_transient());
}

pub(crate) async fn a_decision_outlives_the_next_rulebook(house: Arc<House>) {
    let upload = upload("pkg", "1.0");
    let case_id =
        house.store.record(&judged(&upload, Outcome::Review, 60.0, "one"), noon()).await.unwrap().case_id.unwrap();
    house.store.decide(&decision(case_id, 1, DecisionKind::FalsePositive), noon()).await.unwrap();
    let sent = due(&house, 60).await;
    assert_eq!(sent.len(), 4);
    for row in sent {
        house.store.outbox_sent(&[row.id], noon()).await.unwrap();
    }
    house.store.record(&judged(&upload, Outcome::Review, 61.0, "two"), noon()).await.unwrap();
    let rows = due(&house, 60).await;
    let public = body(&rows, Topic::Published);
    assert_eq!(public["data"]["outcome"], "clear");
    assert_eq!(public["data"]["decided_by"], "human");
    assert_eq!(public["data"]["revision"], 2);
}
