//! Resolved dotted names, interned with their behaviours, so that a lookup is a number.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use crate::behaviours::{BehaviourId, Behaviours};

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
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
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
