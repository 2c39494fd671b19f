//! Fetches a file: only from where the configuration says, only so many bytes, believed only by its sha256.
//!
//! An upload event is written by whoever may publish one. So its URL is never followed: its path is put below the
//! configured base. Names are resolved once, addresses that are not public are refused there, and the connection goes
//! to the very address that was checked. Redirects are walked by hand through the same checks.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::StreamExt as _;
use model::{Artifact, Digest, UploadEvent};
use reqwest::{
    StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT_ENCODING, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use tokio::{
    io::AsyncReadExt as _,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{address::Reach, config::FetchConfig};

const REDIRECTS: usize = 3;
/// Bytes that one permit of the memory budget stands for.
const PERMIT: u64 = 64 * 1024;
const LONGEST_RETRY: Duration = Duration::from_secs(600);

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// Another try may help.
    Later { detail: String, after: Option<Duration> },
    /// No try will help: the verdict says so.
    Never { why: Why, detail: String },
}

/// Why a file can never be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The index does not have it.
    Missing,
    /// The index does not give it to us.
    Refused,
    /// The event's URL, or a redirect, leads where nothing is fetched from.
    Forbidden,
    TooLarge,
    /// It is not the file that the event speaks of.
    Mismatch,
    /// It was tried as often as it is tried.
    Unreachable,
}

impl Why {
    /// The finding's rule.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Missing => "fetch-missing",
            Self::Refused => "fetch-refused",
            Self::Forbidden => "fetch-forbidden",
            Self::TooLarge => "fetch-too-large",
            Self::Mismatch => "fetch-mismatch",
            Self::Unreachable => "fetch-unreachable",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Missing => "The file was not there when it was to be read",
            Self::Refused => "The index refused to hand the file over",
            Self::Forbidden => "The file is somewhere that nothing is fetched from",
            Self::TooLarge => "The file is too large to be read",
            Self::Mismatch => "The file is not the one that was announced",
            Self::Unreachable => "The file could not be fetched, although it was tried repeatedly",
        }
    }
}

fn never(why: Why, detail: impl Into<String>) -> FetchError {
    FetchError::Never { why, detail: detail.into() }
}

fn later(detail: impl Into<String>) -> FetchError {
    FetchError::Later { detail: detail.into(), after: None }
}

/// A file whose sha256 is the announced one, and the share of the memory budget that it occupies.
pub struct Fetched {
    pub artifact: Artifact,
    /// The file of the release before, when the event says where it is.
    pub previous: Option<Result<Artifact, FetchError>>,
    _held: OwnedSemaphorePermit,
}

/// Fetches files, several at a time, within one memory budget. Clones share it.
#[derive(Clone)]
pub struct Fetcher {
    client: reqwest::Client,
    base: Option<Url>,
    rules: Rules,
    folders: Vec<PathBuf>,
    file_limit: u64,
    budget: Arc<Semaphore>,
    permits: u32,
}

/// Which URLs and addresses may be spoken to.
#[derive(Clone, Debug)]
struct Rules {
    hosts: Vec<String>,
    allow_private: bool,
    allow_loopback: bool,
}

impl Fetcher {
    pub fn new(config: &FetchConfig) -> anyhow::Result<Self> {
        // Compiled without a default provider of its own; the program may have installed one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = config.base.as_deref().map(Url::parse).transpose()?;
        let mut rules = Rules {
            hosts: config.redirect_hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            allow_private: config.allow_private,
            allow_loopback: config.allow_loopback,
        };
        if let Some(base) = &base {
            rules.hosts.extend(base.host_str().map(str::to_owned));
            if let Err(refusal) = rules.check(base) {
                // Without user and password, should somebody have put them there.
                let host = base.host_str().unwrap_or_default();
                anyhow::bail!("fetch.base {}://{host}{}: {}", base.scheme(), base.path(), refusal.1);
            }
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(config.connect_seconds))
            .timeout(Duration::from_secs(config.total_seconds))
            .dns_resolver(Arc::new(CheckedResolver { rules: rules.clone() }))
            .build()?;
        let permits = u32::try_from(config.held_mib.saturating_mul(1024 * 1024) / PERMIT)?.max(1);
        // Folders that are not there yet cannot be compared; the caller makes them first.
        let folders = config.folders.iter().map(|folder| folder.canonicalize()).collect::<Result<_, _>>()?;
        Ok(Self {
            client,
            base,
            rules,
            folders,
            file_limit: config.file_limit(),
            budget: Arc::new(Semaphore::new(permits as usize)),
            permits,
        })
    }

    /// The same, with a memory budget of its own: for files that must not keep others waiting.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { budget: Arc::new(Semaphore::new(self.permits as usize)), ..self.clone() }
    }

    /// The file that an event speaks of, and that of the release before.
    pub async fn fetch(&self, event: &UploadEvent) -> Result<Fetched, FetchError> {
        let limit = self.limit(event.size)?;
        let before = event.previous.as_ref().and_then(|previous| Some((previous, previous.url.as_deref()?)));
        let before = before.map(|(previous, url)| (previous, url, self.limit(previous.size)));
        let room = before.as_ref().and_then(|(.., limit)| limit.as_ref().ok()).map_or(0, |limit| self.share(*limit));
        // Room for both at once: who held one file and waited for the other's would wait for others who do the same.
        let share = self.share(limit).saturating_add(room).min(self.permits);
        let held = Arc::clone(&self.budget).acquire_many_owned(share).await;
        let mut held = held.map_err(|_| later("shutting down"))?;
        let previous = match before {
            Some((previous, url, Ok(limit))) => Some(self.read(url, limit, previous.size, previous.sha256).await),
            Some((.., Err(error))) => Some(Err(error)),
            None => None,
        };
        let artifact = self.read(&event.url, limit, event.size, event.sha256).await?;
        // An event that announced no size reserved the most that a file may have. From here on it is examined, which takes
        // far longer than reading it: others need the rest.
        let length = |artifact: &Artifact| self.share(artifact.bytes.len() as u64);
        let before = previous.as_ref().and_then(|previous| previous.as_ref().ok()).map_or(0, length);
        let needed = usize::try_from(length(&artifact).saturating_add(before)).unwrap_or(usize::MAX);
        drop(held.split(held.num_permits().saturating_sub(needed)));
        Ok(Fetched { artifact, previous, _held: held })
    }

    /// Bytes that are what was announced.
    async fn read(&self, url: &str, limit: u64, size: Option<u64>, sha256: Digest) -> Result<Artifact, FetchError> {
        let bytes = match url.strip_prefix("file:") {
            Some(_) => self.read_file(url, limit).await?,
            None => self.read_url(self.place(url)?, limit).await?,
        };
        if let Some(announced) = size.filter(|size| *size != bytes.len() as u64) {
            return Err(never(Why::Mismatch, format!("{} bytes, {announced} were announced", bytes.len())));
        }
        // Hashing 256 MiB takes long enough to hold up everything else on this thread.
        let artifact = tokio::task::spawn_blocking(move || Artifact::new(bytes)).await.map_err(|_| later("hashing"))?;
        if artifact.sha256 != sha256 {
            return Err(never(Why::Mismatch, format!("its sha256 is {}", artifact.sha256)));
        }
        Ok(artifact)
    }

    /// How many bytes may be read of a file; its own size is only believed downwards.
    fn limit(&self, size: Option<u64>) -> Result<u64, FetchError> {
        match size {
            Some(size) if size > self.file_limit => {
                Err(never(Why::TooLarge, format!("{size} bytes, at most {} are read", self.file_limit)))
            }
            Some(size) => Ok(size),
            None => Ok(self.file_limit),
        }
    }

    fn share(&self, limit: u64) -> u32 {
        u32::try_from(limit.div_ceil(PERMIT)).unwrap_or(u32::MAX).clamp(1, self.permits)
    }

    /// The event's path below the configured base.
    fn place(&self, url: &str) -> Result<Url, FetchError> {
        let Some(base) = &self.base else {
            return Err(never(Why::Forbidden, "no index to fetch from is configured (fetch.base)"));
        };
        let claimed = match Url::parse(url) {
            Ok(claimed) if matches!(claimed.scheme(), "http" | "https") => claimed,
            Ok(claimed) => return Err(never(Why::Forbidden, format!("scheme {:?}", claimed.scheme()))),
            Err(_) if url.starts_with('/') && !url.starts_with("//") => {
                base.join(url).map_err(|error| never(Why::Forbidden, error.to_string()))?
            }
            Err(error) => return Err(never(Why::Forbidden, error.to_string())),
        };
        // `..`, also percent-encoded, is resolved by the parser: the path cannot leave the base.
        let (above, path) = (base.path().trim_end_matches('/'), claimed.path());
        let below = path.strip_prefix(above).filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let mut place = base.clone();
        place.set_path(&format!("{above}{below}"));
        place.set_query(None);
        place.set_fragment(None);
        Ok(place)
    }

    async fn read_url(&self, mut url: Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        for _ in 0..=REDIRECTS {
            self.rules.check(&url).map_err(|(why, detail)| never(why, detail))?;
            let response = self
                .client
                .get(url.clone())
                .header(ACCEPT_ENCODING, "identity")
                .send()
                .await
                .map_err(|error| classify(&error))?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
                url = url.join(to).map_err(|error| never(Why::Forbidden, format!("redirect: {error}")))?;
                continue;
            }
            if status != StatusCode::OK {
                return Err(refusal(&response));
            }
            return read_body(response, limit).await;
        }
        Err(never(Why::Forbidden, format!("more than {REDIRECTS} redirects")))
    }

    async fn read_file(&self, url: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
        if self.folders.is_empty() {
            return Err(never(Why::Forbidden, "no folder to read from is configured"));
        }
        let path = Url::parse(url).ok().and_then(|url| url.to_file_path().ok());
        let path = path.ok_or_else(|| never(Why::Forbidden, "not a local path"))?;
        let real = match tokio::fs::canonicalize(&path).await {
            Ok(real) => real,
            Err(error) => return Err(file_error(&error)),
        };
        if !self.folders.iter().any(|folder| inside(&real, folder)) {
            return Err(never(Why::Forbidden, "outside the folders that are read"));
        }
        // A pipe would block the open for ever.
        let metadata = tokio::fs::symlink_metadata(&real).await.map_err(|error| file_error(&error))?;
        if !metadata.is_file() {
            return Err(never(Why::Forbidden, "not a regular file"));
        }
        let file = tokio::fs::File::open(&real).await.map_err(|error| file_error(&error))?;
        let mut bytes = Vec::new();
        let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes).await;
        read.map_err(|error| later(format!("reading: {error}")))?;
        within(bytes, limit)
    }
}

fn inside(path: &Path, folder: &Path) -> bool {
    path.strip_prefix(folder).is_ok_and(|rest| rest.components().next().is_some())
}

fn file_error(error: &std::io::Error) -> FetchError {
    match error.kind() {
        std::io::ErrorKind::NotFound => never(Why::Missing, "no such file"),
        std::io::ErrorKind::PermissionDenied => never(Why::Refused, "permission denied"),
        _ => later(error.to_string()),
    }
}

fn within(bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
    if bytes.len() as u64 > limit {
        return Err(never(Why::TooLarge, format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

async fn read_body(response: reqwest::Response, limit: u64) -> Result<Vec<u8>, FetchError> {
    // What a header announces may end the reading early, but never makes room.
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(never(Why::TooLarge, format!("more than {limit} bytes")));
    }
    let mut bytes = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| classify(&error))?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > limit {
            return Err(never(Why::TooLarge, format!("more than {limit} bytes")));
        }
    }
    Ok(bytes)
}

/// Which answers are worth another try.
fn refusal(response: &reqwest::Response) -> FetchError {
    let status = response.status();
    let detail = format!("status {}", status.as_u16());
    match status.as_u16() {
        404 | 410 => never(Why::Missing, detail),
        408 | 425 | 429 | 500.. => {
            let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = after.and_then(|value| value.parse().ok()).map(Duration::from_secs);
            FetchError::Later { detail, after: after.map(|after| after.min(LONGEST_RETRY)) }
        }
        _ => never(Why::Refused, detail),
    }
}

fn classify(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(Forbidden(detail)) = inner.downcast_ref::<Forbidden>() {
            return never(Why::Forbidden, detail.clone());
        }
        cause = inner.source();
    }
    // Without the URL: it may hold what the event's writer put there.
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "the connection broke"
    };
    later(kind)
}

impl Rules {
    fn check(&self, url: &Url) -> Result<(), (Why, String)> {
        let forbidden = |detail: String| Err((Why::Forbidden, detail));
        let Some(host) = url.host_str() else { return forbidden("no host".to_owned()) };
        if !self.hosts.iter().any(|allowed| allowed == host) {
            return forbidden(format!("host {host} is not one that files are fetched from"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden("the URL holds credentials".to_owned());
        }
        match url.scheme() {
            "https" => {}
            "http" if self.allow_loopback => {}
            other => return forbidden(format!("{other} instead of https")),
        }
        // A host that is an address never reaches the resolver.
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) if !self.allows(address) => forbidden(format!("{address} is not a public address")),
            _ => Ok(()),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        match Reach::of(address) {
            Reach::Public => true,
            Reach::Private => self.allow_private,
            Reach::Loopback => self.allow_loopback,
            Reach::Never => false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Forbidden(String);

/// Resolves a name and hands on only addresses that may be spoken to; the connection goes to those.
struct CheckedResolver {
    rules: Rules,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().copied().filter(|found| rules.allows(found.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(Forbidden(format!("{} has no public address", name.as_str())).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetcher(config: FetchConfig) -> Fetcher {
        Fetcher::new(&config).unwrap()
    }

    fn below(base: &str) -> Fetcher {
        fetcher(FetchConfig { base: Some(base.to_owned()), ..FetchConfig::default() })
    }

    #[test]
    fn only_the_path_of_an_event_is_used() {
        let fetcher = below("https://files.index.example/mirror/");
        let place = |url: &str| fetcher.place(url).map(|url| url.to_string());
        for url in [
            "https://evil.test/a/b.whl",
            "http://files.index.example/a/b.whl?x=1#y",
            "/a/b.whl",
            "https://x:y@evil.test:1234/mirror/a/b.whl",
            "https://evil.test/../../a/b.whl",
            "https://evil.test/c/%2e%2e/a/b.whl",
        ] {
            assert_eq!(place(url).as_deref(), Ok("https://files.index.example/mirror/a/b.whl"), "{url}");
        }
        for url in ["//evil.test/a", "a.whl", "ftp://evil.test/a", "data:,a", "gopher://evil.test:70/_a", ""] {
            assert!(matches!(place(url), Err(FetchError::Never { why: Why::Forbidden, .. })), "{url}");
        }
    }

    #[test]
    fn a_base_that_is_not_safe_must_be_meant() {
        let make = |base: &str, allow_private, allow_loopback| {
            let base = Some(base.to_owned());
            Fetcher::new(&FetchConfig { base, allow_private, allow_loopback, ..FetchConfig::default() }).is_ok()
        };
        assert!(make("https://files.index.example/", false, false));
        assert!(!make("http://files.index.example/", true, false));
        assert!(!make("https://10.0.0.8/", false, false) && make("https://10.0.0.8/", true, false));
        assert!(!make("http://127.0.0.1:8/", true, false) && make("http://127.0.0.1:8/", false, true));
        assert!(!make("https://169.254.169.254/", true, true));
    }

    #[test]
    fn a_base_with_a_password_is_refused_and_not_repeated() {
        let base = Some("https://robot:hunter2@files.index.example/mirror/".to_owned());
        let said = Fetcher::new(&FetchConfig { base, ..FetchConfig::default() }).err().unwrap().to_string();
        assert_eq!(said, "fetch.base https://files.index.example/mirror/: the URL holds credentials");
    }

    #[test]
    fn an_announced_size_beyond_the_limit_is_not_even_tried() {
        let fetcher = below("https://files.index.example/");
        let event = event("/a.whl", b"a", Some(300 * 1024 * 1024));
        assert!(matches!(fetcher.limit(event.size), Err(FetchError::Never { why: Why::TooLarge, .. })));
    }

    fn event(url: &str, bytes: &[u8], size: Option<u64>) -> UploadEvent {
        UploadEvent {
            id: "1".to_owned(),
            source: String::new(),
            project: "a".to_owned(),
            version: "1".to_owned(),
            filename: "a-1.whl".to_owned(),
            sha256: model::Digest::of(bytes),
            size,
            url: url.to_owned(),
            uploaded_by: None,
            upload_time: None,
            previous: None,
        }
    }

    #[tokio::test]
    async fn a_file_url_cannot_leave_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        std::fs::write(spool.join("in.whl"), b"inside").unwrap();
        std::fs::write(folder.path().join("out.whl"), b"outside").unwrap();
        std::os::unix::fs::symlink(folder.path().join("out.whl"), spool.join("link.whl")).unwrap();
        let fetcher = fetcher(FetchConfig { folders: vec![spool.clone()], ..FetchConfig::default() });
        let url = |name: &str| format!("file://{}/{name}", spool.display());
        let fetched = fetcher.fetch(&event(&url("in.whl"), b"inside", Some(6))).await.ok().unwrap();
        assert_eq!(fetched.artifact.bytes, b"inside");
        for (name, bytes, why) in [
            ("../out.whl", b"outside".as_slice(), Why::Forbidden),
            ("%2e%2e/out.whl", b"outside", Why::Forbidden),
            ("link.whl", b"outside", Why::Forbidden),
            (".", b"", Why::Forbidden),
            ("none.whl", b"", Why::Missing),
            ("in.whl", b"another", Why::Mismatch),
        ] {
            let error = fetcher.fetch(&event(&url(name), bytes, None)).await.err();
            assert!(matches!(&error, Some(FetchError::Never { why: said, .. }) if *said == why), "{name}: {error:?}");
        }
        for (size, why) in [(5, Why::TooLarge), (7, Why::Mismatch)] {
            let error = fetcher.fetch(&event(&url("in.whl"), b"inside", Some(size))).await.err();
            assert!(matches!(&error, Some(FetchError::Never { why: said, .. }) if *said == why), "{size}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_file_url_is_refused_in_a_fleet() {
        let fetcher = below("https://files.index.example/");
        let error = fetcher.fetch(&event("file:///etc/hostname", b"", None)).await.err();
        assert!(matches!(error, Some(FetchError::Never { why: Why::Forbidden, .. })));
    }
}
