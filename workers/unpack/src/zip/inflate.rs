//! The data of one entry, unpacked by any method that some installer has.

use std::ops::ControlFlow;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::Format;
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

    /// Unpacks at most `limit` bytes. `declared` is only a hint; memory grows with what really comes.
    pub(super) fn unpack(&mut self, method: u16, input: &[u8], declared: u64, limit: u64) -> Inflated {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut inflated = match method {
            0 => {
                let data = input[..input.len().min(limit)].to_vec();
                Inflated { over: input.len() > limit, consumed: data.len(), data, crc: 0, problem: None }
            }
            8 => self.deflate(input, declared, limit),
            12 => by_stream(Format::Bzip2, input, limit),
            14 => lzma(input, declared, limit),
            // 20 was the number of zstd for a year, and readers still know it.
            20 | 93 => by_stream(Format::Zstd, input, limit),
            95 => by_stream(Format::Xz, input, limit),
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
        let start = hint.saturating_add(16).min(input.len().saturating_mul(8)).clamp(64, limit.max(64));
        let mut data: Vec<u8> = Vec::with_capacity(start);
        let mut problem = None;
        loop {
            if data.len() == data.capacity() {
                if data.len() > limit {
                    break;
                }
                data.reserve(data.len().min(limit - data.len()).max(64));
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
        let consumed = usize::try_from(self.deflate.total_in()).unwrap_or(usize::MAX).min(input.len());
        Inflated { data, crc: 0, consumed, over, problem }
    }
}

fn by_stream(format: Format, input: &[u8], limit: usize) -> Inflated {
    let mut data = Vec::new();
    let mut over = false;
    let ending = stream::decode(format, input, &mut |chunk| {
        let take = chunk.len().min(limit - data.len());
        data.extend_from_slice(&chunk[..take]);
        over = take < chunk.len();
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let problem = ending.problem.filter(|problem| *problem != Problem::Stopped);
    Inflated { data, crc: 0, consumed: ending.consumed, over, problem }
}

/// Method 14: a version, the length of the properties, the properties, then raw LZMA.
fn lzma(input: &[u8], declared: u64, limit: usize) -> Inflated {
    let mut inflated = Inflated { data: Vec::new(), crc: 0, consumed: 0, over: false, problem: None };
    let [_, _, 5, 0, properties, d0, d1, d2, d3, rest @ ..] = input else {
        inflated.problem = Some(Problem::Corrupt("lzma properties".to_owned()));
        return inflated;
    };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]);
    // A `.lzma` header says the same words in another order.
    let mut alone = Vec::with_capacity(rest.len() + 13);
    alone.push(*properties);
    alone.extend_from_slice(&dictionary.to_le_bytes());
    alone.extend_from_slice(&declared.to_le_bytes());
    alone.extend_from_slice(rest);
    inflated = by_stream(Format::Xz, &alone, limit);
    inflated.consumed = inflated.consumed.saturating_sub(4).min(input.len());
    inflated
}
