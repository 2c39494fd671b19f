//! The texts that a regular expression cannot match without.

use std::collections::BTreeSet;

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Repetition},
};

use super::needles::{Needs, cheapest};
use crate::gate::{self, frequency::rarest};

/// Most texts that a part of an expression is written out into.
const VARIANTS: usize = 256;
/// Most bytes that a class stands for, to be written out.
const CLASS: usize = 16;
/// Longest part of a text that is looked for.
const LONGEST: usize = 12;

/// In lower case, whatever the expression's case is.
pub(super) fn of_regexp(source: &str) -> Needs {
    let mut parser = ParserBuilder::new().utf8(false).unicode(false).build();
    parser.parse(source).map(|hir| Part::of(&hir).needs()).unwrap_or_default()
}

/// The need for one of the texts, unless one of them is so short that it says nothing.
pub(super) fn usable(texts: Vec<Vec<u8>>) -> Needs {
    let telling = !texts.is_empty() && texts.iter().all(|text| text.len() >= gate::TELLING);
    if telling { vec![texts] } else { Needs::new() }
}

/// The part of a text that is looked for.
pub(crate) fn window(text: &[u8]) -> Vec<u8> {
    rarest(text, LONGEST).0.to_vec()
}

/// How often one of the texts stands at a place of an honest source, about.
pub(super) fn cost(texts: &[Vec<u8>]) -> f64 {
    texts.iter().map(|text| 2f64.powf(-rarest(text, LONGEST).1)).sum()
}

/// What a part of an expression matches.
struct Part {
    /// All of it, when that is few texts.
    exact: Option<Vec<Vec<u8>>>,
    /// Of each of these, one text is in each match.
    needs: Needs,
}

impl Part {
    fn exact(texts: Vec<Vec<u8>>) -> Self {
        Self { exact: Some(texts), needs: Needs::new() }
    }

    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::exact(vec![Vec::new()]),
            HirKind::Literal(literal) => Self::exact(vec![literal.0.to_ascii_lowercase()]),
            HirKind::Class(class) => match few(class) {
                Some(bytes) => Self::exact(bytes.into_iter().map(|byte| vec![byte]).collect()),
                None => Self { exact: None, needs: Needs::new() },
            },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => Self::repeated(repetition),
            HirKind::Concat(parts) => Self::in_a_row(parts),
            HirKind::Alternation(parts) => Self::one_of(parts),
        }
    }

    fn needs(self) -> Needs {
        let mut needs = self.needs;
        needs.extend(self.exact.map(usable).unwrap_or_default());
        needs
    }

    fn repeated(repetition: &Repetition) -> Self {
        let part = Self::of(&repetition.sub);
        if let (Some(texts), Some(most @ 0..=4)) = (&part.exact, repetition.max) {
            let mut written = Vec::new();
            let mut round = Some(vec![Vec::new()]);
            for times in 0..=most {
                if times > 0 {
                    round = round.and_then(|before| product(&before, texts));
                }
                match &round {
                    Some(round) if times >= repetition.min => written.extend(round.iter().cloned()),
                    _ => {}
                }
            }
            if round.is_some() && written.len() <= VARIANTS {
                return Self::exact(written);
            }
        }
        Self { exact: None, needs: if repetition.min == 0 { Needs::new() } else { part.needs() } }
    }

    fn in_a_row(parts: &[Hir]) -> Self {
        let mut needs = Needs::new();
        let mut run = vec![Vec::new()];
        let mut whole = true;
        for (at, part) in parts.iter().map(Self::of).enumerate() {
            if let Some(longer) = part.exact.as_ref().and_then(|texts| product(&run, texts)) {
                run = longer;
                continue;
            }
            whole = false;
            // The byte after the run is one that what follows can begin with.
            let ended = edges(parts[at..].iter(), Edge::first).and_then(|next| product(&run, &next));
            needs.extend(usable(ended.unwrap_or_else(|| run.clone())));
            needs.extend(part.needs);
            // The byte before the next run is one that what was passed can end with.
            let passed = if part.exact.is_some() { &parts[..at] } else { &parts[..=at] };
            run = edges(passed.iter().rev(), Edge::last).unwrap_or_else(|| vec![Vec::new()]);
            if let Some(texts) = part.exact {
                run = product(&run, &texts).unwrap_or(texts);
            }
        }
        if whole {
            return Self::exact(run);
        }
        needs.extend(usable(run));
        Self { exact: None, needs }
    }

    fn one_of(parts: &[Hir]) -> Self {
        let parts: Vec<Self> = parts.iter().map(Self::of).collect();
        let texts: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(|part| part.exact.clone()).collect();
        if let Some(texts) = texts.map(|texts| texts.concat()).filter(|texts| texts.len() <= VARIANTS) {
            return Self::exact(texts);
        }
        let needs: Option<Vec<_>> = parts.into_iter().map(|part| cheapest(part.needs())).collect();
        Self { exact: None, needs: needs.map(|needs| needs.concat()).into_iter().collect() }
    }
}

/// The bytes that matches begin or end with.
struct Edge {
    bytes: Option<BTreeSet<u8>>,
    /// There are matches that have none.
    empty: bool,
}

impl Edge {
    fn first(hir: &Hir) -> Self {
        Self::of(hir, true)
    }

    fn last(hir: &Hir) -> Self {
        Self::of(hir, false)
    }

    fn of(hir: &Hir, first: bool) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self { bytes: Some(BTreeSet::new()), empty: true },
            HirKind::Literal(literal) => {
                let byte = if first { literal.0.first() } else { literal.0.last() };
                Self { bytes: Some(byte.map(u8::to_ascii_lowercase).into_iter().collect()), empty: byte.is_none() }
            }
            HirKind::Class(class) => Self { bytes: few(class), empty: false },
            HirKind::Capture(capture) => Self::of(&capture.sub, first),
            HirKind::Repetition(repetition) => {
                let part = Self::of(&repetition.sub, first);
                Self { empty: part.empty || repetition.min == 0, ..part }
            }
            HirKind::Alternation(parts) => {
                let none = Self { bytes: Some(BTreeSet::new()), empty: false };
                parts
                    .iter()
                    .map(|part| Self::of(part, first))
                    .fold(none, |all, part| all.and(part, |all, part| all || part))
            }
            HirKind::Concat(parts) if first => Self::in_a_row(parts.iter(), Self::first),
            HirKind::Concat(parts) => Self::in_a_row(parts.iter().rev(), Self::last),
        }
    }

    /// The edge of parts, from this edge inwards.
    fn in_a_row<'h>(parts: impl Iterator<Item = &'h Hir>, of: fn(&Hir) -> Self) -> Self {
        let mut edge = Self { bytes: Some(BTreeSet::new()), empty: true };
        for part in parts {
            edge = edge.and(of(part), |_, part| part);
            if !edge.empty {
                break;
            }
        }
        edge
    }

    fn and(self, other: Self, empty: fn(bool, bool) -> bool) -> Self {
        let bytes = self.bytes.zip(other.bytes).map(|(one, other)| one.union(&other).copied().collect());
        Self { bytes, empty: empty(self.empty, other.empty) }
    }
}

/// The one byte that stands at the edge of parts, if it is one of a few.
fn edges<'h>(parts: impl Iterator<Item = &'h Hir>, of: fn(&Hir) -> Edge) -> Option<Vec<Vec<u8>>> {
    let edge = Edge::in_a_row(parts, of);
    let bytes = edge.bytes.filter(|bytes| !edge.empty && bytes.len() <= CLASS)?;
    Some(bytes.into_iter().map(|byte| vec![byte]).collect())
}

/// The bytes of a class in lower case, if they are few.
fn few(class: &Class) -> Option<BTreeSet<u8>> {
    let Class::Bytes(class) = class else { return None };
    let bytes: BTreeSet<u8> = class
        .ranges()
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    (bytes.len() <= CLASS).then_some(bytes)
}

/// Each text of one followed by each of the other, unless they become too many.
fn product(one: &[Vec<u8>], other: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    (one.len() * other.len() <= VARIANTS)
        .then(|| one.iter().flat_map(|head| other.iter().map(|tail| [head.as_slice(), tail].concat())).collect())
}

#[cfg(test)]
mod tests {
    use super::{super::needles::opening, *};

    fn need(source: &str) -> Option<Vec<String>> {
        let needs = of_regexp(source);
        let opening = opening(&needs).map(|at| needs[at].clone());
        let mut texts: Vec<String> = opening?.into_iter().map(|text| String::from_utf8(text).unwrap()).collect();
        texts.sort();
        Some(texts)
    }

    #[test]
    fn each_match_holds_one_of_the_texts() {
        for (source, expected) in [
            ("Needle", &["needle"][..]),
            ("(exec|eval)\\(", &["eval(", "exec("]),
            ("x{4}y", &["xxxxy"]),
            ("ab?cdef", &["abcdef", "acdef"]),
            ("[ab]cdef", &["acdef", "bcdef"]),
            ("key.{0,60}vexxion", &["vexxion"]),
            ("(foo|bar+z).+quuxy", &["quuxy"]),
            ("a(bcdefg)+h", &["bcdefg"]),
            (
                "\\bbot[0-9]{8,10}:AAE",
                &["0:aae", "1:aae", "2:aae", "3:aae", "4:aae", "5:aae", "6:aae", "7:aae", "8:aae", "9:aae"],
            ),
            ("(exec|eval)[\\t ]*,", &["eval\t", "eval ", "eval,", "exec\t", "exec ", "exec,"]),
            (
                "=[ ]*(exec|eval)([ ]*,)+",
                &[" eval ", " eval,", " exec ", " exec,", "=eval ", "=eval,", "=exec ", "=exec,"],
            ),
            ("a[xy]{2,9}needle.*b", &["xneedle", "yneedle"]),
        ] {
            assert_eq!(need(source).unwrap_or_default(), expected, "{source}");
        }
        for source in ["a|bcd", "[a-z]+", "(needle)?", "ab", "(needle)*x", "needle|"] {
            assert_eq!(need(source), None, "{source}");
        }
    }

    #[test]
    fn each_match_holds_one_of_each_need() {
        let needs = |source| -> Vec<Vec<String>> {
            let texts = |texts: Vec<Vec<u8>>| texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect();
            of_regexp(source).into_iter().map(texts).collect()
        };
        assert_eq!(needs("(today|now)\\([^)]{0,9}\\) < date\\(20[0-9]{2}").len(), 2);
        assert_eq!(needs("abc.*defgh"), [["abc"], ["defgh"]]);
        assert_eq!(needs("(abc.*defgh)+"), [["abc"], ["defgh"]]);
        assert_eq!(needs("abc(.*defgh)?"), [["abc"]]);
        assert_eq!(needs("(abc.*needle|thorn)xyz"), [["needle", "thorn"], ["exyz", "nxyz"]]);
    }
}
