//! The release before, which archives are held against.

use std::path::Path;

use model::{Artifact, Filename, Previous};

use super::{Source, input, sealed};
use crate::complaint::Complaint;

pub(super) struct Earlier {
    pub artifact: Artifact,
    pub previous: Previous,
}

impl Earlier {
    /// Reads it whole; of a sample zip the first archive inside.
    pub(super) fn load(path: &Path, source: &Source, limit: u64) -> Result<Self, Complaint> {
        let unusable = || Complaint::new("cannot read the release before").at(path.display());
        let mut filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let loaded = input::load(path, limit, Vec::new()).map_err(|error| unusable().because(error))?;
        let input::Loaded::Whole(mut artifact) = loaded else {
            return Err(unusable().because(format!("it is larger than the {limit} bytes that are read")));
        };
        if let Some(password) = source.password.as_deref().filter(|_| sealed::is_sealed(&artifact.bytes)) {
            let mut first = None;
            sealed::open(&artifact.bytes, password.as_bytes(), limit, &mut |inner| {
                first.get_or_insert(inner);
            })
            .map_err(|error| unusable().because(error))?;
            if let Some(inner) = first {
                let name = inner.name.rsplit('/').next().unwrap_or_default();
                if !name.is_empty() {
                    filename = name.to_owned();
                }
                artifact = Artifact::new(inner.bytes);
            }
        }
        let version = Filename::parse(&filename).map(|name| name.version).unwrap_or_default();
        let previous = Previous { version, sha256: artifact.sha256, filename: Some(filename), size: None, url: None };
        Ok(Self { artifact, previous })
    }
}
