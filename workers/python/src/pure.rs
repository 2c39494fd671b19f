//! Pure functions of whole libraries: patterns, literals, templates, iterators, ciphers whose key stands in the code.

use std::rc::Rc;

use model::Operation;
use regex::{Captures, Regex, RegexBuilder};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::TextRange;

use crate::heap::{Bound, Dict, Target};
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, IMPORT, Origin, Value, passing, union, with_step};

/// Items of an endless iterator that are written out.
const MOST_REPEATED: usize = 100_000;
/// As long as nearly any payload that one value is repeated along.
const MOST_ENDLESS: usize = 4_096;
/// Memory of one compiled pattern.
const LARGEST_PATTERN: usize = 1 << 20;
/// Characters that one pattern is run over.
const LONGEST_SUBJECT: usize = 1 << 20;

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn library(&mut self, name: &str, arguments: &Arguments<'a>, range: TextRange) -> Option<Value<'a>> {
        let first = arguments.positional.first();
        let origin = || passing(&first.map(|value| value.origin.clone()).unwrap_or_default());
        match name {
            "re.sub" | "re.findall" | "re.split" | "re.search" | "re.match" | "re.fullmatch" | "re.finditer" => {
                self.pattern(name, arguments, range)
            }
            "re.compile" if arguments.positional.len() == 1 && arguments.keywords.is_empty() => {
                let pattern = first?.as_str()?.as_bytes().to_vec();
                Some(self.buffer(crate::buffers::Shape::Pattern, pattern, origin()))
            }
            "ast.literal_eval" => self.literal(first?),
            "dict.fromkeys" | "collections.OrderedDict.fromkeys" => {
                let keys = self.iterate(first?)?;
                let value = arguments.positional.get(1).cloned().unwrap_or(Value::new(Data::None));
                let mut dict = Dict::default();
                keys.into_iter().take(MOST_REPEATED).for_each(|key| dict.insert(key, value.clone()));
                Some(Value::from(self.dict(dict), origin()))
            }
            "collections.defaultdict" => {
                let mut dict = match arguments.positional.get(1).map(|value| &value.data) {
                    Some(Data::Dict(id)) => self.dict_of(*id).cloned()?,
                    Some(_) => return None,
                    None => Dict::default(),
                };
                // What is not in it is made when it is asked for.
                dict.open = true;
                Some(Value::new(self.dict(dict)))
            }
            "itertools.islice" => {
                let all;
                let items = match first?.data {
                    Data::List(id) => self.items(id),
                    _ => {
                        all = self.iterate(first?)?;
                        all.as_slice()
                    }
                };
                let bound = |at: usize| match arguments.positional.get(at).map(|value| &value.data) {
                    None | Some(Data::None) => Some(None),
                    Some(_) => arguments.positional[at].as_int().filter(|bound| *bound >= 0).map(Some),
                };
                let (lower, upper, step) = match arguments.positional.len() {
                    2 => (None, bound(1)?, None),
                    _ => (bound(1)?, bound(2)?, bound(3)?),
                };
                let places = crate::format::slice_indices(items.len(), lower, upper, step.unwrap_or(1).max(1));
                let part: Vec<Value<'a>> = places.filter_map(|at| items.get(at).cloned()).collect();
                self.burn(part.len() as u64 / 4);
                Some(Value::from(self.list(part), origin()))
            }
            "itertools.repeat" => {
                let times = match arguments.get(1, "times") {
                    Some(times) => usize::try_from(times.as_int()?).unwrap_or(0),
                    None => MOST_ENDLESS,
                };
                if times > MOST_REPEATED || !self.burn(times as u64 / 16) {
                    return None;
                }
                let items = vec![first?.clone(); times];
                Some(Value::new(self.list(items)))
            }
            "itertools.accumulate" => {
                let items = self.iterate(first?)?;
                let function = arguments.get(1, "func").cloned();
                let mut all: Vec<Value<'a>> = Vec::with_capacity(items.len());
                self.concrete += 1;
                for item in items {
                    let next = match (all.last().cloned(), &function) {
                        (None, _) => item,
                        (Some(total), None) => self.in_place(total, ruff_python_ast::Operator::Add, &item),
                        (Some(total), Some(function)) => {
                            self.invoke(function, Arguments::of(vec![total, item]), range, None)
                        }
                    };
                    if next.is_unknown() || !self.burn(1) {
                        break;
                    }
                    all.push(next);
                }
                self.concrete -= 1;
                Some(Value::from(self.list(all), origin()))
            }
            "operator.methodcaller" => {
                let method = first?.as_str()?.to_owned();
                let given = Arguments { positional: arguments.positional[1..].to_vec(), ..arguments.clone() };
                let bound = Bound {
                    target: Target::Method(Rc::from(format!("methodcaller {method}"))),
                    receiver: None,
                    arguments: given,
                };
                Some(Value::from(self.bound(bound), origin()))
            }
            // `pydoc.locate("os.system")`: an import and an attribute in one text.
            "pydoc.locate"
            | "pkgutil.resolve_name"
            | "werkzeug.utils.import_string"
            | "django.utils.module_loading.import_string" => {
                let path = first?.as_str()?.replace(':', ".");
                Some(Value::new(self.named(&path)).hidden(IMPORT))
            }
            "inspect.getattr_static" => self.get_attribute(arguments),
            "string.Template" => {
                let text = template(first?.as_str()?)?;
                Some(Value::from(Value::text(text), origin()))
            }
            "str.format_map" => {
                let given = Arguments { positional: arguments.positional[1..].to_vec(), ..Arguments::default() };
                Some(self.invoke_method(&first?.clone(), "format_map", &given))
            }
            "Crypto.Util.Padding.unpad" | "Cryptodome.Util.Padding.unpad" => {
                let bytes = first?.as_bytes()?;
                let pad = usize::from(*bytes.last()?);
                let kept = bytes.len().checked_sub(pad).filter(|_| (1..=32).contains(&pad))?;
                Some(Value::from(Value::bytes(bytes[..kept].to_vec()), origin()))
            }
            _ => None,
        }
    }

    /// A pattern run over a text that is known. Patterns that look around or back are not known here.
    fn pattern(&mut self, name: &str, arguments: &Arguments<'a>, range: TextRange) -> Option<Value<'a>> {
        let (replaces, at) = if name == "re.sub" { (arguments.get(1, "repl").cloned(), 2) } else { (None, 1) };
        let pattern = arguments.get(0, "pattern")?.as_str()?;
        let subject = arguments.get(at, "string")?;
        let text = subject.as_str().filter(|text| text.len() <= LONGEST_SUBJECT)?.to_owned();
        let flags = match arguments.get(
            if name == "re.sub" {
                4
            } else if name == "re.split" {
                3
            } else {
                2
            },
            "flags",
        ) {
            None => 0,
            Some(Value { data: Data::Name(id, 0), .. }) => match self.names.text(*id) {
                "re.I" | "re.IGNORECASE" => 2,
                "re.M" | "re.MULTILINE" => 8,
                "re.S" | "re.DOTALL" => 16,
                "re.X" | "re.VERBOSE" => 64,
                _ => return None,
            },
            Some(flags) => flags.as_int()?,
        };
        let wanted = match name {
            "re.match" => format!(r"\A(?:{pattern})"),
            "re.fullmatch" => format!(r"\A(?:{pattern})\z"),
            _ => pattern.replace(r"\Z", r"\z"),
        };
        let pattern = self.compiled(wanted, flags)?;
        if !self.burn(64 + text.len() as u64 / 4) || !self.room(text.len()) {
            return None;
        }
        let origin = passing(&subject.origin);
        let most = match arguments
            .get(if name == "re.sub" { 3 } else { 2 }, if name == "re.sub" { "count" } else { "maxsplit" })
        {
            Some(most) if matches!(name, "re.sub" | "re.split") => usize::try_from(most.as_int()?).ok()?,
            _ => 0,
        };
        let most = if most == 0 { MOST_REPEATED } else { most };
        match name {
            "re.sub" => self.substituted(&pattern, &text, &replaces?, most, origin, range),
            "re.findall" => {
                let found: Vec<Value<'a>> = pattern
                    .captures_iter(&text)
                    .take(MOST_REPEATED)
                    .map(|found| match found.len() {
                        1 => group(&found, 0, &origin),
                        2 => group(&found, 1, &origin),
                        many => {
                            let parts = (1..many).map(|at| group(&found, at, &origin)).collect();
                            Value::from(Data::Tuple(Rc::new(parts)), origin.clone())
                        }
                    })
                    .collect();
                self.burn(found.len() as u64);
                Some(Value::from(self.list(found), origin))
            }
            "re.finditer" => {
                let found = pattern.captures_iter(&text).take(MOST_REPEATED).map(|found| matched(&found, &origin));
                let found: Vec<Value<'a>> = found.collect();
                self.burn(found.len() as u64);
                Some(Value::from(self.list(found), origin))
            }
            "re.split" if pattern.captures_len() == 1 => {
                let parts = pattern.splitn(&text, most.saturating_add(1));
                let parts: Vec<Value<'a>> =
                    parts.map(|part| Value::from(Value::text(part.to_owned()), origin.clone())).collect();
                self.burn(parts.len() as u64);
                Some(Value::from(self.list(parts), origin))
            }
            "re.split" => None,
            _ => Some(match pattern.captures(&text) {
                Some(found) => matched(&found, &origin),
                None => Value::new(Data::None),
            }),
        }
    }

    /// A pattern made ready once, however often a loop runs it.
    fn compiled(&mut self, pattern: String, flags: i64) -> Option<Regex> {
        const MOST_PATTERNS: usize = 64;
        let key = (pattern, flags);
        if let Some(known) = self.patterns.get(&key) {
            return known.clone();
        }
        if self.patterns.len() >= MOST_PATTERNS || !self.burn(1_000) {
            return None;
        }
        let made = RegexBuilder::new(&key.0)
            .size_limit(LARGEST_PATTERN)
            .dfa_size_limit(LARGEST_PATTERN)
            .case_insensitive(flags & 2 != 0)
            .multi_line(flags & 8 != 0)
            .dot_matches_new_line(flags & 16 != 0)
            .ignore_whitespace(flags & 64 != 0)
            .build()
            .ok();
        self.patterns.insert(key, made.clone());
        made
    }

    fn substituted(
        &mut self,
        pattern: &Regex,
        text: &str,
        by: &Value<'a>,
        most: usize,
        origin: Origin,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let mut output = String::with_capacity(text.len());
        let mut origin = union(&origin, &passing(&by.origin));
        let mut at = 0;
        let mut times = 0;
        for found in pattern.captures_iter(text).take(most) {
            let whole = found.get(0)?;
            output.push_str(&text[at..whole.start()]);
            at = whole.end();
            times += 1;
            match by.as_str() {
                Some(template) => expand(template, &found, &mut output)?,
                None => {
                    // `re.sub(p, lambda m: chr(int(m.group(1))), text)`.
                    let given = Arguments::of(vec![matched(&found, &origin)]);
                    self.concrete += 1;
                    let result = self.invoke(by, given, range, None);
                    self.concrete -= 1;
                    output.push_str(result.as_str()?);
                    origin = union(&origin, &passing(&result.origin));
                }
            }
            if output.len() > LONGEST_SUBJECT || !self.burn(1) {
                return None;
            }
        }
        output.push_str(&text[at..]);
        if times > 0 && text.len() > 64 {
            origin = with_step(&origin, Operation::Replace);
        }
        Some(Value::from(Value::text(output), origin))
    }

    /// `ast.literal_eval`: a text that holds nothing but constants.
    fn literal(&mut self, value: &Value<'a>) -> Option<Value<'a>> {
        let text = value.as_str().filter(|text| text.len() <= LONGEST_SUBJECT)?.trim_start().to_owned();
        if !self.burn(64 + text.len() as u64 / 2) || crate::guard::check(&text).is_err() {
            return None;
        }
        let parsed = crate::layer::parse(text.clone());
        let [Stmt::Expr(single)] = parsed.module.body.as_slice() else { return None };
        let plain = |node: &Expr| {
            matches!(
                node,
                Expr::List(_)
                    | Expr::Tuple(_)
                    | Expr::Set(_)
                    | Expr::Dict(_)
                    | Expr::UnaryOp(_)
                    | Expr::BinOp(_)
                    | Expr::StringLiteral(_)
                    | Expr::BytesLiteral(_)
                    | Expr::NumberLiteral(_)
                    | Expr::BooleanLiteral(_)
                    | Expr::NoneLiteral(_)
            )
        };
        if ruff_python_ast::helpers::any_over_expr(&single.value, &|node: &Expr| !plain(node)) {
            return None;
        }
        let steps = self.here().steps.clone();
        let result = self.walk_layer(text, steps, self.frame.phase, false)?;
        Some(Value::from(result.data, union(&result.origin, &passing(&value.origin))))
    }

    /// `"{a}".format_map(dict)` and `Template("$a").substitute(a=…)`.
    pub(crate) fn mapped(&mut self, text: &Value<'a>, arguments: &Arguments<'a>) -> Value<'a> {
        let mut given = Arguments { keywords: arguments.keywords.clone(), ..Arguments::default() };
        if let Some(Data::Dict(id)) = arguments.positional.first().map(|value| &value.data) {
            for (key, value) in self.dict_of(*id).map_or(&[][..], |dict| &dict.items).iter().take(1_000) {
                if let Some(key) = key.as_str() {
                    given.keywords.push((key.to_owned().into(), value.clone()));
                }
            }
        }
        self.formatted(text, &given)
    }

    /// Methods of what `re.search` found: a tuple of its groups.
    pub(crate) fn group_method(
        &mut self,
        items: &Rc<Vec<Value<'a>>>,
        name: &str,
        arguments: &Arguments<'a>,
    ) -> Option<Value<'a>> {
        match name {
            "group" => {
                let at = arguments.positional.first().map_or(Some(0), Value::as_int)?;
                (arguments.positional.len() < 2).then(|| items.get(usize::try_from(at).ok()?).cloned())?
            }
            "groups" => Some(Value::new(Data::Tuple(Rc::new(items.get(1..)?.to_vec())))),
            "index" => {
                let wanted = arguments.positional.first()?;
                let at = items.iter().take(4_096).position(|item| crate::value::same(item, wanted) == Some(true))?;
                Some(Value::new(Data::Int(i64::try_from(at).ok()?)))
            }
            _ => None,
        }
    }
}

fn group<'a>(found: &Captures<'_>, at: usize, origin: &Origin) -> Value<'a> {
    let text = found.get(at).map_or("", |part| part.as_str());
    Value::from(Value::text(text.to_owned()), origin.clone())
}

/// What was found, as the tuple of its groups; one that took no part is nothing.
fn matched<'a>(found: &Captures<'_>, origin: &Origin) -> Value<'a> {
    let parts = (0..found.len()).map(|at| match found.get(at) {
        Some(_) => group(found, at, origin),
        None => Value::new(Data::None),
    });
    Value::from(Data::Tuple(Rc::new(parts.collect())), origin.clone())
}

/// `string.Template` as the text that `format` takes.
fn template(text: &str) -> Option<String> {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        output.push_str(&rest[..at].replace('{', "{{").replace('}', "}}"));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            output.push('$');
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('{');
        let named = inner.unwrap_or(rest);
        let end = named.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(named.len());
        if end == 0 {
            return None;
        }
        output.push_str(&format!("{{{}}}", &named[..end]));
        rest = &named[end..];
        if inner.is_some() {
            rest = rest.strip_prefix('}')?;
        }
    }
    output.push_str(&rest.replace('{', "{{").replace('}', "}}"));
    Some(output)
}

/// A replacement as Python writes it: `\1`, `\g<1>`, `\g<name>`.
fn expand(template: &str, found: &Captures<'_>, output: &mut String) -> Option<()> {
    let mut rest = template;
    while let Some(at) = rest.find('\\') {
        output.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(named) = rest.strip_prefix("g<") {
            let (name, after) = named.split_once('>')?;
            let part = match name.parse::<usize>() {
                Ok(number) => found.get(number),
                Err(_) => found.name(name),
            };
            output.push_str(part.map_or("", |part| part.as_str()));
            rest = after;
            continue;
        }
        let character = rest.chars().next()?;
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => output.push('\\'),
            'n' => output.push('\n'),
            't' => output.push('\t'),
            'r' => output.push('\r'),
            '1'..='9' if !rest.starts_with(|c: char| c.is_ascii_digit()) => {
                let number = usize::try_from(u32::from(character) - u32::from('0')).ok()?;
                output.push_str(found.get(number).map_or("", |part| part.as_str()));
            }
            _ => return None,
        }
    }
    output.push_str(rest);
    Some(())
}
