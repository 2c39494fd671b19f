//! What the publisher is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublisherConfig {
    /// The dashboard's address, where signed verdicts are served.
    pub verdicts: String,
    /// Folder beside the index's signing metadata.
    pub into: PathBuf,
    /// File with the public keys whose signatures count.
    pub key_ring: PathBuf,
    /// Address of the index's TUF service; empty when it has none.
    pub tuf: String,
}
