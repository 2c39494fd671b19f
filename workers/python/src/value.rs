//! What the evaluator knows of a value: its content, its resolved name, and where it came from.

use std::rc::Rc;

use model::Operation;

use crate::names::NameId;

/// How a name was hidden.
pub(crate) const GETATTR: u8 = 1;
pub(crate) const IMPORT: u8 = 2;
pub(crate) const NAMESPACE: u8 = 4;
pub(crate) const ALIAS: u8 = 8;
pub(crate) const COMPUTED: u8 = 16;

/// Words for the bits above, as rules read them.
pub(crate) fn indirect_words(bits: u8) -> Vec<String> {
    [(GETATTR, "getattr"), (IMPORT, "import"), (NAMESPACE, "namespace"), (ALIAS, "alias"), (COMPUTED, "computed")]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, word)| word.to_owned())
        .collect()
}

/// Most sources one value can carry, and most decoding steps.
const MOST_TAINTS: usize = 12;
const MOST_STEPS: usize = 12;

/// Where a value came from: sources with the transforms it passed (a bit a behaviour), and how it was decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) taints: Vec<(u32, u128)>,
    pub(crate) steps: Vec<Operation>,
    pub(crate) indirect: u8,
    /// Other texts the value has on other paths through the code.
    pub(crate) also: Vec<Rc<str>>,
}

pub(crate) type Origin = Option<Rc<Marks>>;

impl Marks {
    fn covers(&self, other: &Self) -> bool {
        other.indirect & !self.indirect == 0
            && other.steps.iter().all(|step| self.steps.contains(step))
            && other.also.iter().all(|text| self.also.contains(text))
            && other
                .taints
                .iter()
                .all(|(source, via)| self.taints.iter().any(|(known, passed)| known == source && passed & via == *via))
    }

    fn absorb(&mut self, other: &Self) {
        self.indirect |= other.indirect;
        for step in &other.steps {
            if self.steps.len() < MOST_STEPS && !self.steps.contains(step) {
                self.steps.push(*step);
            }
        }
        for text in &other.also {
            if self.also.len() < 4 && !self.also.contains(text) {
                self.also.push(Rc::clone(text));
            }
        }
        for (source, via) in &other.taints {
            let full = self.taints.len() >= MOST_TAINTS;
            match self.taints.iter_mut().find(|(known, _)| known == source) {
                Some((_, passed)) => *passed |= via,
                None if !full => self.taints.push((*source, *via)),
                None => {}
            }
        }
    }
}

/// Both origins together.
pub(crate) fn union(left: &Origin, right: &Origin) -> Origin {
    match (left, right) {
        (None, other) | (other, None) => other.clone(),
        (Some(a), Some(b)) => {
            if Rc::ptr_eq(a, b) || a.covers(b) {
                return left.clone();
            }
            if b.covers(a) {
                return right.clone();
            }
            let mut both = Marks::clone(a);
            both.absorb(b);
            Some(Rc::new(both))
        }
    }
}

/// The origin as the result of a computation carries it: how the name was hidden is said of the name only.
pub(crate) fn passing(origin: &Origin) -> Origin {
    match origin {
        Some(marks) if marks.indirect != 0 => {
            if marks.taints.is_empty() && marks.steps.is_empty() {
                return None;
            }
            let mut marks = Marks::clone(marks);
            marks.indirect = 0;
            Some(Rc::new(marks))
        }
        other => other.clone(),
    }
}

/// The origin with one more decoding step.
pub(crate) fn with_step(origin: &Origin, step: Operation) -> Origin {
    match origin {
        Some(marks) if marks.steps.last() == Some(&step) || marks.steps.len() >= MOST_STEPS => origin.clone(),
        Some(marks)
            if matches!(step, Operation::Chr | Operation::Xor | Operation::Join | Operation::Index)
                && marks.steps.contains(&step) =>
        {
            origin.clone()
        }
        _ => {
            let mut marks = origin.as_ref().map(|marks| Marks::clone(marks)).unwrap_or_default();
            marks.steps.push(step);
            Some(Rc::new(marks))
        }
    }
}

pub(crate) fn with_indirect(origin: &Origin, bits: u8) -> Origin {
    match origin {
        Some(marks) if marks.indirect & bits == bits => origin.clone(),
        _ => {
            let mut marks = origin.as_ref().map(|marks| Marks::clone(marks)).unwrap_or_default();
            marks.indirect |= bits;
            Some(Rc::new(marks))
        }
    }
}

/// A string that was computed. Indexing needs to know whether every character is one byte.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) ascii: bool,
}

impl From<String> for Text {
    fn from(content: String) -> Self {
        Self { ascii: content.is_ascii(), content }
    }
}

/// The content, as far as it is known. Objects that change live in the interpreter's heap, by number.
#[derive(Clone, Debug)]
pub(crate) enum Data<'a> {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    /// A whole number that does not fit: its magnitude, most significant byte first.
    Big(Rc<Vec<u8>>),
    Float(f64),
    Literal(&'a str),
    Text(Rc<Text>),
    /// Text with `{}` where a part is not known.
    Template(Rc<str>),
    BytesLiteral(&'a [u8]),
    Bytes(Rc<Vec<u8>>),
    Tuple(Rc<Vec<Value<'a>>>),
    /// Start, step and length of a range that nobody has written out.
    Range(Rc<[i64; 3]>),
    List(u32),
    Dict(u32),
    /// Bytes that change in place.
    Buffer(u32),
    /// A resolved name, or with a record number above zero the result of a call of it.
    Name(NameId, u32),
    Function(u32),
    Class(u32),
    Instance(u32),
    /// A method that was taken from its object, or a call with some arguments filled in.
    Bound(u32),
    /// The namespace of a scope: `globals()`, `locals()`, `vars()`.
    Namespace(u32),
}

/// A result whose call nobody recorded.
pub(crate) const UNRECORDED: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) origin: Origin,
}

impl<'a> Value<'a> {
    pub(crate) const UNKNOWN: Self = Self { data: Data::Unknown, origin: None };

    pub(crate) const fn new(data: Data<'a>) -> Self {
        Self { data, origin: None }
    }

    pub(crate) const fn from(data: Data<'a>, origin: Origin) -> Self {
        Self { data, origin }
    }

    pub(crate) fn text(content: String) -> Data<'a> {
        Data::Text(Rc::new(content.into()))
    }

    pub(crate) fn bytes(content: Vec<u8>) -> Data<'a> {
        Data::Bytes(Rc::new(content))
    }

    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Literal(text) => Some(text),
            Data::Text(text) => Some(&text.content),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.data {
            Data::BytesLiteral(bytes) => Some(bytes),
            Data::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The bytes of a string or of bytes.
    pub(crate) fn as_raw(&self) -> Option<&[u8]> {
        self.as_bytes().or_else(|| self.as_str().map(str::as_bytes))
    }

    pub(crate) const fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(number) => Some(number),
            Data::Bool(flag) => Some(flag as i64),
            _ => None,
        }
    }

    /// Text that is known or known in part.
    pub(crate) fn as_template(&self) -> Option<&str> {
        match &self.data {
            Data::Template(text) => Some(text),
            _ => self.as_str(),
        }
    }

    /// A string, bytes or number.
    pub(crate) const fn is_constant(&self) -> bool {
        matches!(
            self.data,
            Data::Int(_) | Data::Big(_) | Data::Literal(_) | Data::Text(_) | Data::BytesLiteral(_) | Data::Bytes(_)
        )
    }

    /// Known enough that a call with it is worth evaluating.
    pub(crate) const fn is_telling(&self) -> bool {
        !matches!(self.data, Data::Unknown | Data::None | Data::Bool(_) | Data::Instance(_))
    }

    pub(crate) fn taints(&self) -> &[(u32, u128)] {
        self.origin.as_ref().map_or(&[], |marks| marks.taints.as_slice())
    }

    pub(crate) fn steps(&self) -> &[Operation] {
        self.origin.as_ref().map_or(&[], |marks| marks.steps.as_slice())
    }

    pub(crate) fn indirect(&self) -> u8 {
        self.origin.as_ref().map_or(0, |marks| marks.indirect)
    }

    pub(crate) fn stepped(mut self, step: Operation) -> Self {
        self.origin = with_step(&self.origin, step);
        self
    }

    pub(crate) fn hidden(mut self, bits: u8) -> Self {
        self.origin = with_indirect(&self.origin, bits);
        self
    }
}

/// Python's constants compared as dictionary keys are.
pub(crate) fn same(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        return Some(a == b);
    }
    if let (Some(a), Some(b)) = (left.as_bytes(), right.as_bytes()) {
        return Some(a == b);
    }
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
        return Some(a == b);
    }
    match (&left.data, &right.data) {
        (Data::None, Data::None) => Some(true),
        (Data::Tuple(a), Data::Tuple(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            // Only flat keys: deeper ones are no dictionary of a decoder.
            let mut all = true;
            for (x, y) in a.iter().zip(b.iter()) {
                match (&x.data, &y.data) {
                    (Data::Tuple(_), _) | (_, Data::Tuple(_)) => return None,
                    _ => all &= same(x, y)?,
                }
            }
            Some(all)
        }
        (Data::Unknown | Data::Name(..) | Data::Template(_), _)
        | (_, Data::Unknown | Data::Name(..) | Data::Template(_)) => None,
        (Data::Float(a), Data::Float(b)) => Some(a == b),
        (Data::Big(a), Data::Big(b)) => Some(a == b),
        (a, b) if std::mem::discriminant(a) != std::mem::discriminant(b) => Some(false),
        _ => None,
    }
}
