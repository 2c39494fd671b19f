//! One 512-byte header, as CPython's tarfile reads it.

pub(super) const BLOCK: usize = 512;

#[derive(Clone, Debug)]
pub(super) struct Header {
    /// With the ustar prefix in front, where CPython puts it there.
    pub(super) name: Vec<u8>,
    /// Without it.
    pub(super) short_name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) mode: u32,
    pub(super) size: i64,
    /// The size for readers that take the last eight bytes of a base-256 number.
    pub(super) low_size: i64,
    pub(super) kind: u8,
    /// A number that only CPython reads (mode, owner, time, device) is none; it stops there, others go on.
    pub(super) odd_number: bool,
    /// Has the magic of ustar, POSIX or GNU.
    pub(super) ustar: bool,
}

/// Why a block is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Zero,
    Checksum,
    Number,
}

impl Header {
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, Refusal> {
        if block.iter().all(|byte| *byte == 0) {
            return Err(Refusal::Zero);
        }
        let told = number(&block[148..156]).ok_or(Refusal::Checksum)?;
        let mut unsigned = 8 * 32i64;
        let mut signed = 8 * 32i64;
        for (at, byte) in block.iter().enumerate() {
            if !(148..156).contains(&at) {
                unsigned += i64::from(*byte);
                signed += i64::from(byte.cast_signed());
            }
        }
        if told != unsigned && told != signed {
            return Err(Refusal::Checksum);
        }
        let short_name = text(&block[..100]).to_vec();
        let kind = block[156];
        let prefix = text(&block[345..500]);
        let name = if prefix.is_empty() || matches!(kind, b'L' | b'K' | b'S') {
            short_name.clone()
        } else {
            [prefix, b"/", &short_name].concat()
        };
        let mode = number(&block[100..108]);
        let others = [108..116, 116..124, 136..148, 329..337, 337..345];
        let size = &block[124..136];
        let binary = size[0] & 0x80 != 0;
        let low_size = if binary { number(&[&[0x80], &size[4..]].concat()) } else { number(size) };
        // CPython knows two marks of base 256, others look at the first bit alone.
        let odd_number = binary && !matches!(size[0], 0o200 | 0o377)
            || mode.is_none()
            || others.into_iter().any(|field| number(&block[field]).is_none());
        Ok(Self {
            name,
            short_name,
            link: text(&block[157..257]).to_vec(),
            mode: u32::try_from(mode.unwrap_or(0) & 0o7777).unwrap_or(0),
            size: number(size).or(low_size.filter(|_| binary)).ok_or(Refusal::Number)?,
            low_size: low_size.ok_or(Refusal::Number)?,
            kind,
            odd_number,
            ustar: &block[257..262] == b"ustar",
        })
    }

    /// Its data is a file's content.
    pub(super) fn is_regular(&self) -> bool {
        matches!(self.kind, b'0' | 0 | b'7' | b'S') && !self.is_directory()
    }

    pub(super) fn is_directory(&self) -> bool {
        self.kind == b'5' || self.kind == 0 && self.short_name.ends_with(b"/")
    }

    /// CPython knows this type; of those, only regular files have data.
    pub(super) fn is_known(&self) -> bool {
        matches!(self.kind, 0 | b'0'..=b'7' | b'L' | b'K' | b'S')
    }
}

/// Up to the first zero byte.
pub(super) fn text(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// Octal digits, or base 256 where the first byte says so.
pub(super) fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if *first == 0o200 || *first == 0o377 {
        let mut value = if *first == 0o377 { -1i128 } else { 0 };
        for byte in rest {
            value = value << 8 | i128::from(*byte);
        }
        return Some(i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX }));
    }
    // As Python's `int(text, 8)` and Rust's parser take it: blanks around, a sign, `0o`, single underscores.
    let blank = |byte: &u8| matches!(byte, b' ' | 0x09..=0x0d | 0x1c..=0x1f);
    let digits = text(field);
    let start = digits.iter().take_while(|byte| blank(byte)).count();
    let end = digits.iter().rev().take_while(|byte| blank(byte)).count();
    let digits = digits.get(start..digits.len() - end).unwrap_or_default();
    let (negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, digits),
    };
    let digits = digits.strip_prefix(b"0o").or(digits.strip_prefix(b"0O")).unwrap_or(digits);
    let value = digits.iter().filter(|digit| **digit != b'_').try_fold(0i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })?;
    Some(if negative { -value } else { value })
}

/// A GNU sparse map: pairs of offset and length.
pub(super) fn sparse_map(field: &[u8], map: &mut Vec<(u64, u64)>) {
    for pair in field.chunks_exact(24) {
        let (Some(offset), Some(length)) = (number(&pair[..12]), number(&pair[12..])) else { return };
        let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else { return };
        if length == 0 && offset == 0 {
            return;
        }
        map.push((offset, length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(&[0x80, 0, 1, 0]), Some(256));
        assert_eq!(number(&[0xff, 0xff, 0xff, 0xff]), Some(-1));
        assert_eq!(number(&[0x80, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MAX));
        assert_eq!(number(b"9\0"), None);
        assert_eq!(number(b"\x0b+0_7\x1c\0"), Some(7));
        assert_eq!(number(b"-7"), Some(-7));
    }
}
