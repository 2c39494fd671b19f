//! Pictures as samples: what code sees that reads them pixel by pixel. Only PNG with eight bits a sample, row after row.

use std::io::Read;

/// The samples of a picture, rows from the top, those of one pixel side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// Samples of a pixel: 1 grey or the number of a colour, 2 grey and alpha, 3 red, green and blue, 4 with alpha.
    pub channels: usize,
    pub samples: Vec<u8>,
}

/// Reads a PNG. Of one with a palette there are two pictures: the numbers of the colours, and the colours.
///
/// `room`: bytes that all samples may have; asked before anything is unpacked. Nothing comes of what needs more, of what is
/// no PNG, is damaged in its first row, stands in seven passes, or has another number of bits. Checksums are not looked at:
/// many readers do not.
pub fn png(bytes: &[u8], room: usize) -> Vec<Picture> {
    read(bytes, room).unwrap_or_default()
}

fn read(bytes: &[u8], room: usize) -> Option<Vec<Picture>> {
    const DEPTH: u8 = 8;
    let mut chunks = Chunks { rest: bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")? };
    let (kind, header) = chunks.next()?;
    let (dimensions, rest) = header.split_first_chunk::<8>()?;
    let [DEPTH, colour, 0, 0, 0] = *rest.first_chunk::<5>()? else { return None };
    if kind != b"IHDR" {
        return None;
    }
    let side = |at: usize| {
        usize::try_from(u32::from_be_bytes([
            dimensions[at],
            dimensions[at + 1],
            dimensions[at + 2],
            dimensions[at + 3],
        ]))
        .ok()
        .filter(|side| *side > 0)
    };
    let (width, height) = (side(0)?, side(4)?);
    let (channels, in_all) = match colour {
        0 => (1, 1),
        2 => (3, 3),
        3 => (1, 4),
        4 => (2, 2),
        6 => (4, 4),
        _ => return None,
    };
    // Each row has a byte before it that says how it is filtered.
    let row = width.checked_mul(channels)?;
    let packed = row.checked_add(1)?.checked_mul(height)?;
    let needed = packed.checked_add(width.checked_mul(in_all)?.checked_mul(height)?)?;
    if needed > room {
        return None;
    }
    let (mut palette, mut data) = (&[][..], Vec::new());
    for (kind, content) in chunks {
        match kind {
            b"PLTE" => palette = content,
            b"IDAT" => data.extend_from_slice(content),
            b"IEND" => break,
            _ => {}
        }
    }
    let mut rows = Vec::new();
    // What came before damage still counts.
    let _ = flate2::read::ZlibDecoder::new(data.as_slice()).take(packed as u64).read_to_end(&mut rows);
    let samples = unfiltered(&rows, row, channels)?;
    let height = samples.len() / row;
    let picture = Picture { width, height, channels, samples };
    if colour != 3 {
        return Some(vec![picture]);
    }
    let colours = picture.samples.iter().flat_map(|at| {
        let at = 3 * usize::from(*at);
        palette.get(at..at + 3).unwrap_or(&[0; 3]).iter().copied()
    });
    let coloured = Picture { width, height, channels: 3, samples: colours.collect() };
    Some(vec![picture, coloured])
}

/// Kind and content of each chunk, until one is not whole.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let content = rest.get(..length)?;
        self.rest = rest.get(length.checked_add(4)?..).unwrap_or(&[]);
        Some((kind, content))
    }
}

/// Rows without what was done to them so that they pack better (PNG, section 9).
fn unfiltered(rows: &[u8], row: usize, channels: usize) -> Option<Vec<u8>> {
    let mut samples: Vec<u8> = Vec::with_capacity(rows.len());
    let mut above = vec![0; row];
    for filtered in rows.chunks_exact(row + 1) {
        let (filter, filtered) = filtered.split_first()?;
        let mut here = vec![0; row];
        for at in 0..row {
            let left = if at < channels { 0 } else { here[at - channels] };
            let (up, corner) = (above[at], if at < channels { 0 } else { above[at - channels] });
            let guess = match filter {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return (!samples.is_empty()).then_some(samples),
            };
            here[at] = filtered[at].wrapping_add(guess);
        }
        samples.extend_from_slice(&here);
        above = here;
    }
    (!samples.is_empty()).then_some(samples)
}

/// The neighbour that is nearest to what the three of them lead to expect.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |neighbour: u8| guess.abs_diff(i16::from(neighbour));
    [left, up, corner].into_iter().min_by_key(|neighbour| far(*neighbour)).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
        chunk.extend_from_slice(kind);
        chunk.extend_from_slice(content);
        chunk.extend_from_slice(&[0; 4]);
        chunk
    }

    fn made(width: u32, height: u32, colour: u8, rows: &[u8], palette: &[u8]) -> Vec<u8> {
        let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
        header.extend_from_slice(&[8, colour, 0, 0, 0]);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(rows).unwrap();
        let packed = packed.finish().unwrap();
        let (one, other) = packed.split_at(packed.len() / 2);
        let chunks = [
            chunk(b"IHDR", &header),
            chunk(b"PLTE", palette),
            chunk(b"IDAT", one),
            chunk(b"IDAT", other),
            chunk(b"IEND", b""),
        ];
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
    }

    #[test]
    fn every_filter_is_undone() {
        // Five rows of two grey samples, each filtered in another way; the picture is the numbers 10, 11 … 19.
        let rows = [[0, 10, 11], [1, 12, 1], [2, 2, 2], [3, 16 - 7, 17 - (16 + 15) / 2], [4, 2, 19 - 18]];
        let found = png(&made(2, 5, 0, &rows.concat(), b""), 1 << 10);
        assert_eq!(found, [Picture { width: 2, height: 5, channels: 1, samples: (10..20).collect() }]);
    }

    #[test]
    fn a_palette_gives_numbers_and_colours() {
        let found = png(&made(2, 1, 3, &[0, 1, 9], &[1, 2, 3, 4, 5, 6]), 1 << 10);
        assert_eq!(found[0].samples, [1, 9]);
        assert_eq!((found[1].channels, found[1].samples.as_slice()), (3, &[4, 5, 6, 0, 0, 0][..]));
    }

    #[test]
    fn no_header_makes_anything_large() {
        let whole = made(2, 2, 2, &[0; 14], b"");
        assert_eq!(png(&whole, 1 << 10)[0].samples.len(), 12);
        assert!(png(&whole, 20).is_empty());
        assert!(png(&made(u32::MAX, u32::MAX, 6, &[0; 14], b""), usize::MAX).is_empty());
        assert!(png(&made(0, 1, 2, &[0; 14], b""), 1 << 10).is_empty());
        for cut in 0..whole.len() {
            png(&whole[..cut], 1 << 10);
        }
        // Of one that ends early the rows that are there are read.
        assert_eq!(png(&made(2, 9, 2, &[0; 14], b""), 1 << 10)[0].height, 2);
    }
}
