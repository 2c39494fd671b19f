//! `examine`: unpack, detect, score. One pure function that cannot fail, and the rulebook it judges by.

use model::{Artifact, Context, Digest, Verdict};

/// Name and version of the engine, part of every verdict.
pub const ENGINE: &str = concat!("gatehouse/", env!("CARGO_PKG_VERSION"));

/// The compiled `rules/` and their digest.
pub struct Rulebook {
    digest: Digest,
}

impl Rulebook {
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Judges an artifact. Same bytes, same context, same rulebook: the same verdict, byte for byte.
pub fn examine(artifact: &Artifact, context: &Context, rulebook: &Rulebook) -> Verdict {
    let _ = (artifact, context, rulebook);
    let _ = ENGINE; unimplemented!()
}
