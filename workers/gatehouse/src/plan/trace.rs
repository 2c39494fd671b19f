//! Uploads by the minute, and what becomes of them with so many cores.

use std::path::Path;

use crate::complaint::Complaint;

pub(super) const MINUTES_A_YEAR: f64 = 365.25 * 24.0 * 60.0;
/// Bytes of a trace that are read; a year by the minute is a tenth of it.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Uploads of each minute.
pub(super) struct Trace(pub(super) Vec<f64>);

/// How a trace went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Walk {
    /// Uploads that waited at the worst moment.
    pub(super) deepest: f64,
    /// Seconds that the last of them had to wait.
    pub(super) longest_wait: f64,
    /// Minutes from the first wait to the last.
    pub(super) waiting_minutes: usize,
    /// What still waits at the end.
    pub(super) left: f64,
}

impl Trace {
    /// A day of the mean with one burst in its middle.
    pub(super) fn drawn(files_a_year: f64, burst: f64, burst_minutes: usize) -> Self {
        let mean = files_a_year / MINUTES_A_YEAR;
        let day = 24 * 60;
        let (from, to) = (day / 2, day / 2 + burst_minutes);
        Self(
            (0..day.max(to + day / 2))
                .map(|minute| if (from..to).contains(&minute) { mean * burst } else { mean })
                .collect(),
        )
    }

    pub(super) fn read(path: &Path) -> Result<Self, Complaint> {
        let wrong = |error: &dyn std::fmt::Display| {
            Complaint::new("cannot read the trace")
                .at(path.display())
                .because(error)
                .attempt("give a file with the uploads of each minute, one number a line")
        };
        let size = std::fs::metadata(path).map_err(|error| wrong(&error))?.len();
        if size > LIMIT {
            return Err(wrong(&format!("{size} bytes; at most {LIMIT} are read")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let mut minutes = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let count = line.trim().parse::<f64>().ok().filter(|count| count.is_finite() && *count >= 0.0);
            minutes.push(count.ok_or_else(|| wrong(&format!("line {} is no number of uploads", index + 1)))?);
        }
        if minutes.is_empty() { Err(wrong(&"it is empty")) } else { Ok(Self(minutes)) }
    }

    pub(super) fn most(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }

    /// Each minute: what comes joins what waits, and as much is judged as `a_minute` allows.
    pub(super) fn walk(&self, a_minute: f64) -> Walk {
        let mut walk = Walk { deepest: 0.0, longest_wait: 0.0, waiting_minutes: 0, left: 0.0 };
        for come in &self.0 {
            walk.left = (walk.left + come - a_minute).max(0.0);
            if walk.left > 0.0 {
                walk.waiting_minutes += 1;
                walk.deepest = walk.deepest.max(walk.left);
                walk.longest_wait = walk.longest_wait.max(walk.left / a_minute * 60.0);
            }
        }
        walk
    }

    /// The fewest whole cores with which nobody waits longer than `seconds`, when a core judges `each` a minute.
    pub(super) fn cores(&self, each: f64, seconds: f64) -> f64 {
        let holds = |cores: f64| {
            let walk = self.walk(cores * each);
            walk.longest_wait <= seconds && walk.left <= cores * each
        };
        // As many as the worst minute needs are always enough.
        let (mut few, mut enough) = (0.0, (self.most() / each).ceil().max(1.0));
        while enough - few > 1.0 {
            let middle = ((few + enough) / 2.0_f64).floor();
            if holds(middle) { enough = middle } else { few = middle }
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_judged_or_waits() {
        let trace = Trace(vec![10.0, 0.0, 30.0, 0.0, 0.0, 5.0]);
        let walk = trace.walk(10.0);
        assert_eq!((walk.deepest, walk.longest_wait, walk.waiting_minutes, walk.left), (20.0, 120.0, 2, 0.0));
        assert_eq!(trace.walk(1.0).left, 45.0 - 6.0);
        assert_eq!(trace.walk(30.0), Walk { deepest: 0.0, longest_wait: 0.0, waiting_minutes: 0, left: 0.0 });
    }

    #[test]
    fn the_fewest_cores_are_enough_and_one_less_is_not() {
        let trace = Trace::drawn(3.9e6, 100.0, 60);
        for (each, seconds) in [(680.0, 60.0), (68.0, 60.0), (68.0, 3600.0), (6.8, 1.0)] {
            let cores = trace.cores(each, seconds);
            assert!(trace.walk(cores * each).longest_wait <= seconds, "{cores} cores at {each}");
            if cores > 1.0 {
                assert!(trace.walk((cores - 1.0) * each).longest_wait > seconds, "{cores} cores at {each}");
            }
        }
    }

    #[test]
    fn a_trace_is_read_and_a_word_in_it_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace");
        std::fs::write(&path, "1\n\n2.5\n").unwrap();
        assert_eq!(Trace::read(&path).ok().unwrap().0, [1.0, 2.5]);
        for wrong in ["1\nmany\n", "1\n-3\n", "1\nNaN\n"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(Trace::read(&path).err().unwrap().to_string().contains("line 2"), "{wrong}");
        }
    }
}
