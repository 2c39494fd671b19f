//! Rules about the repository itself: who may import whom, where SQL and decoders live, what a room must have.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rooms() -> BTreeMap<String, PathBuf> {
    fs::read_dir(root().join("workers"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect()
}

fn manifest(room: &Path) -> toml::Table {
    fs::read_to_string(room.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// All files below a folder, without what is built or fetched.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_dir() {
                found.push(path);
            } else if ![".git", "target", "node_modules"].iter().any(|name| path.ends_with(name)) {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

const CORE: [&str; 4] = ["model", "unpack", "python", "analysis"];
const PORTS: [&str; 4] = ["attest", "metrics", "queue", "store"];
const PROGRAM: &str = "gatehouse";

/// What a room may import of the others: core only core, ports the words, roles ports and core, the program all.
fn may_import(room: &str, other: &str) -> bool {
    match room {
        "model" => false,
        "unpack" | "python" => other == "model",
        "analysis" => CORE.contains(&other),
        PROGRAM => true,
        port if PORTS.contains(&port) => other == "model",
        _role => CORE.contains(&other) || PORTS.contains(&other),
    }
}

#[test]
fn imports_go_one_way() {
    let rooms = rooms();
    for (room, path) in &rooms {
        let manifest = manifest(path);
        let imports = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        for other in imports.keys().filter(|name| rooms.contains_key(*name)) {
            assert!(may_import(room, other), "workers/{room} must not import {other}: see ARCHITECTURE.md, Rooms");
        }
    }
}

#[test]
fn the_core_reads_no_file_clock_or_network() {
    for room in CORE {
        let settings = fs::read_to_string(root().join("workers").join(room).join("clippy.toml")).unwrap_or_default();
        for banned in ["std::fs", "std::env", "std::net", "std::time"] {
            assert!(settings.contains(banned), "workers/{room}/clippy.toml must ban {banned}");
        }
        let manifest = manifest(&root().join("workers").join(room));
        for runtime in ["tokio", "getrandom", "reqwest", "sqlx", "lapin"] {
            assert!(
                !manifest["dependencies"].as_table().unwrap().contains_key(runtime),
                "workers/{room} is pure: no {runtime}"
            );
        }
    }
}

#[test]
fn every_room_says_what_it_is_and_keeps_the_lints() {
    for (room, path) in rooms() {
        assert!(path.join("README.md").exists(), "workers/{room} has no README.md");
        let lints = manifest(&path).get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        assert_eq!(lints, Some(true), "workers/{room}/Cargo.toml: [lints] workspace = true");
        for source in sources(&path.join("src")) {
            let text = fs::read_to_string(&source).unwrap();
            let documented = text.starts_with("//!") || text.starts_with("#![doc");
            assert!(documented, "{}: the first line says what is in the room", source.display());
            let stem = source.file_stem().unwrap().to_str().unwrap();
            let vague = ["util", "utils", "common", "helper", "helpers", "manager", "misc"].contains(&stem);
            assert!(!vague, "{}: a thing that fits no room means a room is missing", source.display());
        }
    }
}

#[test]
fn sql_lives_in_the_store_and_the_embedded_queue() {
    for (room, path) in rooms() {
        if room == "store" || room == "queue" {
            continue;
        }
        for source in sources(&path.join("src")) {
            let text = fs::read_to_string(&source).unwrap();
            assert!(!text.contains("sqlx::"), "{}: SQL belongs to workers/store", source.display());
        }
    }
}

#[test]
fn decoders_of_hostile_bytes_stand_behind_limits() {
    // `python` decodes the layers that a source decodes, `analysis` packs the rules' examples, `gatehouse` opens sample
    // zips and packs the corpus.
    let allowed = ["unpack", "python", "analysis", "gatehouse"];
    for (room, path) in rooms() {
        let imports = manifest(&path)["dependencies"].as_table().unwrap().clone();
        for decoder in ["zip", "tar", "flate2", "bzip2", "lzma-rust2", "ruzstd"] {
            let fine = !imports.contains_key(decoder) || allowed.contains(&room.as_str());
            assert!(
                fine,
                "workers/{room} must not import {decoder}: hostile bytes are decoded in `unpack`, behind limits"
            );
        }
    }
}

#[test]
fn no_text_keeps_the_marks_of_a_merge() {
    let mark = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    let mut read = 0;
    for path in files(&root()) {
        // What is no text has no lines to merge.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        assert!(!text.lines().any(mark), "{}: two versions of it were never made one", path.display());
        read += 1;
    }
    assert!(read > 500, "{read}: this repository has more files");
}

#[test]
fn no_room_allows_unsafe_code() {
    for (_, path) in rooms() {
        for source in sources(&path) {
            let text = fs::read_to_string(&source).unwrap();
            assert!(!text.contains("allow(unsafe_code)"), "{}", source.display());
        }
    }
}
