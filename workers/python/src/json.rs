//! JSON text to values, for configuration that is kept in a string. Bounded in depth and size.

use crate::heap::Dict;
use crate::interpreter::Interpreter;
use crate::value::{Data, Origin, Value};

const DEEPEST: u32 = 32;

/// The value of a JSON text, or nothing if it is not one.
pub(crate) fn read<'a>(interpreter: &mut Interpreter<'a, '_>, text: &str, origin: &Origin) -> Option<Value<'a>> {
    let mut reader = Reader { rest: text, origin };
    let value = reader.value(interpreter, 0)?;
    reader.blank();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'t, 'o> {
    rest: &'t str,
    origin: &'o Origin,
}

impl Reader<'_, '_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.blank();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value<'a>(&mut self, interpreter: &mut Interpreter<'a, '_>, depth: u32) -> Option<Value<'a>> {
        if depth > DEEPEST {
            return None;
        }
        let data = if self.take("{") {
            let mut dict = Dict::default();
            if !self.take("}") {
                loop {
                    self.blank();
                    let key = self.string()?;
                    if !self.take(":") {
                        return None;
                    }
                    let value = self.value(interpreter, depth + 1)?;
                    dict.insert(Value::new(Value::text(key)), value);
                    if self.take("}") {
                        break;
                    }
                    if !self.take(",") {
                        return None;
                    }
                }
            }
            interpreter.dict(dict)
        } else if self.take("[") {
            let mut items = Vec::new();
            if !self.take("]") {
                loop {
                    items.push(self.value(interpreter, depth + 1)?);
                    if self.take("]") {
                        break;
                    }
                    if !self.take(",") || items.len() > 100_000 {
                        return None;
                    }
                }
            }
            interpreter.list(items)
        } else if self.rest.starts_with('"') {
            Value::text(self.string()?)
        } else if self.take("true") {
            Data::Bool(true)
        } else if self.take("false") {
            Data::Bool(false)
        } else if self.take("null") {
            Data::None
        } else {
            let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
            let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            match number.parse::<i64>() {
                Ok(number) => Data::Int(number),
                Err(_) => Data::Float(number.parse().ok()?),
            }
        };
        Some(Value::from(data, self.origin.clone()))
    }

    fn string(&mut self) -> Option<String> {
        let mut output = String::new();
        let inner = self.rest.strip_prefix('"')?;
        let mut characters = inner.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &inner[at + 1..];
                    return Some(output);
                }
                '\\' => match characters.next()?.1 {
                    'n' => output.push('\n'),
                    't' => output.push('\t'),
                    'r' => output.push('\r'),
                    'b' | 'f' => output.push(' '),
                    'u' => {
                        let mut code = 0;
                        for _ in 0..4 {
                            code = code << 4 | characters.next()?.1.to_digit(16)?;
                        }
                        output.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    other => output.push(other),
                },
                other => output.push(other),
            }
        }
        None
    }
}
