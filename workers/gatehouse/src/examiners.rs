//! Examining children of this binary: how the pool of them is started, and what a child does.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use analysis::{Engines, Rulebook};
use clap::Args;
use model::{Artifact, Context, Outcome, Terminal};
use scanner::child::{self, Examiner};
use scanner::pool::{CompiledRules, Pool, Settings, StartError};
use scanner::protocol::{Answer, Hello};
use scanner::sandbox::Lockdown;

use crate::complaint::Complaint;
use crate::exit;
use crate::rulebook;

/// Names a death that a child shall die, for the tests of the supervisor: `KIND` or `KIND@FILENAME`. No archive can
/// set it: it is read from the environment that a person started this program in.
const FAULT: &str = "GATEHOUSE_CHILD_FAULT";

/// What a run may use.
pub(crate) struct Effort {
    /// How many examinations run at a time; `None` is one a core.
    pub jobs: Option<usize>,
    pub timeout: Duration,
    /// MiB of private memory of one child; `None` is what is usual.
    pub memory_mib: Option<u64>,
    /// Examinations after which a child is replaced; `None` is what is usual.
    pub recycle: Option<u32>,
    /// Whether children that cannot be locked in may examine.
    pub allow_unsandboxed: bool,
}

impl Effort {
    /// What a person waits for: one a core, two minutes an archive.
    pub(crate) fn usual(sandboxing: Sandboxing) -> Self {
        Self {
            jobs: None,
            timeout: Duration::from_secs(120),
            memory_mib: None,
            recycle: None,
            allow_unsandboxed: sandboxing.allow_unsandboxed,
        }
    }
}

/// What is said where the system cannot lock children in.
#[derive(Args, Clone, Copy)]
pub(crate) struct Sandboxing {
    /// Examine also where the system cannot lock the examining processes in; every verdict then says so.
    #[arg(long, env = "GATEHOUSE_ALLOW_UNSANDBOXED")]
    pub(crate) allow_unsandboxed: bool,
}

/// Starts a pool of examining children with the rules of `folder`, or with the built-in ones.
pub(crate) fn start(folder: Option<&Path>, effort: &Effort) -> Result<Pool, Complaint> {
    let files = rulebook::files(folder)?;
    start_with(&files, effort)
}

/// As [`start`], with rules that were read before.
pub(crate) fn start_with(files: &rulebook::Files, effort: &Effort) -> Result<Pool, Complaint> {
    let rules = rulebook::compiled(files)?;
    let mut settings = Settings::of_this_binary()
        .map_err(|error| Complaint::new("cannot find this program's own file").because(error))?;
    settings.jobs = effort.jobs.unwrap_or(settings.jobs);
    settings.timeout = effort.timeout;
    settings.memory = effort.memory_mib.map_or(settings.memory, |mib| mib.saturating_mul(1024 * 1024));
    settings.recycle = effort.recycle.unwrap_or(settings.recycle);
    settings.allow_unsandboxed = effort.allow_unsandboxed;
    settings.environment = std::env::var_os(FAULT).map(|fault| (FAULT.into(), fault)).into_iter().collect();
    let pool = Pool::start(settings, rules).map_err(|error| {
        let complaint = Complaint::new("cannot start the processes that examine archives").because(&error);
        match error {
            StartError::Unsandboxed(_) => complaint.attempt(
                "allow seccomp here (containers: the runtime's default profile does), or say --allow-unsandboxed:\n\
                 an archive that takes over its reader then has the rights of this user, and every verdict says so",
            ),
            _ => complaint,
        }
    })?;
    if let Some(why) = &pool.lockdown().unfiltered {
        let why = Terminal(why);
        let _ = writeln!(io::stderr().lock(), "warning: archives are examined without a sandbox: {why}");
    } else if !pool.lockdown().files {
        tracing::info!("this kernel has no Landlock: the sandbox is the filter of system calls alone");
    }
    Ok(pool)
}

/// How far this system locks an examining child in: one is started and ended.
pub(crate) fn lockdown(rules: CompiledRules) -> Result<Lockdown, Complaint> {
    let mut settings = Settings::of_this_binary()
        .map_err(|error| Complaint::new("cannot find this program's own file").because(error))?;
    settings.jobs = 1;
    settings.allow_unsandboxed = true;
    let pool = Pool::start(settings, rules)
        .map_err(|error| Complaint::new("cannot start the processes that examine archives").because(&error))?;
    let lockdown = pool.lockdown().clone();
    pool.end();
    Ok(lockdown)
}

/// The hidden subcommand: serves the pool that started it.
pub(crate) fn serve() -> Result<u8, Complaint> {
    child::serve::<Judge>()?;
    Ok(exit::OK)
}

/// A rulebook at work, for as long as the process lives.
struct Judge {
    engines: Engines<'static>,
    fault: Option<Fault>,
}

impl Examiner for Judge {
    fn load(bytes: &[u8]) -> Result<Self, String> {
        let rulebook = Rulebook::from_bytes(bytes).map_err(|error| error.to_string())?;
        rulebook.warm_up();
        Ok(Self { engines: Engines::new(Box::leak(Box::new(rulebook))), fault: Fault::from_environment() })
    }

    fn hello(&self) -> Hello {
        let (rulebook, engine) = (self.engines.rulebook().digest(), analysis::ENGINE.to_owned());
        Hello { rulebook, engine, lockdown: Lockdown::default() }
    }

    type Past = analysis::Past;

    fn remember(&mut self, artifact: &Artifact, context: &Context) -> Self::Past {
        if let Some(fault) = &self.fault {
            fault.strike(&context.filename);
        }
        analysis::remember(&mut self.engines, artifact, context)
    }

    fn examine(&mut self, artifact: &Artifact, context: &Context, past: Option<&Self::Past>) -> Answer {
        if let Some(fault) = &self.fault {
            fault.strike(&context.filename);
        }
        let examination = analysis::inspect_with(&mut self.engines, artifact, context, past);
        let lines = examination.arithmetic.lines;
        let difference = examination.difference.map(Box::new);
        let verdict = examination.verdict;
        // A file that is clear has no case, and its text no reader: most uploads are, and it would weigh more than the rest.
        let sources = if verdict.outcome == Outcome::Clear { Vec::new() } else { examination.sources };
        Answer { verdict, sources, lines, difference }
    }
}

/// A death on demand.
struct Fault {
    kind: String,
    filename: Option<String>,
}

impl Fault {
    fn from_environment() -> Option<Self> {
        let fault = std::env::var(FAULT).ok()?;
        let (kind, filename) = match fault.split_once('@') {
            Some((kind, filename)) => (kind.to_owned(), Some(filename.to_owned())),
            None => (fault, None),
        };
        Some(Self { kind, filename })
    }

    fn strike(&self, filename: &str) {
        let chosen = self.filename.as_deref().map_or(filename != child::WARM_UP, |chosen| chosen == filename);
        match self.kind.as_str() {
            "abort" if chosen => std::process::abort(),
            "exit" if chosen => std::process::exit(7),
            "panic" if chosen => std::panic::panic_any("on demand"),
            "overflow" if chosen => {
                descend(0);
            }
            "hang" if chosen => loop {
                std::thread::park();
            },
            "allocate" if chosen => {
                let mut taken = Vec::new();
                loop {
                    taken.push(std::hint::black_box(vec![1_u8; 16 << 20]));
                }
            }
            // What code of an attacker would do first.
            "open" if chosen => drop(std::fs::File::open("/etc/hostname")),
            "connect" if chosen => drop(std::net::UdpSocket::bind("127.0.0.1:0")),
            "babble" if chosen => {
                // A child that was taken over and writes what it likes.
                let _ = std::io::Write::write_all(&mut std::io::stdout(), &[0xff; 64]);
                std::process::exit(0);
            }
            _ => {}
        }
    }
}

/// Recursion that no optimiser turns into a loop.
#[allow(unconditional_recursion, reason = "it overflows the stack on purpose")]
fn descend(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    let below = descend(std::hint::black_box(depth + 1));
    below.wrapping_add(std::hint::black_box(room)[0])
}
