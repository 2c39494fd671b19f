//! The one binary: every role is a subcommand.

mod backtest;
mod cache;
mod complaint;
mod config;
mod corpus;
mod costs;
mod demo;
mod doctor;
mod draft;
mod examiners;
mod explain;
mod feed;
mod fleet;
mod labels;
mod learn;
mod logging;
mod plan;
mod probes;
mod pulse;
mod queues;
mod reconcile;
mod rescan;
mod rulebook;
mod rules;
mod running;
mod scan;
mod schema;
mod sender;
mod settings;
mod terminal;
mod up;
mod verify;

use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::complaint::Complaint;

/// Syntax trees are made of millions of small allocations, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes, the same for every subcommand.
pub(crate) mod exit {
    pub(crate) const OK: u8 = 0;
    pub(crate) const FOUND: u8 = 1;
    pub(crate) const FAILED: u8 = 2;
    pub(crate) const INCOMPLETE: u8 = 3;
    pub(crate) const INTERRUPTED: u8 = 130;
}

const EXAMPLES: &str = "\
Examples:
  gatehouse scan dist/                        judge every archive in a folder
  gatehouse scan demo-1.0-py3-none-any.whl    judge one, with reasons and code
  gatehouse scan --format jsonl dist/         one JSON object per archive, for a program
  gatehouse diff old.whl new.whl              what a release has that the one before had not
  gatehouse up --demo                         the whole pipeline here, with archives to judge

Exit codes: 0 nothing found, 1 found, 2 usage or input/output error, 3 incomplete and nothing found.
Nothing is sent anywhere and nothing from an archive is ever run.";

/// Inspects Python package uploads without running them, and says why.
#[derive(Parser)]
#[command(name = "gatehouse", version, before_help = EXAMPLES, max_term_width = 100, arg_required_else_help = true)]
struct Gatehouse {
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: terminal::When,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Scan(scan::Scan),
    Diff(scan::diff::Diff),
    Explain(explain::Explain),
    Rules(rules::Rules),
    Verify(verify::Verify),
    Up(up::UpArguments),
    Intake(feed::IntakeArguments),
    Scanner(fleet::ScannerArguments),
    Recorder(fleet::RecorderArguments),
    Signer(fleet::SignerArguments),
    Publisher(fleet::PublisherArguments),
    Dashboard(fleet::DashboardArguments),
    /// Declare the queues, look into them, and send back what was parked.
    #[command(subcommand)]
    Queue(queues::QueueCommand),
    /// Migrate the store, or make a login.
    #[command(subcommand)]
    Store(fleet::StoreCommand),
    Publish(fleet::PublishArguments),
    Reconcile(reconcile::Reconcile),
    Rescan(rescan::Rescan),
    Plan(plan::PlanArguments),
    Config(config::Config),
    Doctor(doctor::Doctor),
    Schema(schema::Schema),
    Corpus(corpus::Corpus),
    /// Print the version of the program and of its engine.
    Version,
    /// Examine for the pool that started this process.
    #[command(hide = true)]
    ExamineChild,
}

fn main() -> ExitCode {
    let matches = without_empty_variables(Gatehouse::command()).get_matches();
    let program = Gatehouse::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(program) {
        Ok(code) => ExitCode::from(code),
        Err(complaint) => {
            complaint.print();
            ExitCode::from(exit::FAILED)
        }
    }
}

/// An empty variable says nothing: it is how one is taken back. To the parser of flags it would be a value, and a wrong one.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|flag| if flag.get_env().is_some_and(is_empty) { flag.env(Resettable::Reset) } else { flag })
        .mut_subcommands(without_empty_variables)
}

fn run(program: Gatehouse) -> Result<u8, Complaint> {
    let colours = program.color.colours();
    match program.command {
        Command::Scan(scan) => scan::run(&scan, colours),
        Command::Diff(diff) => scan::diff::run(&diff, colours),
        Command::Explain(explain) => explain.run(),
        Command::Rules(rules) => rules.run(),
        Command::Schema(schema) => schema.run(),
        Command::Verify(verify) => verify.run(),
        Command::Up(arguments) => up::up(&arguments),
        Command::Intake(arguments) => arguments.run(),
        Command::Scanner(arguments) => fleet::scanner(&arguments),
        Command::Recorder(arguments) => fleet::recorder(&arguments),
        Command::Signer(arguments) => fleet::signer(&arguments),
        Command::Publisher(arguments) => fleet::publisher(&arguments),
        Command::Dashboard(arguments) => fleet::dashboard(&arguments),
        Command::Queue(command) => queues::run(&command),
        Command::Reconcile(reconcile) => reconcile.run(),
        Command::Rescan(rescan) => rescan.run(),
        Command::Plan(plan) => plan.run(),
        Command::Config(config) => config.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Store(command) => fleet::store(&command),
        Command::Publish(arguments) => fleet::publish(&arguments),
        Command::Corpus(corpus) => corpus.run(),
        Command::ExamineChild => examiners::serve(),
        Command::Version => version(),
    }
}

fn version() -> Result<u8, Complaint> {
    terminal::print(&format!("gatehouse {}\nengine {}\n", env!("CARGO_PKG_VERSION"), analysis::ENGINE))?;
    Ok(exit::OK)
}
