//! The whole pipeline in one process: embedded queue, SQLite store, examining children, signer, dashboard.
//!
//! Everything that must survive is in one folder. What is acknowledged to anybody was written there before.

use std::{
    collections::HashSet,
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use dashboard::{ApiToken, App, FolderSpool, Spool};
use model::{Artifact, UploadEvent};
use queue::{Lane, Published, Queue, Topic};
use recorder::{Recorder, RecorderConfig};
use scanner::{config::FetchConfig, fetch::Fetcher, role::Scanner};
use store::{Moment, Role, Store, UploadState};

use crate::{
    complaint::Complaint,
    demo,
    examiners::{self, Effort},
    fleet, logging, probes,
    pulse::{Ear, Pulse},
    rulebook::RulesFolder,
    running::{self, Roles, Started},
    terminal,
};

/// How long a login link works.
const LOGIN: Duration = Duration::from_secs(60 * 60);
/// Bytes of a file that is posted.
const POSTED: usize = 256 * 1024 * 1024;

/// Run the whole pipeline in one process.
#[derive(Args)]
pub(crate) struct UpArguments {
    #[command(flatten)]
    rules: RulesFolder,
    /// Folder for the queue, the store, the key and posted files; made when missing.
    #[arg(long, value_name = "DIR", env = "GATEHOUSE_DATA")]
    data: Option<PathBuf>,
    /// Address of the dashboard; keep it on loopback, or put a proxy with TLS before it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8808", env = "GATEHOUSE_LISTEN")]
    listen: SocketAddr,
    /// Judge every archive that is or appears in this folder; may be given several times.
    #[arg(long, value_name = "DIR")]
    watch: Vec<PathBuf>,
    /// Feed the archives of the corpus: techniques of attackers and honest code that looks alike, all inert.
    #[arg(long)]
    demo: bool,
    /// Examinations at a time; one a core if not given.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Fetch files of posted upload events below this address of an index's file host.
    #[arg(long, value_name = "URL", env = "GATEHOUSE_FETCH_BASE")]
    fetch_base: Option<String>,
    /// The file host is in our own network.
    #[arg(long)]
    fetch_allow_private: bool,
    /// The file host is on this machine: loopback and plain http.
    #[arg(long)]
    fetch_allow_loopback: bool,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
    /// How to write the log on standard error.
    #[arg(long, value_name = "FORMAT", env = "GATEHOUSE_LOG_FORMAT", default_value = "text")]
    log_format: logging::Format,
}

pub(crate) fn up(arguments: &UpArguments) -> Result<u8, Complaint> {
    logging::start(arguments.log_format);
    // Whatever this process writes is for its user alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let data = Data::open(&data_folder(arguments)?)?;
    let watched = arguments.watch.iter().map(|folder| existing(folder)).collect::<Result<Vec<_>, _>>()?;
    let fetch = FetchConfig {
        base: arguments.fetch_base.clone(),
        allow_private: arguments.fetch_allow_private,
        allow_loopback: arguments.fetch_allow_loopback,
        folders: std::iter::once(data.spool.clone()).chain(watched.iter().cloned()).collect(),
        ..FetchConfig::default()
    };
    let key = signer::load_or_create(&data.key)?;
    let signer = signer::Signer::new(key, signer::SignerConfig::default().policy());
    write_public(&data.key_ring, &signer.key_ring())?;
    let allow_unsandboxed = arguments.sandboxing.allow_unsandboxed;
    let effort = Effort {
        jobs: arguments.jobs,
        timeout: Duration::from_secs(120),
        memory_mib: None,
        recycle: None,
        allow_unsandboxed,
    };
    let rules = arguments.rules.rules.clone();
    running::role(async |stop| {
        let pool = Arc::new(running::blocking(move || examiners::start(rules.as_deref(), &effort)).await?);
        let queue = Queue::open(&data.queue).await.map_err(|error| data.complaint("open the queue", &error))?;
        let store = format!("sqlite:{}", data.store.display());
        let store = Store::connect(&store).await.map_err(|error| data.complaint("open the store", &error))?;
        store.migrate().await.map_err(|error| data.complaint("migrate the store", &error))?;
        let metrics = fleet::metrics();
        metrics.use_rulebook(pool.rulebook());
        let mut roles = Roles::new(stop);

        let listener = probes::bind(arguments.listen).await?;
        let address = listener.local_addr()?;
        let (token, remembered) = ApiToken::generate("up", Role::Moderator)?;
        let spool = Arc::new(FolderSpool::open(&data.spool)?);
        sweep(&spool, &queue).await?;
        let mut settings = dashboard::Settings::default();
        settings.hosts.push(address.ip().to_string());
        settings.tokens.push(remembered);
        settings.max_file = POSTED;
        settings.file_urls = true;
        settings.judges = true;
        settings.running = running_sentence(&watched, arguments.demo);
        let app = App::new(store.clone(), queue.clone(), Arc::clone(&metrics), settings);
        let router = dashboard::router(app.with_spool(Arc::clone(&spool) as Arc<dyn Spool>));

        roles.start("signer", {
            let (queue, metrics, stop) = (queue.clone(), Arc::clone(&metrics), roles.stop());
            async move { signer::run(&signer, &queue, &metrics, stop).await }
        });
        // This is the only relay: what one held that was killed waits no longer than this.
        let config = RecorderConfig { lease_seconds: 5, ..RecorderConfig::default() };
        let recorder = Recorder {
            store: store.clone(),
            queue: queue.clone(),
            metrics: Arc::clone(&metrics),
            config,
            uploaders: Arc::default(),
        };
        roles.start("recorder", recorder::run(recorder, roles.stop()));
        let beating = Pulse::new("up", pool.jobs() + 1, &metrics, Ear::Store(store.clone())).start();
        let scanner = Scanner {
            queue: queue.clone(),
            pool,
            fetcher: Fetcher::new(&fetch)?,
            uploaders: Arc::default(),
            metrics,
            attempts: fetch.attempts,
            drain: Duration::from_secs(25),
            finished: Some(finished(Arc::clone(&spool))),
        };
        roles.start("decisions", conclude(queue.clone(), roles.stop()));
        roles.start("scanner", scanner::role::run(scanner, roles.stop()));
        for folder in watched {
            let watch = intake::Watch { folder, every: Duration::from_secs(1), below: None };
            let queue = queue.clone();
            let publish = move |event: UploadEvent| {
                let queue = queue.clone();
                async move { Ok(queue.publish(Topic::Uploads, &event.message_id(), &event).await?) }
            };
            roles.start("watch", intake::watch(watch, publish, roles.stop()));
        }
        roles.start("dashboard", probes::serve(listener, router, roles.stop()));

        announce(&store, address, &token, &data).await?;
        resume(&store, &queue).await?;
        if arguments.demo {
            let queue = queue.clone();
            tokio::spawn(async move {
                if let Err(error) = feed_demo(&*spool, &queue).await {
                    tracing::error!(error = %format!("{error:#}"), "the demo could not be fed");
                }
            });
        }
        Ok(Started { roles, beating, queue, store: Some(store) })
    })
}

/// The files of one installation.
struct Data {
    folder: PathBuf,
    queue: PathBuf,
    store: PathBuf,
    spool: PathBuf,
    key: PathBuf,
    key_ring: PathBuf,
}

impl Data {
    fn open(folder: &Path) -> Result<Self, Complaint> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let opened = made.and_then(|()| folder.canonicalize()).and_then(|folder| {
            let spool = folder.join("spool");
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&spool)?;
            Ok((folder, spool))
        });
        let (folder, spool) = opened.map_err(|error| {
            Complaint::new("cannot use the data folder")
                .at(folder.display())
                .because(error)
                .attempt("name another one with --data")
        })?;
        Ok(Self {
            queue: folder.join("queue.sqlite"),
            store: folder.join("store.sqlite"),
            key: folder.join("signer.pem"),
            key_ring: folder.join("key-ring.json"),
            spool,
            folder,
        })
    }

    fn complaint(&self, what: &str, error: &dyn std::fmt::Display) -> Complaint {
        Complaint::new(format!("cannot {what}"))
            .at(self.folder.display())
            .because(error)
            .attempt("end the other `gatehouse up` on this folder, or name another folder with --data")
    }
}

fn data_folder(arguments: &UpArguments) -> Result<PathBuf, Complaint> {
    if let Some(folder) = &arguments.data {
        return Ok(folder.clone());
    }
    // The demo's cases must not stand among real ones.
    let name = if arguments.demo { "gatehouse-demo" } else { "gatehouse-data" };
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || set("HOME").map(|home| home.join(".local/share"));
    Ok(set("XDG_DATA_HOME").or_else(home).unwrap_or_else(|| PathBuf::from(".")).join(name))
}

fn existing(folder: &Path) -> Result<PathBuf, Complaint> {
    let complain =
        |error: &dyn std::fmt::Display| Complaint::new("cannot watch the folder").at(folder.display()).because(error);
    let found = folder.canonicalize().map_err(|error| complain(&error))?;
    if found.is_dir() { Ok(found) } else { Err(complain(&"it is not a folder")) }
}

/// A file that verifiers read: whole or not at all, and readable by all.
fn write_public(path: &Path, text: &str) -> Result<(), Complaint> {
    let part = path.with_extension("part");
    let written = (|| {
        let mut file = fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    written.map_err(|error: std::io::Error| Complaint::new("cannot write").at(path.display()).because(error))
}

fn running_sentence(watched: &[PathBuf], demo: bool) -> String {
    let mut parts: Vec<String> = watched.iter().map(|folder| format!("watching {}", folder.display())).collect();
    if demo {
        parts.push("judging the archives of the demo".to_owned());
    }
    parts.push("taking files and upload events at /v1/scan and /v1/uploads".to_owned());
    let sentence = parts.join(", ");
    format!("{}{}.", sentence[..1].to_uppercase(), &sentence[1..])
}

async fn announce(store: &Store, address: SocketAddr, token: &str, data: &Data) -> Result<(), Complaint> {
    let login = store.create_login("moderator", Role::Moderator, LOGIN, Moment::now()).await;
    let login = login.map_err(|error| data.complaint("make a login", &error))?;
    let dashboard = format!("http://{address}");
    terminal::print(&format!(
        "Gatehouse is up at {dashboard}/\n\
         Sign in (once):   {}\n\
         Judge a file:     curl -H 'Authorization: Bearer {token}' --data-binary @FILE '{dashboard}/v1/scan?filename=FILE&wait=60'\n\
         Data:             {}\n\
         Stop:             Ctrl-C\n",
        fleet::login_link(&dashboard, &login),
        model::Terminal(&data.folder.to_string_lossy()),
    ))?;
    Ok(())
}

/// Queues again what waits for a verdict in the store and is not known to the queue: somebody removed or replaced the
/// queue's file. The queue knows by their ids what it has had.
async fn resume(store: &Store, queue: &Queue) -> Result<(), Complaint> {
    let pending = store.uploads(UploadState::Pending, u32::MAX / 2).await;
    let pending = pending.map_err(|error| Complaint::new("cannot read the pending uploads").because(error))?;
    for upload in pending {
        let published = queue.publish(Topic::Uploads, &upload.event.message_id(), &upload.event).await;
        let published = published.map_err(|error| Complaint::new("cannot queue a pending upload").because(error))?;
        if published == queue::Published::Accepted {
            tracing::info!(artifact.sha256 = %upload.event.sha256, "queued an upload that the queue had lost");
        }
    }
    Ok(())
}

/// Removes posted files that no upload names any more: a crash came between the acknowledgement and the removal.
async fn sweep(spool: &FolderSpool, queue: &Queue) -> Result<(), Complaint> {
    let mut wanted = HashSet::new();
    for lane in [Lane::Uploads, Lane::Rescans, Lane::Parked] {
        let waiting = queue.peek(lane, usize::MAX).await;
        let waiting = waiting.map_err(|error| Complaint::new("cannot look at the queue").because(error))?;
        wanted.extend(waiting.iter().filter_map(|message| Some(model::parse_upload(&message.body).ok()?.url)));
    }
    let removed = spool.sweep(&wanted)?;
    if removed > 0 {
        tracing::info!(files = removed, "removed posted files that were judged");
    }
    Ok(())
}

/// Removes a posted file once its verdict is kept and its upload acknowledged. Files of a watched folder are not ours.
fn finished(spool: Arc<FolderSpool>) -> scanner::role::Finished {
    Arc::new(move |event| {
        let (spool, url) = (Arc::clone(&spool), event.url.clone());
        tokio::spawn(async move { spool.discard(&url).await });
    })
}

/// Takes what an index would be told. Here is none: the dashboard and the store say it all, and a lane that nobody
/// reads would grow for ever. The events come from the store's outbox, which has them.
async fn conclude(queue: Queue, mut stop: running::Stop) -> Result<(), queue::Error> {
    let mut decisions = queue.consume(Lane::Decisions, 1).await?;
    loop {
        let delivery = tokio::select! {
            delivery = decisions.next() => delivery,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(delivery) = delivery else { return Ok(()) };
        tracing::debug!(event = %model::Terminal(&delivery.id), "no index listens");
        if let Err(error) = delivery.settle(queue::Outcome::Done).await {
            tracing::warn!(%error, "an event for the index could not be settled");
        }
    }
}

async fn feed_demo(spool: &dyn Spool, queue: &Queue) -> anyhow::Result<()> {
    let archives = tokio::task::spawn_blocking(demo::archives).await??;
    let count = archives.len();
    for archive in archives {
        let artifact = Artifact::new(archive.bytes);
        let mut event = UploadEvent {
            id: String::new(),
            source: String::new(),
            project: archive.project.name().to_owned(),
            version: archive.project.version.clone(),
            filename: archive.filename,
            sha256: artifact.sha256,
            size: Some(artifact.bytes.len() as u64),
            url: spool.keep(&artifact).await?,
            uploaded_by: None,
            upload_time: None,
            previous: None,
        };
        event.id = event.content_id();
        tracing::debug!(
            file = event.filename,
            technique = archive.project.technique,
            expect = ?archive.project.expect,
            "an archive of the demo"
        );
        if queue.publish(Topic::Uploads, &event.message_id(), &event).await? == Published::Duplicate {
            // Fed by an earlier start.
            spool.discard(&event.url).await;
        }
    }
    tracing::info!(archives = count, "fed the demo");
    Ok(())
}
