//! Measures the analysis on every Python source below a folder, on one thread: bytes a second, and the slowest files.
//!
//! `cargo run --release -p python --example speed -- FOLDER`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring tool for people at a terminal"
)]

#[path = "shared/behaviours.rs"]
mod shared;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use python::{Behaviours, Budget, Role, Roles, Unit, analyse};
use shared::behaviours;

fn measure(folder: PathBuf) {
    let behaviours = behaviours();
    let mut folders = vec![folder];
    let mut rows: Vec<(Duration, usize, usize, PathBuf)> = Vec::new();
    let mut gaps = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "py") {
                let source = std::fs::read(&path).unwrap();
                let name = path.to_string_lossy();
                let role = if name.ends_with("__init__.py") { Role::Init } else { Role::Package };
                let unit = Unit { path: &name, role, phase: role.phase(), module: "", source: &source, entered: &[] };
                let start = Instant::now();
                let analysis = analyse(&unit, &behaviours, &mut Budget::default());
                let took = start.elapsed();
                for gap in &analysis.gaps {
                    println!("gap {name}: {}", gap.detail);
                    gaps += 1;
                }
                rows.push((took, source.len(), analysis.facts.len(), path));
            }
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.0));
    let bytes: usize = rows.iter().map(|row| row.1).sum();
    let facts: usize = rows.iter().map(|row| row.2).sum();
    let time: Duration = rows.iter().map(|row| row.0).sum();
    let rate = bytes as f64 / 1e6 / time.as_secs_f64();
    println!("{} files, {bytes} bytes, {facts} facts, {gaps} gaps, {time:?}, {rate:.1} MB/s", rows.len());
    for (took, bytes, facts, path) in rows.iter().take(15) {
        println!("{took:>12?} {bytes:>9} bytes {facts:>5} facts {}", path.display());
    }
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    std::thread::Builder::new().stack_size(64 << 20).spawn(|| measure(folder)).unwrap().join().unwrap();
}
