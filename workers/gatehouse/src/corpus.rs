//! `gatehouse corpus`: the archives of `corpus/` as files, for tests and trials.

use std::{fs, path::PathBuf};

use crate::{
    complaint::Complaint,
    demo::{self, Project},
    exit, terminal,
};

/// Write the packed archives of the corpus into a folder, and say as JSON lines what is right for each.
#[derive(clap::Args)]
pub(crate) struct Corpus {
    /// Made when missing.
    folder: PathBuf,
}

impl Corpus {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| Complaint::new("cannot make a folder").at(self.folder.display()).because(error))?;
        for archive in demo::archives()? {
            let path = self.folder.join(&archive.filename);
            fs::write(&path, &archive.bytes)
                .map_err(|error| Complaint::new("cannot write an archive").at(path.display()).because(error))?;
            let Project { path: source, technique, expect, .. } = &archive.project;
            let line = serde_json::json!({
                "source": source, "technique": technique, "expect": expect, "filename": archive.filename,
            });
            terminal::print(&format!("{line}\n"))?;
        }
        Ok(exit::OK)
    }
}
