//! What travels on the queues: CloudEvents 1.0 in JSON structured mode, or the bare `data` of an upload.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Context, Digest, Outcome, Previous, Verdict};

pub const TYPE_UPLOAD: &str = "gatehouse.file.uploaded.v1";
pub const TYPE_VERDICT: &str = "gatehouse.file.verdict.v1";
pub const TYPE_DECISION: &str = "gatehouse.case.decided.v1";
pub const SCHEMA_UPLOAD: &str = "upload.v1";

/// A file was uploaded. The bytes are fetched by the scanner, and believed only when their sha256 is this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadEvent {
    /// The event's id, for deduplication together with `source`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    pub project: String,
    pub version: String,
    pub filename: String,
    pub sha256: Digest,
    /// Bytes, as the index says; counted again while reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where to fetch it. In a fleet only its path is used, below the configured index; `file:` only in embedded mode.
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_by: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

impl UploadEvent {
    pub fn context(&self) -> Context {
        Context {
            filename: self.filename.clone(),
            project: Some(self.project.clone()),
            version: Some(self.version.clone()),
            previous: self.previous.clone().map(|previous| Previous { size: None, url: None, ..previous }),
        }
    }

    /// The id of an event that has none. The same bytes under the same name are the same upload: sent twice, it counts
    /// once.
    pub fn content_id(&self) -> String {
        format!("{}:{}", self.sha256, self.context().digest().short())
    }

    /// The package URL with the file name, the `subject` of its events.
    pub fn subject(&self) -> String {
        subject(&self.project, &self.version, &self.filename)
    }

    /// Stable over retries and short enough for any broker: an event is known by its source and id together.
    pub fn message_id(&self) -> String {
        if self.source.is_empty() && self.id.len() <= 128 {
            return self.id.clone();
        }
        Digest::of(format!("{}\0{}", self.source, self.id).as_bytes()).to_string()
    }
}

fn subject(project: &str, version: &str, filename: &str) -> String {
    format!("pkg:pypi/{project}@{version}?file_name={filename}")
}

/// Why an upload event cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("an event is at most {limit} bytes, this has {size}")]
    TooLarge { size: usize, limit: usize },
    #[error("not JSON: {0}")]
    Json(String),
    #[error("event type {0:?} is not {TYPE_UPLOAD:?}")]
    Type(String),
    #[error("not an upload event: {0}")]
    Shape(String),
}

/// Reads an upload event, as a CloudEvent or as its bare `data`.
pub fn parse_upload(body: &[u8]) -> Result<UploadEvent, EventError> {
    const LIMIT: usize = 64 * 1024;
    if body.len() > LIMIT {
        return Err(EventError::TooLarge { size: body.len(), limit: LIMIT });
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| EventError::Json(error.to_string()))?;
    let (data, id, source) = if value.get("specversion").is_some() {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text("type") != TYPE_UPLOAD {
            return Err(EventError::Type(text("type")));
        }
        (value.get("data").cloned().unwrap_or(Value::Null), text("id"), text("source"))
    } else {
        (value, String::new(), String::new())
    };
    let mut event: UploadEvent = serde_json::from_value(data).map_err(|error| EventError::Shape(error.to_string()))?;
    if !id.is_empty() {
        event.id = id;
        event.source = source;
    }
    let plain = |text: &str| !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control);
    for (field, text) in [("project", &event.project), ("version", &event.version), ("filename", &event.filename)] {
        if !plain(text) {
            return Err(EventError::Shape(format!("`{field}` must be 1 to 512 characters without controls")));
        }
    }
    if event.filename.contains(['/', '\\']) {
        return Err(EventError::Shape("`filename` must not hold a path".to_owned()));
    }
    if event.id.is_empty() {
        event.id = event.content_id();
    }
    Ok(event)
}

/// An examination that gave a verdict, as it travels from the scanner to recorder and signer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictEvent {
    /// The upload's event id.
    pub upload_id: String,
    pub upload: UploadEvent,
    pub verdict: Verdict,
    /// `machine`, or `human` for a decision that supersedes it.
    pub decided_by: String,
    pub revision: u32,
    pub took_ms: u64,
    /// Source that a moderator reads beside the findings, when the artifact's Python is small enough to be shown whole.
    /// Not part of the verdict, which is about places, not about text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceText>,
}

/// A member's text, or its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    pub member: String,
    /// Hostile text: escape it for whatever it is written to.
    pub text: String,
    /// Bytes of the member's text that were left out.
    #[serde(default)]
    pub cut: u64,
}

/// A signed statement about a verdict, as it travels from the signer to the recorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    /// The verdict's key.
    pub sha256: Digest,
    pub rulebook: Digest,
    pub context: Digest,
    /// The verdict event's revision it speaks of.
    pub revision: u32,
    /// The in-toto predicate type.
    pub predicate_type: String,
    /// The DSSE envelope.
    pub envelope: Value,
    /// RFC 3339.
    pub created: String,
}

impl Attestation {
    /// Stable over retries: signing the same verdict again replaces nothing.
    pub fn message_id(&self) -> String {
        let kind = self.predicate_type.rsplit("attestation/").next().unwrap_or_default();
        format!("{}:{}:{}:{}:{kind}", self.sha256, self.rulebook.short(), self.context.short(), self.revision)
    }
}

/// What a moderator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// It is malware.
    Confirm,
    /// The rule is wrong.
    FalsePositive,
    /// The rule is right, the behaviour is legitimate here.
    BenignTrigger,
    /// Against a policy, but not malware.
    Policy,
    Duplicate,
    NotEnoughEvidence,
    /// Takes the last decision back.
    Undo,
}

impl DecisionKind {
    pub const ALL: [Self; 7] = [
        Self::Confirm,
        Self::FalsePositive,
        Self::BenignTrigger,
        Self::Policy,
        Self::Duplicate,
        Self::NotEnoughEvidence,
        Self::Undo,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::FalsePositive => "false-positive",
            Self::BenignTrigger => "benign-trigger",
            Self::Policy => "policy",
            Self::Duplicate => "duplicate",
            Self::NotEnoughEvidence => "not-enough-evidence",
            Self::Undo => "undo",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether the case is closed as not malicious.
    pub const fn dismisses(self) -> bool {
        matches!(
            self,
            Self::FalsePositive | Self::BenignTrigger | Self::Policy | Self::Duplicate | Self::NotEnoughEvidence
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub case_id: i64,
    pub kind: DecisionKind,
    pub actor: String,
    pub reason: String,
    /// Rules the moderator cited.
    pub cited: Vec<String>,
    /// RFC 3339.
    pub time: String,
}

/// Wraps `data` in a CloudEvent. `time` is RFC 3339.
pub fn cloud_event(kind: &str, source: &str, id: &str, time: &str, subject: &str, data: &impl Serialize) -> Value {
    serde_json::json!({
        "specversion": "1.0",
        "type": kind,
        "source": source,
        "id": id,
        "time": time,
        "subject": subject,
        "datacontenttype": "application/json",
        "data": data,
    })
}

impl VerdictEvent {
    /// The body an index receives: short, without the findings' frames.
    pub fn public(&self, case_url: Option<&str>) -> Value {
        let verdict = &self.verdict;
        serde_json::json!({
            "outcome": verdict.outcome,
            "revision": self.revision,
            "decided_by": self.decided_by,
            "project": verdict.project,
            "version": verdict.version,
            "filename": verdict.filename,
            "sha256": verdict.sha256,
            "summary": verdict.summary,
            "score": verdict.score,
            "complete": verdict.coverage.complete,
            "reasons": verdict.scored_findings().map(|finding| serde_json::json!({
                "rule": finding.rule,
                "level": finding.level,
                "path": finding.place.member,
                "lines": [finding.place.line, finding.place.end_line],
                "layer": finding.place.layers.len(),
            })).collect::<Vec<_>>(),
            "ruleset": format!("sha256:{}", verdict.rulebook),
            "engine": verdict.engine,
            "upload_id": self.upload_id,
            "case_url": case_url,
            "took_ms": self.took_ms,
        })
    }

    pub fn subject(&self) -> String {
        subject(&self.verdict.project, &self.verdict.version, &self.verdict.filename)
    }

    /// Stable over retries: consumers deduplicate on it.
    pub fn message_id(&self) -> String {
        let verdict = &self.verdict;
        format!("{}:{}:{}:{}", verdict.sha256, verdict.rulebook.short(), verdict.context.short(), self.revision)
    }

    /// Whether the index should keep the file from being installed until a human has looked.
    pub fn holds(&self) -> bool {
        self.verdict.outcome == Outcome::Hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#"{"project":"evil-pkg","version":"1.0.1","filename":"evil_pkg-1.0.1.tar.gz",
        "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3,"url":"https://index.example/f"}"#;

    #[test]
    fn a_cloud_event_and_its_data_are_one_upload() {
        let bare = parse_upload(BARE.as_bytes()).unwrap();
        let wrapped = format!(
            r#"{{"specversion":"1.0","type":"{TYPE_UPLOAD}","source":"/index/example","id":"01J","data":{BARE}}}"#
        );
        let wrapped = parse_upload(wrapped.as_bytes()).unwrap();
        assert_eq!(wrapped.id, "01J");
        assert_eq!(wrapped.context(), bare.context());
        assert_eq!(bare.id, parse_upload(BARE.as_bytes()).unwrap().id);
    }

    #[test]
    fn hostile_events_are_refused_with_a_reason() {
        for (body, says) in [
            ("{", "not JSON"),
            (r#"{"specversion":"1.0","type":"other"}"#, "event type"),
            (r#"{"project":"a"}"#, "missing field"),
            (&BARE.replace("evil_pkg-1.0.1.tar.gz", "../x.tar.gz"), "path"),
            (&BARE.replace("1.0.1\",", "1\\u0000\","), "controls"),
            (&"[".repeat(60_000), "recursion"),
        ] {
            let error = parse_upload(body.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
