//! A moderator decides: under an optimistic lock, with everything that follows, in one transaction.

use model::{Decision, DecisionKind, Outcome, TYPE_DECISION, VerdictEvent, cloud_event};
use sqlx::Row as _;

use super::rows::{moment, word};
use super::{Backend, Connection, audit, outbox, record};
use crate::case::Standing;
use crate::text::{column, prose};
use crate::{AuditEntry, CaseStatus, DecideError, Decided, Moment, NewDecision, Result, StoreError, Topic, Voice};

/// An effective decision: one that was not taken back.
struct Effective {
    decision_id: i64,
    revision: i64,
    from: CaseStatus,
    decided_at: Moment,
    actor: String,
}

impl Backend {
    pub(crate) async fn decide(
        &self,
        decision: &NewDecision,
        voice: &Voice,
        now: Moment,
    ) -> Result<Decided, DecideError> {
        let undo = decision.kind == DecisionKind::Undo;
        if !undo && decision.reason.trim().is_empty() {
            return Err(DecideError::ReasonRequired);
        }
        let mut transaction = self.write().await?;
        let connection: &mut Connection = &mut transaction;
        let case_id = decision.case_id;
        let locked = sqlx::query(
            "UPDATE review_case SET revision = revision + 1 WHERE id = $1 AND revision = $2 \
             RETURNING status, outcome, verdict_id, opened_at, revision",
        )
        .bind(case_id)
        .bind(decision.expected_revision)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(case) = locked else { return Err(stale(connection, case_id).await) };
        let from = word(&case, "status", CaseStatus::parse)?;
        let revision: i64 = case.try_get("revision")?;
        let opened_at: Moment = case.try_get("opened_at")?;

        // What the case becomes, and what the decision takes back.
        let mut earlier = effective(connection, case_id).await?.into_iter();
        let (to, decided, undone) = if undo {
            let undone = earlier.next().filter(|_| from != CaseStatus::Open).ok_or(DecideError::NothingToUndo)?;
            let decided = if undone.from == CaseStatus::Open { None } else { earlier.next() };
            (undone.from, decided.map(|before| (before.decided_at, before.actor)), Some(undone))
        } else if decision.kind.dismisses() {
            (CaseStatus::Dismissed, Some((now, decision.actor.clone())), None)
        } else {
            (CaseStatus::Confirmed, Some((now, decision.actor.clone())), None)
        };
        sqlx::query("UPDATE review_case SET status = $1, decided_at = $2, decided_by = $3 WHERE id = $4")
            .bind(to.as_str())
            .bind(decided.as_ref().map(|(at, _)| *at))
            .bind(decided.as_ref().map(|(_, by)| column(by).into_owned()))
            .bind(case_id)
            .execute(&mut *connection)
            .await?;
        let decision_id: i64 = sqlx::query_scalar(
            "INSERT INTO decision (case_id, kind, actor, reason, cited, decided_at, revision, from_status, \
             to_status, waited_ms, undoes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        )
        .bind(case_id)
        .bind(decision.kind.as_str())
        .bind(column(&decision.actor).into_owned())
        .bind(prose(&decision.reason).into_owned())
        .bind(serde_json::to_string(&decision.cited).map_err(StoreError::from)?)
        .bind(now)
        .bind(revision)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(now.0.saturating_sub(opened_at.0).max(0))
        .bind(undone.as_ref().map(|undone| undone.decision_id))
        .fetch_one(&mut *connection)
        .await?;

        // Events that have not left are taken back; what has left is superseded.
        let unsaid = match &undone {
            Some(undone) => outbox::cancel(connection, case_id, undone.revision, now).await?,
            None => false,
        };
        let leaves_at = if undo { now } else { now.plus(voice.undo_window) };
        let event = standing_event(connection, case.try_get("verdict_id")?).await?;
        if !unsaid {
            let outcome = word(&case, "outcome", Outcome::parse)?;
            let standing = Standing { case_id, status: to, outcome, revision };
            announce(connection, decision, standing, event.clone(), voice, (now, leaves_at)).await?;
        }
        let entry = AuditEntry {
            actor: decision.actor.clone(),
            action: if undo { "case.undone" } else { "case.decided" }.to_owned(),
            subject: format!("case:{case_id}"),
            detail: serde_json::json!({
                "decision": decision_id,
                "kind": decision.kind,
                "from": from,
                "to": to,
                "revision": revision,
                "reason": decision.reason,
                "cited": decision.cited,
                "undoes": undone.as_ref().map(|undone| undone.decision_id),
                "sha256": event.verdict.sha256,
                "rulebook": event.verdict.rulebook,
                "announced": !unsaid,
            }),
        };
        audit::append(connection, &entry, now).await?;
        transaction.commit().await?;
        Ok(Decided { decision_id, revision, status: to, leaves_at })
    }
}

/// Why the lock was not had.
async fn stale(connection: &mut Connection, case_id: i64) -> DecideError {
    let read = async {
        let row = sqlx::query("SELECT revision, status, decided_by, decided_at FROM review_case WHERE id = $1")
            .bind(case_id)
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else { return Ok(DecideError::NotFound(case_id)) };
        Ok::<_, StoreError>(DecideError::Stale {
            revision: row.try_get("revision")?,
            status: word(&row, "status", CaseStatus::parse)?,
            by: row.try_get("decided_by")?,
            at: moment(&row, "decided_at")?,
        })
    };
    read.await.unwrap_or_else(DecideError::Store)
}

/// The newest two decisions that hold, newest first.
async fn effective(connection: &mut Connection, case_id: i64) -> Result<Vec<Effective>> {
    let rows = sqlx::query(
        "SELECT d.id, d.revision, d.from_status, d.decided_at, d.actor FROM decision d \
         WHERE d.case_id = $1 AND d.undoes IS NULL \
         AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.id) ORDER BY d.id DESC LIMIT 2",
    )
    .bind(case_id)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Effective {
                decision_id: row.try_get("id")?,
                revision: row.try_get("revision")?,
                from: word(row, "from_status", CaseStatus::parse)?,
                decided_at: row.try_get("decided_at")?,
                actor: row.try_get("actor")?,
            })
        })
        .collect()
}

/// The event of the verdict on which a case stands, as it came.
async fn standing_event(connection: &mut Connection, verdict_id: i64) -> Result<VerdictEvent> {
    let row = sqlx::query(
        "SELECT v.body, v.took_ms, u.event FROM verdict v JOIN upload u ON u.key = v.upload_key WHERE v.id = $1",
    )
    .bind(verdict_id)
    .fetch_one(connection)
    .await?;
    let upload: model::UploadEvent = serde_json::from_str(row.try_get("event")?)?;
    Ok(VerdictEvent {
        upload_id: upload.id.clone(),
        upload,
        verdict: serde_json::from_str(row.try_get("body")?)?,
        decided_by: "machine".to_owned(),
        revision: 1,
        took_ms: u64::try_from(row.try_get::<i64, _>("took_ms")?).unwrap_or(0),
        sources: Vec::new(),
    })
}

/// Puts the decision and the verdict that follows from it into the outbox.
async fn announce(
    connection: &mut Connection,
    decision: &NewDecision,
    standing: Standing,
    mut event: VerdictEvent,
    voice: &Voice,
    (now, leaves_at): (Moment, Moment),
) -> Result<()> {
    let case_id = standing.case_id;
    standing.apply(&mut event);
    // An undo that leaves the case open is a human's act as well.
    "human".clone_into(&mut event.decided_by);
    let verdict = &event.verdict;
    let mut data = serde_json::to_value(Decision {
        case_id,
        kind: decision.kind,
        actor: decision.actor.clone(),
        reason: decision.reason.clone(),
        cited: decision.cited.clone(),
        time: now.to_string(),
    })?;
    if let Some(data) = data.as_object_mut() {
        // What the decision is about: whoever acts on it has no store to ask.
        data.insert("status".to_owned(), standing.status.as_str().into());
        data.insert("revision".to_owned(), standing.revision.into());
        data.insert("project".to_owned(), verdict.project.clone().into());
        data.insert("version".to_owned(), verdict.version.clone().into());
        data.insert("filename".to_owned(), verdict.filename.clone().into());
        data.insert("sha256".to_owned(), verdict.sha256.to_string().into());
    }
    let decision_id = format!("case:{case_id}:{}", standing.revision);
    let verdict_id = event.message_id();
    let time = now.to_string();
    let decision = cloud_event(TYPE_DECISION, &voice.source, &decision_id, &time, &event.subject(), &data).to_string();
    let superseding = serde_json::to_string(&event)?;
    let public = record::public_event(&event, voice, &verdict_id, Some(case_id), now);
    let row = |topic, message_id: &str, body| {
        let case = Some((case_id, standing.revision));
        outbox::NewRow { topic, message_id: message_id.to_owned(), body, case, available_at: leaves_at }
    };
    let rows = [
        row(Topic::Decisions, &decision_id, decision),
        row(Topic::Verdicts, &verdict_id, superseding),
        row(Topic::Published, &verdict_id, public),
    ];
    outbox::push_all(connection, &rows, now).await
}
