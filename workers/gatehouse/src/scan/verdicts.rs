//! Where verdicts are written: each format at once or as one document at the end.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::explain::Thresholds;

use super::human::{Human, Paint};
use super::record::{Record, ascii_json};
use super::run::{Judged, Output};
use super::sarif::Sarif;
use super::{Format, Scan, Tally};

/// Version of the shape of `json` and `jsonl`.
const SCHEMA: u32 = 1;

pub(super) struct Writer {
    output: io::Stdout,
    kind: Kind,
}

enum Kind {
    Human(Human),
    Json(Vec<Value>),
    Jsonl,
    Sarif(Box<Sarif>),
}

impl Writer {
    pub(super) fn new(scan: &Scan, colours: bool, explain: Option<Thresholds>) -> Self {
        let kind = match scan.format {
            Format::Human => Kind::Human(Human::new(Paint::new(colours), scan.verbose, explain)),
            Format::Json => Kind::Json(Vec::new()),
            Format::Jsonl => Kind::Jsonl,
            Format::Sarif => Kind::Sarif(Box::default()),
        };
        Self { output: io::stdout(), kind }
    }

    fn put(&self, text: &str) -> io::Result<()> {
        let mut output = self.output.lock();
        output.write_all(text.as_bytes())?;
        output.flush()
    }
}

impl Output for Writer {
    fn write(&mut self, judged: Judged) -> io::Result<()> {
        let text = match &mut self.kind {
            Kind::Human(human) => human.verdict(&judged),
            Kind::Jsonl => ascii_json(&Record::new(&judged), false)? + "\n",
            Kind::Json(all) => {
                all.push(serde_json::to_value(Record::new(&judged))?);
                return Ok(());
            }
            Kind::Sarif(sarif) => {
                sarif.add(&judged);
                return Ok(());
            }
        };
        self.put(&text)
    }

    fn finish(&mut self, tally: &Tally) -> io::Result<()> {
        let text = match &mut self.kind {
            Kind::Human(human) => human.end(),
            Kind::Jsonl => return Ok(()),
            Kind::Json(all) => {
                let document = json!({
                    "schema": SCHEMA,
                    "engine": analysis::ENGINE,
                    "finished": !tally.interrupted,
                    "unreadable": tally.unreadable,
                    "verdicts": all,
                });
                ascii_json(&document, true)? + "\n"
            }
            Kind::Sarif(sarif) => ascii_json(&sarif.document(!tally.interrupted), true)? + "\n",
        };
        self.put(&text)
    }
}
