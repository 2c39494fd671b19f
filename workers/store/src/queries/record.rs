//! What the roles tell becomes rows: uploads, verdicts with all that follows, attestations. One transaction for many.

use model::{Attestation, Outcome, RuleStatus, TYPE_VERDICT, Verdict, VerdictEvent, cloud_event};
use sqlx::Row as _;

use super::rows::word;
use super::{Backend, Connection, audit, outbox, uploads, workers};
use crate::case::Standing;
use crate::text::{column, file_key, key, normalise_project, prose, upload_key};
use crate::{AuditEntry, CaseStatus, Entry, Moment, Recorded, Result, StoreError, Topic, Voice, Written};

/// The revision of a verdict event that nobody read the file for.
const UNREAD: u32 = 0;

impl Backend {
    /// All or none of it, in the order given.
    pub(crate) async fn write_all(&self, entries: &[Entry<'_>], voice: &Voice, now: Moment) -> Result<Vec<Written>> {
        let mut transaction = self.write().await?;
        let mut written = Vec::with_capacity(entries.len());
        let mut log = Vec::new();
        for entry in entries {
            let connection: &mut Connection = &mut transaction;
            written.push(match entry {
                Entry::Upload(event) => Written::Upload(uploads::accept(connection, event, now).await?),
                Entry::Verdict(event) => {
                    let (recorded, told) = record(connection, event, voice, now).await?;
                    log.extend(told);
                    Written::Verdict(recorded)
                }
                Entry::Attestation(attestation) => {
                    let told = attest(connection, attestation, now).await?;
                    let new = told.is_some();
                    log.extend(told);
                    Written::Attestation(new)
                }
                Entry::Heartbeat(beat) => Written::Heartbeat(workers::hear(connection, beat, now).await?),
            });
        }
        // Last: from here to the commit, everybody else who writes waits.
        audit::append_all(&mut transaction, &log, now).await?;
        transaction.commit().await?;
        Ok(written)
    }
}

/// Writes a verdict and what follows from it; what the audit log is to say of it, unless it was known.
async fn record(
    connection: &mut Connection,
    event: &VerdictEvent,
    voice: &Voice,
    now: Moment,
) -> Result<(Recorded, Option<AuditEntry>)> {
    if event.decided_by != "machine" {
        // A decision comes back on the queue that it was sent to: its rows were committed before it left.
        let (verdict_id, case_id) = known(connection, &event.verdict)
            .await?
            .ok_or_else(|| StoreError::Row("a decision about a verdict that this store does not have".to_owned()))?;
        return Ok((Recorded { verdict_id, new: false, case_id }, None));
    }
    let written = match insert(connection, event, now).await? {
        Some(verdict_id) => Some(verdict_id),
        None => replace_unread(connection, event, now).await?,
    };
    let (recorded, change) = match written {
        Some(verdict_id) => {
            findings(connection, verdict_id, event).await?;
            let change = open_or_join(connection, verdict_id, event, now).await?;
            let case_id = change.as_ref().filter(|change| change.verb != WITHDRAWN).map(|change| change.case_id);
            (Recorded { verdict_id, new: true, case_id }, change)
        }
        None => {
            let (verdict_id, case_id) = known(connection, &event.verdict)
                .await?
                .ok_or_else(|| StoreError::Row("a verdict that is neither new nor known".to_owned()))?;
            (Recorded { verdict_id, new: false, case_id }, None)
        }
    };
    let answered = uploads::judged(connection, &event.upload, recorded.verdict_id, now).await?;
    if recorded.new {
        publish(connection, event.clone(), &recorded, voice, now).await?;
    } else if answered {
        // What is told is what is kept: this event may come from a scanner that could not read what another one did.
        let kept: String = sqlx::query_scalar("SELECT body FROM verdict WHERE id = $1")
            .bind(recorded.verdict_id)
            .fetch_one(&mut *connection)
            .await?;
        let event = VerdictEvent { verdict: serde_json::from_str(&kept)?, ..event.clone() };
        publish(connection, event, &recorded, voice, now).await?;
    }
    if !recorded.new {
        return Ok((recorded, None));
    }
    let verdict = &event.verdict;
    let detail = serde_json::json!({
        "verdict": recorded.verdict_id,
        "sha256": verdict.sha256,
        "rulebook": verdict.rulebook,
        "context": verdict.context,
        "outcome": verdict.outcome,
        "score": verdict.score,
        "case": change.as_ref().map(|change| change.verb),
        "body": key(&[&serde_json::to_string(verdict)?]),
    });
    let entry = AuditEntry {
        actor: "recorder".to_owned(),
        action: "verdict.recorded".to_owned(),
        subject: change
            .as_ref()
            .map_or_else(|| format!("verdict:{}", recorded.verdict_id), |change| format!("case:{}", change.case_id)),
        detail,
    };
    Ok((recorded, Some(entry)))
}

/// What the audit log is to say of an attestation; nothing when it was known.
async fn attest(connection: &mut Connection, attestation: &Attestation, now: Moment) -> Result<Option<AuditEntry>> {
    let result = sqlx::query(
        "INSERT INTO attestation (message_id, sha256, rulebook, context, revision, body, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (message_id) DO NOTHING",
    )
    .bind(column(&attestation.message_id()).into_owned())
    .bind(attestation.sha256.to_string())
    .bind(attestation.rulebook.to_string())
    .bind(attestation.context.to_string())
    .bind(i64::from(attestation.revision))
    .bind(serde_json::to_string(attestation)?)
    .bind(now)
    .execute(connection)
    .await?;
    if result.rows_affected() == 0 {
        return Ok(None);
    }
    Ok(Some(AuditEntry {
        actor: "recorder".to_owned(),
        action: "attestation.recorded".to_owned(),
        subject: format!("sha256:{}", attestation.sha256),
        detail: serde_json::json!({
            "predicate_type": attestation.predicate_type,
            "rulebook": attestation.rulebook,
            "revision": attestation.revision,
            "envelope": key(&[&attestation.envelope.to_string()]),
        }),
    }))
}

/// The verdict with this key, and its case.
async fn known(connection: &mut Connection, verdict: &Verdict) -> Result<Option<(i64, Option<i64>)>> {
    let row = sqlx::query("SELECT id, case_id FROM verdict WHERE sha256 = $1 AND rulebook = $2 AND context = $3")
        .bind(verdict.sha256.to_string())
        .bind(verdict.rulebook.to_string())
        .bind(verdict.context.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get("id")?, row.try_get("case_id")?))).transpose()
}

/// `None` when the key is taken: somebody has recorded this verdict.
async fn insert(connection: &mut Connection, event: &VerdictEvent, now: Moment) -> Result<Option<i64>> {
    let verdict = &event.verdict;
    let row = sqlx::query(
        "INSERT INTO verdict (sha256, rulebook, context, file_key, project, project_key, version, filename, \
         packagetype, outcome, score, summary, engine, took_ms, recorded_at, upload_key, body, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
         ON CONFLICT (sha256, rulebook, context) DO NOTHING RETURNING id",
    )
    .bind(verdict.sha256.to_string())
    .bind(verdict.rulebook.to_string())
    .bind(verdict.context.to_string())
    .bind(file_key(&verdict.project, &verdict.version, &verdict.filename))
    .bind(column(&verdict.project).into_owned())
    .bind(column(&normalise_project(&verdict.project)).into_owned())
    .bind(column(&verdict.version).into_owned())
    .bind(column(&verdict.filename).into_owned())
    .bind(verdict.packagetype.as_str())
    .bind(verdict.outcome.as_str())
    .bind(verdict.score)
    .bind(prose(&verdict.summary).into_owned())
    .bind(column(&verdict.engine).into_owned())
    .bind(i64::try_from(event.took_ms).unwrap_or(i64::MAX))
    .bind(now)
    .bind(upload_key(&event.upload))
    .bind(serde_json::to_string(verdict)?)
    .bind(i64::from(event.revision))
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(row.try_get("id")?)).transpose()
}

/// Puts a verdict in the place of one that was given without reading the file: what a host that was away, or a machine
/// that was short of memory, made of it must not stand for ever. `None` when the kept one was read, or this one was not.
async fn replace_unread(connection: &mut Connection, event: &VerdictEvent, now: Moment) -> Result<Option<i64>> {
    if event.revision == UNREAD {
        return Ok(None);
    }
    let verdict = &event.verdict;
    let replaced: Option<i64> = sqlx::query_scalar(
        "UPDATE verdict SET packagetype = $4, outcome = $5, score = $6, summary = $7, engine = $8, took_ms = $9, \
         recorded_at = $10, upload_key = $11, body = $12, revision = 2 \
         WHERE sha256 = $1 AND rulebook = $2 AND context = $3 AND revision = 0 RETURNING id",
    )
    .bind(verdict.sha256.to_string())
    .bind(verdict.rulebook.to_string())
    .bind(verdict.context.to_string())
    .bind(verdict.packagetype.as_str())
    .bind(verdict.outcome.as_str())
    .bind(verdict.score)
    .bind(prose(&verdict.summary).into_owned())
    .bind(column(&verdict.engine).into_owned())
    .bind(i64::try_from(event.took_ms).unwrap_or(i64::MAX))
    .bind(now)
    .bind(upload_key(&event.upload))
    .bind(serde_json::to_string(verdict)?)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(verdict_id) = replaced else { return Ok(None) };
    for table in ["DELETE FROM finding WHERE verdict_id = $1", "DELETE FROM source_text WHERE verdict_id = $1"] {
        sqlx::query(table).bind(verdict_id).execute(&mut *connection).await?;
    }
    Ok(Some(verdict_id))
}

async fn findings(connection: &mut Connection, verdict_id: i64, event: &VerdictEvent) -> Result<()> {
    for (position, finding) in (0_i64..).zip(&event.verdict.findings) {
        sqlx::query(
            "INSERT INTO finding (verdict_id, position, rule, title, level, status, member, line, phase, weight) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(verdict_id)
        .bind(position)
        .bind(column(&finding.rule).into_owned())
        .bind(column(&finding.title).into_owned())
        .bind(finding.level.as_str())
        .bind(state(finding.status))
        .bind(column(&finding.place.member).into_owned())
        .bind(i64::from(finding.place.line))
        .bind(finding.phase.map(model::Phase::as_str))
        .bind(finding.weight)
        .execute(&mut *connection)
        .await?;
    }
    for (position, source) in (0_i64..).zip(&event.sources) {
        sqlx::query("INSERT INTO source_text (verdict_id, position, body) VALUES ($1, $2, $3)")
            .bind(verdict_id)
            .bind(position)
            .bind(serde_json::to_string(source)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

const fn state(status: RuleStatus) -> &'static str {
    match status {
        RuleStatus::Experimental => "experimental",
        RuleStatus::Test => "test",
        RuleStatus::Stable => "stable",
        RuleStatus::Deprecated => "deprecated",
    }
}

/// Worst first: the outcome, then the score.
fn rank(verdict: &Verdict) -> i64 {
    let band = match verdict.outcome {
        Outcome::Hold => 3,
        Outcome::Review => 2,
        Outcome::Incomplete => 1,
        Outcome::Clear => 0,
    };
    let score = if verdict.score.is_finite() { verdict.score.clamp(0.0, 100.0) } else { 100.0 };
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 100 000")]
    let score = (score * 1000.0).round() as i64;
    band * 1_000_000 + score
}

struct Change {
    case_id: i64,
    verb: &'static str,
}

/// The case is gone: nothing was ever found, and now the file was read.
const WITHDRAWN: &str = "withdrawn";

/// Opens a case for a verdict that is not clear, or joins the one that this file has.
///
/// A machine never closes a case, and reopens a dismissed one only when it now says something worse than what was
/// dismissed. A case that was opened only because nobody could read the file, and on which nobody decided, goes when the
/// file was read and is clear.
async fn open_or_join(
    connection: &mut Connection,
    verdict_id: i64,
    event: &VerdictEvent,
    now: Moment,
) -> Result<Option<Change>> {
    let (verdict, upload) = (&event.verdict, &event.upload);
    let project_key = normalise_project(&verdict.project);
    let case_key = key(&[&verdict.sha256.to_string(), &project_key, &verdict.filename]);
    if verdict.outcome != Outcome::Clear {
        let earlier: i64 = sqlx::query_scalar(concat!("SELECT ", revisions!(), "WHERE o.file_key = $1 AND o.id <> $2"))
            .bind(file_key(&verdict.project, &verdict.version, &verdict.filename))
            .bind(verdict_id)
            .fetch_one(&mut *connection)
            .await?;
        let uploaded_at = upload.upload_time.as_deref().and_then(Moment::parse).unwrap_or(now);
        let opened = sqlx::query(
            "INSERT INTO review_case (key, verdict_id, file_key, project_key, status, outcome, rank, revision, \
             uploaded_by, uploaded_at, opened_at) VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (key) DO NOTHING RETURNING id",
        )
        .bind(&case_key)
        .bind(verdict_id)
        .bind(file_key(&verdict.project, &verdict.version, &verdict.filename))
        .bind(column(&project_key).into_owned())
        .bind(verdict.outcome.as_str())
        .bind(rank(verdict))
        // Follows the revisions that verdicts without a case have had.
        .bind(i64::from(event.revision).max(earlier + 1))
        .bind(upload.uploaded_by.as_deref().map(|name| column(name).into_owned()))
        .bind(uploaded_at)
        .bind(now)
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(row) = opened {
            let case_id = row.try_get("id")?;
            join(connection, verdict_id, case_id).await?;
            return Ok(Some(Change { case_id, verb: "opened" }));
        }
    }
    // Writing nothing, this locks the case until the commit.
    let case = sqlx::query(
        "UPDATE review_case SET key = key WHERE key = $1 RETURNING id, status, outcome, verdict_id, \
         (SELECT v.revision FROM verdict v WHERE v.id = review_case.verdict_id) AS stood",
    )
    .bind(&case_key)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(case) = case else { return Ok(None) };
    let case_id: i64 = case.try_get("id")?;
    let status = word(&case, "status", CaseStatus::parse)?;
    let outcome = word(&case, "outcome", Outcome::parse)?;
    join(connection, verdict_id, case_id).await?;
    // The one on which the case stands: was it given without reading the file? This one may have just replaced it.
    let standing: i64 = case.try_get("verdict_id")?;
    let stood_unread = standing == verdict_id || case.try_get::<i64, _>("stood")? == i64::from(UNREAD);
    let read = event.revision != UNREAD;
    if read && stood_unread && verdict.outcome == Outcome::Clear && verdict_id >= standing {
        // A human's word stays, also one that was taken back.
        let withdrawn = sqlx::query(
            "DELETE FROM review_case WHERE id = $1 AND status = 'open' \
             AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.case_id = review_case.id)",
        )
        .bind(case_id)
        .execute(&mut *connection)
        .await?;
        if withdrawn.rows_affected() > 0 {
            sqlx::query("UPDATE verdict SET case_id = NULL WHERE case_id = $1")
                .bind(case_id)
                .execute(connection)
                .await?;
            return Ok(Some(Change { case_id, verb: WITHDRAWN }));
        }
    }
    let reopens = status == CaseStatus::Dismissed && verdict.outcome > outcome;
    // Who could not read the file says nothing against what was found in it.
    let says_more = read || stood_unread;
    let stands = verdict.outcome != Outcome::Clear && says_more && (status == CaseStatus::Open || reopens);
    if stands {
        sqlx::query(
            "UPDATE review_case SET verdict_id = $1, outcome = $2, rank = $3, revision = revision + 1, \
             status = 'open', decided_at = NULL, decided_by = NULL, \
             opened_at = CASE WHEN status = 'open' THEN opened_at ELSE $4 END WHERE id = $5",
        )
        .bind(verdict_id)
        .bind(verdict.outcome.as_str())
        .bind(rank(verdict))
        .bind(now)
        .bind(case_id)
        .execute(connection)
        .await?;
    }
    Ok(Some(Change { case_id, verb: if reopens { "reopened" } else { "joined" } }))
}

async fn join(connection: &mut Connection, verdict_id: i64, case_id: i64) -> Result<()> {
    sqlx::query("UPDATE verdict SET case_id = $1 WHERE id = $2")
        .bind(case_id)
        .bind(verdict_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The event for the index. It says what holds for the file: a moderator's word stands above a machine's, and an open
/// case above a later clear verdict.
async fn publish(
    connection: &mut Connection,
    mut event: VerdictEvent,
    recorded: &Recorded,
    voice: &Voice,
    now: Moment,
) -> Result<()> {
    let standing = match recorded.case_id {
        Some(case_id) => {
            let row = sqlx::query("SELECT status, outcome, revision FROM review_case WHERE id = $1")
                .bind(case_id)
                .fetch_one(&mut *connection)
                .await?;
            Some(Standing {
                case_id,
                status: word(&row, "status", CaseStatus::parse)?,
                outcome: word(&row, "outcome", Outcome::parse)?,
                revision: row.try_get("revision")?,
            })
        }
        None => None,
    };
    match standing {
        Some(standing) => standing.apply(&mut event),
        None => {
            let verdicts: i64 = sqlx::query_scalar(concat!("SELECT ", revisions!(), "WHERE o.file_key = $1"))
                .bind(file_key(&event.verdict.project, &event.verdict.version, &event.verdict.filename))
                .fetch_one(&mut *connection)
                .await?;
            event.revision = event.revision.max(u32::try_from(verdicts).unwrap_or(u32::MAX));
        }
    }
    let message_id = if recorded.new {
        event.message_id()
    } else {
        // Another upload of a judged file: it gets an answer of its own.
        format!("{}:{}", event.message_id(), &upload_key(&event.upload)[..12])
    };
    let body = public_event(&event, voice, &message_id, recorded.case_id, now);
    let row =
        outbox::NewRow { topic: Topic::Published, message_id: &message_id, body: &body, case: None, available_at: now };
    outbox::push(connection, &row, now).await
}

/// The short verdict event as a CloudEvent.
pub(super) fn public_event(
    event: &VerdictEvent,
    voice: &Voice,
    message_id: &str,
    case_id: Option<i64>,
    now: Moment,
) -> String {
    let case_url = match (&voice.dashboard, case_id) {
        (Some(dashboard), Some(case)) => Some(format!("{}/case/{case}", dashboard.trim_end_matches('/'))),
        _ => None,
    };
    let data = event.public(case_url.as_deref());
    cloud_event(TYPE_VERDICT, &voice.source, message_id, &now.to_string(), &event.subject(), &data).to_string()
}
