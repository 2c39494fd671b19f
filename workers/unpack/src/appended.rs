//! What stands behind the end of a picture, or in the middle of a text: archives and code that a viewer does not show.
//!
//! A zip is found from the end of a file and read by `zip`; what is looked for here must be known to begin somewhere.

use std::ops::ControlFlow;

use memchr::memmem;

use crate::session::{Session, Site};
use crate::{Format, Member, nested, sniff, stream, tar};

/// Less than this behind a picture is padding or a thumbnail's end.
const LEAST: usize = 16;
/// A text begins with as many bytes that are text.
const HEAD: usize = 24;
/// Places that are tried in one member.
const PLACES: usize = 4;

/// Looks behind pictures and into texts.
pub(crate) fn look(session: &mut Session<'_>, member: &Member) {
    let bytes = member.data.as_slice();
    if member.path.contains("<appended@") {
        return;
    }
    let (carrier, from) = match end_of_picture(bytes) {
        Some(end) if end + LEAST <= bytes.len() => ("a picture", end),
        Some(_) => return,
        None if bytes.starts_with(b"%PDF") => ("a document", 1),
        None if is_text(&bytes[..bytes.len().min(HEAD)]) && bytes[0] != 0 && !is_text(bytes) => ("text", 1),
        None => return,
    };
    let places = archives(&bytes[from..]);
    let site = Site { prefix: format!("{}!/", member.path), nesting: member.nesting };
    let behind = carrier == "a picture" && bytes[from..].iter().any(|byte| *byte != 0);
    if places.is_empty() && behind && is_text(&bytes[from..]) {
        nested::hidden(session, &bytes[from..], "appended", from as u64, &site, member.format);
    }
    for (at, format) in places {
        let detail = format!("a {} stands behind {carrier}", format.as_str());
        session.anomaly("appended-archive", &member.path, detail, format);
        let at = from + at;
        nested::hidden(session, &bytes[at..], "appended", at as u64, &site, member.format);
    }
}

/// No zeros, but at the end, and no controls but those of texts.
fn is_text(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    // Every source and every page comes by here: whole runs are tested without a branch for each byte.
    bytes[..end].chunks(256).all(|run| run.iter().fold(true, |text, byte| text & sniff::is_text(*byte)))
}

/// Where compressed streams and tars begin that can really be read.
fn archives(bytes: &[u8]) -> Vec<(usize, Format)> {
    let mut found: Vec<(usize, Format)> = Vec::new();
    let begins = sniff::formats(bytes).first().map(|format| (0, *format));
    let streams =
        sniff::streams_within(bytes).into_iter().filter_map(|at| Some((at, *sniff::formats(&bytes[at..]).first()?)));
    let tars = memmem::find_iter(bytes, b"ustar").take(64).filter_map(|at| at.checked_sub(257));
    let tars = tars.filter(|at| tar::looks_like(&bytes[*at..])).take(1).map(|at| (at, Format::Tar));
    for (at, format) in begins.into_iter().chain(streams).chain(tars) {
        if found.len() < PLACES && !found.iter().any(|(known, _)| *known == at) && opens(&bytes[at..], format) {
            found.push((at, format));
        }
    }
    found
}

/// A stream gives something, and nothing is wrong so far.
fn opens(bytes: &[u8], format: Format) -> bool {
    if matches!(format, Format::Tar | Format::Zip | Format::Plain) {
        return format == Format::Tar;
    }
    let mut some = false;
    let ending = stream::decode(format, bytes, &mut |chunk| {
        some |= !chunk.is_empty();
        if some { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    some && matches!(ending.problem, None | Some(stream::Problem::Stopped))
}

/// Where a picture says that it ends; `None` when it is none, or is cut.
fn end_of_picture(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        png(bytes)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        gif(bytes)
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        jpeg(bytes)
    } else {
        None
    }
}

/// Chunks of length, kind, data and checksum, to the one that is called the end.
fn png(bytes: &[u8]) -> Option<usize> {
    let mut at = 8usize;
    loop {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        at = at.checked_add(length)?.checked_add(12)?;
        if &head[4..8] == b"IEND" {
            return (at <= bytes.len()).then_some(at);
        }
    }
}

/// A table of colours, then blocks, to a semicolon.
fn gif(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 != 0 { 3usize << ((flags & 7) + 1) } else { 0 };
    let mut at = 13usize.checked_add(table(*bytes.get(10)?))?;
    loop {
        match bytes.get(at)? {
            b';' => return Some(at + 1),
            b'!' => at += 2,
            b',' => at = at.checked_add(11)?.checked_add(table(*bytes.get(at + 9)?))?,
            _ => return None,
        }
        // Parts of up to 255 bytes, to an empty one.
        loop {
            let length = usize::from(*bytes.get(at)?);
            at = at.checked_add(1 + length)?;
            if length == 0 {
                break;
            }
        }
    }
}

/// Segments with a length each, then coded data in which a mark is written twice, to the mark of the end.
fn jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2usize;
    loop {
        at = at.checked_add(memchr::memchr(0xff, bytes.get(at..)?)?)?;
        match bytes.get(at.checked_add(1)?)? {
            0xd9 => return Some(at + 2),
            0xff => at += 1,
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = bytes.get(at + 2..at + 4)?;
                at = at.checked_add(2 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2))?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_end_where_they_say() {
        let chunk = |kind: &[u8], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], kind, data, &[0; 4]].concat();
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", b"x"), &chunk(b"IEND", b"")].concat();
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0abcdef!\xfe\x03abc\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec();
        let jpeg = b"\xff\xd8\xff\xe0\0\x04\xff\xd9\xff\xda\0\x02ab\xff\0\xff\xd0c\xff\xd9".to_vec();
        for picture in [png, gif, jpeg] {
            let with = [&picture[..], b"behind it"].concat();
            assert_eq!(end_of_picture(&with), Some(picture.len()), "{picture:?}");
            assert_eq!(end_of_picture(&picture[..picture.len() - 1]), None, "{picture:?}");
        }
        assert_eq!(end_of_picture(b"GIF89a=1"), None);
        assert_eq!(end_of_picture(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIEND"), None);
    }
}
