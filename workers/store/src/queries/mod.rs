//! The queries, written once and compiled for each database: SQL that both speak, with `$1` parameters.

mod audit;
mod cases;
mod decide;
mod figures;
mod outbox;
mod record;
mod rows;
mod sessions;
mod uploads;
mod verdicts;

use super::{Backend, Connection, MIGRATOR, Row};
use crate::{Result, StoreError};

impl Backend {
    /// The database answers, and every migration of this program has been applied.
    pub(crate) async fn ready(&self) -> Result<()> {
        let needed = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
        let applied = sqlx::query_scalar::<_, Option<i64>>("SELECT MAX(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(self.reader())
            .await;
        match applied {
            Ok(found) if found == Some(needed) => Ok(()),
            Ok(found) => Err(StoreError::Schema { found, needed }),
            // No table yet: the database answers, but nobody has migrated it.
            Err(sqlx::Error::Database(_)) => Err(StoreError::Schema { found: None, needed }),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn clock(&self) -> Result<crate::Moment> {
        Ok(crate::Moment(sqlx::query_scalar(super::CLOCK).fetch_one(self.reader()).await?))
    }
}
