//! What nobody called: functions, methods, lambdas and branches that the walk did not reach, each with its phase.

use model::Phase;
use ruff_python_ast::{ExceptHandler, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::Role;
use crate::heap::{Binding, Code, Object};
use crate::interpreter::{Arguments, Interpreter, MODULE_SCOPE};
use crate::value::{Data, Value};

/// Commands whose subclass runs code on installation, when pip or a build front end drives them.
const HOOKS: [&str; 18] = [
    "install",
    "develop",
    "egg_info",
    "build_py",
    "build_ext",
    "build",
    "sdist",
    "bdist_wheel",
    "bdist_egg",
    "Command",
    "install_lib",
    "install_scripts",
    "install_data",
    "editable_wheel",
    "dist_info",
    "build_clib",
    "build_scripts",
    "easy_install",
];

/// What setuptools calls on a command, and on a class of distributions.
const RUN: [&str; 10] = [
    "initialize_options",
    "finalize_options",
    "run",
    "build_extension",
    "build_extensions",
    "do_egg_install",
    "parse_config_files",
    "parse_command_line",
    "run_commands",
    "run_command",
];

/// What a front end calls on a build backend (PEP 517, PEP 660).
const BACKEND: [&str; 8] = [
    "build_wheel",
    "build_sdist",
    "build_editable",
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
];

impl<'a> Interpreter<'a, '_> {
    /// Walks a source from its first statement to the last thing nobody called.
    pub(crate) fn run(&mut self, body: &'a [Stmt]) {
        self.rest(body);
        self.enter_named();
        self.sweep();
        self.loose_layers();
        self.sweep();
    }

    /// Calls what code elsewhere calls in this phase: nothing is known of the arguments.
    fn enter_named(&mut self) {
        let unit = self.unit;
        for name in unit.entered.iter().take(200) {
            let Some(path) = name.strip_prefix(unit.module).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let mut parts = path.split('.').take(4);
            let Some(first) = parts.next() else { continue };
            let Some(mut value) = self.scopes[MODULE_SCOPE as usize].variables.get(first).cloned() else { continue };
            for part in parts {
                if let Data::Class(class) = value.data {
                    value = self.prototype(class);
                }
                value = self.attribute(&value, part);
            }
            if let Data::Function(_) | Data::Class(_) | Data::Bound(_) | Data::Name(_, 0) = value.data {
                self.invoke(&value, Arguments::default(), TextRange::default(), None);
            }
        }
    }

    /// Walks everything that was not reached.
    pub(crate) fn sweep(&mut self) {
        let builds = matches!(self.unit.role, Role::Setup | Role::Backend);
        if builds {
            self.sweep_hooks();
        }
        // A walk may define more functions, and a layer too.
        let mut judged = std::mem::take(&mut self.judged);
        for _ in 0..4 {
            let functions = self.relevant(&mut judged);
            if functions.is_empty() {
                break;
            }
            for id in functions {
                self.sweep_function(id);
            }
        }
        self.judged = judged;
        self.sweep_refilled();
        self.sweep_rest();
    }

    /// Functions that were walked before another one beside them was given what arrives from outside: a listener that
    /// collects in one and sends in another.
    fn sweep_refilled(&mut self) {
        const MOST_TIMES: usize = 8;
        const MOST_FUNCTIONS: usize = 40;
        let mut done: Vec<(bool, u32)> = Vec::new();
        for (collects, this) in std::mem::take(&mut self.refilled) {
            let Some(around) = self.function(collects).map(|function| function.scope) else { continue };
            let object = match this {
                Some(Value { data: Data::Instance(id), .. }) => Some(id),
                Some(_) => continue,
                None => None,
            };
            let key = (object.is_some(), object.unwrap_or(around));
            if done.contains(&key) || done.len() >= MOST_TIMES {
                continue;
            }
            done.push(key);
            let mut beside: Vec<u32> = match object.map(|id| self.instance(id).map(|instance| instance.class)) {
                Some(class) => {
                    let scope = class.and_then(|class| self.class(class)).map(|class| class.scope);
                    let variables = scope.into_iter().flat_map(|scope| self.scopes[scope as usize].variables.values());
                    variables.filter_map(|value| self.behind(value)).map(|(function, _)| function).collect()
                }
                None => (0..self.heap.len())
                    .filter_map(|at| u32::try_from(at).ok())
                    .filter(|id| {
                        let other = self.function(*id);
                        *id != collects && other.is_some_and(|other| other.scope == around && other.class.is_none())
                    })
                    .collect(),
            };
            beside.sort_unstable();
            beside.dedup();
            let outer = self.frame.phase;
            for id in beside.into_iter().take(MOST_FUNCTIONS) {
                let Some(function) = self.function(id).filter(|function| function.active == 0) else { continue };
                let Some((phase, _)) = &function.summary else { continue };
                // What makes the object would empty it again.
                if matches!(function.binding, Binding::Plain | Binding::Property) && &*function.name != "__init__" {
                    self.frame.phase = outer.max(*phase);
                    self.walk(id, this.clone(), Arguments::default());
                }
            }
            self.frame.phase = outer;
        }
    }

    fn sweep_function(&mut self, id: u32) {
        let Some(function) = self.function(id) else { return };
        if function.summary.is_some() || function.active > 0 {
            return;
        }
        let class = function.class.filter(|_| matches!(function.code, Code::Def(_)));
        let binding = function.binding;
        let outer = self.frame.phase;
        self.frame.phase = outer.max(Phase::Call);
        let this = match (class, binding) {
            (Some(class), Binding::Plain | Binding::Property) => Some(self.prototype(class)),
            (Some(class), Binding::Class) => Some(Value::new(Data::Class(class))),
            _ => None,
        };
        if self.function(id).is_some_and(|function| function.summary.is_none()) {
            self.walk(id, this, Arguments::default());
        }
        self.frame.phase = outer;
    }

    /// Methods of command classes run on installation, whoever registers them.
    fn sweep_hooks(&mut self) {
        let hooks: Vec<u32> = (0..self.heap.len())
            .filter_map(|at| match &self.heap[at] {
                Object::Class(class) => {
                    let hook = class.bases.iter().any(|base| self.is_hook(base, 0));
                    hook.then(|| u32::try_from(at).ok()).flatten()
                }
                _ => None,
            })
            .collect();
        for class in hooks {
            self.run_command(class);
        }
        if self.unit.role == Role::Backend {
            for name in BACKEND {
                if let Some(Value { data: Data::Function(id), .. }) =
                    self.scopes[MODULE_SCOPE as usize].variables.get(name).cloned()
                {
                    self.walk(id, None, Arguments::default());
                }
            }
        }
    }

    fn is_hook(&self, base: &Value<'a>, depth: u32) -> bool {
        match base.data {
            Data::Name(id, _) => {
                let name = self.names.text(id);
                let last = name.rsplit('.').next().unwrap_or(name);
                HOOKS.contains(&last)
            }
            Data::Class(id) => {
                depth < 8
                    && self.class(id).is_some_and(|class| class.bases.iter().any(|base| self.is_hook(base, depth + 1)))
            }
            _ => false,
        }
    }

    /// What setuptools does with a command class.
    pub(crate) fn run_command(&mut self, class: u32) {
        let this = self.prototype(class);
        for name in RUN {
            if let Some(Value { data: Data::Function(id), .. }) = self.class_attribute(class, name, 0)
                && self.function(id).is_some_and(|function| {
                    function.summary.as_ref().is_none_or(|(phase, _)| *phase > self.frame.phase)
                })
            {
                self.walk(id, Some(this.clone()), Arguments::default());
            }
        }
    }

    /// Statements that are still unread: branches never taken, code behind a return.
    fn sweep_rest(&mut self) {
        let mut source = 0;
        while source < self.sources.len() {
            let module = self.sources[source].module;
            let outer = self.frame.clone();
            self.frame.source = source;
            self.unread(&module.body, self.unit.phase, 0);
            self.frame = outer;
            source += 1;
        }
    }

    fn unread(&mut self, body: &'a [Stmt], least: Phase, depth: u32) {
        if depth > 60 {
            return;
        }
        for (at, statement) in body.iter().enumerate() {
            if !self.here().was_visited(statement.start().into()) {
                let before = self.frame.phase;
                self.frame.phase = before.max(least);
                let scope = self.open_scope(self.module_scope(), false);
                let outer = std::mem::replace(&mut self.frame.scope, scope);
                let mark = self.mark();
                self.rest(&body[at..]);
                self.frame.scope = outer;
                self.forget(mark, scope);
                self.close_scope(scope);
                self.frame.phase = before;
                return;
            }
            match statement {
                Stmt::If(node) => {
                    self.unread(&node.body, least, depth + 1);
                    for clause in &node.elif_else_clauses {
                        self.unread(&clause.body, least, depth + 1);
                    }
                }
                Stmt::For(node) => {
                    self.unread(&node.body, least, depth + 1);
                    self.unread(&node.orelse, least, depth + 1);
                }
                Stmt::While(node) => {
                    self.unread(&node.body, least, depth + 1);
                    self.unread(&node.orelse, least, depth + 1);
                }
                Stmt::With(node) => self.unread(&node.body, least, depth + 1),
                Stmt::Try(node) => {
                    self.unread(&node.body, least, depth + 1);
                    for handler in &node.handlers {
                        let ExceptHandler::ExceptHandler(handler) = handler;
                        self.unread(&handler.body, least, depth + 1);
                    }
                    self.unread(&node.orelse, least, depth + 1);
                    self.unread(&node.finalbody, least, depth + 1);
                }
                Stmt::Match(node) => node.cases.iter().for_each(|case| self.unread(&case.body, least, depth + 1)),
                // One that was not walked at all has nothing to say.
                Stmt::FunctionDef(node) => {
                    let walked = node.body.first().is_some_and(|first| self.here().was_visited(first.start().into()));
                    if walked {
                        self.unread(&node.body, least.max(Phase::Call), depth + 1);
                    }
                }
                Stmt::ClassDef(node) => self.unread(&node.body, least, depth + 1),
                _ => {}
            }
        }
    }

    /// Every statement of a run, whatever ends it.
    fn rest(&mut self, body: &'a [Stmt]) {
        let mut body = body;
        while !body.is_empty() {
            self.block(body);
            let unread = body.iter().position(|statement| !self.here().was_visited(statement.start().into()));
            match unread {
                Some(at) if at > 0 => body = &body[at..],
                _ => break,
            }
        }
    }
}
