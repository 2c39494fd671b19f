//! Upload events that say who sent them: a CloudEvent in a DSSE envelope, signed by a key of its source.
//!
//! A broker's password and an API token leak; with this, neither is enough to make an event. What is signed is believed
//! once: by its time, and by its id for as long as the window is. In the queue an event may be old, and one that comes
//! again after the window is judged again, which makes no second verdict: so what was lost can be sent once more.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use model::{Digest, EventError, UploadEvent, parse_upload};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Envelope, KeyError, KeyRing, SigningKey};

/// The payload type of a signed upload event.
pub const UPLOAD_TYPE: &str = "application/cloudevents+json";

/// Bytes of an envelope: an event of 64 KiB in base64, and its signatures.
const LARGEST: usize = 96 * 1024;
/// How far the clock of a source may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(300);
/// Ids that are remembered. When there are more within the time that is believed, the oldest are forgotten first.
const REMEMBERED: usize = 200_000;

/// Whose upload events are believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadsConfig {
    /// File with the keys of each source; none where events are not signed.
    pub keys: Option<std::path::PathBuf>,
    /// Refuse events that nobody signed.
    pub signed_only: bool,
    /// Seconds between an event's time and its arrival at the API.
    pub window_seconds: u64,
    /// Hours that an event may have waited in the queue.
    pub backlog_hours: u64,
    /// File with the private key that this program signs its own events with: those of `publish` and `reconcile`.
    pub signing_key: Option<std::path::PathBuf>,
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self { keys: None, signed_only: false, window_seconds: 600, backlog_hours: 168, signing_key: None }
    }
}

/// Why an upload event is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Event(#[from] EventError),
    #[error("the event is not signed, and only signed ones are taken")]
    Unsigned,
    #[error("not a signed upload event: {0}")]
    Envelope(&'static str),
    #[error("no key is known of the source {0:?}")]
    Source(String),
    #[error("no signature of a key of {0:?} that is valid now is right")]
    Signature(String),
    #[error("the event's time {0} is not believed any more, or not yet")]
    Time(String),
    #[error("another event of this source has the id {0:?}")]
    Contradiction(String),
    #[error("the event {:?} was taken before", .0.id)]
    Replay(Box<UploadEvent>),
}

/// An event that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    pub event: UploadEvent,
    /// What tells it from another event with its id; none where nobody signed it.
    pub seal: Option<Seal>,
}

/// What is remembered of a signed event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    said: Digest,
    time: Timestamp,
}

/// The sources and their keys, and what they have said.
#[derive(Debug, Default)]
pub struct Uploaders {
    sources: BTreeMap<String, KeyRing>,
    signed_only: bool,
    window: SignedDuration,
    backlog: SignedDuration,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    by_id: BTreeMap<String, (Digest, Timestamp)>,
    by_time: BTreeSet<(Timestamp, String)>,
}

/// Where an event came in: at the API it is young, in the queue it may have waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Api,
    Queue,
}

impl Uploaders {
    /// `keys`: a JSON object of key rings by source, where there are any.
    pub fn new(config: &UploadsConfig, keys: Option<&[u8]>) -> Result<Self, KeyError> {
        let sources: BTreeMap<String, Value> =
            keys.map_or(Ok(BTreeMap::new()), serde_json::from_slice).map_err(KeyError::Ring)?;
        let sources = sources
            .into_iter()
            .map(|(source, ring)| Ok((source, KeyRing::from_json(ring.to_string().as_bytes())?)))
            .collect::<Result<_, KeyError>>()?;
        let span = |seconds: u64| SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000));
        Ok(Self {
            sources,
            signed_only: config.signed_only,
            window: span(config.window_seconds),
            backlog: span(config.backlog_hours.saturating_mul(3_600)),
            taken: Mutex::default(),
        })
    }

    /// Reads an event, signed or not. Nothing is remembered yet: [`Self::take`] does when it was acted upon.
    pub fn open(&self, body: &[u8], door: Door, now: Timestamp) -> Result<Believed, Refusal> {
        let Some(envelope) = envelope(body)? else {
            let event = parse_upload(body)?;
            return if self.signed_only { Err(Refusal::Unsigned) } else { Ok(Believed { event, seal: None }) };
        };
        let payload = envelope.payload().ok_or(Refusal::Envelope("its payload is not base64"))?;
        let event = parse_upload(&payload)?;
        let value: Value =
            serde_json::from_slice(&payload).map_err(|_| Refusal::Envelope("its payload is not JSON"))?;
        if value.get("specversion").is_none() || event.source.is_empty() {
            return Err(Refusal::Envelope("its payload is not a CloudEvent with id and source"));
        }
        let told = value.get("time").and_then(Value::as_str).unwrap_or_default();
        let time: Timestamp = told.parse().map_err(|_| Refusal::Envelope("its payload has no RFC 3339 time"))?;
        let ring = self.sources.get(&event.source).ok_or_else(|| Refusal::Source(event.source.clone()))?;
        if !signed(&envelope, ring, time) {
            return Err(Refusal::Signature(event.source.clone()));
        }
        let span = if door == Door::Api { self.window } else { self.backlog };
        let until = time.saturating_add(span).map_err(|_| Refusal::Time(told.to_owned()))?;
        let ahead = now.saturating_add(AHEAD).map_err(|_| Refusal::Time(told.to_owned()))?;
        if until < now || time > ahead {
            return Err(Refusal::Time(told.to_owned()));
        }
        // What it says counts, not how it is written: the same upload may be told again, with another time.
        let said = Digest::of(serde_json::to_string(&event).unwrap_or_default().as_bytes());
        match self.lock().by_id.get(&event.message_id()) {
            Some((_, until)) if *until < now => {}
            Some((known, _)) if *known == said => return Err(Refusal::Replay(Box::new(event))),
            Some(_) => return Err(Refusal::Contradiction(event.id)),
            None => {}
        }
        Ok(Believed { event, seal: Some(Seal { said, time }) })
    }

    /// Remembers an event that was acted upon, until the window is over.
    pub fn take(&self, believed: &Believed, now: Timestamp) {
        let Some(seal) = believed.seal else { return };
        let until = now.max(seal.time).saturating_add(self.window).unwrap_or(Timestamp::MAX);
        let id = believed.event.message_id();
        let mut taken = self.lock();
        if let Some((_, before)) = taken.by_id.insert(id.clone(), (seal.said, until)) {
            taken.by_time.remove(&(before, id.clone()));
        }
        taken.by_time.insert((until, id));
        while let Some((until, id)) = taken.by_time.first().cloned() {
            if until >= now && taken.by_id.len() <= REMEMBERED {
                break;
            }
            taken.by_time.pop_first();
            taken.by_id.remove(&id);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The envelope, where the body is one.
fn envelope(body: &[u8]) -> Result<Option<Envelope>, Refusal> {
    if body.len() > LARGEST {
        return Err(EventError::TooLarge { size: body.len(), limit: LARGEST }.into());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Ok(None) };
    if value.get("payloadType").is_none() && value.get("signatures").is_none() {
        return Ok(None);
    }
    let envelope: Envelope =
        serde_json::from_value(value).map_err(|_| Refusal::Envelope("payload, payloadType and signatures"))?;
    // Each costs a verification.
    if envelope.signatures.len() > 8 {
        return Err(Refusal::Envelope("it has more than 8 signatures"));
    }
    if envelope.payload_type != UPLOAD_TYPE {
        return Err(Refusal::Envelope("its payloadType is another"));
    }
    Ok(Some(envelope))
}

fn signed(envelope: &Envelope, ring: &KeyRing, time: Timestamp) -> bool {
    let Some(bytes) = envelope.signed_bytes() else { return false };
    envelope.signatures.iter().any(|signature| {
        let Some(entry) = ring.keys.get(&signature.keyid) else { return false };
        let within = |bound: &Option<String>, fits: fn(Timestamp, Timestamp) -> bool| match bound {
            None => true,
            Some(bound) => bound.parse().is_ok_and(|bound| fits(time, bound)),
        };
        within(&entry.valid_from, |time, from| time >= from)
            && within(&entry.valid_to, |time, to| time <= to)
            && signature
                .bytes()
                .is_some_and(|signature| entry.key.verifies(&bytes, &signature).is_ok_and(|right| right))
    })
}

/// Signs an upload event as its source; `event` is a CloudEvent.
pub fn sign_upload(event: &Value, key: &SigningKey) -> Envelope {
    Envelope::sign_as(UPLOAD_TYPE, event.to_string().as_bytes(), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-02T03:04:05Z";

    fn data() -> Value {
        serde_json::json!({
            "project": "demo", "version": "1.0", "filename": "demo-1.0.tar.gz", "size": 3,
            "sha256": Digest::of(b"abc"), "url": "https://index.example/demo-1.0.tar.gz",
        })
    }

    fn event(id: &str, time: &str) -> Value {
        model::cloud_event(model::TYPE_UPLOAD, "/index/example", id, time, "demo", &data())
    }

    fn uploaders(config: &UploadsConfig, key: &SigningKey) -> Uploaders {
        let keys = serde_json::json!({ "/index/example": KeyRing::of(&key.public()) });
        Uploaders::new(config, Some(keys.to_string().as_bytes())).unwrap()
    }

    fn body(event: &Value, key: &SigningKey) -> Vec<u8> {
        serde_json::to_vec(&sign_upload(event, key)).unwrap()
    }

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    #[test]
    fn a_signed_event_is_believed_once() {
        let key = SigningKey::generate().unwrap();
        let uploaders = uploaders(&UploadsConfig { signed_only: true, ..UploadsConfig::default() }, &key);
        let sent = body(&event("1", NOW), &key);
        let believed = uploaders.open(&sent, Door::Api, now()).unwrap();
        assert_eq!((believed.event.id.as_str(), believed.event.project.as_str()), ("1", "demo"));
        assert!(uploaders.open(&sent, Door::Api, now()).is_ok(), "looking at it takes nothing");
        uploaders.take(&believed, now());
        assert!(matches!(uploaders.open(&sent, Door::Api, now()), Err(Refusal::Replay(_))));
        let mut other = event("1", NOW);
        other["data"]["version"] = "2.0".into();
        assert!(matches!(uploaders.open(&body(&other, &key), Door::Api, now()), Err(Refusal::Contradiction(_))));
        // In the queue it is refused for the window, and may then come again.
        assert!(matches!(uploaders.open(&sent, Door::Queue, now()), Err(Refusal::Replay(_))));
        let late = now().saturating_add(SignedDuration::from_secs(601)).unwrap();
        let next = uploaders.open(&body(&event("2", &late.to_string()), &key), Door::Api, late).unwrap();
        uploaders.take(&next, late);
        assert_eq!(uploaders.lock().by_id.len(), 1, "what is over is forgotten");
        assert!(uploaders.open(&sent, Door::Queue, late).is_ok());
        assert!(matches!(uploaders.open(&sent, Door::Api, late), Err(Refusal::Time(_))));
    }

    #[test]
    fn what_was_changed_or_signed_by_another_is_refused() {
        let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let uploaders = uploaders(&UploadsConfig::default(), &key);
        let open = |body: &[u8]| uploaders.open(body, Door::Queue, now());
        assert!(matches!(open(&body(&event("1", NOW), &other)), Err(Refusal::Signature(_))));
        let mut foreign = event("1", NOW);
        foreign["source"] = "/index/other".into();
        assert!(matches!(open(&body(&foreign, &key)), Err(Refusal::Source(_))));
        let mut envelope = sign_upload(&event("1", NOW), &key);
        envelope.payload = sign_upload(&event("2", NOW), &key).payload;
        assert!(matches!(open(&serde_json::to_vec(&envelope).unwrap()), Err(Refusal::Signature(_))));
        envelope.payload_type = crate::PAYLOAD_TYPE.to_owned();
        assert!(matches!(open(&serde_json::to_vec(&envelope).unwrap()), Err(Refusal::Envelope(_))));
        let statement = Envelope::sign(event("1", NOW).to_string().as_bytes(), &key);
        assert!(matches!(open(&serde_json::to_vec(&statement).unwrap()), Err(Refusal::Envelope(_))), "another type");
        let mut bare = sign_upload(&event("1", NOW), &key);
        bare.signatures.clear();
        assert!(matches!(open(&serde_json::to_vec(&bare).unwrap()), Err(Refusal::Signature(_))));
        assert!(matches!(open(&body(&data(), &key)), Err(Refusal::Envelope(_))), "data alone says no source");
        assert!(matches!(open(&vec![b' '; LARGEST + 1]), Err(Refusal::Event(EventError::TooLarge { .. }))));
        assert!(matches!(open(&b"[".repeat(60_000)), Err(Refusal::Event(EventError::Json(_)))));
    }

    #[test]
    fn time_counts_at_the_api_in_minutes_and_in_the_queue_in_days() {
        let key = SigningKey::generate().unwrap();
        let uploaders = uploaders(&UploadsConfig::default(), &key);
        for (time, api, queue) in [
            (NOW, true, true),
            ("2026-01-02T03:08:00Z", true, true),
            ("2026-01-02T03:10:00Z", false, false),
            ("2026-01-02T02:55:00Z", true, true),
            ("2026-01-02T02:53:00Z", false, true),
            ("2025-12-27T03:04:05Z", false, true),
            ("2025-12-25T03:04:05Z", false, false),
            ("-009999-01-02T01:59:59Z", false, false),
            ("9999-12-30T22:00:00Z", false, false),
        ] {
            let sent = body(&event("1", time), &key);
            assert_eq!(uploaders.open(&sent, Door::Api, now()).is_ok(), api, "{time} at the API");
            assert_eq!(uploaders.open(&sent, Door::Queue, now()).is_ok(), queue, "{time} in the queue");
        }
        let sent = body(&event("1", "yesterday"), &key);
        assert!(matches!(uploaders.open(&sent, Door::Api, now()), Err(Refusal::Envelope(_))));
    }

    #[test]
    fn without_a_signature_it_depends_on_what_was_said() {
        let plain = event("1", NOW).to_string();
        let open = Uploaders::new(&UploadsConfig::default(), None).unwrap();
        assert_eq!(open.open(plain.as_bytes(), Door::Queue, now()).unwrap().seal, None);
        let strict = UploadsConfig { signed_only: true, ..UploadsConfig::default() };
        let strict = Uploaders::new(&strict, None).unwrap();
        assert!(matches!(strict.open(plain.as_bytes(), Door::Queue, now()), Err(Refusal::Unsigned)));
    }

    #[test]
    fn a_key_counts_within_its_span_and_under_its_own_id() {
        let key = SigningKey::generate().unwrap();
        let sent = body(&event("1", NOW), &key);
        for (from, to, right) in [
            (None, None, true),
            (Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z"), true),
            (Some("2026-01-03T00:00:00Z"), None, false),
            (None, Some("2026-01-01T00:00:00Z"), false),
            (None, Some("soon"), false),
        ] {
            let mut ring = KeyRing::of(&key.public());
            for entry in ring.keys.values_mut() {
                (entry.valid_from, entry.valid_to) = (from.map(str::to_owned), to.map(str::to_owned));
            }
            let keys = serde_json::json!({ "/index/example": ring }).to_string();
            let uploaders = Uploaders::new(&UploadsConfig::default(), Some(keys.as_bytes())).unwrap();
            assert_eq!(uploaders.open(&sent, Door::Api, now()).is_ok(), right, "{from:?} {to:?}");
        }
        let foreign = SigningKey::generate().unwrap().public().keyid();
        let ring = KeyRing::of(&key.public()).to_json().replacen(&key.public().keyid(), &foreign, 1);
        let keys = format!("{{\"/index/example\": {ring}}}");
        assert!(Uploaders::new(&UploadsConfig::default(), Some(keys.as_bytes())).is_err());
    }
}
