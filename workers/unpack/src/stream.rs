//! Compressed streams to chunks: gzip, bzip2, xz, lzma, zstd, each to the last byte of the input.

use std::io::Read;
use std::ops::ControlFlow;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::{Format, sniff};

const CHUNK: usize = 256 * 1024;
/// Dictionaries of `xz -9` and of `zstd --long` are within; larger ones are refused before they are allocated.
pub(crate) const DICTIONARY_KIB: u32 = 160 * 1024;
const ZSTD_WINDOW: u64 = 128 * 1024 * 1024;

/// How a stream ended.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// Bytes of input that belong to the stream; what follows is trailing data.
    pub(crate) consumed: usize,
    /// Streams or gzip members that were read, one after another.
    pub(crate) streams: u64,
    pub(crate) problem: Option<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Truncated,
    Corrupt(String),
    /// The content does not have the checksum or the size that the trailer tells.
    Checksum(String),
    Unsupported(String),
    /// The reader wanted no more.
    Stopped,
}

impl Problem {
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Truncated => "the stream ends early".to_owned(),
            Self::Corrupt(detail) | Self::Checksum(detail) | Self::Unsupported(detail) => detail.clone(),
            Self::Stopped => "a limit stopped the reading".to_owned(),
        }
    }
}

pub(crate) type Push<'a> = &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>;

/// Decoders of zstd move what they look back on while it grows.
const ZSTD_COPIES: u64 = 3;

/// Bytes that a decoder may keep beside the chunks it gives, taken from the first stream: one that follows and wants more
/// is refused.
pub(crate) fn window(format: Format, input: &[u8]) -> u64 {
    const LEAST: u64 = 16 * 1024 * 1024;
    let told = match format {
        Format::Xz if sniff::is_xz(input) => xz_dictionary(input),
        Format::Xz => input.get(1..5).map(|size| u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]))),
        Format::Zstd => zstd_window(input),
        Format::Bzip2 => return LEAST / 2,
        Format::Gzip | Format::Zip | Format::Tar | Format::Plain => return 0,
    };
    let (most, copies) = match format {
        Format::Zstd => (ZSTD_WINDOW, ZSTD_COPIES),
        _ => (u64::from(DICTIONARY_KIB) * 1024, 1),
    };
    told.unwrap_or(0).clamp(LEAST, most) * copies
}

/// The dictionary of the first block.
fn xz_dictionary(input: &[u8]) -> Option<u64> {
    const LZMA2: u64 = 0x21;
    let flags = *input.get(13).filter(|_| input[12] != 0)?;
    let mut at = 14;
    let mut number = || {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = *input.get(at)?;
            at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    for _ in 0..(flags >> 6).count_ones() {
        number()?;
    }
    for _ in 0..=flags & 3 {
        let (id, length) = (number()?, number()?);
        let first = number().unwrap_or(0);
        if id == LZMA2 {
            return Some(if first >= 40 { u64::MAX } else { (2 | first & 1) << (first / 2 + 11) });
        }
        // The properties of the filters that may stand before it have one byte, or four, or none.
        for _ in 1..length.min(8) {
            number()?;
        }
    }
    None
}

/// What the first frame with content looks back on.
fn zstd_window(mut input: &[u8]) -> Option<u64> {
    while sniff::is_skippable(input) {
        let length = u32::from_le_bytes([input[4], input[5], input[6], input[7]]) as usize;
        input = input.get(length.checked_add(8)?..)?;
    }
    let descriptor = *input.get(4)?;
    if descriptor & 0x20 == 0 {
        let byte = *input.get(5)?;
        let base = 1_u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * u64::from(byte & 7));
    }
    let at = 5 + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let length = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let size = input.get(at..at + length)?.iter().rev().fold(0, |size, byte| size << 8 | u64::from(*byte));
    Some(if length == 2 { size + 256 } else { size })
}

/// Decompresses a whole stream, chunk by chunk. The chunks that come before a problem were handed on.
pub(crate) fn decode(format: Format, input: &[u8], push: Push<'_>) -> Ending {
    let window = window(format, input);
    let dictionary_kib = u32::try_from(window / 1024).unwrap_or(u32::MAX).min(DICTIONARY_KIB).saturating_add(1024);
    let mut ending = Ending::default();
    loop {
        let rest = &input[ending.consumed..];
        let outcome = match format {
            Format::Gzip => gzip_member(rest, push),
            Format::Bzip2 => bzip2_stream(rest, push),
            Format::Xz if sniff::is_xz(rest) => {
                read_with(rest, push, |input| Ok(lzma_rust2::XzReader::new_mem_limit(input, false, dictionary_kib)))
            }
            Format::Xz => {
                read_with(rest, push, |input| lzma_rust2::LzmaReader::new_mem_limit(input, dictionary_kib, None))
            }
            Format::Zstd => zstd_frame(rest, window / ZSTD_COPIES, push),
            Format::Zip | Format::Tar | Format::Plain => Err((0, Problem::Unsupported("no stream".to_owned()))),
        };
        match outcome {
            Ok(consumed) => {
                ending.consumed = ending.consumed.saturating_add(consumed.max(1)).min(input.len());
                ending.streams += 1;
            }
            Err((consumed, problem)) => {
                ending.consumed = ending.consumed.saturating_add(consumed).min(input.len());
                ending.problem = Some(problem);
                return ending;
            }
        }
        // Streams may follow each other, with zeros between them.
        let rest = &input[ending.consumed..];
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        let next = &rest[zeros..];
        let more = match format {
            Format::Gzip => sniff::is_gzip(next),
            Format::Bzip2 => sniff::is_bzip2(next),
            Format::Xz => sniff::is_xz(next),
            Format::Zstd => sniff::is_zstd(next) || sniff::is_skippable(next),
            Format::Zip | Format::Tar | Format::Plain => false,
        };
        if more || next.is_empty() {
            ending.consumed += zeros;
        }
        if !more {
            return ending;
        }
    }
}

pub(crate) type Outcome = Result<usize, (usize, Problem)>;

/// Extra field, name and comment in the header of a gzip member.
pub(crate) fn gzip_fields(input: &[u8]) -> [&[u8]; 3] {
    let mut fields: [&[u8]; 3] = [&[]; 3];
    let Some(end) = gzip_header(input) else { return fields };
    let flags = input[3];
    let mut at = 10usize;
    if flags & 4 != 0 {
        let length = usize::from(u16::from_le_bytes([input[at], input[at + 1]]));
        fields[0] = &input[at + 2..at + 2 + length];
        at += 2 + length;
    }
    for (index, bit) in [(1, 8), (2, 16)] {
        if flags & bit != 0 {
            let length = memchr::memchr(0, &input[at..end]).unwrap_or(0);
            fields[index] = &input[at..at + length];
            at += length + 1;
        }
    }
    fields
}

/// What no compressor writes into the header of a gzip member.
pub(crate) fn gzip_oddities(input: &[u8]) -> Vec<String> {
    let Some(end) = gzip_header(input) else { return Vec::new() };
    let [extra, name, comment] = gzip_fields(input);
    let mut odd = Vec::new();
    if input[3] & 0xe0 != 0 {
        odd.push("flags that mean nothing, and that readers refuse".to_owned());
    }
    if input[3] & 2 != 0 {
        let told = u16::from_le_bytes([input[end - 2], input[end - 1]]);
        let mut checksum = Crc::new();
        checksum.update(&input[..end - 2]);
        if u32::from(told) != checksum.sum() & 0xffff {
            odd.push("the header tells another checksum than it has".to_owned());
        }
    }
    if extra.len() > 32 {
        odd.push(format!("an extra field of {} bytes", extra.len()));
    }
    if sniff::calls(name)
        || name.iter().any(u8::is_ascii_control)
        || name.split(|byte| b"/\\".contains(byte)).any(|part| part == b"..")
    {
        odd.push(format!("a name {:?}", String::from_utf8_lossy(&name[..name.len().min(100)])));
    }
    if comment.iter().any(|byte| byte.is_ascii_control() && !b"\n\r\t".contains(byte)) {
        odd.push("a comment with control characters".to_owned());
    }
    odd
}

/// Length of a gzip header, `None` when it is cut short or no gzip.
fn gzip_header(input: &[u8]) -> Option<usize> {
    if input.len() < 10 || !sniff::is_gzip(input) {
        return None;
    }
    let flags = input[3];
    let mut at = 10usize;
    if flags & 4 != 0 {
        let length = usize::from(u16::from_le_bytes([*input.get(at)?, *input.get(at + 1)?]));
        at = at.checked_add(2 + length)?;
    }
    for bit in [8, 16] {
        if flags & bit != 0 {
            at = at.checked_add(memchr::memchr(0, input.get(at..)?)? + 1)?;
        }
    }
    if flags & 2 != 0 {
        at = at.checked_add(2)?;
    }
    (at <= input.len()).then_some(at)
}

fn gzip_member(input: &[u8], push: Push<'_>) -> Outcome {
    if input.get(2).is_some_and(|method| *method != 8) {
        return Err((0, Problem::Unsupported(format!("gzip method {}", input[2]))));
    }
    let Some(mut at) = gzip_header(input) else { return Err((0, Problem::Truncated)) };
    let mut inflate = Decompress::new(false);
    let mut checksum = Crc::new();
    let mut buffer = vec![0u8; CHUNK];
    loop {
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(&input[at..], &mut buffer, FlushDecompress::None);
        let read = usize::try_from(inflate.total_in() - before_in).unwrap_or(usize::MAX);
        let written = usize::try_from(inflate.total_out() - before_out).unwrap_or(usize::MAX);
        at = at.saturating_add(read).min(input.len());
        // What came before an error is seen by readers that take small bites.
        let chunk = buffer.get(..written).unwrap_or(&buffer);
        checksum.update(chunk);
        if push(chunk).is_break() {
            return Err((at, Problem::Stopped));
        }
        let status = status.map_err(|error| (at, Problem::Corrupt(error.to_string())))?;
        if status == Status::StreamEnd {
            break;
        }
        if read == 0 && written == 0 {
            return Err((at, Problem::Truncated));
        }
    }
    let Some(trailer) = input.get(at..at.saturating_add(8)) else { return Err((at, Problem::Truncated)) };
    at += 8;
    let expected = u32::from_le_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
    let size = u32::from_le_bytes([trailer[4], trailer[5], trailer[6], trailer[7]]);
    if expected != checksum.sum() || size != checksum.amount() {
        return Err((at, Problem::Checksum("the gzip trailer tells another checksum or size".to_owned())));
    }
    Ok(at)
}

fn bzip2_stream(input: &[u8], push: Push<'_>) -> Outcome {
    let mut decoder = bzip2::Decompress::new(false);
    let mut buffer = vec![0u8; CHUNK];
    let mut at = 0usize;
    loop {
        let (before_in, before_out) = (decoder.total_in(), decoder.total_out());
        let status = decoder.decompress(&input[at..], &mut buffer);
        let read = usize::try_from(decoder.total_in() - before_in).unwrap_or(usize::MAX);
        let written = usize::try_from(decoder.total_out() - before_out).unwrap_or(usize::MAX);
        at = at.saturating_add(read).min(input.len());
        if push(buffer.get(..written).unwrap_or(&buffer)).is_break() {
            return Err((at, Problem::Stopped));
        }
        let status = status.map_err(|error| (at, Problem::Corrupt(format!("bzip2: {error}"))))?;
        if status == bzip2::Status::StreamEnd {
            return Ok(at);
        }
        if read == 0 && written == 0 {
            return Err((at, Problem::Truncated));
        }
    }
}

fn zstd_frame(input: &[u8], window: u64, push: Push<'_>) -> Outcome {
    if sniff::is_skippable(input) {
        let length = u32::from_le_bytes([input[4], input[5], input[6], input[7]]) as usize;
        return length.checked_add(8).filter(|end| *end <= input.len()).ok_or((input.len(), Problem::Truncated));
    }
    read_with(input, push, |input| {
        ruzstd::decoding::StreamingDecoder::new_with_max_window_size(input, window.min(ZSTD_WINDOW))
            .map_err(|error| std::io::Error::other(error.to_string()))
    })
}

/// Drives a decoder that reads; it takes from the input no more than its stream.
pub(crate) fn read_with<'input, R: Read>(
    input: &'input [u8],
    push: Push<'_>,
    open: impl FnOnce(Counted<'input>) -> std::io::Result<R>,
) -> Outcome {
    let left = std::rc::Rc::new(std::cell::Cell::new(input.len()));
    let consumed = || input.len() - left.get();
    let problem = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Problem::Truncated,
        std::io::ErrorKind::OutOfMemory | std::io::ErrorKind::Unsupported => Problem::Unsupported(error.to_string()),
        _ => Problem::Corrupt(error.to_string()),
    };
    let mut reader = open(Counted { input, left: left.clone() }).map_err(|error| (consumed(), problem(&error)))?;
    let mut buffer = vec![0u8; CHUNK];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(consumed()),
            Ok(read) => {
                if push(&buffer[..read]).is_break() {
                    return Err((consumed(), Problem::Stopped));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err((consumed(), problem(&error))),
        }
    }
}

/// A slice that tells how much of it was read, after the decoder has swallowed it.
pub(crate) struct Counted<'a> {
    input: &'a [u8],
    left: std::rc::Rc<std::cell::Cell<usize>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left.set(self.input.len());
        Ok(read)
    }
}
