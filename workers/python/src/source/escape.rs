//! Codecs in which characters are written with a backslash, and rot13.

/// `unicode_escape`: latin-1 with all escapes of a string literal.
pub(super) fn unicode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0usize;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'\\' {
            text.push(char::from(*byte));
            continue;
        }
        let Some(kind) = bytes.get(at) else {
            text.push('\\');
            break;
        };
        at += 1;
        match kind {
            b'\n' => {}
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'a' => text.push('\u{7}'),
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'v' => text.push('\u{b}'),
            b'\\' | b'\'' | b'"' => text.push(char::from(*kind)),
            b'0'..=b'7' => {
                let digits = &bytes[at - 1..bytes.len().min(at + 2)];
                let length = digits.iter().take_while(|digit| matches!(digit, b'0'..=b'7')).count();
                let value = digits[..length].iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                at += length - 1;
                text.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            }
            b'x' | b'u' | b'U' => {
                let length = match kind {
                    b'x' => 2,
                    b'u' => 4,
                    _ => 8,
                };
                match hexadecimal(bytes.get(at..at + length)) {
                    Some(character) => {
                        at += length;
                        text.push(character);
                    }
                    None => text.extend(['\\', char::from(*kind)]),
                }
            }
            b'N' => match named(&bytes[at..]) {
                Some((character, length)) => {
                    at += length;
                    text.push(character);
                }
                None => text.push_str("\\N"),
            },
            other => text.extend(['\\', char::from(*other)]),
        }
    }
    text
}

/// The sign that `{NAME}` stands for, and how long that is. All of ASCII is known by name: of it code is made. Any other
/// name stands for a letter that nobody needs to run something.
fn named(bytes: &[u8]) -> Option<(char, usize)> {
    const LONGEST: usize = 100;
    let inside = bytes.strip_prefix(b"{")?;
    let end = memchr::memchr(b'}', &inside[..inside.len().min(LONGEST)])?;
    let name = std::str::from_utf8(&inside[..end]).ok()?.to_ascii_uppercase();
    let letter = |prefix: &str| {
        let rest = name.strip_prefix(prefix)?.as_bytes();
        (rest.len() == 1 && rest[0].is_ascii_uppercase()).then(|| char::from(rest[0]))
    };
    let known = || NAMES.iter().find(|(known, _)| known.contains(&name.as_str())).map(|(_, character)| *character);
    let small = || letter("LATIN SMALL LETTER ").map(|letter| letter.to_ascii_lowercase());
    let character = letter("LATIN CAPITAL LETTER ").or_else(small).or_else(known).unwrap_or('\u{fffd}');
    Some((character, end + 2))
}

const NAMES: [(&[&str], char); 48] = [
    (&["NULL", "NUL"], '\0'),
    (&["CHARACTER TABULATION", "HORIZONTAL TABULATION", "HT", "TAB"], '\t'),
    (&["LINE FEED", "NEW LINE", "END OF LINE", "LF", "NL", "EOL"], '\n'),
    (&["LINE TABULATION", "VERTICAL TABULATION", "VT"], '\u{b}'),
    (&["FORM FEED", "FF"], '\u{c}'),
    (&["CARRIAGE RETURN", "CR"], '\r'),
    (&["SPACE", "SP"], ' '),
    (&["EXCLAMATION MARK"], '!'),
    (&["QUOTATION MARK"], '"'),
    (&["NUMBER SIGN"], '#'),
    (&["DOLLAR SIGN"], '$'),
    (&["PERCENT SIGN"], '%'),
    (&["AMPERSAND"], '&'),
    (&["APOSTROPHE"], '\''),
    (&["LEFT PARENTHESIS"], '('),
    (&["RIGHT PARENTHESIS"], ')'),
    (&["ASTERISK"], '*'),
    (&["PLUS SIGN"], '+'),
    (&["COMMA"], ','),
    (&["HYPHEN-MINUS"], '-'),
    (&["FULL STOP"], '.'),
    (&["SOLIDUS"], '/'),
    (&["DIGIT ZERO"], '0'),
    (&["DIGIT ONE"], '1'),
    (&["DIGIT TWO"], '2'),
    (&["DIGIT THREE"], '3'),
    (&["DIGIT FOUR"], '4'),
    (&["DIGIT FIVE"], '5'),
    (&["DIGIT SIX"], '6'),
    (&["DIGIT SEVEN"], '7'),
    (&["DIGIT EIGHT"], '8'),
    (&["DIGIT NINE"], '9'),
    (&["COLON"], ':'),
    (&["SEMICOLON"], ';'),
    (&["LESS-THAN SIGN"], '<'),
    (&["EQUALS SIGN"], '='),
    (&["GREATER-THAN SIGN"], '>'),
    (&["QUESTION MARK"], '?'),
    (&["COMMERCIAL AT"], '@'),
    (&["LEFT SQUARE BRACKET"], '['),
    (&["REVERSE SOLIDUS"], '\\'),
    (&["RIGHT SQUARE BRACKET"], ']'),
    (&["CIRCUMFLEX ACCENT"], '^'),
    (&["LOW LINE"], '_'),
    (&["GRAVE ACCENT"], '`'),
    (&["LEFT CURLY BRACKET"], '{'),
    (&["VERTICAL LINE"], '|'),
    (&["RIGHT CURLY BRACKET"], '}'),
];

/// `raw_unicode_escape`: latin-1 with `\u` and `\U` alone, after an odd number of backslashes.
pub(super) fn raw(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0usize;
    while let Some(byte) = bytes.get(at) {
        if *byte != b'\\' {
            text.push(char::from(*byte));
            at += 1;
            continue;
        }
        let slashes = bytes[at..].iter().take_while(|byte| **byte == b'\\').count();
        at += slashes;
        let length = match bytes.get(at) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => 0,
        };
        let escaped =
            (slashes % 2 == 1 && length > 0).then(|| hexadecimal(bytes.get(at + 1..at + 1 + length))).flatten();
        let kept = if escaped.is_some() { slashes - 1 } else { slashes };
        text.extend(std::iter::repeat_n('\\', kept));
        if let Some(character) = escaped {
            text.push(character);
            at += 1 + length;
        }
    }
    text
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<char> {
    let digits = std::str::from_utf8(digits?).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

pub(super) fn rot13(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'a'..='m' | 'A'..='M' => char::from_u32(u32::from(letter) + 13).unwrap_or(letter),
            'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(letter) - 13).unwrap_or(letter),
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_a_literal() {
        assert_eq!(unicode(br"\x41\u0042\103\n\q\\"), "ABC\n\\q\\");
        assert_eq!(unicode(b"\\x4\\"), "\\x4\\");
        assert_eq!(unicode(b"\\\nx\xe9\\8\\777"), "xé\\8\u{1ff}");
        assert_eq!(raw(br"\u0041 \\u0041 \n \U0001f600"), "A \\\\u0041 \\n \u{1f600}");
        assert_eq!(raw(b"\\u00"), "\\u00");
        assert_eq!(rot13("Vzcbeg"), "Import");
    }
}
