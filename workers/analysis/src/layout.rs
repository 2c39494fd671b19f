//! Where an installer would put each member, and so what it is for and when it runs.

mod path;
mod role;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use model::{PackageType, Phase};
use python::Role;

pub(crate) use path::{normalised, plain, shown};

use crate::classify::name;
use path::{among_modules, is_importable};
use role::{DOCS, TESTS, TOOLS};

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

    /// Whether a file that says what an sdist installs has a word with one of these in it.
    pub(crate) fn speaks_of(&self, parts: &[&str]) -> bool {
        let has = |word: &String| parts.iter().any(|part| word.to_ascii_lowercase().contains(part));
        self.declared.as_ref().is_some_and(|words| words.iter().any(has))
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
