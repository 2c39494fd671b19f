//! The queue inside the process: a table with leases in one SQLite file, safe against kill -9 at any instruction.
//!
//! One process owns the file (SQLite's exclusive lock, which the kernel takes back from a dead process). So every lease
//! found at the start belongs to a process that died, and is handed out again with its attempt counted.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::{
    Chosen, Consumer, DELIVERY_LIMIT, Delivery, Depth, Error, Lane, Outcome, Peeked, Published, Reason, Replayed,
    State, Topic, delivery,
};

/// How long a consumer sleeps when no message is due and none is announced.
const IDLE: Duration = Duration::from_secs(5);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);
/// A close waits this long for those who still use the file.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
const HOUR_MS: i64 = 60 * 60 * 1000;
/// An id is known for so long after it was last published; later it is taken for new. The store still records a
/// verdict once.
const REMEMBERED_MS: i64 = 30 * 24 * HOUR_MS;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS seen (
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    accepted_ms INTEGER NOT NULL,
    PRIMARY KEY (topic, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    retries INTEGER NOT NULL DEFAULT 0,
    handed INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL,
    published_ms INTEGER NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (lane, due_ms, sequence) WHERE state = 'ready';
";

#[derive(Clone)]
pub(crate) struct Embedded {
    shared: Arc<Shared>,
}

struct Shared {
    /// Of one connection: SQLite has one writer, and waiting for it here is fair and bounded.
    pool: SqlitePool,
    wake: [Notify; Lane::ALL.len()],
    closed: AtomicBool,
    /// When ids were last forgotten.
    forgot_ms: AtomicI64,
}

impl Shared {
    /// Forgets ids that nobody has published for long, so that a queue that runs for years does not grow for years.
    async fn forget(&self, now: i64) -> Result<(), Error> {
        let before = now.saturating_sub(REMEMBERED_MS);
        let old = sqlx::query("DELETE FROM seen WHERE accepted_ms < ?1").bind(before).execute(&self.pool).await?;
        if old.rows_affected() > 0 {
            tracing::info!(ids = old.rows_affected(), "forgot ids that were last published long ago");
        }
        Ok(())
    }

    fn wake(&self, lane: Lane) -> &Notify {
        &self.wake[lane as usize]
    }
}

struct Job {
    sequence: i64,
    id: String,
    body: Vec<u8>,
    attempt: u32,
    retries: u32,
    /// Hand-outs since it was last settled.
    handed: u32,
}

impl Embedded {
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_millis(500));
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await;
        let in_use = |error: sqlx::Error| match &error {
            sqlx::Error::Database(cause) if cause.message().contains("locked") => {
                Error::InUse(path.display().to_string())
            }
            _ => error.into(),
        };
        let pool = opened.map_err(in_use)?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await.map_err(in_use)?;
        date_what_was_seen(&pool).await?;
        count_retries_apart(&pool).await?;
        let back = sqlx::query("UPDATE jobs SET state = 'ready' WHERE state = 'leased'")
            .execute(&pool)
            .await
            .map_err(in_use)?;
        if back.rows_affected() > 0 {
            tracing::info!(messages = back.rows_affected(), "took back what a process held when it ended");
        }
        let (wake, closed, forgot_ms) = (Default::default(), AtomicBool::new(false), AtomicI64::new(now_ms()));
        let shared = Shared { pool, wake, closed, forgot_ms };
        shared.forget(now_ms()).await?;
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(crate) async fn publish(&self, topic: Topic, id: &str, body: &[u8]) -> Result<Published, Error> {
        let now = now_ms();
        let forgot = self.shared.forgot_ms.load(Ordering::Relaxed);
        if now.saturating_sub(forgot) > HOUR_MS {
            self.shared.forgot_ms.store(now, Ordering::Relaxed);
            self.shared.forget(now).await?;
        }
        let mut transaction = self.shared.pool.begin().await?;
        let new = sqlx::query("INSERT INTO seen (topic, id, accepted_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(topic.as_str())
            .bind(id)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        if new.rows_affected() == 0 {
            // What is published again and again, such as a watched folder's files at every start, stays known.
            sqlx::query("UPDATE seen SET accepted_ms = ?3 WHERE topic = ?1 AND id = ?2 AND accepted_ms < ?4")
                .bind(topic.as_str())
                .bind(id)
                .bind(now)
                .bind(now.saturating_sub(24 * HOUR_MS))
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            return Ok(Published::Duplicate);
        }
        for lane in topic.lanes() {
            sqlx::query(
                "INSERT INTO jobs (lane, id, body, state, due_ms, published_ms) VALUES (?1, ?2, ?3, 'ready', ?4, ?4)",
            )
            .bind(lane.as_str())
            .bind(id)
            .bind(body)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        for lane in topic.lanes() {
            self.shared.wake(*lane).notify_one();
        }
        Ok(Published::Accepted)
    }

    pub(crate) fn consume(&self, lane: Lane, slots: u16) -> Consumer {
        let (sender, receiver) = mpsc::channel(1);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let slots = Arc::new(Semaphore::new(usize::from(slots)));
            while !shared.closed.load(Ordering::Acquire) {
                // A slot is free before anything is leased; one message lies ready in the channel, within the slots.
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
                let Ok(place) = sender.reserve().await else { return };
                let Some(job) = next_job(&shared, lane, &sender).await else { return };
                let settler = Settler { shared: Arc::clone(&shared), lane, sequence: job.sequence, _slot: slot };
                place.send(Delivery {
                    id: job.id,
                    lane,
                    body: job.body,
                    attempt: job.attempt,
                    retries: job.retries,
                    settler: Some(delivery::Settler::Embedded(settler)),
                });
            }
        });
        Consumer::new(receiver)
    }

    pub(crate) fn state(&self) -> State {
        let ready = !self.shared.closed.load(Ordering::Acquire);
        State { ready, blocked: false, detail: if ready { "open" } else { "closed" }.to_owned() }
    }

    pub(crate) async fn depths(&self) -> Result<Vec<Depth>, Error> {
        let rows = sqlx::query(
            "SELECT CASE state WHEN 'parked' THEN 'parked' ELSE lane END AS place, count(*) AS ready,
                    min(published_ms) AS oldest FROM jobs WHERE state IN ('ready', 'parked') GROUP BY place",
        )
        .fetch_all(&self.shared.pool)
        .await?;
        let mut depths: Vec<Depth> =
            Lane::ALL.into_iter().map(|lane| Depth { lane, ready: 0, oldest_ms: None, consumers: None }).collect();
        let now = now_ms();
        for row in rows {
            let place: String = row.try_get("place")?;
            if let Some(depth) = depths.iter_mut().find(|depth| depth.lane.as_str() == place) {
                depth.ready = u64::try_from(row.try_get::<i64, _>("ready")?).unwrap_or(0);
                let oldest: i64 = row.try_get("oldest")?;
                depth.oldest_ms = u64::try_from(now.saturating_sub(oldest)).ok();
            }
        }
        Ok(depths)
    }

    pub(crate) async fn peek(&self, lane: Lane, limit: usize) -> Result<Vec<Peeked>, Error> {
        let rows = sqlx::query(
            "SELECT id, lane, body, reason, published_ms FROM jobs
             WHERE CASE ?1 WHEN 'parked' THEN state = 'parked' ELSE lane = ?1 AND state <> 'parked' END
             ORDER BY sequence LIMIT ?2",
        )
        .bind(lane.as_str())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.shared.pool)
        .await?;
        let now = now_ms();
        rows.iter()
            .map(|row| {
                Ok(Peeked {
                    id: row.try_get("id")?,
                    lane: Some(row.try_get("lane")?),
                    content_type: None,
                    reason: row.try_get("reason")?,
                    age_ms: u64::try_from(now.saturating_sub(row.try_get("published_ms")?)).ok(),
                    body: row.try_get("body")?,
                })
            })
            .collect()
    }

    pub(crate) async fn replay(&self, chosen: Chosen<'_>) -> Result<Replayed, Error> {
        let mut replayed = Replayed::default();
        let mut transaction = self.shared.pool.begin().await?;
        let rows = sqlx::query("SELECT sequence, id, lane FROM jobs WHERE state = 'parked' ORDER BY sequence")
            .fetch_all(&mut *transaction)
            .await?;
        for row in rows {
            let (id, lane): (String, String) = (row.try_get("id")?, row.try_get("lane")?);
            if !chosen.takes(&id) {
                continue;
            }
            sqlx::query(
                "UPDATE jobs SET state = 'ready', attempts = 0, retries = 0, handed = 0, due_ms = ?2, reason = NULL
                 WHERE sequence = ?1",
            )
            .bind(row.try_get::<i64, _>("sequence")?)
            .bind(now_ms())
            .execute(&mut *transaction)
            .await?;
            replayed.moved.push((id, lane));
        }
        transaction.commit().await?;
        for (_, lane) in &replayed.moved {
            if let Some(lane) = Lane::parse(lane) {
                self.shared.wake(lane).notify_one();
            }
        }
        Ok(replayed)
    }

    pub(crate) async fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        for wake in &self.shared.wake {
            wake.notify_waiters();
        }
        // What still holds a connection ends with the program: a close that waits for ever helps nobody.
        if tokio::time::timeout(CLOSE_WITHIN, self.shared.pool.close()).await.is_err() {
            tracing::warn!("the queue's file was left open: something still uses it");
        }
    }
}

/// Files of an earlier program have no date beside an id: they count from today.
async fn date_what_was_seen(pool: &SqlitePool) -> Result<(), Error> {
    if !has_column(pool, "seen", "accepted_ms").await? {
        let mut transaction = pool.begin().await?;
        sqlx::query("ALTER TABLE seen ADD COLUMN accepted_ms INTEGER NOT NULL DEFAULT 0")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE seen SET accepted_ms = ?1").bind(now_ms()).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    sqlx::query("CREATE INDEX IF NOT EXISTS seen_by_age ON seen (accepted_ms)").execute(pool).await?;
    Ok(())
}

/// An earlier program counted hand-outs and retries together: what it left counts as handed out.
async fn count_retries_apart(pool: &SqlitePool) -> Result<(), Error> {
    if !has_column(pool, "jobs", "handed").await? {
        let mut transaction = pool.begin().await?;
        for change in [
            "ALTER TABLE jobs ADD COLUMN retries INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE jobs ADD COLUMN handed INTEGER NOT NULL DEFAULT 0",
            "UPDATE jobs SET handed = attempts",
        ] {
            sqlx::query(change).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

async fn has_column(pool: &SqlitePool, table: &str, column: &str) -> Result<bool, Error> {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2")
        .bind(table)
        .bind(column)
        .fetch_one(pool)
        .await?;
    Ok(found > 0)
}

/// Waits for a message that is due; `None` when nobody is left to take it.
async fn next_job(shared: &Shared, lane: Lane, sender: &mpsc::Sender<Delivery>) -> Option<Job> {
    loop {
        let announced = shared.wake(lane).notified();
        let wait = match lease(shared, lane).await {
            Ok(Leased::Job(job)) => return Some(job),
            Ok(Leased::NothingBefore(wait)) => wait.min(IDLE),
            Err(_) if shared.closed.load(Ordering::Acquire) => return None,
            Err(error) => {
                tracing::error!(%lane, %error, "cannot take a message");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            () = announced => {}
            () = tokio::time::sleep(wait) => {}
            () = sender.closed() => return None,
        }
        if shared.closed.load(Ordering::Acquire) {
            return None;
        }
    }
}

enum Leased {
    Job(Job),
    NothingBefore(Duration),
}

async fn lease(shared: &Shared, lane: Lane) -> Result<Leased, Error> {
    loop {
        let now = now_ms();
        let row = sqlx::query(
            "UPDATE jobs SET state = 'leased', attempts = attempts + 1, handed = handed + 1 WHERE sequence = (
                SELECT sequence FROM jobs WHERE lane = ?1 AND state = 'ready' AND due_ms <= ?2
                ORDER BY due_ms, sequence LIMIT 1)
             RETURNING sequence, id, body, attempts, retries, handed",
        )
        .bind(lane.as_str())
        .bind(now)
        .fetch_optional(&shared.pool)
        .await?;
        let Some(row) = row else {
            let next: Option<i64> =
                sqlx::query_scalar("SELECT min(due_ms) FROM jobs WHERE lane = ?1 AND state = 'ready'")
                    .bind(lane.as_str())
                    .fetch_one(&shared.pool)
                    .await?;
            let wait = next.map_or(IDLE, |due| Duration::from_millis(u64::try_from(due - now).unwrap_or(0).max(1)));
            return Ok(Leased::NothingBefore(wait));
        };
        let count = |column| Ok::<_, Error>(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX));
        let job = Job {
            sequence: row.try_get("sequence")?,
            id: row.try_get("id")?,
            body: row.try_get("body")?,
            attempt: count("attempts")?,
            retries: count("retries")?,
            handed: count("handed")?,
        };
        // A lane hands over to the next waiting consumer: one announcement may stand for several messages.
        shared.wake(lane).notify_one();
        if job.handed <= DELIVERY_LIMIT {
            return Ok(Leased::Job(job));
        }
        let reason = Reason::exhausted(format!("handed out {DELIVERY_LIMIT} times and never settled"));
        park(shared, lane, job.sequence, &reason).await?;
    }
}

async fn park(shared: &Shared, lane: Lane, sequence: i64, reason: &Reason) -> Result<(), Error> {
    tracing::warn!(%lane, kind = reason.kind, reason = %model::Terminal(&reason.detail), "parked a message");
    sqlx::query("UPDATE jobs SET state = 'parked', reason = ?2 WHERE sequence = ?1")
        .bind(sequence)
        .bind(format!("{}: {}", reason.kind, reason.detail))
        .execute(&shared.pool)
        .await?;
    Ok(())
}

pub(crate) struct Settler {
    shared: Arc<Shared>,
    lane: Lane,
    sequence: i64,
    _slot: OwnedSemaphorePermit,
}

impl Settler {
    pub(crate) async fn settle(self, outcome: Outcome) -> Result<(), Error> {
        let settled = self.write(outcome).await;
        if settled.is_err() {
            self.give_back();
        }
        settled
    }

    async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        match outcome {
            Outcome::Done => {
                sqlx::query("DELETE FROM jobs WHERE sequence = ?1")
                    .bind(self.sequence)
                    .execute(&self.shared.pool)
                    .await?;
            }
            Outcome::RetryAfter(delay) => {
                let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
                let again = "UPDATE jobs SET state = 'ready', due_ms = ?2, retries = retries + 1, handed = 0
                             WHERE sequence = ?1";
                sqlx::query(again)
                    .bind(self.sequence)
                    .bind(now_ms().saturating_add(delay))
                    .execute(&self.shared.pool)
                    .await?;
                self.shared.wake(self.lane).notify_one();
            }
            Outcome::DeadLetter(reason) => park(&self.shared, self.lane, self.sequence, &reason).await?,
        }
        Ok(())
    }

    /// Ends the lease without an outcome. Repeated until it is written: a lease that nobody holds would hide a message
    /// until the next start.
    pub(crate) fn give_back(self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            while !self.shared.closed.load(Ordering::Acquire) {
                let written = sqlx::query("UPDATE jobs SET state = 'ready' WHERE sequence = ?1 AND state = 'leased'")
                    .bind(self.sequence)
                    .execute(&self.shared.pool)
                    .await;
                match written {
                    Ok(_) => {
                        self.shared.wake(self.lane).notify_one();
                        return;
                    }
                    Err(sqlx::Error::PoolClosed) => return,
                    Err(error) => tracing::error!(lane = %self.lane, %error, "cannot give a message back"),
                }
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        });
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_id_is_known_for_thirty_days_after_it_was_last_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let embedded = Embedded::open(&path).await.unwrap();
        let publish = async |id: &str| embedded.publish(Topic::Uploads, id, b"1").await.unwrap();
        for id in ["old", "again"] {
            assert_eq!(publish(id).await, Published::Accepted);
        }
        let aged = "UPDATE seen SET accepted_ms = accepted_ms - ?1";
        sqlx::query(aged).bind(REMEMBERED_MS / 2).execute(&embedded.shared.pool).await.unwrap();
        assert_eq!(publish("again").await, Published::Duplicate);
        sqlx::query(aged).bind(REMEMBERED_MS / 2 + HOUR_MS).execute(&embedded.shared.pool).await.unwrap();
        // The hour between two prunings has passed.
        embedded.shared.forgot_ms.store(0, Ordering::Relaxed);
        assert_eq!(publish("again").await, Published::Duplicate);
        assert_eq!(publish("old").await, Published::Accepted);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM seen").fetch_one(&embedded.shared.pool).await.unwrap();
        assert_eq!(kept, 2);
    }

    #[tokio::test]
    async fn a_file_of_an_earlier_program_keeps_its_ids_and_its_messages() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path).create_if_missing(true));
        let pool = pool.await.unwrap();
        let old =
            "CREATE TABLE seen (topic TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (topic, id)) STRICT, WITHOUT ROWID;
            INSERT INTO seen VALUES ('uploads', 'a');
            CREATE TABLE jobs (sequence INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, id TEXT NOT NULL,
                body BLOB NOT NULL, state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'parked')),
                attempts INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, published_ms INTEGER NOT NULL,
                reason TEXT) STRICT;
            INSERT INTO jobs (lane, id, body, state, attempts, due_ms, published_ms)
                VALUES ('uploads', 'a', x'31', 'ready', 3, 0, 0);";
        sqlx::raw_sql(old).execute(&pool).await.unwrap();
        pool.close().await;
        for _ in 0..2 {
            let embedded = Embedded::open(&path).await.unwrap();
            assert_eq!(embedded.publish(Topic::Uploads, "a", b"1").await.unwrap(), Published::Duplicate);
            embedded.close().await;
        }
        let embedded = Embedded::open(&path).await.unwrap();
        let delivery = embedded.consume(Lane::Uploads, 1).next().await.unwrap();
        assert_eq!((delivery.id.as_str(), delivery.attempt, delivery.retries), ("a", 4, 0));
        delivery.settle(Outcome::Done).await.unwrap();
        embedded.close().await;
    }

    #[tokio::test]
    async fn what_is_asked_for_again_and_again_is_never_parked_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(&folder.path().join("queue.sqlite")).await.unwrap();
        embedded.publish(Topic::Decisions, "patient", b"1").await.unwrap();
        let mut consumer = embedded.consume(Lane::Decisions, 1);
        for retries in 0..3 * DELIVERY_LIMIT {
            let delivery = consumer.next().await.unwrap();
            assert_eq!((delivery.retries, delivery.attempt), (retries, retries + 1));
            delivery.settle(Outcome::RetryAfter(Duration::ZERO)).await.unwrap();
        }
        consumer.next().await.unwrap().settle(Outcome::Done).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_queue_closes_while_its_consumers_wait_and_others_have_just_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        for round in 0..20 {
            let embedded = Embedded::open(&path).await.unwrap();
            let waiting: Vec<_> = Lane::ALL.into_iter().map(|lane| embedded.consume(lane, 1)).collect();
            for number in 0..3 {
                embedded.publish(Topic::Rescans, &format!("{round}-{number}"), b"1").await.unwrap();
                let mut consumer = embedded.consume(Lane::Decisions, 1);
                embedded.publish(Topic::Decisions, &format!("{round}-{number}"), b"1").await.unwrap();
                if let Ok(Some(delivery)) = tokio::time::timeout(Duration::from_millis(20), consumer.next()).await {
                    delivery.settle(Outcome::DeadLetter(Reason::malformed("x"))).await.unwrap();
                }
            }
            // Not `close`, which would go on without it.
            let closed = tokio::time::timeout(Duration::from_secs(60), embedded.shared.pool.close()).await;
            assert!(closed.is_ok(), "round {round}: somebody keeps the file");
            embedded.close().await;
            drop(waiting);
        }
    }
}
