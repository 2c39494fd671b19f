//! `gatehouse diff`: what a release has that the one before it had not, the riskiest first.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use model::{Change, Difference, Filename, Outcome, Phase};
use serde::Serialize;

use super::{FailOn, Judged, Output, Source, Tally, ascii_json, frame, human::Paint, text::shown};
use crate::complaint::Complaint;
use crate::examiners::{self, Effort};
use crate::exit;
use crate::rulebook::{self, RulesFolder};

/// Changes printed for people; `--all` prints the others, too.
const CHANGES: usize = 20;

const EXAMPLES: &str = "\
Examples:
  gatehouse diff demo-1.0.tar.gz demo-1.1.tar.gz             what the new release can do
  gatehouse diff demo-1.1.tar.gz demo-1.1-py3-none-any.whl   what a wheel has and its sdist has not
  gatehouse diff --format json OLD NEW                       for a program";

const AFTER: &str = "\
Facts are compared by what they say, never by where they stand: lines that moved, layout, quotes,
comments and names of locals are no difference, and neither are code that moved to another file or
a file that got another name.

Exit codes:
  0  nothing is new that a rule speaks of
  1  something is
  2  usage error, or an archive could not be read
  3  the new archive was not read whole, and nothing was found";

/// Print what a release has that the one before it had not, the riskiest first.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = AFTER)]
pub(crate) struct Diff {
    /// The release before: an sdist or a wheel.
    old: PathBuf,
    /// The release to be judged.
    new: PathBuf,
    /// How to write the difference.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Print every change.
    #[arg(long, short)]
    all: bool,
    /// Exit with 0 where it would be 1.
    #[arg(long)]
    exit_zero: bool,
    /// Open encrypted sample zips with this password and compare what is inside.
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    #[command(flatten)]
    rules: RulesFolder,
    /// Seconds that the comparison may take.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = super::seconds)]
    timeout: std::time::Duration,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// Takes the one verdict of the run.
struct Taken(Option<Judged>);

impl Output for Taken {
    fn write(&mut self, judged: Judged) -> io::Result<()> {
        self.0 = Some(judged);
        Ok(())
    }

    fn finish(&mut self, _tally: &Tally) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn run(diff: &Diff, colours: bool) -> Result<u8, Complaint> {
    let files = rulebook::files(diff.rules.rules.as_deref())?;
    let effort = Effort { jobs: Some(1), timeout: diff.timeout, ..Effort::usual(diff.sandboxing) };
    let pool = examiners::start_with(&files, &effort)?;
    let source =
        Source { previous: Some(diff.old.clone()), ..Source::of(vec![diff.new.clone()], diff.password.clone()) };
    let mut taken = Taken(None);
    let review = FailOn::Outcome(Outcome::Review);
    let tally = super::judge(&source, review, &pool, rulebook::archive_limit(&files), &mut taken)?;
    let Some(judged) = taken.0 else { return Ok(tally.exit_code(false)) };
    let Some(difference) = &judged.difference else {
        // The examination was ended: the verdict says by what.
        return Err(Complaint::new("the archives could not be compared")
            .at(&judged.path)
            .because(&judged.verdict.summary));
    };
    let text = match diff.format {
        Format::Human => human(&judged, difference, if diff.all { usize::MAX } else { CHANGES }, Paint::new(colours)),
        Format::Json => {
            json(&judged, difference).map_err(|error| Complaint::new("cannot write the difference").because(error))?
        }
    };
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Complaint::new("cannot write to standard output").because(error));
        }
        _ => {}
    }
    let risky = difference.changes.iter().any(|change| change.weight > 0.0);
    Ok(match (risky, judged.verdict.outcome) {
        (true, _) if !diff.exit_zero => exit::FOUND,
        (false, Outcome::Incomplete) => exit::INCOMPLETE,
        _ => exit::OK,
    })
}

/// The document of `--format json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    project: &'a str,
    version: &'a str,
    filename: &'a str,
    sha256: String,
    outcome: &'static str,
    score: f64,
    #[serde(flatten)]
    difference: &'a Difference,
    rulebook: String,
    engine: &'a str,
}

fn json(judged: &Judged, difference: &Difference) -> serde_json::Result<String> {
    let verdict = &judged.verdict;
    let document = Document {
        schema: 1,
        project: &verdict.project,
        version: &verdict.version,
        filename: &verdict.filename,
        sha256: verdict.sha256.to_string(),
        outcome: verdict.outcome.as_str(),
        score: verdict.score,
        difference,
        rulebook: verdict.rulebook.to_string(),
        engine: &verdict.engine,
    };
    Ok(ascii_json(&document, true)? + "\n")
}

fn human(judged: &Judged, difference: &Difference, most: usize, paint: Paint) -> String {
    let verdict = &judged.verdict;
    let before = difference.previous.filename.as_deref().unwrap_or_default();
    let project = Filename::parse(&verdict.filename).map_or_else(|| verdict.project.clone(), |name| name.project);
    let step = match difference.step.as_str() {
        "other" => String::new(),
        step => format!(", a {step} release"),
    };
    let mut text = format!(
        "{} {} → {}{step}  {}\n",
        paint.bold(&shown(&project)),
        shown(&difference.previous.version),
        shown(&verdict.version),
        paint.dim(&format!("{} · {}", shown(before), shown(&verdict.filename)))
    );
    text.push_str(&summary(difference));
    for change in difference.changes.iter().take(most) {
        describe(change, paint, &mut text);
    }
    let left = difference.total - difference.changes.len().min(most) as u64;
    if left > 0 {
        let all = if most < difference.changes.len() { ", see --all" } else { "" };
        text.push_str(&format!("\n  and {left} more of less risk{all}\n"));
    }
    let novel = verdict.scored_findings().filter(|finding| finding.novel && finding.weight > 0.0).count();
    let share = if novel > 0 { format!("; {novel} of its findings that count are new") } else { String::new() };
    text.push_str(&format!(
        "\nVerdict on the new release: {} (score {}){share}.\n",
        verdict.outcome.as_str(),
        verdict.score
    ));
    text
}

/// What is new in one sentence, and what could not be told.
pub(super) fn summary(difference: &Difference) -> String {
    let things = |count: u64| match count {
        0 => "nothing is".to_owned(),
        1 => "1 thing is".to_owned(),
        count => format!("{count} things are"),
    };
    let mut text = format!("  {} new, {} gone\n", things(difference.total), things(difference.gone));
    for limit in &difference.limits {
        text.push_str(&format!("  not compared: {}\n", shown(limit)));
    }
    text
}

/// One change, in two or three lines.
pub(super) fn describe(change: &Change, paint: Paint, text: &mut String) {
    let place = frame::place_of(&change.place, change.phase.filter(|phase| *phase != Phase::Never));
    let new_member = if change.new_member && change.kind != "member" { " · a new file" } else { "" };
    let kind = if change.weight > 0.0 { paint.mark(&change.kind) } else { paint.dim(&change.kind) };
    text.push_str(&format!("\n  {kind}  {place}{new_member}\n"));
    if !change.what.is_empty() {
        text.push_str(&format!("      {}\n", shown(&change.what)));
    }
    if !change.first.is_empty() {
        let first = shown(&change.first.join(", "));
        text.push_str(&format!("      {}\n", paint.dim(&format!("not in the release before, or only later: {first}"))));
    }
    if !change.rules.is_empty() {
        text.push_str(&format!("      {}\n", paint.dim(&format!("rules: {}", shown(&change.rules.join(", "))))));
    }
}
