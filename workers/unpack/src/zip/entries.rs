//! One entry: by the directory, and by its local header where the two differ.

use model::{Digest, GapKind};

use super::bytes::{is_cut, strange_extra, told_twice, zip64_differs};
use super::inflate::{self, Inflated};
use super::local::{self, FLAG_ENCRYPTED, FLAG_UTF8, Local};
use super::{Item, Reader};
use crate::names::{self, Clash};
use crate::nested::{self, damaged};
use crate::stream::Problem;
use crate::{Format, Kind, Member, Readings};

const FILE_TYPE: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;
const FOLDER: u32 = 0o040_000;
/// Pipes, devices and sockets.
const SPECIAL: [u32; 4] = [0o010_000, 0o020_000, 0o060_000, 0o140_000];
/// Patched data and masked headers, which few readers refuse and fewer read.
const FLAGS_RARE: u16 = 0x2020;

/// The name as the archive writes it, readable: UTF-8 where it is, code page 437 where not.
pub(super) fn lossy(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        Err(_) => name.iter().map(|byte| code_page_437(*byte)).collect(),
    }
}

fn code_page_437(byte: u8) -> char {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    if byte < 0x80 { char::from(byte) } else { HIGH.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}') }
}

impl<'a> Reader<'a, '_, '_> {
    /// Unpacks an entry by the directory's words and, where the local header says otherwise, by that one's too.
    pub(super) fn entry(&mut self, item: &Item<'_>, rival: bool) {
        let entry = &item.entry;
        let name = self.name(entry.name, entry.flags);
        let path = self.site.path(&name);
        self.kept_in_headers(item, &path);
        if self.site.is_outer() && matches!(entry.method, 12 | 14 | 20 | 93 | 95) {
            let detail = format!("method {}, which some installers unpack and others refuse", entry.method);
            self.session.anomaly("rare-method", &path, detail, Format::Zip);
        }
        let mut differences = self.differences(item);
        if zip64_differs(entry.extra, entry.size, entry.packed) {
            differences.push("zip64 sizes");
        }
        if told_twice(entry.extra) || told_twice(item.local.extra) {
            differences.push("an extra field that is there twice");
        }
        if is_cut(entry.extra) || is_cut(item.local.extra) {
            differences.push("an extra field that is cut");
        }
        if (entry.flags | item.local.flags) & FLAGS_RARE != 0 {
            differences.push("flags that few readers know");
        }
        if item.undescribed {
            differences.push("a descriptor that is not there");
        }
        if !differences.is_empty() {
            let detail = format!("directory and local header differ in {}", differences.join(", "));
            self.session.anomaly("local-central-mismatch", &path, detail, Format::Zip);
        }
        let other_bytes = differences.iter().any(|what| matches!(*what, "method" | "compressed size"));
        let other_name = entry.name != item.local.name;

        let end = item.local.data.saturating_add(usize::try_from(entry.packed).unwrap_or(usize::MAX));
        if end > self.bytes.len() {
            let detail = "its data lies past the end of the file";
            damaged(self.session, "truncated", GapKind::Corrupt, &path, detail, self.site, Format::Zip);
        }
        let input = self.packed(item);
        // Readers go by one of the headers: when only one of them says encrypted, others read on.
        if (entry.flags | item.local.flags) & FLAG_ENCRYPTED != 0 {
            self.session.anomaly("encrypted", &path, "the entry is encrypted", Format::Zip);
            if entry.flags & item.local.flags & FLAG_ENCRYPTED != 0 {
                self.unread(GapKind::Unsupported, &path, "encrypted");
                return;
            }
        }
        let limit = self.limit(item);
        let inflated = self.inflater.unpack(entry.method, input, entry.size, limit);
        if item.overlaps {
            self.overlap_room = self.overlap_room.saturating_sub(inflated.data.len() as u64);
        }
        self.complain(&path, &inflated, limit);
        let whole = inflated.problem.is_none() && !inflated.over;
        if whole && inflated.data.len() as u64 != entry.size {
            let detail = format!("{} bytes are told, {} are there", entry.size, inflated.data.len());
            self.session.anomaly("size-lie", &path, detail, Format::Zip);
        }
        if whole && inflated.crc != entry.crc {
            self.session.anomaly("crc-mismatch", &path, "the checksum is another", Format::Zip);
            self.unread(GapKind::Corrupt, &path, "the checksum of the content is another");
        }
        if !self.session.spend(inflated.data.len() as u64, &path, Format::Zip) {
            return;
        }
        self.odd_mode(item, &name, &path, inflated.data.is_empty());
        // A streaming reader goes on where the method ends, not where the directory says.
        let tail = (item.local.data + inflated.consumed.min(input.len()), item.local.data + input.len());
        let mut names = vec![(name, entry.mode, Self::readings(rival || other_name || other_bytes))];
        if other_name {
            names.push((self.name(item.local.name, item.local.flags), 0, Readings::STREAM));
        }
        for other in [entry.unicode_path, item.local.unicode_path].into_iter().flatten() {
            if other != entry.name && other != item.local.name && names.len() < 3 {
                let other = lossy(other);
                let detail = format!("an extra field names it {other:?}");
                self.session.anomaly("unicode-path", &path, detail, Format::Zip);
                names.push((other, 0, Readings::STREAM));
            }
        }
        let ambiguous = rival || other_bytes || names.len() > 1;
        self.early_end(item, input, &path);
        self.hand_over(names, inflated.data, ambiguous);
        if whole && tail.0 < tail.1 {
            let detail = format!("{} bytes behind the end of its data", tail.1 - tail.0);
            self.session.anomaly("member-trailing-data", &path, detail, Format::Zip);
            self.region(tail.0, tail.1, None, true);
        }
        if other_bytes && self.walked.insert(item.at) {
            let end = self.by_local(&item.local, Readings::STREAM, Some(entry.packed));
            self.walk(end, self.bytes.len());
        }
    }

    /// The bytes of an entry as the directory counts them.
    pub(super) fn packed<'b>(&self, item: &Item<'_>) -> &'b [u8]
    where
        'a: 'b,
    {
        let end = item.local.data.saturating_add(usize::try_from(item.entry.packed).unwrap_or(usize::MAX));
        &self.bytes[item.local.data.min(self.bytes.len())..end.min(self.bytes.len())]
    }

    /// A file that some reader makes a device or a folder of.
    fn odd_mode(&mut self, item: &Item<'_>, name: &str, path: &str, empty: bool) {
        let kind = item.entry.mode & FILE_TYPE;
        if SPECIAL.contains(&kind) {
            self.session.anomaly("special-member", path, "by its mode a device, a pipe or a socket", Format::Zip);
        }
        let folder = kind == FOLDER || item.entry.dos_folder && kind == 0;
        if folder && !name.ends_with('/') && !empty {
            self.session.anomaly("directory-data", path, "by its mode a folder, by its name a file", Format::Zip);
        }
    }

    /// Comments and extra fields, in which code can be kept that reads itself from there.
    fn kept_in_headers(&mut self, item: &Item<'_>, path: &str) {
        let comment = item.entry.comment;
        if !comment.is_empty() {
            self.session.anomaly("comment", path, "the entry has a comment", Format::Zip);
            nested::hidden(self.session, comment, "comment", item.at as u64, self.site, Format::Zip);
        }
        for extra in [item.entry.extra, item.local.extra] {
            if let Some(field) = strange_extra(extra) {
                let detail = format!("{} bytes in an extra field that nobody reads", field.len());
                self.session.anomaly("extra-field", path, detail, Format::Zip);
                nested::hidden(self.session, field, "extra-field", item.at as u64, self.site, Format::Zip);
                break;
            }
        }
    }

    /// Stored, with sizes that only follow the data: a reader of the stream looks for the descriptor's magic, which the
    /// data can hold. It then goes on among what the directory calls content.
    fn early_end(&mut self, item: &Item<'_>, input: &[u8], path: &str) {
        let open = item.local.method == 0 && item.local.has_descriptor() && item.local.packed == 0;
        let Some(at) = memchr::memmem::find(input, b"PK\x07\x08").filter(|_| open && !item.overlaps) else { return };
        let detail = format!("the data holds the end mark of a stream at {at}");
        self.session.anomaly("local-central-mismatch", path, detail, Format::Zip);
        let start = item.local.data + at;
        self.region(start, start + input.len() - at, None, false);
    }

    /// What the two headers disagree about. A local header that leaves sizes to the descriptor leaves them at zero.
    fn differences(&self, item: &Item<'_>) -> Vec<&'static str> {
        let (entry, local) = (&item.entry, &item.local);
        let told = |local: u64, central: u64| !(local == central || local == 0 && item.local.has_descriptor());
        let mut found = Vec::new();
        if entry.name != local.name {
            found.push("name");
        }
        if entry.method != local.method {
            found.push("method");
        }
        let ascii = entry.name.is_ascii();
        let flags = FLAG_ENCRYPTED | if ascii { 0 } else { FLAG_UTF8 };
        if (entry.flags ^ local.flags) & flags != 0 {
            found.push("flags");
        }
        if told(u64::from(local.crc), u64::from(entry.crc)) {
            found.push("checksum");
        }
        if told(local.packed, entry.packed) && !(local.has_descriptor() && local.packed == 0xffff_ffff) {
            found.push("compressed size");
        }
        if told(local.size, entry.size) && !(local.has_descriptor() && local.size == 0xffff_ffff) {
            found.push("size");
        }
        found
    }

    /// A member as a streaming reader sees it. Returns where it would look for the next header.
    pub(super) fn by_local(&mut self, local: &Local<'_>, readings: Readings, same: Option<u64>) -> usize {
        let name = self.name(local.name, local.flags);
        let path = self.site.path(&name);
        let rest = &self.bytes[local.data..];
        let open_end = local.has_descriptor() && local.packed == 0;
        let length = if !open_end {
            usize::try_from(local.packed).unwrap_or(usize::MAX)
        } else if local.method == 0 {
            // Stored, with an unknown end: readers that accept it look for the descriptor's magic.
            memchr::memmem::find(rest, b"PK\x07\x08")
                .or_else(|| same.and_then(|packed| usize::try_from(packed).ok()))
                .unwrap_or(rest.len())
        } else {
            rest.len()
        };
        let input = &rest[..length.min(rest.len())];
        if local.flags & FLAG_ENCRYPTED != 0 {
            self.session.anomaly("encrypted", &path, "the entry is encrypted", Format::Zip);
            self.unread(GapKind::Unsupported, &path, "encrypted");
            return local.data.saturating_add(length);
        }
        let limit = self.method_room(local.method, input);
        let inflated = self.inflater.unpack(local.method, input, local.size, limit);
        let used = if open_end { inflated.consumed } else { length };
        let end = local.data.saturating_add(used);
        if inflated.over {
            self.complain(&path, &inflated, limit);
        }
        // Bytes that look like a header but are none: nobody could read them either.
        if inflated.problem.is_some() && inflated.data.is_empty() {
            return local.data;
        }
        if !self.session.spend(inflated.data.len() as u64, &path, Format::Zip) {
            return self.bytes.len();
        }
        let size = inflated.data.len() as u64;
        self.hand_over(vec![(name, 0, readings)], inflated.data, true);
        let descriptor = if local.has_descriptor() {
            local::descriptor(self.bytes, end, inflated.crc, used as u64, size)
        } else {
            0
        };
        end.saturating_add(descriptor)
    }

    pub(super) fn limit(&self, item: &Item<'_>) -> u64 {
        let room = self.method_room(item.entry.method, self.packed(item));
        if item.overlaps { room.min(self.overlap_room) } else { room }
    }

    /// What a member may have now that is packed in this way.
    fn method_room(&self, method: u16, input: &[u8]) -> u64 {
        match inflate::window(method, input) {
            0 => self.session.member_room(),
            window => self.session.stream_room().min(self.session.free().saturating_sub(window) / 9 * 4),
        }
    }

    fn complain(&mut self, path: &str, inflated: &Inflated, limit: u64) {
        if inflated.over {
            let detail = format!("unpacks to more than {limit} bytes");
            self.session.anomaly("bomb", path, detail.as_str(), Format::Zip);
            self.session.gap(GapKind::Limit, path, detail);
        }
        match &inflated.problem {
            Some(Problem::Unsupported(detail)) => {
                self.session.anomaly("unsupported-method", path, detail.as_str(), Format::Zip);
                self.unread(GapKind::Unsupported, path, detail);
            }
            Some(problem) => {
                damaged(self.session, "corrupt", GapKind::Corrupt, path, &problem.detail(), self.site, Format::Zip);
            }
            None => {}
        }
    }

    /// A gap, unless it is a test's fixture in a nested archive.
    fn unread(&mut self, kind: GapKind, path: &str, detail: &str) {
        if self.site.is_outer() || !crate::nested::is_aside(self.site.archive()) {
            self.session.gap(kind, path, detail);
        }
    }

    fn name(&mut self, raw: &[u8], flags: u16) -> String {
        let name = lossy(raw);
        if flags & FLAG_UTF8 != 0 && std::str::from_utf8(raw).is_err() {
            let path = self.site.path(&name);
            self.session.anomaly("bad-utf8-name", &path, format!("{:?}", raw.escape_ascii().to_string()), Format::Zip);
        }
        name
    }

    /// Hands the same bytes over under each of their names.
    fn hand_over(&mut self, names: Vec<(String, u32, Readings)>, data: Vec<u8>, ambiguous: bool) {
        let mut data = Some(data);
        let last = names.len() - 1;
        for (index, (name, mode, readings)) in names.into_iter().enumerate() {
            let length = data.as_ref().map_or(0, Vec::len) as u64;
            // All but the last get a copy, while the bytes themselves are held.
            if index < last && !self.session.hold(length, |session| session.can_copy(length, &name)) {
                continue;
            }
            let bytes = if index == last { data.take() } else { data.clone() }.unwrap_or_default();
            if index > 0 && !self.session.spend(bytes.len() as u64, &name, Format::Zip) {
                return;
            }
            let path = self.site.path(&name);
            names::check(self.session, &name, &path, Format::Zip);
            if matches!(name.as_str(), "" | ".") {
                self.session.anomaly("stripped-name", &path, "a name that names nothing", Format::Zip);
            }
            // CPython cuts a name at its first zero byte.
            let name = name.split('\0').next().unwrap_or_default().to_owned();
            let path = self.site.path(&name);
            let link = mode & FILE_TYPE == SYMLINK;
            let directory = name.ends_with('/') && !link;
            if directory && !bytes.is_empty() {
                let detail = format!("a directory with {} bytes of data", bytes.len());
                self.session.anomaly("directory-data", &path, detail, Format::Zip);
            }
            let (mut ambiguous, mut sha256) = (ambiguous, None);
            if !directory || !bytes.is_empty() {
                let digest = Digest::of(&bytes);
                sha256 = Some(digest);
                match self.places.insert(&name, digest) {
                    Clash::None => {}
                    Clash::Same { .. }
                        if readings.contains(Readings::HIDDEN) || !readings.contains(Readings::DIRECTORY) => {}
                    Clash::Same { content: true } => {
                        self.session.anomaly("repeated-name", &path, "twice, with the same content", Format::Zip);
                    }
                    Clash::Same { content: false } => {
                        ambiguous = true;
                        self.session.anomaly("duplicate-name", &path, "twice, with other content", Format::Zip);
                    }
                    Clash::Case(other) => {
                        self.session.anomaly("case-collision", &path, format!("beside {other:?}"), Format::Zip);
                    }
                    Clash::Normalization(other) => {
                        self.session.anomaly(
                            "normalization-collision",
                            &path,
                            format!("beside {other:?}"),
                            Format::Zip,
                        );
                    }
                }
            }
            if link && self.link(&name, &path, &bytes, mode, readings, ambiguous) {
                continue;
            }
            let kind = if directory && bytes.is_empty() { Kind::Directory } else { Kind::File };
            let member = Member {
                path,
                kind,
                data: bytes,
                readings,
                ambiguous,
                nesting: self.site.nesting,
                format: Format::Zip,
                executable: mode & 0o111 != 0 && !directory,
                sha256,
            };
            self.session.hold(if index < last { length } else { 0 }, |session| session.deliver(member));
        }
    }
}
