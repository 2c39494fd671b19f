//! `lists/native.toml`: which imported function lets a binary do what, and by what packers and tool chains are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use crate::rulebook::{
    diagnostic::{Diagnostic, locate},
    limits::toml_diagnostic,
};

/// Path of the list below the rulebook.
pub(crate) const FILE: &str = "lists/native.toml";
/// Bytes at both ends of a library in which texts are looked for, and at most of a program.
const END: usize = 8 * 1024;
const PROGRAM: usize = 8 << 20;

/// What is known of names in native binaries.
#[derive(Default)]
pub(crate) struct Natives {
    capabilities: HashMap<Vec<u8>, Vec<String>>,
    sections: HashMap<String, Origin>,
    texts: Option<AhoCorasick>,
    origins: Vec<Origin>,
    ids: BTreeSet<String>,
    packers: BTreeSet<String>,
}

/// Who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Packer(String),
    Toolchain(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    capability: Vec<Capability>,
    #[serde(default)]
    packer: Vec<Marks>,
    #[serde(default)]
    toolchain: Vec<Marks>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Capability {
    id: String,
    #[allow(dead_code, reason = "every capability must say what it means")]
    doc: String,
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    id: String,
    #[serde(default)]
    sections: Vec<String>,
    #[serde(default)]
    texts: Vec<String>,
    #[serde(default)]
    hex: Vec<String>,
}

impl Natives {
    /// Understands the list; a rulebook without one knows no names.
    pub(crate) fn compile(source: Option<&str>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut natives = Self::default();
        let Some(source) = source else { return natives };
        let file = match toml::from_str::<File>(source) {
            Ok(file) => file,
            Err(error) => {
                diagnostics.push(toml_diagnostic(FILE, source, &error));
                return natives;
            }
        };
        let mut complain = |value: &str, message: String| {
            let wrong = Diagnostic::error("R0003", FILE, message);
            diagnostics.push(wrong.at(source, locate(source, value, 0)).label("here"));
        };
        for entry in &file.capability {
            if !natives.ids.insert(entry.id.clone()) {
                complain(&entry.id, format!("capability `{}` stands twice", entry.id));
            }
            if entry.id.split('.').count() != 2 {
                complain(&entry.id, format!("`{}` is no `group.verb`", entry.id));
            }
            for name in &entry.names {
                let known = natives.capabilities.entry(name.clone().into_bytes()).or_default();
                if known.contains(&entry.id) {
                    complain(name, format!("`{name}` stands twice in `{}`", entry.id));
                }
                known.push(entry.id.clone());
            }
        }
        let mut texts: BTreeMap<Vec<u8>, Origin> = BTreeMap::new();
        let packers = file.packer.iter().map(|marks| (marks, Origin::Packer(marks.id.clone())));
        let toolchains = file.toolchain.iter().map(|marks| (marks, Origin::Toolchain(marks.id.clone())));
        for (marks, origin) in packers.chain(toolchains) {
            if let Origin::Packer(id) = &origin {
                natives.packers.insert(id.clone());
            }
            for section in &marks.sections {
                if natives.sections.insert(section.clone(), origin.clone()).is_some() {
                    complain(section, format!("section `{section}` stands twice"));
                }
            }
            let plain = marks.texts.iter().map(|text| (text, Some(text.clone().into_bytes())));
            let coded = marks.hex.iter().map(|text| (text, hex::decode(text).ok()));
            for (written, bytes) in plain.chain(coded) {
                match bytes.filter(|bytes| bytes.len() >= 4) {
                    Some(bytes) => {
                        texts.insert(bytes, origin.clone());
                    }
                    None => complain(written, format!("`{written}` is not a text of four bytes or more")),
                }
            }
        }
        let (texts, origins): (Vec<_>, Vec<_>) = texts.into_iter().unzip();
        natives.origins = origins;
        match AhoCorasick::new(texts) {
            Ok(automaton) => natives.texts = Some(automaton),
            Err(error) => diagnostics.push(Diagnostic::error("R0001", FILE, error.to_string())),
        }
        natives
    }

    /// Ids of capabilities, for the check of rules that compare with them.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    pub(crate) fn packers(&self) -> impl Iterator<Item = &str> {
        self.packers.iter().map(String::as_str)
    }

    /// What an imported function lets its caller do. Windows has many functions twice, for two kinds of text (`…A`,
    /// `…W`), and on macOS a `_` stands before every name.
    pub(super) fn capability(&self, name: &[u8]) -> Option<&[String]> {
        let known = |name: &[u8]| self.capabilities.get(name).map(Vec::as_slice);
        let plain = name.strip_prefix(b"_").unwrap_or(name);
        let single = match plain {
            [head @ .., last, b'A' | b'W'] if last.is_ascii_lowercase() || last.is_ascii_digit() || *last == b'x' => {
                Some(&plain[..head.len() + 1])
            }
            _ => None,
        };
        known(name).or_else(|| known(plain)).or_else(|| single.and_then(known))
    }

    pub(super) fn section(&self, name: &str, packer: &mut BTreeSet<String>, toolchain: &mut BTreeSet<String>) {
        if let Some(origin) = self.sections.get(name) {
            note(origin, packer, toolchain);
        }
    }

    /// Looks for the texts at both ends, where packers leave theirs, and in a program further in, where languages do.
    pub(super) fn texts(
        &self,
        bytes: &[u8],
        program: bool,
        packer: &mut BTreeSet<String>,
        toolchain: &mut BTreeSet<String>,
    ) {
        let Some(automaton) = &self.texts else { return };
        let head = bytes.len().min(if program { PROGRAM } else { END });
        let tail = bytes.len().saturating_sub(END).max(head);
        for part in [&bytes[..head], &bytes[tail..]] {
            // A text that repeats is found again and again: each kind is noted once and the search goes on behind it.
            const MOST: usize = 4096;
            for found in automaton.find_iter(part).take(MOST) {
                note(&self.origins[found.pattern().as_usize()], packer, toolchain);
            }
        }
    }
}

fn note(origin: &Origin, packer: &mut BTreeSet<String>, toolchain: &mut BTreeSet<String>) {
    let (set, id) = match origin {
        Origin::Packer(id) => (packer, id),
        Origin::Toolchain(id) => (toolchain, id),
    };
    if !set.contains(id) {
        set.insert(id.clone());
    }
}
