//! What every backend of the queue must do, run on the embedded one and on a real broker.

use std::time::Duration;

use queue::{Chosen, Delivery, Lane, Outcome, Outgoing, Queue, Reason, Replayed, Topic};

/// Far longer than anything here takes; reached only when a message is lost.
const PATIENCE: Duration = Duration::from_secs(60);

async fn next(consumer: &mut queue::Consumer) -> Delivery {
    tokio::time::timeout(PATIENCE, consumer.next()).await.expect("a message was lost").expect("the queue ended")
}

pub(crate) async fn depth(queue: &Queue, lane: Lane) -> u64 {
    queue.depths().await.unwrap().into_iter().find(|depth| depth.lane == lane).map_or(0, |depth| depth.ready)
}

/// What was looked at goes back to its place when the broker gets to it: asks again until as many wait.
async fn waits(queue: &Queue, lane: Lane, wanted: u64) {
    let same = async { while depth(queue, lane).await != wanted {} };
    tokio::time::timeout(PATIENCE, same).await.unwrap_or_else(|_| panic!("never {wanted} in {lane}"));
}

/// Empties a lane, so that a broker can be used twice.
pub(crate) async fn drain(queue: &Queue, lane: Lane) {
    let waiting = depth(queue, lane).await;
    if waiting > 0 {
        let mut consumer = queue.consume(lane, 1).await.unwrap();
        for _ in 0..waiting {
            next(&mut consumer).await.settle(Outcome::Done).await.unwrap();
        }
    }
}

pub(crate) async fn holds(queue: &Queue) {
    for lane in Lane::ALL {
        drain(queue, lane).await;
    }
    a_message_arrives_as_it_was_sent(queue).await;
    every_lane_of_a_topic_gets_a_copy_and_retries_alone(queue).await;
    what_is_dropped_comes_back_and_is_counted(queue).await;
    what_is_dead_is_parked(queue).await;
    slots_bound_what_is_out(queue).await;
    looking_takes_nothing(queue).await;
    several_at_once_are_kept_and_settled_and_nobody_elses(queue).await;
}

async fn a_message_arrives_as_it_was_sent(queue: &Queue) {
    let body = serde_json::json!({"name": "ünïcode\u{0}\u{202e}", "n": 1});
    queue.publish(Topic::Decisions, "one", &body).await.unwrap();
    let mut consumer = queue.consume(Lane::Decisions, 1).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!((delivery.id.as_str(), delivery.attempt, delivery.lane), ("one", 1, Lane::Decisions));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&delivery.body).unwrap(), body);
    delivery.settle(Outcome::Done).await.unwrap();
    assert_eq!(depth(queue, Lane::Decisions).await, 0);
}

async fn every_lane_of_a_topic_gets_a_copy_and_retries_alone(queue: &Queue) {
    queue.publish(Topic::Verdicts, "fan-out", &1).await.unwrap();
    let mut recorder = queue.consume(Lane::VerdictsRecorder, 1).await.unwrap();
    let mut signer = queue.consume(Lane::VerdictsSigner, 1).await.unwrap();
    next(&mut signer).await.settle(Outcome::Done).await.unwrap();
    next(&mut recorder).await.settle(Outcome::RetryAfter(Duration::from_secs(1))).await.unwrap();
    let again = next(&mut recorder).await;
    assert_eq!((again.id.as_str(), again.attempt, again.retries), ("fan-out", 2, 1));
    // Given back is not asked for: what a restart does must not use up somebody's patience.
    drop(again);
    let again = next(&mut recorder).await;
    assert_eq!((again.id.as_str(), again.attempt, again.retries), ("fan-out", 3, 1));
    again.settle(Outcome::RetryAfter(Duration::from_millis(10))).await.unwrap();
    let again = next(&mut recorder).await;
    assert_eq!((again.id.as_str(), again.attempt, again.retries), ("fan-out", 4, 2));
    again.settle(Outcome::Done).await.unwrap();
    // The signer's copy was settled; had the retry reached it too, it would lie before this one.
    queue.publish(Topic::Verdicts, "after", &2).await.unwrap();
    for consumer in [&mut signer, &mut recorder] {
        let delivery = next(consumer).await;
        assert_eq!(delivery.id, "after");
        delivery.settle(Outcome::Done).await.unwrap();
    }
}

async fn what_is_dropped_comes_back_and_is_counted(queue: &Queue) {
    queue.publish(Topic::Uploads, "dropped", &1).await.unwrap();
    let mut consumer = queue.consume(Lane::Uploads, 1).await.unwrap();
    drop(next(&mut consumer).await);
    let again = next(&mut consumer).await;
    assert_eq!((again.id.as_str(), again.attempt), ("dropped", 2));
    drop(consumer);
    again.settle(Outcome::Done).await.expect("a delivery outlives its consumer");
    assert_eq!(depth(queue, Lane::Uploads).await, 0);
}

async fn what_is_dead_is_parked(queue: &Queue) {
    let before = depth(queue, Lane::Parked).await;
    queue.publish(Topic::Attestations, "dead", &1).await.unwrap();
    let mut consumer = queue.consume(Lane::Attestations, 1).await.unwrap();
    next(&mut consumer).await.settle(Outcome::DeadLetter(Reason::malformed("no such thing\u{1b}[2J"))).await.unwrap();
    assert_eq!(depth(queue, Lane::Attestations).await, 0);
    assert_eq!(depth(queue, Lane::Parked).await, before + 1);
    let parked = queue.peek(Lane::Parked, 1000).await.unwrap();
    assert_eq!(parked.len() as u64, before + 1);
    let dead = parked.iter().find(|message| message.id == "dead").unwrap();
    assert_eq!((dead.lane.as_deref(), dead.body.as_slice()), (Some("attestations"), &b"1"[..]));
    assert_eq!(dead.reason.as_deref(), Some("malformed: no such thing\u{1b}[2J"));
    waits(queue, Lane::Parked, before + 1).await;
    what_is_parked_can_be_tried_again(queue, before, &mut consumer).await;
}

/// `dead` was parked from the attestations, behind `before` others.
async fn what_is_parked_can_be_tried_again(queue: &Queue, before: u64, consumer: &mut queue::Consumer) {
    let nobody = [String::from("nobody")];
    assert_eq!(queue.replay(Chosen::Ids(&nobody), None).await.unwrap(), Replayed::default());
    waits(queue, Lane::Parked, before + 1).await; // What was not chosen stays.
    let dead = [String::from("dead")];
    let replayed = queue.replay(Chosen::Ids(&dead), Some(Topic::Uploads)).await.unwrap();
    assert_eq!(replayed.moved, [("dead".to_owned(), "attestations".to_owned())], "to its own lane, not to the topic");
    assert_eq!(depth(queue, Lane::Parked).await, before);
    let again = next(consumer).await;
    assert_eq!((again.id.as_str(), again.attempt, again.body.as_slice()), ("dead", 1, &b"1"[..]));
    assert_eq!(again.retries, 0);
    // And it can be parked again.
    again.settle(Outcome::DeadLetter(Reason::refused("still"))).await.unwrap();
    assert_eq!(depth(queue, Lane::Parked).await, before + 1);
    assert_eq!(queue.replay(Chosen::All, Some(Topic::Decisions)).await.unwrap().moved.len() as u64, before + 1);
    next(consumer).await.settle(Outcome::Done).await.unwrap();
    assert_eq!(depth(queue, Lane::Parked).await, 0);
}

async fn looking_takes_nothing(queue: &Queue) {
    for id in ["look-1", "look-2", "look-3"] {
        queue.publish(Topic::Decisions, id, &id).await.unwrap();
    }
    for _ in 0..2 {
        let seen = queue.peek(Lane::Decisions, 2).await.unwrap();
        assert_eq!(seen.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["look-1", "look-2"]);
        waits(queue, Lane::Decisions, 3).await;
        if !queue.is_embedded() {
            assert_eq!(seen[0].content_type.as_deref(), Some("application/cloudevents+json"));
        }
    }
    drain(queue, Lane::Decisions).await;
}

async fn slots_bound_what_is_out(queue: &Queue) {
    for id in ["slot-1", "slot-2", "slot-3"] {
        queue.publish(Topic::Rescans, id, &id).await.unwrap();
    }
    let mut consumer = queue.consume(Lane::Rescans, 2).await.unwrap();
    let (one, two) = (next(&mut consumer).await, next(&mut consumer).await);
    assert_eq!((one.id.as_str(), two.id.as_str()), ("slot-1", "slot-2"));
    let depths = queue.depths().await.unwrap();
    let oldest = depths.iter().find(|depth| depth.lane == Lane::Rescans).unwrap().oldest_ms;
    assert!(oldest.is_some_and(|age| age < 3_600_000), "the third waits, and not since long ago: {oldest:?}");
    let third = tokio::time::timeout(Duration::from_millis(300), consumer.next()).await;
    assert!(third.is_err(), "two slots gave three messages");
    one.settle(Outcome::Done).await.unwrap();
    next(&mut consumer).await.settle(Outcome::Done).await.unwrap();
    two.settle(Outcome::Done).await.unwrap();
    assert_eq!(depth(queue, Lane::Rescans).await, 0);
}

/// Two of a hundred are held while the others are settled: those two come back when they are dropped, and nothing else.
async fn several_at_once_are_kept_and_settled_and_nobody_elses(queue: &Queue) {
    let ids: Vec<String> = (0..100).map(|number| format!("many-{number}")).collect();
    let many: Vec<Outgoing<'_>> = ids.iter().map(|id| Outgoing { topic: Topic::Rescans, id, body: b"1" }).collect();
    assert!(queue.publish_all(&many).await.iter().all(Result::is_ok));
    let mut consumer = queue.consume(Lane::Rescans, 100).await.unwrap();
    let (mut held, mut done) = (Vec::new(), Vec::new());
    for (number, id) in ids.iter().enumerate() {
        let delivery = next(&mut consumer).await;
        assert_eq!(&delivery.id, id, "in their order");
        if [30, 60].contains(&number) { held.push(delivery) } else { done.push(delivery) }
    }
    // In whatever order, and in two parts.
    let rest = done.split_off(50);
    done.reverse();
    for part in [done, rest] {
        Delivery::done(part).await.unwrap();
    }
    drop(held);
    let mut back = Vec::new();
    for _ in 0..2 {
        let again = next(&mut consumer).await;
        assert_eq!(again.attempt, 2);
        back.push(again);
    }
    back.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(back.iter().map(|delivery| delivery.id.as_str()).collect::<Vec<_>>(), ["many-30", "many-60"]);
    Delivery::done(back).await.unwrap();
    assert_eq!(depth(queue, Lane::Rescans).await, 0);
    let gone = tokio::time::timeout(Duration::from_millis(300), consumer.next()).await;
    assert!(gone.is_err(), "something that was settled came back");
}
