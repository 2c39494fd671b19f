//! Names of members: what an attacker can do with a path, and which paths mean the same place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use model::{Digest, GapKind};
use unicode_normalization::UnicodeNormalization;

use crate::Format;
use crate::session::Session;

/// Reports what is wrong with one name.
pub(crate) fn check(session: &mut Session<'_>, name: &str, path: &str, format: Format) {
    let limits = session.limits;
    // Nearly every name is plain; one look settles it.
    let plain =
        name.len() as u64 <= limits.part.min(limits.path) && name.bytes().all(is_plain) && !name.starts_with('/');
    if plain && !name.contains("..") && !name.contains("%00") {
        if name.split('/').any(is_reserved) {
            session.anomaly("reserved-name", path, name, format);
        }
        if name.split('/').any(is_stripped) {
            session.anomaly("stripped-name", path, format!("{name:?}"), format);
        }
        if name.contains("!/") {
            session.anomaly("nested-name", path, name, format);
        }
        if name.bytes().filter(|byte| *byte == b'/').count() as u64 >= limits.parts {
            long(session, path, "too many parts", format);
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
    if name.contains('\0') || name.contains("%00") {
        report("nul-name", quoted());
    } else if name.chars().any(char::is_control) {
        report("control-name", quoted());
    }
    if has_invisible(name) || is_source(name) && name.chars().any(is_blank) {
        report("bidi-name", quoted());
    }
    if imitates(name) {
        report("confusable-name", quoted());
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
    let parts = name.split('/').count() as u64;
    if name.len() as u64 > limits.path || longest as u64 > limits.part || parts > limits.parts {
        long(session, path, &format!("{} bytes, longest part {longest}", name.len()), format);
    }
}

/// What it holds is read; but no two readers agree where it would be put.
fn long(session: &mut Session<'_>, path: &str, detail: &str, format: Format) {
    session.anomaly("long-name", path, detail, format);
    session.gap(GapKind::Limit, path, format!("a longer name than is told apart: {detail}"));
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | b'+' | b' ' | b'@' | b'='
        | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b'~' | b'#' | b'!' | b'&' | b'\'' | b'%' | b'$' | b'^')
}

/// `setup.py::$DATA` and `file:stream` write to NTFS streams. `Zone.Identifier` is what a browser notes beside a file that
/// it saved, and what a careless copy takes along.
fn is_stream(part: &str) -> bool {
    let part = part.strip_suffix(":Zone.Identifier").unwrap_or(part);
    part.contains(":$") || part.rsplit_once(':').is_some_and(|(file, stream)| file.contains('.') && !stream.is_empty())
}

/// Names that Windows gives to devices, with any extension; a superscript counts as the digit.
fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    if !stem.is_ascii() {
        let port = stem.strip_suffix(['\u{b9}', '\u{b2}', '\u{b3}']).unwrap_or_default();
        return port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt");
    }
    match stem.len() {
        6 | 7 => stem.eq_ignore_ascii_case("conin$") || stem.eq_ignore_ascii_case("conout$"),
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
    let mut before: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        // A selector chooses how the sign before it looks; a letter has one look.
        let selects = matches!(u32::from(character), 0xFE00..=0xFE0F | 0xE0100..=0xE01EF);
        if selects && before.is_some_and(|letter| letter.is_ascii() && !matches!(letter, '0'..='9' | '#' | '*')) {
            return true;
        }
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

/// Bidirectional controls, characters of no width, blanks that are letters, ends of lines, and what is no character.
fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    matches!(code, 0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180E | 0x200B..=0x200F
        | 0x2028..=0x202E | 0x2060..=0x2069 | 0x2800 | 0x3164 | 0xFDD0..=0xFDEF | 0xFEFF | 0xFFA0 | 0xE0000..=0xE0FFF)
        || code & 0xFFFE == 0xFFFE
}

/// Blanks beside the ASCII one. Systems put them into names of pictures, nobody into the name of a source.
fn is_blank(character: char) -> bool {
    matches!(u32::from(character), 0x00A0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000)
}

fn is_source(name: &str) -> bool {
    [".py", ".pyw", ".pth", ".pyc", ".so", ".pyd"].iter().any(|end| name.ends_with(end))
}

/// Letters of other alphabets that look like Latin ones.
const IMITATIONS: &str = "аеорсухіјѕԁһԛԝӏАВЕКМНОРСТУХІЈЅοορνιακυτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

/// Reads as another name: Latin words with a letter of another alphabet in them, and names of sources that are ASCII
/// but for the form of their letters, which Python and file systems take for the plain ones.
fn imitates(name: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let mixed = name.split(|letter: char| !letter.is_alphanumeric()).any(|word| {
        word.bytes().any(|byte| byte.is_ascii_alphabetic()) && word.chars().any(|letter| IMITATIONS.contains(letter))
    });
    mixed || is_source(name) && name.nfkc().all(|letter| letter.is_ascii())
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
    /// Of the content. A checksum would not do: who makes the archive makes two contents with one checksum.
    content: Digest,
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
    /// Notes a file's name with the digest of its content.
    pub(crate) fn insert(&mut self, name: &str, content: Digest) -> Clash {
        let name = &*place(name);
        let lower = name.to_lowercase();
        let key = if name.is_ascii() { hash(&lower) } else { hash(&lower.nfkc().collect::<String>()) };
        let (exact, lower) = (hash(name), hash(&lower));
        match self.seen.get(&key) {
            None => {
                let start = name.chars().take(80).collect();
                self.seen.insert(key, Place { exact, lower, content, start });
                Clash::None
            }
            Some(known) if known.exact == exact => Clash::Same { content: known.content == content },
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
