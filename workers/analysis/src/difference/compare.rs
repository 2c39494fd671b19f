//! Notes of a release against the past: what is new, what only moved, and what cannot be told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Change, Difference, Fact, FactKind, Phase, Previous, facts};

use super::{Noted, Notes, Past};
use crate::layout::Layout;

/// A member is another one renamed when so large a part of what they say is the same.
const SAME: f64 = 0.6;
/// And it is so many facts at least: two imports make no file.
const FACTS: usize = 3;
/// What so many members say tells none from another.
const COMMON: usize = 20;
/// New facts that rules are asked about.
const TOLD: usize = 2_000;

/// What turned out to be new.
pub(crate) struct Novelty {
    pub difference: Difference,
    /// One a new fact, for the rules.
    pub facts: Vec<(Fact, Option<Phase>, String)>,
    /// Rules and the members in which what they hit is new.
    new: BTreeSet<(String, String)>,
    /// Rules that hit in the past, by the member as it is called now.
    known: BTreeSet<(String, String)>,
}

impl Novelty {
    /// Whether what a rule says of a member is new: the fact behind it is, or the rule said nothing of it before.
    pub(crate) fn is_new(&self, member: &str, rule: &str) -> bool {
        let place = (member.to_owned(), rule.to_owned());
        self.new.contains(&place) || self.difference.total > 0 && !self.known.contains(&place)
    }

    /// Behaviours that the release before did not have, or not so early: of a member, or of the whole release.
    pub(crate) fn behaviour(&self, member: &str) -> Vec<String> {
        let mut behaviour = BTreeSet::new();
        for (fact, phase, _) in &self.facts {
            let FactKind::Difference(change) = &fact.kind else { continue };
            if let Some(phase) = phase.filter(|_| member.is_empty() || change.member == member) {
                for first in &change.first {
                    behaviour.insert(first.clone());
                    behaviour.insert(format!("{}:{first}", phase.as_str()));
                }
            }
        }
        behaviour.into_iter().collect()
    }
}

pub(crate) fn compare(notes: &Notes, layout: &Layout, past: &Past, previous: &Previous) -> Novelty {
    let mut limits = Vec::new();
    let installed: Vec<String> = notes.noted.iter().map(|noted| layout.installed(&noted.place.member)).collect();
    let renamed = renamed(notes, &installed, past);
    let other_kind = past.packagetype != layout.packagetype;
    if other_kind {
        limits.push(format!(
            "the release before is a {}, this is a {}: only the Python that both install is compared",
            past.packagetype.as_str(),
            layout.packagetype.as_str()
        ));
    }
    let cut = notes.cut || past.cut;
    if cut {
        limits.push(format!("more than {} facts: nothing of them is called new", super::NOTED));
    }
    let comparable = |noted: &Noted| !cut && (!other_kind || in_both(noted));
    let (mut left, mut plain) = (past.members.clone(), past.plain.clone());
    let mut fresh: Vec<usize> = Vec::new();
    for (at, noted) in notes.noted.iter().enumerate().filter(|(_, noted)| comparable(noted)) {
        let path = &installed[at];
        let path = renamed.get(path).unwrap_or(path);
        // A build moves modules, and what `setup.py` imports runs earlier in an sdist: there only what is said counts.
        let known = if other_kind {
            plain.get_mut(&noted.plain)
        } else {
            left.get_mut(path).and_then(|keys| keys.get_mut(&noted.key))
        };
        match known.filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => fresh.push(at),
        }
    }
    // What is gone from one member and new in another has moved.
    let mut moved: HashMap<u128, u32> = HashMap::new();
    for (key, count) in left.values().flatten().filter(|_| !other_kind && !cut) {
        *moved.entry(*key).or_default() += count;
    }
    fresh.retain(|at| {
        let noted = &notes.noted[*at];
        match moved.get_mut(&noted.key).filter(|count| **count > 0 && noted.kind != "member") {
            Some(count) => {
                *count -= 1;
                false
            }
            None => true,
        }
    });
    let gone = moved.values().map(|count| u64::from(*count)).sum();
    let step = step(&past.version, &notes.version);
    let known_member = |at: usize| {
        let path = &installed[at];
        past.members.contains_key(renamed.get(path).unwrap_or(path))
    };
    let mut changes: Vec<Change> = Vec::with_capacity(fresh.len());
    for at in &fresh {
        let noted = &notes.noted[*at];
        let phase = noted.phase.unwrap_or(Phase::Never);
        let before = |behaviour: &&String| past.behaviour.get(*behaviour).is_none_or(|earliest| *earliest > phase);
        let first = noted.behaviour.iter().filter(|_| phase != Phase::Never).filter(before).cloned().collect();
        changes.push(Change {
            kind: noted.kind.to_owned(),
            what: noted.what.clone(),
            rules: noted.rules.clone(),
            weight: noted.weight,
            behaviour: noted.behaviour.clone(),
            first,
            phase: noted.phase,
            role: noted.role.clone(),
            new_member: !known_member(*at),
            place: noted.place.clone(),
        });
    }
    changes.sort_by(riskier);
    let new =
        changes.iter().flat_map(|change| change.rules.iter().map(|rule| (change.place.member.clone(), rule.clone())));
    let new = new.collect();
    let facts = changes.iter().take(TOLD).map(|change| told(change, &step)).collect();
    // The past by the names of now, so that a rule that hit in a renamed member is no news.
    let mut now: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (at, noted) in notes.noted.iter().enumerate() {
        let path = renamed.get(&installed[at]).unwrap_or(&installed[at]);
        let members = now.entry(path.as_str()).or_default();
        if members.last() != Some(&noted.place.member.as_str()) {
            members.push(&noted.place.member);
        }
    }
    now.insert("", vec![""]);
    let known = past.rules.iter().flat_map(|(path, rule)| {
        let members = now.get(path.as_str()).into_iter().flatten();
        members.map(|member| ((*member).to_owned(), rule.clone())).collect::<Vec<_>>()
    });
    let known = known.collect();
    let total = changes.len() as u64;
    changes.truncate(Difference::CHANGES);
    let difference = Difference { previous: previous.clone(), step, changes, total, gone, limits };
    Novelty { difference, facts, new, known }
}

/// Weightier first, then what the release never did before, then what runs earlier.
fn riskier(one: &Change, other: &Change) -> std::cmp::Ordering {
    let key = |change: &Change| {
        let kinds = ["flow", "layer", "bytes", "call", "bytecode", "shape", "anomaly", "dependency"];
        let kind = kinds.iter().position(|kind| *kind == change.kind).unwrap_or(kinds.len());
        (change.first.is_empty(), change.phase.unwrap_or(Phase::Never), change.behaviour.is_empty(), kind)
    };
    let place = |change: &Change| (change.place.member.clone(), change.place.line, change.place.column);
    let by_weight = other.weight.total_cmp(&one.weight).then_with(|| key(one).cmp(&key(other)));
    by_weight.then_with(|| place(one).cmp(&place(other))).then_with(|| one.what.cmp(&other.what))
}

fn told(change: &Change, step: &str) -> (Fact, Option<Phase>, String) {
    let fact = facts::Difference {
        kind: change.kind.clone(),
        what: change.what.clone(),
        rules: change.rules.clone(),
        behaviour: change.behaviour.clone(),
        first: change.first.clone(),
        phase: change.phase.map_or_else(String::new, |phase| phase.as_str().to_owned()),
        member: change.place.member.clone(),
        role: change.role.clone(),
        layer: change.place.layers.len() as u64,
        new_member: change.new_member,
        step: step.to_owned(),
    };
    (Fact::new(change.place.clone(), fact), change.phase, change.role.clone())
}

/// Whether a fact speaks of something that an sdist and a wheel both hold. The rest a build makes or leaves out.
fn in_both(noted: &Noted) -> bool {
    let python = matches!(noted.kind, "call" | "flow" | "layer" | "import" | "shape");
    python && matches!(noted.role.as_str(), "init" | "package" | "main" | "pth" | "startup" | "script")
}

/// New paths that hold what an old path held, which is gone.
fn renamed(notes: &Notes, installed: &[String], past: &Past) -> HashMap<String, String> {
    let mut now: BTreeMap<&str, BTreeMap<u128, u32>> = BTreeMap::new();
    for (noted, path) in notes.noted.iter().zip(installed) {
        *now.entry(path).or_default().entry(noted.key).or_default() += 1;
    }
    let gone = past.members.iter().filter(|(path, _)| !now.contains_key(path.as_str()));
    let mut holders: HashMap<u128, Vec<&str>> = HashMap::new();
    for (path, keys) in gone {
        for key in keys.keys() {
            holders.entry(*key).or_default().push(path);
        }
    }
    let mut pairs: Vec<(f64, &str, &str)> = Vec::new();
    for (path, keys) in now.iter().filter(|(path, _)| !past.members.contains_key(**path)) {
        let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
        for key in keys.keys() {
            for old in holders.get(key).filter(|holders| holders.len() <= COMMON).into_iter().flatten() {
                *shared.entry(old).or_default() += 1;
            }
        }
        for (old, shared) in shared {
            let larger = keys.len().max(past.members.get(old).map_or(0, BTreeMap::len)).max(1);
            let likeness = shared as f64 / larger as f64;
            if likeness >= SAME && shared >= FACTS {
                pairs.push((likeness, path, old));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)).then(one.2.cmp(other.2)));
    let (mut renamed, mut taken) = (HashMap::new(), BTreeSet::new());
    for (_, path, old) in pairs {
        if !renamed.contains_key(path) && taken.insert(old) {
            renamed.insert(path.to_owned(), old.to_owned());
        }
    }
    renamed
}

/// What the numbers say that the step is.
fn step(before: &str, now: &str) -> String {
    let numbers = |version: &str| {
        let release = version.split(['+', '-', '!']).next().unwrap_or_default();
        let numbers: Option<Vec<u64>> = release.split('.').take(4).map(|part| part.parse().ok()).collect();
        numbers.map(|mut numbers| {
            numbers.resize(4, 0);
            numbers
        })
    };
    let step = match (numbers(before), numbers(now)) {
        (Some(before), Some(now)) if before[0] != now[0] => "major",
        (Some(before), Some(now)) if before[1] != now[1] => "minor",
        (Some(before), Some(now)) if before != now => "patch",
        _ => "other",
    };
    step.to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_step_is_told_by_the_first_number_that_changes() {
        for (before, now, step) in [
            ("1.2.3", "1.2.4", "patch"),
            ("1.2", "1.2.1", "patch"),
            ("1.2.3", "1.3.0", "minor"),
            ("1.2.3", "2.0", "major"),
            ("1.2.3", "1.2.3", "other"),
            ("1.2rc1", "1.2", "other"),
        ] {
            assert_eq!(super::step(before, now), step, "{before} {now}");
        }
    }
}
