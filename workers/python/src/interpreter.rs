//! The state of the evaluator: scopes, heap, budgets. It walks a source in the order in which Python would run it and
//! keeps of every value what can be known without running it.

use std::borrow::Cow;
use std::rc::Rc;

use model::{Gap, GapKind, Phase};
use ruff_python_ast::ModModule;
use ruff_text_size::{Ranged, TextRange};
use unicode_normalization::UnicodeNormalization;

use crate::arena::Arena;
use crate::heap::Object;
use crate::names::{FastMap, NameId, Names};
use crate::record::Records;
use crate::scope::Scope;
use crate::value::{Data, Origin, Value, passing, union};
use crate::{Behaviours, Budget, Layer, Placed, Unit};

/// Levels of expressions, blocks and calls together. A level costs a few KiB of stack; analysis threads have 64 MiB.
pub(crate) const DEEPEST: u32 = 1_000;
/// Largest string that is computed, and all of them together.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;
const ALL_BYTES: u64 = 96 * 1024 * 1024;
const SPENT: &str = "the evaluator's budget was used up: some values are not known";
/// Steps one source may take out of the artifact's budget.
const UNIT_FUEL: u64 = 1_000_000;
const UNIT_FUEL_LEAST: u64 = 100_000;

/// Evaluated arguments.
#[derive(Clone, Default)]
pub(crate) struct Arguments<'a> {
    pub(crate) positional: Vec<Value<'a>>,
    pub(crate) keywords: Vec<(Cow<'a, str>, Value<'a>)>,
    /// There may be more than is known here: `*args` or `**kwargs` of unknown content.
    pub(crate) open: Origin,
}

impl<'a> Arguments<'a> {
    pub(crate) fn of(positional: Vec<Value<'a>>) -> Self {
        Self { positional, ..Self::default() }
    }

    pub(crate) fn get(&self, at: usize, name: &str) -> Option<&Value<'a>> {
        self.positional.get(at).or_else(|| self.keyword(name))
    }

    pub(crate) fn keyword(&self, name: &str) -> Option<&Value<'a>> {
        self.keywords.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        self.positional.iter().chain(self.keywords.iter().map(|(_, value)| value))
    }
}

pub(crate) const MODULE_SCOPE: u32 = 0;

/// A text that is being walked: the member, or a decoded layer.
pub(crate) struct Walked<'a> {
    pub(crate) text: &'a str,
    pub(crate) module: &'a ModModule,
    pub(crate) damaged: bool,
    pub(crate) lines: Vec<u32>,
    pub(crate) ascii: bool,
    pub(crate) steps: Vec<model::LayerStep>,
    /// A bit a statement, by the offset where it starts.
    pub(crate) visited: Vec<u64>,
    /// Which unit of the project it is, or is a layer of; of a unit by itself nothing.
    pub(crate) member: Option<usize>,
    /// The scope of its module.
    pub(crate) scope: u32,
}

impl Walked<'_> {
    pub(crate) fn visit(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64, 1 << (at % 64));
        match self.visited.get_mut(word) {
            Some(bits) => {
                let seen = *bits & bit != 0;
                *bits |= bit;
                seen
            }
            None => true,
        }
    }

    pub(crate) fn was_visited(&self, at: usize) -> bool {
        self.visited.get(at / 64).is_none_or(|bits| bits & (1 << (at % 64)) != 0)
    }

    /// Line and column of an offset, from 1, the column in characters.
    pub(crate) fn position(&self, at: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = if self.ascii {
            at - start
        } else {
            let part = self.text.get(start as usize..at as usize).unwrap_or("");
            u32::try_from(part.chars().count()).unwrap_or(u32::MAX - 1)
        };
        (u32::try_from(line).unwrap_or(u32::MAX), column + 1)
    }
}

/// Where the walk is.
#[derive(Clone)]
pub(crate) struct Frame<'a> {
    pub(crate) source: usize,
    pub(crate) scope: u32,
    pub(crate) phase: Phase,
    pub(crate) function: Rc<str>,
    pub(crate) class: Option<u32>,
    pub(crate) this: Option<Value<'a>>,
    pub(crate) silenced: bool,
    pub(crate) returned: Option<Value<'a>>,
    pub(crate) yielded: Option<Vec<Value<'a>>>,
}

pub(crate) struct Interpreter<'a, 'b> {
    pub(crate) unit: &'b Unit<'b>,
    pub(crate) arena: &'a Arena,
    pub(crate) project: crate::project::Project<'b>,
    pub(crate) budget: &'b mut Budget,
    pub(crate) names: Names<'b>,
    pub(crate) heap: Vec<Object<'a>>,
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(crate) free_scopes: Vec<u32>,
    pub(crate) sources: Vec<Walked<'a>>,
    pub(crate) frame: Frame<'a>,
    pub(crate) records: Records,
    /// Patterns that were run, by text and flags.
    pub(crate) patterns: FastMap<(String, i64), Option<regex::Regex>>,
    /// There is an object that changes in place among the values.
    pub(crate) has_buffers: bool,
    /// Ciphers with a known key, by the number of the call that made them.
    pub(crate) ciphers: FastMap<u32, crate::ciphers::Cipher>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) imports: Vec<String>,
    pub(crate) called: Vec<String>,
    pub(crate) placed: Vec<Placed>,
    pub(crate) known_called: FastMap<NameId, ()>,
    /// Functions of other libraries that this source replaced, with the source that each is.
    pub(crate) replaced: Vec<(NameId, u32)>,
    pub(crate) gaps: Vec<Gap>,
    /// Functions, and the objects whose methods they are, that are called with what arrives from outside: what they put away
    /// others may use.
    pub(crate) refilled: Vec<(u32, Option<Value<'a>>)>,
    /// Lambdas in the order of creation, for those that nobody called.
    pub(crate) lambdas: Vec<u32>,
    /// Layers met: digest of the text to where its record is.
    pub(crate) known_layers: FastMap<model::Digest, crate::layer::Seen>,
    pub(crate) layer_order: Vec<model::Digest>,
    pub(crate) decoded: Vec<crate::layer::Decoded<'a>>,
    pub(crate) literals: Vec<(usize, TextRange, Value<'a>)>,
    /// The statement that is being walked.
    pub(crate) statement: TextRange,
    pub(crate) judged: crate::relevance::Judged,
    pub(crate) depth: u32,
    /// How many loops around are walked item by item.
    pub(crate) concrete: u32,
    /// Counts what changed, so that a loop which changes nothing is left.
    pub(crate) changes: u64,
    /// Counts branches that could not be decided: a loop with one in each round is no decoder.
    pub(crate) undecided: u64,
    pub(crate) fuel: u64,
    pub(crate) fuel_given: u64,
    pub(crate) bytes: u64,
    pub(crate) journal: Vec<(u32, Cow<'a, str>, Option<Value<'a>>)>,
    pub(crate) journals: u32,
}

impl<'a, 'b> Interpreter<'a, 'b> {
    pub(crate) fn new(
        unit: &'b Unit<'b>,
        arena: &'a Arena,
        behaviours: &'b Behaviours,
        budget: &'b mut Budget,
    ) -> Self {
        let fuel = (UNIT_FUEL_LEAST + unit.source.len() as u64 * 16).min(UNIT_FUEL).min(budget.fuel);
        Self {
            unit,
            arena,
            project: crate::project::Project::default(),
            names: Names::new(behaviours),
            heap: Vec::new(),
            scopes: vec![Scope::default()],
            free_scopes: Vec::new(),
            sources: Vec::new(),
            frame: Frame {
                source: 0,
                scope: MODULE_SCOPE,
                phase: unit.phase,
                function: Rc::from("<module>"),
                class: None,
                this: None,
                silenced: false,
                returned: None,
                yielded: None,
            },
            records: Records::default(),
            patterns: FastMap::default(),
            has_buffers: false,
            ciphers: FastMap::default(),
            layers: Vec::new(),
            imports: Vec::new(),
            called: Vec::new(),
            placed: Vec::new(),
            known_called: FastMap::default(),
            replaced: Vec::new(),
            gaps: Vec::new(),
            refilled: Vec::new(),
            lambdas: Vec::new(),
            known_layers: FastMap::default(),
            layer_order: Vec::new(),
            statement: TextRange::default(),
            decoded: Vec::new(),
            literals: Vec::new(),
            judged: crate::relevance::Judged::default(),
            depth: 0,
            concrete: 0,
            changes: 0,
            undecided: 0,
            fuel,
            fuel_given: fuel,
            bytes: ALL_BYTES,
            journal: Vec::new(),
            journals: 0,
            budget,
        }
    }

    /// Takes a step's fuel; false when there is none left and repeated work must end.
    pub(crate) fn burn(&mut self, steps: u64) -> bool {
        if self.fuel < steps {
            if self.fuel > 0 {
                self.gap(SPENT);
            }
            self.fuel = 0;
            return false;
        }
        self.fuel -= steps;
        true
    }

    /// Whether repeated work may begin. That it may not is told where the code runs by itself, and where another source
    /// has used everything up; loops in functions that somebody has to call end by their share without a word.
    pub(crate) fn can_repeat(&mut self) -> bool {
        if self.fuel == 0 && (self.fuel_given == 0 || self.frame.phase <= Phase::Import) {
            self.gap(SPENT);
        }
        self.fuel > 0
    }

    /// What one loop may use: half of what is left where code runs by itself, little where somebody has to call it.
    pub(crate) fn share(&self) -> u64 {
        let half = self.fuel / 2;
        match self.frame.phase {
            Phase::Install | Phase::Startup | Phase::Import => half,
            Phase::Call => half.min(60_000),
            Phase::Never => half.min(10_000),
        }
    }

    pub(crate) const fn fuel(&self) -> u64 {
        self.fuel
    }

    /// Room for a string of that many bytes; asked before it is computed.
    pub(crate) fn room(&mut self, bytes: usize) -> bool {
        if bytes > LARGEST || bytes as u64 > self.bytes {
            return false;
        }
        self.bytes -= bytes as u64;
        true
    }

    pub(crate) fn gap(&mut self, detail: &str) {
        if !self.gaps.iter().any(|gap| gap.detail == detail) {
            let member = self.unit.path.to_owned();
            self.gaps.push(Gap { kind: GapKind::Limit, member, detail: detail.to_owned() });
        }
    }

    /// Gives back what was not used, and ends the walk.
    pub(crate) fn settle(&mut self) {
        self.budget.fuel = self.budget.fuel.saturating_sub(self.fuel_given - self.fuel);
        self.fuel_given = self.fuel;
    }

    /// An identifier as Python reads it: NFKC.
    pub(crate) fn identifier(name: &'a str) -> Cow<'a, str> {
        if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(name.nfkc().collect()) }
    }

    /// Notes a call that another member of the release may answer.
    pub(crate) fn note_called(&mut self, id: NameId) {
        if self.frame.phase > self.unit.phase || self.called.len() >= 1_000 || !self.names.is_foreign(id) {
            return;
        }
        if self.known_called.insert(id, ()).is_none() {
            self.called.push(self.names.text(id).to_owned());
        }
    }

    pub(crate) fn named(&mut self, text: &str) -> Data<'a> {
        self.names.name(text).map_or(Data::Unknown, |id| Data::Name(id, 0))
    }

    /// All that flows out of a value, nested ones included, bounded.
    pub(crate) fn origin_of(&self, value: &Value<'a>) -> Origin {
        self.origin_within(value, 4)
    }

    pub(crate) fn origin_within(&self, value: &Value<'a>, depth: u32) -> Origin {
        let mut origin = value.origin.clone();
        if depth == 0 {
            return origin;
        }
        const MOST: usize = 256;
        match &value.data {
            Data::Tuple(items) => {
                for item in items.iter().take(MOST) {
                    origin = union(&origin, &self.origin_within(item, depth - 1));
                }
            }
            Data::List(id) => {
                for item in self.items(*id).iter().take(MOST) {
                    origin = union(&origin, &self.origin_within(item, depth - 1));
                }
            }
            Data::Dict(id) => {
                if let Some(dict) = self.dict_of(*id) {
                    for (key, item) in dict.items.iter().take(MOST) {
                        origin = union(&origin, &self.origin_within(key, depth - 1));
                        origin = union(&origin, &self.origin_within(item, depth - 1));
                    }
                }
            }
            Data::Buffer(id) => {
                if let Some(buffer) = self.buffer_of(*id) {
                    origin = union(&origin, &buffer.origin);
                }
            }
            Data::Instance(id) => {
                if let Some(instance) = self.instance(*id).filter(|instance| instance.attributes.len() <= 32) {
                    let mut names: Vec<_> = instance.attributes.keys().collect();
                    names.sort();
                    for name in names {
                        origin = union(&origin, &self.origin_within(&instance.attributes[name], depth - 1));
                    }
                }
            }
            _ => {}
        }
        passing(&origin)
    }

    pub(crate) fn here(&self) -> &Walked<'a> {
        &self.sources[self.frame.source]
    }

    pub(crate) fn text_of(&self, node: &impl Ranged) -> &'a str {
        let range = node.range();
        self.here().text.get(usize::from(range.start())..usize::from(range.end())).unwrap_or("")
    }
}
