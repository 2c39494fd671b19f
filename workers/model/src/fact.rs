//! Facts: what an analyser knows, without suspicion. Each is one Sigma event.
//!
//! The categories are the only source of the field names that rules may use; `rules/FACTS.md` is written from
//! [`CATALOGUE`].

#[macro_use]
mod define;
mod categories;

use std::borrow::Cow;

pub use categories::{CATALOGUE, FactKind, facts};

use crate::{Phase, Place};

/// One fact and where it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub place: Place,
    pub kind: FactKind,
}

/// The value of a field, as a rule compares it.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    Text(Cow<'a, str>),
    Texts(&'a [String]),
    Integer(i64),
    Number(f64),
    Flag(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Texts,
    Integer,
    Number,
    Flag,
}

impl FieldType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "list of text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Flag => "true or false",
        }
    }
}

/// What one category of facts is called and holds.
#[derive(Debug)]
pub struct CategoryDoc {
    pub product: &'static str,
    pub category: &'static str,
    pub doc: &'static [&'static str],
    pub fields: &'static [FieldDoc],
}

#[derive(Debug)]
pub struct FieldDoc {
    pub name: &'static str,
    pub kind: FieldType,
    pub doc: &'static [&'static str],
}

/// How a Rust type answers as a field. `None` means the field is absent from the event.
trait Field {
    const KIND: FieldType;
    fn value(&self) -> Option<FieldValue<'_>>;
}

impl Field for String {
    const KIND: FieldType = FieldType::Text;
    fn value(&self) -> Option<FieldValue<'_>> {
        (!self.is_empty()).then_some(FieldValue::Text(Cow::Borrowed(self)))
    }
}
impl Field for Vec<String> {
    const KIND: FieldType = FieldType::Texts;
    fn value(&self) -> Option<FieldValue<'_>> {
        (!self.is_empty()).then_some(FieldValue::Texts(self))
    }
}
impl Field for u64 {
    const KIND: FieldType = FieldType::Integer;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
    }
}
impl Field for f64 {
    const KIND: FieldType = FieldType::Number;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Number(*self))
    }
}
impl Field for bool {
    const KIND: FieldType = FieldType::Flag;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Flag(*self))
    }
}
impl Field for Phase {
    const KIND: FieldType = FieldType::Text;
    fn value(&self) -> Option<FieldValue<'_>> {
        Some(FieldValue::Text(Cow::Borrowed(self.as_str())))
    }
}

impl Fact {
    pub fn new(place: Place, kind: impl Into<FactKind>) -> Self {
        Self { place, kind: kind.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalogue_is_documented() {
        for category in CATALOGUE {
            assert!(!category.doc.is_empty(), "{}/{}", category.product, category.category);
            for field in category.fields {
                assert!(!field.doc.is_empty(), "{}/{}: {}", category.product, category.category, field.name);
            }
        }
    }

    #[test]
    fn a_fact_answers_by_field_name() {
        let kind = FactKind::from(facts::Record { kind: "hash".into(), member: "a.py".into(), role: String::new() });
        assert_eq!(kind.logsource(), ("release", "record"));
        assert_eq!(kind.field("kind"), Some(FieldValue::Text("hash".into())));
        assert_eq!(kind.field("role"), None);
        assert_eq!(kind.field("other"), None);
    }
}
