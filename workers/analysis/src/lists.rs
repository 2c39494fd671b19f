//! Literal indicators: hosts, texts and digests, found by one automaton in one pass.

use std::collections::HashMap;

use aho_corasick::{
    Anchored, Input, MatchKind,
    automaton::{Automaton, OverlappingState},
    dfa::DFA,
};
use model::Digest;
use serde::Deserialize;

use crate::rulebook::{
    diagnostic::{Diagnostic, locate},
    limits::toml_diagnostic,
    rule::{Format, Formats, Language, Rule, Words},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    list: List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    family: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    falsepositives: String,
    formats: Option<Vec<String>>,
    kind: Kind,
    entries: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Host,
    Text,
    Sha256,
}

/// All literal indicators of the rulebook.
#[derive(Default)]
pub(crate) struct Lists {
    /// Used without the crate's façade, which costs a virtual call a byte.
    automaton: Option<DFA>,
    /// Of each pattern: its rule and whether it is a host.
    patterns: Vec<(String, bool)>,
    digests: HashMap<Digest, String>,
    formats: HashMap<String, Formats>,
    read: Formats,
}

/// An indicator that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub rule: String,
    pub span: (usize, usize),
}

impl Lists {
    pub(crate) fn compile(files: &[(&str, &str)], diagnostics: &mut Vec<Diagnostic>) -> (Self, Vec<Rule>) {
        let mut lists = Self::default();
        let (mut rules, mut literals) = (Vec::new(), Vec::new());
        for (path, text) in files {
            let list = match toml::from_str::<File>(text) {
                Ok(file) => file.list,
                Err(error) => {
                    diagnostics.push(toml_diagnostic(path, text, &error));
                    continue;
                }
            };
            let mut words = Words { span: locate(text, &list.id, 0), ..Words::default() };
            words.set("id", list.id.as_str());
            words.set("title", list.title);
            words.set("family", list.family);
            words.set("level", list.level);
            words.set("status", list.status);
            words.set("tags", list.tags.join(", "));
            words.set("falsepositives", list.falsepositives);
            if let Some(formats) = list.formats {
                words.set("formats", formats.join(", "));
            }
            let Some(rule) = words.understand(Language::List, path, text, diagnostics) else { continue };
            let mut seen = std::collections::BTreeSet::new();
            for entry in &list.entries {
                let sound = match list.kind {
                    Kind::Sha256 => entry.parse().map(|digest| lists.digests.insert(digest, rule.id.clone())).is_ok(),
                    Kind::Host => entry.len() >= 4 && entry.contains('.') && !entry.contains(['/', ':', ' ']),
                    Kind::Text => entry.len() >= 4,
                };
                if !sound || !seen.insert(entry.to_ascii_lowercase()) {
                    diagnostics.push(
                        Diagnostic::error("R0003", path, format!("`{entry}` cannot be an entry of this list"))
                            .at(text, locate(text, entry, 0))
                            .help("a host has a dot and no path, a text has at least 4 characters, none stands twice"),
                    );
                } else if list.kind != Kind::Sha256 {
                    literals.push(entry.clone());
                    lists.patterns.push((rule.id.clone(), list.kind == Kind::Host));
                }
            }
            if list.kind != Kind::Sha256 {
                lists.read = lists.read.union(rule.formats);
            }
            lists.formats.insert(rule.id.clone(), rule.formats);
            rules.push(rule);
        }
        if !literals.is_empty() {
            let built = DFA::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&literals);
            match built {
                Ok(automaton) => lists.automaton = Some(automaton),
                Err(error) => diagnostics.push(Diagnostic::error("R0001", "lists", error.to_string())),
            }
        }
        (lists, rules)
    }

    /// The first place of each list in these bytes, in the order of the lists' ids.
    pub(crate) fn scan(&self, format: Format, bytes: &[u8]) -> Vec<Hit> {
        let Some(automaton) = self.automaton.as_ref().filter(|_| self.read.contains(format)) else {
            return Vec::new();
        };
        let mut hits: Vec<Hit> = Vec::new();
        if !may_match(automaton, bytes) {
            return hits;
        }
        let (input, mut state) = (Input::new(bytes), OverlappingState::start());
        loop {
            // The only error is a kind of search that the automaton was not built for.
            if automaton.try_find_overlapping(&input, &mut state).is_err() {
                break;
            }
            let Some(found) = state.get_match() else { break };
            let (rule, host) = &self.patterns[found.pattern().as_usize()];
            let reads = self.formats.get(rule).is_some_and(|formats| formats.contains(format));
            if reads
                && !hits.iter().any(|hit| hit.rule == *rule)
                && (!host || is_host(bytes, found.start(), found.end()))
            {
                hits.push(Hit { rule: rule.clone(), span: (found.start(), found.end()) });
            }
        }
        hits.sort_by(|one, other| one.rule.cmp(&other.rule));
        hits
    }

    /// The list that names these bytes by their digest.
    pub(crate) fn digest(&self, digest: &Digest) -> Option<&str> {
        self.digests.get(digest).map(String::as_str)
    }

    pub(crate) fn has_digests(&self) -> bool {
        !self.digests.is_empty()
    }
}

/// Parts of a text that are walked side by side.
const LANES: usize = 4;
/// Bytes below which one walk is as fast.
const SHORT: usize = 1024;

/// Whether any pattern is in these bytes. A walk waits for memory at each byte, so four walks cost little more than one.
fn may_match(automaton: &DFA, bytes: &[u8]) -> bool {
    let Ok(start) = automaton.start_state(Anchored::No) else { return true };
    let overlap = automaton.max_pattern_len();
    if bytes.len() < SHORT.max(LANES * overlap) {
        return true;
    }
    let part = bytes.len() / LANES;
    let lanes: [&[u8]; LANES] = std::array::from_fn(|lane| &bytes[lane * part..(lane + 1) * part]);
    let mut states = [start; LANES];
    for (((one, two), three), four) in lanes[0].iter().zip(lanes[1]).zip(lanes[2]).zip(lanes[3]) {
        states[0] = automaton.next_state(Anchored::No, states[0], *one);
        states[1] = automaton.next_state(Anchored::No, states[1], *two);
        states[2] = automaton.next_state(Anchored::No, states[2], *three);
        states[3] = automaton.next_state(Anchored::No, states[3], *four);
        if states.iter().any(|state| automaton.is_match(*state)) {
            return true;
        }
    }
    // A pattern may begin in one part and end in the next, or stand in the bytes that four do not divide.
    states.iter().zip(1..).any(|(state, lane)| {
        let from = lane * part;
        let to = if lane == LANES { bytes.len() } else { from + overlap };
        let mut state = *state;
        bytes[from..to].iter().any(|byte| {
            state = automaton.next_state(Anchored::No, state, *byte);
            automaton.is_match(state)
        })
    })
}

/// A name stands here, not a part of a longer label: `a.collector.invalid` but neither `mycollector.invalid` nor
/// `collector.invalid.example`.
fn is_host(bytes: &[u8], start: usize, end: usize) -> bool {
    let label =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let goes_on = bytes.get(end) == Some(&b'.') && label(bytes.get(end + 1));
    !label(before) && !label(bytes.get(end)) && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(kind: &str, entries: &str) -> String {
        format!(
            "[list]\nid = \"a-list\"\ntitle = \"Names it\"\nfamily = \"f\"\nlevel = \"low\"\nstatus = \"stable\"\n\
             tags = [\"attack.t1567\"]\nfalsepositives = \"none known\"\nkind = \"{kind}\"\nentries = [{entries}]\n"
        )
    }

    fn compile(text: &str) -> (Lists, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let (lists, _) = Lists::compile(&[("lists/a.toml", text)], &mut diagnostics);
        (lists, diagnostics)
    }

    #[test]
    fn a_host_is_the_name_or_below_it() {
        let (lists, diagnostics) = compile(&list("host", "\"collector.invalid\""));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let found = |text: &str| lists.scan(Format::Python, text.as_bytes()).len();
        assert_eq!(found("https://Collector.invalid/x"), 1);
        assert_eq!(found("a.collector.invalid"), 1);
        assert_eq!(found("collector.invalid."), 1);
        assert_eq!(found("mycollector.invalid"), 0);
        assert_eq!(found("collector.invalid.example"), 0);
        assert_eq!(found("notcollector.invalid collector.invalid"), 1);
        assert!(lists.scan(Format::Data, b"collector.invalid").is_empty());
    }

    #[test]
    fn an_indicator_is_found_wherever_it_stands() {
        let (lists, _) = compile(&list("host", "\"collector.invalid\", \"c2.test\""));
        for length in [10, 1023, 1024, 1027, 4099] {
            let honest = " ".repeat(length);
            assert!(lists.scan(Format::Python, honest.as_bytes()).is_empty());
            for at in 0..length - 7 {
                let mut text = honest.clone();
                text.replace_range(at..at + 7, "C2.test");
                assert_eq!(lists.scan(Format::Python, text.as_bytes()).len(), 1, "{at} of {length}");
            }
        }
    }

    #[test]
    fn a_digest_names_bytes() {
        let digest = Digest::of(b"payload");
        let (lists, _) = compile(&list("sha256", &format!("\"{digest}\"")));
        assert_eq!(lists.digest(&digest), Some("a-list"));
        assert_eq!(lists.digest(&Digest::of(b"other")), None);
    }

    #[test]
    fn an_entry_that_cannot_be_meant_is_refused() {
        for (kind, entry) in
            [("host", "\"localhost\""), ("text", "\"ab\""), ("sha256", "\"zz\""), ("text", "\"same\", \"SAME\"")]
        {
            let (_, diagnostics) = compile(&list(kind, entry));
            assert_eq!(diagnostics.len(), 1, "{kind} {entry}: {diagnostics:?}");
            assert_eq!(diagnostics[0].line, 10);
        }
    }
}
