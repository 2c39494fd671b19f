//! SQLite: for a trial, for tests and for one machine. One writer, several readers, every commit on disk.

use std::{sync::LazyLock, time::Duration};

use include_dir::{Dir, include_dir};
use serde::Serialize;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Result, Transport, migrations};

/// Adds rows one by one: a statement is a function call here.
macro_rules! insert_all {
    ($connection:expr, $row:ident in $rows:expr, $into:literal, $places:literal, [$($value:expr),+ $(,)?], $then:literal) => {{
        let mut returned = Vec::new();
        for $row in $rows.iter() {
            let query = sqlx::query(concat!("INSERT INTO ", $into, " VALUES (", $places, ") ", $then));
            returned.extend(query$(.bind($value))+.fetch_all(&mut *$connection).await?);
        }
        returned
    }};
}

/// One of those that are bound, as [`many`], to the first place.
macro_rules! one_of {
    () => {
        "IN (SELECT value FROM json_each($1)) "
    };
}

/// Nobody else writes meanwhile.
macro_rules! in_turn {
    () => {
        "ORDER BY id"
    };
}

fn many<T: Serialize>(values: &[T]) -> String {
    serde_json::json!(values).to_string()
}

#[path = "queries/mod.rs"]
mod queries;

pub(crate) type Connection = sqlx::SqliteConnection;
pub(crate) type Pool = sqlx::SqlitePool;
pub(crate) type Row = sqlx::sqlite::SqliteRow;
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Sqlite>;

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schema/migrations/sqlite");
pub(crate) static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrations::migrator(&MIGRATIONS));

/// Milliseconds since 1970: this machine's own clock.
const CLOCK: &str = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)";

#[derive(Clone, Debug)]
pub(crate) struct Backend {
    reader: Pool,
    writer: Pool,
}

impl Backend {
    pub(crate) async fn connect(path: &str) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A verdict is acknowledged after its commit: the commit has to be on the disk by then.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        // One writing connection: writers of this process queue here, in order, instead of polling a locked file.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "ON"));
        Ok(Self { reader, writer })
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        if self.is_ahead().await? {
            return Ok(());
        }
        // Under the write lock: SQLite has no other that a second process would wait for.
        let mut transaction = self.write().await?;
        MIGRATOR.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A file of this machine.
    pub(crate) const fn transport(&self) -> Transport {
        Transport::Here
    }

    pub(crate) const fn reader(&self) -> &Pool {
        &self.reader
    }

    /// A transaction that holds the write lock from its first statement: one that reads first and writes later could
    /// not wait for another writer, it would fail.
    async fn write(&self) -> Result<Transaction> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}
