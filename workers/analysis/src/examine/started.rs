//! What an installer, a build or a command starts by its name, wherever it lies: a folder called `tests` is no shelter.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hasher};

use model::{Gap, GapKind, PackageType, Phase};
use python::{Placed, Role};

use super::{Examiner, Source, sources::prefixes};
use crate::{
    layout::{self, Layout},
    metadata::{self, Configuration, Pyproject},
};

/// Most versions of a file of metadata beside the first; names that are looked for at most.
const MOST_VERSIONS: usize = 50;
const MOST_STARTS: usize = 2000;

/// What pytest calls on a plug-in before it collects a test.
const PYTEST_HOOKS: [&str; 4] =
    ["pytest_load_initial_conftests", "pytest_cmdline_main", "pytest_configure", "pytest_sessionstart"];

/// Something that is started, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A dotted name.
    Module(String),
    /// The end of a path.
    File(String),
    /// A folder below one of the roots.
    Folder(String),
}

pub(super) type Start = (What, Phase);

/// Where the sources that wait can be found: each by its place in the row.
#[derive(Default)]
pub(super) struct Found {
    by_module: HashMap<String, Vec<usize>>,
    by_file: HashMap<u64, Vec<usize>>,
    paths: Vec<String>,
    /// By the last part of the name that a source could be imported by: which, and how much of its path is that name.
    by_stem: HashMap<u64, Vec<(usize, usize)>>,
    /// There are sources that are compiled before they are imported.
    built: bool,
    /// Modules that were looked for, and folders that were added to where modules are looked for.
    asked: Vec<(String, Phase)>,
    folders: BTreeSet<String>,
    /// Other names under which a source is imported.
    pub(super) aliases: HashMap<usize, BTreeSet<String>>,
}

impl Found {
    pub(super) fn note(&mut self, at: usize, path: &str, module: String) {
        if !module.is_empty() {
            self.by_module.entry(module).or_default().push(at);
        }
        // The name that an import would have for it, below whatever folder.
        let kinds = ["/__init__.py", ".py", ".pyw", ".pyc", ".pyx"];
        let name = kinds.iter().find_map(|end| path.strip_suffix(end)).unwrap_or_default();
        if !name.is_empty() {
            self.by_stem.entry(hash(name.rsplit('/').next().unwrap_or(name))).or_default().push((at, name.len()));
        }
        self.built |= path.ends_with(".pyx");
        for end in ends(path) {
            self.by_file.entry(hash(end)).or_default().push(at);
        }
        self.paths.push(path.to_owned());
    }

    /// Sources whose path ends so.
    pub(super) fn files<'f>(&'f self, file: &'f str) -> impl Iterator<Item = usize> + 'f {
        let named = self.by_file.get(&hash(file)).into_iter().flatten().copied();
        named.filter(move |at| self.paths.get(*at).is_some_and(|path| path.ends_with(file)))
    }

    /// Sources in the folder of a path.
    pub(super) fn beside<'f>(&'f self, path: &str) -> impl Iterator<Item = usize> + 'f {
        let folder = path.rsplit_once('/').map_or(0, |(folder, _)| folder.len() + 1);
        let prefix = path[..folder].to_owned();
        self.paths.iter().enumerate().filter_map(move |(at, other)| {
            other.strip_prefix(prefix.as_str()).is_some_and(|rest| !rest.contains('/')).then_some(at)
        })
    }

    /// Sources below a folder that do not lie in a folder of tests or documentation there.
    fn folder<'f>(&'f self, folder: &'f str, layout: &'f Layout) -> impl Iterator<Item = usize> + 'f {
        let aside = |path: &str| matches!(layout.role(path, "python"), Role::Tests | Role::Docs | Role::Metadata);
        self.paths.iter().enumerate().filter_map(move |(at, path)| {
            let root = layout.roots.iter().find(|root| path.starts_with(root.as_str()))?;
            let rest = path[root.len()..].strip_prefix(folder)?.strip_prefix('/')?;
            (!aside(&format!("{root}{rest}"))).then_some(at)
        })
    }

    /// A folder that is added to where modules are looked for; what was looked for is looked for again.
    pub(super) fn look_in(&mut self, folder: Option<&str>) -> bool {
        const MOST: usize = 50;
        match folder.filter(|folder| !folder.is_empty()) {
            Some(folder) if self.folders.len() < MOST => self.folders.insert(folder.to_owned()),
            _ => false,
        }
    }

    pub(super) fn asked(&self) -> Vec<(String, Phase)> {
        self.asked.clone()
    }

    /// The sources that an import of this name runs. `never`: whether nothing runs a source by itself so far; what a name
    /// means that no module has is only sought among those. `open`: whoever imports it adds folders that are not told.
    pub(super) fn module(
        &mut self,
        module: &str,
        phase: Phase,
        (standard, open): (bool, bool),
        never: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut found: Vec<usize> =
            prefixes(module).filter_map(|module| self.by_module.get(module)).flatten().copied().collect();
        // Built and imported in one step, by a hook that any source may have set: no import finds it by itself.
        if self.built {
            found.extend(self.files(&format!("{}.pyx", module.replace('.', "/"))));
        }
        if self.asked.len() < 2 * MOST_STARTS {
            self.asked.push((module.to_owned(), phase));
        }
        if !found.is_empty() && self.folders.is_empty() && !open || standard && self.folders.is_empty() && !open {
            return found;
        }
        let everywhere = found.is_empty() && !standard || open;
        let mut other = Vec::new();
        for module in prefixes(module) {
            let Some(named) = self.by_stem.get(&hash(module.rsplit('.').next().unwrap_or(module))) else { continue };
            let name = module.replace('.', "/");
            for (at, length) in named {
                let above = self.paths.get(*at).and_then(|path| path.get(..*length)?.strip_suffix(name.as_str()));
                let Some(above) = above.filter(|above| above.is_empty() || above.ends_with('/')) else { continue };
                // `sys.path.insert(0, "vendor.zip")`: modules lie at the top of an archive as in a folder.
                let above = above.replace("!/", "/");
                let above = above.trim_end_matches('/');
                let below = |folder: &String| {
                    above.strip_suffix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
                };
                if self.folders.iter().any(below) || everywhere && never(*at) {
                    other.push((*at, module));
                }
            }
        }
        for (at, module) in other {
            if !found.contains(&at) {
                found.push(at);
                self.aliases.entry(at).or_default().insert(module.to_owned());
            }
        }
        found
    }
}

impl Examiner<'_, '_> {
    /// Keeps a file of metadata; of one that is there again with another content, both.
    pub(super) fn keep_metadata(&mut self, path: &str, bytes: &[u8]) {
        match self.metadata.get(path) {
            None => {
                self.metadata.insert(path.to_owned(), bytes.to_vec());
            }
            Some(first) if first != bytes && self.rewritten.len() < MOST_VERSIONS => {
                self.rewritten.push((path.to_owned(), bytes.to_vec()));
            }
            Some(_) => {}
        }
    }

    fn versions<'e>(&'e self, path: &'e str) -> impl Iterator<Item = &'e Vec<u8>> + 'e {
        let again = self.rewritten.iter().filter(move |(other, _)| other == path).map(|(_, bytes)| bytes);
        self.metadata.get(path).into_iter().chain(again)
    }

    /// What builds the project, below each folder that an installer may build in: all readings together.
    pub(super) fn backends(&mut self) {
        if self.layout.packagetype != PackageType::Sdist {
            return;
        }
        const BUILDS: usize = 50;
        const ARCHIVES: [&str; 5] = [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"];
        let mut starts: Vec<Start> = Vec::new();
        let mut backend = BTreeSet::new();
        let mut broken = Vec::new();
        let mut roots = self.layout.roots.clone();
        let (mut builds, mut carried) = (BTreeSet::new(), BTreeSet::new());
        let mut next = 0;
        while let Some(root) = roots.get(next).cloned() {
            let root = &root;
            next += 1;
            let mut needed: Vec<String> = Vec::new();
            let mut attributes = Vec::new();
            for file in ["pyproject.toml", "hatch.toml"].map(|file| format!("{root}{file}")) {
                for bytes in self.versions(&file) {
                    let project = Pyproject::parse(bytes);
                    if project.broken {
                        broken.push(file.clone());
                    }
                    backend.extend(project.backend_modules().into_iter().map(|path| format!("{root}{path}")));
                    starts.extend(copied(&project.copied));
                    starts.extend(project.started.iter().map(|module| (What::Module(module.clone()), Phase::Import)));
                    attributes.extend(project.attributes);
                    needed.extend(project.requirements);
                }
            }
            for bytes in self.versions(&format!("{root}setup.cfg")) {
                let configuration = Configuration::parse(bytes);
                let commands = configuration.commands.iter().map(|path| format!("{root}{}", layout::plain(path)));
                backend.extend(commands);
                starts.extend(copied(&configuration.copied));
                attributes.extend(configuration.attributes);
                needed.extend(metadata::setup_requirements(bytes, false));
            }
            let setup = format!("{root}setup.py");
            for source in self.waiting.iter().filter(|source| self.entries[source.entry].path == setup) {
                needed.extend(metadata::setup_requirements(&source.bytes, true));
            }
            // What it needs and brings along is built before it, where it lies, or installed with it.
            for place in needed.iter().filter_map(|needed| metadata::local(needed)) {
                let place = layout::plain(&format!("{root}{place}")).trim_matches('/').to_owned();
                if ARCHIVES.iter().any(|ending| place.to_ascii_lowercase().ends_with(ending)) {
                    if carried.len() < BUILDS {
                        carried.insert(place);
                    }
                    continue;
                }
                let folder = place + "/";
                if builds.len() < BUILDS && !roots.contains(&folder) && builds.insert(folder.clone()) {
                    roots.push(folder);
                }
            }
            starts.extend(attributes.iter().filter_map(|attribute| self.attribute(root, attribute)));
        }
        for member in broken {
            let detail = "it is not what a reader of TOML takes: another one may know what it says".to_owned();
            self.gaps.push(Gap { kind: GapKind::Unparsable, member, detail });
        }
        self.layout.backend = backend;
        self.layout.builds = builds;
        self.layout.carried = carried;
        self.starts.extend(starts.into_iter().take(MOST_STARTS));
    }

    /// A value that the build takes from a module: it is imported when it cannot be read off.
    fn attribute(&self, root: &str, attribute: &str) -> Option<Start> {
        let (module, name) = attribute.rsplit_once([':', '.'])?;
        let path = module.replace('.', "/");
        let named = |entry: &str| {
            let inside = entry.strip_prefix(root).unwrap_or(entry);
            let inside = inside.strip_prefix("src/").unwrap_or(inside);
            inside.strip_prefix(path.as_str()).is_some_and(|rest| matches!(rest, ".py" | "/__init__.py"))
        };
        let constant = self.waiting.iter().any(|source| {
            named(&self.entries[source.entry].path) && is_constant(&String::from_utf8_lossy(&source.bytes), name)
        });
        (!constant).then(|| (What::Module(module.to_owned()), Phase::Install))
    }

    /// Entry points: commands and plug-ins of an installed release, and those of the build that an sdist brings along.
    pub(super) fn entry_points(&mut self) {
        let mut starts = Vec::new();
        let mut called = Vec::new();
        let again = self.rewritten.iter().map(|(path, bytes)| (path, bytes));
        for (path, bytes) in self.metadata.iter().chain(again) {
            let mut parts = path.rsplit('/');
            let (file, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let of_release = folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO";
            if file != "entry_points.txt" || !of_release || self.layout.inside(path).matches('/').count() > 2 {
                continue;
            }
            for point in metadata::entry_points(bytes) {
                let (module, name) = point.object();
                // The build looks for these in every project it finds, also in the one it builds.
                let builds =
                    ["setuptools.", "distutils.", "egg_info."].iter().any(|start| point.group.starts_with(start));
                let builds = builds && self.layout.packagetype == PackageType::Sdist;
                if builds && !name.is_empty() {
                    called.push(format!("{module}.{name}"));
                }
                // Every run of the tests of any project on the machine calls these of every plug-in.
                if point.group == "pytest11" {
                    called.extend(PYTEST_HOOKS.map(|hook| format!("{module}.{hook}")));
                }
                let phase = if builds { Phase::Install } else { Phase::Import };
                starts.push((What::Module(module.to_owned()), phase));
            }
        }
        self.starts.extend(starts.into_iter().take(MOST_STARTS));
        self.called.extend(called.into_iter().take(MOST_STARTS));
    }

    /// Sources that something starts by name, with the phase in which it does.
    pub(super) fn started(&self, found: &mut Found, starts: &[Start], phases: &[Phase]) -> Vec<(usize, Phase)> {
        let mut earlier = Vec::new();
        let never = |at: usize| phases[at] == Phase::Never;
        for (what, phase) in starts {
            let sources: Vec<usize> = match what {
                What::Module(module) => {
                    let standard = self.is_standard(module);
                    found.module(module, *phase, (standard, false), &never)
                }
                What::File(file) => found.files(file).collect(),
                What::Folder(folder) => found.folder(folder, &self.layout).collect(),
            };
            // A module that is imported anyway is no news; what a person has to start is not imported for it.
            let news = sources.into_iter().filter(|at| never(*at) || *phase < Phase::Import);
            earlier.extend(news.map(|at| (at, *phase)));
        }
        earlier
    }

    pub(super) fn is_standard(&self, module: &str) -> bool {
        self.book.modules.contains(module.split('.').next().unwrap_or_default())
    }

    /// The name of a source's module, empty for what no import finds.
    pub(super) fn module_of(&self, source: &Source) -> String {
        if source.form == super::Form::Dormant {
            String::new()
        } else {
            self.layout.module(&self.entries[source.entry].path)
        }
    }
}

/// What `setup()` puts where it runs.
pub(super) fn placed(places: Vec<Placed>) -> Vec<Start> {
    let pairs = places.into_iter().map(|place| match place {
        Placed::Package(folder) => (folder, String::new()),
        Placed::Command(file) => (file, "bin/x".to_owned()),
        Placed::Data(file) => (file.clone(), file),
    });
    copied(&pairs.collect::<Vec<_>>()).collect()
}

/// What is copied from a folder to another place runs when things run there.
fn copied(pairs: &[(String, String)]) -> impl Iterator<Item = Start> + '_ {
    pairs.iter().filter_map(|(from, to)| {
        let from = layout::plain(from).trim_matches('/').to_owned();
        let startup = |path: &str| {
            let file = path.rsplit('/').next().unwrap_or(path);
            file.ends_with(".pth") || matches!(file, "sitecustomize.py" | "usercustomize.py")
        };
        if from.is_empty() {
            None
        } else if startup(&from) || startup(to) {
            Some((What::File(from), Phase::Startup))
        } else if to.starts_with("bin/") || to.starts_with("Scripts/") {
            Some((What::File(from), Phase::Call))
        } else if to.split('/').any(|part| matches!(part, "tests" | "test" | "docs" | "doc" | "examples" | "share")) {
            None
        } else if let Some(end) = from.strip_suffix(".py") {
            Some((What::File(format!("{end}.py")), Phase::Import))
        } else {
            Some((What::Folder(from), Phase::Import))
        }
    })
}

/// A line gives this name a text or a number that stands there as it is.
fn is_constant(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let Some(rest) = line.strip_prefix(name).map(str::trim_start) else { return false };
        let rest = if rest.starts_with(':') { rest.find('=').map_or("", |at| &rest[at..]) } else { rest };
        let Some(value) = rest.strip_prefix('=').map(str::trim) else { return false };
        let Some(quote) = value.chars().next() else { return false };
        match value.get(1..).and_then(|inside| inside.split_once(quote)) {
            Some((_, rest)) if matches!(quote, '"' | '\'') => {
                rest.trim_start().is_empty() || rest.trim_start().starts_with('#')
            }
            _ => quote.is_ascii_digit() && value.chars().all(|c| c.is_ascii_digit() || c == '.'),
        }
    })
}

/// `a/b/c.py`, `b/c.py`, `c.py`: a path may be named from any folder above it, of which twelve are enough.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    let cuts = path.rmatch_indices('/').map(|(at, _)| &path[at + 1..]);
    cuts.take(12).chain([path])
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_read_off_and_anything_else_is_imported() {
        for text in ["V = '1.0'\n", "x\nV: str = \"1\"  # now\n", "V=3.1\n"] {
            assert!(is_constant(text, "V"), "{text}");
        }
        for text in ["V = str(1)\n", "V = '1' + x\n", "VV = '1'\n", "from .v import V\n", "V == '1'\n", "V =\n"] {
            assert!(!is_constant(text, "V"), "{text}");
        }
    }
}
