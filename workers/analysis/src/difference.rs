//! A release held against the one before it: what each said is noted, then compared by what it says, never by where it
//! stands.

mod compare;
mod key;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use model::{Fact, FactKind, PackageType, Phase, Place};

pub(crate) use compare::{Novelty, compare};

use crate::{layout::Layout, sigma::Hit};

/// Facts of one release that are compared; of one with more the difference says so, and nothing counts as new.
const NOTED: usize = 50_000;

/// One fact, or one hit of a byte rule.
#[derive(Clone, Debug)]
struct Noted {
    kind: &'static str,
    key: u128,
    /// The key without the phase.
    plain: u128,
    what: String,
    rules: Vec<String>,
    weight: f64,
    behaviour: Vec<String>,
    phase: Option<Phase>,
    role: String,
    place: Place,
}

/// What is noted of a release while it is examined.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    noted: Vec<Noted>,
    /// Rules by the member in which they hit.
    rules: BTreeSet<(String, String)>,
    /// Its own version, which says nothing where a text holds it.
    version: String,
    cut: bool,
}

/// What a release held, for a later one to be held against.
#[derive(Debug)]
pub struct Past {
    packagetype: PackageType,
    version: String,
    /// By path as installed.
    members: BTreeMap<String, BTreeMap<u128, u32>>,
    /// All of them together, by keys without a phase.
    plain: BTreeMap<u128, u32>,
    rules: BTreeSet<(String, String)>,
    /// When the earliest code runs that behaves so.
    behaviour: BTreeMap<String, Phase>,
    cut: bool,
}

/// What is known of a fact beside itself.
pub(crate) struct Around<'a> {
    pub phase: Option<Phase>,
    pub role: &'a str,
    pub hits: &'a [Hit],
    /// What the weightiest rule that hit it would add.
    pub weight: f64,
}

impl Notes {
    pub(crate) fn new(version: &str) -> Self {
        Self { version: version.to_owned(), ..Self::default() }
    }

    /// Notes a fact under each key that it stands for.
    pub(crate) fn fact(&mut self, fact: &Fact, around: &Around<'_>) {
        let rules: Vec<String> = around.hits.iter().map(|hit| hit.rule.clone()).collect();
        for rule in &rules {
            self.rules.insert((fact.place.member.clone(), rule.clone()));
        }
        if matches!(fact.kind, FactKind::Summary(_) | FactKind::Difference(_)) {
            return;
        }
        for key::Keyed { kind, text, what, of_rule } in key::keys(fact, &rules) {
            let rules = match of_rule {
                Some(rule) => vec![rule],
                None => rules.clone(),
            };
            self.note(Noted {
                kind,
                key: self.digest(&text, around.phase),
                plain: self.digest(&text, None),
                what,
                weight: if rules.is_empty() { 0.0 } else { around.weight },
                rules,
                behaviour: key::behaviour(&fact.kind),
                phase: around.phase,
                role: around.role.to_owned(),
                place: fact.place.clone(),
            });
        }
    }

    /// Notes that a byte rule hit, or a list.
    pub(crate) fn bytes(&mut self, rule: &str, place: &Place, around: &Around<'_>, what: &str) {
        self.rules.insert((place.member.clone(), rule.to_owned()));
        self.note(Noted {
            kind: "bytes",
            key: self.digest(&format!("bytes\0{rule}"), around.phase),
            plain: self.digest(&format!("bytes\0{rule}"), None),
            what: what.to_owned(),
            rules: vec![rule.to_owned()],
            weight: around.weight,
            behaviour: Vec::new(),
            phase: around.phase,
            role: around.role.to_owned(),
            place: place.clone(),
        });
    }

    fn note(&mut self, noted: Noted) {
        if self.noted.len() < NOTED {
            self.noted.push(noted);
        } else {
            self.cut = true;
        }
    }

    fn digest(&self, text: &str, phase: Option<Phase>) -> u128 {
        // A user agent names the version it belongs to, and so does a link.
        let plain = (self.version.len() >= 3).then(|| text.replace(&self.version, "{version}"));
        let text = format!("{}\0{}", phase.map_or("", Phase::as_str), plain.as_deref().unwrap_or(text));
        let mut first = [0; 16];
        first.copy_from_slice(&model::Digest::of(text.as_bytes()).as_bytes()[..16]);
        u128::from_be_bytes(first)
    }

    /// Only what a later release is held against.
    pub(crate) fn past(self, layout: &Layout) -> Past {
        let mut past = Past {
            packagetype: layout.packagetype,
            version: self.version,
            members: BTreeMap::new(),
            plain: BTreeMap::new(),
            rules: self.rules.into_iter().map(|(member, rule)| (layout.installed(&member), rule)).collect(),
            behaviour: BTreeMap::new(),
            cut: self.cut,
        };
        for noted in self.noted {
            let phase = noted.phase.unwrap_or(Phase::Never);
            for behaviour in noted.behaviour {
                let earliest = past.behaviour.entry(behaviour).or_insert(phase);
                *earliest = phase.min(*earliest);
            }
            *past.plain.entry(noted.plain).or_default() += 1;
            *past.members.entry(layout.installed(&noted.place.member)).or_default().entry(noted.key).or_default() += 1;
        }
        past
    }
}
