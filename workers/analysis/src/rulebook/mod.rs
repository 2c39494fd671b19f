//! The rulebook: `rules/` understood, compiled, and known by one digest.

pub mod cost;
#[cfg(test)]
pub(crate) mod coverage;
pub mod diagnostic;
pub mod limits;
pub mod lint;
pub mod pack;
pub mod reference;
pub mod rule;
pub mod trial;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Digest, RuleStatus};
use python::{Behaviours, Roles};
use serde::Deserialize;

use self::{
    diagnostic::{Diagnostic, Severity, locate},
    limits::{Limits, toml_diagnostic},
    rule::{Format, Formats, Rule},
};
use crate::{
    binary::Natives,
    gate::{self, Gate},
    lists::Lists,
    lookalike::Popular,
    score::Score,
    sigma::{Comparison, Sigma},
    yara::{Yara, needles},
};

/// The compiled `rules/` and their digest.
pub struct Rulebook {
    digest: Digest,
    files: BTreeMap<String, Vec<u8>>,
    pub(crate) yara: Yara,
    pub(crate) sigma: Sigma,
    pub(crate) lists: Lists,
    pub(crate) gate: Gate,
    pub(crate) behaviours: Behaviours,
    pub(crate) natives: Natives,
    behaviour_ids: BTreeSet<String>,
    pub(crate) popular: Popular,
    pub(crate) modules: BTreeSet<String>,
    pub(crate) score: Score,
    pub(crate) limits: Limits,
    rules: Vec<Rule>,
    by_id: HashMap<String, usize>,
    comparisons: Vec<Comparison>,
}

/// The parts of the rulebook that judge: not the examples and not what people read.
fn judges(path: &str) -> bool {
    !path.starts_with("examples/") && !path.ends_with(".md")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BehaviourFile {
    #[serde(default)]
    behaviour: Vec<BehaviourEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BehaviourEntry {
    id: String,
    #[serde(default)]
    flow: Vec<String>,
    #[allow(dead_code, reason = "every behaviour must say what it means")]
    doc: String,
    names: Vec<String>,
}

impl Rulebook {
    /// Understands and compiles the files of `rules/`, given by their paths below it. All mistakes are returned at once.
    pub fn compile(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<Diagnostic>> {
        Self::build(files, None)
    }

    /// `compiled`: byte rules that were compiled before from the same files, and what each says of itself.
    fn build(files: &BTreeMap<String, Vec<u8>>, compiled: Option<(Yara, Vec<Rule>)>) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let parts = Parts::sort(files, &mut diagnostics);
        let (yara, mut rules) = match compiled {
            Some(compiled) => compiled,
            None => Yara::compile(&parts.yara, &mut diagnostics),
        };
        let (sigma, sigma_rules, comparisons) = Sigma::compile(&parts.sigma, &mut diagnostics);
        let (lists, list_rules) = Lists::compile(&parts.lists, &mut diagnostics);
        rules.extend(sigma_rules);
        rules.extend(list_rules);
        let (behaviours, behaviour_ids) = parts.behaviours(&mut diagnostics);
        let natives = Natives::compile(parts.one.get("lists/native.toml").copied(), &mut diagnostics);
        let score = match parts.one.get("score.toml") {
            Some(text) => Score::parse("score.toml", text).map_err(|wrong| diagnostics.extend(wrong)).ok(),
            None => {
                diagnostics.push(Diagnostic::error("R0002", "score.toml", "the rulebook has no score.toml"));
                None
            }
        };
        let limits = match parts.one.get("limits.toml").map(|text| Limits::parse("limits.toml", text)) {
            Some(Err(wrong)) => {
                diagnostics.push(wrong);
                Limits::default()
            }
            Some(Ok(limits)) => limits,
            None => Limits::default(),
        };
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        unique(&rules, files, &parts, &mut diagnostics);
        diagnostics.sort();
        diagnostics.dedup();
        match score {
            Some(score) if !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) => {
                let mut book = Self {
                    digest: digest(files),
                    files: files.iter().filter(|(path, _)| judges(path)).map(|(p, f)| (p.clone(), f.clone())).collect(),
                    yara,
                    sigma,
                    lists,
                    gate: Gate::default(),
                    behaviours,
                    natives,
                    behaviour_ids,
                    popular: Popular::new(lines(parts.one.get("lists/popular.txt").copied())),
                    modules: lines(parts.one.get("lists/modules.txt").copied()).map(str::to_owned).collect(),
                    score,
                    limits,
                    rules: Vec::new(),
                    by_id: HashMap::new(),
                    comparisons,
                };
                book.index(rules);
                Ok(book)
            }
            _ => Err(diagnostics),
        }
    }

    fn index(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
        self.rules.sort_by(|one, other| one.id.cmp(&other.id));
        self.by_id = self.rules.iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)).collect();
        self.gate = self.gate();
    }

    fn gate(&self) -> Gate {
        let mut gate = gate::Builder::default();
        let sources = self.files.iter().filter(|(path, _)| path.starts_with("yara/"));
        for text in sources.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok()) {
            for (identifier, needs) in needles::of_file(text) {
                // A rule that only serves others has no id of its own.
                let formats = self.rule(&identifier.replace('_', "-")).map_or(Formats::ANY, |rule| rule.formats);
                gate.rule(formats, needs);
            }
        }
        self.lists.texts().for_each(|(formats, text)| gate.entry(formats, text));
        gate.build()
    }

    /// Whether a byte rule asks for bytes of this kind.
    pub(crate) fn reads(&self, rule: &str, format: Format) -> bool {
        self.rule(rule).is_some_and(|rule| rule.formats.contains(format))
    }

    /// sha256 over the sorted paths and contents of all files that judge, whatever the compiled form is.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Uses the engine of the byte rules once. It starts a thread and sets itself up on first use, which most artifacts
    /// do not need and a process that has given up its rights cannot do.
    pub fn warm_up(&self) {
        self.yara.warm_up();
    }

    /// All rules in the order of their ids, deprecated ones included.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.by_id.get(id).and_then(|at| self.rules.get(*at))
    }

    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied().filter(|at| self.rules[*at].status != RuleStatus::Deprecated)
    }

    pub fn score(&self) -> &Score {
        &self.score
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    pub(crate) fn behaviour_ids(&self) -> &BTreeSet<String> {
        &self.behaviour_ids
    }
}

/// The files by what they are.
struct Parts<'a> {
    yara: Vec<(&'a str, &'a str)>,
    sigma: Vec<(&'a str, &'a str)>,
    lists: Vec<(&'a str, &'a str)>,
    one: BTreeMap<&'a str, &'a str>,
}

impl<'a> Parts<'a> {
    fn sort(files: &'a BTreeMap<String, Vec<u8>>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        const SINGLE: [&str; 7] = [
            "score.toml",
            "limits.toml",
            "retired.txt",
            "lists/behaviours.toml",
            "lists/native.toml",
            "lists/popular.txt",
            "lists/modules.txt",
        ];
        let mut parts = Self { yara: Vec::new(), sigma: Vec::new(), lists: Vec::new(), one: BTreeMap::new() };
        for (path, bytes) in files.iter().filter(|(path, _)| judges(path)) {
            let Ok(text) = std::str::from_utf8(bytes) else {
                diagnostics.push(Diagnostic::error("R0001", path, "not UTF-8"));
                continue;
            };
            let path = path.as_str();
            if SINGLE.contains(&path) {
                parts.one.insert(path, text);
            } else if path.starts_with("yara/") && (path.ends_with(".yar") || path.ends_with(".yara")) {
                parts.yara.push((path, text));
            } else if path.starts_with("sigma/") && (path.ends_with(".yml") || path.ends_with(".yaml")) {
                parts.sigma.push((path, text));
            } else if path.starts_with("lists/") && path.ends_with(".toml") {
                parts.lists.push((path, text));
            } else {
                diagnostics.push(
                    Diagnostic::error("R0018", path, "this file belongs to no part of the rulebook")
                        .help("`README.md` of the rules says what may stand where"),
                );
            }
        }
        parts
    }

    fn behaviours(&self, diagnostics: &mut Vec<Diagnostic>) -> (Behaviours, BTreeSet<String>) {
        const FILE: &str = "lists/behaviours.toml";
        let (mut behaviours, mut ids) = (Behaviours::default(), BTreeSet::new());
        let Some(text) = self.one.get(FILE) else { return (behaviours, ids) };
        let entries = match toml::from_str::<BehaviourFile>(text) {
            Ok(file) => file.behaviour,
            Err(error) => {
                diagnostics.push(toml_diagnostic(FILE, text, &error));
                return (behaviours, ids);
            }
        };
        for entry in entries {
            let complain = |message: String| {
                Diagnostic::error("R0003", FILE, message).at(text, locate(text, &entry.id, 0)).label("this behaviour")
            };
            if !ids.insert(entry.id.clone()) {
                diagnostics.push(complain(format!("behaviour `{}` stands twice", entry.id)));
            }
            if entry.id.split('.').count() != 2 {
                diagnostics.push(complain(format!("`{}` is no `group.verb`", entry.id)));
            }
            for flow in entry.flow.iter().filter(|flow| !["source", "sink", "transform"].contains(&flow.as_str())) {
                diagnostics.push(complain(format!("`{flow}` is none of source, sink, transform")));
            }
            for name in &entry.names {
                behaviours.insert(name, &entry.id);
            }
            behaviours.declare(&entry.id, Roles::from_words(&entry.flow));
        }
        (behaviours, ids)
    }
}

fn lines(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Ids are unique over all languages and never come back.
fn unique(rules: &[Rule], files: &BTreeMap<String, Vec<u8>>, parts: &Parts<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let text = |path: &str| files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    for pair in rules.windows(2).filter(|pair| pair[0].id == pair[1].id) {
        let (one, other) = (&pair[0], &pair[1]);
        let message = format!("two rules have the id `{}`", one.id);
        let from =
            text(&other.file).split_inclusive('\n').take(other.line.saturating_sub(1) as usize).map(str::len).sum();
        diagnostics.push(
            Diagnostic::error("R0004", &other.file, message)
                .at(text(&other.file), locate(text(&other.file), &other.id, from))
                .label("the second")
                .help(format!("the first is in {}:{}", one.file, one.line)),
        );
    }
    let retired: BTreeSet<&str> = lines(parts.one.get("retired.txt").copied()).collect();
    for rule in rules.iter().filter(|rule| retired.contains(rule.id.as_str())) {
        diagnostics.push(
            Diagnostic::error("R0009", &rule.file, format!("the id `{}` was retired", rule.id))
                .at(text(&rule.file), locate(text(&rule.file), &rule.id, 0))
                .label("give it a new id")
                .help("old verdicts still name it, and mean the old rule"),
        );
    }
}

fn digest(files: &BTreeMap<String, Vec<u8>>) -> Digest {
    let mut listing = Vec::new();
    for (path, content) in files.iter().filter(|(path, _)| judges(path)) {
        listing.extend_from_slice(&(path.len() as u64).to_be_bytes());
        listing.extend_from_slice(path.as_bytes());
        listing.extend_from_slice(Digest::of(content).as_bytes());
    }
    Digest::of(&listing)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small rulebook with a rule of every kind.
    pub(crate) fn book_files() -> BTreeMap<String, Vec<u8>> {
        let said = |id: &str, title: &str, level: &str, status: &str| {
            format!(
                "title: {title}\nid: {id}\nstatus: {status}\nlevel: {level}\nfamily: demo\ntags: [attack.t1059]\n\
                 falsepositives: [none known]\n"
            )
        };
        let yara = |name: &str, level: &str, status: &str, word: &str| {
            format!(
                "rule {name} {{\n meta:\n  id = \"{}\"\n  title = \"Says the word\"\n  family = \"words\"\n  \
                 level = \"{level}\"\n  status = \"{status}\"\n  tags = \"attack.t1059\"\n  \
                 falsepositives = \"none known\"\n strings:\n  $a = \"{word}\"\n condition:\n  $a\n}}\n",
                name.replace('_', "-")
            )
        };
        let files = [
            (
                "score.toml",
                "prior = -4.0\n[threshold]\nreview = 50.0\nhold = 95.0\n[level]\ninformational = 0.0\nlow = 0.5\n\
                 medium = 1.5\nhigh = 3.0\ncritical = 6.0\n[rule.\"says-needle\"]\nweight = 3.0\nreason = \"a test\"\n"
                    .to_owned(),
            ),
            (
                "yara/words.yar",
                yara("says_needle", "high", "stable", "needle")
                    + &yara("says_shadow", "critical", "experimental", "shadow"),
            ),
            (
                "sigma/call.yml",
                said("spawns-on-install", "Starts a process", "high", "stable")
                    + "logsource: {product: python, category: call}\ndetection:\n  selection: {behaviour: process.spawn, \
                       phase: install}\n  condition: selection\n",
            ),
            (
                "sigma/summary.yml",
                said("needle-in-small", "Is small and says the word", "medium", "test")
                    + "logsource: {product: release, category: summary}\ndetection:\n  selection: {scope: release, rules: \
                       says-needle, python_files|lt: 10}\n  condition: selection\n",
            ),
            (
                "lists/hosts.toml",
                "[list]\nid = \"names-host\"\ntitle = \"Names a bad host\"\nfamily = \"hosts\"\nlevel = \"medium\"\n\
                 status = \"stable\"\ntags = [\"attack.t1567\"]\nfalsepositives = \"none known\"\nkind = \"host\"\n\
                 entries = [\"collector.invalid\"]\n"
                    .to_owned(),
            ),
            (
                "lists/behaviours.toml",
                "[[behaviour]]\nid = \"process.spawn\"\nflow = [\"sink\"]\ndoc = \"Starts a process\"\n\
                 names = [\"os.system\"]\n"
                    .to_owned(),
            ),
            ("lists/popular.txt", "requests\n".to_owned()),
        ];
        files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect()
    }

    fn codes(files: &BTreeMap<String, Vec<u8>>) -> Vec<&'static str> {
        match Rulebook::compile(files) {
            Ok(_) => Vec::new(),
            Err(diagnostics) => diagnostics.into_iter().map(|diagnostic| diagnostic.code).collect(),
        }
    }

    #[test]
    fn every_kind_of_rule_is_known_by_its_id() {
        let book = Rulebook::compile(&book_files()).unwrap();
        let ids: Vec<&str> = book.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["names-host", "needle-in-small", "says-needle", "says-shadow", "spawns-on-install"]);
        assert!(book.rule("needle-in-small").unwrap().summary);
        assert!(book.rule("nothing").is_none());
    }

    #[test]
    fn the_digest_is_of_what_judges_and_of_nothing_else() {
        let mut files = book_files();
        let digest = Rulebook::compile(&files).unwrap().digest();
        files.insert("README.md".into(), b"words".to_vec());
        files.insert("examples/says-needle/hit.py".into(), b"needle".to_vec());
        assert_eq!(Rulebook::compile(&files).unwrap().digest(), digest);
        files.insert("lists/popular.txt".into(), b"numpy\n".to_vec());
        assert_ne!(Rulebook::compile(&files).unwrap().digest(), digest);
    }

    #[test]
    fn a_loaded_rulebook_is_the_compiled_one() {
        let book = Rulebook::compile(&book_files()).unwrap();
        let bytes = book.to_bytes().unwrap();
        let back = Rulebook::from_bytes(&bytes).unwrap();
        assert_eq!((back.digest(), back.rules()), (book.digest(), book.rules()));
        assert!(Rulebook::from_bytes(&bytes[..bytes.len() / 2]).is_err());
        assert!(Rulebook::from_bytes(b"junk").is_err());
    }

    #[test]
    fn ids_are_unique_over_languages_and_never_come_back() {
        let mut files = book_files();
        let text = String::from_utf8(files["sigma/call.yml"].clone()).unwrap();
        files.insert("sigma/call.yml".into(), text.replace("spawns-on-install", "says-needle").into_bytes());
        assert_eq!(codes(&files), ["R0004"]);
        let mut files = book_files();
        files.insert("retired.txt".into(), b"# gone\nnames-host\n".to_vec());
        assert_eq!(codes(&files), ["R0009"]);
    }

    #[test]
    fn a_stray_file_and_a_missing_score_are_refused() {
        let mut files = book_files();
        files.insert("yara/notes.txt".into(), Vec::new());
        files.remove("score.toml");
        assert_eq!(codes(&files), ["R0002", "R0018"]);
    }
}
