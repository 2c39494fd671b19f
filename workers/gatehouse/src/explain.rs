//! `gatehouse explain`: the arithmetic of a verdict, or the page of a rule.

mod arithmetic;
mod page;
mod stored;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use analysis::Rulebook;
use clap::Args;
use model::Outcome;
use strsim::jaro_winkler;

pub(crate) use arithmetic::{Sum, Thresholds};

use crate::complaint::Complaint;
use crate::examiners::{self, Effort};
use crate::rulebook::{self, Files, RulesFolder};
use crate::scan::{self, FailOn, Judged, Output, Source, Tally};
use crate::{exit, terminal};

const EXAMPLES: &str = "\
Examples:
  gatehouse explain flow-download-execute    a rule: what it says, why, and where honest code does it
  gatehouse explain demo-1.0.tar.gz          judge an archive, and add its score up by hand
  gatehouse explain verdict.json             the same of a verdict that was kept
  gatehouse scan --format jsonl dist/ | gatehouse explain -";

/// Explain a rule, a finding about an examination that ended early, or the score of an archive or of a kept verdict.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The id beside a finding, an archive, a file with verdicts as JSON, or `-` for verdicts on standard input.
    #[arg(value_name = "RULE|PATH|-")]
    what: String,
    #[command(flatten)]
    folder: RulesFolder,
    /// Open encrypted sample zips with this password and explain the verdict on what is inside.
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
}

/// Bytes of verdicts that are read.
const VERDICTS: u64 = 256 * 1024 * 1024;

impl Explain {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        if let Some((title, meaning)) = scanner::pool::explain(&self.what) {
            let id = &self.what;
            terminal::print(&format!("{id}\n  {title}\n\n{meaning}\n"))?;
            return Ok(exit::OK);
        }
        let files = rulebook::files(self.folder.rules.as_deref())?;
        let book = rulebook::compile(&files)?;
        if let Some(rule) = book.rule(&self.what) {
            terminal::print(&page::page(rule, &book, &files))?;
            return Ok(exit::OK);
        }
        let path = Path::new(&self.what);
        if self.what == "-" {
            return verdicts(&read(&mut io::stdin().lock(), path)?, path, &book);
        }
        if !path.exists() {
            return Err(unknown(&book, &self.what));
        }
        let mut head = [0; 64];
        let mut file = std::fs::File::open(path)
            .map_err(|error| Complaint::new("cannot read").at(path.display()).because(error))?;
        let length = file.read(&mut head).unwrap_or_default();
        let text = head[..length].iter().find(|byte| !byte.is_ascii_whitespace());
        if text == Some(&b'{') {
            let mut file = std::fs::File::open(path)
                .map_err(|error| Complaint::new("cannot read").at(path.display()).because(error))?;
            return verdicts(&read(&mut file, path)?, path, &book);
        }
        self.archive(path.to_path_buf(), &files, &book)
    }

    fn archive(&self, path: PathBuf, files: &Files, book: &Rulebook) -> Result<u8, Complaint> {
        let effort = Effort { jobs: Some(1), ..Effort::usual(self.sandboxing) };
        let pool = examiners::start_with(files, &effort)?;
        let source = Source::of(vec![path], self.password.clone());
        let mut explained = Explained(Thresholds::of(book));
        let review = FailOn::Outcome(Outcome::Review);
        let tally = scan::judge(&source, review, &pool, rulebook::archive_limit(files), &mut explained)?;
        // To explain is no judgement: that something was found is not an exit code.
        Ok(if tally.unreadable { exit::FAILED } else { exit::OK })
    }
}

/// Prints the arithmetic of every verdict.
struct Explained(Thresholds);

impl Output for Explained {
    fn write(&mut self, judged: Judged) -> io::Result<()> {
        let sum = Sum::of_lines(&judged.verdict, &judged.lines, self.0.prior);
        terminal::print(&sum.print(&judged.path, &self.0))
    }

    fn finish(&mut self, _tally: &Tally) -> io::Result<()> {
        Ok(())
    }
}

fn read(stream: &mut impl Read, path: &Path) -> Result<String, Complaint> {
    let unusable = || Complaint::new("cannot read verdicts").at(path.display());
    let mut text = String::new();
    stream.take(VERDICTS).read_to_string(&mut text).map_err(|error| unusable().because(error))?;
    Ok(text)
}

fn verdicts(text: &str, path: &Path, book: &Rulebook) -> Result<u8, Complaint> {
    let all = stored::read(text).map_err(|error| {
        Complaint::new("there is no verdict to explain")
            .at(path.display())
            .because(error)
            .attempt("gatehouse scan --format jsonl writes verdicts, and GET /v1/verdicts/SHA256 answers with one")
    })?;
    let thresholds = Thresholds::of(book);
    for verdict in all {
        let note = (verdict.rulebook != book.digest().to_string()).then_some(
            "judged by another rulebook than the one here: prior and thresholds below may not be those it was judged by",
        );
        let text = verdict.sum(thresholds.prior).print(&verdict.filename, &thresholds);
        terminal::print(&text)?;
        if let Some(note) = note {
            terminal::print(&format!("  note: {note}\n\n"))?;
        }
    }
    Ok(exit::OK)
}

/// There is neither a rule nor a file of this name.
pub(crate) fn unknown(book: &Rulebook, id: &str) -> Complaint {
    let complaint = Complaint::new("there is no such rule, and no such file").at(id);
    let near = book.rules().iter().map(|rule| (jaro_winkler(id, &rule.id), rule.id.as_str()));
    match near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, near)) => complaint.attempt(format!("gatehouse explain {near}")),
        None => complaint.attempt("gatehouse rules list"),
    }
}
