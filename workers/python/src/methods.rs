//! Methods of strings, bytes, numbers and containers whose content is known.

use std::rc::Rc;

use crate::decode;
use crate::interpreter::{Arguments, Dict, Interpreter, LARGEST};
use crate::value::{Data, Origin, Value, passing, union, with_step};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn invoke_method(&mut self, receiver: &Value<'a>, name: &str, arguments: &Arguments<'a>) -> Value<'a> {
        let origin = union(&passing(&receiver.origin), &self.inflow(arguments));
        let result = match &receiver.data {
            Data::Literal(_) | Data::Text(_) | Data::Template(_) => {
                return self.text_method(receiver, name, arguments, origin);
            }
            Data::BytesLiteral(_) | Data::Bytes(_) => self.bytes_method(receiver, name, arguments),
            Data::List(id) => return self.list_method(*id, name, arguments, origin),
            Data::Tuple(items) => match name {
                "index" | "count" => None,
                "__getitem__" => return self.item(receiver, arguments.positional.first().unwrap_or(&Value::UNKNOWN)),
                _ => {
                    let _ = items;
                    None
                }
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

    fn text_method(
        &mut self,
        receiver: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
        origin: Origin,
    ) -> Value<'a> {
        match name {
            "format" => return self.formatted(receiver, arguments),
            "join" => return self.join_text(receiver, arguments, origin),
            _ => {}
        }
        let Some(text) = receiver.as_str() else {
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
                    if from.is_empty() && size > LARGEST || size > LARGEST && !self.room(size) {
                        return Value::from(Data::Unknown, origin);
                    }
                    let most = int_at(2).and_then(|most| usize::try_from(most).ok());
                    if text.len() > 64 && text.contains(from) {
                        origin = with_step(&origin, "replace");
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
                let most = int_at(1).filter(|most| *most >= 0).and_then(|most| usize::try_from(most).ok());
                let parts: Vec<&str> = match (name, text_at(0), most) {
                    ("splitlines", ..) => text.lines().collect(),
                    (_, Some(""), _) => return Value::from(Data::Unknown, origin),
                    ("split", Some(by), None) => text.split(by).collect(),
                    ("split", Some(by), Some(most)) => text.splitn(most.saturating_add(1), by).collect(),
                    (_, Some(by), None) => text.split(by).collect(),
                    (_, Some(by), Some(most)) => {
                        let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), by).collect();
                        parts.reverse();
                        parts
                    }
                    (_, None, _) => text.split_whitespace().collect(),
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
            "encode" => match first.map_or(Some("utf-8"), Value::as_str).map(codec) {
                Some(Codec::Utf8) => Value::bytes(text.as_bytes().to_vec()),
                Some(Codec::Latin1) => {
                    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
                    bytes.map_or(Data::Unknown, Value::bytes)
                }
                Some(Codec::Utf16) => Value::bytes(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
                Some(Codec::Other(name)) => {
                    return self.decode_with(name, receiver, &origin).unwrap_or(Value::from(Data::Unknown, origin));
                }
                None => Data::Unknown,
            },
            // Python 2: `"…".decode("base64")`.
            "decode" => match first.map_or(Some("utf-8"), Value::as_str).map(codec) {
                Some(Codec::Other(name)) => {
                    return self.decode_with(name, receiver, &origin).unwrap_or(Value::from(Data::Unknown, origin));
                }
                _ => receiver.data.clone(),
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
                    let pad: String = std::iter::repeat_n(fill, missing).collect();
                    Value::text(if name == "ljust" { format!("{text}{pad}") } else { format!("{pad}{text}") })
                }
                _ => Data::Unknown,
            },
            "find" | "index" | "rfind" | "rindex" => match text_at(0) {
                Some(part) => {
                    let found = if name.starts_with('r') { text.rfind(part) } else { text.find(part) };
                    let at = found.map(|at| if text.is_ascii() { at } else { text[..at].chars().count() });
                    match at {
                        Some(at) => i64::try_from(at).map_or(Data::Unknown, Data::Int),
                        None => Data::Int(-1),
                    }
                }
                None => Data::Unknown,
            },
            "count" => text_at(0).filter(|part| !part.is_empty()).map_or(Data::Unknown, |part| {
                i64::try_from(text.matches(part).count()).map_or(Data::Unknown, Data::Int)
            }),
            "startswith" => text_at(0).map_or(Data::Unknown, |part| Data::Bool(text.starts_with(part))),
            "endswith" => text_at(0).map_or(Data::Unknown, |part| Data::Bool(text.ends_with(part))),
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
            "__str__" | "expandtabs" => receiver.data.clone(),
            "__len__" => i64::try_from(text.chars().count()).map_or(Data::Unknown, Data::Int),
            _ => Data::Unknown,
        };
        Value::from(data, origin)
    }

    fn join_text(&mut self, receiver: &Value<'a>, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
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
                origin = with_step(&origin, "join");
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

    fn translate(&mut self, text: &str, table: u32) -> Data<'a> {
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

    fn bytes_method(&mut self, receiver: &Value<'a>, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let bytes = receiver.as_bytes()?;
        if !self.room(bytes.len()) {
            return None;
        }
        let raw_at = |at: usize| arguments.positional.get(at).and_then(Value::as_bytes);
        let origin = passing(&receiver.origin);
        let first = arguments.positional.first().or_else(|| arguments.keyword("encoding"));
        let data = match name {
            "decode" => match first.map_or(Some("utf-8"), Value::as_str).map(codec)? {
                Codec::Utf8 => Value::text(String::from_utf8_lossy(bytes).into_owned()),
                Codec::Latin1 => Value::text(bytes.iter().map(|byte| char::from(*byte)).collect()),
                Codec::Utf16 => {
                    let bytes = bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes);
                    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
                    Value::text(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
                }
                Codec::Other(name) => return self.decode_with(name, receiver, &origin),
            },
            "hex" => Value::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            "replace" => {
                let (from, to) = (raw_at(0)?, raw_at(1)?);
                let mut output = Vec::with_capacity(bytes.len());
                let mut rest = bytes;
                if from.is_empty() {
                    return None;
                }
                while let Some(at) = memchr::memmem::find(rest, from) {
                    output.extend_from_slice(&rest[..at]);
                    output.extend_from_slice(to);
                    rest = &rest[at + from.len()..];
                    if output.len() > LARGEST {
                        return None;
                    }
                }
                output.extend_from_slice(rest);
                Value::bytes(output)
            }
            "translate" => {
                let table = raw_at(0)?;
                if table.len() != 256 {
                    return None;
                }
                Value::bytes(bytes.iter().map(|byte| table[usize::from(*byte)]).collect())
            }
            "strip" => Value::bytes(bytes.trim_ascii().to_vec()),
            "rstrip" => Value::bytes(bytes.trim_ascii_end().to_vec()),
            "lstrip" => Value::bytes(bytes.trim_ascii_start().to_vec()),
            "lower" => Value::bytes(bytes.to_ascii_lowercase()),
            "upper" => Value::bytes(bytes.to_ascii_uppercase()),
            "split" => {
                let by = raw_at(0)?;
                let mut parts = Vec::new();
                let mut rest = bytes;
                if by.is_empty() {
                    return None;
                }
                while let Some(at) = memchr::memmem::find(rest, by) {
                    parts.push(Value::from(Value::bytes(rest[..at].to_vec()), origin.clone()));
                    rest = &rest[at + by.len()..];
                }
                parts.push(Value::from(Value::bytes(rest.to_vec()), origin.clone()));
                self.list(parts)
            }
            "join" => {
                let by = bytes.to_vec();
                let items = self.iterate(arguments.positional.first()?)?;
                let size = items.iter().map(|item| item.as_bytes().map_or(0, <[u8]>::len) + by.len()).sum();
                if !self.room(size) {
                    return None;
                }
                let parts: Option<Vec<&[u8]>> = items.iter().map(Value::as_bytes).collect();
                let joined = Value::bytes(parts?.join(by.as_slice()));
                let mut origin = origin;
                for item in items.iter().take(256) {
                    origin = union(&origin, &passing(&item.origin));
                }
                return Some(Value::from(joined, origin));
            }
            "tobytes" | "copy" | "__bytes__" => receiver.data.clone(),
            "find" | "index" => {
                let at = memchr::memmem::find(bytes, raw_at(0)?);
                at.map_or(Data::Int(-1), |at| i64::try_from(at).map_or(Data::Unknown, Data::Int))
            }
            "startswith" => Data::Bool(bytes.starts_with(raw_at(0)?)),
            "__getitem__" => return Some(self.item(receiver, arguments.positional.first()?)),
            "__len__" => i64::try_from(bytes.len()).map_or(Data::Unknown, Data::Int),
            _ => return None,
        };
        Some(Value::from(data, origin))
    }

    fn int_method(&mut self, receiver: &Value<'a>, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        match name {
            "to_bytes" => {
                let length = arguments.get(0, "length").map_or(Some(1), Value::as_int)?;
                let length = usize::try_from(length).ok().filter(|length| *length <= 1024 * 1024)?;
                let order = arguments.get(1, "byteorder").map_or(Some("big"), Value::as_str)?.to_owned();
                let magnitude = match &receiver.data {
                    Data::Big(bytes) => bytes.to_vec(),
                    _ => {
                        let number = u64::try_from(receiver.as_int()?).ok()?;
                        number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
                    }
                };
                let missing = length.checked_sub(magnitude.len())?;
                let mut bytes = vec![0; missing];
                bytes.extend(magnitude);
                if order == "little" {
                    bytes.reverse();
                }
                Some(Value::new(Value::bytes(bytes)).stepped("int"))
            }
            "bit_length" => match &receiver.data {
                Data::Big(bytes) => {
                    let first = bytes.first().map_or(0, |byte| 8 - i64::from(byte.leading_zeros()));
                    i64::try_from(bytes.len().saturating_sub(1))
                        .ok()
                        .map(|rest| Value::new(Data::Int(rest * 8 + first)))
                }
                _ => {
                    let number = receiver.as_int()?;
                    Some(Value::new(Data::Int(64 - i64::from(number.unsigned_abs().leading_zeros()))))
                }
            },
            "__xor__" | "__add__" | "__sub__" | "__mul__" => {
                use ruff_python_ast::Operator;
                let op = match name {
                    "__xor__" => Operator::BitXor,
                    "__add__" => Operator::Add,
                    "__sub__" => Operator::Sub,
                    _ => Operator::Mult,
                };
                Some(self.in_place(receiver.clone(), op, arguments.positional.first()?))
            }
            _ => None,
        }
    }

    fn list_method(&mut self, id: u32, name: &str, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
        let receiver = Value::from(Data::List(id), None);
        let first = arguments.positional.first().cloned();
        match (name, first) {
            ("append" | "add" | "appendleft" | "put", Some(item)) => {
                self.changes += u64::from(item.is_constant());
                if let Some(items) = self.items_mut(id)
                    && items.len() < 400_000
                {
                    items.push(item);
                }
                Value::new(Data::None)
            }
            ("extend" | "update" | "__iadd__", Some(more)) => {
                self.changes += u64::from(!more.is_unknown());
                let more =
                    self.iterate(&more).unwrap_or_else(|| vec![Value::from(Data::Unknown, self.origin_of(&more))]);
                if let Some(items) = self.items_mut(id)
                    && items.len() + more.len() <= 400_000
                {
                    items.extend(more);
                }
                Value::new(Data::None)
            }
            ("insert", Some(at)) => {
                self.changes += u64::from(arguments.positional.get(1).is_some_and(Value::is_constant));
                if let (Some(at), Some(item)) = (at.as_int(), arguments.positional.get(1).cloned())
                    && let Some(items) = self.items_mut(id)
                    && items.len() < 20_000
                {
                    let at = usize::try_from(at).unwrap_or(0).min(items.len());
                    items.insert(at, item);
                }
                Value::new(Data::None)
            }
            ("reverse", _) => {
                if let Some(items) = self.items_mut(id) {
                    items.reverse();
                }
                Value::new(Data::None)
            }
            ("sort", _) => {
                let items = self.items(id).to_vec();
                if let Some(sorted) = sorted(items)
                    && let Some(items) = self.items_mut(id)
                {
                    *items = sorted;
                }
                Value::new(Data::None)
            }
            ("pop" | "popleft", at) => {
                self.changes += u64::from(!self.items(id).is_empty());
                let at = if name == "popleft" { Some(0) } else { at.map_or(Some(-1), |at| at.as_int()) };
                let popped = self.items_mut(id).and_then(|items| {
                    let length = i64::try_from(items.len()).ok()?;
                    let at = at?;
                    let at = usize::try_from(if at < 0 { at.checked_add(length)? } else { at }).ok()?;
                    (at < items.len() && items.len() - at < 20_000).then(|| items.remove(at))
                });
                let mut value = popped.unwrap_or(Value::UNKNOWN);
                value.origin = union(&value.origin, &origin);
                value
            }
            ("clear", _) => {
                if let Some(items) = self.items_mut(id) {
                    items.clear();
                }
                Value::new(Data::None)
            }
            ("copy", _) => {
                let items = self.items(id).to_vec();
                Value::from(self.list(items), origin)
            }
            ("index", Some(item)) => {
                let at =
                    self.items(id).iter().take(4096).position(|known| crate::value::same(known, &item) == Some(true));
                Value::from(at.and_then(|at| i64::try_from(at).ok()).map_or(Data::Unknown, Data::Int), origin)
            }
            ("__getitem__", Some(key)) => self.item(&receiver, &key),
            ("__setitem__", Some(key)) => {
                if let Some(value) = arguments.positional.get(1).cloned() {
                    self.set_item(&receiver, key, value, ruff_text_size::TextRange::default());
                }
                Value::new(Data::None)
            }
            ("get", _) => self.element(&receiver),
            _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
        }
    }

    fn dict_method(&mut self, id: u32, name: &str, arguments: &Arguments<'a>, origin: Origin) -> Value<'a> {
        let receiver = Value::from(Data::Dict(id), None);
        let first = arguments.positional.first().cloned();
        match (name, first) {
            ("get" | "__getitem__" | "setdefault" | "pop", Some(key)) => {
                let found = match name {
                    "pop" => self.dict_mut(id).and_then(|dict| dict.remove(&key)),
                    _ => self.dict_of(id).and_then(|dict| dict.get(&key)).cloned(),
                };
                let open = self.dict_of(id).is_none_or(|dict| dict.open);
                match (found, arguments.positional.get(1)) {
                    (Some(value), _) => {
                        let data = value.data.clone();
                        match data {
                            Data::Name(name, 0) if !self.names.behaviours(name).is_empty() => {
                                value.hidden(crate::value::ALIAS)
                            }
                            _ => Value { origin: union(&value.origin, &passing(&key.origin)), data: value.data },
                        }
                    }
                    (None, Some(default)) if !open && key.is_telling() => {
                        if name == "setdefault" {
                            self.set_item(&receiver, key, default.clone(), ruff_text_size::TextRange::default());
                        }
                        default.clone()
                    }
                    _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
                }
            }
            ("keys" | "__iter__", _) => {
                let items = self.dict_of(id).map(|dict| dict.items.iter().map(|(key, _)| key.clone()).collect());
                Value::from(self.list(items.unwrap_or_default()), origin)
            }
            ("values" | "itervalues", _) => {
                let items = self.dict_of(id).map(|dict| dict.items.iter().map(|(_, value)| value.clone()).collect());
                Value::from(self.list(items.unwrap_or_default()), origin)
            }
            ("items" | "iteritems", _) => {
                let pairs: Vec<Value<'a>> = self.dict_of(id).map_or(Vec::new(), |dict| {
                    let pair = |(key, value): &(Value<'a>, Value<'a>)| {
                        Value::new(Data::Tuple(Rc::new(vec![key.clone(), value.clone()])))
                    };
                    dict.items.iter().map(pair).collect()
                });
                Value::from(self.list(pairs), origin)
            }
            ("update", more) => {
                let mut items = Vec::new();
                if let Some(Value { data: Data::Dict(other), .. }) = &more {
                    items = self.dict_of(*other).map(|dict| dict.items.clone()).unwrap_or_default();
                } else if let Some(more) = &more {
                    items.push((Value::UNKNOWN, Value::from(Data::Unknown, self.origin_of(more))));
                }
                for (name, value) in &arguments.keywords {
                    items.push((Value::new(Value::text(name.to_string())), value.clone()));
                }
                for (key, value) in items {
                    self.set_item(&receiver, key, value, ruff_text_size::TextRange::default());
                }
                Value::new(Data::None)
            }
            ("copy", _) => {
                let dict = self.dict_of(id).cloned().unwrap_or_default();
                Value::from(self.dict(dict), origin)
            }
            _ => Value::from(Data::Unknown, union(&origin, &self.origin_of(&receiver))),
        }
    }
}

/// Items in order, when all can be compared.
pub(crate) fn sorted(mut items: Vec<Value<'_>>) -> Option<Vec<Value<'_>>> {
    if items.len() > 100_000 {
        return None;
    }
    if items.iter().all(|item| item.as_int().is_some()) {
        items.sort_by_key(Value::as_int);
    } else if items.iter().all(|item| item.as_str().is_some()) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    } else {
        let key = |item: &Value<'_>| match &item.data {
            Data::Tuple(parts) => parts.first().and_then(Value::as_int),
            _ => None,
        };
        if !items.iter().all(|item| key(item).is_some()) {
            return None;
        }
        items.sort_by_key(key);
    }
    Some(items)
}

/// What `encode` and `decode` do.
pub(crate) enum Codec {
    Utf8,
    Latin1,
    Utf16,
    Other(&'static str),
}

/// A codec by any of its names.
pub(crate) fn codec(name: &str) -> Codec {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "latin1" | "iso88591" | "cp1252" | "l1" | "8859" | "cp819" => Codec::Latin1,
        "utf16" | "utf16le" => Codec::Utf16,
        "rot13" => Codec::Other("rot13"),
        "hex" | "hexcodec" => Codec::Other("hex"),
        "base64" | "base64codec" => Codec::Other("base64"),
        "zlib" | "zip" | "zlibcodec" => Codec::Other("zlib"),
        "bz2" | "bz2codec" => Codec::Other("bz2"),
        "unicodeescape" | "stringescape" => Codec::Other("escape"),
        "rawunicodeescape" => Codec::Other("raw-escape"),
        _ => Codec::Utf8,
    }
}

impl<'a> Interpreter<'a, '_> {
    /// Decodes with a codec that does more than change characters, and notes the step.
    pub(crate) fn decode_with(&mut self, name: &'static str, value: &Value<'a>, origin: &Origin) -> Option<Value<'a>> {
        let input = value.as_raw()?;
        let limit = LARGEST;
        let (data, step) = match name {
            "rot13" => (Value::text(decode::rot13(value.as_str()?)), "rot13"),
            "hex" => (Value::bytes(decode::hex(input)?), "hex"),
            "base64" => (Value::bytes(decode::base64(input)?), "base64"),
            "zlib" => (Value::bytes(decode::zlib(input, limit)?), "zlib"),
            "bz2" => (Value::bytes(decode::bzip2(input, limit)?), "bz2"),
            "escape" => (Value::text(decode::unescape(input, false)?), "escape"),
            "raw-escape" => (Value::text(decode::unescape(input, true)?), "escape"),
            _ => return None,
        };
        Some(self.decoded_value(data, step, origin))
    }

    /// A value that a decoder made: paid for, marked, and remembered in case nothing runs it in view.
    pub(crate) fn decoded_value(&mut self, data: Data<'a>, step: &'static str, origin: &Origin) -> Value<'a> {
        let mut value = Value::from(data, with_step(&passing(origin), step));
        let size = value.as_raw().map_or(0, <[u8]>::len);
        if !self.room(size) {
            value.data = Data::Unknown;
            return value;
        }
        self.note_decoded(&value);
        value
    }
}
