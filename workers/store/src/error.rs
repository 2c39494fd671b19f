//! What can go wrong between a caller and the database.

use crate::{CaseStatus, Moment};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("a store is `sqlite:PATH` or `postgres://…`: {0}")]
    Url(String),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The schema is older or newer than this program.
    #[error("{}, this program needs schema {needed}; run `gatehouse store migrate`", at(*found))]
    Schema { found: Option<i64>, needed: i64 },
    /// A row holds what no version of this program writes.
    #[error("row: {0}")]
    Row(String),
    #[error("no randomness: {0}")]
    Randomness(String),
}

fn at(found: Option<i64>) -> String {
    found.map_or_else(|| "there is no schema".to_owned(), |found| format!("the schema is {found}"))
}

impl StoreError {
    /// Whether the same call may succeed later: the database is away, busy, or the connection broke.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                // PostgreSQL: connection, transaction timeout, serialisation, resources, not in this state, operator.
                // SQLite: busy, locked, I/O error, full.
                sqlx::Error::Database(error) => error.code().is_some_and(|code| match code.len() {
                    5 => ["08", "25", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class)),
                    _ => code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13)),
                }),
                _ => false,
            },
            Self::Schema { .. } | Self::Randomness(_) => true,
            Self::Url(_) | Self::Migrate(_) | Self::Row(_) => false,
        }
    }
}

impl StoreError {
    /// Whether the way to the database could not be encrypted, or who answered not be believed.
    pub fn is_tls(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Tls(_)) => true,
            // What rustls refuses in the middle of a handshake, such as a certificate.
            Self::Database(sqlx::Error::Io(error)) => error.kind() == std::io::ErrorKind::InvalidData,
            _ => false,
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Row(error.to_string())
    }
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("there is no case {0}")]
    NotFound(i64),
    /// Somebody decided, or a new verdict came, since the page was made. The page shows what happened instead.
    #[error("the case is at revision {revision} ({status:?}), decided by {by:?}")]
    Stale { revision: i64, status: CaseStatus, by: Option<String>, at: Option<Moment> },
    #[error("nothing to undo")]
    NothingToUndo,
    /// A reason is required for everything but undo.
    #[error("a reason is required")]
    ReasonRequired,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DecideError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
