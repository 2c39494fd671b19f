//! What a fleet does in a second and what it costs, on a real broker and database. Numbers, not tests: nothing here fails
//! because something was slow.
//!
//! ```text
//! tests/services up && . <(tests/services env)
//! cargo bench -p gatehouse --bench load -- throughput               malware-sized archives
//! cargo bench -p gatehouse --bench load -- throughput DIR           the archives of a folder
//! cargo bench -p gatehouse --bench load -- latency                  at 10 and 100 uploads a second
//! cargo bench -p gatehouse --bench load -- rescans                  uploads beside 50,000 rescans
//! cargo bench -p gatehouse --bench load -- cluster                  a cluster of three whose leaders die
//! ```

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a measurement")]

mod archives;
mod cluster;
mod cost;
mod latency;
mod listener;
#[path = "../processes.rs"]
#[allow(dead_code, reason = "shared with tests")]
mod processes;
#[path = "../queue_contract.rs"]
#[allow(dead_code, reason = "shared with tests")]
mod queue_contract;
#[path = "../stage.rs"]
mod stage;
mod standing;
mod throughput;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match words[..] {
        ["throughput"] => runtime.block_on(throughput::measure(archives::malware_sized(3000))),
        ["throughput", folder] => runtime.block_on(throughput::measure(archives::of_folder(folder.as_ref()))),
        ["latency"] => runtime.block_on(latency::at_rates()),
        ["rescans"] => runtime.block_on(latency::beside_rescans()),
        ["cluster"] => runtime.block_on(cluster::survives(1500)),
        _ => eprintln!("say what: throughput [DIR], latency, rescans, cluster"),
    }
}
