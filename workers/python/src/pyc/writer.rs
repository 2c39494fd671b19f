//! Writes code objects back as source: statements in their order, with the branches and loops that jumps show.
//!
//! It need not be what somebody wrote. It calls what the byte code calls, with what the byte code passes, so that
//! names, values and flows are found by the same walk that reads sources.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::Block;
use super::expression::{Class, Expression, Made, Many, Text};
use super::instructions::{Instruction, Listing, list};
use super::literal;
use super::marshal::{Arena, Code, Id, Object, Version};
use super::opcodes::{Op, Table};

/// Levels of blocks and functions.
pub(super) const DEEPEST: usize = 100;
/// Levels of one expression, and its bytes, before it gets a name of its own.
const HIGHEST: u32 = 24;
const LONGEST: usize = 4_096;
/// Bytes of one code object, and steps for all of them.
const LARGEST: usize = 2 << 20;
const WORK: usize = 12 << 20;
/// Things that lie on the stack.
pub(super) const TALLEST: usize = 20_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    Function,
    Class,
}

pub(super) struct Frame<'a, 'm> {
    pub(super) code: &'a Code<'m>,
    pub(super) kind: Kind,
    pub(super) listing: Listing,
    pub(super) position: usize,
    pub(super) stack: Vec<Expression>,
    pub(super) blocks: Vec<Block>,
    pub(super) dead: bool,
    /// Names of the next call's last arguments.
    pub(super) keywords: Vec<String>,
    /// An `await` is left out as far as there.
    pub(super) skip: u32,
    pub(super) loaded: BTreeSet<u32>,
    /// Values that jumps take with them to a place outside the block they stand in.
    pub(super) carried: BTreeMap<u32, String>,
}

impl Frame<'_, '_> {
    pub(super) fn pop(&mut self) -> Expression {
        self.stack.pop().unwrap_or(Expression::Unknown)
    }

    /// The topmost, in their order; of a stack that is too low, what there is.
    pub(super) fn pop_many(&mut self, count: usize) -> Vec<Expression> {
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    /// The place that many below the top, from 1.
    pub(super) fn below(&mut self, depth: usize) -> Option<&mut Expression> {
        let at = self.stack.len().checked_sub(depth)?;
        self.stack.get_mut(at)
    }

    pub(super) fn following(&self) -> Option<&Instruction> {
        self.listing.instructions.get(self.position + 1)
    }
}

pub(super) struct Writer<'a, 'm> {
    pub(super) arena: &'a Arena<'m>,
    pub(super) table: Table,
    pub(super) out: String,
    pub(super) indent: usize,
    most: usize,
    work: usize,
    named: u32,
    written: BTreeMap<Id, String>,
    pub(super) trouble: BTreeSet<&'static str>,
}

impl<'a, 'm> Writer<'a, 'm> {
    pub(super) fn new(arena: &'a Arena<'m>, version: Version, most: usize) -> Self {
        Self {
            arena,
            table: Table::of(version),
            out: String::new(),
            indent: 0,
            most,
            work: WORK,
            named: 0,
            written: BTreeMap::new(),
            trouble: BTreeSet::new(),
        }
    }

    /// The module, then every code object that no instruction makes a function of.
    pub(super) fn module(&mut self, root: Id) {
        self.written.insert(root, String::new());
        self.body(root, Kind::Module);
        let rest: Vec<Id> = self.arena.codes().map(|(id, _)| id).collect();
        for id in rest {
            if !self.written.contains_key(&id) && !self.is_full() {
                self.function(Made { code: id, ..Made::default() }, None);
            }
        }
    }

    pub(super) const fn version(&self) -> Version {
        self.table.version
    }

    fn is_full(&mut self) -> bool {
        let full = self.out.len() > self.most;
        if full {
            self.trouble.insert("byte code is longer than is written back");
        }
        full
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', self.indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn fresh(&mut self, what: &str) -> String {
        self.named += 1;
        format!("_{what}{}", self.named)
    }

    fn body(&mut self, id: Id, kind: Kind) {
        let start = self.out.len();
        let arena = self.arena;
        if let Some(code) = arena.code(id) {
            let cost = code.code.len() + arena.items(code.constants).map_or(0, <[Id]>::len) + 64;
            if code.code.len() > LARGEST || self.work < cost {
                self.trouble.insert("there is more byte code than is written back");
            } else {
                self.work -= cost;
                self.walk(code, kind);
            }
        }
        if self.out[start..].lines().all(|line| line.trim_start().starts_with('#')) {
            self.line("pass");
        }
    }

    fn walk(&mut self, code: &'a Code<'m>, kind: Kind) {
        let listing = list(code, &self.table);
        self.trouble.extend(listing.trouble);
        self.declare(code, kind, &listing);
        let mut frame = Frame {
            code,
            kind,
            listing,
            position: 0,
            stack: Vec::new(),
            blocks: Vec::new(),
            dead: false,
            keywords: Vec::new(),
            skip: 0,
            loaded: BTreeSet::new(),
            carried: BTreeMap::new(),
        };
        while let Some(instruction) = frame.listing.instructions.get(frame.position).copied() {
            if self.is_full() {
                break;
            }
            if frame.stack.len() > TALLEST {
                self.trouble.insert("its stack is higher than is followed");
                frame.stack.clear();
            }
            if instruction.at >= frame.skip {
                self.arrive(&mut frame, &instruction);
                self.step(&mut frame, &instruction);
            }
            frame.position += 1;
        }
        while !frame.blocks.is_empty() {
            self.close(&mut frame);
        }
        self.idle_constants(&frame);
    }

    /// Names that the function binds elsewhere.
    fn declare(&mut self, code: &'a Code<'m>, kind: Kind, listing: &Listing) {
        let mut elsewhere: BTreeSet<(&str, String)> = BTreeSet::new();
        for one in listing.instructions.iter().filter(|_| kind == Kind::Function) {
            let at = one.argument as usize;
            match one.op {
                Op::STORE_GLOBAL | Op::DELETE_GLOBAL => {
                    elsewhere.insert(("global", self.named_at(code.names, at)));
                }
                Op::STORE_DEREF => {
                    if let Some((id, true)) = self.arena.cell(code, at) {
                        elsewhere.insert(("nonlocal", self.identifier(id)));
                    }
                }
                _ => {}
            }
        }
        for (word, name) in elsewhere {
            self.line(&format!("{word} {name}"));
        }
    }

    /// Strings that nothing loads are kept in view: documentation, or what only looks as if nothing did.
    fn idle_constants(&mut self, frame: &Frame<'a, 'm>) {
        let items = self.arena.items(frame.code.constants).unwrap_or_default();
        for (at, id) in items.iter().enumerate() {
            let idle = u32::try_from(at).is_ok_and(|at| !frame.loaded.contains(&at));
            if idle && matches!(self.arena.get(*id), Object::Text(_) | Object::Bytes(_)) && !self.is_full() {
                let text = self.literal(*id);
                self.line(&format!("# {text}"));
            }
        }
    }

    pub(super) fn literal(&self, id: Id) -> String {
        let mut text = String::new();
        literal::write(self.arena, self.version(), id, self.most, &mut text);
        text
    }

    pub(super) fn identifier(&self, id: Id) -> String {
        self.arena.text(id).map_or_else(|| "_".to_owned(), |name| literal::identifier(&name))
    }

    pub(super) fn named_at(&self, tuple: Id, at: usize) -> String {
        self.arena.item(tuple, at).map_or_else(|| "_".to_owned(), |id| self.identifier(id))
    }

    /// Gives a value a name, so that it can be spoken of twice.
    pub(super) fn keep(&mut self, value: Expression) -> Expression {
        match value {
            Expression::Unknown | Expression::Null | Expression::Constant(_) | Expression::BuildClass => value,
            Expression::Module { .. } | Expression::Member { .. } => value,
            _ if value.as_name().is_some() => value,
            _ => {
                let text = self.show(value).0;
                let name = self.fresh("t");
                self.line(&format!("{name} = {text}"));
                Expression::name(name)
            }
        }
    }

    /// Puts an expression on the stack, under a name of its own when it is too long or too high to be repeated.
    pub(super) fn push(&mut self, frame: &mut Frame<'a, 'm>, text: String, depth: u32) {
        let value = Expression::text(text, depth + 1);
        let large = matches!(&value, Expression::Text(text) if text.depth > HIGHEST || text.text.len() > LONGEST);
        let value = if large { self.keep(value) } else { value };
        frame.stack.push(value);
    }

    /// An expression as text, and how high it is; functions and classes are defined first.
    pub(super) fn show(&mut self, value: Expression) -> (String, u32) {
        match value {
            Expression::Unknown | Expression::Null | Expression::BuildClass => ("(...)".to_owned(), 1),
            Expression::Constant(id) => (self.literal(id), 1),
            Expression::Text(Text { text, depth, .. }) => (text, depth),
            Expression::Star(text) => (format!("*{text}"), 1),
            Expression::Stars(text) => (format!("**{text}"), 1),
            Expression::Pair(pair) => {
                let ((key, a), (value, b)) = (self.show(pair.0), self.show(pair.1));
                (format!("{key}: {value}"), a.max(b))
            }
            Expression::Many(many, items) => {
                let single = items.len() == 1;
                let (inner, depth) = self.list_of(items);
                let text = match many {
                    Many::Tuple if single => format!("({inner},)"),
                    Many::Tuple => format!("({inner})"),
                    Many::List => format!("[{inner}]"),
                    Many::Set if inner.is_empty() => "set()".to_owned(),
                    Many::Set | Many::Dict => format!("{{{inner}}}"),
                };
                (text, depth + 1)
            }
            Expression::Function(made) => (self.function(*made, None), 1),
            Expression::Class(class) => (self.class(*class), 1),
            Expression::Module { name, .. } => {
                self.import(&name, None);
                (literal::identifier(name.split('.').next().unwrap_or_default()), 1)
            }
            Expression::Member { module, name } => {
                let bound = self.fresh("t");
                self.line(&format!("from {module} import {name} as {bound}"));
                (bound, 1)
            }
        }
    }

    /// Expressions with commas between them.
    pub(super) fn list_of(&mut self, items: Vec<Expression>) -> (String, u32) {
        let (mut text, mut depth) = (String::new(), 0);
        for item in items {
            let (shown, height) = self.show(item);
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&shown);
            depth = depth.max(height);
        }
        (text, depth)
    }

    pub(super) fn import(&mut self, name: &str, bound: Option<&str>) {
        let top = name.split('.').next().unwrap_or_default();
        match bound {
            // `from . import a` cannot be said with `import`.
            _ if name.starts_with('.') => self.line(&format!("from {name} import *")),
            Some(bound) if bound != top => self.line(&format!("import {name} as {bound}")),
            _ => self.line(&format!("import {name}")),
        }
    }

    /// Binds a value to a name.
    pub(super) fn bind(&mut self, name: &str, value: Expression) {
        match value {
            Expression::Function(made) => {
                let text = self.function(*made, Some(name));
                if text != name {
                    self.line(&format!("{name} = {text}"));
                }
            }
            Expression::Module { name: module, .. } => self.import(&module, Some(name)),
            Expression::Member { module, name: member } if member == name => {
                self.line(&format!("from {module} import {member}"));
            }
            Expression::Member { module, name: member } => {
                self.line(&format!("from {module} import {member} as {name}"));
            }
            Expression::Text(Text { augmented: Some(parts), .. }) if parts.0 == name => {
                self.line(&format!("{name} {}= {}", parts.1, parts.2));
            }
            value => {
                let text = self.show(value).0;
                if text != name {
                    self.line(&format!("{name} = {text}"));
                }
            }
        }
    }

    /// Defines a function and gives its name. One that was written before is not written again.
    fn function(&mut self, made: Made, wanted: Option<&str>) -> String {
        if let Some(name) = self.written.get(&made.code) {
            return name.clone();
        }
        let arena = self.arena;
        let Some(code) = arena.code(made.code) else { return "(...)".to_owned() };
        let own = arena.text(code.name).unwrap_or_default();
        let name = match wanted {
            Some(wanted) if wanted == own => wanted.to_owned(),
            _ if own.starts_with('<') => self.fresh(own.trim_matches(|c: char| !c.is_ascii_alphabetic())),
            _ => literal::identifier(&own),
        };
        self.written.insert(made.code, name.clone());
        if self.indent >= DEEPEST {
            self.trouble.insert("functions are nested deeper than is written back");
            return name;
        }
        let parameters = self.parameters(code, &made);
        self.line(&format!("def {name}({parameters}):"));
        self.indent += 1;
        self.body(made.code, Kind::Function);
        self.indent -= 1;
        name
    }

    fn parameters(&self, code: &Code<'_>, made: &Made) -> String {
        let count = (code.arguments as usize).min(1_000);
        let only = (code.keyword_only as usize).min(1_000);
        let named = |at: usize| self.named_at(code.locals, at);
        let mut parts: Vec<String> = Vec::new();
        for at in 0..count {
            let default = (at + made.defaults.len()).checked_sub(count).and_then(|at| made.defaults.get(at));
            parts.push(default.map_or_else(|| named(at), |default| format!("{}={default}", named(at))));
        }
        let star = code.flags & 4 != 0;
        if star {
            parts.push(format!("*{}", named(count + only)));
        } else if only > 0 {
            parts.push("*".to_owned());
        }
        for at in count..count + only {
            let name = named(at);
            let default = made.keyword_defaults.iter().find(|(known, _)| *known == name);
            parts.push(default.map_or_else(|| name.clone(), |(_, default)| format!("{name}={default}")));
        }
        if code.flags & 8 != 0 {
            parts.push(format!("**{}", named(count + only + usize::from(star))));
        }
        parts.join(", ")
    }

    fn class(&mut self, class: Class) -> String {
        let bases = if class.bases.is_empty() { String::new() } else { format!("({})", class.bases) };
        if self.written.insert(class.body.code, class.name.clone()).is_some() || self.indent >= DEEPEST {
            return class.name;
        }
        self.line(&format!("class {}{bases}:", class.name));
        self.indent += 1;
        self.body(class.body.code, Kind::Class);
        self.indent -= 1;
        class.name
    }
}
