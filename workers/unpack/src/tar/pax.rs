//! pax records: `length key=value\n`, the last of a key wins.

use std::collections::BTreeMap;

/// Keys that change what a member is called or holds. Others (times, owners, attributes) are not kept.
const KEYS: [&[u8]; 9] = [
    b"path",
    b"linkpath",
    b"size",
    b"GNU.sparse.name",
    b"GNU.sparse.size",
    b"GNU.sparse.realsize",
    b"GNU.sparse.map",
    b"GNU.sparse.major",
    b"GNU.sparse.minor",
];

/// What a pax header says about the next member, or all following ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Keys that some readers take the first value of, when it is another one.
    pub(super) first: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The map of the oldest sparse form, one record a number.
    pub(super) sparse: Vec<(u64, u64)>,
    /// Names that an earlier global header gave.
    pub(super) earlier: Vec<Vec<u8>>,
    /// A record could not be read; the ones before it count.
    pub(super) malformed: bool,
    /// Values of other keys that read like more than a number or a name.
    pub(super) texts: Vec<Vec<u8>>,
}

/// Bytes of a value in which code could be kept, and how many such values of one header are looked at.
const TEXT: usize = 32;
const TEXTS: usize = 8;

impl Pax {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut pax = Self::default();
        let mut rest = bytes;
        while rest.first().is_some_and(|byte| *byte != 0) {
            let Some((key, value, next)) = record(rest) else {
                pax.malformed = true;
                break;
            };
            rest = next;
            match key {
                b"GNU.sparse.offset" => pax.sparse.push((unsigned(value), 0)),
                b"GNU.sparse.numbytes" => {
                    if let Some(last) = pax.sparse.last_mut() {
                        last.1 = unsigned(value);
                    }
                }
                _ if KEYS.contains(&key) => {
                    if let Some(known) = pax.records.insert(key.to_vec(), value.to_vec())
                        && known != value
                    {
                        pax.first.entry(key.to_vec()).or_insert(known);
                    }
                }
                _ if value.len() > TEXT && pax.texts.len() < TEXTS && memchr::memchr2(b'(', b'\n', value).is_some() => {
                    pax.texts.push(value.to_vec());
                }
                _ => {}
            }
        }
        // Readers stop at a zero or go on, and take or refuse a size that is more than digits.
        pax.malformed |= rest.iter().any(|byte| *byte != 0);
        pax.malformed |= pax.get("size").is_some_and(|size| !size.iter().all(u8::is_ascii_digit));
        pax
    }

    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        self.records.get(key.as_bytes()).map(Vec::as_slice)
    }

    /// Whatever gives a member a name; the last one is the one that counts for CPython when nothing else does.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        ["path", "GNU.sparse.name"].into_iter().filter_map(|key| self.get(key))
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        decimal(self.get(key)?)
    }

    /// In a global header each of these is a lie about the members behind it: no writer has them there.
    pub(super) fn speaks_of_members(&self) -> bool {
        !self.records.is_empty() || !self.sparse.is_empty()
    }

    /// As CPython takes it: what is no whole number is none.
    pub(super) fn size(&self) -> Option<i64> {
        let text = std::str::from_utf8(self.get("size")?).unwrap_or_default();
        Some(text.trim().parse().unwrap_or(0))
    }

    pub(super) fn first_number(&self, key: &str) -> Option<i64> {
        self.first.get(key.as_bytes()).and_then(|value| decimal(value))
    }

    /// A sparse map of the forms 0.0 and 0.1.
    pub(super) fn sparse_map(&self) -> Option<Vec<(u64, u64)>> {
        let Some(text) = self.get("GNU.sparse.map") else {
            return (!self.sparse.is_empty()).then(|| self.sparse.clone());
        };
        let numbers: Vec<u64> = text.split(|byte| *byte == b',').map(unsigned).collect();
        Some(numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    /// The map stands in front of the data.
    pub(super) fn is_sparse_1_0(&self) -> bool {
        self.get("GNU.sparse.major") == Some(b"1") && self.get("GNU.sparse.minor") == Some(b"0")
    }

    /// Takes over the records of a later global header.
    pub(super) fn update(&mut self, later: &Self) {
        // A header that stands between two global ones was joined with the first by CPython.
        const EARLIER: usize = 8;
        let replaced: Vec<Vec<u8>> =
            if later.names().next().is_some() { self.names().map(<[u8]>::to_vec).collect() } else { Vec::new() };
        for name in replaced {
            if self.earlier.len() < EARLIER && !self.earlier.contains(&name) {
                self.earlier.push(name);
            }
        }
        self.records.extend(later.records.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

fn unsigned(value: &[u8]) -> u64 {
    decimal(value).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

fn decimal(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    text.parse::<i64>().ok().or_else(|| {
        // `1.0` is taken as a number of seconds is.
        let whole = text.split('.').next()?;
        (whole.len() < text.len()).then(|| whole.parse().ok())?
    })
}

fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', &bytes[..bytes.len().min(20)])?;
    let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let record = bytes.get(space + 1..length)?;
    let equals = memchr::memchr(b'=', record)?;
    let value = record[equals + 1..].strip_suffix(b"\n")?;
    Some((&record[..equals], value, &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_record_of_a_key_wins() {
        let pax = Pax::parse(b"12 path=one\n12 path=two\n9 size=3\n");
        assert_eq!(pax.get("path"), Some(&b"two"[..]));
        assert_eq!(pax.first.get(&b"path"[..]), Some(&b"one".to_vec()));
        assert_eq!(pax.number("size"), Some(3));
        assert!(!pax.malformed);
    }

    #[test]
    fn a_length_that_lies_ends_the_reading() {
        for bytes in [&b"99 path=one\n"[..], b"0 path=one\n", b"x", b"7 ab\n", b"12 path=oneX"] {
            assert!(Pax::parse(bytes).malformed, "{bytes:?}");
        }
    }
}
