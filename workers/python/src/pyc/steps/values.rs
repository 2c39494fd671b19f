//! Values that an instruction makes of others: operators, slices, displays.

use crate::pyc::containers::MOST_ITEMS;
use crate::pyc::expression::{Expression, Many};
use crate::pyc::instructions::Instruction;
use crate::pyc::marshal::Version;
use crate::pyc::opcodes::Op;
use crate::pyc::writer::{Frame, Writer};

const COMPARISONS: [&str; 10] = ["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not"];
const OPERATORS: [&str; 13] = ["+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"];

impl<'a, 'm> Writer<'a, 'm> {
    /// Operators, slices, displays, and what takes them apart.
    pub(super) fn value(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) -> bool {
        use Op::*;
        let argument = one.argument as usize;
        let version = self.version();
        match one.op {
            SLICE_0 | SLICE_1 | SLICE_2 | SLICE_3 | STORE_SLICE_0 | STORE_SLICE_1 | STORE_SLICE_2 | STORE_SLICE_3 => {
                self.old_slice(frame, one.op);
            }
            BINARY_SLICE => {
                let (stop, start, object) = (frame.pop(), frame.pop(), frame.pop());
                let ((object, a), (start, b), (stop, c)) = (self.atom(object), self.show(start), self.show(stop));
                self.push(frame, format!("{object}[{start}:{stop}]"), a.max(b).max(c));
            }
            BUILD_SLICE => {
                let (items, depth) = {
                    let items = frame.pop_many(argument.min(3));
                    self.list_of(items)
                };
                self.push(frame, format!("slice({items})"), depth);
            }
            BINARY_SUBSCR => self.subscript(frame),
            BINARY_OP => match (OPERATORS.get(argument), argument.checked_sub(13).and_then(|at| OPERATORS.get(at))) {
                (Some(operator), _) => self.binary(frame, operator, false),
                (None, Some(operator)) => self.binary(frame, operator, true),
                _ => self.subscript(frame),
            },
            BINARY_ADD => self.binary(frame, "+", false),
            BINARY_AND => self.binary(frame, "&", false),
            BINARY_DIVIDE | BINARY_TRUE_DIVIDE => self.binary(frame, "/", false),
            BINARY_FLOOR_DIVIDE => self.binary(frame, "//", false),
            BINARY_LSHIFT => self.binary(frame, "<<", false),
            BINARY_MATRIX_MULTIPLY => self.binary(frame, "@", false),
            BINARY_MODULO => self.binary(frame, "%", false),
            BINARY_MULTIPLY => self.binary(frame, "*", false),
            BINARY_OR => self.binary(frame, "|", false),
            BINARY_POWER => self.binary(frame, "**", false),
            BINARY_RSHIFT => self.binary(frame, ">>", false),
            BINARY_SUBTRACT => self.binary(frame, "-", false),
            BINARY_XOR => self.binary(frame, "^", false),
            INPLACE_ADD => self.binary(frame, "+", true),
            INPLACE_AND => self.binary(frame, "&", true),
            INPLACE_DIVIDE | INPLACE_TRUE_DIVIDE => self.binary(frame, "/", true),
            INPLACE_FLOOR_DIVIDE => self.binary(frame, "//", true),
            INPLACE_LSHIFT => self.binary(frame, "<<", true),
            INPLACE_MATRIX_MULTIPLY => self.binary(frame, "@", true),
            INPLACE_MODULO => self.binary(frame, "%", true),
            INPLACE_MULTIPLY => self.binary(frame, "*", true),
            INPLACE_OR => self.binary(frame, "|", true),
            INPLACE_POWER => self.binary(frame, "**", true),
            INPLACE_RSHIFT => self.binary(frame, ">>", true),
            INPLACE_SUBTRACT => self.binary(frame, "-", true),
            INPLACE_XOR => self.binary(frame, "^", true),
            COMPARE_OP => {
                let at = match version {
                    Version::V312 => argument >> 4,
                    Version::V313 | Version::V314 => argument >> 5,
                    _ => argument,
                };
                match COMPARISONS.get(at) {
                    Some(operator) => self.binary(frame, operator, false),
                    None => {
                        frame.pop_many(2);
                        frame.stack.push(Expression::Unknown);
                    }
                }
            }
            IS_OP => self.binary(frame, if argument == 1 { "is not" } else { "is" }, false),
            CONTAINS_OP => self.binary(frame, if argument == 1 { "not in" } else { "in" }, false),
            UNARY_NOT => self.unary(frame, "(not ", ")"),
            UNARY_NEGATIVE => self.unary(frame, "(-", ")"),
            UNARY_POSITIVE => self.unary(frame, "(+", ")"),
            UNARY_INVERT => self.unary(frame, "(~", ")"),
            UNARY_CONVERT => self.unary(frame, "repr(", ")"),
            CALL_INTRINSIC_1 => self.intrinsic(frame, argument),
            CALL_INTRINSIC_2 => {
                let (_, first) = (frame.pop(), frame.pop());
                frame.stack.push(if argument == 4 { first } else { Expression::Unknown });
            }
            LIST_TO_TUPLE => self.intrinsic(frame, 6),
            FORMAT_VALUE | FORMAT_SIMPLE | FORMAT_WITH_SPEC => {
                let spec = one.op == FORMAT_WITH_SPEC || one.op == FORMAT_VALUE && argument & 4 != 0;
                let spec = spec.then(|| frame.pop());
                let value = frame.pop();
                let (value, depth) = self.show(value);
                let text = match spec {
                    Some(spec) => format!("format({value}, {})", self.show(spec).0),
                    None => format!("str({value})"),
                };
                self.push(frame, text, depth);
            }
            CONVERT_VALUE => self.unary(frame, if argument == 2 { "repr(" } else { "str(" }, ")"),
            BUILD_STRING => self.build_string(frame, argument),
            BUILD_TUPLE => self.display(frame, Many::Tuple, argument),
            BUILD_LIST => self.display(frame, Many::List, argument),
            BUILD_SET => self.display(frame, Many::Set, argument),
            BUILD_MAP if version == Version::V27 => frame.stack.push(Expression::Many(Many::Dict, Vec::new())),
            BUILD_MAP => {
                let items = frame.pop_many(argument.saturating_mul(2));
                let mut items = items.into_iter();
                let mut pairs = Vec::new();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    pairs.push(Expression::Pair(Box::new((key, value))));
                }
                frame.stack.push(Expression::Many(Many::Dict, pairs));
            }
            BUILD_CONST_KEY_MAP => {
                let keys = frame.pop();
                let values = frame.pop_many(argument);
                let keys = self.constants_of(&keys);
                let pairs = keys.into_iter().zip(values).map(|pair| Expression::Pair(Box::new(pair))).collect();
                frame.stack.push(Expression::Many(Many::Dict, pairs));
            }
            STORE_MAP => {
                let (key, value) = (frame.pop(), frame.pop());
                if let Some(Expression::Many(Many::Dict, items)) = frame.below(1) {
                    items.push(Expression::Pair(Box::new((key, value))));
                }
            }
            BUILD_LIST_UNPACK | BUILD_TUPLE_UNPACK | BUILD_TUPLE_UNPACK_WITH_CALL | BUILD_SET_UNPACK => {
                let many = match one.op {
                    BUILD_LIST_UNPACK => Many::List,
                    BUILD_SET_UNPACK => Many::Set,
                    _ => Many::Tuple,
                };
                self.merged(frame, many, argument);
            }
            BUILD_MAP_UNPACK => self.merged(frame, Many::Dict, argument),
            BUILD_MAP_UNPACK_WITH_CALL => self.merged(frame, Many::Dict, argument & 0xff),
            LIST_APPEND | SET_ADD => {
                let value = frame.pop();
                self.add(frame, argument, value, if one.op == SET_ADD { "add" } else { "append" });
            }
            LIST_EXTEND | SET_UPDATE | DICT_UPDATE | DICT_MERGE => {
                let value = frame.pop();
                self.extend(frame, argument, value);
            }
            MAP_ADD => {
                let (upper, lower) = (frame.pop(), frame.pop());
                let (key, value) = if version >= Version::V38 { (lower, upper) } else { (upper, lower) };
                if let Some(Expression::Many(Many::Dict, items)) = frame.below(argument) {
                    items.push(Expression::Pair(Box::new((key, value))));
                } else if let Some(object) =
                    frame.below(argument).and_then(|object| object.as_name().map(str::to_owned))
                {
                    let (key, value) = (self.show(key).0, self.show(value).0);
                    self.line(&format!("{object}[{key}] = {value}"));
                }
            }
            UNPACK_SEQUENCE => self.unpack(frame, argument.min(MOST_ITEMS)),
            UNPACK_EX => {
                let (before, after) = (argument & 0xff, (argument >> 8).min(255));
                let value = frame.pop();
                let kept = self.keep(value);
                let text = self.atom(kept).0;
                for at in (1..=after).rev() {
                    frame.stack.push(Expression::text(format!("{text}[-{}]", after + 1 - at), 2));
                }
                let end = if after == 0 { String::new() } else { format!("-{after}") };
                frame.stack.push(Expression::text(format!("{text}[{before}:{end}]"), 2));
                for at in (0..before).rev() {
                    frame.stack.push(Expression::text(format!("{text}[{at}]"), 2));
                }
            }
            _ => return false,
        }
        true
    }

    fn subscript(&mut self, frame: &mut Frame<'a, 'm>) {
        let (key, object) = (frame.pop(), frame.pop());
        let ((object, a), (key, b)) = (self.atom(object), self.show(key));
        self.push(frame, format!("{object}[{key}]"), a.max(b));
    }

    fn binary(&mut self, frame: &mut Frame<'a, 'm>, operator: &'static str, in_place: bool) {
        let (right, left) = (frame.pop(), frame.pop());
        let ((left, a), (right, b)) = (self.show(left), self.show(right));
        let augmented = in_place.then(|| Box::new((left.clone(), operator, right.clone())));
        self.push(frame, format!("({left} {operator} {right})"), a.max(b));
        if let Some(Expression::Text(text)) = frame.stack.last_mut()
            && !text.name
        {
            text.augmented = augmented;
        }
    }

    fn unary(&mut self, frame: &mut Frame<'a, 'm>, before: &str, after: &str) {
        let value = frame.pop();
        let (text, depth) = self.show(value);
        self.push(frame, format!("{before}{text}{after}"), depth);
    }

    pub(super) fn intrinsic(&mut self, frame: &mut Frame<'a, 'm>, which: usize) {
        match which {
            2 => {
                let module = frame.pop();
                self.import_star(&module);
                frame.stack.push(Expression::Unknown);
            }
            6 => match frame.pop() {
                Expression::Many(_, items) => frame.stack.push(Expression::Many(Many::Tuple, items)),
                other => {
                    let (text, depth) = self.show(other);
                    self.push(frame, format!("tuple({text})"), depth);
                }
            },
            _ => {}
        }
    }

    fn old_slice(&mut self, frame: &mut Frame<'a, 'm>, op: Op) {
        use Op::*;
        let stop = matches!(op, SLICE_2 | SLICE_3 | STORE_SLICE_2 | STORE_SLICE_3).then(|| frame.pop());
        let start = matches!(op, SLICE_1 | SLICE_3 | STORE_SLICE_1 | STORE_SLICE_3).then(|| frame.pop());
        let object = frame.pop();
        let start = start.map(|value| self.show(value).0).unwrap_or_default();
        let stop = stop.map(|value| self.show(value).0).unwrap_or_default();
        let (object, depth) = self.atom(object);
        let text = format!("{object}[{start}:{stop}]");
        if matches!(op, STORE_SLICE_0 | STORE_SLICE_1 | STORE_SLICE_2 | STORE_SLICE_3) {
            let value = frame.pop();
            self.bind(&text, value);
        } else {
            self.push(frame, text, depth);
        }
    }
}
