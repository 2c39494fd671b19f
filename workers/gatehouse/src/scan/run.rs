//! The run: inputs examined side by side, verdicts handed on in the order of the inputs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use analysis::score::ScoreLine;
use model::{Artifact, Context, Difference, Terminal, Verdict};
use scanner::{pool::Pool, protocol::Answer};

use super::earlier::Earlier;
use super::input::{self, Input, Loaded};
use super::progress::Progress;
use super::{FailOn, Source, Tally, interrupt, sealed};
use crate::complaint::Complaint;

/// Where verdicts go, one at a time, in the order of the inputs.
pub(crate) trait Output {
    fn write(&mut self, judged: Judged) -> io::Result<()>;
    /// Writes what only the end knows.
    fn finish(&mut self, tally: &Tally) -> io::Result<()>;
}

/// A verdict and how it came about.
pub(crate) struct Judged {
    /// The path as the command line or the folder says it, the name inside a sample zip after `!/`.
    pub path: String,
    pub verdict: Verdict,
    pub took_ms: u64,
    /// How the score came about, a line a rule.
    pub lines: Vec<ScoreLine>,
    /// What the release before had not, when one was named.
    pub difference: Option<Box<Difference>>,
}

/// What one input gave.
#[derive(Default)]
struct Result {
    judged: Vec<Judged>,
    complaints: Vec<Complaint>,
    /// It was in a folder and is no archive.
    skipped: bool,
}

/// The result of the input with this index.
type Done = (usize, Result);

/// Judges all of a source.
pub(crate) fn run(
    source: &Source,
    fail_on: FailOn,
    pool: &Pool,
    limit: u64,
    output: &mut dyn Output,
) -> std::result::Result<Tally, Complaint> {
    let inputs = input::list(&source.paths);
    let earlier = source.previous.as_deref().map(|path| Earlier::load(path, source, limit)).transpose()?;
    let (send, events) = mpsc::channel();
    let interrupted = interrupt::watch();
    let queue = Queue::new(inputs.len(), 4 * pool.jobs() + 16);
    let judge = Judge { source, pool, limit, earlier, spare: Mutex::default() };
    std::thread::scope(|scope| {
        for _ in 0..pool.jobs().min(inputs.len()) {
            let (send, queue, judge, inputs) = (send.clone(), &queue, &judge, &inputs);
            scope.spawn(move || work(queue, judge, inputs, &send));
        }
        drop(send);
        let result = collect(fail_on, &events, &queue, &interrupted, output);
        queue.stop();
        if !matches!(result, Ok(Tally { interrupted: false, .. })) {
            pool.end();
        }
        if matches!(result, Ok(Tally { interrupted: true, .. })) {
            // A thread may wait for standard input that never ends; everything that was judged has been written.
            std::process::exit(i32::from(crate::exit::INTERRUPTED));
        }
        result
    })
}

fn work(queue: &Queue, judge: &Judge<'_>, inputs: &[Input], send: &Sender<Done>) {
    while let Some(index) = queue.next() {
        let Some(input) = inputs.get(index) else { return };
        if send.send((index, judge.judge(input))).is_err() {
            return;
        }
    }
}

/// Writes results in the order of their inputs until all are written, the reader has gone or somebody interrupts.
fn collect(
    fail_on: FailOn,
    events: &Receiver<Done>,
    queue: &Queue,
    interrupted: &AtomicBool,
    output: &mut dyn Output,
) -> std::result::Result<Tally, Complaint> {
    let mut tally = Tally::default();
    let mut waiting = BTreeMap::new();
    let mut progress = Progress::new(queue.total);
    let mut skipped = 0_u64;
    let mut next = 0;
    while next < queue.total {
        match events.recv_timeout(Duration::from_millis(100)) {
            Ok((index, result)) => {
                waiting.insert(index, result);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Complaint::new("the examination stopped early").because("a thread of this program died"));
            }
        }
        while let Some(result) = waiting.remove(&next) {
            next += 1;
            queue.written(next);
            skipped += u64::from(result.skipped);
            tally.unreadable |= !result.complaints.is_empty();
            for judged in &result.judged {
                tally.add(&judged.verdict, fail_on);
            }
            let written = progress.aside(|| {
                for complaint in &result.complaints {
                    complaint.print();
                }
                result.judged.into_iter().try_for_each(|judged| output.write(judged))
            });
            if !still_read(written)? {
                return Ok(tally);
            }
        }
        progress.at(next);
        if interrupted.load(Ordering::Relaxed) {
            tally.interrupted = true;
            break;
        }
    }
    progress.clear();
    still_read(output.finish(&tally))?;
    if skipped > 0 {
        let files = if skipped == 1 { "1 file that is" } else { &format!("{skipped} files that are") };
        let _ = writeln!(io::stderr().lock(), "note: left out {files} no archive by content or name");
    }
    if tally.interrupted {
        let _ = writeln!(io::stderr().lock(), "interrupted: {next} of {} inputs were judged", queue.total);
    }
    Ok(tally)
}

/// A reader that has seen enough ends the run quietly; any other failure to write is an error.
fn still_read(written: io::Result<()>) -> std::result::Result<bool, Complaint> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Complaint::new("cannot write to standard output").because(error)),
    }
}

/// Hands out the indexes of inputs, never far ahead of what was written: finished verdicts do not pile up behind a
/// slow one.
struct Queue {
    total: usize,
    window: usize,
    next: AtomicUsize,
    written: Mutex<usize>,
    moved: Condvar,
    stopped: AtomicBool,
}

impl Queue {
    fn new(total: usize, window: usize) -> Self {
        Self {
            total,
            window,
            next: AtomicUsize::new(0),
            written: Mutex::new(0),
            moved: Condvar::new(),
            stopped: AtomicBool::new(false),
        }
    }

    fn next(&self) -> Option<usize> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        while index >= *written + self.window && !self.stopped.load(Ordering::Relaxed) {
            written = self.moved.wait(written).unwrap_or_else(PoisonError::into_inner);
        }
        (index < self.total && !self.stopped.load(Ordering::Relaxed)).then_some(index)
    }

    fn written(&self, count: usize) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = count;
        self.moved.notify_all();
    }

    fn stop(&self) {
        let _written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped.store(true, Ordering::Relaxed);
        self.moved.notify_all();
    }
}

/// From an input to its verdicts.
struct Judge<'a> {
    source: &'a Source,
    pool: &'a Pool,
    limit: u64,
    earlier: Option<Earlier>,
    /// Room of archives that were judged: fresh memory costs more than the reading.
    spare: Mutex<Vec<Vec<u8>>>,
}

/// Room above this is given back.
const SPARE_BYTES: usize = 128 << 20;

impl Judge<'_> {
    fn judge(&self, input: &Input) -> Result {
        let mut result = Result::default();
        match input {
            Input::Unreadable(path, error) => {
                let complaint = Complaint::new("cannot read").at(path.display()).because(error);
                result.complaints.push(match error.kind() {
                    io::ErrorKind::NotFound => complaint.attempt("check the path; `-` reads standard input"),
                    _ => complaint,
                });
            }
            Input::Stdin => {
                let loaded = input::load_stream(&mut io::stdin().lock(), 0, self.limit, Vec::new());
                self.judge_loaded(loaded, "-", &self.source.stdin_filename, &mut result);
            }
            Input::Found(path) => match input::is_archive(path) {
                Ok(true) => self.judge_file(path, &mut result),
                Ok(false) => result.skipped = true,
                Err(error) => result.complaints.push(Complaint::new("cannot read").at(path.display()).because(error)),
            },
            Input::File(path) => self.judge_file(path, &mut result),
        }
        result
    }

    fn judge_file(&self, path: &std::path::Path, result: &mut Result) {
        let filename = path.file_name().unwrap_or_default().to_string_lossy();
        let spare = self.spare().pop().unwrap_or_default();
        self.judge_loaded(input::load(path, self.limit, spare), &path.to_string_lossy(), &filename, result);
    }

    fn judge_loaded(&self, loaded: io::Result<Loaded>, path: &str, filename: &str, result: &mut Result) {
        match loaded {
            Err(error) => result.complaints.push(Complaint::new("cannot read").at(path).because(error)),
            Ok(Loaded::TooLarge { sha256, size }) => {
                let verdict = self.pool.too_large(&sha256, size, self.limit, &Context::named(filename));
                let path = path.to_owned();
                result.judged.push(Judged { path, verdict, took_ms: 0, lines: Vec::new(), difference: None });
            }
            Ok(Loaded::Whole(artifact)) => match &self.source.password {
                Some(password) if sealed::is_sealed(&artifact.bytes) => {
                    self.judge_sealed(&artifact, path, filename, password, result);
                }
                _ => result.judged.push(self.examine(artifact, path.to_owned(), filename)),
            },
        }
    }

    fn judge_sealed(&self, sample: &Artifact, path: &str, filename: &str, password: &str, result: &mut Result) {
        let opened = sealed::open(&sample.bytes, password.as_bytes(), self.limit, &mut |inner| {
            let inside = inner.name.rsplit('/').next().unwrap_or_default();
            let (path, filename) = match inside {
                "" => (path.to_owned(), filename),
                _ => (format!("{path}!/{}", inner.name), inside),
            };
            result.judged.push(self.examine(Artifact::new(inner.bytes), path, filename));
        });
        if let Err(error) = opened {
            let attempt = if error.is_password() {
                "--password with the word the sample was sealed with; collectors use `infected`"
            } else {
                "scan it without --password to judge the zip as it is"
            };
            let complaint = Complaint::new("cannot open the sample zip").at(Terminal(path)).because(error);
            result.complaints.push(complaint.attempt(attempt));
        }
    }

    fn examine(&self, artifact: Artifact, path: String, filename: &str) -> Judged {
        let started = Instant::now();
        let context = Context {
            previous: self.earlier.as_ref().map(|earlier| earlier.previous.clone()),
            ..Context::named(filename)
        };
        let before = self.earlier.as_ref().map(|earlier| &earlier.artifact);
        let answer = self.pool.examine_after(&artifact, before, &context);
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut spare = self.spare();
        if spare.len() < self.pool.jobs() && artifact.bytes.capacity() <= SPARE_BYTES {
            spare.push(artifact.bytes);
        }
        let Answer { verdict, lines, difference, .. } = answer;
        Judged { path, verdict, took_ms, lines, difference }
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_handed_out_once_and_not_far_ahead() {
        let queue = Queue::new(3, 2);
        assert_eq!((queue.next(), queue.next()), (Some(0), Some(1)));
        std::thread::scope(|scope| {
            let third = scope.spawn(|| queue.next());
            queue.written(1);
            assert_eq!(third.join().unwrap(), Some(2));
        });
        queue.written(3);
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn a_stopped_queue_hands_out_nothing_and_wakes_who_waits() {
        let queue = Queue::new(10, 1);
        assert_eq!(queue.next(), Some(0));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.next());
            queue.stop();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
