//! Blocks of statements: where branches, loops and handlers begin and end, and what jumps do to them.

use super::expression::Expression;
use super::instructions::{Instruction, target};
use super::marshal::Version;
use super::writer::{DEEPEST, Frame, TALLEST, Writer};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    If,
    Else,
    While,
    For,
    Handler,
}

pub(super) struct Block {
    shape: Shape,
    /// Where a loop begins.
    head: u32,
    end: u32,
    /// Bytes of text when it began: a block that says nothing says `pass`.
    start: usize,
    /// Height of the stack where its end is reached by a jump.
    base: usize,
    /// Names of what lies above that height at the end, whichever way was taken.
    joins: Vec<String>,
    /// Name of the topmost value, which the block may replace.
    top: Option<String>,
}

impl<'a, 'm> Writer<'a, 'm> {
    /// Blocks that end here, handlers and loops that begin here.
    pub(super) fn arrive(&mut self, frame: &mut Frame<'a, 'm>, instruction: &Instruction) {
        while frame.blocks.last().is_some_and(|block| block.end <= instruction.at) {
            self.close(frame);
        }
        if frame.dead && frame.listing.handlers.contains(&instruction.at) {
            // What handles an exception runs or not: it must not replace what the other way gives.
            if frame.blocks.last().is_some_and(|block| block.shape == Shape::Handler && block.end == u32::MAX) {
                self.close(frame);
            }
            frame.stack.clear();
            let before = frame.position.checked_sub(1).and_then(|at| frame.listing.instructions.get(at));
            let past = before.and_then(|before| target(before, self.version())).filter(|to| *to > instruction.at);
            self.open(frame, "if ...:", Shape::Handler, past.unwrap_or(u32::MAX), 0);
        }
        if let Some(name) = frame.carried.remove(&instruction.at) {
            if !frame.dead {
                let value = frame.pop();
                let text = self.show(value).0;
                if text != name {
                    self.line(&format!("if ...: {name} = {text}"));
                }
            }
            frame.stack.push(Expression::name(name));
        }
        frame.dead = false;
        if let Some(end) = frame.listing.loops.get(&instruction.at).copied() {
            self.settle_displays(frame);
            self.open(frame, "while True:", Shape::While, end, instruction.at);
        }
    }

    /// A block with its head; where blocks are too many, what is in it stands on the same level.
    fn open(&mut self, frame: &mut Frame<'a, 'm>, head: &str, shape: Shape, end: u32, at: u32) {
        if self.indent >= DEEPEST {
            self.line(head);
            self.out.truncate(self.out.len() - 1);
            self.out.push_str(" pass\n");
            return;
        }
        let end = frame.blocks.last().map_or(end, |outer| end.min(outer.end));
        self.line(head);
        self.indent += 1;
        let top = frame.stack.last().and_then(Expression::as_name).filter(|name| name.starts_with("_t"));
        frame.blocks.push(Block {
            shape,
            head: at,
            end,
            start: self.out.len(),
            base: frame.stack.len(),
            joins: Vec::new(),
            top: top.map(str::to_owned).filter(|_| shape == Shape::If),
        });
    }

    pub(super) fn close(&mut self, frame: &mut Frame<'a, 'm>) {
        let Some(block) = frame.blocks.pop() else { return };
        if !frame.dead {
            self.join(frame, &block);
        }
        if self.out.len() == block.start {
            self.line("pass");
        }
        self.indent -= 1;
        frame.stack.resize(block.base.min(TALLEST), Expression::Unknown);
        if let (Some(top), Some(last)) = (block.top, frame.stack.last_mut()) {
            *last = Expression::name(top);
        }
        frame.stack.extend(block.joins.into_iter().map(Expression::name));
        frame.dead = false;
    }

    /// What one way leaves on the stack gets the name that the other way gives it.
    fn join(&mut self, frame: &mut Frame<'a, 'm>, block: &Block) {
        let mut given: Vec<(String, Expression)> = Vec::new();
        let above = frame.stack.iter().skip(block.base).cloned();
        given.extend(block.joins.iter().cloned().zip(above));
        if let (Some(top), true) = (&block.top, frame.stack.len() == block.base) {
            given.extend(frame.stack.last().map(|last| (top.clone(), last.clone())));
        }
        for (name, value) in given {
            let text = self.show(value).0;
            if text != name {
                self.line(&format!("{name} = {text}"));
            }
        }
    }

    fn innermost_loop(frame: &Frame<'a, 'm>) -> Option<usize> {
        frame.blocks.iter().rposition(|block| matches!(block.shape, Shape::While | Shape::For))
    }

    /// A jump that depends on a value: `stay` tells when it is not taken, `leave` when it is.
    pub(super) fn branch(&mut self, frame: &mut Frame<'a, 'm>, stay: &str, leave: &str, one: &Instruction) {
        let Some(to) = target(one, self.version()) else { return };
        let inner = Self::innermost_loop(frame).map(|at| (frame.blocks[at].head, frame.blocks[at].end));
        match inner {
            Some((head, end)) if to == head && end == one.next => self.line(&format!("if {stay}: break")),
            Some((head, _)) if to == head => self.line(&format!("if {leave}: continue")),
            Some((_, end)) if to >= end => self.line(&format!("if {leave}: break")),
            _ if to <= one.at => self.line(leave),
            _ => {
                let outside = frame.blocks.last().is_some_and(|outer| to > outer.end);
                let top = frame.stack.last().and_then(Expression::as_name).filter(|name| name.starts_with("_t"));
                if let (true, Some(top)) = (outside, top) {
                    frame.carried.insert(to, top.to_owned());
                }
                self.open(frame, &format!("if {stay}:"), Shape::If, to, 0);
            }
        }
    }

    pub(super) fn short_circuit(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction, on_true: bool) {
        let value = frame.pop();
        let name = self.fresh("t");
        let text = self.show(value).0;
        self.line(&format!("{name} = {text}"));
        let (stay, leave) =
            if on_true { (format!("not {name}"), name.clone()) } else { (name.clone(), format!("not {name}")) };
        // The value stays where the jump is taken, and is replaced where it is not.
        frame.stack.push(Expression::name(name));
        self.branch(frame, &stay, &leave, one);
        frame.pop();
    }

    pub(super) fn for_loop(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
        let Some(end) = target(one, self.version()) else { return };
        let iterator = frame.pop();
        self.settle_displays(frame);
        let items = self.show(iterator).0;
        let item = self.fresh("i");
        // From 3.13 on the iterator is taken from the stack behind the loop.
        if self.version() >= Version::V313 {
            frame.stack.push(Expression::Unknown);
        }
        self.open(frame, &format!("for {item} in {items}:"), Shape::For, end, one.at);
        if self.version() < Version::V313 {
            frame.stack.push(Expression::Unknown);
        }
        frame.stack.push(Expression::name(item));
    }

    pub(super) fn jump(&mut self, frame: &mut Frame<'a, 'm>, one: &Instruction) {
        let Some(to) = target(one, self.version()) else { return };
        let inner = Self::innermost_loop(frame).map(|at| (at, frame.blocks[at].head, frame.blocks[at].end));
        if let Some((_, head, end)) = inner
            && to == head
        {
            if one.next < end {
                self.line("continue");
            }
            frame.dead = true;
            return;
        }
        let leaves = inner.is_some_and(|(at, _, end)| to >= end && at + 1 < frame.blocks.len());
        if leaves {
            self.line("break");
        } else if to > one.next {
            self.otherwise(frame, one.next, to);
            return;
        }
        frame.dead = true;
    }

    /// The end of a branch that jumps over the other one.
    fn otherwise(&mut self, frame: &mut Frame<'a, 'm>, next: u32, to: u32) {
        let ends_here = |block: &Block| block.end == next && block.shape == Shape::If;
        // `if a and b:` is two blocks with one end; the other branch belongs to the outer one.
        let count = frame.blocks.iter().rev().take_while(|block| ends_here(block)).count();
        if count == 0 {
            frame.dead = true;
            return;
        }
        for _ in 1..count {
            let left = frame.stack.clone();
            self.close(frame);
            frame.stack = left;
        }
        let Some(block) = frame.blocks.last() else { return };
        let base = block.base;
        let mut joins = block.joins.clone();
        for _ in (base + joins.len())..frame.stack.len().min(base + 8) {
            joins.push(self.fresh("t"));
        }
        if let Some(block) = frame.blocks.last_mut() {
            block.joins.clone_from(&joins);
        }
        self.close(frame);
        frame.stack.truncate(base);
        self.open(frame, "else:", Shape::Else, to, 0);
        if let Some(block) = frame.blocks.last_mut().filter(|block| block.shape == Shape::Else) {
            (block.joins, block.base) = (joins, base);
        }
        frame.dead = false;
    }

    /// Displays that a loop may add to get a name before it.
    pub(super) fn settle_displays(&mut self, frame: &mut Frame<'a, 'm>) {
        let from = frame.stack.len().saturating_sub(64);
        for at in from..frame.stack.len() {
            if matches!(frame.stack[at], Expression::Many(..)) {
                let value = std::mem::replace(&mut frame.stack[at], Expression::Unknown);
                frame.stack[at] = self.keep(value);
            }
        }
    }
}
