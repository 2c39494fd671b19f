//! Who lives.

use std::sync::Arc;

use model::{Digest, Heartbeat};
use store::Moment;

use crate::harness::{House, noon, seconds};

fn beat(worker: &str, time: Moment, in_flight: u32) -> Heartbeat {
    Heartbeat {
        worker: worker.to_owned(),
        role: "scanner".to_owned(),
        engine: "gatehouse/0.1.0".to_owned(),
        rulebook: Some(Digest::of(b"rulebook 1")),
        in_flight,
        slots: 5,
        started: noon().to_string(),
        time: time.to_string(),
        ended: false,
    }
}

pub(crate) async fn the_newest_sign_of_life_counts_in_whatever_order_they_come(house: Arc<House>) {
    let store = &house.store;
    let (later, last) = (noon().plus(seconds(10)), noon().plus(seconds(20)));
    assert!(store.hear(&beat("a:1", noon(), 1), last).await.unwrap());
    assert!(store.hear(&beat("a:1", last, 3), last).await.unwrap());
    assert!(!store.hear(&beat("a:1", later, 2), last).await.unwrap(), "it came late");
    assert!(!store.hear(&beat("a:1", last, 9), last).await.unwrap(), "and this one twice");
    let idle = Heartbeat { role: "recorder".to_owned(), rulebook: None, slots: 0, ..beat("z:1", noon(), 0) };
    assert!(store.hear(&idle, last).await.unwrap());
    let workers = store.workers(noon()).await.unwrap();
    assert_eq!(workers.iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>(), ["z:1", "a:1"], "by role");
    assert_eq!((workers[0].rulebook.as_str(), workers[0].slots), ("", 0));
    let scanner = &workers[1];
    assert_eq!((scanner.in_flight, scanner.slots), (3, 5));
    assert_eq!((scanner.started_at, scanner.seen_at), (noon(), last));
    assert_eq!(scanner.rulebook, Digest::of(b"rulebook 1").to_string());
    assert_eq!(store.workers(later).await.unwrap().len(), 1, "the other was not heard since then");
}

pub(crate) async fn who_ended_is_not_shown_and_who_is_long_gone_is_forgotten(house: Arc<House>) {
    let store = &house.store;
    let later = noon().plus(seconds(10));
    for name in ["well:1", "cut-off:1"] {
        store.hear(&beat(name, noon(), 1), noon()).await.unwrap();
    }
    let farewell = Heartbeat { ended: true, ..beat("well:1", later, 0) };
    assert!(store.hear(&farewell, later).await.unwrap());
    assert!(!store.hear(&beat("well:1", noon(), 1), later).await.unwrap(), "a late one wakes nobody");
    let alive = async || store.workers(noon()).await.unwrap().into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(alive().await, ["cut-off:1"]);
    // Started anew under the same name, as containers are.
    assert!(store.hear(&beat("well:1", later.plus(seconds(1)), 0), later.plus(seconds(1))).await.unwrap());
    assert_eq!(alive().await, ["cut-off:1", "well:1"]);
    assert_eq!(store.forget_workers(later).await.unwrap(), 1);
    assert_eq!(alive().await, ["well:1"]);
}

pub(crate) async fn a_clock_that_is_ahead_and_hostile_words_make_nobody_immortal(house: Arc<House>) {
    let store = &house.store;
    let hostile = "x\0\u{202e}'; DROP TABLE worker; --".repeat(200);
    let ahead = noon().plus(seconds(86_400));
    assert!(store.hear(&beat(&hostile, ahead, u32::MAX), noon()).await.unwrap());
    let unknown = Heartbeat { time: "yesterday".to_owned(), started: String::new(), ..beat("odd", noon(), 0) };
    assert!(store.hear(&unknown, noon()).await.unwrap());
    let workers = store.workers(noon()).await.unwrap();
    assert_eq!(workers.len(), 2);
    assert!(workers.iter().all(|worker| worker.seen_at == noon()), "{workers:?}");
    let long = workers.iter().find(|worker| worker.name.starts_with('x')).unwrap();
    assert_eq!((long.name.chars().count(), long.in_flight), (512, i64::from(u32::MAX)));
    assert_eq!(store.workers(noon().plus(seconds(1))).await.unwrap(), []);
}
