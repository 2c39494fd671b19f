#![doc = include_str!("../README.md")]

mod artifact;
mod difference;
mod digest;
mod event;
mod fact;
mod finding;
mod heartbeat;
mod operation;
mod untrusted;
mod verdict;

pub use artifact::{Artifact, Context, Filename, PackageType, Previous};
pub use difference::{Change, Difference};
pub use digest::{Digest, DigestParseError, Digester};
pub use event::{
    Attestation, Decision, DecisionKind, EventError, SCHEMA_UPLOAD, SourceText, TYPE_DECISION, TYPE_UPLOAD,
    TYPE_VERDICT, UploadEvent, VerdictEvent, cloud_event, parse_upload,
};
pub use fact::{CATALOGUE, CategoryDoc, Fact, FactKind, FieldDoc, FieldType, FieldValue, facts};
pub use finding::{Family, Finding, Frame, FrameLine, LayerStep, Level, Phase, Place, RuleStatus};
pub use heartbeat::Heartbeat;
pub use operation::Operation;
pub use untrusted::{Terminal, escape_terminal, is_deceptive};
pub use verdict::{Coverage, Gap, GapKind, Outcome, Verdict};
