//! Chance that is the same in every run, and what it does to bytes.

/// A small generator (splitmix64): the same seed, the same throws.
pub(crate) struct Dice(u64);

/// Values at which readers of numbers go wrong.
const EDGES: [u64; 10] =
    [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff];

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// Less than `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.throw() % bound as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One to eight changes: bits, edges, pieces moved, doubled, taken out, the end cut off.
    pub(crate) fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(8) {
            if bytes.is_empty() {
                bytes.push(self.throw() as u8);
                continue;
            }
            let at = self.below(bytes.len());
            let length = (1 + self.below(64)).min(bytes.len() - at);
            match self.below(10) {
                0 | 1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = *self.pick(b"\0\xff\n\r/\\\"'#:;,=.0129AZaz({[\x1f\x8b\x50"),
                3 | 4 => {
                    let edge = self.pick(&EDGES).to_le_bytes();
                    let width = (*self.pick(&[2, 4, 8])).min(bytes.len() - at);
                    bytes[at..at + width].copy_from_slice(&edge[..width]);
                }
                5 => {
                    let piece = bytes[at..at + length].to_vec();
                    let to = self.below(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
                6 => {
                    let to = self.below(bytes.len() - length + 1);
                    bytes.copy_within(at..at + length, to);
                }
                7 => drop(bytes.drain(at..at + length)),
                8 => {
                    let byte = bytes[at];
                    bytes[at..at + length].fill(byte);
                }
                _ if self.below(8) == 0 => bytes.truncate(at),
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
    }
}
