//! Names, attributes, items: what an instruction takes a value from, or puts it into.

use super::imported;
use crate::pyc::expression::Expression;
use crate::pyc::instructions::Instruction;
use crate::pyc::marshal::Version;
use crate::pyc::opcodes::Op;
use crate::pyc::writer::{Frame, Kind, Writer};

const COMMON: [&str; 5] = ["AssertionError", "NotImplementedError", "tuple", "all", "any"];
/// What a class body binds without being told to.
const IMPLIED: [&str; 8] = [
    "__module__",
    "__qualname__",
    "__firstlineno__",
    "__static_attributes__",
    "__classcell__",
    "__classdictcell__",
    "__type_params__",
    "__classdict__",
];

impl<'a, 'm> Writer<'a, 'm> {
    /// Loads, stores and deletes.
    pub(super) fn place(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) -> bool {
        use Op::*;
        let argument = one.argument as usize;
        let version = self.version();
        let names = frame.code.names;
        let name = |writer: &Self| writer.named_at(names, argument);
        match one.op {
            LOAD_CONST => {
                frame.loaded.insert(one.argument);
                let value = self.arena.item(frame.code.constants, argument);
                frame.stack.push(value.map_or(Expression::Unknown, Expression::Constant));
            }
            RETURN_CONST => {
                frame.loaded.insert(one.argument);
                let value = self.arena.item(frame.code.constants, argument);
                self.give_back(frame, value.map_or(Expression::Unknown, Expression::Constant));
            }
            LOAD_SMALL_INT => frame.stack.push(Expression::text(argument.to_string(), 1)),
            LOAD_COMMON_CONSTANT => frame.stack.push(Expression::name(COMMON.get(argument).copied().unwrap_or("_"))),
            LOAD_ASSERTION_ERROR => frame.stack.push(Expression::name("AssertionError")),
            LOAD_NAME => {
                let name = name(self);
                frame.stack.push(Expression::name(name));
            }
            LOAD_FROM_DICT_OR_GLOBALS => {
                let name = name(self);
                frame.pop();
                frame.stack.push(Expression::name(name));
            }
            LOAD_GLOBAL => {
                let (at, null) =
                    if version >= Version::V311 { (argument >> 1, argument & 1 != 0) } else { (argument, false) };
                let name = self.named_at(frame.code.names, at);
                // Where the free place lies matters: an attribute may be taken of the name.
                if null && version < Version::V313 {
                    frame.stack.push(Expression::Null);
                }
                frame.stack.push(Expression::name(name));
                if null && version >= Version::V313 {
                    frame.stack.push(Expression::Null);
                }
            }
            LOAD_FAST | LOAD_FAST_CHECK | LOAD_FAST_BORROW | LOAD_FAST_AND_CLEAR => self.load_local(frame, argument),
            LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load_local(frame, argument >> 4);
                self.load_local(frame, argument & 15);
            }
            STORE_FAST_LOAD_FAST => {
                self.store_local(frame, argument >> 4);
                self.load_local(frame, argument & 15);
            }
            STORE_FAST_STORE_FAST => {
                self.store_local(frame, argument >> 4);
                self.store_local(frame, argument & 15);
            }
            STORE_FAST => self.store_local(frame, argument),
            LOAD_DEREF | LOAD_CLASSDEREF => {
                let name = self.cell_name(frame, argument);
                frame.stack.push(Expression::name(name));
            }
            LOAD_FROM_DICT_OR_DEREF => {
                frame.pop();
                let name = self.cell_name(frame, argument);
                frame.stack.push(Expression::name(name));
            }
            STORE_DEREF => {
                let (name, value) = (self.cell_name(frame, argument), frame.pop());
                self.bind(&name, value);
            }
            STORE_NAME | STORE_GLOBAL => {
                let (name, value) = (name(self), frame.pop());
                if !(frame.kind == Kind::Class && IMPLIED.contains(&name.as_str())) {
                    self.bind(&name, value);
                }
            }
            LOAD_ATTR => {
                let (at, method) =
                    if version >= Version::V312 { (argument >> 1, argument & 1 != 0) } else { (argument, false) };
                self.attribute(frame, at, method);
            }
            LOAD_METHOD => self.attribute(frame, argument, true),
            LOAD_SUPER_ATTR => {
                frame.pop_many(3);
                let name = self.named_at(frame.code.names, argument >> 2);
                frame.stack.push(Expression::text(format!("super().{name}"), 2));
                if argument & 1 != 0 {
                    frame.stack.push(Expression::Null);
                }
            }
            STORE_ATTR => {
                let (object, value, name) = (frame.pop(), frame.pop(), name(self));
                let target = format!("{}.{name}", self.atom(object).0);
                self.bind(&target, value);
            }
            STORE_SUBSCR => {
                let (key, object, value) = (frame.pop(), frame.pop(), frame.pop());
                let (object, key) = (self.atom(object).0, self.show(key).0);
                self.bind(&format!("{object}[{key}]"), value);
            }
            STORE_SLICE => {
                let (stop, start, object, value) = (frame.pop(), frame.pop(), frame.pop(), frame.pop());
                let (object, start, stop) = (self.atom(object).0, self.show(start).0, self.show(stop).0);
                self.bind(&format!("{object}[{start}:{stop}]"), value);
            }
            DELETE_ATTR => {
                frame.pop();
            }
            DELETE_SUBSCR | DELETE_SLICE_1 | DELETE_SLICE_2 => drop(frame.pop_many(2)),
            DELETE_SLICE_0 => drop(frame.pop()),
            DELETE_SLICE_3 => drop(frame.pop_many(3)),
            _ => return false,
        }
        true
    }

    fn load_local(&mut self, frame: &mut Frame<'a, 'm>, at: usize) {
        let name = self.named_at(frame.code.locals, at);
        frame.stack.push(Expression::name(name));
    }

    fn store_local(&mut self, frame: &mut Frame<'a, 'm>, at: usize) {
        let (name, value) = (self.named_at(frame.code.locals, at), frame.pop());
        self.bind(&name, value);
    }

    fn cell_name(&self, frame: &Frame<'a, 'm>, at: usize) -> String {
        self.arena.cell(frame.code, at).map_or_else(|| "_".to_owned(), |(id, _)| self.identifier(id))
    }

    fn attribute(&mut self, frame: &mut Frame<'a, 'm>, at: usize, method: bool) {
        let name = self.named_at(frame.code.names, at);
        let object = frame.pop();
        match object {
            // `import a.b as c`, as it was compiled before 3.7.
            Expression::Module { whole: false, .. } | Expression::Member { .. } => {
                frame.stack.push(imported(&object, name));
            }
            object => {
                let (object, depth) = self.atom(object);
                self.push(frame, format!("{object}.{name}"), depth);
            }
        }
        if method {
            frame.stack.push(Expression::Null);
        }
    }
}
