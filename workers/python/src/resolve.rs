//! Names: variables, attributes, items, and the many ways to reach a thing without naming it.

use std::borrow::Cow;
use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::interpreter::{Arguments, Binding, Bound, Interpreter, MODULE_SCOPE, Target};
use crate::modules::{is_builtin, is_standard};
use crate::value::{ALIAS, COMPUTED, Data, NAMESPACE, UNRECORDED, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    /// What a bare name stands for.
    pub(crate) fn lookup(&mut self, written: &'a str) -> Value<'a> {
        let name = Self::identifier(written);
        if let Some(value) = self.variable(&name) {
            return value.clone();
        }
        self.unbound(&name)
    }

    /// A name that the source does not bind: from a star import, built in, or a module that other code imported.
    fn unbound(&mut self, name: &str) -> Value<'a> {
        if is_builtin(name) {
            return Value::new(self.named(name));
        }
        match name {
            "__builtins__" | "__builtin__" => return Value::new(self.named("builtins")),
            "__name__" if self.unit.role == crate::Role::Setup => return Value::new(Data::Literal("__main__")),
            "__loader__" | "__spec__" | "__file__" | "__path__" => return Value::new(self.named(name)),
            _ => {}
        }
        let mut scope = Some(self.frame.scope);
        let mut foreign = None;
        while let Some(id) = scope {
            for at in (0..self.scopes[id as usize].stars.len()).rev() {
                let module = self.scopes[id as usize].stars[at];
                if let Some(full) = self.names.attribute(module, name)
                    && !self.names.behaviours(full).is_empty()
                {
                    return Value::new(Data::Name(full, 0));
                }
                if foreign.is_none() && !self.names.is_module(module) {
                    foreign = self.names.attribute(module, name);
                }
            }
            scope = self.scopes[id as usize].parent;
        }
        if is_standard(name) {
            return Value::new(self.named(name));
        }
        // `from .core import *`: the name is that module's, as far as anyone can tell.
        foreign.map_or(Value::UNKNOWN, |id| Value::new(Data::Name(id, 0)))
    }

    /// An object whose attribute or method is wanted; reading it alone is no fact.
    pub(crate) fn callee_part(&mut self, node: &'a Expr) -> Value<'a> {
        match node {
            Expr::Name(name) => self.lookup(name.id.as_str()),
            Expr::Attribute(attribute) => {
                // Chains of attributes can be long; they are counted as depth by the caller of the innermost.
                if self.depth >= crate::interpreter::DEEPEST {
                    self.gap("expressions are nested too deeply to follow");
                    return Value::UNKNOWN;
                }
                self.depth += 1;
                let object = self.callee_part(&attribute.value);
                self.depth -= 1;
                let name = Self::identifier(attribute.attr.as_str());
                let value = self.attribute(&object, &name);
                // `os.environ` is read here even when a method of it is called.
                self.read(value, node)
            }
            _ => self.expression(node),
        }
    }

    pub(crate) fn attribute(&mut self, object: &Value<'a>, name: &str) -> Value<'a> {
        let origin = &object.origin;
        if matches!(name, "__getattribute__" | "__getattr__") {
            let bound = Bound {
                target: Target::Callable(Value::new(self.named("getattr"))),
                receiver: None,
                arguments: Arguments::of(vec![object.clone()]),
            };
            return Value::new(self.bound(bound));
        }
        match &object.data {
            Data::Name(id, call) => self.name_attribute(*id, *call, name, origin),
            Data::Instance(id) => self.instance_attribute(*id, name, origin),
            Data::Class(id) => match self.class_attribute(*id, name, 0) {
                Some(value) => value,
                None => Value::from(Data::Unknown, passing(origin)),
            },
            Data::Namespace(scope) => match name {
                "get" | "__getitem__" | "setdefault" | "pop" | "update" | "items" | "values" | "keys" => {
                    self.method(object.clone(), name)
                }
                _ => {
                    let value = self.scopes[*scope as usize].variables.get(name).cloned();
                    value.unwrap_or(Value::UNKNOWN)
                }
            },
            Data::Unknown => Value::from(Data::Unknown, passing(origin)),
            Data::Bound(_) | Data::Function(_) if matches!(name, "__call__" | "delay" | "func" | "__func__") => {
                object.clone()
            }
            Data::Function(_) | Data::Bound(_) => match name {
                "__globals__" | "func_globals" => Value::new(Data::Namespace(MODULE_SCOPE)),
                _ => Value::from(Data::Unknown, passing(origin)),
            },
            _ => self.method(object.clone(), name),
        }
    }

    fn method(&mut self, receiver: Value<'a>, name: &str) -> Value<'a> {
        let origin = receiver.origin.clone();
        let bound =
            Bound { target: Target::Method(Rc::from(name)), receiver: Some(receiver), arguments: Arguments::default() };
        Value::from(self.bound(bound), origin)
    }

    fn name_attribute(
        &mut self,
        id: crate::names::NameId,
        call: u32,
        name: &str,
        origin: &crate::value::Origin,
    ) -> Value<'a> {
        if call == 0 {
            match name {
                "__dict__" => return Value::from(Data::Name(id, 0), origin.clone()).hidden(NAMESPACE),
                "__call__" | "__func__" | "__wrapped__" => return Value::from(Data::Name(id, 0), origin.clone()),
                // A module seen through another: `shutil.os.system`.
                "os" | "sys" | "subprocess" | "builtins" | "socket" | "base64" | "ctypes" | "marshal" | "shutil"
                | "importlib" | "_os" | "_sys" | "_subprocess" | "__builtins__"
                    if self.names.is_module(id) && self.names.text(id) != name =>
                {
                    let module = name.trim_matches('_');
                    return Value::from(self.named(module), origin.clone()).hidden(NAMESPACE);
                }
                _ => {}
            }
        }
        if call == 0
            && let Some(text) = constant_of(self.names.text(id), name)
        {
            return Value::new(Data::Literal(text));
        }
        let Some(full) = self.names.attribute(id, name) else {
            return Value::from(Data::Unknown, passing(origin));
        };
        // Paths are paths, however they are walked.
        if call != 0
            && self.names.text(id) == "pathlib.Path"
            && matches!(name, "parent" | "parents" | "absolute" | "resolve" | "expanduser" | "name" | "stem" | "suffix")
            && self.names.behaviours(full).is_empty()
        {
            if matches!(name, "parent" | "parents") {
                return Value::from(Data::Name(id, call), origin.clone());
            }
        }
        Value::from(Data::Name(full, call), origin.clone())
    }

    fn instance_attribute(&mut self, id: u32, name: &str, origin: &crate::value::Origin) -> Value<'a> {
        let Some(instance) = self.instance(id) else { return Value::UNKNOWN };
        if let Some(value) = instance.attributes.get(name) {
            let mut value = value.clone();
            value.origin = union(&value.origin, origin);
            return value;
        }
        let class = instance.class;
        match name {
            "__class__" => return Value::new(Data::Class(class)),
            "__dict__" => return Value::new(Data::Instance(id)),
            _ => {}
        }
        let this = Value::new(Data::Instance(id));
        match self.class_attribute(class, name, 0) {
            Some(value) => match value.data {
                Data::Function(function) => {
                    let binding = self.function(function).map_or(Binding::Plain, |function| function.binding);
                    match binding {
                        Binding::Static => value,
                        Binding::Property => self.enter(function, Some(this), Arguments::default()),
                        Binding::Plain | Binding::Class => {
                            let bound = Bound {
                                target: Target::Function(function),
                                receiver: Some(this),
                                arguments: Arguments::default(),
                            };
                            Value::from(self.bound(bound), value.origin)
                        }
                    }
                }
                _ => value,
            },
            None => Value::from(Data::Unknown, passing(origin)),
        }
    }

    pub(crate) fn class_attribute(&mut self, id: u32, name: &str, depth: u32) -> Option<Value<'a>> {
        let class = self.class(id)?;
        if let Some(value) = self.scopes[class.scope as usize].variables.get(name) {
            return Some(value.clone());
        }
        if depth > 16 {
            return None;
        }
        let bases = class.bases.clone();
        for base in &bases {
            match base.data {
                Data::Class(base) => {
                    if let Some(value) = self.class_attribute(base, name, depth + 1) {
                        return Some(value);
                    }
                }
                Data::Name(base, _) if self.names.text(base) != "object" => {
                    let full = self.names.attribute(base, name)?;
                    return Some(Value::new(Data::Name(full, UNRECORDED)));
                }
                _ => {}
            }
        }
        None
    }

    pub(crate) fn set_attribute(&mut self, object: &Value<'a>, name: Cow<'a, str>, value: Value<'a>) {
        match object.data {
            Data::Instance(id) => {
                if let Some(instance) = self.instance_mut(id)
                    && instance.attributes.len() < 2_000
                {
                    // Methods run in an unknown order: a known value is not lost to an unknown one.
                    let value = match instance.attributes.get(&name) {
                        Some(old) if !value.is_telling() && old.is_telling() => crate::interpreter::join(&value, old),
                        _ => value,
                    };
                    instance.attributes.insert(name, value);
                }
            }
            Data::Class(id) => {
                if let Some(scope) = self.class(id).map(|class| class.scope) {
                    self.set_in(scope, name, value);
                }
            }
            Data::Namespace(scope) => self.set_in(scope, name, value),
            _ => {}
        }
    }

    /// `object[key]`.
    pub(crate) fn item(&mut self, object: &Value<'a>, key: &Value<'a>) -> Value<'a> {
        let origin =
            union(&passing(&object.origin), &key.origin.as_ref().filter(|marks| !marks.steps.is_empty()).cloned());
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
                Value::from(data.unwrap_or(Data::Unknown), crate::value::with_step(&origin, "index"))
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
                    // `__builtins__["exec"]`, `os.__dict__["system"]`, `ctypes.windll["kernel32"]`.
                    _ if call == 0 && (self.names.is_module(id) || self.names.text(id).starts_with("ctypes.")) => {
                        let name = name.to_owned();
                        self.name_attribute(id, 0, &name, &object.origin.clone()).hidden(hidden)
                    }
                    _ => Value::from(Data::Name(id, if call == 0 { UNRECORDED } else { call }), origin),
                }
            }
            Data::Instance(id) => {
                let Some(name) = key.as_str() else { return Value::from(Data::Unknown, origin) };
                let name = name.to_owned();
                self.instance_attribute(*id, &name, &origin)
            }
            _ => Value::from(Data::Unknown, origin),
        }
    }

    fn picked(&mut self, item: Value<'a>, origin: crate::value::Origin) -> Value<'a> {
        let item = Value { origin: union(&item.origin, &origin), data: item.data };
        match item.data {
            // A table of functions hides which one is called.
            Data::Name(id, 0) if !self.names.behaviours(id).is_empty() => item.hidden(ALIAS),
            _ => item,
        }
    }

    fn namespace_item(&mut self, scope: u32, name: &str, key: &Value<'a>) -> Value<'a> {
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

    fn slice(
        &mut self,
        object: &Value<'a>,
        lower: Option<&Value<'a>>,
        upper: Option<&Value<'a>>,
        step: Option<&Value<'a>>,
    ) -> Value<'a> {
        let origin = passing(&object.origin);
        let unknown = |bound: Option<&Value<'a>>| {
            bound.is_some_and(|bound| bound.as_int().is_none() && !matches!(bound.data, Data::None))
        };
        let container = match &object.data {
            Data::Name(id, call) => {
                return Value::from(Data::Name(*id, (*call).max(1).max(UNRECORDED.min(*call))), origin);
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
        let origin = if step_by < 0 { crate::value::with_step(&origin, "reverse") } else { origin };
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
            Data::Name(id, call) if *call != 0 => Value::from(Data::Name(*id, *call), origin),
            Data::Dict(id) => {
                let key = self.dict_of(*id).and_then(|dict| dict.items.first()).map(|(key, _)| key.data.clone());
                Value::from(key.filter(|key| !matches!(key, Data::Unknown)).unwrap_or(Data::Unknown), origin)
            }
            _ => Value::from(Data::Unknown, origin),
        }
    }

    /// What `with … as` binds.
    pub(crate) fn entered(&mut self, value: Value<'a>) -> Value<'a> {
        if let Data::Instance(id) = value.data
            && let Some(class) = self.instance(id).map(|instance| instance.class)
            && let Some(Value { data: Data::Function(function), .. }) = self.class_attribute(class, "__enter__", 0)
        {
            let result = self.enter(function, Some(value.clone()), Arguments::default());
            return if result.is_unknown() { value } else { result };
        }
        value
    }

    /// What an annotation says of a value that nothing else is known of.
    pub(crate) fn annotated(&mut self, annotation: &'a Expr) -> Value<'a> {
        match annotation {
            Expr::Name(_) | Expr::Attribute(_) => {
                let value = self.callee_part(annotation);
                match value.data {
                    Data::Name(id, 0) if self.names.text(id).contains('.') => Value::new(Data::Name(id, UNRECORDED)),
                    _ => Value::UNKNOWN,
                }
            }
            _ => Value::UNKNOWN,
        }
    }
}

/// Constants of modules that decoders take their alphabets from.
pub(crate) fn constant_of(module: &str, name: &str) -> Option<&'static str> {
    Some(match (module, name) {
        ("string", "ascii_lowercase" | "lowercase") => "abcdefghijklmnopqrstuvwxyz",
        ("string", "ascii_uppercase" | "uppercase") => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "ascii_letters" | "letters") => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "digits") => "0123456789",
        ("string", "hexdigits") => "0123456789abcdefABCDEF",
        ("string", "octdigits") => "01234567",
        ("string", "punctuation") => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        ("string", "whitespace") => " \t\n\r\x0b\x0c",
        ("string", "printable") => {
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c"
        }
        _ => return None,
    })
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
