//! What bytes are, by content alone: names lie.

use memchr::memmem;

use crate::{Format, tar, zip};

const GZIP: &[u8] = &[0x1f, 0x8b];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Formats in which these bytes can be opened, the likeliest first; more than one is a polyglot, none is plain data.
pub(crate) fn formats(bytes: &[u8]) -> Vec<Format> {
    let mut found = Vec::new();
    let by_start = by_start(bytes);
    found.extend(by_start);
    if by_start != Some(Format::Tar) && tar::looks_like(bytes) {
        found.push(Format::Tar);
    }
    // An archive may be appended to anything, and zip readers look from the end.
    let exact = found.first() == Some(&Format::Tar);
    if by_start != Some(Format::Zip) && zip::has_directory(bytes, exact) {
        found.push(Format::Zip);
    }
    found
}

fn by_start(bytes: &[u8]) -> Option<Format> {
    if zip::starts_here(bytes) {
        Some(Format::Zip)
    } else if bytes.len() > 10 && bytes.starts_with(GZIP) {
        Some(Format::Gzip)
    } else if is_bzip2(bytes) {
        Some(Format::Bzip2)
    } else if bytes.starts_with(XZ) || is_lzma(bytes) {
        Some(Format::Xz)
    } else if is_zstd(bytes) {
        Some(Format::Zstd)
    } else if tar::looks_like(bytes) {
        Some(Format::Tar)
    } else {
        None
    }
}

/// Where compressed streams seem to begin inside other bytes.
pub(crate) fn streams_within(bytes: &[u8]) -> Vec<usize> {
    const MAGIC: [&[u8]; 4] = [&[0x1f, 0x8b, 8], XZ, ZSTD, b"BZh"];
    let mut found: Vec<usize> = MAGIC.iter().flat_map(|magic| memmem::find_iter(bytes, magic).take(64)).collect();
    found.sort_unstable();
    found.retain(|at| *at > 0 && by_start(&bytes[*at..]).is_some());
    found
}

/// A byte that texts have: no control but line ends, tabs, form feeds and escapes.
pub(crate) const fn is_text(byte: u8) -> bool {
    !matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)
}

/// Text that does something: a call, and a quote or a second statement.
pub(crate) fn calls(field: &[u8]) -> bool {
    field.contains(&b'(') && memchr::memchr3(b'\'', b'"', b';', field).is_some()
}

pub(crate) fn is_xz(bytes: &[u8]) -> bool {
    bytes.starts_with(XZ)
}

pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(GZIP)
}

/// The block magic is the digits of pi, that of an empty stream the digits of its square root.
pub(crate) fn is_bzip2(bytes: &[u8]) -> bool {
    bytes.len() >= 14
        && bytes.starts_with(b"BZh")
        && matches!(bytes[3], b'1'..=b'9')
        && (bytes[4..10] == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
            || bytes[4..10] == [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
}

pub(crate) fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(ZSTD) || (is_skippable(bytes) && memmem::find(&bytes[..bytes.len().min(4096)], ZSTD).is_some())
}

/// A zstd frame that decoders jump over.
pub(crate) fn is_skippable(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes[0] & 0xf0 == 0x50 && bytes[1..4] == [0x2a, 0x4d, 0x18]
}

/// `.lzma`, which has no magic: properties, a plausible dictionary, and an unknown or small size. Other properties than the
/// usual ones are believed when a tar comes out.
pub(crate) fn is_lzma(bytes: &[u8]) -> bool {
    let framed = bytes.len() > 18 && (bytes[5..13] == [0xff; 8] || bytes[10..13] == [0; 3]) && bytes[13] == 0;
    framed && (bytes[0] == 0x5d && bytes[1..3] == [0, 0] && bytes[4] <= 4 || is_odd_lzma(bytes))
}

fn is_odd_lzma(bytes: &[u8]) -> bool {
    const SMALLEST: u32 = 4096;
    let (lc, lp, pb) = (bytes[0] % 9, bytes[0] / 9 % 5, bytes[0] / 45);
    let size = u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
    // As liblzma takes it: a power of two, or one and a half of it.
    let plain = size.is_power_of_two()
        || size.checked_mul(2).is_some_and(|twice| (twice / 3).is_power_of_two() && twice % 3 == 0);
    if pb > 4 || lc + lp > 4 || size < SMALLEST || !plain {
        return false;
    }
    // One stream and no more: what follows it is not asked, so that a chain of streams costs nothing here.
    let mut head = Vec::new();
    if let Ok(reader) = lzma_rust2::LzmaReader::new_mem_limit(bytes, crate::stream::DICTIONARY_KIB, None) {
        let _ = std::io::Read::read_to_end(&mut std::io::Read::take(reader, 1024), &mut head);
    }
    tar::looks_like(&head)
}

/// Archives that an installer or code could open and that are not opened here.
pub(crate) fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], "7z"),
        (b"Rar!\x1a\x07", "rar"),
        (b"MSCF\0\0\0\0", "cab"),
        (b"!<arch>\ndebian-binary", "deb"),
        (&[0xed, 0xab, 0xee, 0xdb], "rpm"),
        (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
        (b"LZIP\x01", "lzip"),
    ];
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}
