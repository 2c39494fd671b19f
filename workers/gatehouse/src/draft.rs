//! `gatehouse rules new`: a rule that works, with its hit and its benign twin, to be made into the one that is meant.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::complaint::Complaint;
use crate::{exit, rulebook, terminal};

const RULE: &str = "\
title: Starts a program that nobody called        # the sentence a moderator reads: no full stop
id: {id}
status: experimental                              # recorded, and never scored, until it is `test` or `stable`
description: >
  Why it matters, for somebody who has to decide within a minute.
level: medium
family: {id}                                      # rules that say the same share a family, and a cap
tags: [attack.t1059]
logsource: {product: python, category: call}      # FACTS.md lists them, and the fields of each
detection:
  selection:
    behaviour: process.spawn
    phase: [install, startup, import]
  condition: selection
falsepositives:
  - Where an honest project does this
";

const HIT: &str = "import subprocess\n\nsubprocess.run([\"hostname\"])\n";
const CLEAN: &str = "import subprocess\n\n\ndef name():\n    return subprocess.run([\"hostname\"])\n";

/// Write a Sigma rule that works, with a hit and a benign twin, to begin with.
///
/// It has the status `experimental`: it is recorded and changes no outcome. Nothing that is there is overwritten.
#[derive(Args)]
pub(crate) struct Draft {
    /// What it will be called: words in lower case that name what is seen, joined by `-`.
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
    /// The rulebook's folder.
    #[arg(long, value_name = "DIR", env = "GATEHOUSE_RULES")]
    rules: PathBuf,
    /// Folder below `sigma/`.
    #[arg(long, value_name = "NAME", default_value = "drafts", value_parser = id)]
    topic: String,
}

fn id(text: &str) -> Result<String, String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    match text.len() <= 64 && text.split('-').all(word) {
        true => Ok(text.to_owned()),
        false => Err("words in lower case and digits, joined by `-`, at most 64 characters".to_owned()),
    }
}

impl Draft {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let book = rulebook::compile(&rulebook::files(Some(&self.rules))?)?;
        if let Some(rule) = book.rules().iter().find(|rule| rule.id == self.id) {
            return Err(Complaint::new("there is a rule of this id").at(&rule.file).attempt("another id"));
        }
        let rule = self.rules.join("sigma").join(&self.topic).join(format!("{}.yml", self.id));
        let examples = self.rules.join("examples").join(&self.id);
        let (hit, clean) = (examples.join("hit.init.py"), examples.join("clean.py"));
        write(&rule, &RULE.replace("{id}", &self.id))?;
        write(&hit, HIT)?;
        write(&clean, CLEAN)?;
        let shown = [&rule, &hit, &clean].map(|path| format!("{}\n", path.display())).concat();
        let (id, rules) = (&self.id, self.rules.display());
        terminal::print(&format!("{shown}Try it: gatehouse rules test {id} --rules {rules}\n"))?;
        Ok(exit::OK)
    }
}

/// Writes a file that must not be there, and the folders above it.
fn write(path: &Path, text: &str) -> Result<(), Complaint> {
    let complain = |error| Complaint::new("cannot write a file").at(path.display()).because(error);
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(complain)?;
    let mut file = fs::File::create_new(path).map_err(complain)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(complain)
}
