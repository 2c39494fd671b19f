//! Where an installer would put each member, and so what it is for and when it runs.

use std::{borrow::Cow, collections::BTreeSet};

use model::{PackageType, Phase};
use python::Role;

use crate::classify::{extension, name};

/// The shape of a distribution, told by its paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub packagetype: PackageType,
    /// The folder that holds everything, with its slash; empty when there is none.
    pub root: String,
    /// Every folder that an installer may take for that one, and the archive itself: pip takes the only folder there is, and
    /// the archive when there are two.
    pub roots: Vec<String>,
    /// `NAME-VERSION.dist-info/` or `EGG-INFO/`.
    pub info: String,
    /// Normalised project name; a folder of that name is the package whatever else it is called.
    pub project: String,
    /// Modules of an in-tree build backend, as paths in the archive.
    pub backend: BTreeSet<String>,
    /// Folders below a root, with their slashes, in which something that the project needs is built before it.
    pub builds: BTreeSet<String>,
    /// Archives in this one that a requirement names: an installer installs them as it installs any other.
    pub carried: BTreeSet<String>,
    /// Words of the files that say what an sdist installs; `None` when nothing was read that could say it.
    declared: Option<BTreeSet<String>>,
    /// Modules are listed by a computation: each may be one.
    computed: bool,
    /// It holds a package, so a module beside it is installed only where the build says so.
    packages: bool,
    /// Packages whose names no import can have, below the folder of sources: a build installs them all the same.
    misnamed: BTreeSet<String>,
    /// Packages at the top, in lower case, whose names sound as if nothing installed them.
    aside: BTreeSet<String>,
    /// The build takes every package that it finds, but those that it leaves out by name.
    finds: bool,
    excluded: BTreeSet<String>,
    /// Nothing but tests or examples is in it, so they are what is installed.
    pub everything: bool,
    /// The name it was uploaded under says that an installer will not run its `setup.py`.
    wheel_name: bool,
    /// There is no archive, only one file that was given by itself.
    lone: bool,
}

/// Lower case, and one `-` for every run of `-`, `_` and `.`.
pub(crate) fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    out.trim_matches('-').to_owned()
}

/// A path as a file system takes it: without `.`, empty parts, and `..` that stay inside.
pub(crate) fn plain(path: &str) -> Cow<'_, str> {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    if !path.strip_suffix('/').unwrap_or(path).split('/').any(odd) {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.ends_with('!')) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}

/// Path in the archive whose role counts: one that another archive hides behind its end, or that is the only content
/// of a compressed file, is what some reader takes for the artifact itself.
pub(crate) fn shown(mut path: &str) -> &str {
    while let Some((outer, rest)) = path.split_once("!/") {
        if outer != "content" && !(outer.starts_with('<') && outer.ends_with('>')) {
            break;
        }
        path = rest;
    }
    path
}

const TESTS: [&str; 9] =
    ["tests", "test", "_tests", "testsuite", "unittests", "unit_tests", "integration_tests", "testdata", "test_data"];
const DOCS: [&str; 12] = [
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "demo",
    "demos",
    "sample",
    "samples",
    "tutorial",
    "tutorials",
    "benchmarks",
];
/// Folders at the root of an sdist that build or release it; nothing installs them unless they are packages.
const TOOLS: [&str; 12] =
    ["tools", "ci", "contrib", "dev", "misc", "hack", "util", "utils", "release", "build_tools", "packaging", "admin"];
/// Files at the root of an sdist that only its developers run.
const LOOSE: [&str; 7] =
    ["noxfile.py", "tasks.py", "fabfile.py", "dodo.py", "toxfile.py", "runtests.py", "pavement.py"];

impl Layout {
    /// `paths` of the outer archive's members.
    pub(crate) fn tell<'a>(
        paths: impl Iterator<Item = &'a str> + Clone,
        archive: bool,
        filename: &str,
        project: &str,
    ) -> Self {
        let mut layout = Self {
            project: normalised(project),
            wheel_name: filename.to_ascii_lowercase().ends_with(".whl"),
            lone: !archive,
            ..Self::default()
        };
        if !archive {
            return layout;
        }
        let outer = paths.map(shown).filter(|path| !path.contains("!/"));
        let first = |wanted: &dyn Fn(&str) -> bool| {
            outer.clone().filter(|path| wanted(path)).min().and_then(|path| path.split('/').next()).map(str::to_owned)
        };
        let has_info = |path: &str| {
            let mut parts = path.split('/');
            parts.next().is_some_and(|part| part.ends_with(".dist-info"))
                && matches!((parts.next(), parts.next()), (Some("METADATA" | "WHEEL" | "RECORD"), None))
        };
        if let Some(info) = first(&has_info) {
            layout.packagetype = PackageType::BdistWheel;
            layout.info = format!("{info}/");
            return layout;
        }
        if outer.clone().any(|path| path == "EGG-INFO/PKG-INFO") {
            layout.packagetype = PackageType::BdistEgg;
            layout.info = "EGG-INFO/".to_owned();
            return layout;
        }
        let marks = |path: &str| {
            let mut parts = path.split('/');
            parts.next();
            matches!(
                (parts.next(), parts.next()),
                (Some("PKG-INFO" | "setup.py" | "pyproject.toml" | "setup.cfg"), None)
            )
        };
        const ROOTS: usize = 20;
        let tops = outer.clone().filter(|path| marks(path)).filter_map(|path| path.split_once('/'));
        let mut tops: BTreeSet<&str> = tops.map(|(top, _)| top).collect();
        // `demo-1.0/` is how the folder of a project is called, whatever lies beside it.
        let is_release = |top: &str| {
            top.match_indices('-').any(|(at, _)| top.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))
        };
        tops.extend(
            outer.clone().filter_map(|path| path.split_once('/')).map(|(top, _)| top).filter(|top| is_release(top)),
        );
        layout.roots = tops.into_iter().take(ROOTS).map(|top| format!("{top}/")).collect();
        layout.roots.push(String::new());
        if let Some(root) = first(&marks) {
            layout.packagetype = PackageType::Sdist;
            layout.root = format!("{root}/");
        } else if outer.clone().any(|path| matches!(path, "PKG-INFO" | "setup.py" | "pyproject.toml")) {
            layout.packagetype = PackageType::Sdist;
        } else {
            let mut tops: Vec<&str> = outer.filter_map(|path| path.split_once('/').map(|(top, _)| top)).collect();
            tops.sort_unstable();
            tops.dedup();
            if let [top] = tops[..] {
                layout.root = format!("{top}/");
            }
        }
        layout
    }

    /// Reads what says which modules an sdist installs: `setup.py`, `setup.cfg`, `pyproject.toml`, `top_level.txt`.
    ///
    /// A name counts however it is mentioned, so that a module is taken for a loose file only when nothing speaks of it.
    pub(crate) fn declare<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a [u8]>,
        paths: impl Iterator<Item = &'a str> + Clone,
    ) {
        const MOST: usize = 1 << 20;
        let top = |path: &'a str| {
            let mut parts = self.below_source(self.inside(path)).split('/');
            let top = parts.next().filter(|_| (parts.next(), parts.next()) == (Some("__init__.py"), None));
            top.map(str::to_ascii_lowercase)
        };
        let package = |path: &'a str| self.below_source(self.inside(path)).strip_suffix("/__init__.py");
        let odd = |folder: &&str| !is_importable(name(folder));
        let misnamed = paths.clone().filter_map(package).filter(odd).map(str::to_owned).collect();
        let tops: BTreeSet<String> = paths.filter_map(top).collect();
        self.misnamed = misnamed;
        self.packages = !tops.is_empty();
        let odd = |top: &String| [&TESTS[..], &DOCS[..], &TOOLS[..]].iter().any(|names| names.contains(&top.as_str()));
        self.aside = tops.into_iter().filter(odd).collect();
        if self.packagetype != PackageType::Sdist {
            return;
        }
        let mut words = BTreeSet::new();
        let mut any = false;
        for text in texts {
            any = true;
            let text = String::from_utf8_lossy(&text[..text.len().min(MOST)]);
            let apart = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
            words.extend(text.split(apart).filter(|word| word.len() < 100).map(str::to_owned));
            self.excluded.extend(excluded(&text));
        }
        let lists = ["glob", "iglob", "rglob", "listdir", "scandir", "walk"].iter().any(|word| words.contains(*word));
        let has = |word: &str| words.contains(word);
        self.finds = has("find_packages") || has("find_namespace_packages") || has("packages") && has("find");
        self.computed = has("py_modules") && lists;
        self.declared = any.then_some(words);
    }

    /// A package at the top that an installer copies into the site, whatever its name sounds like.
    ///
    /// `tools` or `demo` beside the library is a package like any other where the build takes all it finds, unless it
    /// leaves some out by name; a wheel holds nothing but what is installed.
    fn is_installed(&self, top: &str) -> bool {
        if !self.aside.contains(top) {
            return false;
        }
        let says = |word: &str| self.computed || self.declared.as_ref().is_none_or(|words| words.contains(word));
        match self.packagetype {
            PackageType::Sdist => !self.excluded.contains(top) && (self.finds || TOOLS.contains(&top) && says(top)),
            _ => true,
        }
    }

    /// Whether a file that says what an sdist installs has a word with one of these in it.
    pub(crate) fn speaks_of(&self, parts: &[&str]) -> bool {
        let has = |word: &String| parts.iter().any(|part| word.to_ascii_lowercase().contains(part));
        self.declared.as_ref().is_some_and(|words| words.iter().any(has))
    }

    /// Nothing says that it is installed, and no import could reach it under this name.
    fn is_loose(&self, site: &str) -> Option<Role> {
        let declared = self.declared.as_ref().filter(|_| !self.computed)?;
        let (top, rest) = site.split_once('/').unwrap_or((site, ""));
        let stem = top.strip_suffix(".py").unwrap_or(top);
        if declared.contains(stem) || normalised(stem) == self.project {
            return None;
        }
        match rest {
            // A script beside the packages: somebody has to start it, and where no module is listed nothing installs it.
            "" if !self.packages || !top.ends_with(".py") => None,
            "" if ["py_modules", "modules", "scripts", "glob"].iter().any(|word| declared.contains(*word)) => {
                Some(Role::Script)
            }
            "" => Some(Role::Data),
            _ => (!is_importable(stem)).then_some(Role::Data),
        }
    }

    /// A folder around it has a name that no import can have, is no package, and nothing that says what is installed speaks
    /// of it.
    fn is_out_of_reach(&self, site: &str) -> bool {
        let spoken = |folder: &str| self.declared.as_ref().is_some_and(|words| words.contains(folder));
        site.match_indices('/').any(|(at, _)| {
            let folder = name(&site[..at]);
            let odd = !is_importable(folder) && !spoken(folder) && normalised(folder) != self.project;
            odd && !self.misnamed.contains(&site[..at])
        })
    }

    /// The layout of an archive in this one that is installed beside it: `inner` is a path in it.
    fn dependency(archive: &str, inner: &str) -> Self {
        if archive.to_ascii_lowercase().ends_with(".whl") {
            return Self { packagetype: PackageType::BdistWheel, wheel_name: true, ..Self::default() };
        }
        let root = inner.split_once('/').map(|(root, _)| format!("{root}/")).unwrap_or_default();
        Self { packagetype: PackageType::Sdist, root, ..Self::default() }
    }

    /// When the module level of a member of that role runs, if nothing runs it earlier.
    pub(crate) fn phase(&self, path: &str, role: Role) -> Phase {
        // Whoever tests the project runs it, whatever test is asked for.
        if role == Role::Tests && name(path) == "conftest.py" { Phase::Call } else { role.phase() }
    }

    /// Path below the root and, of a wheel, below the folder that is copied into the site.
    pub(crate) fn inside<'a>(&self, path: &'a str) -> &'a str {
        let below = |root: &String| path.strip_prefix(root.as_str());
        let named = || self.roots.iter().filter(|root| !root.is_empty()).find_map(below);
        let path = below(&self.root).filter(|_| !self.root.is_empty()).or_else(named).unwrap_or(path);
        if self.packagetype == PackageType::BdistWheel
            && let Some((top, rest)) = path.split_once('/')
            && top.ends_with(".data")
            && let Some((scheme, rest)) = rest.split_once('/')
        {
            if matches!(scheme, "purelib" | "platlib") {
                return rest;
            }
            // What is put below `sys.prefix` can be put among the modules: those of others, or those of Python itself.
            if scheme == "data"
                && let Some(rest) = among_modules(rest)
            {
                return rest;
            }
        }
        path
    }

    fn below_source<'a>(&self, inside: &'a str) -> &'a str {
        if self.packagetype == PackageType::BdistWheel { inside } else { inside.strip_prefix("src/").unwrap_or(inside) }
    }

    /// A path by which two releases can be compared: as installed, without the version that folders of metadata carry.
    pub(crate) fn installed(&self, path: &str) -> String {
        let inside = self.below_source(self.inside(path));
        let Some((top, rest)) = inside.split_once('/') else { return inside.to_owned() };
        for suffix in [".dist-info", ".egg-info", ".data"] {
            if let Some(stem) = top.strip_suffix(suffix) {
                let name = stem.split('-').next().unwrap_or(stem);
                return format!("{}{suffix}/{rest}", normalised(name));
            }
        }
        inside.to_owned()
    }

    /// The source that byte code stands for: `a/b.py` for `a/b.pyc` and for `a/__pycache__/b.cpython-312.pyc`.
    pub(crate) fn source_of(path: &str) -> Option<String> {
        let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
        let stem = file.strip_suffix(".pyc").or_else(|| file.strip_suffix(".pyo"))?;
        Some(match folder.strip_suffix("__pycache__") {
            Some(above) => format!("{above}{}.py", stem.split('.').next().unwrap_or(stem)),
            None if folder.is_empty() => format!("{stem}.py"),
            None => format!("{folder}/{stem}.py"),
        })
    }

    /// Dotted module name, empty when the path is no module.
    pub(crate) fn module(&self, path: &str) -> String {
        if let Some(source) = Self::source_of(path) {
            return self.module(&source);
        }
        let path = shown(path);
        if let Some((outer, inner)) = path.split_once("!/") {
            let carried = self.carried.contains(outer);
            return if carried { Self::dependency(outer, inner).module(inner) } else { String::new() };
        }
        let inside = self.below_source(self.inside(path));
        let Some(stem) = inside.strip_suffix(".py").or_else(|| inside.strip_suffix(".pyw")) else {
            return String::new();
        };
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        stem.replace('/', ".")
    }

    /// What a member is for.
    pub(crate) fn role(&self, path: &str, format: &str) -> Role {
        if format == "pyc"
            && let Some(source) = Self::source_of(path)
        {
            return self.role(&source, "python");
        }
        let path = &*plain(shown(path));
        if let Some((outer, inner)) = path.split_once("!/") {
            if self.carried.contains(outer) {
                return Self::dependency(outer, inner).role(inner, format);
            }
            return match self.role(outer, "zip") {
                role @ (Role::Tests | Role::Docs) => role,
                // Somebody has to open the archive, as somebody has to call a command.
                _ if format == "python" => Role::Script,
                _ => Role::Data,
            };
        }
        let inside = self.inside(path);
        let file = name(inside);
        let python = format == "python";
        let wheel = self.packagetype == PackageType::BdistWheel;
        let site = self.below_source(inside);
        // Where case does not count, `SETUP.PY` is found by this name too.
        let file = if python && file.eq_ignore_ascii_case("setup.py") { "setup.py" } else { file };
        if file == "setup.py" && self.packagetype == PackageType::Sdist && path.matches('/').count() == 1 {
            // Which of several top folders is built is for the installer to choose.
            return Role::Setup;
        }
        if file == "setup.py" && !inside.contains('/') && !(wheel && self.wheel_name) {
            return Role::Setup;
        }
        if file == "setup.py" && self.builds.contains(&path[..path.len() - file.len()]) {
            return Role::Setup;
        }
        if self.lone && python {
            // Whoever gets it runs it: what it does at its module level is what it does.
            return Role::Init;
        }
        if wheel
            && let Some((top, rest)) = inside.split_once('/')
            && top.ends_with(".data")
        {
            return if rest.starts_with("scripts/") || python { Role::Script } else { Role::Data };
        }
        if self.is_metadata(inside, file) {
            // Metadata are no code, and code among them was not put there by a build.
            // Words about a project can read like code.
            let words =
                ["PKG-INFO", "METADATA", "LICEN", "COPYING", "AUTHORS", "NOTICE", "README", "DESCRIPTION", "CHANGE"];
            let prose = extension(file) != "py" && words.iter().any(|word| file.to_ascii_uppercase().starts_with(word));
            return if python && !prose { Role::Script } else { Role::Metadata };
        }
        if self.backend.contains(path) {
            return Role::Backend;
        }
        let folder = self.folder_role(inside);
        // A build that speaks of such files may put them anywhere.
        let copied = || self.declared.as_ref().is_some_and(|words| words.contains("pth"));
        if extension(file) == "pth" && (folder.is_none() || copied()) {
            return if wheel && site.contains('/') { Role::Data } else { Role::Pth };
        }
        if matches!(site, "sitecustomize.py" | "usercustomize.py") {
            return Role::Startup;
        }
        if let Some(role) = folder {
            return role;
        }
        if format == "notebook" {
            // No import finds it: who opens it runs it.
            return Role::Script;
        }
        if !python {
            return Role::Data;
        }
        if !wheel && !inside.contains('/') && LOOSE.contains(&file) {
            return Role::Data;
        }
        if site == inside
            && let Some(role) = self.is_loose(site)
        {
            return role;
        }
        if !wheel && self.is_out_of_reach(site) {
            return Role::Data;
        }
        if !wheel && file == "setup.py" {
            // The build of another project, carried along.
            return Role::Script;
        }
        if !is_importable(if wheel { site } else { file }) {
            // No import statement can name it: somebody has to start it.
            return Role::Script;
        }
        match file {
            "__init__.py" => Role::Init,
            "__main__.py" => Role::Main,
            _ if extension(file).is_empty() => Role::Script,
            _ => Role::Package,
        }
    }

    fn is_metadata(&self, inside: &str, file: &str) -> bool {
        let folder = inside
            .split('/')
            .rev()
            .skip(1)
            .any(|part| part.ends_with(".dist-info") || part.ends_with(".egg-info") || part == "EGG-INFO");
        let root = !inside.contains('/');
        folder || root && matches!(file, "PKG-INFO" | "METADATA" | "pyproject.toml" | "setup.cfg" | "MANIFEST.in")
    }

    /// What the folders, or the name a test runner looks for, say.
    fn folder_role(&self, inside: &str) -> Option<Role> {
        let mut parts: Vec<&str> = inside.split('/').collect();
        let file = parts.pop().unwrap_or_default();
        for (depth, part) in parts.iter().enumerate() {
            let lower = part.to_ascii_lowercase();
            if !self.project.is_empty() && normalised(&lower) == self.project {
                continue;
            }
            if self.everything {
                continue;
            }
            if depth == 0 && self.is_installed(&lower) {
                // Tests are found by their runner; what else is in them runs when something imports it.
                if !TESTS.contains(&lower.as_str()) || parts.len() == 1 && file == "__init__.py" {
                    continue;
                }
            }
            if TESTS.contains(&lower.as_str()) {
                return Some(Role::Tests);
            }
            if DOCS.contains(&lower.as_str()) {
                return Some(Role::Docs);
            }
            if depth == 0 && self.packagetype != PackageType::BdistWheel {
                if TOOLS.contains(&lower.as_str()) || lower.starts_with('.') {
                    return Some(Role::Data);
                }
                if matches!(lower.as_str(), "bin" | "scripts") {
                    return Some(Role::Script);
                }
            }
        }
        let tests = file == "conftest.py"
            || extension(file) == "py" && (file.starts_with("test_") || file.ends_with("_test.py"));
        tests.then_some(Role::Tests)
    }
}

/// Packages that a search for packages leaves out: `exclude=["tests", "tests.*"]`, or lines below `exclude =`.
fn excluded(text: &str) -> BTreeSet<String> {
    const MOST: usize = 2000;
    let mut found = BTreeSet::new();
    for (at, word) in text.match_indices("exclude").take(20) {
        let rest = text[at + word.len()..].trim_start();
        let Some(rest) = rest.strip_prefix('=') else { continue };
        let end = match rest.trim_start().chars().next() {
            Some('[' | '(') => rest.find([']', ')']),
            // Of a configuration: until a line that is not moved in.
            _ => rest.match_indices('\n').find(|(at, _)| !rest[at + 1..].starts_with([' ', '\t'])).map(|(at, _)| at),
        };
        let list = &rest[..end.unwrap_or(rest.len())];
        let list = list.char_indices().nth(MOST).map_or(list, |(at, _)| &list[..at]);
        let names = list.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '*')));
        let tops = names.map(|name| name.trim_start_matches("*.").split(['.', '*']).next().unwrap_or_default());
        found.extend(tops.filter(|top| !top.is_empty()).map(str::to_ascii_lowercase));
    }
    found
}

/// What is left of a path below `sys.prefix` behind the folder of modules in it, whatever system it is meant for.
fn among_modules(path: &str) -> Option<&str> {
    let lower = path.to_ascii_lowercase();
    for folder in ["site-packages/", "dist-packages/"] {
        if let Some(at) = lower.rfind(folder) {
            return path.get(at + folder.len()..);
        }
    }
    // `lib/python3.11/` and `Lib/` hold the standard library, and are looked through before anything else.
    let (first, rest) = path.split_once('/')?;
    if !matches!(first.to_ascii_lowercase().as_str(), "lib" | "lib64") {
        return None;
    }
    match rest.split_once('/') {
        Some((python, rest)) if python.starts_with("python3") => Some(rest),
        _ => (first == "Lib").then_some(rest),
    }
}

/// Whether each part of a path of a module is a word that an import statement can name.
fn is_importable(path: &str) -> bool {
    let stem = [".py", ".pyw"].iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path);
    stem.split('/').all(|part| part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(paths: &[&str], filename: &str, project: &str) -> Layout {
        Layout::tell(paths.iter().copied(), true, filename, project)
    }

    #[test]
    fn the_content_tells_the_type_not_the_name() {
        let wheel = ["demo/__init__.py", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/RECORD"];
        assert_eq!(tell(&wheel, "demo-1.0.tar.gz", "").packagetype, PackageType::BdistWheel);
        let sdist = tell(&["demo-1.0/setup.py", "demo-1.0/demo/__init__.py"], "demo-1.0-py3-none-any.whl", "");
        assert_eq!((sdist.packagetype, sdist.root.as_str()), (PackageType::Sdist, "demo-1.0/"));
        assert_eq!(tell(&["EGG-INFO/PKG-INFO", "demo/a.py"], "", "").packagetype, PackageType::BdistEgg);
        assert_eq!(tell(&["a.txt"], "", "").packagetype, PackageType::Unknown);
        assert_eq!(Layout::tell(["x"].into_iter(), false, "x", "").packagetype, PackageType::Unknown);
    }

    #[test]
    fn roles_of_an_sdist() {
        let mut layout = tell(&["d-1/setup.py", "d-1/PKG-INFO"], "d-1.tar.gz", "d");
        layout.backend.insert("d-1/_build/hook.py".into());
        for (path, format, role) in [
            ("d-1/setup.py", "python", Role::Setup),
            ("d-1/sub/setup.py", "python", Role::Script),
            ("d-1/_build/hook.py", "python", Role::Backend),
            ("d-1/src/d/__init__.py", "python", Role::Init),
            ("d-1/d/core.py", "python", Role::Package),
            ("d-1/d/__main__.py", "python", Role::Main),
            ("d-1/d/tests/test_a.py", "python", Role::Tests),
            ("d-1/test_a.py", "python", Role::Tests),
            ("d-1/docs/conf.py", "python", Role::Docs),
            ("d-1/noxfile.py", "python", Role::Data),
            ("d-1/tools/release.py", "python", Role::Data),
            ("d-1/bin/d", "python", Role::Script),
            ("d-1/d.pth", "pth", Role::Pth),
            ("d-1/sitecustomize.py", "python", Role::Startup),
            ("d-1/PKG-INFO", "text", Role::Metadata),
            ("d-1/d.egg-info/SOURCES.txt", "text", Role::Metadata),
            ("d-1/d/logo.png", "png", Role::Data),
            ("d-1/d/try.ipynb", "notebook", Role::Script),
            ("d-1/docs/try.ipynb", "notebook", Role::Docs),
            ("d-1/d/manual checks/4 b/c.py", "python", Role::Data),
            ("d-1/d/template-a/c.py", "python", Role::Data),
            ("d-1/d/inner.zip!/x/setup.py", "python", Role::Script),
            ("d-1/d/inner.zip!/x/data.txt", "text", Role::Data),
            ("<trailing-data@99>!/d-1/setup.py", "python", Role::Setup),
            ("./d-1//setup.py", "python", Role::Setup),
            ("d-1/x/../setup.py", "python", Role::Setup),
            ("e-1/setup.py", "python", Role::Setup),
            ("d-1/tests/inner.zip!/x/setup.py", "python", Role::Tests),
        ] {
            assert_eq!(layout.role(path, format), role, "{path}");
        }
        // The folder is the project's also when something at the top says otherwise.
        let bare = tell(&["setup.py", "d-1/d/__init__.py"], "d-1.tar.gz", "d");
        assert_eq!(
            (bare.role("setup.py", "python"), bare.role("d-1/d/__init__.py", "python")),
            (Role::Setup, Role::Init)
        );
        // Another folder that an installer may build in, and the archive itself.
        let two = tell(&["d-1/setup.py", "a/PKG-INFO"], "d-1.tar.gz", "d");
        assert_eq!((two.root.as_str(), two.role("d-1/d/core.py", "python")), ("a/", Role::Package));
        assert_eq!(two.role("a/d/__init__.py", "python"), Role::Init);
        assert_eq!(two.role("d-1/SETUP.PY", "python"), Role::Setup);
        assert_eq!(layout.module("d-1/src/d/__init__.py"), "d");
        assert_eq!(layout.module("d-1/d/a/b.py"), "d.a.b");
        assert_eq!(layout.module("d-1/setup.py"), "setup");
        assert_eq!(layout.module("d-1/bin/d"), "");
    }

    #[test]
    fn what_an_sdist_does_not_speak_of_is_not_installed() {
        let paths = ["d-1/setup.py", "d-1/d/__init__.py", "d-1/PKG-INFO"];
        let mut layout = tell(&paths, "d-1.tar.gz", "d");
        assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
        let setup: &[u8] = b"setup(py_modules=['known'], packages=['d'])";
        layout.declare([setup].into_iter(), paths.iter().copied());
        for (path, role) in [
            ("d-1/bootstrap.py", Role::Script),
            ("d-1/known.py", Role::Package),
            ("d-1/d.py", Role::Package),
            ("d-1/vendored-tool/tool/run.py", Role::Data),
            ("d-1/other/run.py", Role::Package),
        ] {
            assert_eq!(layout.role(path, "python"), role, "{path}");
        }
        let plain: &[u8] = b"setup(packages=['d'])";
        layout.declare([plain].into_iter(), paths.iter().copied());
        assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Data);
        // A build that finds its modules by itself, and a project that is nothing but modules.
        let computed: &[u8] = b"setup(py_modules=[p[:-3] for p in os.listdir('.')])";
        layout.declare([computed].into_iter(), paths.iter().copied());
        assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
        layout.declare([setup].into_iter(), ["d-1/setup.py"].into_iter());
        assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
    }

    #[test]
    fn a_package_is_what_is_installed_whatever_its_name_sounds_like() {
        let paths = ["d-1/setup.py", "d-1/tools/__init__.py", "d-1/demo/__init__.py", "d-1/tests/__init__.py"];
        let roles = |setup: &str| {
            let mut layout = tell(&paths, "d-1.tar.gz", "d");
            layout.declare([setup.as_bytes()].into_iter(), paths.iter().copied());
            ["tools/run.py", "demo/run.py", "tests/__init__.py", "tests/run.py"]
                .map(|path| layout.role(&format!("d-1/{path}"), "python"))
        };
        let all = [Role::Package, Role::Package, Role::Init, Role::Tests];
        assert_eq!(roles("setup(packages=find_packages())"), all);
        let none = [Role::Data, Role::Docs, Role::Tests, Role::Tests];
        assert_eq!(roles("setup(packages=['d'])"), none);
        assert_eq!(roles("setup(packages=find_packages(exclude=('tools', 'demo', 'tests.*')))"), none);
        assert_eq!(roles("[options]\npackages = find:\n[options.packages.find]\nexclude =\n    t*\n    docs*\n"), all);
        assert_eq!(roles("setup(packages=['d', 'tools'])")[0], Role::Package);
    }

    #[test]
    fn roles_of_a_wheel() {
        let layout = tell(&["tests/a.py", "t-1.dist-info/METADATA"], "t-1-py3-none-any.whl", "t");
        for (path, format, role) in [
            ("t/__init__.py", "python", Role::Init),
            ("t-1.data/scripts/run", "python", Role::Script),
            ("t-1.data/purelib/evil.pth", "pth", Role::Pth),
            ("t-1.data/data/x.py", "python", Role::Script),
            ("t-1.data/data/x.txt", "text", Role::Data),
            ("t-1.data/data/lib/python3/site-packages/x.pth", "pth", Role::Pth),
            ("t-1.data/data/local/lib/python3/dist-packages/x.pth", "pth", Role::Pth),
            ("t-1.data/data/lib/python3.11/sitecustomize.py", "python", Role::Startup),
            ("t-1.data/data/Lib/site-packages/t/a.py", "python", Role::Package),
            ("t-1.data/data/share/t/x.pth", "pth", Role::Data),
            ("t-1.dist-info/hook", "python", Role::Script),
            ("t-1.dist-info/x.py", "python", Role::Script),
            ("t.pth", "pth", Role::Pth),
            ("t/inner.pth", "pth", Role::Data),
            ("setup.py", "python", Role::Package),
            ("usercustomize.py", "python", Role::Startup),
            ("tests/a.py", "python", Role::Tests),
            ("t-1.dist-info/RECORD", "text", Role::Metadata),
        ] {
            assert_eq!(layout.role(path, format), role, "{path}");
        }
        let paths = ["demo/__init__.py", "t-1.dist-info/METADATA"];
        let mut layout = tell(&paths, "t-1-py3-none-any.whl", "t");
        layout.declare(std::iter::empty(), paths.iter().copied());
        assert_eq!(layout.role("demo/a.py", "python"), Role::Package);
        assert_eq!(layout.role("t/demo/a.py", "python"), Role::Docs);
        // A project that is called as test folders are.
        let layout = tell(&["tests/a.py", "tests-1.dist-info/METADATA"], "tests-1-py3-none-any.whl", "Tests");
        assert_eq!(layout.role("tests/a.py", "python"), Role::Package);
    }

    #[test]
    fn a_folder_that_no_import_can_name_counts_when_the_build_speaks_of_it() {
        let paths = ["d-1/setup.py", "d-1/d/__init__.py"];
        let mut layout = tell(&paths, "d-1.tar.gz", "d");
        layout.declare([&b"package_dir={'': 'python-lib'}"[..]].into_iter(), paths.iter().copied());
        assert_eq!(layout.role("d-1/python-lib/d/a.py", "python"), Role::Package);
        assert_eq!(layout.role("d-1/other-lib/d/a.py", "python"), Role::Data);
        assert_eq!(layout.role("d-1/src/other-lib/a.py", "python"), Role::Data);
        // setuptools finds it, whatever it is called.
        let paths = ["d-1/setup.py", "d-1/src/my-lib/__init__.py"];
        layout.declare([&b"setup()"[..]].into_iter(), paths.iter().copied());
        assert_eq!(layout.role("d-1/src/my-lib/a.py", "python"), Role::Package);
    }

    #[test]
    fn a_dependency_that_is_carried_along_is_installed() {
        let mut layout = tell(&["d-1/setup.py"], "d-1.tar.gz", "d");
        layout.carried.extend(["d-1/vendor/h-1-py3-none-any.whl".to_owned(), "d-1/vendor/g-1.tar.gz".to_owned()]);
        for (path, role, module) in [
            ("d-1/vendor/h-1-py3-none-any.whl!/h/__init__.py", Role::Init, "h"),
            ("d-1/vendor/h-1-py3-none-any.whl!/h/core.py", Role::Package, "h.core"),
            ("d-1/vendor/h-1-py3-none-any.whl!/h/tests/a.py", Role::Tests, "h.tests.a"),
            ("d-1/vendor/g-1.tar.gz!/g-1/setup.py", Role::Setup, "setup"),
            ("d-1/vendor/g-1.tar.gz!/g-1/g.py", Role::Package, "g"),
            ("d-1/vendor/x-1-py3-none-any.whl!/x/core.py", Role::Script, ""),
        ] {
            assert_eq!((layout.role(path, "python"), layout.module(path).as_str()), (role, module), "{path}");
        }
    }

    #[test]
    fn byte_code_is_for_what_its_source_is_for() {
        for (path, source) in [
            ("t/core.pyc", Some("t/core.py")),
            ("t/__pycache__/core.cpython-312.opt-1.pyc", Some("t/core.py")),
            ("__pycache__/top.cpython-39.pyc", Some("top.py")),
            ("t/core.py", None),
        ] {
            assert_eq!(Layout::source_of(path).as_deref(), source, "{path}");
        }
        let layout = tell(&["t-1.dist-info/METADATA"], "t-1-py3-none-any.whl", "t");
        assert_eq!(layout.role("t/__pycache__/__init__.cpython-312.pyc", "pyc"), Role::Init);
        assert_eq!(layout.role("sitecustomize.pyc", "pyc"), Role::Startup);
        assert_eq!(layout.role("tests/a.pyc", "pyc"), Role::Tests);
        assert_eq!(layout.module("t/__pycache__/core.cpython-312.pyc"), "t.core");
    }

    #[test]
    fn names_are_normalised() {
        assert_eq!(normalised("A__b.-C"), "a-b-c");
    }
}
