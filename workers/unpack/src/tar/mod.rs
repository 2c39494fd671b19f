//! tar, read as CPython's tarfile reads it and as naive readers would.
//!
//! The archive goes by in chunks, so that a compressed one is never resident as a whole. One walker follows CPython;
//! where another reader would take the next header from elsewhere, a second walker goes there, and what only one of
//! them finds is handed over as ambiguous.

mod aliases;
mod header;
mod members;
mod pax;
mod walker;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use model::GapKind;

use crate::links::normal;
use crate::names::Places;
use crate::nested::{self, damaged};
use crate::session::{Session, Site};
use crate::stream::{self, Ending};
use crate::{Format, Readings};
use header::{BLOCK, Header};
use walker::{Policy, Walker};

const CHUNK: usize = 1024 * 1024;
/// Bytes of names and targets that are kept of one archive to resolve its links.
const NAMES: usize = 32 * 1024 * 1024;
/// Walkers that follow other readers at one time, and in one archive.
const RIVALS: usize = 8;
const RIVALS_EVER: usize = 256;

/// A first header with a right checksum; without the magic of ustar also a name and a type that someone would write.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    let Some(block) = bytes.first_chunk::<BLOCK>() else { return false };
    let Ok(header) = Header::parse(block) else { return false };
    header.ustar || (!header.name.is_empty() && header.kind.is_ascii() && header.size >= 0)
}

/// A link that waits until all members are known.
#[derive(Clone)]
struct Alias {
    name: String,
    target: String,
    hard: bool,
    executable: bool,
    ambiguous: bool,
    readings: Readings,
}

/// The bytes of the members that links lead to, gathered in a second pass.
struct Collect {
    wanted: HashSet<String>,
    found: HashMap<String, Vec<Vec<u8>>>,
    room: usize,
}

/// Names with one checksum whose contents are compared.
const TWINS: usize = 1000;

struct Tar<'r, 's> {
    session: &'r mut Session<'s>,
    site: &'r Site,
    places: Places,
    /// Offsets of the headers that CPython sees, once another walker is under way.
    offsets: HashSet<u64>,
    rivals: Vec<Walker>,
    rivals_ever: usize,
    /// Headers that CPython sees.
    headers: u64,
    aliases: Vec<Alias>,
    /// Regular files by normal path.
    files: BTreeSet<String>,
    /// Names that are there twice with one checksum.
    twins: BTreeSet<String>,
    /// What is left of [`NAMES`].
    name_room: usize,
    collect: Option<Collect>,
}

/// Reads a tar, compressed or not, and hands over the union of the readings.
pub(crate) fn read(session: &mut Session<'_>, bytes: &[u8], format: Option<Format>, site: &Site) {
    let mut tar = Tar {
        session,
        site,
        places: Places::default(),
        offsets: HashSet::new(),
        rivals: Vec::new(),
        rivals_ever: 0,
        headers: 0,
        aliases: Vec::new(),
        files: BTreeSet::new(),
        twins: BTreeSet::new(),
        name_room: NAMES,
        collect: None,
    };
    let ending = tar.run(bytes, format);
    tar.compare_twins(bytes, format);
    tar.resolve(bytes, format);
    if let Some(format) = format {
        nested::after_stream(tar.session, bytes, &ending, site, format);
    }
}

impl Tar<'_, '_> {
    fn run(&mut self, bytes: &[u8], format: Option<Format>) -> Ending {
        let mut walker = Walker::new(Policy::Tarfile);
        let collecting = self.collect.is_some();
        let mut push = |chunk: &[u8]| {
            if !collecting && !self.session.spend(chunk.len() as u64, self.site.archive(), Format::Tar) {
                return ControlFlow::Break(());
            }
            self.feed(&mut walker, chunk);
            let mut rivals = std::mem::take(&mut self.rivals);
            for rival in &mut rivals {
                self.feed_rival(rival, chunk);
            }
            rivals.retain(|rival| !rival.ended());
            self.rivals = rivals;
            if self.session.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let ending = match format {
            Some(format) => stream::decode(format, bytes, &mut push),
            None => {
                let _ = bytes.chunks(CHUNK).try_for_each(push);
                Ending { consumed: bytes.len(), streams: 1, problem: None }
            }
        };
        if !self.session.stopped() {
            self.finish(&mut walker, ending.problem.is_some());
            for mut rival in std::mem::take(&mut self.rivals) {
                self.finish(&mut rival, true);
            }
        }
        ending
    }

    fn anomaly(&mut self, kind: &'static str, name: &str, detail: impl Into<String>) {
        if self.collect.is_none() {
            let path = self.place(name);
            self.session.anomaly(kind, &path, detail, Format::Tar);
        }
    }

    fn damaged(&mut self, kind: &'static str, gap: GapKind, name: &str, detail: &str) {
        if self.collect.is_none() {
            let path = self.place(name);
            damaged(self.session, kind, gap, &path, detail, self.site, Format::Tar);
        }
    }

    /// Path of a member, or of the archive when the name is empty.
    fn place(&self, name: &str) -> String {
        if name.is_empty() { self.site.archive().to_owned() } else { self.site.path(name) }
    }

    /// A file that links may lead to.
    fn note_file(&mut self, name: &str) {
        if self.has_name_room(name.len()) {
            self.files.insert(normal(name));
        }
    }

    /// Names are kept up to a limit; beyond it links are not resolved, which is a gap.
    fn has_name_room(&mut self, bytes: usize) -> bool {
        if bytes > self.name_room {
            let detail = format!("more than {NAMES} bytes of names");
            self.session.gap(GapKind::Limit, self.site.archive(), detail);
            return false;
        }
        self.name_room -= bytes;
        true
    }
}
