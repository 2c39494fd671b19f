//! Source trees to archives, in memory: what the examples of rules are made of. Built byte by byte, so that an example
//! can also be an archive that no honest tool writes.

use std::{collections::BTreeMap, io::Write};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, Crc, GzBuilder, write::DeflateEncoder};
use model::Digest;

/// An archive and the name it would be uploaded under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    pub filename: String,
    pub bytes: Vec<u8>,
}

/// One entry, written as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub data: Vec<u8>,
    /// Target of a symbolic link; the data is left out.
    pub link: Option<String>,
    pub executable: bool,
}

impl Entry {
    pub fn new(name: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), data: data.into(), ..Self::default() }
    }

    fn mode(&self) -> u32 {
        match (&self.link, self.executable) {
            (Some(_), _) => 0o120_777,
            (None, true) => 0o100_755,
            (None, false) => 0o100_644,
        }
    }
}

/// A project tree to the distribution it describes: with a `*.dist-info` folder a wheel, else an sdist.
///
/// Metadata that is missing is written, unless the tree holds a file `.bare`, which is left out.
pub fn tree(files: &BTreeMap<String, Vec<u8>>) -> Packed {
    let mut files = files.clone();
    let bare = files.remove(".bare").is_some();
    let info = files.keys().find_map(|path| {
        let (top, _) = path.split_once('/')?;
        top.ends_with(".dist-info").then(|| top.to_owned())
    });
    let metadata = match &info {
        Some(info) => files.get(&format!("{info}/METADATA")),
        None => files.get("PKG-INFO"),
    };
    let (name, version) = metadata.map(|bytes| identity(bytes)).unwrap_or_default();
    let name = if name.is_empty() { "demo".to_owned() } else { name };
    let version = if version.is_empty() { "1.0".to_owned() } else { version };
    let stem = format!("{}-{version}", name.replace('-', "_"));
    let Some(info) = info else {
        if !bare {
            files.entry("PKG-INFO".to_owned()).or_insert_with(|| core_metadata(&name, &version));
        }
        let entries: Vec<Entry> =
            files.into_iter().map(|(path, data)| Entry::new(format!("{stem}/{path}"), data)).collect();
        return Packed { filename: format!("{stem}.tar.gz"), bytes: tar_gz(&entries) };
    };
    if !bare {
        files.entry(format!("{info}/METADATA")).or_insert_with(|| core_metadata(&name, &version));
        files.entry(format!("{info}/WHEEL")).or_insert_with(|| {
            b"Wheel-Version: 1.0\nGenerator: example\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_vec()
        });
        let record = format!("{info}/RECORD");
        if !files.contains_key(&record) {
            let rows = rows(&files, &record);
            files.insert(record, rows);
        }
    }
    let entries: Vec<Entry> = files.into_iter().map(|(path, data)| Entry::new(path, data)).collect();
    Packed { filename: format!("{stem}-py3-none-any.whl"), bytes: zip(&entries) }
}

/// The small honest project around a single file, as paths below the root of an sdist.
pub fn surroundings() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut put = |path: &str, text: &str| files.insert(path.to_owned(), text.as_bytes().to_vec());
    put(
        "pyproject.toml",
        "[build-system]\nrequires = [\"setuptools>=68\"]\nbuild-backend = \"setuptools.build_meta\"\n",
    );
    put("README.md", "# demo\n\nTurns words into titles, for tests and talks.\n");
    put(
        "demo/__init__.py",
        "\"\"\"Turns words into titles.\"\"\"\n\nfrom demo.text import title\n\n__all__ = [\"title\"]\n",
    );
    put(
        "demo/text.py",
        "\"\"\"Words and titles.\"\"\"\n\n\ndef title(words):\n    \"\"\"Joins words with a capital each.\"\"\"\n    \
         return \" \".join(word.capitalize() for word in words)\n",
    );
    files.insert("PKG-INFO".to_owned(), core_metadata("demo", "1.0"));
    files
}

fn core_metadata(name: &str, version: &str) -> Vec<u8> {
    format!(
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Turns words into titles\n\
         Home-page: https://demo.invalid/\nAuthor: Demo Author\nAuthor-email: author@demo.invalid\nLicense: MIT\n\
         Project-URL: Source, https://code.invalid/demo\nClassifier: Programming Language :: Python :: 3\n\
         Classifier: License :: OSI Approved :: MIT License\nRequires-Python: >=3.9\n\n\
         # {name}\n\nTurns words into titles, for tests and talks. It has been doing so for years and does nothing\n\
         else; see the documentation for how to call it and what it returns for words that are empty.\n"
    )
    .into_bytes()
}

fn identity(metadata: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(metadata);
    let field = |name: &str| {
        let line = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned()).unwrap_or_default()
    };
    (field("Name:"), field("Version:"))
}

fn rows(files: &BTreeMap<String, Vec<u8>>, record: &str) -> Vec<u8> {
    let mut rows = String::new();
    for (path, data) in files {
        let digest = URL_SAFE_NO_PAD.encode(Digest::of(data).as_bytes());
        let path = if path.contains([',', '"']) { format!("\"{}\"", path.replace('"', "\"\"")) } else { path.clone() };
        rows.push_str(&format!("{path},sha256={digest},{}\n", data.len()));
    }
    rows.push_str(&format!("{record},,\n"));
    rows.into_bytes()
}

/// Entries in order, twice if given twice.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let data = entry.link.as_ref().map_or(entry.data.as_slice(), |target| target.as_bytes());
        let mut crc = Crc::new();
        crc.update(data);
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = packed.write_all(data).and_then(|()| packed.finish()).unwrap_or_default();
        let flags: u16 = if entry.name.is_ascii() { 0 } else { 0x0800 };
        let offset = small(out.len());
        let mut common = Vec::new();
        common.extend_from_slice(&20u16.to_le_bytes());
        common.extend_from_slice(&flags.to_le_bytes());
        common.extend_from_slice(&8u16.to_le_bytes());
        // Midnight of the first day that the format knows.
        common.extend_from_slice(&[0, 0, 0x21, 0]);
        common.extend_from_slice(&crc.sum().to_le_bytes());
        common.extend_from_slice(&small(packed.len()).to_le_bytes());
        common.extend_from_slice(&small(data.len()).to_le_bytes());
        common.extend_from_slice(&u16::try_from(entry.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        common.extend_from_slice(&0u16.to_le_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&[20, 3]);
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.mode() << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (start, length) = (small(out.len()), small(directory.len()));
    out.append(&mut directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

/// Entries in order, twice if given twice.
pub fn tar_gz(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        if entry.name.len() > 100 {
            let mut name = entry.name.clone().into_bytes();
            name.push(0);
            header(&mut tar, b"././@LongLink", 0o644, name.len(), b'L', b"");
            padded(&mut tar, &name);
        }
        let (kind, data) = if entry.link.is_some() { (b'2', &[][..]) } else { (b'0', entry.data.as_slice()) };
        let target = entry.link.as_deref().unwrap_or_default();
        header(&mut tar, entry.name.as_bytes(), entry.mode() & 0o777, data.len(), kind, target.as_bytes());
        padded(&mut tar, data);
    }
    // Two empty blocks, and up to a record of twenty.
    tar.resize((tar.len() + 1024).next_multiple_of(20 * 512), 0);
    let mut gz = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    gz.write_all(&tar).and_then(|()| gz.finish()).unwrap_or_default()
}

fn header(out: &mut Vec<u8>, name: &[u8], mode: u32, size: usize, kind: u8, link: &[u8]) {
    let mut block = [0u8; 512];
    let mut put = |at: usize, longest: usize, bytes: &[u8]| {
        let length = bytes.len().min(longest);
        block[at..at + length].copy_from_slice(&bytes[..length]);
    };
    put(0, 100, name);
    put(100, 8, format!("{mode:07o}\0").as_bytes());
    put(108, 8, b"0000000\0");
    put(116, 8, b"0000000\0");
    put(124, 12, format!("{size:011o}\0").as_bytes());
    put(136, 12, b"00000000000\0");
    put(148, 8, b"        ");
    put(156, 1, &[kind]);
    put(157, 100, link);
    put(257, 8, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&block);
}

fn padded(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(packed: &[u8]) -> (Vec<(String, Vec<u8>)>, unpack::Report) {
        let mut members = Vec::new();
        let report = unpack::unpack(packed, &unpack::Limits::default(), &mut |member| {
            members.push((member.path, member.data));
        });
        (members, report)
    }

    #[test]
    fn a_tree_becomes_an_sdist_or_a_wheel_that_is_read_back_without_a_complaint() {
        let mut files = surroundings();
        let sdist = tree(&files);
        assert_eq!(sdist.filename, "demo-1.0.tar.gz");
        let (read, report) = members(&sdist.bytes);
        assert!(report.anomalies.is_empty() && report.gaps.is_empty(), "{report:?}");
        assert_eq!(read.len(), files.len());
        assert!(read.contains(&("demo-1.0/demo/text.py".to_owned(), files["demo/text.py"].clone())));
        files.remove("PKG-INFO");
        files.insert("demo-2.0.dist-info/METADATA".into(), core_metadata("demo", "2.0"));
        let wheel = tree(&files);
        assert_eq!(wheel.filename, "demo-2.0-py3-none-any.whl");
        let (read, report) = members(&wheel.bytes);
        assert!(report.anomalies.is_empty() && report.gaps.is_empty(), "{report:?}");
        assert!(read.iter().any(|(path, data)| path.ends_with("/RECORD") && data.starts_with(b"README.md,sha256=")));
    }

    #[test]
    fn a_bare_tree_holds_exactly_its_files_and_long_names_survive() {
        let long = format!("demo/{}.py", "x".repeat(150));
        let files = BTreeMap::from([(".bare".to_owned(), Vec::new()), (long.clone(), b"x = 1\n".to_vec())]);
        let (read, _) = members(&tree(&files).bytes);
        assert_eq!(read, [(format!("demo-1.0/{long}"), b"x = 1\n".to_vec())]);
    }
}
