//! Methods of strings, bytes, numbers and containers whose content is known.

use std::rc::Rc;

use model::Operation;

use crate::codec::{Codec, codec, encoded};
use crate::heap::Dict;
use crate::interpreter::{Arguments, Interpreter, LARGEST};
use crate::value::{Data, Origin, Value, passing, union, with_step};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn invoke_method(&mut self, receiver: &Value<'a>, name: &str, arguments: &Arguments<'a>) -> Value<'a> {
        let origin = union(&passing(&receiver.origin), &self.inflow(arguments));
        let now = match &receiver.data {
            Data::List(_) | Data::Dict(_) | Data::Buffer(_) => None,
            _ => self.frozen_arguments(arguments),
        };
        let arguments = now.as_ref().unwrap_or(arguments);
        let result = match &receiver.data {
            Data::Literal(_) | Data::Text(_) | Data::Template(_) => {
                return self.text_method(receiver, name, arguments, origin);
            }
            Data::BytesLiteral(_) | Data::Bytes(_) => self.bytes_method(receiver, name, arguments),
            Data::List(id) => return self.list_method(*id, name, arguments, origin),
            Data::Buffer(id) => return self.buffer_method(*id, name, arguments, origin),
            Data::Tuple(items) => match name {
                "__getitem__" => return self.item(receiver, arguments.positional.first().unwrap_or(&Value::UNKNOWN)),
                _ => self.group_method(items, name, arguments),
            },
            Data::Dict(id) => return self.dict_method(*id, name, arguments, origin),
            Data::Int(_) | Data::Bool(_) | Data::Big(_) => self.int_method(receiver, name, arguments),
            Data::Namespace(_) => match (name, arguments.positional.first()) {
                ("get" | "__getitem__" | "pop" | "setdefault", Some(key)) => return self.item(receiver, &key.clone()),
                ("update", Some(Value { data: Data::Dict(id), .. })) => {
                    let items = self.dict_of(*id).map(|dict| dict.items.clone()).unwrap_or_default();
                    for (key, value) in items {
                        self.set_item(receiver, key, value, ruff_text_size::TextRange::default());
                    }
                    None
                }
                ("__setitem__", Some(key)) => {
                    if let Some(value) = arguments.positional.get(1) {
                        self.set_item(receiver, key.clone(), value.clone(), ruff_text_size::TextRange::default());
                    }
                    None
                }
                _ => None,
            },
            _ => None,
        };
        let mut value = result.unwrap_or(Value::UNKNOWN);
        value.origin = union(&value.origin, &origin);
        value
    }

    pub(crate) fn text_method(
        &mut self,
        receiver: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
        origin: Origin,
    ) -> Value<'a> {
        match name {
            "format" => return self.formatted(receiver, arguments),
            "format_map" | "substitute" | "safe_substitute" => return self.mapped(receiver, arguments),
            "join" => return self.join_text(receiver, arguments, origin),
            _ => {}
        }
        let Some(text) = receiver.as_str() else {
            let constant = |at: usize| arguments.positional.get(at).and_then(Value::as_str);
            // `path.replace("__init__.py", "version")` of a path of which only the end is known.
            if let ("replace", Some(text), Some(from), Some(to)) =
                (name, receiver.as_template(), constant(0), constant(1))
                && !from.is_empty()
                && !from.contains(['{', '}'])
                && to.len() <= 200
                && text.len() <= LARGEST
            {
                return Value::from(Data::Template(Rc::from(text.replace(from, to))), origin);
            }
            // Partly known text stays so where only its shape changes.
            let data = match name {
                "encode" | "strip" | "rstrip" | "lstrip" | "lower" | "upper" | "replace" | "title" | "expandtabs" => {
                    receiver.data.clone()
                }
                _ => Data::Unknown,
            };
            return Value::from(data, origin);
        };
        if !self.room(text.len()) {
            return Value::from(Data::Unknown, origin);
        }
        let first = arguments.positional.first();
        let text_at = |at: usize| arguments.positional.get(at).and_then(Value::as_str);
        let int_at = |at: usize| arguments.positional.get(at).and_then(Value::as_int);
        let strip_set: Option<Vec<char>> = match first {
            None | Some(Value { data: Data::None, .. }) => None,
            Some(value) => match value.as_str() {
                Some(set) => Some(set.chars().collect()),
                None if name.ends_with("strip") => return Value::from(Data::Unknown, origin),
                None => None,
            },
        };
        let inside = |c: char| strip_set.as_ref().map_or_else(|| c.is_whitespace(), |set| set.contains(&c));
        let mut origin = origin;
        let data = match name {
            "strip" => Value::text(text.trim_matches(inside).to_owned()),
            "lstrip" => Value::text(text.trim_start_matches(inside).to_owned()),
            "rstrip" => Value::text(text.trim_end_matches(inside).to_owned()),
            "lower" | "casefold" => Value::text(text.to_lowercase()),
            "upper" => Value::text(text.to_uppercase()),
            "swapcase" => Value::text(
                text.chars()
                    .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                    .collect(),
            ),
            "capitalize" => {
                let mut characters = text.chars();
                let head = characters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
                Value::text(head + &characters.as_str().to_lowercase())
            }
            "title" => {
                let mut start = true;
                Value::text(
                    text.chars()
                        .map(|c| {
                            let shown = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                            start = !c.is_alphabetic();
                            shown
                        })
                        .collect(),
                )
            }
            "replace" => match (text_at(0), text_at(1)) {
                (Some(from), Some(to)) => {
                    let count = text.len() / from.len().max(1) + 1;
                    let size = count.saturating_mul(to.len()).saturating_add(text.len());
                    if size > LARGEST && (from.is_empty() || !self.room(size)) {
                        return Value::from(Data::Unknown, origin);
                    }
                    let most = int_at(2).and_then(|most| usize::try_from(most).ok());
                    if text.len() > 64 && text.contains(from) {
                        origin = with_step(&origin, Operation::Replace);
                    }
                    Value::text(match most {
                        Some(most) => text.replacen(from, to, most),
                        None => text.replace(from, to),
                    })
                }
                _ => Data::Template(crate::format::cut_template(text)),
            },
            "removeprefix" => {
                text_at(0).map_or(Data::Unknown, |part| Value::text(text.strip_prefix(part).unwrap_or(text).to_owned()))
            }
            "removesuffix" => {
                text_at(0).map_or(Data::Unknown, |part| Value::text(text.strip_suffix(part).unwrap_or(text).to_owned()))
            }
            "split" | "rsplit" | "splitlines" => {
                let unknown = Value::from(Data::Unknown, origin.clone());
                let by = match arguments.get(0, "sep") {
                    None | Some(Value { data: Data::None, .. }) => None,
                    Some(_) if name == "splitlines" => None,
                    Some(by) => match by.as_str().filter(|by| !by.is_empty()) {
                        Some(by) => Some(by),
                        None => return unknown,
                    },
                };
                let most = match arguments.get(1, "maxsplit") {
                    None => None,
                    Some(most) => match most.as_int() {
                        Some(most) => usize::try_from(most).ok(),
                        None => return unknown,
                    },
                };
                let keeps = arguments.get(0, "keepends").is_some_and(|keeps| self.truth(keeps) != Some(false));
                let parts: Vec<&str> = match (name, by, most) {
                    ("splitlines", ..) if keeps => text.split_inclusive('\n').collect(),
                    ("splitlines", ..) => text.lines().collect(),
                    ("split", Some(by), Some(most)) => text.splitn(most.saturating_add(1), by).collect(),
                    (_, Some(by), None) => text.split(by).collect(),
                    (_, Some(by), Some(most)) => {
                        let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), by).collect();
                        parts.reverse();
                        parts
                    }
                    (_, None, None) => text.split_whitespace().collect(),
                    ("split", None, Some(most)) => {
                        let mut parts = Vec::new();
                        let mut rest = text.trim_start();
                        while parts.len() < most
                            && let Some((word, more)) = rest.split_once(char::is_whitespace)
                        {
                            parts.push(word);
                            rest = more.trim_start();
                        }
                        parts.extend((!rest.is_empty()).then_some(rest));
                        parts
                    }
                    (_, None, Some(_)) => return unknown,
                };
                if parts.len() > 400_000 {
                    return Value::from(Data::Unknown, origin);
                }
                let items =
                    parts.into_iter().map(|part| Value::from(Value::text(part.to_owned()), origin.clone())).collect();
                self.list(items)
            }
            "partition" | "rpartition" => match text_at(0).filter(|by| !by.is_empty()) {
                Some(by) => {
                    let found = if name == "partition" { text.split_once(by) } else { text.rsplit_once(by) };
                    let parts = match found {
                        Some((left, right)) => [left, by, right],
                        None if name == "partition" => [text, "", ""],
                        None => ["", "", text],
                    };
                    let part = |part: &str| Value::from(Value::text(part.to_owned()), origin.clone());
                    Data::Tuple(Rc::new(parts.map(part).to_vec()))
                }
                None => Data::Unknown,
            },
            "encode" => {
                let ignore = arguments.get(1, "errors").and_then(Value::as_str) == Some("ignore");
                let codec = arguments.get(0, "encoding").map_or(Some("utf-8"), Value::as_str).map(codec);
                codec.and_then(|codec| encoded(text, codec, ignore)).map_or(Data::Unknown, Value::bytes)
            }
            // Python 2: `"…".decode("base64")`.
            "decode" => match first.map_or(Some("utf-8"), Value::as_str).map(codec) {
                Some(Codec::Other(name)) => {
                    return self.decode_with(name, receiver, &origin).unwrap_or(Value::from(Data::Unknown, origin));
                }
                Some(Codec::Utf8 | Codec::Latin1 | Codec::Marked) => receiver.data.clone(),
                _ => Data::Unknown,
            },
            "translate" => match first.map(|table| table.data.clone()) {
                Some(Data::Dict(id)) => self.translate(text, id),
                _ => Data::Unknown,
            },
            "maketrans" => self.table(arguments),
            "zfill" | "rjust" | "ljust" | "center" => match int_at(0).and_then(|width| usize::try_from(width).ok()) {
                Some(width) if width <= 100_000 => {
                    let fill = if name == "zfill" {
                        '0'
                    } else {
                        text_at(1).and_then(|fill| fill.chars().next()).unwrap_or(' ')
                    };
                    let missing = width.saturating_sub(text.chars().count());
                    // As CPython shares an odd rest between both sides.
                    let left = match name {
                        "ljust" => 0,
                        "center" => missing / 2 + (missing & width & 1),
                        _ => missing,
                    };
                    let pad = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
                    Value::text(match (name, text.strip_prefix(['-', '+'])) {
                        ("zfill", Some(digits)) => format!("{}{}{digits}", &text[..1], pad(left)),
                        _ => format!("{}{text}{}", pad(left), pad(missing - left)),
                    })
                }
                _ => Data::Unknown,
            },
            "find" | "index" | "rfind" | "rindex" | "count" => {
                self.found(text, name, arguments).map_or(Data::Unknown, Data::Int)
            }
            "startswith" | "endswith" if arguments.positional.len() == 1 => {
                let is = |part: &str| if name == "startswith" { text.starts_with(part) } else { text.ends_with(part) };
                match first.map(|first| &first.data) {
                    Some(Data::Tuple(parts)) => {
                        let parts: Option<Vec<bool>> = parts.iter().map(|part| part.as_str().map(is)).collect();
                        parts.map_or(Data::Unknown, |parts| Data::Bool(parts.contains(&true)))
                    }
                    _ => text_at(0).map_or(Data::Unknown, |part| Data::Bool(is(part))),
                }
            }
            "isupper" => Data::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
            "islower" => Data::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
            "isalpha" => Data::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
            "isdigit" | "isnumeric" | "isdecimal" => Data::Bool(!text.is_empty() && text.chars().all(char::is_numeric)),
            "isalnum" => Data::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
            "isspace" => Data::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)),
            "__add__" => {
                return self.in_place(
                    receiver.clone(),
                    ruff_python_ast::Operator::Add,
                    first.unwrap_or(&Value::UNKNOWN),
                );
            }
            "__getitem__" => return self.item(receiver, first.unwrap_or(&Value::UNKNOWN)),
            "__mod__" => return self.percent(receiver, first.unwrap_or(&Value::UNKNOWN)),
            "__str__" => receiver.data.clone(),
            "expandtabs" if !text.contains('\t') => receiver.data.clone(),
            "__len__" => i64::try_from(text.chars().count()).map_or(Data::Unknown, Data::Int),
            _ => Data::Unknown,
        };
        Value::from(data, origin)
    }

    /// Where a part stands in a text, or how often, counted in characters.
    fn found(&self, text: &str, name: &str, arguments: &Arguments<'a>) -> Option<i64> {
        let part = arguments.positional.first()?.as_str()?;
        let ascii = text.is_ascii();
        let characters = if ascii { text.len() } else { text.chars().count() };
        let (start, end) = bounds(arguments, characters)?;
        let offset = |at: usize| if ascii { at } else { text.char_indices().nth(at).map_or(text.len(), |(at, _)| at) };
        let before = offset(start);
        let within = text.get(before..offset(end))?;
        if name == "count" {
            return i64::try_from(if part.is_empty() { end - start + 1 } else { within.matches(part).count() }).ok();
        }
        let found = if name.starts_with('r') { within.rfind(part) } else { within.find(part) };
        match found {
            Some(at) => i64::try_from(start + if ascii { at } else { within[..at].chars().count() }).ok(),
            None if name.ends_with("find") => Some(-1),
            // Python raises.
            None => None,
        }
    }

    pub(crate) fn join_text(&mut self, receiver: &Value<'a>, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
        let Some(iterable) = arguments.positional.first() else { return Value::from(Data::Unknown, origin) };
        let by = receiver.as_str().unwrap_or("").to_owned();
        let Some(items) = self.iterate(iterable) else { return Value::from(Data::Unknown, origin) };
        let mut origin = origin;
        let size = items
            .iter()
            .map(|item| item.as_template().map_or(2, str::len) + by.len())
            .fold(0_usize, usize::saturating_add);
        if !self.room(size) {
            return Value::from(Data::Unknown, origin);
        }
        for item in items.iter().take(256) {
            origin = union(&origin, &passing(&item.origin));
        }
        if items.iter().all(|item| item.as_str().is_some()) {
            let mut text = String::with_capacity(size);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(&by);
                }
                text.push_str(item.as_str().unwrap_or(""));
            }
            if items.len() > 3 && by.is_empty() {
                origin = with_step(&origin, Operation::Join);
            }
            return Value::from(Value::text(text), origin);
        }
        let mut parts: Vec<Option<&str>> = Vec::new();
        for (at, item) in items.iter().take(200).enumerate() {
            if at > 0 {
                parts.push(Some(&by));
            }
            parts.push(item.as_template());
        }
        Value::from(Data::Template(crate::format::template(&parts)), origin)
    }

    pub(crate) fn translate(&mut self, text: &str, table: u32) -> Data<'a> {
        if !self.burn(text.len() as u64 / 4) {
            return Data::Unknown;
        }
        let Some(table) = self.dict_of(table) else { return Data::Unknown };
        let mut output = String::with_capacity(text.len());
        for character in text.chars() {
            match table.get(&Value::new(Data::Int(i64::from(u32::from(character))))) {
                None => output.push(character),
                Some(to) => match (&to.data, to.as_str(), to.as_int()) {
                    (Data::None, ..) => {}
                    (_, Some(to), _) => output.push_str(to),
                    (_, _, Some(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                        Some(to) => output.push(to),
                        None => return Data::Unknown,
                    },
                    _ => return Data::Unknown,
                },
            }
            if output.len() > LARGEST {
                return Data::Unknown;
            }
        }
        Value::text(output)
    }

    /// `str.maketrans`.
    pub(crate) fn table(&mut self, arguments: &Arguments<'a>) -> Data<'a> {
        let mut dict = Dict::default();
        let int = |c: char| Value::new(Data::Int(i64::from(u32::from(c))));
        let texts: Vec<Option<&str>> = arguments.positional.iter().map(Value::as_str).collect();
        match texts.as_slice() {
            [Some(from), Some(to), rest @ ..] => {
                for (from, to) in from.chars().zip(to.chars()) {
                    dict.insert(int(from), int(to));
                }
                if let [Some(dropped)] = rest {
                    for character in dropped.chars() {
                        dict.insert(int(character), Value::new(Data::None));
                    }
                }
            }
            _ => match arguments.positional.first().map(|value| &value.data) {
                Some(Data::Dict(id)) => {
                    let items = self.dict_of(*id).map(|dict| dict.items.clone()).unwrap_or_default();
                    for (key, value) in items {
                        let key = match key.as_str().and_then(|text| text.chars().next()) {
                            Some(character) => int(character),
                            None => key,
                        };
                        dict.insert(key, value);
                    }
                }
                _ => return Data::Unknown,
            },
        }
        self.dict(dict)
    }
}

/// Start and end, the second and third argument of a search.
pub(crate) fn bounds(arguments: &Arguments<'_>, length: usize) -> Option<(usize, usize)> {
    let bound = |at: usize| match arguments.positional.get(at) {
        None | Some(Value { data: Data::None, .. }) => Some(None),
        Some(bound) => bound.as_int().map(Some),
    };
    Some(crate::format::slice_bounds(length, bound(1)?, bound(2)?))
}
