//! The table from resolved names to behaviours, and what each behaviour means to a flow.

use std::collections::{BTreeMap, HashMap};

use crate::names::{FastMap, FastSet, WordFilter, word_hash};

/// What a behaviour is to a flow of data; any of the three, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The result of such a call is data worth following.
    pub source: bool,
    /// Data that reaches such a call ends a flow.
    pub sink: bool,
    /// Such a call passes its input on, changed.
    pub transform: bool,
}

impl Roles {
    /// Reads the words `source`, `sink` and `transform`; others are ignored.
    pub fn from_words<Word: AsRef<str>>(words: &[Word]) -> Self {
        let has = |wanted: &str| words.iter().any(|word| word.as_ref() == wanted);
        Self { source: has("source"), sink: has("sink"), transform: has("transform") }
    }
}

/// Number of a behaviour in the order of first mention.
pub(crate) type BehaviourId = u16;

#[derive(Clone, Debug, Default)]
struct Entry {
    ids: Vec<BehaviourId>,
    names: Vec<String>,
}

/// Number of an attribute in the order of first mention: `system` of `os.system`.
pub(crate) type AttributeId = u32;

/// Resolved names to behaviours: `os.system` → `process.spawn`. An opinion-free table, written in `rules/lists`.
#[derive(Clone, Debug, Default)]
pub struct Behaviours {
    by_name: BTreeMap<String, Entry>,
    ids: HashMap<String, BehaviourId>,
    declared: Vec<(String, Roles)>,
    /// By the hash of its word.
    attributes: FastMap<u64, AttributeId>,
    /// Of each name that has a dot behind it somewhere, the attributes right below it, sorted.
    below: HashMap<String, Vec<AttributeId>>,
    /// Hashes of the built-ins that have a behaviour.
    bare: FastSet<u64>,
    /// All attributes and built-ins.
    words: WordFilter,
}

impl Behaviours {
    pub fn insert(&mut self, name: &str, behaviour: &str) {
        let id = self.id(behaviour);
        let name = name.strip_prefix("builtins.").unwrap_or(name);
        let entry = self.by_name.entry(name.to_owned()).or_default();
        if !entry.ids.contains(&id) {
            entry.ids.push(id);
            entry.names.push(behaviour.to_owned());
        }
        if !name.contains('.') {
            let word = word_hash(name.as_bytes());
            self.bare.insert(word);
            self.words.add(word);
        }
        for (dot, _) in name.match_indices('.') {
            let attribute = name[dot + 1..].split('.').next().unwrap_or_default();
            let number = self.attribute_number(attribute);
            let below = self.below.entry(name[..dot].to_owned()).or_default();
            if let Err(at) = below.binary_search(&number) {
                below.insert(at, number);
            }
        }
    }

    fn attribute_number(&mut self, word: &str) -> AttributeId {
        let next = AttributeId::try_from(self.attributes.len()).unwrap_or(AttributeId::MAX);
        let word = word_hash(word.as_bytes());
        self.words.add(word);
        *self.attributes.entry(word).or_insert(next)
    }

    /// Says what a behaviour is to a flow.
    pub fn declare(&mut self, behaviour: &str, roles: Roles) {
        let id = self.id(behaviour);
        self.declared[usize::from(id)].1 = roles;
    }

    pub fn of(&self, name: &str) -> &[String] {
        self.by_name.get(name).map_or(&[], |entry| entry.names.as_slice())
    }

    pub fn roles(&self, behaviour: &str) -> Roles {
        self.ids.get(behaviour).map_or_else(Roles::default, |id| self.declared[usize::from(*id)].1)
    }

    pub(crate) fn ids_of(&self, name: &str) -> &[BehaviourId] {
        self.by_name.get(name).map_or(&[], |entry| entry.ids.as_slice())
    }

    pub(crate) fn behaviour(&self, id: BehaviourId) -> (&str, Roles) {
        let (name, roles) = &self.declared[usize::from(id)];
        (name, *roles)
    }

    /// The attributes right below a name that lead to a behaviour, sorted.
    pub(crate) fn below(&self, name: &str) -> &[AttributeId] {
        self.below.get(name).map_or(&[], Vec::as_slice)
    }

    /// The attribute with this word, if one below any name has it.
    pub(crate) fn attribute(&self, word: u64) -> Option<AttributeId> {
        self.attributes.get(&word).copied()
    }

    /// A built-in that has a behaviour.
    pub(crate) fn is_bare(&self, word: u64) -> bool {
        self.bare.contains(&word)
    }

    /// Lets through every word of this table.
    pub(crate) fn words(&self) -> &WordFilter {
        &self.words
    }

    pub(crate) fn id_of(&self, behaviour: &str) -> Option<BehaviourId> {
        self.ids.get(behaviour).copied()
    }

    fn id(&mut self, behaviour: &str) -> BehaviourId {
        if let Some(id) = self.ids.get(behaviour) {
            return *id;
        }
        let id = BehaviourId::try_from(self.declared.len()).unwrap_or(BehaviourId::MAX);
        // More behaviours than numbers: the last one takes the rest. A list that long is refused by its reader.
        if id < BehaviourId::MAX {
            self.declared.push((behaviour.to_owned(), Roles::default()));
            self.ids.insert(behaviour.to_owned(), id);
        }
        id.min(BehaviourId::try_from(self.declared.len() - 1).unwrap_or(BehaviourId::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_behaviours_and_a_behaviour_has_roles() {
        let mut behaviours = Behaviours::default();
        behaviours.insert("builtins.exec", "code.exec");
        behaviours.insert("os.popen", "process.spawn");
        behaviours.insert("os.popen", "process.output");
        behaviours.declare("process.output", Roles::from_words(&["source", "sink"]));
        assert_eq!(behaviours.of("exec"), ["code.exec"]);
        assert_eq!(behaviours.of("os.popen"), ["process.spawn", "process.output"]);
        assert_eq!(behaviours.roles("process.output"), Roles { source: true, sink: true, transform: false });
        assert_eq!(behaviours.roles("code.exec"), Roles::default());
        assert!(behaviours.of("os.system").is_empty());
    }
}
