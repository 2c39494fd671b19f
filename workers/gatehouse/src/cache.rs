//! Compiled rules kept between runs, in the user's cache folder.
//!
//! A cache that somebody else can write decides every verdict, and its machine code is run. So it is used only when the folder and the file belong
//! to this user and nobody else can write them, and whatever is wrong with it costs a compilation, never a run.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::Digest;

/// Compiled forms that are kept, newest first: one a rulebook and a build.
const KEPT: usize = 4;
const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// `$XDG_CACHE_HOME/gatehouse` or `~/.cache/gatehouse`; `None` when there is no such place or it is not safe.
    pub(crate) fn of_this_user() -> Option<Self> {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Self::at(base.join("gatehouse"))
    }

    fn at(folder: PathBuf) -> Option<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
        let metadata = folder.symlink_metadata().ok()?;
        (metadata.is_dir() && is_ours_alone(&metadata)).then_some(Self { folder })
    }

    fn path(&self, key: &Digest) -> PathBuf {
        self.folder.join(format!("rulebook-{key}"))
    }

    /// The digest of a rulebook and its compiled bytes.
    pub(crate) fn load(&self, key: &Digest) -> Option<(Digest, Vec<u8>)> {
        let path = self.path(key);
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let file = File::open(&path).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || !is_ours_alone(&metadata) || metadata.len() > SIZE_LIMIT {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?.saturating_add(1));
        file.take(SIZE_LIMIT).read_to_end(&mut bytes).ok()?;
        let (seal, content) = bytes.split_at_checked(32)?;
        if Digest::of(content).as_bytes() != seal {
            return None;
        }
        let digest: [u8; 32] = content.get(..32)?.try_into().ok()?;
        bytes.drain(..64);
        Some((Digest::from_bytes(digest), bytes))
    }

    /// Keeps a compiled rulebook. A failure is nobody's trouble: the next run compiles again.
    pub(crate) fn store(&self, key: &Digest, rulebook: &Digest, bytes: &[u8]) {
        let content = [rulebook.as_bytes().as_slice(), bytes].concat();
        let temporary = self.folder.join(format!("new-{}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)
            .and_then(|mut file| {
                file.write_all(Digest::of(&content).as_bytes())?;
                file.write_all(&content)
            })
            .and_then(|()| std::fs::rename(&temporary, self.path(key)));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        self.forget_old();
    }

    fn forget_old(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        let mut kept = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("rulebook-"))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect::<Vec<_>>();
        kept.sort();
        kept.reverse();
        for (_, path) in kept.iter().skip(KEPT) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn is_ours_alone(metadata: &std::fs::Metadata) -> bool {
    metadata.uid() == own_user() && metadata.mode() & 0o022 == 0
}

/// The user this process acts as: the owner of its entry in `/proc`.
fn own_user() -> u32 {
    Path::new("/proc/self").metadata().map_or(u32::MAX, |metadata| metadata.uid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn cache(folder: &Path) -> Cache {
        Cache::at(folder.join("gatehouse")).unwrap()
    }

    #[test]
    fn gives_back_what_it_keeps_and_nothing_that_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (key, rulebook) = (Digest::of(b"key"), Digest::of(b"rules"));
        let cache = cache(folder.path());
        assert!(cache.load(&key).is_none());
        cache.store(&key, &rulebook, b"compiled");
        assert_eq!(cache.load(&key), Some((rulebook, b"compiled".to_vec())));
        assert_eq!(cache.path(&key).metadata().unwrap().mode() & 0o777, 0o600);
        assert!(cache.load(&Digest::of(b"other")).is_none());
        for change in [|bytes: &mut Vec<u8>| bytes[70] ^= 1, |bytes: &mut Vec<u8>| bytes.truncate(40)] {
            cache.store(&key, &rulebook, b"compiled");
            let mut bytes = std::fs::read(cache.path(&key)).unwrap();
            change(&mut bytes);
            std::fs::write(cache.path(&key), bytes).unwrap();
            assert!(cache.load(&key).is_none());
        }
    }

    #[test]
    fn a_file_or_folder_that_others_can_write_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let key = Digest::of(b"key");
        let cache = cache(folder.path());
        cache.store(&key, &Digest::of(b"rules"), b"compiled");
        std::fs::set_permissions(cache.path(&key), PermissionsExt::from_mode(0o622)).unwrap();
        assert!(cache.load(&key).is_none());
        std::fs::set_permissions(&cache.folder, PermissionsExt::from_mode(0o777)).unwrap();
        assert!(Cache::at(cache.folder.clone()).is_none());
    }

    #[test]
    fn only_the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        for key in 0..10_u8 {
            cache.store(&Digest::of(&[key]), &Digest::of(b"rules"), b"compiled");
        }
        assert_eq!(std::fs::read_dir(&cache.folder).unwrap().count(), KEPT);
    }
}
