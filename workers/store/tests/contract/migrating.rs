//! One version after the other, and both at once: migrations expand first, so that each works on the other's schema.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::Outcome;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, migrate::Migrator};
use store::{Store, UploadState};

use crate::harness::{House, event, noon, seconds, upload};

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

/// What the first program wrote, as it wrote it.
mod first_program {
    use model::{Digest, UploadEvent, VerdictEvent};

    fn key(parts: &[&str]) -> String {
        Digest::of(serde_json::Value::from(parts.to_vec()).to_string().as_bytes()).to_string()
    }

    fn upload_key(event: &UploadEvent) -> String {
        key(&[&event.source, &event.id, &event.sha256.to_string(), &event.context().digest().to_string()])
    }

    fn quoted(values: &[&str]) -> String {
        values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(", ")
    }

    fn text(value: &impl serde::Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    pub(super) fn accepts(event: &UploadEvent) -> String {
        let file = key(&[&event.project, &event.version, &event.filename]);
        let (upload, sha256, body) = (upload_key(event), event.sha256.to_string(), text(event));
        let (words, end) = (quoted(&[&upload, &event.id, &sha256, &file, "pending"]), quoted(&[&body]));
        format!(
            "INSERT INTO upload (key, event_id, sha256, file_key, state, seen_at, event) VALUES ({words}, 1000, {end})"
        )
    }

    pub(super) fn records(event: &VerdictEvent) -> [String; 2] {
        let verdict = &event.verdict;
        let file = key(&[&verdict.project, &verdict.version, &verdict.filename]);
        let (sha256, rulebook, context) =
            (verdict.sha256.to_string(), verdict.rulebook.to_string(), verdict.context.to_string());
        let (upload, body, event_body) = (upload_key(&event.upload), text(verdict), text(&event.upload));
        let words =
            quoted(&[&sha256, &rulebook, &context, &file, &verdict.project, &verdict.project, &verdict.version]);
        let more = quoted(&[&verdict.filename, "sdist", verdict.outcome.as_str()]);
        let last = quoted(&[&verdict.summary, &verdict.engine]);
        let end = quoted(&[&upload, &body]);
        let recorded = format!(
            "INSERT INTO verdict (sha256, rulebook, context, file_key, project, project_key, version, filename, \
             packagetype, outcome, score, summary, engine, took_ms, recorded_at, upload_key, body) \
             VALUES ({words}, {more}, {}, {last}, 5, 1000, {end}) ON CONFLICT (sha256, rulebook, context) DO NOTHING",
            verdict.score
        );
        let answered = quoted(&[&upload, &event.upload.id, &sha256, &file]);
        let judged = format!(
            "INSERT INTO upload (key, event_id, sha256, file_key, state, seen_at, judged_at, verdict_id, event) \
             VALUES ({answered}, 'judged', 1000, 1000, 1, {}) \
             ON CONFLICT (key) DO UPDATE SET state = 'judged', judged_at = excluded.judged_at, \
             verdict_id = excluded.verdict_id, failure = NULL WHERE upload.state <> 'judged'",
            quoted(&[&event_body])
        );
        [recorded, judged]
    }
}

pub(crate) async fn every_earlier_schema_becomes_ours_and_keeps_its_rows(house: Arc<House>) {
    let files = migrations(&house);
    assert!(files.len() >= 4);
    for count in 1..files.len() {
        let url = earlier(&house, &files[..count]).await;
        let store = Store::connect(&url).await.unwrap();
        assert!(store.ready().await.is_err(), "a schema of {count} migrations is not ours");
        let there = House { store: store.clone(), url: url.clone() };
        // What an earlier program had written, and what it was about to. One file it could not read.
        let waiting = upload("waiting", "1.0");
        there.meddle(&first_program::accepts(&waiting)).await.unwrap();
        let [before, _] = first_program::records(&event("before", Outcome::Hold, 90.0));
        there.meddle(&before).await.unwrap();
        let mut unread = event("unread", Outcome::Incomplete, 0.0);
        there.meddle(&first_program::records(&unread)[0]).await.unwrap();
        let found = "INSERT INTO finding (verdict_id, position, rule, title, level, status, member, line, weight) \
                     VALUES (2, 0, 'fetch-unreachable', '', 'high', 'stable', '', 0, 0)";
        there.meddle(found).await.unwrap();
        store.migrate().await.unwrap();
        store.ready().await.unwrap();
        assert_eq!(store.uploads(UploadState::Pending, 10).await.unwrap()[0].event, waiting);
        assert_eq!(store.verdict(1).await.unwrap().unwrap().verdict.outcome, Outcome::Hold);
        let recorded = store.record(&event("waiting", Outcome::Clear, 0.0), noon()).await.unwrap();
        assert!(recorded.new);
        assert!(store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
        assert!(!store.record(&event("before", Outcome::Clear, 0.0), noon()).await.unwrap().new);
        unread.verdict.outcome = Outcome::Clear;
        // The fourth migration marks what had been given unread; the first program beside it does not.
        let gives_way = count < 4;
        assert_eq!(store.record(&unread, noon()).await.unwrap().new, gives_way, "what was never read gives way");
        assert!(store.verify_audit().await.unwrap().broken.is_none());
        store.close().await;
        forget(&house, &url).await;
    }
}

/// This program has migrated, and the first one still runs beside it: nothing that it writes may be refused.
pub(crate) async fn the_first_program_works_on_our_schema(house: Arc<House>) {
    let event = event("beside", Outcome::Clear, 0.5);
    house.meddle(&first_program::accepts(&event.upload)).await.unwrap();
    for statement in first_program::records(&event) {
        house.meddle(&statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    assert!(house.store.uploads(UploadState::Pending, 10).await.unwrap().is_empty());
    assert_eq!(house.store.latest(None, 10).await.unwrap().len(), 1);
    assert!(!house.store.record(&event, noon()).await.unwrap().new, "and what it wrote is known to ours");
    // What takes away comes when no program is left that needs it: the one that did not wait is 0002.
    for file in migrations(&house).into_iter().skip(2) {
        let text = std::fs::read_to_string(&file).unwrap().to_uppercase();
        for word in ["DROP ", "RENAME ", "SET NOT NULL", "TRUNCATE "] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

/// A table that somebody reads for long is not waited for with everybody else queued up behind.
pub(crate) async fn a_migration_that_waits_for_a_table_holds_up_nobody(house: Arc<House>) {
    if house.url.starts_with("sqlite:") {
        // One writer; readers are not in its way.
        return;
    }
    let files = migrations(&house);
    let url = earlier(&house, &files[..2]).await;
    let store = Store::connect(&url).await.unwrap();
    let mut reader = sqlx::PgConnection::connect(&url).await.unwrap();
    reader.execute("BEGIN").await.unwrap();
    reader.execute("SELECT COUNT(*) FROM verdict").await.unwrap();
    let migrating = tokio::spawn({
        let store = store.clone();
        async move { store.migrate().await }
    });
    let waits = "SELECT COUNT(*)::TEXT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ADD COLUMN revision%'";
    let there = House { store: store.clone(), url: url.clone() };
    let waiting = async { while there.texts(waits).await == ["0"] {} };
    tokio::time::timeout(seconds(60), waiting).await.expect("the migration waits for the reader");
    // Whoever comes now stands behind it, and for no longer than it waits.
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    other.execute("SET statement_timeout = '8s'").await.unwrap();
    other.execute("SELECT COUNT(*) FROM verdict").await.unwrap();
    assert!(!migrating.is_finished());
    reader.execute("COMMIT").await.unwrap();
    migrating.await.unwrap().unwrap();
    store.ready().await.unwrap();
    store.close().await;
    forget(&house, &url).await;
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
