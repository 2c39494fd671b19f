//! The index's TUF service, as RSTUF speaks it.

use std::time::Duration;

use anyhow::bail;
use model::Digest;
use reqwest::{Url, redirect::Policy};
use serde_json::{Value, json};

/// The service that signs the index's metadata.
pub(crate) struct Tuf {
    client: reqwest::Client,
    base: Url,
}

pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
        .build()?)
}

impl Tuf {
    pub(crate) fn new(base: &str) -> anyhow::Result<Self> {
        let mut base = Url::parse(base)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { client: client()?, base })
    }

    /// Adds a target, or replaces it.
    pub(crate) async fn add(&self, path: &str, bytes: &[u8], custom: Value) -> anyhow::Result<()> {
        let hashes = json!({"sha256": Digest::of(bytes)});
        let info = json!({"length": bytes.len(), "hashes": hashes, "custom": {"gatehouse": custom}});
        self.post("api/v1/artifacts/", &json!({"artifacts": [{"path": path, "info": info}]})).await
    }

    pub(crate) async fn remove(&self, path: &str) -> anyhow::Result<()> {
        self.post("api/v1/artifacts/delete", &json!({"artifacts": [path]})).await
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let url = self.base.join(path)?;
        let request = self.client.post(url.clone()).header(reqwest::header::CONTENT_TYPE, "application/json");
        let status = request.body(body.to_string()).send().await?.status();
        // 202: it is taken, and signed within the service's own time.
        if status.is_success() { Ok(()) } else { bail!("{url} answers {status}") }
    }
}
