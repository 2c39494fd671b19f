//! Constants as they would be written in a source.

use std::fmt::Write as _;

use super::marshal::{Arena, Id, Object, Version};

/// Tuples in tuples that are written out.
const DEEPEST: u32 = 12;

/// Writes a constant; what is too deep or too long becomes `...`, of which nothing is known.
pub(super) fn write(arena: &Arena<'_>, version: Version, id: Id, most: usize, out: &mut String) {
    let end = out.len().saturating_add(most);
    Writer { arena, version, end }.value(id, 0, out);
}

struct Writer<'a, 'm> {
    arena: &'a Arena<'m>,
    version: Version,
    end: usize,
}

impl Writer<'_, '_> {
    fn value(&self, id: Id, depth: u32, out: &mut String) {
        if depth > DEEPEST || out.len() >= self.end {
            out.push_str("...");
            return;
        }
        let number = |value: f64| {
            if value.is_finite() { format!("{value:?}") } else { format!("float('{value}')") }
        };
        match self.arena.get(id) {
            Object::None => out.push_str("None"),
            Object::Bool(true) => out.push_str("True"),
            Object::Bool(false) => out.push_str("False"),
            Object::Ellipsis | Object::Code(_) => out.push_str("..."),
            Object::Int(value) if *value < 0 => {
                let _ = write!(out, "({value})");
            }
            Object::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Object::Long(negative, bytes) => {
                out.push_str(if *negative { "(-0x" } else { "0x" });
                if bytes.is_empty() {
                    out.push('0');
                }
                for byte in bytes.iter().rev().take(self.end.saturating_sub(out.len())) {
                    let _ = write!(out, "{byte:02x}");
                }
                out.push_str(if *negative { ")" } else { "" });
            }
            Object::Float(value) => out.push_str(&number(*value)),
            Object::Complex(real, imaginary) => {
                let _ = write!(out, "complex({}, {})", number(*real), number(*imaginary));
            }
            Object::Text(text) => self.text(text, out),
            // In 2.7 the plain string is one of bytes.
            Object::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if self.version == Version::V27 => self.text(text, out),
                _ => self.bytes(bytes, out),
            },
            Object::Tuple(items) => self.items(items, ("(", if items.len() == 1 { ",)" } else { ")" }), depth, out),
            Object::List(items) => self.items(items, ("[", "]"), depth, out),
            Object::Set(items) if items.is_empty() => out.push_str("set()"),
            Object::Set(items) => self.items(items, ("{", "}"), depth, out),
            Object::Dict(pairs) => {
                out.push('{');
                for (key, value) in pairs {
                    self.value(*key, depth + 1, out);
                    out.push_str(": ");
                    self.value(*value, depth + 1, out);
                    out.push_str(", ");
                    if out.len() >= self.end {
                        break;
                    }
                }
                out.push('}');
            }
            Object::Slice(ends) => self.items(ends, ("slice(", ")"), depth, out),
        }
    }

    fn items(&self, items: &[Id], (open, close): (&str, &str), depth: u32, out: &mut String) {
        out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.value(*item, depth + 1, out);
            if out.len() >= self.end {
                break;
            }
        }
        out.push_str(close);
    }

    fn text(&self, text: &str, out: &mut String) {
        if text.len() > self.end.saturating_sub(out.len()) {
            out.push_str("...");
        } else {
            quote(text, out);
        }
    }

    fn bytes(&self, bytes: &[u8], out: &mut String) {
        if bytes.len() > self.end.saturating_sub(out.len()) {
            out.push_str("...");
            return;
        }
        out.push_str("b'");
        for byte in bytes {
            match byte {
                b'\'' | b'\\' => {
                    out.push('\\');
                    out.push(char::from(*byte));
                }
                b'\n' => out.push_str("\\n"),
                b'\r' => out.push_str("\\r"),
                b'\t' => out.push_str("\\t"),
                0x20..=0x7e => out.push(char::from(*byte)),
                _ => {
                    const DIGITS: &[u8; 16] = b"0123456789abcdef";
                    out.push_str("\\x");
                    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                    out.push(char::from(DIGITS[usize::from(byte & 15)]));
                }
            }
        }
        out.push('\'');
    }
}

/// A string on one line; nothing in it can end the literal.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('\'');
    for character in text.chars() {
        match character {
            '\'' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            // Line ends and directions that a reader of the text would take for its own.
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('\'');
}

/// A name that can be written: obfuscators give names that no source could hold.
pub(super) fn identifier(name: &str) -> String {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let first = |c: char| c == '_' || c.is_alphabetic();
    let valid = |c: char| first(c) || c.is_ascii_digit();
    if name.starts_with(first) && name.chars().all(valid) {
        let suffix = if KEYWORDS.contains(&name) { "_" } else { "" };
        return format!("{name}{suffix}");
    }
    let mut out = String::from("_");
    out.extend(name.chars().take(200).map(|c| if valid(c) { c } else { '_' }));
    out
}
