//! Sources and byte code: decoding, the guard before the parser, the evaluator, `.pyc`.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use model::Phase;
use python::{Analysis, Behaviours, Budget, Role, Roles, Unit, analyse, analyse_compiled, guard, pyc, shape, source};

static BEHAVIOURS: LazyLock<Behaviours> = LazyLock::new(|| {
    let list: toml::Table = include_str!("../../../rules/lists/behaviours.toml").parse().unwrap();
    let mut behaviours = Behaviours::default();
    let words = |entry: &toml::Value, key: &str| -> Vec<String> {
        let words = entry.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
        words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    for entry in list["behaviour"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        behaviours.declare(id, Roles::from_words(&words(entry, "flow")));
        words(entry, "names").iter().for_each(|name| behaviours.insert(name, id));
    }
    behaviours
});

const MIB: u64 = 1 << 20;

fn budget() -> Budget {
    Budget { layers: 16, layer_bytes: MIB, fuel: 200_000, source_bytes: MIB }
}

fn unit(source: &[u8]) -> Unit<'_> {
    Unit { path: "setup.py", role: Role::Setup, phase: Phase::Install, module: "setup", source, entered: &[] }
}

fn within_budget(analysis: &Analysis) {
    let bytes: usize = analysis.layers.iter().map(|layer| layer.bytes.len()).sum();
    assert!(analysis.layers.len() <= 17 && bytes as u64 <= MIB + pyc::LARGEST as u64, "{bytes} bytes of layers");
    for fact in &analysis.facts {
        assert!(format!("{fact:?}").len() < 1 << 20, "a fact without bounds");
    }
}

/// Bytes to the text that CPython compiles, and what its letters look like.
pub(crate) fn decoder(data: &[u8]) {
    let decoded = source::decode(data);
    assert!(decoded.text.len() <= 4 * data.len() + 4, "{} bytes became {}", data.len(), decoded.text.len());
    let plain = data.iter().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'));
    if plain && memchr::memmem::find(data, b"coding").is_none() {
        assert!(decoded.text.as_bytes() == data && decoded.gap.is_none(), "plain text became another one");
    }
    shape::measure(&decoded);
}

/// What a recursive parser may not survive: a few words of the grammar, each over and over.
pub(crate) fn guard(data: &[u8]) {
    const WORDS: [&str; 32] = [
        "(",
        "[",
        "{",
        ")",
        "]",
        "}",
        "lambda:",
        "not ",
        "-",
        "~",
        "x.",
        "x(",
        "x[",
        "if x:\n ",
        "f'{",
        "}'",
        "x if x else ",
        "await ",
        "**",
        "x+",
        "x and ",
        "x:=",
        "\n",
        "while 1:\n\t",
        "match x:\n case [",
        "x,",
        "x=",
        "f\"{x!r:{",
        "class A(",
        "@x\n",
        "x:(",
        "import x.",
    ];
    let mut input = Unstructured::new(data);
    let mut text = String::new();
    while text.len() < 1 << 18 && !input.is_empty() {
        let Ok(word) = input.choose(&WORDS) else { break };
        let times = match input.arbitrary::<u8>().unwrap_or(0) {
            few @ 0..=127 => usize::from(few % 4 + 1),
            many => usize::from(many - 127) * 128,
        };
        text.push_str(&word.repeat(times.min((1 << 18) / word.len())));
    }
    if guard::check(&text).is_ok() {
        within_budget(&analyse(&unit(text.as_bytes()), &BEHAVIOURS, &mut Budget { fuel: 20_000, ..budget() }));
    }
}

/// Everything that is understood of a source.
pub(crate) fn evaluator(data: &[u8]) {
    let analysis = analyse(&unit(data), &BEHAVIOURS, &mut budget());
    within_budget(&analysis);
    if data.len().is_multiple_of(16) {
        let again = analyse(&unit(data), &BEHAVIOURS, &mut budget());
        assert!(analysis.facts == again.facts && analysis.gaps == again.gaps, "other facts");
    }
}

/// Numbers with which the byte code of each Python begins.
const MAGICS: [u16; 10] = [62211, 3379, 3394, 3413, 3425, 3439, 3495, 3531, 3571, 3627];

/// Byte code as it is, or behind the head of some Python.
pub(crate) fn pyc(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let bytes = match MAGICS.get(usize::from(*which)) {
        Some(magic) => {
            let head = match magic {
                62211 => 4,
                3379 => 8,
                _ => 12,
            };
            [&magic.to_le_bytes()[..], b"\r\n", &[0; 12][..head], rest].concat()
        }
        None => rest.to_vec(),
    };
    let Ok(compiled) = pyc::read(&bytes, 1 << 18) else { return };
    assert!(compiled.source.len() <= (1 << 18) + 4096, "{} bytes of source", compiled.source.len());
    let _ = pyc::foreign("import os\nx = 'text'\n", &compiled);
    within_budget(&analyse_compiled(&unit(&bytes), &compiled, &BEHAVIOURS, &mut budget()));
}
