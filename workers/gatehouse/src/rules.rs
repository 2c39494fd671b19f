//! `gatehouse rules`: the rulebook for the people who write it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use analysis::Rulebook;
use analysis::rulebook::diagnostic::{Diagnostic, Severity};
use analysis::rulebook::rule::Rule;
use analysis::rulebook::{lint, trial};
use clap::{Args, Subcommand, ValueEnum};
use model::Terminal;
use serde_json::json;

use crate::backtest::Backtest;
use crate::complaint::Complaint;
use crate::costs;
use crate::draft::Draft;
use crate::exit;
use crate::explain::{self, Explain};
use crate::learn::Learn;
use crate::rulebook::{self, Files, RulesFolder};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  gatehouse rules list                             every rule, one a line
  gatehouse rules explain flow-download-execute    what a rule looks for, and why
  gatehouse rules new my-rule --rules rules/       a rule that works, to be made into your own
  gatehouse rules check --rules rules/             mistakes in a rulebook, as a compiler shows them
  gatehouse rules test --rules rules/ my-rule      whether it hits its example and spares the twin
  gatehouse rules backtest bad/ good/ --labels all.tsv       what it finds in labelled archives";

/// See, write, check and test rules.
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
    /// Run the examples of the rules on the real pipeline, and measure what each rule costs.
    ///
    /// Exit codes: 0 all as they say and within the budget of `limits.toml`, 1 not, 2 usage error.
    Test {
        /// Only the examples of this rule.
        #[arg(value_name = "RULE")]
        rule: Option<String>,
        #[command(flatten)]
        folder: RulesFolder,
        /// Do not measure what the rules cost.
        #[arg(long)]
        no_cost: bool,
    },
    New(Draft),
    Backtest(Backtest),
    Fit(Learn),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Human,
    Json,
}

impl Rules {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        match &self.command {
            Command::List { folder, format } => list(&rulebook::files(folder.rules.as_deref())?, *format),
            Command::Explain(explain) => explain.run(),
            Command::Check { folder } => check(&rulebook::files(folder.rules.as_deref())?),
            Command::New(draft) => draft.run(),
            Command::Backtest(backtest) => backtest.run(),
            Command::Fit(learn) => learn.run(),
            Command::Test { rule, folder, no_cost } => {
                test(&rulebook::files(folder.rules.as_deref())?, rule.as_deref(), !no_cost)
            }
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
    let diagnostics = lint::check(files);
    let code = report(&diagnostics, files)?;
    if code == exit::OK {
        let book = rulebook::compile(files)?;
        terminal::print(&format!("{} rules, no mistake, rulebook {}\n", book.rules().len(), book.digest().short()))?;
    }
    Ok(code)
}

/// Prints diagnostics as a compiler does. Warnings alone do not fail.
fn report(diagnostics: &[Diagnostic], files: &Files) -> Result<u8, Complaint> {
    for diagnostic in diagnostics {
        terminal::print(&format!("{}\n\n", diagnostic.render(files)))?;
    }
    let of = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    if errors + warnings > 0 {
        terminal::print(&format!("{}, {}\n", count(errors, "mistake"), count(warnings, "warning")))?;
    }
    Ok(if errors > 0 { exit::FOUND } else { exit::OK })
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

fn test(files: &Files, only: Option<&str>, cost: bool) -> Result<u8, Complaint> {
    let book = rulebook::compile(files)?;
    if let Some(rule) = only {
        known(&book, rule)?;
    }
    let examples = trial::examples(files)
        .into_iter()
        .filter(|example| only.is_none_or(|only| only == example.rule))
        .filter(|example| book.rule(&example.rule).is_some_and(|rule| rule.status != model::RuleStatus::Deprecated))
        .collect::<Vec<_>>();
    let total = examples.len();
    let mut failures = run_all(examples, &book)?;
    if cost {
        failures.extend(costs::over_budget(files, &book, only));
    }
    failures.sort();
    let code = report(&failures, files)?;
    if code == exit::OK {
        terminal::print(&format!("{} as they say\n", count(total, "example")))?;
    }
    Ok(code)
}

/// Runs examples side by side, each on a stack as deep as an examining child's.
fn run_all(examples: Vec<trial::Example>, book: &Rulebook) -> Result<Vec<Diagnostic>, Complaint> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(example) = examples.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(failure) = example.clone().run(book).failure {
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            }
        }
    };
    std::thread::scope(|scope| {
        let workers = (0..jobs).map(|_| {
            std::thread::Builder::new()
                .name("example".to_owned())
                .stack_size(scanner::child::STACK)
                .spawn_scoped(scope, work)
        });
        let workers = workers.collect::<Result<Vec<_>, _>>()?;
        let died = workers.into_iter().map(|worker| worker.join()).filter(Result::is_err).count();
        match died {
            0 => Ok(()),
            _ => Err(Complaint::new("the examples were not all run").because("an examination of one of them panicked")),
        }
    })?;
    Ok(failures.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The rule of this id, or a complaint that names the nearest one.
fn known<'a>(book: &'a Rulebook, id: &str) -> Result<&'a Rule, Complaint> {
    book.rule(id).ok_or_else(|| explain::unknown(book, id))
}

fn status(rule: &Rule) -> &'static str {
    match rule.status {
        model::RuleStatus::Experimental => "experimental",
        model::RuleStatus::Test => "test",
        model::RuleStatus::Stable => "stable",
        model::RuleStatus::Deprecated => "deprecated",
    }
}
