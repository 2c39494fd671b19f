//! What the scanner is told, one struct a concern.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::pool::PATIENT_LIMIT;

const MIB: u64 = 1024 * 1024;
/// A child with less does not come up.
const LEAST_MEMORY_MIB: u64 = 128;

/// How many examinations run, and what one may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScannerConfig {
    /// Examinations at a time; 0 is one a core.
    pub jobs: usize,
    /// Seconds of wall-clock time of one examination.
    pub timeout_seconds: u64,
    /// MiB of private memory of an examining process, rulebook included.
    pub memory_mib: u64,
    /// An examining process is replaced after so many examinations, so that nothing accumulates.
    pub recycle: u32,
    /// Seconds to finish what is under way when told to stop; what is not is given back, which takes a moment more.
    pub drain_seconds: u64,
    /// Examine also where the system cannot lock the examining processes in. Every verdict then says so.
    pub allow_unsandboxed: bool,
    pub fetch: FetchConfig,
}

impl Default for ScannerConfig {
    fn default() -> Self {
        Self {
            jobs: 0,
            timeout_seconds: 120,
            memory_mib: 512,
            recycle: 1000,
            drain_seconds: 25,
            allow_unsandboxed: false,
            fetch: FetchConfig::default(),
        }
    }
}

impl ScannerConfig {
    /// What of it makes no sense, by its key; nothing would ever be examined.
    pub fn senseless(&self) -> Option<(&'static str, &'static str)> {
        let fetch = &self.fetch;
        let values = [
            (self.timeout_seconds == 0, "scanner.timeout_seconds", "no examination would end in time"),
            (
                self.timeout_seconds > PATIENT_LIMIT.as_secs(),
                "scanner.timeout_seconds",
                "a broker takes the upload back",
            ),
            (self.memory_mib < LEAST_MEMORY_MIB, "scanner.memory_mib", "the rulebook alone needs more (128 MiB)"),
            (self.memory_mib > u64::MAX / MIB, "scanner.memory_mib", "no machine has so much"),
            (self.recycle == 0, "scanner.recycle", "every process would be replaced before it examines"),
            (fetch.file_mib == 0, "scanner.fetch.file_mib", "no file would be small enough"),
            (fetch.held_mib < fetch.file_mib, "scanner.fetch.held_mib", "a file of scanner.fetch.file_mib has no room"),
            (fetch.connect_seconds == 0, "scanner.fetch.connect_seconds", "no connection would be fast enough"),
            (fetch.total_seconds == 0, "scanner.fetch.total_seconds", "no file would come in time"),
            (fetch.attempts == 0, "scanner.fetch.attempts", "nothing would be fetched"),
        ];
        values.into_iter().find(|(wrong, ..)| *wrong).map(|(_, key, why)| (key, why))
    }

    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}

/// Where files come from. Nothing is fetched from anywhere that is not named here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchConfig {
    /// The index's file host, such as `https://files.index.example/`. An event's URL gives only the path below it.
    pub base: Option<String>,
    /// Hosts that a redirect may lead to, beside the base's own.
    pub redirect_hosts: Vec<String>,
    /// The file host is in our own network: its private address is meant.
    pub allow_private: bool,
    /// The file host is on this machine, for a trial: loopback and plain http are meant.
    pub allow_loopback: bool,
    /// Folders whose files a `file:` URL may name; none in a fleet.
    pub folders: Vec<PathBuf>,
    /// MiB of one file.
    pub file_mib: u64,
    /// MiB of all files that are held at a time for uploads. The one rescan that may run beside them has room of its own.
    pub held_mib: u64,
    pub connect_seconds: u64,
    /// Seconds for the whole file.
    pub total_seconds: u64,
    /// Tries before a file that cannot be had gets its verdict without it.
    pub attempts: u32,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            base: None,
            redirect_hosts: Vec::new(),
            allow_private: false,
            allow_loopback: false,
            folders: Vec::new(),
            file_mib: 256,
            held_mib: 512,
            connect_seconds: 10,
            total_seconds: 60,
            attempts: 6,
        }
    }
}

impl FetchConfig {
    pub fn file_limit(&self) -> u64 {
        self.file_mib.saturating_mul(MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_never_work_is_told_by_its_key() {
        assert_eq!(ScannerConfig::default().senseless(), None);
        for (text, key) in [
            ("timeout_seconds = 0", "scanner.timeout_seconds"),
            ("timeout_seconds = 1800", "scanner.timeout_seconds"),
            ("memory_mib = 10", "scanner.memory_mib"),
            ("memory_mib = 9000000000000000000", "scanner.memory_mib"),
            ("recycle = 0", "scanner.recycle"),
            ("[fetch]\nfile_mib = 0", "scanner.fetch.file_mib"),
            ("[fetch]\nfile_mib = 600", "scanner.fetch.held_mib"),
            ("[fetch]\nattempts = 0", "scanner.fetch.attempts"),
        ] {
            let config: ScannerConfig = toml::from_str(text).unwrap();
            assert_eq!(config.senseless().map(|(key, _)| key), Some(key), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_refused() {
        let config: ScannerConfig = toml::from_str("jobs = 3\n[fetch]\nbase = 'https://files.index.example/'").unwrap();
        assert_eq!((config.jobs, config.fetch.attempts), (3, 6));
        let refused = toml::from_str::<ScannerConfig>("[fetch]\nallow_privat = true").unwrap_err().to_string();
        assert!(refused.contains("allow_privat"), "{refused}");
    }
}
