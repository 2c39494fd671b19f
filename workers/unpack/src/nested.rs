//! Archives inside archives, and what a member or an artifact is opened as.

use model::{Digest, GapKind};
use std::ops::ControlFlow;

use crate::session::{Session, Site, Standing, grow};
use crate::stream::Problem;
use crate::{Format, Kind, Member, Readings, appended, sniff, stream, tar, zip};

/// Opens a member that is an archive. Read before the member itself is handed over, so that it need not be copied.
pub(crate) fn descend(session: &mut Session<'_>, member: &Member) {
    let bytes = member.data.as_slice();
    if bytes.len() < 18 {
        return;
    }
    let formats = sniff::formats(bytes);
    if formats.is_empty() {
        if let Some(name) = sniff::unsupported(bytes) {
            session.anomaly("unsupported-archive", &member.path, name, member.format);
            if !is_aside(&member.path) {
                session.gap(GapKind::Unsupported, &member.path, format!("{name} archives are not opened"));
            }
        }
        session.hold(bytes.len() as u64, |session| appended::look(session, member));
        return;
    }
    match session.places_of(Digest::of(bytes), &member.path) {
        Standing::Here => return,
        Standing::TooOften => {
            let detail = "the same archive lies in more folders than it is read in";
            session.anomaly("nested-limit", &member.path, detail, formats[0]);
            if !is_aside(&member.path) {
                session.gap(GapKind::Limit, &member.path, detail);
            }
            return;
        }
        Standing::New => {}
    }
    if member.nesting >= session.limits.nesting {
        let detail = format!("archives are nested more than {} deep", session.limits.nesting);
        session.anomaly("nested-limit", &member.path, detail.as_str(), formats[0]);
        session.gap(GapKind::Limit, &member.path, detail);
        return;
    }
    let site = Site { prefix: format!("{}!/", member.path), nesting: member.nesting + 1 };
    session.hold(bytes.len() as u64, |session| open(session, bytes, &site, &formats));
}

/// Reads bytes in every format in which they can be opened.
pub(crate) fn open(session: &mut Session<'_>, bytes: &[u8], site: &Site, formats: &[Format]) {
    if formats.len() > 1 {
        let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
        session.anomaly("polyglot", site.archive(), format!("opens as {}", names.join(" and as ")), formats[0]);
    }
    for format in formats {
        if session.stopped() {
            return;
        }
        match format {
            Format::Zip => zip::read(session, bytes, site),
            Format::Tar => tar::read(session, bytes, None, site),
            Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd => compressed(session, bytes, *format, site),
            Format::Plain => {}
        }
    }
}

/// Streams of one artifact; a builder writes one, tools that compress in parallel some hundreds.
const STREAMS: u64 = 5000;
/// A name, a comment or an extra field in a gzip header in which something could be kept.
const FIELD: usize = 64;

/// A compressed tar, or a compressed anything.
fn compressed(session: &mut Session<'_>, bytes: &[u8], format: Format, site: &Site) {
    if format == Format::Gzip {
        for odd in stream::gzip_oddities(bytes) {
            session.anomaly("stream-header", site.archive(), odd, format);
        }
        for field in stream::gzip_fields(bytes).into_iter().filter(|field| field.len() > FIELD || sniff::calls(field)) {
            let detail = format!("{} bytes in the header of the stream", field.len());
            session.anomaly("comment", site.archive(), detail, format);
            hidden(session, field, "comment", 10, site, format);
        }
    }
    let window = stream::window(format, bytes);
    if window > session.free() {
        let detail = format!("a dictionary of {window} bytes");
        session.gap(GapKind::Limit, site.archive(), detail);
        return;
    }
    session.hold(window, |session| decompressed(session, bytes, format, site));
}

fn decompressed(session: &mut Session<'_>, bytes: &[u8], format: Format, site: &Site) {
    let mut head = Vec::new();
    let peek = stream::decode(format, bytes, &mut |chunk| {
        head.extend_from_slice(&chunk[..chunk.len().min(1024)]);
        if head.len() >= 512 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if head.is_empty() && peek.problem.is_some() {
        broken(session, &peek.problem, site, format);
        return;
    }
    if tar::looks_like(&head) {
        tar::read(session, bytes, Some(format), site);
        return;
    }
    let limit = session.stream_room();
    let mut data = Vec::new();
    let mut over = false;
    let ending = stream::decode(format, bytes, &mut |chunk| {
        let room = limit.saturating_sub(data.len() as u64);
        let take = chunk.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        grow(&mut data, take, 0);
        data.extend_from_slice(&chunk[..take]);
        over = take < chunk.len();
        if over || !session.spend(take as u64, site.archive(), format) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let path = site.path(inner_name(site.archive()));
    if over {
        let detail = format!("unpacks to more than {limit} bytes");
        session.anomaly("bomb", &path, detail.as_str(), format);
        session.gap(GapKind::Limit, &path, detail);
    }
    after_stream(session, bytes, &ending, site, format);
    session.deliver(Member {
        path,
        kind: Kind::File,
        data,
        readings: Readings::DIRECTORY.and(Readings::STREAM),
        ambiguous: false,
        nesting: site.nesting,
        format,
        executable: false,
        sha256: None,
    });
}

/// Reports how a compressed stream ended, and hands over what follows it.
pub(crate) fn after_stream(
    session: &mut Session<'_>,
    bytes: &[u8],
    ending: &stream::Ending,
    site: &Site,
    format: Format,
) {
    broken(session, &ending.problem, site, format);
    if ending.problem.is_some() && !matches!(ending.problem, Some(Problem::Checksum(_))) {
        return;
    }
    if ending.streams > STREAMS && site.is_outer() {
        let detail = format!("{} streams follow each other", ending.streams);
        session.anomaly("bomb", site.archive(), detail, format);
    }
    if ending.streams > 1 {
        let detail = format!("{} streams follow each other", ending.streams);
        session.anomaly("several-streams", site.archive(), detail, format);
    }
    let rest = &bytes[ending.consumed..];
    if !rest.is_empty() {
        let detail = format!("{} bytes follow the compressed stream", rest.len());
        session.anomaly("trailing-data", site.archive(), detail, format);
        hidden(session, rest, "trailing-data", ending.consumed as u64, site, format);
    }
}

fn broken(session: &mut Session<'_>, problem: &Option<Problem>, site: &Site, format: Format) {
    let Some(problem) = problem else { return };
    let (kind, gap) = match problem {
        Problem::Stopped => return,
        Problem::Truncated => ("truncated", GapKind::Corrupt),
        Problem::Corrupt(_) => ("corrupt", GapKind::Corrupt),
        Problem::Checksum(_) => ("crc-mismatch", GapKind::Corrupt),
        Problem::Unsupported(_) => ("unsupported-method", GapKind::Unsupported),
    };
    damaged(session, kind, gap, site.archive(), &problem.detail(), site, format);
}

/// Something in an archive cannot be read. In a nested archive aside from the code this is a test's fixture: it is
/// told, but the artifact is not incomplete for it.
pub(crate) fn damaged(
    session: &mut Session<'_>,
    kind: &'static str,
    gap: GapKind,
    member: &str,
    detail: &str,
    site: &Site,
    format: Format,
) {
    if site.is_outer() {
        session.anomaly(kind, member, detail, format);
        session.gap(gap, member, detail);
    } else {
        session.anomaly("nested-corrupt", member, format!("{kind}: {detail}"), format);
        if !is_aside(site.archive()) {
            session.gap(gap, member, format!("nested archive, {kind}: {detail}"));
        }
    }
}

/// Bytes that no ordinary reader shows, as a member of their own, opened if they are an archive.
pub(crate) fn hidden(session: &mut Session<'_>, bytes: &[u8], what: &str, offset: u64, site: &Site, format: Format) {
    if let Some(member) = hidden_member(session, bytes, what, offset, site, format) {
        session.deliver(member);
    }
    if sniff::formats(bytes).is_empty() {
        // Whoever keeps something there knows where it begins.
        for at in sniff::streams_within(bytes).into_iter().take(INSIDE) {
            let begins = offset.saturating_add(at as u64);
            if let Some(member) = hidden_member(session, &bytes[at..], what, begins, site, format) {
                session.deliver(member);
            }
        }
        texts(session, bytes, what, offset, site, format);
    }
}

/// Text between bytes that are none: a header that was cut off, padding, another archive's remains. Whoever keeps code
/// there knows where it begins.
fn texts(session: &mut Session<'_>, bytes: &[u8], what: &str, offset: u64, site: &Site, format: Format) {
    let mut at = 0usize;
    let mut found = 0;
    while at < bytes.len() && found < TEXTS {
        let run = bytes[at..].iter().take_while(|byte| sniff::is_text(**byte)).count();
        let text = &bytes[at..at + run];
        let whole = run + 512 > bytes.len() && at == 0;
        if run >= TEXT && !whole && text.contains(&b'(') && memchr::memchr2(b'\n', b';', text).is_some() {
            found += 1;
            if let Some(member) = hidden_member(session, text, what, offset.saturating_add(at as u64), site, format) {
                session.deliver_closed(member);
            }
        }
        at += run + 1;
    }
}

/// Texts in one hidden region that are handed over by themselves, and how long one is at least.
const TEXTS: usize = 8;
const TEXT: usize = 24;

/// Beginnings of streams that are tried in one hidden region.
const INSIDE: usize = 4;

/// As [`hidden`], but the members in these bytes were found by other means.
pub(crate) fn hidden_closed(
    session: &mut Session<'_>,
    bytes: &[u8],
    what: &str,
    offset: u64,
    site: &Site,
    format: Format,
) {
    if let Some(member) = hidden_member(session, bytes, what, offset, site, format) {
        session.deliver_closed(member);
    }
    texts(session, bytes, what, offset, site, format);
}

fn hidden_member(
    session: &mut Session<'_>,
    bytes: &[u8],
    what: &str,
    offset: u64,
    site: &Site,
    format: Format,
) -> Option<Member> {
    let limit = usize::try_from(session.member_room()).unwrap_or(usize::MAX);
    let path = site.path(&format!("<{what}@{offset}>"));
    // Blocks are filled up with zeros, which are no part of a text.
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let bytes = &bytes[..if end + 512 > bytes.len() && sniff::formats(bytes).is_empty() { end } else { bytes.len() }];
    if bytes.len() > limit {
        session.gap(GapKind::Limit, &path, format!("more than {limit} bytes"));
    }
    let data = bytes[..bytes.len().min(limit)].to_vec();
    session.spend(data.len() as u64, &path, format).then_some(Member {
        path,
        kind: Kind::File,
        data,
        readings: Readings::HIDDEN,
        ambiguous: true,
        nesting: site.nesting,
        format,
        executable: false,
        sha256: None,
    })
}

/// Tests, documentation and examples: places where honest projects keep broken archives.
pub(crate) fn is_aside(path: &str) -> bool {
    path.split('/').any(|part| {
        let part = part.trim_start_matches('_').to_ascii_lowercase();
        part.starts_with("test")
            || part.ends_with("tests")
            || part.ends_with("_test")
            || matches!(
                part.as_str(),
                "doc" | "docs" | "example" | "examples" | "fixtures" | "samples" | "fuzz" | "corpus"
            )
    })
}

/// `data.json.gz` holds `data.json`.
fn inner_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty() && matches!(extension, "gz" | "bz2" | "xz" | "zst" | "lzma" | "zstd" | "GZ" | "Z") =>
        {
            stem
        }
        _ => "content",
    }
}
