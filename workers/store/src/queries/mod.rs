//! The queries, written once and compiled for each database: SQL that both speak, with `$1` parameters.

mod audit;
mod cases;
mod decide;
mod figures;
mod joining;
mod outbox;
mod record;
mod rows;
mod sessions;
mod uploads;
mod verdicts;
mod workers;

use super::{Backend, Connection, MIGRATOR, Row, many};
use crate::{Result, StoreError};

impl Backend {
    /// The database answers, and every migration of this program has been applied. Those of a later program may be, too:
    /// they add before they take away, so that two versions work side by side.
    pub(crate) async fn ready(&self) -> Result<()> {
        let needed = needed();
        match self.applied().await? {
            Some(found) if found >= needed => Ok(()),
            found => Err(StoreError::Schema { found, needed }),
        }
    }

    /// Whether a later program has migrated.
    pub(super) async fn is_ahead(&self) -> Result<bool> {
        Ok(self.applied().await?.is_some_and(|found| found > needed()))
    }

    async fn applied(&self) -> Result<Option<i64>> {
        let applied = sqlx::query_scalar::<_, Option<i64>>("SELECT MAX(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(self.reader())
            .await;
        match applied {
            // No table yet: the database answers, but nobody has migrated it.
            Err(sqlx::Error::Database(_)) => Ok(None),
            applied => Ok(applied?),
        }
    }

    pub(crate) async fn clock(&self) -> Result<crate::Moment> {
        Ok(crate::Moment(sqlx::query_scalar(super::CLOCK).fetch_one(self.reader()).await?))
    }
}

/// The last migration of this program.
fn needed() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}
