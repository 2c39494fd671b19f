//! One walk over the bytes of a member tells which engines can find anything in it.
//!
//! Nearly all honest members hold none of the texts that the rules need: they are walked once, at memory's speed, and
//! no rule is tried on them. Where one of the texts is, the other texts that its rule needs are looked for before the
//! rules are tried: their engine takes as long as a hundred such searches.

pub(crate) mod frequency;

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use crate::{
    rulebook::rule::{Format, Formats},
    yara::needles::{self, Need, Needs},
};

/// Shortest text that can be looked for.
pub(crate) const SHORTEST: usize = 5;
/// Shortest text that says something where another one was found.
pub(crate) const TELLING: usize = 3;
/// Rules that are looked at more closely in some bytes: where more of them begin, they are tried.
const CLOSER: usize = 12;
/// Bytes from one place that is looked at to the next, the most first: a text is known at each place it can begin between
/// them, so all texts of a format have to be long enough.
const STRIDES: [usize; 3] = [4, 3, 2];

/// Shortest text of which four bytes stand at one of the places.
const fn shortest(stride: usize) -> usize {
    stride + 3
}

/// What one text opens.
#[derive(Clone, Debug, Default)]
struct Opens {
    rules: Formats,
    lists: Formats,
    /// Numbers of those rules.
    by: Vec<usize>,
}

/// A byte rule: what it reads, and what it needs besides one of the texts that open it.
struct Closer {
    formats: Formats,
    needs: Vec<Vec<Finder<'static>>>,
}

/// Collects the texts that rules and lists need.
#[derive(Default)]
pub(crate) struct Builder {
    texts: BTreeMap<Vec<u8>, Opens>,
    closer: Vec<Closer>,
    /// Formats with a rule that needs no text.
    always: Formats,
}

/// The walk over the texts that all rules and lists need.
///
/// Every other place is looked at, or fewer. Four bytes there, whose case is dropped, are somebody's or not: the
/// filter says so, and where they are, the text is compared.
#[derive(Default)]
pub(crate) struct Gate {
    /// Of each format a bit for each hash of its texts; all of one fit the nearest cache.
    filters: [Vec<u64>; Format::ALL.len()],
    /// For each stride the texts of the formats that are walked so.
    known: [Known; STRIDES.len()],
    strides: [usize; Format::ALL.len()],
    closer: Vec<Closer>,
    always: Formats,
    rules: Formats,
    lists: Formats,
}

#[derive(Default)]
struct Known {
    /// In the order of their hashes.
    texts: Vec<Text>,
    /// Where the texts of each [`BUCKETS`]th part of all hashes begin.
    starts: Vec<u32>,
}

struct Text {
    hash: u32,
    bytes: Vec<u8>,
    /// Where four of its rarest bytes are in it.
    at: usize,
    /// Its first bytes, without their case, and a mask of as many.
    head: u64,
    mask: u64,
    opens: Opens,
}

/// Which engines have to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub rules: bool,
    pub lists: bool,
}

impl Builder {
    /// A byte rule that reads `formats` and hits only where all its needs are met.
    pub(crate) fn rule(&mut self, formats: Formats, needs: Needs) {
        let Some(opening) = needles::opening(&needs) else {
            self.always = self.always.union(formats);
            return;
        };
        for text in &needs[opening] {
            let opens = self.texts.entry(needles::window(text)).or_default();
            opens.rules = opens.rules.union(formats);
            opens.by.push(self.closer.len());
        }
        let others = needs.iter().enumerate().filter(|(at, _)| *at != opening);
        let finders = |need: &Need| need.iter().map(|text| Finder::new(text).into_owned()).collect();
        self.closer.push(Closer { formats, needs: others.map(|(_, need)| finders(need)).collect() });
    }

    /// An entry of a list that reads `formats`.
    pub(crate) fn entry(&mut self, formats: Formats, text: &str) {
        let opens = self.texts.entry(text.as_bytes().to_ascii_lowercase()).or_default();
        opens.lists = opens.lists.union(formats);
    }

    pub(crate) fn build(self) -> Gate {
        let all = |of: fn(&Opens) -> Formats| self.texts.values().map(of).fold(Formats::default(), Formats::union);
        let (rules, lists) = (self.always.union(all(|opens| opens.rules)), all(|opens| opens.lists));
        let strides = Format::ALL.map(|format| {
            let read =
                self.texts.iter().filter(|(text, opens)| text.len() >= SHORTEST && opens.read().contains(format));
            let least = read.map(|(text, _)| text.len()).min().unwrap_or(usize::MAX);
            STRIDES.iter().position(|stride| shortest(*stride) <= least).unwrap_or(STRIDES.len() - 1)
        });
        let known: [Known; STRIDES.len()] = std::array::from_fn(|at| {
            let walked = Format::ALL.into_iter().filter(|format| strides[*format as usize] == at);
            let walked = walked.fold(Formats::default(), Formats::with);
            Known::of(&self.texts, walked, STRIDES[at])
        });
        let filters = Format::ALL.map(|format| {
            let mut filter = vec![0; WORDS];
            let texts = known[strides[format as usize]].texts.iter().filter(|text| text.opens.read().contains(format));
            texts.for_each(|text| filter[text.hash as usize / 64] |= 1 << (text.hash % 64));
            filter
        });
        Gate { filters, known, strides, closer: self.closer, always: self.always, rules, lists }
    }
}

impl Opens {
    fn read(&self) -> Formats {
        self.rules.union(self.lists)
    }
}

impl Known {
    /// The texts that one of the formats needs.
    fn of(texts: &BTreeMap<Vec<u8>, Opens>, formats: Formats, stride: usize) -> Self {
        let mut found = Vec::new();
        for (bytes, opens) in texts.iter().filter(|(_, opens)| opens.read().meets(formats)) {
            let part = frequency::rarest(bytes, shortest(stride)).0;
            let Some(at) = bytes.windows(shortest(stride)).position(|other| other == part) else { continue };
            found.extend((at..at + stride).map(|at| {
                let mask = u64::MAX >> (64 - 8 * bytes.len().min(8));
                let four = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
                let head = head(bytes) & mask;
                Text { hash: hash(four), at, head, mask, bytes: bytes.clone(), opens: opens.clone() }
            }));
        }
        found.sort_by_key(|text| text.hash);
        let bucket = |hash: u32| hash >> (FILTER - BUCKETS);
        let starts = (0..=1 << BUCKETS)
            .map(|at| found.partition_point(|text| bucket(text.hash) < at))
            .map(|start| u32::try_from(start).unwrap_or(u32::MAX))
            .collect();
        Self { texts: found, starts }
    }
}

/// Bits of a hash.
const FILTER: u32 = 18;
/// Words of the filter.
const WORDS: usize = (1 << FILTER) / 64;
/// Bits of the number of a part of all hashes.
const BUCKETS: u32 = 12;
/// Places that are looked at together: at most of them there is nothing.
const GROUP: usize = 8;

/// The same whatever the case of letters is.
fn hash(four: u32) -> u32 {
    (four | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> (32 - FILTER)
}

/// The first eight bytes, as far as there are so many, without their case.
fn head(bytes: &[u8]) -> u64 {
    let eight = bytes.first_chunk().copied().unwrap_or_else(|| std::array::from_fn(|at| *bytes.get(at).unwrap_or(&0)));
    u64::from_le_bytes(eight) | 0x2020_2020_2020_2020
}

impl Gate {
    pub(crate) fn look(&self, format: Format, bytes: &[u8]) -> Open {
        match STRIDES[self.strides[format as usize]] {
            2 => self.walk::<2>(format, bytes),
            3 => self.walk::<3>(format, bytes),
            _ => self.walk::<4>(format, bytes),
        }
    }

    fn walk<const STRIDE: usize>(&self, format: Format, bytes: &[u8]) -> Open {
        let mut open = Open { rules: self.always.contains(format), lists: false };
        let wanted = Open { rules: self.rules.contains(format), lists: self.lists.contains(format) };
        let filter = self.filters[format as usize].as_slice();
        let Ok(filter) = <&[u64; WORDS]>::try_from(filter) else { return wanted };
        let four = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map(u32::from_le_bytes);
        let set = |four: u32| {
            let hash = hash(four);
            filter[hash as usize / 64] >> (hash % 64) & 1
        };
        let mut closer = CloserLook { gate: self, format, bytes, lower: None, refuted: Vec::new() };
        let mut at = 0;
        while open != wanted && at + SHORTEST <= bytes.len() {
            // One bit for each place that is looked at.
            let mut found = 0;
            if let Some(group) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ GROUP * STRIDES[0] }>()) {
                for bit in 0..GROUP {
                    let place = STRIDE * bit;
                    let four = [group[place], group[place + 1], group[place + 2], group[place + 3]];
                    found |= set(u32::from_le_bytes(four)) << bit;
                }
            } else {
                let places = (at..at + GROUP * STRIDE).step_by(STRIDE).map_while(four).enumerate();
                found = places.fold(0, |found, (bit, four)| found | set(four) << bit);
            }
            while found != 0 {
                let at = at + STRIDE * found.trailing_zeros() as usize;
                found &= found - 1;
                if let Some(four) = four(at) {
                    self.compare(hash(four), at, &mut closer, &mut open);
                }
            }
            at += GROUP * STRIDE;
        }
        open
    }

    /// Opens what the texts open whose four bytes stand here.
    fn compare(&self, hash: u32, at: usize, closer: &mut CloserLook<'_>, open: &mut Open) {
        let (bytes, format) = (closer.bytes, closer.format);
        let bucket = (hash >> (FILTER - BUCKETS)) as usize;
        let Known { texts, starts } = &self.known[self.strides[format as usize]];
        for text in &texts[starts[bucket] as usize..starts[bucket + 1] as usize] {
            let stands = || {
                let here = bytes.get(at.checked_sub(text.at)?..)?;
                let head = head(here) & text.mask == text.head;
                Some(head && here.get(..text.bytes.len())?.eq_ignore_ascii_case(&text.bytes))
            };
            if text.hash == hash && stands() == Some(true) {
                open.rules = open.rules || text.opens.rules.contains(format) && closer.look(&text.opens.by);
                open.lists |= text.opens.lists.contains(format);
            }
        }
    }
}

/// A closer look at some bytes in which a text stands that opens a rule.
struct CloserLook<'g> {
    gate: &'g Gate,
    format: Format,
    bytes: &'g [u8],
    /// The bytes without their case, once they are needed.
    lower: Option<Vec<u8>>,
    /// Rules that need something that is not there.
    refuted: Vec<usize>,
}

impl CloserLook<'_> {
    /// Whether one of the rules can hit.
    fn look(&mut self, rules: &[usize]) -> bool {
        rules.iter().any(|rule| {
            let Closer { formats, needs } = &self.gate.closer[*rule];
            if !formats.contains(self.format) || self.refuted.contains(rule) {
                return false;
            }
            if needs.is_empty() || self.refuted.len() >= CLOSER {
                return true;
            }
            let lower = self.lower.get_or_insert_with(|| self.bytes.to_ascii_lowercase());
            let met = needs.iter().all(|need| need.iter().any(|text| text.find(lower).is_some()));
            if !met {
                self.refuted.push(*rule);
            }
            met
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::{coverage, limits::Scan};

    fn gate() -> Gate {
        let mut builder = Builder::default();
        builder.rule(Formats::CODE, vec![vec![b"needle".to_vec(), b"thorn(".to_vec()]]);
        builder.rule(Formats::CODE, vec![vec![b"an aardvark".to_vec()], vec![b"cow".to_vec(), b"bison".to_vec()]]);
        builder.rule(Formats::default().with(Format::Data), Needs::new());
        builder.entry(Formats::CODE, "Collector.invalid");
        builder.build()
    }

    #[test]
    fn only_what_can_find_something_looks() {
        let gate = gate();
        let look = |format, text: &str| {
            let open = gate.look(format, text.as_bytes());
            (open.rules, open.lists)
        };
        assert_eq!(look(Format::Python, "a haystack"), (false, false));
        assert_eq!(look(Format::Python, "a Needle"), (true, false));
        assert_eq!(look(Format::Python, "https://collector.INVALID/"), (false, true));
        assert_eq!(look(Format::Python, "collector.invalid thorn("), (true, true));
        assert_eq!(look(Format::Text, "needle"), (false, false));
        assert_eq!(look(Format::Data, "anything"), (true, false));
        assert_eq!(look(Format::Python, "an aardvark"), (false, false));
        assert_eq!(look(Format::Python, "a cow, a bison"), (false, false));
        assert_eq!(look(Format::Python, "a BISON, an Aardvark"), (true, false));
        assert_eq!(look(Format::Python, "an aardvark, collector.invalid"), (false, true));
    }

    #[test]
    fn whatever_a_rule_of_the_repository_hits_is_let_through() {
        let (files, book) = coverage::repository();
        let mut scan = book.yara.scanner(&Scan::default());
        let mut hits = 0;
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("examples/") || path.starts_with("yara/"))
        {
            for format in Format::ALL {
                let found = scan.scan(format, bytes).unwrap();
                let read = found.iter().filter(|hit| book.reads(&hit.rule, format)).count();
                assert!(read == 0 || book.gate.look(format, bytes).rules, "{path} as {}: {found:?}", format.as_str());
                hits += read;
            }
        }
        assert!(hits > 100, "{hits}");
    }

    #[test]
    fn no_rule_of_the_repository_is_tried_on_every_source() {
        let (_, book) = coverage::repository();
        for format in [Format::Python, Format::Layer, Format::Script, Format::Text] {
            let open = book.gate.look(format, b"import os\n");
            assert_eq!(open, Open { rules: false, lists: false }, "a rule needs no text of {SHORTEST} bytes");
        }
    }

    #[test]
    fn a_text_opens_wherever_it_stands() {
        for (needle, stride) in [("NEEDL", 2), ("NEEDLE", 3), ("NEEDLES", 4), ("NEEDLES AND THORNS", 4)] {
            let mut builder = Builder::default();
            builder.rule(Formats::CODE, vec![vec![needle.to_ascii_lowercase().into_bytes()]]);
            let gate = builder.build();
            assert_eq!(STRIDES[gate.strides[Format::Python as usize]], stride);
            for length in [19, 32, 33, 1023, 1024, 1027, 2051] {
                let honest = " ".repeat(length);
                assert!(!gate.look(Format::Python, honest.as_bytes()).rules);
                for at in 0..=length - needle.len() {
                    let mut text = honest.clone();
                    text.replace_range(at..at + needle.len(), needle);
                    assert!(gate.look(Format::Python, text.as_bytes()).rules, "{needle} at {at} of {length}");
                }
            }
        }
    }
}
