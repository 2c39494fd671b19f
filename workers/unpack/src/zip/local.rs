//! Local headers and data descriptors: what a streaming reader goes by.

use super::bytes::{u16_at, u32_at, u64_at, unicode_path, zip64};
use super::directory::LOCAL;

const DESCRIPTOR: &[u8] = b"PK\x07\x08";

pub(super) const FLAG_ENCRYPTED: u16 = 1;
pub(super) const FLAG_DESCRIPTOR: u16 = 8;
pub(super) const FLAG_UTF8: u16 = 0x800;

#[derive(Clone, Debug)]
pub(super) struct Local<'a> {
    pub(super) name: &'a [u8],
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where the data begins.
    pub(super) data: usize,
    pub(super) unicode_path: Option<&'a [u8]>,
    pub(super) extra: &'a [u8],
}

impl Local<'_> {
    /// Sizes and checksum stand behind the data.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }
}

pub(super) fn header(bytes: &[u8], at: usize) -> Option<Local<'_>> {
    let header = bytes.get(at..at.checked_add(30)?)?;
    if !header.starts_with(LOCAL) {
        return None;
    }
    let name_end = at + 30 + usize::from(u16_at(header, 26)?);
    // A name or an extra field told longer than the file still leaves an empty entry readable.
    let data = (name_end + usize::from(u16_at(header, 28)?)).min(bytes.len());
    let name_end = name_end.min(bytes.len());
    let name = bytes.get(at + 30..name_end)?;
    let extra = bytes.get(name_end..data)?;
    let mut local = Local {
        name,
        flags: u16_at(header, 6)?,
        method: u16_at(header, 8)?,
        crc: u32_at(header, 14)?,
        packed: u64::from(u32_at(header, 18)?),
        size: u64::from(u32_at(header, 22)?),
        data,
        unicode_path: unicode_path(extra, name),
        extra,
    };
    zip64(extra, &mut [(&mut local.size, 0xffff_ffff), (&mut local.packed, 0xffff_ffff)]);
    Some(local)
}

/// Length of the data descriptor behind the data that agrees with the checksum and sizes; 0 when none does.
pub(super) fn descriptor(bytes: &[u8], at: usize, crc: u32, packed: u64, size: u64) -> usize {
    let signed = bytes.get(at..).is_some_and(|rest| rest.starts_with(DESCRIPTOR));
    for skip in if signed { [4usize, 0] } else { [0, 0] } {
        let at = at.saturating_add(skip);
        if u32_at(bytes, at) != Some(crc) {
            continue;
        }
        let small = |at| u32_at(bytes, at).map(u64::from);
        if small(at + 4) == Some(packed & 0xffff_ffff) && small(at + 8) == Some(size & 0xffff_ffff) {
            // Sizes below 4 GiB look alike in both widths as far as the low words go; the wide form has zeros between.
            if u64_at(bytes, at + 4) == Some(packed) && u64_at(bytes, at + 12) == Some(size) {
                return skip + 20;
            }
            return skip + 12;
        }
        if u64_at(bytes, at + 4) == Some(packed) && u64_at(bytes, at + 12) == Some(size) {
            return skip + 20;
        }
    }
    0
}
