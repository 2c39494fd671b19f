//! Where the code goes on: returns, jumps, loops, exceptions, contexts.

use crate::pyc::expression::Expression;
use crate::pyc::instructions::{Instruction, target};
use crate::pyc::marshal::Version;
use crate::pyc::opcodes::Op;
use crate::pyc::writer::{Frame, Kind, Writer};

impl<'a, 'm> Writer<'a, 'm> {
    /// Returns, jumps, loops, exceptions, contexts, patterns.
    pub(super) fn control(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) -> bool {
        use Op::*;
        let argument = one.argument as usize;
        let version = self.version();
        match one.op {
            RETURN_VALUE => {
                let value = frame.pop();
                self.give_back(frame, value);
            }
            YIELD_VALUE => {
                let value = frame.pop();
                let text = self.show(value).0;
                if frame.kind == Kind::Function {
                    self.line(&format!("yield {text}"));
                }
                frame.stack.push(Expression::Unknown);
            }
            // `await x` and `yield from x`: the value is that of what is waited for.
            YIELD_FROM => drop(frame.pop()),
            SEND => {
                frame.pop();
                frame.skip = target(one, version).unwrap_or(0);
            }
            RAISE_VARARGS => {
                let values = frame.pop_many(argument.min(3));
                if let Some(first) = values.into_iter().next() {
                    let text = self.show(first).0;
                    self.line(&format!("raise {text}"));
                }
                frame.dead = true;
            }
            RERAISE | BREAK_LOOP => {
                if one.op == BREAK_LOOP {
                    self.line("break");
                }
                frame.dead = true;
            }
            FOR_ITER => self.for_loop(frame, one),
            GET_ANEXT => frame.stack.push(Expression::Unknown),
            JUMP_FORWARD | JUMP_ABSOLUTE | JUMP_BACKWARD | CONTINUE_LOOP => self.jump(frame, one),
            JUMP_BACKWARD_NO_INTERRUPT => frame.dead = true,
            POP_JUMP_IF_FALSE | POP_JUMP_FORWARD_IF_FALSE | POP_JUMP_BACKWARD_IF_FALSE => {
                self.condition(frame, one, ("", ""), ("not ", ""));
            }
            POP_JUMP_IF_TRUE | POP_JUMP_FORWARD_IF_TRUE | POP_JUMP_BACKWARD_IF_TRUE => {
                self.condition(frame, one, ("not ", ""), ("", ""));
            }
            POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => {
                self.condition(frame, one, ("", " is not None"), ("", " is None"));
            }
            POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => {
                self.condition(frame, one, ("", " is None"), ("", " is not None"));
            }
            JUMP_IF_FALSE_OR_POP => self.short_circuit(frame, one, false),
            JUMP_IF_TRUE_OR_POP => self.short_circuit(frame, one, true),
            JUMP_IF_NOT_EXC_MATCH => drop(frame.pop_many(2)),
            CHECK_EXC_MATCH | CHECK_EG_MATCH => {
                frame.pop();
                frame.stack.push(Expression::Unknown);
            }
            PUSH_EXC_INFO => {
                frame.stack.push(Expression::Unknown);
            }
            POP_EXCEPT => {
                frame.pop_many(if version >= Version::V311 { 1 } else { 3 });
            }
            SETUP_WITH | BEFORE_WITH | BEFORE_ASYNC_WITH => {
                let context = frame.pop();
                let context = self.keep(context);
                frame.stack.push(Expression::Unknown);
                frame.stack.push(context);
            }
            LOAD_SPECIAL => {
                let object = frame.pop();
                let enters = argument.is_multiple_of(2);
                let value = if enters {
                    Expression::text(format!("{}.__enter__", self.atom(object).0), 2)
                } else {
                    Expression::Unknown
                };
                frame.stack.push(value);
                frame.stack.push(Expression::Null);
            }
            GET_LEN | MATCH_MAPPING | MATCH_SEQUENCE => frame.stack.push(Expression::Unknown),
            MATCH_KEYS => {
                (0..if version >= Version::V311 { 1 } else { 2 }).for_each(|_| frame.stack.push(Expression::Unknown))
            }
            MATCH_CLASS => {
                frame.pop_many(3);
                (0..if version >= Version::V311 { 1 } else { 2 }).for_each(|_| frame.stack.push(Expression::Unknown));
            }
            COPY_DICT_WITHOUT_KEYS | BUILD_TEMPLATE => {
                frame.pop_many(if one.op == BUILD_TEMPLATE { 2 } else { 1 });
                frame.stack.push(Expression::Unknown);
            }
            BUILD_INTERPOLATION => {
                if argument & 1 != 0 {
                    frame.pop();
                }
                frame.pop();
            }
            STORE_ANNOTATION => drop(frame.pop()),
            RETURN_GENERATOR => frame.stack.push(Expression::Unknown),
            WITH_EXCEPT_START | WITH_CLEANUP_START => frame.stack.push(Expression::Unknown),
            BEGIN_FINALLY => frame.stack.push(Expression::Unknown),
            END_ASYNC_FOR => drop(frame.pop_many(2)),
            _ => return false,
        }
        true
    }

    fn condition(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction, stay: (&str, &str), leave: (&str, &str)) {
        let value = frame.pop();
        let text = self.show(value).0;
        let (stay, leave) = (format!("{}{text}{}", stay.0, stay.1), format!("{}{text}{}", leave.0, leave.1));
        self.branch(frame, &stay, &leave, one);
    }

    pub(super) fn give_back(&mut self, frame: &mut Frame<'a, 'm>, value: Expression) {
        let nothing = self.is_none(&value);
        if frame.kind == Kind::Function && !matches!(value, Expression::Unknown) {
            let text = self.show(value).0;
            self.line(if nothing { "return".to_owned() } else { format!("return {text}") }.as_str());
        }
        frame.dead = true;
    }
}
