//! The corpus of this repository: every technique gets an outcome that is right for it, and so does its honest twin.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// What is judged wrongly today. One that becomes right must leave this list.
const WRONG_TODAY: &[&str] = &[];

fn gatehouse(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse")).args(arguments).output().unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1 | 3)), "{arguments:?}: {code:?} {}", String::from_utf8_lossy(&output.stderr));
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn every_project_gets_an_outcome_that_is_right_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let projects = gatehouse(&["corpus", path]);
    let labels = |label: &str| projects.iter().filter(|p| p["source"].as_str().unwrap().starts_with(label)).count();
    assert!(labels("malicious/") >= 80 && labels("benign/") >= 60);

    let verdicts: BTreeMap<String, Value> = gatehouse(&["scan", "--format", "jsonl", path])
        .into_iter()
        .map(|verdict| (verdict["filename"].as_str().unwrap().to_owned(), verdict))
        .collect();
    let mut wrong = Vec::new();
    for project in &projects {
        let verdict = &verdicts[project["filename"].as_str().unwrap()];
        let right = project["expect"].as_array().unwrap().contains(&verdict["outcome"]);
        if right == WRONG_TODAY.contains(&project["source"].as_str().unwrap()) {
            wrong.push(format!(
                "{}: {} ({}) is {}, score {}: {}",
                project["source"],
                project["technique"],
                project["expect"],
                verdict["outcome"],
                verdict["score"],
                verdict["summary"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} not as expected:\n{}", wrong.len(), projects.len(), wrong.join("\n"));
}
