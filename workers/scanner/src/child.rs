//! The examining child: limits itself, loads the rulebook once, locks itself in, then answers one question at a time.
//!
//! It parses what an attacker wrote, so it may die at any byte. Whatever it dies of, the supervisor in
//! [`crate::pool`] holds the clock and gives the verdict.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::{Artifact, Context, Previous};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::protocol::{self, Answer, Hello, Request, Setup};
use crate::sandbox::{self, Lockdown};

/// Parsers recurse behind depth limits; the stack is what those limits were measured against.
pub const STACK: usize = 64 * 1024 * 1024;
/// The file name under which a child examines once before it says that it is ready.
pub const WARM_UP: &str = "warm-up.py";
/// A child that loads its rulebook longer than this does not come up.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(60);
/// Status of a child whose examination panicked.
pub const PANICKED: i32 = 101;
/// Status of a child that nobody ended although its time was long over.
pub const ABANDONED: i32 = 86;

/// What a child does with a rulebook.
pub trait Examiner: Sized {
    /// Loads a rulebook from its serialised form, and starts whatever thread its engines need.
    fn load(bytes: &[u8]) -> Result<Self, String>;
    fn hello(&self) -> Hello;
    /// What a release holds, for a later one to be held against.
    type Past;
    fn remember(&mut self, artifact: &Artifact, context: &Context) -> Self::Past;
    fn examine(&mut self, artifact: &Artifact, context: &Context, past: Option<&Self::Past>) -> Answer;
}

/// Serves the supervisor on stdin and stdout until it closes them. Call it first thing in a fresh process.
pub fn serve<E: Examiner>() -> io::Result<()> {
    std::panic::set_hook(Box::new(|panic| {
        // Only where: the message may quote the artifact.
        let place = panic.location().map(|place| format!("{}:{}", crate_path(place.file()), place.line()));
        let _ = writeln!(io::stderr(), "panicked at {}", place.unwrap_or_default());
    }));
    let mut input = io::stdin().lock();
    let Some(setup) = protocol::receive_request::<Setup>(&mut input)? else { return Ok(()) };
    drop(input);
    limit(setup.memory)?;
    // Before there is a second thread: it binds those that come after.
    let files = sandbox::renounce_files();
    let examining = std::thread::Builder::new()
        .name("examine".to_owned())
        .stack_size(STACK)
        .spawn(move || examine_all::<E>(files))?;
    match examining.join() {
        Ok(result) => result,
        Err(_) => std::process::exit(PANICKED),
    }
}

/// Room of an artifact that is kept for the next one, at most.
const SPARE: usize = 16 << 20;

fn examine_all<E: Examiner>(files: bool) -> io::Result<()> {
    sandbox::settle_allocator();
    let mut input = io::stdin().lock();
    let mut output = BufWriter::new(io::stdout().lock());
    let end = Deadline::watch()?;
    end.set(Some(2 * START_LIMIT));
    let rules = protocol::receive_blob(&mut input, Vec::new())?;
    let mut examiner = E::load(&rules).map_err(io::Error::other)?;
    drop(rules);
    // What sets itself up on first use does it now: not on the first artifact's time, nor without the right to.
    let warm = examiner.examine(&Artifact::new(b"import os\n".to_vec()), &Context::named(WARM_UP), None);
    drop(warm);
    end.set(None);
    // Every thread there will ever be runs now: nothing that an archive says is done with more rights than these.
    let unfiltered = sandbox::renounce_system_calls().err().map(|error| error.to_string());
    let lockdown = Lockdown { files, unfiltered };
    protocol::send(&mut output, &Hello { lockdown, ..examiner.hello() })?;
    let mut spare = Vec::new();
    while let Some(request) = protocol::receive_request::<Request>(&mut input)? {
        let mut past = None;
        if let Some(before) = &request.context.previous {
            let bytes = protocol::receive_blob(&mut input, std::mem::take(&mut spare))?;
            end.set(Some(Duration::from_millis(request.deadline_ms)));
            let context = earlier(&request.context, before);
            // Its bytes are gone before the artifact's come: the two never need memory together.
            past = Some(examiner.remember(&Artifact { bytes, sha256: before.sha256 }, &context));
        }
        let bytes = protocol::receive_blob(&mut input, std::mem::take(&mut spare))?;
        end.set(Some(Duration::from_millis(request.deadline_ms)));
        let artifact = Artifact { bytes, sha256: request.sha256 };
        let answer = examiner.examine(&artifact, &request.context, past.as_ref());
        if artifact.bytes.capacity() <= SPARE {
            spare = artifact.bytes;
        }
        end.set(None);
        protocol::send(&mut output, &answer)?;
    }
    Ok(())
}

/// The release before, as it was uploaded.
fn earlier(context: &Context, previous: &Previous) -> Context {
    Context {
        filename: previous.filename.clone().unwrap_or_default(),
        project: context.project.clone(),
        version: (!previous.version.is_empty()).then(|| previous.version.clone()),
        previous: None,
    }
}

/// Bounds what this process may take. Writing files, core dumps and more than a few descriptors are never needed.
fn limit(memory: u64) -> io::Result<()> {
    let at_most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    let data = memory.saturating_add(STACK as u64);
    // Private memory is what counts; the address space also holds reservations that cost nothing.
    setrlimit(Resource::Data, at_most(data))?;
    setrlimit(Resource::As, at_most(data.saturating_add(1 << 30)))?;
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(16))?;
    Ok(())
}

/// The path of a source file from its crate's folder on, which says nothing about the machine that built it.
fn crate_path(file: &str) -> &str {
    let crate_start = |at: usize| file[..at].rfind('/').map_or(0, |slash| slash + 1);
    file.rfind("/src/").map_or(file, |at| &file[crate_start(at)..])
}

/// Ends the process when an examination overruns so far that the supervisor must be gone.
struct Deadline {
    until: Arc<(Mutex<Option<Instant>>, Condvar)>,
}

impl Deadline {
    fn watch() -> io::Result<Self> {
        let until = Arc::new((Mutex::new(None::<Instant>), Condvar::new()));
        let watched = Arc::clone(&until);
        std::thread::Builder::new().name("deadline".to_owned()).stack_size(128 * 1024).spawn(move || {
            let (until, changed) = &*watched;
            let mut guard = until.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                guard = match *guard {
                    None => changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                    Some(end) => {
                        let left = end.saturating_duration_since(Instant::now());
                        if left.is_zero() {
                            std::process::exit(ABANDONED);
                        }
                        changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
        })?;
        Ok(Self { until })
    }

    fn set(&self, after: Option<Duration>) {
        let (until, changed) = &*self.until;
        *until.lock().unwrap_or_else(PoisonError::into_inner) = after.map(|after| Instant::now() + after);
        changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_names_the_crate_not_the_machine() {
        assert_eq!(crate_path("/home/somebody/.cargo/registry/parser-1.0/src/lib.rs"), "parser-1.0/src/lib.rs");
        assert_eq!(crate_path("workers/unpack/src/zip.rs"), "unpack/src/zip.rs");
        assert_eq!(crate_path("src/main.rs"), "src/main.rs");
    }
}
