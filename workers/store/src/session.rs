//! Who is looking: one-time login tokens and sessions. Secrets leave the store once and are kept as sha256 only.

use serde::Serialize;

use crate::{Moment, Result, StoreError};

/// What somebody may do; each role may do all that the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Moderator,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Moderator, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub actor: String,
    pub role: Role,
    /// Random, for the forms of this session.
    pub csrf: String,
    pub created_at: Moment,
    pub last_seen_at: Moment,
    /// When it ends however busy it is.
    pub expires_at: Moment,
}

/// A fresh session and the secret for its cookie, which cannot be had again.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    pub secret: String,
    pub session: Session,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSession").field("session", &self.session).finish_non_exhaustive()
    }
}

/// 256 random bits as hex.
pub(crate) fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Randomness(error.to_string()))?;
    Ok(hex::encode(bytes))
}

/// What is kept of a secret. It has 256 random bits: a plain hash cannot be searched backwards.
pub(crate) fn hash(secret: &str) -> String {
    model::Digest::of(secret.as_bytes()).to_string()
}
