//! Calls: of functions that the source defines, by walking them with what is known of the arguments, and of names.

use std::borrow::Cow;
use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, Parameters};
use ruff_text_size::{Ranged, TextRange};

use crate::heap::{Bound, Code, Instance, Object, Target};
use crate::interpreter::{Arguments, DEEPEST, Frame, Interpreter};
use crate::scope::join;
use crate::value::{Data, Marks, UNRECORDED, Value, passing, union};

/// Walks of one function that gave no constant before its summary is used instead.
const IDLE_WALKS: u32 = 3;

/// How many more a short function gets that tells of calls, each time with other constants: `run("git", "push")`.
const SPEAKING_WALKS: u32 = 9;
const SHORT: u32 = 800;

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn call(&mut self, node: &'a ast::ExprCall) -> Value<'a> {
        self.burn(1);
        if let Expr::Attribute(attribute) = &*node.func {
            let object = self.callee_part(&attribute.value);
            let name = Self::identifier(attribute.attr.as_str());
            let arguments = self.arguments(&node.arguments);
            return match &object.data {
                Data::Literal(_)
                | Data::Text(_)
                | Data::Template(_)
                | Data::BytesLiteral(_)
                | Data::Bytes(_)
                | Data::List(_)
                | Data::Dict(_)
                | Data::Buffer(_)
                | Data::Tuple(_)
                | Data::Range(_)
                | Data::Int(_)
                | Data::Big(_)
                | Data::Bool(_)
                | Data::Float(_)
                | Data::None
                | Data::Namespace(_) => {
                    if matches!(&*name, "append" | "extend" | "add" | "update" | "insert" | "write" | "put") {
                        for value in arguments.values().filter(|value| value.origin.is_some()) {
                            let into = crate::statements::last_name(&attribute.value);
                            self.passed(into, value, self.frame.source, node.range());
                        }
                    }
                    self.invoke_method(&object, &name, &arguments)
                }
                Data::Instance(id) => {
                    let id = *id;
                    self.start_thread(id, &name);
                    let callee = self.attribute(&object, &name);
                    let result = self.invoke(&callee, arguments, node.range(), Some(node));
                    Value { origin: union(&result.origin, &passing(&object.origin)), data: result.data }
                }
                _ => {
                    if matches!(object.data, Data::Name(_, 1..)) && fills(&name) {
                        let inflow = self.inflow(&arguments);
                        self.soaked(&attribute.value, &inflow, name == "update");
                    }
                    let callee = self.attribute(&object, &name);
                    let result = self.invoke(&callee, arguments, node.range(), Some(node));
                    // A parser of settings holds what it has read.
                    if let Data::Name(id, 1..) = object.data
                        && self.names.text(id).starts_with("configparser.")
                    {
                        self.soaked(&attribute.value, &result.origin, false);
                    }
                    result
                }
            };
        }
        let callee = match &*node.func {
            Expr::Name(name) => self.lookup(name.id.as_str()),
            other => self.expression(other),
        };
        if let Data::Name(id, 0) = callee.data
            && self.names.text(id) == "super"
        {
            return self.parent();
        }
        let arguments = self.arguments(&node.arguments);
        self.invoke(&callee, arguments, node.range(), Some(node))
    }

    /// A `Thread` subclass that is started runs its `run`.
    fn start_thread(&mut self, instance: u32, name: &str) {
        if name != "start" {
            return;
        }
        let Some(class) = self.instance(instance).map(|instance| instance.class) else { return };
        if let Some(Value { data: Data::Function(run), .. }) = self.class_attribute(class, "run", 0) {
            self.enter(run, Some(Value::new(Data::Instance(instance))), Arguments::default());
        }
    }

    /// `super()`: the class above, seen from the object.
    fn parent(&mut self) -> Value<'a> {
        let Some(class) = self.frame.class.and_then(|id| self.class(id)) else { return Value::UNKNOWN };
        match class.bases.first().map(|base| base.data.clone()) {
            Some(Data::Name(id, _)) => Value::new(Data::Name(id, UNRECORDED)),
            Some(Data::Class(id)) => {
                // The object itself, with the methods of the class above.
                let attributes = match &self.frame.this {
                    Some(Value { data: Data::Instance(this), .. }) => {
                        self.instance(*this).map(|this| this.attributes.clone()).unwrap_or_default()
                    }
                    _ => Default::default(),
                };
                self.allocate(Object::Instance(Instance { class: id, attributes }))
                    .map_or(Value::UNKNOWN, |id| Value::new(Data::Instance(id)))
            }
            _ => Value::UNKNOWN,
        }
    }

    fn arguments(&mut self, node: &'a ast::Arguments) -> Arguments<'a> {
        let mut arguments = Arguments { positional: Vec::with_capacity(node.args.len()), ..Arguments::default() };
        for argument in &node.args {
            if let Expr::Starred(star) = argument {
                let value = self.expression(&star.value);
                match self.iterate(&value).filter(|items| items.len() <= 10_000) {
                    Some(items) => arguments.positional.extend(items),
                    None => arguments.open = union(&arguments.open, &self.origin_of(&value)),
                }
            } else {
                let value = self.expression(argument);
                arguments.positional.push(value);
            }
        }
        for keyword in &node.keywords {
            let value = self.expression(&keyword.value);
            match &keyword.arg {
                Some(name) => arguments.keywords.push((Self::identifier(name.as_str()), value)),
                None => match &value.data {
                    Data::Dict(id) => {
                        let items = self.dict_of(*id).map(|dict| dict.items.clone()).unwrap_or_default();
                        for (key, value) in items.into_iter().take(200) {
                            match key.as_str() {
                                Some(key) => arguments.keywords.push((Cow::Owned(key.to_owned()), value)),
                                None => arguments.open = union(&arguments.open, &self.origin_of(&value)),
                            }
                        }
                    }
                    _ => arguments.open = union(&arguments.open, &self.origin_of(&value)),
                },
            }
        }
        arguments
    }

    /// All that flows into a call.
    pub(crate) fn inflow(&self, arguments: &Arguments<'a>) -> crate::value::Origin {
        let mut origin = arguments.open.clone();
        for value in arguments.values() {
            origin = union(&origin, &self.origin_of(value));
        }
        passing(&origin)
    }

    pub(crate) fn invoke(
        &mut self,
        callee: &Value<'a>,
        arguments: Arguments<'a>,
        range: TextRange,
        node: Option<&'a ast::ExprCall>,
    ) -> Value<'a> {
        if self.depth >= DEEPEST {
            return Value::UNKNOWN;
        }
        match callee.data {
            Data::Name(id, call) => self.invoke_name(id, call, callee, arguments, range, node),
            Data::Function(id) => self.enter(id, None, arguments),
            Data::Class(id) => self.instantiate(id, arguments),
            Data::Bound(id) => self.invoke_bound(id, arguments, range, node),
            Data::Instance(id) => {
                let class = self.instance(id).map(|instance| instance.class);
                match class.and_then(|class| self.class_attribute(class, "__call__", 0)) {
                    Some(Value { data: Data::Function(function), .. }) => {
                        self.enter(function, Some(callee.clone()), arguments)
                    }
                    _ => Value::from(Data::Unknown, self.inflow(&arguments)),
                }
            }
            _ => {
                let origin = union(&passing(&callee.origin), &self.inflow(&arguments));
                // A function that nobody knows may run what it is given, later: its arguments are kept as they are.
                Value::from(Data::Unknown, origin)
            }
        }
    }

    fn invoke_bound(
        &mut self,
        id: u32,
        arguments: Arguments<'a>,
        range: TextRange,
        node: Option<&'a ast::ExprCall>,
    ) -> Value<'a> {
        let Some(Bound { target, receiver, arguments: given }) = self.bound_of(id) else { return Value::UNKNOWN };
        let receiver = receiver.clone();
        let mut all = given.clone();
        all.positional.extend(arguments.positional);
        all.keywords.extend(arguments.keywords);
        all.open = union(&all.open, &arguments.open);
        match target {
            Target::Method(name) => {
                let name = Rc::clone(name);
                if let Some(value) = self.getter_method(&name, &all) {
                    return value;
                }
                let receiver = receiver.unwrap_or(Value::UNKNOWN);
                self.invoke_method(&receiver, &name, &all)
            }
            Target::Function(function) => {
                let function = *function;
                self.enter(function, receiver, all)
            }
            Target::AnyOf(methods) => {
                let methods = methods.clone();
                self.enter_any(&methods, receiver.as_ref(), &all)
            }
            Target::Callable(callee) => {
                let callee = callee.clone();
                if self.depth >= DEEPEST {
                    return Value::UNKNOWN;
                }
                self.depth += 1;
                let result = self.invoke(&callee, all, range, node);
                self.depth -= 1;
                result
            }
        }
    }

    pub(crate) fn instantiate(&mut self, class: u32, arguments: Arguments<'a>) -> Value<'a> {
        let origin = self.inflow(&arguments);
        let instance = Instance { class, attributes: Default::default() };
        let Some(id) = self.allocate(Object::Instance(instance)) else { return Value::from(Data::Unknown, origin) };
        let this = Value::new(Data::Instance(id));
        match self.class_attribute(class, "__init__", 0) {
            Some(Value { data: Data::Function(init), .. }) => {
                self.enter(init, Some(this.clone()), arguments);
            }
            // A named tuple, a data class, an enumeration: fields by name.
            _ => {
                for (name, value) in arguments.keywords {
                    self.set_attribute(&this, name, value);
                }
                if let Some(Value { data: Data::Function(filled), .. }) =
                    self.class_attribute(class, "__post_init__", 0)
                {
                    self.enter(filled, Some(this.clone()), Arguments::default());
                }
            }
        }
        // It goes some time, at the latest when the program ends.
        if let Some(Value { data: Data::Function(end), .. }) = self.class_attribute(class, "__del__", 0) {
            self.enter(end, Some(this.clone()), Arguments::default());
        }
        this
    }

    /// The object that stands for `self` when nobody made one: all methods of a class share it.
    pub(crate) fn prototype(&mut self, class: u32) -> Value<'a> {
        if let Some(id) = self.class(class).and_then(|class| class.prototype) {
            return Value::new(Data::Instance(id));
        }
        let instance = Instance { class, attributes: Default::default() };
        let Some(id) = self.allocate(Object::Instance(instance)) else { return Value::UNKNOWN };
        if let Some(Object::Class(class)) = self.heap.get_mut(class as usize) {
            class.prototype = Some(id);
        }
        let this = Value::new(Data::Instance(id));
        if let Some(Value { data: Data::Function(init), .. }) = self.class_attribute(class, "__init__", 0)
            && self.function(init).is_some_and(|init| init.active == 0)
        {
            self.walk(init, Some(this.clone()), Arguments::default());
        }
        this
    }

    /// Calls a function of the source: walks it, or answers from what earlier walks found.
    pub(crate) fn enter(&mut self, id: u32, this: Option<Value<'a>>, arguments: Arguments<'a>) -> Value<'a> {
        let Some(function) = self.function(id) else { return Value::UNKNOWN };
        let tainted = arguments.values().any(|value| value.origin.is_some()) || arguments.open.is_some();
        let telling = arguments.values().any(Value::is_telling);
        let walked = function.summary.as_ref().is_some_and(|(phase, _)| *phase <= self.frame.phase);
        let recursive = function.active > if function.productive > 0 { 12 } else { 1 };
        // A function that gives no constants is walked a few times, however many calls there are: calls of calls
        // would otherwise multiply.
        let short = || match function.code {
            Code::Def(def) => u32::from(def.range().len()) <= SHORT,
            Code::Lambda(_) => true,
        };
        let more = if function.speaks && telling && short() { SPEAKING_WALKS } else { 0 };
        let most = IDLE_WALKS + u32::from(tainted) + more;
        let idle = function.productive * 2 < function.walks && function.walks - function.productive >= most;
        let fresh = matches!(&this, Some(Value { data: Data::Instance(_), .. })) && function.walks < 3;
        let spent = function.walks > 0 && (self.fuel() == 0 || function.active > 0 && !telling);
        let plain = walked && !telling && !tainted && !fresh;
        if recursive || idle || spent || plain || self.depth + 8 >= DEEPEST {
            let summary = function.summary.as_ref().map(|(_, value)| value.clone());
            let inflow = self.inflow(&arguments);
            return match summary {
                Some(value) => Value { origin: union(&value.origin, &inflow), data: general(value.data) },
                None => Value::from(Data::Unknown, inflow),
            };
        }
        self.walk(id, this, arguments)
    }

    /// Walks the body of a function.
    pub(crate) fn walk(&mut self, id: u32, this: Option<Value<'a>>, arguments: Arguments<'a>) -> Value<'a> {
        let Some(function) = self.function_mut(id) else { return Value::UNKNOWN };
        function.active += 1;
        function.walks += 1;
        let (code, parent, source, class) = (function.code, function.scope, function.source, function.class);
        let name = Rc::clone(&function.name);
        let receives = function.receives;
        let is_static = function.binding == crate::heap::Binding::Static;
        self.burn(4);
        let undecided = self.undecided;
        let told = self.records.told();
        let scope = self.open_scope(parent, false);
        let mark = self.mark();
        let frame = Frame {
            source,
            scope,
            phase: self.frame.phase,
            function: name,
            class,
            this: this.clone(),
            silenced: false,
            returned: None,
            yielded: None,
        };
        let caller = (self.frame.source, self.statement);
        let outer = std::mem::replace(&mut self.frame, frame);
        self.depth += 1;
        let parameters = match code {
            Code::Def(def) => Some(&*def.parameters),
            Code::Lambda(lambda) => lambda.parameters.as_deref(),
        };
        if let Some(parameters) = parameters {
            self.bind(parameters, this.filter(|_| !is_static), arguments, receives, caller);
        }
        let result = match code {
            Code::Def(def) => {
                self.block(&def.body);
                let returned = self.frame.returned.take();
                match self.frame.yielded.take() {
                    Some(items) => {
                        let origin = returned.map(|value| value.origin).unwrap_or_default();
                        Value::from(self.list(items), origin)
                    }
                    None => returned.unwrap_or(Value::new(Data::None)),
                }
            }
            Code::Lambda(lambda) => self.expression(&lambda.body),
        };
        self.depth -= 1;
        self.frame = outer;
        self.statement = caller.1;
        self.forget(mark, scope);
        self.close_scope(scope);
        let phase = self.frame.phase;
        // With a branch that could not be decided it is one of several results, and no decoder.
        let constant = self.undecided == undecided && self.is_constant(&result);
        let speaks = self.records.told() > told;
        if let Some(function) = self.function_mut(id) {
            function.active -= 1;
            function.speaks |= speaks;
            function.productive += u32::from(constant);
            function.summary = Some(match function.summary.take() {
                Some((earlier, value)) => (earlier.min(phase), join(&value, &result)),
                None => (phase, result.clone()),
            });
        }
        result
    }

    /// A result that a decoder would give.
    fn is_constant(&self, value: &Value<'a>) -> bool {
        let plain = |value: &Value<'a>| {
            value.as_raw().is_some() || matches!(value.data, Data::Int(_) | Data::Big(_) | Data::Name(_, 0))
        };
        match &value.data {
            Data::Tuple(items) => items.first().is_some_and(plain),
            Data::List(id) => self.items(*id).first().is_some_and(plain),
            Data::Buffer(id) => self.buffer_of(*id).is_some_and(|buffer| buffer.bytes.is_some()),
            _ => plain(value),
        }
    }

    fn bind(
        &mut self,
        parameters: &'a Parameters,
        this: Option<Value<'a>>,
        arguments: Arguments<'a>,
        receives: Option<u32>,
        caller: (usize, TextRange),
    ) {
        let outside = receives.map(|source| Rc::new(Marks { taints: vec![(source, 0)], ..Marks::default() }));
        let rest = Value::from(Data::Unknown, union(&arguments.open, &outside));
        let mut positional = this.into_iter().chain(arguments.positional);
        let mut keywords = arguments.keywords;
        let ordered = parameters.posonlyargs.iter().chain(parameters.args.iter()).map(|parameter| (parameter, true));
        for (parameter, by_place) in ordered.chain(parameters.kwonlyargs.iter().map(|parameter| (parameter, false))) {
            let name = Self::identifier(parameter.parameter.name.as_str());
            let given = if by_place { positional.next() } else { None };
            let given =
                given.or_else(|| keywords.iter().position(|(known, _)| *known == name).map(|at| keywords.remove(at).1));
            let value = match given {
                Some(value) => value,
                None => match parameter.default() {
                    Some(default) => {
                        let value = self.expression(default);
                        // A default is only one of the values it will have, unless the caller is known.
                        if rest.origin.is_some() { join(&value, &rest) } else { value }
                    }
                    None => rest.clone(),
                },
            };
            let value = match &parameter.parameter.annotation {
                Some(annotation) if value.is_unknown() => {
                    let typed = self.annotated(annotation);
                    Value::from(typed.data, value.origin)
                }
                _ => value,
            };
            let value = if value.is_unknown() { self.secret_parameter(value, &name, parameter.range()) } else { value };
            if value.origin.is_some() {
                self.passed(&name, &value, caller.0, caller.1);
            }
            self.set(name, value);
        }
        if let Some(parameter) = &parameters.vararg {
            let items: Vec<_> = positional.collect();
            let value = if items.is_empty() { rest.clone() } else { Value::new(Data::Tuple(Rc::new(items))) };
            self.set(Self::identifier(parameter.name.as_str()), value);
        }
        if let Some(parameter) = &parameters.kwarg {
            let value = if keywords.is_empty() {
                rest
            } else {
                let mut dict = crate::heap::Dict::default();
                dict.open = true;
                for (name, value) in keywords {
                    dict.insert(Value::new(Value::text(name.into_owned())), value);
                }
                Value::new(self.dict(dict))
            };
            self.set(Self::identifier(parameter.name.as_str()), value);
        }
    }
}

/// What a summary may say of a call it did not see: the constant may differ.
fn general(data: Data<'_>) -> Data<'_> {
    match data {
        Data::Name(..) | Data::Instance(_) | Data::Class(_) | Data::Function(_) | Data::Bound(_) => data,
        _ => Data::Unknown,
    }
}

/// Methods that put something into a request, a session or a mail.
fn fills(method: &str) -> bool {
    matches!(
        method,
        "update"
            | "add_header"
            | "add_unredirected_header"
            | "set_content"
            | "set_payload"
            | "attach"
            | "add_attachment"
            | "add_field"
            | "set_cookie"
    )
}
