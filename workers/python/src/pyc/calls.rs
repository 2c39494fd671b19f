//! Calls, and what is made by them in the text: functions, classes, decorators.

use super::expression::{Class, Expression, Made, Many};
use super::instructions::Instruction;
use super::marshal::Version;
use super::opcodes::Op;
use super::writer::{Frame, Writer};

impl<'a, 'm> Writer<'a, 'm> {
    pub(super) fn call(&mut self, frame: &mut Frame<'a, 'm>, callee: Expression, arguments: Vec<Expression>) {
        let names = std::mem::take(&mut frame.keywords);
        if let Expression::BuildClass = callee {
            let mut arguments = self.with_names(arguments, names).into_iter();
            let (body, name) = (arguments.next(), arguments.next());
            let (Some(body), Some(name)) = (body, name) else { return frame.stack.push(Expression::Unknown) };
            return self.made_class(frame, body, &name, arguments.collect());
        }
        // The end of a `with` block.
        if matches!(callee, Expression::Unknown) && arguments.iter().all(|value| self.is_none(value)) {
            return frame.stack.push(Expression::Unknown);
        }
        let (callee, height) = self.atom(callee);
        if let Some(context) = callee.strip_suffix(".__enter__").filter(|_| arguments.is_empty()) {
            return frame.stack.push(Expression::text(context.to_owned(), height));
        }
        let arguments = self.with_names(arguments, names);
        let mut texts = Vec::with_capacity(arguments.len());
        let mut depth = height;
        for argument in arguments {
            let (text, height) = match argument {
                Expression::Pair(pair) => {
                    let (key, value) = *pair;
                    let name = match &key {
                        Expression::Constant(id) => Some(self.identifier(*id)),
                        Expression::Text(text) => Some(text.text.clone()),
                        _ => None,
                    };
                    let (value, height) = self.show(value);
                    (name.map_or_else(|| "**(...)".to_owned(), |name| format!("{name}={value}")), height)
                }
                other => self.show(other),
            };
            depth = depth.max(height);
            texts.push(text);
        }
        self.push(frame, format!("{callee}({})", texts.join(", ")), depth);
    }

    /// The last arguments with the names they are given.
    pub(super) fn with_names(&self, mut arguments: Vec<Expression>, names: Vec<String>) -> Vec<Expression> {
        let from = arguments.len().saturating_sub(names.len());
        let named: Vec<_> = arguments.drain(from..).collect();
        let pairs = names
            .into_iter()
            .zip(named)
            .map(|(name, value)| Expression::Pair(Box::new((Expression::name(name), value))));
        arguments.extend(pairs);
        arguments
    }

    pub(super) fn old_call(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
        let (places, pairs) = ((one.argument & 0xff) as usize, (one.argument >> 8 & 0xff) as usize);
        let stars = matches!(one.op, Op::CALL_FUNCTION_KW | Op::CALL_FUNCTION_VAR_KW).then(|| frame.pop());
        let star = matches!(one.op, Op::CALL_FUNCTION_VAR | Op::CALL_FUNCTION_VAR_KW).then(|| frame.pop());
        let named = frame.pop_many(pairs * 2);
        let mut arguments = frame.pop_many(places);
        // The body of a class is called where the class is made.
        if frame.following().is_some_and(|next| next.op == Op::BUILD_CLASS) {
            return;
        }
        let callee = frame.pop();
        if let Some(star) = star {
            arguments.extend(self.spread(star));
        }
        let mut named = named.into_iter();
        while let (Some(key), Some(value)) = (named.next(), named.next()) {
            arguments.push(Expression::Pair(Box::new((key, value))));
        }
        if let Some(stars) = stars {
            arguments.extend(self.spread_pairs(stars));
        }
        self.call(frame, callee, arguments);
    }

    pub(super) fn made_class(
        &mut self,
        frame: &mut Frame<'a, 'm>,
        body: Expression,
        name: &Expression,
        bases: Vec<Expression>,
    ) {
        let name = match name {
            Expression::Constant(id) => self.identifier(*id),
            _ => self.fresh("t"),
        };
        let mut shown = Vec::new();
        for base in bases {
            shown.push(match base {
                Expression::Pair(pair) => format!("{}={}", self.show(pair.0).0, self.show(pair.1).0),
                other => self.show(other).0,
            });
        }
        match body {
            Expression::Function(body) => {
                let class = Class { name, body: *body, bases: shown.join(", ") };
                frame.stack.push(Expression::Class(Box::new(class)));
            }
            _ => frame.stack.push(Expression::Unknown),
        }
    }

    pub(super) fn make_function(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
        let version = self.version();
        if (Version::V36..Version::V311).contains(&version) {
            frame.pop(); // its name
        }
        let code = match frame.pop() {
            Expression::Constant(id) if self.arena.code(id).is_some() => id,
            _ => 0,
        };
        let mut made = Made { code, ..Made::default() };
        if version == Version::V27 {
            if one.op == Op::MAKE_CLOSURE {
                frame.pop();
            }
            let defaults = frame.pop_many((one.argument & 0xff) as usize);
            made.defaults = defaults.into_iter().map(|value| self.show(value).0).collect();
        } else if version < Version::V313 {
            for bit in [8, 4, 2, 1].into_iter().filter(|bit| one.argument & bit != 0) {
                let value = frame.pop();
                self.give(&mut made, bit as usize, value);
            }
        }
        frame.stack.push(if code == 0 { Expression::Unknown } else { Expression::Function(Box::new(made)) });
    }

    /// Defaults of a function; annotations and cells say nothing.
    pub(super) fn give(&mut self, made: &mut Made, which: usize, value: Expression) {
        match (which, value) {
            (1, value) => {
                let values = self.constants_of(&value);
                made.defaults = values.into_iter().map(|value| self.show(value).0).collect();
            }
            (2, Expression::Many(Many::Dict, items)) => {
                for item in items {
                    if let Expression::Pair(pair) = item
                        && let Expression::Constant(id) = pair.0
                    {
                        let value = self.show(pair.1).0;
                        made.keyword_defaults.push((self.identifier(id), value));
                    }
                }
            }
            _ => {}
        }
    }
}
