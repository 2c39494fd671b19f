//! Rows into words.

use model::{Digest, Outcome, PackageType};
use sqlx::Row as _;

use super::Row;
use crate::{Band, CaseRow, CaseStatus, Moment, Result, StoreError, VerdictRow};

/// Reads a word that this program wrote.
pub(super) fn word<T>(row: &Row, column: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    let text: &str = row.try_get(column)?;
    parse(text).ok_or_else(|| StoreError::Row(format!("column {column} holds {text:?}")))
}

pub(super) fn digest(row: &Row, column: &'static str) -> Result<Digest> {
    word(row, column, |text| text.parse().ok())
}

fn packagetype(text: &str) -> Option<PackageType> {
    [PackageType::Sdist, PackageType::BdistWheel, PackageType::BdistEgg, PackageType::Unknown]
        .into_iter()
        .find(|kind| kind.as_str() == text)
}

pub(super) fn verdict_row(row: &Row) -> Result<VerdictRow> {
    let case_status: Option<&str> = row.try_get("case_status")?;
    Ok(VerdictRow {
        verdict_id: row.try_get("verdict_id")?,
        sha256: digest(row, "sha256")?,
        project: row.try_get("project")?,
        version: row.try_get("version")?,
        filename: row.try_get("filename")?,
        packagetype: word(row, "packagetype", packagetype)?,
        outcome: word(row, "outcome", Outcome::parse)?,
        score: row.try_get("score")?,
        summary: row.try_get("summary")?,
        rulebook: digest(row, "rulebook")?,
        engine: row.try_get("engine")?,
        took_ms: row.try_get("took_ms")?,
        recorded_at: row.try_get("recorded_at")?,
        case_id: row.try_get("case_id")?,
        case_status: case_status.and_then(CaseStatus::parse),
    })
}

pub(super) fn case_row(row: &Row) -> Result<CaseRow> {
    let outcome = word(row, "outcome", Outcome::parse)?;
    Ok(CaseRow {
        case_id: row.try_get("case_id")?,
        revision: row.try_get("revision")?,
        status: word(row, "status", CaseStatus::parse)?,
        band: Band::of(outcome),
        outcome,
        score: row.try_get("score")?,
        summary: row.try_get("summary")?,
        project: row.try_get("project")?,
        version: row.try_get("version")?,
        filename: row.try_get("filename")?,
        sha256: digest(row, "sha256")?,
        packagetype: word(row, "packagetype", packagetype)?,
        uploaded_by: row.try_get("uploaded_by")?,
        siblings_open: row.try_get("siblings_open")?,
        uploaded_at: row.try_get("uploaded_at")?,
        opened_at: row.try_get("opened_at")?,
        decided_at: row.try_get("decided_at")?,
        decided_by: row.try_get("decided_by")?,
    })
}

/// Milliseconds as a moment, of an aggregate over no rows.
pub(super) fn moment(row: &Row, column: &'static str) -> Result<Option<Moment>> {
    Ok(row.try_get(column)?)
}
