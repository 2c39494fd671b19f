//! Archives assembled byte by byte, so that every field of them can lie.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};

pub(crate) fn crc(data: &[u8]) -> u32 {
    let mut checksum = Crc::new();
    checksum.update(data);
    checksum.sum()
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame of raw blocks.
pub(crate) fn zstd(data: &[u8]) -> Vec<u8> {
    // Single segment, content size in 4 bytes.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    bytes.extend((data.len() as u32).to_le_bytes());
    let mut blocks = data.chunks(100_000).peekable();
    while let Some(block) = blocks.next() {
        let header = u32::from(blocks.peek().is_none()) | (block.len() as u32) << 3;
        bytes.extend(&header.to_le_bytes()[..3]);
        bytes.extend(block);
    }
    if data.is_empty() {
        bytes.extend([1, 0, 0]);
    }
    bytes
}

/// An xz stream of uncompressed LZMA2 chunks.
pub(crate) fn xz(data: &[u8]) -> Vec<u8> {
    let with_crc = |mut bytes: Vec<u8>| {
        let sum = crc(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    };
    let number = |mut value: usize| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let flags = [0u8, 1];
    let mut bytes = vec![0xfd, b'7', b'z', b'X', b'Z', 0];
    bytes.extend(with_crc(flags.to_vec()));
    // Block header of 12 bytes: LZMA2 with a dictionary of 1 MiB.
    let mut block = with_crc(vec![2, 0, 0x21, 1, 16, 0, 0, 0]);
    let header = block.len();
    for (index, chunk) in data.chunks(0x1_0000).enumerate() {
        block.push(if index == 0 { 1 } else { 2 });
        block.extend(((chunk.len() - 1) as u16).to_be_bytes());
        block.extend(chunk);
    }
    block.push(0);
    let unpadded = block.len() + 4;
    debug_assert_eq!(header, 12);
    block.resize(block.len().next_multiple_of(4), 0);
    bytes.extend(&block);
    bytes.extend(crc(data).to_le_bytes());
    let mut index = [vec![0, 1], number(unpadded), number(data.len())].concat();
    index.resize(index.len().next_multiple_of(4), 0);
    let index = with_crc(index);
    bytes.extend(&index);
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend(flags);
    bytes.extend(crc(&footer).to_le_bytes());
    bytes.extend(footer);
    bytes.extend(b"YZ");
    bytes
}

/// Raw LZMA of literals alone (lc 3, lp 0, pb 2), with an end marker.
pub(crate) fn lzma_raw(data: &[u8]) -> Vec<u8> {
    lzma_literals(data, 3)
}

/// The same, where so many bits of the byte before choose how a literal is written.
fn lzma_literals(data: &[u8], lc: u32) -> Vec<u8> {
    struct Range {
        low: u64,
        range: u32,
        cache: u8,
        pending: u64,
        out: Vec<u8>,
    }
    impl Range {
        fn shift(&mut self) {
            if self.low < 0xff00_0000 || self.low > 0xffff_ffff {
                let carry = (self.low >> 32) as u8;
                let mut byte = self.cache;
                while self.pending > 0 {
                    self.out.push(byte.wrapping_add(carry));
                    byte = 0xff;
                    self.pending -= 1;
                }
                self.cache = (self.low >> 24) as u8;
            }
            self.pending += 1;
            self.low = (self.low & 0x00ff_ffff) << 8;
        }
        fn bit(&mut self, probability: &mut u16, bit: bool) {
            let bound = (self.range >> 11) * u32::from(*probability);
            if bit {
                self.low += u64::from(bound);
                self.range -= bound;
                *probability -= *probability >> 5;
            } else {
                self.range = bound;
                *probability += (2048 - *probability) >> 5;
            }
            while self.range < 1 << 24 {
                self.range <<= 8;
                self.shift();
            }
        }
    }
    let mut coder = Range { low: 0, range: u32::MAX, cache: 0, pending: 1, out: Vec::new() };
    let mut literals = vec![1024u16; 0x300 * 8];
    let mut is_match = [1024u16; 4];
    let mut previous = 0u8;
    for (at, byte) in data.iter().enumerate() {
        coder.bit(&mut is_match[at & 3], false);
        let base = 0x300 * (usize::from(previous) >> (8 - lc));
        let mut symbol = 1usize;
        for shift in (0..8).rev() {
            let bit = byte >> shift & 1 == 1;
            coder.bit(&mut literals[base + symbol], bit);
            symbol = symbol << 1 | usize::from(bit);
        }
        previous = *byte;
    }
    // The end marker: a match of length 2 at the distance of all ones.
    let state = data.len() & 3;
    coder.bit(&mut is_match[state], true);
    coder.bit(&mut 1024, false);
    coder.bit(&mut 1024, false);
    for _ in 0..3 {
        coder.bit(&mut 1024, false);
    }
    for _ in 0..6 {
        coder.bit(&mut 1024, true);
    }
    for _ in 0..26 {
        coder.range >>= 1;
        coder.low += u64::from(coder.range);
        while coder.range < 1 << 24 {
            coder.range <<= 8;
            coder.shift();
        }
    }
    for _ in 0..4 {
        coder.bit(&mut 1024, true);
    }
    for _ in 0..5 {
        coder.shift();
    }
    coder.out
}

/// A `.lzma` file of unknown length.
pub(crate) fn lzma(data: &[u8]) -> Vec<u8> {
    [&[0x5d, 0, 0, 0x10, 0][..], &[0xff; 8], &lzma_raw(data)].concat()
}

/// A `.lzma` file with other properties than anybody's (lc 0) and a dictionary of one and a half times a power of two.
pub(crate) fn lzma_of_other_properties(data: &[u8]) -> Vec<u8> {
    [&[2 * 45, 0, 0, 0x18, 0][..], &[0xff; 8], &lzma_literals(data, 0)].concat()
}

/// As zip's method 14 frames it.
pub(crate) fn lzma_zip(data: &[u8]) -> Vec<u8> {
    [&[9, 4, 5, 0, 0x5d, 0, 0, 0x10, 0][..], &lzma_raw(data)].concat()
}

/// The fields of one header of a zip, local or central.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
    /// Told length of the extra field; that of `extra` when none.
    pub(crate) extra_length: Option<u16>,
    pub(crate) name_length: Option<u16>,
    pub(crate) comment: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) disk: u16,
}

/// One entry: both its headers, what stands before it, its data, what stands behind.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) before: Vec<u8>,
    pub(crate) local: Option<Head>,
    pub(crate) data: Vec<u8>,
    pub(crate) behind: Vec<u8>,
    pub(crate) central: Option<Head>,
    /// Where the directory says it is, when elsewhere.
    pub(crate) offset: Option<u32>,
}

impl Entry {
    pub(crate) fn with_method(name: &str, content: &[u8], method: u16, data: Vec<u8>) -> Self {
        let head = Head {
            name: name.as_bytes().to_vec(),
            flags: if name.is_ascii() { 0 } else { 0x800 },
            method,
            crc: crc(content),
            packed: data.len() as u32,
            size: content.len() as u32,
            extra: Vec::new(),
            extra_length: None,
            name_length: None,
            comment: Vec::new(),
            mode: 0o100_644,
            disk: 0,
        };
        Self {
            before: Vec::new(),
            local: Some(head.clone()),
            data,
            behind: Vec::new(),
            central: Some(head),
            offset: None,
        }
    }

    pub(crate) fn stored(name: &str, content: &[u8]) -> Self {
        Self::with_method(name, content, 0, content.to_vec())
    }

    pub(crate) fn deflated(name: &str, content: &[u8]) -> Self {
        Self::with_method(name, content, 8, deflate(content))
    }

    /// Sizes and checksum behind the data, as `signed` (with a magic) and `wide` (8-byte sizes) say.
    pub(crate) fn streamed(name: &str, content: &[u8], signed: bool, wide: bool) -> Self {
        let mut entry = Self::deflated(name, content);
        let (crc, packed, size) = (crc(content), entry.data.len(), content.len());
        entry.behind = descriptor(crc, packed as u64, size as u64, signed, wide);
        entry.both(|head| head.flags |= 8);
        entry.local(|local| (local.crc, local.packed, local.size) = (0, 0, 0))
    }

    pub(crate) fn local(mut self, change: impl FnOnce(&mut Head)) -> Self {
        change(self.local.as_mut().unwrap());
        self
    }

    pub(crate) fn central(mut self, change: impl FnOnce(&mut Head)) -> Self {
        change(self.central.as_mut().unwrap());
        self
    }

    pub(crate) fn both(&mut self, change: impl Fn(&mut Head)) {
        self.local.iter_mut().chain(self.central.as_mut()).for_each(change);
    }

    pub(crate) fn each(mut self, change: impl Fn(&mut Head)) -> Self {
        self.both(change);
        self
    }

    pub(crate) fn hidden(self) -> Self {
        Self { central: None, ..self }
    }

    pub(crate) fn behind(self, bytes: &[u8]) -> Self {
        Self { behind: [&self.behind[..], bytes].concat(), ..self }
    }
}

pub(crate) fn descriptor(crc: u32, packed: u64, size: u64, signed: bool, wide: bool) -> Vec<u8> {
    let mut bytes = if signed { b"PK\x07\x08".to_vec() } else { Vec::new() };
    bytes.extend(crc.to_le_bytes());
    for size in [packed, size] {
        bytes.extend(&size.to_le_bytes()[..if wide { 8 } else { 4 }]);
    }
    bytes
}

/// An extra field.
pub(crate) fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// Info-ZIP's other name.
pub(crate) fn unicode_path(of: &[u8], name: &str) -> Vec<u8> {
    extra(0x7075, &[&[1][..], &crc(of).to_le_bytes(), name.as_bytes()].concat())
}

pub(crate) fn local_header(head: &Head) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    for field in [20, head.flags, head.method, 0, 0x21] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [head.crc, head.packed, head.size] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(head.name_length.unwrap_or(head.name.len() as u16).to_le_bytes());
    bytes.extend(head.extra_length.unwrap_or(head.extra.len() as u16).to_le_bytes());
    bytes.extend(&head.name);
    bytes.extend(&head.extra);
    bytes
}

pub(crate) fn central_header(head: &Head, offset: u32) -> Vec<u8> {
    let mut bytes = b"PK\x01\x02".to_vec();
    for field in [0x0314, 20, head.flags, head.method, 0, 0x21] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [head.crc, head.packed, head.size] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(head.name_length.unwrap_or(head.name.len() as u16).to_le_bytes());
    bytes.extend(head.extra_length.unwrap_or(head.extra.len() as u16).to_le_bytes());
    bytes.extend((head.comment.len() as u16).to_le_bytes());
    bytes.extend(head.disk.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend((head.mode << 16).to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend(&head.name);
    bytes.extend(&head.extra);
    bytes.extend(&head.comment);
    bytes
}

/// An end of central directory record.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) entries: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
    pub(crate) comment: Vec<u8>,
    pub(crate) comment_length: Option<u16>,
}

impl End {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"PK\x05\x06".to_vec();
        for field in [self.disk, self.disk, self.entries, self.entries] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.comment_length.unwrap_or(self.comment.len() as u16).to_le_bytes());
        bytes.extend(&self.comment);
        bytes
    }
}

/// A zip64 end record and its locator.
pub(crate) fn end64(at: u64, entries: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut bytes = b"PK\x06\x06".to_vec();
    bytes.extend(44u64.to_le_bytes());
    bytes.extend([45, 3, 45, 0]);
    bytes.extend([0; 8]);
    for field in [entries, entries, size, offset] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(at.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes
}

/// A zip under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zip {
    pub(crate) prefix: Vec<u8>,
    /// Offsets count from the start of the file, not from behind the prefix.
    pub(crate) shifted: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) before_directory: Vec<u8>,
    pub(crate) before_end: Vec<u8>,
    pub(crate) trailing: Vec<u8>,
}

impl Zip {
    pub(crate) fn of(entries: Vec<Entry>) -> Self {
        Self { entries, ..Self::default() }
    }

    pub(crate) fn and(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.ending(|end, _| end.bytes())
    }

    /// With an end record of one's own; it is told the honest one and where it will stand.
    pub(crate) fn ending(&self, end: impl FnOnce(End, u64) -> Vec<u8>) -> Vec<u8> {
        let mut bytes = self.prefix.clone();
        let base = if self.shifted { self.prefix.len() } else { 0 };
        let (mut directory, mut count) = (Vec::new(), 0u16);
        for entry in &self.entries {
            bytes.extend(&entry.before);
            let offset = entry.offset.unwrap_or((bytes.len() - base) as u32);
            if let Some(local) = &entry.local {
                bytes.extend(local_header(local));
                bytes.extend(&entry.data);
                bytes.extend(&entry.behind);
            }
            if let Some(central) = &entry.central {
                directory.extend(central_header(central, offset));
                count = count.wrapping_add(1);
            }
        }
        bytes.extend(&self.before_directory);
        let offset = (bytes.len() - base) as u32;
        bytes.extend(&directory);
        bytes.extend(&self.before_end);
        let honest = End {
            disk: 0,
            entries: count,
            size: directory.len() as u32,
            offset,
            comment: Vec::new(),
            comment_length: None,
        };
        let at = bytes.len() as u64;
        bytes.extend(end(honest, at));
        bytes.extend(&self.trailing);
        bytes
    }
}

pub(crate) const BLOCK: usize = 512;

/// One header block of a tar.
#[derive(Clone, Debug)]
pub(crate) struct TarHead {
    pub(crate) block: Vec<u8>,
}

impl TarHead {
    pub(crate) fn new(name: &str, kind: u8, size: u64) -> Self {
        let mut head = Self { block: vec![0; BLOCK] };
        head.put(0, &name.as_bytes()[..name.len().min(100)]);
        head.put(100, b"0000644\0");
        head.put(108, b"0001750\0");
        head.put(116, b"0001750\0");
        head.put(124, format!("{size:011o}\0").as_bytes());
        head.put(136, b"14652770000\0");
        head.put(156, &[kind]);
        head.put(257, b"ustar\x0000");
        head
    }

    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.block[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes);
        self
    }

    pub(crate) fn link(self, target: &str) -> Self {
        self.with(157, target.as_bytes())
    }

    /// Old GNU magic instead of POSIX.
    pub(crate) fn gnu(self) -> Self {
        self.with(257, b"ustar  \0")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut block = self.block.clone();
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

pub(crate) fn padded(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    bytes.resize(data.len().next_multiple_of(BLOCK), 0);
    bytes
}

pub(crate) fn file(name: &str, data: &[u8]) -> Vec<u8> {
    [TarHead::new(name, b'0', data.len() as u64).bytes(), padded(data)].concat()
}

pub(crate) fn folder(name: &str) -> Vec<u8> {
    TarHead::new(name, b'5', 0).with(100, b"0000755\0").bytes()
}

pub(crate) fn symlink(name: &str, target: &str) -> Vec<u8> {
    TarHead::new(name, b'2', 0).link(target).bytes()
}

pub(crate) fn hardlink(name: &str, target: &str) -> Vec<u8> {
    TarHead::new(name, b'1', 0).link(target).bytes()
}

/// `length key=value`.
pub(crate) fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length += 1;
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// A pax header of these bytes, local (`x`) or global (`g`).
pub(crate) fn pax_raw(kind: u8, records: &[u8]) -> Vec<u8> {
    [TarHead::new("PaxHeaders/x", kind, records.len() as u64).bytes(), padded(records)].concat()
}

pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|(key, value)| pax_record(key, value.as_bytes())).collect();
    pax_raw(kind, &records)
}

/// GNU's long name (`L`) or long link (`K`).
pub(crate) fn gnu_long(kind: u8, name: &str) -> Vec<u8> {
    let name = [name.as_bytes(), &[0]].concat();
    [TarHead::new("././@LongLink", kind, name.len() as u64).gnu().bytes(), padded(&name)].concat()
}

/// Closed by two blocks of zeros and filled to ten KiB, as everybody does.
pub(crate) fn tar(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = [parts.concat(), vec![0; 2 * BLOCK]].concat();
    bytes.resize(bytes.len().next_multiple_of(20 * BLOCK), 0);
    bytes
}

pub(crate) fn tar_gz(parts: &[Vec<u8>]) -> Vec<u8> {
    gzip(&tar(parts))
}
