//! Comprehensions: item by item over what is known, once over what is not.

use ruff_python_ast::{self as ast};

use crate::interpreter::{DEEPEST, Interpreter};
use crate::scope::join;
use crate::value::{Data, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    /// The items of a comprehension, or what one of them is like.
    pub(crate) fn comprehend(
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
    pub(crate) fn generate(
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
        let Some(elements) = self.walkable(&iterable).filter(|_| self.can_repeat()) else {
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

    pub(crate) fn collected(&mut self, items: Result<Vec<Value<'a>>, Value<'a>>) -> Value<'a> {
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
}
