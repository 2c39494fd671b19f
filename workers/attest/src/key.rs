//! Keys and the ring of those we believe.

use std::collections::BTreeMap;

use ed25519_dalek::{
    Signer as _, Verifier as _,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, spki::der::pem::LineEnding},
};
use model::Digest;
use serde::{Deserialize, Serialize};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
    #[error("not an ed25519 private key in PKCS#8 PEM: {0}")]
    Private(String),
    #[error("not an ed25519 public key: {0}")]
    Public(String),
    #[error("not a key ring: {0}")]
    Ring(#[source] serde_json::Error),
    #[error("key {listed} is listed under another id than its own, {own}")]
    Id { listed: String, own: String },
}

/// A private key. It has no `Debug` and is never logged.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Randomness(error.to_string()))?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|error| KeyError::Private(error.to_string()))
    }

    /// PKCS#8 PEM, to be written to a file that only the signer may read.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|error| KeyError::Private(error.to_string()))?;
        Ok(pem.to_string())
    }

    pub fn public(&self) -> PublicKey {
        PublicKey {
            keytype: "ed25519".to_owned(),
            keyval: KeyValue { public: hex::encode(self.0.verifying_key().as_bytes()) },
            scheme: "ed25519".to_owned(),
        }
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// A public key in securesystemslib's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    pub keytype: String,
    pub keyval: KeyValue,
    pub scheme: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// 64 hex digits.
    pub public: String,
}

impl PublicKey {
    /// sha256 of the key's canonical JSON: keys sorted, no blanks. Its values are hex and names, so nothing is escaped.
    pub fn keyid(&self) -> String {
        let Self { keytype, keyval: KeyValue { public }, scheme } = self;
        let canonical = format!(r#"{{"keytype":"{keytype}","keyval":{{"public":"{public}"}},"scheme":"{scheme}"}}"#);
        Digest::of(canonical.as_bytes()).to_string()
    }

    pub(crate) fn verifies(&self, bytes: &[u8], signature: &[u8; 64]) -> Result<bool, KeyError> {
        if self.keytype != "ed25519" || self.scheme != "ed25519" {
            return Err(KeyError::Public(format!("type {:?}, scheme {:?}", self.keytype, self.scheme)));
        }
        let mut public = [0; 32];
        hex::decode_to_slice(&self.keyval.public, &mut public).map_err(|error| KeyError::Public(error.to_string()))?;
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|error| KeyError::Public(error.to_string()))?;
        Ok(key.verify(bytes, &ed25519_dalek::Signature::from_bytes(signature)).is_ok())
    }
}

/// The keys a verifier believes, by id: the file `keys.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing {
    pub keys: BTreeMap<String, RingKey>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingKey {
    #[serde(flatten)]
    pub key: PublicKey,
    /// RFC 3339; statements made outside of the span are not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
}

impl KeyRing {
    pub fn of(key: &PublicKey) -> Self {
        let ring_key = RingKey { key: key.clone(), valid_from: None, valid_to: None };
        Self { keys: BTreeMap::from([(key.keyid(), ring_key)]) }
    }

    /// Invariant: every key is listed under its own id, so that no entry can answer for another key.
    pub fn from_json(json: &[u8]) -> Result<Self, KeyError> {
        let ring: Self = serde_json::from_slice(json).map_err(KeyError::Ring)?;
        for (listed, entry) in &ring.keys {
            let own = entry.key.keyid();
            if *listed != own {
                return Err(KeyError::Id { listed: listed.clone(), own });
            }
        }
        Ok(ring)
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a key ring is plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file() {
        let key = SigningKey::generate().unwrap();
        let read = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(read.public(), key.public());
        assert!(SigningKey::from_pem("no key").is_err());
    }

    #[test]
    fn a_ring_refuses_a_key_under_a_foreign_id() {
        let mine = SigningKey::generate().unwrap().public();
        let ring = KeyRing::of(&mine);
        assert_eq!(KeyRing::from_json(ring.to_json().as_bytes()).unwrap(), ring);
        let other = SigningKey::generate().unwrap().public().keyid();
        let forged = ring.to_json().replacen(&mine.keyid(), &other, 1);
        assert!(matches!(KeyRing::from_json(forged.as_bytes()), Err(KeyError::Id { .. })));
    }
}
