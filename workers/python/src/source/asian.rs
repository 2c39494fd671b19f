//! Codecs that are nearly ASCII: one byte of theirs is another sign there, or one of their signs is a quote.

use encoding_rs::{EUC_KR, GBK, SHIFT_JIS};

/// `mac_arabic` and `mac_farsi`, which have most of ASCII's signs a second time, to be written from the right. True when
/// some of them are there.
pub(super) fn right_to_left(bytes: &[u8]) -> (String, bool) {
    let mut told = false;
    let letter = |byte: u8| match byte {
        0xa0..=0xa4 | 0xa6..=0xab | 0xad..=0xaf | 0xba | 0xbc..=0xbe | 0xdb..=0xdf | 0xfb..=0xfd => {
            // A blank of the other kind is no trick.
            told |= byte != 0xa0;
            char::from(byte & 0x7f)
        }
        other => char::from(other),
    };
    let text = bytes.iter().copied().map(letter).collect();
    (text, told)
}

/// `shift_jis_2004` and `shift_jisx0213`: a backslash is a yen sign, a tilde a line, and both stand elsewhere as two bytes.
/// True when one of them is there.
pub(super) fn shift_jis_2004(bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut told = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at..at + 2).unwrap_or_default();
        match (byte, pair) {
            (0x5c | 0x7e, _) => {
                told = true;
                text.push(if *byte == 0x5c { '¥' } else { '‾' });
            }
            (_, [0x81, 0x5f] | [0x81, 0xb0]) => {
                told = true;
                text.push(if pair[1] == 0x5f { '\\' } else { '~' });
                at += 1;
            }
            (0x81..=0x9f | 0xe0..=0xfc, [_, 0x40..=0x7e | 0x80..=0xfc]) => {
                // A letter that the older table has not is one letter all the same: its second byte is no sign of its own.
                let (letter, unknown) = SHIFT_JIS.decode_without_bom_handling(pair);
                text.push_str(if unknown { "\u{fffd}" } else { &letter });
                at += 1;
            }
            (0..=0x7f, _) => text.push(char::from(*byte)),
            _ => text.push_str(&SHIFT_JIS.decode_without_bom_handling(&[*byte]).0),
        }
        at += 1;
    }
    (text, told)
}

/// ISO-2022-KR: between shift out and shift in, or the end of the line, two bytes are one letter.
pub(super) fn iso_2022_kr(bytes: &[u8]) -> String {
    const HEADER: &[u8] = b"\x1b$)C";
    let mut plain = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if bytes[at..].starts_with(HEADER) {
            at += HEADER.len();
            continue;
        }
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            b'\n' => {
                shifted = false;
                plain.push(b'\n');
            }
            0x21..=0x7e if shifted => plain.push(byte | 0x80),
            _ => plain.push(*byte),
        }
        at += 1;
    }
    EUC_KR.decode_without_bom_handling(&plain).0.into_owned()
}

/// HZ: `~{` and `~}` around letters of two bytes, `~~` for a tilde, and a line that ends in `~` goes on.
pub(super) fn hz(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        at += 2;
        match (byte, next) {
            (b'~', Some(b'{')) => shifted = true,
            (b'~', Some(b'}')) => shifted = false,
            (b'~', Some(b'~')) => plain.push(b'~'),
            (b'~', Some(b'\n')) => {}
            (byte, _) => {
                at -= 1;
                shifted &= *byte != b'\n';
                plain.push(if shifted && (0x21..=0x7e).contains(byte) { byte | 0x80 } else { *byte });
            }
        }
    }
    GBK.decode_without_bom_handling(&plain).0.into_owned()
}
