//! Lists, dictionaries and texts that instructions put together or take apart.

use super::expression::{Expression, Many};
use super::literal;
use super::writer::{Frame, Writer};

/// Items one instruction may take apart.
pub(super) const MOST_ITEMS: usize = 1_000;

impl<'a, 'm> Writer<'a, 'm> {
    pub(super) fn build_string(&mut self, frame: &mut Frame<'a, 'm>, count: usize) {
        let (mut template, mut values, mut depth) = (String::new(), String::new(), 0);
        for part in frame.pop_many(count) {
            let constant = match &part {
                Expression::Constant(id) => self.arena.text(*id),
                _ => None,
            };
            match constant {
                Some(text) => template.push_str(&text.replace('{', "{{").replace('}', "}}")),
                None => {
                    let (text, height) = self.show(part);
                    template.push_str("{}");
                    values.push_str(if values.is_empty() { "" } else { ", " });
                    values.push_str(&text);
                    depth = depth.max(height);
                }
            }
        }
        let mut text = String::new();
        literal::quote(&template, &mut text);
        self.push(frame, format!("{text}.format({values})"), depth);
    }

    pub(super) fn display(&mut self, frame: &mut Frame<'a, 'm>, many: Many, count: usize) {
        let mut items = frame.pop_many(count);
        for item in &mut items {
            // One that was built inside stays an expression, unless it is too high.
            if matches!(item, Expression::Many(..)) {
                let value = std::mem::replace(item, Expression::Unknown);
                let (text, depth) = self.show(value);
                self.push(frame, text, depth);
                *item = frame.pop();
            }
        }
        frame.stack.push(Expression::Many(many, items));
    }

    pub(super) fn merged(&mut self, frame: &mut Frame<'a, 'm>, many: Many, count: usize) {
        let parts = frame.pop_many(count);
        frame.stack.push(Expression::Many(many, Vec::new()));
        for part in parts {
            self.extend(frame, 1, part);
        }
    }

    pub(super) fn add(&mut self, frame: &mut Frame<'a, 'm>, depth: usize, value: Expression, method: &str) {
        match frame.below(depth) {
            Some(Expression::Many(_, items)) => items.push(value),
            Some(other) => {
                let Some(object) = other.as_name().map(str::to_owned) else { return };
                let text = self.show(value).0;
                self.line(&format!("{object}.{method}({text})"));
            }
            None => {}
        }
    }

    pub(super) fn extend(&mut self, frame: &mut Frame<'a, 'm>, depth: usize, value: Expression) {
        let many = match frame.below(depth) {
            Some(Expression::Many(many, _)) => Some(*many),
            _ => None,
        };
        let more = match many {
            Some(Many::Dict) => self.spread_pairs(value),
            Some(_) => self.spread(value),
            None => {
                let object = frame.below(depth).and_then(|object| object.as_name().map(str::to_owned));
                let text = self.show(value).0;
                if let Some(object) = object {
                    self.line(&format!("{object} += {text}"));
                }
                return;
            }
        };
        if let Some(Expression::Many(_, items)) = frame.below(depth) {
            items.extend(more);
        }
    }

    /// The items of a constant tuple.
    pub(super) fn constants_of(&self, value: &Expression) -> Vec<Expression> {
        match value {
            Expression::Constant(id) => {
                let items = self.arena.items(*id).unwrap_or_default();
                items.iter().take(MOST_ITEMS).map(|id| Expression::Constant(*id)).collect()
            }
            Expression::Many(Many::Tuple, items) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn names_of(&self, value: &Expression) -> Vec<String> {
        let Expression::Constant(id) = value else { return Vec::new() };
        self.arena.items(*id).unwrap_or_default().iter().take(MOST_ITEMS).map(|id| self.identifier(*id)).collect()
    }

    /// What `*value` stands for.
    pub(super) fn spread(&mut self, value: Expression) -> Vec<Expression> {
        match value {
            Expression::Many(Many::Tuple | Many::List | Many::Set, items) => items,
            Expression::Constant(id) if self.arena.items(id).is_some_and(|items| items.len() <= MOST_ITEMS) => {
                self.constants_of(&Expression::Constant(id))
            }
            Expression::Null => Vec::new(),
            other => vec![Expression::Star(self.show(other).0)],
        }
    }

    /// What `**value` stands for.
    pub(super) fn spread_pairs(&mut self, value: Expression) -> Vec<Expression> {
        match value {
            Expression::Many(Many::Dict, items) => items,
            Expression::Null => Vec::new(),
            other => vec![Expression::Stars(self.show(other).0)],
        }
    }

    pub(super) fn unpack(&mut self, frame: &mut Frame<'a, 'm>, count: usize) {
        let value = frame.pop();
        let items = match &value {
            Expression::Many(Many::Tuple | Many::List, items) => items.clone(),
            Expression::Constant(id) if self.arena.items(*id).is_some_and(|items| items.len() == count) => {
                self.constants_of(&value)
            }
            _ => Vec::new(),
        };
        if items.len() == count && !items.iter().any(|item| matches!(item, Expression::Star(_))) {
            // `a, b = b, a`: all are read before any is written.
            let items: Vec<_> = items.into_iter().map(|item| self.keep(item)).collect();
            frame.stack.extend(items.into_iter().rev());
            return;
        }
        let kept = self.keep(value);
        let text = self.atom(kept).0;
        for at in (0..count).rev() {
            frame.stack.push(Expression::text(format!("{text}[{at}]"), 2));
        }
    }
}
