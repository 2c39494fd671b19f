//! The loops: uploads, verdicts and attestations in, rows, then the acknowledgement; the outbox out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use attest::{Door, Uploaders};
use futures::FutureExt as _;
use jiff::Timestamp;
use metrics::Metrics;
use model::{Attestation, Heartbeat, UploadEvent, VerdictEvent};
use queue::{Delivery, Lane, Outcome, Queue, Reason};
use store::{Entry, Moment, Store, StoreError, Written};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tracing::{debug, info, warn};

use crate::{RecorderConfig, relay};

/// How long a delivery is held while the database is away. Holding it is not an attempt; handing it back is one, and
/// attempts are counted against the day when a message kills its consumer. Far below a broker's consumer timeout.
const HOLD: Duration = Duration::from_secs(10 * 60);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Where so many uploads come in a second, each message waits a moment for company: a commit costs more than what it commits.
/// Not for the sake of a rescan: the uploads beside it would wait for what nobody waits for.
const BRISK: usize = 25;
const MOMENT: Duration = Duration::from_millis(20);

/// What the recorder holds: the queue and the database, nothing else.
#[derive(Clone)]
pub struct Recorder {
    pub store: Store,
    pub queue: Queue,
    pub metrics: Arc<Metrics>,
    pub config: RecorderConfig,
    /// Whose uploads are noted: one that nobody believes must not be sent again by who looks for what was lost.
    pub uploaders: Arc<Uploaders>,
}

/// Records until `stop` says so or the queue ends, and finishes what is in hand.
pub async fn run(recorder: Recorder, stop: watch::Receiver<bool>) -> Result<(), queue::Error> {
    let lanes = Lanes::open(&recorder).await?;
    let (recorder, news) = (Arc::new(recorder), Arc::new(Notify::new()));
    // The relay ends with the lanes.
    let (ended, end) = watch::channel(false);
    let consume = async {
        take(&recorder, lanes, &news, stop).await;
        ended.send_replace(true);
    };
    tokio::join!(consume, relay::run(&recorder, &news, end));
    Ok(())
}

/// Where the recorder's work comes from.
struct Lanes {
    work: [queue::Consumer; 3],
    /// Nothing waits for it: a broker that has no such lane yet, or does not let us read it, keeps nobody from recording.
    workers: Option<queue::Consumer>,
}

impl Lanes {
    async fn open(recorder: &Recorder) -> Result<Self, queue::Error> {
        let consume = async |lane| recorder.queue.consume(lane, recorder.config.slots).await;
        let workers = consume(Lane::Workers).await.inspect_err(|error| {
            warn!(%error, "signs of life are not noted: `gatehouse queue declare`, or the account's permissions");
        });
        let work = [
            consume(Lane::UploadsRecorder).await?,
            consume(Lane::VerdictsRecorder).await?,
            consume(Lane::Attestations).await?,
        ];
        Ok(Self { work, workers: workers.ok() })
    }

    /// The next delivery of any lane and all that lie ready beside it; `None` when a lane has ended.
    async fn next(&mut self) -> Option<Vec<Delivery>> {
        let [uploads, verdicts, attestations] = &mut self.work;
        let alive = async {
            match &mut self.workers {
                Some(lane) => lane.next().await,
                None => std::future::pending().await,
            }
        };
        let first = tokio::select! {
            delivery = uploads.next() => delivery,
            delivery = verdicts.next() => delivery,
            delivery = attestations.next() => delivery,
            delivery = alive => delivery,
        };
        let mut batch = vec![first?];
        self.gather(&mut batch);
        Some(batch)
    }

    /// What lies ready joins the batch.
    fn gather(&mut self, batch: &mut Vec<Delivery>) {
        for lane in self.work.iter_mut().chain(&mut self.workers) {
            while let Some(Some(delivery)) = lane.next().now_or_never() {
                batch.push(delivery);
            }
        }
    }
}

/// How many uploads come, second by second.
struct Pace {
    since: Instant,
    taken: usize,
    brisk: bool,
}

impl Pace {
    fn new() -> Self {
        Self { since: Instant::now(), taken: 0, brisk: false }
    }

    fn note(&mut self, uploads: usize, now: Instant) {
        self.taken += uploads;
        let passed = now.duration_since(self.since);
        if passed >= Duration::from_secs(1) {
            self.brisk = self.taken as f64 / passed.as_secs_f64() >= BRISK as f64;
            (self.since, self.taken) = (now, 0);
        }
    }
}

/// What comes while one batch is written becomes the next: the busier, the larger, and the fewer commits for each.
async fn take(recorder: &Arc<Recorder>, mut lanes: Lanes, news: &Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut held = JoinSet::new();
    let mut pace = Pace::new();
    loop {
        let batch = tokio::select! {
            batch = lanes.next() => batch,
            Some(_) = held.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(mut batch) = batch else { break };
        if pace.brisk {
            tokio::time::sleep(MOMENT).await;
            lanes.gather(&mut batch);
        }
        let uploads = batch.iter().filter(|delivery| delivery.lane == Lane::UploadsRecorder).count();
        pace.note(uploads, Instant::now());
        // One that is not what it should be, or a database that is away: each then waits by itself, and nothing that
        // comes later waits behind it.
        for delivery in recorder.record(batch, news).await {
            let (recorder, news, stop) = (Arc::clone(recorder), Arc::clone(news), stop.clone());
            let in_hand = recorder.metrics.take_in_hand(1);
            held.spawn(async move {
                let _in_hand = in_hand;
                let outcome = recorder.hold(&delivery, stop).await;
                if outcome == Some(Outcome::Done) && delivery.lane == Lane::VerdictsRecorder {
                    news.notify_one();
                }
                recorder.settle(delivery, outcome).await;
            });
        }
    }
    // What waits unopened goes back; what is in hand is a transaction away from its end.
    drop(lanes);
    while held.join_next().await.is_some() {}
}

impl Recorder {
    /// Writes a batch in one transaction and acknowledges it; or gives it back whole, and nothing was written.
    async fn record(&self, batch: Vec<Delivery>, news: &Notify) -> Vec<Delivery> {
        let _in_hand = self.metrics.take_in_hand(batch.len());
        let read = batch.iter().map(|delivery| self.read(delivery.lane, &delivery.body));
        let Ok(messages) = read.collect::<Result<Vec<_>, _>>() else { return batch };
        let entries: Vec<_> = messages.iter().map(Message::entry).collect();
        let written = match self.store.write_all(&entries, Moment::now()).await {
            Ok(written) => written,
            Err(error) => {
                warn!(%error, messages = batch.len(), "a batch was not written; trying one by one");
                return batch;
            }
        };
        if messages.iter().any(Message::is_told) {
            news.notify_one();
        }
        messages.iter().zip(written).for_each(|(message, written)| message.log(written));
        if let Err(error) = Delivery::done(batch).await {
            // The rows are there: what comes back is recognised.
            debug!(%error, "recorded messages could not be acknowledged");
        }
        Vec::new()
    }

    /// Tries until the rows are durable. `None` when told to stop before that: the message comes back.
    async fn hold(&self, delivery: &Delivery, mut stop: watch::Receiver<bool>) -> Option<Outcome> {
        let mut pause = FIRST_PAUSE;
        let mut held = Duration::ZERO;
        loop {
            let outcome = self.handle(delivery.lane, &delivery.body).await;
            if !matches!(outcome, Outcome::RetryAfter(_)) || held >= HOLD {
                return Some(outcome);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => return None,
            }
            held += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn settle(&self, delivery: Delivery, outcome: Option<Outcome>) {
        // Dropped unsettled, it comes back.
        let Some(outcome) = outcome else { return };
        if let Outcome::DeadLetter(reason) = &outcome {
            self.metrics.dead_letter(reason.kind);
            warn!(
                lane = delivery.lane.as_str(),
                reason = reason.kind,
                detail = %model::Terminal(&reason.detail),
                "parked a message that cannot be recorded"
            );
        }
        if let Err(error) = delivery.settle(outcome).await {
            // The rows are there: it comes back, and is recognised.
            debug!(%error, "a recorded message could not be acknowledged");
        }
    }

    /// Reads a message, or says what becomes of one that cannot be recorded.
    fn read(&self, lane: Lane, body: &[u8]) -> Result<Message, Outcome> {
        let malformed = |error: serde_json::Error| Outcome::DeadLetter(Reason::malformed(error.to_string()));
        match lane {
            // The scanner has the same message, and parks what is not one.
            Lane::UploadsRecorder => match self.uploaders.open(body, Door::Queue, Timestamp::now()) {
                Ok(believed) => Ok(Message::Upload(believed.event)),
                Err(_) => Err(Outcome::Done),
            },
            Lane::VerdictsRecorder => {
                let event: VerdictEvent = serde_json::from_slice(body).map_err(malformed)?;
                if event.verdict.sha256 != event.upload.sha256 {
                    let reason = Reason::refused("the verdict is on other bytes than the upload");
                    return Err(Outcome::DeadLetter(reason));
                }
                Ok(Message::Verdict(Box::new(event)))
            }
            Lane::Attestations => Ok(Message::Attestation(serde_json::from_slice(body).map_err(malformed)?)),
            Lane::Workers => Ok(Message::Heartbeat(serde_json::from_slice(body).map_err(malformed)?)),
            other => {
                let reason = Reason::refused(format!("the recorder takes nothing from `{other}`"));
                Err(Outcome::DeadLetter(reason))
            }
        }
    }

    /// Records one message. The acknowledgement is the caller's: `Done` means that it is committed.
    pub async fn handle(&self, lane: Lane, body: &[u8]) -> Outcome {
        let message = match self.read(lane, body) {
            Ok(message) => message,
            Err(outcome) => return outcome,
        };
        match self.store.write_all(&[message.entry()], Moment::now()).await {
            Ok(written) => {
                written.into_iter().for_each(|written| message.log(written));
                Outcome::Done
            }
            Err(error) => self.failed(&error).await,
        }
    }

    /// Parks a message only when the database is well and refuses this one: a missing table is no fault of a message.
    async fn failed(&self, error: &StoreError) -> Outcome {
        if error.is_transient() || self.store.ready().await.is_err() {
            warn!(%error, "the database did not take a message; trying again");
            return Outcome::RetryAfter(Duration::from_secs(60));
        }
        Outcome::DeadLetter(Reason::refused(error.to_string()))
    }
}

/// What a lane carries.
enum Message {
    Upload(UploadEvent),
    Verdict(Box<VerdictEvent>),
    Attestation(Box<Attestation>),
    Heartbeat(Heartbeat),
}

impl Message {
    fn entry(&self) -> Entry<'_> {
        match self {
            Self::Upload(event) => Entry::Upload(event),
            Self::Verdict(event) => Entry::Verdict(event),
            Self::Attestation(attestation) => Entry::Attestation(attestation),
            Self::Heartbeat(beat) => Entry::Heartbeat(beat),
        }
    }

    /// Whether it leaves something in the outbox: the relay need not look for what is not there.
    const fn is_told(&self) -> bool {
        matches!(self, Self::Verdict(_))
    }

    fn log(&self, written: Written) {
        match (self, written) {
            (Self::Verdict(event), Written::Verdict(recorded)) => info!(
                artifact.sha256 = %event.verdict.sha256,
                verdict.outcome = event.verdict.outcome.as_str(),
                verdict.new = recorded.new,
                case = recorded.case_id,
                "recorded a verdict"
            ),
            _ => debug!(?written, "recorded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_much_comes_does_anything_wait_for_company() {
        let mut pace = Pace::new();
        let after = |seconds: u64| pace.since + Duration::from_secs(seconds);
        let [first, second, later] = [1, 2, 60].map(after);
        pace.note(BRISK / 2, first);
        assert!(!pace.brisk);
        pace.note(BRISK, second);
        assert!(pace.brisk);
        pace.note(BRISK, later);
        assert!(!pace.brisk, "as many in a minute are few");
    }
}
