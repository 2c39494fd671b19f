//! The verdict: the answer to one artifact, complete enough to be replayed and argued.

use serde::{Deserialize, Serialize};

use crate::{Context, Digest, Finding, PackageType, Previous, RuleStatus};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every member was read whole by every analyser that applies, and nothing was found that matters.
    Clear,
    /// Something was not read, and nothing was found. Never shown as clear.
    Incomplete,
    Review,
    Hold,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Clear, Self::Incomplete, Self::Review, Self::Hold];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Incomplete => "incomplete",
            Self::Review => "review",
            Self::Hold => "hold",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// A limit on size, count, depth or ratio stopped the reading.
    Limit,
    /// Encrypted, or packed with a method nobody here can unpack.
    Unsupported,
    /// Cut short or damaged.
    Corrupt,
    /// Source that no codec or parser could read.
    Unparsable,
    /// An analyser ran out of its time.
    Timeout,
    /// The process that examined it ended before it could answer.
    Crash,
}

/// One thing that was not read, or not by every analyser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    pub kind: GapKind,
    /// The member, empty for the archive itself.
    pub member: String,
    pub detail: String,
}

/// What was read. `complete` is true when there is no gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub complete: bool,
    pub reasons: Vec<Gap>,
}

impl Coverage {
    pub fn from_gaps(mut gaps: Vec<Gap>) -> Self {
        gaps.sort();
        gaps.dedup();
        Self { complete: gaps.is_empty(), reasons: gaps }
    }
}

/// Outcome, score, findings and coverage of one artifact.
///
/// Invariant: a pure function of (artifact, context, rulebook, engine): no time, no host, no path in it.
/// Invariant: `outcome` is `clear` only if `coverage.complete`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Version of this shape.
    pub schema: u32,
    pub sha256: Digest,
    pub filename: String,
    pub project: String,
    pub version: String,
    pub packagetype: PackageType,
    pub outcome: Outcome,
    /// 0–100, the probability of malice in percent, one decimal.
    pub score: f64,
    /// One sentence: why.
    pub summary: String,
    pub coverage: Coverage,
    pub findings: Vec<Finding>,
    /// Digest of the rulebook that judged.
    pub rulebook: Digest,
    /// Name and version of the engine that judged, such as `gatehouse/0.1.0`.
    pub engine: String,
    /// Digest of the context it was judged in.
    pub context: Digest,
    pub bytes_packed: u64,
    pub bytes_unpacked: u64,
    /// How many members were read, nested ones included.
    pub members: u64,
    /// The release it was held against; absent when none was known, or could be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

impl Verdict {
    pub const SCHEMA: u32 = 1;

    /// Findings that count: not those of shadow rules.
    pub fn scored_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status != RuleStatus::Experimental)
    }

    /// The verdict on an artifact whose examination ended without an answer.
    pub fn unanswered(
        artifact: (&Digest, u64),
        context: &Context,
        rulebook: Digest,
        engine: &str,
        finding: Finding,
        gap: Gap,
    ) -> Self {
        let claimed = crate::Filename::parse(&context.filename);
        let (project, version) = claimed.map_or_else(Default::default, |name| (name.project, name.version));
        Self {
            schema: Self::SCHEMA,
            sha256: *artifact.0,
            filename: context.filename.clone(),
            project: context.project.clone().unwrap_or(project),
            version: context.version.clone().unwrap_or(version),
            packagetype: PackageType::Unknown,
            outcome: Outcome::Incomplete,
            score: 0.0,
            summary: finding.title.clone(),
            coverage: Coverage::from_gaps(vec![gap]),
            findings: vec![finding],
            rulebook,
            engine: engine.to_owned(),
            context: context.digest(),
            bytes_packed: artifact.1,
            bytes_unpacked: 0,
            members: 0,
            previous: None,
        }
    }
}
