//! Words, eight bytes at a time: every text is read so more than once.

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// The end of the run of letters, digits and underscores of ASCII that begins at `at`, which may be empty.
pub(crate) fn end_of_ascii(text: &[u8], at: usize) -> usize {
    end(text, at, 0)
}

/// The same, and all beyond ASCII counts as a letter.
pub(crate) fn end_of_word(text: &[u8], at: usize) -> usize {
    end(text, at, HIGHS)
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// What stands in a text, in order: words of ASCII, and bytes beyond it.
pub(crate) struct Runs<'t> {
    text: &'t [u8],
    /// Where the block after this one begins.
    next: usize,
    /// Bits of this block at which a word begins or ends, and those of bytes beyond ASCII.
    edges: u64,
    beyond: u64,
    /// Whether the last byte of this block is one of a word.
    open: bool,
    /// Where the word began that has not ended yet.
    start: Option<usize>,
}

/// A word from the first to the second place, or a byte beyond ASCII.
pub(crate) enum Run {
    Word(usize, usize),
    Beyond(usize),
}

impl<'t> Runs<'t> {
    pub(crate) fn of(text: &'t [u8]) -> Self {
        Self { text, next: 0, edges: 0, beyond: 0, open: false, start: None }
    }

    /// Looks at the next block.
    fn block(&mut self) -> Option<()> {
        let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
        let mut last = [0; BLOCK];
        let block = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            &last
        });
        let (mut inside, mut beyond) = (0, 0);
        for (at, eight) in block.as_chunks::<8>().0.iter().enumerate() {
            let eight = u64::from_le_bytes(*eight);
            inside |= gather(words(eight)) << (8 * at);
            beyond |= gather(eight & HIGHS) << (8 * at);
        }
        self.edges = inside ^ (inside << 1 | u64::from(self.open));
        self.open = inside >> (BLOCK - 1) == 1;
        self.beyond = beyond;
        self.next += BLOCK;
        Some(())
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    #[inline]
    fn next(&mut self) -> Option<Run> {
        loop {
            let here = self.next.wrapping_sub(BLOCK);
            if self.beyond != 0 {
                let at = here + self.beyond.trailing_zeros() as usize;
                self.beyond &= self.beyond - 1;
                return Some(Run::Beyond(at));
            }
            if self.edges == 0 {
                if self.block().is_none() {
                    return self.start.take().map(|start| Run::Word(start, self.text.len()));
                }
                continue;
            }
            let at = here + self.edges.trailing_zeros() as usize;
            self.edges &= self.edges - 1;
            match self.start.take() {
                Some(start) => return Some(Run::Word(start, at)),
                None => self.start = Some(at),
            }
        }
    }
}

/// The high bits of eight bytes, side by side.
fn gather(highs: u64) -> u64 {
    (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// A word of up to eight bytes as a number, the first byte lowest.
pub(crate) const fn number(word: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        // Where the two overlap they say the same.
        return u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << (8 * (word.len() - 4));
    }
    match word {
        [] => 0,
        [only] => *only as u64,
        [first, second] => *first as u64 | (*second as u64) << 8,
        [first, second, third, ..] => *first as u64 | (*second as u64) << 8 | (*third as u64) << 16,
    }
}

/// `beyond`: the high bits that make a byte one of a word.
fn end(text: &[u8], mut at: usize, beyond: u64) -> usize {
    while let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let other = !(words(eight) | eight & beyond) & HIGHS;
        if other != 0 {
            return at + (other.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || (!byte.is_ascii() && beyond != 0);
    at + text.get(at..).unwrap_or_default().iter().take_while(letter).count()
}

/// The high bit of each byte that is a letter, a digit or an underscore of ASCII.
fn words(eight: u64) -> u64 {
    let ascii = !eight & HIGHS;
    let low = eight & !HIGHS;
    // Adding carries into the high bit of a byte that is as great, and no further.
    let from = |bytes: u64, least: u8| bytes.wrapping_add(ONES * u64::from(0x80 - least));
    let within = |bytes: u64, least: u8, most: u8| from(bytes, least) & !from(bytes, most + 1);
    let letter = within(low | (ONES * 0x20), b'a', b'z');
    let digit = within(low, b'0', b'9');
    let underscore = within(low, b'_', b'_');
    (letter | digit | underscore) & ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_what_it_is_at_each_place() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                let mut text = vec![b'a'; length];
                text.push(byte);
                text.extend(b"b9_ ");
                let ascii = byte.is_ascii_alphanumeric() || byte == b'_';
                let end = |letter| if letter { length + 4 } else { length };
                assert_eq!(end_of_ascii(&text, 0), end(ascii), "{byte} after {length}");
                assert_eq!(end_of_word(&text, 0), end(ascii || byte >= 0x80), "{byte} after {length}");
            }
        }
        for length in 0..=200 {
            let text: String = "a_9 é-+x".chars().cycle().skip(length / 3).take(length).collect();
            let text = text.as_bytes();
            let (mut expected, mut at) = (Vec::new(), 0);
            while at < text.len() {
                let end = end_of_ascii(text, at);
                if end > at {
                    expected.push((at, end));
                } else if text[at] >= 0x80 {
                    expected.push((at, at));
                }
                at = end.max(at + 1);
            }
            let mut found: Vec<_> = Runs::of(text)
                .map(|run| match run {
                    Run::Word(start, end) => (start, end),
                    Run::Beyond(at) => (at, at),
                })
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{length}");
        }
        for length in 0..=8 {
            let mut bytes = [0; 8];
            bytes[..length].copy_from_slice(&b"abcdefgh"[..length]);
            assert_eq!(number(&b"abcdefgh"[..length]), u64::from_le_bytes(bytes), "{length}");
        }
        assert_eq!((end_of_word(b"", 0), end_of_word(b"ab", 2), end_of_word(b"ab", 9)), (0, 2, 9));
    }
}
