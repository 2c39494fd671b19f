//! `gatehouse rules backtest`: what a rulebook finds in labelled archives, and what another one would.

mod flips;
mod report;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use analysis::fit::is_frozen;
use analysis::score::ScoreLine;
use clap::Args;
use model::Outcome;

pub(crate) use report::{FILES_A_DAY, MALICIOUS};

use crate::complaint::Complaint;
use crate::costs;
use crate::examiners::{self, Effort};
use crate::labels::{Label, Labels};
use crate::rulebook::{self, Files, RulesFolder};
use crate::scan::{self, FailOn, Judged, Output, Source, Tally};
use crate::{exit, terminal};

const EXAMPLES: &str = "\
Examples:
  gatehouse rules backtest bad/ good/ --labels bad.tsv good.tsv --password infected
  gatehouse rules backtest bad/ good/ --labels all.tsv --rules new/ --against old/";

const AFTER: &str = "\
A table of labels has a heading and tab-separated columns: `sha256` or `filename`, then `label`
(malicious or benign), `cluster` and `project`. Without `label`, a table with a column `cluster` is
of malicious archives, and one without is of benign ones.

Malicious archives are counted by cluster, each by the share of its archives that is caught; benign
ones by project, each by whether any of its archives is flagged.

A fifth of clusters and projects, chosen by the digest of their names, is frozen: of it only rates
are printed, never a name or a rule, so that no rule can be written from it.

Exit codes:
  0  measured
  1  with --against: something that was caught is lost, or something honest is newly flagged
  2  usage or input/output error";

/// Measure a rulebook on labelled archives: recall by cluster, false alarms by project, each rule's part in both.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = AFTER)]
pub(crate) struct Backtest {
    /// Archives, or folders of them.
    #[arg(value_name = "DIR", required = true)]
    paths: Vec<PathBuf>,
    /// Tables that say what the archives really are.
    #[arg(long, value_name = "TSV", required = true, num_args = 1..)]
    labels: Vec<PathBuf>,
    #[command(flatten)]
    folder: RulesFolder,
    /// A second rulebook: print what it judges otherwise, and which rule or weight moved it.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Open encrypted sample zips with this password.
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Do not measure what each rule costs.
    #[arg(long)]
    no_cost: bool,
    /// How many archives are examined at a time [default: one a core].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
}

/// One labelled archive as it was judged.
struct Case {
    filename: String,
    label: Label,
    frozen: bool,
    outcome: Outcome,
    score: f64,
    lines: Vec<ScoreLine>,
}

impl Case {
    fn flagged(&self) -> bool {
        self.outcome >= Outcome::Review
    }
}

/// Judged archives by their digests.
type Cases = BTreeMap<model::Digest, Case>;

impl Backtest {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let labels = Labels::read(&self.labels)?;
        let files = rulebook::files(self.folder.rules.as_deref())?;
        let book = rulebook::compile(&files)?;
        let cases = self.judge(&files, &labels)?;
        let costs = if self.no_cost { BTreeMap::new() } else { costs::each(&files, &book) };
        terminal::print(&report::report(&cases, &book, &costs))?;
        let Some(against) = &self.against else { return Ok(exit::OK) };
        let others = rulebook::files(Some(Path::new(against)))?;
        let other = rulebook::compile(&others)?;
        let before = self.judge(&others, &labels)?;
        let (text, worse) = flips::flips(&before, &cases, &other, &book);
        terminal::print(&text)?;
        Ok(if worse { exit::FOUND } else { exit::OK })
    }

    fn judge(&self, files: &Files, labels: &Labels) -> Result<Cases, Complaint> {
        let effort = Effort { jobs: self.jobs.map(usize::from), ..Effort::usual(self.sandboxing) };
        let pool = examiners::start_with(files, &effort)?;
        let source = Source::of(self.paths.clone(), self.password.clone());
        let mut labelled = Labelled { labels, cases: Cases::new(), unknown: 0 };
        let review = FailOn::Outcome(Outcome::Review);
        let tally = scan::judge(&source, review, &pool, rulebook::archive_limit(files), &mut labelled)?;
        if tally.unreadable {
            return Err(Complaint::new("not all archives could be read").because("it is said above"));
        }
        if labelled.unknown > 0 {
            let _ = writeln!(io::stderr().lock(), "note: left out {} archives without a label", labelled.unknown);
        }
        if labelled.cases.is_empty() {
            return Err(Complaint::new("no archive has a label").attempt("tables that name them by sha256 or filename"));
        }
        Ok(labelled.cases)
    }
}

/// Takes verdicts on archives that have a label.
struct Labelled<'a> {
    labels: &'a Labels,
    cases: Cases,
    unknown: usize,
}

impl Output for Labelled<'_> {
    fn write(&mut self, judged: Judged) -> io::Result<()> {
        let verdict = &judged.verdict;
        let Some(label) = self.labels.of(&verdict.sha256, &verdict.filename) else {
            self.unknown += 1;
            return Ok(());
        };
        let case = Case {
            filename: verdict.filename.clone(),
            frozen: is_frozen(&label.group),
            label: label.clone(),
            outcome: verdict.outcome,
            score: verdict.score,
            lines: judged.lines,
        };
        self.cases.insert(verdict.sha256, case);
        Ok(())
    }

    fn finish(&mut self, _tally: &Tally) -> io::Result<()> {
        Ok(())
    }
}
