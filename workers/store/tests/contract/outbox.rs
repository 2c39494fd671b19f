//! Events leave at least once, and one relay at a time has them.

use std::collections::HashSet;
use std::sync::Arc;

use model::Outcome;

use crate::harness::{House, event, noon, seconds};

pub(crate) async fn a_claim_is_exclusive_and_ends(house: Arc<House>) {
    let store = &house.store;
    store.record(&event("a", Outcome::Clear, 0.5), noon()).await.unwrap();
    store.record(&event("b", Outcome::Clear, 0.5), noon()).await.unwrap();
    let first = store.claim_outbox(1, seconds(30), noon()).await.unwrap();
    let second = store.claim_outbox(10, seconds(30), noon()).await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(first[0].id < second[0].id, "in the order in which they were written");
    assert!(store.claim_outbox(10, seconds(30), noon().plus(seconds(29))).await.unwrap().is_empty());
    // The first relay died; the second was told to try again sooner.
    store.outbox_failed(second[0].id, noon().plus(seconds(2))).await.unwrap();
    let retried = store.claim_outbox(10, seconds(30), noon().plus(seconds(2))).await.unwrap();
    assert_eq!((retried[0].id, retried[0].attempts), (second[0].id, 2));
    let taken_over = store.claim_outbox(10, seconds(30), noon().plus(seconds(30))).await.unwrap();
    assert_eq!((taken_over[0].id, taken_over[0].attempts), (first[0].id, 2));
    assert_eq!(taken_over[0].message_id, first[0].message_id);
    for row in [&first[0], &second[0]] {
        store.outbox_sent(&[row.id], noon()).await.unwrap();
    }
    assert!(store.claim_outbox(10, seconds(30), noon().plus(seconds(9999))).await.unwrap().is_empty());
}

pub(crate) async fn relays_at_once_share_the_work(house: Arc<House>) {
    for number in 0..30 {
        house.store.record(&event(&format!("pkg-{number}"), Outcome::Clear, 0.5), noon()).await.unwrap();
    }
    let relays: Vec<_> = (0..4)
        .map(|_| {
            let store = house.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    match store.claim_outbox(3, seconds(30), noon()).await {
                        Ok(rows) if rows.is_empty() => return mine,
                        Ok(rows) => mine.extend(rows.into_iter().map(|row| row.id)),
                        Err(error) => assert!(error.is_transient(), "{error}"),
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for relay in relays {
        all.extend(relay.await.unwrap());
    }
    // Together they have every event, and no event twice.
    assert_eq!(all.len(), all.iter().collect::<HashSet<_>>().len());
    let left = house.store.claim_outbox(100, seconds(30), noon()).await.unwrap();
    assert_eq!(all.len() + left.len(), 30);
}

pub(crate) async fn what_was_sent_is_forgotten_in_time(house: Arc<House>) {
    let store = &house.store;
    store.record(&event("a", Outcome::Clear, 0.5), noon()).await.unwrap();
    store.record(&event("b", Outcome::Clear, 0.5), noon()).await.unwrap();
    let rows = store.claim_outbox(1, seconds(30), noon()).await.unwrap();
    store.outbox_sent(&[rows[0].id], noon()).await.unwrap();
    assert_eq!(store.prune_outbox(noon()).await.unwrap(), 0);
    assert_eq!(store.prune_outbox(noon().plus(seconds(1))).await.unwrap(), 1);
    assert_eq!(store.figures().await.unwrap().outbox_unsent, 1, "what was not sent is never forgotten");
}
