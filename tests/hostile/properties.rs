//! What holds of `examine` for every archive, not only for those that somebody thought of: it answers, it answers the
//! same again, and what is added to an archive that is held never clears it.
//!
//! Chance is the same in every run. What is said to be wrong names the archive and the throw.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use analysis::{Rulebook, examine, inspect, rulebook::pack};
use flate2::read::GzDecoder;
use model::{Artifact, Context, Outcome};

use crate::{
    all,
    case::{CLEAN, Row, SETUP},
    craft::{self, Entry, TarHead, Zip},
    dice::Dice,
};

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

pub(crate) fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The projects of a part of the corpus, in the order of their names.
fn projects(label: &str) -> Vec<Files> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root("corpus").join(label)).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

fn rulebook() -> Rulebook {
    Rulebook::compile(&read(&root("rules"))).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

/// Asks about every item on two threads with the stack that `examine` needs; gives what was complained of.
fn ask<T: Sync>(items: &[T], complaint: impl Fn(&Rulebook, &T) -> Vec<String> + Sync) -> Vec<String> {
    let (book, next, complaints) = (rulebook(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            let said = complaint(&book, item);
            complaints.lock().unwrap().extend(said);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let mut complaints = complaints.into_inner().unwrap();
    complaints.sort();
    complaints
}

fn judge(book: &Rulebook, filename: &str, bytes: &[u8]) -> model::Verdict {
    examine(&Artifact::new(bytes.to_vec()), &Context::named(filename), book)
}

/// What is inside a stream is damaged there, so that more than the checksum notices.
fn damaged(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut inside = Vec::new();
    let whole = GzDecoder::new(bytes).take(1 << 20).read_to_end(&mut inside).is_ok();
    if whole && !inside.is_empty() && inside.len() < 1 << 20 {
        dice.damage(&mut inside);
        craft::gzip(&inside)
    } else {
        let mut bytes = bytes.to_vec();
        dice.damage(&mut bytes);
        bytes
    }
}

#[test]
fn every_archive_has_a_verdict_and_the_same_one_again_however_it_is_damaged() {
    // Those that are made to be slow are slow in every form: a part of them will do.
    let slow = |row: Row| matches!(row, Row::Bombs | Row::Depth | Row::Overlap);
    let cases: Vec<_> = all::cases()
        .into_iter()
        .enumerate()
        .filter(|(at, case)| case.bytes.len() < 1 << 18 && (!slow(case.row) || at % 8 == 0))
        .collect();
    let complaints = ask(&cases, |book, (at, case)| {
        let mut dice = Dice::new(*at as u64);
        let bytes = damaged(&mut dice, &case.bytes);
        let (one, other) = (judge(book, case.file, &bytes), judge(book, case.file, &bytes));
        let mut wrong = Vec::new();
        if serde_json::to_vec(&one).unwrap() != serde_json::to_vec(&other).unwrap() {
            wrong.push("another verdict");
        }
        if one.outcome == Outcome::Clear && !one.coverage.complete {
            wrong.push("clear, although something was not read");
        }
        wrong.into_iter().map(|wrong| format!("{:?}/{} damaged: {wrong}", case.row, case.name)).collect()
    });
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), cases.len(), complaints.join("\n"));
}

/// Honest files of another project, in a folder of their own.
fn honest(dice: &mut Dice, benign: &[Files]) -> Files {
    let project = dice.pick(benign);
    let names: Vec<&String> = project.keys().collect();
    let folder =
        format!("{}_{}", dice.pick(&["more", "vendored", "tools", "addition", "tests", "docs"]), dice.below(9));
    (0..1 + dice.below(4))
        .map(|_| {
            let name = *dice.pick(&names);
            (format!("{folder}/{name}"), project[name].clone())
        })
        .collect()
}

fn with(files: &Files, more: Files) -> Files {
    files.clone().into_iter().chain(more.into_iter().filter(|(name, _)| !files.contains_key(name))).collect()
}

/// The tree as it is, and as the wheel of the same files.
fn forms(files: &Files) -> [Files; 2] {
    let mut wheel = files.clone();
    wheel.remove("PKG-INFO");
    let names = |files: &Files| files.keys().any(|name| name.split('/').next().unwrap().ends_with(".dist-info"));
    if !names(&wheel) {
        wheel.insert(
            "demo-1.0.dist-info/WHEEL".to_owned(),
            b"Wheel-Version: 1.0\nGenerator: example\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_vec(),
        );
    }
    [files.clone(), wheel]
}

/// Rules that ask how little there is beside what was found, by their own text; they fall silent when more is there.
fn rules_about_little() -> BTreeSet<String> {
    let little = |text: &str| text.contains("|lt");
    let files = read(&root("rules/sigma")).into_iter();
    let rules = files.filter(|(_, text)| little(std::str::from_utf8(text).unwrap()));
    rules.map(|(path, _)| path.rsplit('/').next().unwrap().trim_end_matches(".yml").to_owned()).collect()
}

#[test]
fn honest_members_beside_malicious_ones_silence_no_rule_about_those() {
    let benign = projects("benign");
    let trees: Vec<(usize, Files)> = projects("malicious").iter().flat_map(forms).enumerate().collect();
    let (flagged, little) = (AtomicUsize::new(0), rules_about_little());
    let look = |book: &Rulebook, files: &Files| {
        let packed = pack::tree(files);
        let examination = inspect(&Artifact::new(packed.bytes), &Context::named(packed.filename), book);
        (examination.verdict, examination.hits)
    };
    let complaints = ask(&trees, |book, (at, files)| {
        let (before, hits) = look(book, files);
        if before.outcome < Outcome::Review {
            return Vec::new();
        }
        flagged.fetch_add(1, Ordering::Relaxed);
        let mut wrong = Vec::new();
        for throw in 0..5 {
            let more = honest(&mut Dice::new((*at as u64) << 8 | throw), &benign);
            let names: Vec<String> = more.keys().cloned().collect();
            let (after, kept) = look(book, &with(files, more));
            let silenced: Vec<&String> = hits.difference(&kept).collect();
            let excused = silenced.iter().all(|rule| little.contains(*rule));
            if !excused || after.outcome < Outcome::Review || silenced.is_empty() && after.outcome < before.outcome {
                let files: Vec<&String> = files.keys().collect();
                let (one, other) = (before.outcome.as_str(), after.outcome.as_str());
                wrong.push(format!("{files:?} with {names:?}: {one} became {other}, silenced {silenced:?}"));
            }
        }
        wrong
    });
    let flagged = flagged.into_inner();
    assert!(flagged >= 150, "only {flagged} of {} are flagged to begin with", trees.len());
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

/// The project's own files once more, where nobody would look for what runs, and a file that makes another folder a place
/// to build in.
fn copies(files: &Files, folder: &str) -> Vec<(String, Vec<u8>)> {
    let copy = |(name, data): (&String, &Vec<u8>)| (format!("{folder}{name}"), data.clone());
    files.iter().map(copy).collect()
}

#[test]
fn copies_of_its_own_files_and_other_places_to_build_in_clear_nothing() {
    let own = |files: Vec<(String, Vec<u8>)>, under: &str| -> Vec<(String, Vec<u8>)> {
        files.into_iter().map(|(name, data)| (format!("{under}{name}"), data)).collect()
    };
    let nested = |files: &Files| -> Files {
        let zip: Vec<Entry> = files.iter().map(|(name, data)| Entry::deflated(name, data)).collect();
        let code =
            b"import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'data.zip'))\nimport setup\n";
        let parts =
            [("PKG-INFO", files.get("PKG-INFO").cloned().unwrap_or_default()), ("demo/__init__.py", code.to_vec())];
        let zip = ("demo/data.zip".to_owned(), Zip::of(zip).bytes());
        parts.into_iter().map(|(name, data)| (name.to_owned(), data)).chain([zip]).collect()
    };
    let trees: Vec<Files> = projects("malicious").into_iter().flat_map(|files| [nested(&files), files]).collect();
    let held = AtomicUsize::new(0);
    let complaints = ask(&trees, |book, files| {
        let whole = own(copies(files, ""), "demo-1.0/");
        let pack = |first: Vec<(String, Vec<u8>)>, last: Vec<(String, Vec<u8>)>| {
            let all = first.iter().chain(&whole).chain(&last);
            craft::tar_gz(&all.map(|(name, data)| craft::file(name, data)).collect::<Vec<_>>())
        };
        let before = judge(book, "demo-1.0.tar.gz", &pack(Vec::new(), Vec::new())).outcome;
        if before < Outcome::Review {
            return Vec::new();
        }
        held.fetch_add(1, Ordering::Relaxed);
        let build =
            b"[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n".to_vec();
        let one = |name: &str, data: &[u8]| vec![(name.to_owned(), data.to_vec())];
        let additions = [
            ("its files in tests/", own(copies(files, "tests/"), "demo-1.0/"), Vec::new()),
            ("its files in docs/", own(copies(files, "docs/"), "demo-1.0/"), Vec::new()),
            ("its files in another folder", own(copies(files, ""), "a/"), Vec::new()),
            ("another folder", one("a/PKG-INFO", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"), Vec::new()),
            ("another build", one("pyproject.toml", &build), Vec::new()),
            ("a build before", one("demo-1.0/pyproject.toml", &build), Vec::new()),
            ("a setup.py at the top", Vec::new(), one("setup.py", SETUP)),
        ];
        let mut wrong = Vec::new();
        for (what, first, last) in additions {
            let after = judge(book, "demo-1.0.tar.gz", &pack(first, last)).outcome;
            if after < Outcome::Review {
                let names: Vec<&String> = files.keys().collect();
                wrong.push(format!("{names:?} with {what}: {} became {}", before.as_str(), after.as_str()));
            }
        }
        wrong
    });
    let held = held.into_inner();
    assert!(held >= 100, "only {held} archives are flagged to begin with");
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

/// Parts of a tar that say something about the archive rather than about the project.
fn strange_parts(dice: &mut Dice, names: &[String]) -> Vec<Vec<u8>> {
    let name = dice.pick(names).clone();
    match dice.below(12) {
        // Installers take the last of two, some readers the first.
        0 => vec![craft::file(&name, CLEAN)],
        1 => vec![craft::file(&name, b"")],
        2 => vec![craft::symlink(&name, "nothing")],
        3 => vec![craft::hardlink("demo-1.0/other.py", &name)],
        4 => vec![craft::folder(&format!("{name}/"))],
        5 => vec![craft::pax(b'g', &[("path", "demo-1.0/README.md")])],
        6 => vec![craft::pax(b'x', &[("path", &name)]), craft::file("demo-1.0/a.txt", b"text\n")],
        7 => vec![craft::gnu_long(b'L', &name), craft::file("demo-1.0/b.txt", SETUP)],
        8 => vec![TarHead::new("demo-1.0/pipe", b'6', 0).bytes()],
        9 => vec![craft::file("demo-1.0/c.zip", &Zip::of(vec![Entry::deflated("d.py", CLEAN)]).bytes())],
        10 => vec![vec![0; 2 * craft::BLOCK]],
        _ => vec![TarHead::new(&name, b'0', 1 << 30).bytes()],
    }
}

fn strange_entry(dice: &mut Dice, names: &[String]) -> Entry {
    let name = dice.pick(names).clone();
    match dice.below(7) {
        0 => Entry::deflated(&name, CLEAN),
        1 => Entry::stored(&name, b"").hidden(),
        2 => Entry::deflated(&name, CLEAN).local(|head| head.name = b"other.py".to_vec()),
        3 => Entry::deflated("other.py", CLEAN).central(|head| head.name = name.into_bytes()),
        4 => Entry::stored(&format!("{name}/"), b""),
        5 => Entry::deflated("a.py", CLEAN).each(|head| head.flags |= 1),
        _ => Entry::deflated("a.bin", &[7; 900]).behind(b"between"),
    }
}

#[test]
fn nothing_that_is_added_clears_an_archive_that_is_held() {
    let trees: Vec<(usize, Files)> = projects("malicious").into_iter().enumerate().collect();
    let held = AtomicUsize::new(0);
    let complaints = ask(&trees, |book, (at, files)| {
        let mut wrong = Vec::new();
        let names: Vec<String> = files.keys().map(|name| format!("demo-1.0/{name}")).collect();
        let parts: Vec<Vec<u8>> =
            names.iter().zip(files.values()).map(|(name, data)| craft::file(name, data)).collect();
        let entries: Vec<Entry> =
            names.iter().zip(files.values()).map(|(name, data)| Entry::deflated(name, data)).collect();
        let (tar, zip) = (craft::tar_gz(&parts), Zip::of(entries.clone()).bytes());
        for (file, bytes) in [("demo-1.0.tar.gz", tar), ("demo-1.0.zip", zip)] {
            let before = judge(book, file, &bytes).outcome;
            if before < Outcome::Review {
                continue;
            }
            held.fetch_add(1, Ordering::Relaxed);
            for throw in 0..4 {
                let mut dice = Dice::new((*at as u64) << 8 | throw);
                let place = dice.below(parts.len() + 1);
                let bytes = if file.ends_with("gz") {
                    let mut parts = parts.clone();
                    parts.splice(place..place, strange_parts(&mut dice, &names));
                    craft::tar_gz(&parts)
                } else {
                    let mut entries = entries.clone();
                    entries.insert(place, strange_entry(&mut dice, &names));
                    Zip::of(entries).bytes()
                };
                if judge(book, file, &bytes).outcome == Outcome::Clear {
                    wrong.push(format!("{file} of {names:?}, throw {throw}: {} became clear", before.as_str()));
                }
            }
        }
        wrong
    });
    let held = held.into_inner();
    assert!(held >= 120, "only {held} archives are flagged to begin with");
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}
