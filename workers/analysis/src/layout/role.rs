//! What a member is for.

use model::PackageType;
use python::Role;

use super::{Layout, is_importable, normalised, plain, shown};
use crate::classify::{extension, name};

pub(super) const TESTS: [&str; 9] =
    ["tests", "test", "_tests", "testsuite", "unittests", "unit_tests", "integration_tests", "testdata", "test_data"];
pub(super) const DOCS: [&str; 12] = [
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
pub(super) const TOOLS: [&str; 12] =
    ["tools", "ci", "contrib", "dev", "misc", "hack", "util", "utils", "release", "build_tools", "packaging", "admin"];
/// Files at the root of an sdist that only its developers run.
const LOOSE: [&str; 7] =
    ["noxfile.py", "tasks.py", "fabfile.py", "dodo.py", "toxfile.py", "runtests.py", "pavement.py"];

impl Layout {
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
}
