//! The whole line of data over archives: to be held against the floor, `cargo bench -p unpack`.
//!
//! Reads the archives of the folder in `GATEHOUSE_BENCH_DIR`, or builds some; the rules are those of the repository.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench is not the room")]

use std::{collections::BTreeMap, hint::black_box, path::Path};

use analysis::{
    Rulebook, examine,
    rulebook::pack::{self, Packed},
};
use criterion::{Criterion, Throughput};
use model::{Artifact, Context};

fn rules() -> BTreeMap<String, Vec<u8>> {
    fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("the rules").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(root, &path, files);
            } else if let (Ok(name), Ok(bytes)) = (path.strip_prefix(root), std::fs::read(&path)) {
                files.insert(name.to_string_lossy().into_owned(), bytes);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    files
}

fn archives() -> Vec<Packed> {
    let Some(folder) = std::env::var_os("GATEHOUSE_BENCH_DIR") else { return built() };
    let mut archives = Vec::new();
    for entry in std::fs::read_dir(folder).expect("GATEHOUSE_BENCH_DIR is a folder").flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            archives.push(Packed { filename: entry.file_name().to_string_lossy().into_owned(), bytes });
        }
    }
    archives.sort_by(|one, other| one.filename.cmp(&other.filename));
    archives
}

/// An sdist and a wheel of ordinary code, no two lines of which are alike.
fn built() -> Vec<Packed> {
    let mut state = 0x9e37_79b9u32;
    let mut files = pack::surroundings();
    for module in 0..40 {
        let mut source = String::from("import os\nimport json\nfrom pathlib import Path\n\n\n");
        for number in 0..400 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            source += &format!(
                "def load_{number}(path, default={state}):\n    \"\"\"Reads what was saved as {number}.\"\"\"\n    \
                 target = Path(os.environ.get('HOME', '/tmp')) / path\n    if not target.exists():\n        \
                 return default + {}\n    with open(target) as handle:\n        return json.load(handle)\n\n\n",
                state % 97
            );
        }
        files.insert(format!("demo/module_{module}.py"), source.into_bytes());
    }
    let sdist = pack::tree(&files);
    if let Some(metadata) = files.remove("PKG-INFO") {
        files.insert("demo-1.0.dist-info/METADATA".to_owned(), metadata);
    }
    vec![sdist, pack::tree(&files)]
}

fn bench(criterion: &mut Criterion) {
    let files = rules();
    let book = Rulebook::compile(&files).unwrap_or_else(|wrong| {
        panic!("{}", wrong.iter().map(|diagnostic| diagnostic.render(&files)).collect::<Vec<_>>().join("\n"))
    });
    let archives: Vec<(Artifact, Context)> =
        archives().into_iter().map(|packed| (Artifact::new(packed.bytes), Context::named(packed.filename))).collect();
    let mut group = criterion.benchmark_group("examine");
    group.throughput(Throughput::Bytes(archives.iter().map(|(artifact, _)| artifact.bytes.len() as u64).sum()));
    group.sample_size(10);
    group.bench_function("packed bytes to verdicts", |bencher| {
        bencher.iter(|| {
            for (artifact, context) in &archives {
                black_box(examine(artifact, context, &book));
            }
        });
    });
    group.finish();
    let compiled = book.to_bytes().expect("a rulebook has bytes");
    let mut group = criterion.benchmark_group("rulebook");
    group.sample_size(10);
    group.bench_function("compile", |bencher| bencher.iter(|| black_box(Rulebook::compile(&files).is_ok())));
    group.bench_function("load", |bencher| bencher.iter(|| black_box(Rulebook::from_bytes(&compiled).is_ok())));
    group.finish();
}

fn main() {
    // Syntax trees are walked recursively; see `analysis::examine`.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
        let mut criterion = Criterion::default().configure_from_args();
        bench(&mut criterion);
        criterion.final_summary();
    });
    thread.expect("a thread").join().expect("the bench");
}
