//! A message in a consumer's hands, and what becomes of it.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::mpsc;

use crate::{Error, Lane, amqp, embedded};

/// Messages of one lane, as they come. Dropping it stops the taking; deliveries already handed out stay valid.
pub struct Consumer {
    receiver: mpsc::Receiver<Delivery>,
}

impl Consumer {
    pub(crate) fn new(receiver: mpsc::Receiver<Delivery>) -> Self {
        Self { receiver }
    }

    /// The next message; `None` when the queue was closed or the broker stayed away for good.
    pub async fn next(&mut self) -> Option<Delivery> {
        self.receiver.recv().await
    }
}

impl futures::Stream for Consumer {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.receiver.poll_recv(context)
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its effect is durable.
    Done,
    /// Something outside is not as it should be: hand it out again, not before this time.
    RetryAfter(Duration),
    /// Nobody will ever be able to handle it: park it where a person looks.
    DeadLetter(Reason),
}

/// Why a message is parked. The kind is a metric's label, so it is never made from the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub kind: &'static str,
    /// May hold hostile text.
    pub detail: String,
}

impl Reason {
    /// It is not what this lane carries.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self { kind: "malformed", detail: detail.into() }
    }

    /// It was tried too often.
    pub fn exhausted(detail: impl Into<String>) -> Self {
        Self { kind: "exhausted", detail: detail.into() }
    }

    /// It contradicts what is known.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self { kind: "refused", detail: detail.into() }
    }
}

/// One message. Settle it when its effect is durable; a delivery that is dropped comes back.
pub struct Delivery {
    /// What its publisher named it; consumers deduplicate on it.
    pub id: String,
    pub lane: Lane,
    pub body: Vec<u8>,
    /// 1 for the first time it is handed out. Counts retries, and hand-outs that ended in a crash or were given back.
    pub attempt: u32,
    /// How often a consumer has settled it with [`Outcome::RetryAfter`]. There is no end to that but the consumer's own.
    pub retries: u32,
    pub(crate) settler: Option<Settler>,
}

pub(crate) enum Settler {
    Amqp(amqp::Settler),
    Embedded(embedded::Settler),
}

impl Delivery {
    /// Ends the delivery. On an error the message comes back, so the effect may be tried again.
    pub async fn settle(mut self, outcome: Outcome) -> Result<(), Error> {
        let Some(settler) = self.settler.take() else { return Err(Error::Stale) };
        match settler {
            Settler::Amqp(settler) => settler.settle(&self, outcome).await,
            Settler::Embedded(settler) => settler.settle(outcome).await,
        }
    }
}

impl Delivery {
    /// Ends deliveries whose effects are durable, with as few words as their backend allows. On an error some of them come
    /// back.
    pub async fn done(deliveries: Vec<Self>) -> Result<(), Error> {
        let (mut settled, mut at_a_broker) = (Ok(()), Vec::new());
        for mut delivery in deliveries {
            match delivery.settler.take() {
                Some(Settler::Amqp(settler)) => at_a_broker.push(settler),
                Some(Settler::Embedded(settler)) => settled = settled.and(settler.settle(Outcome::Done).await),
                None => settled = Err(Error::Stale),
            }
        }
        settled.and(amqp::done(at_a_broker).await)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        match self.settler.take() {
            Some(Settler::Amqp(settler)) => settler.give_back(),
            Some(Settler::Embedded(settler)) => settler.give_back(),
            None => {}
        }
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("lane", &self.lane).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}
