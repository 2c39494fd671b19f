//! Methods of lists and dictionaries, in place.

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
                if let Some(sorted) = sorted(items)
                    && let Some(items) = self.items_mut(id)
                {
                    *items = sorted;
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

/// Items in order, when all can be compared.
pub(crate) fn sorted(mut items: Vec<Value<'_>>) -> Option<Vec<Value<'_>>> {
    if items.len() > 100_000 {
        return None;
    }
    if items.iter().all(|item| item.as_int().is_some()) {
        items.sort_by_key(Value::as_int);
    } else if items.iter().all(|item| item.as_str().is_some()) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    } else {
        let key = |item: &Value<'_>| match &item.data {
            Data::Tuple(parts) => parts.first().and_then(Value::as_int),
            _ => None,
        };
        if !items.iter().all(|item| key(item).is_some()) {
            return None;
        }
        items.sort_by_key(key);
    }
    Some(items)
}
