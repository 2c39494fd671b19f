//! A finding: a rule, the place it speaks of, and the evidence.

use serde::{Deserialize, Serialize};

/// Sigma's levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// When code runs. The order is that of danger: the earlier, the less the user did to make it run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// `setup.py`, a build backend, a cmdclass hook: runs on `pip install`.
    Install,
    /// `.pth`, `sitecustomize`: runs whenever the interpreter starts.
    Startup,
    /// Module level of an installed package, and what it calls.
    Import,
    /// The body of a function that somebody has to call.
    Call,
    /// Tests, documentation, examples: nothing installed runs it.
    Never,
}

impl Phase {
    pub const ALL: [Self; 5] = [Self::Install, Self::Startup, Self::Import, Self::Call, Self::Never];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Startup => "startup",
            Self::Import => "import",
            Self::Call => "call",
            Self::Never => "never",
        }
    }
}

/// Sigma's life cycle. Invariant: a finding of an experimental (shadow) rule never changes an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleStatus {
    Experimental,
    Test,
    Stable,
    Deprecated,
}

/// A group of rules that share evidence; the score caps what one family can add.
pub type Family = String;

/// Where in an artifact something is. Lines and columns count from 1; 0 means the whole member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The member's path inside the archive, nested archives joined by `!/`; empty for the archive itself.
    pub member: String,
    pub line: u32,
    /// In characters.
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    /// The decoded layers between the member and this place, outermost first; empty for the member's own text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerStep>,
}

/// One decoding step: what was done, and to what span of the text above it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LayerStep {
    /// Names of [`crate::Operation`]s, in the order in which they were applied.
    pub operations: Vec<String>,
    /// Line of the parent text where the decoded value is made.
    pub line: u32,
    /// Size of the decoded text in bytes.
    pub size: u64,
    /// sha256 of the decoded text.
    pub sha256: crate::Digest,
}

/// A few lines of source around a place, cut so that a page or a terminal can show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub lines: Vec<FrameLine>,
}

/// One line of a frame, windowed around the span when it is long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrameLine {
    pub number: u32,
    /// Hostile text: escape it for whatever it is written to.
    pub text: String,
    /// The marked characters of `text`, as offsets in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<(u32, u32)>,
    /// Characters left out before and after `text`.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut_before: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub cut_after: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A rule that hit, where, and why it matters here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id, never reused.
    pub rule: String,
    /// The sentence a moderator reads.
    pub title: String,
    pub level: Level,
    pub family: Family,
    pub status: RuleStatus,
    /// ATT&CK tags such as `attack.t1105`.
    pub tags: Vec<String>,
    #[serde(flatten)]
    pub place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What was seen, in one line: hostile text, escape it.
    pub evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// What it adds to the score, in log-odds, after caps. Zero for a shadow rule.
    pub weight: f64,
    /// The release before did not have what the rule speaks of here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub novel: bool,
}
