//! Statements in the order in which they run. Paths that cannot be decided are walked one after the other and joined.

use std::borrow::Cow;

use model::Phase;
use ruff_python_ast::{self as ast, ExceptHandler, Expr, Operator, Pattern, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::Role;
use crate::interpreter::{DEEPEST, Interpreter};
use crate::scope::join;
use crate::value::{ALIAS, Data, Value};

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Next,
    Break,
    Continue,
    /// Returned or raised: what follows in the function does not run.
    Leave,
}

pub(crate) type Body<'a> = &'a [Stmt];

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn block(&mut self, body: Body<'a>) -> Exit {
        if self.depth >= DEEPEST {
            self.gap("blocks and calls are nested too deeply to follow");
            return Exit::Next;
        }
        self.depth += 1;
        let mut exit = Exit::Next;
        for (at, statement) in body.iter().enumerate() {
            self.burn(1);
            self.sources[self.frame.source].visit(statement.start().into());
            self.statement = statement.range();
            if self.here().damaged && self.old_exec(statement, body.get(at + 1)) {
                continue;
            }
            exit = self.statement(statement);
            if exit != Exit::Next {
                break;
            }
        }
        self.depth -= 1;
        exit
    }

    /// Python 2's `exec code`: recovered as a lone name and an expression behind it.
    pub(crate) fn old_exec(&mut self, statement: &'a Stmt, next: Option<&'a Stmt>) -> bool {
        let (Stmt::Expr(first), Some(Stmt::Expr(second))) = (statement, next) else { return false };
        let Expr::Name(name) = &*first.value else { return false };
        if name.id.as_str() != "exec" {
            return false;
        }
        let gap = self.here().text.get(first.end().into()..second.start().into()).unwrap_or("\n");
        if gap.contains('\n') {
            return false;
        }
        // `exec code in namespace` is read as a comparison, or as a tuple that begins with one.
        let code = match &*second.value {
            Expr::Tuple(tuple) => tuple.elts.first().unwrap_or(&second.value),
            code => code,
        };
        let code = match code {
            Expr::Compare(compare) if compare.ops.first() == Some(&ast::CmpOp::In) => &*compare.left,
            code => code,
        };
        let value = self.expression(code);
        let callee = Value::new(self.named("exec"));
        let range = ruff_text_size::TextRange::new(first.start(), second.end());
        self.invoke(&callee, crate::interpreter::Arguments::of(vec![value]), range, None);
        true
    }

    pub(crate) fn statement(&mut self, statement: &'a Stmt) -> Exit {
        match statement {
            Stmt::Expr(node) => {
                self.expression(&node.value);
            }
            Stmt::Assign(node) => self.assignment(node),
            Stmt::AugAssign(node) => self.augmented(&node.target, node.op, &node.value),
            Stmt::AnnAssign(node) => {
                let value = match &node.value {
                    Some(value) => {
                        self.hint(&node.annotation);
                        self.expression(value)
                    }
                    None => self.annotated(&node.annotation),
                };
                self.assign(&node.target, value);
            }
            Stmt::If(node) => return self.branch(node),
            Stmt::For(node) => return self.for_loop(node),
            Stmt::While(node) => return self.while_loop(node),
            Stmt::Try(node) => return self.attempt(node),
            Stmt::With(node) => {
                for item in &node.items {
                    let value = self.expression(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        let value = self.entered(value);
                        self.assign(target, value);
                    }
                }
                return self.block(&node.body);
            }
            Stmt::Match(node) => return self.choose(node),
            Stmt::FunctionDef(node) => self.define(node),
            Stmt::ClassDef(node) => self.class_definition(node),
            Stmt::Return(node) => {
                let value = match &node.value {
                    Some(value) => self.expression(value),
                    None => Value::new(Data::None),
                };
                if value.origin.is_some() {
                    let name = std::rc::Rc::clone(&self.frame.function);
                    self.passed(&name, &value, self.frame.source, node.range());
                }
                self.frame.returned = Some(match self.frame.returned.take() {
                    Some(earlier) => join(&earlier, &value),
                    None => value,
                });
                return Exit::Leave;
            }
            Stmt::Raise(node) => {
                for part in [&node.exc, &node.cause].into_iter().flatten() {
                    self.expression(part);
                }
                return Exit::Leave;
            }
            Stmt::Assert(node) => {
                self.expression(&node.test);
                if let Some(message) = &node.msg {
                    self.expression(message);
                }
            }
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Global(node) => {
                let scope = self.frame.scope as usize;
                self.scopes[scope].global.extend(node.names.iter().map(|name| name.as_str()));
            }
            Stmt::Nonlocal(node) => {
                let scope = self.frame.scope as usize;
                self.scopes[scope].nonlocal.extend(node.names.iter().map(|name| name.as_str()));
            }
            Stmt::Delete(node) => {
                for target in &node.targets {
                    match target {
                        Expr::Subscript(target) => self.delete(target),
                        Expr::Attribute(_) => {
                            self.expression(target);
                        }
                        _ => {}
                    }
                }
            }
            Stmt::Break(_) => return Exit::Break,
            Stmt::Continue(_) => return Exit::Continue,
            Stmt::IpyEscapeCommand(node) => {
                self.escaped(node.kind, &node.value, node.range());
            }
            Stmt::TypeAlias(_) | Stmt::Pass(_) => {}
        }
        Exit::Next
    }

    pub(crate) fn assignment(&mut self, node: &'a ast::StmtAssign) {
        // `s = s + x` is `s += x`, and must not copy a growing string each time.
        if let ([Expr::Name(target)], Expr::BinOp(sum)) = (node.targets.as_slice(), &*node.value)
            && sum.op == Operator::Add
            && matches!(&*sum.left, Expr::Name(left) if left.id == target.id)
        {
            self.augmented(&node.targets[0], Operator::Add, &sum.right);
            return;
        }
        let mut value = self.expression(&node.value);
        if let Data::Name(id, 0) = value.data
            && !self.names.behaviours(id).is_empty()
            && !matches!(node.targets.as_slice(), [Expr::Name(target)] if self.names.text(id).ends_with(target.id.as_str()))
        {
            value = value.hidden(ALIAS);
        }
        if let Data::Literal(text) = value.data
            && text.len() >= 16
        {
            value.data = Value::text(text.to_owned());
        }
        for target in &node.targets {
            self.assign(target, value.clone());
        }
    }

    pub(crate) fn assign(&mut self, target: &'a Expr, value: Value<'a>) {
        match target {
            Expr::Name(name) => {
                if self.concrete > 0 && value.is_constant() {
                    let old = self.variable(&Self::identifier(name.id.as_str()));
                    if old.is_none_or(|old| crate::value::same(old, &value) != Some(true)) {
                        self.changes += 1;
                    }
                }
                if value.origin.is_some() || matches!(value.data, Data::Dict(_) | Data::List(_) | Data::Tuple(_)) {
                    self.passed(name.id.as_str(), &value, self.frame.source, self.line_from(target));
                }
                self.set(Self::identifier(name.id.as_str()), value);
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                self.unpack(elts, &value);
            }
            Expr::Starred(star) => self.assign(&star.value, value),
            Expr::Attribute(node) => {
                let object = self.expression(&node.value);
                if value.origin.is_some() {
                    self.passed(node.attr.as_str(), &value, self.frame.source, self.line_from(target));
                }
                // `request.data = x`: the object goes where it goes, and takes along what it was given.
                if matches!(object.data, Data::Name(_, 1..)) {
                    self.soaked(&node.value, &value.origin, false);
                }
                self.set_attribute(&object, Self::identifier(node.attr.as_str()), value);
            }
            Expr::Subscript(node) => {
                let object = self.expression(&node.value);
                if value.origin.is_some() {
                    self.passed(last_name(&node.value), &value, self.frame.source, self.line_from(target));
                }
                if let Expr::Slice(slice) = &*node.slice {
                    let bounds = self.bounds(slice);
                    self.set_slice(&object, bounds, Some(&value));
                    return;
                }
                let key = self.expression(&node.slice);
                if matches!(object.data, Data::Name(_, 1..)) {
                    self.soaked(&node.value, &value.origin, true);
                }
                self.set_item(&object, key, value, node.range());
            }
            _ => {}
        }
    }

    /// From a target to the end of the statement that binds it.
    fn line_from(&self, target: &Expr) -> TextRange {
        let (start, end) = (target.start(), self.statement.end());
        if self.statement.contains(start) { TextRange::new(start, end) } else { target.range() }
    }

    pub(crate) fn unpack(&mut self, targets: &'a [Expr], value: &Value<'a>) {
        let items = self.iterate(value).filter(|items| items.len() <= 10_000);
        let star = targets.iter().position(|target| matches!(target, Expr::Starred(_)));
        let rest = Value::from(
            match value.data {
                Data::Name(id, call) if call != 0 => Data::Name(id, call),
                _ => Data::Unknown,
            },
            self.origin_of(value),
        );
        for (at, target) in targets.iter().enumerate() {
            let item = match (&items, star) {
                (Some(items), None) => items.get(at).cloned().unwrap_or_else(|| rest.clone()),
                (Some(items), Some(star)) if at < star => items.get(at).cloned().unwrap_or_else(|| rest.clone()),
                (Some(items), Some(star)) => {
                    let after = targets.len() - star - 1;
                    let end = items.len().saturating_sub(after).max(star.min(items.len()));
                    if at == star {
                        let middle = items.get(star.min(items.len())..end).unwrap_or(&[]).to_vec();
                        Value::new(self.list(middle))
                    } else {
                        items.get(end + (at - star - 1)).cloned().unwrap_or_else(|| rest.clone())
                    }
                }
                (None, _) => rest.clone(),
            };
            self.assign(target, item);
        }
    }

    pub(crate) fn augmented(&mut self, target: &'a Expr, op: Operator, operand: &'a Expr) {
        let right = self.expression(operand);
        match target {
            Expr::Name(name) => {
                let name = Self::identifier(name.id.as_str());
                let left = self.take(&name).unwrap_or(Value::UNKNOWN);
                let value = self.augment(left, op, &right);
                self.changes += u64::from(value.is_constant());
                if value.origin.is_some() {
                    self.passed(&name, &right, self.frame.source, self.line_from(target));
                }
                self.set(name, value);
            }
            Expr::Attribute(node) => {
                let object = self.expression(&node.value);
                let name = Self::identifier(node.attr.as_str());
                let left = self.attribute(&object, &name);
                let value = self.augment(left, op, &right);
                self.changes += u64::from(value.is_constant());
                self.set_attribute(&object, name, value);
            }
            Expr::Subscript(node) => {
                let object = self.expression(&node.value);
                let key = self.expression(&node.slice);
                let left = self.item(&object, &key);
                let value = self.in_place(left, op, &right);
                self.changes += u64::from(value.is_constant());
                self.set_item(&object, key, value, node.range());
            }
            _ => {}
        }
    }

    /// `left op= right`: what can change in place does.
    fn augment(&mut self, left: Value<'a>, op: Operator, right: &Value<'a>) -> Value<'a> {
        match left.data {
            Data::Buffer(id) if op == Operator::Add => {
                self.extended(id, right);
                left
            }
            _ => self.in_place(left, op, right),
        }
    }

    fn bounds(&mut self, slice: &'a ast::ExprSlice) -> [Option<Value<'a>>; 3] {
        [&slice.lower, &slice.upper, &slice.step].map(|part| part.as_ref().map(|part| self.expression(part)))
    }

    fn delete(&mut self, target: &'a ast::ExprSubscript) {
        let object = self.expression(&target.value);
        if !matches!(object.data, Data::List(_) | Data::Buffer(_)) {
            self.subscript(target);
        } else if let Expr::Slice(slice) = &*target.slice {
            let bounds = self.bounds(slice);
            self.set_slice(&object, bounds, None);
        } else {
            let key = self.expression(&target.slice);
            self.delete_item(&object, &key);
        }
    }

    pub(crate) fn is_main_guard(&self, test: &Expr) -> bool {
        let Expr::Compare(node) = test else { return false };
        let main = |side: &Expr| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
        let name = |side: &Expr| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__");
        let Some(right) = node.comparators.first() else { return false };
        matches!(node.ops.first(), Some(ast::CmpOp::Eq))
            && (name(&node.left) && main(right) || main(&node.left) && name(right))
    }

    /// When code under `if __name__ == "__main__"` runs.
    pub(crate) fn main_phase(&self) -> Phase {
        match self.unit_here().role {
            // pip executes setup.py as `__main__`.
            Role::Setup | Role::Pth | Role::Startup => self.frame.phase,
            _ => self.frame.phase.max(Phase::Call),
        }
    }

    pub(crate) fn branch(&mut self, node: &'a ast::StmtIf) -> Exit {
        let clauses = std::iter::once((Some(&*node.test), &node.body[..]))
            .chain(node.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body[..])));
        let mut paths = Vec::new();
        let mut exits = Vec::new();
        let mut complete = false;
        let mut decided = None;
        for (test, body) in clauses {
            let truth = match test {
                None => Some(true),
                Some(test) if self.is_main_guard(test) => {
                    let phase = self.main_phase();
                    let before = std::mem::replace(&mut self.frame.phase, phase);
                    let exit = self.block(body);
                    self.frame.phase = before;
                    exits.push(exit);
                    None.or(Some(false))
                }
                Some(test) => {
                    let value = self.expression(test);
                    self.truth(&value)
                }
            };
            if test.is_some_and(|test| self.is_main_guard(test)) {
                continue;
            }
            match truth {
                Some(true) if paths.is_empty() && decided.is_none() => {
                    // Decided: what follows is dead on this path, but is read once all the same.
                    decided = Some(self.block(body));
                    if self.concrete > 0 {
                        break;
                    }
                }
                Some(false) => {
                    if self.concrete == 0 {
                        self.walk_aside(body);
                    }
                }
                _ if decided.is_some() => self.walk_aside(body),
                _ => {
                    self.undecided += 1;
                    let mark = self.fork();
                    let exit = self.block(body);
                    let path = self.rewind(mark);
                    exits.push(exit);
                    if exit != Exit::Leave {
                        paths.push(path);
                    }
                    if truth == Some(true) {
                        complete = true;
                        break;
                    }
                }
            }
        }
        if let Some(exit) = decided {
            return exit;
        }
        self.join_paths(paths, complete);
        match exits.split_first() {
            Some((first, rest)) if complete && rest.iter().all(|exit| exit == first) => *first,
            _ => Exit::Next,
        }
    }

    /// When one of the paths is certainly taken, the first stands for the state before; the others join it.
    pub(crate) fn join_paths(&mut self, paths: Vec<Vec<(u32, Cow<'a, str>, Value<'a>)>>, complete: bool) {
        let mut paths = paths.into_iter();
        if complete && let Some(first) = paths.next() {
            for (scope, name, value) in first {
                self.set_in(scope, name, value);
            }
        }
        for path in paths {
            self.merge(path);
        }
    }

    /// Reads code that is not expected to run here, for its facts, and forgets its effects.
    pub(crate) fn walk_aside(&mut self, body: Body<'a>) {
        let Some(first) = body.first() else { return };
        if self.sources[self.frame.source].was_visited(first.start().into()) {
            return;
        }
        let returned = self.frame.returned.clone();
        let mark = self.fork();
        self.block(body);
        self.rewind(mark);
        self.frame.returned = returned;
    }

    pub(crate) fn attempt(&mut self, node: &'a ast::StmtTry) -> Exit {
        let silent = |handler: &ExceptHandler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            handler.body.iter().all(|statement| match statement {
                Stmt::Pass(_) | Stmt::Continue(_) | Stmt::Break(_) => true,
                Stmt::Expr(node) => matches!(&*node.value, Expr::EllipsisLiteral(_) | Expr::StringLiteral(_)),
                Stmt::Return(node) => node.value.as_deref().is_none_or(|value| matches!(value, Expr::NoneLiteral(_))),
                _ => false,
            })
        };
        let before = self.frame.silenced;
        self.frame.silenced |= node.handlers.iter().any(silent);
        let exit = self.block(&node.body);
        self.frame.silenced = before;
        for handler in &node.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            // In a decoder that is followed step by step the exception is not expected.
            if self.concrete > 0
                && handler.body.first().is_some_and(|first| self.here().was_visited(first.start().into()))
            {
                continue;
            }
            let returned = self.frame.returned.clone();
            let mark = self.fork();
            if let Some(kind) = &handler.type_ {
                self.expression(kind);
            }
            if let Some(name) = &handler.name {
                self.set(Self::identifier(name.as_str()), Value::UNKNOWN);
            }
            self.block(&handler.body);
            let path = self.rewind(mark);
            self.merge(path);
            if returned.as_ref().is_some_and(Value::is_telling) {
                self.frame.returned = returned;
            }
        }
        if exit == Exit::Next {
            let exit = self.block(&node.orelse);
            let last = self.block(&node.finalbody);
            return if last == Exit::Next { exit } else { last };
        }
        self.block(&node.finalbody);
        // What a handler swallows goes on behind the statement.
        if exit == Exit::Leave && self.concrete == 0 && !node.handlers.is_empty() { Exit::Next } else { exit }
    }

    pub(crate) fn choose(&mut self, node: &'a ast::StmtMatch) -> Exit {
        let subject = self.expression(&node.subject);
        let subject = self.now(subject);
        let mut paths = Vec::new();
        let mut decided = None;
        for case in &node.cases {
            let known = if decided.is_some() { Some(false) } else { self.matches(&case.pattern, &subject, 0) };
            if known == Some(false) {
                if self.concrete == 0 {
                    self.walk_aside(&case.body);
                }
                continue;
            }
            let sure = known == Some(true) && paths.is_empty();
            let mark = if sure { None } else { Some(self.fork()) };
            let captured = match (&case.pattern, sure) {
                (Pattern::MatchAs(_), true) => subject.clone(),
                _ => Value::from(Data::Unknown, self.origin_of(&subject)),
            };
            self.capture_names(&case.pattern, &captured, 0);
            let guard = match &case.guard {
                Some(guard) => {
                    let value = self.expression(guard);
                    self.truth(&value)
                }
                None => Some(true),
            };
            match mark {
                None if guard == Some(true) => decided = Some(self.block(&case.body)),
                None if guard == Some(false) => self.walk_aside(&case.body),
                None => {
                    let mark = self.fork();
                    self.block(&case.body);
                    paths.push(self.rewind(mark));
                }
                Some(mark) => {
                    self.block(&case.body);
                    paths.push(self.rewind(mark));
                }
            }
        }
        if let Some(exit) = decided {
            return exit;
        }
        self.undecided += u64::from(!paths.is_empty());
        self.join_paths(paths, false);
        Exit::Next
    }

    /// Whether a pattern fits a value, where that can be told.
    fn matches(&mut self, pattern: &'a Pattern, subject: &Value<'a>, depth: u32) -> Option<bool> {
        if depth > 16 {
            return None;
        }
        match pattern {
            Pattern::MatchValue(node) => {
                let value = self.expression(&node.value);
                crate::value::same(subject, &value)
            }
            Pattern::MatchSingleton(node) => {
                let value = match node.value {
                    ast::Singleton::None => Data::None,
                    ast::Singleton::True => Data::Bool(true),
                    ast::Singleton::False => Data::Bool(false),
                };
                crate::value::same(subject, &Value::new(value))
            }
            Pattern::MatchAs(node) => match &node.pattern {
                Some(inner) => self.matches(inner, subject, depth + 1),
                None => Some(true),
            },
            Pattern::MatchOr(node) => {
                let mut answer = Some(false);
                for inner in &node.patterns {
                    match self.matches(inner, subject, depth + 1) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => answer = None,
                    }
                }
                answer
            }
            _ => None,
        }
    }

    pub(crate) fn capture_names(&mut self, pattern: &'a Pattern, value: &Value<'a>, depth: u32) {
        if depth > 32 {
            return;
        }
        match pattern {
            Pattern::MatchAs(node) => {
                if let Some(name) = &node.name {
                    self.set(Self::identifier(name.as_str()), value.clone());
                }
                if let Some(inner) = &node.pattern {
                    self.capture_names(inner, value, depth + 1);
                }
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.set(Self::identifier(name.as_str()), value.clone());
                }
            }
            Pattern::MatchSequence(node) => {
                node.patterns.iter().for_each(|inner| self.capture_names(inner, value, depth + 1));
            }
            Pattern::MatchOr(node) => {
                node.patterns.iter().for_each(|inner| self.capture_names(inner, value, depth + 1));
            }
            Pattern::MatchMapping(node) => {
                node.patterns.iter().for_each(|inner| self.capture_names(inner, value, depth + 1));
            }
            Pattern::MatchClass(node) => {
                node.arguments.patterns.iter().for_each(|inner| self.capture_names(inner, value, depth + 1));
                node.arguments.keywords.iter().for_each(|inner| self.capture_names(&inner.pattern, value, depth + 1));
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        }
    }
}

/// The last name of what is subscripted: `self.parts[0]` is about `parts`.
pub(crate) fn last_name(mut node: &Expr) -> &str {
    while let Expr::Subscript(inner) = node {
        node = &inner.value;
    }
    match node {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(node) => node.attr.as_str(),
        _ => "",
    }
}
