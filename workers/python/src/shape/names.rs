//! Names that a machine made: their shape, never their meaning.

use crate::names::FastSet;

#[derive(Debug, Default)]
pub(super) struct Names {
    /// Part that looks made by a machine.
    pub(super) mangled: f64,
    pub(super) mean_length: f64,
}

pub(super) fn judge(names: &FastSet<&str>) -> Names {
    if names.is_empty() {
        return Names::default();
    }
    let mangled = names.iter().filter(|name| is_mangled(name)).count();
    let length: usize = names.iter().map(|name| name.chars().count()).sum();
    let part = |sum: usize| (sum as f64 / names.len() as f64 * 1000.0).round() / 1000.0;
    Names { mangled: part(mangled), mean_length: part(length) }
}

pub(super) fn is_mangled(name: &str) -> bool {
    let bare = name.trim_matches('_');
    if bare.is_empty() {
        return name.len() >= 3;
    }
    let bytes = bare.as_bytes();
    if name.starts_with("_0x") && bytes.len() > 3 && bytes[2..].iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    if !bare.is_ascii() || bytes.len() < 4 {
        return false;
    }
    let only = |letters: &[u8]| bytes.iter().all(|byte| letters.contains(byte) || *byte == b'_');
    if bytes.len() >= 5 && (only(b"lI1i") || only(b"O0oQD")) && distinct(bytes) > 1 {
        return true;
    }
    bytes.len() >= 8 && is_random(bytes)
}

fn distinct(bytes: &[u8]) -> usize {
    bytes.iter().collect::<FastSet<_>>().len()
}

/// Letters as a generator throws them: cases alternate without words, digits stand between letters, vowels are rare.
fn is_random(bytes: &[u8]) -> bool {
    if bytes.contains(&b'_') {
        return false;
    }
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = bytes.len() - letters;
    let vowels = bytes.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    let class = |byte: &u8| (byte.is_ascii_uppercase(), byte.is_ascii_digit());
    // A word in mixed case changes to a capital and back; a random one changes all the time.
    let changes = bytes.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    let consonants = longest_consonants(bytes);
    let one_case =
        bytes.iter().all(|byte| !byte.is_ascii_lowercase()) || bytes.iter().all(|byte| !byte.is_ascii_uppercase());
    if one_case {
        // Capitals are often abbreviations; only long ones without vowels, or with digits all over, are told.
        let scattered = digits >= 3 && changes * 5 >= bytes.len() * 2 && bytes.len() >= 10;
        let lower = bytes.iter().all(|byte| !byte.is_ascii_uppercase());
        return scattered || lower && digits == 0 && bytes.len() >= 10 && (consonants >= 7 || vowels * 8 < letters);
    }
    changes * 5 >= bytes.len() * 3
        || bytes.len() >= 10 && consonants >= 7 && vowels * 6 < letters && changes * 4 >= bytes.len()
}

fn longest_consonants(bytes: &[u8]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in bytes {
        let consonant = byte.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(byte);
        run = if consonant { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_made_names_are_told_from_written_ones() {
        for name in [
            "_0x3fa1",
            "lIIlIlI",
            "O0O00O",
            "_____",
            "IlIlIIlI",
            "aXqZrTpW",
            "xKjQwZtRbN",
            "kdjfhgkjwqzx",
            "O0OO0O0OOO",
            "x9f2k1m8q3",
        ] {
            assert!(is_mangled(name), "{name}");
        }
        for name in [
            "self",
            "value",
            "i",
            "x1",
            "_",
            "__",
            "__init__",
            "HTTPResponse",
            "getURLFromXML",
            "os",
            "ssl_ctx",
            "strptime",
            "parse_qsl",
            "MAX_LENGTH",
            "sha256",
            "utf8_decode",
            "isinstance",
            "Illinois",
            "ill",
            "lil",
            "cls",
            "kwargs",
            "XMLHTTPRequest",
            "GetProcAddress",
            "iPhone6S",
            "b64decode",
            "test_abc123",
            "dtype",
            "PyObject",
            "rhythms",
            "InternalServerError",
            "NotImplementedType",
            "base64_urlsafe",
            "strftime_args",
        ] {
            assert!(!is_mangled(name), "{name}");
        }
    }
}
