//! A process's sign of life: who it is, what it judges by, what it has in hand. Every few seconds, and once when it ends.

use std::{sync::Arc, time::Duration};

use metrics::Metrics;
use model::Heartbeat;
use queue::{Queue, Topic};
use store::{Moment, Store};
use tokio::{task::JoinHandle, time::timeout};

/// Between two signs of life.
const EVERY: Duration = Duration::from_secs(10);
/// The farewell of a process that ends is not waited for longer.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where it is told: most roles hold no database, and say it to the recorders.
#[derive(Clone)]
pub(crate) enum Ear {
    Queue(Queue),
    Store(Store),
}

/// What a process is, and how much it takes at a time.
#[derive(Clone)]
pub(crate) struct Pulse {
    role: &'static str,
    slots: usize,
    started: Moment,
    metrics: Arc<Metrics>,
    ear: Ear,
}

/// A pulse that beats until it is ended.
pub(crate) struct Beating {
    pulse: Pulse,
    task: JoinHandle<()>,
}

impl Pulse {
    pub(crate) fn new(role: &'static str, slots: usize, metrics: &Arc<Metrics>, ear: Ear) -> Self {
        Self { role, slots, started: Moment::now(), metrics: Arc::clone(metrics), ear }
    }

    pub(crate) fn start(self) -> Beating {
        let pulse = self.clone();
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(EVERY);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                pulse.beat(false).await;
            }
        });
        Beating { pulse: self, task }
    }

    async fn beat(&self, ended: bool) {
        let beat = self.now(ended);
        let told = match &self.ear {
            Ear::Queue(queue) => queue
                .publish(Topic::Workers, &beat.message_id(), &beat)
                .await
                .map(drop)
                .map_err(|error| error.to_string()),
            Ear::Store(store) => store.hear(&beat, Moment::now()).await.map(drop).map_err(|error| error.to_string()),
        };
        // It is missed on a page and nowhere else.
        if let Err(error) = told {
            tracing::debug!(error, "could not say that this process lives");
        }
    }

    fn now(&self, ended: bool) -> Heartbeat {
        Heartbeat {
            worker: name(),
            role: self.role.to_owned(),
            engine: analysis::ENGINE.to_owned(),
            rulebook: self.metrics.rulebook(),
            in_flight: self.metrics.in_flight(),
            slots: u32::try_from(self.slots).unwrap_or(u32::MAX),
            started: self.started.to_string(),
            time: Moment::now().to_string(),
            ended,
        }
    }
}

impl Beating {
    /// The last beat, for who ends well: what was cut off falls silent instead.
    pub(crate) async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
        let _ = timeout(FAREWELL, self.pulse.beat(true)).await;
    }
}

/// Machine or container, and the process in it.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_lives_until_it_says_that_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite:{}", folder.path().join("store.sqlite").display())).await.unwrap();
        store.migrate().await.unwrap();
        let metrics = crate::fleet::metrics();
        let rulebook = model::Digest::of(b"rules");
        metrics.use_rulebook(rulebook);
        let in_hand = metrics.take_in_hand(2);
        let began = Moment::now();
        let pulse = Pulse::new("scanner", 4, &metrics, Ear::Store(store.clone()));
        let beating = pulse.clone().start();
        let alive = loop {
            let workers = store.workers(began).await.unwrap();
            if let Some(worker) = workers.into_iter().next() {
                break worker;
            }
        };
        assert_eq!((alive.name, alive.role.as_str(), alive.rulebook), (name(), "scanner", rulebook.to_string()));
        assert_eq!((alive.in_flight, alive.slots), (2, 4));
        drop(in_hand);
        // A beat of the same millisecond as one that was heard is a repetition of it.
        let heard = async {
            loop {
                pulse.beat(false).await;
                if store.workers(began).await.unwrap()[0].in_flight == 0 {
                    break;
                }
            }
        };
        timeout(std::time::Duration::from_secs(60), heard).await.expect("a later beat is heard");
        beating.end().await;
        assert_eq!(store.workers(began).await.unwrap(), []);
        store.close().await;
    }
}
