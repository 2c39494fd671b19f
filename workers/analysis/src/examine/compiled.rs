//! Byte code beside its source: whether the two are the same, and what runs.

use std::collections::HashMap;

use model::{Fact, FactKind, Gap, GapKind, Phase, facts};
use python::{
    Analysis, Role, Unit,
    pyc::{self, Check, Compiled, Foreign, Unread},
};

use super::{Examiner, Source, whole};
use crate::layout::Layout;

/// What a compiled file is to the source beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kin {
    /// There is none, and Python runs the byte code in its place.
    Alone,
    /// There is none, and Python looks for one: nothing runs unless code asks for this file.
    Orphan,
    Same,
    Differs(Foreign),
    Unknown,
}

impl Kin {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Alone | Self::Orphan => "none",
            Self::Same => "same",
            Self::Differs(_) => "differs",
            Self::Unknown => "unknown",
        }
    }
}

impl Examiner<'_, '_> {
    /// Holds each compiled file against its source while both are at hand.
    pub(super) fn kinship(&self, waiting: &[Option<Source>]) -> HashMap<usize, Kin> {
        let of = |format: &'static str| {
            waiting.iter().flatten().filter(move |source| self.entries[source.entry].format == format)
        };
        let mut kin = HashMap::new();
        if of("pyc").next().is_none() {
            return kin;
        }
        let sources: HashMap<&str, &Source> =
            of("python").map(|source| (self.entries[source.entry].path.as_str(), source)).collect();
        for compiled in of("pyc") {
            let path = self.entries[compiled.entry].path.as_str();
            let source = Layout::source_of(path).and_then(|source| sources.get(source.as_str()));
            let quiet = matches!(self.role(compiled.entry), Role::Tests | Role::Docs);
            let relation = match source {
                None if path.rsplit('/').nth(1) == Some("__pycache__") => Kin::Orphan,
                None => Kin::Alone,
                Some(_) if quiet => Kin::Unknown,
                Some(source) => match pyc::read(&compiled.bytes, 0) {
                    Ok(code) => match pyc::foreign(&python::source::decode(&source.bytes).text, &code) {
                        Some(foreign) if foreign == Foreign::default() => Kin::Same,
                        Some(foreign) => Kin::Differs(foreign),
                        None => Kin::Unknown,
                    },
                    Err(_) => Kin::Unknown,
                },
            };
            kin.insert(compiled.entry, relation);
        }
        kin
    }

    /// When a compiled file runs, if nothing earlier imports it.
    pub(super) fn phase_of_compiled(&self, entry: usize, kin: &Kin) -> Phase {
        match kin {
            Kin::Orphan => Phase::Never,
            _ => self.role(entry).phase(),
        }
    }

    /// The facts of a compiled file: what it is, and what it calls where that is not said by its source.
    pub(super) fn compiled(&mut self, unit: &Unit<'_>, kin: &Kin) -> Analysis {
        let quiet = unit.phase == Phase::Never && matches!(unit.role, Role::Tests | Role::Docs);
        if quiet {
            return Analysis::default();
        }
        // Of what says nothing new, nothing is written back.
        let read = pyc::read(unit.source, if *kin == Kin::Same { 0 } else { pyc::LARGEST });
        let unchecked = unit.source.get(4).is_some_and(|flags| flags & 3 == 1);
        // What Python would run though nobody could read it; of what it would compile anew, the source was read.
        let runs = matches!(kin, Kin::Alone) || unchecked && !matches!(kin, Kin::Orphan | Kin::Same);
        let mut analysis = match &read {
            Ok(code) if *kin != Kin::Same => {
                let mut analysis = python::analyse_compiled(unit, code, &self.book.behaviours, &mut self.budget);
                if !runs {
                    analysis.gaps.clear();
                }
                analysis
            }
            Ok(_) => Analysis::default(),
            Err(unread) => {
                let detail = unread.to_string();
                let gap = Gap { kind: GapKind::Unsupported, member: unit.path.to_owned(), detail };
                Analysis { gaps: if runs { vec![gap] } else { Vec::new() }, ..Analysis::default() }
            }
        };
        analysis.facts.insert(0, Fact::new(whole(unit.path), fact(unit, kin, &read)));
        analysis
    }
}

fn fact(unit: &Unit<'_>, kin: &Kin, read: &Result<Compiled, Unread>) -> FactKind {
    let foreign = match kin {
        Kin::Differs(foreign) => foreign.clone(),
        _ => Foreign::default(),
    };
    let read = read.as_ref().ok();
    facts::Bytecode {
        member: unit.path.to_owned(),
        role: unit.role.as_str().to_owned(),
        phase: unit.phase,
        version: read.map(|code| code.version.to_owned()).unwrap_or_default(),
        check: read.map(|code| Check::as_str(code.check).to_owned()).unwrap_or_default(),
        source: kin.as_str().to_owned(),
        foreign_names: foreign.names.len() as u64,
        foreign: foreign.names.into_iter().chain(foreign.texts).collect(),
        compiled_from: read.map(|code| code.compiled_from.clone()).unwrap_or_default(),
        functions: read.map_or(0, |code| code.functions),
    }
    .into()
}
