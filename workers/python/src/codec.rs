//! Codecs by name, and what a decoder has made.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use model::Operation;

use crate::decode;
use crate::interpreter::{Interpreter, LARGEST};
use crate::value::{Data, Origin, Value, passing, with_step};

impl<'a> Interpreter<'a, '_> {
    /// Decodes with a codec that does more than change characters, and notes the step.
    pub(crate) fn decode_with(&mut self, name: &'static str, value: &Value<'a>, origin: &Origin) -> Option<Value<'a>> {
        let input = value.as_raw()?;
        let limit = LARGEST;
        let (data, step) = match name {
            "rot13" => (Value::text(decode::rot13(value.as_str()?)), Operation::Rot13),
            "hex" => (Value::bytes(decode::hex(input)?), Operation::Hex),
            "base64" => (Value::bytes(decode::base64(input)?), Operation::Base64),
            "zlib" => (Value::bytes(decode::zlib(input, limit)?), Operation::Zlib),
            "bz2" => (Value::bytes(decode::bzip2(input, limit)?), Operation::Bz2),
            "escape" => (Value::text(decode::unescape(input, false)?), Operation::Escape),
            "raw-escape" => (Value::text(decode::unescape(input, true)?), Operation::Escape),
            "uu" => (Value::bytes(decode::uu(input)?), Operation::Uu),
            "quopri" => (Value::bytes(decode::quopri(input)), Operation::Quopri),
            "punycode" => (Value::text(decode::punycode(input)?), Operation::Punycode),
            "idna" => (Value::text(decode::idna(input)?), Operation::Punycode),
            "utf7" => (Value::text(crate::source::utf7(input)?), Operation::Utf7),
            _ => return None,
        };
        Some(self.decoded_value(data, step, origin))
    }

    /// A value that a decoder made: paid for, marked, and remembered in case nothing runs it in view.
    pub(crate) fn decoded_value(&mut self, data: Data<'a>, step: Operation, origin: &Origin) -> Value<'a> {
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
#[derive(Clone, Copy)]
pub(crate) enum Codec {
    Utf8,
    /// Text after a mark that is taken off, or put in front.
    Marked,
    Latin1,
    /// Bytes of one character, and the most significant one first. With a mark when neither is named.
    Wide {
        size: usize,
        big: bool,
        marked: bool,
    },
    /// A code page, by the tables of the web.
    Page(&'static Encoding),
    Other(&'static str),
    /// Not one that is known here: what it makes is not known either, and never taken for UTF-8.
    Foreign,
}

/// A codec by any of its names.
pub(crate) fn codec(name: &str) -> Codec {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let wide = |size, big, marked| Codec::Wide { size, big, marked };
    match plain.as_str() {
        "utf8" | "u8" | "utf" | "cp65001" | "ascii" | "usascii" | "us" | "646" => Codec::Utf8,
        "utf8sig" => Codec::Marked,
        "latin1" | "latin" | "iso88591" | "iso8859" | "l1" | "8859" | "cp819" => Codec::Latin1,
        "utf16" | "u16" => wide(2, false, true),
        "utf16le" => wide(2, false, false),
        "utf16be" => wide(2, true, false),
        "utf32" | "u32" => wide(4, false, true),
        "utf32le" => wide(4, false, false),
        "utf32be" => wide(4, true, false),
        "rot13" => Codec::Other("rot13"),
        "hex" | "hexcodec" => Codec::Other("hex"),
        "base64" | "base64codec" => Codec::Other("base64"),
        "zlib" | "zip" | "zlibcodec" => Codec::Other("zlib"),
        "bz2" | "bz2codec" => Codec::Other("bz2"),
        "unicodeescape" | "stringescape" => Codec::Other("escape"),
        "rawunicodeescape" => Codec::Other("raw-escape"),
        "uu" | "uucodec" => Codec::Other("uu"),
        "quopri" | "quopricodec" | "quotedprintable" => Codec::Other("quopri"),
        "punycode" => Codec::Other("punycode"),
        "idna" => Codec::Other("idna"),
        "utf7" | "u7" | "unicode11utf7" => Codec::Other("utf7"),
        _ => match crate::source::code_page(name) {
            Some(page) if page != UTF_16LE && page != UTF_16BE => Codec::Page(page),
            _ => Codec::Foreign,
        },
    }
}

/// `bytes.decode` with a codec of characters. What is not of that codec is left out where the code asks for it.
pub(crate) fn characters(bytes: &[u8], codec: Codec, ignore: bool) -> Option<String> {
    Some(match codec {
        Codec::Utf8 | Codec::Marked => {
            let bytes = match codec {
                Codec::Marked => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
                _ => bytes,
            };
            let text = String::from_utf8_lossy(bytes);
            if ignore { text.replace('\u{fffd}', "") } else { text.into_owned() }
        }
        Codec::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Codec::Wide { size, big, marked } => {
            let mark: [&[u8]; 2] = match size {
                2 => [b"\xff\xfe", b"\xfe\xff"],
                _ => [b"\xff\xfe\0\0", b"\0\0\xfe\xff"],
            };
            let (bytes, big) = match (marked, bytes.strip_prefix(mark[0]), bytes.strip_prefix(mark[1])) {
                (true, Some(rest), _) => (rest, false),
                (true, _, Some(rest)) => (rest, true),
                _ => (bytes, big),
            };
            let number = |part: &[u8]| {
                let add = |total: u32, byte: &u8| total << 8 | u32::from(*byte);
                if big { part.iter().fold(0, add) } else { part.iter().rev().fold(0, add) }
            };
            let numbers = bytes.chunks_exact(size).map(number);
            if size == 2 {
                let units = numbers.map(|unit| u16::try_from(unit).unwrap_or(0xfffd));
                char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
            } else {
                numbers.map(char::from_u32).collect::<Option<String>>()?
            }
        }
        Codec::Page(page) => page.decode_without_bom_handling(bytes).0.into_owned(),
        Codec::Other(_) | Codec::Foreign => return None,
    })
}

/// `str.encode` with a codec of characters.
pub(crate) fn encoded(text: &str, codec: Codec, ignore: bool) -> Option<Vec<u8>> {
    Some(match codec {
        Codec::Utf8 => text.as_bytes().to_vec(),
        Codec::Marked => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Codec::Latin1 => {
            let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
            if ignore { bytes.flatten().collect() } else { bytes.collect::<Option<_>>()? }
        }
        Codec::Wide { size, big, marked } => {
            let mark = marked.then_some('\u{feff}');
            let mut bytes = Vec::with_capacity(text.len().saturating_mul(size));
            let mut units = [0; 2];
            for character in mark.into_iter().chain(text.chars()) {
                if size == 2 {
                    for unit in character.encode_utf16(&mut units) {
                        bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
                    }
                } else {
                    let code = u32::from(character);
                    bytes.extend(if big { code.to_be_bytes() } else { code.to_le_bytes() });
                }
            }
            bytes
        }
        Codec::Page(page) => {
            let (bytes, _, broken) = page.encode(text);
            if broken {
                return None;
            }
            bytes.into_owned()
        }
        // Python 2 packs with these; what comes out is wanted where it is packed and unpacked in view.
        Codec::Other("hex") => text.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        Codec::Other("rot13") => decode::rot13(text).into_bytes(),
        Codec::Other("idna" | "escape" | "raw-escape" | "utf7")
            if text.bytes().all(|byte| matches!(byte, b' '..=b'~' if !b"\\+".contains(&byte))) =>
        {
            text.as_bytes().to_vec()
        }
        Codec::Other(_) | Codec::Foreign => return None,
    })
}
