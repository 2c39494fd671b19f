//! What there is to judge: paths to files, files to bytes, all in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use model::{Artifact, Digest, Digester};

/// One thing to judge, in the order of the command line; the files of a folder in the order of their names.
#[derive(Debug)]
pub(super) enum Input {
    Stdin,
    /// A file that was named: judged whatever it is.
    File(PathBuf),
    /// A file in a folder that was named: judged when it is an archive by its content, or claims to be one.
    Found(PathBuf),
    Unreadable(PathBuf, io::Error),
}

/// The bytes of an input.
pub(super) enum Loaded {
    Whole(Artifact),
    /// More than anybody reads; its digest was taken from the stream.
    TooLarge {
        sha256: Digest,
        size: u64,
    },
}

/// Turns the paths of the command line into inputs.
pub(super) fn list(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut inputs),
            Ok(_) => inputs.push(Input::File(path.clone())),
            Err(error) => inputs.push(Input::Unreadable(path.clone(), error)),
        }
    }
    inputs
}

/// Files below a folder, sorted by path. Links to folders are not followed: they may lead in a circle or out of it.
fn walk(folder: &Path, inputs: &mut Vec<Input>) {
    let mut pending = vec![folder.to_path_buf()];
    while let Some(path) = pending.pop() {
        let is_folder = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) || path == folder;
        if !is_folder {
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => inputs.push(Input::Found(path)),
                // A pipe, a socket or a device in a folder holds no archive, and reading one may never end.
                Ok(_) => {}
                Err(error) => inputs.push(Input::Unreadable(path, error)),
            }
            continue;
        }
        let entries = std::fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => {
                let mut entries = entries.into_iter().map(|entry| entry.path()).collect::<Vec<_>>();
                entries.sort_unstable_by(|a, b| b.cmp(a));
                pending.append(&mut entries);
            }
            Err(error) => inputs.push(Input::Unreadable(path, error)),
        }
    }
}

/// Reads a file whole, or its digest when it is larger than `limit`. The room of `spare` is used again.
pub(super) fn load(path: &Path, limit: u64, spare: Vec<u8>) -> io::Result<Loaded> {
    let mut file = File::open(path)?;
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    load_stream(&mut file, expected, limit, spare)
}

/// As [`load`], of a stream that may be `expected` bytes long.
pub(super) fn load_stream(stream: &mut impl Read, expected: u64, limit: u64, spare: Vec<u8>) -> io::Result<Loaded> {
    let room = usize::try_from(expected.min(limit) + 1).map_err(|_| io::ErrorKind::OutOfMemory)?;
    // One that is too small is dropped before the larger one is there, not copied into it.
    let mut bytes = if spare.capacity() < room { Vec::new() } else { spare };
    bytes.clear();
    bytes.try_reserve_exact(room).map_err(|_| io::ErrorKind::OutOfMemory)?;
    stream.by_ref().take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= limit {
        return Ok(Loaded::Whole(Artifact::new(bytes)));
    }
    let mut size = bytes.len() as u64;
    let mut digester = Digester::default();
    digester.update(&bytes);
    bytes.truncate(1 << 16);
    bytes.shrink_to_fit();
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return Ok(Loaded::TooLarge { sha256: digester.finish(), size }),
            Ok(read) => {
                digester.update(&bytes[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file found in a folder is to be judged: an archive by its content, or by the name it claims.
/// The name alone never excuses a file: it only adds broken archives that no content gives away.
pub(super) fn is_archive(path: &Path) -> io::Result<bool> {
    const NAMES: [&str; 13] =
        [".whl", ".egg", ".zip", ".gz", ".tgz", ".tar", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".zst", ".tzst"];
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if NAMES.iter().any(|suffix| name.ends_with(suffix)) {
        return Ok(true);
    }
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(512);
    (&mut file).take(512).read_to_end(&mut head)?;
    if has_archive_head(&head) {
        return Ok(true);
    }
    // A zip is read from its end: anything may stand before it.
    const DIRECTORY_END: u64 = 22 + 65_535;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(DIRECTORY_END)))?;
    let mut tail = Vec::new();
    file.take(DIRECTORY_END).read_to_end(&mut tail)?;
    Ok(tail.windows(4).any(|window| window == b"PK\x05\x06"))
}

/// Whether bytes begin as zip, gzip, bzip2, xz, zstd or tar does.
pub(super) fn has_archive_head(head: &[u8]) -> bool {
    const HEADS: [&[u8]; 7] =
        [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"];
    HEADS.iter().any(|magic| head.starts_with(magic))
        || head.get(257..262).is_some_and(|magic| magic == b"ustar")
        || is_old_tar(head)
}

/// A tar from before `ustar` has no magic, only a header whose checksum is right.
fn is_old_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    if header.first() == Some(&0) {
        return false;
    }
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
        .sum();
    let digits = String::from_utf8_lossy(&header[148..156]);
    u64::from_str_radix(digits.trim_matches([' ', '\0']), 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_in_the_order_of_paths_and_links_to_folders_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.whl", "b/1.whl", "a.zip", "c.txt"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/again")).unwrap();
        let names = list(&[folder.path().to_path_buf(), "-".into(), folder.path().join("none")])
            .iter()
            .map(|input| match input {
                Input::Stdin => "-".to_owned(),
                Input::Found(path) => path.strip_prefix(folder.path()).unwrap().display().to_string(),
                Input::File(path) | Input::Unreadable(path, _) => format!("!{}", path.file_name().unwrap().display()),
            })
            .collect::<Vec<_>>();
        assert_eq!(names, ["a.zip", "b/1.whl", "b/2.whl", "c.txt", "-", "!none"]);
    }

    #[test]
    fn what_is_too_large_is_counted_and_hashed_but_not_held() {
        let bytes = vec![7; 200_000];
        let Loaded::TooLarge { sha256, size } = load_stream(&mut bytes.as_slice(), 0, 100_000, vec![1; 9]).unwrap()
        else {
            panic!("must not be held");
        };
        assert_eq!((sha256, size), (Digest::of(&bytes), 200_000));
        let Loaded::Whole(artifact) = load_stream(&mut bytes.as_slice(), u64::MAX - 1, 200_000, vec![1; 9]).unwrap()
        else {
            panic!("must be held");
        };
        assert_eq!(artifact.bytes, bytes);
    }

    #[test]
    fn an_archive_is_told_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let is = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            is_archive(&path).unwrap()
        };
        assert!(is("image.png", b"PK\x03\x04"));
        assert!(is("installer.exe", &[b"MZ".as_slice(), &[0; 900], b"PK\x05\x06", &[0; 18]].concat()));
        assert!(is("broken.whl", b"nothing"));
        assert!(!is("readme.txt", b"nothing"));
        assert!(!is("zeros", &[0; 1024]));
        let mut old = tar::Header::new_old();
        old.set_path("a").unwrap();
        old.set_size(0);
        old.set_cksum();
        assert!(is("old", old.as_bytes()));
    }
}
