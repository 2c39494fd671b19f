//! The line of data: members, then what code runs when, then facts, then opinions, then one verdict.

mod builders;
mod compiled;
mod memory;
mod pixels;
mod release;
mod scripts;
mod sources;
mod started;
#[cfg(test)]
mod tests;
mod together;
mod verdict;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{
    Artifact, Context, Difference, Digest, Fact, FactKind, Filename, Gap, GapKind, PackageType, Phase, Place, Previous,
    SourceText, Verdict, facts,
};
use python::Role;
use unpack::{Kind, Member};

use crate::{
    binary, classify,
    difference::{self, Around, Notes, Novelty, Past},
    evidence, frame,
    layout::{self, Layout},
    ledger::{Ledger, Spot},
    lists, metadata,
    rulebook::{Rulebook, rule::Format},
    score::Arithmetic,
    yara::{self, Scan1},
};

/// A verdict and what led to it.
pub struct Examination {
    pub verdict: Verdict,
    pub arithmetic: Arithmetic,
    /// The Python of the release outside tests and documentation when it is small, else empty.
    pub sources: Vec<SourceText>,
    /// Every rule that hit, also where the verdict has no room for its finding.
    pub hits: BTreeSet<String>,
    /// What the release before had not, when it was there to be compared.
    pub difference: Option<Difference>,
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
    bytes: Arc<Vec<u8>>,
    form: Form,
}

/// What a source is in its archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A file of Python, or byte code.
    File,
    /// A text that reads like Python: a source only if some code runs it by its name.
    Dormant,
    /// The code of a notebook's cells.
    Cells,
    /// A notebook that cannot be read.
    Unread,
}

/// What byte rules and lists found in some bytes.
#[derive(Debug, Default)]
struct Hits {
    rules: Vec<yara::Hit>,
    lists: Vec<lists::Hit>,
    /// The rules ran out of time.
    unfinished: bool,
}

/// Bytes of sources, and of a member, above which an archive gets the room that what is remembered takes.
const ROOMY: u64 = 32 << 20;

/// The engines of a rulebook at work. They take longer to set up than a small artifact to judge, so whoever judges many
/// keeps them. Nothing that an artifact says stays in them but what its sources say by themselves, for when they come again.
pub struct Engines<'r> {
    book: &'r Rulebook,
    scan: Scan1<'r>,
    memory: memory::Memory,
}

impl<'r> Engines<'r> {
    pub fn new(book: &'r Rulebook) -> Self {
        Self { book, scan: book.yara.scanner(&book.limits.scan), memory: memory::Memory::default() }
    }

    pub fn rulebook(&self) -> &'r Rulebook {
        self.book
    }
}

struct Examiner<'r, 'e> {
    book: &'r Rulebook,
    ledger: Ledger<'r>,
    scan: &'e mut Scan1<'r>,
    memory: &'e mut memory::Memory,
    budget: python::Budget,
    entries: Vec<Entry>,
    roles: Vec<Role>,
    waiting: Vec<Source>,
    scripts: Vec<scripts::Script>,
    /// Programs of builders, such as `meson.build`.
    builds: Vec<scripts::Script>,
    pictures: pixels::Pictures,
    script_bytes: usize,
    waiting_bytes: u64,
    metadata_bytes: u64,
    metadata: BTreeMap<String, Vec<u8>>,
    /// Metadata that are there again with another content: path and content.
    rewritten: Vec<(String, Vec<u8>)>,
    /// What the metadata start by name, and names in it that they call.
    starts: Vec<started::Start>,
    called: BTreeSet<String>,
    /// What is known of native members, by entry; a fact when their roles are.
    images: Vec<(usize, binary::Image)>,
    image_budget: binary::Budget,
    gaps: Vec<Gap>,
    layout: Layout,
    phases: HashMap<usize, Phase>,
    /// What `setup.py` says when it is run: requirements, commands.
    setup: metadata::Setup,
    /// Hosts that the project says it is a client of, each with the family of rules that speak of such hosts.
    clients: Vec<(String, String)>,
    shown: Option<(usize, Vec<SourceText>)>,
    observer: Option<&'e mut dyn FnMut(&Fact)>,
    /// Only of releases that are compared: it costs.
    notes: Option<Notes>,
}

/// Judges an artifact. Same bytes, same context, same rulebook: the same verdict, byte for byte.
///
/// Needs a stack of 64 MiB: syntax trees are walked recursively, to a bound that the guard before the parser sets.
pub fn examine(artifact: &Artifact, context: &Context, rulebook: &Rulebook) -> Verdict {
    inspect(artifact, context, rulebook).verdict
}

/// [`examine`], with the arithmetic of the score and the sources a moderator may read.
pub fn inspect(artifact: &Artifact, context: &Context, rulebook: &Rulebook) -> Examination {
    inspect_after(artifact, context, rulebook, None)
}

/// [`inspect`], held against what [`remember`] gave of `context.previous`.
pub fn inspect_after(artifact: &Artifact, context: &Context, rulebook: &Rulebook, past: Option<&Past>) -> Examination {
    inspect_with(&mut Engines::new(rulebook), artifact, context, past)
}

/// [`inspect_after`], with engines that are used again.
pub fn inspect_with(
    engines: &mut Engines<'_>,
    artifact: &Artifact,
    context: &Context,
    past: Option<&Past>,
) -> Examination {
    let past = past.zip(context.previous.as_ref());
    let notes = past.map(|_| Notes::new(&version(context)));
    conduct(Examiner { notes, ..Examiner::new(engines) }, artifact, context, past)
}

/// What a release holds, for a later one to be held against.
pub fn remember(engines: &mut Engines<'_>, artifact: &Artifact, context: &Context) -> Past {
    let mut examiner = Examiner { notes: Some(Notes::new(&version(context))), ..Examiner::new(engines) };
    let (release, _) = examiner.read(artifact, context);
    examiner.summarise(&release, None);
    let notes = examiner.notes.take().unwrap_or_default();
    notes.past(&examiner.layout)
}

fn version(context: &Context) -> String {
    let claimed = || Filename::parse(&context.filename).map(|claimed| claimed.version);
    context.version.clone().or_else(claimed).unwrap_or_default()
}

/// [`inspect`], with every fact told as the rules are asked about it.
pub(crate) fn observe(
    artifact: &Artifact,
    context: &Context,
    rulebook: &Rulebook,
    observer: &mut dyn FnMut(&Fact),
) -> Examination {
    let mut engines = Engines::new(rulebook);
    conduct(Examiner { observer: Some(observer), ..Examiner::new(&mut engines) }, artifact, context, None)
}

fn conduct(
    mut examiner: Examiner<'_, '_>,
    artifact: &Artifact,
    context: &Context,
    past: Option<(&Past, &Previous)>,
) -> Examination {
    let (release, report) = examiner.read(artifact, context);
    let novelty = past.map(|(past, previous)| examiner.compare(past, previous));
    examiner.summarise(&release, novelty.as_ref());
    examiner.gaps.extend(report.gaps.iter().cloned());
    examiner.verdict(artifact, context, &release, &report, novelty)
}

impl<'r, 'e> Examiner<'r, 'e> {
    fn new(engines: &'e mut Engines<'r>) -> Self {
        let book = engines.book;
        Self {
            book,
            ledger: Ledger::new(book),
            scan: &mut engines.scan,
            memory: &mut engines.memory,
            budget: book.limits.budget(),
            entries: Vec::new(),
            roles: Vec::new(),
            waiting: Vec::new(),
            scripts: Vec::new(),
            builds: Vec::new(),
            pictures: pixels::Pictures::default(),
            script_bytes: 0,
            waiting_bytes: 0,
            metadata_bytes: 0,
            metadata: BTreeMap::new(),
            rewritten: Vec::new(),
            starts: Vec::new(),
            called: BTreeSet::new(),
            images: Vec::new(),
            image_budget: binary::Budget::default(),
            gaps: Vec::new(),
            layout: Layout::default(),
            phases: HashMap::new(),
            setup: metadata::Setup::default(),
            clients: Vec::new(),
            shown: Some((0, Vec::new())),
            observer: None,
            notes: None,
        }
    }

    /// All of an archive, from its members to facts and findings.
    fn read(&mut self, artifact: &Artifact, context: &Context) -> (release::Release, unpack::Report) {
        let limits = self.book.limits.unpack();
        let claimed = Filename::parse(&context.filename);
        let claimed_project = context.project.clone().or(claimed.as_ref().map(|claimed| claimed.project.clone()));
        self.layout.project = crate::layout::normalised(claimed_project.as_deref().unwrap_or_default());
        let of_host = |(host, list): (&str, &str)| {
            self.book.rule(list).map(|rule| (host.to_ascii_lowercase(), rule.family.clone()))
        };
        self.clients =
            self.book.lists.named_by(claimed_project.as_deref().unwrap_or_default()).filter_map(of_host).collect();
        let kept = Cell::new(0);
        let mut report = unpack::unpack_beside(&artifact.bytes, &limits, &kept, &mut |mut member| {
            if member.format == unpack::Format::Plain {
                // What is no archive has no members, only the name it came under.
                member.path = classify::name(&context.filename).to_owned();
            }
            self.member(member);
            kept.set(self.kept());
        });
        let unknown = report.format.is_none() && !self.is_source() || self.is_wrapped();
        if unknown && report.gaps.is_empty() {
            self.refuse(&mut report);
        }
        self.settle(report.format.is_some(), context, claimed_project.as_deref().unwrap_or_default());
        if let Some(anomaly) = other_format(&context.filename, report.format, self.layout.packagetype) {
            report.anomalies.push(anomaly);
        }
        self.builders();
        self.sources();
        let release = self.release(context, claimed.as_ref());
        report.anomalies.extend(self.files_that_are_folders());
        report.anomalies.extend(reached(self.gaps.iter().chain(&report.gaps), &report.anomalies));
        self.anomalies(&report.anomalies);
        self.images();
        self.members();
        (release, report)
    }

    /// Bytes that wait until the archive is known.
    fn kept(&self) -> u64 {
        self.waiting_bytes + (self.script_bytes + self.pictures.bytes()) as u64 + self.metadata_bytes
    }

    /// One member: its bytes are judged and dropped, except sources and metadata, which wait.
    fn member(&mut self, mut member: Member) {
        match &member.kind {
            Kind::File => {}
            // Whoever unpacks it finds under the link's name what the link leads to.
            Kind::Link(_) if !member.data.is_empty() => {}
            _ => return,
        }
        if self.waiting_bytes + member.data.len() as u64 > ROOMY {
            self.memory.clear();
        }
        member.path = layout::plain(&member.path).into_owned();
        let format = classify::format(&member.path, &member.data);
        let wheel = matches!(member.format, unpack::Format::Zip);
        let digest =
            (wheel || self.book.lists.has_digests()).then(|| member.sha256.unwrap_or_else(|| Digest::of(&member.data)));
        let at = self.entries.len();
        self.entries.push(Entry {
            format,
            size: member.data.len() as u64,
            entropy: match classify::rule_format(format) {
                Format::Executable | Format::Data => classify::entropy(&member.data),
                // What a text hides is told by the facts of its source and of its layers.
                _ => 0.0,
            },
            disguised: classify::disguised(&member.path, format, &member.data),
            nesting: member.nesting,
            ambiguous: member.ambiguous,
            sha256: digest,
            path: member.path,
        });
        let path = self.entries[at].path.clone();
        let images = binary::read(format, &path, &member.data, &self.book.natives, &mut self.image_budget);
        self.images.extend(images.into_iter().map(|image| (at, image)));
        if let Some(list) = digest.as_ref().and_then(|digest| self.book.lists.digest(digest)) {
            let spot = Spot { place: whole(&path), phase: None, role: "" };
            self.ledger.note(list, spot, || "these bytes are known".to_owned(), |_| None);
        }
        if is_metadata(&path) && member.nesting == 0 {
            if member.data.len() as u64 <= self.book.limits.archive.metadata {
                self.metadata_bytes += member.data.len() as u64;
                self.keep_metadata(&path, &member.data);
            } else {
                let detail = format!("metadata of {} bytes", member.data.len());
                self.gaps.push(Gap { kind: GapKind::Limit, member: path.clone(), detail });
            }
        }
        if member.nesting == 0 {
            self.keep_build(at, &member.data);
        }
        if matches!(format, "python" | "pth" | "pyc") && member.data.len() as u64 > self.book.limits.source.waiting {
            let detail = format!("{} bytes: more than all sources together may have", member.data.len());
            self.gaps.push(Gap { kind: GapKind::Limit, member: path.clone(), detail });
            let spot = (None, self.layout.role(&path, format).as_str());
            self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
        } else if matches!(format, "python" | "pth") || dormant(format, &member.data) {
            let dormant = !matches!(format, "python" | "pth");
            if dormant {
                let spot = (None, self.layout.role(&path, format).as_str());
                self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
            }
            self.wait(at, member.data, if dormant { Form::Dormant } else { Form::File });
        } else {
            let spot = (None, self.layout.role(&path, format).as_str());
            self.bytes(&path, classify::rule_format(format), &member.data, spot, &[]);
            if scripts::is_script(format) && member.data.len() <= scripts::MOST_BYTES {
                self.script_bytes += member.data.len();
                if self.script_bytes <= scripts::ALL_BYTES {
                    self.scripts.push(scripts::Script { entry: at, bytes: member.data });
                    return;
                }
            }
            match format {
                "pyc" => {
                    self.waiting_bytes += member.data.len() as u64;
                    self.waiting.push(Source { entry: at, bytes: Arc::new(member.data), form: Form::File });
                }
                "notebook" => match python::notebook::read(&member.data) {
                    Some(cells) => self.wait(at, cells.into_bytes(), Form::Cells),
                    None => self.wait(at, Vec::new(), Form::Unread),
                },
                "png" => self.pictures.keep(at, member.data),
                _ => {}
            }
        }
    }

    /// Keeps a source until the archive is known.
    fn wait(&mut self, entry: usize, bytes: Vec<u8>, form: Form) {
        self.waiting_bytes += bytes.len() as u64;
        self.waiting.push(Source { entry, bytes: Arc::new(bytes), form });
        if self.waiting_bytes > self.book.limits.source.waiting {
            let detail = format!("sources of more than {} bytes: judged before all was known", self.waiting_bytes);
            self.gaps.push(Gap { kind: GapKind::Limit, member: String::new(), detail });
            self.flush();
        }
    }

    /// A Python file that was given by itself: there is nothing to unpack, and all of it is read.
    fn is_source(&self) -> bool {
        let [entry] = &self.entries[..] else { return false };
        let named = matches!(classify::extension(&entry.path).as_str(), "py" | "pyw" | "pth" | "");
        named && matches!(entry.format, "python" | "pth") || entry.format == "pyc"
    }

    /// One compressed file without a tar in it, which no installer opens.
    fn is_wrapped(&self) -> bool {
        let mut outer = self.entries.iter().filter(|entry| entry.nesting == 0 && !entry.path.starts_with('<'));
        outer.next().is_some_and(|entry| entry.path == "content") && outer.next().is_none()
    }

    /// Neither an archive nor a source: rules have looked at its bytes, but nobody knows what they are.
    fn refuse(&self, report: &mut unpack::Report) {
        let empty = self.entries.iter().all(|entry| entry.size == 0);
        let what = if empty { "the file is empty" } else { "it is neither an archive nor a Python source" };
        report.anomalies.push(unpack::Anomaly {
            kind: "not-an-archive",
            member: String::new(),
            detail: what.to_owned(),
            format: unpack::Format::Plain.as_str(),
        });
        report.gaps.push(Gap { kind: GapKind::Unsupported, member: String::new(), detail: what.to_owned() });
    }

    /// Too much waits: it is analysed with what is known of the archive so far.
    fn flush(&mut self) {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        let project = self.layout.project.clone();
        self.layout = Layout::tell(paths, true, "", &project);
        self.assign_roles();
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
        let hits = self.look(member, format, bytes);
        self.hits(member, format, bytes, (phase, role), layers, &hits);
    }

    /// What the byte rules and lists find.
    fn look(&mut self, member: &str, format: Format, bytes: &[u8]) -> Hits {
        let open = self.book.gate.look(format, bytes);
        let mut hits = Hits::default();
        match if open.rules { self.scan.scan(format, bytes) } else { Ok(Vec::new()) } {
            Ok(found) => hits.rules = found,
            Err(unfinished) => {
                let detail = unfinished.0;
                self.gaps.push(Gap { kind: GapKind::Timeout, member: member.to_owned(), detail });
                hits.unfinished = true;
            }
        }
        if open.lists {
            hits.lists = self.book.lists.scan(format, bytes);
        }
        hits
    }

    /// Notes what was found in some bytes of a member.
    fn hits(
        &mut self,
        member: &str,
        format: Format,
        bytes: &[u8],
        (phase, role): (Option<Phase>, &str),
        layers: &[model::LayerStep],
        hits: &Hits,
    ) {
        let text = !matches!(format, Format::Executable | Format::Data);
        let place = |span: (usize, usize)| {
            let place = if text { frame::place_of(member, bytes, span) } else { whole(member) };
            Place { layers: layers.to_vec(), ..place }
        };
        let framed = |place: &Place| if text { frame::frame(&String::from_utf8_lossy(bytes), place) } else { None };
        // A file of rules is read where any of its rules is.
        for hit in hits.rules.iter().filter(|hit| self.book.reads(&hit.rule, format)) {
            let spot = Spot { place: place(hit.span), phase, role };
            let offset = (!text && !hit.matched.is_empty()).then_some(hit.span.0);
            if let Some(notes) = &mut self.notes {
                let weight = weightiest(self.book, [hit.rule.as_str()].into_iter(), phase, role);
                let around = Around { phase, role, hits: &[], weight };
                notes.bytes(&hit.rule, &spot.place, &around, &evidence::of_bytes(&hit.matched, offset));
            }
            self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&hit.matched, offset), framed);
        }
        for hit in &hits.lists {
            let spot = Spot { place: place(hit.span), phase, role };
            let matched = bytes.get(hit.span.0..hit.span.1).unwrap_or_default().to_vec();
            if self.clients.iter().any(|(host, _)| matched.eq_ignore_ascii_case(host.as_bytes())) {
                continue;
            }
            let offset = (!text).then_some(hit.span.0);
            if let Some(notes) = &mut self.notes {
                let weight = weightiest(self.book, [hit.rule.as_str()].into_iter(), phase, role);
                let around = Around { phase, role, hits: &[], weight };
                notes.bytes(
                    &hit.rule,
                    &spot.place,
                    &around,
                    &evidence::of_bytes(std::slice::from_ref(&matched), offset),
                );
            }
            self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&[matched], offset), framed);
        }
    }

    /// A path that is a file and has files below it: one unpacker stops there, another leaves one of the two out.
    fn files_that_are_folders(&self) -> Vec<unpack::Anomaly> {
        const MOST: usize = 20;
        let plain = |entry: &&Entry| entry.nesting == 0 && !entry.path.starts_with('<');
        let files: BTreeSet<&str> = self.entries.iter().filter(plain).map(|entry| entry.path.as_str()).collect();
        let mut found = BTreeSet::new();
        for path in &files {
            let above = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|above| files.contains(above));
            found.extend(above);
        }
        let anomaly = |path: &str| unpack::Anomaly {
            kind: "file-and-folder",
            member: path.to_owned(),
            detail: "a file has files below it".to_owned(),
            format: "",
        };
        found.into_iter().take(MOST).map(anomaly).collect()
    }

    /// The archive is known: where things are installed, and what is built in the tree.
    fn settle(&mut self, archive: bool, context: &Context, project: &str) {
        let paths = self.entries.iter().map(|entry| entry.path.as_str());
        self.layout = Layout::tell(paths, archive, &context.filename, project);
        self.backends();
        self.entry_points();
        let roots = self.layout.roots.clone();
        let says = |path: &str| {
            let file = roots.iter().find_map(|root| path.strip_prefix(root.as_str())).unwrap_or(path);
            matches!(file, "setup.py" | "setup.cfg" | "pyproject.toml")
                || file.ends_with(".egg-info/top_level.txt") && file.matches('/').count() <= 2
        };
        let again = self.rewritten.iter().map(|(path, bytes)| (path, bytes));
        let metadata = self.metadata.iter().chain(again).filter(|(path, _)| says(path));
        let metadata = metadata.map(|(_, bytes)| bytes.as_slice());
        let sources = self.waiting.iter().filter(|source| says(&self.entries[source.entry].path));
        let texts = metadata.chain(sources.map(|source| source.bytes.as_slice()));
        let mut layout = std::mem::take(&mut self.layout);
        layout.declare(texts, self.entries.iter().map(|entry| entry.path.as_str()));
        self.layout = layout;
        // Who puts all there is into `examples/` wants it to be overlooked.
        const NOTHING: u64 = 200;
        let mut bytes = [0_u64; 2];
        for entry in &self.entries {
            if entry.format == "python" && entry.nesting == 0 {
                match self.layout.role(&entry.path, entry.format) {
                    Role::Setup => {}
                    role => bytes[usize::from(matches!(role, Role::Tests | Role::Docs))] += entry.size,
                }
            }
        }
        self.layout.everything = archive && bytes[0] < NOTHING && bytes[1] >= NOTHING;
        self.assign_roles();
    }

    /// The layout is known: each member's role is told once.
    fn assign_roles(&mut self) {
        self.roles = self.entries.iter().map(|entry| self.layout.role(&entry.path, entry.format)).collect();
    }

    fn role(&self, entry: usize) -> Role {
        self.roles[entry]
    }

    fn fact(&mut self, fact: &Fact, phase: Option<Phase>, role: &str, framed: impl Fn(&Place) -> Option<model::Frame>) {
        if let Some(observer) = &mut self.observer {
            observer(fact);
        }
        let hits = self.book.sigma.evaluate(fact);
        if let Some(notes) = &mut self.notes {
            let weight = weightiest(self.book, hits.iter().map(|hit| hit.rule.as_str()), phase, role);
            notes.fact(fact, &Around { phase, role, hits: &hits, weight });
        }
        for hit in hits {
            if !self.clients.is_empty() && self.is_client(fact, &hit.rule) {
                continue;
            }
            let spot = Spot { place: fact.place.clone(), phase, role };
            self.ledger.note(&hit.rule, spot, || evidence::of_fact(fact, &hit.fields), &framed);
        }
    }

    /// A function that talks to the very service the project is named for: that it is a host for drops or tunnels is what
    /// the user came for. Code that runs by itself is not excused.
    fn is_client(&self, fact: &Fact, rule: &str) -> bool {
        let FactKind::Call(call) = &fact.kind else { return false };
        let Some(rule) = self.book.rule(rule).filter(|_| call.phase == Phase::Call) else { return false };
        let hosts = self.clients.iter().filter(|(_, family)| *family == rule.family);
        // The program of a service is called as the service is.
        let mut labels = hosts.filter_map(|(host, _)| host.rsplit('.').nth(1));
        labels.any(|label| call.text.iter().any(|text| text.to_ascii_lowercase().contains(label)))
    }

    fn anomalies(&mut self, anomalies: &[unpack::Anomaly]) {
        let formats: HashMap<String, &'static str> =
            self.entries.iter().map(|entry| (entry.path.clone(), entry.format)).collect();
        for anomaly in anomalies {
            let format = formats.get(&anomaly.member).copied().unwrap_or_default();
            let role = if anomaly.member.is_empty() { "" } else { self.layout.role(&anomaly.member, format).as_str() };
            let fact = facts::Anomaly {
                kind: anomaly.kind.to_owned(),
                member: anomaly.member.clone(),
                role: role.to_owned(),
                detail: anomaly.detail.clone(),
                format: anomaly.format.to_owned(),
            };
            self.fact(&Fact::new(whole(&anomaly.member), fact), None, role, |_| None);
        }
    }

    /// Native programs and libraries.
    fn images(&mut self) {
        for (at, image) in std::mem::take(&mut self.images) {
            let role = self.role(at).as_str();
            let path = self.entries[at].path.clone();
            let fact = Fact::new(whole(&path), image.fact(&path, role, self.entries[at].size));
            self.fact(&fact, None, role, |_| None);
        }
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
    /// What is new, told to the rules, too.
    fn compare(&mut self, past: &Past, previous: &Previous) -> Novelty {
        let notes = self.notes.take().unwrap_or_default();
        let novelty = difference::compare(&notes, &self.layout, past, previous);
        self.notes = Some(notes);
        for (fact, phase, role) in &novelty.facts {
            self.fact(fact, *phase, role, |_| None);
        }
        novelty
    }

    fn summarise(&mut self, release: &release::Release, novelty: Option<&Novelty>) {
        if !self.book.sigma.reads("release", "summary") {
            return;
        }
        let mut summaries = self.ledger.summaries(&release.summary, &release.parts);
        for (fact, _) in &mut summaries {
            if let (Some(novelty), FactKind::Summary(summary)) = (novelty, &mut fact.kind) {
                summary.novel = novelty.behaviour(&summary.member);
            }
        }
        let hits: Vec<_> = summaries
            .iter()
            .flat_map(|(fact, phase)| self.book.sigma.evaluate(fact).into_iter().map(move |hit| (fact, *phase, hit)))
            .collect();
        if let Some(observer) = &mut self.observer {
            summaries.iter().for_each(|(fact, _)| observer(fact));
        }
        // Evaluated before any is noted: summary rules do not see each other.
        for (fact, phase, hit) in hits {
            let role = self.ledger.role(&fact.place.member);
            let spot = Spot { place: fact.place.clone(), phase, role: &role };
            if let Some(notes) = &mut self.notes {
                notes.fact(fact, &Around { phase, role: "", hits: std::slice::from_ref(&hit), weight: 0.0 });
            }
            self.ledger.note(&hit.rule, spot, || evidence::of_fact(fact, &hit.fields), |_| None);
        }
    }
}

/// The most that one of these rules would add, in log-odds.
fn weightiest<'a>(book: &Rulebook, rules: impl Iterator<Item = &'a str>, phase: Option<Phase>, role: &str) -> f64 {
    let rules = rules.filter_map(|rule| book.rule(rule));
    rules.map(|rule| book.score.weigh_rule(rule, phase, role)).fold(0.0, f64::max)
}

fn whole(member: &str) -> Place {
    Place { member: member.to_owned(), ..Place::default() }
}

/// The limits that were reached and of which nothing else tells, each for one member.
fn reached<'g>(gaps: impl Iterator<Item = &'g Gap>, told: &[unpack::Anomaly]) -> Vec<unpack::Anomaly> {
    const MOST: usize = 20;
    let limits = gaps.filter(|gap| matches!(gap.kind, GapKind::Limit | GapKind::Timeout));
    let silent = limits.filter(|gap| !told.iter().any(|anomaly| anomaly.member == gap.member));
    let mut seen = BTreeSet::new();
    let once = silent.filter(|gap| seen.insert(gap.member.as_str()));
    once.take(MOST)
        .map(|gap| unpack::Anomaly {
            kind: "limit",
            member: gap.member.clone(),
            detail: gap.detail.clone(),
            format: unpack::Format::Plain.as_str(),
        })
        .collect()
}

/// The name says another format than the bytes, or a wheel and the files are those of an sdist: each installer goes by one
/// of the two.
fn other_format(filename: &str, format: Option<unpack::Format>, is: PackageType) -> Option<unpack::Anomaly> {
    use unpack::Format;
    const NAMES: [(&str, Format, PackageType); 13] = [
        (".whl", Format::Zip, PackageType::BdistWheel),
        (".egg", Format::Zip, PackageType::BdistEgg),
        (".zip", Format::Zip, PackageType::Sdist),
        (".tar.gz", Format::Gzip, PackageType::Sdist),
        (".tgz", Format::Gzip, PackageType::Sdist),
        (".tar.bz2", Format::Bzip2, PackageType::Sdist),
        (".tbz", Format::Bzip2, PackageType::Sdist),
        (".tbz2", Format::Bzip2, PackageType::Sdist),
        (".tar.xz", Format::Xz, PackageType::Sdist),
        (".txz", Format::Xz, PackageType::Sdist),
        (".tar.zst", Format::Zstd, PackageType::Sdist),
        (".tar.lzma", Format::Xz, PackageType::Sdist),
        (".tar", Format::Tar, PackageType::Sdist),
    ];
    let lower = filename.to_ascii_lowercase();
    let (suffix, told, kind) = NAMES.into_iter().find(|(suffix, ..)| lower.ends_with(suffix))?;
    let found = format?;
    let detail = if found != told {
        format!("{} under a name that ends in {suffix}", found.as_str())
    } else if is != kind && is != PackageType::Unknown {
        format!("the files of a {} under the name of a {}", is.as_str(), kind.as_str())
    } else {
        return None;
    };
    Some(unpack::Anomaly { kind: "other-format", member: String::new(), detail, format: found.as_str() })
}

/// Bytes of a text that is kept because code may run it by its name.
const DORMANT: usize = 1024 * 1024;

/// A text that code may run: `exec(open("notes.txt").read())`.
fn dormant(format: &str, bytes: &[u8]) -> bool {
    matches!(format, "text" | "html" | "stub") && bytes.len() <= DORMANT && classify::reads_like_python(bytes)
}

fn is_metadata(path: &str) -> bool {
    matches!(
        classify::name(path),
        "PKG-INFO"
            | "METADATA"
            | "WHEEL"
            | "RECORD"
            | "entry_points.txt"
            | "requires.txt"
            | "pyproject.toml"
            | "hatch.toml"
            | "setup.cfg"
            | "top_level.txt"
    )
}
