//! Our signatures against a client that we did not write: securesystemslib checks what we sign.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use attest::{Clearance, KeyRing, Policy, SigningKey};
use model::{Coverage, Digest, Outcome, PackageType, Verdict};
use serde_json::{Value, json};

fn clear_verdict() -> Verdict {
    Verdict {
        schema: Verdict::SCHEMA,
        sha256: Digest::of(b"a wheel"),
        filename: "démo-1.0-py3-none-any.whl".into(),
        project: "démo".into(),
        version: "1.0".into(),
        packagetype: PackageType::BdistWheel,
        outcome: Outcome::Clear,
        score: 0.2,
        summary: "Nothing was found.".into(),
        coverage: Coverage::from_gaps(vec![]),
        findings: vec![],
        rulebook: Digest::of(b"rules"),
        engine: "gatehouse/0.1.0".into(),
        context: Digest::of(b"context"),
        bytes_packed: 7,
        bytes_unpacked: 7,
        members: 1,
        previous: None,
    }
}

/// Gives envelopes and keys to securesystemslib and returns its answer for each, in order.
fn securesystemslib(envelopes: &[Value], ring: &KeyRing) -> Vec<String> {
    let python = std::env::var("GATEHOUSE_TEST_PYTHON").expect("run `tests/run`: it installs securesystemslib");
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/attest_check.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = json!({"envelopes": envelopes, "keys": ring.keys});
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn securesystemslib_accepts_our_envelopes_and_refuses_forged_ones() {
    let key = SigningKey::generate().unwrap();
    let policy = Policy { verifier: "https://scanner.example/v1".into(), reports: "https://scanner.example/r".into() };
    let signed = attest::attest(&clear_verdict(), 1, Clearance::Machine, &policy, "2026-01-02T03:04:05Z", &key);
    let mut envelopes: Vec<Value> = signed.into_iter().map(|attestation| attestation.envelope).collect();
    assert_eq!(envelopes.len(), 2);
    let mut forged = envelopes[0].clone();
    forged["payload"] = envelopes[1]["payload"].clone();
    envelopes.push(forged);

    let ring = KeyRing::of(&key.public());
    assert_eq!(securesystemslib(&envelopes, &ring), [attest::SVR, attest::TEST_RESULT, "VerificationError"]);
    let stranger = KeyRing::of(&SigningKey::generate().unwrap().public());
    assert_eq!(securesystemslib(&envelopes[..1], &stranger), ["VerificationError"]);
}
