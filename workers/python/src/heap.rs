//! Objects that change: lists, dictionaries, functions, classes, instances, bound methods.

use std::borrow::Cow;
use std::rc::Rc;

use model::Phase;
use ruff_python_ast::{ExprLambda, StmtFunctionDef};

use crate::interpreter::{Arguments, Interpreter};
use crate::names::FastMap;
use crate::value::{Data, Value};

/// Objects of one source. Beyond, new ones are unknown values.
const MOST_OBJECTS: usize = 600_000;

pub(crate) enum Object<'a> {
    List(Vec<Value<'a>>),
    Dict(Dict<'a>),
    Function(Box<Function<'a>>),
    Class(Box<Class<'a>>),
    Instance(Instance<'a>),
    Bound(Box<Bound<'a>>),
    Buffer(Box<crate::buffers::Buffer>),
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
    /// The source of what it is given when something from outside calls it: what a chat handler receives.
    pub(crate) receives: Option<u32>,
    /// How often it was walked, and how often that gave a constant.
    pub(crate) walks: u32,
    pub(crate) productive: u32,
    pub(crate) active: u32,
    /// Walking it told of calls that have a behaviour.
    pub(crate) speaks: bool,
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
    /// One of these, nobody knows which.
    AnyOf(Vec<u32>),
    /// Any callable with arguments filled in.
    Callable(Value<'a>),
}

pub(crate) struct Bound<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) receiver: Option<Value<'a>>,
    pub(crate) arguments: Arguments<'a>,
}

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn allocate(&mut self, object: Object<'a>) -> Option<u32> {
        if self.heap.len() >= MOST_OBJECTS {
            self.gap("more objects are made than are kept: some values are not known");
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
}
