//! Where words end, eight bytes at a time: every text is read so more than once.

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// The end of the run of letters, digits and underscores of ASCII that begins at `at`, which may be empty.
pub(crate) fn end_of_ascii(text: &[u8], at: usize) -> usize {
    end(text, at, 0)
}

/// The same, and all beyond ASCII counts as a letter.
pub(crate) fn end_of_word(text: &[u8], at: usize) -> usize {
    end(text, at, HIGHS)
}

/// `beyond`: the high bits that make a byte one of a word.
fn end(text: &[u8], mut at: usize, beyond: u64) -> usize {
    while let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let other = !(words(eight) | eight & beyond) & HIGHS;
        if other != 0 {
            return at + (other.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || (!byte.is_ascii() && beyond != 0);
    at + text.get(at..).unwrap_or_default().iter().take_while(letter).count()
}

/// The high bit of each byte that is a letter, a digit or an underscore of ASCII.
fn words(eight: u64) -> u64 {
    let ascii = !eight & HIGHS;
    let low = eight & !HIGHS;
    // Adding carries into the high bit of a byte that is as great, and no further.
    let from = |bytes: u64, least: u8| bytes.wrapping_add(ONES * u64::from(0x80 - least));
    let within = |bytes: u64, least: u8, most: u8| from(bytes, least) & !from(bytes, most + 1);
    let letter = within(low | (ONES * 0x20), b'a', b'z');
    let digit = within(low, b'0', b'9');
    let underscore = within(low, b'_', b'_');
    (letter | digit | underscore) & ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_what_it_is_at_each_place() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                let mut text = vec![b'a'; length];
                text.push(byte);
                text.extend(b"b9_ ");
                let ascii = byte.is_ascii_alphanumeric() || byte == b'_';
                let end = |letter| if letter { length + 4 } else { length };
                assert_eq!(end_of_ascii(&text, 0), end(ascii), "{byte} after {length}");
                assert_eq!(end_of_word(&text, 0), end(ascii || byte >= 0x80), "{byte} after {length}");
            }
        }
        assert_eq!((end_of_word(b"", 0), end_of_word(b"ab", 2), end_of_word(b"ab", 9)), (0, 2, 9));
    }
}
