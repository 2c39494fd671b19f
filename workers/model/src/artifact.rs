//! What is judged: bytes, and what the index says about them.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// One uploaded file: its bytes and their sha256.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub bytes: Vec<u8>,
    pub sha256: Digest,
}

impl Artifact {
    pub fn new(bytes: Vec<u8>) -> Self {
        let sha256 = Digest::of(&bytes);
        Self { bytes, sha256 }
    }
}

/// What is known of an artifact from outside it. All of it is part of the verdict's identity:
/// same bytes, same context, same rulebook, same verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The name it was uploaded under; never a path on our disk.
    pub filename: String,
    /// As the index says it; when absent, read from the file name, then from the metadata inside.
    pub project: Option<String>,
    pub version: Option<String>,
    /// The release before this one, when its bytes are held against these.
    pub previous: Option<Previous>,
}

/// A file of the release before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub version: String,
    pub sha256: Digest,
    /// The name it was uploaded under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Bytes, and where to fetch them; of an event alone, since they say nothing more about what the file is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Context {
    pub fn named(filename: impl Into<String>) -> Self {
        Self { filename: filename.into(), ..Self::default() }
    }

    /// The third part of a verdict's key, beside the artifact's and the rulebook's digests.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a context is plain data"))
    }
}

/// The kind of distribution, told by the archive's content and layout, never by its file name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageType {
    Sdist,
    BdistWheel,
    BdistEgg,
    /// An archive that is none of these, or no archive at all.
    #[default]
    Unknown,
}

impl PackageType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sdist => "sdist",
            Self::BdistWheel => "bdist_wheel",
            Self::BdistEgg => "bdist_egg",
            Self::Unknown => "unknown",
        }
    }
}

/// Project and version as a file name claims them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filename {
    pub project: String,
    pub version: String,
}

impl Filename {
    /// Reads `name-version.tar.gz`, `name-version-tags.whl`, `name-version-py3.egg` and their kin.
    pub fn parse(filename: &str) -> Option<Self> {
        const SUFFIXES: [&str; 10] =
            [".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz", ".zip", ".whl", ".egg", ".tar"];
        let lower = filename.to_ascii_lowercase();
        let suffix = SUFFIXES.into_iter().find(|suffix| lower.ends_with(suffix))?;
        let stem = &filename[..filename.len() - suffix.len()];
        let (project, version) = if suffix == ".whl" || suffix == ".egg" {
            let mut parts = stem.split('-');
            (parts.next()?, parts.next()?)
        } else {
            // A project may hold dashes; a version starts with a digit (or an old style letter, which we let go).
            let mut at = stem
                .match_indices('-')
                .map(|(at, _)| at)
                .filter(|at| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
            let at = at.next_back().or_else(|| stem.rfind('-'))?;
            (&stem[..at], &stem[at + 1..])
        };
        (!project.is_empty() && !version.is_empty())
            .then(|| Self { project: project.to_owned(), version: version.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_say_project_and_version() {
        let parse = |name| Filename::parse(name).map(|f| (f.project, f.version));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(parse("evil_pkg-1.0.1.tar.gz"), pair("evil_pkg", "1.0.1"));
        assert_eq!(parse("a-b-c-2.0.zip"), pair("a-b-c", "2.0"));
        assert_eq!(parse("demo-1.0-py3-none-any.whl"), pair("demo", "1.0"));
        assert_eq!(parse("old-1.0-py2.7.egg"), pair("old", "1.0"));
        assert_eq!(parse("readme.txt"), None);
    }

    #[test]
    fn a_context_has_one_digest() {
        let one = Context::named("a-1.tar.gz");
        assert_eq!(one.digest(), one.clone().digest());
        assert_ne!(one.digest(), Context::named("b-1.tar.gz").digest());
    }
}
