//! Names: variables, attributes, items, and the many ways to reach a thing without naming it.

use std::borrow::Cow;
use std::rc::Rc;

use model::Operation;
use ruff_python_ast::Expr;

use crate::heap::{Binding, Bound, Target};
use crate::interpreter::{Arguments, Interpreter};
use crate::modules::{is_builtin, is_standard};
use crate::value::{Data, NAMESPACE, UNRECORDED, Value, passing, union};

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
    pub(crate) fn unbound(&mut self, name: &str) -> Value<'a> {
        if is_builtin(name) {
            return Value::new(self.named(name));
        }
        match name {
            "__builtins__" | "__builtin__" => return Value::new(self.named("builtins")),
            "__name__" if self.unit_here().role == crate::Role::Setup => return Value::new(Data::Literal("__main__")),
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
            // Whatever it is, from its namespace everything can be reached: `x.__init__.__globals__["system"]`.
            Data::Unknown if matches!(name, "__globals__" | "func_globals") => Value::new(self.named("__globals__")),
            Data::Unknown => Value::from(Data::Unknown, passing(origin)),
            Data::Bound(_) | Data::Function(_) if matches!(name, "__call__" | "delay" | "func" | "__func__") => {
                object.clone()
            }
            Data::Function(_) | Data::Bound(_) => match name {
                "__globals__" | "func_globals" => Value::new(Data::Namespace(self.module_scope())),
                _ => Value::from(Data::Unknown, passing(origin)),
            },
            // A member of an archive in memory is known by its name: `zip.read(info.filename)`. Strings have no such attribute.
            Data::Literal(_) | Data::Text(_) if matches!(name, "name" | "filename") => object.clone(),
            _ => self.method(object.clone(), name),
        }
    }

    pub(crate) fn method(&mut self, receiver: Value<'a>, name: &str) -> Value<'a> {
        let origin = receiver.origin.clone();
        let bound =
            Bound { target: Target::Method(Rc::from(name)), receiver: Some(receiver), arguments: Arguments::default() };
        Value::from(self.bound(bound), origin)
    }

    pub(crate) fn name_attribute(
        &mut self,
        id: crate::names::NameId,
        call: u32,
        name: &str,
        origin: &crate::value::Origin,
    ) -> Value<'a> {
        if matches!(name, "__globals__" | "func_globals") {
            return Value::new(self.named("__globals__"));
        }
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
        if call == 0 {
            let module = self.names.shared(id);
            if let Some(value) = self.of_project(&module, name) {
                return Value { origin: union(&value.origin, origin), data: value.data };
            }
        }
        if call == 0
            && let Some(text) = constant_of(self.names.text(id), name)
        {
            return Value::new(Data::Literal(text));
        }
        if call != 0
            && let Some(bytes) = self.spelled_bytes(id, call, name)
        {
            return Value::from(Value::bytes(bytes), crate::value::with_step(&passing(origin), Operation::Hex));
        }
        let Some(full) = self.names.attribute(id, name) else {
            return Value::from(Data::Unknown, passing(origin));
        };
        // Paths are paths, however they are walked.
        if call != 0
            && self.names.text(id) == "pathlib.Path"
            && matches!(name, "parent" | "parents")
            && self.names.behaviours(full).is_empty()
        {
            return Value::from(Data::Name(id, call), origin.clone());
        }
        Value::from(Data::Name(full, call), origin.clone())
    }

    pub(crate) fn instance_attribute(&mut self, id: u32, name: &str, origin: &crate::value::Origin) -> Value<'a> {
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
            None => match self.class_attribute(class, "__getattr__", 0) {
                Some(Value { data: Data::Function(function), .. }) if !name.starts_with("__") => {
                    let given = Arguments::of(vec![Value::new(Value::text(name.to_owned()))]);
                    let value = self.enter(function, Some(this), given);
                    Value::from(value.data, union(&value.origin, &passing(origin)))
                }
                _ => Value::from(Data::Unknown, passing(origin)),
            },
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
                        Some(old) if !value.is_telling() && old.is_telling() => crate::scope::join(&value, old),
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
            Data::Name(id, 0) => {
                let module = self.names.shared(id);
                self.patched(id, &name, &value);
                self.set_in_project(&module, name, value);
            }
            _ => {}
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

/// What code of unknown origin has in its namespace, when it is asked for by name.
pub(crate) fn of_globals(name: &str) -> Option<String> {
    let of_os = matches!(name, "system" | "popen" | "execv" | "execvp" | "spawnl" | "spawnv" | "environ" | "startfile");
    match name {
        "__builtins__" => Some("builtins".to_owned()),
        _ if of_os => Some(format!("os.{name}")),
        _ if crate::modules::is_builtin(name) || is_standard(name) => Some(name.to_owned()),
        _ => None,
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
