//! The floor: unpack every archive of a folder and hash every member. All else an examination does is above it.
//!
//! `floor FOLDER` prints one line a folder; `floor --anomalies FOLDER` counts what was odd; `floor --list FOLDER`
//! prints every member of the outer archives with its hash, to be compared with another reader.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on a developer's machine, not the room"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use sha2::{Digest, Sha256};

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let anomalies = arguments.first().is_some_and(|first| first == "--anomalies");
    let list = arguments.first().is_some_and(|first| first == "--list");
    if anomalies || list {
        arguments.remove(0);
    }
    let Some(folder) = arguments.first() else {
        eprintln!("usage: floor [--anomalies | --list] FOLDER");
        std::process::exit(2);
    };
    let mut paths = Vec::new();
    collect(&PathBuf::from(folder), &mut paths);
    paths.sort();
    let (mut packed, mut unpacked, mut members) = (0u64, 0u64, 0u64);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let limits = unpack::Limits::default();
    let mut spent = std::time::Duration::ZERO;
    for path in &paths {
        let Ok(bytes) = std::fs::read(path) else { continue };
        let start = Instant::now();
        let report = unpack::unpack(&bytes, &limits, &mut |member| {
            let digest = std::hint::black_box(Sha256::digest(&member.data));
            if list && member.nesting == 0 {
                let hex: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
                let kind = match member.kind {
                    unpack::Kind::File => "file",
                    unpack::Kind::Directory => "directory",
                    unpack::Kind::Link(_) => "link",
                    unpack::Kind::Special => "special",
                };
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                println!("{name}\t{}\t{kind}\t{hex}", member.path.trim_end_matches('/'));
            }
        });
        spent += start.elapsed();
        packed += bytes.len() as u64;
        unpacked += report.bytes_unpacked;
        members += report.members;
        if anomalies {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            for anomaly in &report.anomalies {
                *counts.entry(anomaly.kind.to_owned()).or_default() += 1;
                println!(
                    "{name}: {} {} {}",
                    anomaly.kind,
                    anomaly.member.escape_debug(),
                    anomaly.detail.escape_debug()
                );
            }
            for gap in &report.gaps {
                *counts.entry(format!("gap {:?}", gap.kind)).or_default() += 1;
                println!("{name}: GAP {:?} {} {}", gap.kind, gap.member.escape_debug(), gap.detail.escape_debug());
            }
        }
    }
    for (kind, count) in counts {
        println!("{count:6} {kind}");
    }
    let megabytes = packed as f64 / 1e6;
    // Wall time says little on a busy machine.
    let busy = std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(spent.as_secs_f64(), |nanoseconds| nanoseconds / 1e9);
    println!("{busy:.2} CPU seconds for the whole process, {:.1} MB/s packed a core", megabytes / busy);
    println!(
        "{} archives, {megabytes:.1} MB packed, {:.1} MB unpacked, {members} members: {:.2} s, {:.1} MB/s packed",
        paths.len(),
        unpacked as f64 / 1e6,
        spent.as_secs_f64(),
        megabytes / spent.as_secs_f64(),
    );
}

fn collect(path: &PathBuf, paths: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| collect(&entry.path(), paths));
    } else {
        paths.push(path.clone());
    }
}
