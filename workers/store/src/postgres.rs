//! PostgreSQL: for a fleet.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::Result;

#[path = "queries/mod.rs"]
mod queries;

pub(crate) type Connection = sqlx::PgConnection;
pub(crate) type Pool = sqlx::PgPool;
pub(crate) type Row = sqlx::postgres::PgRow;
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../schema/migrations/postgres");

/// Milliseconds since 1970.
const CLOCK: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT";

#[derive(Clone, Debug)]
pub(crate) struct Backend {
    pool: Pool,
    /// Without the time limits of `pool`, for migrations.
    patient: PgConnectOptions,
}

impl Backend {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let patient: PgConnectOptions = url.parse::<PgConnectOptions>()?.application_name("gatehouse");
        let hasty = patient.clone().options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "8s"),
            // A transaction that was left open keeps its row locks, and hides those rows from everybody, for ever.
            ("idle_in_transaction_session_timeout", "15s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(hasty)
            .await?;
        Ok(Self { pool, patient })
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        if self.is_ahead().await? {
            return Ok(());
        }
        let mut connection = self.patient.connect().await?;
        Ok(MIGRATOR.run_direct(None, &mut connection, false).await?)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) const fn reader(&self) -> &Pool {
        &self.pool
    }

    async fn write(&self) -> Result<Transaction> {
        Ok(self.pool.begin().await?)
    }
}
