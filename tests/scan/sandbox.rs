//! Where the system cannot lock the examining processes in: nothing is examined unless somebody says so.

use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde_json::Value;

use crate::harness::{Run, World, assert_valid, cache, rules, sdist};

const ARGUMENTS: &str = "GATEHOUSE_TEST_ARGUMENTS";

/// Not a test by itself: becomes the program in a world whose kernel refuses filters, as an old or a strange one does.
#[test]
fn becomes_the_program_without_seccomp() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let rules = BTreeMap::from([(libc::SYS_seccomp, Vec::new())]);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
    panic!("{}", Command::new(env!("CARGO_BIN_EXE_gatehouse")).args(arguments.split('\n')).exec());
}

/// The program in that world; the harness's own lines on standard output are left out.
fn without_seccomp(world: &World, arguments: &[&str]) -> Run {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::becomes_the_program_without_seccomp", "--nocapture", "--test-threads=1"])
        .env_clear()
        .env("HOME", world.path("home"))
        .env("XDG_CACHE_HOME", cache())
        .env(ARGUMENTS, arguments.join("\n"))
        .current_dir(world.dist())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut run = Run::of(output);
    let objects = run.stdout.lines().filter_map(|line| Some(format!("{}\n", &line[line.find('{')?..])));
    run.stdout = objects.collect();
    run
}

#[test]
fn nothing_is_examined_without_a_sandbox_unless_it_is_allowed_and_then_every_verdict_says_so() {
    let world = World::new();
    world.put("a-1.0.tar.gz", &sdist("x = 1"));
    let scan = ["scan", "--format", "jsonl", "--rules", rules().to_str().unwrap(), "."];
    let refused = without_seccomp(&world, &scan);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:#?}");
    for part in ["error: cannot start", "seccomp", "--allow-unsandboxed"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    let allowed = without_seccomp(&world, &[&scan[..], &["--allow-unsandboxed"]].concat());
    assert_eq!((allowed.code, allowed.column("outcome")), (0, vec!["clear".to_owned()]), "{allowed:#?}");
    assert!(allowed.stderr.contains("warning: archives are examined without a sandbox"), "{}", allowed.stderr);
    let verdict = &allowed.lines()[0];
    assert_valid("schema/scan.v1.json", verdict);
    assert!(verdict["engine"].as_str().unwrap().ends_with("+unsandboxed"), "{verdict:#}");
    // Where it can be had it is had, whatever was allowed.
    let locked = world.run(&["scan", "--format", "jsonl", ".", "--allow-unsandboxed"]);
    assert_eq!(
        locked.lines()[0]["engine"],
        Value::from(verdict["engine"].as_str().unwrap().replace("+unsandboxed", ""))
    );
    assert_eq!(locked.stderr, "");
}
