//! The data of one entry, unpacked by any method that some installer has.

use std::ops::ControlFlow;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::Format;
use crate::session::grow;
use crate::stream::{self, Problem};

pub(super) struct Inflater {
    deflate: Decompress,
}

pub(super) struct Inflated {
    pub(super) data: Vec<u8>,
    pub(super) crc: u32,
    /// Bytes of input up to the end that the method itself marks.
    pub(super) consumed: usize,
    /// There is more than `limit`.
    pub(super) over: bool,
    pub(super) problem: Option<Problem>,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { deflate: Decompress::new(false) }
    }

    /// Unpacks at most `limit` bytes. `declared` is only a hint, within what so many bytes can become; where it lies of
    /// much, the bytes are counted before they are kept, so that no more than one copy of them is there at a time.
    pub(super) fn unpack(&mut self, method: u16, input: &[u8], declared: u64, limit: u64) -> Inflated {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut inflated = match method {
            // There is no room for what its decoder looks back on.
            12 | 14 | 20 | 93 | 95 if limit == 0 && !input.is_empty() => {
                Inflated { data: Vec::new(), crc: 0, consumed: 0, over: true, problem: None }
            }
            0 => {
                let data = input[..input.len().min(limit)].to_vec();
                Inflated { over: input.len() > limit, consumed: data.len(), data, crc: 0, problem: None }
            }
            8 => self.deflate(input, declared, limit),
            12 => by_stream(Format::Bzip2, input, declared, limit),
            14 => lzma(input, declared, limit),
            // 20 was the number of zstd for a year, and readers still know it.
            20 | 93 => by_stream(Format::Zstd, input, declared, limit),
            95 => by_stream(Format::Xz, input, declared, limit),
            other => Inflated {
                data: Vec::new(),
                crc: 0,
                consumed: 0,
                over: false,
                problem: Some(Problem::Unsupported(format!("compression method {other}"))),
            },
        };
        let mut checksum = Crc::new();
        checksum.update(&inflated.data);
        inflated.crc = checksum.sum();
        inflated
    }

    fn deflate(&mut self, input: &[u8], declared: u64, limit: usize) -> Inflated {
        self.deflate.reset(false);
        let hint = usize::try_from(declared).unwrap_or(usize::MAX);
        let most = input.len().saturating_mul(DEFLATE_MOST).min(limit.saturating_add(1)).max(64);
        let mut data: Vec<u8> = Vec::with_capacity(hint.saturating_add(16).clamp(64, most));
        let mut problem = None;
        loop {
            if data.len() == data.capacity() {
                if data.len() > limit {
                    break;
                }
                if data.len() < SURE {
                    data.reserve(data.len().max(64));
                } else {
                    let length = data.len() + self.count(input, limit.saturating_add(1) - data.len());
                    data = Vec::with_capacity(length + 16);
                    self.deflate.reset(false);
                }
            }
            let consumed = usize::try_from(self.deflate.total_in()).unwrap_or(usize::MAX).min(input.len());
            let before = (self.deflate.total_in(), data.len());
            match self.deflate.decompress_vec(&input[consumed..], &mut data, FlushDecompress::None) {
                Ok(Status::StreamEnd) => break,
                Ok(_) => {
                    let stalled = before == (self.deflate.total_in(), data.len());
                    if stalled && data.len() < data.capacity() {
                        problem = Some(Problem::Truncated);
                        break;
                    }
                }
                Err(error) => {
                    problem = Some(Problem::Corrupt(error.to_string()));
                    break;
                }
            }
        }
        let over = data.len() > limit;
        data.truncate(limit);
        if data.capacity() / 4 > data.len() && data.capacity() > SURE {
            data.shrink_to_fit();
        }
        let consumed = usize::try_from(self.deflate.total_in()).unwrap_or(usize::MAX).min(input.len());
        Inflated { data, crc: 0, consumed, over, problem }
    }

    /// How many bytes are still to come, at most so many.
    fn count(&mut self, input: &[u8], most: usize) -> usize {
        let mut scratch = [0; 16 * 1024];
        let mut count = 0;
        while count < most {
            let (read, written) = (self.deflate.total_in(), self.deflate.total_out());
            let rest = input.get(usize::try_from(read).unwrap_or(usize::MAX)..).unwrap_or_default();
            let status = self.deflate.decompress(rest, &mut scratch, FlushDecompress::None);
            let came = usize::try_from(self.deflate.total_out() - written).unwrap_or(usize::MAX);
            count += came;
            if !matches!(status, Ok(Status::Ok)) || came == 0 && self.deflate.total_in() == read {
                break;
            }
        }
        count.min(most)
    }
}

/// The most that a byte of deflate can become.
const DEFLATE_MOST: usize = 1032;
/// Memory that is given without asking whether so much will come.
const SURE: usize = 1024 * 1024;

/// Bytes that the decoder of a method keeps beside what it gives.
pub(super) fn window(method: u16, input: &[u8]) -> u64 {
    match method {
        12 => stream::window(Format::Bzip2, input),
        // The properties stand behind a version and their length.
        14 => stream::window(Format::Xz, input.get(4..).unwrap_or_default()),
        20 | 93 => stream::window(Format::Zstd, input),
        95 => stream::window(Format::Xz, input),
        _ => 0,
    }
}

fn by_stream(format: Format, input: &[u8], declared: u64, limit: usize) -> Inflated {
    gathered(declared, limit, |push| stream::decode(format, input, push))
}

/// The chunks of a stream, put together.
fn gathered(declared: u64, limit: usize, decode: impl FnOnce(stream::Push<'_>) -> stream::Ending) -> Inflated {
    let expected = usize::try_from(declared).unwrap_or(usize::MAX).min(limit);
    let mut data = Vec::new();
    let mut over = false;
    let ending = decode(&mut |chunk| {
        let take = chunk.len().min(limit - data.len());
        grow(&mut data, take, expected);
        data.extend_from_slice(&chunk[..take]);
        over = take < chunk.len();
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let problem = ending.problem.filter(|problem| *problem != Problem::Stopped);
    Inflated { data, crc: 0, consumed: ending.consumed, over, problem }
}

/// Method 14: a version, the length of the properties, the properties, then raw LZMA.
fn lzma(input: &[u8], declared: u64, limit: usize) -> Inflated {
    let bad = |problem| Inflated { data: Vec::new(), crc: 0, consumed: 0, over: false, problem: Some(problem) };
    let [_, _, 5, 0, properties, d0, d1, d2, d3, rest @ ..] = input else {
        return bad(Problem::Corrupt("lzma properties".to_owned()));
    };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]);
    if dictionary / 1024 > stream::DICTIONARY_KIB {
        return bad(Problem::Unsupported(format!("a dictionary of {dictionary} bytes")));
    }
    let open = |input| lzma_rust2::LzmaReader::new_with_props(input, declared, *properties, dictionary, None);
    let mut inflated = gathered(declared, limit, |push| match stream::read_with(rest, push, open) {
        Ok(consumed) => stream::Ending { consumed, streams: 1, problem: None },
        Err((consumed, problem)) => stream::Ending { consumed, streams: 0, problem: Some(problem) },
    });
    inflated.consumed = inflated.consumed.saturating_add(9).min(input.len());
    inflated
}
