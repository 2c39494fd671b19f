//! Parsed sources that live as long as the analysis: a decoded layer may call a function of the text above it.

use std::cell::OnceCell;

use ruff_python_ast::ModModule;

/// One parsed text: the member itself or a decoded layer.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) text: String,
    pub(crate) module: ModModule,
    pub(crate) errors: usize,
}

struct Node {
    parsed: Parsed,
    next: OnceCell<Box<Node>>,
}

/// Grows only; the number of layers is bounded, so the walk to the end is short and the drop shallow.
#[derive(Default)]
pub(crate) struct Arena {
    first: OnceCell<Box<Node>>,
}

impl Arena {
    pub(crate) fn keep(&self, parsed: Parsed) -> &Parsed {
        let mut slot = &self.first;
        while let Some(node) = slot.get() {
            slot = &node.next;
        }
        &slot.get_or_init(|| Box::new(Node { parsed, next: OnceCell::new() })).parsed
    }
}
