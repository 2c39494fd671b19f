//! As much of ASN.1 as a signature needs: elements one after another, also those whose end is only marked.
//!
//! A general reader sorts every set that it meets, which takes forever where an attacker writes one of a hundred
//! thousand elements in the wrong order, and some give up with a panic where a certificate is of an odd kind.

/// Nested elements whose length is not said.
const DEPTH: usize = 16;

/// One element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// With its tag and length.
    pub whole: &'a [u8],
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The elements that follow each other; ends where something is none.
pub(super) fn elements(bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (element, after) = split(rest, 0)?;
        rest = after;
        Some(element)
    })
}

/// The elements of the first one, when it has this tag.
pub(super) fn inside(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    elements(bytes).next().filter(|element| element.tag == tag).map(|element| element.content)
}

fn split(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let [tag, length, rest @ ..] = bytes else { return None };
    if tag & 0x1f == 0x1f || (*tag, *length) == (0, 0) {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x80 => {
            if depth >= DEPTH {
                return None;
            }
            let mut left = rest;
            loop {
                if let [0, 0, after @ ..] = left {
                    let content = &rest[..rest.len() - left.len()];
                    let whole = &bytes[..bytes.len() - after.len()];
                    return Some((Element { tag: *tag, content, whole }, after));
                }
                left = split(left, depth + 1)?.1;
            }
        }
        _ => {
            let count = usize::from(length & 0x7f);
            let (digits, rest) = rest.split_at_checked(count).filter(|_| count <= 4)?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((Element { tag: *tag, content, whole: &bytes[..bytes.len() - after.len()] }, after))
}
