//! The archives of `corpus/`, packed in memory: the same bytes every time, nothing of them is ever run or installed.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Write as _},
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, GzBuilder};
use include_dir::{Dir, include_dir};
use model::{Digest, Outcome};
use serde::Deserialize;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

static CORPUS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../corpus");

/// Every packed file is from this second on, in every build.
const MTIME: u64 = 1_700_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    project: Vec<Project>,
}

/// What the manifest says of one tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Project {
    /// Below `corpus/`; its last part is the project's name.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) technique: String,
    pub(crate) version: String,
    /// All outcomes that are right.
    pub(crate) expect: Vec<Outcome>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    description: String,
    /// `Label, URL`.
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Sdist,
    Wheel,
}

/// A packed project.
pub(crate) struct Archive {
    pub(crate) project: Project,
    pub(crate) filename: String,
    pub(crate) bytes: Vec<u8>,
}

/// Packs the whole corpus, in the order of the manifest.
pub(crate) fn archives() -> anyhow::Result<Vec<Archive>> {
    let manifest = CORPUS.get_file("manifest.toml").context("corpus/manifest.toml is missing")?;
    let manifest: Manifest = toml::from_str(manifest.contents_utf8().context("corpus/manifest.toml is not text")?)?;
    manifest.project.into_iter().map(|project| project.pack()).collect()
}

type Files<'a> = BTreeMap<String, &'a [u8]>;

fn collect<'a>(folder: &'a Dir<'a>, root: &str, files: &mut Files<'a>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy();
        let path = path.strip_prefix(root).unwrap_or(&path).trim_start_matches('/');
        files.insert(path.to_owned(), file.contents());
    }
    for folder in folder.dirs() {
        collect(folder, root, files);
    }
}

impl Project {
    /// The project's name.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn pack(self) -> anyhow::Result<Archive> {
        let folder = CORPUS.get_dir(&self.path).with_context(|| format!("corpus/{} is missing", self.path))?;
        let mut files = Files::new();
        collect(folder, &self.path, &mut files);
        ensure!(!files.is_empty(), "corpus/{} is empty", self.path);
        let stem = format!("{}-{}", self.name().replace('-', "_"), self.version);
        let metadata = self.metadata();
        let (filename, bytes) = match self.kind {
            Kind::Sdist => {
                files.entry("PKG-INFO".to_owned()).or_insert(metadata.as_bytes());
                (format!("{stem}.tar.gz"), sdist(&stem, &files)?)
            }
            Kind::Wheel => (format!("{stem}-py3-none-any.whl"), wheel(&stem, &files, &metadata)?),
        };
        Ok(Archive { project: self, filename, bytes })
    }

    fn metadata(&self) -> String {
        let mut text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name(), self.version);
        let mut field = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\n"));
        if !self.summary.is_empty() {
            field("Summary", &self.summary);
        }
        for link in &self.links {
            field("Project-URL", link);
        }
        for requirement in &self.requires {
            field("Requires-Dist", requirement);
        }
        if !self.description.is_empty() {
            field("Description-Content-Type", "text/markdown");
            text.push('\n');
            text.push_str(&self.description);
        }
        text
    }
}

fn sdist(stem: &str, files: &Files<'_>) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(6)));
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(MTIME);
        tar.append_data(&mut header, format!("{stem}/{path}"), *bytes)?;
    }
    tar.into_inner()?.finish()
}

fn wheel(stem: &str, tree: &Files<'_>, metadata: &str) -> anyhow::Result<Vec<u8>> {
    let about = format!("{stem}.dist-info");
    let record_path = format!("{about}/RECORD");
    let mut record = String::new();
    let mut files: Files<'_> = tree.iter().map(|(path, bytes)| (path.clone(), *bytes)).collect();
    // A tree that brings its own shows something by it.
    files.entry(format!("{about}/METADATA")).or_insert(metadata.as_bytes());
    files
        .entry(format!("{about}/WHEEL"))
        .or_insert(b"Wheel-Version: 1.0\nGenerator: corpus\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    for (path, bytes) in files.iter().filter(|(path, _)| **path != record_path) {
        let digest = URL_SAFE_NO_PAD.encode(Digest::of(bytes).as_bytes());
        record.push_str(&format!("{path},sha256={digest},{}\n", bytes.len()));
    }
    record.push_str(&format!("{record_path},,\n"));
    files.entry(record_path).or_insert(record.as_bytes());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::from_date_and_time(2023, 11, 14, 22, 13, 20)?)
        .unix_permissions(0o644);
    for (path, bytes) in &files {
        zip.start_file(path.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, io::Read as _};

    use super::*;

    #[test]
    fn the_same_bytes_every_time_and_no_two_alike() {
        let (one, other) = (archives().unwrap(), archives().unwrap());
        assert!(one.len() >= 140, "{}", one.len());
        let digests: BTreeSet<_> = one.iter().map(|archive| Digest::of(&archive.bytes)).collect();
        assert_eq!(digests.len(), one.len());
        for (one, other) in one.iter().zip(&other) {
            assert!(one.bytes == other.bytes, "{}", one.filename);
            let parsed = model::Filename::parse(&one.filename).unwrap();
            assert_eq!(
                (parsed.project, parsed.version),
                (one.project.name().replace('-', "_"), one.project.version.clone())
            );
            assert!(!one.project.expect.is_empty() && !one.project.technique.is_empty(), "{}", one.filename);
        }
    }

    #[test]
    fn every_tree_is_in_the_manifest() {
        let listed: BTreeSet<String> = archives().unwrap().into_iter().map(|archive| archive.project.path).collect();
        let found: BTreeSet<String> = CORPUS
            .dirs()
            .flat_map(|label| label.dirs())
            .map(|folder| folder.path().to_string_lossy().into_owned())
            .collect();
        assert_eq!(listed, found);
    }

    #[test]
    fn a_wheel_holds_its_tree_and_a_record_that_is_true() {
        let wheel = archives().unwrap().into_iter().find(|archive| archive.project.kind == Kind::Wheel).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(&wheel.bytes)).unwrap();
        let mut contents = BTreeMap::new();
        for index in 0..zip.len() {
            let mut member = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let name = member.name().unwrap().into_owned();
            contents.insert(name, bytes);
        }
        let record = contents.iter().find(|(path, _)| path.ends_with(".dist-info/RECORD")).unwrap().1;
        let rows: Vec<_> =
            std::str::from_utf8(record).unwrap().lines().map(|row| row.split(',').collect::<Vec<_>>()).collect();
        assert_eq!(rows.len(), contents.len());
        for row in rows.iter().filter(|row| !row[1].is_empty()) {
            let digest = URL_SAFE_NO_PAD.encode(Digest::of(&contents[row[0]]).as_bytes());
            assert_eq!(row[1], format!("sha256={digest}"), "{}", row[0]);
        }
    }
}
