//! From one list of categories to structs, look-up by name, and the catalogue.

/// Structs whose fields answer by name.
macro_rules! structs {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident: $type:ty, )*
        }
    )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }
        impl $name {
            /// The value of a field, `None` when the fact has no such field or it is empty.
            pub fn field(&self, name: &str) -> Option<FieldValue<'_>> {
                match name {
                    $( stringify!($field) => <$type as Field>::value(&self.$field), )*
                    _ => None,
                }
            }
        }
    )* };
}

/// What a field means: in all categories that share it, unless its own category says it better.
macro_rules! shared_doc {
    ($field:ident []) => {
        shared::$field
    };
    ($field:ident [$($doc:literal)+]) => {
        FieldDoc { doc: &[$($doc),+], ..shared::$field }
    };
}

/// Categories with fields of their own; then, behind `;`, a struct, and the categories that name those of its fields which
/// they have.
macro_rules! facts {
    (
        $(
            $(#[doc = $doc:literal])*
            $name:ident = $product:literal / $category:literal {
                $( $(#[doc = $field_doc:literal])* $field:ident: $type:ty, )*
            }
        )*
        ;
        $(#[doc = $shared_doc:literal])*
        $shared:ident {
            $( $(#[doc = $shared_field_doc:literal])* $shared_field:ident: $shared_type:ty, )*
        }
        $(
            $(#[doc = $part_doc:literal])*
            $part:ident = $part_product:literal / $part_category:literal [
                $( $(#[doc = $own_doc:literal])* $own:ident, )*
            ]
        )*
    ) => {
        /// The structs behind [`FactKind`].
        pub mod facts {
            use super::{Field, FieldValue, Phase};

            structs! {
                $( $(#[doc = $doc])* $name { $( $(#[doc = $field_doc])* $field: $type, )* } )*
                $(#[doc = $shared_doc])*
                $shared { $( $(#[doc = $shared_field_doc])* $shared_field: $shared_type, )* }
            }

            $(
                impl From<$name> for super::FactKind {
                    fn from(fact: $name) -> Self {
                        Self::$name(fact)
                    }
                }
            )*
        }

        /// The fields that several categories have.
        #[allow(non_upper_case_globals, reason = "they are called as the fields are")]
        mod shared {
            use super::{Field, FieldDoc};
            $(
                pub(super) const $shared_field: FieldDoc = FieldDoc {
                    name: stringify!($shared_field),
                    kind: <$shared_type as Field>::KIND,
                    doc: &[$($shared_field_doc),*],
                };
            )*
        }

        /// A fact by its category.
        #[derive(Clone, Debug, PartialEq)]
        pub enum FactKind {
            $( $(#[doc = $doc])* $name(facts::$name), )*
            $( $(#[doc = $part_doc])* $part(facts::$shared), )*
        }

        impl FactKind {
            /// Sigma's logsource: product and category.
            pub const fn logsource(&self) -> (&'static str, &'static str) {
                match self {
                    $( Self::$name(_) => ($product, $category), )*
                    $( Self::$part(_) => ($part_product, $part_category), )*
                }
            }

            /// The value of a field, `None` when the category has no such field or it is empty.
            pub fn field(&self, name: &str) -> Option<FieldValue<'_>> {
                match self {
                    $( Self::$name(fact) => fact.field(name), )*
                    $( Self::$part(fact) => fact.field(name).filter(|_| self.field_names().contains(&name)), )*
                }
            }

            /// Names of the fields this category has.
            pub fn field_names(&self) -> &'static [&'static str] {
                match self {
                    $( Self::$name(_) => &[$( stringify!($field), )*], )*
                    $( Self::$part(_) => &[$( stringify!($own), )*], )*
                }
            }
        }

        /// Every category with its fields.
        pub const CATALOGUE: &[CategoryDoc] = &[
            $( CategoryDoc {
                product: $product,
                category: $category,
                doc: &[$($doc),*],
                fields: &[
                    $( FieldDoc {
                        name: stringify!($field),
                        kind: <$type as Field>::KIND,
                        doc: &[$($field_doc),*],
                    }, )*
                ],
            }, )*
            $( CategoryDoc {
                product: $part_product,
                category: $part_category,
                doc: &[$($part_doc),*],
                fields: &[$( shared_doc!($own [$($own_doc)*]), )*],
            }, )*
        ];
    };
}
