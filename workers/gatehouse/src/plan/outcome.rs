//! The plan itself, as words and as numbers.

use std::fmt;

use serde::Serialize;

use super::{
    PlanArguments,
    trace::{MINUTES_A_YEAR, Trace},
};

/// Messages that a lane takes before publishers are told to wait.
const LANE_LENGTH: f64 = 1e6;
/// So that one may be lost: with three, two still agree.
const BROKERS: f64 = 3.0;
const DATABASES: f64 = 2.0;
/// One transaction at a time moves the head of the audit log: its commits are the database's narrowest place.
const LANES: f64 = 7.0;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Plan {
    uploads_a_second_mean: f64,
    uploads_a_second_most: f64,
    scan_cpu_ms: f64,
    scanner_cores: f64,
    longest_wait_s: f64,
    deepest_queue: f64,
    waiting_minutes: usize,
    rescan_files_a_second: f64,
    rescan_cores: f64,
    /// Scanner processes: each judges one file again at a time.
    rescan_scanners: f64,
    /// How many times the lane of rescans would have to be filled.
    rescan_lanes: f64,
    rescan_megabits_a_second: f64,
    recorder_cores: f64,
    broker_cores: f64,
    database_cores: f64,
    broker_messages_a_second: f64,
    queue_gigabytes: f64,
    database_gigabytes_a_year: f64,
    database_gigabytes_rescan: f64,
    machines: f64,
    money_a_month: f64,
    money_a_rescan: f64,
    /// What reaches its end first when all grows together, and how many times today's load that is.
    first: Vec<(String, f64)>,
}

impl Plan {
    pub(super) fn make(given: &PlanArguments, trace: &Trace) -> Self {
        let used = given.use_of_a_core;
        let scan = given.scan_seconds();
        let each = 60.0 * used / scan;
        let scanner_cores = trace.cores(each, given.wait);
        let walk = trace.walk(scanner_cores * each);
        let most = trace.most() / 60.0;
        let rescan = given.rescan_files / (given.rescan_days * 86_400.0);
        // Behind the scanners nothing goes faster than they do, and a rescan may go on in a burst.
        let behind = most.min(scanner_cores * each / 60.0) + rescan;
        let cores = |ms: f64| (behind * ms / 1e3 / used).ceil().max(1.0);
        let rescan_cores = (rescan * scan / used).ceil().max(1.0);
        let (recorder, broker, database) = (cores(given.recorder_ms), cores(given.broker_ms), cores(given.database_ms));
        let standing = scanner_cores + recorder + BROKERS * broker + DATABASES * database;
        // Two brokers on one machine are lost together, and with them the majority.
        let machines = (standing / given.machine_cores).ceil().max(BROKERS);
        let year = given.files_a_year * given.row_kilobytes / 1e6;
        let queue = walk.deepest.max(1.0) * given.message_kilobytes / 1e6 * 3.0;
        let transfer = given.files_a_year / 12.0 * given.file_megabytes() / 1e6 * given.transfer_price;
        // The rescan's cores are there for its days only.
        let rescan_money =
            rescan_cores * given.core_price * given.rescan_days / 30.0 + given.rescan_terabytes * given.transfer_price;
        Self {
            uploads_a_second_mean: trace.0.iter().sum::<f64>() / trace.0.len() as f64 / 60.0,
            uploads_a_second_most: most,
            scan_cpu_ms: scan * 1e3,
            scanner_cores,
            longest_wait_s: walk.longest_wait,
            deepest_queue: walk.deepest,
            waiting_minutes: walk.waiting_minutes,
            rescan_files_a_second: rescan,
            rescan_cores,
            rescan_scanners: (rescan * scan / used).ceil().max(1.0),
            rescan_lanes: given.rescan_files / LANE_LENGTH,
            rescan_megabits_a_second: rescan * given.file_megabytes() * 8.0,
            recorder_cores: recorder,
            broker_cores: broker,
            database_cores: database,
            broker_messages_a_second: behind * LANES,
            queue_gigabytes: queue,
            database_gigabytes_a_year: year,
            database_gigabytes_rescan: given.rescan_files * given.row_kilobytes / 1e6,
            machines,
            money_a_month: machines * given.machine_cores * given.core_price
                + (year + 3.0 * queue) * given.disk_price
                + transfer,
            money_a_rescan: rescan_money,
            first: Self::first(given, trace, (scanner_cores, behind, walk.deepest)),
        }
    }

    /// How many times this load each part bears as it is planned, the narrowest first.
    fn first(given: &PlanArguments, trace: &Trace, (scanners, behind, deepest): (f64, f64, f64)) -> Vec<(String, f64)> {
        let used = given.use_of_a_core;
        let once = |ms: f64| 1e3 / ms / behind;
        let mean = given.files_a_year / MINUTES_A_YEAR;
        let hours = 24.0 * 60.0;
        let mut all = vec![
            ("scanner cores: uploads wait longer than was asked".to_owned(), {
                let each = 60.0 * used / given.scan_seconds();
                // With this many times the load, the burst that was planned for waits longer.
                (1..10_000)
                    .map(|part| 1.0 + f64::from(part) / 100.0)
                    .find(|times| {
                        let scaled = Trace(trace.0.iter().map(|come| come * times).collect());
                        scaled.walk(scanners * each).longest_wait > given.wait
                    })
                    .unwrap_or(100.0)
            }),
            (
                "the database's one core for the audit chain: verdicts wait to be stored".to_owned(),
                once(given.database_ms),
            ),
            ("one core of the broker's leader: confirms come later".to_owned(), once(given.broker_ms)),
            ("one recorder: verdicts wait in their lane".to_owned(), once(given.recorder_ms)),
            (
                "a day's uploads in one lane while every scanner is away: publishers are told to wait".to_owned(),
                LANE_LENGTH / (mean * hours).max(deepest),
            ),
        ];
        all.sort_by(|one, other| one.1.total_cmp(&other.1));
        all
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<44}{value}");
        row(
            "uploads a second, mean and most",
            format!("{:.2}, {:.1}", self.uploads_a_second_mean, self.uploads_a_second_most),
        )?;
        row("scanner CPU for a file", format!("{:.0} ms", self.scan_cpu_ms))?;
        row("scanner cores for the uploads", format!("{:.0}", self.scanner_cores))?;
        row(
            "the longest wait for one",
            format!(
                "{:.0} s, {:.0} uploads deep, {} min in all",
                self.longest_wait_s, self.deepest_queue, self.waiting_minutes
            ),
        )?;
        row(
            "the rescan",
            format!(
                "{:.1} files/s, {:.0} cores more in {:.0} scanners, {:.0} Mbit/s from the file host",
                self.rescan_files_a_second, self.rescan_cores, self.rescan_scanners, self.rescan_megabits_a_second
            ),
        )?;
        if self.rescan_lanes > 1.0 {
            let filled = self.rescan_lanes;
            row(
                "  more than its lane takes",
                format!("{filled:.0} times: fed by `gatehouse rescan --all --cursor FILE`"),
            )?;
        }
        row(
            "cores of recorder and signer, broker, database",
            format!(" {:.0}, 3 × {:.0}, 2 × {:.0}", self.recorder_cores, self.broker_cores, self.database_cores),
        )?;
        row("messages a second at the broker, most", format!("{:.0}", self.broker_messages_a_second))?;
        row("queue at its deepest, three copies", format!("{:.3} GB", self.queue_gigabytes))?;
        row(
            "database",
            format!(
                "{:.0} GB a year, {:.0} GB for a rescan",
                self.database_gigabytes_a_year, self.database_gigabytes_rescan
            ),
        )?;
        row("machines", format!("{:.0}, a broker on each of {BROKERS:.0}", self.machines))?;
        row("money", format!("{:.0} a month, {:.0} for a rescan", self.money_a_month, self.money_a_rescan))?;
        writeln!(f, "what breaks first, at so many times this load")?;
        for (what, times) in &self.first {
            writeln!(f, "  {times:>8.1} ×  {what}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        plan: PlanArguments,
    }

    fn plan(words: &[&str]) -> Plan {
        let line = Line::parse_from([&["plan"], words].concat());
        let trace = Trace::drawn(line.plan.files_a_year, line.plan.burst, line.plan.burst_minutes);
        Plan::make(&line.plan, &trace)
    }

    #[test]
    fn a_rescan_in_a_week_is_its_bytes_and_files_by_the_second() {
        let plan = plan(&[]);
        assert!((plan.rescan_files_a_second - 17e6 / 604_800.0).abs() < 1e-9);
        assert!((plan.rescan_megabits_a_second - 30e12 * 8.0 / 1e6 / 604_800.0).abs() < 1e-6);
        // Its cores do the work in the time: CPU seconds of all files, over the seconds of the week.
        let needed = 17e6 * plan.scan_cpu_ms / 1e3 / 604_800.0 / 0.6;
        assert_eq!(plan.rescan_cores, needed.ceil());
    }

    #[test]
    fn more_files_never_need_less() {
        let (one, ten) = (plan(&[]), plan(&["--files-a-year", "39000000"]));
        assert!(ten.scanner_cores > one.scanner_cores);
        assert!(ten.machines >= one.machines && ten.money_a_month > one.money_a_month);
        assert!((ten.database_gigabytes_a_year / one.database_gigabytes_a_year - 10.0).abs() < 1e-9);
    }

    #[test]
    fn three_brokers_stand_on_three_machines_however_large_those_are() {
        let large = plan(&["--machine-cores", "128"]);
        assert_eq!(large.machines, 3.0);
        let small = plan(&["--machine-cores", "1"]);
        assert!(small.machines > 3.0);
        assert!(large.money_a_month > small.money_a_month, "what stands is paid for, used or not");
    }

    #[test]
    fn who_feeds_a_rescan_is_named_where_the_lane_does_not_take_all_of_it() {
        assert!(plan(&[]).to_string().contains("17 times: fed by `gatehouse rescan"));
        assert!(!plan(&["--rescan-files", "900000"]).to_string().contains("gatehouse rescan"));
    }

    #[test]
    fn what_breaks_first_breaks_later_with_more_of_it() {
        let slow = plan(&["--database-ms", "60"]);
        assert!(slow.first[0].0.starts_with("the database"), "{:?}", slow.first);
        let fast = plan(&["--database-ms", "0.1"]);
        assert!(!fast.first[0].0.starts_with("the database"), "{:?}", fast.first);
        assert!(fast.first.is_sorted_by(|one, other| one.1 <= other.1));
    }

    #[test]
    fn every_number_is_said() {
        let plan = plan(&[]);
        let said = plan.to_string();
        for part in ["scanner cores", "rescan", "GB a year", "a month", "breaks first", "×"] {
            assert!(said.contains(part), "{said}");
        }
    }
}
