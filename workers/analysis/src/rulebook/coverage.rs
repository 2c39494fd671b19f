//! `rules/COVERAGE.md`: what other tools look for, beside the rules that see it, so that none is lost unnoticed.
#![allow(clippy::disallowed_methods, reason = "a test may read the files that it guards")]

use std::collections::BTreeMap;

use model::RuleStatus;

use super::Rulebook;

const ROWS: &str = include_str!("coverage.txt");

/// What others call what they look for.
const ANCHORS: &str = include_str!("anchors.txt");

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

fn files(folder: &std::path::Path, below: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// The rules of the repository, and their files.
pub(crate) fn repository() -> (BTreeMap<String, Vec<u8>>, Rulebook) {
    let mut all = BTreeMap::new();
    files(&folder(), "", &mut all);
    let book = Rulebook::compile(&all).unwrap();
    (all, book)
}

/// The table, and the rows that no rule covers any more.
fn table(book: &Rulebook) -> (String, Vec<String>) {
    let mut text =
        "# Coverage\n\nWhat other tools and lists look for, and which of our rules see it. Written by a test from \
                    `workers/analysis/src/rulebook/coverage.txt`,\nwhich fails when a row names a rule that is gone.\n"
            .to_owned();
    let mut lost = Vec::new();
    for line in ROWS.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# ")) {
        if let Some(group) = line.strip_prefix("## ") {
            text.push_str(&format!("\n## {group}\n\n| anchor | what it is | rules |\n|---|---|---|\n"));
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [anchor, meaning, by] = parts[..] else {
            lost.push(format!("no row: {line}"));
            continue;
        };
        let by = match by.strip_prefix("- ") {
            Some(reason) => format!("not applicable: {reason}"),
            None => {
                for id in by.split(' ') {
                    let rule = book.rules().iter().find(|rule| rule.id == id);
                    if !rule.is_some_and(|rule| matches!(rule.status, RuleStatus::Test | RuleStatus::Stable)) {
                        lost.push(format!("{anchor}: no rule `{id}` is in force"));
                    }
                }
                by.split(' ').map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" ")
            }
        };
        text.push_str(&format!("| {anchor} | {meaning} | {by} |\n"));
    }
    (text, lost)
}

#[test]
fn every_row_has_its_rules_and_the_table_is_fresh() {
    let (text, lost) = table(&repository().1);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    let path = folder().join("COVERAGE.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "rules/COVERAGE.md is stale: UPDATE=1 cargo test --release -p analysis coverage");
}

#[test]
fn every_id_of_the_others_stands_in_a_row() {
    let rows: Vec<String> = ROWS.lines().filter(|line| line.contains(" | ")).map(str::to_lowercase).collect();
    let groups = ANCHORS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
    let ids: Vec<(&str, &str)> =
        groups.flat_map(|(group, ids)| ids.split(' ').map(move |id| (group, id)).collect::<Vec<_>>()).collect();
    assert!(ids.len() > 180, "{}", ids.len());
    let absent: Vec<_> = ids
        .into_iter()
        // The last column holds our rules: an id that only stands there is nobody else's.
        .filter(|(_, id)| {
            !rows.iter().any(|row| row.rsplit_once(" | ").is_some_and(|(row, _)| row.contains(&id.to_lowercase())))
        })
        .collect();
    assert!(absent.is_empty(), "no row speaks of {absent:?}");
}
