//! Milliseconds from publish to told verdict, at a steady rate, idle and beside a mass rescan.

use std::time::{Duration, Instant};

use model::UploadEvent;
use queue::{Lane, Topic};

use crate::{
    archives, cost,
    processes::until,
    queue_contract, stage,
    standing::{Size, Standing},
};

const SECONDS: usize = 30;
const RESCANS: usize = 50_000;
const FLEET: Size = Size { scanners: 1, jobs: 2 };

pub(crate) async fn at_rates() {
    println!("load before: {}\n| uploads/s | p50 ms | p99 ms | worst ms |\n|---|---|---|---|", cost::load());
    for rate in [10, 100] {
        let fleet = Standing::start(&FLEET, archives::malware_sized(rate * SECONDS)).await;
        println!("| {rate} | {} |", said(&steady(&fleet, &fleet.events, rate).await));
        fleet.end().await;
    }
}

pub(crate) async fn beside_rescans() {
    const RATE: usize = 10;
    println!("load before: {}", cost::load());
    let count = RATE * SECONDS;
    let mut files = archives::malware_sized(2 * count);
    let rescans = stage::fillers(RESCANS);
    files.extend(rescans.iter().map(|(name, bytes)| (name.clone(), bytes.clone())));
    let fleet = Standing::start(&FLEET, files).await;
    let (again, uploads): (Vec<UploadEvent>, Vec<UploadEvent>) =
        fleet.events.iter().cloned().partition(|event| rescans.contains_key(&event.filename));
    let (first, second) = uploads.split_at(count);
    let idle = steady(&fleet, first, RATE).await;
    let began = Instant::now();
    let queue = &fleet.queue;
    let publishing = again.chunks(again.len().div_ceil(8)).map(|part| async move {
        for event in part {
            queue.publish(Topic::Rescans, &event.message_id(), event).await.unwrap();
        }
    });
    futures::future::join_all(publishing).await;
    println!("{} rescans queued in {:.0} s", again.len(), began.elapsed().as_secs_f64());
    let before = queue_contract::depth(&fleet.queue, Lane::Rescans).await;
    let beside = steady(&fleet, second, RATE).await;
    let after = queue_contract::depth(&fleet.queue, Lane::Rescans).await;
    println!("| {RATE} uploads/s | p50 ms | p99 ms | worst ms |\n|---|---|---|---|");
    println!("| idle | {} |\n| beside {before} to {after} rescans | {} |", said(&idle), said(&beside));
    println!("p99 {:.2} times its idle value", at(&beside, 99) / at(&idle, 99));
    stage::control(&["purge_queue", "-p", "gatehouse", Lane::Rescans.as_str()]);
    fleet.end().await;
}

/// Publishes at an even pace, whether or not the last one was confirmed; sorted milliseconds until each was told.
async fn steady(fleet: &Standing, events: &[UploadEvent], rate: usize) -> Vec<f64> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate).unwrap());
    let mut sent = Vec::with_capacity(events.len());
    for event in events {
        ticks.tick().await;
        sent.push(Instant::now());
        let (queue, event) = (fleet.queue.clone(), event.clone());
        tokio::spawn(async move { queue.publish(Topic::Uploads, &event.message_id(), &event).await.unwrap() });
    }
    until("every verdict", async || events.iter().all(|event| fleet.listener.heard(&event.id).is_some()).then_some(()))
        .await;
    let took = events.iter().zip(sent).map(|(event, sent)| fleet.listener.heard(&event.id).unwrap() - sent);
    let mut took: Vec<f64> = took.map(|took| took.as_secs_f64() * 1000.0).collect();
    took.sort_by(f64::total_cmp);
    took
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn said(sorted: &[f64]) -> String {
    format!("{:.0} | {:.0} | {:.0}", at(sorted, 50), at(sorted, 99), at(sorted, 100))
}
