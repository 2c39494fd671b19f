//! What is said about a file: a release token for a cleared one, and the findings.

use std::collections::BTreeSet;

use model::{Attestation, Digest, Level, Outcome, RuleStatus, Verdict};
use serde_json::{Value, json};

use crate::{Envelope, SigningKey};

/// Predicate type of the release token.
pub const SVR: &str = "https://in-toto.io/attestation/svr/v0.2";
/// Predicate type of the findings.
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Who is signing, and by what policy a file is cleared.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Identity of this verifier, a URI such as `https://scanner.example/gatehouse/v1`.
    pub verifier: String,
    /// Where reports are served; a report's address is this plus the file's sha256.
    pub reports: String,
}

/// By whose word a file is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearance {
    /// By the verdict alone.
    Machine,
    /// By a moderator's decision.
    Moderator,
}

/// The signed statements about one verdict: always the findings, and the release token if the file is cleared.
///
/// `created` is RFC 3339. Invariant: no SVR for a file that neither the verdict nor a moderator cleared.
pub fn attest(
    verdict: &Verdict,
    revision: u32,
    clearance: Clearance,
    policy: &Policy,
    created: &str,
    key: &SigningKey,
) -> Vec<Attestation> {
    let release = release_predicate(verdict, clearance, policy, created).map(|predicate| (SVR, predicate));
    let findings = (TEST_RESULT, findings_predicate(verdict, clearance, policy));
    release
        .into_iter()
        .chain([findings])
        .map(|(predicate_type, predicate)| {
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [{"name": verdict.filename, "digest": {"sha256": verdict.sha256}}],
                "predicateType": predicate_type,
                "predicate": predicate,
            });
            let payload = serde_json::to_vec(&statement).expect("a statement is plain data");
            let envelope = Envelope::sign(&payload, key);
            Attestation {
                sha256: verdict.sha256,
                rulebook: verdict.rulebook,
                context: verdict.context,
                revision,
                predicate_type: predicate_type.to_owned(),
                envelope: serde_json::to_value(envelope).expect("an envelope is plain data"),
                created: created.to_owned(),
            }
        })
        .collect()
}

fn release_predicate(verdict: &Verdict, clearance: Clearance, policy: &Policy, created: &str) -> Option<Value> {
    let mut properties = Vec::new();
    if verdict.coverage.complete {
        properties.push("GATEHOUSE_SCAN_COMPLETE");
    }
    match clearance {
        Clearance::Machine if verdict.outcome == Outcome::Clear && verdict.coverage.complete => {
            properties.push("GATEHOUSE_CLEARED");
        }
        Clearance::Moderator => properties.push("GATEHOUSE_MODERATOR_CLEARED"),
        Clearance::Machine => return None,
    }
    Some(json!({
        "verifier": {
            "id": policy.verifier,
            "policies": [
                {"name": "ruleset", "uri": format!("{}/rulesets/{}", policy.verifier, verdict.rulebook),
                 "digest": {"sha256": verdict.rulebook}},
            ],
        },
        "timeCreated": created,
        "properties": properties,
    }))
}

fn findings_predicate(verdict: &Verdict, clearance: Clearance, policy: &Policy) -> Value {
    let scored = || verdict.findings.iter().filter(|finding| finding.status != RuleStatus::Experimental);
    let rules = |serious: bool| -> BTreeSet<&str> {
        scored().filter(|finding| (finding.level >= Level::High) == serious).map(|f| f.rule.as_str()).collect()
    };
    let failed = rules(true);
    let warned: BTreeSet<&str> = rules(false).difference(&failed).copied().collect();
    let passed: &[&str] = if verdict.coverage.complete { &["coverage.complete"] } else { &[] };
    let result = match (clearance, verdict.outcome) {
        (Clearance::Moderator, _) | (_, Outcome::Clear) => "PASSED",
        (_, Outcome::Review | Outcome::Incomplete) => "WARNED",
        (_, Outcome::Hold) => "FAILED",
    };
    json!({
        "result": result,
        "configuration": [
            {"name": "gatehouse-engine", "uri": format!("pkg:cargo/{}", verdict.engine.replace('/', "@")),
             "digest": {"sha256": Digest::of(verdict.engine.as_bytes())}},
            {"name": "ruleset", "digest": {"sha256": verdict.rulebook}},
        ],
        "url": format!("{}/{}", policy.reports, verdict.sha256),
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": failed,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{Coverage, Gap, GapKind, PackageType};

    use super::*;

    pub(crate) fn verdict(outcome: Outcome, gaps: Vec<Gap>) -> Verdict {
        Verdict {
            schema: 1,
            sha256: Digest::of(b"file"),
            filename: "demo-1.0-py3-none-any.whl".into(),
            project: "demo".into(),
            version: "1.0".into(),
            packagetype: PackageType::BdistWheel,
            outcome,
            score: 0.1,
            summary: "Nothing was found.".into(),
            coverage: Coverage::from_gaps(gaps),
            findings: vec![],
            rulebook: Digest::of(b"rules"),
            engine: "gatehouse/0.1.0".into(),
            context: Digest::of(b"context"),
            bytes_packed: 4,
            bytes_unpacked: 4,
            members: 1,
            previous: None,
        }
    }

    pub(crate) fn policy() -> Policy {
        Policy {
            verifier: "https://scanner.example/gatehouse/v1".into(),
            reports: "https://scanner.example/reports/sha256".into(),
        }
    }

    fn types(outcome: Outcome, gaps: Vec<Gap>, clearance: Clearance) -> Vec<String> {
        let key = SigningKey::generate().unwrap();
        attest(&verdict(outcome, gaps), 1, clearance, &policy(), "2026-01-02T03:04:05Z", &key)
            .into_iter()
            .map(|attestation| attestation.predicate_type)
            .collect()
    }

    fn gap() -> Vec<Gap> {
        vec![Gap { kind: GapKind::Limit, member: "a".into(), detail: "too large".into() }]
    }

    #[test]
    fn only_a_cleared_file_gets_a_release_token() {
        assert_eq!(types(Outcome::Clear, vec![], Clearance::Machine), [SVR, TEST_RESULT]);
        for outcome in [Outcome::Review, Outcome::Hold, Outcome::Incomplete] {
            assert_eq!(types(outcome, vec![], Clearance::Machine), [TEST_RESULT]);
        }
        // A verdict that calls itself clear over a gap is wrong, and must not be signed as if it were right.
        assert_eq!(types(Outcome::Clear, gap(), Clearance::Machine), [TEST_RESULT]);
        assert_eq!(types(Outcome::Hold, vec![], Clearance::Moderator), [SVR, TEST_RESULT]);
    }

    #[test]
    fn a_moderator_does_not_make_a_scan_complete() {
        let predicate =
            release_predicate(&verdict(Outcome::Incomplete, gap()), Clearance::Moderator, &policy(), "t").unwrap();
        assert_eq!(predicate["properties"], json!(["GATEHOUSE_MODERATOR_CLEARED"]));
    }
}
