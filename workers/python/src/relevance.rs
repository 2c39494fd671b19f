//! Which functions can say anything at all: most of honest code touches nothing that has a behaviour.
//!
//! A function that nobody called is walked only if its text holds a word that can lead to a fact: a sensitive
//! built-in, an import, a variable that stands for something sensitive together with the attribute that is, a long
//! encoded run, or the name of another function that can. Anything that hides a name needs one of these words itself.

use ruff_python_ast::{Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use crate::behaviours::{AttributeId, Behaviours};
use crate::heap::{Code, Object};
use crate::interpreter::{Interpreter, MODULE_SCOPE};
use crate::names::{FastMap, FastSet, WordFilter, word_hash, word_hash_in};
use crate::value::Data;
use crate::words::{Run, Runs};

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

/// Built-ins with a behaviour that lead to no fact by themselves.
const HARMLESS: [&str; 7] = ["chr", "unichr", "reversed", "file", "str", "bytes", "input"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Leads to a fact by itself.
    Direct,
    /// Number of the alias; leads to a fact together with one of its attributes.
    Alias(u32),
    /// Reaches any attribute.
    Reaching,
    /// The name of a function of this source.
    Function,
}

/// What was found out about functions, and how much of the heap was looked at.
#[derive(Default)]
pub(crate) struct Judged {
    functions: FastMap<u32, (bool, Vec<u64>)>,
    seen: usize,
}

/// The words of one source that mean something, beside those of the table of behaviours.
struct Words<'t> {
    table: &'t Behaviours,
    meanings: FastMap<u64, Vec<Meaning>>,
    /// The attributes of each alias, sorted.
    attributes: Vec<&'t [AttributeId]>,
    /// Attributes whose modules are imported with a star.
    starred: FastSet<AttributeId>,
    harmless: [u64; HARMLESS.len()],
    filter: WordFilter,
}

impl<'t> Words<'t> {
    fn new(table: &'t Behaviours) -> Self {
        let mut words = Self {
            table,
            meanings: FastMap::default(),
            attributes: Vec::new(),
            starred: FastSet::default(),
            harmless: HARMLESS.map(|word| word_hash(word.as_bytes())),
            filter: table.words().clone(),
        };
        ALWAYS.iter().for_each(|word| words.add(word, Meaning::Direct));
        REACHING.iter().for_each(|word| words.add(word, Meaning::Reaching));
        words
    }

    fn add(&mut self, word: &str, meaning: Meaning) {
        let word = word_hash(word.as_bytes());
        self.filter.add(word);
        let meanings = self.meanings.entry(word).or_default();
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
            let (parts, name) = match function.code {
                Code::Def(def) => (told(def), word_hash(def.name.as_str().as_bytes())),
                Code::Lambda(lambda) => ([lambda.range(), TextRange::empty(lambda.end())], 0),
            };
            let Ok(id) = u32::try_from(at) else { break };
            if matches!(function.code, Code::Lambda(_)) && self.lambdas.binary_search(&id).is_err() {
                continue;
            }
            let (direct, calls) = match judged.functions.get(&id) {
                Some(judgement) => judgement.clone(),
                None => {
                    let words = words.get_or_insert_with(|| self.vocabulary());
                    let judgement = self.judge(function.source, parts, words);
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

    fn vocabulary(&self) -> Words<'_> {
        let table = self.names.table();
        let mut words = Words::new(table);
        for object in &self.heap {
            if let Object::Function(function) = object
                && let Code::Def(def) = function.code
            {
                words.add(def.name.as_str(), Meaning::Function);
            }
        }
        let scope = &self.scopes[MODULE_SCOPE as usize];
        let classes = self.heap.iter().filter_map(|object| match object {
            Object::Class(class) => Some(&self.scopes[class.scope as usize]),
            _ => None,
        });
        for scope in std::iter::once(scope).chain(classes) {
            // Star imports bind names that no table here lists.
            for module in &scope.stars {
                words.starred.extend(table.below(self.names.text(*module)));
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
                let attributes = table.below(self.names.text(id));
                if !attributes.is_empty() {
                    let alias = u32::try_from(words.attributes.len()).unwrap_or(u32::MAX);
                    words.attributes.push(attributes);
                    words.add(name, Meaning::Alias(alias));
                }
            }
        }
        words
    }

    /// Whether parts of a text lead to a fact, and which functions they speak of.
    fn judge(&self, source: usize, parts: [TextRange; 2], words: &Words<'_>) -> (bool, Vec<u64>) {
        let text = self.sources[source].text.as_bytes();
        let mut aliases: Vec<u32> = Vec::new();
        let mut attributes: Vec<AttributeId> = Vec::new();
        let mut reaching = false;
        let mut calls: Vec<u64> = Vec::new();
        for part in parts {
            let text = text.get(part.start().into()..part.end().into()).unwrap_or(&[]);
            for run in Runs::of(text) {
                let (start, end) = match run {
                    Run::Word(start, end) => (start, end),
                    Run::Beyond(at) if folds(&text[at..]) => return (true, calls),
                    Run::Beyond(_) => continue,
                };
                if end - start >= LONG_RUN {
                    return (true, calls);
                }
                let word = word_hash_in(text, start, end);
                if !words.filter.may_have(word) {
                    continue;
                }
                if words.table.is_bare(word) && !words.harmless.contains(&word) {
                    return (true, calls);
                }
                if let Some(attribute) = words.table.attribute(word) {
                    if words.starred.contains(&attribute) {
                        return (true, calls);
                    }
                    if !attributes.contains(&attribute) {
                        attributes.push(attribute);
                    }
                }
                for meaning in words.meanings.get(&word).map_or(&[][..], Vec::as_slice) {
                    match meaning {
                        Meaning::Direct => return (true, calls),
                        Meaning::Alias(alias) if !aliases.contains(alias) => aliases.push(*alias),
                        Meaning::Reaching => reaching = true,
                        Meaning::Function if !calls.contains(&word) => calls.push(word),
                        _ => {}
                    }
                }
            }
        }
        let direct = aliases.iter().any(|alias| {
            let needed = words.attributes[*alias as usize];
            reaching || attributes.iter().any(|attribute| needed.binary_search(attribute).is_ok())
        });
        (direct, calls)
    }
}

/// The text of a function before its docstring and after it: what that says is not what the function does.
fn told(def: &StmtFunctionDef) -> [TextRange; 2] {
    let range = def.range();
    match def.body.as_slice() {
        [Stmt::Expr(text), _, ..] if text.value.is_string_literal_expr() => {
            [TextRange::new(range.start(), text.start()), TextRange::new(text.end(), range.end())]
        }
        _ => [range, TextRange::empty(range.end())],
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
