//! Sources that come again: the wheels of a release hold what its sdist holds, and a release most of what the one before
//! it held.
//!
//! What a source says depends on its bytes and on a few circumstances, never on what else was judged. So what was said
//! once is said again, under the path of today. A source is known by all of its bytes, not by a digest of them.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use model::{Fact, FactKind, Phase};
use python::{Analysis, Budget, Role, Unit};

use super::opinions::Hits;

/// Bytes that are kept of all sources, in two generations; and of one, at least and at most.
const MOST: usize = 24 << 20;
const LEAST_OF_ONE: usize = 256;
const MOST_OF_ONE: usize = 2 << 20;
/// What a fact is taken to weigh.
const FACT: usize = 600;
/// Bytes at both ends of a source by which it is looked up, before all of them are compared.
const ENDS: usize = 128;

/// What was said of sources that were analysed before.
#[derive(Default)]
pub(super) struct Memory {
    young: HashMap<u64, Arc<Known>>,
    /// What was young before: it is dropped when there are enough young ones, unless it comes again.
    old: HashMap<u64, Arc<Known>>,
    weight: usize,
    state: RandomState,
}

/// What was found out about a source that was not known, and the budget before and after.
pub(super) struct Fresh {
    pub(super) hits: Hits,
    pub(super) before: Budget,
    pub(super) after: Budget,
}

struct Known {
    bytes: Arc<Vec<u8>>,
    role: Role,
    phase: Phase,
    module: String,
    entered: Vec<String>,
    spent: Budget,
    /// Without its text, where that is what the bytes are.
    analysis: Analysis,
    text_is_bytes: bool,
    hits: Arc<Hits>,
}

impl Memory {
    /// What the source says, if it was analysed before and nothing that matters is different now.
    pub(super) fn recall(&mut self, unit: &Unit<'_>, budget: &mut Budget) -> Option<(Analysis, Arc<Hits>)> {
        let key = self.key(unit);
        let known = self.young.get(&key).or_else(|| self.old.get(&key))?;
        if !known.is(unit) || !known.affordable(budget) {
            return None;
        }
        budget.fuel -= known.spent.fuel;
        budget.layers -= known.spent.layers;
        budget.layer_bytes -= known.spent.layer_bytes;
        let known = Arc::clone(known);
        if self.old.remove(&key).is_some() {
            self.insert(key, Arc::clone(&known));
        }
        Some((known.say(unit), Arc::clone(&known.hits)))
    }

    /// Keeps what was said, if it is all there is to say: what ran into a limit may say more where there is more left.
    pub(super) fn keep(&mut self, unit: &Unit<'_>, bytes: &Arc<Vec<u8>>, fresh: Fresh, mut analysis: Analysis) {
        let Fresh { hits, before, after } = fresh;
        let fits = (LEAST_OF_ONE..=MOST_OF_ONE).contains(&bytes.len());
        let limited = hits.unfinished || !analysis.gaps.is_empty() || after.fuel == 0 || after.layers == 0;
        if !fits || limited || !analysis.facts.iter_mut().all(|fact| members(fact).is_some()) {
            return;
        }
        let text_is_bytes = analysis.text.as_bytes() == unmarked(bytes);
        if text_is_bytes {
            analysis.text = String::new();
        }
        let known = Known {
            bytes: Arc::clone(bytes),
            role: unit.role,
            phase: unit.phase,
            module: unit.module.to_owned(),
            entered: unit.entered.to_vec(),
            spent: Budget {
                fuel: before.fuel - after.fuel,
                layers: before.layers - after.layers,
                layer_bytes: before.layer_bytes - after.layer_bytes,
                source_bytes: after.source_bytes,
            },
            analysis,
            text_is_bytes,
            hits: Arc::new(hits),
        };
        let key = self.key(unit);
        self.insert(key, Arc::new(known));
    }

    /// Makes room for an archive that needs it.
    pub(super) fn clear(&mut self) {
        if !self.young.is_empty() || !self.old.is_empty() {
            *self = Self { state: self.state.clone(), ..Self::default() };
        }
    }

    fn insert(&mut self, key: u64, known: Arc<Known>) {
        self.weight += known.weight();
        self.young.insert(key, known);
        if self.weight > MOST / 2 {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
    }

    fn key(&self, unit: &Unit<'_>) -> u64 {
        let source = unit.source;
        let head = &source[..source.len().min(ENDS)];
        let tail = &source[source.len().saturating_sub(ENDS)..];
        self.state.hash_one((source.len(), head, tail, unit.role, unit.phase, unit.module))
    }
}

impl Known {
    fn is(&self, unit: &Unit<'_>) -> bool {
        self.role == unit.role
            && self.phase == unit.phase
            && self.module == unit.module
            && self.entered == unit.entered
            && self.bytes.as_slice() == unit.source
    }

    /// With as much left the analysis takes the same course.
    fn affordable(&self, budget: &Budget) -> bool {
        self.spent.fuel < budget.fuel
            && self.spent.layers < budget.layers
            && self.spent.layer_bytes <= budget.layer_bytes
            && self.spent.source_bytes == budget.source_bytes
    }

    fn say(&self, unit: &Unit<'_>) -> Analysis {
        let mut analysis = self.analysis.clone();
        if self.text_is_bytes {
            analysis.text = String::from_utf8_lossy(unmarked(&self.bytes)).into_owned();
        }
        for fact in &mut analysis.facts {
            for member in members(fact).into_iter().flatten() {
                unit.path.clone_into(member);
            }
        }
        analysis
    }

    fn weight(&self) -> usize {
        let layers: usize = self.analysis.layers.iter().map(|layer| layer.bytes.len()).sum();
        self.bytes.len() + self.analysis.text.len() + layers + FACT * self.analysis.facts.len()
    }
}

/// Without the mark that says which encoding it is.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Where a fact of a source says in which member that stands; nothing of a fact that no source by itself gives.
fn members(fact: &mut Fact) -> Option<[&mut String; 2]> {
    let member = match &mut fact.kind {
        FactKind::Call(call) => &mut call.member,
        FactKind::Flow(flow) if flow.source_member.is_empty() => &mut flow.member,
        FactKind::Import(import) => &mut import.member,
        FactKind::Layer(layer) => &mut layer.member,
        FactKind::Source(source) => &mut source.member,
        _ => return None,
    };
    Some([&mut fact.place.member, member])
}

#[cfg(test)]
mod tests {
    use python::Behaviours;

    use super::*;

    const SOURCE: &str = "import os\n\n\ndef run(command):\n    return os.system(command)\n\n\nrun('echo demo')\n";

    fn unit<'a>(path: &'a str, source: &'a [u8], phase: Phase) -> Unit<'a> {
        Unit { path, role: Role::Package, phase, module: "demo.core", source, entered: &[] }
    }

    /// Analyses a source and keeps it.
    fn learn(memory: &mut Memory, unit: &Unit<'_>, budget: &mut Budget) {
        let behaviours = Behaviours::default();
        let before = budget.clone();
        let analysis = python::analyse(unit, &behaviours, budget);
        let fresh = Fresh { hits: Hits::default(), before, after: budget.clone() };
        memory.keep(unit, &Arc::new(unit.source.to_vec()), fresh, analysis);
    }

    #[test]
    fn a_source_says_the_same_under_its_new_path_and_costs_the_same() {
        let source = SOURCE.repeat(8);
        let mut memory = Memory::default();
        let (mut first, mut second, mut fresh) = (Budget::default(), Budget::default(), Budget::default());
        learn(&mut memory, &unit("demo-1.0/demo/core.py", source.as_bytes(), Phase::Import), &mut first);
        let again = unit("demo/core.py", source.as_bytes(), Phase::Import);
        let (recalled, _) = memory.recall(&again, &mut second).expect("it is known");
        let analysed = python::analyse(&again, &Behaviours::default(), &mut fresh);
        assert_eq!(recalled.facts, analysed.facts);
        assert_eq!(recalled.text, analysed.text);
        assert_eq!((recalled.imports, recalled.called), (analysed.imports, analysed.called));
        assert_eq!(second.fuel, fresh.fuel);
    }

    #[test]
    fn other_bytes_or_circumstances_are_not_known() {
        let source = SOURCE.repeat(8);
        let mut memory = Memory::default();
        learn(&mut memory, &unit("a.py", source.as_bytes(), Phase::Import), &mut Budget::default());
        let mut recalls = |unit: &Unit<'_>, budget: &Budget| memory.recall(unit, &mut budget.clone()).is_some();
        let (same, all) = (unit("a.py", source.as_bytes(), Phase::Import), Budget::default());
        assert!(recalls(&same, &all));
        assert!(!recalls(&unit("a.py", source.as_bytes(), Phase::Install), &all));
        assert!(!recalls(&Unit { role: Role::Init, ..same }, &all));
        assert!(!recalls(&Unit { module: "demo.other", ..same }, &all));
        assert!(!recalls(&Unit { entered: &["demo.core.run".to_owned()], ..same }, &all));
        let changed = {
            let mut changed = source.clone().into_bytes();
            changed[source.len() / 2] ^= 1;
            changed
        };
        assert!(!recalls(&unit("a.py", &changed, Phase::Import), &all));
        assert!(!recalls(&same, &Budget { fuel: 10, ..Budget::default() }), "it would run out of fuel now");
    }

    #[test]
    fn what_ran_into_a_limit_is_not_kept() {
        let mut memory = Memory::default();
        let source = SOURCE.repeat(8);
        let same = unit("a.py", source.as_bytes(), Phase::Import);
        learn(&mut memory, &same, &mut Budget { fuel: 20, ..Budget::default() });
        assert!(memory.recall(&same, &mut Budget::default()).is_none());
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_comes_again() {
        let mut memory = Memory::default();
        let source = |number: usize| format!("number = {number}\nimport os\n{}", "value = 1\n".repeat(20_000));
        let often = source(0);
        for number in 0..400 {
            let source = source(number);
            learn(&mut memory, &unit("a.py", source.as_bytes(), Phase::Import), &mut Budget::default());
            let known = memory.young.values().chain(memory.old.values());
            assert!(known.map(|known| known.weight()).sum::<usize>() <= MOST + MOST_OF_ONE);
            let recalled = memory.recall(&unit("a.py", often.as_bytes(), Phase::Import), &mut Budget::default());
            assert!(recalled.is_some(), "after {number}");
        }
        memory.clear();
        assert!(memory.recall(&unit("a.py", often.as_bytes(), Phase::Import), &mut Budget::default()).is_none());
    }
}
