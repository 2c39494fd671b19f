#![doc = include_str!("../README.md")]

mod appended;
mod links;
mod names;
mod nested;
pub mod picture;
mod session;
mod sniff;
mod stream;
mod tar;
mod zip;

use std::cell::Cell;

use model::{Gap, GapKind};

use session::{Session, Site};

/// Bounds on what one artifact may cost. All are counted on real bytes and are cumulative through nesting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the artifact.
    pub archive: u64,
    /// Bytes of all members together.
    pub total: u64,
    /// Bytes of one member.
    pub member: u64,
    /// Bytes that are in memory at one time: the artifact, the archives open inside it, the member that is read, and what
    /// is kept of those before.
    pub resident: u64,
    pub members: u64,
    /// Archives inside archives.
    pub nesting: u32,
    /// Unpacked to packed bytes, above `ratio_floor` unpacked bytes.
    pub ratio: u64,
    pub ratio_floor: u64,
    /// Bytes of a member's path, of one part of it, and its parts; a longer one is told, and its member read.
    pub path: u64,
    pub part: u64,
    pub parts: u64,
    /// Bytes of a pax record or a long name of a tar; what is behind them is not read.
    pub record: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            archive: 256 * MIB,
            total: 1024 * MIB,
            member: 256 * MIB,
            resident: 352 * MIB,
            members: 50_000,
            nesting: 4,
            ratio: 50,
            ratio_floor: 64 * MIB,
            path: 4096,
            part: 255,
            parts: 64,
            record: MIB,
        }
    }
}

/// The container a member came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Zip,
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    /// Not an archive: the artifact is its own only member.
    Plain,
}

/// The ways of reading in which a member appeared, as bits: an installer that reads by the central directory and a
/// streaming one may see different members, and both must be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readings(u8);

impl Readings {
    /// zip: by the central directory; tar: by headers with their extensions, as CPython does.
    pub const DIRECTORY: Self = Self(1);
    /// zip: by local headers in file order; tar: by ustar headers alone.
    pub const STREAM: Self = Self(2);
    /// Bytes no ordinary reader shows: gaps, prefixes, data after the end.
    pub const HIDDEN: Self = Self(4);

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// A symbolic or hard link, with its target as written.
    Link(String),
    /// A device, a pipe, or a type nobody knows.
    Special,
}

/// One entry of an archive, in one or several readings.
#[derive(Clone, Debug)]
pub struct Member {
    /// Path as the archive writes it, lossily decoded; nested archives are joined by `!/`. Never a path on our disk.
    pub path: String,
    pub kind: Kind,
    pub data: Vec<u8>,
    pub readings: Readings,
    /// The readings disagree about this member's existence or bytes.
    pub ambiguous: bool,
    /// 0 in the outer archive.
    pub nesting: u32,
    pub format: Format,
    /// Any execute bit in the mode.
    pub executable: bool,
    /// Of `data`, where it had to be taken.
    pub sha256: Option<model::Digest>,
}

/// Something an honest build does not produce.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// A kebab-case kind such as `duplicate-name`; every kind is listed in the crate's README.
    pub kind: &'static str,
    /// Empty for the archive itself.
    pub member: String,
    pub detail: String,
    pub format: &'static str,
}

/// What remains to be said when all members have been handed over.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Of the outer archive; `None` when it is no archive.
    pub format: Option<Format>,
    pub anomalies: Vec<Anomaly>,
    pub gaps: Vec<Gap>,
    pub bytes_unpacked: u64,
    pub members: u64,
}

impl Format {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Plain => "plain",
        }
    }
}

/// Reads an artifact and hands every member to `sink`, nested archives' members before the archive that holds them.
pub fn unpack(bytes: &[u8], limits: &Limits, sink: &mut dyn FnMut(Member)) -> Report {
    unpack_beside(bytes, limits, &Cell::new(0), sink)
}

/// [`unpack`] for a sink that keeps members: `kept` is how many bytes it has of them now, which leaves others less room.
pub fn unpack_beside(bytes: &[u8], limits: &Limits, kept: &Cell<u64>, sink: &mut dyn FnMut(Member)) -> Report {
    let mut session = Session::new(bytes.len() as u64, limits, kept, sink);
    if bytes.len() as u64 > limits.archive {
        let detail = format!("the artifact has more than {} bytes", limits.archive);
        session.gap(GapKind::Limit, "", detail);
        return session.finish();
    }
    let mut formats = sniff::formats(bytes);
    // pip asks whether the end of the file is a zip's before it looks at anything else: what lies uncompressed at the end
    // of a tar becomes the project.
    if formats == [Format::Tar] && zip::has_directory(bytes, false) {
        formats.push(Format::Zip);
    }
    session.report.format = formats.first().copied();
    if formats.is_empty() {
        if let Some(name) = sniff::unsupported(bytes) {
            session.anomaly("unsupported-archive", "", name, Format::Plain);
            session.gap(GapKind::Unsupported, "", format!("{name} archives are not opened"));
        }
        let most = bytes.len().min(usize::try_from(session.member_room()).unwrap_or(usize::MAX));
        if most < bytes.len() {
            session.gap(GapKind::Limit, "", format!("only the first {most} bytes are read"));
        }
        if session.spend(most as u64, "", Format::Plain) {
            session.deliver_closed(Member {
                path: String::new(),
                kind: Kind::File,
                data: bytes[..most].to_vec(),
                readings: Readings::DIRECTORY.and(Readings::STREAM),
                ambiguous: false,
                nesting: 0,
                format: Format::Plain,
                executable: false,
                sha256: None,
            });
        }
    } else {
        nested::open(&mut session, bytes, &Site::default(), &formats);
    }
    session.finish()
}
