//! The roles as processes of a fleet: each with its own credentials, its own settings, and its own end.

use std::{
    io::Read as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, Subcommand};
use metrics::Metrics;
use queue::{Queue, Topic};
use recorder::Recorder;
use scanner::{fetch::Fetcher, role::Scanner};
use store::{Moment, Store};

use crate::{
    complaint::Complaint,
    examiners::{self, Effort},
    exit, logging,
    probes::{self, Probes},
    pulse::{Ear, Pulse},
    rulebook::RulesFolder,
    running::{self, Roles, Started, Stop},
    sender::Sender,
    settings::{Common, Settings},
    terminal,
};

/// Role: take upload events from the queue, fetch the files, publish verdicts.
#[derive(Args)]
pub(crate) struct ScannerArguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    rules: RulesFolder,
    /// Examinations at a time; one a core if not given.
    #[arg(long, value_name = "N", env = "GATEHOUSE_SCANNER_JOBS")]
    jobs: Option<usize>,
    /// The index's file host: an event's URL gives only the path below it.
    #[arg(long, value_name = "URL", env = "GATEHOUSE_FETCH_BASE")]
    fetch_base: Option<String>,
    /// The file host is in our own network.
    #[arg(long, env = "GATEHOUSE_FETCH_ALLOW_PRIVATE")]
    fetch_allow_private: bool,
    /// The file host is on this machine, for a trial: loopback and plain http.
    #[arg(long, env = "GATEHOUSE_FETCH_ALLOW_LOOPBACK")]
    fetch_allow_loopback: bool,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
}

/// Role: record verdicts and attestations in the store, and relay its outbox.
#[derive(Args)]
pub(crate) struct RecorderArguments {
    #[command(flatten)]
    common: Common,
}

/// Role: sign verdicts. Holds the key and nothing else.
#[derive(Args)]
pub(crate) struct SignerArguments {
    #[command(flatten)]
    common: Common,
    /// File with the private key, PKCS#8 PEM, readable by its owner alone.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_SIGNER_KEY")]
    key: Option<PathBuf>,
    /// Print the public keys, as verifiers and the publisher read them, and end.
    #[arg(long)]
    print_key_ring: bool,
}

/// Role: put signed verdicts beside an index's own signing metadata.
#[derive(Args)]
pub(crate) struct PublisherArguments {
    #[command(flatten)]
    common: Common,
    /// The dashboard's address, where signed verdicts are served.
    #[arg(long, value_name = "URL", env = "GATEHOUSE_PUBLISHER_VERDICTS")]
    verdicts: Option<String>,
    /// Folder beside the index's signing metadata; made when missing.
    #[arg(long, value_name = "DIR", env = "GATEHOUSE_PUBLISHER_INTO")]
    into: Option<PathBuf>,
    /// File with the public keys whose signatures count.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_PUBLISHER_KEY_RING")]
    key_ring: Option<PathBuf>,
    /// Address of the index's TUF service (RSTUF), if it has one.
    #[arg(long, value_name = "URL", env = "GATEHOUSE_PUBLISHER_TUF")]
    tuf: Option<String>,
}

/// Role: serve the moderators' pages and the HTTP API.
#[derive(Args)]
pub(crate) struct DashboardArguments {
    #[command(flatten)]
    common: Common,
    /// Address to serve on.
    #[arg(long, value_name = "ADDRESS", env = "GATEHOUSE_DASHBOARD_LISTEN")]
    listen: Option<SocketAddr>,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Bring the database's schema to this program's version.
    Migrate {
        #[command(flatten)]
        common: Common,
    },
    /// Print a one-time link to sign in to the dashboard.
    Login {
        #[command(flatten)]
        common: Common,
        /// Who signs in; their name stands beside their decisions.
        actor: String,
        /// viewer, moderator, …
        #[arg(long, default_value = "moderator")]
        role: String,
        /// The dashboard's address.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8808")]
        dashboard: String,
    },
}

/// Publish upload events: CloudEvents, or their bare data.
#[derive(Args)]
pub(crate) struct PublishArguments {
    #[command(flatten)]
    common: Common,
    /// Files with one event each; `-` is standard input.
    #[arg(required = true, value_name = "EVENT.json")]
    events: Vec<PathBuf>,
    /// Judge again what was judged before, in the lane that delays no upload.
    #[arg(long)]
    rescan: bool,
}

pub(crate) fn scanner(arguments: &ScannerArguments) -> Result<u8, Complaint> {
    logging::start(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let mut config = settings.scanner.clone();
    config.jobs = arguments.jobs.unwrap_or(config.jobs);
    config.fetch.base = arguments.fetch_base.clone().or(config.fetch.base);
    config.fetch.allow_private |= arguments.fetch_allow_private;
    config.fetch.allow_loopback |= arguments.fetch_allow_loopback;
    config.allow_unsandboxed |= arguments.sandboxing.allow_unsandboxed;
    if let Some((key, why)) = config.senseless() {
        return Err(Complaint::new("a setting makes no sense").at(key).because(why));
    }
    if config.fetch.base.is_none() {
        return Err(Complaint::new("the scanner does not know where files are")
            .attempt("give --fetch-base the address of the index's file host, such as https://files.index.example/"));
    }
    // A `file:` URL is for a pipeline in one process: here an event is written by somebody else.
    config.fetch.folders.clear();
    let effort = Effort {
        jobs: Some(config.jobs).filter(|jobs| *jobs > 0),
        timeout: Duration::from_secs(config.timeout_seconds),
        memory_mib: Some(config.memory_mib),
        recycle: Some(config.recycle),
        allow_unsandboxed: config.allow_unsandboxed,
    };
    let uploaders = settings.uploaders()?;
    let rules = arguments.rules.rules.clone();
    running::role(async |stop| {
        let pool = Arc::new(running::blocking(move || examiners::start(rules.as_deref(), &effort)).await?);
        let metrics = metrics();
        metrics.use_rulebook(pool.rulebook());
        let queue = connect_queue(&settings).await?;
        // Uploads, and the one slot that rescans have.
        let pulse = Pulse::new("scanner", pool.jobs() + 1, &metrics, Ear::Queue(queue.clone()));
        let scanner = Scanner {
            queue: queue.clone(),
            pool,
            fetcher: Fetcher::new(&config.fetch)?,
            uploaders: Arc::clone(&uploaders),
            metrics: Arc::clone(&metrics),
            attempts: config.fetch.attempts,
            drain: config.drain(),
            finished: None,
        };
        let mut roles = Roles::new(stop).draining(config.drain());
        start_probes(
            &mut roles,
            &arguments.common,
            Probes { metrics, queue: Some(queue.clone()), store: None, counts: false },
        )
        .await?;
        roles.start("scanner", scanner::role::run(scanner, roles.stop()));
        Ok(Started { roles, beating: pulse.start(), queue, store: None })
    })
}

pub(crate) fn recorder(arguments: &RecorderArguments) -> Result<u8, Complaint> {
    logging::start(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let uploaders = settings.uploaders()?;
    running::role(async |stop| {
        let store = await_store(&settings).await?;
        let queue = connect_queue(&settings).await?;
        let metrics = metrics();
        let probes = Probes {
            metrics: Arc::clone(&metrics),
            queue: Some(queue.clone()),
            store: Some(store.clone()),
            counts: false,
        };
        let mut roles = Roles::new(stop);
        start_probes(&mut roles, &arguments.common, probes).await?;
        let config = settings.recorder.clone();
        let uploaders = Arc::clone(&uploaders);
        // Four lanes, each with as many.
        let slots = 4 * usize::from(config.slots);
        let beating = Pulse::new("recorder", slots, &metrics, Ear::Store(store.clone())).start();
        let recorder = Recorder { store: store.clone(), queue: queue.clone(), metrics, config, uploaders };
        roles.start("recorder", recorder::run(recorder, roles.stop()));
        Ok(Started { roles, beating, queue, store: Some(store) })
    })
}

pub(crate) fn signer(arguments: &SignerArguments) -> Result<u8, Complaint> {
    logging::start(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let mut config = settings.signer.clone();
    if let Some(key) = &arguments.key {
        config.key.clone_from(key);
    }
    let signer = signer::Signer::new(signer::load(&config.key)?, config.policy());
    if arguments.print_key_ring {
        terminal::print(&signer.key_ring())?;
        return Ok(exit::OK);
    }
    running::role(async |stop| {
        let (queue, metrics) = (connect_queue(&settings).await?, metrics());
        let mut roles = Roles::new(stop);
        let probes = Probes { metrics: Arc::clone(&metrics), queue: Some(queue.clone()), store: None, counts: false };
        start_probes(&mut roles, &arguments.common, probes).await?;
        let pulse = Pulse::new("signer", usize::from(signer::SLOTS), &metrics, Ear::Queue(queue.clone()));
        roles.start("signer", {
            let (queue, stop) = (queue.clone(), roles.stop());
            async move { signer::run(&signer, &queue, &metrics, stop).await }
        });
        Ok(Started { roles, beating: pulse.start(), queue, store: None })
    })
}

pub(crate) fn publisher(arguments: &PublisherArguments) -> Result<u8, Complaint> {
    logging::start(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let mut config = settings.publisher.clone();
    config.verdicts = arguments.verdicts.clone().unwrap_or(config.verdicts);
    config.into = arguments.into.clone().unwrap_or(config.into);
    config.key_ring = arguments.key_ring.clone().unwrap_or(config.key_ring);
    config.tuf = arguments.tuf.clone().unwrap_or(config.tuf);
    for (value, flag) in [(config.into.as_os_str(), "--into"), (config.key_ring.as_os_str(), "--key-ring")] {
        if value.is_empty() {
            return Err(Complaint::new("the publisher is not told all it needs").attempt(format!("give {flag}")));
        }
    }
    running::role(async |stop| {
        let publisher = publisher::Publisher::new(&config)?;
        let (queue, metrics) = (connect_queue(&settings).await?, metrics());
        let mut roles = Roles::new(stop);
        let probes = Probes { metrics: Arc::clone(&metrics), queue: Some(queue.clone()), store: None, counts: false };
        start_probes(&mut roles, &arguments.common, probes).await?;
        let pulse = Pulse::new("publisher", usize::from(publisher::SLOTS), &metrics, Ear::Queue(queue.clone()));
        roles.start("publisher", {
            let (queue, stop) = (queue.clone(), roles.stop());
            async move { publisher::run(&publisher, &queue, &metrics, stop).await }
        });
        Ok(Started { roles, beating: pulse.start(), queue, store: None })
    })
}

pub(crate) fn dashboard(arguments: &DashboardArguments) -> Result<u8, Complaint> {
    logging::start(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let uploaders = settings.uploaders()?;
    let mut own = dashboard::Settings::default();
    own.hosts.extend(settings.dashboard.hosts.iter().cloned());
    own.secure = settings.dashboard.secure;
    own.tokens = settings.dashboard.tokens.iter().map(|token| token.token()).collect::<Result<_, _>>()?;
    let address = arguments.listen.unwrap_or(settings.dashboard.listen);
    running::role(async |stop| {
        let store = await_store(&settings).await?;
        let queue = connect_queue(&settings).await?;
        let metrics = metrics();
        let probes = Probes {
            metrics: Arc::clone(&metrics),
            queue: Some(queue.clone()),
            store: Some(store.clone()),
            counts: true,
        };
        let mut roles = Roles::new(stop);
        start_probes(&mut roles, &arguments.common, probes).await?;
        let listener = probes::bind(address).await?;
        let beating = Pulse::new("dashboard", 0, &metrics, Ear::Store(store.clone())).start();
        let app = dashboard::App::new(store.clone(), queue.clone(), metrics, own);
        let router = dashboard::router(app.with_uploaders(Arc::clone(&uploaders)));
        roles.start("dashboard", probes::serve(listener, router, roles.stop()));
        tracing::info!(%address, "the dashboard is served");
        Ok(Started { roles, beating, queue, store: Some(store) })
    })
}

pub(crate) fn store(command: &StoreCommand) -> Result<u8, Complaint> {
    let (StoreCommand::Migrate { common } | StoreCommand::Login { common, .. }) = command;
    logging::start_quietly(common.log_format);
    let settings = Settings::load(common.config.as_deref())?;
    running::to_the_end(async |_stop: Stop| {
        let store = connect_store(&settings).await?;
        match command {
            StoreCommand::Migrate { .. } => {
                store.migrate().await.map_err(|error| at_store("migrate the store", &error))?;
                terminal::print("the schema is this program's\n")?;
            }
            StoreCommand::Login { actor, role, dashboard, .. } => {
                let role = store::Role::parse(role)
                    .ok_or_else(|| Complaint::new(format!("`{role}` is not a role")).at("--role"))?;
                let lifetime = Duration::from_secs(15 * 60);
                let token = store.create_login(actor, role, lifetime, Moment::now()).await;
                let token = token.map_err(|error| at_store("make a login", &error))?;
                terminal::print(&format!("{}\n", login_link(dashboard, &token)))?;
            }
        }
        store.close().await;
        Ok(())
    })
}

pub(crate) fn publish(arguments: &PublishArguments) -> Result<u8, Complaint> {
    logging::start_quietly(arguments.common.log_format);
    let settings = Settings::load(arguments.common.config.as_deref())?;
    let sender = Sender::new(&settings)?;
    let topic = if arguments.rescan { Topic::Rescans } else { Topic::Uploads };
    // All are read before any is sent: a mistake in the last must not leave the first ones sent.
    let events = arguments
        .events
        .iter()
        .map(|path| {
            let body = read_event(path)
                .map_err(|error| Complaint::new("cannot read the event").at(path.display()).because(error))?;
            model::parse_upload(&body)
                .map_err(|error| Complaint::new("this is no upload event").at(path.display()).because(error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    running::to_the_end(async |_stop: Stop| {
        let queue = connect_queue(&settings).await?;
        for event in &events {
            sender.publish(&queue, topic, event).await?;
            terminal::print(&format!("{}\n", model::Terminal(&event.id)))?;
        }
        queue.close().await;
        Ok(())
    })
    .map(|_| exit::OK)
}

fn read_event(path: &Path) -> std::io::Result<Vec<u8>> {
    /// More than any event; what is longer is refused by its length.
    const LIMIT: u64 = 1024 * 1024;
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LIMIT).read_to_end(&mut body)?;
    } else {
        std::fs::File::open(path)?.take(LIMIT).read_to_end(&mut body)?;
    }
    Ok(body)
}

pub(crate) fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new(env!("CARGO_PKG_VERSION")))
}

pub(crate) fn login_link(dashboard: &str, token: &str) -> String {
    format!("{}/login?token={token}", dashboard.trim_end_matches('/'))
}

pub(crate) async fn connect_queue(settings: &Settings) -> Result<Queue, Complaint> {
    let url = settings.queue_url()?;
    Queue::connect(&url).await.map_err(|error| at_queue("connect to the queue", &error))
}

pub(crate) async fn connect_store(settings: &Settings) -> Result<Store, Complaint> {
    let url = settings.store_url()?;
    let store = Store::connect(&url).await.map_err(|error| at_store("connect to the store", &error))?;
    Ok(store.with_voice(settings.recorder.voice()))
}

/// The store of a role that runs for long. A database that is away is waited for like one that goes away later: the role
/// lives, is not ready, and gives up nothing.
pub(crate) async fn await_store(settings: &Settings) -> Result<Store, Complaint> {
    let url = settings.store_url()?;
    let store = match Store::connect(&url).await {
        Err(error) if error.is_transient() => {
            tracing::warn!(%error, "the store is not there yet");
            Store::connect_later(&url).await
        }
        connected => connected,
    };
    let store = store.map_err(|error| at_store("connect to the store", &error))?;
    Ok(store.with_voice(settings.recorder.voice()))
}

pub(crate) fn at_queue(what: &str, error: &queue::Error) -> Complaint {
    Complaint::new(format!("cannot {what}")).because(error)
}

pub(crate) fn at_store(what: &str, error: &store::StoreError) -> Complaint {
    Complaint::new(format!("cannot {what}")).because(error)
}

pub(crate) async fn start_probes(roles: &mut Roles, common: &Common, probes: Probes) -> Result<(), Complaint> {
    if let Some(address) = common.metrics_listen {
        let listener = probes::bind(address).await?;
        roles.start("probes", probes::serve(listener, probes.router(), roles.stop()));
    }
    Ok(())
}
