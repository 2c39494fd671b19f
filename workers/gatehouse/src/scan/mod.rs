//! `gatehouse scan`: archives in, verdicts out, in the order of the command line.

pub(crate) mod diff;
mod earlier;
pub(crate) mod frame;
mod human;
mod input;
mod interrupt;
mod progress;
mod record;
mod run;
mod sarif;
mod sealed;
pub(crate) mod text;
mod verdicts;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use model::{Level, Outcome, Verdict};

pub(crate) use record::ascii_json;
pub(crate) use run::{Judged, Output, run as judge};

use crate::complaint::Complaint;
use crate::examiners::{self, Effort};
use crate::exit;
use crate::explain::Thresholds;
use crate::rulebook::{self, RulesFolder};

const EXAMPLES: &str = "\
Examples:
  gatehouse scan demo-1.0.tar.gz                      one archive, with reasons and code
  gatehouse scan dist/ --fail-on hold                 a folder; fail a build only for the worst
  gatehouse scan --format sarif dist/ > out.sarif     for code scanning
  gatehouse scan --previous demo-1.0.whl demo-1.1.whl     what is new since the release before
  gatehouse scan --password infected sample.zip       judge the archive inside a sample zip
  curl -s https://index.example/demo.whl | gatehouse scan - --stdin-filename demo-1.0.whl";

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on
  1  something at or above --fail-on
  2  usage error, or a path could not be read
  3  something was not read whole, and nothing was found

Verdicts go to standard output, all else to standard error. Archives are held in memory: nothing of them is written \
to disk, nothing in them is run, and nothing is sent anywhere.";

/// Judge archives: files, folders, `-` for standard input, or password-protected sample zips.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = EXIT_CODES)]
pub(crate) struct Scan {
    #[command(flatten)]
    source: Source,
    /// How to write verdicts.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// What makes the exit code 1: an outcome, or a finding of a level.
    #[arg(long, value_name = "review|hold|LEVEL", default_value = "review", value_parser = FailOn::parse)]
    fail_on: FailOn,
    /// Exit with 0 where it would be 1.
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    rules: RulesFolder,
    /// How many archives are examined at a time [default: one a core].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds that one archive may take.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    timeout: Duration,
    /// MiB of private memory of an examining process; more than that is `incomplete`.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(128..=1_048_576))]
    memory_mib: Option<u64>,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
    /// Print the arithmetic of each score.
    #[arg(long)]
    explain: bool,
    /// Print every finding, also those of shadow rules that never count.
    #[arg(long, short)]
    verbose: bool,
}

/// Where archives come from.
#[derive(Args)]
pub(crate) struct Source {
    /// Archives, folders of archives, single Python files, or `-`.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Open encrypted sample zips with this password and judge what is inside; collectors use `infected`.
    #[arg(long, value_name = "PASSWORD")]
    pub password: Option<String>,
    /// The file name that standard input was published under.
    #[arg(long, value_name = "NAME", default_value = "stdin")]
    pub stdin_filename: String,
    /// Hold the archive against this one, of the release before: what is new is marked, and rules may speak of it.
    #[arg(long, value_name = "OLD")]
    pub previous: Option<PathBuf>,
}

impl Source {
    /// Archives at these paths, without more to say of them.
    pub(crate) fn of(paths: Vec<PathBuf>, password: Option<String>) -> Self {
        Self { paths, password, stdin_filename: "stdin".to_owned(), previous: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// One JSON object an archive, as soon as it is judged.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    Outcome(Outcome),
    Level(Level),
}

impl FailOn {
    fn parse(text: &str) -> Result<Self, String> {
        match Outcome::parse(text) {
            Some(outcome @ (Outcome::Review | Outcome::Hold)) => Ok(Self::Outcome(outcome)),
            _ => Level::parse(text).map(Self::Level).ok_or_else(|| {
                let levels = Level::ALL.map(Level::as_str).join("`, `");
                format!("say `review` or `hold`, or the level of a finding: `{levels}`")
            }),
        }
    }

    fn is_met(self, verdict: &Verdict) -> bool {
        match self {
            Self::Outcome(outcome) => verdict.outcome >= outcome,
            // How an examination ended is in the outcome `incomplete`; it says nothing about the archive.
            Self::Level(level) => {
                verdict.scored_findings().any(|finding| finding.level >= level && finding.family != "examination")
            }
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds".to_owned())?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err("between 0.001 and 86400 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// What the exit code depends on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub found: bool,
    pub incomplete: bool,
    pub unreadable: bool,
    pub interrupted: bool,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict, fail_on: FailOn) {
        self.found |= fail_on.is_met(verdict);
        self.incomplete |= verdict.outcome == Outcome::Incomplete;
    }

    pub(crate) fn exit_code(self, exit_zero: bool) -> u8 {
        if self.interrupted {
            exit::INTERRUPTED
        } else if self.unreadable {
            exit::FAILED
        } else if self.found {
            if exit_zero { exit::OK } else { exit::FOUND }
        } else if self.incomplete {
            exit::INCOMPLETE
        } else {
            exit::OK
        }
    }
}

pub(crate) fn run(scan: &Scan, colours: bool) -> Result<u8, Complaint> {
    let files = rulebook::files(scan.rules.rules.as_deref())?;
    let effort = Effort {
        jobs: scan.jobs.map(usize::from),
        timeout: scan.timeout,
        memory_mib: scan.memory_mib,
        recycle: None,
        allow_unsandboxed: scan.sandboxing.allow_unsandboxed,
    };
    let arithmetic = if scan.explain { Some(Thresholds::of(&rulebook::compile(&files)?)) } else { None };
    let pool = examiners::start_with(&files, &effort)?;
    let limit = rulebook::archive_limit(&files);
    let mut writer = verdicts::Writer::new(scan, colours, arithmetic);
    let tally = run::run(&scan.source, scan.fail_on, &pool, limit, &mut writer)?;
    Ok(tally.exit_code(scan.exit_zero))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_exit_codes() {
        let code = |found, incomplete, unreadable, exit_zero| {
            Tally { found, incomplete, unreadable, interrupted: false }.exit_code(exit_zero)
        };
        assert_eq!(code(false, false, false, false), 0);
        assert_eq!(code(true, false, false, false), 1);
        assert_eq!(code(true, true, false, false), 1);
        assert_eq!(code(false, true, false, false), 3);
        assert_eq!(code(true, true, true, false), 2);
        assert_eq!(code(true, false, false, true), 0);
        assert_eq!(code(false, true, false, true), 3);
        assert_eq!(code(false, false, true, true), 2);
        assert_eq!(Tally { interrupted: true, unreadable: true, ..Tally::default() }.exit_code(true), 130);
    }

    #[test]
    fn fail_on_is_an_outcome_or_a_level() {
        assert_eq!(FailOn::parse("hold"), Ok(FailOn::Outcome(Outcome::Hold)));
        assert_eq!(FailOn::parse("high"), Ok(FailOn::Level(Level::High)));
        assert!(FailOn::parse("clear").is_err());
        assert!(FailOn::parse("incomplete").is_err());
    }
}
