//! Upload events, pending until judged.

use model::{Digest, UploadEvent};
use sqlx::Row as _;

use super::rows::{moment, word};
use super::{Backend, Connection};
use crate::text::{column, file_key, normalise_project, upload_key};
use crate::{Moment, Result, Selected, Selection, UploadRow, UploadState};

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

    pub(crate) async fn last_upload(&self) -> Result<i64> {
        let last = sqlx::query_scalar::<_, Option<i64>>("SELECT MAX(id) FROM upload").fetch_one(self.reader()).await?;
        Ok(last.unwrap_or(0))
    }

    /// A row for each upload and each verdict of this rulebook on it.
    pub(crate) async fn selected(
        &self,
        selection: &Selection,
        rulebook: &Digest,
        (after, until): (i64, i64),
    ) -> Result<Vec<Selected>> {
        let rows = sqlx::query(
            "SELECT u.id, u.event, j.context FROM upload u \
             LEFT JOIN verdict j ON j.sha256 = u.sha256 AND j.rulebook = $1 AND j.file_key = u.file_key \
             AND j.revision > 0 \
             WHERE u.id > $2 AND u.id <= $3 AND u.state = 'judged' AND u.seen_at >= $4 \
             AND NOT EXISTS (SELECT 1 FROM upload o WHERE o.file_key = u.file_key AND o.sha256 = u.sha256 \
             AND o.id > u.id) \
             AND ($5 = '' OR u.file_key IN (SELECT p.file_key FROM verdict p WHERE p.project_key = $5)) \
             AND ($6 = '' OR $6 = (SELECT v.outcome FROM verdict v WHERE v.file_key = u.file_key \
             AND v.sha256 = u.sha256 ORDER BY v.id DESC LIMIT 1)) \
             ORDER BY u.id",
        )
        .bind(rulebook.to_string())
        .bind(after)
        .bind(until)
        .bind(selection.since.unwrap_or(Moment(i64::MIN)))
        .bind(
            selection.project.as_deref().map(|name| column(&normalise_project(name)).into_owned()).unwrap_or_default(),
        )
        .bind(selection.outcome.map(model::Outcome::as_str).unwrap_or_default())
        .fetch_all(self.reader())
        .await?;
        let mut selected: Vec<Selected> = Vec::with_capacity(rows.len());
        for row in &rows {
            let number: i64 = row.try_get("id")?;
            if selected.last().is_none_or(|last| last.number != number) {
                let event = serde_json::from_str(row.try_get("event")?)?;
                selected.push(Selected { number, event, judged: false });
            }
            if let (Some(context), Some(one)) = (row.try_get::<Option<String>, _>("context")?, selected.last_mut()) {
                one.judged |= context == one.event.context().digest().to_string();
            }
        }
        Ok(selected)
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
