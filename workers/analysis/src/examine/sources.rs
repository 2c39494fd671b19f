//! Python sources in the order in which they run: what runs early is analysed first, and what it imports runs as early.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use model::{FactKind, Gap, GapKind, Phase, SourceText};
use python::{Analysis, Placed, Role, Unit};

use super::{
    Examiner, Form, Source,
    compiled::Kin,
    memory::Fresh,
    scripts,
    started::{self, Found},
    together::{self, Alone, Told},
};
use crate::{frame, metadata, rulebook::rule::Format};

/// Python that is small enough to be shown whole.
const SHOWN_BYTES: usize = 64 * 1024;

impl Examiner<'_, '_> {
    /// Analyses what waits, code that runs earlier first, so that what it imports is known to run as early.
    pub(super) fn sources(&mut self) {
        let mut waiting: Vec<Option<Source>> = std::mem::take(&mut self.waiting).into_iter().map(Some).collect();
        let kin = self.kinship(&waiting);
        let mut index = Found::default();
        // Each name is looked up once, and again when something earlier names it.
        let (mut modules_seen, mut files_seen) = (HashMap::new(), HashMap::new());
        let mut phases: Vec<Phase> = Vec::with_capacity(waiting.len());
        for (at, source) in waiting.iter().flatten().enumerate() {
            index.note(at, &self.entries[source.entry].path, self.module_of(source));
            phases.push(match kin.get(&source.entry) {
                Some(kin) => self.phase_of_compiled(source.entry, kin),
                None if source.form == Form::Dormant => Phase::Never,
                None => self.layout.phase(&self.entries[source.entry].path, self.role(source.entry)),
            });
        }
        // What code that runs by itself calls in other members: there it runs as early.
        let mut called: BTreeSet<String> = std::mem::take(&mut self.called);
        let starts = std::mem::take(&mut self.starts);
        for (at, phase) in self.started(&mut index, &starts, &phases) {
            phases[at] = phases[at].min(phase);
        }
        let mut started: Vec<(String, Phase)> = Vec::new();
        let (mut alone, mut told) = (Vec::new(), Told::default());
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
                if source.form == Form::Dormant && phase == Phase::Never {
                    continue;
                }
                let entry = source.entry;
                self.phases.insert(entry, phase);
                let aliases = index.aliases.remove(&at).unwrap_or_default();
                let mut reached =
                    self.source(&source, phase, kin.get(&source.entry), (&mut called, &aliases), &mut told);
                let cells = matches!(source.form, Form::Cells | Form::Unread);
                if !cells && together::takes_part(self.role(source.entry), phase, source.bytes.len()) {
                    alone.push(Alone {
                        entry: source.entry,
                        bytes: source.bytes,
                        module: self.layout.module(&self.entries[source.entry].path),
                        phase,
                        imports: reached.modules.iter().map(|(module, _)| module.clone()).collect(),
                        entered: std::mem::take(&mut reached.entered),
                        open: reached.open,
                    });
                }
                started.append(&mut reached.scripts);
                let mut found: Vec<(usize, Phase)> = Vec::new();
                // Another folder in which modules are looked for: what was looked for may lie there.
                let folders = reached.folders.iter().filter(|folder| index.look_in(folder.as_deref())).count();
                let again = if folders > 0 { index.asked() } else { Vec::new() };
                let open = reached.folders.iter().any(|folder| folder.as_deref().is_none_or(str::is_empty));
                for (module, phase) in again.into_iter().chain(news(reached.modules, &mut modules_seen)) {
                    let standard = self.is_standard(&module);
                    let around = index.module(&module, phase, (standard, open), &|at| phases[at] > Phase::Import);
                    found.extend(around.into_iter().map(|at| (at, phase)));
                }
                for (file, phase) in news(reached.files, &mut files_seen) {
                    found.extend(index.files(&file).map(|at| (at, phase)));
                }
                for (names, phase) in reached.runs {
                    let named: Vec<usize> = names.iter().flat_map(|name| index.files(name)).collect();
                    // It runs a file whose name it computes: that may be any text beside it.
                    let dormant = |at: &usize| waiting[*at].as_ref().is_some_and(|source| source.form == Form::Dormant);
                    let beside = |at: &usize| named.is_empty() && dormant(at);
                    let any = index.beside(&self.entries[entry].path).filter(beside).take(Reached::FILES);
                    found.extend(named.iter().copied().chain(any).map(|at| (at, phase)));
                }
                found.extend(self.started(&mut index, &started::placed(reached.placed), &phases));
                // What is imported follows what imports it, the first import first: by then it is known what is called.
                for (at, earlier) in found.into_iter().rev() {
                    phases[at] = phases[at].min(earlier);
                    if phases[at] == phase && waiting[at].is_some() {
                        queue.push(at);
                    }
                }
            }
        }
        self.together(&alone, &mut told);
        self.pixels();
        self.scripts(&started);
    }

    /// One source: facts, layers, byte rules. Returns what it runs of the others.
    fn source(
        &mut self,
        source: &Source,
        phase: Phase,
        kin: Option<&Kin>,
        (called, aliases): (&mut BTreeSet<String>, &BTreeSet<String>),
        told: &mut Told,
    ) -> Reached {
        let path = self.entries[source.entry].path.clone();
        let role = self.role(source.entry);
        let module = self.layout.module(&path);
        let mut entered: Vec<String> = Vec::new();
        for known in aliases.iter().chain([&module]).filter(|known| !known.is_empty()) {
            let prefix = format!("{known}.");
            let below = called.range(prefix.clone()..).take_while(|name| name.starts_with(&prefix));
            entered.extend(below.map(|name| format!("{module}.{}", &name[prefix.len()..])));
        }
        let unit = Unit { path: &path, role, phase, module: &module, source: &source.bytes, entered: &entered };
        let spot = (Some(phase), role.as_str());
        let mut fresh = None;
        let analysis = match (kin, source.form) {
            (Some(kin), _) => self.compiled(&unit, kin),
            (None, Form::Unread) => {
                let detail = "a notebook that cannot be read, or is too large".to_owned();
                let gap = Gap { kind: GapKind::Unparsable, member: path.clone(), detail };
                Analysis { gaps: vec![gap], ..Analysis::default() }
            }
            (None, Form::Cells) => {
                self.bytes(&path, Format::Python, &source.bytes, spot, &[]);
                python::analyse_cells(&unit, &self.book.behaviours, &mut self.budget)
            }
            (None, Form::File | Form::Dormant) => {
                let (analysis, first) = self.analysed(&unit, spot);
                fresh = first;
                analysis
            }
        };
        let raw = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&source.bytes);
        if !analysis.text.is_empty() && analysis.text.as_bytes() != raw {
            self.bytes(&path, Format::Python, analysis.text.as_bytes(), spot, &[]);
        }
        for layer in &analysis.layers {
            self.bytes(&path, Format::Layer, &layer.bytes, spot, &layer.steps);
        }
        // What nothing runs may be broken: its bytes and tokens were read, and its shape is a fact.
        let excused = |gap: &Gap| phase == Phase::Never && gap.kind == GapKind::Unparsable;
        self.gaps.extend(analysis.gaps.iter().filter(|gap| !excused(gap)).cloned());
        self.show(&path, role, &analysis.text);
        self.pictures.note(&analysis.facts, &unit, &analysis.text);
        let Analysis { text, mut facts, layers, gaps, imports, called: calls, placed } = analysis;
        if phase <= Phase::Import {
            called.extend(calls.iter().cloned());
        }
        if role == Role::Setup && self.entries[source.entry].nesting == 0 {
            self.setup.requirements.extend(metadata::setup_requirements(&source.bytes, true));
            let setups = facts.iter().filter_map(|fact| match &fact.kind {
                FactKind::Call(call) if call.behaviour.iter().any(|behaviour| behaviour == "install.setup") => {
                    Some(call)
                }
                _ => None,
            });
            setups.for_each(|call| self.setup.called(&call.text, &source.bytes, &self.layout.project));
        }
        // `cmdclass={"install": pkg.hook.Install}`: setuptools calls its methods, in the member that defines it.
        let hooks = facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Call(call) if call.behaviour.iter().any(|behaviour| behaviour == "install.hook") => Some(call),
            _ => None,
        });
        let classes = hooks.filter(|call| call.phase == Phase::Install).flat_map(|call| &call.text);
        for class in classes.filter(|text| text.contains('.') && text.len() < 300).take(50) {
            called.extend(["initialize_options", "finalize_options", "run"].map(|method| format!("{class}.{method}")));
        }
        let mut reached = Reached { placed: placed.clone(), ..Reached::default() };
        if role == Role::Tests && phase != Phase::Never {
            reached.modules.extend(metadata::plugins(&text).into_iter().map(|module| (module, phase)));
        }
        if phase != Phase::Never && adds_folders(&text) {
            reached.folders.push(None);
        }
        reached.modules.extend(imports.iter().map(|module| (module.clone(), phase)));
        for fact in &mut facts {
            told.note(fact);
            reached.note(&fact.kind, phase);
            if let FactKind::Import(import) = &mut fact.kind {
                let top = import.module.split('.').next().unwrap_or_default();
                import.known = self.book.modules.contains(top) || self.book.popular.contains(top);
            }
            let phase = phase_of(&fact.kind);
            if let FactKind::Call(call) = &fact.kind {
                self.ledger.behaves(&path, role.as_str(), &call.behaviour, call.phase);
            }
            self.fact(fact, phase, role.as_str(), |place| {
                if place.layers.is_empty() {
                    return frame::frame(&text, place);
                }
                let layer = layers.iter().find(|layer| layer.steps == place.layers)?;
                frame::frame(&String::from_utf8_lossy(&layer.bytes), place)
            });
        }
        if let Some(fresh) = fresh {
            let analysis = Analysis { text, facts, layers, gaps, imports, called: calls, placed };
            self.memory.keep(&unit, &source.bytes, fresh, analysis);
        }
        reached.entered = entered;
        reached
    }

    /// What a source says by itself, and what the byte rules find in it. The second is what to remember of it, if it was
    /// analysed for the first time.
    fn analysed(&mut self, unit: &Unit<'_>, spot: (Option<Phase>, &str)) -> (Analysis, Option<Fresh>) {
        if let Some((analysis, hits)) = self.memory.recall(unit, &mut self.budget) {
            self.hits(unit.path, Format::Python, unit.source, spot, &[], &hits);
            return (analysis, None);
        }
        let hits = self.look(unit.path, Format::Python, unit.source);
        self.hits(unit.path, Format::Python, unit.source, spot, &[], &hits);
        let before = self.budget.clone();
        let analysis = python::analyse(unit, &self.book.behaviours, &mut self.budget);
        let fresh = Fresh { hits, before, after: self.budget.clone() };
        (analysis, Some(fresh))
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
}

/// Other sources that a source runs, and when: by import at any level, or by the name of their file.
#[derive(Default)]
struct Reached {
    modules: Vec<(String, Phase)>,
    files: Vec<(String, Phase)>,
    /// What it reads and runs, by the names that the file may have.
    runs: Vec<(Vec<String>, Phase)>,
    scripts: Vec<(String, Phase)>,
    /// Folders that are added to where modules are looked for, as far as they are told.
    folders: Vec<Option<String>>,
    placed: Vec<Placed>,
    /// What earlier code calls in the source.
    entered: Vec<String>,
    /// It does something with a value that it has from elsewhere.
    open: bool,
}

impl Reached {
    /// Files whose names are looked at; more than this is a list of files, not of what runs.
    const FILES: usize = 1000;

    /// `earliest`: nothing in a source runs before the source itself.
    fn note(&mut self, kind: &FactKind, earliest: Phase) {
        if let FactKind::Call(call) = kind {
            self.open |= together::is_open(call);
        }
        match kind {
            FactKind::Import(import) if import.phase != Phase::Never => {
                self.modules.push((import.module.clone(), import.phase.max(earliest)));
            }
            // `sys.path.insert(0, os.path.join(here, "tools"))`: modules are found there from now on.
            FactKind::Call(call) if call.phase != Phase::Never && call.behaviour.iter().any(|it| it == "code.path") => {
                self.folders.extend(call.text.iter().take(20).map(|text| Some(file_name(text))));
            }
            // `exec(open("a/b.py").read())`, `runpy.run_path("b.py")`, `[sys.executable, "b.py"]`.
            FactKind::Call(call) if call.phase != Phase::Never && self.files.len() < Self::FILES => {
                let spawns = call.behaviour.iter().any(|behaviour| behaviour == "process.spawn");
                let interpreter =
                    spawns && call.text.iter().any(|text| text == "sys.executable" || text.contains("python"));
                if spawns && self.scripts.len() < Self::FILES {
                    let words = call.text.iter().flat_map(|text| text.split([' ', '"', '\'']));
                    let named = words.filter(|word| scripts::names_script(word)).map(file_name);
                    self.scripts.extend(named.map(|file| (file, call.phase.max(earliest))));
                }
                // A notebook is run by programs that say so; others only read it.
                let runs = |text: &String| {
                    ["jupyter", "nbconvert", "papermill", "ipython", "runipy"].iter().any(|word| text.contains(word))
                };
                let notebooks = call.behaviour.iter().any(|behaviour| behaviour == "code.notebook")
                    || call.callee.ends_with(".run_line_magic")
                    || spawns && call.text.iter().any(runs);
                let python = |text: &str| {
                    text.ends_with(".py") || text.ends_with(".pyw") || notebooks && text.ends_with(".ipynb")
                };
                // An interpreter runs a file whatever it is called.
                let named = call.text.iter().filter(|text| {
                    text.len() < 300 && (python(text) || interpreter && text.contains('/') && !text.contains("://"))
                });
                self.files.extend(named.map(|text| (file_name(text), call.phase.max(earliest))));
            }
            // `exec(open("notes.txt").read())`: whatever it is called, it is run.
            FactKind::Flow(flow) if flow.source == "file.read" && flow.phase != Phase::Never => {
                let runs = matches!(flow.sink.as_str(), "code.exec" | "code.function" | "code.compile");
                if runs && self.runs.len() < Self::FILES {
                    let named = flow.source_text.iter().filter(|text| !text.is_empty() && text.len() < 300);
                    let named = named.map(|text| file_name(text)).filter(|name| !name.is_empty()).collect();
                    self.runs.push((named, flow.phase.max(earliest)));
                }
            }
            _ => {}
        }
    }
}

/// A path as code writes it, below whatever folder the code runs in.
fn file_name(text: &str) -> String {
    let text = text.rsplit([' ', '\'', '"']).next().unwrap_or(text).replace('\\', "/");
    // What stands before an unknown part, such as the folder of the source itself, is not known.
    let text = text.rsplit("{}").next().unwrap_or(&text);
    text.trim_start_matches("./").trim_start_matches("../").trim_start_matches('/').to_owned()
}

/// Whether a source speaks of where modules are looked for in a way that is no call.
fn adds_folders(text: &str) -> bool {
    static WORDS: LazyLock<Option<Searcher>> =
        LazyLock::new(|| Searcher::new(["sys.path", "addsitedir", "__path__", "PYTHONPATH"]));
    WORDS.as_ref().is_none_or(|words| words.find(text).is_some())
}

/// What was not asked for before, or only for a later phase.
fn news(asked: Vec<(String, Phase)>, seen: &mut HashMap<String, Phase>) -> Vec<(String, Phase)> {
    let mut new = Vec::new();
    for (name, phase) in asked {
        let known = seen.get(&name).copied();
        if known.is_none_or(|known| phase < known) {
            seen.insert(name.clone(), phase);
            new.push((name, phase));
        }
    }
    new
}

/// `a.b.c`, `a.b`, `a`: importing a module runs the packages around it. No archive is read whose folders lie deeper
/// than 64, so a longer name has nothing to find.
pub(super) fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    let module = module.match_indices('.').nth(64).map_or(module, |(at, _)| &module[..at]);
    let mut next = Some(module).filter(|module| !module.is_empty());
    std::iter::from_fn(move || {
        let module = next?;
        next = module.rfind('.').map(|at| &module[..at]);
        Some(module)
    })
}

pub(super) fn phase_of(kind: &FactKind) -> Option<Phase> {
    match kind {
        FactKind::Call(call) => Some(call.phase),
        FactKind::Flow(flow) => Some(flow.phase),
        FactKind::Layer(layer) => Some(layer.phase),
        FactKind::Import(import) => Some(import.phase),
        FactKind::Source(source) => Some(source.phase),
        FactKind::Bytecode(code) => Some(code.phase),
        _ => None,
    }
}
