//! `gatehouse rules` and `gatehouse explain` as rule authors meet them: the real binary.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "scan/harness.rs"]
mod harness;

use std::path::PathBuf;
use std::process::Command;

use harness::{Run, World};

/// The rulebook of this repository.
fn own() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

fn gatehouse(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    Run::of(command.env_clear().env("XDG_CACHE_HOME", harness::cache()).args(arguments).output().unwrap())
}

/// A rulebook like the harness's, with one file more or another one.
fn changed(path: &str, text: &str) -> (World, String) {
    let world = World::new();
    let folder = world.path("rules");
    harness::copy(harness::rules(), &folder);
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    let folder = folder.to_str().unwrap().to_owned();
    (world, folder)
}

const RULE: &str = "rule needle {\n    meta:\n        id = \"needle\"\n        title = \"Holds a needle\"\n        \
    family = \"needle\"\n        level = \"high\"\n        status = \"stable\"\n        tags = \"attack.t1059\"\n        \
    falsepositives = \"Haystacks\"\n    strings:\n        $a = \"needle_in_code\"\n    condition:\n        $a\n}\n";

#[test]
fn the_built_in_rulebook_has_no_mistake_and_does_what_its_examples_say() {
    let check = gatehouse(&["rules", "check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    let test = gatehouse(&["rules", "test", "--no-cost"]);
    assert_eq!(test.code, 0, "{}", test.stdout);
    assert!(test.stdout.ends_with(" as they say\n"), "{}", test.stdout);
}

#[test]
fn a_new_rule_works_before_it_is_changed_and_overwrites_nothing() {
    let world = World::new();
    let folder = world.path("rules");
    harness::copy(&own(), &folder);
    let rules = folder.to_str().unwrap();
    let new = gatehouse(&["rules", "new", "my-rule", "--rules", rules]);
    assert_eq!(new.code, 0, "{}", new.stderr);
    let check = gatehouse(&["rules", "check", "--rules", rules]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    let test = gatehouse(&["rules", "test", "my-rule", "--no-cost", "--rules", rules]);
    assert_eq!((test.code, test.stdout.as_str()), (0, "2 examples as they say\n"), "{}", test.stderr);
    let again = gatehouse(&["rules", "new", "my-rule", "--rules", rules]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("there is a rule of this id"), "{}", again.stderr);
    assert_eq!(gatehouse(&["rules", "new", "../my-rule", "--rules", rules]).code, 2);
}

#[test]
fn the_built_in_rulebook_is_that_of_the_repository() {
    let built_in = gatehouse(&["rules", "list", "--format", "json"]);
    let folder = gatehouse(&["rules", "list", "--format", "json", "--rules", own().to_str().unwrap()]);
    assert_eq!(built_in.stdout, folder.stdout);
    let document: serde_json::Value = serde_json::from_str(&built_in.stdout).unwrap();
    let rules = document["rules"].as_array().unwrap();
    assert!(rules.len() >= 60, "{}", rules.len());
    for rule in rules {
        for field in ["id", "title", "level", "family", "status", "falsepositives"] {
            assert!(!rule[field].as_str().unwrap().is_empty(), "{rule:#}");
        }
    }
}

#[test]
fn a_mistake_is_shown_with_code_place_mark_and_help() {
    let (_world, folder) = changed("yara/needle.yar", &RULE.replace("\"high\"", "\"hihg\""));
    let run = gatehouse(&["rules", "check", "--rules", &folder]);
    assert_eq!(run.code, 1);
    for part in ["error[R0", "yara/needle.yar:6:", "hihg", "^^^^", "`high`"] {
        assert!(run.stdout.contains(part), "{part:?} is not in\n{}", run.stdout);
    }
    let scan = gatehouse(&["scan", "--rules", &folder, "/dev/null"]);
    assert_eq!((scan.code, scan.stdout.as_str()), (2, ""), "nothing is judged by a rulebook with a mistake");
}

#[test]
fn a_rule_without_its_benign_twin_fails_the_check() {
    let (_world, folder) = changed("yara/needle.yar", RULE);
    let run = gatehouse(&["rules", "check", "--rules", &folder]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("needle") && run.stdout.contains("clean"), "{}", run.stdout);
}

#[test]
fn a_miss_and_a_benign_twin_that_is_hit_fail_the_test() {
    let (world, folder) = changed("yara/needle.yar", RULE);
    let example = |name: &str, text: &str| {
        let path = world.path("rules/examples/needle").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let test = || gatehouse(&["rules", "test", "--no-cost", "--rules", &folder, "needle"]);
    example("hit.py", "x = 'needle_in_code'\n");
    example("clean.py", "x = 'hay'\n");
    let good = test();
    assert_eq!((good.code, good.stdout.as_str()), (0, "2 examples as they say\n"), "{good:#?}");
    example("hit.py", "x = 'hay'\n");
    let missed = test();
    assert_eq!(missed.code, 1);
    assert!(missed.stdout.contains("does not hit its own example"), "{}", missed.stdout);
    example("hit.py", "x = 'needle_in_code'\n");
    example("clean.py", "x = 'needle_in_code'\n");
    let twin = test();
    assert_eq!(twin.code, 1);
    assert!(twin.stdout.contains("hits its benign twin"), "{}", twin.stdout);
}

#[test]
fn a_rule_over_its_budget_fails_the_test() {
    let (world, folder) = changed("yara/needle.yar", RULE);
    for (name, text) in [("hit.py", "x = 'needle_in_code'\n"), ("clean.py", "x = 'hay'\n")] {
        let path = world.path("rules/examples/needle").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let test = |budget: &str| {
        std::fs::write(world.path("rules/limits.toml"), format!("[cost]\nyara_ms_per_mb = {budget}\n")).unwrap();
        gatehouse(&["rules", "test", "--rules", &folder, "needle"])
    };
    let over = test("0.0000001");
    assert_eq!(over.code, 1, "{over:#?}");
    assert!(over.stdout.contains("rule `needle` costs "), "{}", over.stdout);
    let within = test("1000000.0");
    assert_eq!(within.code, 0, "{within:#?}");
}

#[test]
fn weights_are_learned_from_labelled_archives() {
    let world = World::new();
    for folder in ["bad", "good"] {
        std::fs::create_dir(world.dist().join(folder)).unwrap();
    }
    for number in 0..6 {
        let root = format!("p{number}-1.0");
        let archive = |line: &str| harness::sdist_of(&root, &format!("x = '{line} {number}'\n"));
        // One marker is only in bad archives, the other in all of them.
        world.put(&format!("bad/{root}.tar.gz"), &archive(&format!("{} {}", harness::HOLD, harness::REVIEW)));
        world.put(&format!("good/{root}.tar.gz"), &archive(harness::REVIEW));
    }
    let learn = || world.run(&["rules", "fit", "--malicious", "bad", "--benign", "good"]);
    let run = learn();
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(run.stderr.contains("malicious: 6 archives in "), "{}", run.stderr);
    let learned: toml::Table = run.stdout.parse().unwrap();
    let weight = |rule: &str| learned["rule"][rule]["weight"].as_float().unwrap();
    assert!(weight("marker-review") < 5.0, "it hits everybody: {}", run.stdout);
    assert!(weight("marker-hold") > weight("marker-review"), "{}", run.stdout);
    assert!(!run.stdout.contains("marker-shadow"));
    assert_eq!(run.stdout, learn().stdout);
    for part in ["over 5 folds of clusters and projects", "log loss", "reliability on unseen folds", "reviews a day"] {
        assert!(run.stderr.contains(part), "{part} is not in\n{}", run.stderr);
    }
}

#[test]
fn the_schemas_can_be_had_from_the_binary() {
    let names = gatehouse(&["schema"]);
    assert!(names.stdout.lines().any(|name| name == "scan.v1"), "{}", names.stdout);
    for name in names.stdout.lines() {
        let schema = gatehouse(&["schema", name]);
        assert!(serde_json::from_str::<serde_json::Value>(&schema.stdout).is_ok(), "{name}");
    }
    assert_eq!(gatehouse(&["schema", "none"]).code, 2);
}

#[test]
fn explain_says_what_a_rule_means_and_where_honest_code_does_it() {
    let (_world, folder) = changed("yara/needle.yar", RULE);
    let run = gatehouse(&["explain", "needle", "--rules", &folder]);
    assert_eq!(run.code, 0);
    for part in
        ["needle\n  Holds a needle\n", "Haystacks", "yara/needle.yar:1", "$a = \"needle_in_code\"", "attack.t1059"]
    {
        assert!(run.stdout.contains(part), "{part:?} is not in\n{}", run.stdout);
    }
    let unknown = gatehouse(&["explain", "neeedle", "--rules", &folder]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("try: gatehouse explain needle"), "{}", unknown.stderr);
}

/// The numbers that begin the lines of one explained verdict, and what it says they come to.
fn numbers(block: &str) -> (Vec<f64>, f64) {
    let first = |line: &str| line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    let signed = |line: &&str| line.trim_start().starts_with(['+', '-']);
    let adds = block.lines().filter(signed).filter_map(first).collect();
    let total = block.lines().find_map(|line| line.trim_start().strip_prefix('=')).expect("a sum");
    (adds, first(total).unwrap())
}

#[test]
fn the_printed_numbers_add_up_to_the_score_of_every_archive_of_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    gatehouse(&["corpus", path]);
    let scan = gatehouse(&["scan", "--format", "jsonl", path]);
    let kept = folder.path().join("verdicts.jsonl");
    std::fs::write(&kept, &scan.stdout).unwrap();
    let explained = gatehouse(&["explain", kept.to_str().unwrap()]);
    assert_eq!(explained.code, 0, "{}", explained.stderr);
    let heading =
        |line: &&str| ["CLEAR  ", "REVIEW  ", "HOLD  ", "INCOMPLETE  "].iter().any(|word| line.starts_with(word));
    let mut blocks: Vec<String> = Vec::new();
    for line in explained.stdout.lines() {
        match blocks.last_mut().filter(|_| !heading(&line)) {
            Some(block) => block.push_str(&format!("{line}\n")),
            None => blocks.push(format!("{line}\n")),
        }
    }
    let verdicts = scan.lines();
    assert!(verdicts.len() > 150 && blocks.len() == verdicts.len(), "{} {}", blocks.len(), verdicts.len());
    let score_of = |log_odds: f64| 100.0 / (1.0 + (-log_odds).exp());
    for (block, verdict) in blocks.iter().zip(&verdicts) {
        let (adds, total) = numbers(block);
        let sum: f64 = adds.iter().sum();
        assert!((sum - total).abs() < 0.0005, "{sum}: {block}");
        assert!((score_of(sum) - verdict["score"].as_f64().unwrap()).abs() < 0.051, "{sum}: {block}");
        assert!(block.contains(&format!(": {}", verdict["outcome"].as_str().unwrap())), "{block}");
    }
    // The same sum from the archive itself, with what made each number.
    for verdict in verdicts.iter().step_by(40) {
        let run = gatehouse(&["explain", verdict["path"].as_str().unwrap()]);
        let (adds, _) = numbers(&run.stdout);
        assert!((score_of(adds.iter().sum()) - verdict["score"].as_f64().unwrap()).abs() < 0.051, "{}", run.stdout);
    }
}

#[test]
fn a_rulebook_is_measured_on_labelled_archives_and_held_against_another() {
    let world = World::new();
    let mut table = "filename\tlabel\tcluster\tproject\n".to_owned();
    // Names whose part of the corpus is known: `scipy` is frozen, the others are not.
    for (name, label, line) in [
        ("demo", "malicious", harness::HOLD),
        ("flask", "malicious", harness::REVIEW),
        ("requests", "benign", "x"),
        ("scipy", "benign", "y"),
    ] {
        let file = format!("{name}-1.0.tar.gz");
        world.put(&file, &harness::sdist_of(&format!("{name}-1.0"), &format!("x = '{line}'\n")));
        table.push_str(&format!("{file}\t{label}\t{name}\t{name}\n"));
    }
    std::fs::write(world.path("labels.tsv"), table).unwrap();
    let labels = world.path("labels.tsv");
    let labels = labels.to_str().unwrap();
    let run = world.run(&["rules", "backtest", ".", "--labels", labels]);
    assert_eq!(run.code, 0, "{run:#?}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let said = |start: &str| {
        let line = run.stdout.lines().map(words).find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("{start} is not in\n{}", run.stdout))
    };
    assert!(said("clusters at review or hold").contains("100.00 % [34.24 to 100.00] of 2"), "{}", run.stdout);
    assert!(said("clusters at hold").contains("50.00 % [9.45 to 90.55] of 2"), "{}", run.stdout);
    assert!(said("projects at review or hold").ends_with("of 1"), "the frozen one stands apart: {}", run.stdout);
    assert!(said("a day of 10700 files").contains("counting 0 of 2 archives"), "{}", run.stdout);
    let rule = said("marker-hold");
    assert!(rule.contains(" 1 0 100.00 %") && rule.contains(" 1 ") && rule.ends_with(" µs/MB"), "{rule}");

    // A rulebook in which the rule of the first cluster weighs nothing.
    let folder = world.path("other");
    harness::copy(harness::rules(), &folder);
    let score = std::fs::read_to_string(folder.join("score.toml")).unwrap();
    std::fs::write(
        folder.join("score.toml"),
        format!("{score}\n[rule.marker-hold]\nweight = 0.0\nreason = \"a test\"\n"),
    )
    .unwrap();
    let other = folder.to_str().unwrap();
    let gain = world.run(&["rules", "backtest", ".", "--labels", labels, "--no-cost", "--against", other]);
    assert_eq!(gain.code, 0, "{gain:#?}");
    assert!(gain.stdout.contains("1 clusters gained, 0 lost; 0 projects newly flagged"), "{}", gain.stdout);
    assert!(gain.stdout.contains("marker-hold: weighs ") && gain.stdout.contains(", was 0"), "{}", gain.stdout);
    let own = harness::rules().to_str().unwrap();
    let loss = gatehouse(&[
        "rules",
        "backtest",
        world.dist().to_str().unwrap(),
        "--labels",
        labels,
        "--no-cost",
        "--rules",
        other,
        "--against",
        own,
    ]);
    assert_eq!(loss.code, 1, "what was caught is lost: {loss:#?}");
}

#[test]
fn every_way_an_examination_can_end_is_explained() {
    for id in ["crashed", "timeout", "memory", "unbelievable", "unavailable", "too-large"] {
        let run = gatehouse(&["explain", &format!("examination-{id}")]);
        assert_eq!(run.code, 0, "{id}");
        assert!(run.stdout.lines().count() > 3, "{}", run.stdout);
    }
}
