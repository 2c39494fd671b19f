//! `gatehouse schema`: the JSON Schemas of everything this program writes for programs.

use clap::Args;
use include_dir::{Dir, include_dir};

use crate::complaint::Complaint;
use crate::{exit, terminal};

static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schema");

/// Print a JSON Schema, or their names.
#[derive(Args)]
pub(crate) struct Schema {
    /// Such as `scan.v1`, the shape of `scan --format jsonl`.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Schema {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let text = match &self.name {
            None => names().map(|name| format!("{name}\n")).collect(),
            Some(name) => find(name)?,
        };
        terminal::print(&text)?;
        Ok(exit::OK)
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.files().filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".json"))
}

fn find(name: &str) -> Result<String, Complaint> {
    let name = name.strip_suffix(".json").unwrap_or(name);
    let file = SCHEMAS.get_file(format!("{name}.json")).and_then(|file| file.contents_utf8());
    file.map(str::to_owned).ok_or_else(|| {
        let known = names().collect::<Vec<_>>().join(", ");
        Complaint::new("there is no such schema").at(name).attempt(format!("one of {known}"))
    })
}
