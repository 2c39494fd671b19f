//! What is done with values: calls, definitions, imports, statements.

use super::imported;
use crate::pyc::expression::Expression;
use crate::pyc::instructions::Instruction;
use crate::pyc::literal;
use crate::pyc::marshal::{Object, Version};
use crate::pyc::opcodes::Op;
use crate::pyc::writer::{Frame, Writer};

impl<'a, 'm> Writer<'a, 'm> {
    /// Calls, definitions, imports, `exec` and `print`.
    pub(super) fn put_to_use(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) -> bool {
        use Op::*;
        let argument = one.argument as usize;
        let version = self.version();
        let names = frame.code.names;
        let name = |writer: &Self| writer.named_at(names, argument);
        match one.op {
            KW_NAMES => {
                frame.loaded.insert(one.argument);
                let names = self.arena.item(frame.code.constants, argument).map(Expression::Constant);
                frame.keywords = names.map(|names| self.names_of(&names)).unwrap_or_default();
            }
            CALL | CALL_KW => {
                if one.op == CALL_KW {
                    let names = frame.pop();
                    frame.keywords = self.names_of(&names);
                }
                let mut arguments = frame.pop_many(argument);
                let (upper, lower) = (frame.pop(), frame.pop());
                let callee = match (lower, upper) {
                    (Expression::Null, callee) | (callee, Expression::Null) => callee,
                    (callee, first) => {
                        arguments.insert(0, first);
                        callee
                    }
                };
                self.call(frame, callee, arguments);
            }
            CALL_METHOD => {
                let mut arguments = frame.pop_many(argument);
                let (upper, lower) = (frame.pop(), frame.pop());
                let callee = match upper {
                    Expression::Null => lower,
                    first => {
                        arguments.insert(0, first);
                        lower
                    }
                };
                self.call(frame, callee, arguments);
            }
            CALL_FUNCTION_KW if version > Version::V27 => {
                let names = frame.pop();
                frame.keywords = self.names_of(&names);
                let arguments = frame.pop_many(argument);
                let callee = frame.pop();
                self.call(frame, callee, arguments);
            }
            CALL_FUNCTION if version > Version::V27 => {
                let arguments = frame.pop_many(argument);
                let callee = frame.pop();
                self.call(frame, callee, arguments);
            }
            CALL_FUNCTION | CALL_FUNCTION_VAR | CALL_FUNCTION_KW | CALL_FUNCTION_VAR_KW => self.old_call(frame, one),
            CALL_FUNCTION_EX => {
                let stars = if version >= Version::V314 || argument & 1 != 0 { frame.pop() } else { Expression::Null };
                let star = frame.pop();
                let mut callee = frame.pop();
                if version >= Version::V311 {
                    let other = frame.pop();
                    if matches!(callee, Expression::Null) {
                        callee = other;
                    }
                }
                let mut arguments = self.spread(star);
                arguments.extend(self.spread_pairs(stars));
                self.call(frame, callee, arguments);
            }
            LOAD_BUILD_CLASS => frame.stack.push(Expression::BuildClass),
            BUILD_CLASS => {
                let (body, bases, name) = (frame.pop(), frame.pop(), frame.pop());
                let bases = self.spread(bases);
                self.made_class(frame, body, &name, bases);
            }
            MAKE_FUNCTION | MAKE_CLOSURE => self.make_function(frame, one),
            SET_FUNCTION_ATTRIBUTE => {
                let (function, value) = (frame.pop(), frame.pop());
                let function = match function {
                    Expression::Function(mut made) => {
                        self.give(&mut made, argument, value);
                        Expression::Function(made)
                    }
                    other => other,
                };
                frame.stack.push(function);
            }
            LOAD_CLOSURE | LOAD_LOCALS => frame.stack.push(Expression::Unknown),
            IMPORT_NAME => {
                let (from, level) = (frame.pop(), frame.pop());
                let level = match level {
                    Expression::Constant(id) => match self.arena.get(id) {
                        Object::Int(level) => usize::try_from(*level).unwrap_or(0),
                        _ => 0,
                    },
                    Expression::Text(level) => level.text.parse().unwrap_or(0),
                    _ => 0,
                };
                let written = self.arena.item(frame.code.names, argument).and_then(|id| self.arena.text(id));
                let module = written.unwrap_or_default();
                let parts: Vec<String> =
                    module.split('.').filter(|part| !part.is_empty()).map(literal::identifier).collect();
                let whole = !matches!(&from, Expression::Constant(id) if matches!(self.arena.get(*id), Object::None));
                let name = format!("{}{}", ".".repeat(level.min(20)), parts.join("."));
                frame.stack.push(Expression::Module { name, whole });
            }
            IMPORT_FROM => {
                let member = name(self);
                let value = frame.below(1).map(|value| imported(value, member)).unwrap_or(Expression::Unknown);
                // What `import a.b as c` takes its name from is not bound itself.
                if let Some(module @ Expression::Module { whole: false, .. }) = frame.below(1) {
                    *module = Expression::Unknown;
                }
                frame.stack.push(value);
            }
            IMPORT_STAR => {
                let module = frame.pop();
                self.import_star(&module);
            }
            EXEC_STMT => {
                let (locals, globals, code) = (frame.pop(), frame.pop(), frame.pop());
                let mut given = vec![code, globals, locals];
                given.retain(|value| !self.is_none(value));
                let (text, _) = self.list_of(given);
                self.line(&format!("exec({text})"));
            }
            PRINT_ITEM | PRINT_ITEM_TO => {
                if one.op == PRINT_ITEM_TO {
                    frame.pop();
                }
                let value = frame.pop();
                let text = self.show(value).0;
                self.line(&format!("print({text})"));
            }
            PRINT_NEWLINE_TO => drop(frame.pop()),
            _ => return false,
        }
        true
    }

    pub(super) fn import_star(&mut self, module: &Expression) {
        if let Expression::Module { name, .. } = module {
            self.line(&format!("from {name} import *"));
        }
    }
}
