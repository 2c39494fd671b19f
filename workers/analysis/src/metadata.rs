//! What a release says of itself, and how that fits what it is.

use std::collections::BTreeSet;

use mailparse::MailHeaderMap;
use model::{Fact, Filename, Place, facts};

use crate::{
    layout::{normalised, plain},
    lookalike::Popular,
};

/// Dependencies of one release that are looked at; more than this is no dependency list.
const DEPENDENCIES: usize = 500;
const ENTRIES: usize = 500;

/// PKG-INFO or METADATA, as far as rules speak of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CoreMetadata {
    pub name: String,
    pub version: String,
    pub summary: String,
    pub author: String,
    pub author_email: String,
    pub description_length: u64,
    /// First heading of the description.
    pub heading: String,
    pub urls: Vec<String>,
    pub classifiers: u64,
    pub requirements: Vec<String>,
}

impl CoreMetadata {
    /// Never fails: what cannot be read is empty.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let Ok((headers, body)) = mailparse::parse_headers(bytes) else { return Self::default() };
        let first = |name: &str| {
            let value = headers.get_first_value(name).unwrap_or_default();
            let value = value.trim();
            // setuptools wrote this for what nobody said.
            if value == "UNKNOWN" { String::new() } else { value.to_owned() }
        };
        let all = |name: &str| headers.get_all_values(name);
        let mut urls: Vec<String> = [first("Home-page"), first("Download-URL")].into();
        urls.extend(
            all("Project-URL")
                .into_iter()
                .map(|value| value.split_once(',').map_or(value.clone(), |(_, url)| url.trim().to_owned())),
        );
        urls.retain(|url| !url.is_empty());
        urls.sort();
        urls.dedup();
        urls.truncate(100);
        let body = String::from_utf8_lossy(bytes.get(body..).unwrap_or_default());
        let body = body.trim();
        let said = first("Description");
        let description = said.chars().count().max(body.chars().count());
        let heading = heading(if body.is_empty() { &said } else { body });
        let either = |one: String, other: &str| if one.is_empty() { first(other) } else { one };
        Self {
            name: first("Name"),
            version: first("Version"),
            summary: first("Summary"),
            author: either(first("Author"), "Maintainer"),
            author_email: either(first("Author-email"), "Maintainer-email"),
            description_length: description as u64,
            heading,
            urls,
            classifiers: all("Classifier").len() as u64,
            requirements: all("Requires-Dist").into_iter().take(DEPENDENCIES).collect(),
        }
    }

    pub(crate) fn email_domain(&self) -> String {
        // `Name <mail@host>, Other <…>`: the first address speaks.
        let domain = self.author_email.split_once('@').map_or("", |(_, domain)| domain);
        domain.split(['>', ',', ' ', '"']).next().unwrap_or_default().to_ascii_lowercase()
    }
}

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

/// `pyproject.toml`, as far as it decides what runs and what is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pyproject {
    pub name: String,
    pub version: String,
    pub backend: String,
    pub backend_path: Vec<String>,
    pub requirements: Vec<String>,
    pub urls: Vec<String>,
    /// Files that a build backend runs because the project names them, or because they are called so.
    pub hooks: Vec<String>,
    /// `group: name = target` of every command and plug-in.
    pub entry_points: Vec<String>,
    /// `module.name` that is imported for its value when it is no plain constant, and `module:function` that is called.
    pub attributes: Vec<String>,
    /// What is copied to where code runs: from, to.
    pub copied: Vec<(String, String)>,
    /// Modules of commands and plug-ins.
    pub started: Vec<String>,
    /// Another reader may take what this one refuses; without the lines it stumbled over.
    pub broken: bool,
}

impl Pyproject {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (table, broken) = lenient(&text);
        let text = |path: &[&str]| lookup(&table, path).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let texts = |path: &[&str]| -> Vec<String> {
            let list = lookup(&table, path).and_then(toml::Value::as_array);
            list.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
        };
        let mut requirements = texts(&["project", "dependencies"]);
        requirements.extend(texts(&["build-system", "requires"]));
        requirements.truncate(DEPENDENCIES);
        let urls = lookup(&table, &["project", "urls"]).and_then(toml::Value::as_table);
        let backend = text(&["build-system", "build-backend"]);
        let mut entry_points = Vec::new();
        let mut points = |group: &str, path: &[&str]| {
            let list = lookup(&table, path).and_then(toml::Value::as_table);
            let named = list.into_iter().flatten().filter_map(|(name, target)| Some((name, target.as_str()?)));
            entry_points.extend(named.take(ENTRIES).map(|(name, target)| format!("{group}: {name} = {target}")));
        };
        points("console_scripts", &["project", "scripts"]);
        points("console_scripts", &["tool", "poetry", "scripts"]);
        points("gui_scripts", &["project", "gui-scripts"]);
        for place in [&["project", "entry-points"][..], &["tool", "poetry", "plugins"][..]] {
            let groups = lookup(&table, place).and_then(toml::Value::as_table);
            let groups = groups.into_iter().flatten().map(|(group, _)| group.as_str()).take(ENTRIES);
            groups.for_each(|group| points(group, &[place, &[group]].concat()));
        }
        Self {
            entry_points,
            hooks: hooks(&table, &backend),
            attributes: attributes(&table),
            copied: copied(&table),
            started: targets(&table),
            broken,
            name: text(&["project", "name"]),
            version: text(&["project", "version"]),
            backend,
            backend_path: texts(&["build-system", "backend-path"]),
            requirements,
            urls: urls.into_iter().flatten().filter_map(|(_, url)| url.as_str()).map(str::to_owned).take(100).collect(),
        }
    }

    /// Paths below the root that the in-tree backend can be loaded from.
    pub(crate) fn backend_modules(&self) -> Vec<String> {
        let mut paths = self.hooks.clone();
        if self.backend.is_empty() {
            return paths;
        }
        let module = self.backend.split(':').next().unwrap_or_default();
        // Without a path it is found in the project by whoever starts the build there.
        let here = String::new();
        for folder in self.backend_path.iter().take(20).chain([&here]) {
            // The packages around a module run before it.
            for module in prefixes(module).take(10) {
                let stem = format!("{folder}/{}", module.replace('.', "/"));
                paths.extend([format!("{stem}.py"), format!("{stem}/__init__.py")]);
            }
        }
        let mut paths: Vec<String> = paths.iter().map(|path| plain(path).into_owned()).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// The folder of a requirement that lies in the project itself: `helper @ file:./tools`, also where hatch puts in the root.
pub(crate) fn local(requirement: &str) -> Option<&str> {
    let (_, reference) = requirement.split_once('@')?;
    let reference = reference.split([';', '#']).next()?.trim();
    let path = match reference.strip_prefix("{root:") {
        Some(rest) => rest.split_once('}')?.1,
        None => {
            let path =
                reference.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).map(|_| &reference[5..])?;
            path.strip_prefix("//localhost").unwrap_or(path)
        }
    };
    // `f"helper @ file://{here}/vendor/helper.whl"`: the folder of the source itself.
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(path, |(_, rest)| rest);
    let path = path.trim_matches('/');
    (!path.is_empty() && path.len() < 1000).then_some(path)
}

/// Hooks of the backends that people use: hatchling, pdm, poetry, and commands of setuptools.
fn hooks(table: &toml::Table, backend: &str) -> Vec<String> {
    const MOST: usize = 50;
    let at = |path: &[&str]| lookup(table, path);
    let text = |path: &[&str]| at(path).and_then(toml::Value::as_str).map(str::to_owned);
    let mut found = Vec::new();
    // `hooks.custom` stands under `build`, under each target, and under `metadata`.
    // In `hatch.toml` they stand without the name of the tool before them.
    let mut hatch: Vec<&toml::Value> = Vec::new();
    for above in [&["tool", "hatch"][..], &[]] {
        let at = |path: &[&str]| lookup(table, &[above, path].concat());
        hatch.extend([at(&["build"]), at(&["metadata"])].into_iter().flatten());
        let targets = at(&["build", "targets"]).and_then(toml::Value::as_table);
        hatch.extend(targets.into_iter().flatten().map(|(_, target)| target));
    }
    for place in hatch {
        if let Some(custom) = place.get("hooks").and_then(|hooks| hooks.get("custom")) {
            let path = custom.get("path").and_then(toml::Value::as_str);
            found.push(path.unwrap_or("hatch_build.py").to_owned());
        }
    }
    if text(&["tool", "hatch", "version", "source"]).as_deref() == Some("code") {
        found.extend(text(&["tool", "hatch", "version", "path"]));
    }
    if text(&["version", "source"]).as_deref() == Some("code") {
        found.extend(text(&["version", "path"]));
    }
    if backend.starts_with("pdm.") {
        found.push(text(&["tool", "pdm", "build", "custom-hook"]).unwrap_or_else(|| "pdm_build.py".to_owned()));
    }
    found.extend(text(&["tool", "poetry", "build", "script"]));
    found.extend(text(&["tool", "poetry", "build"]));
    let commands = at(&["tool", "setuptools", "cmdclass"]).and_then(toml::Value::as_table);
    let commands = commands.into_iter().flatten().filter_map(|(_, class)| class.as_str());
    found.extend(commands.take(MOST).flat_map(class_modules));
    found.truncate(MOST);
    found.iter().map(|path| plain(path).into_owned()).collect()
}

/// Reads TOML, and where that fails all but the lines it stumbles over: another reader may know larger numbers or deeper
/// lists, and would go on.
fn lenient(text: &str) -> (toml::Table, bool) {
    const TRIES: usize = 20;
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    for tried in 0..TRIES {
        let at = match rest.parse::<toml::Table>() {
            Ok(table) => return (table, tried > 0),
            Err(error) => error.span().map_or(0, |span| rest.floor_char_boundary(span.start.min(rest.len()))),
        };
        let start = rest[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = rest[at..].find('\n').map_or(rest.len(), |newline| at + newline + 1);
        rest.replace_range(start..end.max(start), "");
        if rest.is_empty() {
            break;
        }
    }
    (toml::Table::new(), true)
}

/// Values that a build backend takes from a module: `version = {attr = "demo.VERSION"}`, `getter = "demo.v:get"`.
fn attributes(table: &toml::Table) -> Vec<String> {
    const MOST: usize = 20;
    let dynamic = lookup(table, &["tool", "setuptools", "dynamic"]).and_then(toml::Value::as_table);
    let named = dynamic.into_iter().flatten().filter_map(|(_, value)| value.get("attr").and_then(toml::Value::as_str));
    let getter = lookup(table, &["tool", "pdm", "version", "getter"]).and_then(toml::Value::as_str);
    named.chain(getter).take(MOST).map(str::to_owned).collect()
}

/// Modules of `[project.scripts]` and of every group of `[project.entry-points]`.
fn targets(table: &toml::Table) -> Vec<String> {
    let commands = ["scripts", "gui-scripts"].into_iter().filter_map(|key| lookup(table, &["project", key]));
    let groups = lookup(table, &["project", "entry-points"]).and_then(toml::Value::as_table);
    let all = commands.chain(groups.into_iter().flatten().map(|(_, group)| group)).filter_map(toml::Value::as_table);
    let modules = all.flatten().filter_map(|(_, target)| target.as_str()).filter_map(|target| target.split(':').next());
    modules.take(ENTRIES).map(|module| module.trim().to_owned()).collect()
}

/// What the backends copy from a folder to a place of another name.
fn copied(table: &toml::Table) -> Vec<(String, String)> {
    const MOST: usize = 200;
    let at = |path: &[&str]| lookup(table, path);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut pairs = |value: Option<&toml::Value>, turned: bool| {
        for (key, value) in value.and_then(toml::Value::as_table).into_iter().flatten() {
            let list: Vec<&str> = match value {
                toml::Value::Array(list) => list.iter().filter_map(toml::Value::as_str).collect(),
                value => value.as_str().into_iter().collect(),
            };
            for value in list {
                let (from, to) = if turned { (value, key.as_str()) } else { (key.as_str(), value) };
                found.push((from.to_owned(), to.to_owned()));
            }
        }
    };
    // Where a package lies: package, folder.
    for key in ["package-dir", "package_dir", "data-files", "data_files"] {
        pairs(at(&["tool", "setuptools", key]), true);
    }
    for above in [&["tool", "hatch", "build"][..], &["build"]] {
        let targets = at(&[above, &["targets"]].concat()).and_then(toml::Value::as_table);
        let wheel = targets.into_iter().flatten().filter(|(name, _)| *name != "sdist").map(|(_, target)| target);
        for place in at(above).into_iter().chain(wheel) {
            for key in ["force-include", "sources", "shared-data", "shared-scripts"] {
                pairs(place.get(key), false);
            }
        }
    }
    for path in [&["tool", "pdm", "build", "package-dir"][..], &["tool", "uv", "build-backend", "module-root"]] {
        found.extend(at(path).and_then(toml::Value::as_str).map(|folder| (folder.to_owned(), String::new())));
    }
    let lists = [at(&["tool", "setuptools", "packages", "find", "where"]), at(&["tool", "poetry", "packages"])];
    for entry in lists.into_iter().flatten().filter_map(toml::Value::as_array).flatten() {
        let folder = entry.as_str().or_else(|| entry.get("from").and_then(toml::Value::as_str));
        found.extend(folder.map(|folder| (folder.to_owned(), String::new())));
    }
    found.truncate(MOST);
    found
}

/// `a.b.c`, `a.b`, `a`.
fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    module.match_indices('.').map(|(at, _)| &module[..at]).chain([module]).filter(|module| !module.is_empty())
}

/// Files that `package.module.Class` may be in.
fn class_modules(class: &str) -> Vec<String> {
    let module = class.trim().rsplit_once('.').map_or("", |(module, _)| module).replace('.', "/");
    if module.is_empty() { Vec::new() } else { vec![format!("{module}.py"), format!("{module}/__init__.py")] }
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

fn lookup<'a>(table: &'a toml::Table, path: &[&str]) -> Option<&'a toml::Value> {
    let (first, rest) = path.split_first()?;
    let mut value = table.get(*first)?;
    for key in rest {
        value = value.as_table()?.get(*key)?;
    }
    Some(value)
}

/// A command or a plug-in of an `entry_points.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    pub group: String,
    pub name: String,
    /// `package.module:function`, as it is written.
    pub target: String,
}

impl EntryPoint {
    /// `group: name = target`, as rules read it.
    pub(crate) fn shown(&self) -> String {
        format!("{}: {} = {}", self.group, self.name, self.target)
    }

    /// The module, and the name in it, empty where the module itself is meant.
    pub(crate) fn object(&self) -> (&str, &str) {
        let target = self.target.split(['[', '#', ';']).next().unwrap_or_default();
        let (module, name) = target.split_once(':').unwrap_or((target, ""));
        (module.trim(), name.trim())
    }
}

/// Every command and plug-in, as the most lenient of their readers takes them: a colon may stand for `=`.
pub(crate) fn entry_points(bytes: &[u8]) -> Vec<EntryPoint> {
    let text = String::from_utf8_lossy(bytes);
    let (mut found, mut group) = (Vec::new(), "");
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[') {
            group = name.trim_end_matches(']').trim();
        } else if let Some((name, target)) = line.split_once('=').or_else(|| line.split_once(':'))
            && found.len() < ENTRIES
        {
            let (group, name, target) = (group.to_owned(), name.trim().to_owned(), target.trim().to_owned());
            found.push(EntryPoint { group, name, target });
        }
    }
    found
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

/// Requirements of a legacy `requires.txt`.
pub(crate) fn requires(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
    lines.take(DEPENDENCIES).map(str::to_owned).collect()
}

/// Facts of declared dependencies.
pub(crate) fn dependencies(requirements: &[(String, &'static str)], member: &str, popular: &Popular) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (requirement, origin) in requirements.iter().take(DEPENDENCIES) {
        let end = requirement.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')));
        let name = normalised(&requirement[..end.unwrap_or(requirement.len())]);
        let (_, rest) = requirement.split_at(end.unwrap_or(requirement.len()));
        let url = rest.split_once('@').map(|(_, url)| url.split(';').next().unwrap_or_default().trim());
        let url = url.filter(|url| url.contains("://") || url.starts_with("git+") || url.starts_with("file:"));
        let bare = requirement.contains("://").then(|| requirement.split(';').next().unwrap_or_default().trim());
        let like = popular.like(&name).map_or("", |(known, _)| known);
        facts.push(Fact::new(
            Place { member: member.to_owned(), ..Place::default() },
            facts::Dependency {
                name: name.clone(),
                requirement: requirement.clone(),
                url: url.or(bare).unwrap_or_default().to_owned(),
                origin: (*origin).to_owned(),
                lookalike_of: like.to_owned(),
            },
        ));
    }
    facts
}

/// Top-level modules that people know as those of another project, or of Python itself.
///
/// A project that names the other in its own name (`python-dateutil`) is about it, and a namespace is everybody's.
pub(crate) fn shadows(
    tops: &BTreeSet<String>,
    project: &str,
    popular: &Popular,
    modules: &BTreeSet<String>,
) -> Vec<String> {
    const COMMON: [&str; 27] = [
        "backports",
        "bin",
        "build",
        "client",
        "common",
        "config",
        "core",
        "data",
        "dist",
        "google",
        "azure",
        "helpers",
        "lib",
        "main",
        "scripts",
        "server",
        "setup",
        "src",
        "tools",
        "utils",
        "conftest",
        "example",
        "test",
        "tests",
        "types",
        "version",
        "zope",
    ];
    let foreign = |top: &&String| {
        let name = normalised(top);
        let joined = project.replace('-', "");
        let bare = name.replace('-', "");
        !COMMON.contains(&name.as_str())
            && !joined.contains(&bare)
            && !bare.contains(&joined)
            && (modules.contains(top.as_str()) || popular.contains(&name))
    };
    if popular.contains(project) {
        // Which modules are its own is not known.
        return Vec::new();
    }
    tops.iter().filter(foreign).take(20).cloned().collect()
}

/// The popular project whose repository one of the links names, when this is another project.
///
/// A project about the other says so in its name, word by word (`pytest-xdist`), and a popular one may have any home.
pub(crate) fn borrowed<'p>(urls: &[String], project: &str, popular: &'p Popular) -> Option<&'p str> {
    if popular.contains(project) {
        return None;
    }
    let words: BTreeSet<&str> = project.split('-').collect();
    urls.iter().find_map(|url| {
        let mut parts = url.split_once("://")?.1.split('/').filter(|part| !part.is_empty());
        let (host, _, name) = (parts.next()?, parts.next()?, parts.next()?);
        if !["github", "gitlab", "gitea", "git.", "bitbucket", "codeberg"].iter().any(|word| host.contains(word)) {
            return None;
        }
        let name = name.split(['?', '#']).next().unwrap_or_default();
        let name = normalised(name.strip_suffix(".git").or(name.strip_suffix(".py")).unwrap_or(name));
        let known = popular.find(&name)?;
        (!known.split('-').all(|word| words.contains(word))).then_some(known)
    })
}

/// The first line that is a heading, in Markdown or reStructuredText.
fn heading(description: &str) -> String {
    let lines: Vec<&str> = description.lines().map(str::trim).filter(|line| !line.is_empty()).take(12).collect();
    let ruled = |line: &str| line.len() >= 3 && line.chars().all(|c| matches!(c, '=' | '-' | '~' | '*' | '#'));
    let found = lines.iter().enumerate().find_map(|(at, line)| {
        let marked = line.strip_prefix('#').map(|line| line.trim_matches(['#', ' ']));
        marked.or_else(|| lines.get(at + 1).filter(|next| ruled(next) && !ruled(line)).map(|_| *line))
    });
    found.unwrap_or_default().chars().take(80).collect()
}

/// The popular project that the heading of the description names, when this is another project.
pub(crate) fn described<'p>(heading: &str, project: &str, popular: &'p Popular) -> Option<&'p str> {
    let words: BTreeSet<&str> = project.split('-').collect();
    let name = normalised(heading.trim_matches(['`', '*', ':', ' ']));
    let known =
        popular.find(&name).filter(|known| known.len() >= 4 && !popular.contains(project) && *known != project)?;
    (!known.split('-').all(|word| words.contains(word))).then_some(known)
}

/// Whether a name is made from another: glued to something, or changed by two letters at most.
pub(crate) fn resembles(project: &str, other: &str) -> bool {
    let (one, two) = (project.replace('-', ""), other.replace('-', ""));
    two.len() >= 4 && (one.contains(&two) || strsim::osa_distance(&one, &two) <= 2)
}

/// The top-level module whose name the project's is, but for a letter inside: who misspells a name keeps what is in it.
pub(crate) fn misspelt<'a>(tops: &'a BTreeSet<String>, project: &str) -> Option<&'a str> {
    let like = |top: &str| {
        let name = normalised(top);
        let (one, other): (Vec<char>, Vec<char>) = (name.chars().collect(), project.chars().collect());
        if one.len().min(other.len()) < 6 || strsim::osa_distance(&name, project) != 1 {
            return false;
        }
        // At an end it is a plural or a number, and between words a way of writing.
        let ends = one.first() == other.first() && one.last() == other.last();
        let changed = |c: &&char| !c.is_alphabetic();
        ends && one.iter().filter(changed).eq(other.iter().filter(changed))
    };
    tops.iter().map(String::as_str).find(|top| like(top))
}

/// A version in a form in which two ways of writing it are one; `None` when it is none.
fn canonical(version: &str) -> Option<String> {
    let version = version.trim().to_ascii_lowercase();
    let version = version.strip_prefix('v').unwrap_or(&version);
    let (epoch, rest) = version.split_once('!').unwrap_or(("0", version));
    let (public, local) = rest.split_once('+').unwrap_or((rest, ""));
    epoch.parse::<u64>().ok()?;
    let end = public.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(public.len());
    let (release, tags) = public.split_at(end);
    let release = release.strip_suffix('.').unwrap_or(release);
    let mut numbers = Vec::new();
    for number in release.split('.') {
        if number.is_empty() || number.len() > 20 {
            return None;
        }
        numbers.push(number.trim_start_matches('0').to_owned());
    }
    while numbers.last().is_some_and(String::is_empty) && numbers.len() > 1 {
        numbers.pop();
    }
    let tags: String = tags.chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect();
    let tags = tags.replace("alpha", "a").replace("beta", "b").replace("preview", "rc").replace("pre", "rc");
    let tags = if tags.starts_with('c') { format!("r{tags}") } else { tags };
    let mut word = String::new();
    for character in tags.chars().chain(['!']) {
        if character.is_ascii_alphabetic() {
            word.push(character);
        } else if !word.is_empty() {
            if !["a", "b", "rc", "post", "rev", "r", "dev"].contains(&word.as_str()) {
                return None;
            }
            word.clear();
        }
    }
    if !tags.chars().all(|c| c.is_ascii_alphanumeric())
        || !local.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    {
        return None;
    }
    Some(format!("{epoch}!{}{tags}+{}", numbers.join("."), local.replace(['-', '_'], ".")))
}

/// How a version is odd, see `version_anomaly` of `release/metadata`.
pub(crate) fn version_anomaly(version: &str) -> &'static str {
    if version.is_empty() {
        return "none";
    }
    if canonical(version).is_none() {
        return "invalid";
    }
    if version.contains('!') {
        return "epoch";
    }
    let leading: Vec<&str> = version.trim_start_matches(['v', 'V']).split(['.', '-', '+']).take(2).collect();
    let nines = |number: &&str| number.len() >= 2 && number.bytes().all(|byte| byte == b'9');
    let dated =
        |number: &str| (6..=8).contains(&number.len()) && (number.starts_with("20") || number.starts_with("19"));
    let large = leading.first().is_some_and(|number| {
        number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !dated(number) && *number > "2100"
            || number.len() > 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !dated(number)
    });
    if leading.iter().take(1).any(nines) || large { "huge" } else { "none" }
}

/// Whether two versions are written alike or mean the same; one that is not told contradicts nothing.
pub(crate) fn same_version(one: &str, other: &str) -> bool {
    // A file name cannot hold every character of a version.
    let plain = |version: &str| canonical(version).map(|version| version.replace(['+', '-', '_'], "."));
    one.is_empty()
        || other.is_empty()
        || one == other
        || match (plain(one), plain(&other.replace('_', "+"))) {
            (Some(one), Some(other)) => one.trim_end_matches('.') == other.trim_end_matches('.'),
            _ => normalised(one) == normalised(other),
        }
}

/// Where name or version inside differ from the file name or the event.
pub(crate) fn mismatch(
    inside: &CoreMetadata,
    claimed: Option<&Filename>,
    project: Option<&str>,
    version: Option<&str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let same_name = |one: &str, other: &str| one.is_empty() || other.is_empty() || normalised(one) == normalised(other);
    let names = [claimed.map(|claimed| claimed.project.as_str()), project];
    if names.into_iter().flatten().any(|name| !same_name(&inside.name, name)) {
        wrong.push("name".to_owned());
    }
    let versions = [claimed.map(|claimed| claimed.version.as_str()), version];
    if versions.into_iter().flatten().any(|version| !same_version(&inside.version, version)) {
        wrong.push("version".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_requirement_can_lie_in_the_project() {
        for (requirement, folder) in [
            ("helper @ file:./tools", Some("./tools")),
            ("helper @ FILE:tools ; python_version > '3'", Some("tools")),
            ("helper @ file:///tools#egg=x", Some("tools")),
            ("helper @ file://localhost/a/b", Some("a/b")),
            ("helper@{root:uri}/tools", Some("tools")),
            ("helper @ https://index.example/a.whl", None),
            ("helper >= 1", None),
            ("helper @ file:", None),
        ] {
            assert_eq!(super::local(requirement), folder, "{requirement}");
        }
    }

    #[test]
    fn a_home_that_belongs_to_another_project_is_told() {
        let popular = super::Popular::new(["requests", "pytest", "web3"].into_iter());
        let borrowed = |url: &str, project: &str| super::borrowed(&[url.to_owned()], project, &popular);
        assert_eq!(borrowed("https://github.com/psf/requests", "requestz"), Some("requests"));
        assert_eq!(borrowed("https://github.com/ethereum/web3.py/issues", "web3eth"), Some("web3"));
        assert_eq!(borrowed("https://github.com/pytest-dev/pytest", "pytest-demo"), None);
        assert_eq!(borrowed("https://github.com/psf/requests", "requests"), None);
        assert_eq!(borrowed("https://requests.example/psf/requests", "demo"), None);
        assert_eq!(borrowed("https://github.com/psf", "demo"), None);
        assert_eq!(super::heading("\n.. image:: x\n\nRequests\n========\nText"), "Requests");
        assert_eq!(super::heading("text\n# `requests`\n"), "`requests`");
        assert_eq!(super::described("Requests", "reqtools", &popular), Some("requests"));
        assert_eq!(super::described("Requests", "requests-more", &popular), None);
        assert_eq!(super::described("Requests for all", "reqtools", &popular), None);
        assert!(super::resembles("web3eth", "web3") && super::resembles("botoo", "boto3"));
        assert!(!super::resembles("futurejson", "pyfiglet"));
    }

    #[test]
    fn a_package_of_another_name_is_told_from_one_of_its_own() {
        let tops =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<std::collections::BTreeSet<_>>();
        let popular = super::Popular::new(["requests", "python-dateutil", "attrs"].into_iter());
        let modules = ["json", "yaml"].map(str::to_owned).into_iter().collect();
        let shadows = |names: &[&str], project: &str| super::shadows(&tops(names), project, &popular, &modules);
        assert_eq!(shadows(&["netmanagement", "requests"], "netmanagement"), ["requests"]);
        assert_eq!(shadows(&["json", "demo"], "demo"), ["json"]);
        assert!(shadows(&["requests", "utils"], "requests-mirror").is_empty());
        assert!(shadows(&["yaml"], "pyyaml").is_empty());
        for (top, project, like) in [
            ("bittensor_cli", "bitensor-cli", true),
            ("colorama", "colormaa", true),
            ("requests", "requests", false),
            ("parsers", "parser", false),
            ("pandas2", "pandas3", false),
            ("some_thing", "something", false),
        ] {
            assert_eq!(super::misspelt(&tops(&[top]), project).is_some(), like, "{top} {project}");
        }
    }

    use super::*;

    const METADATA: &str = "Metadata-Version: 2.1\nName: Demo\nVersion: 1.0\nSummary: UNKNOWN\n\
        Author-email: A Person <a@mail.invalid>\nProject-URL: Home, https://demo.invalid/\nClassifier: A\nClassifier: B\n\
        Requires-Dist: requests>=2; python_version > '3'\nRequires-Dist: evil @ https://host.invalid/evil.zip\n\nLong text\n";

    #[test]
    fn metadata_is_read_and_what_is_none_is_empty() {
        let metadata = CoreMetadata::parse(METADATA.as_bytes());
        assert_eq!((metadata.name.as_str(), metadata.summary.as_str()), ("Demo", ""));
        assert_eq!(metadata.email_domain(), "mail.invalid");
        assert_eq!((metadata.description_length, metadata.classifiers), (9, 2));
        assert_eq!(metadata.urls, ["https://demo.invalid/"]);
        assert_eq!(CoreMetadata::parse(b"\xff\xfe\0").name, "");
    }

    #[test]
    fn a_dependency_by_url_says_its_url() {
        let metadata = CoreMetadata::parse(METADATA.as_bytes());
        let requirements: Vec<_> = metadata.requirements.into_iter().map(|r| (r, "metadata")).collect();
        let facts = dependencies(&requirements, "METADATA", &Popular::new(["requests"].into_iter()));
        let field = |at: usize, name: &str| match facts[at].kind.field(name) {
            Some(model::FieldValue::Text(text)) => text.into_owned(),
            _ => String::new(),
        };
        assert_eq!((field(0, "name"), field(0, "url")), ("requests".into(), String::new()));
        assert_eq!((field(1, "name"), field(1, "url")), ("evil".into(), "https://host.invalid/evil.zip".into()));
    }

    #[test]
    fn what_a_setup_script_needs_is_told_from_what_it_computes() {
        let setup = b"n = 'ev'\nsetup(install_requires=['requests>=2', # 'no'\n \"click[a]\"], name='demo')";
        assert_eq!(setup_requirements(setup, true), ["requests>=2", "click[a]"]);
        let config = b"[options]\ninstall_requires =\n    attrs>=1; python_version > '3'\n    rich\npackages = find:\n";
        assert_eq!(setup_requirements(config, false), ["attrs>=1", "rich"]);
        let texts = ["demo", "requests>=2", "evil-core==1.0", "demo-extra==1.0", "1.0"].map(str::to_owned);
        assert_eq!(computed_requirements(&texts, setup, "demo"), ["evil-core==1.0"]);
        let texts = ["console_scripts", "pip=demo.cli:main", "https=//x", "a=b"].map(str::to_owned);
        assert_eq!(setup_commands(&texts).collect::<Vec<_>>(), ["console_scripts: pip = demo.cli:main"]);
        let points = entry_points(b"[console_scripts]\na=b:c [x] # y\n\n[x.y]\n# no = no\nd : e\n");
        let shown: Vec<String> = points.iter().map(EntryPoint::shown).collect();
        assert_eq!(shown, ["console_scripts: a = b:c [x] # y", "x.y: d = e"]);
        let objects: Vec<_> = points.iter().map(EntryPoint::object).collect();
        assert_eq!(objects, [("b", "c"), ("e", "")]);
        let project = Pyproject::parse(b"[project.scripts]\na = \"b:c\"\n[project.entry-points.\"x.y\"]\nd = \"e\"\n");
        assert_eq!(project.entry_points, ["console_scripts: a = b:c", "x.y: d = e"]);
    }

    #[test]
    fn plug_ins_of_tests_are_read_however_they_are_listed() {
        let text = "x = 1\npytest_plugins = [\n  'tests.one',  # first\n  \"two\",\n]\npytest_plugins = 'three'\nprint(pytest_plugins)\n";
        assert_eq!(plugins(text), ["tests.one", "two", "three"]);
    }

    #[test]
    fn an_in_tree_backend_is_found() {
        let project = Pyproject::parse(
            b"[build-system]\nrequires = [\"wheel\"]\nbuild-backend = \"hook.main:build\"\nbackend-path = [\"_build\", \".\"]\n",
        );
        assert_eq!(
            project.backend_modules(),
            [
                "_build/hook.py",
                "_build/hook/__init__.py",
                "_build/hook/main.py",
                "_build/hook/main/__init__.py",
                "hook.py",
                "hook/__init__.py",
                "hook/main.py",
                "hook/main/__init__.py"
            ]
        );
        assert!(Pyproject::parse(b"[build-system\n").backend_modules().is_empty());
    }

    #[test]
    fn what_another_reader_takes_is_read_all_the_same() {
        let build =
            "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"demo/../tools/.\"]\n";
        let deep = format!("x = {}{}\n", "[".repeat(200), "]".repeat(200));
        for odd in ["x = 99999999999999999999\n", "\u{feff}", &deep] {
            let project = Pyproject::parse(format!("{odd}{build}").as_bytes());
            assert!(project.backend_modules().contains(&"tools/backend.py".to_owned()), "{odd:.30}: {project:?}");
            assert_eq!(project.broken, odd != "\u{feff}");
        }
        assert!(!Pyproject::parse(build.as_bytes()).broken);
    }

    #[test]
    fn a_configuration_is_read_however_it_is_written() {
        for text in [
            "[options]\ncmdclass =\n    egg_info = tools.c.C\n",
            "[options]\ncmdclass : egg_info = tools.c.C\n",
            "[options]\nCmdClass=egg_info = tools.c:C\n",
        ] {
            assert!(Configuration::parse(text.as_bytes()).commands.contains(&"tools/c.py".to_owned()), "{text}");
        }
        let read = Configuration::parse(
            b"[metadata]\nversion = attr: hook.V\n[options]\npackage-dir =\n    demo = examples\n[options.data_files]\nlib = docs/x.pth\n",
        );
        assert_eq!(read.attributes, ["hook.V"]);
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(read.copied, [pair("examples", "demo"), pair("docs/x.pth", "lib")]);
        let copied = Pyproject::parse(
            b"[tool.setuptools.package-dir]\ndemo = \"tests\"\n[tool.hatch.build.targets.wheel.force-include]\n\"docs/x\" = \"x.pth\"\n\
              [tool.setuptools.dynamic]\nversion = {attr = \"tools.v.V\"}\n",
        );
        assert_eq!(copied.copied, [pair("tests", "demo"), pair("docs/x", "x.pth")]);
        assert_eq!(copied.attributes, ["tools.v.V"]);
    }

    #[test]
    fn versions_are_told_odd() {
        for (version, how) in [
            ("1.0", "none"),
            ("2024.1", "none"),
            ("20240101", "none"),
            ("306", "none"),
            ("1.0.dev99999", "none"),
            ("99.0.0", "huge"),
            ("9999.1", "huge"),
            ("50000.1", "huge"),
            ("1!2.0", "epoch"),
            ("1.0rc1.post2+local.1", "none"),
            ("one", "invalid"),
            ("1.0-evil", "invalid"),
        ] {
            assert_eq!(version_anomaly(version), how, "{version}");
        }
    }

    #[test]
    fn a_mismatch_is_about_meaning_not_spelling() {
        let inside = |name: &str, version: &str| CoreMetadata {
            name: name.into(),
            version: version.into(),
            ..CoreMetadata::default()
        };
        let name = |project: &str, version: &str| Filename { project: project.into(), version: version.into() };
        let check = |inside: &CoreMetadata, name: &Filename| mismatch(inside, Some(name), None, None);
        assert!(check(&inside("De-Mo", "1.0.0-alpha1"), &name("de_mo", "1.0a1")).is_empty());
        assert!(check(&inside("demo", "1.0+cu118"), &name("demo", "1.0_cu118")).is_empty());
        assert!(check(&inside("demo", "1.10"), &name("demo", "1.10.0")).is_empty());
        assert_eq!(check(&inside("other", "1.1"), &name("demo", "1.10")), ["name", "version"]);
    }
}
