//! Native programs and libraries: what their headers, tables and signatures say, as facts. Nothing is disassembled.
//!
//! Each file is read as its loader reads it: an attacker writes section tables and symbol tables that only tools look
//! at. Every table is read to a bound, every name to a length, and what a bound left out is said (`truncated`), as is
//! what a loader could not use (`malformed`). Our own readers, not those of a crate: one that insists on a sound file
//! knows nothing of an unsound one that a loader starts all the same.

#[cfg(test)]
mod craft;
mod der;
mod elf;
mod fact;
mod macho;
mod markers;
mod natives;
mod pe;
mod seal;
mod signature;
#[cfg(test)]
mod tests;
mod view;
mod wasm;

use std::collections::BTreeSet;

pub(crate) use natives::Natives;

use crate::classify;
use signature::Signature;
use view::text;

/// Entries of the tables of one binary that are looked at, of all binaries of one artifact, and what each binary costs at
/// least. Tables may lie over each other, so what a binary costs is not bounded by its bytes.
const STEPS: u64 = 60_000;
const ALL_STEPS: u64 = 6_000_000;
const FEWEST: u64 = 500;
/// Names of one list that a fact keeps.
const KEPT: usize = 100;
/// Sections, segments and load commands that are looked at.
const PARTS: u64 = 512;
/// Names that the facts of one artifact keep together.
const ALL_NAMES: usize = 200_000;
/// Bytes that are hashed to check the signatures of one artifact.
const HASHED: u64 = 256 << 20;
/// Sections of one binary whose entropy is taken.
const MEASURED: usize = 6;

/// What the binaries of one artifact may cost together.
pub(crate) struct Budget {
    steps: u64,
    names: usize,
    hashed: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: ALL_STEPS, names: ALL_NAMES, hashed: HASHED }
    }
}

impl Budget {
    fn spend(&mut self, image: &Image) {
        self.steps = self.steps.saturating_sub(image.steps.max(FEWEST));
    }

    /// Whether so many bytes may be hashed still.
    fn hash(&mut self, bytes: u64) -> bool {
        let left = self.hashed.checked_sub(bytes);
        self.hashed = left.unwrap_or(self.hashed);
        left.is_some()
    }
}

/// One program or library, or one slice of a universal one.
#[derive(Debug, Default)]
pub(crate) struct Image {
    format: &'static str,
    /// Taken, and the most that may be.
    steps: u64,
    most: u64,
    kind: &'static str,
    machine: String,
    subsystem: &'static str,
    libraries: Vec<String>,
    imports: Names,
    exports: Names,
    python_module: String,
    capability: BTreeSet<String>,
    sections: Vec<String>,
    packer: BTreeSet<String>,
    toolchain: BTreeSet<String>,
    entropy: f64,
    overlay: u64,
    overlay_format: &'static str,
    stripped: bool,
    entry: Vec<String>,
    writable_code: bool,
    executable_stack: bool,
    run_path: Vec<String>,
    url: Vec<String>,
    dotnet: bool,
    slices: u64,
    slices_differ: bool,
    signature: Signature,
    truncated: bool,
    malformed: bool,
}

/// The first names of a table, and how many there are.
#[derive(Debug, Default)]
struct Names {
    kept: Vec<String>,
    count: u64,
}

impl Names {
    fn add(&mut self, name: &[u8]) {
        self.count += 1;
        if self.kept.len() < KEPT {
            self.kept.push(text(name));
        }
    }
}

impl Image {
    fn new(format: &'static str, budget: &Budget) -> Self {
        Self { format, most: STEPS.min(budget.steps), slices: 1, ..Self::default() }
    }

    /// One more entry of a table, when there is room for it.
    fn step(&mut self) -> bool {
        let room = self.steps < self.most;
        self.steps += u64::from(room);
        self.truncated |= !room;
        room
    }

    fn import(&mut self, name: &[u8], natives: &Natives) {
        self.imports.add(name);
        if let Some(capability) = natives.capability(name) {
            for id in capability {
                if !self.capability.contains(id) {
                    self.capability.insert(id.clone());
                }
            }
        }
    }

    fn export(&mut self, name: &[u8], stem: &[u8]) {
        self.exports.add(name);
        let starts = |prefix: &[u8]| name.starts_with(prefix);
        // Before Python 3 the function was called `init` and the module.
        let old = name.strip_prefix(b"init").is_some_and(|rest| !rest.is_empty() && rest == stem);
        if self.python_module.is_empty() && (starts(b"PyInit") || starts(b"HPyInit_") || starts(b"PyModExport_") || old)
        {
            self.python_module = text(name);
        }
    }

    fn library(&mut self, name: &[u8]) {
        if self.libraries.len() < KEPT {
            self.libraries.push(text(name));
        } else {
            self.truncated = true;
        }
    }

    fn section(&mut self, name: &[u8], natives: &Natives) {
        let name = text(name);
        natives.section(&name, &mut self.packer, &mut self.toolchain);
        if self.sections.len() < KEPT && !name.is_empty() {
            self.sections.push(name);
        }
    }

    /// The highest entropy of the parts that count, each taken from some windows of it.
    fn measure<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) {
        const WORTH: usize = 1024;
        let parts = parts.filter(|part| part.len() >= WORTH).take(MEASURED);
        self.entropy = parts.map(classify::entropy).fold(0.0, f64::max);
    }

    fn append(&mut self, file: &[u8], end: u64, cut: u64) {
        let (end, cut) = (usize::try_from(end).unwrap_or(usize::MAX), usize::try_from(cut).unwrap_or(usize::MAX));
        let Some(rest) = file.get(end..cut.min(file.len())) else { return };
        // What fills a block is no content.
        if rest.iter().take(64).all(|byte| *byte == 0) && rest.len() < 4096 {
            return;
        }
        self.overlay = rest.len() as u64;
        self.overlay_format = if rest.is_empty() { "" } else { classify::format("", rest) };
    }
}

/// Reads a member that begins as a native binary does; of a universal one, every slice.
pub(crate) fn read(format: &str, path: &str, bytes: &[u8], natives: &Natives, budget: &mut Budget) -> Vec<Image> {
    let name = classify::name(path);
    let stem = name.split('.').next().unwrap_or(name).as_bytes();
    let mut images = match format {
        "pe" => vec![pe::read(bytes, stem, natives, budget)],
        "elf" => vec![elf::read(bytes, stem, natives, budget)],
        "macho" => macho::read(bytes, stem, natives, budget),
        "wasm" => vec![wasm::read(bytes, natives, budget)],
        _ => return Vec::new(),
    };
    if format != "macho" {
        images.iter().for_each(|image| budget.spend(image));
    }
    let program = images.iter().any(|image| matches!(image.kind, "exe" | "dos") || image.malformed);
    let (first, rest) = match images.split_first_mut() {
        Some(parts) => parts,
        None => return images,
    };
    natives.texts(bytes, program, &mut first.packer, &mut first.toolchain);
    first.url = markers::urls(bytes);
    let differ = rest.iter().any(|other| other.capability != first.capability || other.kind != first.kind);
    for image in &mut images {
        image.slices_differ = differ;
        for names in [&mut image.imports.kept, &mut image.exports.kept] {
            match budget.names.checked_sub(names.len()) {
                Some(left) => budget.names = left,
                None => {
                    names.clear();
                    image.truncated = true;
                }
            }
        }
    }
    images
}
