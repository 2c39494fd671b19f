//! PostgreSQL: for a fleet.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::Result;

#[path = "queries/mod.rs"]
mod queries;

pub(crate) type Connection = sqlx::PgConnection;
pub(crate) type Pool = sqlx::PgPool;
pub(crate) type Row = sqlx::postgres::PgRow;
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../schema/migrations/postgres");

/// Shorter than what a query may take: who stands behind a migration that waits must not fail for it.
const LOCK_TIMEOUT: &str = "3s";
const LOCK_PAUSE: Duration = Duration::from_secs(2);
const TRIES: u32 = 60;

/// Milliseconds since 1970.
const CLOCK: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT";

#[derive(Clone, Debug)]
pub(crate) struct Backend {
    pool: Pool,
    /// Without the time limits of `pool` but for locks, for migrations.
    patient: PgConnectOptions,
}

impl Backend {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let backend = Self::connect_later(url)?;
        drop(backend.pool.acquire().await?);
        Ok(backend)
    }

    pub(crate) fn connect_later(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse::<PgConnectOptions>()?.application_name("gatehouse");
        let patient = options.clone().options([("lock_timeout", LOCK_TIMEOUT)]);
        let hasty = options.options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "8s"),
            // A transaction that was left open keeps its row locks, and hides those rows from everybody, for ever.
            ("idle_in_transaction_session_timeout", "15s"),
        ]);
        let pool =
            PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(10)).connect_lazy_with(hasty);
        Ok(Self { pool, patient })
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        if self.is_ahead().await? {
            return Ok(());
        }
        // Who asks for a whole table stands in everybody's way while waiting for it: so not for long, and again later.
        for _ in 1..TRIES {
            match self.migrate_now().await {
                Err(error) if is_lock_timeout(&error) => {
                    tracing::warn!("somebody uses a table that the migration changes: trying again");
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                done => return Ok(done?),
            }
        }
        Ok(self.migrate_now().await?)
    }

    async fn migrate_now(&self) -> Result<(), MigrateError> {
        let mut connection = self.patient.connect().await?;
        MIGRATOR.run_direct(None, &mut connection, false).await
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

/// `lock_not_available`, wherever in a migration it came up.
fn is_lock_timeout(error: &MigrateError) -> bool {
    let error = match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
        _ => return false,
    };
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, time::Duration};

    use sqlx::Connection as _;

    use super::Backend;

    /// A query that runs away, and a transaction that somebody forgot with rows locked: the database ends both.
    #[tokio::test]
    async fn no_statement_runs_and_no_transaction_idles_without_end() {
        let Ok(url) = std::env::var("GATEHOUSE_TEST_POSTGRES") else {
            let _ = std::io::stderr().write_all(b"\nNOT RUN: GATEHOUSE_TEST_POSTGRES is not set\n");
            return;
        };
        let backend = Backend::connect(&url).await.unwrap();
        let runs_away = async {
            let error = sqlx::query("SELECT pg_sleep(600)").execute(&backend.pool).await.unwrap_err();
            assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("57014"), "{error}");
        };
        let idles = async {
            let mut forgotten = backend.write().await.unwrap();
            let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *forgotten).await.unwrap();
            let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
            let lives = "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1";
            while sqlx::query_scalar::<_, i64>(lives).bind(pid).fetch_one(&mut other).await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert!(sqlx::query("SELECT 1").execute(&mut *forgotten).await.is_err(), "its connection is gone");
        };
        let both = tokio::time::timeout(Duration::from_secs(120), async { tokio::join!(runs_away, idles) });
        both.await.expect("nobody ended them");
    }
}
