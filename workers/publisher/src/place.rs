//! The folder beside the index's metadata: files named by digests, whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use model::Digest;

/// Where verdicts are published.
pub(crate) struct Place {
    folder: PathBuf,
}

/// The release token's path, in the folder and as a target.
pub(crate) fn token(sha256: &Digest) -> String {
    format!("verdicts/{sha256}.svr.dsse.json")
}

/// What is said of the file, whatever it is.
pub(crate) fn answer(sha256: &Digest) -> String {
    format!("verdicts/{sha256}.json")
}

impl Place {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("verdicts"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// On the disk when it returns, the old or the new content at every moment before.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let whole = self.folder.join(path);
        let part = whole.with_extension("part");
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, &whole)?;
        File::open(self.folder.join("verdicts"))?.sync_all()
    }

    /// Takes a file away. It may be gone already.
    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        match fs::remove_file(self.folder.join(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    pub(crate) fn holds(&self, path: &str) -> bool {
        self.folder.join(path).exists()
    }
}
