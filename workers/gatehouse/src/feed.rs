//! `gatehouse intake`: upload events for an index that publishes none itself, from its own list of files or from a folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use intake::Index;
use model::UploadEvent;
use queue::{Published, Topic};

use crate::complaint::Complaint;
use crate::fleet::{await_store, connect_queue, metrics, start_probes};
use crate::logging;
use crate::probes::Probes;
use crate::pulse::{Ear, Pulse};
use crate::reconcile::Reconcile;
use crate::running::{self, Roles, Started, Stop};
use crate::sender::Sender;
use crate::settings::{Common, Settings};

/// Role: make upload events for an index that publishes none.
#[derive(Args)]
pub(crate) struct IntakeArguments {
    #[command(flatten)]
    common: Common,
    /// Folder whose archives are uploads, those that are there and those that come; may be given several times.
    #[arg(long, value_name = "DIR", requires = "below", required_unless_present = "index")]
    watch: Vec<PathBuf>,
    /// Path at which the index's file host serves these folders, below the scanners' --fetch-base.
    #[arg(long, value_name = "PATH", requires = "watch", value_parser = path)]
    below: Option<String>,
    /// The index's list of projects, in JSON, such as https://index.example/simple/: each project that changes from now on.
    /// Its files of the last day are uploads; older ones that the store does not know are judged when there is time.
    #[arg(long, value_name = "URL", env = "GATEHOUSE_INTAKE_INDEX", requires = "cursor")]
    index: Option<String>,
    /// File that holds the serial up to which the index was read; made at the first start, with the present one.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_INTAKE_CURSOR", requires = "index")]
    cursor: Option<PathBuf>,
    /// Between two looks at the index.
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    every: u64,
}

/// A path that stays one: below whatever base the scanners have.
fn path(text: &str) -> Result<String, String> {
    let plain = text.starts_with('/') && !text.starts_with("//") && !text.contains(['?', '#', '%', '\\']);
    if plain && text.split('/').all(|part| part != "..") {
        return Ok(text.to_owned());
    }
    Err("it is no path such as /uploads/".to_owned())
}

impl IntakeArguments {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        logging::start(self.common.log_format);
        let settings = Settings::load(self.common.config.as_deref())?;
        running::role(async |stop: Stop| {
            let sender = Arc::new(Sender::new(&settings)?);
            let index = self.index.as_deref().map(Index::new).transpose()?;
            let (store, queue) = (await_store(&settings).await?, connect_queue(&settings).await?);
            let (queued, kept) = (Some(queue.clone()), Some(store.clone()));
            let metrics = metrics();
            let pulse = Pulse::new("intake", 0, &metrics, Ear::Queue(queue.clone()));
            let probes = Probes { metrics, queue: queued, store: kept, counts: false };
            let mut roles = Roles::new(stop);
            start_probes(&mut roles, &self.common, probes).await?;
            for folder in self.watch.iter().cloned() {
                let watch = intake::Watch { folder, every: Duration::from_secs(1), below: self.below.clone() };
                let (queue, store, sender) = (queue.clone(), store.clone(), Arc::clone(&sender));
                let publish = move |event: UploadEvent| {
                    let (queue, store, sender) = (queue.clone(), store.clone(), Arc::clone(&sender));
                    async move {
                        // A broker does not remember what it had, and after a restart every file looks new.
                        if store.knows(&event).await? {
                            return Ok(Published::Duplicate);
                        }
                        let published = sender.publish(&queue, Topic::Uploads, &event).await;
                        published.map_err(|complaint| anyhow::anyhow!(complaint.sentence().0))
                    }
                };
                roles.start("watch", intake::watch(watch, publish, roles.stop()));
            }
            if let Some(index) = index {
                let feed = Reconcile::feed(&self.common, self.cursor.clone());
                let (store, queue, stop) = (store.clone(), queue.clone(), roles.stop());
                let every = Duration::from_secs(self.every.max(1));
                roles.start("index", async move {
                    feed.again_and_again(every, &store, (&queue, &sender), Some(index), stop).await;
                    anyhow::Ok(())
                });
            }
            Ok(Started { roles, beating: pulse.start(), queue, store: Some(store) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_nowhere_else() {
        assert_eq!(path("/uploads/"), Ok("/uploads/".to_owned()));
        for wrong in
            ["", "uploads", "//evil.test/", "/a/../b", "/a/%2e%2e/b", "/a?b", "/a#b", "https://evil.test/", "/a\\b"]
        {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }
}
