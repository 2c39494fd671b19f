//! Literal indicators: hosts, texts and digests, found by one automaton in one pass.

use std::collections::HashMap;

use aho_corasick::{
    Input, MatchKind,
    automaton::{Automaton, OverlappingState},
    dfa::DFA,
};
use model::Digest;
use serde::Deserialize;

use crate::gate;
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

/// Shorter names of services are part of too many words.
const SHORTEST_SERVICE: usize = 5;

/// Letters and digits in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// All literal indicators of the rulebook.
#[derive(Default)]
pub(crate) struct Lists {
    /// Used without the crate's façade, which costs a virtual call a byte.
    automaton: Option<DFA>,
    /// In the order of the automaton's patterns.
    entries: Vec<Entry>,
    digests: HashMap<Digest, String>,
    formats: HashMap<String, Formats>,
    read: Formats,
}

/// A text of a list.
struct Entry {
    rule: String,
    text: String,
    host: bool,
}

/// An indicator that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub rule: String,
    pub span: (usize, usize),
}

impl Lists {
    /// The hosts that a project names in its own name, as clients of a service do, each with the list it is on.
    pub(crate) fn named_by(&self, project: &str) -> impl Iterator<Item = (&str, &str)> {
        let project = letters(project);
        let hosts = self.entries.iter().filter(|entry| entry.host);
        hosts
            .filter(move |entry| {
                let label = entry.text.split('.').rev().nth(1).unwrap_or_default();
                let said = |name: &str| name.len() >= SHORTEST_SERVICE && project.contains(name);
                said(&letters(label)) || said(&letters(&entry.text))
            })
            .map(|entry| (entry.text.as_str(), entry.rule.as_str()))
    }

    pub(crate) fn compile(files: &[(&str, &str)], diagnostics: &mut Vec<Diagnostic>) -> (Self, Vec<Rule>) {
        let mut lists = Self::default();
        let mut rules = Vec::new();
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
                    Kind::Host => {
                        entry.len() >= gate::SHORTEST && entry.contains('.') && !entry.contains(['/', ':', ' '])
                    }
                    Kind::Text => entry.len() >= gate::SHORTEST,
                };
                if !sound || !seen.insert(entry.to_ascii_lowercase()) {
                    diagnostics.push(
                        Diagnostic::error("R0003", path, format!("`{entry}` cannot be an entry of this list"))
                            .at(text, locate(text, entry, 0))
                            .help("a host has a dot and no path, each has at least 5 characters, none stands twice"),
                    );
                } else if list.kind != Kind::Sha256 {
                    let host = list.kind == Kind::Host;
                    lists.entries.push(Entry { rule: rule.id.clone(), text: entry.clone(), host });
                }
            }
            if list.kind != Kind::Sha256 {
                lists.read = lists.read.union(rule.formats);
            }
            lists.formats.insert(rule.id.clone(), rule.formats);
            rules.push(rule);
        }
        if !lists.entries.is_empty() {
            let texts = lists.entries.iter().map(|entry| &entry.text);
            let built = DFA::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(texts);
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
        let (input, mut state) = (Input::new(bytes), OverlappingState::start());
        loop {
            // The only error is a kind of search that the automaton was not built for.
            if automaton.try_find_overlapping(&input, &mut state).is_err() {
                break;
            }
            let Some(found) = state.get_match() else { break };
            let Entry { rule, host, .. } = &self.entries[found.pattern().as_usize()];
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

    /// What each entry reads, and its text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (Formats, &str)> {
        let formats = |rule| self.formats.get(rule).copied().unwrap_or_default();
        self.entries.iter().map(move |entry| (formats(&entry.rule), entry.text.as_str()))
    }

    /// The list that names these bytes by their digest.
    pub(crate) fn digest(&self, digest: &Digest) -> Option<&str> {
        self.digests.get(digest).map(String::as_str)
    }

    pub(crate) fn has_digests(&self) -> bool {
        !self.digests.is_empty()
    }
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
    fn a_digest_names_bytes() {
        let digest = Digest::of(b"payload");
        let (lists, _) = compile(&list("sha256", &format!("\"{digest}\"")));
        assert_eq!(lists.digest(&digest), Some("a-list"));
        assert_eq!(lists.digest(&Digest::of(b"other")), None);
    }

    #[test]
    fn an_entry_that_cannot_be_meant_is_refused() {
        for (kind, entry) in
            [("host", "\"localhost\""), ("text", "\"ab\""), ("sha256", "\"zz\""), ("text", "\"sames\", \"SAMES\"")]
        {
            let (_, diagnostics) = compile(&list(kind, entry));
            assert_eq!(diagnostics.len(), 1, "{kind} {entry}: {diagnostics:?}");
            assert_eq!(diagnostics[0].line, 10);
        }
    }
}
