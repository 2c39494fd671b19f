//! What is wrong with a rule, and how it is shown: as rustc shows it, with code, place, mark and help.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One complaint about a file of the rulebook. `rules/README.md` says what each code is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    pub file: String,
    /// From 1; 0 when it is about the file as a whole.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// Bytes of the file that are marked.
    pub span: Option<(usize, usize)>,
    pub severity: Severity,
    pub code: &'static str,
    pub message: String,
    /// What stands beside the mark.
    pub label: String,
    pub help: String,
}

impl Diagnostic {
    pub(crate) fn error(code: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            span: None,
            severity: Severity::Error,
            code,
            message: message.into(),
            label: String::new(),
            help: String::new(),
        }
    }

    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Marks bytes of the file's text.
    pub(crate) fn at(mut self, text: &str, span: Option<(usize, usize)>) -> Self {
        if let Some((start, end)) = span {
            let start = floor_boundary(text, start);
            let end = floor_boundary(text, end.max(start));
            let before = &text[..start];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            self.line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
            self.column = u32::try_from(before[line_start..].chars().count() + 1).unwrap_or(u32::MAX);
            self.span = Some((start, end));
        }
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The diagnostic for a terminal or a log, without colours.
    pub fn render(&self, files: &BTreeMap<String, Vec<u8>>) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let source = files.get(&self.file).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let mut group = Group::with_title(level.primary_title(self.message.clone()).id(self.code));
        if let Some((start, end)) = self.span.filter(|(start, end)| start <= end && *end <= source.len()) {
            let annotation = AnnotationKind::Primary.span(start..end).label(self.label.clone());
            group = group.element(Snippet::source(source).path(self.file.clone()).annotation(annotation));
        } else if !self.file.is_empty() {
            group = group.element(annotate_snippets::Origin::path(self.file.clone()));
            if !self.label.is_empty() {
                group = group.element(Level::NOTE.message(self.label.clone()));
            }
        }
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(self.help.clone()));
        }
        Renderer::plain().render(&[group])
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The known word nearest to one that is not known, when it is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count().max(word.chars().count()) / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Where a word stands in a text, as a whole word if possible.
pub(crate) fn locate(text: &str, word: &str, from: usize) -> Option<(usize, usize)> {
    if word.is_empty() {
        return None;
    }
    let tail = text.get(from..)?;
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let whole = tail.match_indices(word).find(|(at, _)| {
        let bytes = tail.as_bytes();
        !is_part(at.checked_sub(1).and_then(|before| bytes.get(before))) && !is_part(bytes.get(at + word.len()))
    });
    let at = whole.or_else(|| tail.match_indices(word).next())?.0;
    Some((from + at, from + at + word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place_the_mark_and_the_help() {
        let text = "id: a\nlevel: hihg\n";
        let files = BTreeMap::from([("sigma/a.yml".to_owned(), text.as_bytes().to_vec())]);
        let shown = Diagnostic::error("R0003", "sigma/a.yml", "unknown level")
            .at(text, locate(text, "hihg", 0))
            .label("not a level")
            .help("did you mean `high`?")
            .render(&files);
        assert!(shown.contains("error[R0003]: unknown level"), "{shown}");
        assert!(shown.contains("sigma/a.yml:2:8"), "{shown}");
        assert!(shown.contains("^^^^ not a level"), "{shown}");
        assert!(shown.contains("did you mean `high`?"), "{shown}");
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("calee", ["callee", "behaviour"]), Some("callee"));
        assert_eq!(nearest("zzzz", ["callee", "behaviour"]), None);
    }
}
