//! Dead Simple Signing Envelope: what is signed is the payload with its type and length, never a re-encoding.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::SigningKey;

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Base64, padded.
    pub payload: String,
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    pub signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Never empty: securesystemslib finds the key by it.
    pub keyid: String,
    /// Base64 of the 64 raw bytes.
    pub sig: String,
}

impl Envelope {
    pub fn sign(payload: &[u8], key: &SigningKey) -> Self {
        Self::sign_as(PAYLOAD_TYPE, payload, key)
    }

    pub(crate) fn sign_as(payload_type: &str, payload: &[u8], key: &SigningKey) -> Self {
        let signature = key.sign(&pre_authentication_encoding(payload_type, payload));
        Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![Signature { keyid: key.public().keyid(), sig: STANDARD.encode(signature) }],
        }
    }

    /// The payload's bytes, or `None` if they are no base64.
    pub fn payload(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.payload).ok()
    }

    /// The bytes that a signature of this envelope covers.
    pub(crate) fn signed_bytes(&self) -> Option<Vec<u8>> {
        Some(pre_authentication_encoding(&self.payload_type, &self.payload()?))
    }
}

impl Signature {
    pub(crate) fn bytes(&self) -> Option<[u8; 64]> {
        STANDARD.decode(&self.sig).ok()?.try_into().ok()
    }
}

/// `DSSEv1 <len> <type> <len> <body>`: the type is signed too, so that no payload can be read as another kind.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_specification_does() {
        assert_eq!(
            pre_authentication_encoding("http://example.test/HelloWorld", b"hello world"),
            b"DSSEv1 30 http://example.test/HelloWorld 11 hello world"
        );
    }
}
