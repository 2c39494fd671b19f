//! `gatehouse plan`: what a fleet needs for an index of a size: machines, money, queue and database, what breaks first.
//!
//! Arithmetic over figures that were measured (`cargo bench -p gatehouse --bench load`, deploy/CAPACITY.md) and a minute by
//! minute walk through a trace, real or drawn. No queueing theory: in each minute files come, and as many are judged as the
//! cores can.

mod outcome;
mod trace;

use std::path::PathBuf;

use clap::Args;

use crate::complaint::Complaint;
use crate::terminal;
use outcome::Plan;
use trace::Trace;

/// Say what a fleet needs for an index of a size.
///
/// The defaults are a public index's: 3.9 million files a year, bursts of a hundred times the mean, and one rescan of 17
/// million files in a week. The costs of a file are measured ones; measure your own.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanArguments {
    /// Files that are uploaded in a year.
    #[arg(long, value_name = "N", default_value_t = 3_900_000.0)]
    files_a_year: f64,
    /// A burst is so many times the mean.
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    burst: f64,
    /// And lasts so long.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    burst_minutes: usize,
    /// Uploads a minute, one number a line, instead of a mean with one burst.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// The longest that an upload may wait for a core.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    wait: f64,
    /// Files that are judged again with a new rulebook.
    #[arg(long, value_name = "N", default_value_t = 17e6)]
    rescan_files: f64,
    /// And their size.
    #[arg(long, value_name = "TB", default_value_t = 30.0)]
    rescan_terabytes: f64,
    /// In so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 7.0)]
    rescan_days: f64,
    /// Packed megabytes that one core examines in a second.
    #[arg(long, value_name = "MB", default_value_t = 18.0)]
    examine_megabytes: f64,
    /// CPU of the scanner for a file, beside examining its bytes.
    #[arg(long, value_name = "MS", default_value_t = 2.1)]
    scanner_ms: f64,
    /// CPU of recorder and signer for a file.
    #[arg(long, value_name = "MS", default_value_t = 0.7)]
    recorder_ms: f64,
    /// CPU of the broker for a file: seven messages.
    #[arg(long, value_name = "MS", default_value_t = 1.5)]
    broker_ms: f64,
    /// CPU of the database for a file.
    #[arg(long, value_name = "MS", default_value_t = 0.5)]
    database_ms: f64,
    /// What the database keeps of a file.
    #[arg(long, value_name = "KB", default_value_t = 16.0)]
    row_kilobytes: f64,
    /// What the broker keeps of an upload that waits, in all its lanes and copies.
    #[arg(long, value_name = "KB", default_value_t = 2.0)]
    message_kilobytes: f64,
    /// How much of a core is used at most.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6)]
    use_of_a_core: f64,
    /// Cores of one machine.
    #[arg(long, value_name = "N", default_value_t = 4.0)]
    machine_cores: f64,
    /// What a core costs in a month.
    #[arg(long, value_name = "MONEY", default_value_t = 25.0)]
    core_price: f64,
    /// What a gigabyte of disk costs in a month.
    #[arg(long, value_name = "MONEY", default_value_t = 0.1)]
    disk_price: f64,
    /// What a terabyte costs on its way from the file host.
    #[arg(long, value_name = "MONEY", default_value_t = 0.0)]
    transfer_price: f64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl PlanArguments {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        for (name, value) in self.numbers() {
            if !value.is_finite() || value <= 0.0 {
                return Err(Complaint::new("a plan needs numbers above zero").at(format!("--{name}")));
            }
        }
        let trace = match &self.trace {
            Some(path) => Trace::read(path)?,
            None => Trace::drawn(self.files_a_year, self.burst, self.burst_minutes),
        };
        let plan = Plan::make(self, &trace);
        let said = if self.json {
            let json =
                serde_json::to_string_pretty(&plan).map_err(|error| Complaint::new("cannot print").because(error))?;
            json + "\n"
        } else {
            plan.to_string()
        };
        terminal::print(&said)?;
        Ok(crate::exit::OK)
    }

    /// What must be above zero: they divide, or a plan without them says nothing.
    const fn numbers(&self) -> [(&'static str, f64); 10] {
        [
            ("files-a-year", self.files_a_year),
            ("burst", self.burst),
            ("wait", self.wait),
            ("rescan-files", self.rescan_files),
            ("rescan-terabytes", self.rescan_terabytes),
            ("rescan-days", self.rescan_days),
            ("examine-megabytes", self.examine_megabytes),
            ("use-of-a-core", self.use_of_a_core),
            ("machine-cores", self.machine_cores),
            ("broker-ms", self.broker_ms),
        ]
    }

    /// Megabytes of a file: those of the rescan are the best figure there is.
    const fn file_megabytes(&self) -> f64 {
        self.rescan_terabytes * 1e6 / self.rescan_files
    }

    /// CPU seconds of the scanner for a file.
    const fn scan_seconds(&self) -> f64 {
        self.file_megabytes() / self.examine_megabytes + self.scanner_ms / 1e3
    }
}
