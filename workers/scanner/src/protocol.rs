//! What the supervisor and an examining child say to each other over the child's stdin and stdout.
//!
//! The supervisor sends one [`Setup`] with the rulebook, then requests; the child sends one [`Hello`], then answers.
//! The child is taken for compromised: it has read an attacker's bytes. So the supervisor bounds what it reads from
//! it, and believes an answer only when [`Answer::believe`] finds it consistent with what was asked.

use std::io::{self, Read, Write};

use analysis::score::ScoreLine;
use model::{Artifact, Context, Difference, Digest, Outcome, RuleStatus, SourceText, Verdict};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::sandbox::Lockdown;

/// Bytes of one JSON frame from the child. A verdict has bounded findings with bounded evidence.
const ANSWER_LIMIT: u64 = 16 * 1024 * 1024;
/// Bytes of one JSON frame from the supervisor, which is trusted; the bound only makes a broken stream an error.
const REQUEST_LIMIT: u64 = 1024 * 1024;
/// Bytes of a rulebook or an artifact.
const BLOB_LIMIT: u64 = 4 * 1024 * 1024 * 1024;
/// Findings in one answer.
const FINDINGS_LIMIT: usize = 10_000;

/// The first frame to a child; the rulebook's bytes follow it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Setup {
    /// Bytes of private memory the child may have, before its own stack.
    pub memory: u64,
}

/// The first frame from a child: what it loaded.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub rulebook: Digest,
    pub engine: String,
    /// What it gave up. A child that lies here has seen no archive yet: it is our own code.
    #[serde(default)]
    pub lockdown: Lockdown,
}

/// One examination; the bytes of the release before follow it when `context.previous` names one, then the artifact's.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    pub context: Context,
    /// Of the bytes, by the supervisor, which had to count it anyway.
    pub sha256: Digest,
    /// When the child ends itself, in case the supervisor is gone.
    pub deadline_ms: u64,
}

/// What an examination gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub verdict: Verdict,
    /// Source to show beside the findings, when the project is small and there is something to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceText>,
    /// How the score came about, a line a rule: what is explained, and what weights are learned from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ScoreLine>,
    /// What the release before had not, when there was one to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Box<Difference>>,
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is about another artifact, rulebook, engine or context")]
    AnotherQuestion,
    #[error("the answer contradicts itself: {0}")]
    Contradiction(&'static str),
}

impl Answer {
    /// A verdict that no examination gave.
    pub fn alone(verdict: Verdict) -> Self {
        Self { verdict, sources: Vec::new(), lines: Vec::new(), difference: None }
    }

    /// Checks an answer against what was asked. A child that was taken over can still lie about its own artifact, but
    /// not speak for another one, name another rulebook, or say clear about what it did not read.
    pub fn believe(self, artifact: &Artifact, context: &Context, hello: &Hello) -> Result<Self, AnswerError> {
        let verdict = &self.verdict;
        if verdict.schema != Verdict::SCHEMA
            || verdict.sha256 != artifact.sha256
            || verdict.bytes_packed != artifact.bytes.len() as u64
            || verdict.filename != context.filename
            || verdict.context != context.digest()
            || verdict.rulebook != hello.rulebook
            || verdict.engine != hello.engine
            || verdict.previous != context.previous
            || self.difference.as_ref().map(|difference| &difference.previous) != context.previous.as_ref()
        {
            return Err(AnswerError::AnotherQuestion);
        }
        if verdict.coverage.complete != verdict.coverage.reasons.is_empty() {
            return Err(AnswerError::Contradiction("coverage and its reasons disagree"));
        }
        match verdict.outcome {
            Outcome::Clear if !verdict.coverage.complete => {
                return Err(AnswerError::Contradiction("clear, although something was not read"));
            }
            Outcome::Incomplete if verdict.coverage.complete => {
                return Err(AnswerError::Contradiction("incomplete, although everything was read"));
            }
            _ => {}
        }
        if !(0.0..=100.0).contains(&verdict.score) {
            return Err(AnswerError::Contradiction("the score is outside 0 to 100"));
        }
        if verdict.findings.len() > FINDINGS_LIMIT {
            return Err(AnswerError::Contradiction("too many findings"));
        }
        if self.difference.as_ref().is_some_and(|difference| {
            difference.changes.len() > Difference::CHANGES
                || difference.changes.iter().any(|change| !change.weight.is_finite())
        }) {
            return Err(AnswerError::Contradiction("too many changes, or one without a weight"));
        }
        let finite = |line: &ScoreLine| {
            [line.base, line.phase, line.role, line.elsewhere, line.adds].into_iter().all(f64::is_finite)
        };
        if self.lines.len() > FINDINGS_LIMIT || !self.lines.iter().all(finite) {
            return Err(AnswerError::Contradiction("a line of the score is no number"));
        }
        for finding in &verdict.findings {
            if !finding.weight.is_finite() {
                return Err(AnswerError::Contradiction("a weight is no number"));
            }
            if finding.status == RuleStatus::Experimental && finding.weight != 0.0 {
                return Err(AnswerError::Contradiction("a shadow rule has a weight"));
            }
        }
        Ok(self)
    }
}

/// Writes a value as one frame.
pub fn send(stream: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    send_blob(stream, &serde_json::to_vec(value)?)
}

/// Writes bytes as one frame.
pub fn send_blob(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(&(bytes.len() as u64).to_be_bytes())?;
    stream.write_all(bytes)?;
    stream.flush()
}

/// Reads a frame that the supervisor wrote; `None` at the end of the stream.
pub fn receive_request<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<Option<T>> {
    let Some(length) = length(stream, REQUEST_LIMIT)? else { return Ok(None) };
    let mut bytes = Vec::new();
    read_exactly(stream, length, &mut bytes)?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// Reads bytes that the supervisor wrote. Its length is believed, so that an artifact is not copied while it grows. The
/// room of `spare` is used again where it is enough.
pub fn receive_blob(stream: &mut impl Read, spare: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = length(stream, BLOB_LIMIT)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let room = usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    // One that is too small is dropped before the larger one is there, not copied into it.
    let mut bytes = if spare.capacity() < room { Vec::new() } else { spare };
    bytes.clear();
    bytes.try_reserve_exact(room).map_err(|_| io::ErrorKind::OutOfMemory)?;
    read_exactly(stream, length, &mut bytes)?;
    Ok(bytes)
}

/// Reads a frame that the child wrote. Nothing is allocated from its length.
pub fn receive_answer<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<T> {
    let length = length(stream, ANSWER_LIMIT)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut bytes = Vec::new();
    read_exactly(stream, length, &mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn length(stream: &mut impl Read, limit: u64) -> io::Result<Option<u64>> {
    let mut prefix = Vec::with_capacity(8);
    stream.by_ref().take(8).read_to_end(&mut prefix)?;
    if prefix.is_empty() {
        return Ok(None);
    }
    let prefix: [u8; 8] = prefix.try_into().map_err(|_| io::ErrorKind::UnexpectedEof)?;
    let length = u64::from_be_bytes(prefix);
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes, {limit} allowed")));
    }
    Ok(Some(length))
}

fn read_exactly(stream: &mut impl Read, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let read = stream.by_ref().take(length).read_to_end(bytes)?;
    if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Coverage, Finding, Gap, GapKind, Level, Place};

    fn question() -> (Artifact, Context, Hello) {
        let lockdown = Lockdown::default();
        let hello = Hello { rulebook: Digest::of(b"rules"), engine: "gatehouse/test".to_owned(), lockdown };
        (Artifact::new(b"PK".to_vec()), Context::named("a-1.whl"), hello)
    }

    fn finding(status: RuleStatus, weight: f64) -> Finding {
        Finding {
            rule: "a-rule".to_owned(),
            title: "A rule".to_owned(),
            level: Level::High,
            family: "test".to_owned(),
            status,
            tags: Vec::new(),
            place: Place::default(),
            phase: None,
            evidence: String::new(),
            frame: None,
            weight,
            novel: false,
        }
    }

    fn answer() -> Answer {
        let (artifact, context, hello) = question();
        let gap = Gap { kind: GapKind::Crash, member: String::new(), detail: String::new() };
        let size = artifact.bytes.len() as u64;
        let mut verdict = Verdict::unanswered(
            (&artifact.sha256, size),
            &context,
            hello.rulebook,
            &hello.engine,
            finding(RuleStatus::Stable, 0.0),
            gap,
        );
        verdict.outcome = Outcome::Clear;
        verdict.coverage = Coverage::from_gaps(Vec::new());
        Answer::alone(verdict)
    }

    #[test]
    fn an_honest_answer_is_believed() {
        let (artifact, context, hello) = question();
        let mut wire = Vec::new();
        send(&mut wire, &answer()).unwrap();
        let received: Answer = receive_answer(&mut wire.as_slice()).unwrap();
        assert_eq!(received.believe(&artifact, &context, &hello), Ok(answer()));
    }

    #[test]
    fn a_child_cannot_speak_for_another_artifact() {
        let (artifact, context, hello) = question();
        let changes: [fn(&mut Verdict); 7] = [
            |verdict| verdict.sha256 = Digest::of(b"other"),
            |verdict| verdict.rulebook = Digest::of(b"other"),
            |verdict| verdict.context = Digest::of(b"other"),
            |verdict| verdict.engine = "other".to_owned(),
            |verdict| verdict.filename = "other".to_owned(),
            |verdict| verdict.bytes_packed += 1,
            |verdict| {
                let (version, sha256) = ("0".to_owned(), Digest::of(b"never asked"));
                verdict.previous = Some(model::Previous { version, sha256, filename: None, size: None, url: None });
            },
        ];
        for change in changes {
            let mut answer = answer();
            change(&mut answer.verdict);
            assert_eq!(answer.believe(&artifact, &context, &hello), Err(AnswerError::AnotherQuestion));
        }
    }

    #[test]
    fn a_contradiction_is_not_believed() {
        let (artifact, context, hello) = question();
        let gap = || vec![Gap { kind: GapKind::Limit, member: String::new(), detail: String::new() }];
        let changes: [&dyn Fn(&mut Verdict); 7] = [
            &|verdict| verdict.coverage = Coverage::from_gaps(gap()),
            &|verdict| verdict.coverage.reasons = gap(),
            &|verdict| verdict.outcome = Outcome::Incomplete,
            &|verdict| verdict.score = 100.1,
            &|verdict| verdict.score = f64::NAN,
            &|verdict| verdict.findings = vec![finding(RuleStatus::Experimental, 1.0)],
            &|verdict| verdict.findings = vec![finding(RuleStatus::Stable, f64::INFINITY)],
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut answer = answer();
            change(&mut answer.verdict);
            let error = answer.believe(&artifact, &context, &hello).unwrap_err();
            assert!(matches!(error, AnswerError::Contradiction(_)), "{index}: {error}");
        }
    }

    #[test]
    fn a_frame_longer_than_its_limit_is_refused_before_it_is_read() {
        let mut wire = (ANSWER_LIMIT + 1).to_be_bytes().to_vec();
        wire.extend_from_slice(b"{}");
        let error = receive_answer::<Answer>(&mut wire.as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error_and_one_that_ends_between_frames_is_not() {
        let mut wire = Vec::new();
        send(&mut wire, &Request { context: Context::named("a"), sha256: Digest::of(b"a"), deadline_ms: 1 }).unwrap();
        assert!(receive_request::<Request>(&mut &wire[..wire.len() - 1]).is_err());
        assert!(receive_request::<Request>(&mut &wire[..3]).is_err());
        assert!(receive_request::<Request>(&mut &wire[..0]).unwrap().is_none());
        assert_eq!(receive_request::<Request>(&mut wire.as_slice()).unwrap().unwrap().deadline_ms, 1);
    }
}
