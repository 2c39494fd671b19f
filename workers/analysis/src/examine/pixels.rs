//! Pictures whose pixels code reads to run what is in them: the lowest bit of each sample, as people hide text there.

use std::collections::{HashMap, HashSet};

use model::{Digest, Fact, FactKind, Gap, GapKind, Phase, facts};
use python::{Found, Role, Unit};
use unpack::picture::{self, Picture};

use super::Examiner;
use crate::{frame, rulebook::rule::Format};

/// Pictures that are kept until the sources are known, bytes of one and of all, and those that are looked into.
const MOST_KEPT: usize = 64;
pub(super) const LARGEST: usize = 4 << 20;
const ALL_BYTES: usize = 16 << 20;
const MOST_READ: usize = 8;
/// Bytes that the samples of one may have.
const SAMPLES: usize = 16 << 20;
/// Sources that read pixels.
const MOST_READERS: usize = 8;
/// Bytes of a hidden text that are read, and the least that is one.
const LONGEST: usize = 64 * 1024;
const SHORTEST: usize = 12;
/// A length or a mark may stand before the text.
const MOST_BEFORE: usize = 8;

/// Pictures as they were found.
#[derive(Default)]
pub(super) struct Pictures {
    kept: Vec<(usize, Vec<u8>)>,
    bytes: usize,
    /// Some were not kept.
    left_out: bool,
    readers: Vec<Reader>,
}

/// A source that reads pixels and runs something.
struct Reader {
    path: String,
    module: String,
    role: Role,
    phase: Phase,
    line: u32,
    sink: String,
    /// Texts of the call that opens the picture.
    names: Vec<String>,
    text: String,
}

impl Pictures {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps a picture, if there is room.
    pub(super) fn keep(&mut self, entry: usize, bytes: Vec<u8>) {
        let fits = bytes.len() <= LARGEST && self.bytes + bytes.len() <= ALL_BYTES && self.kept.len() < MOST_KEPT;
        self.left_out |= !fits;
        if fits {
            self.bytes += bytes.len();
            self.kept.push((entry, bytes));
        }
    }

    /// Notes a source whose facts say that it reads pixels and runs something: best in one flow.
    pub(super) fn note(&mut self, facts: &[Fact], unit: &Unit<'_>, text: &str) {
        if self.kept.is_empty() && !self.left_out {
            return;
        }
        let runs = |sink: &str| matches!(sink, "code.exec" | "code.function" | "code.compile" | "process.spawn");
        let opens =
            |callee: &str| callee.starts_with("PIL.") || callee.contains("imread") || callee.starts_with("png.");
        let reads_pixels = |flow: &facts::Flow| {
            flow.source == "decode.image" || flow.source == "file.read" && opens(&flow.source_callee)
        };
        let mut line = None;
        let mut sink = String::new();
        let mut names = Vec::new();
        let mut reads = false;
        let mut runs_at = None;
        for fact in facts {
            match &fact.kind {
                FactKind::Flow(flow) if flow.phase != Phase::Never && runs(&flow.sink) && reads_pixels(flow) => {
                    line.get_or_insert(fact.place.line);
                    sink.clone_from(&flow.sink);
                    names.extend(flow.source_text.iter().cloned());
                }
                FactKind::Call(call) if call.phase != Phase::Never => {
                    if call.behaviour.iter().any(|behaviour| behaviour == "decode.image") {
                        reads = true;
                        names.extend(call.text.iter().cloned());
                    }
                    if call.behaviour.iter().any(|behaviour| runs(behaviour)) {
                        runs_at.get_or_insert(fact.place.line);
                    }
                }
                _ => {}
            }
        }
        let Some(line) = line.or(runs_at.filter(|_| reads)) else { return };
        if self.readers.len() < MOST_READERS {
            self.readers.push(Reader {
                path: unit.path.to_owned(),
                module: unit.module.to_owned(),
                role: unit.role,
                phase: unit.phase,
                line,
                sink,
                names,
                text: text.to_owned(),
            });
        }
    }
}

impl Examiner<'_, '_> {
    /// Looks into the pictures whose pixels some source reads: what is found is a layer of that source.
    pub(super) fn pixels(&mut self) {
        let Pictures { kept, left_out, readers, .. } = std::mem::take(&mut self.pictures);
        let mut read: HashMap<usize, Vec<Vec<u8>>> = HashMap::new();
        for reader in readers {
            let named = |entry: usize| {
                let path = &self.entries[entry].path;
                let file = path.rsplit('/').next().unwrap_or(path);
                reader.names.iter().any(|name| name.rsplit(['/', '\\']).next() == Some(file))
            };
            let mut chosen: Vec<&(usize, Vec<u8>)> = kept.iter().filter(|(entry, _)| named(*entry)).collect();
            let mut all = !chosen.is_empty() || !left_out;
            if chosen.is_empty() {
                chosen.extend(&kept);
            }
            for (entry, bytes) in chosen {
                if read.len() >= MOST_READ && !read.contains_key(entry) {
                    all = false;
                    continue;
                }
                let texts = read.entry(*entry).or_insert_with(|| {
                    let mut seen = HashSet::new();
                    let texts = picture::png(bytes, SAMPLES).iter().flat_map(hidden).collect::<Vec<_>>();
                    texts.into_iter().filter(|text| seen.insert(Digest::of(text))).collect()
                });
                for text in texts.iter() {
                    self.tell_found(&reader, text);
                }
            }
            // That a file speaks of pixels and of programs says little where no value goes from one to the other.
            if !all && !reader.sink.is_empty() {
                let detail =
                    "pixels of a picture are read, and there are more pictures than are looked into".to_owned();
                self.gaps.push(Gap { kind: GapKind::Limit, member: reader.path.clone(), detail });
            }
        }
    }

    fn tell_found(&mut self, reader: &Reader, text: &[u8]) {
        let unit = Unit {
            path: &reader.path,
            role: reader.role,
            phase: reader.phase,
            module: &reader.module,
            source: reader.text.as_bytes(),
            entered: &[],
        };
        let found = Found { bytes: text, operation: model::Operation::Pixels, line: reader.line, sink: &reader.sink };
        let analysis = python::analyse_found(&unit, &found, &self.book.behaviours, &mut self.budget);
        let role = reader.role.as_str();
        for layer in &analysis.layers {
            self.bytes(&reader.path, Format::Layer, &layer.bytes, (Some(reader.phase), role), &layer.steps);
        }
        self.gaps.extend(analysis.gaps);
        let layers = analysis.layers;
        for fact in analysis.facts {
            if let FactKind::Call(call) = &fact.kind {
                self.ledger.behaves(&reader.path, role, &call.behaviour, call.phase);
            }
            self.fact(&fact, super::sources::phase_of(&fact.kind), role, |place| {
                if place.layers.is_empty() {
                    return frame::frame(&reader.text, place);
                }
                let layer = layers.iter().find(|layer| layer.steps == place.layers)?;
                frame::frame(&String::from_utf8_lossy(&layer.bytes), place)
            });
        }
    }
}

/// Texts that may be hidden in a picture, in each of the usual orders. Noise gives none.
fn hidden(picture: &Picture) -> Vec<Vec<u8>> {
    let Picture { width, height, channels, ref samples } = *picture;
    let pixels = width * height;
    let row_by_row: Box<dyn Fn(usize) -> usize> = Box::new(|at| at);
    let column_by_column: Box<dyn Fn(usize) -> usize> = Box::new(move |at| at % height * width + at / height);
    let colours = if channels == 4 { 3 } else { channels };
    let mut chosen: Vec<Vec<usize>> = vec![(0..colours).collect()];
    if channels == 4 {
        chosen.push((0..4).collect());
    }
    if channels > 1 {
        chosen.extend((0..channels).map(|one| vec![one]));
        chosen.push((0..colours).rev().collect());
    }
    let mut found = Vec::new();
    for order in [row_by_row, column_by_column] {
        for channels_here in &chosen {
            let values = || {
                let order = &order;
                (0..pixels).flat_map(move |at| {
                    let at = order(at) * channels;
                    channels_here.iter().filter_map(move |channel| samples.get(at + channel).copied())
                })
            };
            found.extend(text(values()));
            found.extend(text(bytes_of(values().map(|value| value & 1), false)));
            found.extend(text(bytes_of(values().map(|value| value & 1), true)));
            if channels_here.len() == 3 {
                found.extend(text(every_ninth(values().map(|value| value & 1))));
            }
        }
    }
    found
}

/// Eight bits a byte, the most significant one first or last.
fn bytes_of(bits: impl Iterator<Item = u8>, turned: bool) -> impl Iterator<Item = u8> {
    let mut bits = bits;
    std::iter::from_fn(move || {
        let mut byte = 0;
        for at in 0..8 {
            let bit = bits.next()?;
            byte |= bit << if turned { at } else { 7 - at };
        }
        Some(byte)
    })
}

/// Eight bits a byte and one that says whether it was the last, as stepic writes three pixels.
fn every_ninth(bits: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    let (mut bits, mut last) = (bits, false);
    std::iter::from_fn(move || {
        if last {
            return None;
        }
        let mut byte = 0;
        for _ in 0..8 {
            byte = byte << 1 | bits.next()?;
        }
        last = bits.next()? == 1;
        Some(byte)
    })
}

/// The text at the beginning, behind a length or not, or what unpacks to one.
fn text(bytes: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut bytes = bytes;
    let head: Vec<u8> = bytes.by_ref().take(MOST_BEFORE + SHORTEST).collect();
    let readable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    let packed = |at: usize| matches!(head.get(at..at + 2), Some([0x78, 0x01 | 0x5e | 0x9c | 0xda]));
    if let Some(at) = [0, 4].into_iter().find(|at| packed(*at)) {
        return Some(head.into_iter().chain(bytes).skip(at).take(LONGEST).collect());
    }
    let begins = |at: &usize| head.get(*at..*at + SHORTEST).is_some_and(|part| part.iter().all(readable));
    // How long it is, as a number of four bytes, before it.
    let lengths = head.first_chunk::<4>().map(|four| [u32::from_be_bytes(*four), u32::from_le_bytes(*four)]);
    let lengths = lengths.into_iter().flatten().filter_map(|length| usize::try_from(length).ok());
    let counted = lengths.filter(|length| (SHORTEST..=LONGEST).contains(length)).find(|_| begins(&4));
    if let Some(length) = counted {
        return Some(head.into_iter().chain(bytes).skip(4).take(length).collect());
    }
    let start = (0..=MOST_BEFORE).find(begins)?;
    // Beyond ASCII once it has begun: only what is no text at all ends it.
    let goes_on = |byte: &u8| readable(byte) || *byte >= 0x80 && *byte != 0xff;
    let text: Vec<u8> = head.into_iter().chain(bytes).skip(start).take_while(goes_on).take(LONGEST).collect();
    // `12:import this`: how long it is, before it.
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length = std::str::from_utf8(&text[..digits]).ok().and_then(|digits| digits.parse::<usize>().ok());
    match length {
        Some(length) if text.get(digits) == Some(&b':') => {
            Some(text[digits + 1..].iter().copied().take(length).collect())
        }
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "import os; os.system('id') # and no more";

    fn bits(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> (7 - at) & 1)).collect()
    }

    /// A picture of noise in whose lowest bits, taken in this order, something stands.
    fn with(bits: &[u8], place: impl Fn(usize) -> usize) -> Picture {
        let (width, height, channels) = (31, 17, 3);
        let mut state = 7_u32;
        let mut samples: Vec<u8> = (0..width * height * channels)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        for (at, bit) in bits.iter().enumerate() {
            let sample = &mut samples[place(at)];
            *sample = *sample & 0xfe | bit;
        }
        Picture { width, height, channels, samples }
    }

    fn finds(picture: &Picture, words: &str) -> bool {
        hidden(picture).iter().any(|text| text.starts_with(words.as_bytes()))
    }

    #[test]
    fn text_is_found_in_each_usual_order() {
        let ended = format!("{WORDS}\0");
        let plain = bits(ended.as_bytes());
        assert!(finds(&with(&plain, |at| at), WORDS));
        assert!(finds(&with(&plain, |at| 3 * at + 2), WORDS), "blue alone");
        assert!(finds(&with(&plain, |at| 3 * (at % 17 * 31 + at / 17)), WORDS), "red alone, column by column");
        let turned: Vec<u8> = plain.chunks(8).flat_map(|byte| byte.iter().rev().copied()).collect();
        assert!(finds(&with(&turned, |at| at), WORDS));
        let long = bits(format!("{}:{WORDS}and noise", WORDS.len()).as_bytes());
        let found = hidden(&with(&long, |at| at));
        assert!(found.iter().any(|text| text == WORDS.as_bytes()), "the length says where it ends");
        let counted = [&[0, 0, 0, 40], ended.as_bytes()].concat();
        assert!(finds(&with(&bits(&counted), |at| at), WORDS));
        let ninths: Vec<u8> = plain
            .chunks(8)
            .enumerate()
            .flat_map(|(at, byte)| byte.iter().copied().chain([u8::from(at == WORDS.len())]))
            .collect();
        assert!(finds(&with(&ninths, |at| at), WORDS));
    }

    #[test]
    fn values_themselves_are_read_and_noise_is_no_text() {
        let mut picture = with(&[], |at| at);
        assert!(hidden(&picture).is_empty());
        picture.samples[..WORDS.len()].copy_from_slice(WORDS.as_bytes());
        assert!(finds(&picture, WORDS));
    }
}
