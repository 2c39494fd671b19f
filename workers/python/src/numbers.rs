//! Methods of bytes and whole numbers.

use model::Operation;

use crate::codec::{Codec, characters, codec};
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
            "decode" => {
                let ignore = arguments.get(1, "errors").and_then(Value::as_str) == Some("ignore");
                match first.map_or(Some("utf-8"), Value::as_str).map(codec)? {
                    Codec::Other(name) => return self.decode_with(name, receiver, &origin),
                    codec => Value::text(characters(bytes, codec, ignore)?),
                }
            }
            "hex" if !arguments.positional.is_empty() => return None,
            "hex" => Value::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
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
                let same: Vec<u8> = (0..=255).collect();
                let table = match arguments.positional.first() {
                    Some(Value { data: Data::None, .. }) => same.as_slice(),
                    _ => raw_at(0)?,
                };
                if table.len() != 256 {
                    return None;
                }
                let gone = match arguments.get(1, "delete") {
                    Some(gone) => gone.as_bytes()?,
                    None => &[],
                };
                let kept = bytes.iter().filter(|byte| !gone.contains(byte));
                Value::bytes(kept.map(|byte| table[usize::from(*byte)]).collect())
            }
            "strip" | "lstrip" | "rstrip" => {
                let set: &[u8] = match arguments.positional.first() {
                    None | Some(Value { data: Data::None, .. }) => b" \t\n\r\x0b\x0c",
                    Some(set) => set.as_bytes()?,
                };
                let kept = |byte: &u8| !set.contains(byte);
                let start = if name == "rstrip" { Some(0) } else { bytes.iter().position(kept) };
                let end =
                    if name == "lstrip" { Some(bytes.len()) } else { bytes.iter().rposition(kept).map(|at| at + 1) };
                let part = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
                Value::bytes(part.unwrap_or(&[]).to_vec())
            }
            "removeprefix" => Value::bytes(bytes.strip_prefix(raw_at(0)?).unwrap_or(bytes).to_vec()),
            "removesuffix" => Value::bytes(bytes.strip_suffix(raw_at(0)?).unwrap_or(bytes).to_vec()),
            "lower" => Value::bytes(bytes.to_ascii_lowercase()),
            "upper" => Value::bytes(bytes.to_ascii_uppercase()),
            "split" if arguments.get(0, "sep").is_none() => {
                let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).take(400_000);
                let words = words.map(|word| Value::from(Value::bytes(word.to_vec()), origin.clone())).collect();
                self.list(words)
            }
            "split" => {
                let by = arguments.get(0, "sep").and_then(Value::as_bytes)?;
                let most = match arguments.get(1, "maxsplit") {
                    Some(most) => usize::try_from(most.as_int()?).unwrap_or(usize::MAX),
                    None => usize::MAX,
                };
                let mut parts = Vec::new();
                let mut rest = bytes;
                if by.is_empty() {
                    return None;
                }
                while let Some(at) = memchr::memmem::find(rest, by).filter(|_| parts.len() < most.min(400_000)) {
                    parts.push(Value::from(Value::bytes(rest[..at].to_vec()), origin.clone()));
                    rest = &rest[at + by.len()..];
                }
                parts.push(Value::from(Value::bytes(rest.to_vec()), origin.clone()));
                self.list(parts)
            }
            "join" => {
                let by = bytes.to_vec();
                let mut items = self.iterate(arguments.positional.first()?)?;
                for item in items.iter_mut().filter(|item| matches!(item.data, Data::Buffer(_))) {
                    *item = self.frozen(item);
                }
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
            "find" | "index" | "rfind" | "rindex" | "count" => {
                let (start, end) = crate::methods::bounds(arguments, bytes.len())?;
                let single =
                    [arguments.positional.first()?.as_int().and_then(|byte| u8::try_from(byte).ok()).unwrap_or(0)];
                let part = match arguments.positional.first()?.as_int() {
                    Some(_) => &single[..],
                    None => raw_at(0)?,
                };
                let within = &bytes[start..end];
                if name == "count" {
                    let count = memchr::memmem::find_iter(within, part).filter(|_| !part.is_empty()).count();
                    Data::Int(i64::try_from(count).ok()?)
                } else {
                    let at = if name.starts_with('r') {
                        memchr::memmem::rfind(within, part)
                    } else {
                        memchr::memmem::find(within, part)
                    };
                    match at {
                        Some(at) => Data::Int(i64::try_from(at + start).ok()?),
                        None if name.ends_with("find") => Data::Int(-1),
                        None => return None,
                    }
                }
            }
            "endswith" => Data::Bool(bytes.ends_with(raw_at(0)?)),
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
                Some(Value::new(Value::bytes(bytes)).stepped(Operation::Int))
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
