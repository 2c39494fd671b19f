//! Verdicts by id, by name, by digest.

use model::{Attestation, Digest};
use sqlx::Row as _;

use super::rows::{digest, verdict_row, word};
use super::{Backend, Row};
use crate::text::{column, file_key, normalise_project};
use crate::{CaseStatus, FileRecord, FileState, Result, VerdictDetail, VerdictRow};

/// Sorts after every text that begins with what it is put behind.
const LAST: char = '\u{10FFFF}';

impl Backend {
    pub(crate) async fn latest(&self, before: Option<i64>, limit: u32) -> Result<Vec<VerdictRow>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            "FROM verdict v WHERE v.id < $1 ORDER BY v.id DESC LIMIT $2"
        ))
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(verdict_row).collect()
    }

    pub(crate) async fn verdict(&self, verdict_id: i64) -> Result<Option<VerdictDetail>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            ", v.context, v.body, (SELECT u.event FROM upload u WHERE u.key = v.upload_key) AS event \
             FROM verdict v WHERE v.id = $1"
        ))
        .bind(verdict_id)
        .fetch_optional(self.reader())
        .await?;
        match row {
            Some(row) => Ok(Some(self.detail(&row).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn by_digest(&self, sha256: &Digest) -> Result<Option<VerdictDetail>> {
        let id: Option<i64> = sqlx::query_scalar("SELECT id FROM verdict WHERE sha256 = $1 ORDER BY id DESC LIMIT 1")
            .bind(sha256.to_string())
            .fetch_optional(self.reader())
            .await?;
        match id {
            Some(id) => self.verdict(id).await,
            None => Ok(None),
        }
    }

    async fn detail(&self, row: &Row) -> Result<VerdictDetail> {
        let summary = verdict_row(row)?;
        let sources: Vec<String> =
            sqlx::query_scalar("SELECT body FROM source_text WHERE verdict_id = $1 ORDER BY position")
                .bind(summary.verdict_id)
                .fetch_all(self.reader())
                .await?;
        let event: Option<&str> = row.try_get("event")?;
        Ok(VerdictDetail {
            verdict: serde_json::from_str(row.try_get("body")?)?,
            sources: sources.iter().map(|body| Ok(serde_json::from_str(body)?)).collect::<Result<_>>()?,
            attestations: self.attestations(&summary.sha256, &summary.rulebook, &digest(row, "context")?).await?,
            upload: event.map(serde_json::from_str).transpose()?,
            row: summary,
        })
    }

    /// What was signed about the verdict that is kept. The signer hears both, one that was given without reading the file
    /// and one that was: a token for the second must not stand beside the first, nor the first's doubts beside the second.
    async fn attestations(&self, sha256: &Digest, rulebook: &Digest, context: &Digest) -> Result<Vec<Attestation>> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT a.body FROM attestation a JOIN verdict v \
             ON v.sha256 = a.sha256 AND v.rulebook = a.rulebook AND v.context = a.context \
             WHERE a.sha256 = $1 AND a.rulebook = $2 AND a.context = $3 \
             AND a.revision <> CASE WHEN v.revision = 0 THEN 1 ELSE 0 END \
             ORDER BY a.revision DESC, a.id LIMIT 50",
        )
        .bind(sha256.to_string())
        .bind(rulebook.to_string())
        .bind(context.to_string())
        .fetch_all(self.reader())
        .await?;
        bodies.iter().map(|body| Ok(serde_json::from_str(body)?)).collect()
    }

    pub(crate) async fn search(&self, text: &str, limit: u32) -> Result<Vec<VerdictRow>> {
        let text = column(text.trim()).into_owned();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let project = column(&normalise_project(&text)).into_owned();
        let lower = text.to_ascii_lowercase();
        let hex = (8..=64).contains(&lower.len()) && lower.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (from, to) = if hex { (lower.clone(), format!("{lower}{LAST}")) } else { Default::default() };
        let rows = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            "FROM verdict v WHERE (v.sha256 >= $1 AND v.sha256 < $2) OR v.filename = $3 \
             OR (v.project_key >= $4 AND v.project_key < $5) ORDER BY v.id DESC LIMIT $6"
        ))
        .bind(from)
        .bind(to)
        .bind(text)
        .bind(project.clone())
        .bind(format!("{project}{LAST}"))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(verdict_row).collect()
    }

    pub(crate) async fn file(&self, project: &str, version: &str, filename: &str) -> Result<Option<FileRecord>> {
        let key = file_key(project, version, filename);
        let newest = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            ", v.context, (SELECT s.revision FROM review_case s WHERE s.id = v.case_id) AS case_revision, \
             (SELECT ",
            revisions!(),
            "WHERE o.file_key = v.file_key) AS verdicts \
             FROM verdict v WHERE v.file_key = $1 ORDER BY v.id DESC LIMIT 1"
        ))
        .bind(&key)
        .fetch_optional(self.reader())
        .await?;
        if let Some(row) = newest {
            let verdict = verdict_row(&row)?;
            let case: Option<i64> = row.try_get("case_revision")?;
            let verdicts: i64 = row.try_get("verdicts")?;
            let state = match verdict.case_status {
                Some(CaseStatus::Open) => FileState::Suspicious,
                Some(CaseStatus::Confirmed) => FileState::Quarantined,
                Some(CaseStatus::Dismissed) => FileState::Cleared,
                None if verdict.outcome == model::Outcome::Clear => FileState::Cleared,
                None => FileState::Suspicious,
            };
            return Ok(Some(FileRecord {
                state,
                seq: case.unwrap_or(0).max(verdicts),
                attestations: self.attestations(&verdict.sha256, &verdict.rulebook, &digest(&row, "context")?).await?,
                project: verdict.project,
                version: verdict.version,
                filename: verdict.filename,
                sha256: verdict.sha256,
            }));
        }
        let waiting = sqlx::query("SELECT event FROM upload WHERE file_key = $1 ORDER BY id DESC LIMIT 1")
            .bind(&key)
            .fetch_optional(self.reader())
            .await?;
        let Some(row) = waiting else { return Ok(None) };
        let event: model::UploadEvent = word(&row, "event", |text| serde_json::from_str(text).ok())?;
        Ok(Some(FileRecord {
            project: event.project,
            version: event.version,
            filename: event.filename,
            sha256: event.sha256,
            state: FileState::Held,
            seq: 0,
            attestations: Vec::new(),
        }))
    }
}
