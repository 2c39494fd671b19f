#![doc = include_str!("../README.md")]

mod config;
mod key_file;
mod role;

use attest::{Clearance, Policy, SigningKey};
use model::{Attestation, VerdictEvent};

pub use config::SignerConfig;
pub use key_file::{load, load_or_create};
pub use role::{SLOTS, run};

/// Holds the key and nothing else of value.
pub struct Signer {
    key: SigningKey,
    policy: Policy,
}

impl Signer {
    pub fn new(key: SigningKey, policy: Policy) -> Self {
        Self { key, policy }
    }

    /// The statements about one verdict. `created` is RFC 3339.
    ///
    /// A human's decision arrives as a superseding verdict event: cleared by a human means a moderator's clearance.
    pub fn sign(&self, event: &VerdictEvent, created: &str) -> Vec<Attestation> {
        let cleared_by_human = event.decided_by == "human" && event.verdict.outcome == model::Outcome::Clear;
        let clearance = if cleared_by_human { Clearance::Moderator } else { Clearance::Machine };
        attest::attest(&event.verdict, event.revision, clearance, &self.policy, created, &self.key)
    }

    /// The ring a verifier needs, as JSON.
    pub fn key_ring(&self) -> String {
        attest::KeyRing::of(&self.key.public()).to_json()
    }
}
