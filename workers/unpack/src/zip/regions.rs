//! What lies before, between and behind the entries: hidden headers, payloads, other archives.

use memchr::memmem;

use super::directory::{Directory, LOCAL};
use super::{Reader, local};
use crate::{Format, Readings, nested, sniff};

/// Hidden headers that are tried in one archive. An attacker can write a million magics; nobody reads so many.
const HIDDEN_HEADERS: usize = 4096;

impl Reader<'_, '_, '_> {
    /// Looks into every region that no entry, directory or end record takes.
    pub(super) fn between(&mut self, mut taken: Vec<(usize, usize)>, primary: &Directory) {
        taken.sort_unstable();
        let mut reach = 0usize;
        for (start, end) in taken {
            if start > reach && !self.session.stopped() {
                let kind = if reach == 0 { "prefix-data" } else { "gap-data" };
                // The marker of a split archive that has one part is harmless.
                let marker = reach == 0 && start == 4 && self.bytes.starts_with(b"PK");
                if !marker && (!self.appended || reach != 0) {
                    self.region(reach, start, Some(kind), false);
                }
            }
            reach = reach.max(end);
        }
        let end = primary.record.end.max(reach);
        if end < self.bytes.len() && !self.appended {
            self.region(end, self.bytes.len(), Some("trailing-data"), false);
        }
    }

    pub(super) fn comment(&mut self, primary: &Directory) {
        let (start, end) = (primary.record.at + 22, primary.record.end.min(self.bytes.len()));
        if start < end && !self.session.stopped() {
            let comment = &self.bytes[start..end];
            let text = String::from_utf8_lossy(&comment[..comment.len().min(100)]).into_owned();
            self.anomaly("comment", format!("{} bytes: {text:?}", comment.len()));
            if !sniff::formats(comment).is_empty() {
                self.anomaly("appended-archive", "an archive stands in the comment");
            }
            nested::hidden(self.session, comment, "comment", start as u64, self.site, Format::Zip);
        }
    }

    /// Reads hidden entries in a region and hands over the region itself.
    pub(super) fn region(&mut self, start: usize, end: usize, kind: Option<&'static str>, behind_member: bool) {
        let bytes = &self.bytes[start..end];
        // Padding: alignment tools write zeros, copies end with a line break.
        if bytes.iter().all(|byte| *byte == 0) || bytes.len() <= 2 && bytes.iter().all(|byte| b"\r\n\0".contains(byte))
        {
            return;
        }
        // An application in a zip names its interpreter in a first line.
        if kind == Some("prefix-data") && start == 0 && is_shebang(bytes) {
            return;
        }
        if let Some(kind) = kind {
            self.anomaly(kind, format!("{} bytes at {start}", bytes.len()));
        }
        let whole = (kind.is_some() || behind_member)
            && sniff::formats(bytes).iter().any(|format| match format {
                Format::Zip => super::has_directory(bytes, false),
                _ => true,
            });
        if !whole {
            self.headers(start, end, kind.is_some() || behind_member);
        }
        if kind.is_some() || behind_member {
            let what = kind.unwrap_or("member-trailing-data");
            if whole {
                nested::hidden(self.session, bytes, what, start as u64, self.site, Format::Zip);
            } else {
                nested::hidden_closed(self.session, bytes, what, start as u64, self.site, Format::Zip);
            }
        }
    }

    fn headers(&mut self, start: usize, end: usize, hidden: bool) {
        let mut at = start;
        while let Some(hit) = self.bytes.get(at..end).and_then(|rest| memmem::find(rest, LOCAL)) {
            let header = at + hit;
            at = header + 4;
            if self.session.stopped() {
                return;
            }
            at = self.walk_as(header, end, hidden).max(at);
        }
    }

    /// Follows local headers as a streaming reader does, until one that is known or none at all.
    pub(super) fn walk(&mut self, start: usize, end: usize) {
        self.walk_as(start, end, true);
    }

    fn walk_as(&mut self, start: usize, end: usize, hidden: bool) -> usize {
        let mut at = start;
        while at < end && !self.session.stopped() && !self.known.contains(&at) {
            let Some(local) = local::header(self.bytes, at) else { break };
            let plausible = matches!(local.method, 0 | 8 | 12 | 14 | 20 | 93 | 95) && !local.name.is_empty();
            if !plausible || self.walked.len() >= HIDDEN_HEADERS || !self.walked.insert(at) {
                if self.walked.len() >= HIDDEN_HEADERS {
                    let archive = self.site.archive();
                    let detail = format!("more than {HIDDEN_HEADERS} hidden headers");
                    self.session.gap(model::GapKind::Limit, archive, detail);
                }
                break;
            }
            let readings = if hidden { Readings::STREAM.and(Readings::HIDDEN) } else { Readings::STREAM };
            let next = self.by_local(&local, readings, None);
            if next <= local.data && !(local.packed == 0 && local.method == 0) {
                break;
            }
            if hidden {
                let path = self.site.path(&super::entries::lossy(local.name));
                let detail = format!("a local header at {at} that no directory lists");
                self.session.anomaly("hidden-local-entry", &path, detail, Format::Zip);
            }
            at = next.max(at + 4);
        }
        at
    }
}

/// One line that names an interpreter, and nothing behind it.
fn is_shebang(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!") && bytes.len() <= 256 && memchr::memchr(b'\n', bytes) == Some(bytes.len() - 1)
}
