//! The outbox: rows that a relay claims, sends, and marks.

use std::time::Duration;

use sqlx::Row as _;

use super::rows::word;
use super::{Backend, Connection, many};
use crate::{Moment, OutboxRow, Result, Topic};

pub(super) struct NewRow {
    pub(super) topic: Topic,
    pub(super) message_id: String,
    pub(super) body: String,
    /// The case and its revision, for events that an undo may take back.
    pub(super) case: Option<(i64, i64)>,
    pub(super) available_at: Moment,
}

pub(super) async fn push_all(connection: &mut Connection, rows: &[NewRow], now: Moment) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    insert_all!(
        connection,
        row in rows,
        "outbox (topic, message_id, body, case_id, revision, created_at, available_at)",
        "$1, $2, $3, $4, $5, $6, $7",
        [
            row.topic.as_str(),
            row.message_id.as_str(),
            row.body.as_str(),
            row.case.map(|(case_id, _)| case_id),
            row.case.map(|(_, revision)| revision),
            now.0,
            row.available_at.0,
        ],
        ""
    );
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
        let due: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL AND available_at <= $1 \
             ORDER BY available_at, id LIMIT $2",
        )
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&mut *transaction)
        .await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        // Whoever waited here for another relay finds the row claimed, by the condition that stands below again.
        let mine: Vec<i64> = sqlx::query_scalar(concat!("SELECT id FROM outbox WHERE id ", one_of!(), in_turn!()))
            .bind(many(&due))
            .fetch_all(&mut *transaction)
            .await?;
        let rows = sqlx::query(concat!(
            "UPDATE outbox SET available_at = $2, attempts = attempts + 1 WHERE id ",
            one_of!(),
            "AND sent_at IS NULL AND cancelled_at IS NULL AND available_at <= $3 \
             RETURNING id, topic, message_id, body, attempts"
        ))
        .bind(many(&mine))
        .bind(now.plus(lease))
        .bind(now)
        .fetch_all(&mut *transaction)
        .await?;
        let claimed = |row: &super::Row| {
            Ok(OutboxRow {
                id: row.try_get("id")?,
                topic: word(row, "topic", Topic::parse)?,
                message_id: row.try_get("message_id")?,
                body: row.try_get("body")?,
                attempts: row.try_get("attempts")?,
            })
        };
        let mut claimed = rows.iter().map(claimed).collect::<Result<Vec<_>>>()?;
        claimed.sort_unstable_by_key(|row| row.id);
        transaction.commit().await?;
        Ok(claimed)
    }

    pub(crate) async fn outbox_sent(&self, ids: &[i64], now: Moment) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(concat!("UPDATE outbox SET sent_at = $2 WHERE id ", one_of!(), "AND sent_at IS NULL"))
            .bind(many(ids))
            .bind(now)
            .execute(&mut *transaction)
            .await?;
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
