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
const ROUNDS: usize = 3;
const PUBLISHERS: usize = 8;
const FLEET: Size = Size { scanners: 1, jobs: 2 };

pub(crate) async fn at_rates() {
    println!("load before: {}", cost::load());
    println!("| uploads/s | p50 ms | p99 ms | worst ms | CPU ms an upload, all | by whom |\n|---|---|---|---|---|---|");
    for rate in [10, 100] {
        let fleet = Standing::start(&FLEET, archives::malware_sized(rate * SECONDS)).await;
        let spent = fleet.spent();
        let took = steady(&fleet, &fleet.events, rate).await;
        let (all, parts) = cost::each(&spent, &fleet.spent(), took.len());
        println!("| {rate} | {} | {all:.2} | {parts} |", said(&took));
        fleet.end().await;
    }
}

/// Idle and beside rescans by turns: what else the machine does then hits both.
pub(crate) async fn beside_rescans() {
    const RATE: usize = 10;
    let count = RATE * SECONDS;
    let mut files = archives::malware_sized(2 * ROUNDS * count);
    let rescans = stage::fillers(RESCANS);
    files.extend(rescans.iter().map(|(name, bytes)| (name.clone(), bytes.clone())));
    let fleet = Standing::start(&FLEET, files).await;
    let (mut again, uploads): (Vec<UploadEvent>, Vec<UploadEvent>) =
        fleet.events.iter().cloned().partition(|event| rescans.contains_key(&event.filename));
    let (mut all_idle, mut all_beside) = (Vec::new(), Vec::new());
    println!("| {RATE} uploads/s | load | p50 ms | p99 ms | worst ms |\n|---|---|---|---|---|");
    for round in uploads.chunks(2 * count) {
        let (first, second) = round.split_at(count);
        let idle = steady(&fleet, first, RATE).await;
        println!("| idle | {} | {} |", cost::load(), said(&idle));
        queue_again(&fleet, &again).await;
        let before = queue_contract::depth(&fleet.queue, Lane::Rescans).await;
        let beside = steady(&fleet, second, RATE).await;
        let after = queue_contract::depth(&fleet.queue, Lane::Rescans).await;
        println!("| beside {before} to {after} rescans | {} | {} |", cost::load(), said(&beside));
        println!("| | | | {:.2} × | |", at(&beside, 99) / at(&idle, 99));
        stage::control(&["purge_queue", "-p", "gatehouse", Lane::Rescans.as_str()]);
        // Those that were judged come last the next time: what is known already costs less.
        again.rotate_left(RESCANS - usize::try_from(after).unwrap());
        all_idle.extend(idle);
        all_beside.extend(beside);
    }
    all_idle.sort_by(f64::total_cmp);
    all_beside.sort_by(f64::total_cmp);
    println!("| idle, all | | {} |\n| beside rescans, all | | {} |", said(&all_idle), said(&all_beside));
    println!("| | | | {:.2} × | |", at(&all_beside, 99) / at(&all_idle, 99));
    fleet.end().await;
}

async fn queue_again(fleet: &Standing, again: &[UploadEvent]) {
    let queue = &fleet.queue;
    // Each part in its order, and all parts at the same pace: the first are the first.
    let publishing = (0..PUBLISHERS).map(|part| async move {
        for event in again.iter().skip(part).step_by(PUBLISHERS) {
            queue.publish(Topic::Rescans, &event.message_id(), event).await.unwrap();
        }
    });
    futures::future::join_all(publishing).await;
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
