//! Expressions to values.

use std::rc::Rc;

use model::Operation;
use ruff_python_ast::{self as ast, Expr, Number};
use ruff_text_size::Ranged;

use crate::format::Piece;
use crate::heap::{Binding, Code, Dict, Function, Object};
use crate::interpreter::{DEEPEST, Interpreter};
use crate::scope::join;
use crate::value::{Data, Value};

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

    pub(crate) fn evaluate(&mut self, node: &'a Expr) -> Value<'a> {
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
            Expr::IpyEscapeCommand(node) => self.escaped(node.kind, &node.value, node.range()),
        }
    }

    pub(crate) fn string(&mut self, literal: &'a ast::ExprStringLiteral) -> Value<'a> {
        let text = literal.value.to_str();
        let mut value = Value::new(Data::Literal(text));
        let written = usize::from(literal.range().len());
        // Mostly escapes: `\x69\x6d\x70…`.
        if text.len() >= 6 && written >= text.len().saturating_mul(3) && !text.bytes().any(|byte| byte == b'\n') {
            value = value.stepped(Operation::Escape);
        }
        if text.len() >= 60 && self.frame.source < 64 && self.literals.len() < 64 && self.concrete == 0 {
            self.long_literal(literal.range(), &value);
        }
        value
    }

    pub(crate) fn bytes_literal(&mut self, literal: &'a ast::ExprBytesLiteral) -> Value<'a> {
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
            value = value.stepped(Operation::Escape);
        }
        if length >= 60 && self.literals.len() < 64 && self.concrete == 0 {
            self.long_literal(literal.range(), &value);
        }
        value
    }

    /// A number too large for a word, as `to_bytes` would take it.
    pub(crate) fn big(&mut self, number: &'a ast::ExprNumberLiteral) -> Data<'a> {
        let text = self.text_of(number);
        crate::format::big_number(text).map_or(Data::Unknown, |bytes| Data::Big(Rc::new(bytes)))
    }

    pub(crate) fn elements(&mut self, nodes: &'a [Expr]) -> Vec<Value<'a>> {
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

    pub(crate) fn dictionary(&mut self, node: &'a ast::ExprDict) -> Value<'a> {
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

    pub(crate) fn interpolate(&mut self, elements: &'a ast::InterpolatedStringElements, pieces: &mut Vec<Piece<'a>>) {
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

    pub(crate) fn lambda(&mut self, node: &'a ast::ExprLambda) -> Value<'a> {
        self.capture(self.frame.scope);
        let function = Function {
            code: Code::Lambda(node),
            scope: self.frame.scope,
            source: self.frame.source,
            class: self.frame.class,
            binding: Binding::Plain,
            name: Rc::clone(&self.frame.function),
            receives: None,
            walks: 0,
            productive: 0,
            active: 0,
            speaks: false,
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
}
