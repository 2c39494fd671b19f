//! How an examination ends without an answer, and what that is called.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use model::GapKind;

use crate::child;

/// How an examination ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
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

    pub(super) const fn rule(self) -> &'static str {
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

    pub(super) const fn title(self) -> &'static str {
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

    pub(super) const fn meaning(self) -> &'static str {
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

    pub(super) const fn gap(self) -> GapKind {
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

pub(super) struct Death {
    pub(super) kind: Ending,
    pub(super) detail: String,
}

pub(super) fn cause_of_death(status: Option<ExitStatus>, words: &str) -> Death {
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
}
