//! The byte rules. The only room that knows the engine behind them, so that it can be exchanged.
//!
//! A file of rules is compiled once for each kind of member that one of its rules reads: a member is scanned by the
//! rules that apply to it and by no others, which decides the throughput more than anything else here.

mod literals;
pub(crate) mod needles;

use std::{collections::BTreeMap, time::Duration};

use yara_x::{Compiler, MetaValue, Rules, ScanError, Scanner, SourceCode};

use crate::rulebook::{
    diagnostic::{Diagnostic, locate},
    limits::Scan,
    rule::{Format, Formats, Language, Rule, Words},
};

/// All compiled byte rules.
pub(crate) struct Yara {
    /// Distinct sets of files.
    sets: Vec<Rules>,
    /// The set that reads each [`Format`], if any does.
    by_format: [Option<u8>; Format::ALL.len()],
}

/// A rule that hit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub rule: String,
    /// Bytes of the telling match; empty at 0 when the rule speaks of the whole.
    pub span: (usize, usize),
    /// Texts that matched, the telling one first.
    pub matched: Vec<Vec<u8>>,
}

/// Longest matched text that is kept.
const MATCHED_BYTES: usize = 200;
/// Patterns of one rule that are quoted.
const MATCHED_PATTERNS: usize = 3;

fn compiler<'a>() -> Compiler<'a> {
    let mut compiler = Compiler::new();
    compiler.enable_includes(false).error_on_slow_pattern(true).error_on_slow_loop(true);
    compiler
}

impl Yara {
    /// Compiles the files and says what each rule says of itself.
    pub(crate) fn compile(files: &[(&str, &str)], diagnostics: &mut Vec<Diagnostic>) -> (Self, Vec<Rule>) {
        let mut all = compiler();
        let mut sound = true;
        for (path, text) in files {
            let errors = all.errors().len();
            all.new_namespace(path);
            if all.add_source(SourceCode::from(*text).with_origin(*path)).is_err() {
                sound = false;
                diagnostics.extend(all.errors()[errors..].iter().map(|error| explain(path, text, error)));
            }
        }
        if !sound {
            return (Self { sets: Vec::new(), by_format: Default::default() }, Vec::new());
        }
        let all = all.build();
        let mut rules = Vec::new();
        let mut read: BTreeMap<&str, Formats> = BTreeMap::new();
        for rule in all.iter() {
            let Some((path, text)) = files.iter().find(|(path, _)| *path == rule.namespace()) else { continue };
            let words = words(&rule, text);
            if let Some(understood) = words.understand(Language::Yara, path, text, diagnostics) {
                let name = understood.id.replace('-', "_");
                if name != rule.identifier() {
                    diagnostics.push(
                        Diagnostic::error(
                            "R0003",
                            path,
                            format!("rule `{}` has the id `{}`", rule.identifier(), understood.id),
                        )
                        .at(text, words.span)
                        .label(format!("call it `{name}`")),
                    );
                }
                let formats = read.entry(path).or_default();
                *formats = formats.union(understood.formats);
                rules.push(understood);
            }
        }
        (Self::sets(files, &read), rules)
    }

    fn sets(files: &[(&str, &str)], read: &BTreeMap<&str, Formats>) -> Self {
        let mut yara = Self { sets: Vec::new(), by_format: Default::default() };
        let mut known: Vec<Vec<&str>> = Vec::new();
        for format in Format::ALL {
            let wanted: Vec<&str> =
                read.iter().filter(|(_, formats)| formats.contains(format)).map(|(path, _)| *path).collect();
            if wanted.is_empty() {
                continue;
            }
            let at = known.iter().position(|paths| *paths == wanted).unwrap_or_else(|| {
                let mut compiler = compiler();
                for (path, text) in files.iter().filter(|(path, _)| wanted.contains(path)) {
                    compiler.new_namespace(path);
                    // It compiled before, among all the others.
                    let _ = compiler.add_source(SourceCode::from(*text).with_origin(*path));
                }
                yara.sets.push(compiler.build());
                known.push(wanted);
                known.len() - 1
            });
            yara.by_format[format as usize] = u8::try_from(at).ok();
        }
        yara
    }

    pub(crate) fn serialize(&self) -> Result<(Vec<Vec<u8>>, Vec<u8>), String> {
        let sets =
            self.sets.iter().map(Rules::serialize).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok((sets, self.by_format.iter().map(|set| set.map_or(u8::MAX, |set| set)).collect()))
    }

    pub(crate) fn deserialize(sets: &[&[u8]], by_format: &[u8]) -> Result<Self, String> {
        let sets: Vec<Rules> =
            sets.iter().map(Rules::deserialize).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let mut yara = Self { sets, by_format: Default::default() };
        if by_format.len() != yara.by_format.len() {
            return Err("the compiled rules are of another version".to_owned());
        }
        for (slot, set) in yara.by_format.iter_mut().zip(by_format) {
            *slot = (usize::from(*set) < yara.sets.len()).then_some(*set);
        }
        Ok(yara)
    }

    /// A scanner for one artifact.
    pub(crate) fn scanner(&self, limits: &Scan) -> Scan1<'_> {
        Scan1 {
            yara: self,
            scanners: self.sets.iter().map(|_| None).collect(),
            seconds: limits.seconds,
            matches: limits.matches,
        }
    }

    pub(crate) fn warm_up(&self) {
        let mut scan = self.scanner(&Scan::default());
        for format in Format::ALL {
            // Nothing is in it; that the engine ran is all.
            let _ = scan.scan(format, b"\n");
        }
    }

    /// Whether any rule reads this kind of bytes.
    pub(crate) fn reads(&self, format: Format) -> bool {
        self.by_format[format as usize].is_some()
    }
}

/// Scanners over one artifact, made when first needed.
pub(crate) struct Scan1<'r> {
    yara: &'r Yara,
    scanners: Vec<Option<Scanner<'r>>>,
    seconds: u64,
    matches: usize,
}

/// The byte rules did not finish with some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished(pub String);

impl Scan1<'_> {
    /// Rules that hit in these bytes, in the order of their ids.
    pub(crate) fn scan(&mut self, format: Format, bytes: &[u8]) -> Result<Vec<Hit>, Unfinished> {
        let Some(set) = self.yara.by_format[format as usize].map(usize::from) else { return Ok(Vec::new()) };
        let (Some(rules), Some(slot)) = (self.yara.sets.get(set), self.scanners.get_mut(set)) else {
            return Ok(Vec::new());
        };
        let scanner = slot.get_or_insert_with(|| {
            let mut scanner = Scanner::new(rules);
            scanner.set_timeout(Duration::from_secs(self.seconds)).max_matches_per_pattern(self.matches);
            scanner
        });
        let results = scanner.scan(bytes).map_err(|error| {
            Unfinished(match error {
                ScanError::Timeout => format!("the byte rules took more than {} s", self.seconds),
                other => other.to_string(),
            })
        })?;
        let mut hits: Vec<Hit> = results.matching_rules().filter_map(|rule| hit(&rule)).collect();
        hits.sort_by(|one, other| one.rule.cmp(&other.rule));
        Ok(hits)
    }
}

fn hit(rule: &yara_x::Rule<'_, '_>) -> Option<Hit> {
    let id = rule.metadata().find_map(|(key, value)| match value {
        MetaValue::String(id) if key == "id" => Some(id.to_owned()),
        _ => None,
    })?;
    let mut hit = Hit { rule: id, span: (0, 0), matched: Vec::new() };
    for pattern in rule.patterns() {
        let Some(first) = pattern.matches().next() else { continue };
        if hit.matched.is_empty() {
            hit.span = (first.range().start, first.range().end);
        }
        let data = first.data();
        hit.matched.push(data[..data.len().min(MATCHED_BYTES)].to_vec());
        if hit.matched.len() == MATCHED_PATTERNS {
            break;
        }
    }
    Some(hit)
}

fn words(rule: &yara_x::Rule<'_, '_>, text: &str) -> Words {
    let mut words = Words { span: locate_rule(text, rule.identifier()), ..Words::default() };
    for (key, value) in rule.metadata() {
        let value = match value {
            MetaValue::String(text) => text.to_owned(),
            MetaValue::Integer(number) => number.to_string(),
            MetaValue::Bool(flag) => flag.to_string(),
            _ => continue,
        };
        let field = match key {
            "id" => "id",
            "title" => "title",
            "family" => "family",
            "level" => "level",
            "status" => "status",
            "tags" => "tags",
            "falsepositives" => "falsepositives",
            "formats" => "formats",
            _ => continue,
        };
        words.set(field, value);
    }
    words
}

fn locate_rule(text: &str, identifier: &str) -> Option<(usize, usize)> {
    let declared = format!("rule {identifier}");
    text.match_indices(&declared)
        .find(|(at, _)| {
            let after = text.as_bytes().get(at + declared.len());
            !after.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
        .map(|(at, _)| (at + "rule ".len(), at + declared.len()))
        .or_else(|| locate(text, identifier, 0))
}

fn explain(path: &str, text: &str, error: &yara_x::errors::CompileError) -> Diagnostic {
    let code = if matches!(
        error,
        yara_x::errors::CompileError::SlowPattern(_) | yara_x::errors::CompileError::PotentiallySlowLoop(_)
    ) {
        "R0008"
    } else {
        "R0001"
    };
    let mut diagnostic = Diagnostic::error(code, path, format!("{} ({})", error.title(), error.code()));
    let mut span = None;
    let mut label = String::new();
    for part in error.labels() {
        if part.origin().is_none_or(|origin| origin == path) {
            span = Some((part.span().start(), part.span().end()));
            label = part.text().to_owned();
            break;
        }
    }
    if code == "R0008" {
        diagnostic = diagnostic
            .help("give the pattern a fixed part of at least two bytes; a pattern without one is tried at every byte");
    }
    diagnostic.at(text, span).label(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
rule a_word {
    meta:
        id = "a-word"
        title = "Says the word"
        family = "words"
        level = "low"
        status = "stable"
        tags = "attack.t1059"
        falsepositives = "none known"
        formats = "python, data"
    strings:
        $word = "needle"
    condition:
        $word
}
"#;

    fn compile(text: &str) -> (Yara, Vec<Rule>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let (yara, rules) = Yara::compile(&[("yara/a.yar", text)], &mut diagnostics);
        (yara, rules, diagnostics)
    }

    #[test]
    fn reads_only_the_formats_it_asks_for_and_says_where() {
        let (yara, rules, diagnostics) = compile(RULE);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!((rules.len(), rules[0].line), (1, 2));
        let mut scan = yara.scanner(&Scan::default());
        let hits = scan.scan(Format::Python, b"a needle, a needle").unwrap();
        assert_eq!(hits, [Hit { rule: "a-word".into(), span: (2, 8), matched: vec![b"needle".to_vec()] }]);
        assert!(scan.scan(Format::Script, b"a needle").unwrap().is_empty());
        assert!(yara.reads(Format::Data) && !yara.reads(Format::Executable));
    }

    #[test]
    fn compiled_rules_come_back_whole() {
        let (yara, ..) = compile(RULE);
        let (sets, by_format) = yara.serialize().unwrap();
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        let back = Yara::deserialize(&sets, &by_format).unwrap();
        assert_eq!(back.scanner(&Scan::default()).scan(Format::Data, b"needle").unwrap().len(), 1);
        assert!(Yara::deserialize(&[b"junk"], &by_format).is_err());
        assert!(Yara::deserialize(&sets, &[0]).is_err());
    }

    #[test]
    fn a_slow_pattern_a_wrong_name_and_a_syntax_error_are_refused() {
        let (.., diagnostics) = compile(&RULE.replace("\"needle\"", "/[^a]b?/"));
        assert_eq!(diagnostics[0].code, "R0008", "{diagnostics:?}");
        let (.., diagnostics) = compile(&RULE.replace("rule a_word", "rule another"));
        assert_eq!((diagnostics[0].code, diagnostics[0].line), ("R0003", 2), "{diagnostics:?}");
        let (.., diagnostics) = compile(&RULE.replace("$word\n}", "$wrd\n}"));
        assert_eq!(diagnostics[0].code, "R0001", "{diagnostics:?}");
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.line > 0));
    }
}
