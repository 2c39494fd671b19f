//! The state of the evaluator: scopes, heap, budgets. It walks a source in the order in which Python would run it and
//! keeps of every value what can be known without running it.

use std::borrow::Cow;
use std::rc::Rc;

use model::{Gap, GapKind, Phase};
use ruff_python_ast::{ExprLambda, ModModule, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use unicode_normalization::UnicodeNormalization;

use crate::arena::Arena;
use crate::names::{FastMap, NameId, Names};
use crate::record::Records;
use crate::value::{Data, Origin, Value, passing, union};
use crate::{Behaviours, Budget, Layer, Unit};

/// Levels of expressions, blocks and calls together. A level costs a few KiB of stack; analysis threads have 64 MiB.
pub(crate) const DEEPEST: u32 = 1_000;
/// Objects of one source. Beyond, new ones are unknown values.
const MOST_OBJECTS: usize = 600_000;
/// Largest string that is computed, and all of them together.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;
const ALL_BYTES: u64 = 96 * 1024 * 1024;
/// Steps one source may take out of the artifact's budget.
const UNIT_FUEL: u64 = 1_000_000;
const UNIT_FUEL_LEAST: u64 = 100_000;

pub(crate) enum Object<'a> {
    List(Vec<Value<'a>>),
    Dict(Dict<'a>),
    Function(Box<Function<'a>>),
    Class(Box<Class<'a>>),
    Instance(Instance<'a>),
    Bound(Box<Bound<'a>>),
}

/// Insertion order with an index for the common keys.
#[derive(Clone, Default)]
pub(crate) struct Dict<'a> {
    pub(crate) items: Vec<(Value<'a>, Value<'a>)>,
    by_text: FastMap<Rc<str>, usize>,
    by_int: FastMap<u64, usize>,
    /// Holds keys that are not known, so a miss says nothing.
    pub(crate) open: bool,
}

impl<'a> Dict<'a> {
    pub(crate) fn position(&self, key: &Value<'a>) -> Option<usize> {
        if let Some(text) = key.as_str() {
            return self.by_text.get(text).copied();
        }
        if let Some(number) = key.as_int() {
            return self.by_int.get(&number.cast_unsigned()).copied();
        }
        let plain = |value: &Value<'a>| value.as_str().is_some() || value.as_int().is_some();
        self.items.iter().take(512).position(|(known, _)| !plain(known) && crate::value::same(known, key) == Some(true))
    }

    pub(crate) fn get(&self, key: &Value<'a>) -> Option<&Value<'a>> {
        self.position(key).map(|at| &self.items[at].1)
    }

    pub(crate) fn insert(&mut self, key: Value<'a>, value: Value<'a>) {
        if let Some(at) = self.position(&key) {
            self.items[at].1 = value;
            return;
        }
        let at = self.items.len();
        if let Some(text) = key.as_str() {
            self.by_text.insert(Rc::from(text), at);
        } else if let Some(number) = key.as_int() {
            self.by_int.insert(number.cast_unsigned(), at);
        } else if key.is_unknown() {
            self.open = true;
        }
        self.items.push((key, value));
    }

    pub(crate) fn remove(&mut self, key: &Value<'a>) -> Option<Value<'a>> {
        let at = self.position(key)?;
        Some(std::mem::replace(&mut self.items[at].1, Value::UNKNOWN))
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Code<'a> {
    Def(&'a StmtFunctionDef),
    Lambda(&'a ExprLambda),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Plain,
    Static,
    Class,
    Property,
}

pub(crate) struct Function<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) scope: u32,
    pub(crate) source: usize,
    pub(crate) class: Option<u32>,
    pub(crate) binding: Binding,
    pub(crate) name: Rc<str>,
    /// How often it was walked, and how often that gave a constant.
    pub(crate) walks: u32,
    pub(crate) productive: u32,
    pub(crate) active: u32,
    /// What it returned, and the earliest phase in which it was walked.
    pub(crate) summary: Option<(Phase, Value<'a>)>,
}

pub(crate) struct Class<'a> {
    pub(crate) name: Rc<str>,
    pub(crate) scope: u32,
    pub(crate) bases: Vec<Value<'a>>,
    pub(crate) prototype: Option<u32>,
}

pub(crate) struct Instance<'a> {
    pub(crate) class: u32,
    pub(crate) attributes: FastMap<Cow<'a, str>, Value<'a>>,
}

pub(crate) enum Target<'a> {
    /// A method of a constant or container, by name.
    Method(Rc<str>),
    /// A function of this source, bound to its object.
    Function(u32),
    /// Any callable with arguments filled in.
    Callable(Value<'a>),
}

pub(crate) struct Bound<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) receiver: Option<Value<'a>>,
    pub(crate) arguments: Arguments<'a>,
}

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

#[derive(Default)]
pub(crate) struct Scope<'a> {
    pub(crate) variables: FastMap<Cow<'a, str>, Value<'a>>,
    /// Where a name is looked up next; the module has none.
    pub(crate) parent: Option<u32>,
    pub(crate) is_class: bool,
    /// Names that belong to the module, or to the scope around.
    pub(crate) global: Vec<&'a str>,
    pub(crate) nonlocal: Vec<&'a str>,
    /// Modules whose every name was imported.
    pub(crate) stars: Vec<NameId>,
    /// A function holds on to this scope, so its number may not be used again.
    pub(crate) captured: bool,
}

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
    pub(crate) budget: &'b mut Budget,
    pub(crate) names: Names<'b>,
    pub(crate) heap: Vec<Object<'a>>,
    pub(crate) scopes: Vec<Scope<'a>>,
    free_scopes: Vec<u32>,
    pub(crate) sources: Vec<Walked<'a>>,
    pub(crate) frame: Frame<'a>,
    pub(crate) records: Records,
    pub(crate) layers: Vec<Layer>,
    pub(crate) imports: Vec<String>,
    pub(crate) called: Vec<String>,
    known_called: FastMap<NameId, ()>,
    pub(crate) gaps: Vec<Gap>,
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
    fuel: u64,
    fuel_given: u64,
    bytes: u64,
    journal: Vec<(u32, Cow<'a, str>, Option<Value<'a>>)>,
    journals: u32,
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
            layers: Vec::new(),
            imports: Vec::new(),
            called: Vec::new(),
            known_called: FastMap::default(),
            gaps: Vec::new(),
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
                self.gap("the evaluator's budget was used up: some values are not known");
            }
            self.fuel = 0;
            return false;
        }
        self.fuel -= steps;
        true
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

    pub(crate) fn allocate(&mut self, object: Object<'a>) -> Option<u32> {
        if self.heap.len() >= MOST_OBJECTS {
            return None;
        }
        let id = u32::try_from(self.heap.len()).ok()?;
        self.heap.push(object);
        Some(id)
    }

    pub(crate) fn list(&mut self, items: Vec<Value<'a>>) -> Data<'a> {
        self.allocate(Object::List(items)).map_or(Data::Unknown, Data::List)
    }

    pub(crate) fn dict(&mut self, dict: Dict<'a>) -> Data<'a> {
        self.allocate(Object::Dict(dict)).map_or(Data::Unknown, Data::Dict)
    }

    pub(crate) fn bound(&mut self, bound: Bound<'a>) -> Data<'a> {
        self.allocate(Object::Bound(Box::new(bound))).map_or(Data::Unknown, Data::Bound)
    }

    pub(crate) fn items(&self, id: u32) -> &[Value<'a>] {
        match self.heap.get(id as usize) {
            Some(Object::List(items)) => items,
            _ => &[],
        }
    }

    pub(crate) fn items_mut(&mut self, id: u32) -> Option<&mut Vec<Value<'a>>> {
        match self.heap.get_mut(id as usize) {
            Some(Object::List(items)) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn dict_of(&self, id: u32) -> Option<&Dict<'a>> {
        match self.heap.get(id as usize) {
            Some(Object::Dict(dict)) => Some(dict),
            _ => None,
        }
    }

    pub(crate) fn dict_mut(&mut self, id: u32) -> Option<&mut Dict<'a>> {
        match self.heap.get_mut(id as usize) {
            Some(Object::Dict(dict)) => Some(dict),
            _ => None,
        }
    }

    pub(crate) fn function(&self, id: u32) -> Option<&Function<'a>> {
        match self.heap.get(id as usize) {
            Some(Object::Function(function)) => Some(function),
            _ => None,
        }
    }

    pub(crate) fn function_mut(&mut self, id: u32) -> Option<&mut Function<'a>> {
        match self.heap.get_mut(id as usize) {
            Some(Object::Function(function)) => Some(function),
            _ => None,
        }
    }

    pub(crate) fn class(&self, id: u32) -> Option<&Class<'a>> {
        match self.heap.get(id as usize) {
            Some(Object::Class(class)) => Some(class),
            _ => None,
        }
    }

    pub(crate) fn instance(&self, id: u32) -> Option<&Instance<'a>> {
        match self.heap.get(id as usize) {
            Some(Object::Instance(instance)) => Some(instance),
            _ => None,
        }
    }

    pub(crate) fn instance_mut(&mut self, id: u32) -> Option<&mut Instance<'a>> {
        match self.heap.get_mut(id as usize) {
            Some(Object::Instance(instance)) => Some(instance),
            _ => None,
        }
    }

    pub(crate) fn bound_of(&self, id: u32) -> Option<&Bound<'a>> {
        match self.heap.get(id as usize) {
            Some(Object::Bound(bound)) => Some(bound),
            _ => None,
        }
    }

    pub(crate) fn open_scope(&mut self, parent: u32, is_class: bool) -> u32 {
        if let Some(id) = self.free_scopes.pop() {
            let scope = &mut self.scopes[id as usize];
            scope.parent = Some(parent);
            scope.is_class = is_class;
            return id;
        }
        self.scopes.push(Scope { parent: Some(parent), is_class, ..Scope::default() });
        u32::try_from(self.scopes.len() - 1).unwrap_or(MODULE_SCOPE)
    }

    pub(crate) fn close_scope(&mut self, id: u32) {
        let scope = &mut self.scopes[id as usize];
        if scope.captured || scope.is_class || id == MODULE_SCOPE {
            return;
        }
        scope.variables.clear();
        scope.global.clear();
        scope.nonlocal.clear();
        scope.stars.clear();
        self.free_scopes.push(id);
    }

    /// Marks a scope and those around it as held by a function.
    pub(crate) fn capture(&mut self, mut id: u32) {
        while !self.scopes[id as usize].captured {
            self.scopes[id as usize].captured = true;
            match self.scopes[id as usize].parent {
                Some(parent) => id = parent,
                None => return,
            }
        }
    }

    /// The variable of that name, without built-ins.
    pub(crate) fn variable(&self, name: &str) -> Option<&Value<'a>> {
        let mut id = self.frame.scope;
        let mut first = true;
        loop {
            let scope = &self.scopes[id as usize];
            if first || !scope.is_class {
                if let Some(value) = scope.variables.get(name) {
                    return Some(value);
                }
            }
            if first && scope.global.contains(&name) {
                return self.scopes[MODULE_SCOPE as usize].variables.get(name);
            }
            first = false;
            id = scope.parent?;
        }
    }

    fn home(&self, name: &str) -> u32 {
        let scope = &self.scopes[self.frame.scope as usize];
        if scope.global.contains(&name) {
            return MODULE_SCOPE;
        }
        if scope.nonlocal.contains(&name) {
            let mut next = scope.parent;
            while let Some(id) = next {
                if self.scopes[id as usize].variables.contains_key(name) {
                    return id;
                }
                next = self.scopes[id as usize].parent;
            }
        }
        self.frame.scope
    }

    pub(crate) fn set(&mut self, name: Cow<'a, str>, value: Value<'a>) {
        let home = self.home(&name);
        self.set_in(home, name, value);
    }

    pub(crate) fn set_in(&mut self, scope: u32, name: Cow<'a, str>, value: Value<'a>) {
        if self.journals > 0 {
            let old = self.scopes[scope as usize].variables.insert(name.clone(), value);
            self.journal.push((scope, name, old));
        } else {
            self.scopes[scope as usize].variables.insert(name, value);
        }
    }

    /// Takes a variable's value out, to change it in place; the caller sets it again.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let home = self.home(name);
        if self.journals > 0 && self.concrete == 0 {
            return self.scopes[home as usize].variables.get(name).cloned();
        }
        let slot = self.scopes[home as usize].variables.get_mut(name)?;
        Some(std::mem::replace(slot, Value::UNKNOWN))
    }

    /// Starts to note what is changed, for a path that may not be taken.
    pub(crate) fn fork(&mut self) -> usize {
        self.journals += 1;
        self.journal.len()
    }

    /// Undoes all changes since the fork and tells what the values were on that path.
    pub(crate) fn rewind(&mut self, mark: usize) -> Vec<(u32, Cow<'a, str>, Value<'a>)> {
        let mut path: Vec<(u32, Cow<'a, str>, Value<'a>)> = Vec::new();
        let undo = self.journal.split_off(mark);
        for (scope, name, old) in undo.into_iter().rev() {
            let variables = &mut self.scopes[scope as usize].variables;
            let now = match old {
                Some(old) => variables.insert(name.clone(), old),
                None => variables.remove(&name),
            };
            // The last write comes first on the way back; earlier ones of the same name are no news. A path with very
            // many writes keeps duplicates, which costs time but says nothing wrong: the first one wins.
            if let Some(now) = now
                && !path.iter().take(64).any(|(s, n, _)| *s == scope && *n == name)
            {
                path.push((scope, name, now));
            }
        }
        self.journals -= 1;
        path
    }

    /// Joins what one path left behind into the present state.
    pub(crate) fn merge(&mut self, path: Vec<(u32, Cow<'a, str>, Value<'a>)>) {
        for (scope, name, value) in path {
            let joined = match self.scopes[scope as usize].variables.get(&name) {
                Some(present) => join(present, &value),
                None => value,
            };
            self.set_in(scope, name, joined);
        }
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

    fn origin_within(&self, value: &Value<'a>, depth: u32) -> Origin {
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

/// Either of two values: the known one, with the origins of both.
pub(crate) fn join<'a>(first: &Value<'a>, second: &Value<'a>) -> Value<'a> {
    let origin = union(&first.origin, &second.origin);
    let (kept, other) = if first.is_telling() || !second.is_telling() { (first, second) } else { (second, first) };
    let mut value = Value::from(kept.data.clone(), origin);
    if let Some(text) = other.as_template()
        && text.len() <= 500
        && !text.is_empty()
        && kept.as_template().is_none_or(|known| known != text)
    {
        let mut marks = value.origin.as_ref().map(|marks| crate::value::Marks::clone(marks)).unwrap_or_default();
        if marks.also.len() < 4 && !marks.also.iter().any(|known| &**known == text) {
            marks.also.push(Rc::from(text));
            value.origin = Some(Rc::new(marks));
        }
    }
    value
}

impl<'a> Interpreter<'a, '_> {
    pub(crate) const fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Drops the notes on a scope that is about to be closed: its number will stand for another one.
    pub(crate) fn forget(&mut self, mark: usize, scope: u32) {
        if self.scopes[scope as usize].captured {
            return;
        }
        let mut at = mark;
        for next in mark..self.journal.len() {
            if self.journal[next].0 != scope {
                self.journal.swap(at, next);
                at += 1;
            }
        }
        self.journal.truncate(at);
    }
}
