//! The embedded queue: the contract, and what it keeps when its process ends.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "../../../tests/queue_contract.rs"]
mod queue_contract;

use queue::{DELIVERY_LIMIT, Error, Lane, Outcome, Published, Queue, Topic};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds() {
    let folder = tempfile::tempdir().unwrap();
    queue_contract::holds(&Queue::open(&folder.path().join("queue.sqlite")).await.unwrap()).await;
}

#[tokio::test]
async fn the_same_id_is_taken_once_even_after_it_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(&folder.path().join("queue.sqlite")).await.unwrap();
    assert_eq!(queue.publish(Topic::Uploads, "a", &1).await.unwrap(), Published::Accepted);
    assert_eq!(queue.publish(Topic::Uploads, "a", &1).await.unwrap(), Published::Duplicate);
    assert_eq!(queue.publish(Topic::Rescans, "a", &1).await.unwrap(), Published::Accepted, "another topic");
    let mut uploads = queue.consume(Lane::Uploads, 4).await.unwrap();
    uploads.next().await.unwrap().settle(Outcome::Done).await.unwrap();
    assert_eq!(queue.publish(Topic::Uploads, "a", &1).await.unwrap(), Published::Duplicate);
    assert_eq!(queue_contract::depth(&queue, Lane::Uploads).await, 0);
}

#[tokio::test]
async fn what_was_out_when_the_process_ended_comes_back_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.sqlite");
    let queue = Queue::open(&path).await.unwrap();
    for id in ["done", "out", "waiting"] {
        queue.publish(Topic::Uploads, id, &id).await.unwrap();
    }
    let mut consumer = queue.consume(Lane::Uploads, 2).await.unwrap();
    consumer.next().await.unwrap().settle(Outcome::Done).await.unwrap();
    let out = consumer.next().await.unwrap();
    drop(consumer);
    queue.close().await;
    drop(out);
    let queue = Queue::open(&path).await.unwrap();
    let mut consumer = queue.consume(Lane::Uploads, 2).await.unwrap();
    let again = consumer.next().await.unwrap();
    assert_eq!((again.id.as_str(), again.attempt), ("out", 2));
    let waiting = consumer.next().await.unwrap();
    assert_eq!(waiting.id, "waiting");
    again.settle(Outcome::Done).await.unwrap();
    waiting.settle(Outcome::Done).await.unwrap();
    assert_eq!(queue_contract::depth(&queue, Lane::Uploads).await, 0);
}

#[tokio::test]
async fn a_message_that_is_never_settled_is_parked_and_the_next_one_comes() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(&folder.path().join("queue.sqlite")).await.unwrap();
    queue.publish(Topic::Uploads, "poison", &1).await.unwrap();
    queue.publish(Topic::Uploads, "innocent", &1).await.unwrap();
    let mut consumer = queue.consume(Lane::Uploads, 1).await.unwrap();
    for attempt in 1..=DELIVERY_LIMIT {
        let delivery = consumer.next().await.unwrap();
        assert_eq!((delivery.id.as_str(), delivery.attempt), ("poison", attempt));
    }
    let delivery = consumer.next().await.unwrap();
    assert_eq!((delivery.id.as_str(), delivery.attempt), ("innocent", 1));
    assert_eq!(queue_contract::depth(&queue, Lane::Parked).await, 1);
}

#[tokio::test]
async fn one_process_owns_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.sqlite");
    let queue = Queue::open(&path).await.unwrap();
    queue.publish(Topic::Uploads, "a", &1).await.unwrap();
    let second = Queue::open(&path).await.err();
    assert!(matches!(second, Some(Error::InUse(_))), "{second:?}");
    queue.close().await;
    assert!(Queue::open(&path).await.is_ok());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(&folder.path().join("queue.sqlite")).await.unwrap();
    let refused = queue.publish_bytes(Topic::Verdicts, "big", &vec![0; queue::MAX_BODY + 1]).await;
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
}
