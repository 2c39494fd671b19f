//! `pyproject.toml` and `hatch.toml`: what they say of what runs, what is needed, and what is copied where.

use super::setup::class_modules;
use super::{DEPENDENCIES, ENTRIES};
use crate::layout::plain;

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

fn lookup<'a>(table: &'a toml::Table, path: &[&str]) -> Option<&'a toml::Value> {
    let (first, rest) = path.split_first()?;
    let mut value = table.get(*first)?;
    for key in rest {
        value = value.as_table()?.get(*key)?;
    }
    Some(value)
}
