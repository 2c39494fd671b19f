//! Messages over AMQP 0-9-1. Every connection and channel is replaced by hand when it fails: what was confirmed or
//! acknowledged is known at each moment, and a delivery of an old channel can never be acknowledged on a new one.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt as _;
use lapin::{
    BasicProperties, Channel, Confirmation, PublisherConfirm,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use crate::{
    Chosen, Consumer, Delivery, Depth, Error, Lane, Outcome, Outgoing, Peeked, Replayed, State, Topic, delivery,
    link::{Address, Backoff, Link, OPERATION_WITHIN, lock, within},
    topology::{self, DEAD, Declared, RETURN},
};

const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
/// A publish that fails is repeated for this long before its caller is told.
pub(crate) const PUBLISH_WITHIN: Duration = Duration::from_secs(30);

/// Set on what waits for another try. Believed only on messages that came through our own return exchange.
const HEADER_ATTEMPT: &str = "x-gatehouse-attempt";
const HEADER_RETRIES: &str = "x-gatehouse-retries";
const HEADER_REASON: &str = "x-gatehouse-reason";

#[derive(Clone)]
pub(crate) struct Amqp {
    shared: Arc<Shared>,
}

struct Shared {
    /// Publishing has its own connection: under a memory alarm the broker stops reading from connections that publish,
    /// and acknowledgements must not wait behind that.
    publishing: Link,
    consuming: Link,
    /// Channels in confirm mode, each used by one publish at a time: a returned message is then surely that publish's.
    idle: Mutex<Vec<Channel>>,
    /// When what was taken last of each lane had been published, in seconds since 1970; 0 when nobody says.
    taken: [AtomicU64; Lane::ALL.len()],
    closed: AtomicBool,
}

impl Amqp {
    /// Connects, trying again for as long as `patience`.
    pub(crate) async fn connect(url: &str, patience: Duration) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        let shared = Shared {
            publishing: Link::new("publish", &address),
            consuming: Link::new("consume", &address),
            idle: Mutex::default(),
            taken: Default::default(),
            closed: AtomicBool::new(false),
        };
        let deadline = Instant::now() + patience;
        let mut backoff = Backoff::new();
        loop {
            match shared.publishing.channel().await {
                Ok(_) => break,
                // Patience opens no lock.
                Err(error @ Error::Refused(_)) => return Err(error),
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(error) => tracing::warn!(%error, "cannot reach the broker yet"),
            }
            backoff.wait().await;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(crate) async fn publish(&self, topic: Topic, id: &str, body: &[u8]) -> Result<(), Error> {
        let message = Message { id, body, kind: topic.content_type().into(), headers: FieldTable::default() };
        self.shared.publish(topic.as_str(), topic.as_str(), message).await
    }

    pub(crate) async fn publish_all(&self, messages: &[Outgoing<'_>]) -> Vec<Result<(), Error>> {
        if messages.len() > 1 {
            match self.shared.try_publish_all(messages).await {
                Ok(()) => return messages.iter().map(|_| Ok(())).collect(),
                // Some of them may be kept: those are sent twice, under the same ids.
                Err(error) => tracing::warn!(messages = messages.len(), %error, "publishing again, one by one"),
            }
        }
        let one_by_one = messages.iter().map(|message| self.publish(message.topic, message.id, message.body));
        futures::future::join_all(one_by_one).await
    }

    pub(crate) async fn consume(&self, lane: Lane, slots: u16) -> Result<Consumer, Error> {
        // The first try is the caller's to see: a missing queue or right is a mistake of configuration.
        let first = self.shared.subscribe(lane, slots).await?;
        let (sender, receiver) = mpsc::channel(usize::from(slots));
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move { shared.pump(lane, slots, first, sender).await });
        Ok(Consumer::new(receiver))
    }

    pub(crate) async fn declare(&self) -> Result<Declared, Error> {
        topology::declare(async || self.shared.publishing.channel().await).await
    }

    pub(crate) fn state(&self) -> State {
        let links = [&self.shared.publishing, &self.shared.consuming];
        let seen: Vec<_> = links.into_iter().filter_map(|link| Some((link.name, link.status()?))).collect();
        let blocked = seen.iter().any(|(_, status)| status.blocked());
        let gone = seen.iter().find(|(_, status)| !status.connected()).map(|(name, _)| *name);
        let detail = match gone {
            Some(name) => format!("reconnecting ({name})"),
            None if blocked => "blocked by the broker".to_owned(),
            None => "connected".to_owned(),
        };
        State { ready: gone.is_none() && !self.shared.closed.load(Ordering::Acquire), blocked, detail }
    }

    pub(crate) async fn depths(&self) -> Result<Vec<Depth>, Error> {
        let mut depths = Vec::new();
        for lane in Lane::ALL {
            // Not where we publish: under a memory alarm the broker reads nothing from there, and the figures would be gone
            // when they are wanted most.
            let channel = self.shared.consuming.channel().await?;
            let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
            // A queue that is missing closes the channel, which is why each look has its own.
            if let Ok(queue) = within(channel.queue_declare(lane.as_str().into(), options, FieldTable::default())).await
            {
                let (ready, consumers) = (u64::from(queue.message_count()), Some(queue.consumer_count()));
                // Messages are taken in order: what waits is no older than what was taken last.
                let oldest_ms = self.shared.taken(lane).filter(|_| ready > 0).map(age_ms);
                depths.push(Depth { lane, ready, oldest_ms, consumers });
                let _ = within(channel.close(200, "looked".into())).await;
            }
        }
        Ok(depths)
    }

    pub(crate) async fn peek(&self, lane: Lane, limit: usize) -> Result<Vec<Peeked>, Error> {
        let channel = self.shared.consuming.channel().await?;
        let mut seen = Vec::new();
        while seen.len() < limit {
            let got = within(channel.basic_get(lane.as_str().into(), BasicGetOptions::default())).await?;
            let Some(message) = got else { break };
            seen.push(peeked(lane, message.delivery));
        }
        // Nothing was acknowledged: what was looked at goes back to its place with the channel.
        within(channel.close(200, "looked".into())).await?;
        Ok(seen)
    }

    pub(crate) async fn replay(&self, chosen: Chosen<'_>, otherwise: Option<Topic>) -> Result<Replayed, Error> {
        let channel = self.shared.consuming.channel().await?;
        let parked = || ShortString::from(Lane::Parked.as_str());
        let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
        let waiting = within(channel.queue_declare(parked(), options, FieldTable::default())).await?.message_count();
        let mut replayed = Replayed::default();
        // What is parked again meanwhile comes after those that were there, and is not taken up a second time.
        for _ in 0..waiting {
            let Some(message) = within(channel.basic_get(parked(), BasicGetOptions::default())).await? else { break };
            let delivery = message.delivery;
            let kind = delivery.properties.content_type().clone().unwrap_or_default();
            let home = home(&delivery);
            let acker = delivery.acker.clone();
            let Peeked { id, body, .. } = peeked(Lane::Parked, delivery);
            if !chosen.takes(&id) {
                continue;
            }
            // To its own lane alone; what never reached one goes where the operator says.
            let (exchange, key) = match (home, otherwise) {
                (Some(lane), _) => (RETURN, lane.as_str()),
                (None, Some(topic)) => (topic.as_str(), topic.as_str()),
                (None, None) => {
                    replayed.homeless.push(id);
                    continue;
                }
            };
            // No header goes with it: its attempts begin anew.
            let message = Message { id: &id, body: &body, kind, headers: FieldTable::default() };
            self.shared.publish(exchange, key, message).await?;
            if !within(acker.ack(BasicAckOptions::default())).await? {
                return Err(Error::Stale);
            }
            replayed.moved.push((id, key.to_owned()));
        }
        // What was not chosen goes back to its place.
        within(channel.close(200, "replayed".into())).await?;
        Ok(replayed)
    }

    pub(crate) async fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        lock(&self.shared.idle).clear();
        self.shared.consuming.close().await;
        self.shared.publishing.close().await;
    }
}

impl Shared {
    /// Publishes and waits for the broker's confirm, over as many connections as it takes.
    async fn publish(&self, exchange: &str, key: &str, message: Message<'_>) -> Result<(), Error> {
        let (body, properties) = (message.body, message.properties());
        let deadline = Instant::now() + PUBLISH_WITHIN;
        let mut backoff = Backoff::new();
        loop {
            if self.closed.load(Ordering::Acquire) {
                return Err(Error::Closed);
            }
            let error = match self.try_publish(exchange, key, body, properties.clone()).await {
                Ok(()) => return Ok(()),
                // Patience makes no queue, and gives no right.
                Err(error @ (Error::Unroutable(_) | Error::Refused(_))) => return Err(error),
                Err(error) => error,
            };
            if Instant::now() >= deadline {
                return Err(error);
            }
            tracing::warn!(exchange, %error, "publishing again");
            backoff.wait().await;
        }
    }

    async fn try_publish(
        &self,
        exchange: &str,
        key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<(), Error> {
        let channel = self.confirming().await?;
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let confirm = within(channel.basic_publish(exchange.into(), key.into(), options, body, properties)).await?;
        match self.confirmed(confirm).await? {
            Confirmation::Ack(None) => {
                lock(&self.idle).push(channel);
                Ok(())
            }
            Confirmation::Ack(Some(_)) => {
                lock(&self.idle).push(channel);
                Err(Error::Unroutable(key.to_owned()))
            }
            Confirmation::Nack(_) | Confirmation::NotRequested => Err(Error::Broker("the queue is full".to_owned())),
        }
    }

    /// Sends all of them, and then waits for the confirms: the broker writes down what lies ready at once. An error says
    /// nothing of which of them are kept.
    async fn try_publish_all(&self, messages: &[Outgoing<'_>]) -> Result<(), Error> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Closed);
        }
        let channel = self.confirming().await?;
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let sending = messages.iter().map(|Outgoing { topic, id, body }| {
            let message = Message { id, body, kind: topic.content_type().into(), headers: FieldTable::default() };
            let topic = topic.as_str();
            channel.basic_publish(topic.into(), topic.into(), options, message.body, message.properties())
        });
        let confirms = within(futures::future::try_join_all(sending)).await?;
        for confirm in confirms {
            match self.confirmed(confirm).await? {
                Confirmation::Ack(None) => {}
                // With several on the way, nobody knows which of them came back.
                Confirmation::Ack(Some(_)) => return Err(Error::Unroutable("one of several".to_owned())),
                Confirmation::Nack(_) | Confirmation::NotRequested => {
                    return Err(Error::Broker("the queue is full".to_owned()));
                }
            }
        }
        lock(&self.idle).push(channel);
        Ok(())
    }

    /// A channel in confirm mode that nobody else uses.
    async fn confirming(&self) -> Result<Channel, Error> {
        let idle = lock(&self.idle).pop().filter(|channel| channel.status().connected());
        if let Some(channel) = idle {
            return Ok(channel);
        }
        let channel = self.publishing.channel().await?;
        within(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(channel)
    }

    async fn confirmed(&self, confirm: PublisherConfirm) -> Result<Confirmation, Error> {
        tokio::pin!(confirm);
        loop {
            match timeout(CONFIRM_WITHIN, &mut confirm).await {
                Ok(confirmation) => return Ok(confirmation?),
                // Under an alarm the confirm comes when the alarm is over; a second copy would make it worse.
                Err(_) if self.publishing.status().is_some_and(|status| status.blocked()) => {
                    tracing::warn!("the broker is short of memory or disk and takes nothing: waiting");
                }
                Err(_) => {
                    self.publishing.close().await;
                    return Err(Error::Unconfirmed(CONFIRM_WITHIN.as_secs()));
                }
            }
        }
    }

    fn taken(&self, lane: Lane) -> Option<u64> {
        Some(self.taken[lane as usize].load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    async fn subscribe(&self, lane: Lane, slots: u16) -> Result<Subscription, Error> {
        let channel = self.consuming.channel().await?;
        // Prefetch is the number of slots: a crash counts an attempt for every message that was prefetched.
        within(channel.basic_qos(slots, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions::default();
        let consumer =
            within(channel.basic_consume(lane.as_str().into(), ShortString::default(), options, FieldTable::default()))
                .await?;
        Ok(Subscription { channel, consumer, unsettled: Arc::default() })
    }

    /// Hands deliveries on, over as many connections as it takes.
    async fn pump(self: Arc<Self>, lane: Lane, slots: u16, mut taken: Subscription, sender: mpsc::Sender<Delivery>) {
        let mut backoff = Backoff::new();
        loop {
            loop {
                let delivered = tokio::select! {
                    delivered = taken.consumer.next() => delivered,
                    () = sender.closed() => {
                        // Stop taking, but keep the channel for the acknowledgements still to come: each holds a clone.
                        let _ = within(taken.channel.basic_cancel(taken.consumer.tag(), Default::default())).await;
                        return;
                    }
                };
                match delivered {
                    Some(Ok(delivered)) => {
                        backoff = Backoff::new();
                        let delivery = self.delivery(lane, &taken, delivered);
                        // What comes of it could not be published: nothing is fetched and examined meanwhile.
                        if lane.leads_to_a_publish() && !self.unblocked(&sender).await {
                            break;
                        }
                        if sender.send(delivery).await.is_err() {
                            break;
                        }
                    }
                    Some(Err(error)) => {
                        tracing::warn!(%lane, %error, "the consumer was cut off");
                        break;
                    }
                    None => break,
                }
            }
            loop {
                if self.closed.load(Ordering::Acquire) || sender.is_closed() {
                    return;
                }
                if !backoff.wait().await {
                    tracing::error!(%lane, "the broker stayed away: giving up");
                    return;
                }
                match self.subscribe(lane, slots).await {
                    Ok(again) => {
                        taken = again;
                        break;
                    }
                    Err(error) => tracing::warn!(%lane, %error, "cannot consume yet"),
                }
            }
        }
    }

    /// Waits while the broker, short of memory or disk, takes nothing from us. False when nobody waits any more.
    async fn unblocked(&self, sender: &mpsc::Sender<Delivery>) -> bool {
        let blocked = || self.publishing.status().is_some_and(|status| status.connected() && status.blocked());
        if blocked() {
            tracing::warn!("the broker is short of memory or disk: no work is begun until it takes messages again");
        }
        while blocked() {
            tokio::select! {
                () = sleep(Backoff::MIN) => {}
                () = sender.closed() => return false,
            }
        }
        true
    }

    fn delivery(self: &Arc<Self>, lane: Lane, from: &Subscription, delivered: lapin::message::Delivery) -> Delivery {
        let headers = delivered.properties.headers().as_ref();
        let number = |name: &str| headers.and_then(|headers| headers.inner().get(name)).and_then(whole_number);
        let returned = |name: &str| number(name).filter(|_| delivered.exchange.as_str() == RETURN).unwrap_or(0);
        let crashes = number("x-delivery-count").unwrap_or(u32::from(delivered.redelivered));
        let id = delivered.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default();
        let kind = delivered.properties.content_type().clone().unwrap_or_default();
        // A copy that comes back from a delay is no measure of what waits.
        if delivered.exchange.as_str() != RETURN {
            self.taken[lane as usize].store(delivered.properties.timestamp().unwrap_or(0), Ordering::Relaxed);
        }
        from.unsettled.add(delivered.delivery_tag);
        Delivery {
            id,
            lane,
            body: delivered.data,
            attempt: 1u32.saturating_add(returned(HEADER_ATTEMPT)).saturating_add(crashes),
            retries: returned(HEADER_RETRIES),
            settler: Some(delivery::Settler::Amqp(Settler {
                shared: Arc::clone(self),
                acker: delivered.acker,
                tag: delivered.delivery_tag,
                unsettled: Arc::clone(&from.unsettled),
                kind,
                channel: from.channel.clone(),
            })),
        }
    }
}

/// The lane a parked message came from. Believed only of what went through our own exchange of dead letters, where the
/// routing key is the lane: a header or a key of a stranger could name a lane that strangers must not write to.
fn home(delivery: &lapin::message::Delivery) -> Option<Lane> {
    let lane = (delivery.exchange.as_str() == DEAD).then(|| Lane::parse(delivery.routing_key.as_str()))?;
    lane.filter(|lane| *lane != Lane::Parked)
}

fn peeked(lane: Lane, delivery: lapin::message::Delivery) -> Peeked {
    let properties = &delivery.properties;
    let headers = properties.headers().as_ref();
    let text = |name: &str| match headers?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        _ => None,
    };
    let came_from = if lane == Lane::Parked { home(&delivery) } else { Some(lane) };
    let reason = || {
        text(HEADER_REASON).or_else(|| match text("x-first-death-reason") {
            Some(word) if word == "delivery_limit" => {
                Some(format!("exhausted: handed out {} times and never settled", crate::DELIVERY_LIMIT))
            }
            Some(word) => Some(format!("the broker: {word}")),
            None => Some(format!("refused: no lane takes the routing key `{}`", delivery.routing_key)),
        })
    };
    let published = properties.timestamp().map(age_ms);
    Peeked {
        id: properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default(),
        lane: came_from.map(|lane| lane.as_str().to_owned()),
        content_type: properties.content_type().as_ref().map(ToString::to_string),
        reason: if lane == Lane::Parked { reason() } else { None },
        age_ms: published,
        body: delivery.data,
    }
}

/// Seconds since 1970, as AMQP says times.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Since a time that a publisher may have made up.
fn age_ms(seconds: u64) -> u64 {
    now().saturating_sub(seconds).saturating_mul(1000)
}

/// A channel that takes from a lane.
struct Subscription {
    channel: Channel,
    consumer: lapin::Consumer,
    unsettled: Arc<Unsettled>,
}

/// The numbers of the messages of one channel that were taken and not settled.
#[derive(Default)]
struct Unsettled(Mutex<BTreeSet<u64>>);

impl Unsettled {
    fn add(&self, tag: u64) {
        lock(&self.0).insert(tag);
    }

    /// Called when the broker has been told, never before: one word for all up to a number must not speak of a message
    /// that somebody else is just about to settle, since the broker ends a channel that settles twice.
    fn remove(&self, tags: impl Iterator<Item = u64>) {
        let mut unsettled = lock(&self.0);
        for tag in tags {
            unsettled.remove(&tag);
        }
    }

    /// How many of these, in rising order, are the oldest of all that are not settled.
    fn oldest(&self, tags: impl Iterator<Item = u64>) -> usize {
        lock(&self.0).iter().zip(tags).take_while(|(one, other)| **one == *other).count()
    }
}

/// What is published.
struct Message<'a> {
    id: &'a str,
    body: &'a [u8],
    /// Its content type.
    kind: ShortString,
    headers: FieldTable,
}

impl Message<'_> {
    fn properties(&self) -> BasicProperties {
        BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type(self.kind.clone())
            .with_message_id(message_id(self.id))
            .with_app_id("gatehouse".into())
            .with_timestamp(now())
            .with_headers(self.headers.clone())
    }
}

/// AMQP's short strings end at 255 bytes; an id that is longer goes by its digest.
fn message_id(id: &str) -> ShortString {
    ShortString::try_new(id).unwrap_or_else(|_| model::Digest::of(id.as_bytes()).to_string().into())
}

fn whole_number(value: &AMQPValue) -> Option<u32> {
    match value {
        AMQPValue::LongLongInt(number) => u32::try_from(*number).ok(),
        AMQPValue::LongInt(number) => u32::try_from(*number).ok(),
        AMQPValue::LongUInt(number) => Some(*number),
        AMQPValue::ShortInt(number) => u32::try_from(*number).ok(),
        AMQPValue::ShortShortInt(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

pub(crate) struct Settler {
    shared: Arc<Shared>,
    acker: lapin::Acker,
    /// Its number on its channel.
    tag: u64,
    unsettled: Arc<Unsettled>,
    /// The message's content type, which a copy keeps.
    kind: ShortString,
    /// Kept open until the acknowledgement is out, even when the consumer has stopped.
    channel: Channel,
}

impl Settler {
    pub(crate) async fn settle(self, delivery: &Delivery, outcome: Outcome) -> Result<(), Error> {
        // First the copy is confirmed, then the original goes. The broker's own x-death header is never copied: it
        // would take the round trip for a cycle and drop the message.
        match outcome {
            Outcome::Done => {}
            Outcome::RetryAfter(delay) => {
                let mut headers = FieldTable::default();
                let count = |number: u32| AMQPValue::LongLongInt(i64::from(number));
                headers.insert(HEADER_ATTEMPT.into(), count(delivery.attempt));
                headers.insert(HEADER_RETRIES.into(), count(delivery.retries.saturating_add(1)));
                self.move_to(topology::retry_exchange(delay), delivery, headers).await?;
            }
            Outcome::DeadLetter(reason) => {
                let lane = delivery.lane;
                tracing::warn!(%lane, kind = reason.kind, reason = %model::Terminal(&reason.detail), "parked a message");
                let mut headers = FieldTable::default();
                let text: String = format!("{}: {}", reason.kind, reason.detail).chars().take(1000).collect();
                headers.insert(HEADER_REASON.into(), AMQPValue::LongString(text.into()));
                self.move_to(DEAD, delivery, headers).await?;
            }
        }
        self.ack(false).await
    }

    /// Alone, or with all that were taken before it.
    async fn ack(&self, multiple: bool) -> Result<(), Error> {
        let told = timeout(OPERATION_WITHIN, self.acker.ack(BasicAckOptions { multiple })).await;
        self.unsettled.remove(std::iter::once(self.tag));
        match told {
            Ok(Ok(true)) => Ok(()),
            _ => Err(Error::Stale),
        }
    }

    async fn move_to(&self, exchange: &str, delivery: &Delivery, headers: FieldTable) -> Result<(), Error> {
        let message = Message { id: &delivery.id, body: &delivery.body, kind: self.kind.clone(), headers };
        let moved = self.shared.publish(exchange, delivery.lane.as_str(), message).await;
        if moved.is_err() {
            self.nack().await;
        }
        moved
    }

    async fn nack(&self) {
        let options = BasicNackOptions { requeue: true, ..Default::default() };
        let _ = timeout(OPERATION_WITHIN, self.acker.nack(options)).await;
        self.unsettled.remove(std::iter::once(self.tag));
    }

    pub(crate) fn give_back(self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            self.nack().await;
            drop(self.channel);
        });
    }
}

/// Settles what is done, the oldest of each channel by one word: a broker writes each of these words down.
pub(crate) async fn done(settlers: Vec<Settler>) -> Result<(), Error> {
    let mut channels: Vec<Vec<Settler>> = Vec::new();
    for settler in settlers {
        let same = |taken: &&mut Vec<Settler>| Arc::ptr_eq(&taken[0].unsettled, &settler.unsettled);
        match channels.iter_mut().find(same) {
            Some(taken) => taken.push(settler),
            None => channels.push(vec![settler]),
        }
    }
    futures::future::join_all(channels.into_iter().map(done_on_one_channel)).await.into_iter().collect()
}

async fn done_on_one_channel(mut settlers: Vec<Settler>) -> Result<(), Error> {
    settlers.sort_unstable_by_key(|settler| settler.tag);
    let Some(unsettled) = settlers.first().map(|settler| Arc::clone(&settler.unsettled)) else { return Ok(()) };
    let others = settlers.split_off(unsettled.oldest(settlers.iter().map(|settler| settler.tag)));
    let together = async {
        let Some(newest) = settlers.last() else { return Ok(()) };
        let settled = newest.ack(true).await;
        unsettled.remove(settlers.iter().map(|settler| settler.tag));
        settled
    };
    let one_by_one = futures::future::join_all(others.iter().map(|settler| settler.ack(false)));
    let (together, one_by_one) = tokio::join!(together, one_by_one);
    one_by_one.into_iter().fold(together, Result::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_settles_only_what_nobody_else_holds() {
        let unsettled = Unsettled::default();
        (1..=6).for_each(|tag| unsettled.add(tag));
        let oldest = |tags: &[u64]| unsettled.oldest(tags.iter().copied());
        assert_eq!(oldest(&[1, 2, 3]), 3);
        assert_eq!(oldest(&[1, 2, 4, 5]), 2, "the third is somebody else's");
        assert_eq!(oldest(&[2, 3]), 0, "the first is somebody else's");
        unsettled.remove([1, 3].into_iter());
        assert_eq!(oldest(&[2, 4, 6]), 2);
        assert_eq!(oldest(&[2, 4, 5, 6]), 4);
    }
}
