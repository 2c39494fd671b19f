//! Upload events that this program sends itself, signed where it has a key.

use attest::{SigningKey, sign_upload};
use model::{TYPE_UPLOAD, UploadEvent, cloud_event};
use queue::{Published, Queue, Topic};
use store::Moment;

use crate::{complaint::Complaint, fleet::at_queue, settings::Settings};

/// The source of an event that names none.
const SOURCE: &str = "gatehouse";

pub(crate) struct Sender {
    key: Option<SigningKey>,
    /// An upload that nobody signed would only be parked.
    must_sign: bool,
}

impl Sender {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Complaint> {
        let key = settings.uploads.signing_key.as_deref().map(signer::load).transpose()?;
        Ok(Self { key, must_sign: settings.uploads.signed_only })
    }

    /// Hands an event to the queue, which has it on its disk when this returns.
    pub(crate) async fn publish(
        &self,
        queue: &Queue,
        topic: Topic,
        event: &UploadEvent,
    ) -> Result<Published, Complaint> {
        let at = |error: queue::Error| at_queue("publish an upload", &error);
        if topic == Topic::Uploads && self.must_sign && self.key.is_none() {
            return Err(Complaint::new("an upload that is not signed would be refused")
                .at("uploads.signed_only")
                .attempt("name the file with this program's key: uploads.signing_key"));
        }
        let Some(key) = self.key.as_ref().filter(|_| topic == Topic::Uploads) else {
            return queue.publish(topic, &event.message_id(), event).await.map_err(at);
        };
        let source = if event.source.is_empty() { SOURCE } else { &event.source };
        let time = Moment::now().to_string();
        let signed = sign_upload(&cloud_event(TYPE_UPLOAD, source, &event.id, &time, &event.subject(), event), key);
        queue.publish(topic, &event.message_id(), &signed).await.map_err(at)
    }
}
