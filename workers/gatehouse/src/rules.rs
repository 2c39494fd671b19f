//! `gatehouse rules` and `gatehouse explain`: the rulebook for the people who write it and for those it judges.

use analysis::Rulebook;
use analysis::rulebook::rule::{Language, Rule};
use clap::{Args, Subcommand, ValueEnum};
use model::Terminal;
use serde_json::json;

use crate::complaint::Complaint;
use crate::exit;
use crate::rulebook::{self, Files, RulesFolder};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  gatehouse rules list                             every rule, one a line
  gatehouse rules explain flow-download-execute    what a rule looks for, and where honest code does it
  gatehouse rules check --rules rules/             mistakes in a rulebook, as a compiler shows them";

/// See, check and test the rulebook.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print every rule.
    List {
        #[command(flatten)]
        folder: RulesFolder,
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    Explain(Explain),
    /// Say all that is wrong with a rulebook. Exit codes: 0 nothing, 1 something, 2 it cannot be read.
    Check {
        #[command(flatten)]
        folder: RulesFolder,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Human,
    Json,
}

/// Explain a rule, or a finding about an examination that ended early.
#[derive(Args)]
pub(crate) struct Explain {
    /// The id beside a finding.
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    folder: RulesFolder,
}

impl Rules {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        match &self.command {
            Command::List { folder, format } => list(&rulebook::files(folder.rules.as_deref())?, *format),
            Command::Explain(explain) => explain.run(),
            Command::Check { folder } => check(&rulebook::files(folder.rules.as_deref())?),
        }
    }
}

fn list(files: &Files, format: ListFormat) -> Result<u8, Complaint> {
    let book = rulebook::compile(files)?;
    let text = match format {
        ListFormat::Human => {
            let width = book.rules().iter().map(|rule| rule.id.len()).max().unwrap_or_default();
            let line = |rule: &Rule| {
                let (level, status) = (rule.level.as_str(), status(rule));
                let language = rule.language.as_str();
                format!("{:width$}  {level:13}  {status:12}  {language:5}  {}\n", rule.id, Terminal(&rule.title))
            };
            book.rules().iter().map(line).collect::<String>()
        }
        ListFormat::Json => {
            let rules = book.rules().iter().map(|rule| {
                json!({
                    "id": rule.id, "title": rule.title, "level": rule.level, "family": rule.family,
                    "status": rule.status, "tags": rule.tags, "falsepositives": rule.falsepositives,
                    "language": rule.language.as_str(), "file": rule.file, "line": rule.line,
                })
            });
            let document = json!({
                "schema": 1, "rulebook": book.digest(), "engine": analysis::ENGINE,
                "rules": rules.collect::<Vec<_>>(),
            });
            format!("{document:#}\n")
        }
    };
    terminal::print(&text)?;
    Ok(exit::OK)
}

fn check(files: &Files) -> Result<u8, Complaint> {
    match Rulebook::compile(files) {
        Ok(book) => {
            let digest = book.digest();
            terminal::print(&format!("{} rules, no mistake, rulebook {}\n", book.rules().len(), digest.short()))?;
            Ok(exit::OK)
        }
        Err(diagnostics) => {
            let shown = diagnostics.iter().map(|diagnostic| diagnostic.render(files)).collect::<Vec<_>>();
            let count = if shown.len() == 1 { "1 mistake".to_owned() } else { format!("{} mistakes", shown.len()) };
            terminal::print(&format!("{}\n\n{count}\n", shown.join("\n\n")))?;
            Ok(exit::FOUND)
        }
    }
}

impl Explain {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        if let Some((title, meaning)) = scanner::pool::explain(&self.rule) {
            let id = &self.rule;
            terminal::print(&format!("{id}\n  {title}\n\n{meaning}\n"))?;
            return Ok(exit::OK);
        }
        let files = rulebook::files(self.folder.rules.as_deref())?;
        let book = rulebook::compile(&files)?;
        let Some(rule) = book.rule(&self.rule) else {
            let complaint = Complaint::new("there is no such rule").at(&self.rule);
            let near = nearest(&self.rule, book.rules().iter().map(|rule| rule.id.as_str()));
            return Err(match near {
                Some(near) => complaint.attempt(format!("gatehouse explain {near}")),
                None => complaint.attempt("gatehouse rules list"),
            });
        };
        terminal::print(&describe(rule, &book, &files))?;
        Ok(exit::OK)
    }
}

fn describe(rule: &Rule, book: &Rulebook, files: &Files) -> String {
    let mut text = format!("{}\n  {}\n\n", rule.id, Terminal(&rule.title));
    let own = book.score().rule.get(&rule.id);
    let base = own.map(|own| own.weight).or_else(|| book.score().level.get(&rule.level).copied()).unwrap_or_default();
    let weight = match own {
        Some(own) => format!("{base} in log-odds, its own: {}", own.reason),
        None => format!("{base} in log-odds, as every rule of its level"),
    };
    for (name, value) in [
        ("level", rule.level.as_str()),
        ("weight", &weight),
        ("status", status(rule)),
        ("family", &rule.family),
        ("tags", &rule.tags.join(", ")),
        ("honest code", &rule.falsepositives),
        ("written in", &format!("{}, {}:{}", rule.language.as_str(), rule.file, rule.line)),
    ] {
        text.push_str(&format!("  {name:12} {}\n", Terminal(value)));
    }
    let examples = format!("examples/{}/", rule.id);
    for path in files.keys().filter(|path| path.starts_with(&examples)) {
        text.push_str(&format!("  {:12} {}\n", "example", Terminal(path)));
    }
    text.push('\n');
    for line in source(rule, files) {
        text.push_str(&format!("    {}\n", Terminal(line)));
    }
    text
}

/// The text of a rule in its file.
fn source<'a>(rule: &Rule, files: &'a Files) -> Vec<&'a str> {
    const LINES: usize = 80;
    let text = files.get(&rule.file).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let from = match rule.language {
        Language::Yara => rule.line.saturating_sub(1) as usize,
        Language::Sigma | Language::List => 0,
    };
    let mut lines = Vec::new();
    for line in text.lines().skip(from).take(LINES) {
        lines.push(line);
        if rule.language == Language::Yara && line.starts_with('}') {
            break;
        }
    }
    lines
}

fn status(rule: &Rule) -> &'static str {
    match rule.status {
        model::RuleStatus::Experimental => "experimental",
        model::RuleStatus::Test => "test",
        model::RuleStatus::Stable => "stable",
        model::RuleStatus::Deprecated => "deprecated",
    }
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|id| (strsim::jaro_winkler(word, id), id))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id)
}
