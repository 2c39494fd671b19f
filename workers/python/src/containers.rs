//! Methods of lists and dictionaries, in place.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Origin, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn list_method(&mut self, id: u32, name: &str, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
        let receiver = Value::from(Data::List(id), None);
        let first = arguments.positional.first().cloned();
        match (name, first) {
            ("append" | "add" | "appendleft" | "put" | "put_nowait", Some(item)) => {
                self.changes += u64::from(item.is_constant());
                if let Some(items) = self.items_mut(id)
                    && items.len() < 400_000
                {
                    items.push(item);
                }
                Value::new(Data::None)
            }
            ("extend" | "update" | "__iadd__", Some(more)) => {
                self.changes += u64::from(!more.is_unknown());
                let more =
                    self.iterate(&more).unwrap_or_else(|| vec![Value::from(Data::Unknown, self.origin_of(&more))]);
                if let Some(items) = self.items_mut(id)
                    && items.len() + more.len() <= 400_000
                {
                    items.extend(more);
                }
                Value::new(Data::None)
            }
            ("insert", Some(at)) => {
                self.changes += u64::from(arguments.positional.get(1).is_some_and(Value::is_constant));
                if let (Some(at), Some(item)) = (at.as_int(), arguments.positional.get(1).cloned())
                    && let Some(items) = self.items_mut(id)
                    && items.len() < 20_000
                {
                    let at = usize::try_from(at).unwrap_or(0).min(items.len());
                    items.insert(at, item);
                }
                Value::new(Data::None)
            }
            ("reverse", _) => {
                if let Some(items) = self.items_mut(id) {
                    items.reverse();
                }
                Value::new(Data::None)
            }
            ("sort", _) => {
                let items = self.items(id).to_vec();
                let sorted = self.sorted(items, arguments);
                if let Some(items) = self.items_mut(id) {
                    match sorted {
                        Some(sorted) => *items = sorted,
                        // In which order they now stand is not known.
                        None => items.iter_mut().for_each(|item| item.data = Data::Unknown),
                    }
                }
                Value::new(Data::None)
            }
            ("pop" | "popleft", at) => {
                self.changes += u64::from(!self.items(id).is_empty());
                let at = if name == "popleft" { Some(0) } else { at.map_or(Some(-1), |at| at.as_int()) };
                let popped = self.items_mut(id).and_then(|items| {
                    let length = i64::try_from(items.len()).ok()?;
                    let at = at?;
                    let at = usize::try_from(if at < 0 { at.checked_add(length)? } else { at }).ok()?;
                    (at < items.len() && items.len() - at < 20_000).then(|| items.remove(at))
                });
                let mut value = popped.unwrap_or(Value::UNKNOWN);
                value.origin = union(&value.origin, &origin);
                value
            }
            ("clear", _) => {
                if let Some(items) = self.items_mut(id) {
                    items.clear();
                }
                Value::new(Data::None)
            }
            ("copy", _) => {
                let items = self.items(id).to_vec();
                Value::from(self.list(items), origin)
            }
            ("index", Some(item)) => {
                let at =
                    self.items(id).iter().take(4096).position(|known| crate::value::same(known, &item) == Some(true));
                Value::from(at.and_then(|at| i64::try_from(at).ok()).map_or(Data::Unknown, Data::Int), origin)
            }
            ("__getitem__", Some(key)) => self.item(&receiver, &key),
            ("__setitem__", Some(key)) => {
                if let Some(value) = arguments.positional.get(1).cloned() {
                    self.set_item(&receiver, key, value, ruff_text_size::TextRange::default());
                }
                Value::new(Data::None)
            }
            ("get" | "get_nowait", _) => self.element(&receiver),
            _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
        }
    }

    pub(crate) fn dict_method(&mut self, id: u32, name: &str, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
        let receiver = Value::from(Data::Dict(id), None);
        let first = arguments.positional.first().cloned();
        match (name, first) {
            ("get" | "__getitem__" | "setdefault" | "pop", Some(key)) => {
                let found = match name {
                    "pop" => self.dict_mut(id).and_then(|dict| dict.remove(&key)),
                    _ => self.dict_of(id).and_then(|dict| dict.get(&key)).cloned(),
                };
                let open = self.dict_of(id).is_none_or(|dict| dict.open);
                match (found, arguments.positional.get(1)) {
                    (Some(value), _) => {
                        let data = value.data.clone();
                        match data {
                            Data::Name(name, 0) if !self.names.behaviours(name).is_empty() => {
                                value.hidden(crate::value::ALIAS)
                            }
                            _ => Value { origin: union(&value.origin, &passing(&key.origin)), data: value.data },
                        }
                    }
                    (None, Some(default)) if !open && key.is_telling() => {
                        if name == "setdefault" {
                            self.set_item(&receiver, key, default.clone(), ruff_text_size::TextRange::default());
                        }
                        default.clone()
                    }
                    _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
                }
            }
            ("keys" | "__iter__", _) => {
                let items = self.dict_of(id).map(|dict| dict.items.iter().map(|(key, _)| key.clone()).collect());
                Value::from(self.list(items.unwrap_or_default()), origin)
            }
            ("values" | "itervalues", _) => {
                let items = self.dict_of(id).map(|dict| dict.items.iter().map(|(_, value)| value.clone()).collect());
                Value::from(self.list(items.unwrap_or_default()), origin)
            }
            ("items" | "iteritems", _) => {
                let pairs: Vec<Value<'a>> = self.dict_of(id).map_or(Vec::new(), |dict| {
                    let pair = |(key, value): &(Value<'a>, Value<'a>)| {
                        Value::new(Data::Tuple(Rc::new(vec![key.clone(), value.clone()])))
                    };
                    dict.items.iter().map(pair).collect()
                });
                Value::from(self.list(pairs), origin)
            }
            ("update", more) => {
                let mut items = Vec::new();
                if let Some(Value { data: Data::Dict(other), .. }) = &more {
                    items = self.dict_of(*other).map(|dict| dict.items.clone()).unwrap_or_default();
                } else if let Some(more) = &more {
                    items.push((Value::UNKNOWN, Value::from(Data::Unknown, self.origin_of(more))));
                }
                for (name, value) in &arguments.keywords {
                    items.push((Value::new(Value::text(name.to_string())), value.clone()));
                }
                for (key, value) in items {
                    self.set_item(&receiver, key, value, ruff_text_size::TextRange::default());
                }
                Value::new(Data::None)
            }
            ("copy", _) => {
                let dict = self.dict_of(id).cloned().unwrap_or_default();
                Value::from(self.dict(dict), origin)
            }
            _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
        }
    }
}

impl<'a> Interpreter<'a, '_> {
    /// Items in order, as `key=` and `reverse=` ask for it, when all can be compared.
    pub(crate) fn sorted(&mut self, items: Vec<Value<'a>>, arguments: &Arguments<'a>) -> Option<Vec<Value<'a>>> {
        if items.len() > 100_000 || !self.burn(items.len() as u64 / 4) {
            return None;
        }
        let reverse = match arguments.keyword("reverse") {
            Some(reverse) => self.truth(reverse)?,
            None => false,
        };
        let keys = match arguments.keyword("key").filter(|key| !matches!(key.data, Data::None)).cloned() {
            None => items.clone(),
            Some(key) => {
                let range = self.statement;
                let mut keys = Vec::with_capacity(items.len());
                self.concrete += 1;
                for item in &items {
                    if !self.burn(1) {
                        break;
                    }
                    keys.push(self.invoke(&key, Arguments::of(vec![item.clone()]), range, None));
                    if keys.last().is_some_and(Value::is_unknown) {
                        break;
                    }
                }
                self.concrete -= 1;
                keys
            }
        };
        if keys.len() < items.len() {
            return None;
        }
        let rows = merged(keys.into_iter().zip(items).collect(), reverse)?;
        Some(rows.into_iter().map(|(_, item)| item).collect())
    }
}

/// Rows by their keys, equal ones in the order they had. Not the sort of the library: values that do not compare with
/// each other end it.
fn merged<'a>(mut left: Vec<(Value<'a>, Value<'a>)>, reverse: bool) -> Option<Vec<(Value<'a>, Value<'a>)>> {
    if left.len() < 2 {
        return Some(left);
    }
    let right = left.split_off(left.len() / 2);
    let mut all = Vec::with_capacity(left.len() + right.len());
    let mut left = merged(left, reverse)?.into_iter().peekable();
    let mut right = merged(right, reverse)?.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let order = order(&b.0, &a.0, 0)?;
        let order = if reverse { order.reverse() } else { order };
        all.extend(if order == Ordering::Less { right.next() } else { left.next() });
    }
    all.extend(left.chain(right));
    Some(all)
}

/// How two values compare, when Python can tell.
fn order(a: &Value<'_>, b: &Value<'_>, depth: u32) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Some(a.cmp(b));
    }
    if let (Some(a), Some(b)) = (a.as_bytes(), b.as_bytes()) {
        return Some(a.cmp(b));
    }
    match (&a.data, &b.data) {
        (Data::Float(a), Data::Float(b)) => a.partial_cmp(b),
        (Data::Float(a), _) => a.partial_cmp(&(b.as_int()? as f64)),
        (_, Data::Float(b)) => (a.as_int()? as f64).partial_cmp(b),
        (Data::Tuple(a), Data::Tuple(b)) if depth < 4 => {
            for (a, b) in a.iter().zip(b.iter()) {
                match order(a, b, depth + 1)? {
                    Ordering::Equal => {}
                    other => return Some(other),
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        _ => None,
    }
}
