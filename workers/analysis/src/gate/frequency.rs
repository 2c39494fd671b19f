//! How often bytes stand in honest sources, about: what is rare there is worth looking for.

/// Words that honest sources are full of, and how much each tells, in bits.
const COMMON: [(&[u8], f64); 46] = [
    (b"https://", 10.0),
    (b"http://", 12.0),
    (b"http", 10.0),
    (b"import", 9.0),
    (b"__import__", 14.0),
    (b"__file__", 13.0),
    (b"lambda", 9.0),
    (b".join(", 11.0),
    (b"logger", 11.0),
    (b"password", 12.0),
    (b"request", 10.0),
    (b"requests.", 13.0),
    (b"urllib.", 13.0),
    (b"endswith(", 12.0),
    (b"splitext(", 14.0),
    (b"glob(", 13.0),
    (b"exec", 13.0),
    (b"eval", 14.0),
    (b"shutil.", 13.0),
    (b"rmtree(", 15.0),
    (b"os.path.", 11.0),
    (b"base64.", 14.0),
    (b"b64decode", 15.0),
    (b"zlib", 15.0),
    (b"setup.py", 14.0),
    (b"subprocess", 13.0),
    (b"struct.", 13.0),
    (b"unpack(", 12.0),
    (b"key", 9.0),
    (b"private", 12.0),
    (b"token", 11.0),
    (b"version", 10.0),
    (b"cmd", 11.0),
    (b"int", 7.0),
    (b"str", 7.0),
    (b"list", 9.0),
    (b"type", 8.0),
    (b"map", 10.0),
    (b"bytes", 10.0),
    (b"tuple", 11.0),
    (b"getattr(", 10.0),
    (b"__builtins__", 13.0),
    (b"(\n", 7.0),
    (b"\\x", 8.0),
    (b"dirname(", 11.0),
    (b"private key", 10.0),
];

/// The part of a text, of `length` bytes at most, that tells most, and how much that is in bits.
pub(crate) fn rarest(text: &[u8], length: usize) -> (&[u8], f64) {
    let length = length.min(text.len()).max(1);
    let told = told(text);
    let parts = text.windows(length).zip(told.windows(length));
    let summed = parts.map(|(part, bits)| (part, bits.iter().sum::<f64>()));
    summed.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or((text, 0.0))
}

/// How much each byte tells, after the frequency of letters and words in Python sources.
fn told(text: &[u8]) -> Vec<f64> {
    let mut told = Vec::with_capacity(text.len());
    while let Some(rest) = text.get(told.len()..).filter(|rest| !rest.is_empty()) {
        let word = COMMON.iter().filter(|(word, _)| rest.starts_with(word)).max_by_key(|(word, _)| word.len());
        match word {
            Some((word, bits)) => told.extend(word.iter().map(|_| bits / word.len() as f64)),
            None => told.push(letter(rest[0])),
        }
    }
    told
}

fn letter(byte: u8) -> f64 {
    match byte {
        b' ' => 2.0,
        b'e' => 4.0,
        b't' | b'a' | b's' | b'r' | b'n' | b'i' | b'o' => 5.0,
        b'l' | b'd' | b'p' | b'c' | b'm' | b'f' | b'u' | b'_' | b',' | b'.' | b'"' | b'(' | b')' | b'\n' => 6.0,
        b'a'..=b'z' | b'0'..=b'2' | b'=' | b':' | b'-' | b'[' | b']' | b'\'' => 7.5,
        _ => 9.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_part_of_a_text_is_chosen() {
        assert_eq!(rarest(b"the one with a qzj!xkcd at its end", 8).0, b"qzj!xkcd");
        assert_eq!(rarest(b"import q", 4).0, b"rt q");
        assert_eq!(rarest(b"ab", 4).0, b"ab");
        assert!(rarest(b"https://", 8).1 < rarest(b"hqtps://", 8).1);
    }
}
