//! `setup.py` and `setup.cfg`, and the modules that a `conftest.py` names: read as text, never run.

use super::{DEPENDENCIES, ENTRIES};
use crate::layout::normalised;

/// What a `setup.py` hands over when it calls `setup`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    pub requirements: Vec<String>,
    /// Requirements that are not written down, but put together.
    pub computed: Vec<String>,
    pub commands: Vec<String>,
}

impl Setup {
    /// `texts` of the call, in this source.
    pub(crate) fn called(&mut self, texts: &[String], source: &[u8], project: &str) {
        if self.commands.len() < ENTRIES && self.computed.len() < DEPENDENCIES {
            self.commands.extend(setup_commands(texts));
            self.computed.extend(computed_requirements(texts, source, project));
        }
    }
}

/// `setup.cfg`, as far as it decides what runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Files with the commands that it puts in the place of those of setuptools.
    pub commands: Vec<String>,
    /// As in [`Pyproject`].
    pub attributes: Vec<String>,
    pub copied: Vec<(String, String)>,
}

impl Configuration {
    /// As `configparser` and setuptools take it: `key = value` or `key : value`, in any case, with `-` for `_`.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        const MOST: usize = 50;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]);
        let mut read = Self::default();
        let (mut section, mut key) = (String::new(), String::new());
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with(['#', ';']) {
                continue;
            }
            let mut value = trimmed;
            if !line.starts_with([' ', '\t']) {
                if let Some(name) = trimmed.strip_prefix('[') {
                    section = name.trim_end_matches(']').trim().to_ascii_lowercase();
                    key.clear();
                    continue;
                }
                let (name, rest) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
                key = name.trim().to_ascii_lowercase().replace('-', "_");
                value = rest.trim();
            }
            let pair = || value.split_once('=').map(|(name, path)| (name.trim().to_owned(), path.trim().to_owned()));
            match key.as_str() {
                "cmdclass" | "setup_hooks" if read.commands.len() < MOST => {
                    let class = value.rsplit(['=', ':']).next().unwrap_or_default();
                    read.commands.extend(class_modules(class));
                    // `package.module:Class`.
                    let module = value.rsplit('=').next().unwrap_or_default().split_once(':');
                    read.commands
                        .extend(module.into_iter().flat_map(|(module, _)| class_modules(&format!("{module}.X"))));
                }
                "package_dir" if read.copied.len() < MOST => {
                    read.copied.extend(pair().map(|(name, path)| (path, name)));
                }
                "where" if section == "options.packages.find" && !value.is_empty() => {
                    read.copied.push((value.to_owned(), String::new()));
                }
                "scripts" if section == "options" && read.copied.len() < MOST && !value.is_empty() => {
                    read.copied.push((value.to_owned(), "bin/x".to_owned()));
                }
                _ if section == "options.data_files" && read.copied.len() < MOST => {
                    let files = value.split([',', ' ', '\n']).filter(|file| !file.is_empty());
                    read.copied.extend(files.map(|file| (file.to_owned(), key.clone())));
                }
                _ => {}
            }
            if let Some(attribute) = value.strip_prefix("attr:").filter(|_| read.attributes.len() < MOST) {
                read.attributes.push(attribute.trim().to_owned());
            }
        }
        read
    }
}

/// `group: name = target` in the texts of a call of `setup`, which writes `name = package.module:function`.
pub(crate) fn setup_commands(texts: &[String]) -> impl Iterator<Item = String> {
    const GROUPS: [&str; 2] = ["console_scripts", "gui_scripts"];
    let some = texts.iter().any(|text| GROUPS.contains(&text.as_str()));
    let commands = texts.iter().filter(move |_| some).filter_map(|text| {
        let (name, target) = text.split_once('=')?;
        let (module, function) = target.split_once(':')?;
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
        let sound = word(name.trim()) && word(module.trim()) && !function.starts_with("//");
        sound.then(|| format!("console_scripts: {} = {}", name.trim(), target.trim()))
    });
    commands.take(ENTRIES)
}

/// Requirements that a `setup.py` or `setup.cfg` lists as text.
pub(crate) fn setup_requirements(bytes: &[u8], python: bool) -> Vec<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]);
    let mut found = Vec::new();
    for word in ["install_requires", "setup_requires"] {
        for (at, _) in text.match_indices(word).take(20) {
            let Some(rest) = text[at + word.len()..].trim_start().strip_prefix('=') else { continue };
            if python { found.extend(quoted(rest)) } else { found.extend(moved_in(rest)) }
        }
    }
    found.truncate(DEPENDENCIES);
    found
}

/// Requirements among the texts of a call of `setup` whose names are nowhere in the source: it puts them together.
///
/// A family of projects computes the names of its members from its own.
pub(crate) fn computed_requirements(texts: &[String], source: &[u8], project: &str) -> Vec<String> {
    let source = String::from_utf8_lossy(source);
    let family = project.split('-').next().unwrap_or_default().to_owned();
    let computed = |requirement: &&String| {
        let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        let Some(end) = end.filter(|end| *end > 1) else { return false };
        let (name, rest) = requirement.split_at(end);
        let versioned = ["==", ">=", "<=", "~=", "!=", "<", ">", "@", "["];
        let own = !family.is_empty() && normalised(name).starts_with(&family);
        versioned.iter().any(|mark| rest.trim_start().starts_with(mark)) && !own && !source.contains(name)
    };
    texts.iter().filter(computed).cloned().collect()
}

/// Modules that a `conftest.py` names for pytest to import: `pytest_plugins = ["tests.tools"]`.
pub(crate) fn plugins(text: &str) -> Vec<String> {
    let assigned = text.match_indices("pytest_plugins").filter_map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start().strip_prefix('=')?.trim_start();
        let one = rest.starts_with(['"', '\'']);
        Some(if one { quoted(&format!("[{}]", rest.lines().next().unwrap_or_default())) } else { quoted(rest) })
    });
    assigned.take(5).flatten().take(DEPENDENCIES).collect()
}

/// The texts of a list literal.
fn quoted(rest: &str) -> Vec<String> {
    const MOST: usize = 8000;
    let mut found = Vec::new();
    let mut letters = rest.trim_start().chars().take(MOST);
    if !matches!(letters.next(), Some('[' | '(')) {
        return found;
    }
    let (mut quote, mut word, mut comment) = (None, String::new(), false);
    for letter in letters {
        match (quote, letter) {
            (_, '\n') => (quote, comment) = (None, false),
            _ if comment => {}
            (Some(mark), _) if letter == mark => {
                found.push(std::mem::take(&mut word));
                quote = None;
            }
            (Some(_), _) => word.push(letter),
            (None, '"' | '\'') => (quote, word) = (Some(letter), String::new()),
            (None, '#') => comment = true,
            (None, ']' | ')') => break,
            _ => {}
        }
    }
    found.retain(|text| text.starts_with(|c: char| c.is_ascii_alphanumeric()));
    found
}

/// Lines of a value of a configuration file.
fn moved_in(rest: &str) -> Vec<String> {
    let first = rest.lines().take(1);
    let more = rest.lines().skip(1).take_while(|line| line.starts_with([' ', '\t']) || line.trim().is_empty());
    let lines = first.chain(more).flat_map(|line| line.split(';').take(1)).map(str::trim);
    lines.filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric())).map(str::to_owned).collect()
}

/// Files that `package.module.Class` may be in.
pub(super) fn class_modules(class: &str) -> Vec<String> {
    let module = class.trim().rsplit_once('.').map_or("", |(module, _)| module).replace('.', "/");
    if module.is_empty() { Vec::new() } else { vec![format!("{module}.py"), format!("{module}/__init__.py")] }
}
