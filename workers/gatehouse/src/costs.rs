//! What each rule costs, measured: one slow rule halves what a core can scan in a day.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use analysis::Rulebook;
use analysis::rulebook::cost::{self, Bench};
use analysis::rulebook::diagnostic::{Diagnostic, Severity};
use analysis::rulebook::rule::Language;

use crate::rulebook::Files;

/// A rule that is over its budget is measured so often, and its best run counts: others use the machine, too.
const TRIES: u32 = 5;
const MEASURED: Duration = Duration::from_millis(60);

/// Rules that cost more than `limits.toml` allows.
pub(crate) fn over_budget(files: &Files, book: &Rulebook, only: Option<&str>) -> Vec<Diagnostic> {
    let benches = cost::benches(files, book, &[]);
    let wanted = benches.into_iter().filter(|bench| only.is_none_or(|only| only == bench.rule));
    wanted.filter_map(|mut bench| complaint(&mut bench, book)).collect()
}

/// What each rule costs, in the unit that fits its language.
pub(crate) fn each(files: &Files, book: &Rulebook) -> BTreeMap<String, (f64, &'static str)> {
    let measured = cost::benches(files, book, &[]).into_iter().map(|mut bench| {
        let before = CpuTime::now();
        bench.run();
        let micros = before.elapsed().as_secs_f64() * 1e6 / bench.amount;
        let unit = match bench.language {
            Language::Yara => "µs/MB",
            Language::Sigma | Language::List => "µs/fact",
        };
        (bench.rule, (micros, unit))
    });
    measured.collect()
}

fn complaint(bench: &mut Bench, book: &Rulebook) -> Option<Diagnostic> {
    // The wall clock is never behind: what is within the budget by it needs no second look.
    let start = Instant::now();
    bench.run();
    let mut least = cost(bench, start.elapsed());
    for _ in 0..TRIES {
        if least > bench.budget {
            least = least.min(measure(bench));
        }
    }
    if least <= bench.budget {
        return None;
    }
    let unit = unit(bench.language);
    let rule = book.rule(&bench.rule)?;
    Some(Diagnostic {
        file: rule.file.clone(),
        line: rule.line,
        column: 0,
        span: None,
        severity: Severity::Error,
        code: "R0021",
        message: format!("rule `{}` costs {least:.2} {unit}, {} are allowed", bench.rule, bench.budget),
        label: format!("at line {}", rule.line),
        help: "give its patterns longer fixed parts; the allowance is in limits.toml under [cost]".to_owned(),
    })
}

/// What one unit costs by the time this thread computes, over so many runs that the system's ticks do not matter.
fn measure(bench: &mut Bench) -> f64 {
    let before = CpuTime::now();
    let mut runs = 0;
    while before.wall.elapsed() < MEASURED {
        bench.run();
        runs += 1;
    }
    cost(bench, before.elapsed() / runs.max(1))
}

fn cost(bench: &Bench, one_run: Duration) -> f64 {
    let scale = match bench.language {
        Language::Yara => 1e3,
        Language::Sigma | Language::List => 1e6,
    };
    one_run.as_secs_f64() * scale / bench.amount
}

fn unit(language: Language) -> &'static str {
    match language {
        Language::Yara => "ms a megabyte",
        Language::Sigma | Language::List => "µs a fact",
    }
}

/// Time this thread has computed, so that a busy machine does not make a rule slow; the wall clock where the system
/// does not say it.
struct CpuTime {
    computed: Option<Duration>,
    wall: Instant,
}

impl CpuTime {
    fn now() -> Self {
        Self { computed: computed(), wall: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        match (self.computed, computed()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}

fn computed() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_costs_nothing_and_computing_does() {
        let start = CpuTime::now();
        if start.computed.is_none() {
            // This system does not say it, and the wall clock is used: nothing to compare.
            return;
        }
        let mut state = 1_u64;
        for _ in 0..20_000_000 {
            state = std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        std::hint::black_box(state);
        let computed = start.elapsed();
        assert!(!computed.is_zero());
        assert!(computed <= start.wall.elapsed(), "a thread computes no longer than it lasts");
    }
}
