//! The loop: verdict in, attestations out, then the acknowledgement.

use std::time::Duration;

use futures::FutureExt as _;
use metrics::Metrics;
use model::VerdictEvent;
use queue::{Delivery, Lane, Outcome, Outgoing, Queue, Reason, Topic};
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
    loop {
        let first = tokio::select! {
            first = verdicts.next() => first,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(first) = first else { return Ok(()) };
        // What comes while these are on their way is signed next, together: the busier, the more at a time.
        let mut batch = vec![first];
        while let Some(Some(delivery)) = verdicts.next().now_or_never() {
            batch.push(delivery);
        }
        let _in_hand = metrics.take_in_hand(batch.len());
        handle(signer, queue, batch).await;
    }
}

/// Message ids and bodies.
type Statements = Vec<(String, Vec<u8>)>;

/// A verdict that is signed, and its statements as they are sent.
struct Signed {
    delivery: Delivery,
    event: VerdictEvent,
    statements: Statements,
}

async fn handle(signer: &Signer, queue: &Queue, batch: Vec<Delivery>) {
    let created = jiff::Timestamp::now().to_string();
    let (mut signed, mut unsigned) = (Vec::with_capacity(batch.len()), Vec::new());
    for delivery in batch {
        match sign(signer, &delivery, &created) {
            Ok((event, statements)) => signed.push(Signed { delivery, event, statements }),
            Err(reason) => unsigned.push((delivery, Outcome::DeadLetter(reason))),
        }
    }
    let messages: Vec<Outgoing<'_>> = signed
        .iter()
        .flat_map(|one| &one.statements)
        .map(|(id, body)| Outgoing { topic: Topic::Attestations, id, body })
        .collect();
    let mut kept = queue.publish_all(&messages).await.into_iter();
    let mut done = Vec::with_capacity(signed.len());
    for Signed { delivery, event, statements } in signed {
        let failed = kept.by_ref().take(statements.len()).filter_map(Result::err).last();
        match failed {
            None => {
                info!(
                    artifact.sha256 = %event.verdict.sha256,
                    verdict.outcome = event.verdict.outcome.as_str(),
                    "Signed a verdict"
                );
                done.push(delivery);
            }
            Some(error) => {
                warn!(error = %error, artifact.sha256 = %event.verdict.sha256, "An attestation was not confirmed");
                unsigned.push((delivery, Outcome::RetryAfter(Duration::from_secs(10))));
            }
        }
    }
    // Not lost where this fails: an unsettled verdict comes back and is signed again under the same message ids.
    let unsettled = |error: queue::Error| warn!(error = %error, "Signed verdicts could not be acknowledged");
    Delivery::done(done).await.unwrap_or_else(unsettled);
    for (delivery, outcome) in unsigned {
        delivery.settle(outcome).await.unwrap_or_else(unsettled);
    }
}

/// The statements on a verdict, or why it is parked.
fn sign(signer: &Signer, delivery: &Delivery, created: &str) -> Result<(VerdictEvent, Statements), Reason> {
    let malformed = |error: serde_json::Error| Reason::malformed(error.to_string());
    let event: VerdictEvent = serde_json::from_slice(&delivery.body).map_err(malformed)?;
    let statements = signer.sign(&event, created).into_iter();
    let statements = statements.map(|one| Ok((one.message_id(), serde_json::to_vec(&one).map_err(malformed)?)));
    let statements = statements.collect::<Result<_, Reason>>()?;
    Ok((event, statements))
}
