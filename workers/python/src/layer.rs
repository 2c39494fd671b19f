//! Decoded layers: text that code makes and runs, writes or decodes, analysed as a source of its own.

use std::rc::Rc;

use model::{Digest, Fact, LayerStep, Operation, Phase, facts};
use ruff_python_ast::Stmt;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use crate::arena::Parsed;
use crate::decode;
use crate::interpreter::{Arguments, Frame, Interpreter, MODULE_SCOPE, Walked};
use crate::language::{is_telling, language, reads_as_python};
use crate::value::{Data, Value, with_step};
use crate::{Found, Layer};

/// A layer that was met, and the fact that speaks of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    sink: String,
    phase: Phase,
    fact: Option<Fact>,
}

/// A decoded value that may turn out to go nowhere in view.
pub(crate) struct Decoded<'a> {
    value: Value<'a>,
    source: usize,
    range: TextRange,
    phase: Phase,
}

/// How many layers may lie above each other.
const DEEPEST: usize = 12;
/// Wrappings of one text in itself, as obfuscators do in a loop, that are peeled before it is called too deep.
const THINNEST: usize = 4;
const LONGEST_TEXT: usize = 2_000;

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn long_literal(&mut self, range: TextRange, value: &Value<'a>) {
        let Some(raw) = value.as_raw() else { return };
        if looks_encoded(raw) {
            self.literals.push((self.frame.source, range, value.clone()));
        }
    }

    /// Remembers a decoded value: if nothing takes it, it is judged by what it is.
    pub(crate) fn note_decoded(&mut self, value: &Value<'a>) {
        if self.decoded.len() >= 256 || value.as_raw().is_none_or(|raw| raw.len() < 8) {
            return;
        }
        let (source, range) = (self.frame.source, self.statement);
        self.decoded.push(Decoded { value: value.clone(), source, range, phase: self.frame.phase });
    }

    /// The layers in the arguments of a sensitive call. Gives the value of `eval`.
    pub(crate) fn layers_of_call(
        &mut self,
        name: &str,
        words: &[&str],
        arguments: &Arguments<'a>,
        call: u32,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let word = |wanted: &str| words.contains(&wanted);
        if word("code.exec") || word("code.compile") || word("code.function") {
            let sink = if word("code.exec") {
                "code.exec"
            } else if word("code.compile") {
                "code.compile"
            } else {
                "code.function"
            };
            let first = arguments.positional.first().or_else(|| arguments.keyword("source")).cloned()?;
            if let Data::Template(text) = &first.data {
                let text = Rc::clone(text);
                if text.len() >= 12 && reads_as_python(&text) {
                    let known = Value::from(Value::text(text.to_string()), first.origin.clone());
                    self.layer(&known, sink, range, Operation::Template);
                }
                return None;
            }
            let first = if crate::deeds::evaluates(name) {
                // `@name` is a name of the code around.
                let text = first.as_str()?.replace('@', "");
                Value::from(Value::text(text), first.origin)
            } else {
                first
            };
            first.as_raw()?;
            let result = self.layer(&first, sink, range, Operation::Literal);
            return match name {
                "eval" => result,
                // A code object stands for its text until something runs it.
                "compile" | "ast.parse" => Some(first),
                _ => None,
            };
        }
        if word("code.deserialize") || word("decode.marshal") {
            if let Some(raw) = arguments.positional.first().filter(|value| value.as_raw().is_some()).cloned() {
                if name.starts_with("marshal") {
                    let raw_bytes = raw.as_raw().unwrap_or(&[]);
                    let text = match crate::pyc::loads(raw_bytes, crate::pyc::LARGEST) {
                        Some(crate::pyc::Loaded::Code(text)) => Some(text),
                        Some(_) => None,
                        None => decode::marshal_text(raw_bytes),
                    };
                    if let Some(text) = text {
                        let value = Value::from(Value::text(text), with_step(&raw.origin, Operation::Marshal));
                        self.layer(&value, "code.deserialize", range, Operation::Marshal);
                    }
                } else {
                    self.layer(&raw, "code.deserialize", range, Operation::Literal);
                }
            }
            return None;
        }
        if word("process.spawn") || word("process.output") {
            self.command_layers(arguments, range);
        }
        if word("file.write") {
            let path = self.records.text_of_call(call).join(" ");
            for value in arguments.positional.iter().take(2).cloned().collect::<Vec<_>>() {
                if let Some(raw) = value.as_raw()
                    && raw.len() >= 16
                {
                    let language = language(raw);
                    let script = [".py", ".pth", ".bat", ".cmd", ".sh", ".vbs", ".ps1", ".js", ".hta", ".desktop"]
                        .iter()
                        .any(|ending| path.ends_with(ending) || path.contains(&format!("{ending} ")));
                    let decoded = !value.steps().is_empty();
                    let known = is_telling(language) || matches!(language, "zip" | "gzip");
                    if known && language != "url" || script || decoded && known {
                        self.layer(&value, "file.write", range, Operation::Literal);
                    }
                }
            }
        }
        None
    }

    /// Code inside a command: `python -c …`, `powershell -enc …`, `echo … | base64 -d | sh`.
    fn command_layers(&mut self, arguments: &Arguments<'a>, range: TextRange) {
        let mut words: Vec<Value<'a>> = Vec::new();
        for value in arguments.positional.iter().take(12) {
            match &value.data {
                Data::List(id) => words.extend(self.items(*id).iter().take(32).cloned()),
                Data::Tuple(items) => words.extend(items.iter().take(32).cloned()),
                _ => words.push(value.clone()),
            }
        }
        for at in 0..words.len() {
            let value = words[at].clone();
            let Some(text) = value.as_template().map(str::to_owned) else { continue };
            if !value.steps().is_empty() && value.as_str().is_some() {
                self.layer(&value, "process.spawn", range, Operation::Literal);
            }
            if text == "-c"
                && let Some(code) = words.get(at + 1).filter(|code| code.as_str().is_some_and(reads_as_python)).cloned()
            {
                self.layer(&code, "process.spawn", range, Operation::Literal);
            } else if let Some(code) = inline_python(&text) {
                let code = Value::from(Value::text(code.to_owned()), value.origin.clone());
                self.layer(&code, "process.spawn", range, Operation::Command);
            }
            let encoded = if is_encoded_flag(&text) {
                words.get(at + 1).and_then(Value::as_str).map(str::to_owned)
            } else {
                encoded_command(&text).map(str::to_owned)
            };
            if let Some(bytes) = encoded.and_then(|encoded| decode::base64(encoded.trim().as_bytes()))
                && bytes.len() >= 8
            {
                let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
                let wide = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count() * 3 > bytes.len();
                let text = if wide {
                    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
                } else {
                    String::from_utf8_lossy(&bytes).into_owned()
                };
                let value = Value::from(Value::text(text), with_step(&value.origin, Operation::Base64));
                self.layer(&value, "process.spawn", range, Operation::Base64);
            }
        }
    }

    /// A text that reached a sink: noted, kept for the byte rules, and walked if it is Python.
    pub(crate) fn layer(
        &mut self,
        value: &Value<'a>,
        sink: &str,
        range: TextRange,
        plain: Operation,
    ) -> Option<Value<'a>> {
        let raw = value.as_raw()?;
        if raw.len() < 4 {
            return None;
        }
        let mut operations = value.steps().to_vec();
        if operations.is_empty() {
            operations.push(plain);
        }
        let runs = sink.starts_with("code.") && sink != "code.deserialize";
        self.layer_of(raw.to_vec(), operations, sink, (self.frame.source, range), self.frame.phase, runs)
    }

    fn layer_of(
        &mut self,
        bytes: Vec<u8>,
        operations: Vec<Operation>,
        sink: &str,
        (source, range): (usize, TextRange),
        phase: Phase,
        runs: bool,
    ) -> Option<Value<'a>> {
        let digest = Digest::of(&bytes);
        let steps_above = self.sources[source].steps.clone();
        if let Some(seen) = self.known_layers.get_mut(&digest) {
            seen.phase = seen.phase.min(phase);
            if let Some(Fact { kind: model::FactKind::Layer(fact), .. }) = &mut seen.fact {
                fact.phase = fact.phase.min(phase);
                if seen.sink.is_empty() || seen.sink == "code.compile" && sink == "code.exec" {
                    seen.sink = sink.to_owned();
                    fact.sink = sink.to_owned();
                }
            }
            return None;
        }
        // A layer that does nothing but run the next one is peeled: beyond the first few it is neither kept nor counted.
        let thin =
            steps_above.len() >= THINNEST && sink.starts_with("code.") && self.sources[source].module.body.len() <= 2;
        let mut steps_above = steps_above;
        if thin {
            self.peel(source);
            steps_above.pop();
        }
        if steps_above.len() >= DEEPEST {
            self.gap("more decoded layers above each other than are followed");
            return None;
        }
        if self.budget.layers == 0 || self.budget.layer_bytes < bytes.len() as u64 {
            self.gap("more decoded layers than are followed");
            return None;
        }
        self.budget.layers -= 1;
        self.budget.layer_bytes -= bytes.len() as u64;
        let told = language(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // What `exec` is given is Python, whatever it speaks of.
        let told = if runs && !matches!(told, "binary" | "pe" | "elf" | "zip" | "gzip") { "python" } else { told };
        let line = self.sources[source].position(range.start().into()).0;
        let size = bytes.len() as u64;
        let mut steps = steps_above;
        let operations: Vec<String> = operations.iter().map(|operation| operation.as_str().to_owned()).collect();
        steps.push(LayerStep { operations: operations.clone(), line, size, sha256: digest });
        let place = self.place(source, range);
        let fact = facts::Layer {
            operation: operations,
            language: told.to_owned(),
            sink: sink.to_owned(),
            text: crate::record::cut(&text, LONGEST_TEXT).to_owned(),
            size,
            depth: Self::depth_of(&steps),
            phase,
            member: self.unit_at(source).path.to_owned(),
            role: self.unit_at(source).role.as_str().to_owned(),
        };
        let seen = Seen { sink: sink.to_owned(), phase, fact: Some(Fact::new(place, fact)) };
        self.known_layers.insert(digest, seen);
        self.layer_order.push(digest);
        self.layers.push(Layer { steps: steps.clone(), bytes, language: told });
        if told != "python" {
            return None;
        }
        self.walk_layer(text, steps, phase, runs)
    }

    /// What a source takes out of another member, on one of its lines.
    pub(crate) fn taken_out(&mut self, source: usize, found: &Found<'_>, operations: Vec<Operation>, bytes: Vec<u8>) {
        let line = usize::try_from(found.line).unwrap_or(1).saturating_sub(1);
        let at = self.sources[source].lines.get(line).copied().unwrap_or(0);
        let runs = matches!(found.sink, "code.exec" | "code.function" | "code.compile");
        self.layer_of(bytes, operations, found.sink, (source, TextRange::empty(at.into())), self.frame.phase, runs);
    }

    /// Takes back the layer that a source is: it only wraps another.
    fn peel(&mut self, source: usize) {
        let Some(step) = self.sources[source].steps.last() else { return };
        if self.layers.last().is_some_and(|layer| layer.steps.last() == Some(step)) {
            let layer = self.layers.pop();
            self.budget.layers += 1;
            self.budget.layer_bytes += layer.map_or(0, |layer| layer.bytes.len() as u64);
            if let Some(seen) = self.known_layers.get_mut(&step.sha256) {
                seen.fact = None;
            }
        }
    }

    /// Walks a decoded text in the module's own scope, as `exec` does.
    pub(crate) fn walk_layer(
        &mut self,
        text: String,
        steps: Vec<LayerStep>,
        phase: Phase,
        runs: bool,
    ) -> Option<Value<'a>> {
        if self.depth + 16 >= crate::interpreter::DEEPEST || text.len() as u64 > self.budget.source_bytes {
            self.gap("a decoded layer lies too deep to follow");
            return None;
        }
        if let Err(excess) = crate::guard::check(&text) {
            self.gap(&format!("a decoded layer was not parsed: {excess}"));
            return None;
        }
        let text = if text.starts_with([' ', '\t', '\n']) { crate::decoders::dedent(&text) } else { text };
        let parsed = self.arena.keep(parse(text));
        let source = self.open_source(parsed, steps);
        let frame = Frame {
            source,
            scope: if runs && phase <= self.frame.phase { self.frame.scope } else { self.module_scope() },
            phase,
            function: self.frame.function.clone(),
            class: None,
            this: None,
            silenced: self.frame.silenced,
            returned: None,
            yielded: None,
        };
        let outer = std::mem::replace(&mut self.frame, frame);
        let statement = self.statement;
        self.depth += 1;
        let result = match parsed.module.body.as_slice() {
            [Stmt::Expr(single)] => {
                self.sources[source].visit(single.start().into());
                self.statement = single.range();
                Some(self.expression(&single.value))
            }
            body => {
                self.block(body);
                None
            }
        };
        self.depth -= 1;
        self.statement = statement;
        self.frame = outer;
        result
    }

    pub(crate) fn open_source(&mut self, parsed: &'a Parsed, steps: Vec<LayerStep>) -> usize {
        let text = parsed.text.as_str();
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).filter_map(|at| u32::try_from(at + 1).ok()));
        // A layer belongs to the member that it was decoded in.
        let (member, scope) = match self.sources.get(self.frame.source) {
            Some(around) => (around.member, around.scope),
            None => (None, MODULE_SCOPE),
        };
        self.sources.push(Walked {
            text,
            module: &parsed.module,
            damaged: parsed.errors > 0,
            lines,
            ascii: text.is_ascii(),
            steps,
            visited: vec![0; text.len() / 64 + 1],
            member,
            scope,
        });
        self.sources.len() - 1
    }

    /// Decoded values that nothing took, and encoded literals that nothing decoded.
    pub(crate) fn loose_layers(&mut self) {
        for decoded in std::mem::take(&mut self.decoded) {
            let Some(raw) = decoded.value.as_raw() else { continue };
            let language = language(raw);
            let telling = is_telling(language) && raw.len() >= 10;
            if telling {
                let operations = decoded.value.steps().to_vec();
                let at = (decoded.source, decoded.range);
                self.layer_of(raw.to_vec(), operations, "", at, decoded.phase, false);
            }
        }
        let mut tries = 24;
        for (source, range, value) in std::mem::take(&mut self.literals) {
            if tries == 0 {
                break;
            }
            tries -= 1;
            let Some(raw) = value.as_raw() else { continue };
            for (step, bytes) in guesses(raw) {
                let mut bytes = bytes;
                let mut operations = vec![step];
                let unpacked = decode::zlib(&bytes, 4 << 20).map(|more| (Operation::Zlib, more));
                let unpacked = unpacked.or_else(|| {
                    bytes
                        .starts_with(b"\x1f\x8b")
                        .then(|| decode::gzip(&bytes, 4 << 20))
                        .flatten()
                        .map(|more| (Operation::Gzip, more))
                });
                if let Some((step, more)) = unpacked {
                    operations.push(step);
                    bytes = more;
                }
                let language = language(&bytes);
                if is_telling(language) && bytes.len() >= 10 {
                    self.layer_of(bytes, operations, "", (source, range), self.unit.phase.max(Phase::Call), false);
                    break;
                }
            }
        }
    }

    pub(crate) fn layer_facts(&mut self) -> Vec<Fact> {
        let order = std::mem::take(&mut self.layer_order);
        order.iter().filter_map(|digest| self.known_layers.get_mut(digest).and_then(|seen| seen.fact.take())).collect()
    }
}

pub(crate) fn parse(text: String) -> Parsed {
    parse_as(text, Mode::Module)
}

/// `mode`: whether lines for a shell may stand in it, as in a notebook.
pub(crate) fn parse_as(text: String, mode: Mode) -> Parsed {
    let parsed = parse_unchecked(&text, ParseOptions::from(mode));
    let errors = parsed.errors().len();
    let module = match parsed.into_syntax() {
        ruff_python_ast::Mod::Module(module) => module,
        ruff_python_ast::Mod::Expression(expression) => ruff_python_ast::ModModule {
            node_index: ruff_python_ast::AtomicNodeIndex::default(),
            range: expression.range,
            body: Default::default(),
        },
    };
    Parsed { text, module, errors }
}

/// What was found, decoded where it is encoded, when it is code, a command or an address; and how it was come by.
pub(crate) fn telling(found: &Found<'_>) -> Option<(Vec<Operation>, Vec<u8>)> {
    const LARGEST: usize = 1 << 20;
    let mut operations = vec![found.operation];
    if is_telling(language(found.bytes)) {
        return Some((operations, found.bytes.to_vec()));
    }
    let mut decoded = guesses(found.bytes);
    decoded.extend(decode::zlib(found.bytes, LARGEST).map(|bytes| (Operation::Zlib, bytes)));
    for (step, bytes) in decoded {
        let unpacked = decode::zlib(&bytes, LARGEST).filter(|_| step != Operation::Zlib);
        let steps = [Some(step), unpacked.as_ref().map(|_| Operation::Zlib)];
        let bytes = unpacked.unwrap_or(bytes);
        if bytes.len() >= 10 && is_telling(language(&bytes)) {
            operations.extend(steps.into_iter().flatten());
            return Some((operations, bytes));
        }
    }
    None
}

/// Long text in the alphabet of base64 or hex.
fn looks_encoded(raw: &[u8]) -> bool {
    if raw.len() < 60 || raw.len() > 4 << 20 {
        return false;
    }
    let head = &raw[..raw.len().min(512)];
    let allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'\n' | b'\r');
    head.iter().all(allowed) && head.iter().any(u8::is_ascii_alphabetic) && head.iter().any(u8::is_ascii_digit)
}

/// What such text may decode to.
fn guesses(raw: &[u8]) -> Vec<(Operation, Vec<u8>)> {
    let mut guesses = Vec::new();
    if let Some(bytes) = decode::hex(raw.trim_ascii()) {
        guesses.push((Operation::Hex, bytes));
    }
    if let Some(bytes) = decode::base64(raw) {
        guesses.push((Operation::Base64, bytes));
    }
    let mut turned = raw.to_vec();
    turned.reverse();
    if raw.starts_with(b"=")
        && let Some(bytes) = decode::base64(&turned)
    {
        guesses.push((Operation::Base64, bytes));
    }
    guesses
}

/// The code of `python -c "…"` inside one command string.
fn inline_python(command: &str) -> Option<&str> {
    let at =
        command.find("python").or_else(|| command.find("{} -c")).or_else(|| command.starts_with("py ").then_some(0))?;
    let rest = &command[at..];
    let code = rest[rest.find(" -c ")? + 4..].trim_start();
    let quote = code.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = &code[1..];
    let end = inner.rfind(quote).unwrap_or(inner.len());
    let inner = &inner[..end];
    (inner.len() >= 4).then_some(inner)
}

fn is_encoded_flag(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let flag = lower.trim_start_matches(['-', '/']);
    flag.len() < lower.len() && flag.len() <= 14 && (flag == "e" || flag == "ec" || flag.starts_with("enc"))
}

/// The base64 in `powershell -enc …` or `echo … | base64 -d`.
fn encoded_command(command: &str) -> Option<&str> {
    let lower = command.to_ascii_lowercase();
    let long = |word: &&str| {
        word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    let mut words = command.split([' ', '"', '\'']).filter(|word| !word.is_empty());
    if lower.contains("powershell") || lower.contains("pwsh") {
        words.find(|word| is_encoded_flag(word))?;
        return words.next().filter(long);
    }
    if lower.contains("base64 -d") || lower.contains("base64 --decode") {
        return words.find(long);
    }
    None
}
