//! End records and central directories: every one that some reader could choose.

use memchr::memmem;

use super::bytes::{u16_at, u32_at, u64_at, unicode_path, zip64};

pub(super) const CENTRAL: &[u8] = b"PK\x01\x02";
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
pub(super) const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
/// Readers look for the end record this far from the end: a full comment and the record.
const END_WINDOW: usize = 22 + 65_535 + 1;
const ALL_ONES: u64 = 0xffff_ffff;
/// End records that are looked at: some readers go on from one that does not please them to the one before.
const RECORDS: usize = 1024;
/// Of those, the last ones whose directory is searched for when it is not where they say.
const SEARCHED: usize = 16;

/// An end of central directory record.
#[derive(Clone, Debug)]
pub(super) struct EndRecord {
    pub(super) at: usize,
    /// Just behind the comment, which may lie past the end of the file.
    pub(super) end: usize,
    pub(super) disks: bool,
    pub(super) entries: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    /// Where the records of the end begin: the zip64 record if there is one.
    pub(super) first: usize,
    /// The zip64 record tells other numbers, though the classic fields do not ask for it.
    pub(super) zip64_differs: bool,
}

/// All end records near the end of the file, the last one (which CPython takes) first.
pub(super) fn end_records(bytes: &[u8]) -> Vec<EndRecord> {
    let from = bytes.len().saturating_sub(END_WINDOW);
    // Forwards: a search backwards goes byte by byte, and every member is searched.
    let ends: Vec<usize> = memmem::find_iter(&bytes[from..], END).map(|at| from + at).collect();
    let last = ends.iter().skip(ends.len().saturating_sub(RECORDS));
    let mut found: Vec<EndRecord> = last.flat_map(|at| records_at(bytes, *at)).collect();
    found.sort_by_key(|record| std::cmp::Reverse(record.at));
    found
}

/// Where the last magic of an end record stands: CPython goes no further back than this one.
pub(super) fn last_magic(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_WINDOW);
    memmem::rfind(&bytes[from..], END).map(|at| from + at)
}

/// The end record there; twice, when readers find different zip64 records for it.
fn records_at(bytes: &[u8], at: usize) -> Vec<EndRecord> {
    let Some(record) = end_record(bytes, at) else { return Vec::new() };
    let classic = (record.entries, record.size, record.offset);
    let mut found: Vec<EndRecord> = Vec::new();
    for (first, entries, size, offset) in end_records_64(bytes, at) {
        let wanted = classic.0 == 0xffff || classic.1 == ALL_ONES || classic.2 == ALL_ONES;
        let mut other = record.clone();
        other.zip64_differs = !wanted && classic != (entries, size, offset) || !found.is_empty();
        (other.first, other.entries, other.size, other.offset) = (first, entries, size, offset);
        found.push(other);
    }
    if found.is_empty() { vec![record] } else { found }
}

fn end_record(bytes: &[u8], at: usize) -> Option<EndRecord> {
    Some(EndRecord {
        at,
        end: at.checked_add(22)?.checked_add(usize::from(u16_at(bytes, at + 20)?))?,
        disks: u16_at(bytes, at + 4)? != 0 || u16_at(bytes, at + 6)? != 0,
        entries: u64::from(u16_at(bytes, at + 10)?),
        size: u64::from(u32_at(bytes, at + 12)?),
        offset: u64::from(u32_at(bytes, at + 16)?),
        first: at,
        zip64_differs: false,
    })
}

/// Position, entries, size and offset of the zip64 records of an end record.
fn end_records_64(bytes: &[u8], end: usize) -> Vec<(usize, u64, u64, u64)> {
    let Some(locator) = end.checked_sub(20).filter(|at| bytes[*at..].starts_with(LOCATOR_64)) else {
        return Vec::new();
    };
    // CPython looks right before the locator, others follow the offset; one that is shifted is found by neither.
    let counted = locator.checked_sub(56);
    let told = u64_at(bytes, locator + 8).and_then(|told| usize::try_from(told).ok());
    let mut found: Vec<(usize, u64, u64, u64)> = Vec::new();
    for at in [counted, told].into_iter().flatten() {
        let magic = bytes.get(at..at.saturating_add(4)).is_some_and(|magic| magic == END_64);
        let field = |from: usize| u64_at(bytes, at.saturating_add(from));
        if let (true, Some(entries), Some(size), Some(offset)) = (magic, field(32), field(40), field(48))
            && !found.iter().any(|known| known.0 == at)
        {
            found.push((at, entries, size, offset));
        }
    }
    found
}

/// A directory that can be read: where it begins, and what must be added to offsets.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub(super) start: usize,
    pub(super) shift: i64,
    pub(super) record: EndRecord,
}

/// The directories of all end records, that of the last one first.
pub(super) fn all(bytes: &[u8]) -> Vec<Directory> {
    end_records(bytes)
        .iter()
        .enumerate()
        .flat_map(|(index, record)| directories(bytes, record, index < SEARCHED))
        .collect()
}

/// Where readers look for the directory of an end record: counted back from the record (CPython), at the offset, or
/// at the first entry behind the offset.
pub(super) fn directories(bytes: &[u8], record: &EndRecord, search: bool) -> Vec<Directory> {
    let mut found: Vec<Directory> = Vec::new();
    let counted = usize::try_from(record.size).ok().and_then(|size| record.first.checked_sub(size));
    let told = usize::try_from(record.offset).ok();
    let searched =
        told.filter(|_| search && counted.is_none_or(|counted| !starts(bytes, counted, record))).and_then(|told| {
            let behind = bytes.get(told..record.first)?;
            memmem::find(behind, CENTRAL).map(|at| told + at)
        });
    for start in [counted, told, searched].into_iter().flatten() {
        let empty = record.entries == 0 && start == record.first;
        let here = starts(bytes, start, record);
        if (here || empty) && !found.iter().any(|directory| directory.start == start) {
            let shift = start as i64 - i64::try_from(record.offset).unwrap_or(0);
            found.push(Directory { start, shift, record: record.clone() });
        }
    }
    found
}

fn starts(bytes: &[u8], start: usize, record: &EndRecord) -> bool {
    start <= record.first && bytes.get(start..).is_some_and(|rest| rest.starts_with(CENTRAL))
}

/// An entry of a central directory, as written.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    /// Unix mode, 0 when made elsewhere.
    pub(super) mode: u32,
    pub(super) disk: u16,
    /// What DOS calls it: a folder.
    pub(super) dos_folder: bool,
    /// Another name, which some readers prefer.
    pub(super) unicode_path: Option<&'a [u8]>,
    pub(super) comment: &'a [u8],
    pub(super) extra: &'a [u8],
}

/// Reads entries until something else comes, but no more than `most`. Returns them and where they end.
pub(super) fn entries(bytes: &[u8], start: usize, most: u64) -> (Vec<Entry<'_>>, usize) {
    let mut found = Vec::new();
    let mut at = start;
    while (found.len() as u64) < most {
        let Some((entry, next)) = entry(bytes, at) else { break };
        found.push(entry);
        at = next;
    }
    (found, at)
}

fn entry(bytes: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let header = bytes.get(at..at.checked_add(46)?)?;
    if !header.starts_with(CENTRAL) {
        return None;
    }
    // CPython takes lengths past the end for shorter ones, without a word.
    let within = |end: usize| end.min(bytes.len());
    let name_end = within(at + 46 + usize::from(u16_at(header, 28)?));
    let extra_end = within(name_end + usize::from(u16_at(header, 30)?));
    let comment = usize::from(u16_at(header, 32)?);
    let name = bytes.get(at + 46..name_end)?;
    let extra = bytes.get(name_end..extra_end)?;
    let made_by_unix = matches!(header[5], 3 | 19);
    let mut entry = Entry {
        name,
        flags: u16_at(header, 8)?,
        method: u16_at(header, 10)?,
        crc: u32_at(header, 16)?,
        packed: u64::from(u32_at(header, 20)?),
        size: u64::from(u32_at(header, 24)?),
        offset: u64::from(u32_at(header, 42)?),
        // Readers that make links look at the mode alone, whoever made the entry.
        mode: if made_by_unix || u16_at(header, 40)? != 0 { u32::from(u16_at(header, 40)?) } else { 0 },
        disk: u16_at(header, 34)?,
        dos_folder: header[38] & 0x10 != 0,
        unicode_path: unicode_path(extra, name),
        comment: bytes.get(extra_end..within(extra_end + comment)).unwrap_or_default(),
        extra,
    };
    zip64(extra, &mut [(&mut entry.size, ALL_ONES), (&mut entry.packed, ALL_ONES), (&mut entry.offset, ALL_ONES)]);
    Some((entry, within(extra_end + comment)))
}
