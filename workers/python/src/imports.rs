//! Imports: what a statement binds, and what it says.

use std::borrow::Cow;

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use crate::interpreter::Interpreter;
use crate::value::{ALIAS, Data, Value};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn import(&mut self, node: &'a ast::StmtImport) {
        for alias in &node.names {
            let module = Self::identifier(alias.name.as_str());
            self.imported(&module, alias.range(), 0);
            self.enter_module(&module);
            match &alias.asname {
                Some(name) => {
                    let value = Value::new(self.named(&module));
                    self.set(Self::identifier(name.as_str()), value);
                }
                None => {
                    let top: Cow<'a, str> = match module {
                        Cow::Borrowed(module) => Cow::Borrowed(module.split('.').next().unwrap_or(module)),
                        Cow::Owned(module) => Cow::Owned(module.split('.').next().unwrap_or("").to_owned()),
                    };
                    let value = Value::new(self.named(&top));
                    self.set(top, value);
                }
            }
        }
    }

    pub(crate) fn import_from(&mut self, node: &'a ast::StmtImportFrom) {
        let module = self.absolute(node.level, node.module.as_ref().map_or("", |module| module.as_str()));
        for alias in &node.names {
            let name = Self::identifier(alias.name.as_str());
            if &*name == "*" {
                self.imported(&module, alias.range(), 0);
                self.all_of_project(&module);
                if let Some(id) = self.names.name(&module) {
                    let scope = self.frame.scope as usize;
                    if self.scopes[scope].stars.len() < 64 {
                        self.scopes[scope].stars.push(id);
                    }
                }
                continue;
            }
            let full = if module.is_empty() { name.to_string() } else { format!("{module}.{name}") };
            self.imported(&full, alias.range(), 0);
            let mut value = match crate::resolve::constant_of(&module, &name) {
                Some(text) => Value::new(Data::Literal(text)),
                None => {
                    let value = Value::new(self.named(&full));
                    self.known_to_project(value)
                }
            };
            if let (Some(new), Data::Name(id, _)) = (&alias.asname, &value.data)
                && !self.names.behaviours(*id).is_empty()
                && new.as_str().trim_matches('_') != &*name
            {
                value = value.hidden(ALIAS);
            }
            let bound = alias.asname.as_ref().map_or(name, |new| Self::identifier(new.as_str()));
            self.set(bound, value);
        }
    }

    /// The dotted name of a module that is named relative to this one.
    pub(crate) fn absolute(&self, level: u32, module: &str) -> String {
        if level == 0 {
            return module.to_owned();
        }
        let is_package = self.unit_here().path.ends_with("__init__.py");
        let mut parts: Vec<&str> = self.unit_here().module.split('.').filter(|part| !part.is_empty()).collect();
        let up = (level as usize).saturating_sub(usize::from(is_package));
        parts.truncate(parts.len().saturating_sub(up));
        if !module.is_empty() {
            parts.push(module);
        }
        parts.join(".")
    }

    /// Notes an import, by statement or by call.
    pub(crate) fn imported(&mut self, module: &str, range: TextRange, indirect: u8) {
        if module.is_empty() {
            return;
        }
        if self.frame.phase <= self.unit.phase
            && self.imports.len() < 2_000
            && !self.imports.iter().rev().take(64).any(|known| known == module)
        {
            self.imports.push(module.to_owned());
        }
        self.record_import(module, range, indirect);
    }
}
