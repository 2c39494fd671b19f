//! CPU time by who spent it, from the kernel's own account.

use std::collections::BTreeMap;

/// The kernel counts in hundredths of a second.
const TICKS: f64 = 100.0;

/// Seconds that these processes and all below them have computed, the ended ones among them.
pub(crate) fn spent(roots: &[u32]) -> f64 {
    let table = table();
    let mut all: Vec<u32> = roots.to_vec();
    let mut next = 0;
    while let Some(parent) = all.get(next).copied() {
        next += 1;
        let children = table.iter().filter(|(pid, time)| time.above == parent && !all.contains(pid));
        let children: Vec<u32> = children.map(|(pid, _)| *pid).collect();
        all.extend(children);
    }
    all.iter().filter_map(|pid| table.get(pid)).map(|time| (time.own + time.ended) / TICKS).sum()
}

/// Seconds that these processes have computed themselves.
pub(crate) fn own(pids: &[u32]) -> f64 {
    let table = table();
    pids.iter().filter_map(|pid| table.get(pid)).map(|time| time.own / TICKS).sum()
}

/// Ticks of a process.
struct Time {
    /// The process above it.
    above: u32,
    own: f64,
    /// Of children that it has waited for.
    ended: f64,
}

fn table() -> BTreeMap<u32, Time> {
    let mut table = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name, in parentheses, may hold spaces.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        let Some(above) = fields.get(1).and_then(|field| field.parse().ok()) else { continue };
        table.insert(pid, Time { above, own: number(11) + number(12), ended: number(13) + number(14) });
    }
    table
}

/// Milliseconds an upload between two accounts of [`crate::standing::Standing::spent`]: in all, and by whom.
pub(crate) fn each(before: &[(&str, f64)], after: &[(&str, f64)], uploads: usize) -> (f64, String) {
    let each = |((name, now), (_, before)): (&(&'_ str, f64), &(&str, f64))| {
        ((*name).to_owned(), (now - before) * 1000.0 / uploads as f64)
    };
    let parts: Vec<(String, f64)> = after.iter().zip(before).map(each).collect();
    let all: f64 = parts.iter().map(|(_, spent)| spent).sum();
    let said = parts.iter().map(|(name, spent)| format!("{name} {spent:.2} ({:.0} %)", 100.0 * spent / all));
    (all, said.collect::<Vec<_>>().join(", "))
}

/// Broker and database, as `tests/services` started them.
pub(crate) fn services() -> [u32; 2] {
    let said = crate::stage::ask_services(&["pids"]);
    let pids: Vec<u32> = said.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    pids.try_into().unwrap()
}

/// What the machine did meanwhile: runnable processes, averaged over the last minute.
pub(crate) fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap().split(' ').next().unwrap().to_owned()
}
