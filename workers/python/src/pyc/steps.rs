//! What each instruction does to the stack, and which statement it stands for.

use super::containers::MOST_ITEMS;
use super::expression::{Expression, Many};
use super::instructions::Instruction;
use super::literal;
use super::marshal::{Object, Version};
use super::opcodes::Op;
use super::writer::{Frame, Kind, Writer};

const COMPARISONS: [&str; 10] = ["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not"];
const OPERATORS: [&str; 13] = ["+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"];
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
    pub(super) fn step(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
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
            POP_TOP | POP_ITER => self.drop_top(frame),
            PRINT_EXPR => self.drop_top(frame),
            DUP_TOP => self.copy(frame, 1),
            COPY => self.copy(frame, argument),
            DUP_TOP_TWO => {
                self.copy(frame, 2);
                self.copy(frame, 2);
            }
            DUP_TOPX => (0..argument.min(5)).for_each(|_| self.copy(frame, argument)),
            ROT_TWO => swap(frame, 2),
            SWAP => swap(frame, argument),
            ROT_THREE => rotate(frame, 3),
            ROT_FOUR => rotate(frame, 4),
            ROT_N => rotate(frame, argument),
            PUSH_NULL => frame.stack.push(Expression::Null),
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
                frame.skip = super::instructions::target(one, version).unwrap_or(0);
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
            // Nothing that matters to what the code says.
            _ => {}
        }
    }

    pub(super) fn is_none(&self, value: &Expression) -> bool {
        matches!(value, Expression::Constant(id) if matches!(self.arena.get(*id), Object::None))
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

    /// An expression behind which a dot or a bracket may stand.
    pub(super) fn atom(&mut self, value: Expression) -> (String, u32) {
        let number = match &value {
            Expression::Constant(id) => matches!(self.arena.get(*id), Object::Int(_) | Object::Float(_)),
            Expression::Text(text) => text.text.starts_with(|c: char| c.is_ascii_digit()),
            _ => false,
        };
        let (text, depth) = self.show(value);
        if number { (format!("({text})"), depth) } else { (text, depth) }
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

    fn intrinsic(&mut self, frame: &mut Frame<'a, 'm>, which: usize) {
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

    fn import_star(&mut self, module: &Expression) {
        if let Expression::Module { name, .. } = module {
            self.line(&format!("from {name} import *"));
        }
    }

    /// A value that nothing takes: what it does happens all the same.
    fn drop_top(&mut self, frame: &mut Frame<'a, 'm>) {
        match frame.pop() {
            Expression::Unknown | Expression::Null | Expression::Constant(_) | Expression::BuildClass => {}
            Expression::Module { whole: true, .. } | Expression::Member { .. } => {}
            Expression::Module { name, .. } => self.import(&name, None),
            value if value.as_name().is_some() => {}
            value => {
                let text = self.show(value).0;
                self.line(&text);
            }
        }
    }

    fn copy(&mut self, frame: &mut Frame<'a, 'm>, depth: usize) {
        let Some(place) = frame.below(depth) else {
            frame.stack.push(Expression::Unknown);
            return;
        };
        let value = std::mem::replace(place, Expression::Unknown);
        let mut ahead = frame.listing.instructions.iter().skip(frame.position + 1);
        let next = ahead.find(|one| one.op != Op::TO_BOOL).map(|one| one.op);
        let tested = depth == 1 && matches!(next, Some(Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE));
        let kept = match value.as_name().filter(|name| tested && !name.starts_with("_t")).map(str::to_owned) {
            // `a and b`: one of the two is what is left.
            Some(name) => {
                let kept = self.fresh("t");
                self.line(&format!("{kept} = {name}"));
                Expression::name(kept)
            }
            None => self.keep(value),
        };
        if let Some(place) = frame.below(depth) {
            *place = kept.clone();
        }
        frame.stack.push(kept);
    }

    fn condition(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction, stay: (&str, &str), leave: (&str, &str)) {
        let value = frame.pop();
        let text = self.show(value).0;
        let (stay, leave) = (format!("{}{text}{}", stay.0, stay.1), format!("{}{text}{}", leave.0, leave.1));
        self.branch(frame, &stay, &leave, one);
    }

    fn give_back(&mut self, frame: &mut Frame<'a, 'm>, value: Expression) {
        let nothing = self.is_none(&value);
        if frame.kind == Kind::Function && !matches!(value, Expression::Unknown) {
            let text = self.show(value).0;
            self.line(if nothing { "return".to_owned() } else { format!("return {text}") }.as_str());
        }
        frame.dead = true;
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

/// A name taken out of a module that was imported.
fn imported(module: &Expression, member: String) -> Expression {
    match module {
        Expression::Module { name, whole: true } => Expression::Member { module: name.clone(), name: member },
        Expression::Module { name, .. } => {
            let top = name.split('.').next().unwrap_or_default().to_owned();
            Expression::Member { module: top, name: member }
        }
        Expression::Member { module, name } => Expression::Member { module: format!("{module}.{name}"), name: member },
        _ => Expression::Unknown,
    }
}

fn swap(frame: &mut Frame<'_, '_>, depth: usize) {
    let height = frame.stack.len();
    if let Some(at) = height.checked_sub(depth).filter(|at| *at + 1 < height) {
        frame.stack.swap(at, height - 1);
    }
}

/// The topmost goes below the others.
fn rotate(frame: &mut Frame<'_, '_>, depth: usize) {
    if let Some(at) = frame.stack.len().checked_sub(depth).filter(|_| depth > 1) {
        frame.stack[at..].rotate_right(1);
    }
}
