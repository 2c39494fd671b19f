//! What the tests of `gatehouse scan` and `gatehouse rules` share: the real binary, a small rulebook, archives built in
//! memory.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use tempfile::TempDir;
use zip::{AesMode, CompressionMethod, ZipWriter, unstable::write::FileOptionsExt as _, write::SimpleFileOptions};

/// What the rules of the test rulebook look for.
pub(crate) const HOLD: &str = "TEST_MARKER_HOLD";
pub(crate) const REVIEW: &str = "TEST_MARKER_REVIEW";
pub(crate) const SHADOW: &str = "TEST_MARKER_SHADOW";

const SCORE: &str = "prior = -4.0\n[threshold]\nreview = 50.0\nhold = 95.0\n[level]\ninformational = 0.0\nlow = 0.4\n\
    medium = 5.0\nhigh = 9.0\ncritical = 9.0\n[family]\ncap = 20.0\n";

const BEHAVIOURS: &str =
    "[[behaviour]]\nid = \"process.spawn\"\nflow = [\"sink\"]\ndoc = \"Starts a process\"\nnames = [\"os.system\"]\n";

fn rule(id: &str, level: &str, status: &str, text: &str) -> String {
    format!(
        "rule {} {{\n    meta:\n        id = \"{id}\"\n        title = \"Holds the test marker\"\n        \
         family = \"{id}\"\n        level = \"{level}\"\n        status = \"{status}\"\n        \
         tags = \"attack.t1059\"\n        falsepositives = \"none known\"\n        formats = \"any\"\n    \
         strings:\n        $a = \"{text}\"\n    condition:\n        $a\n}}\n",
        id.replace('-', "_")
    )
}

/// A folder for one test: archives, an empty home, and nothing else.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder with the archives, in which the binary runs.
    pub(crate) fn dist(&self) -> PathBuf {
        self.path("dist")
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dist().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The binary with the test rulebook, in the folder with the archives.
    pub(crate) fn gatehouse(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(&["--color", "auto"]);
        command.args(arguments).arg("--rules").arg(rules());
        command
    }

    /// The binary with nothing said for it.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env("XDG_CACHE_HOME", cache())
            .current_dir(self.dist())
            .stdin(Stdio::null())
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.gatehouse(arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .gatehouse(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ends the program"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The objects of `--format jsonl`.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// One field of every object.
    pub(crate) fn column(&self, field: &str) -> Vec<String> {
        self.lines().iter().map(|line| line[field].as_str().unwrap().to_owned()).collect()
    }
}

/// The test rulebook, written once.
pub(crate) fn rules() -> &'static Path {
    static RULES: OnceLock<TempDir> = OnceLock::new();
    RULES
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            for (path, text) in [
                ("score.toml", SCORE.to_owned()),
                ("lists/behaviours.toml", BEHAVIOURS.to_owned()),
                (
                    "yara/markers.yar",
                    rule("marker-hold", "high", "stable", HOLD)
                        + &rule("marker-review", "medium", "stable", REVIEW)
                        + &rule("marker-shadow", "critical", "experimental", SHADOW),
                ),
            ] {
                let path = folder.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            folder
        })
        .path()
}

/// Compiled rules are kept for all tests of this run.
pub(crate) fn cache() -> &'static Path {
    static CACHE: OnceLock<TempDir> = OnceLock::new();
    CACHE.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

pub(crate) const METADATA: &str = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: A demo\n";
pub(crate) const SETUP: &str = "from setuptools import setup\n\nsetup()\n";

/// A gzipped tar of these files.
pub(crate) fn tar_gz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Not `set_path`, which refuses what hostile archives hold.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

pub(crate) fn zip(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(crate) fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// A sample zip sealed as collectors do, in either of two ways.
pub(crate) fn sealed(files: &[(&str, &[u8])], aes: bool) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if aes {
            archive.start_file(*name, deflated().with_aes_encryption(AesMode::Aes256, "infected")).unwrap();
        } else {
            archive.start_file(*name, deflated().with_deprecated_encryption(b"infected").unwrap()).unwrap();
        }
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An sdist `demo-1.0` whose module has this line.
pub(crate) fn sdist(line: &str) -> Vec<u8> {
    sdist_of("demo-1.0", &format!("import os\n\n{line}\n"))
}

pub(crate) fn sdist_of(root: &str, module: &str) -> Vec<u8> {
    tar_gz(&[
        (&format!("{root}/PKG-INFO"), METADATA.as_bytes()),
        (&format!("{root}/setup.py"), SETUP.as_bytes()),
        (&format!("{root}/demo/__init__.py"), module.as_bytes()),
    ])
}

/// A wheel `demo-1.0` whose module has this line.
pub(crate) fn wheel(line: &str) -> Vec<u8> {
    let record = "demo/__init__.py,,\ndemo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/WHEEL,,\n\
        demo-1.0.dist-info/RECORD,,\n";
    zip(
        &[
            ("demo/__init__.py", format!("{line}\n").as_bytes()),
            ("demo-1.0.dist-info/METADATA", METADATA.as_bytes()),
            ("demo-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n"),
            ("demo-1.0.dist-info/RECORD", record.as_bytes()),
        ],
        deflated(),
    )
}

/// Fails with all that is wrong when a document does not match a schema of this repository.
pub(crate) fn assert_valid(schema: &str, document: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(schema);
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("memory:schema", serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).unwrap();
    let index = compiler.compile("memory:schema", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(document, index) {
        panic!("{schema}: {error:#}\n{document:#}");
    }
}

/// All files below a folder.
pub(crate) fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for path in listing(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}
