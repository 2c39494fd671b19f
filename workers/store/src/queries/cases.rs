//! The ranked queue and the case page.

use model::DecisionKind;
use sqlx::Row as _;

use super::rows::{case_row, verdict_row, word};
use super::{Backend, Row};
use crate::text::{column, normalise_project};
use crate::{Band, CaseDetail, CaseFilter, CasePage, CaseStatus, Cursor, DecisionRow, Result, VerdictRow};

/// A page of the queue: found on the index of ranks first, then looked up, so that a page costs the same however many
/// cases wait.
macro_rules! case_page {
    ($status:literal) => {
        concat!(
            "SELECT ",
            case_columns!(),
            "FROM (SELECT q.id FROM review_case q WHERE ",
            $status,
            " AND q.rank <= $2 AND (q.rank < $2 OR q.id > $3) \
             AND ($4 IS NULL OR q.outcome = $4 OR ($4 = 'incomplete' AND q.outcome = 'clear')) \
             AND ($5 IS NULL OR q.project_key = $5) \
             AND ($6 IS NULL OR EXISTS (SELECT 1 FROM finding f WHERE f.verdict_id = q.verdict_id AND f.rule = $6)) \
             ORDER BY q.rank DESC, q.id LIMIT $7) page \
             JOIN review_case c ON c.id = page.id JOIN verdict v ON v.id = c.verdict_id ORDER BY c.rank DESC, c.id"
        )
    };
}

impl Backend {
    pub(crate) async fn cases(&self, filter: &CaseFilter) -> Result<CasePage> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(200) };
        let after = filter.after.unwrap_or(Cursor { rank: i64::MAX, id: 0 });
        let query = match filter.status {
            Some(_) => sqlx::query(case_page!("q.status = $1")),
            None => sqlx::query(case_page!("q.status <> COALESCE($1, '')")),
        };
        let rows = query
            .bind(filter.status.map(CaseStatus::as_str))
            .bind(after.rank)
            .bind(after.id)
            .bind(filter.band.map(|band| Band::outcome(band).as_str()))
            .bind(filter.project.as_deref().map(|name| column(&normalise_project(name)).into_owned()))
            .bind(filter.rule.as_deref().map(|rule| column(rule).into_owned()))
            .bind(i64::from(limit) + 1)
            .fetch_all(self.reader())
            .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = match (rows.len() > limit, rows.get(limit.saturating_sub(1))) {
            (true, Some(last)) => Some(Cursor { rank: last.try_get("rank")?, id: last.try_get("case_id")? }),
            _ => None,
        };
        Ok(CasePage { rows: rows.iter().take(limit).map(case_row).collect::<Result<_>>()?, next })
    }

    pub(crate) async fn case(&self, case_id: i64) -> Result<Option<CaseDetail>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            case_columns!(),
            "FROM review_case c JOIN verdict v ON v.id = c.verdict_id WHERE c.id = $1"
        ))
        .bind(case_id)
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let case = case_row(&row)?;
        let Some(detail) = self.verdict(row.try_get("verdict_id")?).await? else { return Ok(None) };
        let verdicts = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            "FROM verdict v WHERE v.sha256 = $1 ORDER BY v.id DESC LIMIT 50"
        ))
        .bind(case.sha256.to_string())
        .fetch_all(self.reader())
        .await?;
        let decisions = sqlx::query(
            "SELECT d.*, EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.id) AS undone FROM decision d \
             WHERE d.case_id = $1 ORDER BY d.id DESC LIMIT 200",
        )
        .bind(case_id)
        .fetch_all(self.reader())
        .await?;
        let siblings = sqlx::query(concat!(
            "SELECT ",
            verdict_columns!(),
            "FROM verdict v WHERE v.project_key = $1 AND v.sha256 <> $2 ORDER BY v.id DESC LIMIT 200"
        ))
        .bind(row.try_get::<String, _>("project_key")?)
        .bind(case.sha256.to_string())
        .fetch_all(self.reader())
        .await?;
        Ok(Some(CaseDetail {
            detail,
            verdicts: verdicts.iter().map(verdict_row).collect::<Result<_>>()?,
            decisions: decisions.iter().map(decision_row).collect::<Result<_>>()?,
            audit: self.audit_rows(Some(&format!("case:{case_id}")), None, 200).await?,
            siblings: newest_of_each(siblings.iter().map(verdict_row).collect::<Result<_>>()?),
            case,
        }))
    }
}

/// A file that was judged by several rulebooks is listed once.
fn newest_of_each(rows: Vec<VerdictRow>) -> Vec<VerdictRow> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<_> = rows.into_iter().filter(|row| seen.insert((row.sha256, row.filename.clone()))).collect();
    kept.truncate(50);
    kept
}

fn decision_row(row: &Row) -> Result<DecisionRow> {
    Ok(DecisionRow {
        decision_id: row.try_get("id")?,
        case_id: row.try_get("case_id")?,
        kind: word(row, "kind", DecisionKind::parse)?,
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
        cited: serde_json::from_str(row.try_get("cited")?)?,
        decided_at: row.try_get("decided_at")?,
        revision: row.try_get("revision")?,
        from: word(row, "from_status", CaseStatus::parse)?,
        to: word(row, "to_status", CaseStatus::parse)?,
        undoes: row.try_get("undoes")?,
        undone: row.try_get("undone")?,
    })
}
