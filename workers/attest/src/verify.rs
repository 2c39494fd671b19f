//! Checking a statement offline: trusted key, right type, the file's own sha256, and what it says.

use model::Digest;
use serde_json::Value;

use crate::{Envelope, KeyError, KeyRing, PAYLOAD_TYPE, statement::SVR};

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("not a DSSE envelope: {0}")]
    Envelope(String),
    #[error("payload type {0:?} is not {PAYLOAD_TYPE:?}")]
    PayloadType(String),
    #[error("signed by no key on the ring (key ids: {0})")]
    UnknownKey(String),
    #[error("the signature of key {0} does not match the payload")]
    Signature(String),
    #[error("made at {created}, when key {keyid} was not valid")]
    Expired { keyid: String, created: String },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("not an in-toto statement: {0}")]
    Statement(&'static str),
    #[error("the statement speaks of sha256 {stated}, the file's is {file}")]
    Subject { stated: String, file: Digest },
}

/// A statement whose signature holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub statement: Value,
    pub keyid: String,
}

impl Checked {
    pub fn predicate_type(&self) -> &str {
        self.statement["predicateType"].as_str().unwrap_or_default()
    }

    /// Whether this statement releases the file: an SVR that says that the scan was whole and the file cleared, or
    /// that a moderator cleared it.
    pub fn releases(&self) -> bool {
        let says = |property: &str| {
            self.statement["predicate"]["properties"]
                .as_array()
                .is_some_and(|properties| properties.iter().any(|known| known == property))
        };
        self.predicate_type() == SVR
            && ((says("GATEHOUSE_SCAN_COMPLETE") && says("GATEHOUSE_CLEARED")) || says("GATEHOUSE_MODERATOR_CLEARED"))
    }
}

/// Checks the signature of an envelope against the ring.
pub fn verify(envelope: &Value, ring: &KeyRing) -> Result<Checked, VerifyError> {
    let envelope: Envelope =
        serde_json::from_value(envelope.clone()).map_err(|error| VerifyError::Envelope(error.to_string()))?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(VerifyError::PayloadType(envelope.payload_type));
    }
    let signed = envelope.signed_bytes().ok_or_else(|| VerifyError::Envelope("payload is no base64".to_owned()))?;
    let known = envelope.signatures.iter().find_map(|signature| Some((signature, ring.keys.get(&signature.keyid)?)));
    let Some((signature, entry)) = known else {
        let ids: Vec<&str> = envelope.signatures.iter().map(|signature| signature.keyid.as_str()).collect();
        return Err(VerifyError::UnknownKey(ids.join(", ")));
    };
    let bytes = signature.bytes().ok_or_else(|| VerifyError::Signature(signature.keyid.clone()))?;
    if !entry.key.verifies(&signed, &bytes)? {
        return Err(VerifyError::Signature(signature.keyid.clone()));
    }
    let statement: Value = serde_json::from_slice(&envelope.payload().unwrap_or_default())
        .map_err(|_| VerifyError::Statement("payload is not JSON"))?;
    if statement["_type"] != "https://in-toto.io/Statement/v1" {
        return Err(VerifyError::Statement("`_type` is not Statement v1"));
    }
    if let Some(created) = statement["predicate"]["timeCreated"].as_str() {
        within(created, entry.valid_from.as_deref(), entry.valid_to.as_deref())
            .then_some(())
            .ok_or_else(|| VerifyError::Expired { keyid: signature.keyid.clone(), created: created.to_owned() })?;
    }
    Ok(Checked { statement, keyid: signature.keyid.clone() })
}

/// [`verify`], and that the statement speaks of exactly this file.
pub fn check_file(envelope: &Value, file: &Digest, ring: &KeyRing) -> Result<Checked, VerifyError> {
    let checked = verify(envelope, ring)?;
    let subjects = checked.statement["subject"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Exactly one subject: with two, a statement about one file could be shown for another.
    let [subject] = subjects else {
        return Err(VerifyError::Statement("it must have exactly one subject"));
    };
    let stated = subject["digest"]["sha256"].as_str().unwrap_or_default();
    if stated != file.to_string() {
        return Err(VerifyError::Subject { stated: stated.to_owned(), file: *file });
    }
    Ok(checked)
}

fn within(created: &str, from: Option<&str>, to: Option<&str>) -> bool {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let Some(created) = time(created) else { return false };
    from.is_none_or(|from| time(from).is_some_and(|from| from <= created))
        && to.is_none_or(|to| time(to).is_some_and(|to| created <= to))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use model::Outcome;

    use super::*;
    use crate::{
        Clearance, SigningKey, attest,
        statement::tests::{policy, verdict},
    };

    fn signed(key: &SigningKey) -> Value {
        let clear = verdict(Outcome::Clear, vec![]);
        attest(&clear, 1, Clearance::Machine, &policy(), "2026-01-02T03:04:05Z", key)[0].envelope.clone()
    }

    #[test]
    fn a_release_token_verifies_for_its_file_only() {
        let key = SigningKey::generate().unwrap();
        let ring = KeyRing::of(&key.public());
        let envelope = signed(&key);
        assert!(check_file(&envelope, &Digest::of(b"file"), &ring).unwrap().releases());
        let other = check_file(&envelope, &Digest::of(b"other"), &ring);
        assert!(matches!(other, Err(VerifyError::Subject { .. })));
    }

    #[test]
    fn every_forgery_is_refused() {
        let key = SigningKey::generate().unwrap();
        let ring = KeyRing::of(&key.public());
        let stranger = KeyRing::of(&SigningKey::generate().unwrap().public());
        assert!(matches!(verify(&signed(&key), &stranger), Err(VerifyError::UnknownKey(_))));

        let mut flipped = signed(&key);
        let mut payload = STANDARD.decode(flipped["payload"].as_str().unwrap()).unwrap();
        payload[20] ^= 1;
        flipped["payload"] = STANDARD.encode(payload).into();
        assert!(matches!(verify(&flipped, &ring), Err(VerifyError::Signature(_))));

        let mut retyped = signed(&key);
        retyped["payloadType"] = "text/plain".into();
        assert!(matches!(verify(&retyped, &ring), Err(VerifyError::PayloadType(_))));

        let mut anonymous = signed(&key);
        anonymous["signatures"][0]["keyid"] = "".into();
        assert!(matches!(verify(&anonymous, &ring), Err(VerifyError::UnknownKey(_))));
    }

    #[test]
    fn a_retired_key_is_not_believed_for_later_statements() {
        let key = SigningKey::generate().unwrap();
        let mut ring = KeyRing::of(&key.public());
        for entry in ring.keys.values_mut() {
            entry.valid_to = Some("2025-12-31T00:00:00Z".into());
        }
        assert!(matches!(verify(&signed(&key), &ring), Err(VerifyError::Expired { .. })));
    }
}
