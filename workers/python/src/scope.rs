//! Variables: where a name is looked up and set, and what other paths through the code leave behind.

use std::borrow::Cow;
use std::rc::Rc;

use crate::interpreter::{Interpreter, MODULE_SCOPE};
use crate::names::{FastMap, NameId};
use crate::value::{Value, union};

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

impl<'a> Interpreter<'a, '_> {
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
            if (first || !scope.is_class)
                && let Some(value) = scope.variables.get(name)
            {
                return Some(value);
            }
            if first && scope.global.contains(&name) {
                return self.scopes[self.module_scope() as usize].variables.get(name);
            }
            first = false;
            id = scope.parent?;
        }
    }

    pub(crate) fn home(&self, name: &str) -> u32 {
        let scope = &self.scopes[self.frame.scope as usize];
        if scope.global.contains(&name) {
            return self.module_scope();
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
