//! Methods of bytes and whole numbers.

use crate::codec::{Codec, codec};
use crate::interpreter::{Arguments, Interpreter, LARGEST};
use crate::value::{Data, Value, passing, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn bytes_method(
        &mut self,
        receiver: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
    ) -> Option<Value<'a>> {
        let bytes = receiver.as_bytes()?;
        if !self.room(bytes.len()) {
            return None;
        }
        let raw_at = |at: usize| arguments.positional.get(at).and_then(Value::as_bytes);
        let origin = passing(&receiver.origin);
        let first = arguments.positional.first().or_else(|| arguments.keyword("encoding"));
        let data = match name {
            "decode" => match first.map_or(Some("utf-8"), Value::as_str).map(codec)? {
                Codec::Utf8 => Value::text(String::from_utf8_lossy(bytes).into_owned()),
                Codec::Latin1 => Value::text(bytes.iter().map(|byte| char::from(*byte)).collect()),
                Codec::Utf16 => {
                    let bytes = bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes);
                    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
                    Value::text(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
                }
                Codec::Other(name) => return self.decode_with(name, receiver, &origin),
            },
            // What stands for a digest object is its digest.
            "digest" => Value::bytes(bytes.to_vec()),
            "hex" | "hexdigest" => Value::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            "replace" => {
                let (from, to) = (raw_at(0)?, raw_at(1)?);
                let mut output = Vec::with_capacity(bytes.len());
                let mut rest = bytes;
                if from.is_empty() {
                    return None;
                }
                while let Some(at) = memchr::memmem::find(rest, from) {
                    output.extend_from_slice(&rest[..at]);
                    output.extend_from_slice(to);
                    rest = &rest[at + from.len()..];
                    if output.len() > LARGEST {
                        return None;
                    }
                }
                output.extend_from_slice(rest);
                Value::bytes(output)
            }
            "translate" => {
                let table = raw_at(0)?;
                if table.len() != 256 {
                    return None;
                }
                Value::bytes(bytes.iter().map(|byte| table[usize::from(*byte)]).collect())
            }
            "strip" => Value::bytes(bytes.trim_ascii().to_vec()),
            "rstrip" => Value::bytes(bytes.trim_ascii_end().to_vec()),
            "lstrip" => Value::bytes(bytes.trim_ascii_start().to_vec()),
            "lower" => Value::bytes(bytes.to_ascii_lowercase()),
            "upper" => Value::bytes(bytes.to_ascii_uppercase()),
            "split" => {
                let by = raw_at(0)?;
                let mut parts = Vec::new();
                let mut rest = bytes;
                if by.is_empty() {
                    return None;
                }
                while let Some(at) = memchr::memmem::find(rest, by) {
                    parts.push(Value::from(Value::bytes(rest[..at].to_vec()), origin.clone()));
                    rest = &rest[at + by.len()..];
                }
                parts.push(Value::from(Value::bytes(rest.to_vec()), origin.clone()));
                self.list(parts)
            }
            "join" => {
                let by = bytes.to_vec();
                let items = self.iterate(arguments.positional.first()?)?;
                let size = items.iter().map(|item| item.as_bytes().map_or(0, <[u8]>::len) + by.len()).sum();
                if !self.room(size) {
                    return None;
                }
                let parts: Option<Vec<&[u8]>> = items.iter().map(Value::as_bytes).collect();
                let joined = Value::bytes(parts?.join(by.as_slice()));
                let mut origin = origin;
                for item in items.iter().take(256) {
                    origin = union(&origin, &passing(&item.origin));
                }
                return Some(Value::from(joined, origin));
            }
            "tobytes" | "copy" | "__bytes__" => receiver.data.clone(),
            "find" | "index" => {
                let at = memchr::memmem::find(bytes, raw_at(0)?);
                at.map_or(Data::Int(-1), |at| i64::try_from(at).map_or(Data::Unknown, Data::Int))
            }
            "startswith" => Data::Bool(bytes.starts_with(raw_at(0)?)),
            "__getitem__" => return Some(self.item(receiver, arguments.positional.first()?)),
            "__len__" => i64::try_from(bytes.len()).map_or(Data::Unknown, Data::Int),
            _ => return None,
        };
        Some(Value::from(data, origin))
    }

    pub(crate) fn int_method(
        &mut self,
        receiver: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
    ) -> Option<Value<'a>> {
        match name {
            "to_bytes" => {
                let length = arguments.get(0, "length").map_or(Some(1), Value::as_int)?;
                let length = usize::try_from(length).ok().filter(|length| *length <= 1024 * 1024)?;
                let order = arguments.get(1, "byteorder").map_or(Some("big"), Value::as_str)?.to_owned();
                let magnitude = match &receiver.data {
                    Data::Big(bytes) => bytes.to_vec(),
                    _ => {
                        let number = u64::try_from(receiver.as_int()?).ok()?;
                        number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
                    }
                };
                let missing = length.checked_sub(magnitude.len())?;
                let mut bytes = vec![0; missing];
                bytes.extend(magnitude);
                if order == "little" {
                    bytes.reverse();
                }
                Some(Value::new(Value::bytes(bytes)).stepped("int"))
            }
            "bit_length" => match &receiver.data {
                Data::Big(bytes) => {
                    let first = bytes.first().map_or(0, |byte| 8 - i64::from(byte.leading_zeros()));
                    i64::try_from(bytes.len().saturating_sub(1))
                        .ok()
                        .map(|rest| Value::new(Data::Int(rest * 8 + first)))
                }
                _ => {
                    let number = receiver.as_int()?;
                    Some(Value::new(Data::Int(64 - i64::from(number.unsigned_abs().leading_zeros()))))
                }
            },
            "__xor__" | "__add__" | "__sub__" | "__mul__" => {
                use ruff_python_ast::Operator;
                let op = match name {
                    "__xor__" => Operator::BitXor,
                    "__add__" => Operator::Add,
                    "__sub__" => Operator::Sub,
                    _ => Operator::Mult,
                };
                Some(self.in_place(receiver.clone(), op, arguments.positional.first()?))
            }
            _ => None,
        }
    }
}
