//! The supervisor's side: a pool of examining children, the clock, and a verdict for every artifact.
//!
//! A crash, a stack overflow, a hang or too much memory ends one child. Its artifact gets an `incomplete` verdict
//! with a finding that says so, a fresh child takes the place, and the run goes on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use model::{Artifact, Context, Digest, Finding, Gap, GapKind, Level, Place, RuleStatus, Verdict};

use crate::child::{self, START_LIMIT};
use crate::protocol::{self, Answer, Hello, Request, Setup};
use crate::sandbox::Lockdown;

const MIB: u64 = 1024 * 1024;
/// What a dying child may say; it is only searched for the words of the Rust runtime.
const LAST_WORDS: u64 = 8 * 1024;
/// What gives way to everything else on the machine: a tenth of the time of what does not.
const PATIENT: i32 = 10;
/// The longest that an examination may take in wall-clock time because others go before it. Tried twice after a crash, and
/// with the fetch before it, it is over before a broker takes the message back (30 minutes).
pub(crate) const PATIENT_LIMIT: Duration = Duration::from_secs(12 * 60);
const _: () = assert!(2 * PATIENT_LIMIT.as_secs() + 5 * 60 < queue::CONSUMER_TIMEOUT.as_secs());
/// A child is replaced when it is older, however little it did.
const OLDEST: Duration = Duration::from_secs(15 * 60);
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

/// How an examination ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Crash,
    Timeout,
    Memory,
    Unbelievable,
    Forbidden,
    Unavailable,
    TooLarge,
}

impl Ending {
    const ALL: [Self; 7] = [
        Self::Crash,
        Self::Timeout,
        Self::Memory,
        Self::Unbelievable,
        Self::Forbidden,
        Self::Unavailable,
        Self::TooLarge,
    ];

    const fn rule(self) -> &'static str {
        match self {
            Self::Crash => "examination-crashed",
            Self::Timeout => "examination-timeout",
            Self::Memory => "examination-memory",
            Self::Unbelievable => "examination-unbelievable",
            Self::Forbidden => "examination-forbidden",
            Self::Unavailable => "examination-unavailable",
            Self::TooLarge => "examination-too-large",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Crash => "The examination crashed before it could answer",
            Self::Timeout => "The examination took too long and was ended",
            Self::Memory => "The examination needed too much memory and was ended",
            Self::Unbelievable => "The examination gave an answer that contradicts what was asked",
            Self::Forbidden => "The examination asked the system for something that reading an archive never needs",
            Self::Unavailable => "No examination could be started",
            Self::TooLarge => "The archive is too large to be read",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Crash => {
                "Each archive is examined in a process of its own, and this one ended before it could answer. Honest\n\
                 archives do not do this: look at the archive by hand, and report it as a bug of the examination."
            }
            Self::Timeout => {
                "The examination was ended by the clock. A person has to look, or it is scanned again with a longer\n\
                 --timeout. An archive that is built to take long does so to be waved through."
            }
            Self::Memory => {
                "The examination reached the memory that one archive may take. Very large members do this, and so do\n\
                 archives that are built to exhaust the one who reads them."
            }
            Self::Unbelievable => {
                "The examining process answered about something else than it was asked, or against itself. It is\n\
                 trusted no further than that: look at the archive on a machine you can lose."
            }
            Self::Forbidden => {
                "The examining process is locked in: it may compute and answer, and the system ends it at anything else.\n\
                 This one tried to open, start or reach something. Either the archive took over the program that\n\
                 reads it, or the program has a bug: keep the archive, and look at it on a machine you can lose."
            }
            Self::Unavailable => {
                "No examining process could be started, so nothing is known about the archive. The detail of the\n\
                 finding says why; the archive itself is not suspect."
            }
            Self::TooLarge => {
                "The file has more bytes than limits.toml lets anybody read ([archive] bytes). Only its digest was\n\
                 taken."
            }
        }
    }

    const fn gap(self) -> GapKind {
        match self {
            Self::Crash | Self::Unbelievable | Self::Forbidden | Self::Unavailable => GapKind::Crash,
            Self::Timeout => GapKind::Timeout,
            Self::Memory | Self::TooLarge => GapKind::Limit,
        }
    }
}

/// Title and meaning of a finding that a pool itself makes, by its rule id.
pub fn explain(rule: &str) -> Option<(&'static str, &'static str)> {
    let ending = Ending::ALL.into_iter().find(|ending| ending.rule() == rule)?;
    Some((ending.title(), ending.meaning()))
}

struct Death {
    kind: Ending,
    detail: String,
}

/// One child and the pipes to it.
struct Examiner {
    process: Arc<Mutex<Child>>,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    last_words: ChildStderr,
    examined: u32,
    started: Instant,
    /// Memory that it had when it had loaded its rulebook.
    baseline: u64,
    lockdown: Lockdown,
}

impl Examiner {
    fn spawn(settings: &Settings) -> io::Result<Self> {
        let mut process = Command::new(&settings.program)
            .args(&settings.arguments)
            .env_clear()
            // What the allocator takes in advance, and keeps, counts against the limit of the child's memory.
            .env("MIMALLOC_ARENA_RESERVE", "32MiB")
            // A large member gets what it needs, and gives it back.
            .env("MIMALLOC_ARENA_MAX_OBJECT_SIZE", "16MiB")
            .env("MIMALLOC_PURGE_DELAY", "-1")
            .envs(settings.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // An interrupt from the terminal is for the supervisor: it decides what is finished first.
            .process_group(0)
            .current_dir("/")
            .spawn()?;
        if settings.niceness > 0
            && let Some(pid) = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw)
            && let Err(error) = rustix::process::setpriority_process(Some(pid), settings.niceness)
        {
            tracing::warn!(%error, "a child that should give way does not");
        }
        let missing = || io::Error::other("a pipe is missing");
        let requests = process.stdin.take().ok_or_else(missing)?;
        let answers = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        let last_words = process.stderr.take().ok_or_else(missing)?;
        let (process, lockdown) = (Arc::new(Mutex::new(process)), Lockdown::default());
        let started = Instant::now();
        Ok(Self { process, requests, answers, last_words, examined: 0, started, baseline: 0, lockdown })
    }

    fn set_up(&mut self, settings: &Settings, rules: &CompiledRules) -> io::Result<Hello> {
        protocol::send(&mut self.requests, &Setup { memory: settings.memory })?;
        protocol::send_blob(&mut self.requests, &rules.bytes)?;
        let hello = protocol::receive_answer(&mut self.answers)?;
        self.baseline = resident_bytes(lock(&self.process).id()).unwrap_or(0);
        Ok(hello)
    }

    /// Old, or grown to where the next archive would have too little room: more than twice what it began with, and more
    /// than three quarters of what it may have. What it gave back stays with its allocator, so that growth alone is none.
    fn is_worn(&self, memory: u64) -> bool {
        let resident = resident_bytes(lock(&self.process).id()).unwrap_or(0);
        self.started.elapsed() > OLDEST || resident > self.baseline.saturating_mul(2).max(memory / 4 * 3)
    }

    fn ask(&mut self, artifacts: Artifacts<'_>, context: &Context, timeout: Duration) -> io::Result<Answer> {
        let Artifacts { artifact, previous } = artifacts;
        // Later than the supervisor's clock: it only matters when there is no supervisor any more.
        let deadline = timeout.saturating_mul(2).saturating_add(Duration::from_secs(10));
        let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX / 4);
        self.limit_processor(deadline);
        protocol::send(
            &mut self.requests,
            &Request { context: context.clone(), sha256: artifact.sha256, deadline_ms },
        )?;
        if let Some(previous) = previous {
            protocol::send_blob(&mut self.requests, &previous.bytes)?;
        }
        protocol::send_blob(&mut self.requests, &artifact.bytes)?;
        protocol::receive_answer(&mut self.answers)
    }

    /// Bounds the processor time of the next examination: the last net, when there is neither a supervisor nor a clock
    /// in the child that still does as it should. The child itself can no longer change a limit.
    fn limit_processor(&self, time: Duration) {
        let id = lock(&self.process).id();
        let pid = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
        let (Some(pid), Some(used)) = (pid, processor_seconds(id)) else { return };
        let limit = used.saturating_add(time.as_secs()).saturating_add(1);
        let limit = rustix::process::Rlimit { current: Some(limit), maximum: None };
        let _ = rustix::process::prlimit(Some(pid), rustix::process::Resource::Cpu, limit);
    }

    fn lives(&self) -> bool {
        matches!(lock(&self.process).try_wait(), Ok(None))
    }

    /// Ends the child if it still runs, and reads from its status and last words what it died of.
    fn post_mortem(&mut self) -> Death {
        let status = end(&self.process);
        let mut words = Vec::new();
        // The child is dead and its words are in the pipe: this cannot block.
        let _ = (&mut self.last_words).take(LAST_WORDS).read_to_end(&mut words);
        cause_of_death(status, &String::from_utf8_lossy(&words))
    }
}

impl Drop for Examiner {
    fn drop(&mut self) {
        end(&self.process);
    }
}

fn end(process: &Mutex<Child>) -> Option<ExitStatus> {
    let mut process = lock(process);
    let _ = process.kill();
    process.wait().ok()
}

/// Processor time that a process has used, as the kernel tells it: in hundredths, whatever its clock is.
fn processor_seconds(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()?.saturating_add(next()?) / 100)
}

/// Memory of a process that is in the machine now.
fn resident_bytes(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn cause_of_death(status: Option<ExitStatus>, words: &str) -> Death {
    const SIGKILL: i32 = 9;
    const SIGXCPU: i32 = 24;
    const SIGSYS: i32 = 31;
    let crash = |detail: String| Death { kind: Ending::Crash, detail };
    let memory = |detail: &str| Death { kind: Ending::Memory, detail: detail.to_owned() };
    if words.contains("has overflowed its stack") {
        return crash("the stack overflowed".to_owned());
    }
    if words.contains("memory allocation of") || words.contains("Cannot allocate memory") {
        return memory("the memory limit was reached");
    }
    let panicked = words.lines().find(|line| line.starts_with("panicked at "));
    match (status.and_then(|status| status.signal()), status.and_then(|status| status.code())) {
        // Nobody here sends it without saying so: the kernel was out of memory.
        (Some(SIGKILL), _) => memory("the system ended the process, which is what it does when memory runs out"),
        (Some(SIGSYS), _) => {
            let detail = "the sandbox ended the process at a system call that it does not allow".to_owned();
            Death { kind: Ending::Forbidden, detail }
        }
        (Some(SIGXCPU), _) => {
            Death { kind: Ending::Timeout, detail: "the limit of processor time was reached".to_owned() }
        }
        (Some(signal), _) => crash(format!("the process ended by signal {signal}")),
        (None, Some(child::PANICKED)) if panicked.is_some() => crash(panicked.unwrap_or_default().to_owned()),
        (None, Some(code)) => crash(format!("the process ended with status {code}")),
        (None, None) => crash("the process ended".to_owned()),
    }
}

/// Ends children whose time is over. One thread for a whole pool.
struct Clock {
    shared: Arc<(Mutex<Limits>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Limits {
    running: BTreeMap<u64, Running>,
    next: u64,
    ended: bool,
}

struct Running {
    until: Instant,
    process: Arc<Mutex<Child>>,
    overran: bool,
}

/// A limit that is in force until it is stopped.
struct Limit<'a> {
    clock: &'a Clock,
    id: u64,
}

impl Clock {
    fn start() -> io::Result<Self> {
        let shared = Arc::new((Mutex::new(Limits::default()), Condvar::new()));
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("examination-clock".to_owned()).spawn(move || {
            let (limits, changed) = &*seen;
            let mut guard = lock(limits);
            while !guard.ended {
                let now = Instant::now();
                for running in guard.running.values_mut().filter(|running| !running.overran && running.until <= now) {
                    running.overran = true;
                    let _ = lock(&running.process).kill();
                }
                let next = guard.running.values().filter(|running| !running.overran).map(|running| running.until).min();
                guard = match next {
                    None => changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                    Some(next) => {
                        let left = next.saturating_duration_since(now);
                        changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    fn limit(&self, process: &Arc<Mutex<Child>>, time: Duration) -> Limit<'_> {
        let (limits, changed) = &*self.shared;
        let mut limits = lock(limits);
        let id = limits.next;
        limits.next += 1;
        if limits.ended {
            let _ = lock(process).kill();
        }
        let until = Instant::now() + time.min(A_CENTURY);
        limits.running.insert(id, Running { until, process: Arc::clone(process), overran: false });
        changed.notify_one();
        Limit { clock: self, id }
    }

    fn end(&self) {
        let (limits, changed) = &*self.shared;
        let mut limits = lock(limits);
        limits.ended = true;
        for running in limits.running.values() {
            let _ = lock(&running.process).kill();
        }
        changed.notify_all();
    }
}

impl Limit<'_> {
    /// Lifts the limit and says whether it had struck.
    fn stop(self) -> bool {
        lock(&self.clock.shared.0).running.remove(&self.id).is_some_and(|running| running.overran)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(words: &str, raw: i32) -> (Ending, String) {
        let death = cause_of_death(Some(ExitStatus::from_raw(raw)), words);
        (death.kind, death.detail)
    }

    #[test]
    fn what_a_child_died_of_is_read_from_its_status_and_last_words() {
        assert_eq!(ending("\nthread 'examine' has overflowed its stack\n", 6).1, "the stack overflowed");
        assert_eq!(ending("memory allocation of 16777216 bytes failed", 6).0, Ending::Memory);
        assert_eq!(ending("", 9).0, Ending::Memory);
        assert_eq!(ending("", 31).0, Ending::Forbidden);
        assert_eq!(ending("", 24).0, Ending::Timeout);
        assert_eq!(ending("", 11), (Ending::Crash, "the process ended by signal 11".to_owned()));
        assert_eq!(ending("noise\npanicked at unpack/src/tar.rs:3\n", 101 << 8).1, "panicked at unpack/src/tar.rs:3");
        assert_eq!(ending("", 2 << 8), (Ending::Crash, "the process ended with status 2".to_owned()));
    }

    #[test]
    fn the_memory_of_a_process_is_told_by_the_kernel() {
        assert!(resident_bytes(std::process::id()).is_some_and(|bytes| bytes > 1024 * 1024));
        assert_eq!(resident_bytes(u32::MAX), None);
    }

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
