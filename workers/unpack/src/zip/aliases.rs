//! Symbolic links in a zip: what is found under the link's name by whoever makes links of them.
//!
//! CPython writes the target as the content of a file, unzip and others make a link. Both are handed over.

use std::collections::{BTreeMap, HashMap};

use model::GapKind;

use super::{Item, Reader, entries::lossy};
use crate::links::{Destination, FUEL, follow, normal};
use crate::{Format, Kind, Member, Readings};

/// Sources that are handed over again because a link leads to their folder.
const BELOW: usize = 2000;
/// Links of one archive that are followed.
const LINKS: usize = 10_000;
/// A target longer than this is no path.
const TARGET: usize = 4096;

pub(super) struct Link {
    name: String,
    target: String,
    executable: bool,
    readings: Readings,
    ambiguous: bool,
}

impl<'a> Reader<'a, '_, '_> {
    /// Notes a link. False when what it holds is no path: then it is a file to those who make no links, and is read.
    pub(super) fn link(
        &mut self,
        name: &str,
        path: &str,
        bytes: &[u8],
        mode: u32,
        readings: Readings,
        ambiguous: bool,
    ) -> bool {
        let target = String::from_utf8_lossy(&bytes[..bytes.len().min(TARGET)]).into_owned();
        self.session.anomaly("link", path, format!("to {target:?}"), Format::Zip);
        if target.contains('\\') {
            self.session.anomaly("backslash-path", path, format!("a link to {target:?}"), Format::Zip);
        }
        let path_like = bytes.len() <= TARGET && !target.contains(['\n', '\r', '(', ';']);
        if !path_like {
            self.session.anomaly("link-alias", path, "a link whose target is a text", Format::Zip);
            return false;
        }
        if self.links.len() >= LINKS {
            let detail = format!("more than {LINKS} links");
            self.session.gap(GapKind::Limit, self.site.archive(), detail);
            return true;
        }
        let executable = mode & 0o111 != 0;
        self.links.push(Link { name: name.to_owned(), target, executable, readings, ambiguous });
        true
    }

    /// Hands every link over with the bytes it leads to.
    pub(super) fn resolve(&mut self, items: &[Item<'a>]) {
        let links = std::mem::take(&mut self.links);
        if links.is_empty() || self.session.stopped() {
            return;
        }
        let targets: HashMap<String, String> =
            links.iter().map(|link| (normal(&link.name), link.target.clone())).collect();
        let mut files: BTreeMap<String, usize> = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            let name = normal(&lossy(item.entry.name));
            if !targets.contains_key(&name) && !item.entry.name.ends_with(b"/") {
                files.insert(name, at);
            }
        }
        let through = files
            .keys()
            .filter(|file| file.match_indices('/').take(64).any(|(at, _)| targets.contains_key(&file[..at])));
        for file in through.take(50).cloned().collect::<Vec<_>>() {
            let path = self.site.path(&file);
            self.session.anomaly("link-through", &path, "a file in a folder that is a link", Format::Zip);
        }
        let mut fuel = FUEL;
        for link in &links {
            if self.session.stopped() {
                return;
            }
            let path = self.site.path(&link.name);
            let told = format!("to {:?}", link.target);
            match follow(&link.name, &link.target, &targets, &mut fuel) {
                Destination::Outside => self.session.anomaly("link-escape", &path, told, Format::Zip),
                Destination::Loop => self.session.anomaly("link-loop", &path, told, Format::Zip),
                Destination::Inside(place) => {
                    self.follow_to(link, &place, &files, items);
                    continue;
                }
            }
            self.alias(link, link.name.clone(), None);
        }
    }

    fn follow_to(&mut self, link: &Link, place: &str, files: &BTreeMap<String, usize>, items: &[Item<'a>]) {
        let source = |path: &str| [".py", ".pyw", ".pth"].iter().any(|end| path.ends_with(end));
        if let Some(at) = files.get(place) {
            if source(&link.name) && !source(place) {
                let path = self.site.path(&link.name);
                self.session.anomaly("link-alias", &path, format!("a source that is {:?}", link.target), Format::Zip);
            }
            self.alias(link, link.name.clone(), items.get(*at));
            return;
        }
        self.alias(link, link.name.clone(), None);
        let (prefix, name) = (format!("{place}/"), normal(&link.name));
        // A link to a folder around itself has no end.
        if place.is_empty() || format!("{name}/").starts_with(&prefix) {
            return;
        }
        let below = files.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let below = below.filter(|(path, _)| source(path)).take(BELOW + 1);
        let found: Vec<(String, usize)> =
            below.map(|(path, at)| (format!("{name}/{}", &path[prefix.len()..]), *at)).collect();
        if found.len() > BELOW {
            let detail = format!("a link to a folder leads to more than {BELOW} sources");
            self.session.gap(GapKind::Limit, &self.site.path(&link.name), detail);
        }
        for (name, at) in found.into_iter().take(BELOW) {
            self.alias(link, name, items.get(at));
        }
    }

    /// A member under the name of a link, with the bytes of the entry it leads to.
    fn alias(&mut self, link: &Link, name: String, item: Option<&Item<'a>>) {
        let path = self.site.path(&name);
        let data = match item {
            Some(item) => {
                let (input, limit) = (self.packed(item), self.limit(item));
                let inflated = self.inflater.unpack(item.entry.method, input, item.entry.size, limit);
                if inflated.over {
                    self.session.gap(GapKind::Limit, &path, format!("leads to more than {limit} bytes"));
                }
                inflated.data
            }
            None => Vec::new(),
        };
        if !self.session.spend(data.len() as u64, &path, Format::Zip) {
            return;
        }
        self.session.deliver(Member {
            path,
            kind: Kind::Link(link.target.clone()),
            data,
            readings: link.readings,
            ambiguous: link.ambiguous,
            nesting: self.site.nesting,
            format: Format::Zip,
            executable: link.executable,
            sha256: None,
        });
    }
}
