//! The outbox: rows that a relay claims, sends, and marks.

use std::time::Duration;

use sqlx::Row as _;

use super::rows::word;
use super::{Backend, Connection};
use crate::{Moment, OutboxRow, Result, Topic};

pub(super) struct NewRow<'a> {
    pub(super) topic: Topic,
    pub(super) message_id: &'a str,
    pub(super) body: &'a str,
    /// The case and its revision, for events that an undo may take back.
    pub(super) case: Option<(i64, i64)>,
    pub(super) available_at: Moment,
}

pub(super) async fn push(connection: &mut Connection, row: &NewRow<'_>, now: Moment) -> Result<()> {
    sqlx::query(
        "INSERT INTO outbox (topic, message_id, body, case_id, revision, created_at, available_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.topic.as_str())
    .bind(row.message_id)
    .bind(row.body)
    .bind(row.case.map(|(case_id, _)| case_id))
    .bind(row.case.map(|(_, revision)| revision))
    .bind(now)
    .bind(row.available_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes back the events of a decision that no relay has claimed. True when none of them is on its way.
pub(super) async fn cancel(connection: &mut Connection, case_id: i64, revision: i64, now: Moment) -> Result<bool> {
    sqlx::query(
        "UPDATE outbox SET cancelled_at = $1 WHERE case_id = $2 AND revision = $3 AND attempts = 0 \
         AND cancelled_at IS NULL AND sent_at IS NULL",
    )
    .bind(now)
    .bind(case_id)
    .bind(revision)
    .execute(&mut *connection)
    .await?;
    // No row at all means that they were sent and pruned: a decision always wrote some.
    let row = sqlx::query(
        "SELECT COUNT(*) AS written, COUNT(cancelled_at) AS cancelled FROM outbox \
         WHERE case_id = $1 AND revision = $2",
    )
    .bind(case_id)
    .bind(revision)
    .fetch_one(connection)
    .await?;
    let (written, cancelled): (i64, i64) = (row.try_get("written")?, row.try_get("cancelled")?);
    Ok(written > 0 && written == cancelled)
}

impl Backend {
    pub(crate) async fn claim_outbox(&self, limit: u32, lease: Duration, now: Moment) -> Result<Vec<OutboxRow>> {
        let mut transaction = self.write().await?;
        let mut due: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL AND available_at <= $1 \
             ORDER BY available_at, id LIMIT $2",
        )
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&mut *transaction)
        .await?;
        // One by one and in one order: relays at once wait for each other's rows, never in a circle. Whoever waited
        // finds the row claimed, by the condition that stands here again.
        due.sort_unstable();
        let mut claimed = Vec::with_capacity(due.len());
        for id in due {
            let row = sqlx::query(
                "UPDATE outbox SET available_at = $1, attempts = attempts + 1 WHERE id = $2 \
                 AND sent_at IS NULL AND cancelled_at IS NULL AND available_at <= $3 \
                 RETURNING id, topic, message_id, body, attempts",
            )
            .bind(now.plus(lease))
            .bind(id)
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else { continue };
            claimed.push(OutboxRow {
                id: row.try_get("id")?,
                topic: word(&row, "topic", Topic::parse)?,
                message_id: row.try_get("message_id")?,
                body: row.try_get("body")?,
                attempts: row.try_get("attempts")?,
            });
        }
        transaction.commit().await?;
        Ok(claimed)
    }

    pub(crate) async fn outbox_sent(&self, ids: &[i64], now: Moment) -> Result<()> {
        let mut transaction = self.write().await?;
        for id in ids {
            sqlx::query("UPDATE outbox SET sent_at = $1 WHERE id = $2 AND sent_at IS NULL")
                .bind(now)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn outbox_failed(&self, id: i64, retry_at: Moment) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query("UPDATE outbox SET available_at = $1 WHERE id = $2 AND sent_at IS NULL")
            .bind(retry_at)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn prune_outbox(&self, before: Moment) -> Result<u64> {
        let mut transaction = self.write().await?;
        let result = sqlx::query("DELETE FROM outbox WHERE sent_at < $1 OR cancelled_at < $1")
            .bind(before)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(result.rows_affected())
    }
}
