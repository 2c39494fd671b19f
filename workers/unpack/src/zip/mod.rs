//! zip, read by its central directory and by its local headers.
//!
//! Readers differ in which directory they find, which name, size and method they believe, and what lies between the
//! entries. All of them are read here; the union of their contents is handed over.

mod aliases;
mod bytes;
mod directory;
mod entries;
mod inflate;
mod local;
mod regions;

use std::collections::HashSet;

use model::GapKind;

use crate::names::Places;
use crate::nested::damaged;
use crate::session::{Session, Site};
use crate::{Format, Readings};
use directory::{Directory, Entry, LOCAL};
use inflate::Inflater;
use local::Local;

/// Directories beside the one CPython takes that are read.
const RIVALS: usize = 32;

/// Begins as a zip: a local header, an empty archive, or the marker of a split one.
pub(crate) fn starts_here(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(directory::END) || bytes.starts_with(b"PK\x07\x08PK\x03\x04")
}

/// A directory with entries can be found from the end. With `exact`, nothing may follow its end record.
pub(crate) fn has_directory(bytes: &[u8], exact: bool) -> bool {
    directory::all(bytes).iter().any(|found| {
        found.record.entries > 0 && (!exact || found.record.end == bytes.len()) && {
            let (entries, _) = directory::entries(bytes, found.start, 1000);
            entries.iter().any(|entry| locate(bytes, entry, found.shift).is_some())
        }
    })
}

/// What an archive stands behind; `None` for the line with which an application in a zip names its interpreter.
fn carrier(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 13] = [
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a program"),
        (&[0xcf, 0xfa, 0xed, 0xfe], "a program"),
        (&[0xca, 0xfe, 0xba, 0xbe], "a program"),
        (b"\x89PNG", "a picture"),
        (&[0xff, 0xd8, 0xff], "a picture"),
        (b"GIF8", "a picture"),
        (b"RIFF", "a picture"),
        (b"BM", "a picture"),
        (b"%PDF", "a document"),
        (b"ID3", "a sound"),
        (b"OggS", "a sound"),
        (&[0xd0, 0xcf, 0x11, 0xe0], "a document of another kind"),
    ];
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(what);
    }
    let first = memchr::memchr(b'\n', bytes).filter(|_| bytes.starts_with(b"#!"));
    if first.is_some_and(|end| bytes[end + 1..].starts_with(LOCAL)) {
        return None;
    }
    let before = memchr::memmem::find(bytes, LOCAL).unwrap_or(bytes.len()).min(64);
    let text = bytes[..before].iter().all(|byte| !matches!(byte, 0..=8 | 14..=31));
    Some(if text { "text" } else { "other bytes" })
}

/// The local header of an entry, with the shift of a prefix or without.
fn locate<'a>(bytes: &'a [u8], entry: &Entry<'_>, shift: i64) -> Option<(usize, Local<'a>)> {
    let shifted = i64::try_from(entry.offset).ok().and_then(|offset| offset.checked_add(shift));
    [shifted.and_then(|offset| usize::try_from(offset).ok()), usize::try_from(entry.offset).ok()]
        .into_iter()
        .flatten()
        .find_map(|at| local::header(bytes, at).map(|local| (at, local)))
}

/// An entry of a directory and where its bytes lie.
struct Item<'a> {
    entry: Entry<'a>,
    at: usize,
    local: Local<'a>,
    /// Behind the data and its descriptor.
    end: usize,
    /// Shares bytes with another entry.
    overlaps: bool,
    /// Its sizes should follow the data and do not.
    undescribed: bool,
}

struct Reader<'a, 'r, 's> {
    session: &'r mut Session<'s>,
    bytes: &'a [u8],
    site: &'r Site,
    inflater: Inflater,
    places: Places,
    /// Local headers that a directory speaks of.
    known: HashSet<usize>,
    /// Local headers that were found without a directory.
    walked: HashSet<usize>,
    /// What overlapping entries may still unpack to.
    overlap_room: u64,
    /// The file around it is something else, which is no anomaly of this archive.
    appended: bool,
    /// Symbolic links, which are resolved when all else was read.
    links: Vec<aliases::Link>,
}

/// Reads an archive in every way and hands over the union.
pub(crate) fn read(session: &mut Session<'_>, bytes: &[u8], site: &Site) {
    let overlap_room = session.limits.ratio_floor;
    let mut reader = Reader {
        session,
        bytes,
        site,
        inflater: Inflater::new(),
        places: Places::default(),
        known: HashSet::new(),
        walked: HashSet::new(),
        overlap_room,
        appended: false,
        links: Vec::new(),
    };
    let mut found = directory::all(bytes);
    if found.is_empty() {
        // CPython refuses it; a streaming reader would show members all the same.
        let detail = "no end record with a central directory";
        damaged(reader.session, "truncated", GapKind::Corrupt, site.archive(), detail, site, Format::Zip);
        reader.region(0, bytes.len(), None, false);
        return;
    }
    if !site.is_outer() && !starts_here(bytes) {
        // The member around it is handed over whole by whoever holds it.
        if let Some(what) = carrier(bytes) {
            let detail = format!("a zip stands behind {what}");
            reader.session.anomaly("appended-archive", site.archive(), detail, Format::Zip);
        }
        reader.appended = true;
    }
    let primary = found.remove(0);
    reader.directory(&primary, &found);
}

impl<'a> Reader<'a, '_, '_> {
    fn anomaly(&mut self, kind: &'static str, detail: impl Into<String>) {
        self.session.anomaly(kind, self.site.archive(), detail, Format::Zip);
    }

    fn directory(&mut self, primary: &Directory, others: &[Directory]) {
        let (entries, end) = self.listed(primary);
        let told = entries.len();
        let mut items = self.items(entries, primary.shift);
        self.mark_overlaps(&mut items);
        self.known.extend(items.iter().map(|item| item.at));

        let others = self.rivals(primary, others, &items, items.len() == told);
        let listed: HashSet<(usize, &[u8])> = items.iter().map(|item| (item.at, item.entry.name)).collect();
        let mut rival_items = Vec::new();
        for other in &others {
            let (entries, _) = self.listed(other);
            let mut found = self.items(entries, other.shift);
            found.retain(|item| !listed.contains(&(item.at, item.entry.name)));
            self.known.extend(found.iter().map(|item| item.at));
            rival_items.extend(found);
        }

        for item in &items {
            if self.session.stopped() {
                return;
            }
            self.entry(item, false);
        }
        for item in &rival_items {
            if self.session.stopped() {
                return;
            }
            self.entry(item, true);
        }

        // What lies before, between and behind everything that was read.
        items.extend(rival_items);
        self.resolve(&items);
        let mut taken: Vec<(usize, usize)> = items.iter().map(|item| (item.at, item.end)).collect();
        taken.push((primary.start, end));
        // A zip64 record may say that it is longer, and hold anything there.
        let record = &primary.record;
        taken.push((record.first, record.first + if record.first < record.at { 56 } else { 0 }));
        let locator = if record.first < record.at { record.at - 20 } else { record.at };
        taken.push((locator, record.end.min(self.bytes.len())));
        for other in &others {
            let (_, end) = directory::entries(self.bytes, other.start, self.session.limits.members);
            taken.push((other.start, end));
            taken.push((other.record.first, other.record.at + 22));
        }
        self.between(taken, primary);
        self.comment(primary);
    }

    /// Entries of a directory, with what its end record says wrongly.
    fn listed(&mut self, directory: &Directory) -> (Vec<Entry<'a>>, usize) {
        let record = &directory.record;
        let (entries, end) = directory::entries(self.bytes, directory.start, self.session.limits.members + 1);
        if entries.len() as u64 != record.entries {
            let detail =
                format!("the end record tells {} entries, the directory has {}", record.entries, entries.len());
            self.anomaly("entry-count", detail);
        }
        if record.disks || entries.iter().any(|entry| entry.disk != 0 && entry.disk != u16::MAX) {
            self.anomaly("multi-disk", "it claims to be a part of several");
        }
        let size = (end - directory.start) as u64;
        if size != record.size && entries.len() as u64 == record.entries {
            let detail = format!("the end record tells a directory of {} bytes, it has {size}", record.size);
            self.anomaly("directory-size", detail);
        }
        if record.zip64_differs {
            self.anomaly("zip64-mismatch", "zip64 and classic end records differ");
        }
        if directory::last_magic(self.bytes).is_some_and(|last| last > record.at) && !self.appended {
            self.anomaly("several-end-records", "a later end record leads nowhere, and readers stop at it");
        }
        if record.end > self.bytes.len() {
            self.anomaly("comment-length", "the comment is told longer than the file");
        }
        (entries, end)
    }

    fn items(&mut self, entries: Vec<Entry<'a>>, shift: i64) -> Vec<Item<'a>> {
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some((at, local)) = locate(self.bytes, &entry, shift) else {
                let path = self.site.path(&entries::lossy(entry.name));
                let detail = format!("no local header at {}", entry.offset);
                damaged(self.session, "no-local-header", GapKind::Corrupt, &path, &detail, self.site, Format::Zip);
                continue;
            };
            let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX);
            let mut end = local.data.saturating_add(packed).min(self.bytes.len());
            let mut undescribed = false;
            if local.has_descriptor() || entry.flags & local::FLAG_DESCRIPTOR != 0 {
                let length = local::descriptor(self.bytes, end, entry.crc, entry.packed, entry.size);
                undescribed = length == 0 && local.has_descriptor() && local.packed == 0 && entry.packed > 0;
                end += length;
            }
            items.push(Item { entry, at, local, end, overlaps: false, undescribed });
        }
        items
    }

    /// Entries that share bytes: how a small file becomes a large bomb. Seen before anything is unpacked.
    fn mark_overlaps(&mut self, items: &mut [Item<'_>]) {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|index| (items[*index].at, items[*index].end));
        let mut reach = 0usize;
        let mut count = 0u64;
        for index in order {
            if items[index].at < reach {
                items[index].overlaps = true;
                count += 1;
            }
            reach = reach.max(items[index].end);
        }
        if count > 0 {
            self.anomaly("overlapping-members", format!("{count} entries share bytes with others"));
            let told = items.iter().fold(0u64, |sum, item| sum.saturating_add(item.entry.size));
            let ratio = told / (self.bytes.len() as u64).max(1);
            if ratio > self.session.limits.ratio {
                self.anomaly("bomb", format!("overlapping entries claim {told} bytes, {ratio}-fold"));
            }
        }
    }

    /// The directories that other readers could take instead. One that lies whole in a member's stored data belongs to
    /// an archive there, which is opened on its own; it is nobody's rival as long as all is well with this one.
    fn rivals(&mut self, primary: &Directory, others: &[Directory], items: &[Item<'_>], whole: bool) -> Vec<Directory> {
        let well = whole
            && primary.shift == 0
            && primary.record.end == self.bytes.len()
            && !primary.record.disks
            && primary.record.entries == items.len() as u64
            && items.iter().all(|item| !item.overlaps && item.entry.flags & local::FLAG_ENCRYPTED == 0);
        let mut found: Vec<Directory> = Vec::new();
        for other in others {
            let inside = || {
                let record = &other.record;
                items.iter().any(|item| item.local.data <= record.at && record.at + 22 <= item.end)
            };
            if other.start != primary.start
                && !(well && inside())
                && !found.iter().any(|known| known.start == other.start)
            {
                if found.len() >= RIVALS {
                    let detail = format!("more than {RIVALS} directories");
                    self.session.gap(GapKind::Limit, self.site.archive(), detail);
                    break;
                }
                found.push(other.clone());
            }
        }
        if !found.is_empty() {
            let detail = format!("{} directories, at {} and {}", found.len() + 1, primary.start, found[0].start);
            self.anomaly("several-end-records", detail);
        }
        found
    }

    fn readings(rival: bool) -> Readings {
        if rival { Readings::DIRECTORY } else { Readings::DIRECTORY.and(Readings::STREAM) }
    }
}
