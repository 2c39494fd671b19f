//! One examining child and the pipes to it.

use std::io::{self, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use model::Context;

use super::ending::{Death, cause_of_death};
use super::{Artifacts, CompiledRules, Settings, lock};
use crate::protocol::{self, Answer, Hello, Request, Setup};
use crate::sandbox::Lockdown;

/// What a dying child may say; it is only searched for the words of the Rust runtime.
const LAST_WORDS: u64 = 8 * 1024;
/// A child is replaced when it is older, however little it did.
const OLDEST: Duration = Duration::from_secs(15 * 60);

/// One child and the pipes to it.
pub(super) struct Examiner {
    pub(super) process: Arc<Mutex<Child>>,
    pub(super) requests: ChildStdin,
    pub(super) answers: BufReader<ChildStdout>,
    pub(super) last_words: ChildStderr,
    pub(super) examined: u32,
    pub(super) started: Instant,
    /// Memory that it had when it had loaded its rulebook.
    pub(super) baseline: u64,
    pub(super) lockdown: Lockdown,
}

impl Examiner {
    pub(super) fn spawn(settings: &Settings) -> io::Result<Self> {
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

    pub(super) fn set_up(&mut self, settings: &Settings, rules: &CompiledRules) -> io::Result<Hello> {
        protocol::send(&mut self.requests, &Setup { memory: settings.memory })?;
        protocol::send_blob(&mut self.requests, &rules.bytes)?;
        let hello = protocol::receive_answer(&mut self.answers)?;
        self.baseline = resident_bytes(lock(&self.process).id()).unwrap_or(0);
        Ok(hello)
    }

    /// Old, or grown to where the next archive would have too little room: more than twice what it began with, and more
    /// than three quarters of what it may have. What it gave back stays with its allocator, so that growth alone is none.
    pub(super) fn is_worn(&self, memory: u64) -> bool {
        let resident = resident_bytes(lock(&self.process).id()).unwrap_or(0);
        self.started.elapsed() > OLDEST || resident > self.baseline.saturating_mul(2).max(memory / 4 * 3)
    }

    pub(super) fn ask(&mut self, artifacts: Artifacts<'_>, context: &Context, timeout: Duration) -> io::Result<Answer> {
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
    pub(super) fn limit_processor(&self, time: Duration) {
        let id = lock(&self.process).id();
        let pid = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
        let (Some(pid), Some(used)) = (pid, processor_seconds(id)) else { return };
        let limit = used.saturating_add(time.as_secs()).saturating_add(1);
        let limit = rustix::process::Rlimit { current: Some(limit), maximum: None };
        let _ = rustix::process::prlimit(Some(pid), rustix::process::Resource::Cpu, limit);
    }

    pub(super) fn lives(&self) -> bool {
        matches!(lock(&self.process).try_wait(), Ok(None))
    }

    /// Ends the child if it still runs, and reads from its status and last words what it died of.
    pub(super) fn post_mortem(&mut self) -> Death {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_process_is_told_by_the_kernel() {
        assert!(resident_bytes(std::process::id()).is_some_and(|bytes| bytes > 1024 * 1024));
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}
