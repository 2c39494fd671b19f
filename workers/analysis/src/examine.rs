//! The line of data: members, then what code runs when, then facts, then opinions, then one verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{
    Artifact, Context, Coverage, Digest, Fact, FactKind, Filename, Finding, Gap, GapKind, Outcome, PackageType, Phase,
    Place, SourceText, Verdict, facts,
};
use python::{Analysis, Role, Unit};
use unpack::{Kind, Member};

use crate::{
    ENGINE, classify, evidence, frame,
    layout::Layout,
    ledger::{Ledger, Spot},
    metadata::{self, CoreMetadata, Pyproject},
    record::{self, Listed},
    rulebook::{Rulebook, rule::Format},
    score::Arithmetic,
    yara::Scan1,
};

/// Bytes of a metadata file that is read; a larger one is a gap.
const METADATA_BYTES: usize = 16 * 1024 * 1024;
/// Python that is small enough to be shown whole.
const SHOWN_BYTES: usize = 64 * 1024;

/// A verdict and what led to it.
pub struct Examination {
    pub verdict: Verdict,
    pub arithmetic: Arithmetic,
    /// The Python of the release outside tests and documentation when it is small, else empty.
    pub sources: Vec<SourceText>,
    /// Every rule that hit, also where the verdict has no room for its finding.
    pub hits: BTreeSet<String>,
}

/// What is remembered of a member when its bytes are gone.
struct Entry {
    path: String,
    format: &'static str,
    size: u64,
    entropy: f64,
    disguised: bool,
    nesting: u32,
    ambiguous: bool,
    sha256: Option<Digest>,
}

/// A Python source that waits until the archive is known.
struct Source {
    entry: usize,
    bytes: Vec<u8>,
}

struct Examiner<'r> {
    book: &'r Rulebook,
    ledger: Ledger<'r>,
    scan: Scan1<'r>,
    budget: python::Budget,
    entries: Vec<Entry>,
    waiting: Vec<Source>,
    waiting_bytes: u64,
    metadata: BTreeMap<String, Vec<u8>>,
    gaps: Vec<Gap>,
    layout: Layout,
    phases: HashMap<usize, Phase>,
    shown: Option<(usize, Vec<SourceText>)>,
}

/// Judges an artifact. Same bytes, same context, same rulebook: the same verdict, byte for byte.
///
/// Needs a stack of 64 MiB: syntax trees are walked recursively, to a bound that the guard before the parser sets.
pub fn examine(artifact: &Artifact, context: &Context, rulebook: &Rulebook) -> Verdict {
    inspect(artifact, context, rulebook).verdict
}

/// [`examine`], with the arithmetic of the score and the sources a moderator may read.
pub fn inspect(artifact: &Artifact, context: &Context, rulebook: &Rulebook) -> Examination {
    let mut examiner = Examiner::new(rulebook);
    let claimed = Filename::parse(&context.filename);
    let claimed_project = context.project.clone().or(claimed.as_ref().map(|claimed| claimed.project.clone()));
    examiner.layout.project = crate::layout::normalised(claimed_project.as_deref().unwrap_or_default());
    let report = unpack::unpack(&artifact.bytes, &rulebook.limits.unpack(), &mut |member| examiner.member(member));
    examiner.settle(report.format.is_some(), context, claimed_project.as_deref().unwrap_or_default());
    examiner.sources();
    let release = examiner.release(context, claimed.as_ref());
    for anomaly in &report.anomalies {
        examiner.anomaly(anomaly);
    }
    examiner.members();
    examiner.summarise(&release);
    examiner.gaps.extend(report.gaps.iter().cloned());
    examiner.verdict(artifact, context, &release, &report)
}

/// What the release turned out to be.
struct Release {
    metadata: CoreMetadata,
    summary: facts::Summary,
}

impl<'r> Examiner<'r> {
    fn new(book: &'r Rulebook) -> Self {
        Self {
            book,
            ledger: Ledger::new(book),
            scan: book.yara.scanner(&book.limits.scan),
            budget: book.limits.budget(),
            entries: Vec::new(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            metadata: BTreeMap::new(),
            gaps: Vec::new(),
            layout: Layout::default(),
            phases: HashMap::new(),
            shown: Some((0, Vec::new())),
        }
    }

    /// One member: its bytes are judged and dropped, except sources and metadata, which wait.
    fn member(&mut self, member: Member) {
        if member.kind != Kind::File {
            return;
        }
        let format = classify::format(&member.path, &member.data);
        let wheel = matches!(member.format, unpack::Format::Zip);
        let digest = (wheel || self.book.lists.has_digests()).then(|| Digest::of(&member.data));
        let at = self.entries.len();
        self.entries.push(Entry {
            format,
            size: member.data.len() as u64,
            entropy: classify::entropy(&member.data),
            disguised: classify::disguised(&member.path, format, &member.data),
            nesting: member.nesting,
            ambiguous: member.ambiguous,
            sha256: digest,
            path: member.path,
        });
        let path = self.entries[at].path.clone();
        if let Some(list) = digest.as_ref().and_then(|digest| self.book.lists.digest(digest)) {
            let spot = Spot { place: whole(&path), phase: None, role: "" };
            self.ledger.note(list, spot, || "these bytes are known".to_owned(), |_| None);
        }
        if is_metadata(&path) && member.nesting == 0 {
            if member.data.len() <= METADATA_BYTES {
                self.metadata.entry(path.clone()).or_insert_with(|| member.data.clone());
            } else {
                let detail = format!("metadata of {} bytes", member.data.len());
                self.gaps.push(Gap { kind: GapKind::Limit, member: path.clone(), detail });
            }
        }
        if matches!(format, "python" | "pth") {
            self.waiting_bytes += member.data.len() as u64;
            self.waiting.push(Source { entry: at, bytes: member.data });
            if self.waiting_bytes > self.book.limits.source.waiting {
                self.flush();
            }
        } else {
            let spot = (None, self.layout.role(&path, format).as_str());
            self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
        }
    }

    /// Too much waits: it is analysed with what is known of the archive so far.
    fn flush(&mut self) {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        let project = self.layout.project.clone();
        self.layout = Layout::tell(paths, true, "", &project);
        self.sources();
        self.waiting_bytes = 0;
    }

    /// The byte rules and lists over some bytes of a member, or of a layer below it.
    fn bytes(
        &mut self,
        member: &str,
        format: Format,
        bytes: &[u8],
        (phase, role): (Option<Phase>, &str),
        layers: &[model::LayerStep],
    ) {
        let text = !matches!(format, Format::Executable | Format::Data);
        let place = |span: (usize, usize)| {
            let place = if text { frame::place_of(member, bytes, span) } else { whole(member) };
            Place { layers: layers.to_vec(), ..place }
        };
        let framed = |place: &Place| if text { frame::frame(&String::from_utf8_lossy(bytes), place) } else { None };
        match self.scan.scan(format, bytes) {
            Ok(hits) => {
                for hit in hits {
                    let spot = Spot { place: place(hit.span), phase, role };
                    let offset = (!text && !hit.matched.is_empty()).then_some(hit.span.0);
                    self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&hit.matched, offset), framed);
                }
            }
            Err(unfinished) => {
                let detail = unfinished.0;
                self.gaps.push(Gap { kind: GapKind::Timeout, member: member.to_owned(), detail });
            }
        }
        for hit in self.book.lists.scan(format, bytes) {
            let spot = Spot { place: place(hit.span), phase, role };
            let matched = bytes.get(hit.span.0..hit.span.1).unwrap_or_default().to_vec();
            let offset = (!text).then_some(hit.span.0);
            self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&[matched], offset), framed);
        }
    }

    /// The archive is known: where things are installed, and what is built in the tree.
    fn settle(&mut self, archive: bool, context: &Context, project: &str) {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        self.layout = Layout::tell(paths, archive, &context.filename, project);
        let pyproject = self.metadata.get(&format!("{}pyproject.toml", self.layout.root));
        if let Some(pyproject) = pyproject.filter(|_| self.layout.packagetype == PackageType::Sdist) {
            self.layout.backend = Pyproject::parse(pyproject).backend_modules().into_iter().collect();
        }
    }

    fn role(&self, entry: usize) -> Role {
        self.layout.role(&self.entries[entry].path, self.entries[entry].format)
    }

    /// Analyses what waits, code that runs earlier first, so that what it imports is known to run as early.
    fn sources(&mut self) {
        let mut waiting: Vec<Option<Source>> = std::mem::take(&mut self.waiting).into_iter().map(Some).collect();
        let mut by_module: HashMap<String, Vec<usize>> = HashMap::new();
        let mut phases: Vec<Phase> = Vec::with_capacity(waiting.len());
        for (at, source) in waiting.iter().flatten().enumerate() {
            let module = self.layout.module(&self.entries[source.entry].path);
            if !module.is_empty() {
                by_module.entry(module).or_default().push(at);
            }
            phases.push(self.role(source.entry).phase());
        }
        for phase in Phase::ALL {
            let mut queue: Vec<usize> = (0..waiting.len()).filter(|at| phases[*at] == phase).collect();
            let path = |at: &usize| waiting[*at].as_ref().map(|source| self.entries[source.entry].path.clone());
            // Last in the queue is first to be analysed.
            queue.sort_by_cached_key(|at| std::cmp::Reverse(path(at)));
            while let Some(at) = queue.pop() {
                if phases[at] != phase {
                    continue;
                }
                let Some(source) = waiting[at].take() else { continue };
                self.phases.insert(source.entry, phase);
                let imports = self.source(&source, phase);
                if phase == Phase::Never {
                    continue;
                }
                for import in &imports {
                    for module in prefixes(import) {
                        for reached in by_module.get(module).into_iter().flatten() {
                            if phases[*reached] > phase {
                                phases[*reached] = phase;
                                queue.push(*reached);
                            }
                        }
                    }
                }
            }
        }
    }

    /// One source: facts, layers, byte rules. Returns the modules it imports.
    fn source(&mut self, source: &Source, phase: Phase) -> Vec<String> {
        let path = self.entries[source.entry].path.clone();
        let role = self.role(source.entry);
        let module = self.layout.module(&path);
        let unit = Unit { path: &path, role, phase, module: &module, source: &source.bytes };
        let analysis = python::analyse(&unit, &self.book.behaviours, &mut self.budget);
        let spot = (Some(phase), role.as_str());
        self.bytes(&path, Format::Python, &source.bytes, spot, &[]);
        let raw = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&source.bytes);
        if !analysis.text.is_empty() && analysis.text.as_bytes() != raw {
            self.bytes(&path, Format::Python, analysis.text.as_bytes(), spot, &[]);
        }
        for layer in &analysis.layers {
            self.bytes(&path, Format::Layer, &layer.bytes, spot, &layer.steps);
        }
        // What nothing runs may be broken on purpose: its tokens and bytes were read, its syntax is a fact.
        let excused = |gap: &Gap| phase == Phase::Never && gap.kind == GapKind::Unparsable;
        self.gaps.extend(analysis.gaps.iter().filter(|gap| !excused(gap)).cloned());
        self.show(&path, role, &analysis.text);
        let Analysis { text, facts, layers, imports, .. } = analysis;
        for mut fact in facts {
            if let FactKind::Import(import) = &mut fact.kind {
                let top = import.module.split('.').next().unwrap_or_default();
                import.known = self.book.modules.contains(top) || self.book.popular.contains(top);
            }
            let phase = phase_of(&fact.kind);
            if let FactKind::Call(call) = &fact.kind {
                self.ledger.behaves(&path, role.as_str(), &call.behaviour, call.phase);
            }
            self.fact(&fact, phase, role.as_str(), |place| {
                if place.layers.is_empty() {
                    return frame::frame(&text, place);
                }
                let layer = layers.iter().find(|layer| layer.steps == place.layers)?;
                frame::frame(&String::from_utf8_lossy(&layer.bytes), place)
            });
        }
        imports
    }

    /// Keeps the text of small releases for the moderator's page.
    fn show(&mut self, path: &str, role: Role, text: &str) {
        if matches!(role, Role::Tests | Role::Docs) || text.trim().is_empty() {
            return;
        }
        let Some((bytes, shown)) = &mut self.shown else { return };
        *bytes += text.len();
        if *bytes > SHOWN_BYTES {
            self.shown = None;
        } else {
            shown.push(SourceText { member: path.to_owned(), text: text.to_owned(), cut: 0 });
        }
    }

    fn fact(&mut self, fact: &Fact, phase: Option<Phase>, role: &str, framed: impl Fn(&Place) -> Option<model::Frame>) {
        for hit in self.book.sigma.evaluate(fact) {
            let spot = Spot { place: fact.place.clone(), phase, role };
            self.ledger.note(&hit.rule, spot, || evidence::of_fact(fact, &hit.fields), &framed);
        }
    }

    fn anomaly(&mut self, anomaly: &unpack::Anomaly) {
        let role = if anomaly.member.is_empty() {
            ""
        } else {
            let format =
                self.entries.iter().find(|entry| entry.path == anomaly.member).map_or("", |entry| entry.format);
            self.layout.role(&anomaly.member, format).as_str()
        };
        let fact = facts::Anomaly {
            kind: anomaly.kind.to_owned(),
            member: anomaly.member.clone(),
            role: role.to_owned(),
            detail: anomaly.detail.clone(),
            format: anomaly.format.to_owned(),
        };
        self.fact(&Fact::new(whole(&anomaly.member), fact), None, role, |_| None);
    }

    fn members(&mut self) {
        for at in 0..self.entries.len() {
            let role = self.role(at);
            let entry = &self.entries[at];
            let phase = self.phases.get(&at).copied().unwrap_or(role.phase());
            let hidden = entry.path.split('/').any(|part| part.starts_with('.') && part.len() > 1 && part != "..");
            let fact = facts::Member {
                member: entry.path.clone(),
                name: classify::name(&entry.path).to_owned(),
                extension: classify::extension(&entry.path),
                format: entry.format.to_owned(),
                role: role.as_str().to_owned(),
                phase,
                size: entry.size,
                entropy: entry.entropy,
                disguised: entry.disguised,
                hidden,
                nesting: u64::from(entry.nesting),
                ambiguous: entry.ambiguous,
            };
            let fact = Fact::new(whole(&entry.path), fact);
            let path = entry.path.clone();
            let runs = self.phases.contains_key(&at).then_some(phase);
            self.fact(&fact, runs, role.as_str(), |_| None);
            self.ledger.assign_role(&path, role.as_str());
        }
    }

    /// What the release says of itself: metadata, dependencies, RECORD.
    fn release(&mut self, context: &Context, claimed: Option<&Filename>) -> Release {
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
        let mut commands = Vec::new();
        for (path, bytes) in &self.metadata {
            let mut parts = path.rsplit('/');
            let (file, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let of_release = folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO";
            match file {
                "entry_points.txt" if of_release => commands.extend(metadata::entry_points(bytes)),
                "requires.txt" if of_release => {
                    requirements
                        .extend(metadata::requires(bytes).into_iter().map(|requirement| (requirement, "metadata")));
                }
                _ => {}
            }
        }
        requirements.sort();
        requirements.dedup_by(|one, other| one.0 == other.0);
        for fact in metadata::dependencies(&requirements, if missing { "" } else { &main }, &self.book.popular) {
            self.fact(&fact, None, "metadata", |_| None);
        }
        if self.layout.packagetype == PackageType::BdistWheel {
            self.record(&info);
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
            missing,
            mismatch: metadata::mismatch(&metadata, claimed, context.project.as_deref(), context.version.as_deref()),
        };
        let place = whole(if missing { "" } else { &main });
        self.fact(&Fact::new(place, fact), None, "metadata", |_| None);
        let summary = facts::Summary {
            scope: String::new(),
            member: String::new(),
            role: String::new(),
            rules: Vec::new(),
            families: Vec::new(),
            behaviour: Vec::new(),
            level: String::new(),
            hits: 0,
            python_files: python.len() as u64,
            python_bytes,
            members,
            description_length: metadata.description_length,
            links: metadata.urls.len() as u64,
            packagetype,
        };
        Release { metadata, summary }
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

    fn summarise(&mut self, release: &Release) {
        if !self.book.sigma.reads("release", "summary") {
            return;
        }
        let summaries = self.ledger.summaries(&release.summary);
        let hits: Vec<_> = summaries
            .iter()
            .flat_map(|(fact, phase)| self.book.sigma.evaluate(fact).into_iter().map(move |hit| (fact, *phase, hit)))
            .collect();
        // Evaluated before any is noted: summary rules do not see each other.
        for (fact, phase, hit) in hits {
            let role = self.ledger.role(&fact.place.member);
            let spot = Spot { place: fact.place.clone(), phase, role: &role };
            self.ledger.note(&hit.rule, spot, || evidence::of_fact(fact, &hit.fields), |_| None);
        }
    }

    fn verdict(
        self,
        artifact: &Artifact,
        context: &Context,
        release: &Release,
        report: &unpack::Report,
    ) -> Examination {
        let Self { book, ledger, mut gaps, layout, entries, shown, .. } = self;
        // An archive inside tests or documentation is opened by no installer: that it is broken is told as an anomaly.
        gaps.retain(|gap| {
            let fixture = matches!(layout.role(&gap.member, "zip"), Role::Tests | Role::Docs);
            let inner = entries.iter().any(|entry| entry.path == gap.member) || gap.member.contains("!/");
            !(fixture && inner && matches!(gap.kind, GapKind::Corrupt | GapKind::Unsupported))
        });
        let roles: HashMap<String, String> = entries
            .iter()
            .map(|entry| (entry.path.clone(), layout.role(&entry.path, entry.format).as_str().to_owned()))
            .collect();
        let mut findings = ledger.close();
        let arithmetic = book.score.add_up(&mut findings, &|member| roles.get(member).cloned().unwrap_or_default());
        order(&mut findings);
        let hits = findings.iter().map(|finding| finding.rule.clone()).collect();
        findings.truncate(book.limits.findings.total);
        let coverage = Coverage::from_gaps(gaps);
        let outcome = book.score.outcome(arithmetic.score, coverage.complete);
        let claimed = Filename::parse(&context.filename);
        let named = |inside: &str, outside: Option<&String>, claimed: Option<&String>| {
            let inside = (!inside.is_empty()).then(|| inside.to_owned());
            outside.cloned().or(inside).or(claimed.cloned()).unwrap_or_default()
        };
        let verdict = Verdict {
            schema: Verdict::SCHEMA,
            sha256: artifact.sha256,
            filename: context.filename.clone(),
            project: named(&release.metadata.name, context.project.as_ref(), claimed.as_ref().map(|c| &c.project)),
            version: named(&release.metadata.version, context.version.as_ref(), claimed.as_ref().map(|c| &c.version)),
            packagetype: layout.packagetype,
            outcome,
            score: arithmetic.score,
            summary: sentence(outcome, &findings, &coverage, &layout),
            coverage,
            findings,
            rulebook: book.digest(),
            engine: ENGINE.to_owned(),
            context: context.digest(),
            bytes_packed: artifact.bytes.len() as u64,
            bytes_unpacked: report.bytes_unpacked,
            members: report.members,
        };
        Examination { verdict, arithmetic, sources: shown.map(|(_, shown)| shown).unwrap_or_default(), hits }
    }
}

fn whole(member: &str) -> Place {
    Place { member: member.to_owned(), ..Place::default() }
}

fn is_metadata(path: &str) -> bool {
    matches!(
        classify::name(path),
        "PKG-INFO" | "METADATA" | "RECORD" | "entry_points.txt" | "requires.txt" | "pyproject.toml"
    )
}

/// `a.b.c`, `a.b`, `a`: importing a module runs the packages around it.
fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(module).filter(|module| !module.is_empty());
    std::iter::from_fn(move || {
        let module = next?;
        next = module.rfind('.').map(|at| &module[..at]);
        Some(module)
    })
}

fn phase_of(kind: &FactKind) -> Option<Phase> {
    match kind {
        FactKind::Call(call) => Some(call.phase),
        FactKind::Flow(flow) => Some(flow.phase),
        FactKind::Layer(layer) => Some(layer.phase),
        FactKind::Import(import) => Some(import.phase),
        FactKind::Source(source) => Some(source.phase),
        _ => None,
    }
}

/// Most weighty first, then by level, rule and place: the same findings always stand in the same order.
fn order(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            let place = &finding.place;
            (finding.rule.clone(), place.member.clone(), place.line, place.column)
        };
        let by_weight = other.weight.total_cmp(&one.weight).then(other.level.cmp(&one.level));
        by_weight.then_with(|| key(one).cmp(&key(other)))
    });
}

/// One sentence: why.
fn sentence(outcome: Outcome, findings: &[Finding], coverage: &Coverage, layout: &Layout) -> String {
    let told = |finding: &Finding| {
        let member = &finding.place.member;
        let member = member.strip_prefix(layout.root.as_str()).unwrap_or(member);
        let mut title = finding.title.clone();
        let mut letters = title.chars();
        if let (Some(first), Some(second)) = (letters.next(), letters.next())
            && first.is_ascii_uppercase()
            && !second.is_ascii_uppercase()
        {
            title.replace_range(..1, &first.to_ascii_lowercase().to_string());
        }
        let when = match finding.phase {
            Some(Phase::Install) => "On install, ",
            Some(Phase::Startup) => "Whenever Python starts, ",
            Some(Phase::Import) => "On import, ",
            Some(Phase::Call) => "When called, ",
            Some(Phase::Never) => "In code that nothing runs, ",
            None => "",
        };
        match (member.is_empty(), finding.place.line) {
            (true, _) => finding.title.clone(),
            (false, 0) => format!("{when}{member} {title}"),
            (false, line) if finding.place.layers.is_empty() => format!("{when}{member}:{line} {title}"),
            (false, line) => {
                let line = finding.place.layers.first().map_or(line, |step| step.line);
                format!("{when}text decoded in {member}:{line} {title}")
            }
        }
    };
    let mut counted = findings.iter().filter(|finding| finding.weight > 0.0);
    let first = counted.next();
    let others = counted.count();
    match (outcome, first) {
        (Outcome::Incomplete, _) => {
            let gap = coverage.reasons.first();
            let gap = gap.map(|gap| {
                if gap.member.is_empty() { gap.detail.clone() } else { format!("{}: {}", gap.member, gap.detail) }
            });
            format!("Not everything could be read: {}", gap.unwrap_or_default())
        }
        (_, None) => "Nothing was found that matters".to_owned(),
        (_, Some(first)) if others == 0 => told(first),
        (_, Some(first)) => format!("{}, and {others} more", told(first)),
    }
}
