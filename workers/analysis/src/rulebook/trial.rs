//! The examples of the rules on the real pipeline: a hit must be found, its benign twin must not.

use std::collections::{BTreeMap, BTreeSet};

use model::{Artifact, Context, Filename, Previous, RuleStatus, Verdict};
use serde::Deserialize;

use super::{
    Rulebook,
    diagnostic::Diagnostic,
    limits::toml_diagnostic,
    pack::{self, Entry, Packed},
};

/// One example: the files below `examples/ID/NAME`, or that file itself.
#[derive(Clone, Debug)]
pub struct Example {
    pub rule: String,
    /// `hit.py`, `clean-twin/`, …
    pub name: String,
    /// Path in the rulebook, of the file or the folder.
    pub path: String,
    pub hit: bool,
    files: BTreeMap<String, Vec<u8>>,
}

/// What became of an example.
#[derive(Clone, Debug)]
pub struct Trial {
    pub example: Example,
    pub verdict: Option<Verdict>,
    /// Set when it did not do what its name says.
    pub failure: Option<Diagnostic>,
}

/// All examples, in the order of their paths.
pub fn examples(files: &BTreeMap<String, Vec<u8>>) -> Vec<Example> {
    let mut examples: BTreeMap<(String, String), Example> = BTreeMap::new();
    for (path, bytes) in files {
        let mut parts = path.splitn(4, '/');
        let (Some("examples"), Some(rule), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let hit = name.starts_with("hit");
        if !hit && !name.starts_with("clean") {
            continue;
        }
        let inner = parts.next().unwrap_or_default();
        let example = examples.entry((rule.to_owned(), name.to_owned())).or_insert_with(|| Example {
            rule: rule.to_owned(),
            name: name.to_owned(),
            path: format!("examples/{rule}/{name}"),
            hit,
            files: BTreeMap::new(),
        });
        example.files.insert(inner.to_owned(), bytes.clone());
    }
    examples.into_values().collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    format: String,
    filename: Option<String>,
    #[serde(default)]
    surround: bool,
    prefix: Option<String>,
    prefix_hex: Option<String>,
    trailing: Option<String>,
    trailing_hex: Option<String>,
    #[serde(default)]
    entry: Vec<RecipeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeEntry {
    name: String,
    text: Option<String>,
    hex: Option<String>,
    repeat: Option<Repeat>,
    link: Option<String>,
    #[serde(default)]
    executable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    text: String,
    times: usize,
}

/// Where an example keeps the release before its own.
const PREVIOUS: &str = "previous-release/";
/// Bytes that a `repeat` may make.
const REPEATED: usize = 256 * 1024 * 1024;

impl Example {
    /// The release before the one of this example, when its folder holds one as `previous-release/`.
    fn previous(&self) -> Option<Packed> {
        let files = self
            .files
            .iter()
            .filter_map(|(path, bytes)| path.strip_prefix(PREVIOUS).map(|inside| (inside.to_owned(), bytes.clone())));
        let files: BTreeMap<String, Vec<u8>> = files.collect();
        (!files.is_empty()).then(|| pack::tree(&files))
    }

    /// The archive this example stands for.
    pub fn pack(&self) -> Result<Packed, Diagnostic> {
        let Some(bytes) = self.files.get("") else {
            let mut files = self.files.clone();
            files.retain(|path, _| !path.starts_with(PREVIOUS));
            return Ok(pack::tree(&files));
        };
        let suffix = self.name.split_once('.').map_or("", |(_, suffix)| suffix);
        let mut files = pack::surroundings();
        let place = match suffix {
            "archive.toml" => return self.recipe(bytes),
            "py" => "demo/work.py",
            "init.py" => "demo/__init__.py",
            "main.py" => "demo/__main__.py",
            "setup.py" => "setup.py",
            "tests.py" => "tests/test_demo.py",
            "docs.py" => "docs/conf.py",
            "pkg-info" => "PKG-INFO",
            "pyproject.toml" => "pyproject.toml",
            "pth" => {
                let metadata = files.remove("PKG-INFO").unwrap_or_default();
                files.retain(|path, _| path.starts_with("demo/"));
                files.insert("demo-1.0.dist-info/METADATA".to_owned(), metadata);
                "demo.pth"
            }
            "" => return Err(self.complain("a file needs an extension that says what it becomes")),
            other => &format!("demo/data.{other}"),
        };
        files.insert(place.to_owned(), bytes.clone());
        Ok(pack::tree(&files))
    }

    fn recipe(&self, bytes: &[u8]) -> Result<Packed, Diagnostic> {
        let text = String::from_utf8_lossy(bytes);
        let recipe: Recipe = toml::from_str(&text).map_err(|error| toml_diagnostic(&self.path, &text, &error))?;
        let decode = |text: &str| hex::decode(text.replace([' ', '\n'], "")).map_err(|_| self.complain("bad hex"));
        let wheel = recipe.filename.as_deref().is_some_and(|name| name.ends_with(".whl"));
        let mut entries = Vec::new();
        if recipe.surround {
            let mut files = pack::surroundings();
            let root = if wheel { "" } else { "demo-1.0/" };
            if wheel {
                let metadata = files.remove("PKG-INFO").unwrap_or_default();
                files.retain(|path, _| path.starts_with("demo/"));
                files.insert("demo-1.0.dist-info/METADATA".to_owned(), metadata);
            }
            let replaced: BTreeSet<String> = recipe.entry.iter().map(|entry| entry.name.clone()).collect();
            let around = files.into_iter().map(|(path, data)| Entry::new(format!("{root}{path}"), data));
            entries.extend(around.filter(|entry| !replaced.contains(&entry.name)));
        }
        for entry in recipe.entry {
            let data = match (entry.text, entry.hex, entry.repeat) {
                (Some(text), None, None) => text.into_bytes(),
                (None, Some(hex), None) => decode(&hex)?,
                (None, None, Some(repeat)) if repeat.text.len().saturating_mul(repeat.times) <= REPEATED => {
                    repeat.text.repeat(repeat.times).into_bytes()
                }
                (None, None, None) => Vec::new(),
                _ => return Err(self.complain("an entry has one of `text`, `hex` and `repeat`, of at most 256 MiB")),
            };
            entries.push(Entry { name: entry.name, data, link: entry.link, executable: entry.executable });
        }
        let either = |text: Option<String>, hex: Option<String>| match hex {
            Some(hex) => decode(&hex),
            None => Ok(text.unwrap_or_default().into_bytes()),
        };
        let mut out = either(recipe.prefix, recipe.prefix_hex)?;
        let (archive, filename) = match recipe.format.as_str() {
            "zip" => (pack::zip(&entries), "demo-1.0.zip"),
            "tar" => (pack::tar_gz(&entries), "demo-1.0.tar.gz"),
            "none" if entries.is_empty() => (Vec::new(), "demo-1.0.tar.gz"),
            "none" => return Err(self.complain("what is no archive has no entries")),
            other => return Err(self.complain(&format!("`{other}` is none of `zip`, `tar` and `none`"))),
        };
        out.extend(archive);
        out.extend(either(recipe.trailing, recipe.trailing_hex)?);
        Ok(Packed { filename: recipe.filename.unwrap_or_else(|| filename.to_owned()), bytes: out })
    }

    fn complain(&self, message: &str) -> Diagnostic {
        Diagnostic::error("R0015", &self.path, format!("this example cannot be built: {message}"))
    }

    /// Examines it. Needs the stack that [`crate::examine`] needs.
    pub fn run(self, book: &Rulebook) -> Trial {
        let packed = match self.pack() {
            Ok(packed) => packed,
            Err(failure) => return Trial { example: self, verdict: None, failure: Some(failure) },
        };
        let mut context = Context::named(&packed.filename);
        // Rules about the name compare it with what is inside; the example decides both.
        context.project = None;
        let past = self.previous().map(|packed| {
            let (before, artifact) = (Context::named(&packed.filename), Artifact::new(packed.bytes));
            let version = Filename::parse(&packed.filename).map(|name| name.version).unwrap_or_default();
            context.previous = Some(Previous {
                version,
                sha256: artifact.sha256,
                filename: Some(packed.filename),
                size: None,
                url: None,
            });
            crate::remember(&mut crate::Engines::new(book), &artifact, &before)
        });
        let examination = crate::inspect_after(&Artifact::new(packed.bytes), &context, book, past.as_ref());
        let verdict = examination.verdict;
        let found = examination.hits.contains(&self.rule);
        let failure = match (self.hit, found) {
            (true, false) => Some(self.missed(&verdict, &examination.hits)),
            (false, true) => Some(self.found(&verdict)),
            _ => None,
        };
        Trial { example: self, verdict: Some(verdict), failure }
    }

    fn missed(&self, verdict: &Verdict, hits: &BTreeSet<String>) -> Diagnostic {
        let others: Vec<&str> = hits.iter().map(String::as_str).collect();
        let others =
            if others.is_empty() { "no rule did".to_owned() } else { format!("these did: {}", others.join(", ")) };
        let gaps: Vec<String> =
            verdict.coverage.reasons.iter().map(|gap| format!("; not read: {} {}", gap.member, gap.detail)).collect();
        Diagnostic::error("R0013", &self.path, format!("rule `{}` does not hit its own example", self.rule))
            .label(format!("{others}{}", gaps.concat()))
    }

    fn found(&self, verdict: &Verdict) -> Diagnostic {
        let finding = verdict.findings.iter().find(|finding| finding.rule == self.rule);
        let place = finding.map_or(String::new(), |finding| {
            format!("{}:{}: {}", finding.place.member, finding.place.line, finding.evidence)
        });
        let mut diagnostic =
            Diagnostic::error("R0014", &self.path, format!("rule `{}` hits its benign twin", self.rule)).label(place);
        // When the example is the very file, the mark can stand in it.
        if let (Some(finding), Some(bytes)) = (finding, self.files.get(""))
            && !self.name.ends_with(".archive.toml")
            && finding.place.layers.is_empty()
            && finding.place.line > 0
        {
            let text = String::from_utf8_lossy(bytes);
            let start: usize = text.split_inclusive('\n').take(finding.place.line as usize - 1).map(str::len).sum();
            let end = text[start.min(text.len())..].find('\n').map_or(text.len(), |at| start + at);
            diagnostic = diagnostic.at(&text, Some((start.min(text.len()), end)));
        }
        diagnostic
    }
}

/// Runs all examples, or those of one rule. Rules that are deprecated have none to run.
pub fn run(files: &BTreeMap<String, Vec<u8>>, book: &Rulebook, only: Option<&str>) -> Vec<Trial> {
    let wanted = |example: &Example| {
        only.is_none_or(|only| only == example.rule)
            && book.rule(&example.rule).is_some_and(|rule| rule.status != RuleStatus::Deprecated)
    };
    examples(files).into_iter().filter(wanted).map(|example| example.run(book)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(examples: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        let mut files = crate::rulebook::tests::book_files();
        files.extend(examples.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
        files
    }

    fn failures(examples: &[(&str, &str)]) -> Vec<String> {
        let files = files(examples);
        let book = Rulebook::compile(&files).unwrap();
        let trials = run(&files, &book, None);
        assert!(!trials.is_empty());
        trials
            .into_iter()
            .filter_map(|trial| trial.failure)
            .map(|wrong| format!("{} {}", wrong.code, wrong.file))
            .collect()
    }

    #[test]
    fn examples_do_what_their_names_say() {
        assert!(
            failures(&[
                ("examples/says-needle/hit.py", "x = 'needle'\n"),
                ("examples/says-needle/hit.setup.py", "x = 'needle'\n"),
                ("examples/says-needle/hit.pth", "import needle\n"),
                ("examples/says-needle/hit-tree/demo/a.py", "x = 'needle'\n"),
                ("examples/says-needle/clean.py", "x = 'thread'\n"),
                ("examples/says-needle/clean.txt", "needle\n"),
            ])
            .is_empty()
        );
    }

    #[test]
    fn a_miss_a_false_alarm_and_a_broken_recipe_are_told() {
        let told = failures(&[
            ("examples/says-needle/hit.py", "x = 'thread'\n"),
            ("examples/says-needle/clean.py", "x = 1\nx = 'needle'\n"),
            ("examples/says-needle/hit.archive.toml", "format = \"rar\"\n"),
        ]);
        assert_eq!(
            told,
            [
                "R0014 examples/says-needle/clean.py",
                "R0015 examples/says-needle/hit.archive.toml",
                "R0013 examples/says-needle/hit.py",
            ]
        );
    }

    #[test]
    fn a_recipe_is_written_entry_by_entry() {
        let told = failures(&[(
            "examples/says-needle/hit.archive.toml",
            "format = \"zip\"\nsurround = true\ntrailing_hex = \"0001\"\n[[entry]]\nname = \"demo-1.0/demo/a.py\"\n\
             repeat = { text = \"needle \", times = 2 }\n[[entry]]\nname = \"demo-1.0/demo/a.py\"\ntext = \"x\"\n",
        )]);
        assert!(told.is_empty(), "{told:?}");
    }
}
