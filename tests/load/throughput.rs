//! Uploads a second from publish to told verdict, and who spent the CPU.

use std::{collections::BTreeMap, time::Instant};

use queue::Topic;

use crate::{
    cost,
    processes::until,
    standing::{Size, Standing},
};

/// Messages that the index has on the way to the broker at a time.
const PUBLISHERS: usize = 8;

pub(crate) async fn measure(files: BTreeMap<String, Vec<u8>>) {
    let bytes: usize = files.values().map(Vec::len).sum();
    println!(
        "{} archives, {:.1} KB each; load before: {}",
        files.len(),
        bytes as f64 / 1e3 / files.len() as f64,
        cost::load()
    );
    println!("| scanners | uploads/s | CPU ms an upload, all | by whom |\n|---|---|---|---|");
    for (scanners, jobs) in [(1, 1), (1, 2), (1, 4), (2, 2)] {
        row(&Size { scanners, jobs }, files.clone()).await;
    }
}

async fn row(size: &Size, files: BTreeMap<String, Vec<u8>>) {
    let fleet = Standing::start(size, files).await;
    let (before, count) = (fleet.listener.count(), fleet.events.len());
    let kept = fleet.kept().await;
    let (spent, began) = (fleet.spent(), Instant::now());
    let publishing = (0..PUBLISHERS).map(|part| {
        let (queue, events) = (fleet.queue.clone(), &fleet.events);
        async move {
            for event in events.iter().skip(part).step_by(PUBLISHERS) {
                queue.publish(Topic::Uploads, &event.message_id(), event).await.unwrap();
            }
        }
    });
    futures::future::join_all(publishing).await;
    let published = began.elapsed().as_secs_f64();
    until("every verdict", async || (fleet.listener.count() >= before + count).then_some(())).await;
    // The last verdict, not the moment at which somebody looked.
    let last = fleet.events.iter().filter_map(|event| fleet.listener.heard(&event.id)).max().unwrap();
    let took = last.duration_since(began).as_secs_f64();
    let (all, parts) = cost::each(&spent, &fleet.spent(), count);
    println!(
        "| {} with {} jobs | {:.0} (published in {published:.1} s, told in {took:.1} s) | {all:.2} | {} |",
        size.scanners,
        size.jobs,
        count as f64 / took,
        parts
    );
    println!("| | | | the database keeps {:.1} kB of each |", (fleet.kept().await - kept) as f64 / 1e3 / count as f64);
    fleet.end().await;
}
