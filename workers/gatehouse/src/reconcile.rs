//! `gatehouse reconcile`: what should have its verdict and has none is published again.
//!
//! The broker is not the only record: an account that may read a queue may also empty it, and a cluster can be lost. The
//! store knows what was accepted and never judged; the index knows what it shows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use intake::Index;
use model::UploadEvent;
use queue::{Queue, Topic};
use store::{Moment, Store};

use crate::complaint::Complaint;
use crate::fleet::{at_store, connect_queue, connect_store, metrics, start_probes};
use crate::probes::Probes;
use crate::running::{self, Roles, Stop};
use crate::sender::Sender;
use crate::settings::{Common, Settings};
use crate::{logging, terminal};

/// Uploads that are looked at in one pass.
const BATCH: u32 = 100_000;

/// Publish again what should have its verdict and has none.
///
/// Compares the store with itself (accepted, never judged) and, with --index, with what the index shows. The same upload
/// twice is judged and recorded once.
#[derive(Args, Clone)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    common: Common,
    /// The index's list of projects, in JSON, such as https://index.example/simple/
    #[arg(long, value_name = "URL", env = "GATEHOUSE_RECONCILE_INDEX")]
    index: Option<String>,
    /// File that holds the serial up to which the index was compared; without it, all of it is compared every time.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_RECONCILE_CURSOR", requires = "index")]
    cursor: Option<PathBuf>,
    /// Leave alone what is younger: it may be under way.
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    older_than: u64,
    /// Again after so many seconds, until told to stop; without it, once.
    #[arg(long, value_name = "SECONDS")]
    every: Option<u64>,
    /// Only say what would be published.
    #[arg(long)]
    dry_run: bool,
}

/// Where it is published, and in whose name.
struct Sent<'a> {
    queue: &'a Queue,
    sender: &'a Sender,
}

/// What one pass found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pass {
    /// Accepted, never judged.
    overdue: usize,
    /// Shown by the index, never accepted.
    unheard: usize,
}

impl Reconcile {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        logging::start(self.common.log_format);
        let settings = Settings::load(self.common.config.as_deref())?;
        running::to_the_end(async |stop: Stop| {
            let sender = Sender::new(&settings)?;
            let index = self.index.as_deref().map(Index::new).transpose()?;
            let store = connect_store(&settings).await?;
            let queue = connect_queue(&settings).await?;
            let ended = match self.every {
                None => self.pass(&store, &Sent { queue: &queue, sender: &sender }, index.as_ref()).await,
                Some(every) => {
                    let probes = Probes {
                        metrics: metrics(),
                        queue: Some(queue.clone()),
                        store: Some(store.clone()),
                        counts: false,
                    };
                    let mut roles = Roles::new(stop);
                    start_probes(&mut roles, &self.common, probes).await?;
                    let (this, store, queue, stop) = (self.clone(), store.clone(), queue.clone(), roles.stop());
                    let every = Duration::from_secs(every.max(1));
                    roles.start("reconcile", async move {
                        let sent = Sent { queue: &queue, sender: &sender };
                        this.again_and_again(every, &store, &sent, index, stop).await;
                        anyhow::Ok(())
                    });
                    roles.finish().await
                }
            };
            queue.close().await;
            store.close().await;
            ended
        })
    }

    async fn again_and_again(
        &self,
        every: Duration,
        store: &Store,
        queue: &Sent<'_>,
        index: Option<Index>,
        mut stop: Stop,
    ) {
        loop {
            if let Err(complaint) = self.pass(store, queue, index.as_ref()).await {
                // The next pass finds what this one missed.
                tracing::warn!(error = complaint.sentence().0, "could not reconcile");
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn pass(&self, store: &Store, queue: &Sent<'_>, index: Option<&Index>) -> Result<(), Complaint> {
        let before = Moment::now().minus(Duration::from_secs(self.older_than));
        let overdue = store.overdue(before, BATCH).await.map_err(|error| at_store("read what waits", &error))?;
        for event in &overdue {
            self.publish(queue, event, "accepted, never judged").await?;
        }
        let mut pass = Pass { overdue: overdue.len(), unheard: 0 };
        if let Some(index) = index {
            pass.unheard = self.compare(store, queue, index, before).await?;
        }
        let word = if self.dry_run { "would be published" } else { "published" };
        let Pass { overdue, unheard } = pass;
        Ok(terminal::print(&format!("{overdue} accepted and never judged, {unheard} never heard of: {word}\n"))?)
    }

    /// Publishes what the index shows and the store never heard of.
    async fn compare(
        &self,
        store: &Store,
        queue: &Sent<'_>,
        index: &Index,
        before: Moment,
    ) -> Result<usize, Complaint> {
        let since = self.cursor.as_deref().map(read_cursor).transpose()?.flatten();
        let changes = index.changes(since).await?;
        let mut unheard = 0;
        let mut reached = changes.serial;
        for (project, serial) in changes.projects {
            for listed in index.files(&project).await? {
                if listed.uploaded.as_deref().and_then(Moment::parse).is_some_and(|uploaded| uploaded > before) {
                    // Too young to be missed: this project's change is looked at again.
                    reached = reached.min(serial.map(|serial| serial.saturating_sub(1)));
                    continue;
                }
                if store.knows(&listed.event).await.map_err(|error| at_store("look for a file", &error))? {
                    continue;
                }
                self.publish(queue, &listed.event, "the index shows it, nobody told us").await?;
                unheard += 1;
            }
        }
        if let (Some(path), Some(reached), false) = (&self.cursor, reached, self.dry_run) {
            write_cursor(path, reached)?;
        }
        Ok(unheard)
    }

    async fn publish(&self, queue: &Sent<'_>, event: &UploadEvent, why: &str) -> Result<(), Complaint> {
        tracing::info!(file = %model::Terminal(&event.filename), artifact.sha256 = %event.sha256, why, "missing");
        if !self.dry_run {
            queue.sender.publish(queue.queue, Topic::Uploads, event).await?;
        }
        Ok(())
    }
}

fn read_cursor(path: &Path) -> Result<Option<u64>, Complaint> {
    let unusable = |why: &dyn std::fmt::Display| {
        Complaint::new("cannot use the cursor")
            .at(path.display())
            .because(why)
            .attempt("remove it to compare everything")
    };
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map(Some).map_err(|error| unusable(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&error)),
    }
}

/// Whole or not at all: half a number would skip a part of the index.
fn write_cursor(path: &Path, serial: u64) -> Result<(), Complaint> {
    let part = path.with_extension("part");
    std::fs::write(&part, format!("{serial}\n"))
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|error| Complaint::new("cannot keep the cursor").at(path.display()).because(error))
}
