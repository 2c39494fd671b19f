//! Whether byte code is that of a source: what it speaks of that the source does not.
//!
//! Not by compiling, which no two versions do alike: names and words of strings are compared. What a compiler adds or
//! folds is known; what an attacker adds to run something else has to be named.

use std::collections::HashSet;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use unicode_normalization::UnicodeNormalization;

use super::Compiled;
use crate::decode;

/// Names that compilers write by themselves.
const IMPLIED: [&str; 35] = [
    "__name__",
    "__module__",
    "__qualname__",
    "__doc__",
    "__class__",
    "__classcell__",
    "__classdict__",
    "__classdictcell__",
    "__annotations__",
    "__annotate__",
    "__annotate_func__",
    "__conditional_annotations__",
    "__firstlineno__",
    "__static_attributes__",
    "__type_params__",
    "__build_class__",
    "__locals__",
    "__package__",
    "__file__",
    "AssertionError",
    "NotImplementedError",
    "StopIteration",
    "super",
    "format",
    "None",
    "True",
    "False",
    "locals",
    "type_params",
    "generic_base",
    "lambda",
    "listcomp",
    "setcomp",
    "dictcomp",
    "genexpr",
];
/// Foreign words that are told, and texts that are looked for letter by letter.
const MOST: usize = 20;
const SEARCHES: u32 = 200;

/// What byte code has that its source does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    pub names: Vec<String>,
    pub texts: Vec<String>,
}

/// Names and strings of byte code that its source does not have; `None` when the source cannot be read.
pub fn foreign(source: &str, compiled: &Compiled) -> Option<Foreign> {
    crate::guard::check(source).ok()?;
    let mut known = Known::default();
    known.read(source);
    let mut searches = SEARCHES;
    let names = compiled.names.iter().filter(|name| !known.has_name(name));
    let texts = compiled.texts.iter().filter(|text| !known.has_text(text, &mut searches));
    Some(Foreign {
        names: names.take(MOST).cloned().collect(),
        texts: texts.take(MOST).map(|text| crate::record::cut(text, 200).to_owned()).collect(),
    })
}

/// Words of a source outside its comments.
#[derive(Default)]
struct Known {
    words: HashSet<String>,
    /// All strings, one behind the other, as neighbours are joined.
    strings: String,
}

impl Known {
    fn read(&mut self, source: &str) {
        let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module));
        for token in parsed.tokens() {
            let range = token.range();
            let text = source.get(range.start().into()..range.end().into()).unwrap_or_default();
            match token.kind() {
                TokenKind::Comment | TokenKind::NonLogicalNewline => {}
                kind @ (TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle) => {
                    self.string(kind, text);
                }
                // What cannot be told, as in Python 2: all words count.
                _ => self.words_of(text),
            }
        }
    }

    fn string(&mut self, kind: TokenKind, text: &str) {
        let mut inner = text;
        let mut raw = false;
        if kind == TokenKind::String {
            let prefix = text.find(['"', '\'']).unwrap_or(0);
            raw = text[..prefix].contains(['r', 'R']);
            let body = &text[prefix..];
            let quotes = if body.starts_with("\"\"\"") || body.starts_with("'''") { 3 } else { 1 };
            inner = body.get(quotes..body.len().saturating_sub(quotes)).unwrap_or_default();
        }
        let unescaped =
            (!raw && inner.contains('\\')).then(|| decode::unescape(ascii(inner).as_bytes(), false)).flatten();
        let content = unescaped.unwrap_or_else(|| inner.to_owned());
        let content = if content.contains('\r') { content.replace("\r\n", "\n") } else { content };
        self.words_of(&content);
        self.strings.push_str(&content);
    }

    fn words_of(&mut self, text: &str) {
        for word in words(text) {
            if !self.words.contains(word) {
                self.words.insert(word.to_owned());
            }
            if !word.is_ascii() {
                self.words.insert(word.nfkc().collect());
            }
        }
    }

    fn has(&self, word: &str) -> bool {
        // A private name stands under that of its class.
        let bare = || word.strip_prefix('_').and_then(|rest| rest.find("__").map(|at| &rest[at..]));
        self.words.contains(word) || bare().is_some_and(|bare| self.words.contains(bare))
    }

    fn has_name(&self, name: &str) -> bool {
        // What no source can write is a compiler's own.
        let odd = !name.split('.').all(|part| words(part).next() == Some(part));
        odd || IMPLIED.contains(&name) || name.split('.').all(|part| self.has(part))
    }

    fn has_text(&self, text: &str, searches: &mut u32) -> bool {
        let few = |text: &str| {
            let mut seen: Vec<char> = Vec::new();
            text.chars().all(|c| {
                seen.contains(&c)
                    || seen.len() < 3 && {
                        seen.push(c);
                        true
                    }
            })
        };
        // Short and repeated ones are what is left of a computation; names of functions have dots.
        if text.len() < 4 || few(text) || words(text).all(|word| self.has(word) || IMPLIED.contains(&word)) {
            return true;
        }
        *searches = searches.saturating_sub(1);
        *searches > 0 && memchr::memmem::find(self.strings.as_bytes(), text.as_bytes()).is_some()
    }
}

/// Escapes in place of what the reader of escapes takes for single bytes.
fn ascii(text: &str) -> String {
    let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) };
    text.chars().map(escape).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
