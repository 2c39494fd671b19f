//! Operators on values that are known: bounded before they are computed.

use std::rc::Rc;

use model::Operation;
use ruff_python_ast::{self as ast, Expr, Operator, UnaryOp};

use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    /// Long chains of operators lean to the left: walked in a loop, so that their length is no depth.
    pub(crate) fn binary(&mut self, node: &'a ast::ExprBinOp) -> Value<'a> {
        let mut spine = vec![node];
        let mut left = &*node.left;
        while let Expr::BinOp(inner) = left {
            spine.push(inner);
            left = &inner.left;
        }
        let mut value = self.expression(left);
        while let Some(node) = spine.pop() {
            let right = self.expression(&node.right);
            value = self.in_place(value, node.op, &right);
        }
        value
    }

    pub(crate) fn unary(&mut self, op: UnaryOp, value: &Value<'a>) -> Value<'a> {
        if let Data::Instance(_) = value.data {
            let method = match op {
                UnaryOp::Invert => Some("__invert__"),
                UnaryOp::UAdd => Some("__pos__"),
                UnaryOp::USub => Some("__neg__"),
                UnaryOp::Not => None,
            };
            let nothing = Value::new(Data::None);
            if let Some(result) = method.and_then(|method| self.special(value, method, &nothing)) {
                return result;
            }
        }
        let data = match (op, &value.data) {
            (UnaryOp::Not, _) => self.truth(value).map_or(Data::Unknown, |truth| Data::Bool(!truth)),
            (UnaryOp::USub, Data::Float(number)) => Data::Float(-number),
            (UnaryOp::USub, _) => value.as_int().and_then(i64::checked_neg).map_or(Data::Unknown, Data::Int),
            (UnaryOp::Invert, _) => value.as_int().map_or(Data::Unknown, |number| Data::Int(!number)),
            (UnaryOp::UAdd, data) => data.clone(),
        };
        Value::from(data, passing(&value.origin))
    }

    /// `left op right`, changing the left side in place where nobody else holds it.
    pub(crate) fn in_place(&mut self, left: Value<'a>, op: Operator, right: &Value<'a>) -> Value<'a> {
        if matches!(left.data, Data::Buffer(_)) || matches!(right.data, Data::Buffer(_)) {
            let (left, right) = (self.frozen(&left), self.frozen(right));
            let both = self.in_place(left, op, &right);
            // What a bytearray is added to is one again.
            return match both.as_bytes().map(<[u8]>::to_vec) {
                Some(bytes) => self.buffer(crate::buffers::Shape::Array, bytes, both.origin),
                None => both,
            };
        }
        if let Data::Instance(_) = left.data
            && let Some(value) = self.special(&left, operator_method(op, false), right)
        {
            return value;
        }
        if let Data::Instance(_) = right.data
            && let Some(value) = self.special(right, operator_method(op, true), &left)
        {
            return value;
        }
        if op == Operator::Add {
            return self.add(left, right);
        }
        let mut origin = union(&passing(&left.origin), &passing(&right.origin));
        let data = match op {
            Operator::Mod if left.as_template().is_some() => return self.percent(&left, right),
            Operator::Mult if matches!(left.data, Data::Float(_)) || matches!(right.data, Data::Float(_)) => {
                self.arithmetic(op, &left, right)
            }
            Operator::Mult => self.repeat(&left, right),
            Operator::Div if matches!(left.data, Data::Name(..)) || matches!(right.data, Data::Name(..)) => {
                return self.path_join(&left, right);
            }
            _ => self.arithmetic(op, &left, right),
        };
        if op == Operator::BitXor && (left.as_int().is_some() || right.as_int().is_some()) {
            origin = crate::value::with_step(&origin, Operation::Xor);
        }
        Value::from(data, origin)
    }

    /// A method of a class of this source that an operator calls.
    pub(crate) fn special(&mut self, object: &Value<'a>, method: &str, operand: &Value<'a>) -> Option<Value<'a>> {
        let Data::Instance(id) = object.data else { return None };
        let class = self.instance(id)?.class;
        let Some(Value { data: Data::Function(function), .. }) = self.class_attribute(class, method, 0) else {
            return None;
        };
        let arguments = match operand.data {
            Data::None => Arguments::default(),
            _ => Arguments::of(vec![operand.clone()]),
        };
        if self.depth + 8 >= crate::interpreter::DEEPEST {
            return None;
        }
        Some(self.enter(function, Some(object.clone()), arguments))
    }

    pub(crate) fn arithmetic(&mut self, op: Operator, left: &Value<'a>, right: &Value<'a>) -> Data<'a> {
        if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
            let result = match op {
                Operator::Sub => a.checked_sub(b),
                Operator::Div => return if b == 0 { Data::Unknown } else { Data::Float(a as f64 / b as f64) },
                Operator::FloorDiv => a.checked_div_euclid(b).map(|quotient| {
                    // Python rounds down, Euclid towards the remainder: they differ for negative divisors.
                    if b < 0 && a.checked_rem_euclid(b).is_some_and(|rest| rest != 0) { quotient - 1 } else { quotient }
                }),
                Operator::Mod => a.checked_rem_euclid(b).map(|rest| if b < 0 && rest != 0 { rest + b } else { rest }),
                Operator::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
                Operator::LShift => u32::try_from(b).ok().filter(|b| *b < 63).and_then(|b| a.checked_mul(1_i64 << b)),
                Operator::RShift => u32::try_from(b).ok().map(|b| a >> b.min(63)),
                Operator::BitOr => Some(a | b),
                Operator::BitXor => Some(a ^ b),
                Operator::BitAnd => Some(a & b),
                Operator::Add | Operator::Mult | Operator::MatMult => None,
            };
            return result.map_or(Data::Unknown, Data::Int);
        }
        let float = |value: &Value<'a>| match value.data {
            Data::Float(number) => Some(number),
            _ => value.as_int().map(|number| number as f64),
        };
        if let (Some(a), Some(b)) = (float(left), float(right)) {
            let result = match op {
                Operator::Add => a + b,
                Operator::Sub => a - b,
                Operator::Mult => a * b,
                Operator::Div if b != 0.0 => a / b,
                Operator::FloorDiv if b != 0.0 => (a / b).floor(),
                Operator::Mod if b != 0.0 => a - b * (a / b).floor(),
                Operator::Pow => a.powf(b),
                _ => return Data::Unknown,
            };
            return if result.is_finite() { Data::Float(result) } else { Data::Unknown };
        }
        if op == Operator::BitOr
            && let (Data::Dict(a), Data::Dict(b)) = (&left.data, &right.data)
        {
            let mut dict = self.dict_of(*a).cloned().unwrap_or_default();
            let more = self.dict_of(*b).map(|dict| dict.items.clone()).unwrap_or_default();
            more.into_iter().for_each(|(key, value)| dict.insert(key, value));
            return self.dict(dict);
        }
        Data::Unknown
    }

    pub(crate) fn repeat(&mut self, left: &Value<'a>, right: &Value<'a>) -> Data<'a> {
        if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
            return a.checked_mul(b).map_or(Data::Unknown, Data::Int);
        }
        let (sequence, times) = match (left.as_int(), right.as_int()) {
            (None, Some(times)) => (left, times),
            (Some(times), None) => (right, times),
            _ => return Data::Unknown,
        };
        let times = usize::try_from(times).unwrap_or(0);
        if let Some(text) = sequence.as_str() {
            // Bounded before it is computed: `'a' * 10**12`.
            return match text.len().checked_mul(times) {
                Some(size) if self.room(size) => Value::text(text.repeat(times)),
                _ => Data::Unknown,
            };
        }
        if let Some(bytes) = sequence.as_bytes() {
            return match bytes.len().checked_mul(times) {
                Some(size) if self.room(size) => Value::bytes(bytes.repeat(times)),
                _ => Data::Unknown,
            };
        }
        let items = match &sequence.data {
            Data::List(id) => self.items(*id),
            Data::Tuple(items) => items,
            _ => return Data::Unknown,
        };
        match items.len().checked_mul(times) {
            Some(size) if size <= 100_000 => {
                let items = items.repeat_by(times);
                if matches!(sequence.data, Data::Tuple(_)) { Data::Tuple(Rc::new(items)) } else { self.list(items) }
            }
            _ => Data::Unknown,
        }
    }

    pub(crate) fn add(&mut self, left: Value<'a>, right: &Value<'a>) -> Value<'a> {
        let mut left = left;
        let origin = union(&passing(&left.origin), &passing(&right.origin));
        if let Some(more) = right.as_str() {
            match &mut left.data {
                Data::Text(text) if text.content.len() + more.len() <= crate::interpreter::LARGEST => {
                    // Shared: a copy is made, and paid for.
                    let size = if Rc::strong_count(text) > 1 { text.content.len() + more.len() } else { more.len() };
                    if !self.room(size) {
                        return Value::from(Data::Unknown, origin);
                    }
                    let text = Rc::make_mut(text);
                    text.ascii &= more.is_ascii();
                    text.content.push_str(more);
                    return Value::from(left.data, origin);
                }
                Data::Literal(text) => {
                    if !self.room(text.len() + more.len()) {
                        return Value::from(Data::Unknown, origin);
                    }
                    let mut content = String::with_capacity((text.len() + more.len()).next_power_of_two());
                    content.push_str(text);
                    content.push_str(more);
                    return Value::from(Value::text(content), origin);
                }
                _ => {}
            }
        }
        if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
            return Value::from(a.checked_add(b).map_or(Data::Unknown, Data::Int), origin);
        }
        if let (Some(a), Some(b)) = (left.as_bytes(), right.as_bytes()) {
            if !self.room(a.len() + b.len()) {
                return Value::from(Data::Unknown, origin);
            }
            if let Data::Bytes(bytes) = &mut left.data
                && let Some(bytes) = Rc::get_mut(bytes)
            {
                bytes.extend_from_slice(right.as_bytes().unwrap_or(&[]));
                return Value::from(left.data, origin);
            }
            let both = [left.as_bytes().unwrap_or(&[]), right.as_bytes().unwrap_or(&[])].concat();
            return Value::from(Value::bytes(both), origin);
        }
        let data = match (&left.data, &right.data) {
            (Data::Tuple(a), Data::Tuple(b)) if a.len() + b.len() <= 100_000 => {
                Data::Tuple(Rc::new(a.iter().chain(b.iter()).cloned().collect()))
            }
            (Data::List(a), Data::List(b)) => {
                let (a, b) = (self.items(*a), self.items(*b));
                if a.len() + b.len() <= 400_000 && (a.len() + b.len() <= 1_000 || self.concrete == 0) {
                    let items = a.iter().chain(b).cloned().collect();
                    self.list(items)
                } else {
                    Data::Unknown
                }
            }
            (Data::Float(_), Data::Float(_) | Data::Int(_) | Data::Bool(_))
            | (Data::Int(_) | Data::Bool(_), Data::Float(_)) => self.arithmetic(Operator::Add, &left, right),
            _ => match (left.as_template(), right.as_template()) {
                (None, None) => Data::Unknown,
                (a, b)
                    if matches!(left.data, Data::List(_) | Data::Tuple(_))
                        || a.is_none() && left.as_int().is_some() =>
                {
                    let _ = b;
                    Data::Unknown
                }
                (a, b) => Data::Template(crate::format::template(&[a, b])),
            },
        };
        Value::from(data, origin)
    }

    /// `Path("x") / "y"`: the name stays, the text of both is kept for evidence.
    pub(crate) fn path_join(&mut self, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
        let name = if matches!(left.data, Data::Name(..)) { left } else { right };
        let Data::Name(id, call) = name.data else { return Value::UNKNOWN };
        let origin = union(&passing(&left.origin), &passing(&right.origin));
        if call == 0 {
            return Value::from(Data::Unknown, origin);
        }
        let mut text = Vec::new();
        let mut keys = Vec::new();
        for side in [left, right] {
            match side.data {
                Data::Name(_, call) => text.extend(self.records.text_of_call(call).iter().cloned()),
                _ => text.extend(side.as_template().map(str::to_owned)),
            }
            // The last part tells the file from others, wherever it lies.
            keys =
                side.as_template().filter(|part| part.len() >= 4).map(|part| format!("={part}")).into_iter().collect();
        }
        let call = self.records.new_call(vec![text.join("/")], keys);
        Value::from(Data::Name(id, call), origin)
    }
}

/// The method behind an operator, of the left operand or of the right one.
const fn operator_method(op: Operator, reflected: bool) -> &'static str {
    match (op, reflected) {
        (Operator::Add, false) => "__add__",
        (Operator::Sub, false) => "__sub__",
        (Operator::Mult, false) => "__mul__",
        (Operator::MatMult, false) => "__matmul__",
        (Operator::Div, false) => "__truediv__",
        (Operator::FloorDiv, false) => "__floordiv__",
        (Operator::Mod, false) => "__mod__",
        (Operator::Pow, false) => "__pow__",
        (Operator::LShift, false) => "__lshift__",
        (Operator::RShift, false) => "__rshift__",
        (Operator::BitOr, false) => "__or__",
        (Operator::BitXor, false) => "__xor__",
        (Operator::BitAnd, false) => "__and__",
        (Operator::Add, true) => "__radd__",
        (Operator::Sub, true) => "__rsub__",
        (Operator::Mult, true) => "__rmul__",
        (Operator::MatMult, true) => "__rmatmul__",
        (Operator::Div, true) => "__rtruediv__",
        (Operator::FloorDiv, true) => "__rfloordiv__",
        (Operator::Mod, true) => "__rmod__",
        (Operator::Pow, true) => "__rpow__",
        (Operator::LShift, true) => "__rlshift__",
        (Operator::RShift, true) => "__rrshift__",
        (Operator::BitOr, true) => "__ror__",
        (Operator::BitXor, true) => "__rxor__",
        (Operator::BitAnd, true) => "__rand__",
    }
}

/// Repetition of a slice of values.
trait RepeatBy {
    type Item;
    fn repeat_by(&self, times: usize) -> Vec<Self::Item>;
}

impl<Item: Clone> RepeatBy for [Item] {
    type Item = Item;
    fn repeat_by(&self, times: usize) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.len().saturating_mul(times));
        for _ in 0..times {
            items.extend_from_slice(self);
        }
        items
    }
}
