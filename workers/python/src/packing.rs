//! `struct` and `hashlib` of data that is known.

use std::rc::Rc;

use md5::{Digest as _, Md5};
use model::Operation;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value, passing, union, with_step};

/// One item of a format: its letter, and how many bytes it takes; a pad has no value.
struct Field {
    letter: u8,
    size: usize,
}

/// Fields of one format, repeated ones written out.
const MOST_FIELDS: usize = 100_000;

/// The fields of a format and whether their bytes are in network order. `None`: not one that is known here.
fn fields(format: &str) -> Option<(Vec<Field>, bool)> {
    let mut letters = format.bytes().filter(|byte| !byte.is_ascii_whitespace()).peekable();
    let (mut big, mut aligned) = (false, true);
    if let Some(order) = letters.next_if(|byte| b"@=<>!".contains(byte)) {
        big = matches!(order, b'>' | b'!');
        aligned = order == b'@';
    }
    let (mut all, mut at) = (Vec::new(), 0_usize);
    while let Some(first) = letters.next() {
        let mut letter = first;
        let mut count = None;
        while letter.is_ascii_digit() {
            count = Some(count.unwrap_or(0_usize).checked_mul(10)?.checked_add(usize::from(letter - b'0'))?);
            letter = letters.next()?;
        }
        let size = match letter {
            b'x' | b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' => {
                if aligned {
                    8
                } else {
                    4
                }
            }
            b'q' | b'Q' | b'd' => 8,
            b's' => count.unwrap_or(1),
            _ => return None,
        };
        if aligned && letter != b's' {
            while at % size.max(1) != 0 {
                all.push(Field { letter: b'x', size: 1 });
                at += 1;
            }
        }
        let times = if letter == b's' { 1 } else { count.unwrap_or(1) };
        at = at.checked_add(size.checked_mul(times)?)?;
        if all.len().checked_add(times)? > MOST_FIELDS {
            return None;
        }
        all.extend((0..times).map(|_| Field { letter, size }));
    }
    Some((all, big))
}

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn packed(&mut self, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let (fields, big) = fields(&String::from_utf8_lossy(arguments.positional.first()?.as_raw()?))?;
        self.burn(fields.len() as u64 / 4);
        let size: usize = fields.iter().map(|field| field.size).sum();
        if !self.room(size) {
            return None;
        }
        match name {
            "struct.pack" => {
                let mut origin = None;
                let mut values = arguments.positional.get(1..)?.iter();
                let mut bytes = Vec::with_capacity(size);
                for field in fields {
                    match field.letter {
                        b'x' => bytes.push(0),
                        b's' | b'c' => {
                            let value = values.next()?;
                            origin = union(&origin, &passing(&value.origin));
                            let mut content = value.as_bytes()?.to_vec();
                            content.resize(field.size, 0);
                            bytes.extend(content);
                        }
                        b'f' | b'd' => {
                            let value = values.next()?;
                            let number = match value.data {
                                Data::Float(number) => number,
                                _ => value.as_int()? as f64,
                            };
                            let mut part = match field.size {
                                4 => (number as f32).to_be_bytes().to_vec(),
                                _ => number.to_be_bytes().to_vec(),
                            };
                            if !big {
                                part.reverse();
                            }
                            bytes.extend(part);
                        }
                        _ => {
                            let value = values.next()?;
                            origin = union(&origin, &passing(&value.origin));
                            let number = value.as_int()?.to_be_bytes();
                            let mut part = number[8 - field.size..].to_vec();
                            if !big {
                                part.reverse();
                            }
                            bytes.extend(part);
                        }
                    }
                }
                Some(self.decoded_value(Value::bytes(bytes), Operation::Struct, &origin))
            }
            "struct.unpack" | "struct.unpack_from" => {
                let value = arguments.get(1, "buffer")?;
                let origin = with_step(&passing(&value.origin), Operation::Struct);
                let from = match name {
                    "struct.unpack_from" => arguments.get(2, "offset").map_or(Some(0), Value::as_int)?,
                    _ => 0,
                };
                let bytes = value.as_bytes()?.get(usize::try_from(from).ok()?..)?;
                if bytes.len() < size || name == "struct.unpack" && bytes.len() != size {
                    return None;
                }
                let mut items = Vec::with_capacity(fields.len());
                let mut rest = bytes;
                for field in fields {
                    let (part, more) = rest.split_at_checked(field.size)?;
                    rest = more;
                    let data = match field.letter {
                        b'x' => continue,
                        b's' | b'c' => Value::bytes(part.to_vec()),
                        b'?' => Data::Bool(part != [0]),
                        b'f' | b'd' => {
                            let mut part = part.to_vec();
                            if !big {
                                part.reverse();
                            }
                            Data::Float(match <[u8; 4]>::try_from(part.as_slice()) {
                                Ok(part) => f64::from(f32::from_be_bytes(part)),
                                Err(_) => f64::from_be_bytes(part.try_into().ok()?),
                            })
                        }
                        letter => {
                            let mut part = part.to_vec();
                            if !big {
                                part.reverse();
                            }
                            let negative = letter.is_ascii_lowercase() && part.first().is_some_and(|byte| *byte > 127);
                            let start = if negative { -1 } else { 0 };
                            Data::Int(part.iter().fold(start, |total, byte| total << 8 | i64::from(*byte)))
                        }
                    };
                    items.push(Value::from(data, origin.clone()));
                }
                Some(Value::from(Data::Tuple(Rc::new(items)), origin))
            }
            "struct.iter_unpack" => {
                let value = arguments.get(1, "buffer")?;
                let bytes = value.as_bytes()?;
                if size == 0 || !bytes.len().is_multiple_of(size) || !self.burn(bytes.len() as u64 / 2) {
                    return None;
                }
                let format = arguments.positional.first()?.clone();
                let mut rows = Vec::with_capacity(bytes.len() / size);
                for part in bytes.chunks(size) {
                    let part = Value::from(Value::bytes(part.to_vec()), value.origin.clone());
                    rows.push(self.packed("struct.unpack", &Arguments::of(vec![format.clone(), part]))?);
                }
                Some(Value::new(self.list(rows)))
            }
            "struct.calcsize" => Some(Value::new(Data::Int(i64::try_from(size).ok()?))),
            _ => None,
        }
    }

    /// `hashlib.sha256(data)`: keys are made of such. What it is fed later counts too.
    pub(crate) fn hashed(&mut self, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let (kind, at) = match name.strip_prefix("hashlib.")? {
            "new" => (arguments.positional.first()?.as_str()?.to_ascii_lowercase(), 1),
            kind => (kind.to_owned(), 0),
        };
        let kind = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"].into_iter().find(|known| **known == kind)?;
        let (bytes, origin) = match arguments.get(at, "data").or_else(|| arguments.keyword("string")) {
            Some(known) => (known.as_bytes()?.to_vec(), passing(&known.origin)),
            None => (Vec::new(), None),
        };
        self.room(bytes.len()).then(|| self.buffer(crate::buffers::Shape::Hash(kind), bytes, origin))
    }
}

/// The digest of that name.
pub(crate) fn digest(kind: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match kind {
        "md5" => Md5::digest(bytes).to_vec(),
        "sha1" => Sha1::digest(bytes).to_vec(),
        "sha224" => Sha224::digest(bytes).to_vec(),
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_measured_as_struct_does() {
        for (format, size) in [("<BHI", 7), ("@BI", 8), (">4s2x", 6), ("3h", 6), ("!q", 8), ("", 0)] {
            let (fields, _) = fields(format).unwrap();
            assert_eq!(fields.iter().map(|field| field.size).sum::<usize>(), size, "{format}");
        }
        assert!(fields("999999999B").is_none() && fields("99999999999999999999s").is_none() && fields("p").is_none());
    }
}
