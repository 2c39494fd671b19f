//! Names that are those of popular projects but for a small change.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::layout::normalised;

/// Shorter names are too near to everything.
const SHORTEST_EDITED: usize = 5;
const SHORTEST: usize = 4;

/// Names of popular projects, prepared for comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Popular {
    /// Normalised, most popular first.
    names: Vec<String>,
    known: HashSet<String>,
    by_shape: HashMap<String, usize>,
    by_letters: HashMap<String, usize>,
    by_words: HashMap<String, usize>,
    by_length: HashMap<usize, Vec<usize>>,
}

/// Words that a copy puts before or after the name it borrows.
const AFFIXES: [&str; 36] = [
    "python",
    "py",
    "lib",
    "sdk",
    "api",
    "tool",
    "tools",
    "utils",
    "dev",
    "pro",
    "core",
    "client",
    "official",
    "beta",
    "new",
    "fix",
    "fixed",
    "patched",
    "updated",
    "stable",
    "latest",
    "secure",
    "premium",
    "free",
    "lite",
    "plus",
    "next",
    "helper",
    "helpers",
    "module",
    "package",
    "wrapper",
    "validator",
    "validators",
    "js",
    "io",
];

impl Popular {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut popular = Self::default();
        for name in names {
            let name = normalised(name);
            if name.is_empty() || !popular.known.insert(name.clone()) {
                continue;
            }
            let at = popular.names.len();
            // The first, most popular, name keeps its place.
            popular.by_shape.entry(shape(&name)).or_insert(at);
            popular.by_letters.entry(letters(&name)).or_insert(at);
            popular.by_words.entry(words(&name)).or_insert(at);
            popular.by_length.entry(name.chars().count()).or_default().push(at);
            popular.names.push(name);
        }
        popular
    }

    /// The popular name that is written so, normalised.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.known.get(&normalised(name)).map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.known.contains(&normalised(name))
    }

    /// The popular name a name is like, and how it was changed; never for a popular name itself.
    pub(crate) fn like(&self, name: &str) -> Option<(&str, &'static str)> {
        let folded: String = name.nfkc().collect();
        let plain = normalised(&folded);
        if plain.is_empty() || self.known.contains(&normalised(name)) {
            return None;
        }
        if self.known.contains(&plain) {
            // Other letters that NFKC folds to those of a popular name.
            return self.names.iter().find(|known| **known == plain).map(|known| (known.as_str(), "homoglyph"));
        }
        let found = |map: &HashMap<String, usize>, key: String, shortest: usize, how: &'static str| {
            let known = self.names.get(*map.get(&key)?)?;
            (known.chars().count() >= shortest).then_some((known.as_str(), how))
        };
        found(&self.by_letters, letters(&plain), SHORTEST, "separator")
            .or_else(|| found(&self.by_words, words(&plain), SHORTEST_EDITED, "swap"))
            .or_else(|| found(&self.by_shape, shape(&plain), SHORTEST, "homoglyph"))
            .or_else(|| self.edited(&plain))
            .or_else(|| self.affixed(&plain))
    }

    fn edited(&self, name: &str) -> Option<(&str, &'static str)> {
        let length = name.chars().count();
        if length < SHORTEST_EDITED {
            return None;
        }
        let near = (length - 1..=length + 1).filter_map(|length| self.by_length.get(&length)).flatten();
        let mut best: Option<usize> = None;
        for at in near {
            let known = &self.names[*at];
            if best.is_none_or(|best| *at < best)
                && known.chars().count() >= SHORTEST_EDITED
                && may_be_one_apart(name.as_bytes(), known.as_bytes())
                && strsim::osa_distance(name, known) == 1
            {
                best = Some(*at);
            }
        }
        let known = &self.names[best?];
        let how = if undoubled(name) == undoubled(known) {
            "doubled"
        } else if known.chars().count() == length && sorted(name) == sorted(known) {
            "swap"
        } else {
            "edit"
        };
        Some((known, how))
    }

    fn affixed(&self, name: &str) -> Option<(&str, &'static str)> {
        let bare = name.trim_end_matches(|character: char| character.is_ascii_digit()).trim_end_matches('-');
        let mut candidates = vec![bare.to_owned()];
        for affix in AFFIXES {
            for part in [name.strip_prefix(affix), name.strip_suffix(affix)].into_iter().flatten() {
                let word = part.trim_matches('-');
                // `py` alone is glued on, longer words stand apart.
                if affix == "py" || word.len() != part.len() {
                    candidates.push(word.to_owned());
                }
            }
        }
        let known = candidates.iter().filter(|candidate| {
            candidate.as_str() != name && candidate.chars().count() >= SHORTEST && self.known.contains(*candidate)
        });
        let best = known.filter_map(|known| self.names.iter().position(|name| name == known)).min()?;
        Some((&self.names[best], "affix"))
    }
}

/// Without separators.
fn letters(name: &str) -> String {
    name.chars().filter(|character| *character != '-').collect()
}

/// The words in a fixed order.
fn words(name: &str) -> String {
    let mut words: Vec<&str> = name.split('-').collect();
    words.sort_unstable();
    words.join("-")
}

/// What an eye sees: letters and digits that are drawn alike become one.
fn shape(name: &str) -> String {
    let drawn: String = name
        .chars()
        .map(|character| match character {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            '3' => 'e',
            '8' => 'b',
            // Cyrillic and Greek letters that no folding turns into Latin ones.
            'а' | 'α' => 'a',
            'е' | 'ε' => 'e',
            'о' | 'ο' => 'o',
            'р' | 'ρ' => 'p',
            'с' => 'c',
            'х' | 'χ' => 'x',
            'у' | 'γ' => 'y',
            'і' | 'ι' => 'l',
            'ѕ' => 's',
            'ԁ' => 'd',
            'ո' => 'n',
            other => other,
        })
        .collect();
    drawn.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// Where one edit or swap made a name of another, all stands before it or behind it but a letter or two.
fn may_be_one_apart(name: &[u8], other: &[u8]) -> bool {
    /// Two of the longest letters.
    const LETTERS: usize = 8;
    let same = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(one, other)| one == other).count();
    let before = same(&mut name.iter().zip(other));
    let behind = same(&mut name.iter().rev().zip(other.iter().rev()));
    let apart = if name.is_ascii() && other.is_ascii() { 2 } else { LETTERS };
    before + behind + apart >= name.len().max(other.len())
}

fn undoubled(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if !out.ends_with(character) {
            out.push(character);
        }
    }
    out
}

fn sorted(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_apart_is_compared() {
        let names = ["requests", "reqeusts", "request", "requestss", "requesta", "requéts", "urllib3", "a", ""];
        for one in names {
            for other in names {
                let near = strsim::osa_distance(one, other) == 1;
                assert!(!near || may_be_one_apart(one.as_bytes(), other.as_bytes()), "{one} {other}");
            }
        }
        assert!(!may_be_one_apart(b"requests", b"urllib3"));
    }

    #[test]
    fn every_kind_of_change_is_told_and_the_name_itself_is_not() {
        let popular = Popular::new(
            ["requests", "python-dateutil", "numpy", "setuptools", "six", "urllib3", "colorama"].into_iter(),
        );
        for (name, like) in [
            ("requests", None),
            ("Requests", None),
            ("requestss", Some(("requests", "doubled"))),
            ("reqeusts", Some(("requests", "swap"))),
            ("requsts", Some(("requests", "edit"))),
            ("dateutil-python", Some(("python-dateutil", "swap"))),
            ("pythondateutil", Some(("python-dateutil", "separator"))),
            ("nurnpy", Some(("numpy", "homoglyph"))),
            ("c0l0rama", Some(("colorama", "homoglyph"))),
            ("requеsts", Some(("requests", "homoglyph"))),
            ("ｎumpy", Some(("numpy", "homoglyph"))),
            ("python-requests", Some(("requests", "affix"))),
            ("numpy-sdk", Some(("numpy", "affix"))),
            ("pynumpy", Some(("numpy", "affix"))),
            ("six2", None),
            ("entirely-else", None),
            ("", None),
        ] {
            assert_eq!(popular.like(name), like, "{name}");
        }
        assert!(popular.contains("Python_Dateutil"));
    }
}
