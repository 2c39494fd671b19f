//! What was seen, gathered while walking and turned into facts at the end: each place once, the earliest phase first.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use model::{Fact, LayerStep, Phase, Place, facts};
use ruff_text_size::TextRange;

use crate::behaviours::BehaviourId;
use crate::interpreter::{Arguments, Interpreter};
use crate::names::{FastMap, NameId};
use crate::value::{ALIAS, Data, Origin, UNRECORDED, Value};

/// Facts of one kind that one source may give; beyond, those that say the same as another are told once, and only then
/// some are left out, which is a gap. And how many are looked at to choose from.
const MOST_FACTS: usize = 1_000;
/// Imports say little and cost little; packages that name each class of theirs have thousands.
const MOST_IMPORTS: usize = 4_000;
const MOST_SEEN: usize = 8_000;
/// Calls of one source whose results are told from each other.
const MOST_CALLS: usize = 20_000;
const TOO_MANY: &str = "more calls, flows or imports than are kept of one source";
/// Strings of one call, and characters of each: the first and the last ones, since padding can stand before and behind.
const MOST_TEXTS: usize = 20;
const LAST_TEXTS: usize = 6;
const MOST_LOOKED_AT: usize = 120;
const LONGEST_TEXT: usize = 500;
const LONGEST_TAIL: usize = 150;

/// A call whose result is worth following.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) behaviour: BehaviourId,
    pub(crate) callee: Rc<str>,
    pub(crate) text: Vec<String>,
    pub(crate) line: u32,
    /// The text it stands in.
    at: usize,
    /// Names that what it gave was bound to, in the order of the walk.
    pub(crate) passed: Vec<crate::passage::Passed>,
}

#[derive(Clone, Debug, Default)]
struct CallRecord {
    text: Vec<String>,
    keys: Vec<String>,
    /// It is a request that carries something.
    sends: bool,
}

#[derive(Debug)]
struct SeenCall {
    source: usize,
    range: TextRange,
    callee: Rc<str>,
    behaviours: Vec<String>,
    phase: Phase,
    text: Vec<String>,
    keyword: Vec<String>,
    input: Vec<BehaviourId>,
    indirect: u8,
    function: Rc<str>,
    silenced: bool,
}

#[derive(Debug)]
struct SeenFlow {
    source: usize,
    range: TextRange,
    from: u32,
    via: u128,
    sink: BehaviourId,
    callee: Rc<str>,
    text: Vec<String>,
    phase: Phase,
    function: Rc<str>,
}

#[derive(Debug)]
struct SeenImport {
    source: usize,
    range: TextRange,
    module: String,
    phase: Phase,
    indirect: u8,
}

/// Content that was written to a file, by what the file is called in the source.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) keys: Vec<String>,
    pub(crate) taints: Vec<(u32, u128)>,
}

#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) sources: Vec<Source>,
    by_source: FastMap<(usize, u32, u32, BehaviourId), u32>,
    calls: Vec<CallRecord>,
    seen_calls: Vec<SeenCall>,
    by_call: FastMap<(usize, u32, u32, NameId), usize>,
    seen_flows: Vec<SeenFlow>,
    by_flow: FastMap<(usize, u32, u32, u32, BehaviourId), usize>,
    seen_imports: Vec<SeenImport>,
    by_import: FastMap<(usize, u32), usize>,
    pub(crate) written: Vec<Written>,
    /// There were more calls than [`MOST_CALLS`].
    overfull: bool,
}

impl Records {
    /// A number for a call whose result is kept, with the text and the keys of files it stands for.
    pub(crate) fn new_call(&mut self, text: Vec<String>, keys: Vec<String>) -> u32 {
        if self.calls.len() >= MOST_CALLS {
            self.overfull = true;
            return UNRECORDED;
        }
        self.calls.push(CallRecord { text, keys, sends: false });
        u32::try_from(self.calls.len()).unwrap_or(UNRECORDED)
    }

    fn call(&self, call: u32) -> Option<&CallRecord> {
        (call as usize).checked_sub(1).and_then(|at| self.calls.get(at))
    }

    pub(crate) fn text_of_call(&self, call: u32) -> &[String] {
        self.call(call).map_or(&[], |call| call.text.as_slice())
    }

    /// How many calls were told of.
    pub(crate) fn told(&self) -> usize {
        self.seen_calls.len()
    }

    pub(crate) fn keys_of_call(&self, call: u32) -> &[String] {
        self.call(call).map_or(&[], |call| call.keys.as_slice())
    }

    pub(crate) fn carries_body(&mut self, call: u32) {
        if let Some(call) = (call as usize).checked_sub(1).and_then(|at| self.calls.get_mut(at)) {
            call.sends = true;
        }
    }

    pub(crate) fn sends(&self, call: u32) -> bool {
        self.call(call).is_some_and(|call| call.sends)
    }

    pub(crate) fn add_key(&mut self, call: u32, key: String) {
        if let Some(call) = (call as usize).checked_sub(1).and_then(|at| self.calls.get_mut(at))
            && call.keys.len() < 8
        {
            call.keys.push(key);
        }
    }
}

impl Records {
    /// Whether a source is what a caller hands over under a name that says what it is.
    fn is_handed_over(&self, source: u32) -> bool {
        self.sources.get(source as usize).is_some_and(|source| source.callee.starts_with("parameter."))
    }
}

impl<'a> Interpreter<'a, '_> {
    /// The constant strings in a value, nested ones included.
    pub(crate) fn texts(&self, value: &Value<'a>, into: &mut Vec<String>, depth: u32) {
        if into.len() >= MOST_LOOKED_AT || depth > 6 {
            return;
        }
        let push = |text: &str, into: &mut Vec<String>| {
            if !text.is_empty() && into.len() < MOST_LOOKED_AT {
                let cut = both_ends(text);
                if !into.iter().any(|known| **known == *cut) {
                    into.push(cut.into_owned());
                }
            }
        };
        if let Some(text) = value.as_template() {
            push(text, into);
        } else if let Some(bytes) = value.as_bytes() {
            push(&readable_ends(bytes), into);
        } else {
            match &value.data {
                Data::Tuple(items) => ends(items).for_each(|item| self.texts(item, into, depth + 1)),
                Data::List(id) => ends(self.items(*id)).for_each(|item| self.texts(item, into, depth + 1)),
                Data::Dict(id) => {
                    for (key, item) in ends(self.dict_of(*id).map_or(&[][..], |dict| &dict.items)) {
                        self.texts(key, into, depth + 1);
                        self.texts(item, into, depth + 1);
                    }
                }
                Data::Buffer(_) => {
                    let content = self.frozen(value);
                    push(&readable_ends(content.as_raw().unwrap_or(&[])), into);
                }
                Data::Name(id, call) => {
                    if *call == 0 && self.names.text(*id) == "sys.executable" {
                        push("sys.executable", into);
                    }
                    self.records.text_of_call(*call).iter().for_each(|text| push(text, into));
                }
                _ => {}
            }
        }
        for text in value.origin.as_ref().map_or(&[][..], |marks| &marks.also) {
            push(text, into);
        }
    }

    pub(crate) fn texts_of(&self, arguments: &Arguments<'a>) -> Vec<String> {
        let mut texts = Vec::new();
        for value in arguments.values() {
            self.texts(value, &mut texts, 0);
        }
        if texts.len() > MOST_TEXTS {
            texts.drain(MOST_TEXTS - LAST_TEXTS..texts.len() - LAST_TEXTS);
        }
        texts
    }

    /// Keyword arguments whose value is constant or a name.
    fn keywords_of(&self, arguments: &Arguments<'a>) -> Vec<String> {
        let mut words = Vec::new();
        for (name, value) in arguments.keywords.iter().take(MOST_TEXTS) {
            let shown = match &value.data {
                Data::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
                Data::None => "None".to_owned(),
                Data::Int(number) => number.to_string(),
                Data::Float(number) => number.to_string(),
                Data::Name(id, _) => self.names.text(*id).to_owned(),
                _ => match value.as_template() {
                    Some(text) => cut(text, 200).to_owned(),
                    None => continue,
                },
            };
            words.push(format!("{name}={shown}"));
        }
        words
    }

    pub(crate) fn record_call(
        &mut self,
        id: NameId,
        arguments: &Arguments<'a>,
        text: &[String],
        range: TextRange,
        indirect: u8,
    ) {
        let ids = self.names.behaviours(id).to_vec();
        self.record_call_as(id, &ids, arguments, text, range, indirect);
    }

    /// A call with the behaviours that it has here.
    pub(crate) fn record_call_as(
        &mut self,
        id: NameId,
        ids: &[BehaviourId],
        arguments: &Arguments<'a>,
        text: &[String],
        range: TextRange,
        indirect: u8,
    ) {
        let callee = self.names.shared(id);
        let keyword = self.keywords_of(arguments);
        let table = self.names.table();
        let mut behaviours: Vec<String> = ids.iter().map(|id| table.behaviour(*id).0.to_owned()).collect();
        let mut input = Vec::new();
        let inflow = self.inflow(arguments);
        if behaviours.iter().any(|behaviour| behaviour == "code.exec") && self.is_own_source(&inflow) {
            // `exec(open("pkg/version.py").read())` is an import by other means; the file itself is read as a source.
            behaviours.retain(|behaviour| behaviour != "code.exec");
            behaviours.push("code.import".to_owned());
        }
        for (source, _) in inflow.as_ref().map_or(&[][..], |marks| &marks.taints) {
            if let Some(source) = self.records.sources.get(*source as usize)
                && !input.contains(&source.behaviour)
            {
                input.push(source.behaviour);
            }
        }
        self.record(id, callee, behaviours, text, keyword, input, range, indirect);
    }

    /// Everything in a value was read from files of Python whose names are written out, and came from nowhere else.
    fn is_own_source(&self, inflow: &Origin) -> bool {
        let Some(marks) = inflow else { return false };
        let table = self.names.table();
        !marks.taints.is_empty()
            && marks.taints.iter().all(|(number, _)| {
                self.records.sources.get(*number as usize).is_some_and(|source| {
                    let named = source.text.iter().any(|text| text.ends_with(".py"));
                    table.behaviour(source.behaviour).0 == "file.read" && named
                })
            })
    }

    #[expect(clippy::too_many_arguments, reason = "one place puts a call together, and it is private to this room")]
    pub(crate) fn record(
        &mut self,
        id: NameId,
        callee: Rc<str>,
        behaviours: Vec<String>,
        text: &[String],
        keyword: Vec<String>,
        input: Vec<BehaviourId>,
        range: TextRange,
        indirect: u8,
    ) {
        let key = (self.frame.source, range.start().into(), range.end().into(), id);
        if let Some(at) = self.records.by_call.get(&key) {
            let seen = &mut self.records.seen_calls[*at];
            seen.phase = seen.phase.min(self.frame.phase);
            seen.indirect |= indirect;
            for behaviour in behaviours {
                if !behaviour.starts_with("code.") && !seen.behaviours.contains(&behaviour) {
                    seen.behaviours.push(behaviour);
                }
            }
            for text in text {
                if seen.text.len() < MOST_TEXTS && !seen.text.contains(text) {
                    seen.text.push(text.clone());
                    self.changes += 1;
                }
            }
            for word in keyword {
                if seen.keyword.len() < MOST_TEXTS && !seen.keyword.contains(&word) {
                    seen.keyword.push(word);
                }
            }
            for behaviour in input {
                if !seen.input.contains(&behaviour) {
                    seen.input.push(behaviour);
                }
            }
            return;
        }
        if self.records.seen_calls.len() >= MOST_SEEN {
            self.gap(TOO_MANY);
            return;
        }
        self.changes += 1;
        self.records.by_call.insert(key, self.records.seen_calls.len());
        self.records.seen_calls.push(SeenCall {
            source: self.frame.source,
            range,
            callee,
            behaviours,
            phase: self.frame.phase,
            text: text.to_vec(),
            keyword,
            input,
            indirect,
            function: Rc::clone(&self.frame.function),
            silenced: self.frame.silenced,
        });
    }

    /// The number of a source of data, the same each time the same call is walked.
    pub(crate) fn record_source(
        &mut self,
        behaviour: BehaviourId,
        callee: &Rc<str>,
        text: &[String],
        range: TextRange,
    ) -> Option<u32> {
        let key = (self.frame.source, range.start().into(), range.end().into(), behaviour);
        if let Some(number) = self.records.by_source.get(&key) {
            let source = &mut self.records.sources[*number as usize];
            for text in text {
                if source.text.len() < MOST_TEXTS && !source.text.contains(text) {
                    source.text.push(text.clone());
                }
            }
            return Some(*number);
        }
        if self.records.sources.len() >= MOST_SEEN {
            self.gap(TOO_MANY);
            return None;
        }
        let number = u32::try_from(self.records.sources.len()).ok()?;
        let line = self.here().position(range.start().into()).0;
        self.records.sources.push(Source {
            behaviour,
            callee: Rc::clone(callee),
            text: text.to_vec(),
            line,
            at: self.frame.source,
            passed: Vec::new(),
        });
        self.records.by_source.insert(key, number);
        Some(number)
    }

    pub(crate) fn record_flow(
        &mut self,
        taint: (u32, u128),
        sink: BehaviourId,
        callee: &Rc<str>,
        text: &[String],
        range: TextRange,
    ) {
        let key = (self.frame.source, range.start().into(), range.end().into(), taint.0, sink);
        if let Some(at) = self.records.by_flow.get(&key) {
            let seen = &mut self.records.seen_flows[*at];
            seen.phase = seen.phase.min(self.frame.phase);
            seen.via |= taint.1;
            for text in text {
                if seen.text.len() < MOST_TEXTS && !seen.text.contains(text) {
                    seen.text.push(text.clone());
                }
            }
            return;
        }
        if self.records.seen_flows.len() >= MOST_SEEN {
            self.gap(TOO_MANY);
            return;
        }
        self.records.by_flow.insert(key, self.records.seen_flows.len());
        self.records.seen_flows.push(SeenFlow {
            source: self.frame.source,
            range,
            from: taint.0,
            via: taint.1,
            sink,
            callee: Rc::clone(callee),
            text: text.to_vec(),
            phase: self.frame.phase,
            function: Rc::clone(&self.frame.function),
        });
    }

    pub(crate) fn record_import(&mut self, module: &str, range: TextRange, indirect: u8) {
        let key = (self.frame.source, range.start().into());
        if let Some(at) = self.records.by_import.get(&key) {
            let seen = &mut self.records.seen_imports[*at];
            seen.phase = seen.phase.min(self.frame.phase);
            return;
        }
        if self.records.seen_imports.len() >= MOST_SEEN {
            self.gap(TOO_MANY);
            return;
        }
        self.records.by_import.insert(key, self.records.seen_imports.len());
        self.records.seen_imports.push(SeenImport {
            source: self.frame.source,
            range,
            module: cut(module, 200).to_owned(),
            phase: self.frame.phase,
            indirect,
        });
    }

    pub(crate) fn place(&self, source: usize, range: TextRange) -> Place {
        let walked = &self.sources[source];
        let (line, column) = walked.position(range.start().into());
        let (end_line, end_column) = walked.position(range.end().into());
        Place {
            member: self.unit_at(source).path.to_owned(),
            line,
            column,
            end_line,
            end_column,
            layers: walked.steps.clone(),
        }
    }

    pub(crate) fn depth_of(steps: &[LayerStep]) -> u64 {
        // Byte code that is written back is the file itself.
        steps.iter().filter(|step| step.operations != ["bytecode"]).count() as u64
    }

    /// All calls, flows and imports as facts, in the order of the text.
    pub(crate) fn recorded_facts(&mut self) -> Vec<Fact> {
        let mut records = std::mem::take(&mut self.records);
        let table = self.names.table();
        let mut facts = Vec::new();
        let calls = choose(
            &mut records.seen_calls,
            MOST_FACTS,
            |seen| (seen.phase, seen.source, seen.range.start().into()),
            |seen| {
                let said = (&seen.callee, &seen.text, &seen.keyword, &seen.input, seen.indirect, seen.silenced);
                format!("{} {said:?}", seen.source)
            },
            |seen| (seen.indirect & !ALIAS != 0 || !seen.input.is_empty(), seen.callee.to_string()),
        );
        let flows = choose(
            &mut records.seen_flows,
            MOST_FACTS,
            |seen| (seen.phase, seen.source, seen.range.start().into()),
            |seen| format!("{} {:?}", seen.source, (seen.from, &seen.callee, &seen.text, seen.via, seen.sink)),
            |seen| {
                let from = records.sources.get(seen.from as usize).map(|from| from.behaviour);
                (false, format!("{from:?} {}", seen.sink))
            },
        );
        let imports = choose(
            &mut records.seen_imports,
            MOST_IMPORTS,
            |seen| (seen.phase, seen.source, seen.range.start().into()),
            |seen| format!("{} {:?}", seen.source, (&seen.module, seen.indirect)),
            |seen| (seen.indirect != 0, seen.module.split('.').next().unwrap_or_default().to_owned()),
        );
        if calls || flows || imports {
            self.gap(TOO_MANY);
        }
        if records.overfull {
            self.gap("more calls are walked than have results that are told from each other");
        }
        let mut hosts: HashMap<u32, BTreeSet<String>> = HashMap::new();
        for seen in &records.seen_flows {
            if records.is_handed_over(seen.from) && table.behaviour(seen.sink).0.starts_with("network.") {
                hosts.entry(seen.from).or_default().extend(seen.text.iter().filter_map(|text| host_of(text)));
            }
        }
        for seen in records.seen_calls {
            let place = self.place(seen.source, seen.range);
            let layer = Self::depth_of(&place.layers);
            facts.push(Fact::new(
                place,
                facts::Call {
                    callee: seen.callee.to_string(),
                    behaviour: seen.behaviours,
                    phase: seen.phase,
                    text: seen.text,
                    keyword: seen.keyword,
                    input: seen.input.iter().map(|id| table.behaviour(*id).0.to_owned()).collect(),
                    indirect: crate::value::indirect_words(seen.indirect),
                    function: seen.function.to_string(),
                    silenced: seen.silenced,
                    member: self.unit_at(seen.source).path.to_owned(),
                    role: self.unit_at(seen.source).role.as_str().to_owned(),
                    layer,
                },
            ));
        }
        for seen in records.seen_flows {
            let elsewhere_sent = hosts.get(&seen.from).map_or_else(Vec::new, |hosts| other_hosts(hosts, &seen.text));
            let Some(from) = records.sources.get(seen.from as usize) else { continue };
            let elsewhere = self.sources.get(from.at).map(|text| text.member)
                != self.sources.get(seen.source).map(|text| text.member);
            let place = self.place(seen.source, seen.range);
            let layer = Self::depth_of(&place.layers);
            let own = 1_u128.checked_shl(u32::from(from.behaviour)).unwrap_or(0);
            let via = (0..128_u16)
                .filter(|bit| seen.via & !own & (1 << bit) != 0)
                .map(|bit| table.behaviour(bit).0.to_owned())
                .collect();
            let steps = self.steps_between(&from.passed, from.line, (seen.source, seen.range));
            facts.push(Fact::new(
                place,
                facts::Flow {
                    source: table.behaviour(from.behaviour).0.to_owned(),
                    source_callee: from.callee.to_string(),
                    source_text: from.text.clone(),
                    sink: table.behaviour(seen.sink).0.to_owned(),
                    sink_callee: seen.callee.to_string(),
                    sink_text: seen.text,
                    via,
                    phase: seen.phase,
                    source_line: u64::from(from.line),
                    steps,
                    elsewhere: elsewhere_sent,
                    source_member: if elsewhere { self.unit_at(from.at).path.to_owned() } else { String::new() },
                    function: seen.function.to_string(),
                    member: self.unit_at(seen.source).path.to_owned(),
                    role: self.unit_at(seen.source).role.as_str().to_owned(),
                    layer,
                },
            ));
        }
        for seen in records.seen_imports {
            let place = self.place(seen.source, seen.range);
            let layer = Self::depth_of(&place.layers);
            facts.push(Fact::new(
                place,
                facts::Import {
                    known: crate::modules::belongs_to_standard(&seen.module),
                    module: seen.module,
                    phase: seen.phase,
                    indirect: crate::value::indirect_words(seen.indirect),
                    member: self.unit_at(seen.source).path.to_owned(),
                    role: self.unit_at(seen.source).role.as_str().to_owned(),
                    layer,
                },
            ));
        }
        facts
    }
}

/// The host of an address that is written out: `https://api.demo.invalid/login`.
fn host_of(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| scheme.len() <= 8)?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (scheme.chars().all(|c| c.is_ascii_alphanumeric()) && host.contains('.') && host.chars().all(plain))
        .then(|| host.to_ascii_lowercase())
}

/// Those of the hosts that are of another domain, by its last two parts, than the one a text names.
fn other_hosts(hosts: &BTreeSet<String>, texts: &[String]) -> Vec<String> {
    let domain = |host: &str| host.rsplit('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    let own: Vec<_> = texts.iter().filter_map(|text| host_of(text)).map(|host| domain(&host)).collect();
    if own.is_empty() {
        return Vec::new();
    }
    hosts.iter().filter(|host| !own.contains(&domain(host))).take(8).cloned().collect()
}

/// Puts facts in order of phase and place and keeps as many as one source may give. Of those that say the same the first
/// stands for all, so that a payload cannot hide behind a thousand harmless calls; then each group gives one after the
/// other, telling ones earlier. True when some were left out.
fn choose<Seen>(
    all: &mut Vec<Seen>,
    most: usize,
    place: impl Fn(&Seen) -> (Phase, usize, u32),
    says: impl Fn(&Seen) -> String,
    group: impl Fn(&Seen) -> (bool, String),
) -> bool {
    all.sort_by_key(place);
    if all.len() <= most {
        return false;
    }
    let mut said = HashSet::new();
    all.retain(|seen| said.insert(says(seen)));
    if all.len() <= most {
        return false;
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut ranked = Vec::with_capacity(all.len());
    for (at, seen) in all.iter().enumerate() {
        let (telling, name) = group(seen);
        let rank = counts.entry(name).or_default();
        ranked.push((*rank + if telling { 0 } else { 4 }, at));
        *rank += 1;
    }
    ranked.sort_unstable();
    let kept: HashSet<usize> = ranked.into_iter().take(most).map(|(_, at)| at).collect();
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
    true
}

/// The first items and the last ones.
fn ends<Item>(items: &[Item]) -> impl Iterator<Item = &Item> {
    const MOST: usize = 64;
    let (head, tail) = if items.len() > MOST { items.split_at(MOST - 16) } else { (items, &[][..]) };
    head.iter().chain(&tail[tail.len().saturating_sub(16)..])
}

/// Head and tail of a text that is too long to be kept whole. Runs of one character, as padding is, are shortened first.
pub(crate) fn both_ends(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_TEXT || text.chars().nth(LONGEST_TEXT).is_none() {
        return Cow::Borrowed(text);
    }
    let short = |text: &str| {
        let (mut last, mut run) = ('\0', 0);
        let once = |character: &char| {
            run = if *character == last { run + 1 } else { 0 };
            last = *character;
            run < 16
        };
        text.chars().filter(once).collect::<String>()
    };
    // Both ends of a long text are looked at, not all of it.
    const FAR: usize = 16 * 1024;
    let head = short(cut(text, FAR));
    let tail = short(text.char_indices().rev().nth(FAR - 1).map_or(text, |(at, _)| &text[at..]));
    let from = tail.char_indices().rev().nth(LONGEST_TAIL - 1).map_or(0, |(at, _)| at);
    Cow::Owned(format!("{} … {}", cut(&head, LONGEST_TEXT - LONGEST_TAIL), &tail[from..]))
}

/// What can be read of bytes, at both ends of them.
fn readable_ends(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.len() <= 4 * LONGEST_TEXT {
        return crate::language::readable(bytes).map_or(Cow::Borrowed(""), both_ends);
    }
    let head = crate::language::readable(&bytes[..LONGEST_TEXT]).unwrap_or("");
    let tail = std::str::from_utf8(&bytes[bytes.len() - LONGEST_TAIL..]).unwrap_or("");
    if head.is_empty() || tail.is_empty() { Cow::Borrowed(head) } else { Cow::Owned(format!("{head} … {tail}")) }
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}
