//! A progress bar for people who wait: on a terminal's standard error, and only when the wait is worth one.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    since: Instant,
    wanted: bool,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self { bar: None, total, since: Instant::now(), wanted: total > 1 && io::stderr().is_terminal() }
    }

    pub(super) fn at(&mut self, done: usize) {
        if !self.wanted || self.since.elapsed() < PATIENCE {
            return;
        }
        let total = self.total as u64;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} archives, {eta} left");
            style.map(|style| bar.with_style(style)).unwrap_or_else(|_| ProgressBar::hidden())
        });
        bar.set_position(done as u64);
    }

    /// Does something that writes to the terminal, with the bar out of the way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
