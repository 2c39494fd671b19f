//! Functions whose result can be known: pure ones, and those that reach a thing without naming it.

use std::rc::Rc;

use model::Operation;
use ruff_text_size::TextRange;

use crate::archive::{self, Archive};
use crate::buffers::Shape;
use crate::decoders::{dedent, unquote};
use crate::heap::{Binding, Bound, Dict, Target};
use crate::interpreter::{Arguments, Interpreter, LARGEST};
use crate::value::{Data, NAMESPACE, Value, passing, union, with_step};

impl<'a> Interpreter<'a, '_> {
    /// The result of a call, if it can be known. `None`: a name like any other.
    pub(crate) fn native(&mut self, name: &str, arguments: &Arguments<'a>, range: TextRange) -> Option<Value<'a>> {
        let first = arguments.positional.first();
        let origin = || first.map(|value| passing(&value.origin)).unwrap_or_default();
        match name {
            "getattr" => self.get_attribute(arguments),
            "setattr" | "object.__setattr__" => {
                let (object, key, value) = (first?.clone(), arguments.positional.get(1)?, arguments.positional.get(2)?);
                let key = key.as_str()?.to_owned();
                let value = value.clone();
                self.set_attribute(&object, key.into(), value);
                Some(Value::new(Data::None))
            }
            "hasattr" | "isinstance" | "issubclass" | "callable" => Some(Value::UNKNOWN),
            "__import__"
            | "importlib.import_module"
            | "importlib.__import__"
            | "imp.load_module"
            | "builtins.__import__" => self.import_call(name, arguments, range),
            "globals" => Some(Value::new(Data::Namespace(self.module_scope()))),
            "locals" => Some(Value::new(Data::Namespace(self.frame.scope))),
            "vars" => match first {
                None => Some(Value::new(Data::Namespace(self.frame.scope))),
                Some(value) => match value.data {
                    Data::Name(id, 0) => Some(Value::from(Data::Name(id, 0), value.origin.clone()).hidden(NAMESPACE)),
                    Data::Instance(_) | Data::Class(_) => Some(value.clone()),
                    _ => None,
                },
            },
            "functools.partial" => {
                let mut given = arguments.clone();
                let callee = (!given.positional.is_empty()).then(|| given.positional.remove(0))?;
                let bound = Bound { target: Target::Callable(callee), receiver: None, arguments: given };
                Some(Value::new(self.bound(bound)))
            }
            // The function that is wrapped, under another name or with a memory.
            "functools.update_wrapper" | "functools.lru_cache" | "functools.cache"
                if first.is_some_and(|value| matches!(value.data, Data::Function(_) | Data::Bound(_))) =>
            {
                first.cloned()
            }
            "functools.wraps" | "functools.lru_cache" => {
                let callee = Value::new(self.named("functools.update_wrapper"));
                let bound = Bound { target: Target::Callable(callee), receiver: None, arguments: Arguments::default() };
                Some(Value::new(self.bound(bound)))
            }
            "functools.update_wrapper" | "functools.cache" | "contextlib.contextmanager" => Some(Value::UNKNOWN),
            // What a field holds until somebody gives it another value.
            "dataclasses.field" | "attr.ib" | "attr.field" | "attrs.field" | "pydantic.Field" => {
                if let Some(value) = arguments.keyword("default").filter(|_| first.is_none()) {
                    return Some(value.clone());
                }
                let factory = arguments.keyword("default_factory").or_else(|| arguments.keyword("factory"))?.clone();
                Some(self.invoke(&factory, Arguments::default(), range, None))
            }
            "staticmethod" | "classmethod" => {
                let value = first?.clone();
                if let Data::Function(id) = value.data
                    && let Some(function) = self.function_mut(id)
                {
                    function.binding = if name == "staticmethod" { Binding::Static } else { Binding::Class };
                }
                Some(value)
            }
            "operator.attrgetter" => {
                let path = first?.as_str()?.to_owned();
                let bound = Bound {
                    target: Target::Method(Rc::from(format!("attrgetter {path}"))),
                    receiver: None,
                    arguments: Arguments::default(),
                };
                Some(Value::from(self.bound(bound), origin()))
            }
            "bytearray" | "bytearray.fromhex" => {
                let content = match name {
                    "bytearray" => self.constant(name, arguments)?,
                    _ => self.decoder(name, arguments, first?.as_raw()?.len())?,
                };
                Some(match content.as_bytes().map(<[u8]>::to_vec) {
                    Some(bytes) => self.buffer(Shape::Array, bytes, content.origin),
                    None => content,
                })
            }
            "array.array" => {
                let bytes = matches!(first?.as_str()?, "b" | "B");
                let items = match arguments.positional.get(1) {
                    Some(items) => self.iterate(items)?,
                    None => Vec::new(),
                };
                if !bytes {
                    return Some(Value::new(self.list(items)));
                }
                let content: Option<Vec<u8>> =
                    items.iter().map(|item| item.as_int().and_then(|item| u8::try_from(item & 0xff).ok())).collect();
                let origin = passing(&self.inflow(arguments));
                Some(self.buffer(Shape::Array, content?, origin))
            }
            "io.BytesIO" | "io.StringIO" | "StringIO.StringIO" | "cStringIO.StringIO" | "six.BytesIO"
            | "six.StringIO" => {
                let shape = if name.ends_with("BytesIO") { Shape::Binary } else { Shape::Text };
                let content = match first {
                    Some(content) => content.as_raw()?.to_vec(),
                    None => Vec::new(),
                };
                Some(self.buffer(shape, content, origin()))
            }
            "zlib.decompressobj" | "bz2.BZ2Decompressor" | "lzma.LZMADecompressor" => {
                let kind = match name {
                    "zlib.decompressobj" => match arguments.get(0, "wbits").map(Value::as_int) {
                        None => "zlib",
                        Some(window) => match window? {
                            ..0 => "inflate",
                            0..16 => "zlib",
                            _ => "gzip",
                        },
                    },
                    "bz2.BZ2Decompressor" => "bz2",
                    _ => "lzma",
                };
                Some(self.buffer(Shape::Unpacker(kind), Vec::new(), None))
            }
            // A compressed file that is in memory: `gzip.GzipFile(fileobj=io.BytesIO(data))`.
            "gzip.GzipFile" | "gzip.open" | "bz2.BZ2File" | "bz2.open" | "lzma.LZMAFile" | "lzma.open" => {
                let content = arguments.keyword("fileobj").or(first)?.clone();
                content.as_bytes()?;
                let module = name.split('.').next()?;
                let callee = Value::new(self.named(&format!("{module}.decompress")));
                let content = self.invoke(&callee, Arguments::of(vec![content]), range, None);
                let bytes = content.as_bytes()?.to_vec();
                Some(self.buffer(Shape::Binary, bytes, content.origin))
            }
            // `zipfile.ZipFile(io.BytesIO(data))`, `tarfile.open(fileobj=io.BytesIO(data))`.
            "zipfile.ZipFile" | "zipfile.PyZipFile" | "tarfile.open" | "tarfile.TarFile.open" | "tarfile.TarFile" => {
                let zip = name.starts_with("zip");
                let content = if zip { arguments.get(0, "file") } else { arguments.get(2, "fileobj") }?.clone();
                let kind = if zip { Archive::Zip } else { Archive::Tar };
                let bytes = match kind {
                    Archive::Zip => content.as_bytes()?.to_vec(),
                    Archive::Tar => archive::plain_tar(content.as_bytes()?, LARGEST)?,
                };
                let known = !kind.names(&bytes).is_empty() && self.room(bytes.len());
                known.then(|| self.buffer(Shape::Archive(kind), bytes, content.origin))
            }
            // An empty module, for whatever is put into it.
            "types.ModuleType" | "imp.new_module" => self.blank("module"),
            "type" if arguments.positional.len() == 3 => self.made_class(arguments),
            "type" if arguments.positional.len() == 1 => match &first?.data {
                Data::Instance(id) => self.instance(*id).map(|instance| Value::new(Data::Class(instance.class))),
                Data::Name(id, 0) if self.names.is_module(*id) => Some(Value::new(self.named("types.ModuleType"))),
                Data::Literal(_) | Data::Text(_) => Some(Value::new(self.named("str"))),
                Data::Int(_) => Some(Value::new(self.named("int"))),
                Data::Bytes(_) | Data::BytesLiteral(_) => Some(Value::new(self.named("bytes"))),
                _ => None,
            },
            "map" | "itertools.starmap" => {
                let function = first?.clone();
                let mut columns = Vec::new();
                for column in arguments.positional.get(1..)? {
                    columns.push(self.iterate(&column.clone())?);
                }
                let length = columns.iter().map(Vec::len).min()?;
                let mut items = Vec::new();
                self.concrete += 1;
                for at in 0..length.min(400_000) {
                    let row: Vec<_> = columns.iter().filter_map(|column| column.get(at).cloned()).collect();
                    if !self.burn(1) {
                        break;
                    }
                    items.push(self.invoke(&function, Arguments::of(row), range, None));
                    if at >= 8 && items[items.len() - 8..].iter().all(Value::is_unknown) {
                        break;
                    }
                }
                self.concrete -= 1;
                Some(Value::from(self.list(items), passing(&self.inflow(arguments))))
            }
            "filter" => {
                let function = first?.clone();
                let items = self.iterate(&arguments.positional.get(1)?.clone())?;
                let mut kept = Vec::new();
                self.concrete += 1;
                for item in items {
                    let keep = if matches!(function.data, Data::None) {
                        self.truth(&item)
                    } else {
                        let answer = self.invoke(&function, Arguments::of(vec![item.clone()]), range, None);
                        self.truth(&answer)
                    };
                    if !self.burn(1) {
                        break;
                    }
                    if keep != Some(false) {
                        kept.push(item);
                    }
                }
                self.concrete -= 1;
                Some(Value::new(self.list(kept)))
            }
            "functools.reduce" | "reduce" => {
                let function = first?.clone();
                let items = self.iterate(&arguments.positional.get(1)?.clone())?;
                let mut items = items.into_iter();
                let mut total = match arguments.positional.get(2) {
                    Some(start) => start.clone(),
                    None => items.next()?,
                };
                self.concrete += 1;
                for item in items {
                    if !self.burn(1) {
                        total = Value::UNKNOWN;
                        break;
                    }
                    total = self.invoke(&function, Arguments::of(vec![total, item]), range, None);
                }
                self.concrete -= 1;
                Some(total)
            }
            "eval" | "exec" | "compile" => None,
            "setuptools.setup" | "distutils.core.setup" | "skbuild.setup" | "numpy.distutils.core.setup" => {
                self.setup(arguments, range);
                None
            }
            "str.join" | "str.replace" | "str.lower" | "str.upper" | "str.strip" | "str.split" | "str.encode"
            | "str.format" | "str.translate" | "bytes.decode" | "bytes.join" | "bytes.replace" | "list.append"
            | "dict.get" | "list.__getitem__" | "str.__add__" | "int.__xor__" | "int.to_bytes" => {
                let receiver = first?.clone();
                let rest = Arguments { positional: arguments.positional[1..].to_vec(), ..arguments.clone() };
                let method = name.split_once('.').map_or(name, |(_, method)| method);
                Some(self.invoke_method(&receiver, method, &rest))
            }
            _ => match self.library(name, arguments, range) {
                Some(value) => Some(value),
                None => self.constant(name, arguments),
            },
        }
    }

    /// Functions of constants alone.
    pub(crate) fn constant(&mut self, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let first = arguments.positional.first();
        let mut origin = first.map(|value| passing(&value.origin)).unwrap_or_default();
        let raw = || first.and_then(Value::as_raw);
        let data = match name {
            "str" | "unicode" | "repr" | "len" if matches!(first, Some(Value { data: Data::Instance(_), .. })) => {
                let method = match name {
                    "repr" => "__repr__",
                    "len" => "__len__",
                    _ => "__str__",
                };
                return self.special(first?, method, &Value::new(Data::None));
            }
            "chr" | "unichr" => {
                let code = u32::try_from(first?.as_int()?).ok()?;
                origin = with_step(&origin, Operation::Chr);
                Value::text(char::from_u32(code)?.to_string())
            }
            "ord" => {
                let value = first?;
                match value.as_bytes() {
                    Some([byte]) => Data::Int(i64::from(*byte)),
                    Some(_) => return None,
                    None => {
                        let mut characters = value.as_str()?.chars();
                        let code = u32::from(characters.next()?);
                        if characters.next().is_some() {
                            return None;
                        }
                        Data::Int(i64::from(code))
                    }
                }
            }
            "len" => {
                let value = first?;
                let length = match &value.data {
                    Data::List(id) => self.items(*id).len(),
                    Data::Tuple(items) => items.len(),
                    Data::Range(range) => usize::try_from(range[2]).ok()?,
                    Data::Dict(id) => self.dict_of(*id).filter(|dict| !dict.open)?.items.len(),
                    _ => match (value.as_str(), value.as_bytes()) {
                        (Some(text), _) if text.is_ascii() => text.len(),
                        (Some(text), _) => text.chars().count(),
                        (_, Some(bytes)) => bytes.len(),
                        _ => return None,
                    },
                };
                return Some(Value::new(Data::Int(i64::try_from(length).ok()?)));
            }
            "str" | "unicode" => {
                let Some(value) = first else { return Some(Value::new(Data::Literal(""))) };
                match &value.data {
                    Data::BytesLiteral(_) | Data::Bytes(_)
                        if arguments.positional.len() > 1 || !arguments.keywords.is_empty() =>
                    {
                        let rest = Arguments { positional: arguments.positional[1..].to_vec(), ..arguments.clone() };
                        return Some(self.invoke_method(&value.clone(), "decode", &rest));
                    }
                    Data::Template(_) | Data::Literal(_) | Data::Text(_) => value.data.clone(),
                    // A path or a response as text is still what it was.
                    Data::Name(_, call) if *call != 0 => return Some(Value::from(value.data.clone(), origin)),
                    Data::Int(_) | Data::Float(_) | Data::Bool(_) | Data::None => {
                        Value::text(crate::format::shown(value)?)
                    }
                    _ => Value::text(self.listed(value, 0)?),
                }
            }
            "repr" | "ascii" if self.listed(first?, 0).is_some() => Value::text(self.listed(first?, 0)?),
            "repr" | "ascii" => Value::text(match first?.as_str() {
                Some(text) => crate::format::quoted(text),
                None => crate::format::shown(first?)?,
            }),
            "int" | "long" => {
                let value = first?;
                if let Data::Float(number) = value.data {
                    if number.abs() > 9e15 {
                        return None;
                    }
                    Data::Int(number as i64)
                } else if let Some(number) = value.as_int() {
                    Data::Int(number)
                } else if matches!(value.data, Data::Big(_)) {
                    value.data.clone()
                } else {
                    let text = String::from_utf8_lossy(value.as_raw()?).trim().replace('_', "").to_ascii_lowercase();
                    let base = arguments.get(1, "base").map_or(Some(10), Value::as_int)?;
                    let base = u32::try_from(base).ok().filter(|base| *base == 0 || (2..=36).contains(base))?;
                    let (base, digits) = match (base, text.get(..2)) {
                        (0 | 16, Some("0x")) => (16, &text[2..]),
                        (0 | 2, Some("0b")) => (2, &text[2..]),
                        (0 | 8, Some("0o")) => (8, &text[2..]),
                        (0, _) => (10, text.as_str()),
                        (base, _) => (base, text.as_str()),
                    };
                    match i64::from_str_radix(digits, base) {
                        Ok(number) => Data::Int(number),
                        Err(_) => {
                            let prefix = match base {
                                16 => "0x",
                                10 => "",
                                8 => "0o",
                                2 => "0b",
                                _ => return None,
                            };
                            Data::Big(Rc::new(crate::format::big_number(&format!("{prefix}{digits}"))?))
                        }
                    }
                }
            }
            "float" => match first?.as_int() {
                Some(number) => Data::Float(number as f64),
                None => first?.as_str()?.trim().parse().ok().map(Data::Float)?,
            },
            "bool" => self.truth(first?).map(Data::Bool)?,
            "abs" => Data::Int(first?.as_int()?.checked_abs()?),
            "round" => match (&first?.data, arguments.get(1, "ndigits")) {
                (Data::Float(number), None) if number.abs() < 9e15 => Data::Int(number.round_ties_even() as i64),
                (Data::Float(number), Some(digits)) => {
                    let digits = usize::try_from(digits.as_int()?).ok().filter(|digits| *digits <= 30)?;
                    Data::Float(format!("{number:.digits$}").parse().ok()?)
                }
                (_, None) => Data::Int(first?.as_int()?),
                (_, Some(digits)) => Data::Int(first?.as_int().filter(|_| digits.as_int() >= Some(0))?),
            },
            "hex" => Value::text(format!("{:#x}", first?.as_int().filter(|number| *number >= 0)?)),
            "oct" => Value::text(format!("{:#o}", first?.as_int().filter(|number| *number >= 0)?)),
            "bin" => Value::text(format!("{:#b}", first?.as_int().filter(|number| *number >= 0)?)),
            "pow" => {
                let (base, exponent) = (first?.as_int()?, u32::try_from(arguments.positional.get(1)?.as_int()?).ok()?);
                match arguments.positional.get(2).map(Value::as_int) {
                    None => Data::Int(base.checked_pow(exponent)?),
                    Some(modulus) => {
                        let modulus = i128::from(modulus.filter(|modulus| *modulus > 0)?);
                        let (mut result, mut base, mut exponent) =
                            (1_i128, i128::from(base).rem_euclid(modulus), exponent);
                        while exponent > 0 {
                            if exponent & 1 == 1 {
                                result = result * base % modulus;
                            }
                            base = base * base % modulus;
                            exponent >>= 1;
                        }
                        Data::Int(i64::try_from(result).ok()?)
                    }
                }
            }
            "divmod" => {
                let (a, b) = (first?.as_int()?, arguments.positional.get(1)?.as_int().filter(|b| *b > 0)?);
                let int = |number| Value::new(Data::Int(number));
                Data::Tuple(Rc::new(vec![int(a.div_euclid(b)), int(a.rem_euclid(b))]))
            }
            "range" | "xrange" => {
                let int = |at: usize| arguments.positional.get(at).map(Value::as_int);
                let (start, end, step) = match (int(0)?, int(1), int(2)) {
                    (end, None, _) => (0, end?, 1),
                    (start, Some(end), step) => (start?, end?, step.unwrap_or(Some(1))?),
                };
                if step == 0 {
                    return None;
                }
                let span = end.checked_sub(start)?;
                let length = span.checked_add(step - step.signum())?.checked_div(step)?.max(0);
                // Its last item must be a number too.
                start.checked_add(step.checked_mul(length)?)?;
                return Some(Value::new(Data::Range(Rc::new([start, step, length]))));
            }
            "zip" | "itertools.zip_longest" => {
                let mut columns = Vec::new();
                for column in &arguments.positional {
                    origin = union(&origin, &passing(&column.origin));
                    columns.push(self.iterate(column)?);
                }
                let lengths = columns.iter().map(Vec::len);
                let longest = name == "itertools.zip_longest";
                let length = if longest { lengths.max()? } else { lengths.min()? };
                let fill = arguments.keyword("fillvalue").cloned().unwrap_or(Value::new(Data::None));
                self.burn(length as u64 / 4);
                let rows = (0..length)
                    .map(|at| {
                        let item = |column: &Vec<Value<'a>>| column.get(at).unwrap_or(&fill).clone();
                        Value::new(Data::Tuple(Rc::new(columns.iter().map(item).collect())))
                    })
                    .collect();
                return Some(Value::from(self.list(rows), origin));
            }
            "enumerate" => {
                let start = arguments.get(1, "start").map_or(Some(0), Value::as_int)?;
                let items = self.iterate(first?)?;
                let mut rows = Vec::with_capacity(items.len());
                for (at, item) in items.into_iter().enumerate() {
                    let number = start.checked_add(i64::try_from(at).ok()?)?;
                    rows.push(Value::new(Data::Tuple(Rc::new(vec![Value::new(Data::Int(number)), item]))));
                }
                self.burn(rows.len() as u64 / 4);
                return Some(Value::from(self.list(rows), origin));
            }
            "socket.inet_aton" => Value::bytes(crate::spelled::packed("ipaddress.IPv4Address", first?.as_str()?)?),
            "socket.inet_pton" => {
                Value::bytes(crate::spelled::packed("ipaddress.ip_address", arguments.positional.get(1)?.as_str()?)?)
            }
            "itertools.cycle" => {
                // Long enough for any key that is cycled along a payload.
                let items = self.iterate(first?)?;
                if items.is_empty() || items.len() > 4096 {
                    return None;
                }
                let items = items.iter().cycle().take(100_000).cloned().collect();
                self.burn(2_000);
                return Some(Value::from(self.list(items), origin));
            }
            "itertools.chain" | "itertools.chain.from_iterable" => {
                let mut items = Vec::new();
                let parts = match name {
                    "itertools.chain" => arguments.positional.clone(),
                    _ => self.iterate(first?)?,
                };
                for part in parts {
                    items.extend(self.iterate(&part)?);
                    if items.len() > 400_000 {
                        return None;
                    }
                }
                return Some(Value::from(self.list(items), origin));
            }
            "reversed" => {
                let mut items = self.iterate(first?)?;
                items.reverse();
                return Some(Value::from(self.list(items), with_step(&origin, Operation::Reverse)));
            }
            "sorted" => {
                let items = self.iterate(first?)?;
                let items = self.sorted(items, arguments)?;
                return Some(Value::from(self.list(items), origin));
            }
            "queue.Queue" | "queue.LifoQueue" | "queue.SimpleQueue" | "multiprocessing.Queue" | "asyncio.Queue" => {
                return Some(Value::new(self.list(Vec::new())));
            }
            "list" | "set" | "frozenset" | "iter" | "collections.deque" => {
                let Some(value) = first else { return Some(Value::new(self.list(Vec::new()))) };
                let items = self.iterate(&value.clone())?;
                return Some(Value::from(self.list(items), origin));
            }
            "tuple" => {
                let Some(value) = first else { return Some(Value::new(Data::Tuple(Rc::default()))) };
                let items = self.iterate(&value.clone())?;
                return Some(Value::from(Data::Tuple(Rc::new(items)), origin));
            }
            "dict" | "collections.OrderedDict" => {
                let mut dict = match first.map(|value| value.data.clone()) {
                    None => Dict::default(),
                    Some(Data::Dict(id)) => self.dict_of(id).cloned()?,
                    Some(_) => {
                        let mut dict = Dict::default();
                        for pair in self.iterate(&first?.clone())? {
                            let parts = self.iterate(&pair)?;
                            dict.insert(parts.first()?.clone(), parts.get(1)?.clone());
                        }
                        dict
                    }
                };
                for (key, value) in &arguments.keywords {
                    dict.insert(Value::new(Value::text(key.to_string())), value.clone());
                }
                return Some(Value::from(self.dict(dict), origin));
            }
            "next" => {
                let id = match &first?.data {
                    Data::List(id) => *id,
                    _ => return None,
                };
                self.changes += 1;
                return self
                    .items_mut(id)
                    .filter(|items| !items.is_empty() && items.len() < 20_000)
                    .map(|items| items.remove(0));
            }
            "sum" => {
                let items = self.iterate(first?)?;
                let mut total = arguments.get(1, "start").cloned().unwrap_or(Value::new(Data::Int(0)));
                self.burn(items.len() as u64 / 4);
                for item in items {
                    total = self.in_place(total, ruff_python_ast::Operator::Add, &item);
                }
                return (!total.is_unknown()).then_some(total);
            }
            "min" | "max" => {
                let items =
                    if arguments.positional.len() > 1 { arguments.positional.clone() } else { self.iterate(first?)? };
                let mut order = Arguments::default();
                order.keywords.extend(arguments.keywords.iter().filter(|(name, _)| name == "key").cloned());
                order.keywords.push(("reverse".into(), Value::new(Data::Bool(name == "max"))));
                let items = self.sorted(items, &order)?;
                let found = items.first()?;
                return Some(Value::from(found.data.clone(), union(&origin, &passing(&found.origin))));
            }
            "bytes" | "bytearray" => match first {
                None => Data::BytesLiteral(b""),
                Some(value) => {
                    if let Some(bytes) = value.as_bytes() {
                        Value::bytes(bytes.to_vec())
                    } else if value.as_str().is_some() || matches!(value.data, Data::Template(_)) {
                        let rest = Arguments { positional: arguments.positional[1..].to_vec(), ..arguments.clone() };
                        return Some(self.invoke_method(&value.clone(), "encode", &rest));
                    } else if let Some(size) = value.as_int() {
                        let size = usize::try_from(size).ok()?;
                        if !self.room(size) {
                            return None;
                        }
                        Value::bytes(vec![0; size])
                    } else {
                        let items = self.iterate(&value.clone())?;
                        let bytes: Option<Vec<u8>> =
                            items.iter().map(|item| item.as_int().and_then(|byte| u8::try_from(byte).ok())).collect();
                        for item in items.iter().take(64) {
                            origin = union(&origin, &passing(&item.origin));
                        }
                        if items.len() > 8 {
                            origin = with_step(&origin, Operation::Chr);
                        }
                        Value::bytes(bytes?)
                    }
                }
            },
            "memoryview" => first?.data.clone(),
            "int.from_bytes" => {
                let bytes = first?.as_bytes()?;
                let little = arguments.get(1, "byteorder").and_then(Value::as_str) == Some("little");
                let mut bytes = bytes.to_vec();
                if little {
                    bytes.reverse();
                }
                let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
                if bytes.len() < 8 {
                    Data::Int(bytes.iter().fold(0, |total, byte| total << 8 | i64::from(*byte)))
                } else {
                    Data::Big(Rc::new(bytes))
                }
            }
            "str.maketrans" | "string.maketrans" => self.table(arguments),
            "bytes.maketrans" => {
                let (from, to) = (first?.as_bytes()?, arguments.positional.get(1)?.as_bytes()?);
                let mut table: Vec<u8> = (0..=255).collect();
                for (from, to) in from.iter().zip(to) {
                    table[usize::from(*from)] = *to;
                }
                Value::bytes(table)
            }
            "string.ascii_letters" | "string.ascii_lowercase" => return None,
            "operator.xor" => {
                let right = arguments.positional.get(1)?;
                return Some(self.in_place(first?.clone(), ruff_python_ast::Operator::BitXor, right));
            }
            "operator.add" | "operator.concat" => {
                let right = arguments.positional.get(1)?;
                return Some(self.in_place(first?.clone(), ruff_python_ast::Operator::Add, right));
            }
            "operator.getitem" => return Some(self.item(&first?.clone(), arguments.positional.get(1)?)),
            "os.path.join" => {
                let mut parts = Vec::new();
                for (at, value) in arguments.positional.iter().enumerate() {
                    origin = union(&origin, &passing(&value.origin));
                    if at > 0 {
                        parts.push(Some("/"));
                    }
                    parts.push(value.as_template());
                }
                if arguments.positional.iter().all(|value| value.as_str().is_some()) {
                    Value::text(parts.into_iter().flatten().collect())
                } else if parts.iter().any(|part| part.is_some_and(|part| part != "/")) {
                    Data::Template(crate::format::template(&parts))
                } else {
                    return None;
                }
            }
            "os.path.normpath" | "os.path.expanduser" | "os.path.abspath" | "os.path.expandvars"
            | "os.path.realpath" | "os.fspath" => {
                first?.as_template()?;
                first?.data.clone()
            }
            "os.path.basename" => {
                let path = first?.as_str()?;
                Value::text(path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned())
            }
            "textwrap.dedent" | "inspect.cleandoc" => Value::text(dedent(first?.as_str()?)),
            "urllib.parse.unquote" | "urllib.parse.unquote_plus" | "urllib.unquote" => {
                let text = first?.as_str()?;
                if !text.contains('%') {
                    return None;
                }
                return Some(self.decoded_value(Value::text(unquote(text)), Operation::Escape, &origin));
            }
            "json.loads" => {
                let text = first?.as_str()?.to_owned();
                if !self.burn(text.len() as u64 / 4) {
                    return None;
                }
                return crate::json::read(self, &text, &origin);
            }
            _ if name.starts_with("struct.") => return self.packed(name, arguments),
            _ if name.starts_with("hashlib.") => return self.hashed(name, arguments),
            _ => return self.decoder(name, arguments, raw()?.len()),
        };
        Some(Value::from(data, origin))
    }
}
