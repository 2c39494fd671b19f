//! What is fuzzed: everything that reads what an attacker wrote. One function each, which must neither panic nor find
//! its claims untrue, whatever the bytes.
//!
//! The same functions run under libFuzzer (`tests/fuzz/README.md`) and, over the corpus and some mutations, in every
//! test run (`tests/fuzz.rs`).

mod archives;
mod child;
mod event;
mod names;
mod native;
mod reading;
mod release;
mod sources;

#[allow(unused_imports, reason = "only the seeds ask, not the fuzzer")]
pub(crate) use child::question;

pub(crate) type Target = fn(&[u8]);

pub(crate) const ALL: [(&str, Target); 13] = [
    ("zip", archives::zip),
    ("tar", archives::tar),
    ("gzip", archives::gzip),
    ("names", names::target),
    ("metadata", release::metadata),
    ("record", release::record),
    ("native", native::target),
    ("pyc", sources::pyc),
    ("decoder", sources::decoder),
    ("guard", sources::guard),
    ("evaluator", sources::evaluator),
    ("event", event::target),
    ("child", child::target),
];

/// The target of that name; the program of a fuzzer has the name of its target.
#[allow(dead_code, reason = "only a fuzzer asks, the smoke test runs all of them")]
pub(crate) fn named(name: &str) -> Target {
    ALL.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no target {name}")).1
}
