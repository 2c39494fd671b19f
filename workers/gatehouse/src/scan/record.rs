//! A verdict as a program reads it: the fields of `schema/scan.v1.json`, in their order.

use model::{Finding, Gap, LayerStep, PackageType, Verdict};
use serde::Serialize;

use super::run::Judged;

#[derive(Serialize)]
pub(super) struct Record<'a> {
    schema: u32,
    path: &'a str,
    sha256: String,
    filename: &'a str,
    project: &'a str,
    version: &'a str,
    packagetype: PackageType,
    outcome: &'static str,
    score: f64,
    summary: &'a str,
    coverage: CoverageRecord<'a>,
    findings: Vec<FindingRecord<'a>>,
    rulebook: String,
    engine: &'a str,
    bytes_packed: u64,
    bytes_unpacked: u64,
    members: u64,
    took_ms: u64,
    /// The release it was held against, and what is new since.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a model::Difference>,
}

#[derive(Serialize)]
struct CoverageRecord<'a> {
    complete: bool,
    reasons: &'a [Gap],
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    rule: &'a str,
    level: &'static str,
    title: &'a str,
    member: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    phase: Option<&'static str>,
    /// How many decoding steps below the member's own text it was seen; `layers` says which.
    layer: usize,
    layers: &'a [LayerStep],
    evidence: &'a str,
    weight: f64,
    family: &'a str,
    status: model::RuleStatus,
    tags: &'a [String],
    /// Only where there was a release before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    novel: bool,
}

impl<'a> Record<'a> {
    pub(super) fn new(judged: &'a Judged) -> Self {
        let Verdict { coverage, findings, .. } = &judged.verdict;
        let verdict = &judged.verdict;
        Self {
            schema: verdict.schema,
            path: &judged.path,
            sha256: verdict.sha256.to_string(),
            filename: &verdict.filename,
            project: &verdict.project,
            version: &verdict.version,
            packagetype: verdict.packagetype,
            outcome: verdict.outcome.as_str(),
            score: verdict.score,
            summary: &verdict.summary,
            coverage: CoverageRecord { complete: coverage.complete, reasons: &coverage.reasons },
            findings: findings.iter().map(FindingRecord::new).collect(),
            rulebook: verdict.rulebook.to_string(),
            engine: &verdict.engine,
            bytes_packed: verdict.bytes_packed,
            bytes_unpacked: verdict.bytes_unpacked,
            members: verdict.members,
            took_ms: judged.took_ms,
            difference: judged.difference.as_deref(),
        }
    }
}

impl<'a> FindingRecord<'a> {
    fn new(finding: &'a Finding) -> Self {
        let place = &finding.place;
        Self {
            rule: &finding.rule,
            level: finding.level.as_str(),
            title: &finding.title,
            member: &place.member,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            phase: finding.phase.map(model::Phase::as_str),
            layer: place.layers.len(),
            layers: &place.layers,
            evidence: &finding.evidence,
            weight: finding.weight,
            family: &finding.family,
            status: finding.status,
            tags: &finding.tags,
            novel: finding.novel,
        }
    }
}

/// JSON in which every character beyond printable ASCII is escaped. JSON alone escapes only some controls, and a
/// hostile name must not reach a terminal by way of `--format json`.
pub(crate) fn ascii_json(value: &impl Serialize, pretty: bool) -> serde_json::Result<String> {
    let json = if pretty { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        // Beyond strings JSON is ASCII, so each of these is inside one.
        if character.is_ascii() && character != '\u{7f}' {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reaches_a_terminal_as_plain_ascii_and_means_the_same() {
        let hostile = "a\u{1b}[31m\u{202e}é\u{7f}\u{9b}😀\n";
        let json = ascii_json(&hostile, false).unwrap();
        assert!(json.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
