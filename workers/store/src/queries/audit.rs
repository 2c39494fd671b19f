//! Writing and walking the audit chain.

use sqlx::Row as _;

use super::{Backend, Connection, Row};
use crate::audit::{GENESIS, seal};
use crate::text::{column, prose};
use crate::{AuditEntry, AuditReport, AuditRow, Moment, Result, StoreError};

/// Adds a row. Call it last in a transaction: from here to the commit nobody else can add one.
pub(super) async fn append(connection: &mut Connection, entry: &AuditEntry, now: Moment) -> Result<AuditRow> {
    let mut rows = append_all(connection, std::slice::from_ref(entry), now).await?;
    rows.pop().ok_or_else(|| StoreError::Row("an audit row that was not written".to_owned()))
}

/// Adds rows in their order, as [`append`] does one; the head of the chain moves once.
pub(super) async fn append_all(
    connection: &mut Connection,
    entries: &[AuditEntry],
    now: Moment,
) -> Result<Vec<AuditRow>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let head = sqlx::query("UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash")
        .bind(count)
        .fetch_one(&mut *connection)
        .await?;
    let before = head.try_get::<i64, _>("seq")? - count;
    let mut previous: String = head.try_get("hash")?;
    let mut rows = Vec::with_capacity(entries.len());
    for (seq, entry) in (before + 1..).zip(entries) {
        let mut row = AuditRow {
            seq,
            at: now,
            actor: column(&entry.actor).into_owned(),
            action: column(&entry.action).into_owned(),
            subject: column(&entry.subject).into_owned(),
            detail: prose(&entry.detail.to_string()).into_owned(),
            previous,
            hash: String::new(),
        };
        row.hash = seal(&row);
        previous = row.hash.clone();
        rows.push(row);
    }
    insert_all!(
        connection,
        row in rows,
        "audit (seq, at, actor, action, subject, detail, previous, hash)",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [
            row.seq,
            row.at.0,
            row.actor.as_str(),
            row.action.as_str(),
            row.subject.as_str(),
            row.detail.as_str(),
            row.previous.as_str(),
            row.hash.as_str(),
        ],
        ""
    );
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(&previous).execute(connection).await?;
    Ok(rows)
}

fn audit_row(row: &Row) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

impl Backend {
    pub(crate) async fn audit(&self, entry: &AuditEntry, now: Moment) -> Result<AuditRow> {
        let mut transaction = self.write().await?;
        let row = append(&mut transaction, entry, now).await?;
        transaction.commit().await?;
        Ok(row)
    }

    pub(crate) async fn audit_rows(
        &self,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let before = before.unwrap_or(i64::MAX);
        let rows = match subject {
            Some(subject) => {
                sqlx::query("SELECT * FROM audit WHERE subject = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3")
                    .bind(subject)
                    .bind(before)
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?
            }
            None => {
                sqlx::query("SELECT * FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
                    .bind(before)
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?
            }
        };
        rows.iter().map(audit_row).collect()
    }

    pub(crate) async fn verify_audit(&self) -> Result<AuditReport> {
        const PAGE: i64 = 1000;
        let head = sqlx::query("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_one(self.reader()).await?;
        let (last, head): (i64, String) = (head.try_get("seq")?, head.try_get("hash")?);
        let mut report = AuditReport { rows: 0, head: GENESIS.to_owned(), broken: None };
        while report.rows < last {
            let page = sqlx::query("SELECT * FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3")
                .bind(report.rows)
                .bind(last)
                .bind(PAGE)
                .fetch_all(self.reader())
                .await?;
            for row in &page {
                let row = audit_row(row)?;
                let expected = report.rows + 1;
                let complaint = if row.seq != expected {
                    Some("the row is missing")
                } else if row.previous != report.head {
                    Some("it does not follow the row before it")
                } else if row.hash != seal(&row) {
                    Some("it is not what was written")
                } else {
                    None
                };
                if let Some(complaint) = complaint {
                    report.broken = Some((expected, complaint.to_owned()));
                    return Ok(report);
                }
                report.rows = row.seq;
                report.head = row.hash;
            }
            if page.is_empty() {
                report.broken = Some((report.rows + 1, "rows at the end are missing".to_owned()));
                return Ok(report);
            }
        }
        if report.head != head {
            report.broken = Some((last, "it is not the row that was written last".to_owned()));
        }
        Ok(report)
    }
}
