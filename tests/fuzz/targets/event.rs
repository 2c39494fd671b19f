//! Upload events: what is taken is what was sent, and goes on as the same.

use model::{UploadEvent, parse_upload};

pub(crate) fn target(data: &[u8]) {
    let Ok(event) = parse_upload(data) else { return };
    let plain = |text: &str| !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control);
    assert!(plain(&event.project) && plain(&event.version) && plain(&event.filename), "{event:?}");
    assert!(!event.id.is_empty() && event.message_id().len() <= 128, "{event:?}");
    let written = serde_json::to_vec(&event).unwrap();
    let again: UploadEvent = serde_json::from_slice(&written).unwrap();
    assert_eq!(again, event);
    assert_eq!((again.context().digest(), again.subject()), (event.context().digest(), event.subject()));
}
