//! What the roles tell becomes rows: uploads, verdicts with all that follows, attestations. One transaction for many, and
//! as far as they have nothing to do with each other one statement for many.

use std::collections::{HashMap, HashSet};

use model::{Attestation, Outcome, RuleStatus, TYPE_VERDICT, UploadEvent, Verdict, VerdictEvent, cloud_event};
use sqlx::Row as _;

use super::joining::{self, Change, WITHDRAWN};
use super::rows::word;
use super::{Backend, Connection, audit, many, outbox, uploads, workers};
use crate::case::Standing;
use crate::text::{column, file_key, key, normalise_project, prose, upload_key};
use crate::{AuditEntry, CaseStatus, Entry, Moment, Recorded, Result, StoreError, Topic, Voice, Written};

/// The revision of a verdict event that nobody read the file for.
pub(super) const UNREAD: u32 = 0;
/// The revision of a row whose verdict took the place of one that nobody had read the file for.
const REPLACED: i64 = 2;

impl Backend {
    /// All or none of it. What is said of one file is written in the order given.
    pub(crate) async fn write_all(&self, entries: &[Entry<'_>], voice: &Voice, now: Moment) -> Result<Vec<Written>> {
        let mut transaction = self.write().await?;
        let mut batch = Batch { voice, now, written: HashMap::new(), findings: vec![], outbox: vec![], log: vec![] };
        batch.write(&mut transaction, entries).await?;
        transaction.commit().await?;
        let written = (0..entries.len()).map(|at| batch.written.remove(&at)).collect::<Option<Vec<_>>>();
        written.ok_or_else(|| StoreError::Row("an entry was forgotten".to_owned()))
    }
}

/// Entries on their way, and what they leave to be written together.
struct Batch<'a> {
    voice: &'a Voice,
    now: Moment,
    /// By the entry's place.
    written: HashMap<usize, Written>,
    /// Verdicts whose findings and sources are to be written, by their ids.
    findings: Vec<(i64, &'a VerdictEvent)>,
    outbox: Vec<outbox::NewRow>,
    log: Vec<AuditEntry>,
}

impl<'a> Batch<'a> {
    async fn write(&mut self, connection: &mut Connection, entries: &'a [Entry<'a>]) -> Result<()> {
        let (mut events, mut verdicts, mut attestations) = (Vec::new(), Vec::new(), Vec::new());
        for (at, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Upload(event) => events.push((at, *event)),
                Entry::Verdict(event) => verdicts.push(Row::of(at, event)?),
                Entry::Attestation(attestation) => attestations.push((at, *attestation)),
                Entry::Heartbeat(beat) => {
                    let news = workers::hear(connection, beat, self.now).await?;
                    self.written.insert(at, Written::Heartbeat(news));
                }
            }
        }
        self.accept(connection, &events).await?;
        while !verdicts.is_empty() {
            let (first, later) = one_of_a_file(verdicts);
            self.record(connection, &first).await?;
            verdicts = later;
        }
        self.attest(connection, &attestations).await?;
        outbox::push_all(connection, &self.outbox, self.now).await?;
        // Last: from here to the commit, everybody else who writes waits.
        audit::append_all(connection, &self.log, self.now).await?;
        Ok(())
    }

    async fn accept(&mut self, connection: &mut Connection, events: &[(usize, &UploadEvent)]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let uploads: Vec<&UploadEvent> = events.iter().map(|(_, event)| *event).collect();
        let new = uploads::accept(connection, &uploads, self.now).await?;
        self.written.extend(events.iter().zip(new).map(|((at, _), new)| (*at, Written::Upload(new))));
        Ok(())
    }

    /// Writes verdicts on as many files, and what follows from them.
    async fn record(&mut self, connection: &mut Connection, rows: &[Row<'a>]) -> Result<()> {
        let machine: Vec<&Row<'a>> = rows.iter().filter(|row| row.event.decided_by == "machine").collect();
        let inserted = insert(connection, &machine, self.now).await?;
        let with_case = cases(connection, &machine).await?;
        let mut fates = Vec::with_capacity(rows.len());
        for row in rows {
            fates.push(self.fate(connection, row, &inserted, &with_case).await?);
        }
        let judged: Vec<(&UploadEvent, i64)> = rows
            .iter()
            .zip(&fates)
            .filter(|(row, _)| row.event.decided_by == "machine")
            .map(|(row, fate)| (&row.event.upload, fate.recorded.verdict_id))
            .collect();
        let answered =
            if judged.is_empty() { HashSet::new() } else { uploads::judged(connection, &judged, self.now).await? };
        let told = |(row, fate): &(&Row<'a>, &Fate)| fate.recorded.new || answered.contains(&row.upload_key);
        let told: Vec<(&Row<'a>, &Fate)> = rows.iter().zip(&fates).filter(told).collect();
        let revisions = revisions(connection, &told).await?;
        for (row, fate) in told {
            self.tell(connection, row, &fate.recorded, revisions.get(&row.file_key).copied()).await?;
        }
        self.log
            .extend(rows.iter().zip(&fates).filter(|(_, fate)| fate.recorded.new).map(|(row, fate)| row.said(fate)));
        self.written.extend(rows.iter().zip(&fates).map(|(row, fate)| (row.at, Written::Verdict(fate.recorded))));
        let found = std::mem::take(&mut self.findings);
        findings(connection, &found).await
    }

    /// What becomes of a verdict, and of its file's case.
    async fn fate(
        &mut self,
        connection: &mut Connection,
        row: &Row<'a>,
        inserted: &HashMap<String, (i64, i64)>,
        with_case: &HashSet<String>,
    ) -> Result<Fate> {
        let Some((verdict_id, revision)) = inserted.get(&row.key).copied() else {
            // A decision comes back on the queue that it was sent to: its rows were committed before it left.
            let (verdict_id, case_id) = known(connection, &row.event.verdict)
                .await?
                .ok_or_else(|| StoreError::Row("a verdict that is neither new nor known".to_owned()))?;
            return Ok(Fate { recorded: Recorded { verdict_id, new: false, case_id }, change: None });
        };
        if revision == REPLACED {
            for table in ["DELETE FROM finding WHERE verdict_id = $1", "DELETE FROM source_text WHERE verdict_id = $1"]
            {
                sqlx::query(table).bind(verdict_id).execute(&mut *connection).await?;
            }
        }
        self.findings.push((verdict_id, row.event));
        let change = if row.event.verdict.outcome != Outcome::Clear || with_case.contains(&row.case_key) {
            joining::open_or_join(connection, verdict_id, row.event, self.now).await?
        } else {
            None
        };
        let case_id = change.as_ref().filter(|change| change.verb != WITHDRAWN).map(|change| change.case_id);
        Ok(Fate { recorded: Recorded { verdict_id, new: true, case_id }, change })
    }

    /// The event for the index. It says what holds for the file: a moderator's word stands above a machine's, and an open
    /// case above a later clear verdict. `revisions` is how often something was said of a file that has no case.
    async fn tell(
        &mut self,
        connection: &mut Connection,
        row: &Row<'a>,
        recorded: &Recorded,
        revisions: Option<i64>,
    ) -> Result<()> {
        let mut event = VerdictEvent { sources: Vec::new(), ..row.event.clone() };
        if !recorded.new {
            // What is told is what is kept: this event may come from a scanner that could not read what another one did.
            let kept: String = sqlx::query_scalar("SELECT body FROM verdict WHERE id = $1")
                .bind(recorded.verdict_id)
                .fetch_one(&mut *connection)
                .await?;
            event.verdict = serde_json::from_str(&kept)?;
        }
        match recorded.case_id {
            Some(case_id) => standing(connection, case_id).await?.apply(&mut event),
            None => {
                event.revision = event.revision.max(u32::try_from(revisions.unwrap_or_default()).unwrap_or(u32::MAX));
            }
        }
        let message_id = if recorded.new {
            event.message_id()
        } else {
            // Another upload of a judged file: it gets an answer of its own.
            format!("{}:{}", event.message_id(), &row.upload_key[..12])
        };
        let body = public_event(&event, self.voice, &message_id, recorded.case_id, self.now);
        let available_at = self.now;
        self.outbox.push(outbox::NewRow { topic: Topic::Published, message_id, body, case: None, available_at });
        Ok(())
    }

    async fn attest(&mut self, connection: &mut Connection, attestations: &[(usize, &Attestation)]) -> Result<()> {
        if attestations.is_empty() {
            return Ok(());
        }
        let row = |(_, attestation): &(usize, &'_ Attestation)| {
            let body = serde_json::to_string(attestation)?;
            Ok((column(&attestation.message_id()).into_owned(), body))
        };
        let bodies = attestations.iter().map(row).collect::<Result<Vec<_>>>()?;
        let mut once: Vec<(&Attestation, &(String, String))> =
            attestations.iter().map(|(_, attestation)| *attestation).zip(&bodies).collect();
        once.sort_by(|(_, (one, _)), (_, (other, _))| one.cmp(other));
        once.dedup_by(|(_, (one, _)), (_, (other, _))| one == other);
        let returned = insert_all!(
            connection,
            row in once,
            "attestation (message_id, sha256, rulebook, context, revision, body, recorded_at)",
            "$1, $2, $3, $4, $5, $6, $7",
            [
                row.1.0.as_str(),
                row.0.sha256.to_string(),
                row.0.rulebook.to_string(),
                row.0.context.to_string(),
                i64::from(row.0.revision),
                row.1.1.as_str(),
                self.now.0,
            ],
            "ON CONFLICT (message_id) DO NOTHING RETURNING message_id"
        );
        let mut new = returned.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<HashSet<String>>>()?;
        for ((at, attestation), (message_id, _)) in attestations.iter().zip(&bodies) {
            let new = new.remove(message_id);
            self.written.insert(*at, Written::Attestation(new));
            if new {
                self.log.push(signed(attestation));
            }
        }
        Ok(())
    }
}

/// What the audit log is to say of an attestation.
fn signed(attestation: &Attestation) -> AuditEntry {
    AuditEntry {
        actor: "recorder".to_owned(),
        action: "attestation.recorded".to_owned(),
        subject: format!("sha256:{}", attestation.sha256),
        detail: serde_json::json!({
            "predicate_type": attestation.predicate_type,
            "rulebook": attestation.rulebook,
            "revision": attestation.revision,
            "envelope": key(&[&attestation.envelope.to_string()]),
        }),
    }
}

/// What became of a verdict event.
struct Fate {
    recorded: Recorded,
    change: Option<Change>,
}

/// A verdict event as columns hold it.
struct Row<'a> {
    /// Its place among the entries.
    at: usize,
    event: &'a VerdictEvent,
    /// sha256, rulebook and context.
    key: String,
    file_key: String,
    case_key: String,
    upload_key: String,
    project: String,
    project_key: String,
    version: String,
    filename: String,
    summary: String,
    engine: String,
    body: String,
}

impl<'a> Row<'a> {
    fn of(at: usize, event: &'a VerdictEvent) -> Result<Self> {
        let verdict = &event.verdict;
        Ok(Self {
            at,
            event,
            key: verdict_key(&verdict.sha256.to_string(), &verdict.rulebook.to_string(), &verdict.context.to_string()),
            file_key: file_key(&verdict.project, &verdict.version, &verdict.filename),
            case_key: joining::case_key(verdict),
            upload_key: upload_key(&event.upload),
            project: column(&verdict.project).into_owned(),
            project_key: column(&normalise_project(&verdict.project)).into_owned(),
            version: column(&verdict.version).into_owned(),
            filename: column(&verdict.filename).into_owned(),
            summary: prose(&verdict.summary).into_owned(),
            engine: column(&verdict.engine).into_owned(),
            body: serde_json::to_string(verdict)?,
        })
    }

    /// What the audit log is to say of it.
    fn said(&self, fate: &Fate) -> AuditEntry {
        let (verdict, Fate { recorded, change }) = (&self.event.verdict, fate);
        let detail = serde_json::json!({
            "verdict": recorded.verdict_id,
            "sha256": verdict.sha256,
            "rulebook": verdict.rulebook,
            "context": verdict.context,
            "outcome": verdict.outcome,
            "score": verdict.score,
            "case": change.as_ref().map(|change| change.verb),
            "body": key(&[&self.body]),
        });
        let subject = match change {
            Some(change) => format!("case:{}", change.case_id),
            None => format!("verdict:{}", recorded.verdict_id),
        };
        AuditEntry { actor: "recorder".to_owned(), action: "verdict.recorded".to_owned(), subject, detail }
    }
}

fn verdict_key(sha256: &str, rulebook: &str, context: &str) -> String {
    format!("{sha256}:{rulebook}:{context}")
}

/// The first event of each file, and those that come after another one of theirs: what is said of a file depends on what
/// was said before.
fn one_of_a_file(rows: Vec<Row<'_>>) -> (Vec<Row<'_>>, Vec<Row<'_>>) {
    let mut said = HashSet::new();
    rows.into_iter().partition(|row| {
        let keys = [&row.key, &row.file_key, &row.case_key, &row.upload_key];
        let is_first = keys.into_iter().all(|key| !said.contains(key));
        said.extend(keys.map(String::clone));
        is_first
    })
}

/// The verdict with this key, and its case.
async fn known(connection: &mut Connection, verdict: &Verdict) -> Result<Option<(i64, Option<i64>)>> {
    let row = sqlx::query("SELECT id, case_id FROM verdict WHERE sha256 = $1 AND rulebook = $2 AND context = $3")
        .bind(verdict.sha256.to_string())
        .bind(verdict.rulebook.to_string())
        .bind(verdict.context.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get("id")?, row.try_get("case_id")?))).transpose()
}

/// Writes machines' verdicts: id and revision of those that are kept, by their keys. Missing is one whose key was taken, by a
/// verdict that stands.
///
/// One that was given without reading the file gives way to one that was read: what a host that was away, or a machine that
/// was short of memory, made of it must not stand for ever.
async fn insert(connection: &mut Connection, rows: &[&Row<'_>], now: Moment) -> Result<HashMap<String, (i64, i64)>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows = rows.to_vec();
    // In one order, whoever writes: two who write the same rows wait for each other, never in a circle.
    rows.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    let returned = insert_all!(
        connection,
        row in rows,
        "verdict (sha256, rulebook, context, file_key, project, project_key, version, filename, packagetype, outcome, \
         score, summary, engine, took_ms, recorded_at, upload_key, body, revision)",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18",
        [
            row.event.verdict.sha256.to_string(),
            row.event.verdict.rulebook.to_string(),
            row.event.verdict.context.to_string(),
            row.file_key.as_str(),
            row.project.as_str(),
            row.project_key.as_str(),
            row.version.as_str(),
            row.filename.as_str(),
            row.event.verdict.packagetype.as_str(),
            row.event.verdict.outcome.as_str(),
            row.event.verdict.score,
            row.summary.as_str(),
            row.engine.as_str(),
            i64::try_from(row.event.took_ms).unwrap_or(i64::MAX),
            now.0,
            row.upload_key.as_str(),
            row.body.as_str(),
            i64::from(row.event.revision),
        ],
        "ON CONFLICT (sha256, rulebook, context) DO UPDATE SET packagetype = excluded.packagetype, \
         outcome = excluded.outcome, score = excluded.score, summary = excluded.summary, engine = excluded.engine, \
         took_ms = excluded.took_ms, recorded_at = excluded.recorded_at, upload_key = excluded.upload_key, \
         body = excluded.body, revision = 2 WHERE verdict.revision = 0 AND excluded.revision <> 0 \
         RETURNING id, sha256, rulebook, context, revision"
    );
    let entry = |row: &super::Row| {
        let key = verdict_key(row.try_get("sha256")?, row.try_get("rulebook")?, row.try_get("context")?);
        Ok((key, (row.try_get("id")?, row.try_get("revision")?)))
    };
    returned.iter().map(entry).collect()
}

/// The keys of the cases that there are.
async fn cases(connection: &mut Connection, rows: &[&Row<'_>]) -> Result<HashSet<String>> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let keys: Vec<&str> = rows.iter().map(|row| row.case_key.as_str()).collect();
    let found = sqlx::query_scalar(concat!("SELECT key FROM review_case WHERE key ", one_of!()))
        .bind(many(&keys))
        .fetch_all(connection)
        .await?;
    Ok(found.into_iter().collect())
}

/// How often something was said of each of the files that have no case.
async fn revisions(connection: &mut Connection, told: &[(&Row<'_>, &Fate)]) -> Result<HashMap<String, i64>> {
    let without_case = told.iter().filter(|(_, fate)| fate.recorded.case_id.is_none());
    let files: Vec<&str> = without_case.map(|(row, _)| row.file_key.as_str()).collect();
    if files.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(concat!(
        "SELECT o.file_key AS file, ",
        revisions!(),
        "WHERE o.file_key ",
        one_of!(),
        "GROUP BY o.file_key"
    ))
    .bind(many(&files))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn findings(connection: &mut Connection, verdicts: &[(i64, &VerdictEvent)]) -> Result<()> {
    let mut found = Vec::new();
    let mut sources = Vec::new();
    for (verdict_id, event) in verdicts {
        found
            .extend((0_i64..).zip(&event.verdict.findings).map(|(position, finding)| (*verdict_id, position, finding)));
        for (position, source) in (0_i64..).zip(&event.sources) {
            sources.push((*verdict_id, position, serde_json::to_string(source)?));
        }
    }
    if !found.is_empty() {
        insert_all!(
            connection,
            row in found,
            "finding (verdict_id, position, rule, title, level, status, member, line, phase, weight)",
            "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
            [
                row.0,
                row.1,
                column(&row.2.rule).into_owned(),
                column(&row.2.title).into_owned(),
                row.2.level.as_str(),
                state(row.2.status),
                column(&row.2.place.member).into_owned(),
                i64::from(row.2.place.line),
                row.2.phase.map(model::Phase::as_str),
                row.2.weight,
            ],
            ""
        );
    }
    if !sources.is_empty() {
        insert_all!(
            connection,
            row in sources,
            "source_text (verdict_id, position, body)",
            "$1, $2, $3",
            [row.0, row.1, row.2.as_str()],
            ""
        );
    }
    Ok(())
}

const fn state(status: RuleStatus) -> &'static str {
    match status {
        RuleStatus::Experimental => "experimental",
        RuleStatus::Test => "test",
        RuleStatus::Stable => "stable",
        RuleStatus::Deprecated => "deprecated",
    }
}

/// How it stands with a case.
async fn standing(connection: &mut Connection, case_id: i64) -> Result<Standing> {
    let row = sqlx::query("SELECT status, outcome, revision FROM review_case WHERE id = $1")
        .bind(case_id)
        .fetch_one(connection)
        .await?;
    Ok(Standing {
        case_id,
        status: word(&row, "status", CaseStatus::parse)?,
        outcome: word(&row, "outcome", Outcome::parse)?,
        revision: row.try_get("revision")?,
    })
}

/// The short verdict event as a CloudEvent.
pub(super) fn public_event(
    event: &VerdictEvent,
    voice: &Voice,
    message_id: &str,
    case_id: Option<i64>,
    now: Moment,
) -> String {
    let case_url = match (&voice.dashboard, case_id) {
        (Some(dashboard), Some(case)) => Some(format!("{}/case/{case}", dashboard.trim_end_matches('/'))),
        _ => None,
    };
    let data = event.public(case_url.as_deref());
    cloud_event(TYPE_VERDICT, &voice.source, message_id, &now.to_string(), &event.subject(), &data).to_string()
}
