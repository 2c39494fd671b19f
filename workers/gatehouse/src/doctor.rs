//! `gatehouse doctor`: whether what a role needs is there, and what to do where it is not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use queue::{Lane, Queue};
use serde::Serialize;
use store::{Moment, Store, StoreError, Transport};

use crate::complaint::Complaint;
use crate::rulebook::{self, RulesFolder};
use crate::scan::ascii_json;
use crate::settings::Settings;
use crate::{examiners, exit, terminal};

/// How long something that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// Two machines whose clocks are further apart disagree about leases, sessions and when something was signed.
const SKEW: Duration = Duration::from_secs(2);
/// Less room than this, and a database soon cannot write.
const ROOM: u64 = 512 * 1024 * 1024;
/// Compiled rules are a megabyte or two, and a container gives their folder little more.
const CACHE_ROOM: u64 = 16 * 1024 * 1024;
const ENTRIES: u64 = 1000;

/// Check that what a role needs is there: broker, store, clock, disk, sandbox, rules.
///
/// Exit codes: 0 all is well, 1 something is wrong.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Settings in TOML; unknown keys are refused.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    rules: RulesFolder,
    /// Check only what this role needs.
    #[arg(long, value_name = "ROLE", default_value = "all")]
    role: Role,
    /// How to say it.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    All,
    Scanner,
    Recorder,
    Signer,
    Dashboard,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Role {
    fn examines(self) -> bool {
        matches!(self, Self::All | Self::Scanner)
    }

    fn stores(self) -> bool {
        matches!(self, Self::All | Self::Recorder | Self::Dashboard)
    }

    /// What it takes from the broker.
    fn lanes(self) -> &'static [Lane] {
        match self {
            Self::All => &Lane::ALL,
            Self::Scanner => &[Lane::Uploads, Lane::Rescans],
            Self::Recorder => &[Lane::UploadsRecorder, Lane::VerdictsRecorder, Lane::Attestations, Lane::Workers],
            Self::Signer => &[Lane::VerdictsSigner],
            Self::Dashboard => &[],
        }
    }
}

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
    /// What to do about it.
    fix: Option<String>,
}

fn well(name: &'static str, detail: impl Into<String>) -> Check {
    Check { name, ok: true, detail: detail.into(), fix: None }
}

fn wrong(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { name, ok: false, detail: detail.into(), fix: Some(fix.into()) }
}

/// A complaint that says itself what to try.
fn complained(name: &'static str, complaint: &Complaint, otherwise: &str) -> Check {
    let (detail, attempt) = complaint.sentence();
    wrong(name, detail, attempt.unwrap_or(otherwise))
}

impl Doctor {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let checks = self.checks()?;
        let ok = checks.iter().all(|check| check.ok);
        let said = match self.format {
            Format::Text => checks.iter().map(as_text).collect(),
            Format::Json => {
                let object = serde_json::json!({"ok": ok, "checks": checks});
                ascii_json(&object, true).map_err(|error| Complaint::new("cannot print").because(error))? + "\n"
            }
        };
        terminal::print(&said)?;
        Ok(if ok { exit::OK } else { exit::FOUND })
    }

    fn checks(&self) -> Result<Vec<Check>, Complaint> {
        let settings = match Settings::load(self.config.as_deref()) {
            Ok(settings) => settings,
            // Nothing else can be looked for.
            Err(complaint) => return Ok(vec![complained("settings", &complaint, "gatehouse config check")]),
        };
        let mut checks = vec![well("settings", "no mistakes")];
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(async {
            checks.push(broker(&settings, self.role).await);
            let (stored, clock) = if self.role.stores() { store(&settings).await } else { (None, None) };
            checks.extend(stored);
            checks.push(self::clock(clock));
            if self.role.examines() && settings.scanner.fetch.base.is_some() || self.role == Role::Scanner {
                checks.push(file_host(&settings).await);
            }
        });
        runtime.shutdown_background();
        checks.push(disk(&settings));
        if self.role.examines() {
            checks.extend(self.examination());
        }
        // On a machine of another role there is no key, and should be none.
        if self.role == Role::Signer || self.role == Role::All && settings.signer.key.exists() {
            checks.push(key(&settings.signer.key));
        }
        Ok(checks)
    }

    fn examination(&self) -> Vec<Check> {
        let files = rulebook::files(self.rules.rules.as_deref());
        let compiled = files.and_then(|files| Ok((rulebook::compiled(&files)?, files.len())));
        let (rules, files) = match compiled {
            Ok(compiled) => compiled,
            Err(complaint) => {
                let sandbox = wrong("sandbox", "not tried: no rules to start a child with", "correct the rules first");
                return vec![complained("rules", &complaint, "gatehouse rules check"), sandbox];
            }
        };
        let from = self.rules.rules.as_deref().map_or("built in".to_owned(), |folder| folder.display().to_string());
        let said = well("rules", format!("{files} files, {from}, digest {}", rules.digest));
        vec![said, sandbox(rules)]
    }
}

async fn broker(settings: &Settings, role: Role) -> Check {
    const NAME: &str = "broker";
    let url = match settings.queue_url() {
        Ok(url) => url,
        Err(complaint) => return complained(NAME, &complaint, "set GATEHOUSE_QUEUE_URL"),
    };
    let place = place(&url);
    if let Some(path) = url.strip_prefix("sqlite:")
        && !Path::new(path.trim_start_matches("//")).exists()
    {
        return wrong(NAME, format!("{place} does not exist"), "start `gatehouse up` once, or name the broker");
    }
    let connecting = Queue::connect_within(&url, PATIENCE);
    // A machine that drops packets answers neither yes nor no.
    let queue = match tokio::time::timeout(PATIENCE * 4, connecting).await {
        Ok(Ok(queue)) => queue,
        Ok(Err(queue::Error::InUse(_))) => return well(NAME, format!("{place} is in use by a running program")),
        Ok(Err(error @ queue::Error::Refused(_))) => {
            let fix = "check user, password and virtual host in GATEHOUSE_QUEUE_URL, and the account's permissions";
            return wrong(NAME, format!("{place}: {error}"), fix);
        }
        Ok(Err(error)) => {
            let fix = "start the broker, or correct GATEHOUSE_QUEUE_URL (or its _FILE, or [queue] of the settings)";
            return wrong(NAME, format!("{place}: {error}"), fix);
        }
        Err(_) => {
            return wrong(NAME, format!("{place} does not answer"), "open the way to the broker: firewall, route");
        }
    };
    let depths = queue.depths().await;
    queue.close().await;
    let depths = match depths {
        Ok(depths) => depths,
        Err(error) => return wrong(NAME, format!("{place}: {error}"), "look at the broker's log"),
    };
    let there = |lane: &Lane| depths.iter().any(|depth| depth.lane == *lane);
    let missing: Vec<_> = role.lanes().iter().filter(|lane| !there(lane)).map(|lane| lane.as_str()).collect();
    if !missing.is_empty() {
        let detail = format!("{place} has no queue {} that this account may see", missing.join(", "));
        return wrong(NAME, detail, "gatehouse queue declare, with an account that may configure");
    }
    let parked = depths.iter().find(|depth| depth.lane == Lane::Parked).map_or(0, |depth| depth.ready);
    let note = if parked > 0 { format!(", {parked} parked: gatehouse queue parked") } else { String::new() };
    well(NAME, format!("{place} answers{note}"))
}

/// The store, and how far its clock is from ours where it has one of its own.
async fn store(settings: &Settings) -> (Option<Check>, Option<Duration>) {
    const NAME: &str = "store";
    let url = match settings.store_url() {
        Ok(url) => url,
        Err(complaint) => return (Some(complained(NAME, &complaint, "set GATEHOUSE_STORE_URL")), None),
    };
    let place = place(&url);
    let file = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    if file.is_some_and(|path| !Path::new(path).exists()) {
        return (Some(wrong(NAME, format!("{place} does not exist"), "gatehouse store migrate")), None);
    }
    let away = |error: &dyn std::fmt::Display| {
        let fix = "start the database, or correct GATEHOUSE_STORE_URL (or its _FILE, or [store] of the settings)";
        wrong(NAME, format!("{place}: {error}"), fix)
    };
    let unsealed = |error: &StoreError| {
        let fix = "give the database a certificate of its name, and its authority in GATEHOUSE_STORE_URL: \
                   ?sslmode=verify-full&sslrootcert=FILE; or say ?sslmode=disable where nobody else is on the way";
        wrong(NAME, format!("{place}: {error}"), fix)
    };
    let store = match tokio::time::timeout(STORE_PATIENCE, Store::connect(&url)).await {
        Ok(Ok(store)) => store,
        Ok(Err(error)) if error.is_tls() => return (Some(unsealed(&error)), None),
        Ok(Err(error)) => return (Some(away(&error)), None),
        Err(_) => return (Some(away(&format!("no answer within {} s", STORE_PATIENCE.as_secs()))), None),
    };
    let check = match store.ready().await {
        Ok(()) => well(NAME, format!("{place} answers, its schema is this program's{}", on_the_way(store.transport()))),
        Err(error @ StoreError::Schema { .. }) => wrong(NAME, format!("{place}: {error}"), "gatehouse store migrate"),
        Err(error) => away(&error),
    };
    let asked = (Moment::now(), Instant::now());
    let skew = match store.clock().await {
        Ok(theirs) if store.kind() == "postgres" => {
            let way = asked.1.elapsed() / 2;
            let ours = asked.0.plus(way);
            // What the question's way may hide is no skew.
            Some(ours.until(theirs).max(theirs.until(ours)).saturating_sub(way))
        }
        _ => None,
    };
    store.close().await;
    (Some(check), skew)
}

const fn on_the_way(transport: Transport) -> &'static str {
    match transport {
        Transport::Here => "",
        Transport::Plain => "; the way to it is not encrypted (sslmode=disable)",
        Transport::Encrypted => "; encrypted, but nobody asks who answers (sslmode=verify-full does)",
        Transport::Verified => "; encrypted, its certificate verified",
    }
}

fn clock(skew: Option<Duration>) -> Check {
    const NAME: &str = "clock";
    let made = std::env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified()).ok();
    let now = std::time::SystemTime::now();
    if made.is_some_and(|made| made > now + SKEW) {
        let detail = format!("it is {} here, before this program was installed", Moment::now());
        return wrong(NAME, detail, "set the clock: chrony or systemd-timesyncd keeps it right");
    }
    match skew {
        Some(skew) if skew > SKEW => wrong(
            NAME,
            format!("{:.1} s apart from the database's", skew.as_secs_f64()),
            "let both machines follow the same time servers (chrony, systemd-timesyncd)",
        ),
        Some(skew) => well(NAME, format!("{:.1} s apart from the database's", skew.as_secs_f64())),
        None => well(NAME, format!("it is {} here; there was no other clock to compare with", Moment::now())),
    }
}

async fn file_host(settings: &Settings) -> Check {
    const NAME: &str = "files";
    let fetch = &settings.scanner.fetch;
    let Some(base) = &fetch.base else {
        let fix = "set GATEHOUSE_FETCH_BASE to the index's file host, such as https://files.index.example/";
        return wrong(NAME, "the scanner does not know where files are", fix);
    };
    let mut fetch = fetch.clone();
    fetch.folders.clear();
    if let Err(error) = scanner::fetch::Fetcher::new(&fetch) {
        return wrong(
            NAME,
            format!("{error:#}"),
            "correct scanner.fetch: `gatehouse config schema` says what it may hold",
        );
    }
    let port = if base.starts_with("http://") { 80 } else { 443 };
    let host = base.split("://").nth(1).unwrap_or(base).split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    match tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(&address)).await {
        Ok(Ok(_)) => well(NAME, format!("{address} takes connections")),
        Ok(Err(error)) => {
            wrong(NAME, format!("{address}: {error}"), "correct GATEHOUSE_FETCH_BASE, or open the way to it")
        }
        Err(_) => wrong(NAME, format!("{address} does not answer"), "open the way to the file host: firewall, route"),
    }
}

fn disk(settings: &Settings) -> Check {
    const NAME: &str = "disk";
    let mut said = Vec::new();
    for (folder, needed) in folders(settings) {
        let room = match rustix::fs::statvfs(&folder) {
            Ok(room) => room,
            Err(error) => {
                let fix = "make the folder, or mount what belongs there";
                return wrong(NAME, format!("{}: {error}", folder.display()), fix);
            }
        };
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        let mib = free / (1024 * 1024);
        if free < needed {
            let fix = format!("free at least {} MiB there", needed / (1024 * 1024));
            return wrong(NAME, format!("{} has {mib} MiB left", folder.display()), fix);
        }
        // Some file systems count no entries.
        if room.f_files > 0 && room.f_favail < ENTRIES {
            let detail = format!("{} has room for {} more files", folder.display(), room.f_favail);
            return wrong(NAME, detail, "remove small files there");
        }
        said.push(format!("{} has {mib} MiB left", folder.display()));
    }
    well(NAME, said.join(", "))
}

/// Where something is written, and how much room it needs: embedded databases, and the folder of the compiled rules, which
/// is the only one that a role of a fleet writes to.
fn folders(settings: &Settings) -> BTreeMap<PathBuf, u64> {
    let embedded = |url: Result<String, Complaint>| {
        let url = url.ok()?;
        let path = Path::new(url.strip_prefix("sqlite:")?.trim_start_matches("//")).to_owned();
        Some(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned())
    };
    let databases = [settings.queue_url(), settings.store_url()].into_iter().filter_map(embedded);
    let mut folders: BTreeMap<_, _> = databases.map(|folder| (folder, ROOM)).collect();
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute() && path.exists());
    if let Some(cache) = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME")) {
        folders.entry(cache).or_insert(CACHE_ROOM);
    }
    if folders.is_empty() {
        folders.insert(std::env::temp_dir(), CACHE_ROOM);
    }
    folders
}

fn sandbox(rules: scanner::pool::CompiledRules) -> Check {
    const NAME: &str = "sandbox";
    match examiners::lockdown(rules) {
        Ok(lockdown) => match lockdown.unfiltered {
            Some(why) => wrong(
                NAME,
                format!("seccomp: {why}"),
                "allow seccomp here (containers: the runtime's default profile does), or say --allow-unsandboxed",
            ),
            None if lockdown.files => well(NAME, "seccomp and Landlock are in force in examining processes"),
            None => well(NAME, "seccomp is in force in examining processes; this kernel has no Landlock"),
        },
        Err(complaint) => complained(NAME, &complaint, "run `gatehouse scan` on one archive and read what it says"),
    }
}

fn key(path: &Path) -> Check {
    const NAME: &str = "key";
    match signer::load(path) {
        Ok(key) => well(NAME, format!("{} holds the key {}", path.display(), key.public().keyid())),
        Err(error) => {
            wrong(NAME, format!("{error:#}"), "put the signing key there, owned by the signer's user, mode 0600")
        }
    }
}

/// An address without user and password.
fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let rest = rest.trim_start_matches('/');
    if scheme == "sqlite" {
        return url.to_owned();
    }
    let rest = rest.split('?').next().unwrap_or_default();
    format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host))
}

fn as_text(check: &Check) -> String {
    let word = if check.ok { "ok" } else { "wrong" };
    let detail = check.detail.replace('\n', " ");
    let mut said = format!("{word:<6} {:<9} {}\n", check.name, model::Terminal(&detail));
    for (index, line) in check.fix.iter().flat_map(|fix| fix.lines()).enumerate() {
        let label = if index == 0 { "fix" } else { "" };
        said.push_str(&format!("       {label:<9} {}\n", model::Terminal(line)));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        for (url, shown) in [
            ("amqp://user:p@ss@broker.example:5672/v?heartbeat=1", "amqp://broker.example:5672/v"),
            ("postgres://db.example/gatehouse?password=secret", "postgres://db.example/gatehouse"),
            ("sqlite:data/queue.sqlite", "sqlite:data/queue.sqlite"),
        ] {
            assert_eq!(place(url), shown);
        }
    }

    /// A role of a fleet has no database of its own: what the container gives for compiled rules is enough.
    #[test]
    fn what_a_folder_needs_depends_on_what_is_written_there() {
        let compose = include_str!("../../../deploy/compose.yaml");
        let given: u64 = compose.split("/cache:size=").nth(1).unwrap().split('m').next().unwrap().parse().unwrap();
        assert!(CACHE_ROOM < given * 1024 * 1024, "the doctor would say that a fresh container's disk is full");
        assert!(folders(&Settings::default()).values().all(|needed| *needed == CACHE_ROOM));
        let path = tempfile::tempdir().unwrap().path().join("store.sqlite");
        let file = format!("[store]\nurl = 'sqlite:{}'\n", path.display());
        let settings: Settings = toml::from_str(&file).unwrap();
        assert_eq!(folders(&settings)[path.parent().unwrap()], ROOM);
    }

    #[test]
    fn clocks_that_are_apart_are_told() {
        assert!(clock(None).ok);
        assert!(clock(Some(Duration::from_millis(300))).ok);
        let apart = clock(Some(Duration::from_secs(9)));
        assert!(!apart.ok && apart.detail.contains("9.0 s") && apart.fix.is_some());
    }

    #[test]
    fn every_line_is_one_line_and_a_fix_stands_below() {
        let text = as_text(&wrong("store", "away\u{1b}[2J\nfor good", "start it\nor not"));
        assert_eq!(
            text,
            "wrong  store     away⟨U+001B⟩[2J for good\n       fix       start it\n                 or not\n"
        );
    }
}
