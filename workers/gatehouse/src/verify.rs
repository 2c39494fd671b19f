//! `gatehouse verify`: checks signed verdicts of a file, offline.

use std::{fs, path::PathBuf};

use attest::KeyRing;
use clap::Args;
use model::{Digest, Terminal};
use serde_json::Value;

use crate::{complaint::Complaint, exit, terminal};

const EXAMPLE: &str = "\
Example:
  curl -o verdicts.json https://index.example/integrity/demo/1.0/demo-1.0.tar.gz/verdicts
  gatehouse verify demo-1.0.tar.gz --verdicts verdicts.json --keys key-ring.json

`gatehouse up` keeps key-ring.json in its data folder.";

/// Check the signed verdicts of a file, offline.
///
/// Exit codes: 0 a trusted statement releases the file, 1 none does, 2 usage or input/output error.
#[derive(Args)]
#[command(before_help = EXAMPLE)]
pub(crate) struct Verify {
    /// The file that the verdicts speak of.
    file: PathBuf,
    /// What the index answered at /integrity/PROJECT/VERSION/FILENAME/verdicts, or envelopes or bundles alone.
    #[arg(long, value_name = "JSON")]
    verdicts: PathBuf,
    /// The keys you trust, as the operator publishes them.
    #[arg(long, value_name = "JSON")]
    keys: PathBuf,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let read = |path: &PathBuf| {
            fs::read(path).map_err(|error| Complaint::new("cannot read a file").at(path.display()).because(error))
        };
        let ring = KeyRing::from_json(&read(&self.keys)?)
            .map_err(|error| Complaint::new("cannot use the keys").at(self.keys.display()).because(error))?;
        let document: Value = serde_json::from_slice(&read(&self.verdicts)?)
            .map_err(|error| Complaint::new("the verdicts are not JSON").at(self.verdicts.display()).because(error))?;
        let sha256 = Digest::of(&read(&self.file)?);

        let mut released = false;
        let mut report = format!("{}  sha256 {sha256}\n", Terminal(&self.file.display().to_string()));
        let envelopes = attest::envelopes(&document);
        if envelopes.is_empty() {
            report.push_str("  no statement in the verdicts\n");
        }
        for envelope in envelopes {
            match attest::check_file(envelope, &sha256, &ring) {
                Ok(checked) => {
                    released |= checked.releases();
                    report.push_str(&format!("  good  {}\n", describe(&checked.statement)));
                }
                Err(error) => report.push_str(&format!("  BAD   {}\n", Terminal(&error.to_string()))),
            }
        }
        report.push_str(if released { "released: yes\n" } else { "released: no\n" });
        terminal::print(&report)?;
        Ok(if released { exit::OK } else { exit::FOUND })
    }
}

/// One line on what a statement says.
fn describe(statement: &Value) -> String {
    let predicate = &statement["predicate"];
    let list = |value: &Value| {
        let words: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        words.join(", ")
    };
    let says = match predicate["result"].as_str() {
        Some(result) => {
            let rules = [list(&predicate["failedTests"]), list(&predicate["warnedTests"])].join(" ");
            format!("findings: {result} {}", rules.trim())
        }
        None => format!(
            "release: {} at {}",
            list(&predicate["properties"]),
            predicate["timeCreated"].as_str().unwrap_or("?")
        ),
    };
    Terminal(says.trim()).to_string()
}
