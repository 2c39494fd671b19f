//! What every rule says of itself, in whichever language it is written.

use std::collections::BTreeMap;

use model::{Level, RuleStatus};

use super::diagnostic::{Diagnostic, locate, nearest};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    Yara,
    Sigma,
    List,
}

impl Language {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yara => "yara",
            Self::Sigma => "sigma",
            Self::List => "list",
        }
    }
}

/// The kinds of bytes a rule can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    Python,
    Layer,
    Script,
    Text,
    Executable,
    Data,
}

impl Format {
    pub const ALL: [Self; 6] = [Self::Python, Self::Layer, Self::Script, Self::Text, Self::Executable, Self::Data];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Layer => "layer",
            Self::Script => "script",
            Self::Text => "text",
            Self::Executable => "executable",
            Self::Data => "data",
        }
    }
}

/// A set of [`Format`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Formats(u8);

impl Formats {
    /// What a rule reads that does not say: code.
    pub const CODE: Self = Self(1 << Format::Python as u8 | 1 << Format::Layer as u8 | 1 << Format::Script as u8);
    pub const ANY: Self = Self((1 << Format::ALL.len()) - 1);

    #[must_use]
    pub const fn with(self, format: Format) -> Self {
        Self(self.0 | 1 << format as u8)
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, format: Format) -> bool {
        self.0 & (1 << format as u8) != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a format is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A rule as the rest of the house speaks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: String,
    pub title: String,
    pub family: String,
    pub level: Level,
    pub status: RuleStatus,
    pub tags: Vec<String>,
    pub falsepositives: String,
    pub language: Language,
    pub formats: Formats,
    /// File and line of the rulebook.
    pub file: String,
    pub line: u32,
    /// A Sigma rule over `release/summary`.
    pub summary: bool,
}

/// The words of a rule before they are understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub fields: BTreeMap<&'static str, String>,
    /// Where the rule stands in its file.
    pub span: Option<(usize, usize)>,
}

const REQUIRED: [&str; 7] = ["id", "title", "family", "level", "status", "tags", "falsepositives"];

impl Words {
    pub(crate) fn set(&mut self, field: &'static str, value: impl Into<String>) {
        self.fields.insert(field, value.into());
    }

    /// Understands the words; every mistake is a diagnostic. `None` when one of them was fatal.
    pub(crate) fn understand(
        &self,
        language: Language,
        file: &str,
        text: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Rule> {
        let before = diagnostics.len();
        let from = self.span.map_or(0, |(start, _)| start);
        let complain = |code, message: String| Diagnostic::error(code, file, message);
        let get = |field| self.fields.get(field).map_or("", String::as_str).trim();
        for field in REQUIRED {
            if get(field).is_empty() {
                let name = if get("id").is_empty() { "a rule" } else { get("id") };
                diagnostics.push(
                    complain("R0002", format!("{name} does not say its `{field}`"))
                        .at(text, self.span.or(Some((0, 0))))
                        .label("this rule")
                        .help(format!("every rule says {}", REQUIRED.map(|field| format!("`{field}`")).join(", "))),
                );
            }
        }
        let mark = |value: &str| locate(text, value, from).or(self.span);
        let id = get("id");
        if !id.is_empty() && !is_id(id) {
            diagnostics.push(
                complain("R0003", format!("`{id}` is no id"))
                    .at(text, mark(id))
                    .help("lower-case words and digits joined by `-`, at most 64 characters"),
            );
        }
        let level = Level::parse(get("level"));
        if level.is_none() && !get("level").is_empty() {
            let known = Level::ALL.map(Level::as_str);
            diagnostics.push(unknown(complain, "level", get("level"), &known).at(text, mark(get("level"))));
        }
        let statuses = ["experimental", "test", "stable", "deprecated"];
        let status = match get("status") {
            "experimental" => Some(RuleStatus::Experimental),
            "test" => Some(RuleStatus::Test),
            "stable" => Some(RuleStatus::Stable),
            "deprecated" => Some(RuleStatus::Deprecated),
            "" => None,
            other => {
                diagnostics.push(unknown(complain, "status", other, &statuses).at(text, mark(other)));
                None
            }
        };
        let tags: Vec<String> = split(get("tags"));
        let is_technique =
            |tag: &str| tag.strip_prefix("attack.t").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !tags.is_empty() && !tags.iter().any(|tag| is_technique(tag)) {
            diagnostics.push(
                complain("R0003", format!("`{id}` names no technique in its tags"))
                    .at(text, mark(&tags[0]))
                    .help("such as `attack.t1059.006`"),
            );
        }
        if get("title").ends_with('.') {
            diagnostics.push(
                complain("R0003", format!("the title of `{id}` ends in a full stop"))
                    .at(text, mark(get("title")))
                    .help("the verdict's sentence goes on after it"),
            );
        }
        let formats = self.formats(complain, text, diagnostics);
        if diagnostics.len() > before {
            return None;
        }
        Some(Rule {
            id: id.to_owned(),
            title: get("title").to_owned(),
            family: get("family").to_owned(),
            level: level?,
            status: status?,
            tags,
            falsepositives: get("falsepositives").to_owned(),
            language,
            formats,
            file: file.to_owned(),
            line: line_of(text, from),
            summary: false,
        })
    }

    fn formats(
        &self,
        complain: impl Fn(&'static str, String) -> Diagnostic,
        text: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Formats {
        let Some(words) = self.fields.get("formats") else { return Formats::CODE };
        let mut formats = Formats::default();
        for word in split(words) {
            if word == "any" {
                formats = Formats::ANY;
            } else if let Some(format) = Format::ALL.into_iter().find(|format| format.as_str() == word) {
                formats = formats.with(format);
            } else {
                let known: Vec<_> = Format::ALL.into_iter().map(Format::as_str).chain(["any"]).collect();
                let from = self.span.map_or(0, |(start, _)| start);
                diagnostics.push(unknown(&complain, "format", &word, &known).at(text, locate(text, &word, from)));
            }
        }
        formats
    }
}

fn unknown(
    complain: impl Fn(&'static str, String) -> Diagnostic,
    what: &str,
    word: &str,
    known: &[&str],
) -> Diagnostic {
    let help = nearest(word, known.iter().copied())
        .map_or_else(|| format!("one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    complain("R0003", format!("`{word}` is no {what}")).label(format!("not a {what}")).help(help)
}

pub(crate) fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

pub(crate) fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let mut words = Words::default();
        for (field, value) in [
            ("id", "a-b2"),
            ("title", "Does it"),
            ("family", "f"),
            ("level", "high"),
            ("status", "stable"),
            ("tags", "attack.t1059"),
            ("falsepositives", "none known"),
        ] {
            words.set(field, value);
        }
        words
    }

    #[test]
    fn a_whole_rule_is_understood() {
        let mut diagnostics = Vec::new();
        let rule = words().understand(Language::Yara, "a.yar", "", &mut diagnostics).unwrap();
        assert_eq!((rule.level, rule.formats), (Level::High, Formats::CODE));
        assert!(diagnostics.is_empty());
    }

    #[test]
    fn each_mistake_is_named() {
        for (field, value, code) in [
            ("title", "", "R0002"),
            ("id", "Bad_Id", "R0003"),
            ("level", "hihg", "R0003"),
            ("status", "alpha", "R0003"),
            ("tags", "malware", "R0003"),
            ("formats", "pyton", "R0003"),
            ("title", "Does it.", "R0003"),
        ] {
            let mut words = words();
            words.set(field, value);
            let mut diagnostics = Vec::new();
            assert!(words.understand(Language::Yara, "a.yar", "", &mut diagnostics).is_none(), "{field}");
            assert_eq!(diagnostics.len(), 1, "{field}: {diagnostics:?}");
            assert_eq!(diagnostics[0].code, code, "{field}");
        }
    }
}
