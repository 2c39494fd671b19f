//! Where the rules come from: embedded in the binary or a folder, and compiled once, not at every start.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use analysis::Rulebook;
use include_dir::{Dir, include_dir};
use model::Digest;
use scanner::pool::CompiledRules;

use crate::cache::Cache;
use crate::complaint::Complaint;

/// The rules as they were when this binary was built.
static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");

/// Bytes of all files of a rulebook together, examples included.
const SIZE_LIMIT: u64 = 128 * 1024 * 1024;

/// The files of a rulebook by their paths below its folder.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The files of `folder`, or those in the binary.
pub(crate) fn files(folder: Option<&Path>) -> Result<Files, Complaint> {
    match folder {
        Some(folder) => read(folder),
        None => {
            let mut files = Files::new();
            embedded(&EMBEDDED, &mut files);
            Ok(files)
        }
    }
}

fn embedded(folder: &Dir<'_>, files: &mut Files) {
    for file in folder.files() {
        files.insert(file.path().to_string_lossy().into_owned(), file.contents().to_vec());
    }
    for folder in folder.dirs() {
        embedded(folder, files);
    }
}

fn read(root: &Path) -> Result<Files, Complaint> {
    let unreadable = |path: &Path, error: &dyn std::fmt::Display| {
        Complaint::new("cannot read the rules").at(path.display()).because(error).attempt(
            "give --rules a folder laid out as `rules/README.md` says, or leave it out to use the built-in rules",
        )
    };
    let mut files = Files::new();
    let mut pending = vec![root.to_path_buf()];
    let mut left = SIZE_LIMIT;
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            if kind.is_dir() {
                pending.push(path);
            } else if std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?.is_file() {
                let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
                left = left
                    .checked_sub(bytes.len() as u64)
                    .ok_or_else(|| unreadable(root, &format!("more than {SIZE_LIMIT} bytes")))?;
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                files.insert(name, bytes);
            }
        }
    }
    Ok(files)
}

/// Compiles a rulebook, or says all that is wrong with it.
pub(crate) fn compile(files: &Files) -> Result<Rulebook, Complaint> {
    Rulebook::compile(files).map_err(|diagnostics| {
        let shown = diagnostics.iter().map(|diagnostic| diagnostic.render(files)).collect::<Vec<_>>().join("\n\n");
        let _ = writeln!(std::io::stderr().lock(), "{shown}\n");
        Complaint::new(format!("the rules have {} mistakes", diagnostics.len()))
            .attempt("gatehouse rules check, and the table of codes in rules/README.md")
    })
}

/// The rulebook as examining children load it, from the cache when the same rules were compiled before.
pub(crate) fn compiled(files: &Files) -> Result<CompiledRules, Complaint> {
    let cache = Cache::of_this_user();
    let key = key(files);
    if let Some((digest, bytes)) = cache.as_ref().and_then(|cache| cache.load(&key)) {
        return Ok(CompiledRules { digest, engine: analysis::ENGINE.to_owned(), bytes: bytes.into() });
    }
    let rulebook = compile(files)?;
    let bytes = rulebook
        .to_bytes()
        .map_err(|error| Complaint::new("the compiled rules cannot be written down").because(error))?;
    if let Some(cache) = cache {
        cache.store(&key, &rulebook.digest(), &bytes);
    }
    Ok(CompiledRules { digest: rulebook.digest(), engine: analysis::ENGINE.to_owned(), bytes: bytes.into() })
}

/// What a compiled form depends on: the rules that judge, the engine, and the very binary that reads it back.
fn key(files: &Files) -> Digest {
    let mut digester = model::Digester::default();
    let mut part = |bytes: &[u8]| {
        digester.update(&(bytes.len() as u64).to_be_bytes());
        digester.update(bytes);
    };
    part(analysis::ENGINE.as_bytes());
    if let Ok(binary) = std::env::current_exe().and_then(std::fs::metadata) {
        let modified = binary.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        part(&binary.len().to_be_bytes());
        part(&modified.map_or(0, |time| time.as_nanos()).to_be_bytes());
    }
    for (path, bytes) in files.iter().filter(|(path, _)| !path.starts_with("examples/")) {
        part(path.as_bytes());
        part(bytes);
    }
    digester.finish()
}

/// How many bytes of one archive the rulebook's limits allow to be read.
pub(crate) fn archive_limit(files: &Files) -> u64 {
    let limits = files.get("limits.toml").and_then(|text| std::str::from_utf8(text).ok());
    let bytes = limits
        .and_then(|text| text.parse::<toml::Table>().ok())
        .and_then(|limits| limits.get("archive")?.get("bytes")?.as_integer())
        .and_then(|bytes| u64::try_from(bytes).ok());
    bytes.unwrap_or(unpack::Limits::default().archive)
}

/// The folder that `--rules` names, as every subcommand says it.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RulesFolder {
    /// Judge by the rules in this folder instead of the built-in ones.
    #[arg(long, value_name = "DIR", env = "GATEHOUSE_RULES")]
    pub rules: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_rules_are_the_ones_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
        assert_eq!(files(None).unwrap(), files(Some(&folder)).unwrap());
    }

    #[test]
    fn a_key_changes_with_every_rule_but_not_with_an_example() {
        let mut rules = Files::from([("score.toml".to_owned(), b"a".to_vec())]);
        let first = key(&rules);
        rules.insert("examples/a/hit.py".to_owned(), b"b".to_vec());
        assert_eq!(key(&rules), first);
        rules.insert("score.toml".to_owned(), b"b".to_vec());
        assert_ne!(key(&rules), first);
    }

    #[test]
    fn the_limit_on_an_archive_is_the_rulebooks() {
        let limits = |text: &str| archive_limit(&Files::from([("limits.toml".to_owned(), text.into())]));
        assert_eq!(limits("[archive]\nbytes = 1000\n"), 1000);
        assert_eq!(limits("[archive]\n"), unpack::Limits::default().archive);
    }
}
