//! Codecs by name, and what a decoder has made.

use crate::decode;
use crate::interpreter::{Interpreter, LARGEST};
use crate::value::{Data, Origin, Value, passing, with_step};

impl<'a> Interpreter<'a, '_> {
    /// Decodes with a codec that does more than change characters, and notes the step.
    pub(crate) fn decode_with(&mut self, name: &'static str, value: &Value<'a>, origin: &Origin) -> Option<Value<'a>> {
        let input = value.as_raw()?;
        let limit = LARGEST;
        let (data, step) = match name {
            "rot13" => (Value::text(decode::rot13(value.as_str()?)), "rot13"),
            "hex" => (Value::bytes(decode::hex(input)?), "hex"),
            "base64" => (Value::bytes(decode::base64(input)?), "base64"),
            "zlib" => (Value::bytes(decode::zlib(input, limit)?), "zlib"),
            "bz2" => (Value::bytes(decode::bzip2(input, limit)?), "bz2"),
            "escape" => (Value::text(decode::unescape(input, false)?), "escape"),
            "raw-escape" => (Value::text(decode::unescape(input, true)?), "escape"),
            _ => return None,
        };
        Some(self.decoded_value(data, step, origin))
    }

    /// A value that a decoder made: paid for, marked, and remembered in case nothing runs it in view.
    pub(crate) fn decoded_value(&mut self, data: Data<'a>, step: &'static str, origin: &Origin) -> Value<'a> {
        let mut value = Value::from(data, with_step(&passing(origin), step));
        let size = value.as_raw().map_or(0, <[u8]>::len);
        if !self.room(size) {
            value.data = Data::Unknown;
            return value;
        }
        self.note_decoded(&value);
        value
    }
}

/// What `encode` and `decode` do.
pub(crate) enum Codec {
    Utf8,
    Latin1,
    Utf16,
    Other(&'static str),
}

/// A codec by any of its names.
pub(crate) fn codec(name: &str) -> Codec {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "latin1" | "iso88591" | "cp1252" | "l1" | "8859" | "cp819" => Codec::Latin1,
        "utf16" | "utf16le" => Codec::Utf16,
        "rot13" => Codec::Other("rot13"),
        "hex" | "hexcodec" => Codec::Other("hex"),
        "base64" | "base64codec" => Codec::Other("base64"),
        "zlib" | "zip" | "zlibcodec" => Codec::Other("zlib"),
        "bz2" | "bz2codec" => Codec::Other("bz2"),
        "unicodeescape" | "stringescape" => Codec::Other("escape"),
        "rawunicodeescape" => Codec::Other("raw-escape"),
        _ => Codec::Utf8,
    }
}
