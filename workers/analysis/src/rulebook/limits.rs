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
    pub members: u64,
    pub nesting: u32,
    pub ratio: u64,
    pub ratio_floor: u64,
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
            members: limits.members,
            nesting: limits.nesting,
            ratio: limits.ratio,
            ratio_floor: limits.ratio_floor,
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
        Self { yara_ms_per_mb: 1.0, sigma_us_per_fact: 2.0 }
    }
}

impl Limits {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        toml::from_str(text).map_err(|error| toml_diagnostic(file, text, &error))
    }

    pub(crate) fn unpack(&self) -> unpack::Limits {
        unpack::Limits {
            archive: self.archive.bytes,
            total: self.archive.total,
            member: self.archive.member,
            members: self.archive.members,
            nesting: self.archive.nesting,
            ratio: self.archive.ratio,
            ratio_floor: self.archive.ratio_floor,
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
}
