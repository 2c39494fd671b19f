//! Functions that reach a thing without naming it: `getattr`, `__import__`, getters.

use std::rc::Rc;

use ruff_text_size::TextRange;

use crate::heap::Object;
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{COMPUTED, Data, GETATTR, IMPORT, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn get_attribute(&mut self, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let object = arguments.positional.first()?.clone();
        let key = arguments.positional.get(1)?;
        let Some(name) = key.as_str().map(str::to_owned) else {
            // A name that is not known, of a module that is: worth telling.
            return match object.data {
                Data::Name(id, 0) => {
                    let full = self.names.attribute(id, "*")?;
                    let origin = union(&object.origin, &passing(&key.origin));
                    Some(Value::from(Data::Name(full, 0), origin).hidden(GETATTR | COMPUTED))
                }
                _ => self.meant(&object, key),
            };
        };
        let computed = !matches!(key.data, Data::Literal(_)) || !key.steps().is_empty();
        let value = self.attribute(&object, &name);
        if value.is_unknown() {
            return Some(arguments.positional.get(2).cloned().unwrap_or(value));
        }
        if matches!(value.data, Data::Name(_, 0)) {
            return Some(value.hidden(if computed { GETATTR | COMPUTED } else { GETATTR }));
        }
        Some(value)
    }

    pub(crate) fn import_call(&mut self, name: &str, arguments: &Arguments<'a>, range: TextRange) -> Option<Value<'a>> {
        let key = arguments.positional.first().or_else(|| arguments.keyword("name"))?;
        let Some(module) = key.as_str().map(str::to_owned) else {
            self.import_below(key.as_template()?.to_owned().strip_prefix("{}")?, range);
            return None;
        };
        if let Some(below) = module.strip_prefix('.') {
            // `import_module(".x", package)`: the package is this one, or one that is written out.
            let level = below.len() - below.trim_start_matches('.').len();
            let package = arguments.get(1, "package").and_then(Value::as_str).map(str::to_owned);
            match package {
                Some(package) if level == 0 => self.imported(&format!("{package}.{below}"), range, IMPORT),
                _ => {
                    self.imported(&self.absolute(u32::try_from(level + 1).unwrap_or(1), &below[level..]), range, IMPORT)
                }
            }
        }
        let computed = !matches!(key.data, Data::Literal(_)) || !key.steps().is_empty();
        let bits = if computed { IMPORT | COMPUTED } else { IMPORT };
        self.imported(&module, range, bits);
        let top = module.split('.').next().unwrap_or(&module);
        let whole = name.ends_with("import_module")
            || arguments.get(3, "fromlist").is_some_and(|list| self.truth(list) != Some(false));
        let value = Value::new(self.named(if whole { &module } else { top }));
        Some(value.hidden(bits))
    }

    /// `import_module(__name__ + ".tests.run")`: what stands in front is a module or a package of this project.
    fn import_below(&mut self, below: &str, range: TextRange) {
        if !below.starts_with('.') || below.contains("{}") {
            return;
        }
        let own = self.unit_here().module.to_owned();
        let above = own.rsplit_once('.').map(|(above, _)| above.to_owned());
        for module in [Some(own), above].into_iter().flatten().filter(|module| !module.is_empty()) {
            self.imported(&format!("{module}{below}"), range, IMPORT | COMPUTED);
        }
    }

    /// `operator.attrgetter("a.b")(object)` and other methods that stand for functions.
    pub(crate) fn getter(&mut self, path: &str, object: &Value<'a>) -> Value<'a> {
        let mut value = object.clone();
        for part in path.split('.').take(8) {
            value = self.attribute(&value, part);
        }
        if matches!(value.data, Data::Name(_, 0)) { value.hidden(GETATTR) } else { value }
    }

    pub(crate) fn class_named(&self, value: &Value<'a>) -> Option<Rc<str>> {
        match value.data {
            Data::Class(id) => match self.heap.get(id as usize) {
                Some(Object::Class(class)) => Some(Rc::clone(&class.name)),
                _ => None,
            },
            Data::Name(id, _) => Some(self.names.shared(id)),
            _ => None,
        }
    }
}
