//! What the dashboard is given to work with, and how it is set up.

use std::{
    collections::HashSet,
    future::Future,
    io::{self, Write as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use attest::Uploaders;
use metrics::Metrics;
use model::{Artifact, Digest};
use queue::Queue;
use store::{Role, Store};
use tokio::sync::Semaphore;

/// Everything that the pages and the API use. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub queue: Queue,
    pub metrics: Arc<Metrics>,
    /// Where files that are posted to the API are kept for the scanner; without it they are refused.
    pub spool: Option<Arc<dyn Spool>>,
    pub settings: Arc<Settings>,
    /// Whose upload events are believed.
    pub uploaders: Arc<Uploaders>,
    /// How many posted files are in memory at once.
    pub(crate) uploads: Arc<Semaphore>,
}

impl App {
    pub fn new(store: Store, queue: Queue, metrics: Arc<Metrics>, settings: Settings) -> Self {
        let uploads = Arc::new(Semaphore::new(settings.scans_at_once.max(1)));
        Self { store, queue, metrics, spool: None, settings: Arc::new(settings), uploaders: Arc::default(), uploads }
    }

    #[must_use]
    pub fn with_uploaders(mut self, uploaders: Arc<Uploaders>) -> Self {
        self.uploaders = uploaders;
        self
    }

    #[must_use]
    pub fn with_spool(mut self, spool: Arc<dyn Spool>) -> Self {
        self.spool = Some(spool);
        self
    }
}

/// How the dashboard behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names and addresses it answers to, without a port. Another name in `Host` is somebody else's page that had its
    /// name resolved to us (DNS rebinding).
    pub hosts: Vec<String>,
    /// Served over TLS (by a proxy): cookies are `Secure`, and browsers are told to stay with it.
    pub secure: bool,
    /// Who may use the API with a bearer token.
    pub tokens: Vec<ApiToken>,
    /// A session ends after this long without a request, and after `lifetime` however busy it is.
    pub idle: Duration,
    pub lifetime: Duration,
    /// Bytes of a file that is posted to the API.
    pub max_file: usize,
    pub scans_at_once: usize,
    /// Whether an upload event that is posted may name a file of this machine. Only for a pipeline in one process.
    pub file_urls: bool,
    /// Whether this process judges, and so is not ready without a rulebook.
    pub judges: bool,
    /// What an empty page says is running, such as `watching /srv/incoming`.
    pub running: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned(), "[::1]".to_owned()],
            secure: false,
            tokens: Vec::new(),
            idle: Duration::from_secs(30 * 60),
            lifetime: Duration::from_secs(12 * 60 * 60),
            max_file: 64 * 1024 * 1024,
            scans_at_once: 2,
            file_urls: false,
            judges: false,
            running: "Uploads come from the queue.".to_owned(),
        }
    }
}

/// A bearer token of the API: only its sha256 is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Who uses it, for the audit log.
    pub name: String,
    pub sha256: Digest,
    pub role: Role,
}

impl ApiToken {
    /// A new random token, and what to remember of it.
    pub fn generate(name: &str, role: Role) -> io::Result<(String, Self)> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let token = format!("gh_{}", hex::encode(bytes));
        let remembered = Self { name: name.to_owned(), sha256: Digest::of(token.as_bytes()), role };
        Ok((token, remembered))
    }
}

/// A future without a named type.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps a posted file where the scanner finds it, until its verdict is there.
pub trait Spool: Send + Sync + 'static {
    /// Returns the file's URL when the bytes are durable. Each time a URL of its own: whoever is done with one removes
    /// it, and never what somebody else still waits for.
    fn keep<'a>(&'a self, artifact: &'a Artifact) -> Boxed<'a, io::Result<String>>;
    /// Removes what [`Self::keep`] gave this URL; any other URL is left alone.
    fn discard<'a>(&'a self, url: &'a str) -> Boxed<'a, ()>;
}

/// A folder of files named by their sha256: nothing that an uploader chose is in a path.
pub struct FolderSpool {
    folder: PathBuf,
}

impl FolderSpool {
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: folder.canonicalize()? })
    }

    /// Removes what no URL of `wanted` names: what a crash left between two steps. Only while nothing is kept.
    pub fn sweep(&self, wanted: &HashSet<String>) -> io::Result<usize> {
        let mut removed = 0;
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.is_file() && !wanted.contains(&file_url(&path)) {
                std::fs::remove_file(path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl Spool for FolderSpool {
    fn keep<'a>(&'a self, artifact: &'a Artifact) -> Boxed<'a, io::Result<String>> {
        Box::pin(async move {
            let mut suffix = [0; 8];
            getrandom::fill(&mut suffix).map_err(io::Error::other)?;
            let target = self.folder.join(format!("{}-{}", artifact.sha256, hex::encode(suffix)));
            let url = file_url(&target);
            let part = target.with_extension("part");
            let bytes = artifact.bytes.clone();
            let folder = self.folder.clone();
            tokio::task::spawn_blocking(move || {
                let written = (|| {
                    let mut file = std::fs::File::create_new(&part)?;
                    file.write_all(&bytes)?;
                    file.sync_all()?;
                    std::fs::rename(&part, &target)?;
                    // The name is durable only when its folder is.
                    std::fs::File::open(&folder)?.sync_all()
                })();
                if written.is_err() {
                    let _ = std::fs::remove_file(&part);
                }
                written
            })
            .await
            .map_err(io::Error::other)??;
            Ok(url)
        })
    }

    fn discard<'a>(&'a self, url: &'a str) -> Boxed<'a, ()> {
        Box::pin(async move {
            let name = url.rsplit('/').next().unwrap_or_default();
            let path = self.folder.join(name);
            // The names are ours: digits and a dash, the same in a path and in a URL.
            if name.is_empty() || file_url(&path) != url {
                return;
            }
            if let Err(error) = tokio::fs::remove_file(&path).await
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a posted file could not be removed");
            }
        })
    }
}

/// A `file:` URL of an absolute path: what means something in a URL is escaped, wherever somebody keeps the data.
fn file_url(path: &Path) -> String {
    let mut url = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(*byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_kept_until_its_own_url_is_discarded_wherever_the_folder_is() {
        let folder = tempfile::tempdir().unwrap();
        let spool = FolderSpool::open(folder.path().join("a b#c%20?")).unwrap();
        let artifact = Artifact::new(b"abc".to_vec());
        let (one, two) = (spool.keep(&artifact).await.unwrap(), spool.keep(&artifact).await.unwrap());
        assert!(one.contains(&format!("/a%20b%23c%2520%3F/{}-", artifact.sha256)), "{one}");
        assert_ne!(one, two);
        let files = || std::fs::read_dir(&spool.folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        assert_eq!(files().len(), 2);
        // Neither another folder's file nor a way out of this one.
        let outside = folder.path().join("outside");
        std::fs::write(&outside, b"x").unwrap();
        for foreign in [file_url(&outside), format!("{one}/../../outside"), "file:///etc/hostname".into(), "..".into()]
        {
            spool.discard(&foreign).await;
        }
        assert!(outside.exists());
        assert_eq!(files().len(), 2);
        spool.discard(&one).await;
        spool.discard(&one).await;
        assert_eq!(std::fs::read(&files()[0]).unwrap(), b"abc");
        // What a crash left: a file nobody waits for, and one half-written.
        std::fs::write(spool.folder.join("left.part"), b"a").unwrap();
        spool.keep(&artifact).await.unwrap();
        assert_eq!(spool.sweep(&HashSet::from([two.clone()])).unwrap(), 2);
        assert_eq!(files().iter().map(|path| file_url(path)).collect::<Vec<_>>(), [two]);
    }

    #[test]
    fn a_token_is_not_what_is_remembered_of_it() {
        let (token, remembered) = ApiToken::generate("index", Role::Moderator).unwrap();
        assert_eq!(remembered.sha256, Digest::of(token.as_bytes()));
        assert!(!format!("{remembered:?}").contains(&token));
    }
}
