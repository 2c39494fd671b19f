//! PostgreSQL: for a fleet.

use std::{sync::LazyLock, time::Duration};

use include_dir::{Dir, include_dir};
use sqlx::ConnectOptions as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

use crate::{Result, Transport, migrations};

/// Adds rows by one statement, a column an array: what a statement costs, a batch costs once.
macro_rules! insert_all {
    ($connection:expr, $row:ident in $rows:expr, $into:literal, $places:literal, [$($value:expr),+ $(,)?], $then:literal) => {
        sqlx::query(concat!("INSERT INTO ", $into, " SELECT * FROM UNNEST(", $places, ") ", $then))
            $(.bind($rows.iter().map(|#[allow(unused_variables, reason = "the same in each row")] $row| $value).collect::<Vec<_>>()))+
            .fetch_all(&mut *$connection)
            .await?
    };
}

/// One of those that are bound, as [`many`], to the first place.
macro_rules! one_of {
    () => {
        "= ANY($1) "
    };
}

/// Rows are locked one after the other: those who want the same ones wait for each other, never in a circle.
macro_rules! in_turn {
    () => {
        "ORDER BY id FOR UPDATE"
    };
}

fn many<T: Clone>(values: &[T]) -> Vec<T> {
    values.to_vec()
}

#[path = "queries/mod.rs"]
mod queries;

pub(crate) type Connection = sqlx::PgConnection;
pub(crate) type Pool = sqlx::PgPool;
pub(crate) type Row = sqlx::postgres::PgRow;
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schema/migrations/postgres");
pub(crate) static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrations::migrator(&MIGRATIONS));

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
    transport: Transport,
}

/// `prefer`, which an address that says nothing means, and `allow` take a server at its word that it cannot encrypt: on the
/// way to another machine anybody could say that in its name. There, plain text is for who asks for it: `disable`.
fn sealed(options: PgConnectOptions) -> PgConnectOptions {
    match options.get_ssl_mode() {
        PgSslMode::Prefer | PgSslMode::Allow if !is_here(&options) => options.ssl_mode(PgSslMode::Require),
        _ => options,
    }
}

/// Whether nobody else's machine is on the way.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || is_loopback
}

fn transport(options: &PgConnectOptions) -> Transport {
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull => Transport::Verified,
        PgSslMode::Require | PgSslMode::VerifyCa => Transport::Encrypted,
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer if is_here(options) => Transport::Here,
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => Transport::Plain,
    }
}

impl Backend {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let backend = Self::connect_later(url)?;
        drop(backend.pool.acquire().await?);
        Ok(backend)
    }

    pub(crate) fn connect_later(url: &str) -> Result<Self> {
        let options = sealed(url.parse::<PgConnectOptions>()?).application_name("gatehouse");
        let transport = transport(&options);
        let patient = options.clone().options([("lock_timeout", LOCK_TIMEOUT)]);
        let hasty = options.options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "8s"),
            // A transaction that was left open keeps its row locks, and hides those rows from everybody, for ever.
            ("idle_in_transaction_session_timeout", "15s"),
        ]);
        let pool =
            PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(10)).connect_lazy_with(hasty);
        Ok(Self { pool, patient, transport })
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

    pub(crate) const fn transport(&self) -> Transport {
        self.transport
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

    use sqlx::{Connection as _, postgres::PgConnectOptions};

    use super::{Backend, sealed, transport};
    use crate::{Transport, postgres::PgSslMode};

    /// What the tests need of the surroundings, or a word that it is not there.
    fn setting(name: &str) -> Option<String> {
        let value = std::env::var(name).ok();
        if value.is_none() {
            let _ = std::io::stderr().write_all(format!("\nNOT RUN: {name} is not set\n").as_bytes());
        }
        value
    }

    #[test]
    fn nobody_but_the_operator_turns_encryption_off_on_the_way_to_another_machine() {
        for (url, mode, way) in [
            ("postgres://u@db.example/g", PgSslMode::Require, Transport::Encrypted),
            ("postgres://u@db.example/g?sslmode=prefer", PgSslMode::Require, Transport::Encrypted),
            ("postgres://u@db.example/g?sslmode=allow", PgSslMode::Require, Transport::Encrypted),
            ("postgres://u@10.0.0.7/g", PgSslMode::Require, Transport::Encrypted),
            ("postgres://u@localhost.evil.test/g", PgSslMode::Require, Transport::Encrypted),
            ("postgres://u@db.example/g?sslmode=disable", PgSslMode::Disable, Transport::Plain),
            ("postgres://u@db.example/g?sslmode=verify-ca", PgSslMode::VerifyCa, Transport::Encrypted),
            ("postgres://u@db.example/g?sslmode=verify-full", PgSslMode::VerifyFull, Transport::Verified),
            ("postgres://u@127.0.0.1/g", PgSslMode::Prefer, Transport::Here),
            ("postgres://u@[::1]/g", PgSslMode::Prefer, Transport::Here),
            ("postgres://u@localhost/g?sslmode=allow", PgSslMode::Allow, Transport::Here),
            ("postgres://u@%2Fvar%2Frun%2Fpostgresql/g", PgSslMode::Prefer, Transport::Here),
        ] {
            let options = sealed(url.parse::<PgConnectOptions>().unwrap());
            let same = std::mem::discriminant(&options.get_ssl_mode()) == std::mem::discriminant(&mode);
            assert!(same, "{url}: {:?}", options.get_ssl_mode());
            assert_eq!(transport(&options), way, "{url}");
        }
    }

    /// A real server with a certificate of an authority that only these tests know.
    #[tokio::test]
    async fn a_database_over_tls_is_believed_by_its_certificate() {
        let (Some(url), Some(broker)) = (setting("GATEHOUSE_TEST_POSTGRES_TLS"), setting("GATEHOUSE_TEST_AMQPS"))
        else {
            return;
        };
        let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let is_encrypted = async |url: &str| {
            let backend = Backend::connect(url).await.unwrap();
            sqlx::query_scalar::<_, bool>(encrypted).fetch_one(&backend.pool).await.unwrap()
        };
        assert!(url.contains("sslmode=verify-full"));
        assert!(is_encrypted(&url).await);
        let (address, authority) = url.split_once("?sslmode=verify-full&sslrootcert=").unwrap();
        assert!(is_encrypted(&format!("{address}?sslmode=require")).await);
        assert!(!is_encrypted(&format!("{address}?sslmode=disable")).await);
        // Somebody else's authority, nobody's that the program knows, and a certificate of another name.
        let other = broker.split_once("cacertfile=").unwrap().1;
        assert_ne!(other, authority);
        let elsewhere = address.replace("@127.0.0.1:", "@localhost:");
        for wrong in [
            format!("{address}?sslmode=verify-full&sslrootcert={other}"),
            format!("{address}?sslmode=verify-ca&sslrootcert={other}"),
            format!("{address}?sslmode=verify-full"),
            format!("{elsewhere}?sslmode=verify-full&sslrootcert={authority}"),
        ] {
            let error = Backend::connect(&wrong).await.unwrap_err();
            let said = error.to_string();
            assert!(said.to_lowercase().contains("certificate"), "{wrong}: {said}");
            assert!(error.is_tls(), "{wrong}: {said}");
        }
    }

    /// A query that runs away, and a transaction that somebody forgot with rows locked: the database ends both.
    #[tokio::test]
    async fn no_statement_runs_and_no_transaction_idles_without_end() {
        let Some(url) = setting("GATEHOUSE_TEST_POSTGRES") else { return };
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
