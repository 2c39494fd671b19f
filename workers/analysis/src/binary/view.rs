//! Numbers, ranges and names of a file that may lie about all of them.

/// Bytes of a name that are read.
const LONGEST: usize = 200;

/// Bytes and the order in which their numbers are written.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub bytes: &'a [u8],
    pub big: bool,
}

impl<'a> View<'a> {
    pub(super) const fn little(bytes: &'a [u8]) -> Self {
        Self { bytes, big: false }
    }

    pub(super) const fn big(bytes: &'a [u8]) -> Self {
        Self { bytes, big: true }
    }

    /// What begins there; nothing when that is behind the end.
    pub(super) fn from(self, at: u64) -> Self {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        Self { bytes: self.bytes.get(at..).unwrap_or_default(), ..self }
    }

    pub(super) fn slice(self, at: u64, length: u64) -> Option<&'a [u8]> {
        self.from(at).bytes.get(..usize::try_from(length).ok()?)
    }

    /// As much of a range as there is.
    pub(super) fn within(self, at: u64, length: u64) -> &'a [u8] {
        let rest = self.from(at).bytes;
        &rest[..usize::try_from(length).unwrap_or(usize::MAX).min(rest.len())]
    }

    fn array<const N: usize>(self, at: u64) -> Option<[u8; N]> {
        self.from(at).bytes.first_chunk().copied()
    }

    pub(super) fn u8(self, at: u64) -> Option<u8> {
        self.from(at).bytes.first().copied()
    }

    pub(super) fn u16(self, at: u64) -> Option<u16> {
        let read = if self.big { u16::from_be_bytes } else { u16::from_le_bytes };
        self.array(at).map(read)
    }

    pub(super) fn u32(self, at: u64) -> Option<u32> {
        let read = if self.big { u32::from_be_bytes } else { u32::from_le_bytes };
        self.array(at).map(read)
    }

    pub(super) fn u64(self, at: u64) -> Option<u64> {
        let read = if self.big { u64::from_be_bytes } else { u64::from_le_bytes };
        self.array(at).map(read)
    }

    /// A number of 32 bits, or of 64 in a file that is so wide.
    pub(super) fn word(self, at: u64, wide: bool) -> Option<u64> {
        if wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    /// The name that begins there, cut where it is too long: a table without an end is not read to its end again and
    /// again.
    pub(super) fn name(self, at: u64) -> &'a [u8] {
        until_nul(self.from(at).bytes)
    }
}

pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// A name as text; what is no text is replaced.
pub(super) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(&name[..name.len().min(LONGEST)]).into_owned()
}

/// A number in seven bits a byte, and what is behind it.
pub(super) fn leb(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}
