//! Archives built byte by byte, so that they can lie; and what the crate says of them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "every test file uses a part of it")]

use std::collections::BTreeSet;
use std::io::Write;

use unpack::{Limits, Member, Report, unpack};

pub const PAYLOAD: &[u8] = b"print('payload')  # inert\n";

/// All that was seen in an archive.
pub struct Seen {
    pub report: Report,
    pub members: Vec<Member>,
}

impl Seen {
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        self.report.anomalies.iter().map(|anomaly| anomaly.kind).collect()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.kinds().contains(kind)
    }

    /// Some member, in any reading, has these bytes.
    pub fn shows(&self, bytes: &[u8]) -> bool {
        self.members.iter().any(|member| memchr::memmem::find(&member.data, bytes).is_some())
    }

    pub fn member(&self, path: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.path == path)
    }

    pub fn paths(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.path.as_str()).collect()
    }

    /// Nothing odd and nothing left out.
    #[track_caller]
    pub fn is_honest(&self) {
        assert_eq!(self.report.anomalies, [], "anomalies");
        assert_eq!(self.report.gaps, [], "gaps");
    }

    #[track_caller]
    pub fn is_odd(&self, kind: &str) -> &Self {
        assert!(self.has(kind), "no {kind} in {:?}", self.report.anomalies);
        self
    }

    #[track_caller]
    pub fn is_incomplete(&self) -> &Self {
        assert!(!self.report.gaps.is_empty(), "no gap; anomalies: {:?}", self.report.anomalies);
        self
    }

    #[track_caller]
    pub fn shows_payload(&self) -> &Self {
        assert!(self.shows(PAYLOAD), "the payload is in none of {:?}", self.paths());
        self
    }
}

pub fn examine(bytes: &[u8]) -> Seen {
    examine_within(bytes, &Limits::default())
}

pub fn examine_within(bytes: &[u8], limits: &Limits) -> Seen {
    let mut members = Vec::new();
    let report = unpack(bytes, limits, &mut |member| members.push(member));
    Seen { report, members }
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn crc(data: &[u8]) -> u32 {
    let mut checksum = flate2::Crc::new();
    checksum.update(data);
    checksum.sum()
}

/// One entry of a zip. The header fields are those of both headers until a test changes one.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub packed: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub packed_size: u32,
    pub size: u32,
    pub mode: u32,
    pub extra: Vec<u8>,
    pub descriptor: Vec<u8>,
}

pub fn stored(name: &str, data: &[u8]) -> Entry {
    Entry {
        name: name.as_bytes().to_vec(),
        packed: data.to_vec(),
        method: 0,
        flags: 0,
        crc: crc(data),
        packed_size: data.len() as u32,
        size: data.len() as u32,
        mode: 0o100_644,
        extra: Vec::new(),
        descriptor: Vec::new(),
    }
}

pub fn deflated(name: &str, data: &[u8]) -> Entry {
    let packed = deflate(data);
    Entry { packed_size: packed.len() as u32, packed, method: 8, ..stored(name, data) }
}

/// Sizes and checksum behind the data, zeros in the local header; `wide` as zip64 writes it.
pub fn streamed(name: &str, data: &[u8], wide: bool) -> Entry {
    let mut entry = deflated(name, data);
    entry.flags = 8;
    entry.descriptor = b"PK\x07\x08".to_vec();
    entry.descriptor.extend(entry.crc.to_le_bytes());
    for size in [entry.packed_size, entry.size] {
        entry.descriptor.extend(size.to_le_bytes());
        if wide {
            entry.descriptor.extend([0; 4]);
        }
    }
    entry
}

impl Entry {
    pub fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        let (crc, packed, size) = if self.flags & 8 != 0 { (0, 0, 0) } else { (self.crc, self.packed_size, self.size) };
        bytes.extend(20u16.to_le_bytes());
        for field in [self.flags, self.method, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [crc, packed, size] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes.extend((self.extra.len() as u16).to_le_bytes());
        bytes.extend(&self.name);
        bytes.extend(&self.extra);
        bytes.extend(&self.packed);
        bytes.extend(&self.descriptor);
        bytes
    }

    pub fn central(&self, offset: u32) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02".to_vec();
        for field in [0x0314u16, 20, self.flags, self.method, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [self.crc, self.packed_size, self.size] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [self.name.len() as u16, self.extra.len() as u16, 0, 0, 0] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend((self.mode << 16).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(&self.name);
        bytes.extend(&self.extra);
        bytes
    }
}

pub fn end(entries: u16, size: u32, offset: u32, comment: &[u8]) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend(entries.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// A zip whose local and central headers may differ: (local, central), either of which may be left out.
pub fn zip_of(pairs: &[(Option<Entry>, Option<Entry>)]) -> Vec<u8> {
    let (mut bytes, mut directory, mut count) = (Vec::new(), Vec::new(), 0);
    for (local, central) in pairs {
        let offset = bytes.len() as u32;
        if let Some(local) = local {
            bytes.extend(local.local());
        }
        if let Some(central) = central {
            directory.extend(central.central(offset));
            count += 1;
        }
    }
    let offset = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(end(count, directory.len() as u32, offset, b""));
    bytes
}

pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let pairs: Vec<_> = entries.iter().map(|entry| (Some(entry.clone()), Some(entry.clone()))).collect();
    zip_of(&pairs)
}

/// One header block of a tar, its checksum right.
pub fn header(name: &str, kind: u8, size: u64, link: &str) -> Vec<u8> {
    let mut block = vec![0u8; 512];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    checked(block)
}

/// Sets the checksum of a block.
pub fn checked(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

pub fn padded(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    bytes.resize(data.len().next_multiple_of(512), 0);
    bytes
}

pub fn file(name: &str, data: &[u8]) -> Vec<u8> {
    [header(name, b'0', data.len() as u64, ""), padded(data)].concat()
}

pub fn link(name: &str, target: &str) -> Vec<u8> {
    header(name, b'2', 0, target)
}

/// A pax header with these records, local (`x`) or global (`g`).
pub fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::new();
    for (key, value) in records {
        let mut length = key.len() + value.len() + 3;
        while format!("{length} {key}={value}\n").len() != length {
            length += 1;
        }
        text += &format!("{length} {key}={value}\n");
    }
    [header("pax", kind, text.len() as u64, ""), padded(text.as_bytes())].concat()
}

pub fn tar(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = parts.concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Numbers that are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}
