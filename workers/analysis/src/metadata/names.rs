//! Names of others that a release uses: for its modules, its home, its description, itself.

use std::collections::BTreeSet;

use crate::{layout::normalised, lookalike::Popular};

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
