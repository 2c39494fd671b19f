//! Items: subscripts, slices, namespaces, and what can be walked one by one.

use std::borrow::Cow;
use std::rc::Rc;

use model::Operation;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::interpreter::{Arguments, Interpreter};
use crate::modules::is_builtin;
use crate::value::{ALIAS, COMPUTED, Data, NAMESPACE, UNRECORDED, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    /// `object[key]`.
    pub(crate) fn item(&mut self, object: &Value<'a>, key: &Value<'a>) -> Value<'a> {
        if matches!(object.data, Data::Buffer(_)) {
            let content = self.frozen(object);
            return self.item(&content, key);
        }
        let chosen = key
            .origin
            .as_ref()
            .filter(|marks| !marks.steps.is_empty() || !marks.taints.is_empty() && self.is_alphabet(object));
        let origin = union(&passing(&object.origin), &chosen.cloned());
        let origin = passing(&origin);
        let index = |length: usize| -> Option<usize> {
            let at = key.as_int()?;
            let length = i64::try_from(length).ok()?;
            usize::try_from(if at < 0 { at.checked_add(length)? } else { at }).ok()
        };
        match &object.data {
            Data::Literal(_) | Data::Text(_) => {
                let ascii = match &object.data {
                    Data::Text(text) => text.ascii,
                    Data::Literal(text) => text.len() < 64 && text.is_ascii(),
                    _ => false,
                };
                let Some(text) = object.as_str() else { return Value::UNKNOWN };
                let data = if ascii {
                    index(text.len()).and_then(|at| text.get(at..at + 1)).map(|part| Value::text(part.to_owned()))
                } else {
                    let steps = text.len() as u64 / 64;
                    let count = text.chars().count();
                    let part =
                        index(count).and_then(|at| text.chars().nth(at)).map(|part| Value::text(part.to_string()));
                    self.burn(steps);
                    part
                };
                Value::from(data.unwrap_or(Data::Unknown), crate::value::with_step(&origin, Operation::Index))
            }
            Data::BytesLiteral(_) | Data::Bytes(_) => {
                let bytes = object.as_bytes().unwrap_or(&[]);
                let data = index(bytes.len()).and_then(|at| bytes.get(at)).map(|byte| Data::Int(i64::from(*byte)));
                Value::from(data.unwrap_or(Data::Unknown), origin)
            }
            Data::Range(range) => {
                let [start, step, length] = **range;
                let at = index(usize::try_from(length).unwrap_or(0)).and_then(|at| i64::try_from(at).ok());
                let item = at.filter(|at| *at < length).and_then(|at| start.checked_add(step.checked_mul(at)?));
                Value::from(item.map_or(Data::Unknown, Data::Int), origin)
            }
            Data::Tuple(items) => match index(items.len()).and_then(|at| items.get(at)) {
                Some(item) => self.picked(item.clone(), origin),
                None => Value::from(Data::Unknown, self.origin_of(object)),
            },
            Data::List(id) => {
                let items = self.items(*id);
                match index(items.len()).and_then(|at| items.get(at)).cloned() {
                    Some(item) => self.picked(item, origin),
                    None => Value::from(Data::Unknown, self.origin_of(object)),
                }
            }
            Data::Dict(id) => match self.dict_of(*id).and_then(|dict| dict.get(key)).cloned() {
                Some(item) => self.picked(item, origin),
                None => Value::from(Data::Unknown, self.origin_of(object)),
            },
            Data::Namespace(scope) => match key.as_str() {
                Some(name) => self.namespace_item(*scope, name, key),
                None => Value::UNKNOWN,
            },
            Data::Name(id, call) => {
                let (id, call) = (*id, *call);
                let Some(name) = key.as_str() else {
                    return Value::from(Data::Name(id, if call == 0 { UNRECORDED } else { call }), origin);
                };
                let hidden = if key.steps().is_empty() { NAMESPACE } else { NAMESPACE | COMPUTED };
                match self.names.text(id) {
                    "sys.modules" => {
                        let name = name.to_owned();
                        Value::new(self.named(&name)).hidden(hidden)
                    }
                    "__globals__" => match crate::resolve::of_globals(name) {
                        Some(name) => Value::new(self.named(&name)).hidden(hidden),
                        None => Value::UNKNOWN,
                    },
                    // `__builtins__["exec"]`, `os.__dict__["system"]`, `ctypes.windll["kernel32"]`.
                    _ if call == 0 && (self.names.is_module(id) || self.names.text(id).starts_with("ctypes.")) => {
                        let name = name.to_owned();
                        self.name_attribute(id, 0, &name, &object.origin.clone()).hidden(hidden)
                    }
                    _ => Value::from(Data::Name(id, if call == 0 { UNRECORDED } else { call }), origin),
                }
            }
            Data::Instance(id) => {
                if let Some(value) = self.special(object, "__getitem__", key) {
                    return Value::from(value.data, union(&value.origin, &origin));
                }
                let Some(name) = key.as_str() else { return Value::from(Data::Unknown, origin) };
                let name = name.to_owned();
                self.instance_attribute(*id, &name, &origin)
            }
            _ => Value::from(Data::Unknown, origin),
        }
    }

    pub(crate) fn picked(&mut self, item: Value<'a>, origin: crate::value::Origin) -> Value<'a> {
        let item = Value { origin: union(&item.origin, &origin), data: item.data };
        match item.data {
            // A table of functions hides which one is called.
            Data::Name(id, 0) if !self.names.behaviours(id).is_empty() => item.hidden(ALIAS),
            _ => item,
        }
    }

    pub(crate) fn namespace_item(&mut self, scope: u32, name: &str, key: &Value<'a>) -> Value<'a> {
        let hidden = if key.steps().is_empty() { NAMESPACE } else { NAMESPACE | COMPUTED };
        if let Some(value) = self.scopes[scope as usize].variables.get(name) {
            let value = value.clone();
            return if matches!(value.data, Data::Name(..)) { value.hidden(hidden) } else { value };
        }
        if is_builtin(name) {
            return Value::new(self.named(name)).hidden(hidden);
        }
        if matches!(name, "__builtins__" | "__builtin__") {
            return Value::new(self.named("builtins")).hidden(hidden);
        }
        Value::UNKNOWN
    }

    pub(crate) fn set_item(&mut self, object: &Value<'a>, key: Value<'a>, value: Value<'a>, range: TextRange) {
        match object.data {
            Data::Buffer(id) => self.set_byte(id, &key, &value),
            Data::List(id) => {
                let Some(at) = key.as_int() else { return };
                if let Some(items) = self.items_mut(id) {
                    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                    let at = if at < 0 { at.saturating_add(length) } else { at };
                    if let Some(slot) = usize::try_from(at).ok().and_then(|at| items.get_mut(at)) {
                        let constant = value.is_constant();
                        *slot = value;
                        self.changes += u64::from(constant);
                    }
                }
            }
            Data::Dict(id) => {
                if let Some(dict) = self.dict_mut(id)
                    && dict.items.len() < 100_000
                {
                    let constant = value.is_constant();
                    dict.insert(key, value);
                    self.changes += u64::from(constant);
                }
            }
            Data::Namespace(scope) => {
                if let Some(name) = key.as_str() {
                    let name = name.to_owned();
                    self.set_in(scope, Cow::Owned(name), value);
                }
            }
            Data::Instance(_) => {
                if let Some(name) = key.as_str() {
                    let name = name.to_owned();
                    self.set_attribute(object, Cow::Owned(name), value);
                }
            }
            // `os.environ["X"] = …`, `winreg`-like mappings.
            Data::Name(id, 0) if self.names.text(id) == "sys.modules" => {
                if let Some(module) = key.as_str().map(str::to_owned) {
                    self.replaced(&module, &value, range);
                }
            }
            Data::Name(id, call) => {
                let arguments = Arguments::of(vec![key, value]);
                if let Some(full) = self.names.attribute(id, "__setitem__")
                    && !self.names.behaviours(full).is_empty()
                {
                    self.invoke(&Value::new(Data::Name(full, call)), arguments, range, None);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn subscript(&mut self, node: &'a ast::ExprSubscript) -> Value<'a> {
        let object = match &*node.value {
            Expr::Attribute(attribute) => {
                let inner = self.callee_part(&attribute.value);
                let name = Self::identifier(attribute.attr.as_str());
                self.attribute(&inner, &name)
            }
            Expr::Name(name) => self.lookup(name.id.as_str()),
            other => self.expression(other),
        };
        if let Expr::Slice(slice) = &*node.slice {
            let mut part = |part: &'a Option<Box<Expr>>| part.as_ref().map(|part| self.expression(part));
            let (lower, upper, step) = (part(&slice.lower), part(&slice.upper), part(&slice.step));
            let object = self.read(object, &node.value);
            return self.slice(&object, lower.as_ref(), upper.as_ref(), step.as_ref());
        }
        let key = self.expression(&node.slice);
        let object = match object.data {
            Data::Name(..) => self.read_item(object, &key, node.range()),
            _ => object,
        };
        self.item(&object, &key)
    }

    pub(crate) fn slice(
        &mut self,
        object: &Value<'a>,
        lower: Option<&Value<'a>>,
        upper: Option<&Value<'a>>,
        step: Option<&Value<'a>>,
    ) -> Value<'a> {
        if matches!(object.data, Data::Buffer(_)) {
            let content = self.frozen(object);
            let part = self.slice(&content, lower, upper, step);
            // A slice of a bytearray is one again, of its own.
            return match part.as_bytes().map(<[u8]>::to_vec) {
                Some(bytes) => self.buffer(crate::buffers::Shape::Array, bytes, part.origin),
                None => part,
            };
        }
        let origin = passing(&object.origin);
        let unknown = |bound: Option<&Value<'a>>| {
            bound.is_some_and(|bound| bound.as_int().is_none() && !matches!(bound.data, Data::None))
        };
        let container = match &object.data {
            Data::Name(id, call) => {
                return Value::from(Data::Name(*id, (*call).max(1)), origin);
            }
            Data::Template(_) | Data::Unknown => return Value::from(Data::Unknown, origin),
            _ => object,
        };
        if unknown(lower) || unknown(upper) || unknown(step) {
            return Value::from(Data::Unknown, self.origin_of(container));
        }
        let written;
        let container = match &container.data {
            Data::Range(_) => match self.iterate(container) {
                Some(items) => {
                    written = Value::new(Data::Tuple(Rc::new(items)));
                    &written
                }
                None => return Value::from(Data::Unknown, origin),
            },
            _ => container,
        };
        let int = |bound: Option<&Value<'a>>| bound.and_then(Value::as_int);
        let step_by = int(step).unwrap_or(1);
        let origin = if step_by < 0 { crate::value::with_step(&origin, Operation::Reverse) } else { origin };
        let pick = |length: usize| crate::format::slice_indices(length, int(lower), int(upper), step_by);
        let data = match &container.data {
            Data::Literal(_) | Data::Text(_) => {
                let text = container.as_str().unwrap_or("");
                if !self.room(text.len()) {
                    return Value::from(Data::Unknown, origin);
                }
                if text.is_ascii() {
                    let bytes = text.as_bytes();
                    let part: Vec<u8> = pick(bytes.len()).filter_map(|at| bytes.get(at).copied()).collect();
                    Value::text(String::from_utf8(part).unwrap_or_default())
                } else {
                    let characters: Vec<char> = text.chars().collect();
                    Value::text(pick(characters.len()).filter_map(|at| characters.get(at)).collect())
                }
            }
            Data::BytesLiteral(_) | Data::Bytes(_) => {
                let bytes = container.as_bytes().unwrap_or(&[]);
                if !self.room(bytes.len()) {
                    return Value::from(Data::Unknown, origin);
                }
                Value::bytes(pick(bytes.len()).filter_map(|at| bytes.get(at).copied()).collect())
            }
            Data::Tuple(items) => {
                let part = pick(items.len()).filter_map(|at| items.get(at).cloned()).collect();
                Data::Tuple(Rc::new(part))
            }
            Data::List(id) => {
                let items = self.items(*id);
                let part: Vec<_> = pick(items.len()).filter_map(|at| items.get(at).cloned()).collect();
                self.burn(part.len() as u64 / 16);
                self.list(part)
            }
            _ => Data::Unknown,
        };
        Value::from(data, origin)
    }

    /// The items of a value, when all of them are known by place.
    pub(crate) fn iterate(&mut self, value: &Value<'a>) -> Option<Vec<Value<'a>>> {
        const MOST: usize = 400_000;
        if let Data::Buffer(id) = value.data {
            let content = self.member_names(id).unwrap_or_else(|| self.frozen(value));
            return self.iterate(&content);
        }
        let origin = &value.origin;
        let items: Vec<Value<'a>> = match &value.data {
            Data::List(id) => self.items(*id).to_vec(),
            Data::Tuple(items) => items.to_vec(),
            Data::Range(range) => {
                let [start, step, length] = **range;
                let length = usize::try_from(length).ok().filter(|length| *length <= MOST)?;
                self.burn(length as u64 / 8);
                let item = |at: usize| i64::try_from(at).map_or(0, |at| start.saturating_add(step.saturating_mul(at)));
                (0..length).map(|at| Value::new(Data::Int(item(at)))).collect()
            }
            Data::Dict(id) => {
                let dict = self.dict_of(*id).filter(|dict| !dict.open)?;
                dict.items.iter().map(|(key, _)| key.clone()).collect()
            }
            Data::Literal(_) | Data::Text(_) => {
                let text = value.as_str()?;
                if text.len() > MOST {
                    return None;
                }
                let mut items = Vec::with_capacity(text.len());
                let mut buffer = [0; 4];
                for character in text.chars() {
                    items.push(Value::from(Value::text(character.encode_utf8(&mut buffer).to_owned()), origin.clone()));
                }
                items
            }
            Data::BytesLiteral(_) | Data::Bytes(_) => {
                let bytes = value.as_bytes()?;
                if bytes.len() > MOST {
                    return None;
                }
                bytes.iter().map(|byte| Value::from(Data::Int(i64::from(*byte)), origin.clone())).collect()
            }
            _ => return None,
        };
        (items.len() <= MOST).then_some(items)
    }

    /// The items of a value one by one, without writing a long range out first.
    pub(crate) fn walkable(&mut self, value: &Value<'a>) -> Option<Items<'a>> {
        match &value.data {
            Data::Range(range) => Some(Items::Range(**range)),
            _ => self.iterate(value).map(|items| Items::Written(items.into_iter())),
        }
    }

    /// What one item of a value is like, when they are not all known.
    pub(crate) fn element(&mut self, iterable: &Value<'a>) -> Value<'a> {
        let origin = self.origin_of(iterable);
        match &iterable.data {
            // An item of `psutil.process_iter()` is still something of it.
            Data::Name(id, call) if *call != 0 => {
                let name = self.names.text(*id);
                let paths = ["glob", "rglob", "iterdir"].iter().any(|list| name.ends_with(list));
                let path =
                    if paths && name.starts_with("pathlib.Path.") { self.named("pathlib.Path") } else { Data::Unknown };
                match path {
                    Data::Name(path, _) => Value::from(Data::Name(path, *call), origin),
                    _ => Value::from(Data::Name(*id, *call), origin),
                }
            }
            Data::Dict(id) => {
                let key = self.dict_of(*id).and_then(|dict| dict.items.first()).map(|(key, _)| key.data.clone());
                Value::from(key.filter(|key| !matches!(key, Data::Unknown)).unwrap_or(Data::Unknown), origin)
            }
            _ => Value::from(Data::Unknown, origin),
        }
    }
}

/// Items that a loop walks.
pub(crate) enum Items<'a> {
    /// Next, step and how many are left.
    Range([i64; 3]),
    Written(std::vec::IntoIter<Value<'a>>),
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::Range([next, step, left]) => {
                if *left <= 0 {
                    return None;
                }
                *left -= 1;
                let item = *next;
                *next = next.saturating_add(*step);
                Some(Value::new(Data::Int(item)))
            }
            Self::Written(items) => items.next(),
        }
    }
}
