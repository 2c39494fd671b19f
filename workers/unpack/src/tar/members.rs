//! A member while its data goes by: what it is called, how much it has, what it becomes.

use flate2::Crc;
use model::{Digest, GapKind};
use unicode_normalization::UnicodeNormalization;

use super::header::Header;
use super::walker::{Extension, Policy, State, Walker, padding};
use super::{Alias, TWINS, Tar};
use crate::links::normal;
use crate::names::{self, Clash};
use crate::session::grow;
use crate::{Format, Kind, Member, Readings};

/// Names of one member beside the one CPython takes.
const OTHER_NAMES: usize = 12;

#[derive(Clone, Debug)]
pub(super) struct Current {
    name: String,
    /// What other readers call it.
    other_names: Vec<String>,
    link: String,
    /// As in the header.
    kind: u8,
    regular: bool,
    directory: bool,
    mode: u32,
    /// Bytes in the archive.
    stored: u64,
    /// Bytes after a sparse file was expanded.
    real: Option<u64>,
    pub(super) sparse: Vec<(u64, u64)>,
    /// The map stands in front of the data.
    sparse_1_0: bool,
    data: Vec<u8>,
    limit: usize,
    over: bool,
    keep: bool,
}

impl Current {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// What the header and all that stands in front of it say together.
struct Words {
    name: Vec<u8>,
    link: Vec<u8>,
    /// From pax; the last one counts for CPython, the first one for others.
    size: Option<i64>,
    first_size: Option<i64>,
    real: Option<i64>,
    sparse: Vec<(u64, u64)>,
    sparse_1_0: bool,
}

fn words(header: &Header, walker: &Walker) -> Words {
    let mut words = Words {
        // CPython applies a global record to every member that follows, the name of a file with holes, too.
        name: walker.global.names().last().unwrap_or(&header.name).to_vec(),
        link: walker.global.get("linkpath").unwrap_or(&header.link).to_vec(),
        size: None,
        first_size: None,
        real: None,
        sparse: Vec::new(),
        sparse_1_0: false,
    };
    // CPython applies the outermost header last.
    for extension in walker.extensions.iter().rev() {
        match extension {
            Extension::LongName(name) => words.name.clone_from(name),
            Extension::LongLink(link) => words.link.clone_from(link),
            Extension::Pax(pax) => {
                if let Some(path) = pax.get("GNU.sparse.name").or_else(|| pax.get("path")) {
                    words.name = path.to_vec();
                }
                if let Some(path) = pax.get("linkpath") {
                    words.link = path.to_vec();
                }
                if let Some(size) = pax.size() {
                    words.first_size = Some(pax.first_number("size").unwrap_or(size));
                    words.size = Some(size);
                }
                words.real = pax.number("GNU.sparse.realsize").or_else(|| pax.number("GNU.sparse.size")).or(words.real);
                if let Some(map) = pax.sparse_map() {
                    words.sparse = map;
                }
                words.sparse_1_0 |= pax.is_sparse_1_0();
            }
        }
    }
    words
}

impl Tar<'_, '_> {
    pub(super) fn member_begins(&mut self, walker: &mut Walker, header: &Header) {
        let words = words(header, walker);
        let name = String::from_utf8_lossy(&words.name).into_owned();
        let other_names = self.contradictions(walker, header, &words, &name);
        let directory = header.is_directory();
        let regular = header.is_regular() || !header.is_known();
        let keep = match &self.collect {
            Some(collect) => regular && collect.wanted.contains(&normal(&name)) && collect.room > 0,
            None => regular,
        };
        let limit = match &self.collect {
            Some(collect) => collect.room,
            None => usize::try_from(self.session.member_fits()).unwrap_or(usize::MAX),
        };
        walker.current = Some(Current {
            name,
            other_names,
            link: String::from_utf8_lossy(&words.link).into_owned(),
            kind: header.kind,
            regular,
            directory,
            mode: header.mode,
            stored: 0,
            real: words.real.and_then(|size| u64::try_from(size).ok()),
            sparse: words.sparse,
            sparse_1_0: words.sparse_1_0,
            data: Vec::new(),
            limit,
            over: false,
            keep,
        });
    }

    /// Two names for one member, where one would have done: readers choose differently. Returns what others call it.
    fn contradictions(&mut self, walker: &Walker, header: &Header, words: &Words, name: &str) -> Vec<String> {
        if self.collect.is_some() {
            return Vec::new();
        }
        let mut names: Vec<&[u8]> = Vec::new();
        let mut firsts: Vec<&[u8]> = Vec::new();
        for extension in &walker.extensions {
            match extension {
                Extension::LongName(name) => names.push(name),
                Extension::Pax(pax) => {
                    names.extend(pax.get("path"));
                    // A name for a file with holes, given to one without: CPython takes it, others the header's.
                    if words.sparse.is_empty() && !words.sparse_1_0 {
                        names.extend(pax.get("GNU.sparse.name"));
                    }
                    if pax.get("path").is_some_and(|path| std::str::from_utf8(path).is_err()) {
                        self.anomaly("bad-utf8-name", name, "a pax name that is not UTF-8");
                    }
                    for (key, value) in &pax.first {
                        let key = String::from_utf8_lossy(key);
                        let value = String::from_utf8_lossy(&value[..value.len().min(100)]);
                        let detail = format!("pax tells {key} twice, first {value:?}");
                        self.anomaly("tar-readings-differ", name, detail);
                    }
                    firsts.extend(pax.first.get(&b"path"[..]).map(Vec::as_slice));
                }
                Extension::LongLink(_) => {}
            }
        }
        let trimmed = |name: &[u8]| name.strip_suffix(b"/").unwrap_or(name).to_vec();
        if names.windows(2).any(|pair| trimmed(pair[0]) != trimmed(pair[1])) {
            let other = String::from_utf8_lossy(names[names.len() - 1]).into_owned();
            self.anomaly("tar-readings-differ", name, format!("header extensions also name it {other:?}"));
            firsts.extend(&names);
        }
        // An extension is written for a name that does not fit the header, which then has a part of it.
        let part = |own: &[u8]| is_part_of(&trimmed(own), &trimmed(&words.name));
        let other = !names.is_empty() && !part(&header.name) && !part(&header.short_name);
        if other && words.real.is_none() {
            let short = String::from_utf8_lossy(&header.name).into_owned();
            self.anomaly("tar-readings-differ", name, format!("its own header names it {short:?}"));
            firsts.push(&header.name);
        }
        // A module whose name lost its foreign letters is another module to who reads the header alone.
        let module = header.name.ends_with(b".py") && header.name.is_ascii() && !header.name.contains(&b'?');
        if !other && module && !names.is_empty() && !words.name.is_ascii() {
            firsts.push(&header.name);
        }
        // CPython puts the prefix in front even where the format has other fields there.
        if header.name != header.short_name && !header.ustar && names.is_empty() {
            self.anomaly("tar-readings-differ", name, "a prefix without the magic of ustar");
            firsts.push(&header.short_name);
        }
        // Which of several names counts hangs on the order in which a reader met the records: all of them are taken.
        let mut globals = walker.global.names().peekable();
        if globals.peek().is_some() {
            firsts.push(&header.name);
            firsts.extend(names.iter().copied());
            firsts.extend(globals);
            firsts.extend(walker.global.earlier.iter().map(Vec::as_slice));
        }
        let mut others: Vec<String> = firsts.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        others.retain(|other| trimmed(other.as_bytes()) != trimmed(name.as_bytes()));
        others.sort();
        others.dedup();
        others.truncate(OTHER_NAMES);
        others
    }

    /// The sizes that readers believe in, and the way to the next header.
    pub(super) fn data_begins(&mut self, walker: &mut Walker, header: &Header, rest: &[u8]) {
        let words = words(header, walker);
        walker.extensions.clear();
        let blocks = |size: i64| {
            let size = u64::try_from(size).unwrap_or(0);
            size.saturating_add(padding(size))
        };
        let has_data = header.is_regular() || !header.is_known();
        let size = words.size.unwrap_or(header.size);
        if size < 0 {
            let name = walker.current.as_ref().map(|current| current.name.clone()).unwrap_or_default();
            self.anomaly("size-lie", &name, format!("a size of {size}"));
        }
        let own = if has_data { size } else { 0 };
        let first = words.first_size.unwrap_or(header.size);
        let stored = match walker.policy {
            Policy::Tarfile => own,
            Policy::Ustar => header.low_size,
            Policy::Pax => first,
        };
        let others = [(Policy::Ustar, header.low_size, blocks(header.low_size)), (Policy::Pax, first, blocks(first))];
        self.diverge(walker, header, (own, blocks(own)), others, rest);
        let rival = walker.is_rival();
        let stored = u64::try_from(stored).unwrap_or(0);
        let Some(current) = &mut walker.current else { return };
        current.stored = stored;
        if stored == 0 {
            walker.state = State::Header;
            self.member_ends(walker, true);
            return;
        }
        if rival && !current.regular {
            // Data of a link or a folder: read over by this reading, and shown by none.
            current.keep = false;
        }
        walker.state = State::Data { left: stored, padding: padding(stored) };
    }

    pub(super) fn data(&mut self, walker: &mut Walker, bytes: &[u8]) {
        let Some(current) = &mut walker.current else { return };
        if !current.keep {
            return;
        }
        let free = usize::try_from(self.session.free()).unwrap_or(usize::MAX);
        let take = bytes.len().min(current.limit.saturating_sub(current.data.len())).min(free);
        current.over |= take < bytes.len();
        self.session.take(take as u64);
        let expected = usize::try_from(current.stored).unwrap_or(usize::MAX).min(current.limit);
        grow(&mut current.data, take, expected);
        current.data.extend_from_slice(&bytes[..take]);
    }

    /// All data of a member, or all that there is, has gone by.
    pub(super) fn member_ends(&mut self, walker: &mut Walker, whole: bool) {
        let Some(mut current) = walker.current.take() else { return };
        if let Some(collect) = &mut self.collect {
            if !current.keep || walker.is_rival() || walker.hidden {
                self.session.give_back(current.data.len() as u64);
            } else {
                collect.room = collect.room.saturating_sub(current.data.len());
                // A link leads to the version before it, readers that resolve links at the end to the last one.
                collect.found.entry(normal(&current.name)).or_default().push(current.data);
            }
            return;
        }
        self.session.give_back(current.data.len() as u64);
        let path = self.site.path(&current.name);
        if current.over {
            let detail = format!("more than {} bytes", current.data.len());
            self.session.gap(GapKind::Limit, &path, detail.as_str());
            self.anomaly("bomb", &current.name, detail);
        }
        if current.regular && (!current.sparse.is_empty() || current.sparse_1_0 || current.real.is_some()) {
            let plain = self.expand(&mut current) && whole && !decides(&current.name);
            let kind = if plain { "sparse-file" } else { "sparse-member" };
            self.anomaly(kind, &current.name, "a file with holes");
        }
        if walker.is_rival() && !self.session.spend(current.data.len() as u64, &path, Format::Tar) {
            return;
        }
        if current.regular && !whole {
            let detail = format!("{} of {} bytes are there", current.data.len(), current.stored);
            self.damaged("truncated", GapKind::Corrupt, &current.name, &detail);
        }
        self.settle(current, walker);
    }

    fn settle(&mut self, current: Current, walker: &Walker) {
        let path = self.site.path(&current.name);
        let readings = match (walker.is_rival(), walker.hidden) {
            (true, _) => Readings::STREAM,
            (false, true) => Readings::HIDDEN,
            (false, false) => Readings::DIRECTORY.and(Readings::STREAM),
        };
        let mut ambiguous = walker.is_rival() || walker.hidden || !current.other_names.is_empty();
        names::check(self.session, &current.name, &path, Format::Tar);
        if current.name.is_empty() {
            self.anomaly("stripped-name", "", "a name that names nothing");
        }
        if current.regular && current.name.ends_with('/') && !current.data.is_empty() {
            self.anomaly("directory-data", &current.name, "by its name a folder, by its type a file");
        }
        let executable = current.mode & 0o111 != 0 && !current.directory;
        let kind = match current.kind {
            _ if current.directory => Kind::Directory,
            b'1' | b'2' => {
                self.anomaly("link", &current.name, format!("to {:?}", current.link));
                if current.link.contains('\\') {
                    self.anomaly("backslash-path", &current.name, format!("a link to {:?}", current.link));
                }
                if !self.has_name_room(3 * (current.name.len() + current.link.len())) {
                    return;
                }
                self.aliases.push(Alias {
                    name: current.name,
                    target: current.link,
                    hard: current.kind == b'1',
                    executable,
                    ambiguous,
                    readings,
                });
                return;
            }
            b'3' | b'4' | b'6' => {
                self.anomaly("special-member", &current.name, "a device or a pipe");
                Kind::Special
            }
            _ => {
                if !matches!(current.kind, b'0' | 0 | b'7' | b'S') {
                    let detail = format!("type {:?}, taken for a file", char::from(current.kind));
                    self.anomaly("unknown-type", &current.name, detail);
                }
                Kind::File
            }
        };
        if kind == Kind::File && !walker.is_rival() {
            // A checksum is enough to ask; whether two contents with one checksum are one is seen in a second pass.
            let mut checksum = Crc::new();
            checksum.update(&current.data);
            let length = current.data.len() as u64;
            let digest = Digest::of(&[&checksum.sum().to_le_bytes()[..], &length.to_le_bytes()].concat());
            match self.places.insert(&current.name, digest) {
                Clash::None => {}
                Clash::Same { content: true } => {
                    if !walker.hidden && self.twins.len() < TWINS {
                        self.twins.insert(normal(&current.name));
                    }
                }
                Clash::Same { content: false } => {
                    ambiguous = true;
                    self.anomaly("duplicate-name", &current.name, "twice, with other content");
                }
                Clash::Case(other) => self.anomaly("case-collision", &current.name, format!("beside {other:?}")),
                Clash::Normalization(other) => {
                    self.anomaly("normalization-collision", &current.name, format!("beside {other:?}"));
                }
            }
            self.note_file(&current.name);
        }
        for other in current.other_names.iter().filter(|_| kind == Kind::File) {
            let path = self.site.path(other);
            let length = current.data.len() as u64;
            if !self.session.hold(length, |session| session.can_copy(length, &path)) {
                continue;
            }
            if !self.session.spend(current.data.len() as u64, &path, Format::Tar) {
                return;
            }
            names::check(self.session, other, &path, Format::Tar);
            self.session.deliver_closed(Member {
                path,
                kind: Kind::File,
                data: current.data.clone(),
                readings: Readings::STREAM,
                ambiguous: true,
                nesting: self.site.nesting,
                format: Format::Tar,
                executable,
                sha256: None,
            });
        }
        self.session.deliver(Member {
            path,
            kind,
            data: current.data,
            readings,
            ambiguous,
            nesting: self.site.nesting,
            format: Format::Tar,
            executable,
            sha256: None,
        });
    }

    /// The member as a reader has it that believes in another size.
    pub(super) fn resized(&self, walker: &Walker, header: &Header, size: i64) -> Option<(Current, u64)> {
        let stored = u64::try_from(size).ok().filter(|size| *size > 0)?;
        let current = walker.current.as_ref().filter(|_| header.is_regular())?;
        Some((Current { stored, data: Vec::new(), ..current.clone() }, stored))
    }

    /// Puts the pieces of a sparse file where they belong, as far as limits allow. Whether its map is such as a writer of
    /// archives makes: piece behind piece, and each byte that is there in one of them.
    fn expand(&mut self, current: &mut Current) -> bool {
        let mut pieces = current.data.as_slice();
        if current.sparse_1_0 {
            let Some((map, rest)) = map_1_0(pieces) else {
                self.anomaly("malformed-pax", &current.name, "a sparse map could not be read");
                return false;
            };
            (current.sparse, pieces) = (map, rest);
        }
        let told = current.sparse.iter().map(|(offset, length)| offset.saturating_add(*length)).max().unwrap_or(0);
        let size = current.real.unwrap_or(told).max(told);
        if size > self.session.hold(current.data.len() as u64, |session| session.member_room()) {
            let path = self.site.path(&current.name);
            let detail = format!("a sparse file of {size} bytes is not expanded");
            self.session.gap(GapKind::Limit, &path, detail.as_str());
            self.anomaly("bomb", &current.name, detail);
            return false;
        }
        if !self.session.spend(size, &current.name, Format::Tar) {
            return false;
        }
        let mut reach = 0;
        let in_order = current.sparse.iter().all(|(offset, length)| {
            let behind = *offset >= reach;
            reach = offset.saturating_add(*length);
            behind
        });
        let sum = current.sparse.iter().fold(0u64, |sum, (_, length)| sum.saturating_add(*length));
        let well_formed = in_order && sum == pieces.len() as u64 && current.real.is_none_or(|real| real >= told);
        let mut expanded = vec![0u8; usize::try_from(size).unwrap_or(0)];
        for (offset, length) in &current.sparse {
            let (Ok(offset), Ok(length)) = (usize::try_from(*offset), usize::try_from(*length)) else { return false };
            let length = length.min(pieces.len());
            let (piece, rest) = pieces.split_at(length);
            if let Some(place) = expanded.get_mut(offset..offset.saturating_add(length)) {
                place.copy_from_slice(piece);
            }
            pieces = rest;
        }
        current.data = expanded;
        well_formed
    }
}

/// A file that runs, or says what does: who does not know of holes finds another one there.
fn decides(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    [".py", ".pyw", ".pyc", ".pyo", ".pyx", ".pth", ".toml", ".cfg"].iter().any(|end| file.ends_with(end))
        || !file.contains('.')
        || file == "entry_points.txt"
}

/// Whether a header's own name is what writers make of a longer or foreign one that stands in an extension: cut at the
/// end, its folders and its file name cut each for itself, or with letters outside ASCII replaced or left out. Anything
/// else is a second name, under which a reader that knows no extensions finds the data.
fn is_part_of(own: &[u8], full: &[u8]) -> bool {
    /// Names are cut where the field ends, not before: 100 bytes, or 155 of folders.
    const CUT: usize = 95;
    const CUT_FOLDERS: usize = 140;
    /// The field of a name.
    const FIELD: usize = 100;
    let ends = |name: &[u8]| [&b".py"[..], b".pyw", b".pth", b".pyc"].iter().any(|end| name.ends_with(end));
    // The last letter of `.pyi` or `.pyx` is what does not fit.
    let one_too_long =
        own.len() == FIELD && full.len() == FIELD + 1 && [&b".pyi"[..], b".pyx"].iter().any(|end| full.ends_with(end));
    if ends(own) && !ends(full) && !one_too_long {
        return false;
    }
    // An honest name is short work; a long one is compared by its beginning.
    let whole_or_cut = |own: &[u8], full: &[u8], least: usize| {
        begins_like(own, full).is_some_and(|left| left == 0 || own.len() >= least)
    };
    let folders = |name: &[u8]| memchr::memrchr(b'/', name).unwrap_or(0);
    let ((own_above, own_file), (above, file)) = (own.split_at(folders(own)), full.split_at(folders(full)));
    whole_or_cut(own, full, CUT)
        || whole_or_cut(own_above, above, CUT_FOLDERS) && whole_or_cut(own_file, file, CUT) && !own_file.is_empty()
}

/// `a` for `ä`.
fn is_form_of(letter: &[u8], plain: u8) -> bool {
    let letter = std::str::from_utf8(letter).unwrap_or_default();
    letter.nfkd().next() == Some(char::from(plain))
}

/// What is left of a name behind the ways to write one letter in ASCII: `\u{e9}`, `\u00e9`, `\xc3\xa9`, `%C3%A9`, `#U00e9`.
fn behind_escapes(mut own: &[u8]) -> &[u8] {
    for _ in 0..4 {
        let length = match own {
            [b'\\', b'u', b'{', rest @ ..] => {
                let digits = rest.iter().take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
                if rest.get(digits) != Some(&b'}') {
                    return own;
                }
                return &rest[digits + 1..];
            }
            [b'\\' | b'#', b'u' | b'U', ..] => return own.get(6..).unwrap_or_default(),
            [b'\\', b'x', ..] => 4,
            [b'%', ..] => 3,
            _ => return own,
        };
        own = own.get(length..).unwrap_or_default();
    }
    own
}

/// What is left of `full` behind a beginning that `own` stands for; nothing when it stands for none.
fn begins_like(own: &[u8], full: &[u8]) -> Option<usize> {
    let (mut own, mut full) = (own, full);
    while let Some(byte) = own.first() {
        match full.first() {
            Some(same) if same == byte => (own, full) = (&own[1..], &full[1..]),
            Some(foreign) if !foreign.is_ascii() => {
                // One sign for a letter, some bytes of another encoding, or nothing at all.
                let letter = full.iter().skip(1).take_while(|next| **next & 0xc0 == 0x80).count() + 1;
                let (foreign, rest) = full.split_at(letter);
                full = rest;
                own = match byte {
                    b'?' | b'_' => &own[1..],
                    byte if is_form_of(foreign, *byte) => &own[1..],
                    b'\\' | b'%' | b'#' => behind_escapes(own),
                    _ => &own[own.iter().take(4).take_while(|byte| !byte.is_ascii()).count()..],
                };
            }
            _ => return None,
        }
    }
    // Letters that were left out at the end are no name of their own.
    Some(if full.iter().all(|byte| !byte.is_ascii()) { 0 } else { full.len() })
}

/// Decimal lines: the number of pieces, then offset and length of each, padded to a block.
fn map_1_0(data: &[u8]) -> Option<(Vec<(u64, u64)>, &[u8])> {
    let mut at = 0usize;
    let mut number = || -> Option<u64> {
        let line = data.get(at..)?;
        let end = memchr::memchr(b'\n', &line[..line.len().min(32)])?;
        at += end + 1;
        std::str::from_utf8(&line[..end]).ok()?.parse().ok()
    };
    let count = number()?;
    let mut map = Vec::new();
    for _ in 0..count {
        map.push((number()?, number()?));
    }
    let end = at.checked_next_multiple_of(super::BLOCK)?;
    Some((map, data.get(end..)?))
}
