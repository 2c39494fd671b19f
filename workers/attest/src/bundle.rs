//! The Sigstore bundle around an envelope, and finding the envelopes in what a verifier was given.

use serde_json::{Value, json};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A Sigstore bundle v0.3 with a managed key: the hint is the key id.
pub fn bundle(envelope: &Value) -> Value {
    json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": envelope["signatures"][0]["keyid"]}},
        "dsseEnvelope": envelope,
    })
}

/// The DSSE envelopes in a document: an envelope, a bundle, a list of either, or the index's answer for a file, which
/// holds such a list as `attestations`.
pub fn envelopes(document: &Value) -> Vec<&Value> {
    if let Some(list) = document.as_array().or_else(|| document["attestations"].as_array()) {
        return list.iter().flat_map(envelopes_of_one).collect();
    }
    envelopes_of_one(document).into_iter().collect()
}

fn envelopes_of_one(document: &Value) -> Option<&Value> {
    let inner = document.get("dsseEnvelope").unwrap_or(document);
    inner.get("payload").is_some().then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_found_in_every_wrapping() {
        let envelope = json!({"payload": "e30=", "payloadType": "t", "signatures": [{"keyid": "k", "sig": ""}]});
        let wrapped = bundle(&envelope);
        assert_eq!(wrapped["verificationMaterial"]["publicKey"]["hint"], "k");
        for document in [&envelope, &wrapped, &json!([wrapped]), &json!({"version": 1, "attestations": [wrapped]})] {
            assert_eq!(envelopes(document), [&envelope]);
        }
        assert!(envelopes(&json!({"other": 1})).is_empty());
    }
}
