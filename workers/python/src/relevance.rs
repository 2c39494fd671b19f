//! Which functions can say anything at all: most of honest code touches nothing that has a behaviour.
//!
//! A function that nobody called is walked only if its text holds a word that can lead to a fact: a sensitive
//! built-in, an import, a variable that stands for something sensitive together with the attribute that is, a long
//! encoded run, or the name of another function that can. Anything that hides a name needs one of these words itself.

use std::hash::Hasher as _;

use ruff_text_size::{Ranged, TextRange};

use crate::behaviours::Behaviours;
use crate::heap::{Code, Object};
use crate::interpreter::{Interpreter, MODULE_SCOPE};
use crate::names::{FastHasher, FastMap};
use crate::value::Data;

/// Words that can lead to a fact by themselves, beside the built-ins that have a behaviour.
const ALWAYS: [&str; 16] = [
    "import",
    "exec",
    "eval",
    "compile",
    "execfile",
    "__import__",
    "globals",
    "locals",
    "__builtins__",
    "builtins",
    "__builtin__",
    "fromhex",
    "__globals__",
    "__subclasses__",
    "__loader__",
    "cmdclass",
];

/// Words that reach an attribute without naming it.
const REACHING: [&str; 4] = ["getattr", "vars", "__dict__", "__getattribute__"];

/// A run of letters and digits this long may be an encoded payload.
const LONG_RUN: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Leads to a fact by itself.
    Direct,
    /// Number of the alias; leads to a fact together with one of its attributes.
    Alias(u32),
    /// An attribute that some alias needs.
    Attribute,
    /// The name of a function of this source.
    Function,
}

fn hash(word: &[u8]) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write(word);
    hasher.finish()
}

/// What was found out about functions, and how much of the heap was looked at.
#[derive(Default)]
pub(crate) struct Judged {
    functions: FastMap<u32, (bool, Vec<u64>)>,
    seen: usize,
}

struct Words {
    meanings: FastMap<u64, Vec<Meaning>>,
    /// The attributes of each alias, sorted.
    attributes: Vec<Vec<u64>>,
}

impl Words {
    fn add(&mut self, word: &str, meaning: Meaning) {
        let meanings = self.meanings.entry(hash(word.as_bytes())).or_default();
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }
}

impl Interpreter<'_, '_> {
    /// The functions that nobody walked yet and that are worth a walk of their own.
    pub(crate) fn relevant(&mut self, judged: &mut Judged) -> Vec<u32> {
        if judged.seen == self.heap.len() {
            return Vec::new();
        }
        let mut words = None;
        let mut relevant = Vec::new();
        // Functions that lead to nothing by themselves: number, name, the names of functions they speak of.
        let mut waiting: Vec<(u32, u64, Vec<u64>)> = Vec::new();
        let mut telling: FastMap<u64, ()> = FastMap::default();
        for (at, object) in self.heap.iter().enumerate() {
            let Object::Function(function) = object else { continue };
            let (range, name) = match function.code {
                Code::Def(def) => (def.range(), hash(def.name.as_str().as_bytes())),
                Code::Lambda(lambda) => (lambda.range(), 0),
            };
            let Ok(id) = u32::try_from(at) else { break };
            if matches!(function.code, Code::Lambda(_)) && self.lambdas.binary_search(&id).is_err() {
                continue;
            }
            let (direct, calls) = match judged.functions.get(&id) {
                Some(judgement) => judgement.clone(),
                None => {
                    let words = words.get_or_insert_with(|| self.vocabulary());
                    let judgement = self.judge(function.source, range, words);
                    judged.functions.insert(id, judgement.clone());
                    judgement
                }
            };
            if direct {
                telling.insert(name, ());
                if function.summary.is_none() {
                    relevant.push(id);
                }
            } else if function.summary.is_none() {
                waiting.push((id, name, calls));
            }
        }
        for _ in 0..8 {
            let before = waiting.len();
            waiting.retain(|(id, name, calls)| {
                let hit = calls.iter().any(|call| call != name && telling.contains_key(call));
                if hit {
                    relevant.push(*id);
                    telling.insert(*name, ());
                }
                !hit
            });
            if waiting.len() == before {
                break;
            }
        }
        judged.seen = self.heap.len();
        relevant.sort_unstable();
        relevant
    }

    fn vocabulary(&self) -> Words {
        let table = self.names.table();
        let mut words = Words { meanings: FastMap::default(), attributes: Vec::new() };
        for word in ALWAYS.into_iter().chain(table.bare()) {
            if !matches!(word, "chr" | "unichr" | "reversed" | "file" | "str" | "bytes") {
                words.add(word, Meaning::Direct);
            }
        }
        for object in &self.heap {
            if let Object::Function(function) = object
                && let Code::Def(def) = function.code
            {
                words.add(def.name.as_str(), Meaning::Function);
            }
        }
        let reaching: Vec<u64> = REACHING.iter().map(|word| hash(word.as_bytes())).collect();
        for word in REACHING {
            words.add(word, Meaning::Attribute);
        }
        let scope = &self.scopes[MODULE_SCOPE as usize];
        let classes = self.heap.iter().filter_map(|object| match object {
            Object::Class(class) => Some(&self.scopes[class.scope as usize]),
            _ => None,
        });
        for scope in std::iter::once(scope).chain(classes) {
            // Star imports bind names that no table here lists.
            for module in &scope.stars {
                for attribute in below(table, self.names.text(*module)) {
                    words.add(attribute, Meaning::Direct);
                }
            }
            for (name, value) in &scope.variables {
                if value.origin.is_some() {
                    words.add(name, Meaning::Direct);
                    continue;
                }
                let Data::Name(id, _) = value.data else { continue };
                if !self.names.behaviours(id).is_empty() {
                    words.add(name, Meaning::Direct);
                    continue;
                }
                let mut attributes: Vec<u64> = below(table, self.names.text(id))
                    .map(|attribute| {
                        words.add(attribute, Meaning::Attribute);
                        hash(attribute.as_bytes())
                    })
                    .collect();
                if attributes.is_empty() {
                    continue;
                }
                attributes.extend_from_slice(&reaching);
                attributes.sort_unstable();
                attributes.dedup();
                let alias = u32::try_from(words.attributes.len()).unwrap_or(u32::MAX);
                words.attributes.push(attributes);
                words.add(name, Meaning::Alias(alias));
            }
        }
        words
    }

    /// Whether a text leads to a fact, and which functions it speaks of.
    fn judge(&self, source: usize, range: TextRange, words: &Words) -> (bool, Vec<u64>) {
        let text = self.sources[source].text.as_bytes();
        let text = text.get(range.start().into()..range.end().into()).unwrap_or(&[]);
        let mut aliases: Vec<u32> = Vec::new();
        let mut attributes: Vec<u64> = Vec::new();
        let mut calls: Vec<u64> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let start = at;
            while at < text.len() && (text[at].is_ascii_alphanumeric() || text[at] == b'_') {
                at += 1;
            }
            if at == start {
                if text[at] >= 0x80 && folds(&text[at..]) {
                    return (true, calls);
                }
                at += 1;
                continue;
            }
            if at - start >= LONG_RUN {
                return (true, calls);
            }
            let word = hash(&text[start..at]);
            for meaning in words.meanings.get(&word).map_or(&[][..], Vec::as_slice) {
                match meaning {
                    Meaning::Direct => return (true, calls),
                    Meaning::Alias(alias) if !aliases.contains(alias) => aliases.push(*alias),
                    Meaning::Attribute if !attributes.contains(&word) => attributes.push(word),
                    Meaning::Function if !calls.contains(&word) => calls.push(word),
                    _ => {}
                }
            }
        }
        let direct = aliases.iter().any(|alias| {
            let needed = &words.attributes[*alias as usize];
            attributes.iter().any(|attribute| needed.binary_search(attribute).is_ok())
        });
        (direct, calls)
    }
}

/// A character that NFKC turns into a letter of ASCII: with such any word can be written.
fn folds(text: &[u8]) -> bool {
    match text {
        // Mathematical letters, full width, letter-like, raised and lowered, long s, ordinals.
        [0xf0, 0x9d, ..] => true,
        [0xef, 0xbc, last, ..] => (0xa1..=0xba).contains(last),
        [0xef, 0xbd, last, ..] => (0x81..=0x9a).contains(last),
        [0xe2, 0x84 | 0x85 | 0x81 | 0x82, ..] | [0xc5, 0xbf, ..] | [0xc2, 0xaa | 0xba, ..] => true,
        _ => false,
    }
}

/// The attributes right below a name that lead to a behaviour.
fn below<'t>(table: &'t Behaviours, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    let length = name.len();
    table.below(name).map(move |full| {
        let rest = &full[length + 1..];
        rest.split('.').next().unwrap_or(rest)
    })
}
