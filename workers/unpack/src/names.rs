//! Names of members: what an attacker can do with a path, and which paths mean the same place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use crate::Format;
use crate::session::Session;

const LONGEST_PATH: usize = 4096;
const LONGEST_PART: usize = 255;
const MOST_PARTS: usize = 64;

/// Reports what is wrong with one name.
pub(crate) fn check(session: &mut Session<'_>, name: &str, path: &str, format: Format) {
    // Nearly every name is plain; one look settles it.
    if name.len() <= LONGEST_PART && name.bytes().all(is_plain) && !name.starts_with('/') && !name.contains("..") {
        if name.split('/').any(is_reserved) {
            session.anomaly("reserved-name", path, name, format);
        }
        if name.split('/').any(is_stripped) {
            session.anomaly("stripped-name", path, format!("{name:?}"), format);
        }
        if name.contains("!/") {
            session.anomaly("nested-name", path, name, format);
        }
        if name.bytes().filter(|byte| *byte == b'/').count() >= MOST_PARTS {
            session.anomaly("long-name", path, "too many parts", format);
        }
        return;
    }
    let mut report = |kind: &'static str, detail: String| session.anomaly(kind, path, detail, format);
    let quoted = || format!("{name:?}");
    if name.starts_with('/') || name.starts_with('\\') {
        report("absolute-path", quoted());
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        report("path-traversal", quoted());
    }
    if name.contains('\\') {
        report("backslash-path", quoted());
    }
    let mut start = name.chars();
    if start.next().is_some_and(|first| first.is_ascii_alphabetic()) && start.next() == Some(':') {
        report("drive-path", quoted());
    } else if name.contains(':') && name.split('/').any(is_stream) {
        report("stream-path", quoted());
    }
    if name.contains('\0') {
        report("nul-name", quoted());
    } else if name.chars().any(char::is_control) {
        report("control-name", quoted());
    }
    if has_invisible(name) {
        report("bidi-name", quoted());
    }
    if name.split('/').any(is_stripped) {
        report("stripped-name", quoted());
    }
    if name.contains("!/") {
        report("nested-name", quoted());
    }
    if name.split(['/', '\\']).any(is_reserved) {
        report("reserved-name", quoted());
    }
    let longest = name.split('/').map(str::len).max().unwrap_or(0);
    if name.len() > LONGEST_PATH || longest > LONGEST_PART || name.split('/').count() > MOST_PARTS {
        report("long-name", format!("{} bytes, longest part {longest}", name.len()));
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | b'+' | b' ' | b'@' | b'='
        | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b'~' | b'#' | b'!' | b'&' | b'\'' | b'%' | b'$' | b'^')
}

/// `setup.py::$DATA` and `file:stream` write to NTFS streams.
fn is_stream(part: &str) -> bool {
    part.contains("::$") || part.rsplit_once(':').is_some_and(|(file, stream)| file.contains('.') && !stream.is_empty())
}

/// Names that Windows gives to devices, with any extension.
fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    match stem.len() {
        3 => ["con", "prn", "aux", "nul"].iter().any(|name| stem.eq_ignore_ascii_case(name)) && !part.ends_with(".py"),
        4 => {
            let bytes = stem.as_bytes();
            (bytes[..3].eq_ignore_ascii_case(b"com") || bytes[..3].eq_ignore_ascii_case(b"lpt"))
                && matches!(bytes[3], b'1'..=b'9')
        }
        _ => false,
    }
}

/// Windows takes dots and blanks off the end of a name: `setup.py.` becomes `setup.py` there.
fn is_stripped(part: &str) -> bool {
    part.ends_with([' ', '.']) && !matches!(part, "." | "..") && part.contains(|letter| !matches!(letter, ' ' | '.'))
}

/// Invisible characters, but for joiners inside words of scripts that are written with them.
fn has_invisible(name: &str) -> bool {
    let mut before = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let foreign = |other: Option<char>| other.is_some_and(|other| !other.is_ascii() && !is_invisible(other));
        let joins = matches!(character, '\u{200c}' | '\u{200d}');
        let within = foreign(before) && foreign(characters.peek().copied());
        if is_invisible(character) && !(joins && within) {
            return true;
        }
        before = Some(character);
    }
    false
}

/// Bidirectional controls and characters of no width.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character), 0x061C | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0x00AD
        | 0xE0000..=0xE0FFF)
}

/// The names of one archive, by the place they would be written to. Kept as hashes: an attacker chooses how long and
/// how many names are.
#[derive(Default)]
pub(crate) struct Places {
    seen: HashMap<u64, Place>,
}

struct Place {
    /// Hash of the name as it is.
    exact: u64,
    /// Hash of it in lower case.
    lower: u64,
    fingerprint: u64,
    /// The beginning of the name, to be told.
    start: String,
}

/// What a name is to the ones before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    None,
    /// The same name, and whether the content's fingerprint is the same.
    Same {
        content: bool,
    },
    /// A name that differs in case only.
    Case(String),
    /// A name that is another one to a file system that normalises.
    Normalization(String),
}

impl Places {
    /// Notes a file's name with a fingerprint of its content.
    pub(crate) fn insert(&mut self, name: &str, fingerprint: u64) -> Clash {
        let name = &*place(name);
        let lower = name.to_lowercase();
        let key = if name.is_ascii() { hash(&lower) } else { hash(&lower.nfkc().collect::<String>()) };
        let (exact, lower) = (hash(name), hash(&lower));
        match self.seen.get(&key) {
            None => {
                let start = name.chars().take(80).collect();
                self.seen.insert(key, Place { exact, lower, fingerprint, start });
                Clash::None
            }
            Some(known) if known.exact == exact => Clash::Same { content: known.fingerprint == fingerprint },
            Some(known) if known.lower == lower => Clash::Case(known.start.clone()),
            Some(known) => Clash::Normalization(known.start.clone()),
        }
    }
}

/// The place that a name means: without `.`, empty parts, `..` that stay inside, and what Windows takes for them.
fn place(name: &str) -> Cow<'_, str> {
    let name = name.trim_start_matches("./").trim_end_matches('/');
    let odd = |part: &str| part.is_empty() || part.ends_with(['.', ' ']);
    if !name.contains('\\') && !name.split('/').any(odd) {
        return Cow::Borrowed(name);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part.trim_end_matches(['.', ' '])),
        }
    }
    Cow::Owned(parts.join("/"))
}

/// The same in every run and on every machine.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
