//! Expressions to values.

use std::rc::Rc;

use ruff_python_ast::{self as ast, BoolOp, CmpOp, Expr, Number, Operator, UnaryOp};
use ruff_text_size::Ranged;

use crate::format::Piece;
use crate::interpreter::{Binding, Code, DEEPEST, Dict, Function, Interpreter, Object, join};
use crate::value::{Data, Value, passing, same, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn expression(&mut self, node: &'a Expr) -> Value<'a> {
        if self.depth >= DEEPEST {
            self.gap("expressions are nested too deeply to follow");
            return Value::UNKNOWN;
        }
        self.depth += 1;
        let value = self.evaluate(node);
        self.depth -= 1;
        value
    }

    fn evaluate(&mut self, node: &'a Expr) -> Value<'a> {
        match node {
            Expr::Name(name) => {
                let value = self.lookup(name.id.as_str());
                self.read(value, node)
            }
            Expr::StringLiteral(literal) => self.string(literal),
            Expr::BytesLiteral(literal) => self.bytes_literal(literal),
            Expr::NumberLiteral(number) => Value::new(match &number.value {
                Number::Int(int) => match int.as_i64() {
                    Some(int) => Data::Int(int),
                    None => self.big(number),
                },
                Number::Float(float) => Data::Float(*float),
                Number::Complex { .. } => Data::Unknown,
            }),
            Expr::BooleanLiteral(flag) => Value::new(Data::Bool(flag.value)),
            Expr::NoneLiteral(_) => Value::new(Data::None),
            Expr::EllipsisLiteral(_) => Value::UNKNOWN,
            Expr::Attribute(attribute) => {
                let object = self.callee_part(&attribute.value);
                let name = Self::identifier(attribute.attr.as_str());
                let value = self.attribute(&object, &name);
                self.read(value, node)
            }
            Expr::Call(call) => self.call(call),
            Expr::BinOp(operation) => self.binary(operation),
            Expr::UnaryOp(operation) => {
                let value = self.expression(&operation.operand);
                self.unary(operation.op, &value)
            }
            Expr::BoolOp(operation) => self.either(operation),
            Expr::Compare(compare) => self.compare(compare),
            Expr::If(node) => {
                let test = self.expression(&node.test);
                match self.truth(&test) {
                    Some(true) if self.concrete > 0 => self.expression(&node.body),
                    Some(false) if self.concrete > 0 => self.expression(&node.orelse),
                    truth => {
                        let body = self.expression(&node.body);
                        let orelse = self.expression(&node.orelse);
                        match truth {
                            Some(true) => body,
                            Some(false) => orelse,
                            None => join(&body, &orelse),
                        }
                    }
                }
            }
            Expr::Named(node) => {
                let value = self.expression(&node.value);
                self.assign(&node.target, value.clone());
                value
            }
            Expr::FString(node) => {
                let mut pieces = Vec::new();
                for part in node.value.iter() {
                    match part {
                        ast::FStringPart::Literal(literal) => pieces.push(Piece::Text(literal.as_str().into())),
                        ast::FStringPart::FString(inner) => self.interpolate(&inner.elements, &mut pieces),
                    }
                }
                self.joined(pieces)
            }
            Expr::TString(node) => {
                let mut pieces = Vec::new();
                for part in node.value.iter() {
                    self.interpolate(&part.elements, &mut pieces);
                }
                self.joined(pieces)
            }
            Expr::List(list) => {
                let items = self.elements(&list.elts);
                Value::new(self.list(items))
            }
            Expr::Set(set) => {
                let items = self.elements(&set.elts);
                Value::new(self.list(items))
            }
            Expr::Tuple(tuple) => Value::new(Data::Tuple(Rc::new(self.elements(&tuple.elts)))),
            Expr::Dict(dict) => self.dictionary(dict),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.expression(part);
                }
                Value::UNKNOWN
            }
            Expr::Starred(star) => self.expression(&star.value),
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(node) => {
                let items = self.comprehend(&node.generators, |this| this.expression(&node.elt));
                self.collected(items)
            }
            Expr::SetComp(node) => {
                let items = self.comprehend(&node.generators, |this| this.expression(&node.elt));
                self.collected(items)
            }
            Expr::Generator(node) => {
                let items = self.comprehend(&node.generators, |this| this.expression(&node.elt));
                self.collected(items)
            }
            Expr::DictComp(node) => {
                let pairs = self.comprehend(&node.generators, |this| {
                    let key = node.key.as_ref().map_or(Value::UNKNOWN, |key| this.expression(key));
                    let value = this.expression(&node.value);
                    Value::new(Data::Tuple(Rc::new(vec![key, value])))
                });
                match pairs {
                    Ok(pairs) => {
                        let mut dict = Dict::default();
                        for pair in pairs {
                            if let Data::Tuple(pair) = &pair.data
                                && let [key, value] = pair.as_slice()
                            {
                                dict.insert(key.clone(), value.clone());
                            }
                        }
                        Value::new(self.dict(dict))
                    }
                    Err(item) => Value::from(Data::Unknown, self.origin_of(&item)),
                }
            }
            Expr::Await(node) => self.expression(&node.value),
            Expr::Yield(node) => {
                let value = match &node.value {
                    Some(value) => self.expression(value),
                    None => Value::new(Data::None),
                };
                self.changes += u64::from(value.is_constant());
                let yielded = self.frame.yielded.get_or_insert_with(Vec::new);
                if yielded.len() < 100_000 {
                    yielded.push(value);
                }
                Value::UNKNOWN
            }
            Expr::YieldFrom(node) => {
                let value = self.expression(&node.value);
                let items = self.iterate(&value).unwrap_or_else(|| vec![self.element(&value)]);
                let yielded = self.frame.yielded.get_or_insert_with(Vec::new);
                yielded.extend(items.into_iter().take(100_000));
                Value::UNKNOWN
            }
            Expr::IpyEscapeCommand(_) => Value::UNKNOWN,
        }
    }

    fn string(&mut self, literal: &'a ast::ExprStringLiteral) -> Value<'a> {
        let text = literal.value.to_str();
        let mut value = Value::new(Data::Literal(text));
        let written = usize::from(literal.range().len());
        // Mostly escapes: `\x69\x6d\x70…`.
        if text.len() >= 6 && written >= text.len().saturating_mul(3) && !text.bytes().any(|byte| byte == b'\n') {
            value = value.stepped("escape");
        }
        if text.len() >= 60 && self.frame.source < 64 && self.literals.len() < 64 && self.concrete == 0 {
            self.long_literal(literal.range(), &value);
        }
        value
    }

    fn bytes_literal(&mut self, literal: &'a ast::ExprBytesLiteral) -> Value<'a> {
        let parts = literal.value.as_slice();
        let mut value = match parts {
            [single] => Value::new(Data::BytesLiteral(&single.value)),
            _ => {
                let bytes: Vec<u8> = literal.value.bytes().collect();
                Value::new(Value::bytes(bytes))
            }
        };
        let length = value.as_bytes().map_or(0, <[u8]>::len);
        let written = usize::from(literal.range().len());
        if length >= 6 && written >= length.saturating_mul(3) {
            value = value.stepped("escape");
        }
        if length >= 60 && self.literals.len() < 64 && self.concrete == 0 {
            self.long_literal(literal.range(), &value);
        }
        value
    }

    /// A number too large for a word, as `to_bytes` would take it.
    fn big(&mut self, number: &'a ast::ExprNumberLiteral) -> Data<'a> {
        let text = self.text_of(number);
        crate::format::big_number(text).map_or(Data::Unknown, |bytes| Data::Big(Rc::new(bytes)))
    }

    fn elements(&mut self, nodes: &'a [Expr]) -> Vec<Value<'a>> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Expr::Starred(star) = node {
                let value = self.expression(&star.value);
                match self.iterate(&value) {
                    Some(inner) if inner.len() + items.len() <= 1_000_000 => items.extend(inner),
                    _ => items.push(Value::from(Data::Unknown, self.origin_of(&value))),
                }
            } else {
                items.push(self.expression(node));
            }
        }
        items
    }

    fn dictionary(&mut self, node: &'a ast::ExprDict) -> Value<'a> {
        let mut dict = Dict::default();
        for item in &node.items {
            match &item.key {
                Some(key) => {
                    let key = self.expression(key);
                    let value = self.expression(&item.value);
                    dict.insert(key, value);
                }
                None => {
                    let value = self.expression(&item.value);
                    match &value.data {
                        Data::Dict(id) => {
                            let inner = self.dict_of(*id).map(|inner| inner.items.clone()).unwrap_or_default();
                            inner.into_iter().for_each(|(key, value)| dict.insert(key, value));
                        }
                        _ => {
                            dict.open = true;
                            let origin = self.origin_of(&value);
                            dict.items.push((Value::UNKNOWN, Value::from(value.data, origin)));
                        }
                    }
                }
            }
        }
        Value::new(self.dict(dict))
    }

    fn interpolate(&mut self, elements: &'a ast::InterpolatedStringElements, pieces: &mut Vec<Piece<'a>>) {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => pieces.push(Piece::Text(literal.value.to_string())),
                ast::InterpolatedStringElement::Interpolation(node) => {
                    let value = self.expression(&node.expression);
                    let mut spec = String::new();
                    if let Some(format) = &node.format_spec {
                        let mut inner = Vec::new();
                        if self.depth < DEEPEST {
                            self.depth += 1;
                            self.interpolate(&format.elements, &mut inner);
                            self.depth -= 1;
                        }
                        let inner = self.joined(inner);
                        spec = inner.as_str().unwrap_or("?").to_owned();
                    }
                    pieces.push(Piece::Value { value, spec, repr: node.conversion == ast::ConversionFlag::Repr });
                }
            }
        }
    }

    /// Long chains of operators lean to the left: walked in a loop, so that their length is no depth.
    fn binary(&mut self, node: &'a ast::ExprBinOp) -> Value<'a> {
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

    fn unary(&mut self, op: UnaryOp, value: &Value<'a>) -> Value<'a> {
        let data = match (op, &value.data) {
            (UnaryOp::Not, _) => self.truth(value).map_or(Data::Unknown, |truth| Data::Bool(!truth)),
            (UnaryOp::USub, Data::Float(number)) => Data::Float(-number),
            (UnaryOp::USub, _) => value.as_int().and_then(i64::checked_neg).map_or(Data::Unknown, Data::Int),
            (UnaryOp::Invert, _) => value.as_int().map_or(Data::Unknown, |number| Data::Int(!number)),
            (UnaryOp::UAdd, data) => data.clone(),
        };
        Value::from(data, passing(&value.origin))
    }

    fn either(&mut self, node: &'a ast::ExprBoolOp) -> Value<'a> {
        let mut result: Option<Value<'a>> = None;
        let mut decided = false;
        for operand in &node.values {
            if decided && self.concrete > 0 {
                break;
            }
            let value = self.expression(operand);
            if decided {
                continue;
            }
            let truth = self.truth(&value);
            let stops = match node.op {
                BoolOp::And => truth == Some(false),
                BoolOp::Or => truth == Some(true),
            };
            result = match (result.take(), node.op) {
                (None, _) => Some(value),
                // `a and b` is `b` unless a is false; `a or b` is either.
                (Some(_), BoolOp::And) => Some(value),
                (Some(earlier), BoolOp::Or) if self.truth(&earlier) == Some(false) => Some(value),
                (Some(earlier), BoolOp::Or) => Some(join(&earlier, &value)),
            };
            decided = stops && node.values.first().is_some();
        }
        result.unwrap_or(Value::UNKNOWN)
    }

    fn compare(&mut self, node: &'a ast::ExprCompare) -> Value<'a> {
        let mut left = self.expression(&node.left);
        let mut answer = Some(true);
        let mut origin = passing(&left.origin);
        for (op, right) in node.ops.iter().zip(node.comparators.iter()) {
            let right = self.expression(right);
            origin = union(&origin, &passing(&right.origin));
            let truth = self.relation(*op, &left, &right);
            answer = match (answer, truth) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            left = right;
        }
        // A comparison tells little of what was compared: nothing flows on, but for chains of a decoder.
        let steps = origin.filter(|marks| marks.taints.is_empty());
        Value::from(answer.map_or(Data::Unknown, Data::Bool), steps)
    }

    fn relation(&self, op: CmpOp, left: &Value<'a>, right: &Value<'a>) -> Option<bool> {
        let order = || -> Option<std::cmp::Ordering> {
            if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
                return Some(a.cmp(&b));
            }
            if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
                return Some(a.cmp(b));
            }
            if let (Some(a), Some(b)) = (left.as_bytes(), right.as_bytes()) {
                return Some(a.cmp(b));
            }
            None
        };
        match op {
            CmpOp::Eq | CmpOp::Is => same(left, right),
            CmpOp::NotEq | CmpOp::IsNot => same(left, right).map(|same| !same),
            CmpOp::Lt => order().map(std::cmp::Ordering::is_lt),
            CmpOp::LtE => order().map(std::cmp::Ordering::is_le),
            CmpOp::Gt => order().map(std::cmp::Ordering::is_gt),
            CmpOp::GtE => order().map(std::cmp::Ordering::is_ge),
            CmpOp::In => self.contains(right, left),
            CmpOp::NotIn => self.contains(right, left).map(|inside| !inside),
        }
    }

    fn contains(&self, container: &Value<'a>, item: &Value<'a>) -> Option<bool> {
        if let (Some(text), Some(part)) = (container.as_str(), item.as_str()) {
            return Some(text.contains(part));
        }
        if let (Some(bytes), Some(byte)) = (container.as_bytes(), item.as_int()) {
            return Some(u8::try_from(byte).is_ok_and(|byte| bytes.contains(&byte)));
        }
        let items = match &container.data {
            Data::Tuple(items) => items.as_slice(),
            Data::List(id) => self.items(*id),
            Data::Dict(id) => {
                let dict = self.dict_of(*id)?;
                if dict.get(item).is_some() {
                    return Some(true);
                }
                let known = item.as_str().is_some() || item.as_int().is_some();
                return (known && !dict.open).then_some(false);
            }
            _ => return None,
        };
        let mut sure = items.len() <= 4096;
        for known in items.iter().take(4096) {
            match same(known, item) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => sure = false,
            }
        }
        sure.then_some(false)
    }

    pub(crate) fn truth(&self, value: &Value<'a>) -> Option<bool> {
        match &value.data {
            Data::None => Some(false),
            Data::Bool(flag) => Some(*flag),
            Data::Int(number) => Some(*number != 0),
            Data::Float(number) => Some(*number != 0.0),
            Data::Big(_) => Some(true),
            Data::Tuple(items) => Some(!items.is_empty()),
            Data::Range(range) => Some(range[2] > 0),
            Data::List(id) => Some(!self.items(*id).is_empty()),
            Data::Dict(id) => self.dict_of(*id).map(|dict| !dict.items.is_empty()),
            Data::Function(_) | Data::Class(_) => Some(true),
            _ => value.as_raw().map(|raw| !raw.is_empty()),
        }
    }

    fn lambda(&mut self, node: &'a ast::ExprLambda) -> Value<'a> {
        self.capture(self.frame.scope);
        let function = Function {
            code: Code::Lambda(node),
            scope: self.frame.scope,
            source: self.frame.source,
            class: self.frame.class,
            binding: Binding::Plain,
            name: Rc::clone(&self.frame.function),
            walks: 0,
            productive: 0,
            active: 0,
            summary: None,
        };
        match self.allocate(Object::Function(Box::new(function))) {
            Some(id) => {
                if self.concrete == 0 && self.lambdas.len() < 10_000 {
                    self.lambdas.push(id);
                }
                Value::new(Data::Function(id))
            }
            None => Value::UNKNOWN,
        }
    }

    /// The items of a comprehension, or what one of them is like.
    fn comprehend(
        &mut self,
        generators: &'a [ast::Comprehension],
        mut item: impl FnMut(&mut Self) -> Value<'a>,
    ) -> Result<Vec<Value<'a>>, Value<'a>> {
        let scope = self.open_scope(self.frame.scope, false);
        let outer = std::mem::replace(&mut self.frame.scope, scope);
        let mut items = Vec::new();
        let sure = self.generate(generators, &mut items, &mut item);
        self.frame.scope = outer;
        self.close_scope(scope);
        if sure {
            return Ok(items);
        }
        let mut like = Value::UNKNOWN;
        for item in items.into_iter().take(16) {
            like = join(&like, &item);
        }
        Err(like)
    }

    /// False when not all items are known.
    fn generate(
        &mut self,
        generators: &'a [ast::Comprehension],
        items: &mut Vec<Value<'a>>,
        item: &mut impl FnMut(&mut Self) -> Value<'a>,
    ) -> bool {
        let Some((generator, inner)) = generators.split_first() else {
            items.push(item(self));
            return true;
        };
        if self.depth >= DEEPEST {
            return false;
        }
        let iterable = self.expression(&generator.iter);
        let origin = passing(&iterable.origin);
        let Some(elements) = self.walkable(&iterable).filter(|_| self.fuel() > 0) else {
            let element = self.element(&iterable);
            self.assign(&generator.target, element);
            for condition in &generator.ifs {
                self.expression(condition);
            }
            self.depth += 1;
            self.generate(inner, items, item);
            self.depth -= 1;
            return false;
        };
        let mut sure = true;
        let (given, share) = (self.fuel(), self.share());
        self.concrete += 1;
        for (at, element) in elements.enumerate() {
            if !self.burn(1) || at > 16 && given - self.fuel() > share || items.len() > 400_000 {
                sure = false;
                break;
            }
            let element = Value { origin: union(&element.origin, &origin), data: element.data };
            self.assign(&generator.target, element);
            let mut keep = true;
            for condition in &generator.ifs {
                let value = self.expression(condition);
                match self.truth(&value) {
                    Some(true) => {}
                    Some(false) => keep = false,
                    None => sure = false,
                }
                if !keep {
                    break;
                }
            }
            if keep {
                self.depth += 1;
                sure &= self.generate(inner, items, item);
                self.depth -= 1;
            }
            if !sure && at >= 8 {
                break;
            }
        }
        self.concrete -= 1;
        sure
    }

    fn collected(&mut self, items: Result<Vec<Value<'a>>, Value<'a>>) -> Value<'a> {
        match items {
            Ok(items) => Value::new(self.list(items)),
            Err(like) => {
                let origin = self.origin_of(&like);
                match like.data {
                    Data::Name(..) => Value::from(like.data, origin),
                    _ => Value::from(Data::Unknown, origin),
                }
            }
        }
    }

    /// `left op right`, changing the left side in place where nobody else holds it.
    pub(crate) fn in_place(&mut self, left: Value<'a>, op: Operator, right: &Value<'a>) -> Value<'a> {
        if op == Operator::Add {
            return self.add(left, right);
        }
        let mut origin = union(&passing(&left.origin), &passing(&right.origin));
        let data = match op {
            Operator::Mod if left.as_template().is_some() => return self.percent(&left, right),
            Operator::Mult => self.repeat(&left, right),
            Operator::Div if matches!(left.data, Data::Name(..)) || matches!(right.data, Data::Name(..)) => {
                return self.path_join(&left, right);
            }
            _ => self.arithmetic(op, &left, right),
        };
        if op == Operator::BitXor && (left.as_int().is_some() || right.as_int().is_some()) {
            origin = crate::value::with_step(&origin, "xor");
        }
        Value::from(data, origin)
    }

    fn arithmetic(&mut self, op: Operator, left: &Value<'a>, right: &Value<'a>) -> Data<'a> {
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
            return match op {
                Operator::Sub => Data::Float(a - b),
                Operator::Div if b != 0.0 => Data::Float(a / b),
                _ => Data::Unknown,
            };
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

    fn repeat(&mut self, left: &Value<'a>, right: &Value<'a>) -> Data<'a> {
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

    fn add(&mut self, left: Value<'a>, right: &Value<'a>) -> Value<'a> {
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
            (Data::Float(a), _) => right.as_int().map_or(Data::Unknown, |b| Data::Float(a + b as f64)),
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
    fn path_join(&mut self, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
        let name = if matches!(left.data, Data::Name(..)) { left } else { right };
        let Data::Name(id, call) = name.data else { return Value::UNKNOWN };
        let origin = union(&passing(&left.origin), &passing(&right.origin));
        if call == 0 {
            return Value::from(Data::Unknown, origin);
        }
        let mut text = Vec::new();
        for side in [left, right] {
            match side.data {
                Data::Name(_, call) => text.extend(self.records.text_of_call(call).iter().cloned()),
                _ => text.extend(side.as_template().map(str::to_owned)),
            }
        }
        let call = self.records.new_call(vec![text.join("/")], String::new());
        Value::from(Data::Name(id, call), origin)
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
