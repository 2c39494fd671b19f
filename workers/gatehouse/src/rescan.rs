//! `gatehouse rescan`: files that were judged are judged again, as many of them as there are, by the rulebook of today.
//!
//! The lane of rescans takes a million messages, an index has more files. So this walks the store and keeps the lane
//! filled to a depth, for as long as it takes: what it has confirmed by the broker it writes down, and goes on from there
//! after a kill.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{ArgGroup, Args};
use futures::{StreamExt as _, TryStreamExt as _};
use model::{Digest, Outcome, UploadEvent};
use queue::{Lane, Queue, Topic};
use store::{Moment, Selected, Selection, Store};

use crate::complaint::Complaint;
use crate::fleet::{at_queue, at_store, connect_queue, connect_store};
use crate::rulebook::{self, RulesFolder};
use crate::running::{self, Stop};
use crate::sender::Sender;
use crate::settings::{Common, Settings};
use crate::{logging, terminal};

/// Uploads that are looked at in one question to the store.
const WINDOW: i64 = 5_000;
/// Files after which it is written down how far this is.
const PART: usize = 200;
/// Messages on their way to the broker at one time: each waits for its own confirm.
const AT_A_TIME: usize = 16;
/// Between two looks at a lane that is full.
const LOOK: Duration = Duration::from_secs(1);
/// Between two lines that say how far it is.
const SAID: Duration = Duration::from_secs(10);
/// A scanner that was heard since then is at work.
const ALIVE: Duration = Duration::from_secs(60);

const EXAMPLES: &str = "\
Examples:
  gatehouse rescan --all --cursor rescan.cursor            every file that these rules have not judged
  gatehouse rescan --outcome hold --rules rules/           what is held, by corrected rules
  gatehouse rescan --since 2026-01-01 --project demo       one project's files of this year
  gatehouse rescan --all --limit 1000                      a first thousand, to see what changes
  gatehouse rescan --all --dry-run                         only count them

Kill it and start it again with the same --cursor: it goes on where it was. Without one it begins anew, and leaves out
what was judged meanwhile; what still waits in the lane is sent twice, and judged and recorded once.";

/// Judge files again that were judged before, in the lane that delays no upload.
///
/// A file that the rulebook in force has judged is left out, so this can be run twice. The lane is never filled
/// beyond --depth: this waits for the scanners, and ends when all is queued.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("which").required(true).multiple(true).args(["all", "since", "project", "outcome"])))]
pub(crate) struct Rescan {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    rules: RulesFolder,
    /// The digest of the scanners' rulebook, as their metric `gatehouse_ruleset_info` says it, instead of rules to take it
    /// from.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    rulebook: Option<Digest>,
    /// Every file.
    #[arg(long, conflicts_with_all = ["since", "project", "outcome"])]
    all: bool,
    /// Files that were uploaded since: a day, or a time in RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Files of this project.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Files whose newest verdict is clear, review, hold or incomplete.
    #[arg(long, value_name = "OUTCOME", value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Messages that wait in the lane at most.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u64).range(1..=500_000))]
    depth: u64,
    /// File in which it is kept how far this is; made at the first start.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_RESCAN_CURSOR")]
    cursor: Option<PathBuf>,
    /// Leave out uploads up to this number, as the lines of an earlier run say it.
    #[arg(long, value_name = "NUMBER", default_value = "0", conflicts_with = "cursor")]
    after: i64,
    /// End when so many were queued.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only say how many would be queued.
    #[arg(long)]
    dry_run: bool,
}

fn digest(text: &str) -> Result<Digest, String> {
    text.parse().map_err(|_| "it is no sha256 of 64 hex digits".to_owned())
}

fn moment(text: &str) -> Result<Moment, String> {
    let day = format!("{text}T00:00:00Z");
    Moment::parse(text).or_else(|| Moment::parse(&day)).ok_or_else(|| "it is no time such as 2026-01-31".to_owned())
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::parse(text).ok_or_else(|| format!("an outcome is one of {}", Outcome::ALL.map(Outcome::as_str).join(", ")))
}

/// What was done so far.
#[derive(Debug, Default)]
struct Tally {
    queued: u64,
    /// Left out: judged by this rulebook.
    judged: u64,
    /// The number of the last upload that is done with.
    at: i64,
    /// And of the last one there is.
    last: i64,
}

impl Tally {
    fn line(&self, word: &str) -> String {
        format!(
            "{} {word}, {} judged by this rulebook before, up to upload {} of {}",
            self.queued, self.judged, self.at, self.last
        )
    }
}

impl Rescan {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        logging::start(self.common.log_format);
        let settings = Settings::load(self.common.config.as_deref())?;
        let rulebook = match self.rulebook {
            Some(digest) => digest,
            None => rulebook::compiled(&rulebook::files(self.rules.rules.as_deref())?)?.digest,
        };
        let cursor = self.cursor.as_deref().map(|path| Cursor::read(path, &self.said(&rulebook))).transpose()?;
        running::to_the_end(async |stop: Stop| {
            let sender = Sender::new(&settings)?;
            let (store, queue) = (connect_store(&settings).await?, connect_queue(&settings).await?);
            let ended = match self.expect(&store, &rulebook).await {
                Ok(()) => self.feed(&store, &Sink { queue: &queue, sender: &sender }, &rulebook, cursor, stop).await,
                refused => refused,
            };
            running::close(&queue, Some(&store)).await;
            ended
        })
    }

    /// What is to be judged again, and by what: another answer is another rescan.
    fn said(&self, rulebook: &Digest) -> String {
        let since = self.since.map(|since| since.to_string()).unwrap_or_default();
        let project = self.project.as_deref().map(store::normalise_project).unwrap_or_default();
        let outcome = self.outcome.map(Outcome::as_str).unwrap_or_default();
        format!("rulebook {rulebook} since {since:?} project {project:?} outcome {outcome:?}")
    }

    /// Scanners with other rules would give the verdicts that there are.
    async fn expect(&self, store: &Store, rulebook: &Digest) -> Result<(), Complaint> {
        let workers = store.workers(Moment::now().minus(ALIVE)).await;
        let workers = workers.map_err(|error| at_store("ask who judges", &error))?;
        let judging: Vec<_> = workers.iter().filter(|worker| !worker.rulebook.is_empty()).collect();
        let other = judging.iter().find(|worker| worker.rulebook != rulebook.to_string());
        match other {
            Some(other) if judging.iter().all(|worker| worker.rulebook != rulebook.to_string()) => {
                Err(Complaint::new("no scanner judges by this rulebook, so nothing would change")
                    .because(format!("it is {rulebook}, and the scanners have {}", model::Terminal(&other.rulebook)))
                    .attempt("give the scanners the new rules first, or name theirs with --rules or --rulebook"))
            }
            Some(other) => {
                let (worker, theirs) = (model::Terminal(&other.name), model::Terminal(&other.rulebook));
                tracing::warn!(%worker, rulebook = %theirs, "a scanner judges by another rulebook: what it takes stays as it is");
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn feed(
        &self,
        store: &Store,
        sink: &Sink<'_>,
        rulebook: &Digest,
        cursor: Option<Cursor<'_>>,
        stop: Stop,
    ) -> Result<(), Complaint> {
        let selection = Selection { since: self.since, project: self.project.clone(), outcome: self.outcome };
        let last = store.last_upload().await.map_err(|error| at_store("count the uploads", &error))?;
        let at = cursor.as_ref().map_or(self.after, |cursor| cursor.at);
        let mut tally = Tally { at, last, ..Tally::default() };
        let (began, mut said) = ((Instant::now(), at), Instant::now());
        let word = if self.dry_run { "would be queued" } else { "queued" };
        let full = |tally: &Tally| self.limit.is_some_and(|limit| tally.queued >= limit);
        while tally.at < last && !full(&tally) {
            let range = (tally.at, last.min(tally.at.saturating_add(WINDOW)));
            let selected = store.selected(&selection, rulebook, range).await;
            let selected = selected.map_err(|error| at_store("look for files", &error))?;
            for part in selected.chunks(PART) {
                let room = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(tally.queued));
                let part = up_to(part, usize::try_from(room).unwrap_or(usize::MAX));
                let Some(end) = part.last() else { break };
                let again: Vec<&Selected> = part.iter().filter(|one| !one.judged).collect();
                if !self.dry_run && !sink.fill(&again, self.depth, &stop).await? {
                    return self.stopped(&tally);
                }
                tally.queued += again.len() as u64;
                tally.judged += (part.len() - again.len()) as u64;
                self.reached(end.number, &mut tally, cursor.as_ref())?;
            }
            if full(&tally) {
                break;
            }
            self.reached(range.1, &mut tally, cursor.as_ref())?;
            if said.elapsed() >= SAID {
                said = Instant::now();
                terminal::print(&format!("{}{}\n", tally.line(word), to_go(began, &tally)))?;
            }
            if *stop.borrow() {
                return self.stopped(&tally);
            }
        }
        Ok(terminal::print(&format!("{}: done\n", tally.line(word)))?)
    }

    /// All up to this upload is at the broker, or left out.
    fn reached(&self, number: i64, tally: &mut Tally, cursor: Option<&Cursor<'_>>) -> Result<(), Complaint> {
        tally.at = number;
        match cursor {
            Some(cursor) if !self.dry_run => cursor.write(number),
            _ => Ok(()),
        }
    }

    fn stopped(&self, tally: &Tally) -> Result<(), Complaint> {
        let how = match &self.cursor {
            Some(_) => "the same command goes on from there".to_owned(),
            None => format!("--after {} goes on from there", tally.at),
        };
        Ok(terminal::print(&format!("{}: stopped, {how}\n", tally.line("queued")))?)
    }
}

/// Where it goes.
struct Sink<'a> {
    queue: &'a Queue,
    sender: &'a Sender,
}

impl Sink<'_> {
    /// Queues all of it, when there is room. False when told to stop before that.
    async fn fill(&self, files: &[&Selected], depth: u64, stop: &Stop) -> Result<bool, Complaint> {
        let mut waiting = files;
        while !waiting.is_empty() {
            let Some(room) = self.room(depth, stop).await? else { return Ok(false) };
            let (now, later) = waiting.split_at(waiting.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
            let publishing = now.iter().map(|one| self.publish(&one.event));
            futures::stream::iter(publishing).buffer_unordered(AT_A_TIME).try_collect::<()>().await?;
            waiting = later;
        }
        Ok(true)
    }

    async fn publish(&self, event: &UploadEvent) -> Result<(), Complaint> {
        self.sender.publish(self.queue, Topic::Rescans, event).await.map(drop)
    }

    /// How many messages the lane may take, once it may take some. Nothing when told to stop before that.
    async fn room(&self, depth: u64, stop: &Stop) -> Result<Option<u64>, Complaint> {
        let mut stop = stop.clone();
        loop {
            let depths = self.queue.depths().await.map_err(|error| at_queue("look at the queues", &error))?;
            let lane = depths.iter().find(|one| one.lane == Lane::Rescans).ok_or_else(|| {
                Complaint::new("there is no lane of rescans that this account may see")
                    .attempt("gatehouse queue declare")
            })?;
            let room = depth.saturating_sub(lane.ready);
            if room > 0 {
                return Ok(Some(room));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(None),
            }
        }
    }
}

/// The first files, with no more than `room` of them to be judged again.
fn up_to(files: &[Selected], room: usize) -> &[Selected] {
    let mut again = 0;
    let end = files.iter().position(|one| {
        again += usize::from(!one.judged);
        again > room
    });
    &files[..end.unwrap_or(files.len())]
}

/// At the rate so far, a rough word about the rest.
fn to_go((began, from): (Instant, i64), tally: &Tally) -> String {
    let (done, left) = (tally.at.saturating_sub(from), tally.last.saturating_sub(tally.at));
    let Ok(left @ 1..) = u64::try_from(left) else { return String::new() };
    let Ok(done @ 1..) = u64::try_from(done) else { return String::new() };
    match began.elapsed().as_secs().saturating_mul(left) / done {
        seconds @ 0..5_400 => format!(", {} min to go", seconds.div_ceil(60)),
        seconds @ 5_400..172_800 => format!(", {} h to go", seconds.div_ceil(3_600)),
        seconds => format!(", {} d to go", seconds.div_ceil(86_400)),
    }
}

/// How far a rescan is: the number of an upload, and below it what is to be judged again.
struct Cursor<'a> {
    path: &'a Path,
    said: String,
    at: i64,
}

impl<'a> Cursor<'a> {
    /// At the beginning where there is no file yet.
    fn read(path: &'a Path, said: &str) -> Result<Self, Complaint> {
        let unusable = |why: &dyn std::fmt::Display| {
            Complaint::new("cannot use the cursor").at(path.display()).because(why).attempt("remove it to begin anew")
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, said: said.to_owned(), at: 0 });
            }
            Err(error) => return Err(unusable(&error)),
        };
        let (number, of) = text.split_once('\n').unwrap_or((&text, ""));
        if of.trim_end() != said {
            return Err(unusable(&"it is of another rescan: other files, or other rules"));
        }
        let at = number.trim().parse().map_err(|error| unusable(&error))?;
        Ok(Self { path, said: said.to_owned(), at })
    }

    /// Whole or not at all: half a number would leave files out.
    fn write(&self, at: i64) -> Result<(), Complaint> {
        let part = self.path.with_extension("part");
        std::fs::write(&part, format!("{at}\n{}\n", self.said))
            .and_then(|()| std::fs::rename(&part, self.path))
            .map_err(|error| Complaint::new("cannot keep the cursor").at(self.path.display()).because(error))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        rescan: Rescan,
    }

    fn line(words: &[&str]) -> Result<Rescan, String> {
        Line::try_parse_from([&["rescan"], words].concat()).map(|line| line.rescan).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant_has_to_be_said() {
        assert!(line(&[]).is_err(), "everything by accident");
        assert!(line(&["--all", "--project", "demo"]).is_err(), "all, or not all");
        assert!(line(&["--outcome", "bad"]).is_err_and(|said| said.contains("incomplete")));
        assert!(line(&["--since", "lately"]).is_err());
        assert!(line(&["--all", "--depth", "0"]).is_err());
        assert!(line(&["--all", "--depth", "1000000"]).is_err(), "the lane takes no more");
        let some = line(&["--since", "2026-01-31", "--outcome", "hold", "--project", "A_b"]).unwrap();
        assert_eq!(some.since, Moment::parse("2026-01-31T00:00:00Z"));
        assert_eq!(some.outcome, Some(Outcome::Hold));
    }

    #[test]
    fn a_cursor_is_of_one_rescan() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
        let (one, other) = (line(&["--project", "A.b"]).unwrap(), line(&["--project", "c"]).unwrap());
        let cursor = Cursor::read(&path, &one.said(&old)).unwrap();
        assert_eq!(cursor.at, 0);
        cursor.write(4711).unwrap();
        let same = line(&["--project", "a-b", "--depth", "7"]).unwrap();
        assert_eq!(Cursor::read(&path, &same.said(&old)).unwrap().at, 4711);
        for (rescan, rulebook) in [(&other, &old), (&one, &new)] {
            let said = Cursor::read(&path, &rescan.said(rulebook)).err().unwrap().to_string();
            assert!(said.contains("another rescan") && said.contains("remove it"), "{said}");
        }
        std::fs::write(&path, format!("x\n{}\n", one.said(&old))).unwrap();
        assert!(Cursor::read(&path, &one.said(&old)).is_err());
    }

    #[test]
    fn a_limit_counts_what_is_judged_again() {
        let upload = model::parse_upload(
            br#"{"project":"a","version":"1","filename":"a-1.whl","url":"/a-1.whl",
            "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#,
        )
        .unwrap();
        let files: Vec<_> = [false, true, false, true, false]
            .into_iter()
            .zip(1..)
            .map(|(judged, number)| Selected { number, event: upload.clone(), judged })
            .collect();
        let lengths = [0, 1, 2, 3, 9].map(|room| up_to(&files, room).len());
        assert_eq!(lengths, [0, 2, 4, 5, 5]);
    }

    #[test]
    fn the_time_to_go_is_that_of_what_is_left() {
        let ago = Instant::now().checked_sub(Duration::from_secs(600)).unwrap();
        let tally = |at, last| Tally { at, last, ..Tally::default() };
        assert_eq!(to_go((ago, 0), &tally(100, 150)), ", 5 min to go");
        assert_eq!(to_go((ago, 50), &tally(100, 1_300)), ", 4 h to go");
        assert_eq!(to_go((ago, 0), &tally(100, 100)), "");
        assert_eq!(to_go((ago, 100), &tally(100, 200)), "");
    }
}
