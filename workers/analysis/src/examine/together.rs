//! Sources walked again together with the modules of the release that they import, where each alone shows only a half:
//! a sink whose content comes from another file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use model::{Fact, FactKind, Phase, facts};
use python::{Analysis, Role, Unit};

use super::{Examiner, sources::prefixes};
use crate::frame;

/// Sources that are joined at most, and their bytes; how many of them the walk may begin with.
const MOST_MODULES: usize = 40;
const MOST_BYTES: usize = 48 * 1024;
const MOST_ROOTS: usize = 2;

/// A source that was walked by itself.
pub(super) struct Alone {
    pub(super) entry: usize,
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) module: String,
    pub(super) phase: Phase,
    pub(super) imports: Vec<String>,
    pub(super) entered: Vec<String>,
    /// It does something with a value that it has from elsewhere.
    pub(super) open: bool,
}

/// What each source by itself has said already.
#[derive(Default)]
pub(super) struct Told(HashSet<u64>);

impl Told {
    /// Notes a fact; true when it is news.
    pub(super) fn note(&mut self, fact: &Fact) -> bool {
        let mut hasher = DefaultHasher::new();
        (&fact.place.member, fact.place.line, fact.place.column, fact.place.layers.len()).hash(&mut hasher);
        match &fact.kind {
            FactKind::Call(call) => (0, &call.callee, &call.text, call.phase.as_str()).hash(&mut hasher),
            FactKind::Flow(flow) => {
                (1, &flow.source, &flow.source_callee, flow.source_line, &flow.sink).hash(&mut hasher);
                flow.phase.as_str().hash(&mut hasher);
            }
            FactKind::Layer(layer) => (2, &layer.text, layer.phase.as_str()).hash(&mut hasher),
            _ => return false,
        }
        self.0.insert(hasher.finish())
    }
}

/// A deed whose content is not in view: it may come from another file.
pub(super) fn is_open(call: &facts::Call) -> bool {
    let runs = |behaviour: &String| {
        matches!(
            behaviour.as_str(),
            "code.exec" | "code.function" | "code.compile" | "code.deserialize" | "code.import" | "process.spawn"
        )
    };
    let sends = |behaviour: &String| matches!(behaviour.as_str(), "network.send" | "network.dns" | "network.mail");
    let unseen = call.text.is_empty() || call.text.iter().any(|text| text.contains("{}"));
    let alone = |behaviour: &String| matches!(behaviour.as_str(), "code.exec" | "code.function");
    match call.phase {
        Phase::Install | Phase::Startup | Phase::Import => {
            call.behaviour.iter().any(sends) || unseen && call.behaviour.iter().any(runs)
        }
        Phase::Call => unseen && call.behaviour.iter().any(alone),
        Phase::Never => false,
    }
}

impl Examiner<'_, '_> {
    pub(super) fn together(&mut self, alone: &[Alone], told: &mut Told) {
        let chains = Chains::new(alone);
        for root in chains.roots() {
            let chosen = chains.around(root);
            if chosen.len() < 2 {
                continue;
            }
            let paths: Vec<String> = chosen.iter().map(|at| self.entries[alone[*at].entry].path.clone()).collect();
            let units: Vec<Unit<'_>> = chosen
                .iter()
                .zip(&paths)
                .map(|(at, path)| Unit {
                    path,
                    role: self.role(alone[*at].entry),
                    phase: alone[*at].phase,
                    module: &alone[*at].module,
                    source: &alone[*at].bytes,
                    entered: &alone[*at].entered,
                })
                .collect();
            // What is not followed here was read before, each source by itself.
            let mut budget = self.book.limits.budget();
            let analysis = python::analyse_together(&units, 0, &self.book.behaviours, &mut budget);
            self.tell_together(&units, analysis, told);
        }
    }

    fn tell_together(&mut self, units: &[Unit<'_>], analysis: Analysis, told: &mut Told) {
        let text = |member: &str| {
            let unit = units.iter().find(|unit| unit.path == member)?;
            Some(String::from_utf8_lossy(unit.source).into_owned())
        };
        let Analysis { facts, layers, .. } = analysis;
        let mut shown = HashSet::new();
        for fact in facts {
            let (phase, role) = match &fact.kind {
                FactKind::Call(call) => (call.phase, call.role.clone()),
                FactKind::Flow(flow) => (flow.phase, flow.role.clone()),
                FactKind::Layer(layer) => (layer.phase, layer.role.clone()),
                _ => continue,
            };
            if phase == Phase::Never || !told.note(&fact) {
                continue;
            }
            if let FactKind::Call(call) = &fact.kind {
                self.ledger.behaves(&call.member, &role, &call.behaviour, phase);
            }
            if let FactKind::Layer(layer) = &fact.kind
                && shown.insert(layer.text.clone())
                && let Some(layer) = layers.iter().find(|known| known.bytes.starts_with(layer.text.as_bytes()))
            {
                let spot = (Some(phase), role.as_str());
                self.bytes(&fact.place.member, crate::rulebook::rule::Format::Layer, &layer.bytes, spot, &layer.steps);
            }
            self.fact(&fact, Some(phase), &role, |place| {
                if place.layers.is_empty() {
                    return frame::frame(&text(&place.member)?, place);
                }
                let layer = layers.iter().find(|layer| layer.steps == place.layers)?;
                frame::frame(&String::from_utf8_lossy(&layer.bytes), place)
            });
        }
    }
}

/// Which source imports which, among those that lead to an open one.
struct Chains<'s> {
    alone: &'s [Alone],
    imports: Vec<BTreeSet<usize>>,
    /// Open sources and all that import them, however far.
    leading: BTreeSet<usize>,
}

impl<'s> Chains<'s> {
    fn new(alone: &'s [Alone]) -> Self {
        let mut chains = Self { alone, imports: Vec::new(), leading: BTreeSet::new() };
        if !alone.iter().any(|source| source.open) {
            return chains;
        }
        let by_module: HashMap<&str, usize> =
            alone.iter().enumerate().map(|(at, source)| (source.module.as_str(), at)).collect();
        let mut importers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, source) in alone.iter().enumerate() {
            let named = |module: &String| prefixes(module).find_map(|module| by_module.get(module).copied());
            let imports: BTreeSet<usize> = source.imports.iter().filter_map(named).filter(|to| *to != at).collect();
            for to in &imports {
                importers.entry(*to).or_default().push(at);
            }
            chains.imports.push(imports);
        }
        let mut next: Vec<usize> = (0..alone.len()).filter(|at| alone[*at].open).collect();
        while let Some(at) = next.pop() {
            if chains.leading.len() < 10 * MOST_MODULES && chains.leading.insert(at) {
                // Only code that runs by itself passes on what it holds by importing.
                let earlier = |from: &&usize| alone[**from].phase <= alone[at].phase.max(Phase::Import);
                next.extend(importers.get(&at).into_iter().flatten().filter(earlier));
            }
        }
        chains
    }

    /// Where the walks begin: what nothing else in the chains imports, the earliest and shortest first.
    fn roots(&self) -> Vec<usize> {
        let imported = |at: &usize| self.leading.iter().any(|from| from != at && self.imports[*from].contains(at));
        let mut roots: Vec<usize> = self.leading.iter().copied().filter(|at| !imported(at)).collect();
        // Modules in a circle have no first one.
        if roots.is_empty() {
            roots.extend(self.leading.iter().copied());
        }
        roots.sort_by_key(|at| (self.alone[*at].phase, self.alone[*at].module.len(), *at));
        roots.truncate(MOST_ROOTS);
        roots
    }

    /// A root, what leads from it to open sources, and what those import; smaller ones first as long as there is room.
    fn around(&self, root: usize) -> Vec<usize> {
        let mut chosen = vec![root];
        let mut bytes = self.alone[root].bytes.len();
        let mut at = 0;
        while let Some(from) = chosen.get(at).copied() {
            at += 1;
            let mut more: Vec<usize> = self.imports[from]
                .iter()
                .copied()
                .filter(|to| !chosen.contains(to) && (self.leading.contains(to) || self.leading.contains(&from)))
                .collect();
            more.sort_by_key(|to| (!self.leading.contains(to), self.alone[*to].bytes.len(), *to));
            for to in more {
                let size = self.alone[to].bytes.len();
                if chosen.len() < MOST_MODULES && bytes + size <= MOST_BYTES {
                    bytes += size;
                    chosen.push(to);
                }
            }
        }
        chosen
    }
}

/// Whether a source may stand in a chain at all.
pub(super) fn takes_part(role: Role, phase: Phase, bytes: usize) -> bool {
    phase <= Phase::Call && bytes <= MOST_BYTES && role != Role::Metadata
}
