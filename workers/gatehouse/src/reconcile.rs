//! `gatehouse reconcile`: what should have its verdict and has none is published again.
//!
//! The broker is not the only record: an account that may read a queue may also empty it, and a cluster can be lost. The
//! store knows what was accepted and never judged; the index knows what it shows.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use futures::StreamExt as _;
use intake::{Index, Listed};
use model::UploadEvent;
use queue::{Lane, Queue, Topic};
use store::{Moment, Store};

use crate::complaint::Complaint;
use crate::fleet::{at_queue, at_store, await_store, connect_queue, connect_store, metrics, start_probes};
use crate::probes::Probes;
use crate::pulse::{Ear, Pulse};
use crate::running::{self, Roles, Started, Stop};
use crate::sender::Sender;
use crate::settings::{Common, Settings};
use crate::{logging, terminal};

/// Uploads that are looked at in one pass.
const BATCH: u32 = 100_000;
/// So many uploads in the lane are a fleet that is behind, not one that lost something: what waits is among them, and a
/// second copy of each would put it further behind.
const BEHIND: u64 = 1000;
/// What was published again and is still not judged is published again after this many times as long, and so on.
const LONGER: u32 = 2;
/// Pages of projects that are asked for at one time.
const PAGES: usize = 8;
/// So many pages in a row that cannot be read are an index that is down.
const DOWN: usize = 50;
/// Nobody waits for the verdict on a file that has been on the index for so long.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);
/// Projects whose page could not be read and that are remembered for the next pass.
const MISSED: usize = 10_000;

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
    /// Instead: judge again, in the lane that delays no upload, those whose file could not be read.
    #[arg(long, conflicts_with_all = ["index", "every"])]
    unread: bool,
    /// Only say what would be published.
    #[arg(long)]
    dry_run: bool,
    /// An index's files from now on, and nothing of the store's.
    #[arg(skip)]
    fresh: bool,
}

/// Where it is published, in whose name, and what was.
struct Sent<'a> {
    queue: &'a Queue,
    sender: &'a Sender,
    again: Again,
}

/// What one pass found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pass {
    /// Accepted, never judged.
    overdue: usize,
    /// Shown by the index, never accepted.
    unheard: usize,
    /// Pages of the index that could not be read.
    unreadable: usize,
}

/// What was published again, by its message id: when, and how often. In memory: a process that starts anew publishes once
/// more, and that is harmless.
#[derive(Debug, Default)]
struct Again {
    seen: HashMap<String, (Instant, u32)>,
}

impl Again {
    /// Whether it is time; each time after a longer pause.
    fn is_due(&self, id: &str, pause: Duration, now: Instant) -> bool {
        self.seen.get(id).is_none_or(|(last, times)| {
            now.saturating_duration_since(*last) >= pause.saturating_mul(LONGER.saturating_pow(*times))
        })
    }

    fn note(&mut self, id: String, now: Instant) {
        let (last, times) = self.seen.entry(id).or_insert((now, 0));
        *last = now;
        *times += 1;
    }

    /// Forgets what waits no longer.
    fn keep(&mut self, waiting: &BTreeSet<String>) {
        self.seen.retain(|id, _| waiting.contains(id));
    }
}

impl Reconcile {
    /// Only what an index shows, and from now on: for who has just begun to ask it, all of it is known.
    pub(crate) fn feed(common: &Common, cursor: Option<PathBuf>) -> Self {
        let common = common.clone();
        Self { common, index: None, cursor, older_than: 0, every: None, unread: false, dry_run: false, fresh: true }
    }

    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        logging::start(self.common.log_format);
        let settings = Settings::load(self.common.config.as_deref())?;
        match self.every {
            None => running::to_the_end(async |_stop: Stop| self.once(&settings).await),
            Some(every) => {
                let every = Duration::from_secs(every.max(1));
                running::role(async |stop: Stop| self.start(every, &settings, stop).await)
            }
        }
    }

    fn index(&self) -> Result<Option<Index>, Complaint> {
        Ok(self.index.as_deref().map(Index::new).transpose()?)
    }

    async fn once(&self, settings: &Settings) -> Result<(), Complaint> {
        let (sender, index) = (Sender::new(settings)?, self.index()?);
        let (store, queue) = (connect_store(settings).await?, connect_queue(settings).await?);
        let mut sent = Sent { queue: &queue, sender: &sender, again: Again::default() };
        let ended = if self.unread {
            self.rescan(&store, &sent).await
        } else {
            self.pass(&store, &mut sent, index.as_ref()).await
        };
        running::close(&queue, Some(&store)).await;
        ended
    }

    async fn start(&self, every: Duration, settings: &Settings, stop: Stop) -> Result<Started, Complaint> {
        let (sender, index) = (Sender::new(settings)?, self.index()?);
        let (store, queue) = (await_store(settings).await?, connect_queue(settings).await?);
        let metrics = metrics();
        let pulse = Pulse::new("reconcile", 0, &metrics, Ear::Queue(queue.clone()));
        let probes = Probes { metrics, queue: Some(queue.clone()), store: Some(store.clone()), counts: false };
        let mut roles = Roles::new(stop);
        start_probes(&mut roles, &self.common, probes).await?;
        roles.start("reconcile", {
            let (this, store, queue, stop) = (self.clone(), store.clone(), queue.clone(), roles.stop());
            async move {
                this.again_and_again(every, &store, (&queue, &sender), index, stop).await;
                anyhow::Ok(())
            }
        });
        Ok(Started { roles, beating: pulse.start(), queue, store: Some(store) })
    }

    pub(crate) async fn again_and_again(
        &self,
        every: Duration,
        store: &Store,
        (queue, sender): (&Queue, &Sender),
        index: Option<Index>,
        mut stop: Stop,
    ) {
        let mut sent = Sent { queue, sender, again: Again::default() };
        loop {
            // A pass over a whole index takes long, and loses nothing when it is left.
            tokio::select! {
                done = self.pass(store, &mut sent, index.as_ref()) => if let Err(complaint) = done {
                    // The next pass finds what this one missed.
                    tracing::warn!(error = complaint.sentence().0, "could not reconcile");
                },
                _ = stop.wait_for(|stop| *stop) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn pass(&self, store: &Store, sent: &mut Sent<'_>, index: Option<&Index>) -> Result<(), Complaint> {
        let before = Moment::now().minus(Duration::from_secs(self.older_than));
        let mut pass = Pass::default();
        if !self.fresh {
            pass.overdue = self.overdue(store, sent, before).await?;
        }
        if let Some(index) = index {
            self.compare(store, sent, index, before, &mut pass).await?;
        }
        if self.fresh {
            tracing::info!(published = pass.unheard, unreadable = pass.unreadable, "looked at the index");
            return Ok(());
        }
        let word = if self.dry_run { "would be published" } else { "published" };
        let Pass { overdue, unheard, unreadable } = pass;
        let failed = if unreadable > 0 { format!("; {unreadable} projects could not be read") } else { String::new() };
        Ok(terminal::print(&format!(
            "{overdue} accepted and never judged, {unheard} never heard of: {word}{failed}\n"
        ))?)
    }

    /// What a file host that was away, or a machine that was short of memory, left without a verdict on the file itself.
    async fn rescan(&self, store: &Store, sent: &Sent<'_>) -> Result<(), Complaint> {
        let unread = store.unread(BATCH).await.map_err(|error| at_store("read what was not read", &error))?;
        for event in &unread {
            self.publish(sent, Topic::Rescans, event, "nobody could read it").await?;
        }
        let word = if self.dry_run { "would be judged" } else { "judged" };
        Ok(terminal::print(&format!("{} whose file was never read: {word} again\n", unread.len()))?)
    }

    /// Publishes what was accepted and never judged, unless it may still be in the lane.
    async fn overdue(&self, store: &Store, sent: &mut Sent<'_>, before: Moment) -> Result<usize, Complaint> {
        let depths = sent.queue.depths().await.map_err(|error| at_queue("look at the queues", &error))?;
        let waiting = depths.iter().find(|depth| depth.lane == Lane::Uploads).map_or(0, |depth| depth.ready);
        if waiting > BEHIND {
            tracing::warn!(waiting, "the scanners are behind: what was accepted and not judged waits in the lane");
            return Ok(0);
        }
        let overdue = store.overdue(before, BATCH).await.map_err(|error| at_store("read what waits", &error))?;
        sent.again.keep(&overdue.iter().map(UploadEvent::message_id).collect());
        let pause = Duration::from_secs(self.older_than);
        let mut published = 0;
        for event in &overdue {
            if sent.again.is_due(&event.message_id(), pause, Instant::now()) {
                self.publish(sent, Topic::Uploads, event, "accepted, never judged").await?;
                sent.again.note(event.message_id(), Instant::now());
                published += 1;
            }
        }
        Ok(published)
    }

    /// Publishes what the index shows and the store never heard of. A page that cannot be read keeps nobody else's files
    /// from being compared: it is asked for again in the next pass.
    async fn compare(
        &self,
        store: &Store,
        sent: &Sent<'_>,
        index: &Index,
        before: Moment,
        pass: &mut Pass,
    ) -> Result<(), Complaint> {
        let cursor = self.cursor.as_deref().map(Cursor::read).transpose()?.unwrap_or_default();
        let mut changes = index.changes(cursor.serial).await?;
        if self.fresh && changes.serial.is_none() {
            return Err(Complaint::new("the index counts no changes, so nobody can say what is new")
                .attempt("`gatehouse reconcile --index` compares all of it"));
        }
        if self.fresh && cursor.serial.is_none() {
            changes.projects.clear();
        }
        let mut next = Cursor { serial: changes.serial, missed: BTreeSet::new() };
        let mut projects = changes.projects;
        let listed: BTreeSet<_> = projects.iter().map(|(project, _)| project.clone()).collect();
        projects.extend(cursor.missed.into_iter().filter(|project| !listed.contains(project)).map(|name| (name, None)));
        let pages = futures::stream::iter(projects).map(|(project, serial)| async move {
            let files = index.files(&project).await;
            (project, serial, files)
        });
        let mut pages = pages.buffer_unordered(PAGES);
        let mut failures = 0;
        while let Some((project, serial, files)) = pages.next().await {
            let files = match files {
                Ok(files) => files,
                Err(error) => {
                    let project_shown = model::Terminal(&project);
                    tracing::warn!(project = %project_shown, error = %format!("{error:#}"), "a page could not be read");
                    pass.unreadable += 1;
                    failures += 1;
                    // A name that is none can never be asked for.
                    if intake::is_project(&project) {
                        next.missed.insert(project);
                    }
                    if failures >= DOWN || next.missed.len() > MISSED {
                        return Err(Complaint::new("the index does not answer").because(format!("{error:#}")));
                    }
                    continue;
                }
            };
            failures = 0;
            if self.files(store, sent, files, before, pass).await? {
                // Too young to be missed: this project's change is looked at again.
                match serial {
                    Some(serial) => next.serial = next.serial.min(Some(serial.saturating_sub(1))),
                    None => drop(next.missed.insert(project)),
                }
            }
        }
        if let (Some(path), false) = (&self.cursor, self.dry_run) {
            next.write(path)?;
        }
        Ok(())
    }

    /// One project's files; whether some are too young.
    async fn files(
        &self,
        store: &Store,
        sent: &Sent<'_>,
        files: Vec<Listed>,
        before: Moment,
        pass: &mut Pass,
    ) -> Result<bool, Complaint> {
        let mut young = false;
        for listed in files {
            if listed.uploaded.as_deref().and_then(Moment::parse).is_some_and(|uploaded| uploaded > before) {
                young = true;
                continue;
            }
            if store.knows(&listed.event).await.map_err(|error| at_store("look for a file", &error))? {
                continue;
            }
            // Who begins to ask an index meets old files of each project that changes: they have waited for years.
            let old = Moment::now().minus(OLD);
            let is_old =
                self.fresh && listed.uploaded.as_deref().and_then(Moment::parse).is_some_and(|time| time < old);
            let topic = if is_old { Topic::Rescans } else { Topic::Uploads };
            self.publish(sent, topic, &listed.event, "the index shows it, nobody told us").await?;
            pass.unheard += 1;
        }
        Ok(young)
    }

    async fn publish(&self, sent: &Sent<'_>, topic: Topic, event: &UploadEvent, why: &str) -> Result<(), Complaint> {
        tracing::info!(file = %model::Terminal(&event.filename), artifact.sha256 = %event.sha256, why, "missing");
        if !self.dry_run {
            sent.sender.publish(sent.queue, topic, event).await?;
        }
        Ok(())
    }
}

/// How far an index was compared.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cursor {
    /// Up to this change; the first line of the file.
    serial: Option<u64>,
    /// But for these projects, one a line.
    missed: BTreeSet<String>,
}

impl Cursor {
    fn read(path: &Path) -> Result<Self, Complaint> {
        let unusable = |why: &dyn std::fmt::Display| {
            Complaint::new("cannot use the cursor")
                .at(path.display())
                .because(why)
                .attempt("remove it to compare everything")
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unusable(&error)),
        };
        let mut lines = text.lines();
        let serial = lines.next().unwrap_or_default().trim().parse().map_err(|error| unusable(&error))?;
        Ok(Self { serial: Some(serial), missed: lines.map(str::to_owned).collect() })
    }

    /// Whole or not at all: half a number would skip a part of the index. Nothing where the index counts no changes: it is
    /// compared whole.
    fn write(&self, path: &Path) -> Result<(), Complaint> {
        let Some(serial) = self.serial else { return Ok(()) };
        let part = path.with_extension("part");
        let missed = self.missed.iter().map(|project| format!("{project}\n"));
        std::fs::write(&part, format!("{serial}\n{}", missed.collect::<String>()))
            .and_then(|()| std::fs::rename(&part, path))
            .map_err(|error| Complaint::new("cannot keep the cursor").at(path.display()).because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_published_again_is_left_alone_for_longer_each_time() {
        let (mut again, pause, start) = (Again::default(), Duration::from_secs(600), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(again.is_due("a", pause, start));
        again.note("a".to_owned(), start);
        assert!(!again.is_due("a", pause, after(1199)) && again.is_due("a", pause, after(1200)));
        again.note("a".to_owned(), after(1200));
        assert!(!again.is_due("a", pause, after(3599)) && again.is_due("a", pause, after(3600)));
        assert!(again.is_due("b", pause, start), "another upload");
        again.keep(&BTreeSet::new());
        assert!(again.is_due("a", pause, after(1201)), "it was judged, and waits anew");
    }

    #[test]
    fn a_cursor_keeps_what_was_missed_and_reads_what_an_earlier_program_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serial");
        assert_eq!(Cursor::read(&path).unwrap(), Cursor::default());
        let cursor = Cursor { serial: Some(30), missed: ["broken", "gone"].map(str::to_owned).into() };
        cursor.write(&path).unwrap();
        assert_eq!(Cursor::read(&path).unwrap(), cursor);
        std::fs::write(&path, "19\n").unwrap();
        assert_eq!(Cursor::read(&path).unwrap(), Cursor { serial: Some(19), missed: BTreeSet::new() });
        std::fs::write(&path, "x\n").unwrap();
        assert!(Cursor::read(&path).unwrap_err().to_string().contains("remove it to compare everything"));
    }
}
