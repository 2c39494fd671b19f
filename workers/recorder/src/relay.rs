//! The relay: events of the outbox go to the queue, and are marked as sent after it has confirmed them.

use std::time::Duration;

use queue::{Outgoing, Queue, Topic};
use store::{Moment, OutboxRow, Store, StoreError};
use tokio::sync::{Notify, watch};
use tracing::warn;

use crate::{Recorder, RecorderConfig};

/// Between two prunings of what was sent and of sessions that have ended.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);

/// Who has said nothing for so long is no part of the fleet any more.
const SILENT: Duration = Duration::from_secs(24 * 60 * 60);

/// Events on their way to the broker at one time.
const AT_A_TIME: usize = 32;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    pub sent: usize,
    /// Given back, to be tried again.
    pub failed: usize,
}

/// Sends what is due, once. A relay that dies between the confirms and the mark sends a batch twice, under the same
/// message ids; nothing is lost.
pub async fn relay(store: &Store, queue: &Queue, config: &RecorderConfig) -> Result<Pass, StoreError> {
    let lease = Duration::from_secs(config.lease_seconds);
    let started = tokio::time::Instant::now();
    let rows = store.claim_outbox(config.relay_batch, lease, Moment::now()).await?;
    let (mut sent, mut failed) = (Vec::new(), 0);
    for rows in rows.chunks(AT_A_TIME) {
        // A slow broker must not make the claim end while this relay still sends under it.
        let confirmed = if started.elapsed() < lease / 2 {
            queue.publish_all(&rows.iter().map(outgoing).collect::<Vec<_>>()).await.into_iter().map(Some).collect()
        } else {
            rows.iter().map(|_| None).collect::<Vec<_>>()
        };
        for (row, confirmed) in rows.iter().zip(confirmed) {
            match confirmed {
                Some(Ok(())) => sent.push(row.id),
                late_or_unconfirmed => {
                    if let Some(Err(error)) = late_or_unconfirmed {
                        warn!(%error, topic = row.topic.as_str(), row.attempts, "an event was not confirmed");
                    }
                    store.outbox_failed(row.id, Moment::now().plus(pause(row.attempts))).await?;
                    failed += 1;
                }
            }
        }
    }
    if !sent.is_empty() {
        store.outbox_sent(&sent, Moment::now()).await?;
    }
    Ok(Pass { sent: sent.len(), failed })
}

fn outgoing(row: &OutboxRow) -> Outgoing<'_> {
    let topic = match row.topic {
        // The index and the publisher listen in one place; the CloudEvent's type tells them apart.
        store::Topic::Published | store::Topic::Decisions => Topic::Decisions,
        store::Topic::Verdicts => Topic::Verdicts,
    };
    Outgoing { topic, id: &row.message_id, body: row.body.as_bytes() }
}

/// 1 s, 2 s, 4 s, … a minute.
fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 6)).unwrap_or(6);
    Duration::from_secs(2_u64.pow(doublings).min(60))
}

/// Relays until told to stop, and once more then: what was committed meanwhile leaves with us if it can.
pub(crate) async fn run(recorder: &Recorder, news: &Notify, mut stop: watch::Receiver<bool>) {
    let Recorder { store, queue, config, .. } = recorder;
    let every = Duration::from_millis(config.relay_milliseconds.max(10));
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    loop {
        let stopping = *stop.borrow();
        match relay(store, queue, config).await {
            // A full batch: there is more.
            Ok(pass) if pass.failed == 0 && pass.sent >= usize::try_from(config.relay_batch).unwrap_or(1).max(1) => {
                continue;
            }
            Ok(_) => {}
            Err(error) => warn!(%error, "the outbox could not be read"),
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = news.notified() => {}
            _ = stop.changed() => {}
            _ = housekeeping.tick() => tidy(store, config).await,
        }
    }
}

async fn tidy(store: &Store, config: &RecorderConfig) {
    let now = Moment::now();
    let before = now.minus(Duration::from_secs(config.keep_sent_hours.saturating_mul(3600)));
    if let Err(error) = store.prune_outbox(before).await {
        warn!(%error, "old events could not be pruned");
    }
    if let Err(error) = store.forget_workers(now.minus(SILENT)).await {
        warn!(%error, "processes that are long gone could not be forgotten");
    }
    if let Err(error) = store.forget_expired(now).await {
        warn!(%error, "ended sessions could not be forgotten");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute() {
        let pauses = [i64::MIN, 0, 1, 2, 6, 7, i64::MAX].map(|attempts| pause(attempts).as_secs());
        assert_eq!(pauses, [1, 1, 1, 2, 32, 60, 60]);
    }
}
