//! Resolved dotted names, interned with their behaviours, so that a lookup is a number.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use crate::behaviours::{BehaviourId, Behaviours};
use crate::words;

/// A fast hash for keys that an attacker can choose but not profit from: all tables are bounded by fuel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FastHasher(u64);

impl FastHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        self.add(words::number(rest) ^ (rest.len() as u64) << 56);
    }
    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }
    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }
    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

/// The hash of a word, the same for all tables.
pub(crate) fn word_hash(word: &[u8]) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write(word);
    hasher.finish()
}

/// [`word_hash`] of a word inside a text: what follows it is read and masked, not copied.
pub(crate) fn word_hash_in(text: &[u8], start: usize, end: usize) -> u64 {
    let mut hasher = FastHasher::default();
    let mut at = start;
    loop {
        let Some(Ok(word)) = text.get(at..at + 8).map(<[u8; 8]>::try_from) else {
            return word_hash(&text[start..end]);
        };
        let (word, rest) = (u64::from_le_bytes(word), end - at);
        if rest < 8 {
            hasher.add(word & !(u64::MAX << (8 * rest)) ^ (rest as u64) << 56);
            return hasher.finish();
        }
        hasher.add(word);
        at += 8;
    }
}

/// Tells quickly of most words that no table has them.
#[derive(Clone, Debug)]
pub(crate) struct WordFilter([u64; 256]);

impl Default for WordFilter {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl WordFilter {
    pub(crate) fn add(&mut self, hash: u64) {
        self.0[(hash >> 6) as usize % 256] |= 1 << (hash % 64);
    }
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        self.0[(hash >> 6) as usize % 256] >> (hash % 64) & 1 == 1
    }
}

pub(crate) type FastSet<Key> = HashSet<Key, BuildHasherDefault<FastHasher>>;
pub(crate) type FastMap<Key, Content> = HashMap<Key, Content, BuildHasherDefault<FastHasher>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameId(pub(crate) u32);

#[derive(Debug)]
struct Entry {
    text: Rc<str>,
    behaviours: Vec<BehaviourId>,
    /// It is a module of the standard library, so its attributes are what they say.
    module: bool,
    /// It is neither built in nor of the standard library: perhaps of the release itself.
    foreign: bool,
}

/// The table of names seen in one analysis.
#[derive(Debug)]
pub(crate) struct Names<'b> {
    behaviours: &'b Behaviours,
    by_text: FastMap<Rc<str>, NameId>,
    entries: Vec<Entry>,
    buffer: String,
}

/// Longer names are no API.
const LONGEST: usize = 240;
const MOST: usize = 100_000;

impl<'b> Names<'b> {
    pub(crate) fn new(behaviours: &'b Behaviours) -> Self {
        Self { behaviours, by_text: FastMap::default(), entries: Vec::new(), buffer: String::new() }
    }

    pub(crate) fn text(&self, id: NameId) -> &str {
        &self.entries[id.0 as usize].text
    }

    pub(crate) fn shared(&self, id: NameId) -> Rc<str> {
        Rc::clone(&self.entries[id.0 as usize].text)
    }

    pub(crate) fn behaviours(&self, id: NameId) -> &[BehaviourId] {
        &self.entries[id.0 as usize].behaviours
    }

    pub(crate) fn table(&self) -> &'b Behaviours {
        self.behaviours
    }

    pub(crate) fn is_module(&self, id: NameId) -> bool {
        self.entries[id.0 as usize].module
    }

    pub(crate) fn is_foreign(&self, id: NameId) -> bool {
        self.entries[id.0 as usize].foreign
    }

    /// The name itself, normalised.
    pub(crate) fn name(&mut self, text: &str) -> Option<NameId> {
        if let Some(id) = self.by_text.get(text) {
            return Some(*id);
        }
        if text.len() > LONGEST || self.entries.len() >= MOST {
            return None;
        }
        let normal = normalise(text);
        let id = match self.by_text.get(normal.as_ref()) {
            Some(id) => *id,
            None => {
                let id = NameId(u32::try_from(self.entries.len()).ok()?);
                let shared: Rc<str> = Rc::from(normal.as_ref());
                self.entries.push(Entry {
                    behaviours: self.behaviours.ids_of(&normal).to_vec(),
                    module: crate::modules::is_standard(&normal),
                    foreign: normal.contains('.') && !crate::modules::belongs_to_standard(&normal),
                    text: Rc::clone(&shared),
                });
                self.by_text.insert(shared, id);
                id
            }
        };
        if normal.as_ref() != text {
            self.by_text.insert(Rc::from(text), id);
        }
        Some(id)
    }

    /// `parent.attribute`.
    pub(crate) fn attribute(&mut self, parent: NameId, attribute: &str) -> Option<NameId> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.push_str(self.text(parent));
        buffer.push('.');
        buffer.push_str(attribute);
        let id = self.name(&buffer);
        self.buffer = buffer;
        id
    }
}

/// One name for one thing: private twins and old spellings of modules become the public ones.
fn normalise(text: &str) -> std::borrow::Cow<'_, str> {
    let text = text
        .strip_prefix("builtins.")
        .or_else(|| text.strip_prefix("__builtin__."))
        .or_else(|| text.strip_prefix("__builtins__."))
        .unwrap_or(text);
    const TWINS: [(&str, &str); 14] = [
        ("posix", "os"),
        ("nt", "os"),
        ("_socket", "socket"),
        ("_ssl", "ssl"),
        ("_pickle", "pickle"),
        ("cPickle", "pickle"),
        ("_winreg", "winreg"),
        ("_ctypes", "ctypes"),
        ("_thread", "thread"),
        ("posixpath", "os.path"),
        ("ntpath", "os.path"),
        ("_codecs", "codecs"),
        ("_io", "io"),
        ("urllib2", "urllib.request"),
    ];
    let head = text.split('.').next().unwrap_or(text);
    match TWINS.iter().find(|(from, _)| *from == head) {
        Some((_, to)) => format!("{to}{}", &text[head.len()..]).into(),
        None => match text {
            "io.open" => "open".into(),
            "io.open.read" => "open.read".into(),
            "io.open.write" => "open.write".into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_hash_wherever_it_stands() {
        let text = b"a subprocess.Popen and an_even_longer_name_than_that";
        for (start, end) in [(0, 1), (2, 12), (13, 18), (19, 22), (23, 52), (2, 10), (5, 5), (50, 52)] {
            assert_eq!(word_hash_in(text, start, end), word_hash(&text[start..end]), "{start}..{end}");
        }
        let mut filter = WordFilter::default();
        filter.add(word_hash(b"system"));
        assert!(filter.may_have(word_hash(b"system")) && !filter.may_have(word_hash(b"value")));
    }

    #[test]
    fn one_thing_has_one_name() {
        let behaviours = Behaviours::default();
        let mut names = Names::new(&behaviours);
        let exec = names.name("exec");
        assert_eq!(names.name("builtins.exec"), exec);
        let os = names.name("os").unwrap();
        let posix = names.name("posix").unwrap();
        assert_eq!(names.attribute(posix, "system"), names.attribute(os, "system"));
        assert_eq!(names.name(&"a".repeat(1000)), None);
    }
}
