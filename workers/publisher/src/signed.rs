//! What the dashboard serves about a file, believed only as far as its signatures go.

use anyhow::{Context as _, bail};
use attest::KeyRing;
use futures::StreamExt as _;
use model::Digest;
use reqwest::Url;
use serde_json::Value;

const MEDIA_TYPE: &str = "application/vnd.gatehouse.verdicts.v1+json";
/// Far more than the statements about one file.
const LIMIT: usize = 8 * 1024 * 1024;

/// What is known of a file.
pub(crate) struct Signed {
    /// The answer as it was served.
    pub(crate) body: Vec<u8>,
    pub(crate) sha256: Digest,
    pub(crate) cleared: bool,
    pub(crate) state: String,
    pub(crate) seq: i64,
    /// The envelope that releases the file; none as long as it is not signed.
    pub(crate) token: Option<Value>,
}

/// Asks for what was signed. `None` when the dashboard knows no such file.
pub(crate) async fn ask(client: &reqwest::Client, base: &Url, names: [&str; 3]) -> anyhow::Result<Option<Vec<u8>>> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        // Each name is one segment, whatever is in it.
        Ok(mut path) => {
            path.pop_if_empty().push("integrity").extend(names).push("verdicts");
        }
        Err(()) => bail!("{base} is no address of a dashboard"),
    };
    let response = client.get(url.clone()).header(reqwest::header::ACCEPT, MEDIA_TYPE).send().await?;
    if response.status().as_u16() == 404 {
        return Ok(None);
    }
    if !response.status().is_success() {
        bail!("{url} answers {}", response.status());
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > LIMIT {
            bail!("{url} is longer than {LIMIT} bytes");
        }
    }
    Ok(Some(body))
}

/// Reads an answer. A signature that does not hold makes all of it worthless.
pub(crate) fn read(body: Vec<u8>, ring: &KeyRing) -> anyhow::Result<Signed> {
    let value: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    let sha256: Digest = serde_json::from_value(value["file"]["sha256"].clone()).context("the answer names no file")?;
    let state = value["state"].as_str().context("the answer has no state")?.to_owned();
    let mut token = None;
    for envelope in attest::envelopes(&value) {
        let checked = attest::check_file(envelope, &sha256, ring)?;
        if checked.releases() {
            token = Some(envelope.clone());
        }
    }
    let seq = value["seq"].as_i64().unwrap_or_default();
    Ok(Signed { body, sha256, cleared: state == "cleared", state, seq, token })
}
