#![doc = include_str!("../README.md")]

mod archive;
mod arena;
mod behaviours;
mod buffers;
mod call;
mod callbacks;
mod ciphers;
mod codec;
mod comparisons;
mod comprehensions;
mod containers;
mod decode;
mod decoders;
mod deeds;
mod definitions;
mod expressions;
mod flow;
mod format;
pub mod guard;
mod handed;
mod heap;
mod imports;
mod interpreter;
mod items;
mod json;
mod language;
mod layer;
mod loops;
mod methods;
mod modules;
mod names;
mod natives;
pub mod notebook;
mod numbers;
mod operators;
mod packing;
mod passage;
mod project;
mod pth;
mod pure;
pub mod pyc;
mod reach;
mod received;
mod record;
mod relevance;
mod resolve;
mod scope;
mod setup;
pub mod shape;
pub mod source;
mod spelled;
mod statements;
mod sweep;
#[cfg(test)]
mod tests;
mod value;
mod words;

use model::{Digest, Fact, Gap, GapKind, LayerStep, Operation, Phase, Place};
use ruff_python_parser::Mode;

pub use behaviours::{Behaviours, Roles};

/// What a member is for; decides when its module level runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `setup.py` of an sdist.
    Setup,
    /// A module of an in-tree build backend.
    Backend,
    /// A `.pth` file: lines that begin with `import` are executed at interpreter start.
    Pth,
    /// `sitecustomize` or `usercustomize`.
    Startup,
    /// `__init__.py` of an installed package.
    Init,
    /// Any other installed module.
    Package,
    /// An installed command, with or without extension.
    Script,
    /// `__main__.py`.
    Main,
    Tests,
    /// Documentation and examples.
    Docs,
    /// Anything else: data, build tools, loose files.
    Data,
    Metadata,
}

impl Role {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Backend => "backend",
            Self::Pth => "pth",
            Self::Startup => "startup",
            Self::Init => "init",
            Self::Package => "package",
            Self::Script => "script",
            Self::Main => "main",
            Self::Tests => "tests",
            Self::Docs => "docs",
            Self::Data => "data",
            Self::Metadata => "metadata",
        }
    }

    /// When the module level of such a member runs, if nothing else imports it earlier.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Setup | Self::Backend => Phase::Install,
            Self::Pth | Self::Startup => Phase::Startup,
            Self::Init | Self::Package => Phase::Import,
            Self::Script | Self::Main => Phase::Call,
            Self::Tests | Self::Docs | Self::Data | Self::Metadata => Phase::Never,
        }
    }
}

/// One source to analyse.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    pub path: &'a str,
    pub role: Role,
    /// When its module level runs: the role's phase, or an earlier one if something earlier imports it.
    pub phase: Phase,
    /// Dotted module name, for relative imports; empty if unknown.
    pub module: &'a str,
    pub source: &'a [u8],
    /// Dotted names below this module that code of this phase calls from elsewhere: `pkg.core.run`, `pkg.core.Client.start`.
    pub entered: &'a [String],
}

/// What may still be spent on one artifact; shared by all its sources.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Decoded layers.
    pub layers: u32,
    /// Bytes of decoded text.
    pub layer_bytes: u64,
    /// Steps of the evaluator.
    pub fuel: u64,
    /// Bytes of one source that is parsed; a larger one gets tokens and YARA only, and a gap.
    pub source_bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { layers: 64, layer_bytes: 64 * MIB, fuel: 20_000_000, source_bytes: 8 * MIB }
    }
}

/// A decoded text below a source, to be scanned by the byte rules as well.
#[derive(Clone, Debug)]
pub struct Layer {
    /// From the member's own text to this one.
    pub steps: Vec<LayerStep>,
    pub bytes: Vec<u8>,
    /// As in the `python/layer` fact.
    pub language: &'static str,
}

/// All that one source says.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The source as CPython would decode it, for frames and for rules over text.
    pub text: String,
    pub facts: Vec<Fact>,
    pub layers: Vec<Layer>,
    pub gaps: Vec<Gap>,
    /// Dotted names of modules it imports at module level, for reachability between members.
    pub imports: Vec<String>,
    /// Dotted names outside the standard library that it calls in its own phase, for the same.
    pub called: Vec<String>,
    /// Files and folders that a `setup()` puts where they run, whatever folder they lie in.
    pub placed: Vec<Placed>,
}

/// A place in the project that a build copies to where code runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// A folder that becomes a package, or in which packages are.
    Package(String),
    /// A file that becomes a command.
    Command(String),
    /// A file that is put beside the modules, or anywhere else.
    Data(String),
}

/// Analyses one source, as each reader of it has it. Never fails: what cannot be parsed still gives facts and a gap.
pub fn analyse(unit: &Unit<'_>, behaviours: &Behaviours, budget: &mut Budget) -> Analysis {
    let decoded = decode(unit);
    let mut analysis = analyse_as(unit, decoded, behaviours, budget);
    let others = match unit.role {
        Role::Pth => source::decode_local(unit.source),
        _ => source::decode_as_tokenize(unit.source).into_iter().collect(),
    };
    for other in others {
        let other = analyse_as(unit, other, behaviours, budget);
        analysis.text.push('\n');
        analysis.text.push_str(&other.text);
        analysis.facts.extend(other.facts);
        analysis.layers.extend(other.layers);
        analysis.gaps.extend(other.gaps);
        analysis.imports.extend(other.imports);
        analysis.called.extend(other.called);
        analysis.placed.extend(other.placed);
    }
    analysis
}

fn decode(unit: &Unit<'_>) -> source::Source {
    if unit.role == Role::Pth { source::decode_plain(unit.source) } else { source::decode(unit.source) }
}

fn analyse_as(unit: &Unit<'_>, decoded: source::Source, behaviours: &Behaviours, budget: &mut Budget) -> Analysis {
    let mut analysis = Analysis::default();
    let gap = |kind, detail: String| Gap { kind, member: unit.path.to_owned(), detail };
    if let Some(detail) = &decoded.gap {
        analysis.gaps.push(gap(GapKind::Unparsable, detail.clone()));
    }
    let mut shape = shape::measure(&decoded);
    shape.member = unit.path.to_owned();
    shape.role = unit.role.as_str().to_owned();
    shape.phase = unit.phase;
    shape.size = unit.source.len() as u64;
    let whole = Place { member: unit.path.to_owned(), ..Place::default() };
    if unit.phase == Phase::Never && matches!(unit.role, Role::Tests | Role::Docs) {
        // Nothing that runs refers to it: its shape is told, its names mean nothing to anybody.
        analysis.facts.push(Fact::new(whole, shape));
        analysis.text = decoded.text;
        return analysis;
    }
    let text = if unit.role == Role::Pth { pth::executed(&decoded.text) } else { decoded.text.clone() };
    let refused = if decoded.text.len() as u64 > budget.source_bytes {
        Some((GapKind::Limit, "larger than what is parsed".to_owned()))
    } else {
        guard::check(&text).err().map(|excess| (GapKind::Limit, excess.to_string()))
    };
    if let Some((kind, detail)) = refused {
        analysis.gaps.push(gap(kind, detail));
        analysis.facts.push(Fact::new(whole, shape));
        analysis.text = decoded.text;
        return analysis;
    }
    let arena = arena::Arena::default();
    let parsed = arena.keep(layer::parse(text));
    shape.syntax_errors = parsed.errors as u64;
    analysis.facts.push(Fact::new(whole, shape));
    walk(unit, &arena, parsed, Vec::new(), behaviours, budget, &mut analysis);
    analysis.text = decoded.text;
    analysis
}

/// Analyses byte code that was read: the source that does the same is a layer below the member.
pub fn analyse_compiled(
    unit: &Unit<'_>,
    compiled: &pyc::Compiled,
    behaviours: &Behaviours,
    budget: &mut Budget,
) -> Analysis {
    let mut analysis = Analysis::default();
    let bytes = compiled.source.as_bytes().to_vec();
    let step = LayerStep {
        operations: vec![Operation::Bytecode.as_str().to_owned()],
        line: 1,
        size: bytes.len() as u64,
        sha256: Digest::of(&bytes),
    };
    let gap = |kind, detail: String| Gap { kind, member: unit.path.to_owned(), detail };
    analysis.gaps.extend(compiled.trouble.iter().map(|detail| gap(GapKind::Unsupported, (*detail).to_owned())));
    analysis.layers.push(Layer { steps: vec![step.clone()], bytes, language: "python" });
    if let Err(excess) = guard::check(&compiled.source) {
        analysis.gaps.push(gap(GapKind::Limit, excess.to_string()));
        return analysis;
    }
    let arena = arena::Arena::default();
    let parsed = arena.keep(layer::parse(compiled.source.clone()));
    walk(unit, &arena, parsed, vec![step], behaviours, budget, &mut analysis);
    analysis
}

/// Analyses the code of a notebook ([`notebook::read`]), which is what `unit.source` is here.
pub fn analyse_cells(unit: &Unit<'_>, behaviours: &Behaviours, budget: &mut Budget) -> Analysis {
    let text = String::from_utf8_lossy(unit.source).into_owned();
    let mut analysis = Analysis { text: text.clone(), ..Analysis::default() };
    if unit.phase == Phase::Never && matches!(unit.role, Role::Tests | Role::Docs) {
        return analysis;
    }
    let refused = match guard::check_as(&text, Mode::Ipython) {
        _ if text.len() as u64 > budget.source_bytes => Some("larger than what is parsed".to_owned()),
        checked => checked.err().map(|excess| excess.to_string()),
    };
    if let Some(detail) = refused {
        analysis.gaps.push(Gap { kind: GapKind::Limit, member: unit.path.to_owned(), detail });
        return analysis;
    }
    let arena = arena::Arena::default();
    let parsed = arena.keep(layer::parse_as(text, Mode::Ipython));
    walk(unit, &arena, parsed, Vec::new(), behaviours, budget, &mut analysis);
    analysis
}

/// Content that code takes out of another member, such as text hidden in a picture.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub bytes: &'a [u8],
    /// How it was taken out.
    pub operation: Operation,
    /// Line of the source that takes it out, from 1, and the behaviour of what it is given to; empty if that is not known.
    pub line: u32,
    pub sink: &'a str,
}

/// Analyses what a source takes out of another member as a layer of that source. Nothing comes of what is neither code nor
/// a command nor an address, as it is or encoded.
pub fn analyse_found(unit: &Unit<'_>, found: &Found<'_>, behaviours: &Behaviours, budget: &mut Budget) -> Analysis {
    let mut analysis = Analysis::default();
    let Some((operations, bytes)) = layer::telling(found) else { return analysis };
    let arena = arena::Arena::default();
    let parsed = arena.keep(arena::Parsed { text: decode(unit).text, ..layer::parse(String::new()) });
    let mut interpreter = interpreter::Interpreter::new(unit, &arena, behaviours, budget);
    let source = interpreter.open_source(parsed, Vec::new());
    interpreter.taken_out(source, found, operations, bytes);
    finish(interpreter, parsed, &mut analysis);
    analysis
}

/// Analyses a unit together with others of its project that it may import: names are followed into them, values out of
/// them. The facts are those of all that were entered; each says of which member.
pub fn analyse_together(units: &[Unit<'_>], root: usize, behaviours: &Behaviours, budget: &mut Budget) -> Analysis {
    let mut analysis = Analysis::default();
    let Some(unit) = units.get(root) else { return analysis };
    let text = decode(unit).text;
    let text = if unit.role == Role::Pth { pth::executed(&text) } else { text };
    if guard::check(&text).is_err() {
        return analysis;
    }
    let arena = arena::Arena::default();
    let parsed = arena.keep(layer::parse(text));
    let mut interpreter = interpreter::Interpreter::new(unit, &arena, behaviours, budget);
    interpreter.project = project::Project::new(units, root);
    let source = interpreter.open_source(parsed, Vec::new());
    interpreter.sources[source].member = Some(root);
    finish(interpreter, parsed, &mut analysis);
    analysis
}

fn walk<'a>(
    unit: &Unit<'_>,
    arena: &'a arena::Arena,
    parsed: &'a arena::Parsed,
    steps: Vec<LayerStep>,
    behaviours: &Behaviours,
    budget: &mut Budget,
    analysis: &mut Analysis,
) {
    let mut interpreter = interpreter::Interpreter::new(unit, arena, behaviours, budget);
    interpreter.open_source(parsed, steps);
    finish(interpreter, parsed, analysis);
}

fn finish<'a>(mut interpreter: interpreter::Interpreter<'a, '_>, parsed: &'a arena::Parsed, analysis: &mut Analysis) {
    interpreter.run(&parsed.module.body);
    analysis.facts.extend(interpreter.recorded_facts());
    analysis.facts.extend(interpreter.layer_facts());
    interpreter.settle();
    analysis.layers.append(&mut interpreter.layers);
    analysis.imports = std::mem::take(&mut interpreter.imports);
    analysis.called = std::mem::take(&mut interpreter.called);
    analysis.placed = std::mem::take(&mut interpreter.placed);
    analysis.gaps.append(&mut interpreter.gaps);
}
