#![doc = include_str!("../README.md")]

mod bundle;
mod dsse;
mod key;
mod statement;
mod upload;
mod verify;

pub use bundle::{bundle, envelopes};
pub use dsse::{Envelope, PAYLOAD_TYPE, Signature};
pub use key::{KeyError, KeyRing, PublicKey, RingKey, SigningKey};
pub use statement::{Clearance, Policy, SVR, TEST_RESULT, attest};
pub use upload::{Believed, Door, Refusal, UPLOAD_TYPE, Uploaders, UploadsConfig, sign_upload};
pub use verify::{Checked, VerifyError, check_file, verify};
