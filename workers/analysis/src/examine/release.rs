//! What the release says of itself: metadata, dependencies, RECORD.

use std::collections::{BTreeSet, HashMap};

use model::{Context, Fact, Filename, PackageType, facts};
use python::Role;

use super::{Examiner, whole};
use crate::{
    layout::shown,
    metadata::{self, CoreMetadata, Pyproject},
    record::{self, Listed},
};

/// What the release turned out to be.
pub(super) struct Release {
    pub(super) metadata: CoreMetadata,
    pub(super) summary: facts::Summary,
    /// Where a build could begin in several folders: each folder, and the release as who builds there has it.
    pub(super) parts: Vec<(String, facts::Summary)>,
}

impl Examiner<'_, '_> {
    /// What the release says of itself: metadata, dependencies, RECORD.
    pub(super) fn release(&mut self, context: &Context, claimed: Option<&Filename>) -> Release {
        let root = self.layout.root.clone();
        let info = self.layout.info.clone();
        let main = match self.layout.packagetype {
            PackageType::BdistWheel => format!("{info}METADATA"),
            PackageType::BdistEgg => format!("{info}PKG-INFO"),
            _ => format!("{root}PKG-INFO"),
        };
        let read = self.metadata.get(&main);
        let pyproject =
            self.metadata.get(&format!("{root}pyproject.toml")).map(|b| Pyproject::parse(b)).unwrap_or_default();
        let missing = read.is_none();
        let metadata = read.map(|bytes| CoreMetadata::parse(bytes)).unwrap_or_else(|| CoreMetadata {
            name: pyproject.name.clone(),
            version: pyproject.version.clone(),
            urls: pyproject.urls.clone(),
            ..CoreMetadata::default()
        });
        let mut requirements: Vec<(String, &'static str)> =
            metadata.requirements.iter().map(|requirement| (requirement.clone(), "metadata")).collect();
        requirements.extend(pyproject.requirements.iter().map(|requirement| (requirement.clone(), "pyproject")));
        let setup = std::mem::take(&mut self.setup);
        requirements.extend(setup.computed.into_iter().map(|requirement| (requirement, "computed")));
        requirements.extend(setup.requirements.into_iter().map(|requirement| (requirement, "setup")));
        if let Some(configuration) = self.metadata.get(&format!("{root}setup.cfg")) {
            let listed = metadata::setup_requirements(configuration, false);
            requirements.extend(listed.into_iter().map(|requirement| (requirement, "setup")));
        }
        let mut commands = setup.commands;
        commands.extend(pyproject.entry_points.iter().cloned());
        for (path, bytes) in &self.metadata {
            let mut parts = path.rsplit('/');
            let (file, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            // Not those of a project that is carried along.
            let own = |path: &str| {
                let below = path.strip_prefix(root.as_str()).unwrap_or(path);
                let shallow = below.strip_prefix("src/").unwrap_or(below).matches('/').count() == 1;
                path.starts_with(info.as_str()) && !info.is_empty() || folder.ends_with(".egg-info") && shallow
            };
            let of_release = folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO";
            match file {
                "entry_points.txt" if own(path) => {
                    commands.extend(metadata::entry_points(bytes).iter().map(metadata::EntryPoint::shown));
                }
                "requires.txt" if of_release => {
                    requirements
                        .extend(metadata::requires(bytes).into_iter().map(|requirement| (requirement, "metadata")));
                }
                _ => {}
            }
        }
        // What is computed is so, too, where the build wrote it down.
        requirements.sort_by_cached_key(|(requirement, origin)| (requirement.clone(), *origin != "computed"));
        requirements.dedup_by(|one, other| one.0 == other.0);
        commands.sort();
        commands.dedup();
        for fact in metadata::dependencies(&requirements, if missing { "" } else { &main }, &self.book.popular) {
            self.fact(&fact, None, "metadata", |_| None);
        }
        if self.layout.packagetype == PackageType::BdistWheel {
            self.record(&info);
            self.wheel(&info, &metadata);
        }
        let outside = |at: usize| !matches!(self.role(at), Role::Tests | Role::Docs);
        let python: Vec<usize> =
            (0..self.entries.len()).filter(|at| self.entries[*at].format == "python" && outside(*at)).collect();
        let python_bytes = python.iter().map(|at| self.entries[*at].size).sum();
        let first = |options: [Option<&str>; 3]| {
            options.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        let project = first([Some(&metadata.name), context.project.as_deref(), claimed.map(|c| c.project.as_str())]);
        let version = first([Some(&metadata.version), context.version.as_deref(), claimed.map(|c| c.version.as_str())]);
        let like = self.book.popular.like(&project).map(|(name, how)| (name.to_owned(), how));
        let packagetype = self.layout.packagetype.as_str().to_owned();
        let members = self.entries.len() as u64;
        let installs = (0..self.entries.len())
            .any(|at| self.entries[at].format == "python" && matches!(self.role(at), Role::Setup | Role::Backend));
        let binaries = self.entries.iter().filter(|entry| matches!(entry.format, "pe" | "elf" | "macho")).count();
        let own = crate::layout::normalised(&project);
        let tops = self.tops();
        let borrowed = metadata::borrowed(&metadata.urls, &own, &self.book.popular).unwrap_or_default();
        let fact = facts::Metadata {
            project,
            version: version.clone(),
            summary: metadata.summary.clone(),
            author: metadata.author.clone(),
            author_email: metadata.author_email.clone(),
            email_domain: metadata.email_domain(),
            description_length: metadata.description_length,
            links: metadata.urls.len() as u64,
            url: metadata.urls.clone(),
            classifiers: metadata.classifiers,
            dependencies: requirements.len() as u64,
            entry_points: commands,
            packagetype: packagetype.clone(),
            members,
            python_files: python.len() as u64,
            python_bytes,
            binaries: binaries as u64,
            install_code: installs,
            version_anomaly: metadata::version_anomaly(&version).to_owned(),
            lookalike_of: like.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
            lookalike_by: like.map(|(_, how)| how).unwrap_or_default().to_owned(),
            shadows: metadata::shadows(&tops, &own, &self.book.popular, &self.book.modules),
            misspells: metadata::misspelt(&tops, &own).unwrap_or_default().to_owned(),
            borrows: borrowed.to_owned(),
            borrows_name: metadata::resembles(&own, borrowed),
            describes: metadata::described(&metadata.heading, &own, &self.book.popular).unwrap_or_default().to_owned(),
            missing,
            mismatch: metadata::mismatch(&metadata, claimed, context.project.as_deref(), context.version.as_deref()),
        };
        let place = whole(if missing { "" } else { &main });
        let told = fact.clone();
        self.fact(&Fact::new(place, fact), None, "metadata", |_| None);
        let summary = facts::Summary {
            scope: String::new(),
            member: String::new(),
            role: String::new(),
            rules: Vec::new(),
            early: Vec::new(),
            families: Vec::new(),
            behaviour: Vec::new(),
            novel: Vec::new(),
            level: String::new(),
            hits: 0,
            python_files: python.len() as u64,
            python_bytes,
            members,
            description_length: metadata.description_length,
            links: metadata.urls.len() as u64,
            packagetype,
        };
        let parts = self.parts(&python, &summary);
        for (folder, part) in &parts {
            self.told_elsewhere(&main, folder, part, told.clone());
        }
        Release { metadata, summary, parts }
    }

    /// What the release says of itself in another of the folders in which a build could begin.
    fn told_elsewhere(&mut self, main: &str, folder: &str, part: &facts::Summary, told: facts::Metadata) {
        let path = format!("{folder}PKG-INFO");
        if path == main || part.python_files == 0 {
            return;
        }
        let said = self.metadata.get(&path).map(|bytes| CoreMetadata::parse(bytes));
        let missing = said.is_none();
        let said = said.unwrap_or_default();
        let fact = facts::Metadata {
            email_domain: said.email_domain(),
            summary: said.summary,
            author: said.author,
            author_email: said.author_email,
            description_length: said.description_length,
            links: said.urls.len() as u64,
            url: said.urls,
            classifiers: said.classifiers,
            members: part.members,
            python_files: part.python_files,
            python_bytes: part.python_bytes,
            missing,
            ..told
        };
        let place = whole(if missing { "" } else { &path });
        self.fact(&Fact::new(place, fact), None, "metadata", |_| None);
    }

    /// The release as it is to who builds in one of several folders: what else the archive holds makes it no larger.
    fn parts(&self, python: &[usize], whole: &facts::Summary) -> Vec<(String, facts::Summary)> {
        if self.layout.packagetype != PackageType::Sdist {
            return Vec::new();
        }
        let part = |root: &String| {
            let below = |at: &&usize| shown(&self.entries[**at].path).starts_with(root.as_str());
            let own = python.iter().filter(below);
            let (files, bytes) = own.fold((0, 0), |(files, bytes), at| (files + 1, bytes + self.entries[*at].size));
            let said = self.metadata.get(&format!("{root}PKG-INFO"));
            let metadata = said.map(|bytes| CoreMetadata::parse(bytes)).unwrap_or_default();
            let summary = facts::Summary {
                python_files: files,
                python_bytes: bytes,
                members: self.entries.iter().filter(|entry| shown(&entry.path).starts_with(root.as_str())).count()
                    as u64,
                description_length: metadata.description_length,
                links: metadata.urls.len() as u64,
                ..whole.clone()
            };
            (root.clone(), summary)
        };
        let folders = self.layout.roots.iter().filter(|root| !root.is_empty());
        folders.map(part).filter(|(_, part)| part.python_files < whole.python_files).collect()
    }

    /// Packages and modules that are installed at the top level.
    fn tops(&self) -> BTreeSet<String> {
        let wheel = self.layout.packagetype == PackageType::BdistWheel;
        let installed = (0..self.entries.len())
            .filter(|at| self.entries[*at].nesting == 0)
            // Beside the packages of an sdist lie helpers of its build, too.
            .filter(|at| self.role(*at) == Role::Init || wheel && self.role(*at) == Role::Package);
        let modules = installed.map(|at| self.layout.module(&self.entries[at].path));
        modules.filter(|module| !module.is_empty() && !module.contains('.')).take(200).collect()
    }

    /// What an installer looks at before it installs a wheel, and refuses; one that looks less installs it.
    fn wheel(&mut self, info: &str, metadata: &CoreMetadata) {
        let name = metadata.name.as_str();
        let paths = || self.entries.iter().filter(|entry| entry.nesting == 0).map(|entry| entry.path.as_str());
        let tops: BTreeSet<&str> = paths()
            .filter_map(|path| path.split_once('/'))
            .filter(|(top, _)| !top.starts_with('<'))
            .map(|(top, _)| top)
            .collect();
        let stem = |folder: &str| {
            let stem = folder.rsplit_once('.').map_or(folder, |(stem, _)| stem);
            crate::layout::normalised(stem)
        };
        let own = stem(info.trim_end_matches('/'));
        let mut told: Vec<(&str, String)> = Vec::new();
        for top in tops {
            if top.ends_with(".dist-info") && format!("{top}/") != info {
                told.push(("second-info", top.to_owned()));
            } else if top.ends_with(".data") && stem(top) != own {
                told.push(("other-data", top.to_owned()));
            }
        }
        for (file, kind) in [("METADATA", "no-metadata"), ("WHEEL", "no-wheel-file")] {
            let path = format!("{info}{file}");
            if !paths().any(|other| other == path) {
                told.push((kind, path));
            }
        }
        let headers = self.metadata.get(&format!("{info}METADATA")).map(|bytes| String::from_utf8_lossy(bytes));
        let headers = headers.as_deref().unwrap_or_default();
        let names = headers.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("Name:"));
        if names.map(|name| crate::layout::normalised(name.trim())).collect::<BTreeSet<_>>().len() > 1 {
            told.push(("two-names", format!("{info}METADATA")));
        }
        let folder = info.trim_end_matches('/').trim_end_matches(".dist-info");
        let version = folder.rsplit_once('-').map_or("", |(_, version)| version);
        if !metadata::same_version(&metadata.version, version) {
            told.push(("other-version", format!("{info}METADATA")));
        }
        // The one that there is; installers refuse a later one, which they cannot know.
        if let Some(bytes) = self.metadata.get(&format!("{info}WHEEL")) {
            let text = String::from_utf8_lossy(bytes);
            let format = text.lines().find_map(|line| line.strip_prefix("Wheel-Version:"));
            if format.is_none_or(|format| format.trim().split('.').next() != Some("1")) {
                told.push(("wheel-version", format!("{info}WHEEL")));
            }
        }
        if !name.is_empty() && !own.starts_with(&crate::layout::normalised(name)) {
            told.push(("other-info", info.trim_end_matches('/').to_owned()));
        }
        for (kind, member) in told.into_iter().take(20) {
            let fact = facts::Record { kind: kind.to_owned(), member: member.clone(), role: "metadata".to_owned() };
            self.fact(&Fact::new(whole(&member), fact), None, "metadata", |_| None);
        }
    }

    fn record(&mut self, info: &str) {
        let mut members: HashMap<&str, Vec<Listed>> = HashMap::new();
        for entry in self.entries.iter().filter(|entry| entry.nesting == 0) {
            if let Some(sha256) = entry.sha256 {
                members.entry(entry.path.as_str()).or_default().push(Listed { sha256, size: entry.size });
            }
        }
        let record = self.metadata.get(&format!("{info}RECORD")).map(Vec::as_slice);
        let formats: HashMap<&str, &str> = self.entries.iter().map(|e| (e.path.as_str(), e.format)).collect();
        let layout = &self.layout;
        let role =
            |member: &str| layout.role(member, formats.get(member).copied().unwrap_or_default()).as_str().to_owned();
        let facts = record::compare(record, info, &members, &role);
        for fact in facts {
            self.fact(&fact, None, "metadata", |_| None);
        }
    }
}
