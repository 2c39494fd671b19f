//! `limits.toml`: what an artifact may cost. Part of the rulebook, because a limit decides what was read.

use serde::Deserialize;

use super::diagnostic::Diagnostic;

const MIB: u64 = 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub archive: Archive,
    pub source: Source,
    pub scan: Scan,
    pub findings: Findings,
    pub cost: Cost,
}

/// Bounds on unpacking, see [`unpack::Limits`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Archive {
    pub bytes: u64,
    pub total: u64,
    pub member: u64,
    pub resident: u64,
    pub members: u64,
    pub nesting: u32,
    pub ratio: u64,
    pub ratio_floor: u64,
    pub path: u64,
    pub part: u64,
    pub parts: u64,
    pub record: u64,
    /// Bytes of one file of metadata.
    pub metadata: u64,
}

/// Bounds on understanding Python, see [`python::Budget`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    pub layers: u32,
    pub layer_bytes: u64,
    pub fuel: u64,
    pub bytes: u64,
    /// Bytes of sources that wait until the whole archive is known; beyond it they are analysed at once.
    pub waiting: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scan {
    /// Seconds the byte rules may take for one member.
    pub seconds: u64,
    /// Matches kept of one pattern in one member.
    pub matches: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Findings {
    /// Findings of one verdict.
    pub total: usize,
    /// Findings of one rule in one verdict.
    pub rule: usize,
}

/// What a rule may cost; `rules test --cost` measures it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cost {
    /// Milliseconds that one byte rule may take for a megabyte of source.
    pub yara_ms_per_mb: f64,
    /// Microseconds that one fact rule may take for a fact of its category.
    pub sigma_us_per_fact: f64,
}

impl Default for Archive {
    fn default() -> Self {
        let limits = unpack::Limits::default();
        Self {
            bytes: limits.archive,
            total: limits.total,
            member: limits.member,
            resident: limits.resident,
            members: limits.members,
            nesting: limits.nesting,
            ratio: limits.ratio,
            ratio_floor: limits.ratio_floor,
            path: limits.path,
            part: limits.part,
            parts: limits.parts,
            record: limits.record,
            metadata: 16 * MIB,
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        let budget = python::Budget::default();
        Self {
            layers: budget.layers,
            layer_bytes: budget.layer_bytes,
            fuel: budget.fuel,
            bytes: budget.source_bytes,
            waiting: 96 * MIB,
        }
    }
}

impl Default for Scan {
    fn default() -> Self {
        Self { seconds: 30, matches: 1000 }
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self { total: 50, rule: 5 }
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self { yara_ms_per_mb: 1.5, sigma_us_per_fact: 2.0 }
    }
}

impl Limits {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        let limits: Self = toml::from_str(text).map_err(|error| toml_diagnostic(file, text, &error))?;
        limits.senseless().map_or(Ok(limits), |(section, key, why)| {
            let span = place(text, section, key);
            Err(Diagnostic::error("R0020", file, format!("{section}.{key} {why}")).at(text, span).label("here"))
        })
    }

    /// The first value with which nothing could be examined, or not safely: section, key, reason.
    fn senseless(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let Self { archive, source, scan, findings, .. } = self;
        let empty = "is 0: nothing would be read";
        let least = [
            ("archive", "bytes", archive.bytes),
            ("archive", "total", archive.total),
            ("archive", "member", archive.member),
            ("archive", "resident", archive.resident),
            ("archive", "members", archive.members),
            ("archive", "path", archive.path),
            ("archive", "part", archive.part),
            ("archive", "parts", archive.parts),
            ("archive", "record", archive.record),
            ("archive", "metadata", archive.metadata),
            ("source", "bytes", source.bytes),
            ("source", "fuel", source.fuel),
            ("source", "waiting", source.waiting),
            ("scan", "seconds", scan.seconds),
            ("scan", "matches", scan.matches as u64),
        ];
        let zero = least.into_iter().find(|(.., value)| *value == 0).map(|(section, key, _)| (section, key, empty));
        let wrong = [
            (archive.ratio < 2, "archive", "ratio", "is less than 2: whatever compresses would be a bomb"),
            // Each level of nesting is a level of recursion in the unpacker.
            (archive.nesting > 16, "archive", "nesting", "is more than 16, which the stack does not stand"),
            // A length beyond is no length of a parser that counts in 32 bits.
            (source.bytes > 1 << 30, "source", "bytes", "is more than a parser takes (1 GiB)"),
            (findings.total == 0, "findings", "total", "is 0: no verdict would say why"),
            (findings.rule == 0, "findings", "rule", "is 0: no verdict would say why"),
        ];
        let wrong = wrong.into_iter().find(|(wrong, ..)| *wrong);
        zero.or(wrong.map(|(_, section, key, why)| (section, key, why)))
    }

    pub(crate) fn unpack(&self) -> unpack::Limits {
        unpack::Limits {
            archive: self.archive.bytes,
            total: self.archive.total,
            member: self.archive.member,
            resident: self.archive.resident,
            members: self.archive.members,
            nesting: self.archive.nesting,
            ratio: self.archive.ratio,
            ratio_floor: self.archive.ratio_floor,
            path: self.archive.path,
            part: self.archive.part,
            parts: self.archive.parts,
            record: self.archive.record,
        }
    }

    pub(crate) fn budget(&self) -> python::Budget {
        python::Budget {
            layers: self.source.layers,
            layer_bytes: self.source.layer_bytes,
            fuel: self.source.fuel,
            source_bytes: self.source.bytes,
        }
    }
}

/// Where a key stands in a file that has been read.
fn place(text: &str, section: &str, key: &str) -> Option<(usize, usize)> {
    let start = text.find(&format!("[{section}]"))?;
    let (mut at, mut lines) = (start, text[start..].split_inclusive('\n'));
    at += lines.next()?.len();
    for line in lines {
        if line.split('=').next().is_some_and(|name| name.trim() == key) {
            return Some((at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    None
}

/// A mistake in a TOML file.
pub(crate) fn toml_diagnostic(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().map(|span| (span.start, span.end));
    Diagnostic::error("R0001", file, error.message().trim().to_owned()).at(text, span).label("here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default_and_what_is_unknown_is_refused() {
        let limits = Limits::parse("limits.toml", "[archive]\nnesting = 2\n").unwrap();
        assert_eq!((limits.archive.nesting, limits.archive.members), (2, unpack::Limits::default().members));
        let error = Limits::parse("limits.toml", "[archive]\nnestign = 2\n").unwrap_err();
        assert_eq!((error.code, error.line), ("R0001", 2));
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        for (text, line, says) in [
            ("[archive]\nbytes = 1\nmembers = 0 # none\n", 3, "archive.members is 0"),
            ("[source]\nfuel = 0\n", 2, "source.fuel"),
            ("[scan]\n\nseconds=0", 3, "scan.seconds"),
            ("[archive]\nratio = 1\n", 2, "archive.ratio"),
            ("[archive]\nnesting = 17\n", 2, "archive.nesting"),
            ("[findings]\nrule = 0\n", 2, "findings.rule"),
        ] {
            let error = Limits::parse("limits.toml", text).unwrap_err();
            assert_eq!((error.code, error.line), ("R0020", line), "{text}");
            assert!(error.message.contains(says), "{}", error.message);
        }
        for text in ["[archive]\nbytes = -1\n", "[archive]\nbytes = 1.5\n", "[archive]\nbytes = '1 MiB'\n"] {
            assert_eq!(Limits::parse("limits.toml", text).unwrap_err().code, "R0001", "{text}");
        }
    }
}
