//! What an examining child says, which may have been taken over: nothing is believed that contradicts itself.

use model::{Artifact, Context, Digest, Outcome};
use scanner::protocol::{Answer, Hello, Request, receive_answer, receive_request};

/// Frames as they are, or one of the rest.
pub(crate) fn target(data: &[u8]) {
    let framed = match data.split_first() {
        Some((0, rest)) => [&(rest.len() as u64).to_be_bytes()[..], rest].concat(),
        _ => data.to_vec(),
    };
    let _ = receive_answer::<Hello>(&mut &framed[..]);
    let _ = receive_request::<Request>(&mut &framed[..]);
    let Ok(answer) = receive_answer::<Answer>(&mut &framed[..]) else { return };
    let (artifact, context, hello) = question();
    let Ok(answer) = answer.believe(&artifact, &context, &hello) else { return };
    let verdict = &answer.verdict;
    assert_eq!((verdict.sha256, verdict.rulebook), (artifact.sha256, hello.rulebook));
    assert!(verdict.outcome != Outcome::Clear || verdict.coverage.reasons.is_empty());
    assert!((0.0..=100.0).contains(&verdict.score));
    serde_json::to_vec(&answer).unwrap();
}

/// What was asked.
pub(crate) fn question() -> (Artifact, Context, Hello) {
    let hello = Hello {
        rulebook: Digest::of(b"rules"),
        engine: "gatehouse/test".to_owned(),
        lockdown: scanner::sandbox::Lockdown::default(),
    };
    (Artifact::new(b"PK".to_vec()), Context::named("a-1.whl"), hello)
}
