//! Every fuzz target in the ordinary test run: over seeds, over the kept corpus, and over mutations of both.
//!
//! With `GATEHOUSE_FUZZ_SEEDS=FOLDER` the seeds are written there, one folder a target, for a fuzzer to begin with. With
//! `GATEHOUSE_FUZZ_TARGETS=metadata,record` only these are run, with `GATEHOUSE_FUZZ_TIMES=100` over so many times as many
//! mutations.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a test; what is expected of an archive is asked by tests/hostile.rs"
)]

#[path = "hostile/again.rs"]
mod again;
#[path = "hostile/all.rs"]
mod all;
#[path = "hostile/case.rs"]
mod case;
#[path = "hostile/craft.rs"]
mod craft;
#[path = "hostile/dice.rs"]
mod dice;
#[path = "hostile/others.rs"]
mod others;
#[path = "hostile/quiet.rs"]
mod quiet;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "hostile/sources.rs"]
mod sources;
#[path = "fuzz/targets/mod.rs"]
mod targets;
#[path = "hostile/tars.rs"]
mod tars;
#[path = "hostile/zips.rs"]
mod zips;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use dice::Dice;

/// Mutations of each target; some take a thousand times as long as others.
fn mutations(name: &str) -> usize {
    match name {
        "event" | "child" | "decoder" | "pyc" => 10_000,
        "guard" | "metadata" | "record" => 300,
        _ => 2000,
    }
}

fn times() -> usize {
    std::env::var("GATEHOUSE_FUZZ_TIMES").map_or(1, |times| times.parse().unwrap())
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Runs a target; what breaks it is said in hexadecimal, cut to what fits a line.
fn run(name: &str, target: targets::Target, data: &[u8]) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| target(data))).map_err(|_| {
        let shown = &data[..data.len().min(2000)];
        format!("{name} breaks on {} bytes: {}", data.len(), hex::encode(shown))
    })
}

fn smoke(name: &str, target: targets::Target) -> Result<usize, String> {
    let seeds = [seeds::of(name), corpus(name)].concat();
    assert!(seeds.len() >= 3, "{name} has {} seeds", seeds.len());
    for seed in &seeds {
        run(name, target, seed)?;
    }
    let mut dice = Dice::new(name.bytes().map(u64::from).sum());
    for _ in 0..mutations(name) * times() {
        let mut data = dice.pick(&seeds).clone();
        dice.damage(&mut data);
        run(name, target, &data)?;
    }
    Ok(seeds.len() + mutations(name) * times())
}

#[test]
fn no_target_breaks_on_its_corpus_or_on_what_is_like_it() {
    if let Some(folder) = std::env::var_os("GATEHOUSE_FUZZ_SEEDS") {
        for (name, _) in targets::ALL {
            let folder = Path::new(&folder).join(name);
            fs::create_dir_all(&folder).unwrap();
            for (at, seed) in seeds::of(name).iter().enumerate() {
                fs::write(folder.join(format!("seed-{at:03}")), seed).unwrap();
            }
        }
    }
    let asked = std::env::var("GATEHOUSE_FUZZ_TARGETS").ok();
    let is_asked = |name: &str| asked.as_ref().is_none_or(|asked| asked.split(',').any(|asked| asked == name));
    let all: Vec<_> = targets::ALL.into_iter().filter(|(name, _)| is_asked(name)).collect();
    assert!(!all.is_empty(), "no target is called so");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said = Vec::new();
        while let Some((name, target)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            match smoke(name, *target) {
                Ok(executions) => eprintln!("{name}: {executions} executions"),
                Err(broken) => said.push(broken),
            }
        }
        said
    };
    let said: Vec<String> = std::thread::scope(|scope| {
        let large = || std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap();
        let threads = [large(), large()];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(said.is_empty(), "{}", said.join("\n"));
}
