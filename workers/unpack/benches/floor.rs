//! The floor under every examination: unpack and hash each member.
//!
//! Reads the archives of the folder in `GATEHOUSE_BENCH_DIR`, or builds some.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test is not the room")]

use std::hint::black_box;
use std::io::Write;

use criterion::{Criterion, Throughput};
use sha2::{Digest, Sha256};
use unpack::{Limits, unpack};

fn floor(criterion: &mut Criterion) {
    let archives = std::env::var_os("GATEHOUSE_BENCH_DIR").map_or_else(built, |folder| {
        std::fs::read_dir(folder)
            .expect("GATEHOUSE_BENCH_DIR is a folder")
            .flatten()
            .filter_map(|entry| std::fs::read(entry.path()).ok())
            .collect()
    });
    let mut group = criterion.benchmark_group("floor");
    group.throughput(Throughput::Bytes(archives.iter().map(|bytes| bytes.len() as u64).sum()));
    group.sample_size(10);
    group.bench_function("unpack and sha256", |bencher| {
        bencher.iter(|| {
            for bytes in &archives {
                unpack(bytes, &Limits::default(), &mut |member| {
                    black_box(Sha256::digest(&member.data));
                });
            }
        });
    });
    group.finish();
}

/// Sources that no two lines of are alike, as a zip and as a compressed tar.
fn built() -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9u32;
    let mut source = String::new();
    for number in 0..4000 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        source += &format!(
            "def function_{number}(argument, other={state}):\n    return argument + other * {}\n\n",
            state % 97
        );
    }
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..40 {
        let name = format!("package/module_{number}.py");
        let mut header = tar::Header::new_gnu();
        header.set_size(source.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, &name, source.as_bytes()).expect("a tar in memory");
        zip.start_file(&name, zip::write::SimpleFileOptions::default()).expect("a zip in memory");
        zip.write_all(source.as_bytes()).expect("a zip in memory");
    }
    let tar = tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("a tar in memory");
    vec![tar, zip.finish().expect("a zip in memory").into_inner()]
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    floor(&mut criterion);
    criterion.final_summary();
}
