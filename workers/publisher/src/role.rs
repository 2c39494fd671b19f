//! The loop: verdict event in, what was signed about the file beside the index's metadata, then the acknowledgement.

use std::{fs, time::Duration};

use anyhow::Context as _;
use attest::KeyRing;
use metrics::Metrics;
use model::Digest;
use queue::{Delivery, Lane, Outcome, Queue, Reason};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::{
    PublisherConfig,
    place::{self, Place},
    signed::{self, Signed},
    tuf::{self, Tuf},
};

/// Events that are held at a time; one of them is in hand.
pub const SLOTS: u16 = 4;
/// The signer may be behind the recorder, or away for a while.
const UNSIGNED: Duration = Duration::from_secs(10);
const AWAY: Duration = Duration::from_secs(60);
/// Then a person has to look why nobody signs.
const PATIENCE: u32 = 1000;

/// What the publisher works with.
pub struct Publisher {
    client: reqwest::Client,
    verdicts: Url,
    place: Place,
    ring: KeyRing,
    tuf: Option<Tuf>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Value,
}

/// The names in a verdict event.
#[derive(Deserialize)]
struct Named {
    project: String,
    version: String,
    filename: String,
    sha256: Digest,
}

impl Publisher {
    pub fn new(config: &PublisherConfig) -> anyhow::Result<Self> {
        let ring = fs::read(&config.key_ring)
            .with_context(|| format!("cannot read the key ring {}", config.key_ring.display()))?;
        Ok(Self {
            client: tuf::client()?,
            verdicts: Url::parse(&config.verdicts).context("publisher.verdicts is no address")?,
            place: Place::open(&config.into)
                .with_context(|| format!("cannot write into the folder {}", config.into.display()))?,
            ring: KeyRing::from_json(&ring).context("the key ring is none")?,
            tuf: Some(config.tuf.as_str()).filter(|base| !base.is_empty()).map(Tuf::new).transpose()?,
        })
    }

    async fn handle(&self, delivery: &Delivery) -> Outcome {
        let event: Event = match serde_json::from_slice(&delivery.body) {
            Ok(event) => event,
            Err(error) => return Outcome::DeadLetter(Reason::malformed(error.to_string())),
        };
        if event.kind == model::TYPE_DECISION {
            // The verdict that follows from a decision is an event of its own.
            return Outcome::Done;
        }
        let named = match serde_json::from_value::<Named>(event.data) {
            Ok(named) if event.kind == model::TYPE_VERDICT => named,
            Ok(_) => return Outcome::DeadLetter(Reason::malformed("it is no verdict and no decision")),
            Err(error) => return Outcome::DeadLetter(Reason::malformed(error.to_string())),
        };
        match self.publish(&named).await {
            Ok(true) => Outcome::Done,
            Ok(false) if delivery.retries >= PATIENCE => {
                Outcome::DeadLetter(Reason::exhausted("cleared, and nobody signs it"))
            }
            Ok(false) => Outcome::RetryAfter(UNSIGNED),
            Err(error) => {
                warn!(artifact.sha256 = %named.sha256, error = %format!("{error:#}"), "not published yet");
                Outcome::RetryAfter(AWAY)
            }
        }
    }

    /// False while the release token is not signed yet.
    async fn publish(&self, named: &Named) -> anyhow::Result<bool> {
        let names = [named.project.as_str(), &named.version, &named.filename];
        let Some(body) = signed::ask(&self.client, &self.verdicts, names).await? else {
            anyhow::bail!("the dashboard knows no file {}", model::Terminal(&named.filename));
        };
        let signed = signed::read(body, &self.ring)?;
        if signed.sha256 != named.sha256 {
            // Other bytes came under the same names: theirs is an event of its own.
            return self.withdraw(&named.sha256).await.map(|()| true);
        }
        // What the dashboard says now counts, not what the event said when it was written.
        let token = match (&signed.token, signed.cleared) {
            (Some(token), true) => token,
            (None, true) => return Ok(false),
            (_, false) => {
                self.withdraw(&signed.sha256).await?;
                self.place.write(&place::answer(&signed.sha256), &signed.body)?;
                info!(artifact.sha256 = %signed.sha256, state = signed.state, "published: not released");
                return Ok(true);
            }
        };
        self.release(&signed, token).await?;
        info!(artifact.sha256 = %signed.sha256, "published: released");
        Ok(true)
    }

    /// First the files, then the target: a client that sees the target finds the files.
    async fn release(&self, signed: &Signed, token: &Value) -> anyhow::Result<()> {
        let (path, bytes) = (place::token(&signed.sha256), serde_json::to_vec(token)?);
        self.place.write(&place::answer(&signed.sha256), &signed.body)?;
        self.place.write(&path, &bytes)?;
        if let Some(tuf) = &self.tuf {
            let verdict = json!({"path": path, "sha256": Digest::of(&bytes)});
            tuf.add(&path, &bytes, json!({"v": 1, "state": signed.state, "seq": signed.seq, "verdict": verdict}))
                .await?;
        }
        Ok(())
    }

    /// First the target, then the file. The file stays until the target is gone: it says that there is one.
    async fn withdraw(&self, sha256: &Digest) -> anyhow::Result<()> {
        let path = place::token(sha256);
        if self.place.holds(&path) {
            if let Some(tuf) = &self.tuf {
                tuf.remove(&path).await?;
            }
            self.place.remove(&path)?;
        }
        Ok(())
    }
}

/// Publishes until `stop` says so or the queue ends.
pub async fn run(
    publisher: &Publisher,
    queue: &Queue,
    metrics: &Metrics,
    mut stop: watch::Receiver<bool>,
) -> Result<(), queue::Error> {
    let mut decisions = queue.consume(Lane::Decisions, SLOTS).await?;
    loop {
        let delivery = tokio::select! {
            delivery = decisions.next() => delivery,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(delivery) = delivery else { return Ok(()) };
        let _in_hand = metrics.take_in_hand(1);
        let outcome = publisher.handle(&delivery).await;
        if let Err(error) = delivery.settle(outcome).await {
            // Not lost: it comes back, and doing it twice changes nothing.
            warn!(%error, "a published verdict could not be acknowledged");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use attest::{Clearance, Policy, SigningKey};
    use axum::{Router, extract::State, http::StatusCode, routing::get};
    use model::{Coverage, PackageType, Verdict};
    use queue::Topic;

    use super::*;

    /// A dashboard that serves one answer, and a TUF service that notes what it is asked.
    #[derive(Clone, Default)]
    struct World {
        answer: Arc<Mutex<Value>>,
        asked: Arc<Mutex<Vec<(String, Value)>>>,
        tuf_is_away: Arc<Mutex<bool>>,
    }

    async fn serve(world: World) -> String {
        let answer = async |State(world): State<World>| world.answer.lock().unwrap().to_string();
        let note = async |State(world): State<World>, uri: axum::http::Uri, body: String| {
            if *world.tuf_is_away.lock().unwrap() {
                return StatusCode::BAD_GATEWAY;
            }
            let body = serde_json::from_str(&body).unwrap();
            world.asked.lock().unwrap().push((uri.path().to_owned(), body));
            StatusCode::ACCEPTED
        };
        let router = Router::new()
            .route("/integrity/{project}/{version}/{filename}/verdicts", get(answer))
            .route("/api/v1/artifacts/", axum::routing::post(note))
            .route("/api/v1/artifacts/delete", axum::routing::post(note))
            .with_state(world);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    fn verdict() -> Verdict {
        Verdict {
            schema: Verdict::SCHEMA,
            sha256: Digest::of(b"a wheel"),
            filename: "demo-1.0-py3-none-any.whl".into(),
            project: "demo".into(),
            version: "1.0".into(),
            packagetype: PackageType::BdistWheel,
            outcome: model::Outcome::Clear,
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

    fn answer(state: &str, key: Option<&SigningKey>) -> Value {
        let policy =
            Policy { verifier: "https://scanner.example/v1".into(), reports: "https://scanner.example/r".into() };
        let signed =
            key.map(|key| attest::attest(&verdict(), 1, Clearance::Machine, &policy, "2026-01-02T03:04:05Z", key));
        let attestations: Vec<_> = signed.iter().flatten().map(|one| attest::bundle(&one.envelope)).collect();
        json!({"version": 1, "file": {"filename": verdict().filename, "sha256": verdict().sha256}, "state": state,
               "seq": 3, "attestations": attestations})
    }

    /// Publishes an event and handles it once.
    async fn tell(publisher: &Publisher, queue: &Queue, id: &str, body: &Value) -> Outcome {
        queue.publish(Topic::Decisions, id, body).await.unwrap();
        let mut lane = queue.consume(Lane::Decisions, 1).await.unwrap();
        let delivery = lane.next().await.unwrap();
        let outcome = publisher.handle(&delivery).await;
        delivery.settle(Outcome::Done).await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn a_cleared_file_is_released_and_taken_back_when_it_is_no_more() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let world = World::default();
        let base = serve(world.clone()).await;
        let key = SigningKey::generate().unwrap();
        let ring = folder.path().join("ring.json");
        fs::write(&ring, KeyRing::of(&key.public()).to_json()).unwrap();
        let into = folder.path().join("metadata");
        let config = PublisherConfig { verdicts: base.clone(), into: into.clone(), key_ring: ring, tuf: base };
        let publisher = Publisher::new(&config).unwrap();
        let queue = Queue::open(&folder.path().join("queue.sqlite")).await.unwrap();
        let (sha256, named) = (verdict().sha256, verdict());
        let event = json!({"specversion": "1.0", "type": model::TYPE_VERDICT, "data": {
            "project": named.project, "version": named.version, "filename": named.filename, "sha256": sha256}});
        let (token, answered) = (into.join(place::token(&sha256)), into.join(place::answer(&sha256)));
        let set = |value| *world.answer.lock().unwrap() = value;

        // Cleared, and the signer has not signed yet.
        set(answer("cleared", None));
        assert_eq!(tell(&publisher, &queue, "1", &event).await, Outcome::RetryAfter(UNSIGNED));
        assert!(!token.exists() && world.asked.lock().unwrap().is_empty());

        // Signed by a stranger: a dashboard that was taken over cannot release a file.
        set(answer("cleared", Some(&SigningKey::generate().unwrap())));
        assert_eq!(tell(&publisher, &queue, "2", &event).await, Outcome::RetryAfter(AWAY));
        assert!(!token.exists() && world.asked.lock().unwrap().is_empty());

        // Signed, twice: the second time changes nothing.
        set(answer("cleared", Some(&key)));
        for id in ["3", "4"] {
            assert_eq!(tell(&publisher, &queue, id, &event).await, Outcome::Done);
        }
        let released: Value = serde_json::from_slice(&fs::read(&token).unwrap()).unwrap();
        let checked = attest::check_file(&released, &sha256, &KeyRing::of(&key.public())).unwrap();
        assert!(checked.releases() && answered.exists());
        let asked = std::mem::take(&mut *world.asked.lock().unwrap());
        assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
        let artifact = &asked[0].1["artifacts"][0];
        assert_eq!((asked[0].0.as_str(), &artifact["path"]), ("/api/v1/artifacts/", &place::token(&sha256).into()));
        let hashes = json!({"sha256": Digest::of(&fs::read(&token).unwrap())});
        assert_eq!(artifact["info"]["hashes"], hashes);
        assert_eq!(artifact["info"]["custom"]["gatehouse"]["state"], "cleared");
        assert!(asked[0].1.get("publish_artifacts").is_none());

        // Taken back while the TUF service is away: the token stays until the target is gone.
        set(answer("quarantined", Some(&key)));
        *world.tuf_is_away.lock().unwrap() = true;
        assert_eq!(tell(&publisher, &queue, "5", &event).await, Outcome::RetryAfter(AWAY));
        assert!(token.exists());
        *world.tuf_is_away.lock().unwrap() = false;
        assert_eq!(tell(&publisher, &queue, "6", &event).await, Outcome::Done);
        assert!(!token.exists() && fs::read_to_string(&answered).unwrap().contains("quarantined"));
        let asked = std::mem::take(&mut *world.asked.lock().unwrap());
        let delete = json!({"artifacts": [place::token(&sha256)]});
        assert_eq!(asked, [("/api/v1/artifacts/delete".to_owned(), delete)]);

        // What is no verdict.
        let decision = json!({"type": model::TYPE_DECISION, "data": {}});
        assert_eq!(tell(&publisher, &queue, "7", &decision).await, Outcome::Done);
        let other = tell(&publisher, &queue, "8", &json!({"type": "x"})).await;
        assert!(matches!(other, Outcome::DeadLetter(Reason { kind: "malformed", .. })), "{other:?}");
    }
}
