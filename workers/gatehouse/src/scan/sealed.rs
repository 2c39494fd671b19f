//! Password-protected sample zips: opened in memory, and what is inside is judged, never the wrapping.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::input::has_archive_head;

/// Entries of a sample zip that are looked at; a collector's zip holds one or a few.
const ENTRIES: usize = 10_000;

/// One thing to judge from inside a sample zip.
pub(super) struct Inner {
    /// Its name in the zip.
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SealedError {
    #[error("{0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("`{0}` cannot be read: {1}")]
    Entry(String, std::io::Error),
    #[error("more than {0} entries")]
    Entries(usize),
    #[error("`{0}` is larger than the {1} bytes that are read")]
    TooLarge(String, u64),
    #[error("it holds no file")]
    Empty,
}

impl SealedError {
    pub(super) fn is_password(&self) -> bool {
        matches!(self, Self::Zip(zip::result::ZipError::InvalidPassword))
    }
}

/// Whether these bytes are a zip in which a file is encrypted.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    (0..archive.len().min(ENTRIES)).any(|index| archive.by_index_raw(index).is_ok_and(|entry| entry.encrypted()))
}

/// Hands over what is sealed in a zip: every archive in it under its own name or, when it holds no archive but a tree
/// of files, that tree as one archive.
pub(super) fn open(bytes: &[u8], password: &[u8], limit: u64, judge: &mut dyn FnMut(Inner)) -> Result<(), SealedError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    if archive.len() > ENTRIES {
        return Err(SealedError::Entries(ENTRIES));
    }
    let mut tree = Tree::new(limit);
    let mut archives = 0_usize;
    for index in 0..archive.len() {
        let mut entry = archive.by_index_decrypt(index, password)?;
        if entry.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let mut bytes = Vec::new();
        (&mut entry)
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| SealedError::Entry(name.clone(), error))?;
        if bytes.len() as u64 > limit {
            return Err(SealedError::TooLarge(name, limit));
        }
        if has_archive_head(&bytes) {
            archives += 1;
            judge(Inner { name, bytes });
        } else {
            tree.add(&name, &bytes)?;
        }
    }
    match (tree.finish()?, archives) {
        // A note beside the sample is judged like the sample: an attacker may have written both.
        (Some(bytes), _) => judge(Inner { name: String::new(), bytes }),
        (None, 0) => return Err(SealedError::Empty),
        (None, _) => {}
    }
    Ok(())
}

/// Loose files of a sample zip, packed again without the password: always the same bytes for the same files.
struct Tree {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    left: u64,
    limit: u64,
    files: usize,
}

impl Tree {
    fn new(limit: u64) -> Self {
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), left: limit, limit, files: 0 }
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SealedError> {
        let too_large = || SealedError::TooLarge(name.to_owned(), self.limit);
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        self.files += 1;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options)?;
        self.zip.write_all(bytes).map_err(|error| SealedError::Entry(name.to_owned(), error))
    }

    fn finish(self) -> Result<Option<Vec<u8>>, SealedError> {
        if self.files == 0 {
            return Ok(None);
        }
        Ok(Some(self.zip.finish()?.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zip::{AesMode, unstable::write::FileOptionsExt as _};

    fn seal(files: &[(&str, &[u8])], aes: bool) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            if aes {
                zip.start_file(*name, options.with_aes_encryption(AesMode::Aes256, "infected")).unwrap();
            } else {
                zip.start_file(*name, options.with_deprecated_encryption(b"infected").unwrap()).unwrap();
            }
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn opened(bytes: &[u8], password: &[u8], limit: u64) -> Result<Vec<(String, Vec<u8>)>, SealedError> {
        let mut all = Vec::new();
        open(bytes, password, limit, &mut |inner| all.push((inner.name, inner.bytes)))?;
        Ok(all)
    }

    #[test]
    fn archives_inside_come_out_under_their_names_however_they_were_sealed() {
        for aes in [false, true] {
            let sealed = seal(&[("a-1.tar.gz", b"\x1f\x8bgzip"), ("b-1.whl", b"PK\x03\x04zip")], aes);
            assert!(is_sealed(&sealed));
            let inner = opened(&sealed, b"infected", 100).unwrap();
            let names = inner.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
            assert_eq!(names, ["a-1.tar.gz", "b-1.whl"]);
            assert_eq!(inner[0].1, b"\x1f\x8bgzip");
        }
    }

    #[test]
    fn loose_files_are_judged_as_one_archive_and_always_as_the_same_one() {
        let sealed = seal(&[("p/setup.py", b"import os\n"), ("p/PKG-INFO", b"Name: p\n")], true);
        let inner = opened(&sealed, b"infected", 100).unwrap();
        assert_eq!(inner.len(), 1);
        let mut tree = ZipArchive::new(Cursor::new(inner[0].1.clone())).unwrap();
        let mut text = String::new();
        tree.by_name("p/setup.py").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "import os\n");
        assert_eq!(inner, opened(&sealed, b"infected", 100).unwrap());
        assert!(!is_sealed(&inner[0].1));
    }

    #[test]
    fn a_wrong_password_and_a_bomb_are_errors() {
        let sealed = seal(&[("a-1.tar.gz", &[0x1f, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0])], true);
        assert!(opened(&sealed, b"other", 100).unwrap_err().is_password());
        assert!(matches!(opened(&sealed, b"infected", 9), Err(SealedError::TooLarge(_, 9))));
        let loose = seal(&[("a", b"123456"), ("b", b"123456")], false);
        assert!(matches!(opened(&loose, b"infected", 10), Err(SealedError::TooLarge(_, 10))));
    }
}
