//! What a verdict does to the case of its file.

use model::{Outcome, Verdict, VerdictEvent};
use sqlx::Row as _;

use super::Connection;
use super::record::UNREAD;
use super::rows::word;
use crate::text::{column, file_key, key, normalise_project};
use crate::{CaseStatus, Moment, Result};

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

pub(super) struct Change {
    pub(super) case_id: i64,
    pub(super) verb: &'static str,
}

/// The case is gone: nothing was ever found, and now the file was read.
pub(super) const WITHDRAWN: &str = "withdrawn";

/// A case is a file: bytes, project and file name.
pub(super) fn case_key(verdict: &Verdict) -> String {
    key(&[&verdict.sha256.to_string(), &normalise_project(&verdict.project), &verdict.filename])
}

/// Opens a case for a verdict that is not clear, or joins the one that this file has.
///
/// A machine never closes a case, and reopens a dismissed one only when it now says something worse than what was
/// dismissed. A case that was opened only because nobody could read the file, and on which nobody decided, goes when the
/// file was read and is clear.
pub(super) async fn open_or_join(
    connection: &mut Connection,
    verdict_id: i64,
    event: &VerdictEvent,
    now: Moment,
) -> Result<Option<Change>> {
    let (verdict, upload) = (&event.verdict, &event.upload);
    let (project_key, case_key) = (normalise_project(&verdict.project), case_key(verdict));
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
