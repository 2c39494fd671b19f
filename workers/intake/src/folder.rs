//! A folder whose archives are upload events.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read as _},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use model::{Digest, Digester, Filename, Terminal, UploadEvent};
use queue::Published;
use tokio::sync::watch::Receiver;

/// What download tools append until a file is whole.
const UNFINISHED: [&str; 7] = [".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart"];
/// First bytes of zip, gzip, bzip2, xz and zstd.
const MAGIC: [&[u8]; 5] = [b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];

/// A folder to look at.
#[derive(Clone, Debug)]
pub struct Watch {
    pub folder: PathBuf,
    /// Time between two looks. A file must look the same twice.
    pub every: Duration,
    /// The path at which the index's file host serves this folder; without it, events name the files of this machine.
    pub below: Option<String>,
}

/// What tells that a file was not changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    size: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Look {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { size: metadata.len(), inode: metadata.ino(), modified: (metadata.mtime(), metadata.mtime_nsec()) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Looked like this at the last look.
    Once(Look),
    /// Is an upload, or no archive, as long as it looks like this.
    Settled(Look),
    /// Could not be read; said so once.
    Unreadable,
}

/// Publishes what appears in a folder, and what is already there, until `stop` says so.
pub async fn watch<F>(watch: Watch, publish: impl Fn(UploadEvent) -> F, mut stop: Receiver<bool>) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<Published>>,
{
    let folder = fs::canonicalize(&watch.folder)?;
    let mut known = HashMap::new();
    loop {
        let looked_in = folder.clone();
        let before = std::mem::take(&mut known);
        let (after, ripe) = tokio::task::spawn_blocking(move || look(&looked_in, &before)).await?;
        known = after;
        for (path, seen) in ripe {
            let (hashed, below) = (path.clone(), watch.below.clone());
            let described = tokio::task::spawn_blocking(move || describe(&hashed, seen, below.as_deref())).await?;
            let now = match described {
                Ok(Some(event)) => {
                    let (sha256, file) = (event.sha256, event.filename.clone());
                    match publish(event).await {
                        Ok(published) => {
                            let new = published == Published::Accepted;
                            tracing::info!(file = %Terminal(&file), artifact.sha256 = %sha256, new, "found a file");
                            Seen::Settled(seen)
                        }
                        Err(error) => {
                            let error = format!("{error:#}");
                            tracing::warn!(error, "a file that was found could not be queued and is tried again");
                            Seen::Once(seen)
                        }
                    }
                }
                Ok(None) => Seen::Settled(seen),
                Err(error) => {
                    if known.get(&path) != Some(&Seen::Unreadable) {
                        let file = path.to_string_lossy();
                        tracing::warn!(file = %Terminal(&file), %error, "a file cannot be read");
                    }
                    Seen::Unreadable
                }
            };
            known.insert(path, now);
        }
        tokio::select! {
            () = tokio::time::sleep(watch.every) => {}
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

/// Looks at every file; ripe are those that look as they did before and are not settled.
fn look(folder: &Path, before: &HashMap<PathBuf, Seen>) -> (HashMap<PathBuf, Seen>, Vec<(PathBuf, Look)>) {
    let (mut after, mut ripe) = (HashMap::new(), Vec::new());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(%error, "the watched folder cannot be read");
            return (before.clone(), ripe);
        }
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        // The file itself, not what it links to; it may be gone by now.
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if !metadata.is_file() || metadata.len() == 0 || path.file_name().is_none_or(unfinished) {
            continue;
        }
        let now = Look::of(&metadata);
        let seen = match before.get(&path) {
            Some(Seen::Settled(look)) if *look == now => Seen::Settled(now),
            Some(Seen::Once(look)) if *look == now => {
                ripe.push((path.clone(), now));
                Seen::Once(now)
            }
            Some(Seen::Unreadable) => {
                ripe.push((path.clone(), now));
                Seen::Unreadable
            }
            _ => Seen::Once(now),
        };
        after.insert(path, seen);
    }
    ripe.sort_by(|one, other| one.0.cmp(&other.0));
    (after, ripe)
}

fn unfinished(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let ends = |suffix: &str| {
        name.len().checked_sub(suffix.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(suffix.as_bytes()))
    };
    name.starts_with(b".") || UNFINISHED.into_iter().any(ends)
}

/// The event of a file; `None` when it is no archive, or changed while it was read.
fn describe(path: &Path, seen: Look, below: Option<&str>) -> io::Result<Option<UploadEvent>> {
    let mut file = File::open(path)?;
    let mut start = [0; 8];
    let read = read_start(&mut file, &mut start)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name on our disk may hold what an event may not; the URL keeps it as it is.
    let filename: String =
        name.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '\u{fffd}' } else { c }).collect();
    let claimed = Filename::parse(&filename);
    if claimed.is_none() && !MAGIC.iter().any(|magic| start[..read].starts_with(magic)) {
        return Ok(None);
    }
    let (sha256, size) = digest(start[..read].chain(&mut file))?;
    if Look::of(&file.metadata()?) != seen || size != seen.size {
        return Err(io::Error::other("it changed while it was read"));
    }
    let (project, version) =
        claimed.map_or_else(|| (filename.clone(), "0".to_owned()), |claimed| (claimed.project, claimed.version));
    let url = match below {
        // Its own name: what is in the event may have been made harmless.
        Some(below) => {
            let name = path.file_name().unwrap_or_default();
            format!("{}/{}", below.trim_end_matches('/'), escaped(name.as_bytes()))
        }
        None => format!("file://{}", escaped(path.as_os_str().as_bytes())),
    };
    let mut event = UploadEvent {
        id: String::new(),
        source: String::new(),
        project,
        version,
        filename,
        sha256,
        size: Some(size),
        url,
        uploaded_by: None,
        upload_time: None,
        previous: None,
    };
    event.id = event.content_id();
    Ok(Some(event))
}

fn digest(mut bytes: impl io::Read) -> io::Result<(Digest, u64)> {
    let mut digester = Digester::default();
    let mut size = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match bytes.read(&mut buffer)? {
            0 => return Ok((digester.finish(), size)),
            read => {
                digester.update(&buffer[..read]);
                size += read as u64;
            }
        }
    }
}

fn read_start(file: &mut File, start: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < start.len() {
        match file.read(&mut start[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

/// A path, every byte that means something in a URL escaped.
fn escaped(path: &[u8]) -> String {
    let mut url = String::new();
    for byte in path {
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

    fn ripe_names(folder: &Path, before: &HashMap<PathBuf, Seen>) -> (HashMap<PathBuf, Seen>, Vec<String>) {
        let (after, ripe) = look(folder, before);
        let names = ripe.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        (after, names)
    }

    #[test]
    fn a_file_is_taken_when_two_looks_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-1.tar.gz");
        fs::write(&path, b"one").unwrap();
        let (known, ripe) = ripe_names(folder.path(), &HashMap::new());
        assert!(ripe.is_empty());
        fs::write(&path, b"one and more").unwrap();
        let (known, ripe) = ripe_names(folder.path(), &known);
        assert!(ripe.is_empty(), "it grew");
        let (mut known, ripe) = ripe_names(folder.path(), &known);
        assert_eq!(ripe, ["a-1.tar.gz"]);
        let now = Look::of(&fs::symlink_metadata(&path).unwrap());
        known.insert(path.clone(), Seen::Settled(now));
        let (known, ripe) = ripe_names(folder.path(), &known);
        assert!(ripe.is_empty(), "it is settled");
        fs::write(&path, b"replaced").unwrap();
        let (known, _) = ripe_names(folder.path(), &known);
        assert_eq!(ripe_names(folder.path(), &known).1, ["a-1.tar.gz"], "other bytes are another upload");
    }

    #[test]
    fn unfinished_hidden_linked_and_empty_files_wait() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a-1.whl.part", "b-1.whl.CRDOWNLOAD", ".c-1.whl", "whole-1.whl"] {
            fs::write(folder.path().join(name), b"PK\x03\x04").unwrap();
        }
        fs::write(folder.path().join("empty-1.whl"), b"").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link-1.whl")).unwrap();
        fs::create_dir(folder.path().join("folder-1.whl")).unwrap();
        let (known, _) = ripe_names(folder.path(), &HashMap::new());
        assert_eq!(ripe_names(folder.path(), &known).1, ["whole-1.whl"]);
    }

    #[test]
    fn an_archive_is_told_by_its_name_or_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let describe = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            describe(&path, Look::of(&fs::symlink_metadata(&path).unwrap()), None).unwrap()
        };
        let named = describe("demo_pkg-1.2.tar.gz", b"not a tar at all").unwrap();
        assert_eq!((named.project.as_str(), named.version.as_str()), ("demo_pkg", "1.2"));
        assert_eq!((named.sha256, named.size), (Digest::of(b"not a tar at all"), Some(16)));
        let sniffed = describe("download.bin", b"PK\x03\x04rest").unwrap();
        assert_eq!((sniffed.project.as_str(), sniffed.version.as_str()), ("download.bin", "0"));
        assert!(describe("notes.txt", b"hello").is_none());
        let hostile = describe("a\u{1b}[2J b\\-1.whl", b"PK\x03\x04").unwrap();
        let sent = serde_json::to_vec(&hostile).unwrap();
        assert_eq!(model::parse_upload(&sent).unwrap(), hostile, "every name makes an event that is taken");
        assert!(hostile.url.ends_with("/a%1B%5B2J%20b%5C-1.whl"), "{}", hostile.url);
        // For a fleet, whose scanners have another disk: where the file host serves the folder.
        let path = folder.path().join("a\u{1b}[2J b\\-1.whl");
        let served = super::describe(&path, Look::of(&fs::symlink_metadata(&path).unwrap()), Some("/uploads/"));
        assert_eq!(served.unwrap().unwrap().url, "/uploads/a%1B%5B2J%20b%5C-1.whl");
    }

    #[test]
    fn the_same_bytes_under_the_same_name_are_one_upload() {
        let folder = tempfile::tempdir().unwrap();
        let id = |path: PathBuf| {
            fs::write(&path, b"PK\x03\x04").unwrap();
            describe(&path, Look::of(&fs::symlink_metadata(&path).unwrap()), None).unwrap().unwrap().id
        };
        fs::create_dir(folder.path().join("x")).unwrap();
        let one = id(folder.path().join("a-1.whl"));
        assert_eq!(one, id(folder.path().join("x/a-1.whl")));
        assert_ne!(one, id(folder.path().join("b-1.whl")));
    }
}
