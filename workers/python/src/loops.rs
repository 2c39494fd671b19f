//! Loops: item by item where the items are known, once or twice where they are not.

use ruff_python_ast::{self as ast, Expr, Stmt};

use crate::interpreter::Interpreter;
use crate::scope::join;
use crate::statements::{Body, Exit};
use crate::value::{Data, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn for_loop(&mut self, node: &'a ast::StmtFor) -> Exit {
        let iterable = self.expression(&node.iter);
        match self.walkable(&iterable) {
            Some(items) if self.can_repeat() => {
                let origin = passing(&iterable.origin);
                self.concrete += 1;
                let (mut idle, mut open) = (0, 0);
                let (given, share) = (self.fuel(), self.share());
                for (at, item) in items.enumerate() {
                    let item = Value { origin: union(&item.origin, &origin), data: item.data };
                    self.assign(&node.target, item);
                    let (before, undecided) = (self.changes, self.undecided);
                    let exit = self.block(&node.body);
                    if matches!(exit, Exit::Break | Exit::Leave) {
                        self.concrete -= 1;
                        return if exit == Exit::Leave { exit } else { Exit::Next };
                    }
                    idle = if self.changes == before { idle + 1 } else { 0 };
                    open += u32::from(self.undecided != undecided);
                    // A loop that changes nothing says it all in a few rounds; none may eat all the fuel.
                    if idle >= 8 || open >= 12 || !self.burn(1) || at > 16 && given - self.fuel() > share {
                        break;
                    }
                }
                self.concrete -= 1;
                self.block(&node.orelse)
            }
            _ => {
                let element = self.element(&iterable);
                self.abstract_loop(Some((&node.target, element)), &node.body);
                self.block(&node.orelse);
                Exit::Next
            }
        }
    }

    pub(crate) fn while_loop(&mut self, node: &'a ast::StmtWhile) -> Exit {
        let mut test = self.expression(&node.test);
        let forever = matches!(&*node.test, Expr::BooleanLiteral(_) | Expr::NumberLiteral(_));
        match self.truth(&test) {
            Some(false) => self.walk_aside(&node.body),
            Some(true) if (!forever || self.counts(&node.body)) && self.can_repeat() => {
                self.concrete += 1;
                let (mut idle, mut open) = (0, 0);
                let (given, share) = (self.fuel(), self.share());
                loop {
                    let (before, undecided) = (self.changes, self.undecided);
                    let exit = self.block(&node.body);
                    if matches!(exit, Exit::Break | Exit::Leave) {
                        self.concrete -= 1;
                        return if exit == Exit::Leave { exit } else { Exit::Next };
                    }
                    idle = if self.changes == before { idle + 1 } else { 0 };
                    open += u32::from(self.undecided != undecided);
                    if idle >= 2 || open >= 4 || !self.burn(1) || given - self.fuel() > share {
                        break;
                    }
                    test = self.expression(&node.test);
                    if self.truth(&test) != Some(true) {
                        break;
                    }
                }
                self.concrete -= 1;
            }
            _ => self.abstract_loop(None, &node.body),
        }
        self.block(&node.orelse);
        Exit::Next
    }

    /// The body of an endless loop counts something and can end by itself.
    pub(crate) fn counts(&self, body: Body<'a>) -> bool {
        body.iter().any(|statement| matches!(statement, Stmt::AugAssign(_)))
            && body.iter().any(|statement| matches!(statement, Stmt::If(_)))
    }

    /// A loop over what is not known: once, and again when the first round left something that flows on.
    pub(crate) fn abstract_loop(&mut self, target: Option<(&'a Expr, Value<'a>)>, body: Body<'a>) {
        self.undecided += 1;
        for round in 0..2 {
            let mark = self.fork();
            if let Some((target, element)) = &target {
                self.assign(target, element.clone());
            }
            self.block(body);
            let path = self.rewind(mark);
            let mut flows = false;
            for (scope, name, value) in path {
                let old = self.scopes[scope as usize].variables.get(&name).cloned();
                let joined = match old {
                    None => value,
                    Some(old) => {
                        flows |= value.taints().len() > old.taints().len();
                        let mut joined = join(&old, &value);
                        // What grows or counts in a loop of unknown length is not known, but what it is made of is.
                        match (&old.data, &value.data) {
                            (Data::Int(a), Data::Int(b)) if a != b => joined.data = Data::Unknown,
                            (Data::Text(_) | Data::Literal(_), Data::Text(_) | Data::Template(_)) => {
                                if let (Some(a), Some(b)) = (old.as_template(), value.as_template())
                                    && a != b
                                {
                                    joined.data = Data::Template(crate::format::cut_template(b));
                                }
                            }
                            _ => {}
                        }
                        joined
                    }
                };
                self.set_in(scope, name, joined);
            }
            if !flows || round == 1 {
                break;
            }
        }
    }
}
