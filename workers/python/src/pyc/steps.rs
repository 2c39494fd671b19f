//! What each instruction does to the stack, and which statement it stands for.

mod control;
mod places;
mod uses;
mod values;

use super::expression::Expression;
use super::instructions::Instruction;
use super::marshal::Object;
use super::opcodes::Op;
use super::writer::{Frame, Writer};

impl<'a, 'm> Writer<'a, 'm> {
    pub(super) fn step(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
        // What none of them knows matters nothing to what the code says.
        let _ = self.arrange(frame, one)
            || self.place(frame, one)
            || self.value(frame, one)
            || self.put_to_use(frame, one)
            || self.control(frame, one);
    }

    /// Moves on the stack, and nothing else.
    fn arrange(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) -> bool {
        use Op::*;
        let argument = one.argument as usize;
        match one.op {
            POP_TOP | POP_ITER => self.drop_top(frame),
            PRINT_EXPR => self.drop_top(frame),
            DUP_TOP => self.copy(frame, 1),
            COPY => self.copy(frame, argument),
            DUP_TOP_TWO => {
                self.copy(frame, 2);
                self.copy(frame, 2);
            }
            DUP_TOPX => (0..argument.min(5)).for_each(|_| self.copy(frame, argument)),
            ROT_TWO => swap(frame, 2),
            SWAP => swap(frame, argument),
            ROT_THREE => rotate(frame, 3),
            ROT_FOUR => rotate(frame, 4),
            ROT_N => rotate(frame, argument),
            PUSH_NULL => frame.stack.push(Expression::Null),
            _ => return false,
        }
        true
    }

    pub(super) fn is_none(&self, value: &Expression) -> bool {
        matches!(value, Expression::Constant(id) if matches!(self.arena.get(*id), Object::None))
    }

    /// An expression behind which a dot or a bracket may stand.
    pub(super) fn atom(&mut self, value: Expression) -> (String, u32) {
        let number = match &value {
            Expression::Constant(id) => matches!(self.arena.get(*id), Object::Int(_) | Object::Float(_)),
            Expression::Text(text) => text.text.starts_with(|c: char| c.is_ascii_digit()),
            _ => false,
        };
        let (text, depth) = self.show(value);
        if number { (format!("({text})"), depth) } else { (text, depth) }
    }

    /// A value that nothing takes: what it does happens all the same.
    fn drop_top(&mut self, frame: &mut Frame<'a, 'm>) {
        match frame.pop() {
            Expression::Unknown | Expression::Null | Expression::Constant(_) | Expression::BuildClass => {}
            Expression::Module { whole: true, .. } | Expression::Member { .. } => {}
            Expression::Module { name, .. } => self.import(&name, None),
            value if value.as_name().is_some() => {}
            value => {
                let text = self.show(value).0;
                self.line(&text);
            }
        }
    }

    fn copy(&mut self, frame: &mut Frame<'a, 'm>, depth: usize) {
        let Some(place) = frame.below(depth) else {
            frame.stack.push(Expression::Unknown);
            return;
        };
        let value = std::mem::replace(place, Expression::Unknown);
        let mut ahead = frame.listing.instructions.iter().skip(frame.position + 1);
        let next = ahead.find(|one| one.op != Op::TO_BOOL).map(|one| one.op);
        let tested = depth == 1 && matches!(next, Some(Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE));
        let kept = match value.as_name().filter(|name| tested && !name.starts_with("_t")).map(str::to_owned) {
            // `a and b`: one of the two is what is left.
            Some(name) => {
                let kept = self.fresh("t");
                self.line(&format!("{kept} = {name}"));
                Expression::name(kept)
            }
            None => self.keep(value),
        };
        if let Some(place) = frame.below(depth) {
            *place = kept.clone();
        }
        frame.stack.push(kept);
    }
}

fn swap(frame: &mut Frame<'_, '_>, depth: usize) {
    let height = frame.stack.len();
    if let Some(at) = height.checked_sub(depth).filter(|at| *at + 1 < height) {
        frame.stack.swap(at, height - 1);
    }
}

/// The topmost goes below the others.
fn rotate(frame: &mut Frame<'_, '_>, depth: usize) {
    if let Some(at) = frame.stack.len().checked_sub(depth).filter(|_| depth > 1) {
        frame.stack[at..].rotate_right(1);
    }
}

/// A name taken out of a module that was imported.
fn imported(module: &Expression, member: String) -> Expression {
    match module {
        Expression::Module { name, whole: true } => Expression::Member { module: name.clone(), name: member },
        Expression::Module { name, .. } => {
            let top = name.split('.').next().unwrap_or_default().to_owned();
            Expression::Member { module: top, name: member }
        }
        Expression::Member { module, name } => Expression::Member { module: format!("{module}.{name}"), name: member },
        _ => Expression::Unknown,
    }
}
