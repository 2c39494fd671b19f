//! Links to members: what an installer would find under the link's name.

use std::collections::{HashMap, HashSet};

use model::GapKind;

use super::{Alias, Collect, Tar};
use crate::links::{Destination, FUEL, follow, from_root, normal};
use crate::{Format, Kind, Member};

/// Sources that are handed over again because a link leads to their folder.
const BELOW: usize = 2000;

/// Contents of one target that are handed over beside the last one.
const VERSIONS: usize = 8;

/// What a target held, one content after the other.
type Versions = HashMap<String, Vec<Vec<u8>>>;

fn size(found: &Versions) -> u64 {
    found.values().flatten().map(|version| version.len() as u64).sum()
}

/// Bytes that links of one archive may lead to, each target counted once.
const TARGETS: usize = 64 * 1024 * 1024;

impl Tar<'_, '_> {
    /// Names that are there twice with one checksum: who writes an archive can give two contents one checksum.
    pub(super) fn compare_twins(&mut self, bytes: &[u8], format: Option<Format>) {
        let twins = std::mem::take(&mut self.twins);
        if twins.is_empty() || self.session.stopped() {
            return;
        }
        let found = self.gather(bytes, format, twins.iter().cloned().collect());
        for name in twins {
            let versions = found.get(&name).map(Vec::as_slice).unwrap_or_default();
            if versions.len() < 2 || versions.windows(2).any(|pair| pair[0] != pair[1]) {
                self.anomaly("duplicate-name", &name, "twice, with other content under the same checksum");
            }
        }
        self.session.give_back(size(&found));
    }

    /// Hands every link over with the bytes it leads to: `setup.py` may be a link to `notes.txt`.
    pub(super) fn resolve(&mut self, bytes: &[u8], format: Option<Format>) {
        let mut aliases = std::mem::take(&mut self.aliases);
        if aliases.is_empty() || self.session.stopped() {
            return;
        }
        let links: HashMap<String, String> = aliases
            .iter()
            .filter(|alias| !alias.hard)
            .map(|alias| (normal(&alias.name), alias.target.clone()))
            .collect();
        let hard: HashMap<String, String> = aliases
            .iter()
            .filter(|alias| alias.hard)
            .map(|alias| (normal(&alias.name), normal(&alias.target)))
            .collect();
        let mut fuel = FUEL;
        let mut targets = Vec::with_capacity(aliases.len());
        let mut folders: Vec<(Alias, String)> = Vec::new();
        for alias in &aliases {
            let place = if alias.hard {
                from_root(&alias.target, &links, &mut fuel)
            } else {
                follow(&alias.name, &alias.target, &links, &mut fuel)
            };
            targets.push(match place {
                Destination::Outside => {
                    self.anomaly("link-escape", &alias.name, format!("to {:?}", alias.target));
                    None
                }
                Destination::Loop => {
                    self.anomaly("link-loop", &alias.name, format!("to {:?}", alias.target));
                    None
                }
                Destination::Inside(target) => {
                    if !alias.hard {
                        self.below(alias, &target, &mut folders);
                    }
                    self.hard_link_chain(target, &hard)
                }
            });
        }
        for (alias, target) in folders {
            aliases.push(alias);
            targets.push(Some(target));
        }
        self.judge(&aliases, &targets, &links);
        let wanted: HashSet<String> = targets.iter().flatten().cloned().collect();
        let found = if wanted.is_empty() { HashMap::new() } else { self.gather(bytes, format, wanted) };
        for (alias, target) in aliases.into_iter().zip(targets) {
            if self.session.stopped() {
                return;
            }
            self.hand_over(alias, target.as_deref(), &found);
        }
        self.session.give_back(size(&found));
    }

    /// Links that make a source of something else, that stand where a file stands, or that files are written through.
    fn judge(&mut self, aliases: &[Alias], targets: &[Option<String>], links: &HashMap<String, String>) {
        let source = |path: &str| [".py", ".pyw", ".pth"].iter().any(|end| path.ends_with(end));
        for (alias, target) in aliases.iter().zip(targets) {
            let name = normal(&alias.name);
            // Of two hard links writers of archives take whichever they meet first for the file.
            if !alias.hard && target.as_ref().is_some_and(|target| source(&name) && !source(target)) {
                let detail = format!("a source that is {:?}", alias.target);
                self.anomaly("link-alias", &alias.name, detail);
            }
            if self.files.contains(&name) {
                self.anomaly("duplicate-name", &alias.name, "a link and a file");
            }
        }
        let through = |file: &&String| file.match_indices('/').take(64).any(|(at, _)| links.contains_key(&file[..at]));
        let written: Vec<String> =
            if links.is_empty() { Vec::new() } else { self.files.iter().filter(through).take(50).cloned().collect() };
        for file in written {
            self.anomaly("link-through", &file, "a file in a folder that is a link");
        }
    }

    /// The sources below a folder that a link leads to: under the link's name they may be modules of a package.
    fn below(&mut self, alias: &Alias, target: &str, found: &mut Vec<(Alias, String)>) {
        let prefix = format!("{target}/");
        let name = normal(&alias.name);
        // A link to a folder around itself has no end.
        if target.is_empty() || format!("{name}/").starts_with(&prefix) {
            return;
        }
        let source = |path: &&String| [".py", ".pyw", ".pth"].iter().any(|end| path.ends_with(end));
        let inside = self.files.range(prefix.clone()..).take_while(|path| path.starts_with(&prefix)).filter(source);
        for path in inside {
            if found.len() >= BELOW {
                let detail = format!("links to folders lead to more than {BELOW} sources");
                self.session.gap(GapKind::Limit, &self.site.path(&alias.name), detail);
                return;
            }
            let other = Alias {
                name: format!("{name}/{}", &path[prefix.len()..]),
                target: path.clone(),
                hard: true,
                executable: false,
                ambiguous: alias.ambiguous,
                readings: alias.readings,
            };
            found.push((other, path.clone()));
        }
    }

    /// A hard link may lead to another hard link; its end must be a file.
    fn hard_link_chain(&self, mut target: String, hard: &HashMap<String, String>) -> Option<String> {
        for _ in 0..4 {
            if self.files.contains(&target) {
                return Some(target);
            }
            target.clone_from(hard.get(&target)?);
        }
        None
    }

    /// A second pass over the archive, for the targets alone. What is found is resident until it is given back.
    fn gather(&mut self, bytes: &[u8], format: Option<Format>, wanted: HashSet<String>) -> Versions {
        self.collect = Some(Collect {
            wanted,
            found: HashMap::new(),
            room: TARGETS.min(usize::try_from(self.session.free() / 2).unwrap_or(usize::MAX)),
        });
        self.run(bytes, format);
        self.collect.take().map(|collect| collect.found).unwrap_or_default()
    }

    fn hand_over(&mut self, alias: Alias, target: Option<&str>, found: &Versions) {
        let Some(target) = target else { return self.hand_over_as(alias, Vec::new()) };
        let Some((last, earlier)) = found.get(target).and_then(|versions| versions.split_last()) else {
            let path = self.site.path(&alias.name);
            self.session.gap(GapKind::Limit, &path, format!("links lead to more than {TARGETS} bytes"));
            return self.hand_over_as(alias, Vec::new());
        };
        // What the target was when the link was made, and what it was in the end.
        for version in earlier.iter().filter(|version| *version != last).take(VERSIONS) {
            self.hand_over_as(Alias { ambiguous: true, ..alias.clone() }, version.clone());
        }
        self.hand_over_as(alias, last.clone());
    }

    fn hand_over_as(&mut self, alias: Alias, data: Vec<u8>) {
        let path = self.site.path(&alias.name);
        if !self.session.spend(data.len() as u64, &path, Format::Tar) {
            return;
        }
        self.session.deliver(Member {
            path,
            kind: Kind::Link(alias.target),
            data,
            readings: alias.readings,
            ambiguous: alias.ambiguous,
            nesting: self.site.nesting,
            format: Format::Tar,
            executable: alias.executable,
            sha256: None,
        });
    }
}
