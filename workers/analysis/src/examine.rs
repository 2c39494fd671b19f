//! The line of data: members, then what code runs when, then facts, then opinions, then one verdict.

mod builders;
mod compiled;
mod members;
mod memory;
mod opinions;
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

use members::{other_format, reached};
use model::{
    Artifact, Context, Difference, Digest, Fact, FactKind, Filename, Gap, Phase, Place, Previous, SourceText, Verdict,
};
use python::Role;

use crate::{
    binary, classify,
    difference::{self, Around, Notes, Novelty, Past},
    evidence,
    layout::Layout,
    ledger::{Ledger, Spot},
    metadata,
    rulebook::Rulebook,
    score::Arithmetic,
    yara::Scan1,
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

fn whole(member: &str) -> Place {
    Place { member: member.to_owned(), ..Place::default() }
}
