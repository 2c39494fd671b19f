//! Calls of names: what they do with what flows into them, and what flows on.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::behaviours::BehaviourId;
use crate::interpreter::{Arguments, Interpreter};
use crate::names::NameId;
use crate::received::carries;
use crate::record::Written;
use crate::value::{ALIAS, Data, Marks, Origin, UNRECORDED, Value, passing, union};

/// Files that one source writes and whose content is followed.
const MOST_WRITTEN: usize = 500;

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn invoke_name(
        &mut self,
        id: NameId,
        call: u32,
        callee: &Value<'a>,
        arguments: Arguments<'a>,
        range: TextRange,
        node: Option<&'a ast::ExprCall>,
    ) -> Value<'a> {
        let name = self.names.shared(id);
        let id = if matches!(&*name, "exec" | "eval" | "__import__" | "getattr") && call != 0 {
            // The result of such a call is no function of that name.
            match self.names.attribute(id, "__call__") {
                Some(id) => id,
                None => return Value::UNKNOWN,
            }
        } else {
            id
        };
        self.note_called(id);
        let given_back = self.run_callbacks(&name, &arguments);
        // A view of a buffer is the buffer itself; all else is given what is in it now.
        let now = if &*name == "memoryview" { None } else { self.frozen_arguments(&arguments) };
        let mut held: Vec<Value<'a>> = Vec::new();
        let arguments = match now {
            Some(now) => {
                held.extend(arguments.values().filter(|value| matches!(value.data, Data::Buffer(_))).cloned());
                now
            }
            None => arguments,
        };
        // `str.encode(x, "utf-8")` is a function of its arguments, `str(x).encode("utf-8")` is not.
        let method = call != 0 && matches!(name.split_once('.'), Some(("str" | "bytes" | "list" | "dict" | "int", _)));
        let special = if method { None } else { self.native(&name, &arguments, range) }.or(given_back);
        let special = special.or_else(|| self.decrypted(&name, call, &arguments));
        let mut behaviours = self.names.behaviours(id).to_vec();
        if matches!(&*name, "open" | "codecs.open" | "os.fdopen" | "pathlib.Path.open" | "aiofiles.open")
            && self.opens_to_write(&name, &arguments)
        {
            let table = self.names.table();
            behaviours.retain(|id| table.behaviour(*id).0 != "file.read");
        }
        self.by_arguments(&name, call, &arguments, &mut behaviours);
        let indirect = callee.indirect();
        let receiver = passing(&callee.origin);
        let inflow = union(&receiver, &self.inflow(&arguments));
        if special.is_none() {
            // Whoever is given a file in memory may write to it: `image.save(b)`, `json.dump(data, b)`.
            for value in &held {
                if self.is_stream(value) {
                    self.overwritten(value, &inflow);
                }
            }
        }
        if behaviours.is_empty() {
            if indirect & !ALIAS != 0 && (name.contains('.') || &*name == "*") && special.is_none() {
                let texts = self.texts_of(&arguments);
                self.record_call(id, &arguments, &texts, range, indirect);
            }
            let opens =
                matches!(&*name, "open" | "codecs.open" | "os.path.join" | "pathlib.Path" | "pathlib.Path.open")
                    || name.ends_with("resources.files")
                    || name.starts_with("tempfile.")
                    || name.starts_with("pathlib.Path.")
                    || name.starts_with("urllib.request.Request")
                    || name.starts_with("__file__.")
                    || matches!(&*name, "requests.Request" | "httpx.Request")
                    || crate::spelled::is_spelled(&name)
                    || crate::ciphers::is_cipher(&name);
            if let Some(value) = special {
                return value;
            }
            if &*name == "importlib.util.module_from_spec"
                && let Some(module) = self.module_of_spec(&arguments)
            {
                return module;
            }
            // A signature made with a key is not the key.
            let inflow = if carries(&name) { inflow } else { self.without_parameters(inflow) };
            let result = if opens || !arguments.positional.is_empty() && call != 0 && call != UNRECORDED {
                let mut texts = self.texts_of(&arguments);
                if &*name == "pathlib.Path.home" {
                    texts.push("~".to_owned());
                }
                texts.extend(self.records.text_of_call(call).iter().take(8).cloned());
                let mut keys = self.path_keys(&arguments, node);
                keys.extend(self.records.keys_of_call(call).iter().cloned());
                keys.truncate(8);
                let number = self.records.new_call(texts, keys);
                if name.starts_with("tempfile.") {
                    self.records.add_key(number, format!("#{}:{}", self.frame.source, u32::from(range.start())));
                }
                if crate::ciphers::is_cipher(&name) {
                    self.note_cipher(&name, number, &arguments);
                }
                number
            } else if call != 0 {
                call
            } else {
                UNRECORDED
            };
            let inflow = if self.replaced.is_empty() { inflow } else { self.given_by_replaced(id, inflow) };
            return Value::from(Data::Name(self.collapsed(id, &name), result), inflow);
        }
        let result = self.observe(id, &name, call, &behaviours, indirect, &arguments, inflow, special, range, node);
        if name.ends_with("_into") || name.ends_with(".readinto") {
            held.iter().for_each(|value| self.overwritten(value, &result.origin));
        }
        result
    }

    /// `module_from_spec(spec_from_file_location("a.b", path))` is the module `a.b`.
    fn module_of_spec(&mut self, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let spec = arguments.get(0, "spec")?;
        let Data::Name(id, call) = spec.data else { return None };
        if call == 0 || self.names.text(id) != "importlib.util.spec_from_file_location" {
            return None;
        }
        let plain = |text: &String| {
            !text.is_empty()
                && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
                && !text.ends_with(".py")
        };
        let name = self.records.text_of_call(call).iter().find(|text| plain(text))?.to_string();
        let module = self.named(&name);
        Some(Value::from(module, spec.origin.clone()))
    }

    /// `Path(x).resolve()` and its kin are paths again, and so is the folder of a package.
    fn collapsed(&mut self, id: NameId, name: &str) -> NameId {
        if matches!(name, "importlib.resources.files" | "importlib_resources.files") {
            return self.names.name("pathlib.Path").unwrap_or(id);
        }
        match name.strip_prefix("pathlib.Path.") {
            Some("joinpath" | "absolute" | "resolve" | "expanduser" | "home" | "cwd" | "with_name" | "with_suffix") => {
                self.names.name("pathlib.Path").unwrap_or(id)
            }
            _ => id,
        }
    }

    fn opens_to_write(&self, name: &str, arguments: &Arguments<'a>) -> bool {
        let at = usize::from(name != "pathlib.Path.open");
        arguments
            .get(at, "mode")
            .and_then(Value::as_str)
            .is_some_and(|mode| mode.contains(['w', 'a', 'x']) && !mode.contains('r'))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call, taken apart once by its only caller")]
    fn observe(
        &mut self,
        id: NameId,
        name: &Rc<str>,
        call: u32,
        behaviours: &[BehaviourId],
        indirect: u8,
        arguments: &Arguments<'a>,
        inflow: Origin,
        special: Option<Value<'a>>,
        range: TextRange,
        node: Option<&'a ast::ExprCall>,
    ) -> Value<'a> {
        let mut texts = self.texts_of(arguments);
        for text in self.records.text_of_call(call) {
            if texts.len() < 20 && !texts.contains(text) {
                texts.push(text.clone());
            }
        }
        let table = self.names.table();
        let spawns = table.id_of("process.spawn").is_some_and(|spawn| behaviours.contains(&spawn));
        if spawns
            && let Some(line) = self.command_line(name, arguments)
            && !texts.contains(&line)
        {
            texts.push(line);
        }
        // A socket of datagrams that is connected sends nothing: so a program learns its own address.
        if &**name == "socket.socket" && self.is_datagram(arguments) {
            texts.push("SOCK_DGRAM".to_owned());
        }
        let plain = matches!(&**name, "chr" | "reversed" | "unichr");
        let importing = matches!(&**name, "__import__" | "importlib.import_module" | "importlib.__import__");
        // `chr` and its kin are steps of a value, not deeds; an import of a plain name is an import fact.
        let constant_import = importing
            && arguments.positional.first().is_some_and(|value| value.as_str().is_some() && value.origin.is_none());
        if !(plain || constant_import && indirect == 0) {
            self.record_call_as(id, behaviours, arguments, &texts, range, indirect);
        }
        let mut sinks = false;
        let mut source = false;
        let mut transform = 0_u128;
        for behaviour in behaviours {
            let roles = table.behaviour(*behaviour).1;
            sinks |= roles.sink;
            source |= roles.source;
            if roles.transform {
                transform |= 1_u128.checked_shl(u32::from(*behaviour)).unwrap_or(0);
            }
        }
        let mut reaching = inflow.clone();
        let received = self.receiver(id, range);
        if let Some(source) = received {
            for value in arguments.values() {
                self.mark_receiver(value, source);
            }
        }
        let words: Vec<&str> = behaviours.iter().map(|id| table.behaviour(*id).0).collect();
        if sinks && !self.records.written.is_empty() && words.iter().any(|word| runs_files(word)) {
            let written = self.written_to(arguments, call, node, table);
            // What arrives by itself did not need the file.
            let known = |number: u32| inflow.as_ref().is_some_and(|marks| marks.taints.iter().any(|t| t.0 == number));
            let written = written.map(|marks| {
                let mut marks = Marks::clone(&marks);
                marks.taints.retain(|(number, _)| !known(*number));
                Rc::new(marks)
            });
            reaching = union(&reaching, &written);
        }
        if sinks && !constant_import {
            for taint in reaching.as_ref().map_or(&[][..], |marks| &marks.taints) {
                // What a chain of calls says of itself is no flow: `connect(…).connect`.
                for behaviour in behaviours {
                    if table.behaviour(*behaviour).1.sink && !self.is_wrapper(*taint, name, &texts) {
                        self.record_flow(*taint, *behaviour, name, &texts, range);
                    }
                }
            }
        }
        if words.contains(&"file.write") || words.contains(&"file.copy") || saves(name) {
            self.note_written(name, call, arguments, &inflow, &words, &texts, range, node);
        }
        let from_layer = self.layers_of_call(name, &words, arguments, call, range);
        if spawns && let Some(fed) = self.fed(name, call, &texts, arguments) {
            self.layer(&fed, "process.spawn", range, model::Operation::Stdin);
        }
        let mut origin: Origin = None;
        if transform != 0 || !sinks && !source {
            origin = through(&inflow, transform);
        }
        if words.contains(&"file.read") {
            let (taints, _) = self.matching(arguments, call, node);
            origin = union(&origin, &taints);
        }
        if source {
            for behaviour in behaviours {
                // A member of an archive is read from a file, unless the archive itself came from elsewhere.
                let inner = words.contains(&"archive.extract") && table.behaviour(*behaviour).0 == "file.read";
                let elsewhere = inflow.as_ref().is_some_and(|marks| !marks.taints.is_empty());
                // What a library hands to a function of this source comes to its parameters, not out of the call.
                if table.behaviour(*behaviour).1.source
                    && table.behaviour(*behaviour).0 != "callback.receive"
                    && !(plain && special.is_none())
                    && !(inner && elsewhere)
                    && let Some(number) = self.record_source(*behaviour, name, &texts, range)
                {
                    let mark = Marks { taints: vec![(number, 0)], ..Marks::default() };
                    origin = union(&origin, &Some(Rc::new(mark)));
                }
            }
        }
        if origin.is_some()
            && words.iter().any(|word| matches!(*word, "network.fetch" | "keyboard.capture" | "audio.capture"))
        {
            self.hand_over(arguments, &origin);
        }
        if let Some(value) = special {
            let steps = value.origin.as_ref().map(|marks| Rc::new(Marks { taints: Vec::new(), ..Marks::clone(marks) }));
            let keep = if matches!(value.data, Data::Name(_, 0)) { value.origin.clone() } else { steps };
            return Value::from(value.data, union(&origin, &keep));
        }
        if let Some(value) = from_layer {
            return Value::from(value.data, union(&origin, &value.origin));
        }
        let keys = self.path_keys(arguments, node);
        let mut all = keys;
        all.extend(self.records.keys_of_call(call).iter().cloned());
        all.truncate(8);
        let number = self.records.new_call(texts, all);
        if name.starts_with("tempfile.") {
            self.records.add_key(number, format!("#{}:{}", self.frame.source, u32::from(range.start())));
        }
        self.turned(name, call, number);
        if name.ends_with(".Request") && words.contains(&"network.send") {
            self.records.carries_body(number);
        }
        Value::from(Data::Name(id, number), origin)
    }

    /// Reading some names is a deed: `os.environ`, `sys.argv`.
    pub(crate) fn read(&mut self, value: Value<'a>, node: &'a Expr) -> Value<'a> {
        let Data::Name(id, 0 | UNRECORDED) = value.data else { return value };
        if self.names.behaviours(id).is_empty() {
            return value;
        }
        let name = self.names.shared(id);
        let of_request = name.ends_with(".rfile") || name.ends_with(".request");
        if !is_read(&name) || !matches!(value.data, Data::Name(_, 0)) && !of_request {
            return value;
        }
        self.read_source(value, id, &name, &[], node.range())
    }

    /// `os.environ["KEY"]`: the key is the text of the source.
    pub(crate) fn read_item(&mut self, value: Value<'a>, key: &Value<'a>, range: TextRange) -> Value<'a> {
        let Data::Name(id, 0) = value.data else { return value };
        let name = self.names.shared(id);
        if !is_read(&name) {
            return value;
        }
        let mut texts = Vec::new();
        self.texts(key, &mut texts, 0);
        if texts.is_empty() {
            // One item, whichever it is: not all of them.
            texts.push("{}".to_owned());
        }
        self.read_source(value, id, &name, &texts, range)
    }

    fn read_source(
        &mut self,
        value: Value<'a>,
        id: NameId,
        name: &Rc<str>,
        texts: &[String],
        range: TextRange,
    ) -> Value<'a> {
        let table = self.names.table();
        let behaviours = self.names.behaviours(id).to_vec();
        let mut origin = value.origin.clone();
        for behaviour in &behaviours {
            if table.behaviour(*behaviour).1.source
                && let Some(number) = self.record_source(*behaviour, name, texts, range)
            {
                let mark = Marks { taints: vec![(number, 0)], ..Marks::default() };
                origin = union(&origin, &Some(Rc::new(mark)));
            }
        }
        let arguments = Arguments::default();
        self.record_call(id, &arguments, texts, range, value.indirect());
        Value::from(value.data, origin)
    }

    /// What is put into an object goes with it: a header of a session, a part of a mail. `item`: as into a mapping, which
    /// most objects are that nothing is known of.
    pub(crate) fn soaked(&mut self, into: &'a Expr, origin: &Origin, item: bool) {
        if origin.as_ref().is_none_or(|marks| marks.taints.is_empty()) {
            return;
        }
        let into = match into {
            Expr::Attribute(part) if matches!(part.attr.as_str(), "headers" | "params" | "cookies") => &*part.value,
            _ if item => return,
            other => other,
        };
        let filled = |value: Value<'a>| Value { origin: union(&value.origin, &passing(origin)), data: value.data };
        match into {
            Expr::Name(name) => {
                let value = self.variable(name.id.as_str()).filter(|value| matches!(value.data, Data::Name(_, 1..)));
                if let Some(value) = value.cloned() {
                    self.set(Self::identifier(name.id.as_str()), filled(value));
                }
            }
            Expr::Attribute(attribute) if matches!(&*attribute.value, Expr::Name(_)) => {
                let object = self.expression(&attribute.value);
                let name = Self::identifier(attribute.attr.as_str());
                if let Data::Instance(_) = object.data {
                    let value = self.attribute(&object, &name);
                    self.set_attribute(&object, name, filled(value));
                }
            }
            _ => {}
        }
    }

    /// By what names a file is known that a call opens: its path, the expression that names it, the call that made it.
    pub(crate) fn path_keys(&self, arguments: &Arguments<'a>, node: Option<&'a ast::ExprCall>) -> Vec<String> {
        let mut keys = Vec::new();
        let first = arguments
            .positional
            .first()
            .or_else(|| ["file", "path", "filename", "name", "fp"].iter().find_map(|word| arguments.keyword(word)));
        if let Some(value) = first {
            self.keys_of(value, &mut keys);
        }
        if let Some(expression) = node.and_then(|node| node.arguments.args.first()) {
            self.expression_keys(expression, &mut keys, 0);
        }
        keys.truncate(8);
        keys
    }

    fn keys_of(&self, value: &Value<'a>, keys: &mut Vec<String>) {
        if let Some(text) = value.as_template() {
            if text.len() >= 3 && text.len() <= 300 && text.bytes().filter(u8::is_ascii_alphanumeric).count() >= 3 {
                keys.push(format!("={text}"));
            }
            return;
        }
        match &value.data {
            Data::Name(_, call) => keys.extend(self.records.keys_of_call(*call).iter().cloned()),
            Data::List(_) | Data::Tuple(_) => {
                let items: &[Value<'a>] = match &value.data {
                    Data::List(id) => self.items(*id),
                    Data::Tuple(items) => items,
                    _ => &[],
                };
                for item in items.iter().take(16) {
                    if keys.len() < 16 && !matches!(item.data, Data::List(_) | Data::Tuple(_)) {
                        self.keys_of(item, keys);
                    }
                }
            }
            _ => {}
        }
    }

    /// Variables and attributes in an expression that may name a file, as they are written.
    fn expression_keys(&self, node: &'a Expr, keys: &mut Vec<String>, depth: u32) {
        if depth > 6 || keys.len() >= 16 {
            return;
        }
        let mut add = |text: &str| {
            if text.len() <= 80 && !text.starts_with("sys.") && !text.starts_with("subprocess.") {
                keys.push(format!("@{text}"));
            }
        };
        match node {
            Expr::Name(name) => {
                let value = self.variable(name.id.as_str());
                let plain = value.is_some_and(|value| matches!(value.data, Data::Name(_, 0)));
                if !plain {
                    add(name.id.as_str());
                }
            }
            Expr::Attribute(attribute) => {
                add(self.text_of(node));
                if let Expr::Name(_) = &*attribute.value {
                    self.expression_keys(&attribute.value, keys, depth + 1);
                }
            }
            Expr::List(list) => list.elts.iter().for_each(|item| self.expression_keys(item, keys, depth + 1)),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.expression_keys(item, keys, depth + 1)),
            Expr::BinOp(sum) => {
                self.expression_keys(&sum.left, keys, depth + 1);
                self.expression_keys(&sum.right, keys, depth + 1);
            }
            Expr::FString(text) => {
                for part in text.value.iter() {
                    let ast::FStringPart::FString(part) = part else { continue };
                    for element in &part.elements {
                        if let ast::InterpolatedStringElement::Interpolation(inner) = element {
                            self.expression_keys(&inner.expression, keys, depth + 1);
                        }
                    }
                }
            }
            Expr::Call(call) => {
                call.arguments.args.iter().for_each(|item| self.expression_keys(item, keys, depth + 1));
                if let Expr::Attribute(function) = &*call.func {
                    self.expression_keys(&function.value, keys, depth + 1);
                }
            }
            _ => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call, taken apart once by its only caller")]
    fn note_written(
        &mut self,
        name: &str,
        call: u32,
        arguments: &Arguments<'a>,
        inflow: &Origin,
        words: &[&str],
        texts: &[String],
        range: TextRange,
        node: Option<&'a ast::ExprCall>,
    ) {
        let mut keys: Vec<String> = self.records.keys_of_call(call).to_vec();
        let mut taints = inflow.as_ref().map(|marks| marks.taints.clone()).unwrap_or_default();
        if saves(name) {
            // `urlretrieve(url, path)`: what is fetched here is what is written.
            let target = arguments.get(1, "filename").or_else(|| arguments.keyword("out"));
            if let Some(target) = target {
                self.keys_of(target, &mut keys);
            }
            if let Some(expression) = node.and_then(|node| node.arguments.args.get(1)) {
                self.expression_keys(expression, &mut keys, 0);
            }
            let table = self.names.table();
            let id = self.names.name(name);
            let behaviours = id.map(|id| self.names.behaviours(id).to_vec()).unwrap_or_default();
            let shared: Rc<str> = Rc::from(name);
            for behaviour in behaviours {
                if table.behaviour(behaviour).1.source
                    && let Some(number) = self.record_source(behaviour, &shared, texts, range)
                {
                    taints.push((number, 0));
                }
            }
        } else if words.contains(&"file.copy") || name.starts_with("shutil.copyfileobj") {
            if let Some(expression) = node.and_then(|node| node.arguments.args.get(1)) {
                self.expression_keys(expression, &mut keys, 0);
            }
            if let Some(target) = arguments.positional.get(1) {
                self.keys_of(target, &mut keys);
            }
            // A copy of what was written is written too.
            let (copied, _) = self.matching(arguments, call, node);
            taints.extend(copied.as_ref().map_or(&[][..], |marks| &marks.taints).iter().copied());
        } else if call == 0 {
            keys.extend(self.path_keys(arguments, node));
            // `os.write(fd, data)`, `json.dump(data, file)`: the file is an argument.
            for value in arguments.values() {
                if let Data::Name(_, call) = value.data {
                    keys.extend(self.records.keys_of_call(call).iter().cloned());
                }
            }
        }
        keys.sort();
        keys.dedup();
        keys.truncate(16);
        if keys.is_empty() {
            return;
        }
        if let Some(known) = self.records.written.iter_mut().find(|known| known.keys == keys) {
            let new = taints.into_iter().filter(|(source, _)| !known.taints.iter().any(|taint| taint.0 == *source));
            known.taints.extend(new.collect::<Vec<_>>());
        } else if self.records.written.len() < MOST_WRITTEN {
            self.records.written.push(Written { keys, taints });
        } else {
            self.gap("more files are written than are followed");
        }
    }

    /// What was written to the files that a call names.
    fn matching(&self, arguments: &Arguments<'a>, call: u32, node: Option<&'a ast::ExprCall>) -> (Origin, bool) {
        if self.records.written.is_empty() {
            return (None, false);
        }
        let mut keys: Vec<String> = self.records.keys_of_call(call).to_vec();
        let mut texts = Vec::new();
        for value in arguments.values() {
            self.keys_of(value, &mut keys);
            self.texts(value, &mut texts, 0);
        }
        if let Some(node) = node {
            for expression in node.arguments.args.iter().chain(node.arguments.keywords.iter().map(|word| &word.value)) {
                self.expression_keys(expression, &mut keys, 0);
            }
        }
        let mut marks = Marks::default();
        let mut any = false;
        for written in &self.records.written {
            let hit = written.keys.iter().any(|key| {
                keys.contains(key)
                    || key.strip_prefix('=').is_some_and(|path| {
                        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
                        name.len() >= 4 && !name.contains("{}") && texts.iter().any(|text| text.contains(name))
                    })
            });
            if hit {
                any = true;
                for taint in &written.taints {
                    if marks.taints.len() < 12 && !marks.taints.iter().any(|known| known.0 == taint.0) {
                        marks.taints.push(*taint);
                    }
                }
            }
        }
        let origin = (!marks.taints.is_empty()).then(|| Rc::new(marks));
        (origin, any)
    }

    fn written_to(
        &self,
        arguments: &Arguments<'a>,
        call: u32,
        node: Option<&'a ast::ExprCall>,
        table: &crate::Behaviours,
    ) -> Origin {
        let (origin, _) = self.matching(arguments, call, node);
        match (origin, table.id_of("file.write")) {
            (Some(marks), Some(write)) => {
                let bit = 1_u128.checked_shl(u32::from(write)).unwrap_or(0);
                through(&Some(marks), bit)
            }
            (origin, _) => origin,
        }
    }
}

/// Names that are sources when they are read.
fn is_read(name: &str) -> bool {
    match name.strip_prefix("flask.request.") {
        Some(part) => {
            matches!(part, "args" | "form" | "json" | "data" | "values" | "headers" | "cookies" | "authorization")
        }
        None => {
            matches!(name, "os.environ" | "os.environb" | "sys.argv")
                || name.ends_with("RequestHandler.rfile")
                || name.ends_with("RequestHandler.request")
        }
    }
}

/// Behaviours that run or load a file they are given.
fn runs_files(word: &str) -> bool {
    matches!(
        word,
        "process.spawn"
            | "process.output"
            | "native.load"
            | "code.import"
            | "code.path"
            | "code.exec"
            | "file.chmod"
            | "browser.open"
            | "persistence.schedule"
            | "archive.extract"
            | "install.pip"
    )
}

/// Functions that fetch and write in one.
fn saves(name: &str) -> bool {
    matches!(name, "urllib.request.urlretrieve" | "urllib.urlretrieve" | "wget.download" | "gdown.download")
}

/// The origin after it passed some transforms.
fn through(origin: &Origin, transforms: u128) -> Origin {
    match origin {
        Some(marks) if transforms != 0 && !marks.taints.is_empty() => {
            let mut marks = Marks::clone(marks);
            marks.taints.iter_mut().for_each(|(_, via)| *via |= transforms);
            Some(Rc::new(marks))
        }
        other => other.clone(),
    }
}
