//! Decoders that code calls by name.

use std::rc::Rc;

use model::Operation;

use crate::codec::Codec;
use crate::decode;
use crate::interpreter::{Arguments, Interpreter, LARGEST};
use crate::value::{Data, Value, passing, with_step};

impl<'a> Interpreter<'a, '_> {
    /// Decoders of text and bytes.
    pub(crate) fn decoder(&mut self, name: &str, arguments: &Arguments<'a>, size: usize) -> Option<Value<'a>> {
        let first = arguments.positional.first()?;
        let origin = passing(&first.origin);
        let input = first.as_raw()?;
        // An output is at most that long; a bomb ends there.
        let limit = LARGEST.min(size.saturating_mul(2_000).max(1 << 16));
        let (bytes, step) = match name {
            "base64.b64decode" if arguments.get(1, "altchars").is_some_and(|other| other.as_raw().is_some()) => {
                // Two other letters for plus and slash.
                let other = arguments.get(1, "altchars").and_then(Value::as_raw)?;
                let [plus, slash] = *other else { return None };
                let usual = |byte: &u8| match *byte {
                    byte if byte == plus => b'+',
                    byte if byte == slash => b'/',
                    byte => byte,
                };
                (decode::base64(&input.iter().map(usual).collect::<Vec<u8>>())?, Operation::Base64)
            }
            "base64.b64decode"
            | "base64.urlsafe_b64decode"
            | "base64.standard_b64decode"
            | "base64.decodebytes"
            | "base64.decodestring"
            | "binascii.a2b_base64"
            | "pybase64.b64decode" => (decode::base64(input)?, Operation::Base64),
            "base64.b32decode" => (decode::base32(input, decode::BASE32)?, Operation::Base32),
            "base64.b32hexdecode" => (decode::base32(input, decode::BASE32_HEX)?, Operation::Base32),
            "base64.b16decode" | "binascii.unhexlify" | "binascii.a2b_hex" | "bytes.fromhex" | "bytearray.fromhex" => {
                (decode::hex(input)?, Operation::Hex)
            }
            "base64.b85decode" => (decode::base85(input)?, Operation::Base85),
            "base64.a85decode" => (decode::ascii85(input)?, Operation::Base85),
            "zlib.decompress" => {
                let window = arguments.get(1, "wbits").and_then(Value::as_int);
                let raw = window.is_some_and(|window| window < 0);
                let either = window.is_some_and(|window| window >= 16);
                let bytes = if raw {
                    decode::inflate(input, limit)
                } else if either {
                    decode::gzip(input, limit).or_else(|| decode::zlib(input, limit))
                } else {
                    decode::zlib(input, limit)
                };
                (bytes?, Operation::Zlib)
            }
            "gzip.decompress" => (decode::gzip(input, limit)?, Operation::Gzip),
            "bz2.decompress" => (decode::bzip2(input, limit)?, Operation::Bz2),
            "lzma.decompress" => (decode::lzma(input, limit)?, Operation::Lzma),
            "codecs.decode" | "codecs.encode" => {
                let name_of = arguments.get(1, "encoding").map_or(Some("utf-8"), Value::as_str)?;
                let codec = crate::codec::codec(name_of);
                let value = first.clone();
                return match codec {
                    Codec::Other(codec) if name == "codecs.decode" || codec == "rot13" => {
                        self.decode_with(codec, &value, &origin)
                    }
                    Codec::Other(_) | Codec::Foreign => None,
                    _ => {
                        let rest = Arguments { positional: arguments.positional[1..].to_vec(), ..arguments.clone() };
                        let method = name.trim_start_matches("codecs.").to_owned();
                        let value = self.invoke_method(&value, &method, &rest);
                        (!value.is_unknown()).then_some(value)
                    }
                };
            }
            "binascii.a2b_uu" => (decode::uu_line(input)?, Operation::Uu),
            "quopri.decodestring" | "binascii.a2b_qp" => (decode::quopri(input), Operation::Quopri),
            "codecs.escape_decode" => {
                let text = decode::unescape(input, false)?;
                let value = self.decoded_value(Value::bytes(text.into_bytes()), Operation::Escape, &origin);
                return Some(Value::new(Data::Tuple(Rc::new(vec![value]))));
            }
            "marshal.loads" => {
                let data = match crate::pyc::loads(input, limit) {
                    Some(crate::pyc::Loaded::Bytes(bytes)) => Value::bytes(bytes),
                    Some(crate::pyc::Loaded::Code(text) | crate::pyc::Loaded::Text(text)) => Value::text(text),
                    None => Value::text(decode::marshal_text(input)?),
                };
                return Some(Value::from(data, with_step(&origin, Operation::Marshal)));
            }
            // The other way round: needed where a payload is encoded, compared or keyed in view.
            "base64.b64encode"
            | "binascii.hexlify"
            | "base64.standard_b64encode"
            | "base64.urlsafe_b64encode"
            | "base64.encodebytes"
            | "base64.b16encode" => {
                use base64::Engine as _;
                use base64::engine::general_purpose::{STANDARD, URL_SAFE};
                if arguments.positional.len() + arguments.keywords.len() > 1 {
                    return None;
                }
                let data = match name {
                    "binascii.hexlify" => input.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
                    "base64.b16encode" => input.iter().map(|byte| format!("{byte:02X}")).collect::<String>(),
                    "base64.urlsafe_b64encode" => URL_SAFE.encode(input),
                    "base64.encodebytes" if input.len() > 57 => return None,
                    "base64.encodebytes" => STANDARD.encode(input) + "\n",
                    _ => STANDARD.encode(input),
                };
                return Some(Value::from(Value::bytes(data.into_bytes()), origin));
            }
            _ => return None,
        };
        Some(self.decoded_value(Value::bytes(bytes), step, &origin))
    }
}

/// `textwrap.dedent`, for code that is kept indented in a string.
pub(crate) fn dedent(text: &str) -> String {
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let mut output = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        output.push_str(line.get(margin..).unwrap_or_else(|| line.trim_start_matches([' ', '\t'])));
    }
    output
}

pub(crate) fn unquote(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut output = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%'
            && let Some([decoded]) = bytes.get(at + 1..at + 3).and_then(decode::hex).as_deref()
        {
            output.push(*decoded);
            at += 3;
        } else {
            output.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}
