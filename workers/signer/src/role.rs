//! The loop: verdict in, attestations out, then the acknowledgement.

use std::time::Duration;

use futures::{StreamExt as _, stream::FuturesUnordered};
use metrics::Metrics;
use model::VerdictEvent;
use queue::{Delivery, Lane, Outcome, Queue, Reason, Topic};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::Signer;

/// Verdicts in hand at one time; signing takes microseconds, the broker's confirms take the rest.
pub const SLOTS: u16 = 32;

/// Signs until `stop` says so or the queue ends.
pub async fn run(
    signer: &Signer,
    queue: &Queue,
    metrics: &Metrics,
    mut stop: watch::Receiver<bool>,
) -> Result<(), queue::Error> {
    let mut verdicts = queue.consume(Lane::VerdictsSigner, SLOTS).await?;
    let mut under_way = FuturesUnordered::new();
    loop {
        let delivery = tokio::select! {
            delivery = verdicts.next() => delivery,
            Some(()) = under_way.next() => continue,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(delivery) = delivery else { break };
        let in_hand = metrics.take_in_hand(1);
        under_way.push(async move {
            let _in_hand = in_hand;
            let outcome = handle(signer, queue, &delivery).await;
            if let Err(error) = delivery.settle(outcome).await {
                // Not lost: an unsettled verdict comes back and is signed again under the same message ids.
                warn!(error = %error, "A signed verdict could not be acknowledged");
            }
        });
    }
    drop(verdicts);
    while under_way.next().await.is_some() {}
    Ok(())
}

async fn handle(signer: &Signer, queue: &Queue, delivery: &Delivery) -> Outcome {
    let event: VerdictEvent = match serde_json::from_slice(&delivery.body) {
        Ok(event) => event,
        Err(error) => return Outcome::DeadLetter(Reason::malformed(error.to_string())),
    };
    for attestation in signer.sign(&event, &jiff::Timestamp::now().to_string()) {
        if let Err(error) = queue.publish(Topic::Attestations, &attestation.message_id(), &attestation).await {
            warn!(error = %error, artifact.sha256 = %event.verdict.sha256, "An attestation was not confirmed");
            return Outcome::RetryAfter(Duration::from_secs(10));
        }
    }
    info!(
        artifact.sha256 = %event.verdict.sha256,
        verdict.outcome = event.verdict.outcome.as_str(),
        "Signed a verdict"
    );
    Outcome::Done
}
