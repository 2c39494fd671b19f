//! What an archive holds and what is odd about it: `look ARCHIVE…`, one line a member, an anomaly, a gap.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program on a developer's machine, not the room"
)]

use std::io::Write;

use model::Terminal;
use unpack::{Kind, Limits, unpack};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args_os().skip(1).map(std::path::PathBuf::from) {
        let bytes = std::fs::read(&path)?;
        let shown = path.display().to_string();
        let mut members = Vec::new();
        let report = unpack(&bytes, &Limits::default(), &mut |member| {
            let link = match &member.kind {
                Kind::Link(target) => format!(" -> {target}"),
                _ => String::new(),
            };
            let doubt = if member.ambiguous { "\tambiguous" } else { "" };
            members.push(format!("member\t{}{link}\t{}\t{:?}{doubt}", member.path, member.data.len(), member.readings));
        });
        for line in members {
            writeln!(out, "{}\t{}", Terminal(&shown), Terminal(&line.replace('\t', "  ")))?;
        }
        for anomaly in &report.anomalies {
            let line = format!("anomaly  {}  {}  {}", anomaly.kind, anomaly.member, anomaly.detail);
            writeln!(out, "{}\t{}", Terminal(&shown), Terminal(&line))?;
        }
        for gap in &report.gaps {
            let line = format!("gap  {:?}  {}  {}", gap.kind, gap.member, gap.detail);
            writeln!(out, "{}\t{}", Terminal(&shown), Terminal(&line))?;
        }
    }
    Ok(())
}
