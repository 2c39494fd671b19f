//! SARIF 2.1.0 for code scanning, within the limits that its readers set.

use std::collections::{BTreeMap, HashMap};

use model::{Digest, Finding, Gap, Level, Outcome, PackageType, Verdict};
use serde_json::{Value, json};

use super::run::Judged;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Results that a reader takes of one run; the heaviest are kept.
const RESULTS: usize = 25_000;
/// Tags of one rule.
const TAGS: usize = 20;
/// Notes about what was not read.
const NOTES: usize = 1_000;
/// Characters of a message.
const MESSAGE: usize = 1_000;

/// A document in the making.
#[derive(Default)]
pub(super) struct Sarif {
    results: Vec<(Weight, Value)>,
    rules: BTreeMap<String, Value>,
    notes: Vec<Value>,
    notes_left_out: usize,
}

/// What decides which results stay when there are too many.
type Weight = (Outcome, Level);

impl Sarif {
    pub(super) fn add(&mut self, judged: &Judged) {
        let verdict = &judged.verdict;
        let mut occurrences = HashMap::new();
        // Shadow rules are for their authors; nobody else acts on what they say.
        for finding in verdict.scored_findings() {
            self.rules.entry(finding.rule.clone()).or_insert_with(|| rule(finding));
            let occurrence = occurrences.entry(identity(verdict, finding)).or_insert(0_u32);
            let fingerprint = Digest::of(format!("{}\0{occurrence}", identity(verdict, finding)).as_bytes());
            *occurrence += 1;
            self.results.push(((verdict.outcome, finding.level), result(judged, finding, &fingerprint)));
        }
        for gap in &verdict.coverage.reasons {
            if self.notes.len() < NOTES {
                self.notes.push(note(judged, gap));
            } else {
                self.notes_left_out += 1;
            }
        }
    }

    pub(super) fn document(&mut self, finished: bool) -> Value {
        let mut results = std::mem::take(&mut self.results);
        let mut notes = std::mem::take(&mut self.notes);
        let mut left_out = |count: usize, what: &str| {
            if count > 0 {
                notes.push(
                    json!({ "level": "warning", "message": { "text": format!("{count} {what} were left out") } }),
                );
            }
        };
        left_out(self.notes_left_out, "notes about what was not read");
        left_out(results.len().saturating_sub(RESULTS), "results of the lowest levels");
        if results.len() > RESULTS {
            results.sort_by(|(a, _), (b, _)| b.cmp(a));
            results.truncate(RESULTS);
        }
        let position: HashMap<_, _> =
            self.rules.keys().enumerate().map(|(index, rule)| (rule.as_str(), index)).collect();
        let mut results = results.into_iter().map(|(_, result)| result).collect::<Vec<_>>();
        for result in &mut results {
            let index = result["ruleId"].as_str().and_then(|rule| position.get(rule)).copied();
            result["ruleIndex"] = json!(index);
        }
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "Gatehouse",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": self.rules.values().collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": finished,
                    "toolExecutionNotifications": notes,
                }],
                "results": results,
            }],
        })
    }
}

fn rule(finding: &Finding) -> Value {
    let mut tags = vec!["security"];
    for tag in std::iter::once(&finding.family).chain(&finding.tags) {
        if tags.len() < TAGS && !tags.contains(&tag.as_str()) {
            tags.push(tag);
        }
    }
    json!({
        "id": finding.rule,
        "shortDescription": { "text": cut(&finding.title) },
        "help": { "text": format!("gatehouse explain {}", finding.rule) },
        "defaultConfiguration": { "level": level(finding.level) },
        "properties": { "tags": tags, "security-severity": severity(finding.level) },
    })
}

fn result(judged: &Judged, finding: &Finding, fingerprint: &Digest) -> Value {
    let verdict = &judged.verdict;
    let place = &finding.place;
    let mut physical = json!({ "artifactLocation": { "uri": uri(judged, &place.member) } });
    // Lines of a decoded layer are not lines of the file that holds it: there, the line that makes the layer is shown.
    match place.layers.first() {
        Some(step) if step.line > 0 => physical["region"] = json!({ "startLine": step.line }),
        None if place.line > 0 => {
            let mut region = json!({ "startLine": place.line });
            let ends = place.end_line >= place.line;
            if ends {
                region["endLine"] = json!(place.end_line);
            }
            if place.column > 0 {
                region["startColumn"] = json!(place.column);
                if ends && (place.end_line > place.line || place.end_column > place.column) && place.end_column > 0 {
                    region["endColumn"] = json!(place.end_column);
                }
            }
            physical["region"] = region;
        }
        _ => {}
    }
    let message = if finding.evidence.is_empty() {
        finding.title.clone()
    } else {
        format!("{}: {}", finding.title, finding.evidence)
    };
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.level),
        "message": { "text": cut(&message) },
        "locations": [{ "physicalLocation": physical }],
        "partialFingerprints": { "gatehouseFinding/v1": fingerprint.to_string() },
        "properties": {
            "outcome": verdict.outcome.as_str(),
            "score": verdict.score,
            "weight": finding.weight,
            "phase": finding.phase.map(model::Phase::as_str),
            "layers": place.layers,
            "layerLine": (!place.layers.is_empty()).then_some(place.line),
            "sha256": verdict.sha256,
        },
    });
    if verdict.previous.is_some() {
        result["baselineState"] = json!(if finding.novel { "new" } else { "unchanged" });
    }
    result
}

fn note(judged: &Judged, gap: &Gap) -> Value {
    json!({
        "level": "warning",
        "message": { "text": cut(&format!("Not read whole: {}", gap.detail)) },
        "descriptor": { "id": format!("not-read/{}", json!(gap.kind).as_str().unwrap_or_default()) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(judged, &gap.member) } } }],
    })
}

/// What makes two findings the same across releases of a project: not the line, and not the version in the folder
/// that an sdist puts around its files.
fn identity(verdict: &Verdict, finding: &Finding) -> String {
    let member = finding.place.member.as_str();
    let inside = match verdict.packagetype {
        PackageType::Sdist => member.split_once('/').map_or(member, |(_, inside)| inside),
        _ => member,
    };
    let evidence = finding.evidence.split_whitespace().collect::<Vec<_>>().join(" ");
    let layers = finding.place.layers.len();
    format!("{}\0{}\0{inside}\0{layers}\0{evidence}", verdict.project, finding.rule)
}

/// A member as a relative reference: the archive's path, `!/`, the member's path.
fn uri(judged: &Judged, member: &str) -> String {
    let path = judged.path.trim_start_matches("./");
    let whole = if member.is_empty() { path.to_owned() } else { format!("{path}!/{member}") };
    let mut uri = String::with_capacity(whole.len());
    if whole.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in whole.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'!' | b'+' | b'@' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Critical | Level::High => "error",
        Level::Medium => "warning",
        Level::Low | Level::Informational => "note",
    }
}

/// The scale on which readers of SARIF sort security findings.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Critical => "9.5",
        Level::High => "8.0",
        Level::Medium => "5.5",
        Level::Low => "3.0",
        Level::Informational => "0.5",
    }
}

fn cut(text: &str) -> String {
    let mut escaped = model::escape_terminal(text);
    if let Some((at, _)) = escaped.char_indices().nth(MESSAGE) {
        escaped.truncate(at);
        escaped.push('…');
    }
    escaped
}
