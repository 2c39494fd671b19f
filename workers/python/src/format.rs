//! Text made from values: f-strings, `%`, `.format`, and the shapes that Python gives to numbers.

use std::rc::Rc;

use crate::interpreter::Interpreter;
use crate::value::{Data, Value, passing, union};

/// A part of a text to be put together.
pub(crate) enum Piece<'a> {
    Text(String),
    Value { value: Value<'a>, spec: String, repr: bool },
}

const LONGEST_TEMPLATE: usize = 8 * 1024;
const WIDEST: usize = 4096;

/// Parts of a text with `{}` for what is not known.
pub(crate) fn template(parts: &[Option<&str>]) -> Rc<str> {
    let mut text = String::new();
    for part in parts {
        let part = part.unwrap_or("{}");
        if part == "{}" && text.ends_with("{}") {
            continue;
        }
        text.push_str(crate::record::cut(part, LONGEST_TEMPLATE.saturating_sub(text.len())));
    }
    Rc::from(text)
}

/// A text that goes on in a way that is not known.
pub(crate) fn cut_template(text: &str) -> Rc<str> {
    template(&[Some(text), None])
}

/// The magnitude of a number literal, most significant byte first.
pub(crate) fn big_number(literal: &str) -> Option<Vec<u8>> {
    const MOST_DIGITS: usize = 40_000;
    let digits: Vec<u8> = literal.bytes().filter(|byte| *byte != b'_').collect();
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let (radix, digits) = match digits.as_slice() {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        all => (10_u32, all),
    };
    // Least significant word first while it grows.
    let mut words: Vec<u32> = Vec::new();
    for digit in digits {
        let mut carry = u64::from(char::from(*digit).to_digit(radix)?);
        for word in &mut words {
            let next = u64::from(*word) * u64::from(radix) + carry;
            *word = u32::try_from(next & 0xffff_ffff).ok()?;
            carry = next >> 32;
        }
        if carry > 0 {
            words.push(u32::try_from(carry).ok()?);
        }
    }
    let bytes: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).skip_while(|byte| *byte == 0).collect();
    Some(bytes)
}

/// The indices of `[lower:upper:step]`.
pub(crate) fn slice_indices(
    length: usize,
    lower: Option<i64>,
    upper: Option<i64>,
    step: i64,
) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let clamp = |bound: Option<i64>, default: i64, low: i64, high: i64| match bound {
        None => default,
        Some(bound) if bound < 0 => bound.saturating_add(length).clamp(low, high),
        Some(bound) => bound.clamp(low, high),
    };
    let (mut at, end) = if step >= 0 {
        (clamp(lower, 0, 0, length), clamp(upper, length, 0, length))
    } else {
        (clamp(lower, length - 1, -1, length - 1), clamp(upper, -1, -1, length - 1))
    };
    std::iter::from_fn(move || {
        let inside = step > 0 && at < end || step < 0 && at > end;
        let now = inside.then(|| usize::try_from(at).ok()).flatten()?;
        at = at.saturating_add(step);
        Some(now)
    })
}

/// Where `[lower:upper]` begins and ends.
pub(crate) fn slice_bounds(length: usize, lower: Option<i64>, upper: Option<i64>) -> (usize, usize) {
    let clamp = |bound: Option<i64>, default: usize| match bound {
        None => default,
        Some(bound) if bound < 0 => length.saturating_sub(usize::try_from(bound.unsigned_abs()).unwrap_or(length)),
        Some(bound) => usize::try_from(bound).unwrap_or(length).min(length),
    };
    let start = clamp(lower, 0);
    (start, clamp(upper, length).max(start))
}

/// `repr` of text, as far as a decoder needs it.
pub(crate) fn quoted(text: &str) -> String {
    let mut output = String::with_capacity(text.len() + 2);
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    output.push(quote);
    for character in text.chars() {
        match character {
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            c if c == quote => {
                output.push('\\');
                output.push(c);
            }
            c => output.push(c),
        }
    }
    output.push(quote);
    output
}

/// `str(value)`.
pub(crate) fn shown(value: &Value<'_>) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    Some(match &value.data {
        Data::Int(number) => number.to_string(),
        Data::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
        Data::None => "None".to_owned(),
        Data::Float(number) => {
            if number.fract() == 0.0 && number.abs() < 1e15 {
                format!("{number:.1}")
            } else {
                number.to_string()
            }
        }
        _ => return None,
    })
}

/// One value in the shape that a format specification asks for.
fn shaped(value: &Value<'_>, spec: &str, repr: bool) -> Option<String> {
    if repr && let Some(text) = value.as_str() {
        return Some(quoted(text));
    }
    if spec.is_empty() {
        return shown(value);
    }
    let mut rest: Vec<char> = spec.chars().collect();
    let mut fill = ' ';
    let mut align = None;
    if rest.len() >= 2 && matches!(rest[1], '<' | '>' | '^' | '=') {
        fill = rest[0];
        align = Some(rest[1]);
        rest.drain(..2);
    } else if let Some(first) = rest.first().copied().filter(|c| matches!(c, '<' | '>' | '^' | '=')) {
        align = Some(first);
        rest.remove(0);
    }
    let alternate = rest.first() == Some(&'#');
    rest.retain(|c| !matches!(c, '#' | '+' | '_' | ','));
    if rest.first() == Some(&'0') && align.is_none() {
        fill = '0';
        align = Some('>');
    }
    let kind = rest.last().copied().filter(char::is_ascii_alphabetic);
    let digits: String = rest.iter().take_while(|c| c.is_ascii_digit()).collect();
    let precision: Option<usize> = rest
        .iter()
        .position(|c| *c == '.')
        .and_then(|at| rest[at + 1..].iter().take_while(|c| c.is_ascii_digit()).collect::<String>().parse().ok());
    // `'%1000000000d'` is refused before it is computed.
    let width: usize = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|width| *width <= WIDEST)? };
    let body = match (kind, value.as_int()) {
        (Some('x'), Some(number)) => format!("{}{number:x}", if alternate { "0x" } else { "" }),
        (Some('X'), Some(number)) => format!("{number:X}"),
        (Some('o'), Some(number)) => format!("{number:o}"),
        (Some('b'), Some(number)) => format!("{number:b}"),
        (Some('c'), Some(number)) => char::from_u32(u32::try_from(number).ok()?)?.to_string(),
        (Some('d' | 'i' | 'n'), Some(number)) => number.to_string(),
        (Some('f'), _) => {
            let number = match value.data {
                Data::Float(number) => number,
                _ => value.as_int()? as f64,
            };
            let precision = precision.unwrap_or(6).min(WIDEST);
            format!("{number:.precision$}")
        }
        _ => {
            let text = shown(value)?;
            match precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            }
        }
    };
    let length = body.chars().count();
    if length >= width {
        return Some(body);
    }
    let pad: String = std::iter::repeat_n(fill, width - length).collect();
    let right = value.as_int().is_some();
    Some(match align {
        Some('<') => body + &pad,
        Some('^') => {
            let half = pad.chars().count() / 2;
            let (left, right): (String, String) = (pad.chars().take(half).collect(), pad.chars().skip(half).collect());
            left + &body + &right
        }
        Some(_) => pad + &body,
        None if right => pad + &body,
        None => body + &pad,
    })
}

impl<'a> Interpreter<'a, '_> {
    /// The pieces as one text, with `{}` where one is not known.
    pub(crate) fn joined(&mut self, pieces: Vec<Piece<'a>>) -> Value<'a> {
        let mut origin = None;
        let mut known = true;
        let mut texts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => texts.push(Some(text)),
                Piece::Value { value, spec, repr } => {
                    let value = match value.data {
                        Data::Instance(_) => self.special(&value, "__str__", &Value::new(Data::None)).unwrap_or(value),
                        Data::Buffer(_) => self.frozen(&value),
                        _ => value,
                    };
                    origin = union(&origin, &self.origin_of(&value));
                    let listed = if spec.is_empty() { self.listed(&value, 0) } else { None };
                    match listed.or_else(|| shaped(&value, &spec, repr)) {
                        Some(text) => texts.push(Some(text)),
                        None => {
                            known = false;
                            texts.push(value.as_template().map(str::to_owned));
                        }
                    }
                }
            }
        }
        let origin = passing(&origin);
        let size = texts.iter().flatten().map(String::len).fold(0_usize, usize::saturating_add);
        if known {
            if !self.room(size) {
                return Value::from(Data::Unknown, origin);
            }
            let text: String = texts.into_iter().flatten().collect();
            return Value::from(Value::text(text), origin);
        }
        let parts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        Value::from(Data::Template(template(&parts)), origin)
    }

    /// `repr` of a list, a tuple or bytes of constants: generators of code print their tables so.
    pub(crate) fn listed(&self, value: &Value<'a>, depth: u32) -> Option<String> {
        let (items, open, close) = match &value.data {
            Data::List(id) => (self.items(*id), '[', ']'),
            Data::Tuple(items) => (items.as_slice(), '(', ')'),
            Data::Bytes(_) | Data::BytesLiteral(_) => {
                let bytes = value.as_bytes()?;
                let plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'\'' | b'\\');
                return bytes.iter().all(plain).then(|| format!("b'{}'", String::from_utf8_lossy(bytes)));
            }
            _ => return None,
        };
        if depth > 4 || items.len() > 400_000 {
            return None;
        }
        let mut output = String::from(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                output.push_str(", ");
            }
            match (self.listed(item, depth + 1), item.as_str()) {
                (Some(inner), _) => output.push_str(&inner),
                (None, Some(text)) => output.push_str(&quoted(text)),
                (None, None) => output.push_str(&shown(item)?),
            }
            if output.len() > crate::interpreter::LARGEST {
                return None;
            }
        }
        if items.len() == 1 && close == ')' {
            output.push(',');
        }
        output.push(close);
        Some(output)
    }

    /// `left % right`.
    pub(crate) fn percent(&mut self, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
        let Some(format) = left.as_str().map(str::to_owned) else {
            let origin = union(&passing(&left.origin), &self.origin_of(right));
            return Value::from(left.data.clone(), origin);
        };
        let values: Vec<Value<'a>> = match &right.data {
            Data::Tuple(items) => items.to_vec(),
            _ => vec![right.clone()],
        };
        let mapping = match &right.data {
            Data::Dict(id) => Some(*id),
            _ => None,
        };
        let mut values = values.into_iter();
        let mut pieces = vec![Piece::Value {
            value: Value::from(Data::Literal(""), left.origin.clone()),
            spec: String::new(),
            repr: false,
        }];
        let mut rest = format.as_str();
        while let Some(at) = rest.find('%') {
            pieces.push(Piece::Text(rest[..at].to_owned()));
            rest = &rest[at + 1..];
            let mut key = None;
            if let Some(inner) = rest.strip_prefix('(')
                && let Some(end) = inner.find(')')
            {
                key = Some(&inner[..end]);
                rest = &inner[end + 1..];
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(rest.len());
            let (spec, kind) = (&rest[..end], rest[end..].chars().next());
            rest = rest.get(end + kind.map_or(0, char::len_utf8)..).unwrap_or("");
            match kind {
                Some('%') => pieces.push(Piece::Text("%".to_owned())),
                Some(kind) => {
                    let value = match (key, mapping) {
                        (Some(key), Some(id)) => {
                            let key = Value::new(Value::text(key.to_owned()));
                            self.dict_of(id).and_then(|dict| dict.get(&key)).cloned().unwrap_or(Value::UNKNOWN)
                        }
                        _ => values.next().unwrap_or_else(|| Value::from(Data::Unknown, self.origin_of(right))),
                    };
                    let spec = match kind {
                        's' | 'r' if spec.is_empty() => String::new(),
                        's' | 'r' => spec.trim_start_matches('-').to_owned(),
                        'i' | 'u' => format!("{spec}d"),
                        kind => format!("{spec}{kind}"),
                    };
                    pieces.push(Piece::Value { value, spec, repr: kind == 'r' });
                }
                None => {}
            }
            if pieces.len() > 4096 {
                break;
            }
        }
        pieces.push(Piece::Text(rest.to_owned()));
        self.joined(pieces)
    }

    /// `format.format(*positional, **keywords)`.
    pub(crate) fn formatted(
        &mut self,
        receiver: &Value<'a>,
        arguments: &crate::interpreter::Arguments<'a>,
    ) -> Value<'a> {
        let Some(format) = receiver.as_str().map(str::to_owned) else {
            let origin = union(&passing(&receiver.origin), &self.inflow(arguments));
            return Value::from(receiver.data.clone(), origin);
        };
        let mut pieces = vec![Piece::Value {
            value: Value::from(Data::Literal(""), union(&receiver.origin, &arguments.open)),
            spec: String::new(),
            repr: false,
        }];
        let mut text = String::new();
        let mut next = 0;
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '{' if characters.peek() == Some(&'{') => {
                    characters.next();
                    text.push('{');
                }
                '}' if characters.peek() == Some(&'}') => {
                    characters.next();
                    text.push('}');
                }
                '{' => {
                    let mut field = String::new();
                    let mut depth = 0;
                    for inner in characters.by_ref() {
                        match inner {
                            '{' => depth += 1,
                            '}' if depth == 0 => break,
                            '}' => depth -= 1,
                            _ => {}
                        }
                        field.push(inner);
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    let (name, spec) = field.split_once(':').unwrap_or((&field, ""));
                    let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
                    let head = name.split(['.', '[']).next().unwrap_or("");
                    let mut value = if head.is_empty() {
                        next += 1;
                        arguments.positional.get(next - 1)
                    } else if let Ok(at) = head.parse::<usize>() {
                        arguments.positional.get(at)
                    } else {
                        arguments.keyword(head)
                    }
                    .cloned()
                    .unwrap_or(Value::UNKNOWN);
                    if head.len() != name.len() {
                        value = Value::from(Data::Unknown, self.origin_of(&value));
                    }
                    pieces.push(Piece::Value { value, spec: spec.to_owned(), repr: conversion == "r" });
                    if pieces.len() > 4096 {
                        break;
                    }
                }
                other => text.push(other),
            }
        }
        pieces.push(Piece::Text(text));
        self.joined(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_count_as_python_does() {
        let pick = |length, lower, upper, step| slice_indices(length, lower, upper, step).collect::<Vec<_>>();
        assert_eq!(pick(5, None, None, -1), [4, 3, 2, 1, 0]);
        assert_eq!(pick(5, Some(1), Some(-1), 2), [1, 3]);
        assert_eq!(pick(5, Some(-2), None, 1), [3, 4]);
        assert_eq!(pick(5, Some(9), None, 1), [0_usize; 0]);
        assert_eq!(pick(3, None, None, 0), [0_usize; 0]);
    }

    #[test]
    fn numbers_and_widths_are_bounded() {
        assert_eq!(big_number("0x1_00").unwrap(), [1, 0]);
        assert_eq!(big_number("340282366920938463463374607431768211456").unwrap().len(), 17);
        assert_eq!(shaped(&Value::new(Data::Int(10)), "02x", false).unwrap(), "0a");
        assert_eq!(shaped(&Value::new(Data::Int(65)), "c", false).unwrap(), "A");
        assert_eq!(shaped(&Value::new(Data::Int(1)), "1000000000d", false), None);
        assert_eq!(shaped(&Value::new(Data::Literal("a")), ">3", false).unwrap(), "  a");
    }
}
