//! Upload events, pending until judged.

use model::UploadEvent;
use sqlx::Row as _;

use super::rows::{moment, word};
use super::{Backend, Connection};
use crate::text::{column, file_key, upload_key};
use crate::{Moment, Result, UploadRow, UploadState};

/// Marks an upload as judged, whether or not it was noted before. True when it was not judged yet.
pub(super) async fn judged(
    connection: &mut Connection,
    event: &UploadEvent,
    verdict_id: i64,
    now: Moment,
) -> Result<bool> {
    let row = sqlx::query(
        "INSERT INTO upload (key, event_id, sha256, file_key, state, seen_at, judged_at, verdict_id, event) \
         VALUES ($1, $2, $3, $4, 'judged', $5, $5, $6, $7) \
         ON CONFLICT (key) DO UPDATE SET state = 'judged', judged_at = excluded.judged_at, \
         verdict_id = excluded.verdict_id WHERE upload.state <> 'judged' RETURNING id",
    )
    .bind(upload_key(event))
    .bind(column(&event.id).into_owned())
    .bind(event.sha256.to_string())
    .bind(file_key(&event.project, &event.version, &event.filename))
    .bind(now)
    .bind(verdict_id)
    .bind(serde_json::to_string(event)?)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Notes an upload as pending. False when it was known.
pub(super) async fn accept(connection: &mut Connection, event: &UploadEvent, now: Moment) -> Result<bool> {
    let result = sqlx::query(
        "INSERT INTO upload (key, event_id, sha256, file_key, state, seen_at, event) \
         VALUES ($1, $2, $3, $4, 'pending', $5, $6) ON CONFLICT (key) DO NOTHING",
    )
    .bind(upload_key(event))
    .bind(column(&event.id).into_owned())
    .bind(event.sha256.to_string())
    .bind(file_key(&event.project, &event.version, &event.filename))
    .bind(now)
    .bind(serde_json::to_string(event)?)
    .execute(connection)
    .await?;
    Ok(result.rows_affected() == 1)
}

impl Backend {
    pub(crate) async fn uploads(&self, state: UploadState, limit: u32) -> Result<Vec<UploadRow>> {
        let rows = sqlx::query(
            "SELECT state, seen_at, judged_at, verdict_id, event FROM upload \
             WHERE state = $1 ORDER BY id LIMIT $2",
        )
        .bind(state.as_str())
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(UploadRow {
                    event: serde_json::from_str(row.try_get("event")?)?,
                    state: word(row, "state", UploadState::parse)?,
                    seen_at: row.try_get("seen_at")?,
                    judged_at: moment(row, "judged_at")?,
                    verdict_id: row.try_get("verdict_id")?,
                })
            })
            .collect()
    }

    pub(crate) async fn overdue(&self, before: Moment, limit: u32) -> Result<Vec<UploadEvent>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT event FROM upload WHERE state = 'pending' AND seen_at < $1 ORDER BY id LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|event| Ok(serde_json::from_str(event)?)).collect()
    }

    /// By their cases, which are few and found on the index of ranks.
    pub(crate) async fn unread(&self, limit: u32) -> Result<Vec<UploadEvent>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT u.event FROM review_case c JOIN verdict v ON v.id = c.verdict_id \
             JOIN upload u ON u.key = v.upload_key \
             WHERE c.status = 'open' AND c.rank >= 1000000 AND c.rank < 2000000 AND v.revision = 0 ORDER BY c.id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|event| Ok(serde_json::from_str(event)?)).collect()
    }

    pub(crate) async fn knows(&self, upload: &UploadEvent) -> Result<bool> {
        let known: Option<i64> =
            sqlx::query_scalar("SELECT id FROM upload WHERE file_key = $1 AND sha256 = $2 LIMIT 1")
                .bind(file_key(&upload.project, &upload.version, &upload.filename))
                .bind(upload.sha256.to_string())
                .fetch_optional(self.reader())
                .await?;
        Ok(known.is_some())
    }
}
