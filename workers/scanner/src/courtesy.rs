//! Uploads go first also where they share their way with rescans: behind the scanner, recorder, signer and relay take both.
//!
//! A lane, a child and a connection of their own keep rescans out of an upload's way in here. What comes of a rescan is
//! recorded, signed and told like everything else, and an upload that comes to the recorder just then waits for that. So
//! none is begun in the moment in which an upload is on its way.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// In which an upload that was taken is judged, and one that was judged is told.
const ON_ITS_WAY: Duration = Duration::from_millis(30);
/// A rescan is begun so often even where uploads come without end: they must not starve it.
const LONGEST: Duration = Duration::from_millis(100);

/// When a rescan may begin.
pub(crate) struct Courtesy {
    last: Mutex<Last>,
}

#[derive(Clone, Copy)]
struct Last {
    /// When an upload was taken or judged.
    upload: Instant,
    /// When a rescan was begun.
    rescan: Instant,
}

impl Last {
    fn next_rescan(self) -> Instant {
        (self.upload + ON_ITS_WAY).min(self.rescan + LONGEST)
    }
}

impl Courtesy {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self { last: Mutex::new(Last { upload: now, rescan: now }) }
    }

    /// An upload goes on.
    pub(crate) fn upload(&self) {
        self.last().upload = Instant::now();
    }

    /// A rescan begins.
    pub(crate) fn rescan(&self) {
        self.last().rescan = Instant::now();
    }

    /// Until a rescan may begin. Dropped, it has done nothing.
    pub(crate) async fn wait(&self) {
        loop {
            let next = self.last().next_rescan();
            if next <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(next.into()).await;
        }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rescan_waits_for_the_uploads_but_not_without_end() {
        let begin = Instant::now();
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        let next = |upload, rescan| Last { upload: after(upload), rescan: after(rescan) }.next_rescan();
        assert_eq!(next(0, 0), begin + ON_ITS_WAY);
        assert_eq!(next(50, 40), after(50) + ON_ITS_WAY, "the newest upload counts");
        assert_eq!(next(5000, 40), after(40) + LONGEST, "uploads without end");
        assert!(next(0, 5000) < after(5000), "nothing is on its way: the next one at once");
    }
}
