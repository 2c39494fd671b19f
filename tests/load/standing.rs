//! A fleet that stands: its processes, its file host, a connection to its queue, and somebody who hears its verdicts.

use std::{collections::BTreeMap, sync::Arc};

use model::UploadEvent;
use queue::{Queue, Topic};

use crate::{
    cost,
    listener::Listener,
    processes::{Process, until},
    stage::{self, Files, Ground, file_host},
};

/// Which processes there are.
pub(crate) struct Size {
    pub(crate) scanners: usize,
    pub(crate) jobs: usize,
}

pub(crate) struct Standing {
    pub(crate) queue: Queue,
    ground: Ground,
    pub(crate) events: Vec<UploadEvent>,
    pub(crate) listener: Listener,
    roles: BTreeMap<&'static str, Vec<Process>>,
}

impl Standing {
    /// Starts all, and returns when a first upload has gone all the way.
    pub(crate) async fn start(size: &Size, files: BTreeMap<String, Vec<u8>>) -> Self {
        let first = ("warm-1.tar.gz".to_owned(), stage::fillers(1).into_values().next().unwrap());
        let files: Files = Arc::new(files.into_iter().chain([first]).collect());
        let ground = Ground::new(&file_host(Arc::clone(&files)).await).await;
        let (fleet, queue) = (ground.fleet(), ground.queue.clone());
        let jobs = size.jobs.to_string();
        let mut roles = BTreeMap::<_, Vec<Process>>::new();
        for number in 0..size.scanners {
            let name = format!("scanner-{number}");
            roles.entry("scanner").or_default().push(fleet.start(&name, &["scanner", "--jobs", &jobs]));
        }
        roles.insert("recorder", vec![fleet.start("recorder", &["recorder"])]);
        roles.insert("signer", vec![fleet.start("signer", &["signer"])]);
        let listener = Listener::start(&queue).await;
        let mut events: Vec<UploadEvent> = files.iter().map(|(name, bytes)| stage::event(name, bytes)).collect();
        let warm = events.iter().position(|event| event.filename == "warm-1.tar.gz").unwrap();
        let warm = events.remove(warm);
        queue.publish(Topic::Uploads, &warm.message_id(), &warm).await.unwrap();
        until("the first verdict", async || listener.heard(&warm.id)).await;
        Self { queue, ground, events, listener, roles }
    }

    /// Seconds of CPU by role, broker, database, and this process with the index and its file host.
    pub(crate) fn spent(&self) -> Vec<(&'static str, f64)> {
        let [broker, database] = cost::services();
        let of_role = |(name, processes): (&&'static str, &Vec<Process>)| {
            let pids: Vec<u32> = processes.iter().map(|process| process.child.id()).collect();
            (*name, cost::spent(&pids))
        };
        let mut spent: Vec<_> = self.roles.iter().map(of_role).collect();
        // The scanner, and the children in which it examines.
        let scanners: Vec<u32> = self.roles["scanner"].iter().map(|process| process.child.id()).collect();
        let (scanner, own) = (spent.iter().position(|(name, _)| *name == "scanner").unwrap(), cost::own(&scanners));
        let examined = spent[scanner].1 - own;
        spent[scanner].1 = own;
        spent.insert(scanner, ("examining", examined));
        spent.push(("broker", cost::spent(&[broker])));
        spent.push(("database", cost::spent(&[database])));
        let below: f64 = self.roles.iter().map(of_role).map(|(_, seconds)| seconds).sum();
        spent.push(("the index", cost::spent(&[std::process::id()]) - below));
        spent
    }

    /// Bytes that the database keeps.
    pub(crate) async fn kept(&self) -> i64 {
        self.ground.database.bytes().await
    }

    pub(crate) async fn end(self) {
        for process in self.roles.into_values().flatten() {
            assert!(process.stop().success());
        }
        self.ground.end().await;
    }
}
