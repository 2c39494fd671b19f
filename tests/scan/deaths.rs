//! Children that die: every archive gets its verdict, and the run goes on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{HOLD, World, assert_valid, sdist, wheel};

/// Three archives; the middle one is the death of its child.
fn world() -> World {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist("x = 1"));
    world.put("b-1.0.tar.gz", &sdist("x = 1"));
    world.put("c-1.0-py3-none-any.whl", &wheel("x = 1"));
    world
}

fn dies(fault: &str, rule: &str, kind: &str, evidence: &str) {
    let world = world();
    for jobs in ["1", "3"] {
        let output = world
            .gatehouse(&["scan", "--format", "jsonl", ".", "--jobs", jobs, "--timeout", "20"])
            .env("GATEHOUSE_CHILD_FAULT", format!("{fault}@b-1.0.tar.gz"))
            .output()
            .unwrap();
        let run = crate::harness::Run::of(output);
        assert_eq!(run.column("outcome"), ["clear", "incomplete", "clear"], "{fault}: {run:#?}");
        assert_eq!(run.code, 3);
        let verdict = &run.lines()[1];
        assert_valid("schema/scan.v1.json", verdict);
        let finding = &verdict["findings"][0];
        assert_eq!((&finding["rule"], &finding["level"]), (&Value::from(rule), &Value::from("high")), "{verdict:#}");
        assert!(finding["evidence"].as_str().unwrap().contains(evidence), "{verdict:#}");
        assert_eq!(verdict["coverage"]["reasons"][0]["kind"], kind);
        assert_eq!((&verdict["project"], &verdict["version"]), (&Value::from("b"), &Value::from("1.0")));
    }
}

#[test]
fn by_abort() {
    dies("abort", "examination-crashed", "crash", "signal 6");
}

#[test]
fn by_exit() {
    dies("exit", "examination-crashed", "crash", "status 7");
}

#[test]
fn by_panic() {
    dies("panic", "examination-crashed", "crash", "panicked at gatehouse/src/examiners.rs:");
}

#[test]
fn by_stack_overflow() {
    dies("overflow", "examination-crashed", "crash", "the stack overflowed");
}

#[test]
fn by_memory() {
    dies("allocate", "examination-memory", "limit", "memory limit");
}

#[test]
fn by_writing_nonsense() {
    dies("babble", "examination-unbelievable", "crash", "could not be read");
}

#[test]
fn by_opening_a_file() {
    dies("open", "examination-forbidden", "crash", "the sandbox ended the process");
}

#[test]
fn by_asking_for_the_network() {
    dies("connect", "examination-forbidden", "crash", "the sandbox ended the process");
}

#[test]
fn by_hanging() {
    let world = world();
    let output = world
        .gatehouse(&["scan", "--format", "jsonl", ".", "--timeout", "3"])
        .env("GATEHOUSE_CHILD_FAULT", "hang@b-1.0.tar.gz")
        .output()
        .unwrap();
    let run = crate::harness::Run::of(output);
    assert_eq!(run.column("outcome")[1], "incomplete");
    let verdict = &run.lines()[1];
    assert_eq!(verdict["findings"][0]["rule"], "examination-timeout");
    assert_eq!(verdict["coverage"]["reasons"][0]["kind"], "timeout");
    assert!(verdict["took_ms"].as_u64().unwrap() >= 3000, "it was given its time: {verdict:#}");
}

#[test]
fn of_all_archives_every_one_is_still_judged() {
    let world = world();
    world.put("d-1.0.tar.gz", &sdist(HOLD));
    let output =
        world.gatehouse(&["scan", "--format", "jsonl", "."]).env("GATEHOUSE_CHILD_FAULT", "abort").output().unwrap();
    let run = crate::harness::Run::of(output);
    assert_eq!(run.column("outcome"), ["incomplete"; 4]);
    assert_eq!(run.code, 3);
}

#[test]
fn a_run_whose_children_cannot_start_is_an_error() {
    let world = world();
    let output = world.gatehouse(&["scan", "."]).env("GATEHOUSE_CHILD_FAULT", "abort@warm-up.py").output().unwrap();
    let run = crate::harness::Run::of(output);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("cannot start the processes that examine archives"), "{}", run.stderr);
}

#[test]
fn an_interrupt_writes_what_was_judged_and_says_so() {
    let world = world();
    let mut child = world
        .gatehouse(&["scan", "--format", "jsonl", "--jobs", "1", "."])
        .env("GATEHOUSE_CHILD_FAULT", "hang@b-1.0.tar.gz")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["outcome"], "clear");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert!(lines.next().is_none());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "interrupted: 1 of 3 inputs were judged\n");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = World::new();
    for number in 0..40 {
        world.put(&format!("a-{number}.tar.gz"), &sdist("x = 1"));
    }
    let mut child = world
        .gatehouse(&["scan", "--format", "jsonl", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().is_ok());
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
