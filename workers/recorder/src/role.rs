//! The loops: uploads, verdicts and attestations in, rows, then the acknowledgement; the outbox out.

use std::{sync::Arc, time::Duration};

use attest::{Door, Uploaders};
use jiff::Timestamp;
use metrics::Metrics;
use model::{Attestation, UploadEvent, VerdictEvent};
use queue::{Delivery, Lane, Outcome, Queue, Reason};
use store::{Moment, Store, StoreError};
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
    let slots = recorder.config.slots;
    let uploads = recorder.queue.consume(Lane::UploadsRecorder, slots).await?;
    let verdicts = recorder.queue.consume(Lane::VerdictsRecorder, slots).await?;
    let attestations = recorder.queue.consume(Lane::Attestations, slots).await?;
    let recorder = Arc::new(recorder);
    let news = Arc::new(Notify::new());
    // The relay ends with the lanes, whichever of them ends first.
    let (ended, end) = watch::channel(false);
    let consume = async {
        tokio::join!(
            take(&recorder, uploads, &news, stop.clone()),
            take(&recorder, verdicts, &news, stop.clone()),
            take(&recorder, attestations, &news, stop.clone()),
        );
        ended.send_replace(true);
    };
    tokio::join!(consume, relay::run(&recorder, &news, end));
    Ok(())
}

/// One lane, several deliveries at a time.
async fn take(
    recorder: &Arc<Recorder>,
    mut deliveries: queue::Consumer,
    news: &Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    let mut under_way = JoinSet::new();
    loop {
        let delivery = tokio::select! {
            delivery = deliveries.next() => delivery,
            Some(_) = under_way.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(delivery) = delivery else { break };
        let (recorder, news, stop) = (Arc::clone(recorder), Arc::clone(news), stop.clone());
        under_way.spawn(async move {
            let outcome = recorder.hold(&delivery, stop).await;
            if outcome == Some(Outcome::Done) {
                news.notify_one();
            }
            recorder.settle(delivery, outcome).await;
        });
    }
    // What waits unopened goes back; what is in hand is a transaction away from its end.
    drop(deliveries);
    while under_way.join_next().await.is_some() {}
}

impl Recorder {
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

    /// Records one message. The acknowledgement is the caller's: `Done` means that it is committed.
    pub async fn handle(&self, lane: Lane, body: &[u8]) -> Outcome {
        match lane {
            Lane::UploadsRecorder => match self.uploaders.open(body, Door::Queue, Timestamp::now()) {
                Ok(believed) => self.handle_upload(&believed.event).await,
                // The scanner has the same message, and parks it.
                Err(_) => Outcome::Done,
            },
            Lane::VerdictsRecorder => match serde_json::from_slice::<VerdictEvent>(body) {
                Ok(event) => self.handle_verdict(&event).await,
                Err(error) => Outcome::DeadLetter(Reason::malformed(error.to_string())),
            },
            Lane::Attestations => match serde_json::from_slice::<Attestation>(body) {
                Ok(attestation) => self.handle_attestation(&attestation).await,
                Err(error) => Outcome::DeadLetter(Reason::malformed(error.to_string())),
            },
            other => Outcome::DeadLetter(Reason::refused(format!("the recorder takes nothing from `{other}`"))),
        }
    }

    /// Notes an upload, so that the store knows what waits for a verdict.
    pub async fn handle_upload(&self, event: &UploadEvent) -> Outcome {
        match self.store.accept(event, Moment::now()).await {
            Ok(new) => {
                debug!(artifact.sha256 = %event.sha256, new, "noted an upload");
                Outcome::Done
            }
            Err(error) => self.failed(&error).await,
        }
    }

    pub async fn handle_verdict(&self, event: &VerdictEvent) -> Outcome {
        let verdict = &event.verdict;
        if verdict.sha256 != event.upload.sha256 {
            return Outcome::DeadLetter(Reason::refused("the verdict is on other bytes than the upload"));
        }
        match self.store.record(event, Moment::now()).await {
            Ok(recorded) => {
                info!(
                    artifact.sha256 = %verdict.sha256,
                    verdict.outcome = verdict.outcome.as_str(),
                    verdict.new = recorded.new,
                    case = recorded.case_id,
                    "recorded a verdict"
                );
                Outcome::Done
            }
            Err(error) => self.failed(&error).await,
        }
    }

    pub async fn handle_attestation(&self, attestation: &Attestation) -> Outcome {
        match self.store.attest(attestation, Moment::now()).await {
            Ok(new) => {
                debug!(artifact.sha256 = %attestation.sha256, new, "recorded an attestation");
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
