//! What mutation and fuzzing begin with: archives of `tests/hostile`, the inert corpus, and a few texts.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use flate2::read::GzDecoder;
use model::{Coverage, Finding, Gap, GapKind, Level, Outcome, Phase, Place, RuleStatus, Verdict};
use scanner::protocol::Answer;

use crate::{all, case, craft, targets};

/// Larger ones are slow to mutate and say nothing more.
const LARGEST: usize = 8 * 1024;
/// Of one target.
const MOST: usize = 120;

pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = match target {
        "zip" => archives(|case| case.bytes.windows(4).any(|window| window == b"PK\x05\x06")),
        "tar" => {
            archives(|case| case.bytes.starts_with(&[0x1f, 0x8b])).iter().filter_map(|seed| inflated(seed)).collect()
        }
        "gzip" => archives(|case| !case.bytes.starts_with(b"PK")),
        "names" => (0..40u8).map(|seed| (0..200u8).map(|at| at.wrapping_mul(seed) ^ seed).collect()).collect(),
        "metadata" => metadata(),
        "record" => records(),
        "native" => natives(),
        "pyc" => files("workers/python/src/pyc/fixtures", "pyc")
            .into_iter()
            .map(|file| [&[0xff], &file[..]].concat())
            .collect(),
        "decoder" | "evaluator" => sources(),
        "guard" => {
            (0..64u8).map(|seed| vec![seed, seed.wrapping_mul(7), seed / 2, 255 - seed, seed ^ 85, 131]).collect()
        }
        "event" => [texts("schema/examples", "upload"), texts("schema/examples", "verdict")].concat(),
        "child" => answers(),
        other => panic!("no seeds for {other}"),
    };
    seeds.retain(|seed| seed.len() <= LARGEST);
    let step = seeds.len().div_ceil(MOST).max(1);
    seeds.into_iter().step_by(step).collect()
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

fn archives(fits: impl Fn(&case::Case) -> bool) -> Vec<Vec<u8>> {
    static CASES: LazyLock<Vec<case::Case>> = LazyLock::new(all::quick);
    CASES.iter().filter(|case| fits(case)).map(|case| case.bytes.clone()).collect()
}

/// What a gzip holds, cut where it is large.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inside = Vec::new();
    let _ = GzDecoder::new(bytes).take(LARGEST as u64 + 1).read_to_end(&mut inside);
    (inside.len() <= LARGEST && !inside.is_empty()).then_some(inside)
}

fn files(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let (mut folders, mut found) = (vec![root(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn texts(folder: &str, prefix: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn metadata() -> Vec<Vec<u8>> {
    let texts: [(u8, &[u8]); 8] = [
        (0, case::METADATA),
        (1, b"[console_scripts]\ndemo = demo.tool:main [extra]\n"),
        (2, case::WHEEL_FILE),
        (3, b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0rc1+local\nRequires-Dist: a>=1; extra == 'b'\nProject-URL: a, https://demo.invalid\nDescription: x\n        |y\n\nText.\n"),
        (4, b"[build-system]\nrequires = ['setuptools']\nbuild-backend = 'backend'\nbackend-path = ['_build']\n[project]\nname = 'demo'\ndependencies = ['a @ https://demo.invalid/a.zip']\n[tool.hatch.build.hooks.custom]\n"),
        (5, b"[metadata]\nname = demo\n[options]\ninstall_requires =\n    a\n    b>=2\ncmdclass =\n    install = ci.hook.Install\n"),
        (6, b"a>=1\n\n[extra:python_version < '3']\nb @ git+https://demo.invalid/b\n"),
        (7, b"demo\n_demo\n"),
    ];
    texts.into_iter().map(|(which, text)| [&[which], text].concat()).collect()
}

fn records() -> Vec<Vec<u8>> {
    let honest = case::record(&[("demo/__init__.py", b"x = 1\n"), ("demo-1.0.dist-info/WHEEL", case::WHEEL_FILE)]);
    vec![
        honest.clone(),
        [&honest[..], b"\"a,\"\"b\"\"\",md5=xyz,9999999999999999999999\n../../bin/python,,\n"].concat(),
        b"demo/__init__.py,sha256=,\r\n\r\n,,\n/etc/passwd,sha512=aa,-1\n".to_vec(),
    ]
}

/// The binaries in the examples of rules.
fn natives() -> Vec<Vec<u8>> {
    let recipes = files("rules/examples", "toml").into_iter().filter_map(|recipe| String::from_utf8(recipe).ok());
    let hexes =
        recipes.filter_map(|recipe| Some(recipe.split_once("hex = \"\"\"")?.1.split_once("\"\"\"")?.0.to_owned()));
    hexes.filter_map(|digits| hex::decode(digits.replace('\n', "")).ok()).collect()
}

fn sources() -> Vec<Vec<u8>> {
    let mut sources = vec![case::payload(), case::short_payload(), case::setup_with_payload()];
    sources.extend(files("corpus/malicious", "py"));
    // The sources of hostile archives, where no compression hides them.
    for archive in archives(|case| matches!(case.row, case::Row::Codecs | case::Row::Text)) {
        let Some(tar) = inflated(&archive) else { continue };
        let size = |head: &[u8]| usize::from_str_radix(std::str::from_utf8(&head[124..135]).ok()?, 8).ok();
        let mut at = 0;
        while let Some(head) = tar.get(at..at + craft::BLOCK) {
            let Some(size) = size(head) else { break };
            if let (true, Some(data)) = (head.starts_with(b"demo-1.0/setup.py\0"), tar.get(at + 512..at + 512 + size)) {
                sources.push(data.to_vec());
            }
            at += craft::BLOCK + size.next_multiple_of(craft::BLOCK);
        }
    }
    sources
}

fn answers() -> Vec<Vec<u8>> {
    let (artifact, context, hello) = targets::question();
    let gap = Gap { kind: GapKind::Crash, member: String::new(), detail: "none".to_owned() };
    let finding = Finding {
        rule: "a-rule".to_owned(),
        title: "A rule".to_owned(),
        level: Level::High,
        family: "test".to_owned(),
        status: RuleStatus::Stable,
        tags: vec!["attack.t1059".to_owned()],
        place: Place::default(),
        phase: Some(Phase::Install),
        evidence: "text".to_owned(),
        frame: None,
        weight: 1.0,
        novel: false,
    };
    let size = artifact.bytes.len() as u64;
    let verdict = Verdict::unanswered((&artifact.sha256, size), &context, hello.rulebook, &hello.engine, finding, gap);
    let mut clear = verdict.clone();
    clear.coverage = Coverage::from_gaps(Vec::new());
    clear.outcome = Outcome::Clear;
    let frame = |json: Vec<u8>| [&[0], &json[..]].concat();
    vec![
        frame(serde_json::to_vec(&Answer::alone(verdict.clone())).unwrap()),
        frame(serde_json::to_vec(&Answer::alone(clear)).unwrap()),
        frame(serde_json::to_vec(&hello).unwrap()),
        u64::MAX.to_be_bytes().to_vec(),
        [&20u64.to_be_bytes()[..], b"{}"].concat(),
    ]
}
