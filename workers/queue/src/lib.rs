//! The queues between the roles: AMQP and an embedded one behind one API. Names, acks and retries live here only.
//!
//! A publish is over when the backend has confirmed that it keeps the message. A delivery is over when its consumer
//! settles it, which it does after its own effect is durable; a delivery that is dropped unsettled comes back. So an
//! effect may be tried twice and must be idempotent, and no message is lost between two roles.

mod amqp;
mod delivery;
mod embedded;
mod error;
mod link;
mod topic;
mod topology;

use std::{path::Path, time::Duration};

pub use delivery::{Consumer, Delivery, Outcome, Reason};
pub use error::Error;
pub use topic::{Lane, Topic};
pub use topology::{Declared, Difference};

/// No message is larger: a body that an attacker can blow up must not fill the broker.
pub const MAX_BODY: usize = 8 * 1024 * 1024;

/// How often a message is handed out, and not settled, before it is parked: the last net under a message that kills its
/// consumer. One that a consumer asks for again later begins anew.
pub const DELIVERY_LIMIT: u32 = 20;

/// For how long a broker lets a consumer hold a message before it takes it back (RabbitMQ's default).
pub const CONSUMER_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// A connection to the queues. Clones share it.
#[derive(Clone)]
pub struct Queue {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Amqp(amqp::Amqp),
    Embedded(embedded::Embedded),
}

/// What the backend did with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is kept.
    Accepted,
    /// A message with this topic and id was accepted before; only the embedded queue can tell.
    Duplicate,
}

/// One of several messages that are published together.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub topic: Topic,
    pub id: &'a str,
    /// JSON.
    pub body: &'a [u8],
}

/// How the connection is, for readiness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub ready: bool,
    /// The broker takes no messages for now because it is short of memory or disk: wait, do not restart.
    pub blocked: bool,
    pub detail: String,
}

/// How full one lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    pub lane: Lane,
    pub ready: u64,
    /// Age of the oldest message that waits, in milliseconds. At a broker that of the one that this process took last,
    /// which is no younger; nothing where it took none, or its publisher did not say when.
    pub oldest_ms: Option<u64>,
    /// How many processes take from it; only a broker knows.
    pub consumers: Option<u32>,
}

/// A message that was looked at and left where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peeked {
    pub id: String,
    /// The lane it waits in; of a parked message, the one it was parked from, where its headers say so.
    pub lane: Option<String>,
    pub content_type: Option<String>,
    /// Why it is parked. May hold hostile text.
    pub reason: Option<String>,
    pub age_ms: Option<u64>,
    pub body: Vec<u8>,
}

/// Which parked messages are meant.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    All,
    /// Those with one of these ids.
    Ids(&'a [String]),
}

impl Chosen<'_> {
    fn takes(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Ids(ids) => ids.iter().any(|one| one == id),
        }
    }
}

/// What became of parked messages that were to be tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Id, and the lane or topic it went to.
    pub moved: Vec<(String, String)>,
    /// Ids of those that were chosen and never reached a lane: they stay until a topic is said.
    pub homeless: Vec<String>,
}

impl Queue {
    /// Opens `amqp://…`, `amqps://…` or `sqlite:PATH`.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_within(url, amqp::PUBLISH_WITHIN).await
    }

    /// [`Queue::connect`] that waits no longer than `patience` for a broker that is not there.
    pub async fn connect_within(url: &str, patience: Duration) -> Result<Self, Error> {
        let backend = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            Backend::Embedded(embedded::Embedded::open(Path::new(path)).await?)
        } else if url.starts_with("amqp://") || url.starts_with("amqps://") {
            Backend::Amqp(amqp::Amqp::connect(url, patience).await?)
        } else {
            return Err(Error::Url("a queue is amqp://…, amqps://… or sqlite:PATH".to_owned()));
        };
        Ok(Self { backend })
    }

    /// Opens the embedded queue in this file.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { backend: Backend::Embedded(embedded::Embedded::open(path).await?) })
    }

    /// Whether this is the queue inside this process.
    pub fn is_embedded(&self) -> bool {
        matches!(self.backend, Backend::Embedded(_))
    }

    /// Publishes `body` as JSON and returns when it is kept. Sending the same `id` twice is allowed: consumers
    /// deduplicate on it.
    pub async fn publish(&self, topic: Topic, id: &str, body: &impl serde::Serialize) -> Result<Published, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Body(error.to_string()))?;
        self.publish_bytes(topic, id, &body).await
    }

    /// [`Queue::publish`] for a body that is JSON already.
    pub async fn publish_bytes(&self, topic: Topic, id: &str, body: &[u8]) -> Result<Published, Error> {
        if body.len() > MAX_BODY {
            return Err(Error::TooLarge { size: body.len(), limit: MAX_BODY });
        }
        match &self.backend {
            Backend::Amqp(amqp) => amqp.publish(topic, id, body).await.map(|()| Published::Accepted),
            Backend::Embedded(embedded) => embedded.publish(topic, id, body).await,
        }
    }

    /// [`Queue::publish_bytes`] for several, which together cost a broker far less: what became of each, in their order.
    pub async fn publish_all(&self, messages: &[Outgoing<'_>]) -> Vec<Result<(), Error>> {
        match &self.backend {
            Backend::Amqp(amqp) if messages.iter().all(|message| message.body.len() <= MAX_BODY) => {
                amqp.publish_all(messages).await
            }
            _ => {
                let mut published = Vec::with_capacity(messages.len());
                for Outgoing { topic, id, body } in messages {
                    published.push(self.publish_bytes(*topic, id, body).await.map(drop));
                }
                published
            }
        }
    }

    /// Takes messages from a lane, at most `slots` unsettled ones at a time. The stream outlives reconnections; it
    /// ends when the queue is closed or the broker stays away.
    pub async fn consume(&self, lane: Lane, slots: u16) -> Result<Consumer, Error> {
        let slots = slots.max(1);
        match &self.backend {
            Backend::Amqp(amqp) => amqp.consume(lane, slots).await,
            Backend::Embedded(embedded) => Ok(embedded.consume(lane, slots)),
        }
    }

    /// Creates what is missing and reports what is there with other arguments. Only a migration calls this; the roles
    /// have no right to. The embedded queue makes its own tables.
    pub async fn declare(&self) -> Result<Declared, Error> {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.declare().await,
            Backend::Embedded(_) => Ok(Declared::default()),
        }
    }

    /// How the connection is now.
    pub fn state(&self) -> State {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.state(),
            Backend::Embedded(embedded) => embedded.state(),
        }
    }

    /// How full the lanes are; lanes this role may not look at, or that do not exist, are left out.
    pub async fn depths(&self) -> Result<Vec<Depth>, Error> {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.depths().await,
            Backend::Embedded(embedded) => embedded.depths().await,
        }
    }

    /// The first messages of a lane, which stay where they are. At a broker only those that wait, and looking counts
    /// as handing out: look at lanes without consumers. The embedded queue also shows what is out.
    pub async fn peek(&self, lane: Lane, limit: usize) -> Result<Vec<Peeked>, Error> {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.peek(lane, limit).await,
            Backend::Embedded(embedded) => embedded.peek(lane, limit).await,
        }
    }

    /// Sends parked messages back to the lanes they came from, attempts forgotten, each confirmed there before it leaves
    /// here. Those that never reached a lane go to all lanes of `otherwise`, or stay.
    pub async fn replay(&self, chosen: Chosen<'_>, otherwise: Option<Topic>) -> Result<Replayed, Error> {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.replay(chosen, otherwise).await,
            Backend::Embedded(embedded) => embedded.replay(chosen).await,
        }
    }

    /// Ends the connection. Unsettled deliveries come back to whoever consumes next.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Amqp(amqp) => amqp.close().await,
            Backend::Embedded(embedded) => embedded.close().await,
        }
    }
}
