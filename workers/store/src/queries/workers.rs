//! Signs of life: the newest of each process.

use model::Heartbeat;
use sqlx::Row as _;

use super::{Backend, Connection};
use crate::text::column;
use crate::{Moment, Result, Worker};

/// Workers that a page shows.
const SHOWN: i64 = 200;

/// Notes a sign of life. False when a newer one of the same process is known: they may come out of order, or twice.
pub(super) async fn hear(connection: &mut Connection, beat: &Heartbeat, now: Moment) -> Result<bool> {
    // A clock that is ahead must not make a process look alive when it has long been silent.
    let said = |text: &str| Moment::parse(text).unwrap_or(now).min(now);
    let result = sqlx::query(
        "INSERT INTO worker (name, role, engine, rulebook, in_flight, slots, started_at, seen_at, ended) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (name) DO UPDATE SET role = excluded.role, engine = excluded.engine, \
         rulebook = excluded.rulebook, in_flight = excluded.in_flight, slots = excluded.slots, \
         started_at = excluded.started_at, seen_at = excluded.seen_at, ended = excluded.ended \
         WHERE excluded.seen_at > worker.seen_at OR (excluded.seen_at = worker.seen_at AND excluded.ended)",
    )
    .bind(column(&beat.worker).into_owned())
    .bind(column(&beat.role).into_owned())
    .bind(column(&beat.engine).into_owned())
    .bind(beat.rulebook.map(|digest| digest.to_string()).unwrap_or_default())
    .bind(i64::from(beat.in_flight))
    .bind(i64::from(beat.slots))
    .bind(said(&beat.started))
    .bind(said(&beat.time))
    .bind(beat.ended)
    .execute(connection)
    .await?;
    Ok(result.rows_affected() == 1)
}

impl Backend {
    pub(crate) async fn workers(&self, since: Moment) -> Result<Vec<Worker>> {
        let rows = sqlx::query(
            "SELECT name, role, engine, rulebook, in_flight, slots, started_at, seen_at FROM worker \
             WHERE seen_at >= $1 AND NOT ended ORDER BY role, name LIMIT $2",
        )
        .bind(since)
        .bind(SHOWN)
        .fetch_all(self.reader())
        .await?;
        let worker = |row: &super::Row| {
            Ok(Worker {
                name: row.try_get("name")?,
                role: row.try_get("role")?,
                engine: row.try_get("engine")?,
                rulebook: row.try_get("rulebook")?,
                in_flight: row.try_get("in_flight")?,
                slots: row.try_get("slots")?,
                started_at: row.try_get("started_at")?,
                seen_at: row.try_get("seen_at")?,
            })
        };
        rows.iter().map(worker).collect()
    }

    pub(crate) async fn forget_workers(&self, before: Moment) -> Result<u64> {
        let mut transaction = self.write().await?;
        let result =
            sqlx::query("DELETE FROM worker WHERE seen_at < $1").bind(before).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(result.rows_affected())
    }
}
