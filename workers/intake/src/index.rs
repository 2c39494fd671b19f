//! An index's own list of its files, for what its events did not bring: the Simple Repository API in JSON (PEP 691, 700).
//!
//! A project's `_last-serial` grows with every change, so only what changed since a serial is asked for.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures::StreamExt as _;
use model::{Digest, Filename, UploadEvent};
use reqwest::{Url, header, redirect::Policy};
use serde::Deserialize;

/// The list of all projects of the largest index is 40 MB.
const LIST_LIMIT: usize = 512 * 1024 * 1024;
const PAGE_LIMIT: usize = 64 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/vnd.pypi.simple.v1+json";

/// An index that can be asked.
pub struct Index {
    client: reqwest::Client,
    base: Url,
}

/// Which projects changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of the index as a whole; none where it counts no changes.
    pub serial: Option<u64>,
    /// Normalised name, and the serial of its last change.
    pub projects: Vec<(String, Option<u64>)>,
}

/// A file that the index shows.
#[derive(Debug, PartialEq)]
pub struct Listed {
    pub event: UploadEvent,
    /// RFC 3339.
    pub uploaded: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "_last-serial")]
    serial: Option<u64>,
}

#[derive(Deserialize)]
struct List {
    meta: Meta,
    projects: Vec<ListedProject>,
}

#[derive(Deserialize)]
struct ListedProject {
    name: String,
    #[serde(rename = "_last-serial")]
    serial: Option<u64>,
}

#[derive(Deserialize)]
struct Page {
    name: String,
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: Hashes,
    size: Option<u64>,
    #[serde(rename = "upload-time")]
    upload_time: Option<String>,
}

#[derive(Default, Deserialize)]
struct Hashes {
    sha256: Option<Digest>,
}

impl Index {
    /// `base` is the address of the list, such as `https://index.example/simple/`.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let mut base = Url::parse(base).context("this is no address of an index")?;
        let local = matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        ensure!(base.scheme() == "https" || local && base.scheme() == "http", "{base} is not https");
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            // What an index says of itself is taken from that index.
            .redirect(Policy::none())
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(300))
            .build()?;
        Ok(Self { client, base })
    }

    /// Projects that changed after `since`, or all.
    pub async fn changes(&self, since: Option<u64>) -> anyhow::Result<Changes> {
        let body = self.get(self.base.clone(), LIST_LIMIT).await?;
        changes(&body, since).with_context(|| format!("{} is no list of projects", self.base))
    }

    /// The files of a project. Those without a sha256, and those that are no archives, are left out.
    pub async fn files(&self, project: &str) -> anyhow::Result<Vec<Listed>> {
        let project = normalise(project).context("this is no name of a project")?;
        let url = self.base.join(&format!("{project}/"))?;
        let body = self.get(url.clone(), PAGE_LIMIT).await?;
        files(&body, &url).with_context(|| format!("{url} is no page of a project"))
    }

    async fn get(&self, url: Url, limit: usize) -> anyhow::Result<Vec<u8>> {
        let asked = self.client.get(url.clone()).header(header::ACCEPT, MEDIA_TYPE).send();
        let response = asked.await.with_context(|| format!("cannot ask {url}"))?;
        let status = response.status();
        // A project that was removed, or is quarantined, has no files to compare.
        if status.as_u16() == 404 && url != self.base {
            return Ok(br#"{"name":"","files":[]}"#.to_vec());
        }
        ensure!(status.is_success(), "{url} answers {status}");
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.with_context(|| format!("{url} broke off"))?;
            if body.len() + chunk.len() > limit {
                bail!("{url} is longer than {limit} bytes");
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn changes(body: &[u8], since: Option<u64>) -> serde_json::Result<Changes> {
    let List { meta, projects } = serde_json::from_slice(body)?;
    // An index that counts no changes is compared whole every time.
    let changed = |project: &ListedProject| match (project.serial, since) {
        (Some(serial), Some(since)) => serial > since,
        _ => true,
    };
    let projects = projects.into_iter().filter(changed).map(|project| (project.name, project.serial)).collect();
    Ok(Changes { serial: meta.serial, projects })
}

fn files(body: &[u8], page: &Url) -> anyhow::Result<Vec<Listed>> {
    let Page { name, files } = serde_json::from_slice(body)?;
    let listed = |file: ListedFile| {
        let named = Filename::parse(&file.filename)?;
        let mut event = UploadEvent {
            id: String::new(),
            source: String::new(),
            project: name.clone(),
            version: named.version,
            sha256: file.hashes.sha256?,
            size: file.size,
            url: page.join(&file.url).ok()?.to_string(),
            filename: file.filename,
            uploaded_by: None,
            upload_time: file.upload_time.clone(),
            previous: None,
        };
        event.id = event.content_id();
        // What a publisher could not have sent is not sent in its place.
        model::parse_upload(&serde_json::to_vec(&event).ok()?).ok()?;
        Some(Listed { event, uploaded: file.upload_time })
    };
    Ok(files.into_iter().filter_map(listed).collect())
}

/// Whether an index can be asked for a project of this name.
pub fn is_project(name: &str) -> bool {
    normalise(name).is_some()
}

/// The name as the list says it, if it is one: it becomes a part of an address.
fn normalise(project: &str) -> Option<String> {
    let fine = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let whole = !project.is_empty() && project.len() <= 256 && project.chars().all(fine) && !project.starts_with('.');
    whole.then(|| project.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_since_a_serial_is_asked_for() {
        let list = br#"{"meta":{"api-version":"1.4","_last-serial":30},"projects":[
            {"name":"a","_last-serial":10},{"name":"b","_last-serial":30},{"name":"c"}]}"#;
        let names = |since| {
            let changes = changes(list, since).unwrap();
            assert_eq!(changes.serial, Some(30));
            changes.projects.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(None), ["a", "b", "c"]);
        assert_eq!(names(Some(10)), ["b", "c"], "what has no serial is compared every time");
    }

    #[test]
    fn a_file_becomes_the_event_that_its_upload_would_have_been() {
        let sha256 = Digest::of(b"x").to_string();
        let page = format!(
            r#"{{"name":"demo","files":[
            {{"filename":"demo-1.0.tar.gz","url":"../../files/demo-1.0.tar.gz","hashes":{{"sha256":"{sha256}"}},"size":3,"upload-time":"2026-01-02T03:04:05Z"}},
            {{"filename":"demo-1.0.tar.gz.asc","url":"x","hashes":{{}}}},
            {{"filename":"demo-1.1.tar.gz","url":"x","hashes":{{"md5":"0"}}}},
            {{"filename":"../demo-1.2.tar.gz","url":"x","hashes":{{"sha256":"{sha256}"}}}}]}}"#
        );
        let url = Url::parse("https://index.example/simple/demo/").unwrap();
        let listed = files(page.as_bytes(), &url).unwrap();
        assert_eq!(listed.len(), 1);
        let event = &listed[0].event;
        assert_eq!((event.project.as_str(), event.version.as_str(), event.size), ("demo", "1.0", Some(3)));
        assert_eq!(event.url, "https://index.example/files/demo-1.0.tar.gz");
        assert_eq!(event.id, event.content_id());
        assert_eq!(listed[0].uploaded.as_deref(), Some("2026-01-02T03:04:05Z"));
    }

    #[test]
    fn names_stay_names_and_addresses_are_encrypted() {
        for name in ["", "..", "../admin", "a/b", "a?b", "ä", &"a".repeat(300)] {
            assert_eq!(normalise(name), None, "{name}");
        }
        assert_eq!(normalise("Demo.Pkg_x-1").as_deref(), Some("demo.pkg_x-1"));
        let _ = rustls::crypto::ring::default_provider().install_default();
        assert!(Index::new("http://index.example/simple/").is_err());
        assert!(Index::new("not an address").is_err());
        assert!(Index::new("https://index.example/simple").is_ok_and(|index| index.base.path() == "/simple/"));
    }
}
