//! One artifact's unpacking: what may still be spent, what was found, where members go.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use model::{Digest, Gap, GapKind};

use crate::{Anomaly, Format, Kind, Limits, Member, Report, nested};

/// Anomalies of one kind that are spelled out; the rest are counted. An archive of 50 000 lies is one story.
const ANOMALIES_PER_KIND: u64 = 50;
const GAPS: usize = 200;
const DETAIL_CHARACTERS: usize = 300;
/// Bytes of a path that are handed on. A name of a megabyte is told as `long-name`; nobody downstream has to bear it.
const PATH: usize = 4096;

/// Folders in which one nested archive is read.
const COPIES: usize = 16;

/// What is known of a nested archive when it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// It was read under another name in the same folder.
    Here,
    TooOften,
}

/// Where in the artifact an archive lies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    /// Path of the archive, followed by `!/`; empty for the outer one.
    pub(crate) prefix: String,
    pub(crate) nesting: u32,
}

impl Site {
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Path of the archive itself, as anomalies and gaps name it.
    pub(crate) fn archive(&self) -> &str {
        self.prefix.strip_suffix("!/").unwrap_or(&self.prefix)
    }

    pub(crate) fn is_outer(&self) -> bool {
        self.nesting == 0
    }
}

pub(crate) struct Session<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) report: Report,
    /// Nested archives that were already read, and hashes of the folders they lay in: a quine, or a thousand copies of one
    /// archive, costs a few readings. What lies in `tests/` can lie once more where it runs.
    seen: HashMap<Digest, Vec<u64>>,
    sink: &'a mut dyn FnMut(Member),
    packed: u64,
    /// Bytes that are resident now beside the artifact: nested archives that are open, members that are under way.
    held: u64,
    /// Bytes that whoever takes the members has kept of them.
    kept: &'a Cell<u64>,
    stopped: bool,
    counts: BTreeMap<&'static str, u64>,
    /// Of each kind that is not spelled out any more, a member; none when one of the outer archive is among them.
    left_out: BTreeMap<&'static str, String>,
    gaps_left_out: u64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(packed: u64, limits: &'a Limits, kept: &'a Cell<u64>, sink: &'a mut dyn FnMut(Member)) -> Self {
        Self {
            limits,
            report: Report::default(),
            seen: HashMap::new(),
            sink,
            packed,
            held: 0,
            kept,
            stopped: false,
            counts: BTreeMap::new(),
            left_out: BTreeMap::new(),
            gaps_left_out: 0,
        }
    }

    /// Whether an archive of these bytes was read before in the folder of this path; notes it where not.
    pub(crate) fn places_of(&mut self, digest: Digest, path: &str) -> Standing {
        let mut hasher = DefaultHasher::new();
        path.rsplit_once('/').map_or("", |(folder, _)| folder).hash(&mut hasher);
        let folder = hasher.finish();
        let folders = self.seen.entry(digest).or_default();
        if folders.contains(&folder) {
            return Standing::Here;
        }
        if folders.len() >= COPIES {
            return Standing::TooOften;
        }
        folders.push(folder);
        Standing::New
    }

    /// A limit on the whole artifact was hit: nothing more is unpacked.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Bytes that may still be unpacked from the artifact, in all and for its size.
    pub(crate) fn room(&self) -> u64 {
        self.limits.total.min(self.swell()).saturating_sub(self.report.bytes_unpacked)
    }

    /// What an artifact of this size may unpack to.
    fn swell(&self) -> u64 {
        self.packed.max(1).saturating_mul(self.limits.ratio).max(self.limits.ratio_floor)
    }

    /// Bytes that may be resident beside all that is. Archives in archives are all there while the innermost is read.
    pub(crate) fn free(&self) -> u64 {
        let taken = self.packed.saturating_add(self.held).saturating_add(self.kept.get());
        self.limits.resident.saturating_sub(taken)
    }

    /// The most one member may have now, of which nothing is counted yet. One byte more than may be unpacked, so that
    /// who asks for it is told by [`Self::spend`].
    pub(crate) fn member_room(&self) -> u64 {
        self.member_fits().min(self.room().saturating_add(1))
    }

    /// The most one member may have now that is counted while it comes.
    pub(crate) fn member_fits(&self) -> u64 {
        self.limits.member.min(self.free())
    }

    /// The most a member may have of which nobody tells the length: it is moved while it grows, by a quarter each time.
    pub(crate) fn stream_room(&self) -> u64 {
        self.member_room().min(self.free() / 9 * 4)
    }

    /// Does something while as many bytes are held.
    pub(crate) fn hold<T>(&mut self, bytes: u64, work: impl FnOnce(&mut Self) -> T) -> T {
        self.take(bytes);
        let done = work(self);
        self.give_back(bytes);
        done
    }

    /// Bytes are resident from now on.
    pub(crate) fn take(&mut self, bytes: u64) {
        self.held = self.held.saturating_add(bytes);
    }

    pub(crate) fn give_back(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// Whether a copy of so many bytes can be made; a gap where not.
    pub(crate) fn can_copy(&mut self, bytes: u64, place: &str) -> bool {
        let fits = bytes <= self.free();
        if !fits {
            self.gap(GapKind::Limit, place, "its bytes are too many to be read once more under this name");
        }
        fits
    }

    pub(crate) fn anomaly(&mut self, kind: &'static str, member: &str, detail: impl Into<String>, format: Format) {
        let count = self.counts.entry(kind).or_default();
        *count = count.saturating_add(1);
        if *count > ANOMALIES_PER_KIND {
            let left_out = self.left_out.entry(kind).or_insert_with(|| cut(member, 4 * DETAIL_CHARACTERS));
            if !member.contains("!/") {
                left_out.clear();
            }
            return;
        }
        let (member, detail) = (cut(member, 4 * DETAIL_CHARACTERS), cut(&detail.into(), DETAIL_CHARACTERS));
        self.report.anomalies.push(Anomaly { kind, member, detail, format: format.as_str() });
    }

    pub(crate) fn gap(&mut self, kind: GapKind, member: &str, detail: impl Into<String>) {
        if self.report.gaps.len() >= GAPS {
            self.gaps_left_out = self.gaps_left_out.saturating_add(1);
            return;
        }
        let gap =
            Gap { kind, member: cut(member, 4 * DETAIL_CHARACTERS), detail: cut(&detail.into(), DETAIL_CHARACTERS) };
        if !self.report.gaps.contains(&gap) {
            self.report.gaps.push(gap);
        }
    }

    /// Counts bytes that were really unpacked. False when that was too many.
    pub(crate) fn spend(&mut self, bytes: u64, place: &str, format: Format) -> bool {
        self.report.bytes_unpacked = self.report.bytes_unpacked.saturating_add(bytes);
        let unpacked = self.report.bytes_unpacked;
        if self.stopped {
            return false;
        }
        if unpacked > self.limits.total {
            let detail = format!("more than {} bytes unpacked", self.limits.total);
            self.stop(place, &detail, format);
        } else if unpacked > self.swell() {
            let detail =
                format!("{unpacked} bytes unpacked from {} are more than {}-fold", self.packed, self.limits.ratio);
            self.stop(place, &detail, format);
        }
        !self.stopped
    }

    /// Ends the unpacking of the whole artifact.
    pub(crate) fn stop(&mut self, place: &str, detail: &str, format: Format) {
        if !self.stopped {
            self.stopped = true;
            self.anomaly("bomb", place, detail, format);
            self.gap(GapKind::Limit, place, detail);
        }
    }

    /// Hands a member over, after the members of the archive that it may be.
    pub(crate) fn deliver(&mut self, mut member: Member) {
        shorten(&mut member.path);
        if member.kind == Kind::File && !self.stopped {
            nested::descend(self, &member);
        }
        self.deliver_closed(member);
    }

    /// Hands a member over without looking whether it is an archive.
    pub(crate) fn deliver_closed(&mut self, mut member: Member) {
        if self.stopped {
            return;
        }
        shorten(&mut member.path);
        if let Kind::Link(target) = &mut member.kind {
            shorten(target);
        }
        if self.report.members >= self.limits.members {
            let detail = format!("more than {} members", self.limits.members);
            self.stop(&member.path, &detail, member.format);
            return;
        }
        self.report.members += 1;
        (self.sink)(member);
    }

    pub(crate) fn finish(mut self) -> Report {
        for (kind, count) in &self.counts {
            if *count > ANOMALIES_PER_KIND {
                let detail = format!("{} more of this kind", count - ANOMALIES_PER_KIND);
                let member = self.left_out.get(kind).cloned().unwrap_or_default();
                self.report.anomalies.push(Anomaly { kind, member, detail, format: "" });
            }
        }
        if self.gaps_left_out > 0 {
            let detail = format!("{} more gaps", self.gaps_left_out);
            self.report.gaps.push(Gap { kind: GapKind::Limit, member: String::new(), detail });
        }
        self.report
    }
}

/// Makes room for more bytes behind those that came. The first megabyte is taken as it is needed; then what is expected
/// is taken at once, and where nobody knows or more comes, a quarter more each time.
pub(crate) fn grow(data: &mut Vec<u8>, more: usize, expected: usize) {
    const SURE: usize = 1024 * 1024;
    let need = data.len().saturating_add(more);
    if need <= data.capacity() {
        return;
    }
    let want = if need <= SURE { data.len() * 2 } else { expected };
    let want = if want < need { need.saturating_add(need / 4) } else { want };
    data.reserve_exact(want - data.len());
}

fn shorten(path: &mut String) {
    if path.len() > PATH {
        path.truncate(path.floor_char_boundary(PATH));
    }
}

fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
