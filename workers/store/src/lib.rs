//! The store: verdicts, cases, decisions, audit and outbox in PostgreSQL or SQLite. All SQL of the house is here.
//!
//! One set of queries, compiled for both databases (`queries/`); what differs between them is in `sqlite.rs` and
//! `postgres.rs`. Every operation that changes something is one transaction.

#![allow(clippy::duplicate_mod, reason = "the queries are written once and compiled for both databases")]

#[macro_use]
mod columns;

mod audit;
mod case;
mod error;
mod figures;
mod migrations;
mod moment;
mod outbox;
mod postgres;
mod session;
mod sqlite;
mod text;
mod upload;
mod worker;

use std::time::Duration;

use model::{Attestation, Digest, Heartbeat, UploadEvent, VerdictEvent};

pub use audit::{AuditEntry, AuditReport, AuditRow};
pub use case::{
    Band, CaseDetail, CaseFilter, CasePage, CaseRow, CaseStatus, Cursor, Decided, DecisionRow, FileRecord, FileState,
    NewDecision, VerdictDetail, VerdictRow,
};
pub use error::{DecideError, StoreError};
pub use figures::{Counts, Figures, Judge, Judges, Totals};
pub use moment::Moment;
pub use outbox::{OutboxRow, Topic};
pub use session::{NewSession, Role, Session};
pub use text::normalise_project;
pub use upload::{Recorded, Selected, Selection, UploadRow, UploadState};
pub use worker::Worker;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// How the store signs the events that it writes into the outbox, and when decisions leave.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The CloudEvents `source`.
    pub source: String,
    /// The dashboard's address, for `case_url`; none when it has no public one.
    pub dashboard: Option<String>,
    /// How long a decision's events wait, so that an undo can take them back unsent.
    pub undo_window: Duration,
}

impl Default for Voice {
    fn default() -> Self {
        Self { source: "/gatehouse".to_owned(), dashboard: None, undo_window: Duration::from_secs(10) }
    }
}

/// Who may listen on the way to the database, as its address says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// It does not leave this machine.
    Here,
    /// Over a network, readable to all on the way: `sslmode=disable`.
    Plain,
    /// Encrypted, for whoever answers in the database's name: without `sslmode=verify-full`.
    Encrypted,
    /// Encrypted, and the certificate is of the name in the address.
    Verified,
}

/// A connected store. Cheap to clone; every clone uses the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    voice: Voice,
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite(sqlite::Backend),
    Postgres(postgres::Backend),
}

/// Something to be written; [`Store::write_all`].
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    Upload(&'a UploadEvent),
    Verdict(&'a VerdictEvent),
    Attestation(&'a Attestation),
    Heartbeat(&'a Heartbeat),
}

/// What became of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Whether it was new.
    Upload(bool),
    Verdict(Recorded),
    /// Whether it was new.
    Attestation(bool),
    /// Whether nothing newer of that process is known.
    Heartbeat(bool),
}

/// An answer to another question than the one that was asked: a bug of ours.
fn unasked() -> StoreError {
    StoreError::Row("the answer is about something else".to_owned())
}

/// Calls the same operation of whichever database this is.
macro_rules! on {
    ($store:expr, $backend:ident => $call:expr) => {
        match &$store.backend {
            Backend::Sqlite($backend) => $call.await,
            Backend::Postgres($backend) => $call.await,
        }
    };
}

impl Store {
    /// `sqlite:PATH` (made when missing) or `postgres://…`. Applies no migration.
    pub async fn connect(url: &str) -> Result<Self> {
        let backend = if let Some(path) = url.strip_prefix("sqlite:") {
            Backend::Sqlite(sqlite::Backend::connect(path.strip_prefix("//").unwrap_or(path)).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Backend::Postgres(postgres::Backend::connect(url).await?)
        } else {
            // Only the scheme is repeated: the rest may hold a password.
            return Err(StoreError::Url(url.split(':').next().unwrap_or_default().chars().take(20).collect()));
        };
        Ok(Self { backend, voice: Voice::default() })
    }

    /// As [`Self::connect`], but waits for no database: each operation tries to reach it, and fails while it is away.
    pub async fn connect_later(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            return Self::connect(url).await;
        }
        Ok(Self { backend: Backend::Postgres(postgres::Backend::connect_later(url)?), voice: Voice::default() })
    }

    #[must_use]
    pub fn with_voice(mut self, voice: Voice) -> Self {
        self.voice = voice;
        self
    }

    /// `sqlite` or `postgres`.
    pub const fn kind(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite(_) => "sqlite",
            Backend::Postgres(_) => "postgres",
        }
    }

    /// Who may listen on the way.
    pub const fn transport(&self) -> Transport {
        match &self.backend {
            Backend::Sqlite(backend) => backend.transport(),
            Backend::Postgres(backend) => backend.transport(),
        }
    }

    /// Brings the schema to this program's version. Safe to run from several processes at once.
    pub async fn migrate(&self) -> Result<()> {
        on!(self, backend => backend.migrate())
    }

    /// Whether the database answers and has this program's schema.
    pub async fn ready(&self) -> Result<()> {
        on!(self, backend => backend.ready())
    }

    /// What the database's clock says.
    pub async fn clock(&self) -> Result<Moment> {
        on!(self, backend => backend.clock())
    }

    /// Finishes what is under way and closes the connections.
    pub async fn close(&self) {
        on!(self, backend => backend.close())
    }

    // Uploads and verdicts.

    /// Notes an upload event as pending. False when it was known: events may come twice, and after their verdict.
    pub async fn accept(&self, upload: &UploadEvent, now: Moment) -> Result<bool> {
        match self.write_one(Entry::Upload(upload), now).await? {
            Written::Upload(new) => Ok(new),
            _ => Err(unasked()),
        }
    }

    /// Uploads in one state, oldest first.
    pub async fn uploads(&self, state: UploadState, limit: u32) -> Result<Vec<UploadRow>> {
        on!(self, backend => backend.uploads(state, limit))
    }

    /// Uploads that have waited for their verdict since before a moment, oldest first.
    pub async fn overdue(&self, before: Moment, limit: u32) -> Result<Vec<UploadEvent>> {
        on!(self, backend => backend.overdue(before, limit))
    }

    /// Uploads whose open case stands on a verdict that was given without reading the file, oldest first.
    pub async fn unread(&self, limit: u32) -> Result<Vec<UploadEvent>> {
        on!(self, backend => backend.unread(limit))
    }

    /// The number of the newest upload; 0 when there is none.
    pub async fn last_upload(&self) -> Result<i64> {
        on!(self, backend => backend.last_upload())
    }

    /// Of the uploads with the numbers `range.0 < number <= range.1`, the files that are selected, oldest first: each file
    /// once, as it was uploaded last. A range bounds the work, however few of it are selected.
    pub async fn selected(&self, selection: &Selection, rulebook: &Digest, range: (i64, i64)) -> Result<Vec<Selected>> {
        on!(self, backend => backend.selected(selection, rulebook, range))
    }

    /// Whether this file with these bytes was ever noted, judged or not, under whatever id.
    pub async fn knows(&self, upload: &UploadEvent) -> Result<bool> {
        on!(self, backend => backend.knows(upload))
    }

    /// Writes a verdict with all that follows from it, in one transaction: its findings and sources, the upload that
    /// it answers, a case unless it is clear, the event for the index, an audit row. The same event twice changes
    /// nothing the second time. A verdict of revision 0, which nobody read the file for, gives way to one that was read.
    pub async fn record(&self, event: &VerdictEvent, now: Moment) -> Result<Recorded> {
        match self.write_one(Entry::Verdict(event), now).await? {
            Written::Verdict(recorded) => Ok(recorded),
            _ => Err(unasked()),
        }
    }

    /// Keeps an attestation. False when it was known. It may come before its verdict.
    pub async fn attest(&self, attestation: &Attestation, now: Moment) -> Result<bool> {
        match self.write_one(Entry::Attestation(attestation), now).await? {
            Written::Attestation(new) => Ok(new),
            _ => Err(unasked()),
        }
    }

    /// Notes that a process lives, or has ended. False when something newer of it is known.
    pub async fn hear(&self, beat: &Heartbeat, now: Moment) -> Result<bool> {
        match self.write_one(Entry::Heartbeat(beat), now).await? {
            Written::Heartbeat(news) => Ok(news),
            _ => Err(unasked()),
        }
    }

    /// As [`Self::accept`], [`Self::record`] and [`Self::attest`], in one transaction: all of it is written, or nothing.
    /// A commit costs more than what it commits, so this is how a fleet keeps up.
    pub async fn write_all(&self, entries: &[Entry<'_>], now: Moment) -> Result<Vec<Written>> {
        on!(self, backend => backend.write_all(entries, &self.voice, now))
    }

    async fn write_one(&self, entry: Entry<'_>, now: Moment) -> Result<Written> {
        self.write_all(&[entry], now).await?.pop().ok_or_else(unasked)
    }

    // Pages.

    /// The ranked queue.
    pub async fn cases(&self, filter: &CaseFilter) -> Result<CasePage> {
        on!(self, backend => backend.cases(filter))
    }

    pub async fn case(&self, case_id: i64) -> Result<Option<CaseDetail>> {
        on!(self, backend => backend.case(case_id))
    }

    /// The newest verdicts, `before` a verdict id for the next page.
    pub async fn latest(&self, before: Option<i64>, limit: u32) -> Result<Vec<VerdictRow>> {
        on!(self, backend => backend.latest(before, limit))
    }

    pub async fn verdict(&self, verdict_id: i64) -> Result<Option<VerdictDetail>> {
        on!(self, backend => backend.verdict(verdict_id))
    }

    /// By sha256 (8 hex digits or more), file name, or the beginning of a project's name; newest first.
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<VerdictRow>> {
        on!(self, backend => backend.search(text, limit))
    }

    /// A file by its names, with its attestations. The project is compared normalised.
    pub async fn file(&self, project: &str, version: &str, filename: &str) -> Result<Option<FileRecord>> {
        on!(self, backend => backend.file(project, version, filename))
    }

    /// The newest verdict on these bytes, if there is one.
    pub async fn by_digest(&self, sha256: &Digest) -> Result<Option<VerdictDetail>> {
        on!(self, backend => backend.by_digest(sha256))
    }

    pub async fn counts(&self, now: Moment) -> Result<Counts> {
        on!(self, backend => backend.counts(now))
    }

    pub async fn figures(&self) -> Result<Figures> {
        on!(self, backend => backend.figures())
    }

    /// Apart from [`Self::figures`]: what fails here must not take an alert with it.
    pub async fn totals(&self) -> Result<Totals> {
        on!(self, backend => backend.totals())
    }

    /// Who has judged lately, and how many files since a moment.
    pub async fn judges(&self, since: Moment) -> Result<Judges> {
        on!(self, backend => backend.judges(since))
    }

    /// The processes that were heard since a moment and did not say that they ended, by role and name.
    pub async fn workers(&self, since: Moment) -> Result<Vec<Worker>> {
        on!(self, backend => backend.workers(since))
    }

    /// Forgets processes that were last heard before a moment.
    pub async fn forget_workers(&self, before: Moment) -> Result<u64> {
        on!(self, backend => backend.forget_workers(before))
    }

    // Decisions.

    /// Decides a case, or takes the last decision back, if nobody else did since the page was made. Writes the
    /// decision, its audit row and the events that follow: the decision, and a superseding verdict.
    pub async fn decide(&self, decision: &NewDecision, now: Moment) -> Result<Decided, DecideError> {
        on!(self, backend => backend.decide(decision, &self.voice, now))
    }

    // Sessions.

    /// A one-time login token. Only its hash is kept.
    pub async fn create_login(&self, actor: &str, role: Role, lifetime: Duration, now: Moment) -> Result<String> {
        on!(self, backend => backend.create_login(actor, role, lifetime, now))
    }

    /// Trades a login token for a session, once. None when it is unknown, used or expired.
    pub async fn redeem_login(&self, token: &str, lifetime: Duration, now: Moment) -> Result<Option<NewSession>> {
        on!(self, backend => backend.redeem_login(token, lifetime, now))
    }

    /// The session of a cookie, unless it has expired or was idle for longer than `idle`; notes that it was seen.
    pub async fn session(&self, secret: &str, idle: Duration, now: Moment) -> Result<Option<Session>> {
        on!(self, backend => backend.session(secret, idle, now))
    }

    /// Ends a session. False when there was none.
    pub async fn end_session(&self, secret: &str) -> Result<bool> {
        on!(self, backend => backend.end_session(secret))
    }

    /// Forgets expired sessions and login tokens.
    pub async fn forget_expired(&self, now: Moment) -> Result<u64> {
        on!(self, backend => backend.forget_expired(now))
    }

    // Audit.

    pub async fn audit(&self, entry: &AuditEntry, now: Moment) -> Result<AuditRow> {
        on!(self, backend => backend.audit(entry, now))
    }

    /// Audit rows, newest first; `subject` such as `case:12`, `before` a sequence number for the next page.
    pub async fn audit_rows(&self, subject: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<AuditRow>> {
        on!(self, backend => backend.audit_rows(subject, before, limit))
    }

    /// Walks the whole chain.
    pub async fn verify_audit(&self) -> Result<AuditReport> {
        on!(self, backend => backend.verify_audit())
    }

    // Outbox.

    /// Claims events that are due, for `lease`; nobody else gets them meanwhile.
    pub async fn claim_outbox(&self, limit: u32, lease: Duration, now: Moment) -> Result<Vec<OutboxRow>> {
        on!(self, backend => backend.claim_outbox(limit, lease, now))
    }

    /// Marks events as sent: only after the broker has confirmed them.
    pub async fn outbox_sent(&self, ids: &[i64], now: Moment) -> Result<()> {
        on!(self, backend => backend.outbox_sent(ids, now))
    }

    /// Gives a claimed event back, to be tried again at `retry_at`.
    pub async fn outbox_failed(&self, id: i64, retry_at: Moment) -> Result<()> {
        on!(self, backend => backend.outbox_failed(id, retry_at))
    }

    /// Forgets events that were sent, or taken back, before a moment.
    pub async fn prune_outbox(&self, before: Moment) -> Result<u64> {
        on!(self, backend => backend.prune_outbox(before))
    }
}
