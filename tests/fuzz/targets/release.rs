//! What a release says of itself: core metadata, `pyproject.toml`, `setup.cfg`, entry points, RECORD; within `examine`, by
//! a rulebook with lists and no rules.

use std::{collections::BTreeMap, sync::LazyLock};

use analysis::{
    Rulebook, examine,
    rulebook::pack::{self, Entry},
};
use model::{Artifact, Context, Outcome};

static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| {
    let lists = [
        ("lists/behaviours.toml", &include_bytes!("../../../rules/lists/behaviours.toml")[..]),
        ("lists/popular.txt", include_bytes!("../../../rules/lists/popular.txt")),
        ("score.toml", include_bytes!("../../../rules/score.toml")),
    ];
    let files = lists.map(|(path, bytes)| (path.to_owned(), bytes.to_vec()));
    Rulebook::compile(&BTreeMap::from(files)).unwrap_or_else(|wrong| panic!("{wrong:?}"))
});

fn judge(filename: &str, bytes: Vec<u8>) {
    let verdict = examine(&Artifact::new(bytes), &Context::named(filename), &RULEBOOK);
    assert_eq!(verdict.coverage.complete, verdict.coverage.reasons.is_empty());
    assert!(verdict.outcome != Outcome::Clear || verdict.coverage.complete);
    let written = serde_json::to_vec(&verdict).unwrap();
    assert!(written.len() < 1 << 20, "a verdict of {} bytes", written.len());
}

const WHEEL: &[u8] = b"Wheel-Version: 1.0\nGenerator: example\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

fn wheel(file: &str, data: &[u8]) {
    let entries = [
        Entry::new("demo/__init__.py", "x = 1\n"),
        Entry::new("demo-1.0.dist-info/WHEEL", WHEEL),
        Entry::new(format!("demo-1.0.dist-info/{file}"), data),
    ];
    judge("demo-1.0-py3-none-any.whl", pack::zip(&entries));
}

fn sdist(file: &str, data: &[u8]) {
    let entries = [Entry::new("demo-1.0/demo/__init__.py", "x = 1\n"), Entry::new(format!("demo-1.0/{file}"), data)];
    judge("demo-1.0.tar.gz", pack::tar_gz(&entries));
}

/// The first byte says as which file the others are read.
pub(crate) fn metadata(data: &[u8]) {
    let Some((which, data)) = data.split_first() else { return };
    match which % 8 {
        0 => wheel("METADATA", data),
        1 => wheel("entry_points.txt", data),
        2 => wheel("WHEEL", data),
        3 => sdist("PKG-INFO", data),
        4 => sdist("pyproject.toml", data),
        5 => sdist("setup.cfg", data),
        6 => sdist("demo.egg-info/requires.txt", data),
        _ => sdist("demo.egg-info/top_level.txt", data),
    }
}

pub(crate) fn record(data: &[u8]) {
    wheel("RECORD", data);
}
