//! The wall clock of examinations.

use std::collections::BTreeMap;
use std::io;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{A_CENTURY, lock};

/// Ends children whose time is over. One thread for a whole pool.
pub(super) struct Clock {
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
pub(super) struct Limit<'a> {
    clock: &'a Clock,
    id: u64,
}

impl Clock {
    pub(super) fn start() -> io::Result<Self> {
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

    pub(super) fn limit(&self, process: &Arc<Mutex<Child>>, time: Duration) -> Limit<'_> {
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

    pub(super) fn end(&self) {
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
    pub(super) fn stop(self) -> bool {
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
