//! Exchanges, queues and bindings, declared by a migration and never by a role.
//!
//! All are durable, all queues are quorum queues, every argument is explicit because the broker's defaults differ
//! between its versions. No dead-letter route leads back to its source by itself: what comes back went through a delay.

use std::time::Duration;

use lapin::{
    Channel, ErrorKind, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use crate::{DELIVERY_LIMIT, Error, Lane, Topic};

/// Where delayed messages come back: routed by lane, so that a retry reaches only the consumer that asked for it.
pub(crate) const RETURN: &str = "gatehouse.return";
pub(crate) const DEAD: &str = "gatehouse.dead";
const UNROUTED: &str = "gatehouse.unrouted";

/// One exchange and queue per delay: a routing key survives it, and no short delay waits behind a long one.
const RETRIES: [(u64, &str); 4] =
    [(1, "gatehouse.retry.1"), (10, "gatehouse.retry.10"), (60, "gatehouse.retry.60"), (600, "gatehouse.retry.600")];

/// How often a parked message may be looked at: more often than anybody will.
const LOOKS: i64 = 1_000_000_000;

/// Messages a lane holds before publishers are told to wait.
const LANE_LENGTH: i64 = 1_000_000;

/// A sign of life that nobody noted is worth nothing after so many milliseconds, nor behind so many others.
const SIGN_OF_LIFE: [(&str, i64); 2] = [("x-message-ttl", 60_000), ("x-max-length", 10_000)];

/// The exchange of the shortest delay that is not shorter than this; the longest for all above it.
pub(crate) fn retry_exchange(delay: Duration) -> &'static str {
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    RETRIES.iter().find(|(rung, _)| *rung >= seconds).unwrap_or(&RETRIES[RETRIES.len() - 1]).1
}

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Exchanges, queues and bindings that are now as they should be.
    pub agreed: Vec<String>,
    /// What exists with other arguments. Nothing was changed there.
    pub differences: Vec<Difference>,
}

/// An exchange or queue that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    /// The broker's words.
    pub detail: String,
}

struct Exchange {
    name: &'static str,
    kind: ExchangeKind,
    arguments: Vec<(&'static str, AMQPValue)>,
}

struct Holder {
    name: String,
    arguments: Vec<(&'static str, AMQPValue)>,
    /// Exchange and routing key.
    bindings: Vec<(&'static str, String)>,
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn exchanges() -> Vec<Exchange> {
    let mut all: Vec<Exchange> = Topic::ALL
        .into_iter()
        .map(|topic| Exchange {
            name: topic.as_str(),
            kind: ExchangeKind::Topic,
            // Strangers publish uploads: a wrong key is parked. Our own roles are told instead (mandatory).
            arguments: match topic {
                Topic::Uploads => vec![("alternate-exchange", text(UNROUTED))],
                _ => vec![],
            },
        })
        .collect();
    all.extend(
        [(RETURN, ExchangeKind::Direct), (DEAD, ExchangeKind::Topic), (UNROUTED, ExchangeKind::Fanout)]
            .map(|(name, kind)| Exchange { name, kind, arguments: vec![] }),
    );
    all.extend(RETRIES.map(|(_, name)| Exchange { name, kind: ExchangeKind::Topic, arguments: vec![] }));
    all
}

fn queues() -> Vec<Holder> {
    let quorum = || ("x-queue-type", text("quorum"));
    let safely_to = |exchange: &str| {
        vec![
            ("x-dead-letter-exchange", text(exchange)),
            ("x-dead-letter-strategy", text("at-least-once")),
            ("x-overflow", text("reject-publish")),
        ]
    };
    let mut all = Vec::new();
    for topic in Topic::ALL {
        for lane in topic.lanes() {
            if topic == Topic::Workers {
                all.push(signs_of_life());
                continue;
            }
            let mut arguments = vec![
                quorum(),
                ("x-delivery-limit", AMQPValue::LongLongInt(i64::from(DELIVERY_LIMIT))),
                ("x-max-length", AMQPValue::LongLongInt(LANE_LENGTH)),
                ("x-dead-letter-routing-key", text(lane.as_str())),
            ];
            arguments.extend(safely_to(DEAD));
            let name = lane.as_str().to_owned();
            let keys = [(topic.as_str(), format!("{topic}.#")), (RETURN, name.clone())];
            all.push(Holder { name, arguments, bindings: keys.into() });
        }
    }
    for (seconds, name) in RETRIES {
        let mut arguments = vec![
            quorum(),
            ("x-message-ttl", AMQPValue::LongLongInt(i64::try_from(seconds * 1000).unwrap_or(i64::MAX))),
            ("x-max-length", AMQPValue::LongLongInt(LANE_LENGTH)),
        ];
        arguments.extend(safely_to(RETURN));
        all.push(Holder { name: name.to_owned(), arguments, bindings: vec![(name, "#".to_owned())] });
    }
    all.push(Holder {
        name: Lane::Parked.as_str().to_owned(),
        // Looking counts as handing out, and a newer broker drops for good what was handed out 20 times.
        arguments: vec![quorum(), ("x-delivery-limit", AMQPValue::LongLongInt(LOOKS))],
        bindings: vec![(DEAD, "#".to_owned()), (UNROUTED, String::new())],
    });
    all
}

/// The only lane that forgets: who cannot tell that it lives must not be kept from its work by that.
fn signs_of_life() -> Holder {
    let mut arguments = vec![
        ("x-queue-type", text("quorum")),
        ("x-delivery-limit", AMQPValue::LongLongInt(i64::from(DELIVERY_LIMIT))),
        ("x-overflow", text("drop-head")),
    ];
    arguments.extend(SIGN_OF_LIFE.map(|(name, value)| (name, AMQPValue::LongLongInt(value))));
    let name = Lane::Workers.as_str().to_owned();
    let bindings = vec![(Topic::Workers.as_str(), format!("{}.#", Topic::Workers)), (RETURN, name.clone())];
    Holder { name, arguments, bindings }
}

fn table(arguments: Vec<(&'static str, AMQPValue)>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert(name.into(), value);
    }
    table
}

/// Declares everything over channels from `open`; a refusal costs the channel, so the next step gets a new one.
pub(crate) async fn declare(open: impl AsyncFn() -> Result<Channel, Error>) -> Result<Declared, Error> {
    let mut declared = Declared::default();
    let mut channel = open().await?;
    for exchange in exchanges() {
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        let done =
            channel.exchange_declare(exchange.name.into(), exchange.kind, options, table(exchange.arguments)).await;
        if declared.note(format!("exchange {}", exchange.name), done)? {
            channel = open().await?;
        }
    }
    for queue in queues() {
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let done = channel.queue_declare(queue.name.as_str().into(), options, table(queue.arguments)).await;
        if declared.note(format!("queue {}", queue.name), done.map(drop))? {
            channel = open().await?;
            continue;
        }
        for (exchange, key) in queue.bindings {
            let done = channel
                .queue_bind(
                    queue.name.as_str().into(),
                    exchange.into(),
                    key.as_str().into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await;
            if declared.note(format!("binding {exchange} --{key}--> {}", queue.name), done)? {
                channel = open().await?;
            }
        }
    }
    let _ = channel.close(200, "declared".into()).await;
    Ok(declared)
}

impl Declared {
    /// Whether the broker said no, which ends the channel. Other errors end the migration.
    fn note(&mut self, name: String, done: lapin::Result<()>) -> Result<bool, Error> {
        match done {
            Ok(()) => {
                self.agreed.push(name);
                Ok(false)
            }
            Err(error) => match error.kind() {
                ErrorKind::ProtocolError(refusal) if error.is_amqp_soft_error() => {
                    self.differences.push(Difference { name, detail: refusal.get_message().to_string() });
                    Ok(true)
                }
                _ => Err(error.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_shortened_but_at_the_top() {
        assert_eq!(retry_exchange(Duration::from_millis(1)), "gatehouse.retry.1");
        assert_eq!(retry_exchange(Duration::from_millis(1001)), "gatehouse.retry.10");
        assert_eq!(retry_exchange(Duration::from_secs(10)), "gatehouse.retry.10");
        assert_eq!(retry_exchange(Duration::from_secs(61)), "gatehouse.retry.600");
        assert_eq!(retry_exchange(Duration::from_secs(86_400)), "gatehouse.retry.600");
    }

    #[test]
    fn what_is_rejected_or_too_old_always_has_somewhere_to_go() {
        let names: Vec<_> = exchanges().into_iter().map(|exchange| exchange.name).collect();
        for queue in queues() {
            for (exchange, _) in &queue.bindings {
                assert!(names.contains(exchange), "{exchange}");
            }
            let argument = |name| queue.arguments.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
            assert_eq!(argument("x-queue-type"), Some(&text("quorum")), "{}", queue.name);
            if queue.name == Lane::Workers.as_str() {
                assert_eq!(
                    argument("x-overflow"),
                    Some(&text("drop-head")),
                    "the newest sign of life is the one that counts"
                );
            } else if queue.name != Lane::Parked.as_str() {
                assert_eq!(argument("x-overflow"), Some(&text("reject-publish")), "{}", queue.name);
                assert_eq!(argument("x-dead-letter-strategy"), Some(&text("at-least-once")), "{}", queue.name);
            }
        }
    }
}
