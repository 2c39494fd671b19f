//! What the signer is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignerConfig {
    /// File with the private key, PKCS#8 PEM, readable by its owner alone.
    pub key: PathBuf,
    /// Identity of this verifier, a URI.
    pub verifier: String,
    /// Where reports are served, without the sha256 at the end.
    pub reports: String,
}

impl Default for SignerConfig {
    fn default() -> Self {
        Self {
            key: PathBuf::from("signer.pem"),
            verifier: "https://scanner.example/gatehouse/v1".to_owned(),
            reports: "https://scanner.example/reports/sha256".to_owned(),
        }
    }
}

impl SignerConfig {
    pub fn policy(&self) -> attest::Policy {
        attest::Policy { verifier: self.verifier.clone(), reports: self.reports.clone() }
    }
}
