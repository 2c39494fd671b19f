//! Objects made of bytes that change: `bytearray`, files in memory, digests and decompressors that are fed piece by piece.

use std::rc::Rc;

use model::Operation;

use crate::archive::Archive;
use crate::format::{slice_bounds, slice_indices};
use crate::heap::Object;
use crate::interpreter::{Arguments, Interpreter, LARGEST};
use crate::value::{Data, Origin, Value, passing, union, with_step};

/// What a buffer is to the code that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `bytearray`, and `array` of bytes.
    Array,
    /// `io.BytesIO`, `gzip.GzipFile` over one.
    Binary,
    /// `io.StringIO`.
    Text,
    /// A digest by its name: what it was fed.
    Hash(&'static str),
    /// A decompressor by its module: what it was fed, and how much of the result was taken.
    Unpacker(&'static str),
    /// `re.compile(…)`: the pattern.
    Pattern,
    /// `zipfile.ZipFile` or `tarfile.open` over a file in memory.
    Archive(Archive),
}

pub(crate) struct Buffer {
    pub(crate) shape: Shape,
    /// Not known any more once something unknown went in.
    pub(crate) bytes: Option<Rc<Vec<u8>>>,
    /// Where the next read begins.
    at: usize,
    pub(crate) origin: Origin,
}

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn buffer(&mut self, shape: Shape, bytes: Vec<u8>, origin: Origin) -> Value<'a> {
        let buffer = Buffer { shape, bytes: Some(Rc::new(bytes)), at: 0, origin: origin.clone() };
        self.has_buffers = true;
        match self.allocate(Object::Buffer(Box::new(buffer))) {
            Some(id) => Value::from(Data::Buffer(id), origin),
            None => Value::from(Data::Unknown, origin),
        }
    }

    pub(crate) fn buffer_of(&self, id: u32) -> Option<&Buffer> {
        match self.heap.get(id as usize) {
            Some(Object::Buffer(buffer)) => Some(buffer),
            _ => None,
        }
    }

    fn buffer_mut(&mut self, id: u32) -> Option<&mut Buffer> {
        match self.heap.get_mut(id as usize) {
            Some(Object::Buffer(buffer)) => Some(buffer),
            _ => None,
        }
    }

    /// A value as it is now: of a buffer its content, which no longer changes.
    pub(crate) fn frozen(&self, value: &Value<'a>) -> Value<'a> {
        let Data::Buffer(id) = value.data else { return value.clone() };
        let Some(buffer) = self.buffer_of(id) else { return Value::from(Data::Unknown, value.origin.clone()) };
        let origin = union(&value.origin, &buffer.origin);
        let data = match (&buffer.bytes, buffer.shape) {
            (Some(bytes), Shape::Array | Shape::Binary) => Data::Bytes(Rc::clone(bytes)),
            (Some(bytes), Shape::Text) => Value::text(String::from_utf8_lossy(bytes).into_owned()),
            _ => Data::Unknown,
        };
        Value::from(data, origin)
    }

    /// The same of a value that nobody else needs.
    pub(crate) fn now(&self, value: Value<'a>) -> Value<'a> {
        if matches!(value.data, Data::Buffer(_)) { self.frozen(&value) } else { value }
    }

    /// The arguments as they are now, when there are buffers among them.
    pub(crate) fn frozen_arguments(&self, arguments: &Arguments<'a>) -> Option<Arguments<'a>> {
        let any = self.has_buffers && arguments.values().any(|value| matches!(value.data, Data::Buffer(_)));
        any.then(|| Arguments {
            positional: arguments.positional.iter().map(|value| self.frozen(value)).collect(),
            keywords: arguments.keywords.iter().map(|(name, value)| (name.clone(), self.frozen(value))).collect(),
            open: arguments.open.clone(),
        })
    }

    /// Changes the content in place; what cannot be computed makes it unknown, and keeps where it came from.
    fn change(&mut self, id: u32, origin: &Origin, more: usize, with: impl FnOnce(&mut Vec<u8>) -> Option<()>) {
        let shared = self.buffer_of(id).and_then(|buffer| buffer.bytes.as_ref());
        let copied = shared.map_or(0, |bytes| if Rc::strong_count(bytes) > 1 { bytes.len() } else { 0 });
        let room = self.room(copied.saturating_add(more));
        self.changes += 1;
        let Some(buffer) = self.buffer_mut(id) else { return };
        buffer.origin = union(&buffer.origin, &passing(origin));
        let done = match &mut buffer.bytes {
            Some(bytes) if room && bytes.len() + more <= LARGEST => with(Rc::make_mut(bytes)),
            _ => None,
        };
        if done.is_none() {
            buffer.bytes = None;
        }
    }

    pub(crate) fn is_stream(&self, value: &Value<'a>) -> bool {
        let Data::Buffer(id) = value.data else { return false };
        self.buffer_of(id).is_some_and(|buffer| matches!(buffer.shape, Shape::Binary | Shape::Text))
    }

    /// Something outside wrote into a buffer that it was given: `sock.recv_into(b)`, `image.save(b)`.
    pub(crate) fn overwritten(&mut self, value: &Value<'a>, origin: &Origin) {
        if let Data::Buffer(id) = value.data {
            self.change(id, origin, 0, |_| None);
        }
    }

    /// `b += more`, in place.
    pub(crate) fn extended(&mut self, id: u32, more: &Value<'a>) {
        let more = self.frozen(more);
        let origin = self.origin_of(&more);
        let bytes = match more.as_bytes() {
            Some(bytes) => Some(bytes.to_vec()),
            None => self.iterate(&more).and_then(|items| items.iter().map(byte).collect::<Option<Vec<u8>>>()),
        };
        let size = bytes.as_ref().map_or(0, Vec::len);
        self.change(id, &origin, size, |content| {
            content.extend_from_slice(&bytes?);
            Some(())
        });
    }

    /// `b[key] = value`.
    pub(crate) fn set_byte(&mut self, id: u32, key: &Value<'a>, value: &Value<'a>) {
        let (at, to) = (key.as_int(), byte(value));
        self.change(id, &value.origin, 0, |bytes| {
            let at = place(bytes.len(), at?)?;
            *bytes.get_mut(at)? = to?;
            Some(())
        });
    }

    /// `object[lower:upper:step] = value`; `del` gives no value.
    pub(crate) fn set_slice(&mut self, object: &Value<'a>, bounds: [Option<Value<'a>>; 3], value: Option<&Value<'a>>) {
        let known = bounds.iter().flatten().all(|bound| bound.as_int().is_some() || matches!(bound.data, Data::None));
        let int = |at: usize| bounds[at].as_ref().and_then(Value::as_int);
        let bounds = (int(0), int(1), int(2).unwrap_or(1));
        let origin = value.and_then(|value| self.origin_of(value));
        let value = value.map(|value| self.frozen(value));
        match object.data {
            Data::Buffer(id) => {
                let new = match &value {
                    None => Some(Vec::new()),
                    Some(value) => match value.as_bytes() {
                        Some(bytes) => Some(bytes.to_vec()),
                        None => self.iterate(value).and_then(|items| items.iter().map(byte).collect()),
                    },
                };
                let size = new.as_ref().map_or(0, Vec::len);
                let deletes = value.is_none();
                let whole = self.buffer_of(id).and_then(|buffer| buffer.bytes.as_ref()).map_or(0, |bytes| bytes.len());
                let known = known && self.burn((whole + size) as u64 / 1_024);
                self.change(id, &origin, size, |bytes| replace(bytes, bounds, new.filter(|_| known)?, deletes));
            }
            Data::List(id) => {
                let new = match &value {
                    None => Some(Vec::new()),
                    Some(value) => self.iterate(value),
                };
                let deletes = value.is_none();
                self.changes += 1;
                let Some(items) = self.items_mut(id).filter(|items| items.len() <= 100_000) else { return };
                let done = new.filter(|_| known).and_then(|new| replace(items, bounds, new, deletes));
                if done.is_none() {
                    // Which of them changed is not known.
                    items.iter_mut().for_each(|item| {
                        *item = Value::from(Data::Unknown, union(&item.origin, &passing(&origin)));
                    });
                }
            }
            _ => {}
        }
    }

    /// `del object[key]`.
    pub(crate) fn delete_item(&mut self, object: &Value<'a>, key: &Value<'a>) {
        match object.data {
            Data::Buffer(id) => {
                let at = key.as_int();
                self.change(id, &None, 0, |bytes| {
                    let at = place(bytes.len(), at?)?;
                    (bytes.len() - at < 20_000).then(|| bytes.remove(at))?;
                    Some(())
                });
            }
            Data::List(id) => {
                let Some(at) = key.as_int() else { return };
                if let Some(items) = self.items_mut(id)
                    && let Some(at) = place(items.len(), at)
                    && items.len() - at < 20_000
                {
                    items.remove(at);
                    self.changes += 1;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn buffer_method(
        &mut self,
        id: u32,
        name: &str,
        arguments: &Arguments<'a>,
        origin: Origin,
    ) -> Value<'a> {
        let Some(buffer) = self.buffer_of(id) else { return Value::from(Data::Unknown, origin) };
        let shape = buffer.shape;
        let origin = union(&origin, &buffer.origin);
        let first = arguments.positional.first().map(|value| self.frozen(value));
        let found = match shape {
            Shape::Array => self.array_method(id, name, first, arguments),
            Shape::Binary | Shape::Text => self.stream_method(id, name, first, shape),
            Shape::Hash(kind) => self.hash_method(id, name, first, kind),
            Shape::Unpacker(kind) => self.unpacker_method(id, name, first, kind),
            Shape::Pattern => self.pattern_method(id, name, arguments),
            Shape::Archive(kind) => self.archive_method(id, name, first, kind),
        };
        if let Some(value) = found {
            return Value::from(value.data, union(&value.origin, &origin));
        }
        if shape != Shape::Array {
            return Value::from(Data::Unknown, origin);
        }
        let content = self.frozen(&Value::from(Data::Buffer(id), origin));
        let frozen = self.frozen_arguments(arguments);
        self.invoke_method(&content, name, frozen.as_ref().unwrap_or(arguments))
    }

    fn array_method(
        &mut self,
        id: u32,
        name: &str,
        first: Option<Value<'a>>,
        arguments: &Arguments<'a>,
    ) -> Option<Value<'a>> {
        match (name, first) {
            ("append", Some(item)) => {
                let new = byte(&item);
                self.change(id, &item.origin, 1, |bytes| {
                    bytes.push(new?);
                    Some(())
                });
            }
            ("extend" | "__iadd__" | "fromlist" | "frombytes" | "fromstring", Some(more)) => self.extended(id, &more),
            ("insert", Some(at)) => {
                let item = arguments.positional.get(1)?;
                let (at, new) = (at.as_int(), byte(item));
                self.change(id, &item.origin, 1, |bytes| {
                    let at = slice_bounds(bytes.len(), Some(at?), None).0;
                    (bytes.len() - at < 20_000).then(|| bytes.insert(at, new.unwrap_or(0)))?;
                    new.map(|_| ())
                });
            }
            ("reverse", _) => {
                let reversed = with_step(&None, Operation::Reverse);
                self.change(id, &reversed, 0, |bytes| {
                    bytes.reverse();
                    Some(())
                });
            }
            ("pop", at) => {
                let at = at.map_or(Some(-1), |at| at.as_int());
                let mut popped = None;
                self.change(id, &None, 0, |bytes| {
                    let at = place(bytes.len(), at?)?;
                    popped = (bytes.len() - at < 20_000).then(|| bytes.remove(at));
                    popped.map(|_| ())
                });
                return Some(Value::new(popped.map_or(Data::Unknown, |byte| Data::Int(i64::from(byte)))));
            }
            ("remove", Some(item)) => {
                let item = byte(&item);
                self.change(id, &None, 0, |bytes| {
                    let item = item?;
                    let at = bytes.iter().take(20_000).position(|byte| *byte == item)?;
                    bytes.remove(at);
                    Some(())
                });
            }
            ("clear", _) => {
                let buffer = self.buffer_mut(id)?;
                buffer.bytes = Some(Rc::default());
                self.changes += 1;
            }
            ("copy", _) => {
                let content = self.frozen(&Value::new(Data::Buffer(id)));
                let bytes = content.as_bytes()?.to_vec();
                if !self.room(bytes.len()) {
                    return None;
                }
                return Some(self.buffer(Shape::Array, bytes, content.origin));
            }
            ("__setitem__", Some(key)) => {
                let value = arguments.positional.get(1)?.clone();
                self.set_byte(id, &key, &value);
            }
            ("__delitem__", Some(key)) => self.delete_item(&Value::new(Data::Buffer(id)), &key),
            ("tobytes" | "tostring", None) => return Some(self.frozen(&Value::new(Data::Buffer(id)))),
            ("tolist", None) => {
                let items = self.iterate(&Value::new(Data::Buffer(id)))?;
                return Some(Value::new(self.list(items)));
            }
            _ => return None,
        }
        Some(Value::new(Data::None))
    }

    /// A file in memory: code writes its payload there in pieces, or reads it back as a file.
    fn stream_method(&mut self, id: u32, name: &str, first: Option<Value<'a>>, shape: Shape) -> Option<Value<'a>> {
        let made = |bytes: Vec<u8>| match shape {
            Shape::Text => Value::text(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Value::bytes(bytes),
        };
        match name {
            "write" | "writelines" => {
                let more = first?;
                let parts = match name {
                    "write" => Some(vec![more.clone()]),
                    _ => self.iterate(&more),
                };
                let origin = self.origin_of(&more);
                let at = self.buffer_of(id)?.at;
                let new: Option<Vec<u8>> = parts.and_then(|parts| {
                    parts.iter().map(Value::as_raw).collect::<Option<Vec<_>>>().map(|raw| raw.concat())
                });
                let size = new.as_ref().map_or(0, Vec::len);
                self.change(id, &origin, size, |bytes| {
                    let new = new?;
                    let end = (at + new.len()).min(bytes.len());
                    bytes.splice(at.min(end)..end, new);
                    Some(())
                });
                self.buffer_mut(id)?.at = at + size;
                Some(Value::new(Data::Int(i64::try_from(size).ok()?)))
            }
            "getvalue" | "getbuffer" => {
                // One that nothing was written to in view stands in for something else: standard output.
                let bytes = self.buffer_of(id)?.bytes.clone().filter(|bytes| !bytes.is_empty())?;
                self.room(bytes.len()).then(|| Value::new(made(bytes.to_vec())))
            }
            "read" | "read1" | "readline" | "readall" | "readlines" => {
                let buffer = self.buffer_of(id)?;
                let (at, bytes) = (buffer.at, buffer.bytes.clone().filter(|bytes| !bytes.is_empty())?);
                let rest = bytes.get(at..).unwrap_or(&[]);
                let most = match &first {
                    None | Some(Value { data: Data::None, .. }) => rest.len(),
                    Some(most) => usize::try_from(most.as_int()?).unwrap_or(rest.len()).min(rest.len()),
                };
                let line = |rest: &[u8]| memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                let length = if name == "readline" { line(rest).min(most) } else { most };
                let part = rest.get(..length)?.to_vec();
                if !self.room(part.len()) {
                    return None;
                }
                self.buffer_mut(id)?.at = at + length;
                self.changes += 1;
                if name == "readlines" {
                    let lines = part.split_inclusive(|byte| *byte == b'\n').take(100_000);
                    let lines = lines.map(|line| Value::new(made(line.to_vec()))).collect();
                    return Some(Value::new(self.list(lines)));
                }
                Some(Value::new(made(part)))
            }
            "seek" => {
                let to = usize::try_from(first?.as_int()?).ok()?;
                self.buffer_mut(id)?.at = to;
                Some(Value::new(Data::Int(i64::try_from(to).ok()?)))
            }
            "tell" => Some(Value::new(Data::Int(i64::try_from(self.buffer_of(id)?.at).ok()?))),
            "truncate" => {
                let to = match first {
                    Some(to) => usize::try_from(to.as_int()?).ok()?,
                    None => self.buffer_of(id)?.at,
                };
                self.change(id, &None, 0, |bytes| {
                    bytes.truncate(to);
                    Some(())
                });
                Some(Value::new(Data::None))
            }
            "flush" | "close" => Some(Value::new(Data::None)),
            "__enter__" | "detach" => Some(Value::new(Data::Buffer(id))),
            _ => None,
        }
    }

    /// An archive in memory: what is read from it is unpacked. Its members are known by their names alone.
    fn archive_method(&mut self, id: u32, name: &str, first: Option<Value<'a>>, kind: Archive) -> Option<Value<'a>> {
        if name == "__enter__" {
            return Some(Value::new(Data::Buffer(id)));
        }
        let bytes = self.buffer_of(id)?.bytes.clone()?;
        if !self.burn(bytes.len() as u64 / 1_024) {
            return None;
        }
        match name {
            "namelist" | "infolist" | "getnames" | "getmembers" => Some(self.member_names(id)?),
            "getinfo" | "getmember" => first,
            "read" | "open" | "extractfile" => {
                let member = first.as_ref().and_then(Value::as_str);
                let content = kind.member(&bytes, member, LARGEST)?;
                if !self.room(content.len()) {
                    return None;
                }
                let origin = with_step(&None, if kind == Archive::Zip { Operation::Unzip } else { Operation::Untar });
                Some(match name {
                    "read" => Value::from(Value::bytes(content), origin),
                    _ => self.buffer(Shape::Binary, content, origin),
                })
            }
            _ => None,
        }
    }

    /// The members of an archive in memory, one by one.
    pub(crate) fn member_names(&mut self, id: u32) -> Option<Value<'a>> {
        let buffer = self.buffer_of(id)?;
        let (Shape::Archive(kind), Some(bytes)) = (buffer.shape, buffer.bytes.clone()) else { return None };
        let names = kind.names(&bytes).into_iter().map(|name| Value::new(Value::text(name))).collect();
        Some(Value::new(self.list(names)))
    }

    fn hash_method(&mut self, id: u32, name: &str, first: Option<Value<'a>>, kind: &'static str) -> Option<Value<'a>> {
        match name {
            "update" => {
                self.extended(id, &first?);
                Some(Value::new(Data::None))
            }
            "digest" | "hexdigest" => {
                let bytes = self.buffer_of(id)?.bytes.clone()?;
                if !self.burn(bytes.len() as u64 / 64) {
                    return None;
                }
                let digest = crate::packing::digest(kind, &bytes)?;
                Some(Value::new(match name {
                    "digest" => Value::bytes(digest),
                    _ => Value::text(digest.iter().map(|byte| format!("{byte:02x}")).collect()),
                }))
            }
            "copy" => {
                let bytes = self.buffer_of(id)?.bytes.clone()?;
                self.room(bytes.len()).then(|| self.buffer(Shape::Hash(kind), bytes.to_vec(), None))
            }
            _ => None,
        }
    }

    fn pattern_method(&mut self, id: u32, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let pattern = String::from_utf8_lossy(self.buffer_of(id)?.bytes.as_ref()?).into_owned();
        let frozen = self.frozen_arguments(arguments);
        let mut given = frozen.unwrap_or_else(|| arguments.clone());
        given.positional.insert(0, Value::new(Value::text(pattern)));
        let range = self.statement;
        self.library(&format!("re.{name}"), &given, range)
    }

    fn unpacker_method(
        &mut self,
        id: u32,
        name: &str,
        first: Option<Value<'a>>,
        kind: &'static str,
    ) -> Option<Value<'a>> {
        if name == "flush" {
            return Some(Value::new(Data::BytesLiteral(b"")));
        }
        if name != "decompress" {
            return None;
        }
        let first = first?;
        // The call is a deed as if nothing were known.
        let callee = match kind {
            "bz2" => "bz2.BZ2Decompressor.decompress",
            "lzma" => "lzma.LZMADecompressor.decompress",
            _ => "zlib.decompressobj.decompress",
        };
        let callee = Value::new(self.named(callee));
        let range = self.statement;
        let called = self.invoke(&callee, Arguments::of(vec![first.clone()]), range, None);
        self.extended(id, &first);
        let Some(new) = self.unpacked(id, kind) else { return Some(Value::from(Data::Unknown, called.origin)) };
        Some(Value::from(new.data, union(&new.origin, &called.origin)))
    }

    /// What a decompressor gives beyond what it gave before.
    fn unpacked(&mut self, id: u32, kind: &'static str) -> Option<Value<'a>> {
        let buffer = self.buffer_of(id)?;
        let (taken, origin, input) = (buffer.at, buffer.origin.clone(), buffer.bytes.clone()?);
        let limit = LARGEST.min(input.len().saturating_mul(2_000).max(1 << 16));
        let (output, step) = match kind {
            "zlib" => (crate::decode::zlib(&input, limit), Operation::Zlib),
            "inflate" => (crate::decode::inflate(&input, limit), Operation::Zlib),
            "gzip" => (crate::decode::gzip(&input, limit), Operation::Gzip),
            "bz2" => (crate::decode::bzip2(&input, limit), Operation::Bz2),
            _ => (crate::decode::lzma(&input, limit), Operation::Lzma),
        };
        let output = output?;
        let new = output.get(taken..)?.to_vec();
        self.buffer_mut(id)?.at = output.len();
        Some(self.decoded_value(Value::bytes(new), step, &origin))
    }
}

/// A value as one byte.
fn byte(value: &Value<'_>) -> Option<u8> {
    value.as_int().and_then(|byte| u8::try_from(byte).ok())
}

/// The place that an index means.
fn place(length: usize, at: i64) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at.checked_add(length)? } else { at };
    usize::try_from(at).ok().filter(|_| at < length)
}

/// Replaces what a slice names.
fn replace<Item: Clone>(
    items: &mut Vec<Item>,
    (lower, upper, step): (Option<i64>, Option<i64>, i64),
    new: Vec<Item>,
    deletes: bool,
) -> Option<()> {
    if step == 1 {
        let (start, end) = slice_bounds(items.len(), lower, upper);
        // As long as before: a pattern that is laid out over a large array.
        match items.get_mut(start..end) {
            Some(part) if part.len() == new.len() => part.clone_from_slice(&new),
            _ => drop(items.splice(start..end, new)),
        }
        return Some(());
    }
    let places: Vec<usize> = slice_indices(items.len(), lower, upper, step).collect();
    if deletes {
        let mut at = 0;
        let gone: std::collections::BTreeSet<usize> = places.into_iter().collect();
        items.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        return Some(());
    }
    if places.len() != new.len() {
        return None;
    }
    for (at, item) in places.into_iter().zip(new) {
        *items.get_mut(at)? = item;
    }
    Some(())
}
