//! The real binary on archives that were made to deceive it, and on honest ones that look odd.
//!
//! Each archive gets one verdict; a hostile one is not clear, and its payload is in a finding wherever some installer
//! or interpreter would meet it; an honest one is clear. Prints the table of `tests/hostile/README.md`.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "hostile/again.rs"]
mod again;
#[path = "hostile/all.rs"]
mod all;
#[path = "hostile/case.rs"]
mod case;
#[path = "hostile/craft.rs"]
mod craft;
#[path = "hostile/dice.rs"]
mod dice;
#[path = "hostile/limits.rs"]
mod limits;
#[path = "hostile/others.rs"]
mod others;
#[path = "hostile/properties.rs"]
mod properties;
#[path = "hostile/quiet.rs"]
mod quiet;
#[path = "hostile/sources.rs"]
mod sources;
#[path = "hostile/tars.rs"]
mod tars;
#[path = "hostile/zips.rs"]
mod zips;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::{Command, Stdio};

use case::{Case, HOST, Row, Verdict};
use serde_json::Value;

/// What one archive may take: a promise of the program, whatever machine the test runs on.
const LONGEST_MS: u64 = 120_000;

/// What one process of the program may have in memory, likewise.
const LARGEST_KIB: u64 = 512 * 1024;

/// Runs what it is given, and writes down the most memory that one of its processes had.
const MEASURE: &str = "import resource, subprocess, sys\n\
    status = subprocess.call(sys.argv[2:])\n\
    open(sys.argv[1], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))\n\
    sys.exit(status)\n";

/// `row/name` of each archive, and its verdict; and the KiB that the largest process had.
fn judge(folder: &Path, cases: &[Case]) -> (BTreeMap<String, Value>, u64) {
    for case in cases {
        let place = folder.join(format!("{:?}", case.row)).join(&case.name);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(case.file), &case.bytes).unwrap();
    }
    let measured = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new("python3")
        .args(["-c", MEASURE])
        .arg(measured.path())
        .arg(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["scan", "--format", "jsonl", "--jobs", "2", "."])
        .args(
            // Files that are no archive by content are judged when they are named.
            cases
                .iter()
                .filter(|case| case.name.starts_with("artifact-is-"))
                .map(|case| format!("{:?}/{}/{}", case.row, case.name, case.file)),
        )
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1 | 3)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    let verdicts = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let verdict: Value = serde_json::from_str(line).unwrap();
            let path = verdict["path"].as_str().unwrap().trim_start_matches("./");
            (path.rsplit_once('/').unwrap().0.to_owned(), verdict)
        })
        .collect();
    (verdicts, std::fs::read_to_string(measured.path()).unwrap().parse().unwrap())
}

/// A finding that weighs or a layer of it speaks of the payload.
fn shows_payload(verdict: &Value) -> bool {
    let code = [
        "flow-decode-execute",
        "call-in-decoded-layer",
        "text-exec-of-decoded",
        "layer-code-executed",
        "picture-with-code",
    ];
    verdict["findings"].as_array().unwrap().iter().any(|finding| {
        let said = |field: &str| finding[field].to_string().contains(HOST);
        said("evidence") || said("frame") || code.iter().any(|rule| finding["rule"] == *rule)
    })
}

fn speaks(verdict: &Value, rule: &str) -> bool {
    verdict["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == rule)
}

/// What is wrong with a verdict; empty when nothing is.
fn complaints(case: &Case, verdict: Option<&Value>) -> Vec<String> {
    let Some(verdict) = verdict else { return vec!["no verdict".to_owned()] };
    let outcome = verdict["outcome"].as_str().unwrap();
    let mut wrong = Vec::new();
    let died = verdict["coverage"]["reasons"].as_array().unwrap().iter().any(|gap| gap["kind"] == "crash");
    if died {
        wrong.push(format!("the child ended: {}", verdict["summary"]));
    }
    // What a child may have is enforced, 120 seconds and 512 MiB: who needs more is ended, and that is wrong here.
    let ended = ["examination-memory", "examination-timeout", "examination-crashed", "examination-forbidden"];
    wrong.extend(ended.into_iter().filter(|rule| speaks(verdict, rule)).map(str::to_owned));
    if verdict["took_ms"].as_u64().unwrap() > LONGEST_MS {
        wrong.push(format!("took {} ms", verdict["took_ms"]));
    }
    match case.verdict {
        Verdict::Clear if outcome != "clear" => wrong.push(format!("{outcome}: {}", verdict["summary"])),
        Verdict::Clear => {}
        Verdict::Seen | Verdict::Told => {
            if outcome == "clear" {
                wrong.push("clear".to_owned());
            }
            if case.verdict == Verdict::Seen && !shows_payload(verdict) {
                wrong.push(format!("the payload is in no finding: {outcome}, {}", verdict["summary"]));
            }
            if !case.rule.is_empty() && !speaks(verdict, case.rule) {
                wrong.push(format!("{} does not speak: {outcome}", case.rule));
            }
        }
    }
    wrong
}

#[test]
fn each_hostile_archive_is_told_and_each_odd_one_is_clear() {
    let cases = all::cases();
    let kept = std::env::var_os("GATEHOUSE_HOSTILE_DIR").map(std::path::PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(folder.path());
    let (verdicts, largest) = judge(folder, &cases);

    let mut names = HashSet::new();
    let mut wrong = Vec::new();
    let mut table = String::from(
        "| attack | hostile | not clear | with a payload | payload found | honest | clear | slowest |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut sums = [0usize; 6];
    for row in Row::ALL {
        let mut counts = [0usize; 6];
        let mut slowest = 0;
        for case in cases.iter().filter(|case| case.row == row) {
            let name = format!("{row:?}/{}", case.name);
            assert!(names.insert(name.clone()), "{name} is there twice");
            let verdict = verdicts.get(&name);
            let outcome = verdict.map_or("", |verdict| verdict["outcome"].as_str().unwrap());
            slowest = slowest.max(verdict.map_or(0, |verdict| verdict["took_ms"].as_u64().unwrap()));
            if case.verdict == Verdict::Clear {
                counts[4] += 1;
                counts[5] += usize::from(outcome == "clear");
            } else {
                counts[0] += 1;
                counts[1] += usize::from(!matches!(outcome, "" | "clear"));
            }
            if case.verdict == Verdict::Seen {
                counts[2] += 1;
                counts[3] += usize::from(verdict.is_some_and(shows_payload));
            }
            let complaints = complaints(case, verdict);
            if !complaints.is_empty() {
                wrong.push(format!("{name}: {}", complaints.join("; ")));
            }
        }
        let [hostile, told, payloads, seen, honest, clear] = counts;
        let title = row.title();
        table +=
            &format!("| {title} | {hostile} | {told} | {payloads} | {seen} | {honest} | {clear} | {slowest} ms |\n");
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        assert!(hostile >= 3 && honest >= 2, "{row:?} has {hostile} hostile and {honest} honest archives");
    }
    let [hostile, told, payloads, seen, honest, clear] = sums;
    table += &format!("| **all** | {hostile} | {told} | {payloads} | {seen} | {honest} | {clear} | |\n");
    eprintln!("{table}\nThe largest process had {} MiB.", largest / 1024);
    assert!(largest <= LARGEST_KIB, "a process had {largest} KiB");
    assert!(hostile >= 300);
    assert!(wrong.is_empty(), "{} of {} not as expected:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
