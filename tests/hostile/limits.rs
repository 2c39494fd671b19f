//! Every limit, lowered until an honest archive reaches it: what was not read is told, and is never clear.

use std::collections::BTreeSet;

use analysis::{Rulebook, examine};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Artifact, Context, GapKind, Outcome};

use crate::{
    case::{self, SDIST},
    craft,
    properties::{Files, read, root},
};

/// What a lowered limit does.
enum Does {
    /// Something is not read: a gap and a finding, and not clear. With other lines of the same section.
    Cuts(&'static str),
    /// It bounds what is shown or kept of what was read, or when it is read.
    Shows,
    /// A clock: that its end is told is shown where one can be made to run out (`tests/scan/deaths.rs`).
    Times,
}
use Does::{Cuts, Shows, Times};

const LOWERED: [(&str, &str, u64, Does); 24] = [
    ("archive", "bytes", 100, Cuts("")),
    ("archive", "total", 1_500, Cuts("")),
    ("archive", "member", 500, Cuts("")),
    ("archive", "resident", 2_000, Cuts("")),
    ("archive", "members", 3, Cuts("")),
    ("archive", "nesting", 1, Cuts("")),
    ("archive", "ratio", 2, Cuts("ratio_floor = 100\n")),
    ("archive", "ratio_floor", 100, Cuts("ratio = 2\n")),
    ("archive", "path", 20, Cuts("")),
    ("archive", "part", 8, Cuts("")),
    ("archive", "parts", 2, Cuts("")),
    ("archive", "record", 20, Cuts("")),
    ("archive", "metadata", 50, Cuts("")),
    ("source", "bytes", 100, Cuts("")),
    ("source", "layers", 1, Cuts("")),
    ("source", "layer_bytes", 60, Cuts("")),
    ("source", "fuel", 3, Cuts("")),
    ("source", "waiting", 100, Cuts("")),
    ("scan", "seconds", 1, Times),
    ("scan", "matches", 1, Shows),
    ("findings", "total", 1, Shows),
    ("findings", "rule", 1, Shows),
    ("cost", "yara_ms_per_mb", 1, Shows),
    ("cost", "sigma_us_per_fact", 1, Shows),
];

/// Everything that a limit counts, and nothing to hide.
fn archive() -> Vec<u8> {
    let inner = craft::tar(&[craft::file("a.txt", b"text\n")]);
    let outer = craft::tar(&[craft::file("inner.tar", &inner)]);
    let text = |word: &str| STANDARD.encode(format!("{word} is a word, and this is a text about it\n"));
    let code = format!(
        "import base64\n\nWORDS = [base64.b64decode(text).decode() for text in ['{}', '{}', '{}']]\n\
         exec(base64.b64decode('{}'))\nexec(base64.b64decode('{}'))\n",
        text("one"),
        text("two"),
        text("three"),
        STANDARD.encode("FIRST = 'the first of two names that are made here'\n"),
        STANDARD.encode("SECOND = 'the second of two names that are made here'\n"),
    );
    case::sdist_and(&[
        craft::file("demo-1.0/demo/words.py", code.as_bytes()),
        craft::file("demo-1.0/demo/data/nested.tar", &outer),
        craft::pax(b'x', &[("path", "demo-1.0/demo/data/a name that a record tells.txt")]),
        craft::file("demo-1.0/demo/data/told.txt", &b"a line of text\n".repeat(100)),
    ])
}

fn rulebook(limits: &str) -> Rulebook {
    let mut files: Files = read(&root("rules"));
    // Byte rules have no limit but the clock, and take long to compile.
    files.retain(|path, _| !path.starts_with("yara/") && !path.starts_with("examples/"));
    files.insert("limits.toml".to_owned(), limits.as_bytes().to_vec());
    Rulebook::compile(&files).unwrap_or_else(|wrong| panic!("{limits}: {wrong:#?}"))
}

#[test]
fn a_lowered_limit_is_told_and_never_clear() {
    let (artifact, context) = (Artifact::new(archive()), Context::named(SDIST));
    let untouched = examine(&artifact, &context, &rulebook(""));
    assert!(untouched.coverage.complete, "{:#?}", untouched.coverage);
    let mut wrong = Vec::new();
    for (section, key, value, does) in &LOWERED {
        let Cuts(more) = does else { continue };
        let verdict = examine(&artifact, &context, &rulebook(&format!("[{section}]\n{key} = {value}\n{more}")));
        let gap = verdict.coverage.reasons.iter().any(|gap| gap.kind == GapKind::Limit);
        let told = verdict.findings.iter().any(|finding| finding.rule.starts_with("archive-"));
        // The size of the artifact itself is told by who did not even begin: the supervisor.
        let told = told || *key == "bytes" && *section == "archive";
        if !gap || !told || verdict.outcome == Outcome::Clear {
            let rules: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.as_str()).collect();
            wrong.push(format!(
                "{section}.{key}: {} {:?} {rules:?}",
                verdict.outcome.as_str(),
                verdict.coverage.reasons
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_limit_is_left_out_of_this_table() {
    let text = String::from_utf8(std::fs::read(root("rules/limits.toml")).unwrap()).unwrap();
    let limits: toml::Table = text.parse().unwrap();
    let listed: BTreeSet<(String, String)> =
        LOWERED.iter().map(|(section, key, ..)| ((*section).to_owned(), (*key).to_owned())).collect();
    let keys = limits
        .iter()
        .flat_map(|(section, keys)| keys.as_table().unwrap().keys().map(move |key| (section.clone(), key.clone())));
    assert_eq!(keys.collect::<BTreeSet<_>>(), listed);
    // And what the file says is what is built in.
    assert_eq!(rulebook(&text).limits().archive, rulebook("").limits().archive);
    let _ = (Shows, Times);
}
