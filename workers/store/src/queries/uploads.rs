//! Upload events, pending until judged.

use std::collections::HashSet;

use model::{Digest, UploadEvent};
use sqlx::Row as _;

use super::rows::{moment, word};
use super::{Backend, Connection};
use crate::text::{column, file_key, normalise_project, upload_key};
use crate::{Moment, Result, Selected, Selection, UploadRow, UploadState};

/// What a row says of an upload event, whatever has become of it.
struct Columns {
    key: String,
    event_id: String,
    sha256: String,
    file_key: String,
    event: String,
}

impl Columns {
    fn of(event: &UploadEvent) -> Result<Self> {
        Ok(Self {
            key: upload_key(event),
            event_id: column(&event.id).into_owned(),
            sha256: event.sha256.to_string(),
            file_key: file_key(&event.project, &event.version, &event.filename),
            event: serde_json::to_string(event)?,
        })
    }
}

/// Marks uploads as judged by the verdicts beside them, whether or not they were noted before. The keys of those that were
/// not judged yet. No two of them are the same.
pub(super) async fn judged(
    connection: &mut Connection,
    uploads: &[(&UploadEvent, i64)],
    now: Moment,
) -> Result<HashSet<String>> {
    let columns = |(event, verdict_id): &(&UploadEvent, i64)| Ok((Columns::of(event)?, *verdict_id));
    let mut rows = uploads.iter().map(columns).collect::<Result<Vec<_>>>()?;
    // In one order, whoever writes: two who write the same rows wait for each other, never in a circle.
    rows.sort_unstable_by(|(one, _), (other, _)| one.key.cmp(&other.key));
    let returned = insert_all!(
        connection,
        row in rows,
        "upload (key, event_id, sha256, file_key, state, seen_at, judged_at, verdict_id, event)",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        [
            row.0.key.as_str(),
            row.0.event_id.as_str(),
            row.0.sha256.as_str(),
            row.0.file_key.as_str(),
            UploadState::Judged.as_str(),
            now.0,
            now.0,
            row.1,
            row.0.event.as_str(),
        ],
        "ON CONFLICT (key) DO UPDATE SET state = 'judged', judged_at = excluded.judged_at, \
         verdict_id = excluded.verdict_id WHERE upload.state <> 'judged' RETURNING key"
    );
    returned.iter().map(|row| Ok(row.try_get("key")?)).collect()
}

/// Notes uploads as pending; which of them were new. The same one twice is new once.
pub(super) async fn accept(connection: &mut Connection, events: &[&UploadEvent], now: Moment) -> Result<Vec<bool>> {
    let rows = events.iter().map(|event| Columns::of(event)).collect::<Result<Vec<_>>>()?;
    let mut once: Vec<&Columns> = rows.iter().collect();
    once.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    once.dedup_by(|one, other| one.key == other.key);
    let returned = insert_all!(
        connection,
        row in once,
        "upload (key, event_id, sha256, file_key, state, seen_at, event)",
        "$1, $2, $3, $4, $5, $6, $7",
        [
            row.key.as_str(),
            row.event_id.as_str(),
            row.sha256.as_str(),
            row.file_key.as_str(),
            UploadState::Pending.as_str(),
            now.0,
            row.event.as_str(),
        ],
        "ON CONFLICT (key) DO NOTHING RETURNING key"
    );
    let mut new = returned.iter().map(|row| Ok(row.try_get("key")?)).collect::<Result<HashSet<String>>>()?;
    Ok(rows.iter().map(|row| new.remove(&row.key)).collect())
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
