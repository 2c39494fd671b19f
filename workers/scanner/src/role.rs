//! The loop: upload event in, verdict out, then the acknowledgement.
//!
//! Every event that can be read ends in exactly one verdict. A file that cannot be had, an examination that dies, an
//! event that killed this very process: each is an `incomplete` verdict with a finding, never a message that is gone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use attest::{Believed, Door, Refusal, Uploaders};
use jiff::Timestamp;
use metrics::{Metrics, Stage};
use model::{
    Context, Finding, Gap, GapKind, Level, Outcome, Place, RuleStatus, UploadEvent, Verdict, VerdictEvent, parse_upload,
};
use queue::{Delivery, Lane, Queue, Reason, Topic};
use tokio::{sync::watch, task::JoinSet};
use tracing::{debug, info, warn};

use crate::{
    courtesy::Courtesy,
    fetch::{FetchError, Fetcher, Why},
    pool::{Pool, UNANSWERED},
    protocol::Answer,
};

/// Handed out so often and never settled, an upload is judged unread: something about it ends this process.
const HOPELESS: u32 = 15;
const _: () = assert!(HOPELESS < queue::DELIVERY_LIMIT);
/// Findings that are kept of a verdict too large for the queue.
const STRONGEST: usize = 200;

/// What the scanner works with.
pub struct Scanner {
    pub queue: Queue,
    pub pool: Arc<Pool>,
    pub fetcher: Fetcher,
    /// Whose uploads are believed.
    pub uploaders: Arc<Uploaders>,
    pub metrics: Arc<Metrics>,
    /// Tries before a file that cannot be had gets its verdict without it.
    pub attempts: u32,
    /// How long what is under way may take when told to stop.
    pub drain: Duration,
    /// Told of each upload whose verdict is kept and which was acknowledged: nobody will fetch it again.
    pub finished: Option<Finished>,
}

pub type Finished = Arc<dyn Fn(&UploadEvent) + Send + Sync>;

/// Scans until `stop` says so or the queue ends, then finishes what is under way.
pub async fn run(scanner: Scanner, mut stop: watch::Receiver<bool>) -> Result<(), queue::Error> {
    let slots = u16::try_from(scanner.pool.jobs()).unwrap_or(u16::MAX);
    let mut uploads = scanner.queue.consume(Lane::Uploads, slots).await?;
    // A slot, a child and room for the files of their own: a mass rescan never holds up an upload, and uploads never starve
    // a rescan.
    let mut rescans = scanner.queue.consume(Lane::Rescans, 1).await?;
    let drain = scanner.drain;
    let courtesy = Arc::new(Courtesy::new());
    let prompt = Means {
        pool: Arc::clone(&scanner.pool),
        fetcher: Arc::new(scanner.fetcher.clone()),
        hurry: Some(Arc::clone(&courtesy)),
    };
    let patient =
        Means { pool: Arc::new(scanner.pool.patient(1)), fetcher: Arc::new(scanner.fetcher.apart()), hurry: None };
    let scanner = Arc::new(scanner);
    let mut under_way = JoinSet::new();
    loop {
        let delivery = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => None,
            delivery = uploads.next() => delivery,
            Some(_) = under_way.join_next() => continue,
            delivery = async {
                courtesy.wait().await;
                rescans.next().await
            } => delivery,
        };
        let Some(delivery) = delivery else { break };
        // Uploads at once, rescans when nothing else is to be done.
        let means = if delivery.lane == Lane::Rescans {
            courtesy.rescan();
            &patient
        } else {
            &prompt
        };
        means.go_on();
        let (scanner, stop, means) = (Arc::clone(&scanner), stop.clone(), means.clone());
        under_way.spawn(async move { scanner.handle(delivery, &means, stop).await });
    }
    // Given back unsettled: what waits in the channels now, and what the drain did not finish.
    drop((uploads, rescans));
    let finished = tokio::time::timeout(drain, async { while under_way.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        warn!(uploads = under_way.len(), "gave back what could not be finished in time");
        under_way.shutdown().await;
    }
    let _ = tokio::task::spawn_blocking(move || [patient, prompt].map(|means| means.pool.end())).await;
    Ok(())
}

/// What the files of one lane are fetched and examined with.
#[derive(Clone)]
struct Means {
    pool: Arc<Pool>,
    fetcher: Arc<Fetcher>,
    /// Who is told that a file goes on, where others wait for that.
    hurry: Option<Arc<Courtesy>>,
}

impl Means {
    fn go_on(&self) {
        if let Some(courtesy) = &self.hurry {
            courtesy.upload();
        }
    }
}

/// What is to become of an upload.
enum Step {
    Judged(Box<Answer>),
    TryAgain(Duration),
}

impl Scanner {
    async fn handle(&self, delivery: Delivery, means: &Means, mut stop: watch::Receiver<bool>) {
        let started = Instant::now();
        let _in_hand = self.metrics.take_in_hand(1);
        let believed = match self.open(&delivery) {
            Ok(believed) => believed,
            Err(Refusal::Replay(event)) => {
                info!(upload.id = %model::Terminal(&event.id), "an upload that was judged just now came again");
                settle(delivery, queue::Outcome::Done).await;
                return;
            }
            Err(refusal) => {
                // There is no file to judge and nobody to answer: a person has to look.
                let reason = match refusal {
                    Refusal::Event(_) | Refusal::Envelope(_) => Reason::malformed(refusal.to_string()),
                    _ => Reason::refused(refusal.to_string()),
                };
                self.metrics.dead_letter(reason.kind);
                settle(delivery, queue::Outcome::DeadLetter(reason)).await;
                return;
            }
        };
        let event = believed.event.clone();
        let answer = match self.judge(&event, &delivery, means).await {
            Step::Judged(answer) => *answer,
            Step::TryAgain(after) => {
                settle(delivery, queue::Outcome::RetryAfter(after)).await;
                return;
            }
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = answer.verdict.outcome;
        let verdict = VerdictEvent {
            upload_id: event.id.clone(),
            upload: event.clone(),
            decided_by: "machine".to_owned(),
            revision: revision(&answer.verdict),
            verdict: answer.verdict,
            took_ms,
            sources: answer.sources,
        };
        let publishing = Instant::now();
        means.go_on();
        // Dropped when told to stop: the upload comes back, and is judged the same.
        tokio::select! {
            () = self.publish(verdict) => {}
            _ = stop.wait_for(|stop| *stop), if !self.queue.state().ready => return,
        }
        self.uploaders.take(&believed, Timestamp::now());
        self.metrics.scanned(outcome);
        self.metrics.stage(Stage::Publish, publishing.elapsed());
        if settle(delivery, queue::Outcome::Done).await
            && let Some(finished) = &self.finished
        {
            finished(&event);
        }
    }

    /// Rescans are asked for from inside: whoever may write that lane is believed.
    fn open(&self, delivery: &Delivery) -> Result<Believed, Refusal> {
        match delivery.lane {
            Lane::Rescans => Ok(Believed { event: parse_upload(&delivery.body)?, seal: None }),
            _ => self.uploaders.open(&delivery.body, Door::Queue, Timestamp::now()),
        }
    }

    async fn judge(&self, event: &UploadEvent, delivery: &Delivery, means: &Means) -> Step {
        // Two counts: a restart, or an upload that was given back, is no try of the file host.
        let handed_out = delivery.attempt.saturating_sub(delivery.retries);
        let tries = delivery.retries.saturating_add(1);
        let last = tries >= self.attempts;
        if handed_out > HOPELESS {
            let detail = format!("handed out {handed_out} times without an answer");
            return self.unanswered(event, "examination-abandoned", "Every attempt to examine the file failed", detail);
        }
        let fetching = Instant::now();
        let fetched = match means.fetcher.fetch(event).await {
            Ok(fetched) => fetched,
            Err(FetchError::Never { why, detail }) => return self.unread(event, why, detail),
            Err(FetchError::Later { detail, .. }) if last => {
                return self.unread(event, Why::Unreachable, format!("tried {tries} times, at last: {detail}"));
            }
            Err(FetchError::Later { detail, after }) => {
                info!(artifact.sha256 = %event.sha256, tries, detail, "a fetch failed and is tried again");
                return Step::TryAgain(after.unwrap_or_else(|| pause(tries)));
            }
        };
        match &fetched.previous {
            Some(Err(FetchError::Later { detail, after })) if !last => {
                info!(artifact.sha256 = %event.sha256, tries, detail, "the release before is fetched again later");
                return Step::TryAgain(after.unwrap_or_else(|| pause(tries)));
            }
            Some(Err(FetchError::Later { detail, .. } | FetchError::Never { detail, .. })) => {
                let detail = model::Terminal(detail);
                warn!(artifact.sha256 = %event.sha256, %detail, "judged without the release before");
            }
            Some(Ok(_)) | None => {}
        }
        self.metrics.stage(Stage::Fetch, fetching.elapsed());
        let examining = Instant::now();
        let (pool, context) = (Arc::clone(&means.pool), event.context());
        let answer = tokio::task::spawn_blocking(move || {
            let previous = fetched.previous.as_ref().and_then(|previous| previous.as_ref().ok());
            pool.examine_after(&fetched.artifact, previous, &context)
        });
        let answer = answer.await;
        self.metrics.stage(Stage::Examine, examining.elapsed());
        match answer {
            Ok(answer) => Step::Judged(Box::new(answer)),
            Err(error) => {
                let title = "The examination crashed before it could answer";
                self.unanswered(event, "examination-crashed", title, format!("supervisor: {error}"))
            }
        }
    }

    fn unread(&self, event: &UploadEvent, why: Why, detail: String) -> Step {
        warn!(artifact.sha256 = %event.sha256, rule = why.rule(), detail = %model::Terminal(&detail), "no file to judge");
        self.unanswered(event, why.rule(), why.title(), detail)
    }

    /// The verdict on a file that was never read.
    fn unanswered(&self, event: &UploadEvent, rule: &str, title: &str, detail: String) -> Step {
        let verdict = unanswered(event, &event.context(), self.pool.rulebook(), rule, title, detail);
        Step::Judged(Box::new(Answer::alone(verdict)))
    }

    /// Returns when the verdict is kept, however long the broker is away.
    async fn publish(&self, mut event: VerdictEvent) {
        let id = event.message_id();
        let mut attempt = 0;
        loop {
            match self.queue.publish(Topic::Verdicts, &id, &event).await {
                Ok(published) => {
                    let sha256 = event.verdict.sha256;
                    let outcome = event.verdict.outcome.as_str();
                    info!(artifact.sha256 = %sha256, verdict.outcome = outcome, event.took_ms, "judged an upload");
                    if published == queue::Published::Duplicate {
                        debug!(artifact.sha256 = %sha256, "this verdict was given before");
                    }
                    return;
                }
                Err(queue::Error::TooLarge { size, limit }) if shrink(&mut event) => {
                    warn!(artifact.sha256 = %event.verdict.sha256, size, limit, "shortened a verdict for the queue");
                }
                Err(error) => {
                    warn!(artifact.sha256 = %event.verdict.sha256, %error, "a verdict is not confirmed yet");
                    attempt += 1;
                    tokio::time::sleep(pause(attempt)).await;
                }
            }
        }
    }
}

async fn settle(delivery: Delivery, outcome: queue::Outcome) -> bool {
    let settled = delivery.settle(outcome).await;
    if let Err(error) = &settled {
        // Not lost: it comes back, and whatever was done for it is done again under the same ids.
        warn!(%error, "an upload could not be settled");
    }
    settled.is_ok()
}

/// 0 for a verdict that was given without reading the file: what is read later supersedes it, also under the same rules.
fn revision(verdict: &Verdict) -> u32 {
    let unread = verdict.outcome == Outcome::Incomplete && verdict.findings.iter().any(|one| one.family == UNANSWERED);
    u32::from(!unread)
}

/// 1 s, 10 s, then a minute at a time.
fn pause(attempt: u32) -> Duration {
    Duration::from_secs(match attempt {
        0 | 1 => 1,
        2 | 3 => 10,
        _ => 60,
    })
}

fn unanswered(
    event: &UploadEvent,
    context: &Context,
    rulebook: model::Digest,
    rule: &str,
    title: &str,
    detail: String,
) -> Verdict {
    let finding = Finding {
        rule: rule.to_owned(),
        title: title.to_owned(),
        level: Level::High,
        family: UNANSWERED.to_owned(),
        status: RuleStatus::Stable,
        tags: Vec::new(),
        place: Place::default(),
        phase: None,
        evidence: detail.clone(),
        frame: None,
        weight: 0.0,
        novel: false,
    };
    let gap = Gap { kind: GapKind::Corrupt, member: String::new(), detail };
    let size = event.size.unwrap_or_default();
    Verdict::unanswered((&event.sha256, size), context, rulebook, analysis::ENGINE, finding, gap)
}

/// Takes off what is the least missed; false when there is nothing left. Outcome and score stay as they are.
fn shrink(event: &mut VerdictEvent) -> bool {
    if !event.sources.is_empty() {
        event.sources.clear();
        return true;
    }
    let findings = &mut event.verdict.findings;
    if findings.iter().any(|finding| finding.frame.is_some()) {
        findings.iter_mut().for_each(|finding| finding.frame = None);
        return true;
    }
    let reasons = &mut event.verdict.coverage.reasons;
    if findings.len() <= STRONGEST && reasons.len() <= STRONGEST {
        return false;
    }
    findings.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    findings.truncate(STRONGEST);
    reasons.truncate(STRONGEST);
    debug_assert!(event.verdict.outcome != Outcome::Clear || event.verdict.coverage.complete);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> UploadEvent {
        parse_upload(
            br#"{"project":"a","version":"1","filename":"a-1.whl","url":"/a-1.whl","size":3,
            "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#,
        )
        .unwrap()
    }

    fn verdict() -> Verdict {
        let rulebook = model::Digest::of(b"rules");
        unanswered(&event(), &event().context(), rulebook, Why::Missing.rule(), Why::Missing.title(), "404".to_owned())
    }

    #[test]
    fn a_file_that_was_never_read_is_incomplete_and_says_why() {
        let verdict = verdict();
        assert_eq!(verdict.outcome, Outcome::Incomplete);
        assert!(!verdict.coverage.complete);
        assert_eq!(verdict.findings[0].rule, "fetch-missing");
        assert_eq!(verdict.summary, Why::Missing.title());
        assert_eq!(revision(&verdict), 0, "what is read later takes its place");
        let found = Verdict { findings: Vec::new(), ..verdict };
        assert_eq!(revision(&found), 1, "read, though not whole");
    }

    #[test]
    fn a_verdict_that_is_too_large_loses_detail_but_not_its_outcome() {
        let mut event = VerdictEvent {
            upload_id: "1".to_owned(),
            upload: event(),
            verdict: verdict(),
            decided_by: "machine".to_owned(),
            revision: 1,
            took_ms: 1,
            sources: vec![model::SourceText::default()],
        };
        event.verdict.outcome = Outcome::Hold;
        let mut strong = event.verdict.findings[0].clone();
        strong.weight = 5.0;
        strong.frame = Some(model::Frame::default());
        event.verdict.findings.resize(5000, event.verdict.findings[0].clone());
        event.verdict.findings.push(strong);
        let mut steps = 0;
        while shrink(&mut event) {
            steps += 1;
            assert!(steps < 5);
        }
        assert_eq!(steps, 3);
        assert_eq!(event.verdict.outcome, Outcome::Hold);
        assert_eq!((event.verdict.findings.len(), event.verdict.findings[0].weight), (STRONGEST, 5.0));
    }
}
