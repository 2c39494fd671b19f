//! One version after the other, and both at once: migrations expand first, so that each works on the other's schema.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::Outcome;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, migrate::Migrator};
use store::{Store, UploadState};

use crate::harness::{House, event, noon, upload};

/// The migrations of this database, oldest first.
fn migrations(house: &House) -> Vec<PathBuf> {
    let dialect = if house.url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/migrations").join(dialect);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// An empty database beside the promise's own, brought to the schema of an earlier program.
async fn earlier(house: &House, files: &[PathBuf]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::copy(file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let migrator = Migrator::new(folder.path().to_owned()).await.unwrap();
    let count = files.len();
    if house.url.starts_with("sqlite:") {
        let url = format!("{}-{count}", house.url);
        drop(Store::connect(&url).await.unwrap());
        let mut connection = sqlx::SqliteConnection::connect(url.trim_start_matches("sqlite:")).await.unwrap();
        migrator.run_direct(None, &mut connection, false).await.unwrap();
        url
    } else {
        let (server, schema) = house.url.rsplit_once("%3D").unwrap();
        let url = format!("{server}%3D{schema}_{count}");
        house.meddle(&format!("CREATE SCHEMA {schema}_{count}")).await.unwrap();
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        migrator.run_direct(None, &mut connection, false).await.unwrap();
        url
    }
}

async fn forget(house: &House, url: &str) {
    if let Some((_, schema)) = url.rsplit_once("%3D") {
        let mut connection = sqlx::PgConnection::connect(&house.url).await.unwrap();
        connection.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
    }
}

pub(crate) async fn every_earlier_schema_becomes_ours_and_keeps_its_rows(house: Arc<House>) {
    let files = migrations(&house);
    assert!(files.len() >= 2);
    for count in 1..files.len() {
        let url = earlier(&house, &files[..count]).await;
        let store = Store::connect(&url).await.unwrap();
        assert!(store.ready().await.is_err(), "a schema of {count} migrations is not ours");
        // What the earlier program had written, and what it was about to.
        let waiting = upload("waiting", "1.0");
        assert!(store.accept(&waiting, noon()).await.unwrap());
        let before = store.record(&event("before", Outcome::Hold, 90.0), noon()).await.unwrap();
        store.migrate().await.unwrap();
        store.ready().await.unwrap();
        assert_eq!(store.uploads(UploadState::Pending, 10).await.unwrap()[0].event, waiting);
        assert!(store.verdict(before.verdict_id).await.unwrap().is_some());
        let recorded = store.record(&event("waiting", Outcome::Clear, 0.0), noon()).await.unwrap();
        assert!(recorded.new);
        assert!(store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
        assert!(store.verify_audit().await.unwrap().broken.is_none());
        store.close().await;
        forget(&house, &url).await;
    }
}

/// The next version has migrated; this one still runs beside it, and may start again.
pub(crate) async fn a_later_schema_that_only_adds_is_worked_on(house: Arc<House>) {
    let (yes, checksum) = if house.url.starts_with("sqlite:") { ("1", "x'00'") } else { ("TRUE", "''::BYTEA") };
    let later = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', {yes}, {checksum}, 1)"
    );
    house.meddle(&later).await.unwrap();
    house.meddle("ALTER TABLE upload ADD COLUMN later TEXT").await.unwrap();
    house.meddle("ALTER TABLE verdict ADD COLUMN later BIGINT NOT NULL DEFAULT 7").await.unwrap();
    let store = Store::connect(&house.url).await.unwrap();
    store.ready().await.unwrap();
    store.migrate().await.unwrap();
    assert!(store.accept(&upload("one", "1.0"), noon()).await.unwrap());
    let recorded = store.record(&event("one", Outcome::Review, 50.0), noon()).await.unwrap();
    assert!(store.verdict(recorded.verdict_id).await.unwrap().is_some());
    assert_eq!(store.latest(None, 10).await.unwrap().len(), 1);
    let applied = house.texts("SELECT description FROM _sqlx_migrations ORDER BY version DESC LIMIT 1").await;
    assert_eq!(applied, ["later"]);
    store.close().await;
}
