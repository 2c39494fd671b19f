//! What lies on the stack: text of expressions, and things that are not one yet.

use super::marshal::Id;

#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// Nothing is known of it.
    Unknown,
    /// The place that a call leaves free.
    Null,
    Constant(Id),
    Text(Text),
    /// Items of a display that is still built.
    Many(Many, Vec<Expression>),
    /// `*items` in a display or a call.
    Star(String),
    /// `key: value` or `key=value`.
    Pair(Box<(Expression, Expression)>),
    /// `**items`.
    Stars(String),
    Function(Box<Made>),
    BuildClass,
    Class(Box<Class>),
    /// What `import a.b` gives, before it is bound.
    Module {
        name: String,
        whole: bool,
    },
    /// What `from a import b` gives, before it is bound.
    Member {
        module: String,
        name: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    Tuple,
    List,
    Set,
    Dict,
}

#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    /// Levels of expressions in it.
    pub(super) depth: u32,
    /// A name and nothing else.
    pub(super) name: bool,
    /// `left`, operator and `right` of an assignment in place.
    pub(super) augmented: Option<Box<(String, &'static str, String)>>,
}

/// A function that was made and not bound yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) code: Id,
    pub(super) defaults: Vec<String>,
    pub(super) keyword_defaults: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) body: Made,
    pub(super) bases: String,
}

impl Expression {
    pub(super) fn name(name: impl Into<String>) -> Self {
        Self::Text(Text { text: name.into(), depth: 1, name: true, augmented: None })
    }

    pub(super) fn text(text: String, depth: u32) -> Self {
        Self::Text(Text { text, depth, name: false, augmented: None })
    }

    /// The name, where it is one.
    pub(super) fn as_name(&self) -> Option<&str> {
        match self {
            Self::Text(text) if text.name => Some(&text.text),
            _ => None,
        }
    }
}
