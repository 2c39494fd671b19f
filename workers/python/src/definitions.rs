//! Functions and classes as they are defined.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::heap::{Binding, Class, Code, Function, Instance, Object};
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value};

impl<'a> Interpreter<'a, '_> {
    /// Annotations are evaluated where they stand; only one that calls something does something.
    pub(crate) fn hint(&mut self, annotation: &'a Expr) {
        if ast::helpers::any_over_expr(annotation, |inner| inner.is_call_expr()) {
            self.expression(annotation);
        }
    }

    pub(crate) fn define(&mut self, node: &'a ast::StmtFunctionDef) {
        let name = Self::identifier(node.name.as_str());
        let class = self.scopes[self.frame.scope as usize].is_class.then_some(self.frame.class).flatten();
        let mut binding = Binding::Plain;
        let mut decorators = Vec::new();
        for decorator in &node.decorator_list {
            match &decorator.expression {
                Expr::Name(name) if name.id.as_str() == "staticmethod" => binding = Binding::Static,
                Expr::Name(name) if name.id.as_str() == "classmethod" => binding = Binding::Class,
                Expr::Name(name) if matches!(name.id.as_str(), "property" | "cached_property") => {
                    binding = Binding::Property;
                }
                Expr::Attribute(node) if matches!(node.attr.as_str(), "setter" | "getter" | "deleter") => {}
                other => {
                    let value = self.expression(other);
                    decorators.push((value, decorator.range()));
                }
            }
        }
        // Defaults run where the function is defined, once.
        for parameter in node.parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                self.expression(default);
            }
        }
        let hints = node.parameters.iter().filter_map(|parameter| parameter.annotation());
        for hint in hints.chain(node.returns.as_deref()) {
            self.hint(hint);
        }
        self.capture(self.frame.scope);
        let function = Function {
            code: Code::Def(node),
            scope: self.frame.scope,
            source: self.frame.source,
            class,
            binding,
            name: Rc::from(name.as_ref()),
            receives: self.received_by(&decorators, node, class),
            walks: 0,
            productive: 0,
            active: 0,
            speaks: false,
            summary: None,
        };
        let Some(id) = self.allocate(Object::Function(Box::new(function))) else { return };
        let mut value = Value::new(Data::Function(id));
        for (decorator, range) in decorators.into_iter().rev() {
            if matches!(decorator.data, Data::Unknown) {
                continue;
            }
            let result = self.invoke(&decorator, Arguments::of(vec![value.clone()]), range, None);
            if matches!(result.data, Data::Function(_) | Data::Bound(_) | Data::Instance(_)) {
                value = result;
            }
        }
        self.set(name, value);
    }

    /// `type("Name", (Base,), {"run": run})`.
    pub(crate) fn made_class(&mut self, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let name = arguments.positional.first()?.as_str().unwrap_or_default().to_owned();
        let bases = self.iterate(&arguments.positional.get(1)?.clone()).unwrap_or_default();
        let members = match arguments.positional.get(2)?.data {
            Data::Dict(id) => self.dict_of(id).map(|dict| dict.items.clone()).unwrap_or_default(),
            _ => return None,
        };
        let scope = self.open_scope(self.frame.scope, true);
        self.capture(self.frame.scope);
        let class = Class { name: Rc::from(name), scope, bases, prototype: None };
        let id = self.allocate(Object::Class(Box::new(class)))?;
        for (key, value) in members.into_iter().take(1_000) {
            let Some(key) = key.as_str().map(str::to_owned) else { continue };
            if let Data::Function(function) = value.data
                && let Some(function) = self.function_mut(function)
            {
                function.class.get_or_insert(id);
            }
            self.set_in(scope, key.into(), value);
        }
        Some(Value::new(Data::Class(id)))
    }

    /// An object of a class without members.
    pub(crate) fn blank(&mut self, name: &str) -> Option<Value<'a>> {
        let scope = self.open_scope(self.frame.scope, true);
        self.capture(self.frame.scope);
        let class = Class { name: Rc::from(name), scope, bases: Vec::new(), prototype: None };
        let class = self.allocate(Object::Class(Box::new(class)))?;
        let instance = Instance { class, attributes: Default::default() };
        self.allocate(Object::Instance(instance)).map(|id| Value::new(Data::Instance(id)))
    }

    /// What runs because a class is defined: its metaclass makes it, the classes above it are told.
    fn created(&mut self, id: u32, name: &str, bases: Vec<Value<'a>>, maker: Option<Value<'a>>, range: TextRange) {
        let class = Value::new(Data::Class(id));
        let above: Vec<u32> =
            bases.iter().filter_map(|base| if let Data::Class(base) = base.data { Some(base) } else { None }).collect();
        let parts = [Value::new(Value::text(name.to_owned())), Value::new(Data::Tuple(Rc::new(bases))), Value::UNKNOWN];
        match maker {
            Some(Value { data: Data::Class(maker), .. }) => {
                for method in ["__new__", "__init__"] {
                    if let Some(Value { data: Data::Function(function), .. }) = self.class_attribute(maker, method, 0) {
                        self.enter(function, Some(class.clone()), Arguments::of(parts.to_vec()));
                    }
                }
            }
            Some(maker @ Value { data: Data::Function(_), .. }) => {
                self.invoke(&maker, Arguments::of(parts.to_vec()), range, None);
            }
            _ => {}
        }
        for base in above {
            if let Some(Value { data: Data::Function(told), .. }) = self.class_attribute(base, "__init_subclass__", 0) {
                self.enter(told, Some(class.clone()), Arguments::default());
            }
        }
    }

    pub(crate) fn class_definition(&mut self, node: &'a ast::StmtClassDef) {
        let name = Self::identifier(node.name.as_str());
        let mut bases = Vec::new();
        let mut maker = None;
        if let Some(arguments) = &node.arguments {
            for base in &arguments.args {
                bases.push(self.expression(base));
            }
            for keyword in &arguments.keywords {
                let value = self.expression(&keyword.value);
                if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass") {
                    maker = Some(value);
                }
            }
        }
        let mut decorators = Vec::new();
        for decorator in &node.decorator_list {
            decorators.push((self.expression(&decorator.expression), decorator.range()));
        }
        let scope = self.open_scope(self.frame.scope, true);
        self.capture(self.frame.scope);
        let class = Class { name: Rc::from(name.as_ref()), scope, bases: bases.clone(), prototype: None };
        let Some(id) = self.allocate(Object::Class(Box::new(class))) else { return };
        let outer = (self.frame.scope, self.frame.class);
        self.frame.scope = scope;
        self.frame.class = Some(id);
        self.block(&node.body);
        (self.frame.scope, self.frame.class) = outer;
        self.created(id, &name, bases, maker, node.range());
        let mut value = Value::new(Data::Class(id));
        for (decorator, range) in decorators.into_iter().rev() {
            // A decorator of this source is called with the class, and may do anything with it.
            if !matches!(decorator.data, Data::Function(_) | Data::Bound(_) | Data::Class(_) | Data::Instance(_)) {
                continue;
            }
            let result = self.invoke(&decorator, Arguments::of(vec![value.clone()]), range, None);
            if matches!(result.data, Data::Class(_) | Data::Function(_) | Data::Bound(_) | Data::Instance(_)) {
                value = result;
            }
        }
        self.set(name, value);
    }
}
