//! Figures for pages and metrics.

use model::{DecisionKind, Outcome};
use sqlx::Row as _;

use super::Backend;
use super::rows::{moment, word};
use crate::{Band, Counts, Figures, Judge, Judges, Moment, Result, Totals};

impl Backend {
    pub(crate) async fn counts(&self, now: Moment) -> Result<Counts> {
        let (open_by_band, oldest_open) = self.open_cases().await?;
        let waited: Vec<i64> = sqlx::query_scalar(
            "SELECT waited_ms FROM decision WHERE decided_at >= $1 AND undoes IS NULL ORDER BY waited_ms LIMIT 100000",
        )
        .bind(now.midnight())
        .fetch_all(self.reader())
        .await?;
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM upload WHERE state = 'pending') AS pending, \
             (SELECT COUNT(*) FROM verdict) AS verdicts, \
             (SELECT MAX(recorded_at) FROM verdict WHERE id = (SELECT MAX(id) FROM verdict)) AS last_verdict",
        )
        .fetch_one(self.reader())
        .await?;
        Ok(Counts {
            open: open_by_band.iter().map(|(_, count)| count).sum(),
            open_by_band,
            oldest_open,
            decided_today: i64::try_from(waited.len()).unwrap_or(i64::MAX),
            // They come sorted.
            median_decision_ms: waited.get(waited.len() / 2).copied(),
            pending: row.try_get("pending")?,
            verdicts: row.try_get("verdicts")?,
            last_verdict: moment(&row, "last_verdict")?,
        })
    }

    async fn open_cases(&self) -> Result<(Vec<(Band, i64)>, Option<Moment>)> {
        let rows = sqlx::query(
            "SELECT outcome, COUNT(*) AS cases, MIN(opened_at) AS oldest FROM review_case WHERE status = 'open' \
             GROUP BY outcome",
        )
        .fetch_all(self.reader())
        .await?;
        let mut bands = Band::ALL.map(|band| (band, 0));
        let mut oldest = None;
        for row in &rows {
            let band = Band::of(word(row, "outcome", Outcome::parse)?);
            let cases: i64 = row.try_get("cases")?;
            for entry in bands.iter_mut().filter(|entry| entry.0 == band) {
                entry.1 += cases;
            }
            oldest = [oldest, moment(row, "oldest")?].into_iter().flatten().min();
        }
        Ok((bands.to_vec(), oldest))
    }

    pub(crate) async fn judges(&self, since: Moment) -> Result<Judges> {
        // The newest ids only: a page that counts all verdicts would be slower with every file of the index.
        let rows = sqlx::query(
            "SELECT engine, rulebook, COUNT(*) AS verdicts, MAX(recorded_at) AS last FROM verdict \
             WHERE id > (SELECT COALESCE(MAX(id), 0) FROM verdict) - $1 \
             GROUP BY engine, rulebook ORDER BY last DESC LIMIT 50",
        )
        .bind(i64::from(Judges::LOOKED_AT))
        .fetch_all(self.reader())
        .await?;
        let recent = sqlx::query(
            "SELECT COUNT(*) AS recent, MIN(recorded_at) AS since FROM verdict \
             WHERE id > (SELECT COALESCE(MAX(id), 0) FROM verdict) - $1 AND recorded_at >= $2",
        )
        .bind(i64::from(Judges::LOOKED_AT))
        .bind(since)
        .fetch_one(self.reader())
        .await?;
        let judge = |row: &super::Row| {
            Ok(Judge {
                engine: row.try_get("engine")?,
                rulebook: row.try_get("rulebook")?,
                verdicts: row.try_get("verdicts")?,
                last: row.try_get("last")?,
            })
        };
        Ok(Judges {
            judges: rows.iter().map(judge).collect::<Result<_>>()?,
            recent: recent.try_get("recent")?,
            since: moment(&recent, "since")?,
        })
    }

    pub(crate) async fn figures(&self) -> Result<Figures> {
        let (cases_open, oldest_open) = self.open_cases().await?;
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM upload WHERE state = 'pending') AS uploads_pending, \
             (SELECT MIN(seen_at) FROM upload WHERE state = 'pending') AS oldest_pending, \
             (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL) AS outbox_unsent, \
             (SELECT MIN(created_at) FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL) AS oldest_unsent, \
             (SELECT seq FROM audit_head WHERE id = 1) AS audit_rows",
        )
        .fetch_one(self.reader())
        .await?;
        Ok(Figures {
            uploads_pending: row.try_get("uploads_pending")?,
            oldest_pending: moment(&row, "oldest_pending")?,
            cases_open,
            oldest_open,
            outbox_unsent: row.try_get("outbox_unsent")?,
            oldest_unsent: moment(&row, "oldest_unsent")?,
            audit_rows: row.try_get("audit_rows")?,
        })
    }

    pub(crate) async fn totals(&self) -> Result<Totals> {
        let uploads = sqlx::query_scalar("SELECT COUNT(*) FROM upload").fetch_one(self.reader()).await?;
        let verdicts = sqlx::query("SELECT outcome, COUNT(*) AS verdicts FROM verdict GROUP BY outcome")
            .fetch_all(self.reader())
            .await?;
        let decisions = sqlx::query("SELECT kind, COUNT(*) AS decisions FROM decision GROUP BY kind")
            .fetch_all(self.reader())
            .await?;
        let rules = sqlx::query(
            "SELECT rule, status, COUNT(DISTINCT verdict_id) AS hits FROM finding GROUP BY rule, status \
             ORDER BY rule, status LIMIT 1000",
        )
        .fetch_all(self.reader())
        .await?;
        let count_of = |name: &str, rows: &[(String, i64)]| {
            rows.iter().find(|(word, _)| word == name).map_or(0, |(_, count)| *count)
        };
        let pairs = |rows: &[super::Row], count: &'static str, label: &'static str| {
            rows.iter()
                .map(|row| Ok((row.try_get(label)?, row.try_get(count)?)))
                .collect::<Result<Vec<(String, i64)>>>()
        };
        let (verdicts, decisions) = (pairs(&verdicts, "verdicts", "outcome")?, pairs(&decisions, "decisions", "kind")?);
        Ok(Totals {
            uploads,
            verdicts: Outcome::ALL.map(|outcome| (outcome, count_of(outcome.as_str(), &verdicts))).to_vec(),
            decisions: DecisionKind::ALL.map(|kind| (kind, count_of(kind.as_str(), &decisions))).to_vec(),
            rule_hits: rules
                .iter()
                .map(|row| Ok((row.try_get("rule")?, row.try_get("status")?, row.try_get("hits")?)))
                .collect::<Result<_>>()?,
        })
    }
}
