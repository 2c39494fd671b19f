//! One member after the other: its bytes are judged and dropped, but for what waits until the archive is known. And what
//! is odd about all of them together.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Digest, Gap, GapKind, PackageType};
use unpack::{Kind, Member};

use super::{Entry, Examiner, Form, Source, scripts, whole};
use crate::{
    binary, classify,
    layout::{self, Layout},
    ledger::Spot,
    rulebook::rule::Format,
};

/// Bytes of sources, and of a member, above which an archive gets the room that what is remembered takes.
const ROOMY: u64 = 32 << 20;

impl Examiner<'_, '_> {
    /// One member: its bytes are judged and dropped, except sources and metadata, which wait.
    pub(super) fn member(&mut self, mut member: Member) {
        match &member.kind {
            Kind::File => {}
            // Whoever unpacks it finds under the link's name what the link leads to.
            Kind::Link(_) if !member.data.is_empty() => {}
            _ => return,
        }
        if self.waiting_bytes + member.data.len() as u64 > ROOMY {
            self.memory.clear();
        }
        member.path = layout::plain(&member.path).into_owned();
        let format = classify::format(&member.path, &member.data);
        let wheel = matches!(member.format, unpack::Format::Zip);
        let digest =
            (wheel || self.book.lists.has_digests()).then(|| member.sha256.unwrap_or_else(|| Digest::of(&member.data)));
        let at = self.entries.len();
        self.entries.push(Entry {
            format,
            size: member.data.len() as u64,
            entropy: match classify::rule_format(format) {
                Format::Executable | Format::Data => classify::entropy(&member.data),
                // What a text hides is told by the facts of its source and of its layers.
                _ => 0.0,
            },
            disguised: classify::disguised(&member.path, format, &member.data),
            nesting: member.nesting,
            ambiguous: member.ambiguous,
            sha256: digest,
            path: member.path,
        });
        let path = self.entries[at].path.clone();
        let images = binary::read(format, &path, &member.data, &self.book.natives, &mut self.image_budget);
        self.images.extend(images.into_iter().map(|image| (at, image)));
        if let Some(list) = digest.as_ref().and_then(|digest| self.book.lists.digest(digest)) {
            let spot = Spot { place: whole(&path), phase: None, role: "" };
            self.ledger.note(list, spot, || "these bytes are known".to_owned(), |_| None);
        }
        if is_metadata(&path) && member.nesting == 0 {
            if member.data.len() as u64 <= self.book.limits.archive.metadata {
                self.metadata_bytes += member.data.len() as u64;
                self.keep_metadata(&path, &member.data);
            } else {
                let detail = format!("metadata of {} bytes", member.data.len());
                self.gaps.push(Gap { kind: GapKind::Limit, member: path.clone(), detail });
            }
        }
        if member.nesting == 0 {
            self.keep_build(at, &member.data);
        }
        if matches!(format, "python" | "pth" | "pyc") && member.data.len() as u64 > self.book.limits.source.waiting {
            let detail = format!("{} bytes: more than all sources together may have", member.data.len());
            self.gaps.push(Gap { kind: GapKind::Limit, member: path.clone(), detail });
            let spot = (None, self.layout.role(&path, format).as_str());
            self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
        } else if matches!(format, "python" | "pth") || dormant(format, &member.data) {
            let dormant = !matches!(format, "python" | "pth");
            if dormant {
                let spot = (None, self.layout.role(&path, format).as_str());
                self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
            }
            self.wait(at, member.data, if dormant { Form::Dormant } else { Form::File });
        } else {
            let spot = (None, self.layout.role(&path, format).as_str());
            self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
            if scripts::is_script(format) && member.data.len() <= scripts::MOST_BYTES {
                self.script_bytes += member.data.len();
                if self.script_bytes <= scripts::ALL_BYTES {
                    self.scripts.push(scripts::Script { entry: at, bytes: member.data });
                    return;
                }
            }
            match format {
                "pyc" => {
                    self.waiting_bytes += member.data.len() as u64;
                    self.waiting.push(Source { entry: at, bytes: Arc::new(member.data), form: Form::File });
                }
                "notebook" => match python::notebook::read(&member.data) {
                    Some(cells) => self.wait(at, cells.into_bytes(), Form::Cells),
                    None => self.wait(at, Vec::new(), Form::Unread),
                },
                "png" => self.pictures.keep(at, member.data),
                _ => {}
            }
        }
    }

    /// Keeps a source until the archive is known.
    pub(super) fn wait(&mut self, entry: usize, bytes: Vec<u8>, form: Form) {
        self.waiting_bytes += bytes.len() as u64;
        self.waiting.push(Source { entry, bytes: Arc::new(bytes), form });
        if self.waiting_bytes > self.book.limits.source.waiting {
            let detail = format!("sources of more than {} bytes: judged before all was known", self.waiting_bytes);
            self.gaps.push(Gap { kind: GapKind::Limit, member: String::new(), detail });
            self.flush();
        }
    }

    /// A Python file that was given by itself: there is nothing to unpack, and all of it is read.
    pub(super) fn is_source(&self) -> bool {
        let [entry] = &self.entries[..] else { return false };
        let named = matches!(classify::extension(&entry.path).as_str(), "py" | "pyw" | "pth" | "");
        named && matches!(entry.format, "python" | "pth") || entry.format == "pyc"
    }

    /// One compressed file without a tar in it, which no installer opens.
    pub(super) fn is_wrapped(&self) -> bool {
        let mut outer = self.entries.iter().filter(|entry| entry.nesting == 0 && !entry.path.starts_with('<'));
        outer.next().is_some_and(|entry| entry.path == "content") && outer.next().is_none()
    }

    /// Neither an archive nor a source: rules have looked at its bytes, but nobody knows what they are.
    pub(super) fn refuse(&self, report: &mut unpack::Report) {
        let empty = self.entries.iter().all(|entry| entry.size == 0);
        let what = if empty { "the file is empty" } else { "it is neither an archive nor a Python source" };
        report.anomalies.push(unpack::Anomaly {
            kind: "not-an-archive",
            member: String::new(),
            detail: what.to_owned(),
            format: unpack::Format::Plain.as_str(),
        });
        report.gaps.push(Gap { kind: GapKind::Unsupported, member: String::new(), detail: what.to_owned() });
    }

    /// Too much waits: it is analysed with what is known of the archive so far.
    pub(super) fn flush(&mut self) {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        let project = self.layout.project.clone();
        self.layout = Layout::tell(paths, true, "", &project);
        self.assign_roles();
        self.sources();
        self.waiting_bytes = 0;
    }

    /// A path that is a file and has files below it: one unpacker stops there, another leaves one of the two out.
    pub(super) fn files_that_are_folders(&self) -> Vec<unpack::Anomaly> {
        const MOST: usize = 20;
        let plain = |entry: &&Entry| entry.nesting == 0 && !entry.path.starts_with('<');
        let files: BTreeSet<&str> = self.entries.iter().filter(plain).map(|entry| entry.path.as_str()).collect();
        let mut found = BTreeSet::new();
        for path in &files {
            let above = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|above| files.contains(above));
            found.extend(above);
        }
        let anomaly = |path: &str| unpack::Anomaly {
            kind: "file-and-folder",
            member: path.to_owned(),
            detail: "a file has files below it".to_owned(),
            format: "",
        };
        found.into_iter().take(MOST).map(anomaly).collect()
    }
}

/// The limits that were reached and of which nothing else tells, each for one member.
pub(super) fn reached<'g>(gaps: impl Iterator<Item = &'g Gap>, told: &[unpack::Anomaly]) -> Vec<unpack::Anomaly> {
    const MOST: usize = 20;
    let limits = gaps.filter(|gap| matches!(gap.kind, GapKind::Limit | GapKind::Timeout));
    let silent = limits.filter(|gap| !told.iter().any(|anomaly| anomaly.member == gap.member));
    let mut seen = BTreeSet::new();
    let once = silent.filter(|gap| seen.insert(gap.member.as_str()));
    once.take(MOST)
        .map(|gap| unpack::Anomaly {
            kind: "limit",
            member: gap.member.clone(),
            detail: gap.detail.clone(),
            format: unpack::Format::Plain.as_str(),
        })
        .collect()
}

/// The name says another format than the bytes, or a wheel and the files are those of an sdist: each installer goes by one
/// of the two.
pub(super) fn other_format(filename: &str, format: Option<unpack::Format>, is: PackageType) -> Option<unpack::Anomaly> {
    use unpack::Format;
    const NAMES: [(&str, Format, PackageType); 13] = [
        (".whl", Format::Zip, PackageType::BdistWheel),
        (".egg", Format::Zip, PackageType::BdistEgg),
        (".zip", Format::Zip, PackageType::Sdist),
        (".tar.gz", Format::Gzip, PackageType::Sdist),
        (".tgz", Format::Gzip, PackageType::Sdist),
        (".tar.bz2", Format::Bzip2, PackageType::Sdist),
        (".tbz", Format::Bzip2, PackageType::Sdist),
        (".tbz2", Format::Bzip2, PackageType::Sdist),
        (".tar.xz", Format::Xz, PackageType::Sdist),
        (".txz", Format::Xz, PackageType::Sdist),
        (".tar.zst", Format::Zstd, PackageType::Sdist),
        (".tar.lzma", Format::Xz, PackageType::Sdist),
        (".tar", Format::Tar, PackageType::Sdist),
    ];
    let lower = filename.to_ascii_lowercase();
    let (suffix, told, kind) = NAMES.into_iter().find(|(suffix, ..)| lower.ends_with(suffix))?;
    let found = format?;
    let detail = if found != told {
        format!("{} under a name that ends in {suffix}", found.as_str())
    } else if is != kind && is != PackageType::Unknown {
        format!("the files of a {} under the name of a {}", is.as_str(), kind.as_str())
    } else {
        return None;
    };
    Some(unpack::Anomaly { kind: "other-format", member: String::new(), detail, format: found.as_str() })
}

/// Bytes of a text that is kept because code may run it by its name.
const DORMANT: usize = 1024 * 1024;

/// A text that code may run: `exec(open("notes.txt").read())`.
pub(super) fn dormant(format: &str, bytes: &[u8]) -> bool {
    matches!(format, "text" | "html" | "stub") && bytes.len() <= DORMANT && classify::reads_like_python(bytes)
}

fn is_metadata(path: &str) -> bool {
    matches!(
        classify::name(path),
        "PKG-INFO"
            | "METADATA"
            | "WHEEL"
            | "RECORD"
            | "entry_points.txt"
            | "requires.txt"
            | "pyproject.toml"
            | "hatch.toml"
            | "setup.cfg"
            | "top_level.txt"
    )
}
