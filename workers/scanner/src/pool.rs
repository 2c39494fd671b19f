//! The supervisor's side: a pool of examining children, the clock, and a verdict for every artifact.
//!
//! A crash, a stack overflow, a hang or too much memory ends one child. Its artifact gets an `incomplete` verdict
//! with a finding that says so, a fresh child takes the place, and the run goes on.

mod clock;
mod ending;
mod examiner;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Artifact, Context, Digest, Finding, Gap, Level, Place, RuleStatus, Verdict};

pub use ending::explain;

use crate::child::START_LIMIT;
use crate::protocol::{Answer, Hello};
use crate::sandbox::Lockdown;
use clock::Clock;
use ending::{Death, Ending};
use examiner::Examiner;

const MIB: u64 = 1024 * 1024;
/// What gives way to everything else on the machine: a tenth of the time of what does not.
const PATIENT: i32 = 10;
/// The longest that an examination may take in wall-clock time because others go before it. Tried twice after a crash, and
/// with the fetch before it, it is over before a broker takes the message back (30 minutes).
pub(crate) const PATIENT_LIMIT: Duration = Duration::from_secs(12 * 60);
const _: () = assert!(2 * PATIENT_LIMIT.as_secs() + 5 * 60 < queue::CONSUMER_TIMEOUT.as_secs());
/// A limit that is longer stands for none.
const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// How children are started and what one examination may cost.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program that serves [`child::serve`], with its arguments: this binary and its hidden subcommand.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Variables the child sees; it starts with an empty environment.
    pub environment: Vec<(OsString, OsString)>,
    /// How many examinations run at a time.
    pub jobs: usize,
    /// Wall-clock time of one examination.
    pub timeout: Duration,
    /// Private memory of one child, rulebook included.
    pub memory: u64,
    /// A child is replaced after so many examinations, so that nothing accumulates.
    pub recycle: u32,
    /// Examine also in children whose system calls nobody filters. Every verdict then says so.
    pub allow_unsandboxed: bool,
    /// How much its children give way to others, as `nice` says it; 0 is not at all.
    pub niceness: i32,
}

impl Settings {
    /// Children of this binary, one a core.
    pub fn of_this_binary() -> io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            arguments: vec!["examine-child".into()],
            environment: Vec::new(),
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            timeout: Duration::from_secs(120),
            memory: 512 * MIB,
            recycle: 1000,
            allow_unsandboxed: false,
            niceness: 0,
        })
    }
}

/// A compiled rulebook as children load it.
#[derive(Clone)]
pub struct CompiledRules {
    pub digest: Digest,
    pub engine: String,
    pub bytes: Arc<[u8]>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot start {program}: {error}")]
    Spawn { program: String, error: io::Error },
    #[error("an examining child did not come up: {0}")]
    Handshake(String),
    #[error("the child loaded another rulebook or engine than it was given")]
    Mismatch,
    #[error("the system does not let a process give up its system calls (seccomp): {0}")]
    Unsandboxed(String),
}

/// Stands behind the engine's version in every verdict of a child that was not locked in.
pub const UNSANDBOXED: &str = "+unsandboxed";

/// The family of the one finding of a verdict on an artifact that nobody has read.
pub const UNANSWERED: &str = "examination";

/// Examines artifacts in children. Shared by reference between threads; every call blocks until its verdict.
pub struct Pool {
    settings: Settings,
    rules: CompiledRules,
    /// As verdicts name it: with [`UNSANDBOXED`] when that is so.
    engine: String,
    lockdown: Lockdown,
    children: Mutex<Children>,
    returned: Condvar,
    clock: Arc<Clock>,
}

/// What one examination reads.
#[derive(Clone, Copy)]
struct Artifacts<'a> {
    artifact: &'a Artifact,
    /// Of the release before; there exactly when the context names it.
    previous: Option<&'a Artifact>,
}

#[derive(Default)]
struct Children {
    idle: Vec<Examiner>,
    /// How many examinations run now.
    busy: usize,
}

impl Pool {
    /// Starts a pool and its first child, so that a broken rulebook is an error here and not in every verdict.
    pub fn start(settings: Settings, rules: CompiledRules) -> Result<Self, StartError> {
        let clock = Arc::new(Clock::start().map_err(|error| StartError::Handshake(error.to_string()))?);
        let engine = rules.engine.clone();
        let (children, returned, lockdown) = (Mutex::default(), Condvar::new(), Lockdown::default());
        let mut pool = Self { settings, rules, engine, lockdown, children, returned, clock };
        let first = pool.spawn()?;
        pool.lockdown = first.lockdown.clone();
        if pool.lockdown.unfiltered.is_some() {
            pool.engine.push_str(UNSANDBOXED);
        }
        lock(&pool.children).idle.push(first);
        Ok(pool)
    }

    /// A pool of the same rules for what can wait. Its children give way to all others, and have longer for it: by the
    /// wall clock, not by the time they compute. None is started before it is asked.
    #[must_use]
    pub fn patient(&self, jobs: usize) -> Self {
        let timeout = (self.settings.timeout * 10).min(PATIENT_LIMIT).max(self.settings.timeout);
        let settings = Settings { jobs, timeout, niceness: PATIENT, ..self.settings.clone() };
        Self {
            settings,
            rules: self.rules.clone(),
            engine: self.engine.clone(),
            lockdown: self.lockdown.clone(),
            children: Mutex::default(),
            returned: Condvar::new(),
            clock: Arc::clone(&self.clock),
        }
    }

    /// How far its children are locked in.
    pub fn lockdown(&self) -> &Lockdown {
        &self.lockdown
    }

    pub fn rulebook(&self) -> Digest {
        self.rules.digest
    }

    pub fn jobs(&self) -> usize {
        self.settings.jobs.max(1)
    }

    /// Judges an artifact. Never fails: whatever ends the child becomes a verdict.
    pub fn examine(&self, artifact: &Artifact, context: &Context) -> Verdict {
        self.examine_after(artifact, None, context).verdict
    }

    /// As [`Self::examine`], with all that an examination gives, and held against the release before when its bytes are
    /// those that the context names. Without them the context names none: the verdict does not depend on it.
    pub fn examine_after(&self, artifact: &Artifact, previous: Option<&Artifact>, context: &Context) -> Answer {
        let named = context.previous.as_ref().map(|previous| previous.sha256);
        let previous = previous.filter(|previous| named == Some(previous.sha256));
        let context = &match previous {
            Some(_) => context.clone(),
            None => Context { previous: None, ..context.clone() },
        };
        let artifacts = Artifacts { artifact, previous };
        let (_seat, idle) = self.seat();
        let until = Instant::now() + self.settings.timeout.min(A_CENTURY);
        let death = match self.attempt(artifacts, context, idle, self.settings.timeout) {
            Ok(answer) => return answer,
            // What earlier artifacts left in that child must not decide about this one: same bytes, same verdict.
            Err((death, used)) if used && death.kind != Ending::Timeout => {
                // Both together stay within the time that one archive may take.
                match self.attempt(artifacts, context, None, until.saturating_duration_since(Instant::now())) {
                    Ok(answer) => return answer,
                    Err((death, _)) => death,
                }
            }
            Err((death, _)) => death,
        };
        let verdict = self.unanswered((&artifact.sha256, artifact.bytes.len() as u64), context, death);
        Answer::alone(verdict)
    }

    /// Ends every child, also those that examine. For a program that is about to exit.
    pub fn end(&self) {
        self.clock.end();
        lock(&self.children).idle.clear();
    }

    /// The verdict on an artifact too large to be held in memory at all.
    pub fn too_large(&self, sha256: &Digest, size: u64, limit: u64, context: &Context) -> Verdict {
        let detail = format!("{size} bytes, at most {limit} are read");
        self.unanswered((sha256, size), context, Death { kind: Ending::TooLarge, detail })
    }

    /// One examination in one child. An error says how the child ended and whether it had examined before.
    fn attempt(
        &self,
        artifacts: Artifacts<'_>,
        context: &Context,
        idle: Option<Examiner>,
        timeout: Duration,
    ) -> Result<Answer, (Death, bool)> {
        let artifact = artifacts.artifact;
        let mut examiner = match idle {
            Some(examiner) => examiner,
            None => {
                self.spawn().map_err(|error| (Death { kind: Ending::Unavailable, detail: error.to_string() }, false))?
            }
        };
        let used = examiner.examined > 0;
        let (rulebook, engine) = (self.rules.digest, self.rules.engine.clone());
        let hello = Hello { rulebook, engine, lockdown: Lockdown::default() };
        let running = self.clock.limit(&examiner.process, timeout);
        let answer = examiner.ask(artifacts, context, timeout);
        let overran = running.stop();
        let detail = match answer.map(|answer| answer.believe(artifact, context, &hello)) {
            Ok(Ok(mut answer)) => {
                answer.verdict.engine.clone_from(&self.engine);
                examiner.examined += 1;
                if examiner.examined < self.settings.recycle && !examiner.is_worn(self.settings.memory) {
                    lock(&self.children).idle.push(examiner);
                }
                return Ok(answer);
            }
            Ok(Err(unbelievable)) => Some(unbelievable.to_string()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Some("the answer could not be read".to_owned()),
            Err(_) => None,
        };
        let death = match detail {
            Some(detail) => Death { kind: Ending::Unbelievable, detail },
            None if overran => {
                let detail = format!("no answer within {} s", timeout.as_secs_f64());
                Death { kind: Ending::Timeout, detail }
            }
            None => examiner.post_mortem(),
        };
        tracing::warn!(sha256 = %artifact.sha256, ending = death.kind.rule(), detail = death.detail, "child ended");
        Err((death, used))
    }

    /// Waits until fewer than `jobs` examinations run, and takes an idle child if there is one that still lives.
    fn seat(&self) -> (Seat<'_>, Option<Examiner>) {
        let mut children = lock(&self.children);
        while children.busy >= self.jobs() {
            children = self.returned.wait(children).unwrap_or_else(PoisonError::into_inner);
        }
        children.busy += 1;
        let seat = Seat(self);
        loop {
            match children.idle.pop() {
                // A child that died while nobody asked it anything says nothing about the next artifact.
                Some(examiner) if examiner.lives() => return (seat, Some(examiner)),
                Some(_) => {}
                None => return (seat, None),
            }
        }
    }

    fn spawn(&self) -> Result<Examiner, StartError> {
        let mut examiner = Examiner::spawn(&self.settings)
            .map_err(|error| StartError::Spawn { program: self.settings.program.display().to_string(), error })?;
        let running = self.clock.limit(&examiner.process, START_LIMIT);
        let hello = examiner.set_up(&self.settings, &self.rules);
        running.stop();
        match hello {
            Ok(hello) if hello.rulebook != self.rules.digest || hello.engine != self.rules.engine => {
                Err(StartError::Mismatch)
            }
            Ok(hello) => match hello.lockdown.unfiltered {
                Some(why) if !self.settings.allow_unsandboxed => Err(StartError::Unsandboxed(why)),
                _ => {
                    examiner.lockdown = hello.lockdown;
                    Ok(examiner)
                }
            },
            Err(error) => Err(StartError::Handshake(format!("{error}; {}", examiner.post_mortem().detail))),
        }
    }

    fn unanswered(&self, artifact: (&Digest, u64), context: &Context, death: Death) -> Verdict {
        let finding = Finding {
            rule: death.kind.rule().to_owned(),
            title: death.kind.title().to_owned(),
            level: Level::High,
            family: UNANSWERED.to_owned(),
            status: RuleStatus::Stable,
            tags: Vec::new(),
            place: Place::default(),
            phase: None,
            evidence: death.detail.clone(),
            frame: None,
            weight: 0.0,
            novel: false,
        };
        let gap = Gap { kind: death.kind.gap(), member: String::new(), detail: death.detail };
        Verdict::unanswered(artifact, context, self.rules.digest, &self.engine, finding, gap)
    }
}

/// The right to run one examination.
struct Seat<'a>(&'a Pool);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        lock(&self.0.children).busy -= 1;
        self.0.returned.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(program: &str) -> Settings {
        let mut settings = Settings::of_this_binary().unwrap();
        settings.program = program.into();
        settings.arguments = Vec::new();
        settings
    }

    fn rules() -> CompiledRules {
        CompiledRules { digest: Digest::of(b"rules"), engine: "gatehouse/test".to_owned(), bytes: Arc::from(*b"rules") }
    }

    #[test]
    fn a_program_that_is_no_child_is_an_error_at_the_start() {
        assert!(matches!(Pool::start(settings("/nonexistent/gatehouse"), rules()), Err(StartError::Spawn { .. })));
        assert!(matches!(Pool::start(settings("/bin/true"), rules()), Err(StartError::Handshake(_))));
        // It echoes the setup: a well-formed frame that is no hello.
        assert!(matches!(Pool::start(settings("/bin/cat"), rules()), Err(StartError::Handshake(_))));
    }
}
