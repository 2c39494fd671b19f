//! Marshalled values of CPython 2.7 and 3.6 to 3.14, read as numbers into one arena: nothing in it is believed.

use std::borrow::Cow;

/// The CPython that wrote a file. The order is that of the columns of the tables of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V27,
    V36,
    V37,
    V38,
    V39,
    V310,
    V311,
    V312,
    V313,
    V314,
}

impl Version {
    pub(super) const ALL: [Self; 10] = [
        Self::V314,
        Self::V313,
        Self::V312,
        Self::V311,
        Self::V310,
        Self::V39,
        Self::V38,
        Self::V37,
        Self::V36,
        Self::V27,
    ];

    /// The number at the head of a `.pyc`: those of releases, and those of the versions on the way to them.
    pub(super) const fn of_magic(magic: u16) -> Option<Self> {
        Some(match magic {
            62171..=62211 => Self::V27,
            3360..=3379 => Self::V36,
            3390..=3394 => Self::V37,
            3400..=3413 => Self::V38,
            3420..=3425 => Self::V39,
            3430..=3439 => Self::V310,
            3450..=3495 => Self::V311,
            3500..=3531 => Self::V312,
            3550..=3571 => Self::V313,
            3600..=3627 => Self::V314,
            _ => return None,
        })
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::V27 => "2.7",
            Self::V36 => "3.6",
            Self::V37 => "3.7",
            Self::V38 => "3.8",
            Self::V39 => "3.9",
            Self::V310 => "3.10",
            Self::V311 => "3.11",
            Self::V312 => "3.12",
            Self::V313 => "3.13",
            Self::V314 => "3.14",
        }
    }
}

/// Values that one file may hold; an honest module has some ten thousand.
const MOST: usize = 1_000_000;
/// CPython reads 2,000 levels; a compiler writes some twenty.
const DEEPEST: u32 = 200;

/// A value's number in the arena.
pub(super) type Id = u32;

/// The value of everything that could not be told.
const NOTHING: Id = 0;

#[derive(Debug)]
pub(super) enum Object<'m> {
    None,
    Bool(bool),
    Ellipsis,
    Int(i64),
    /// Sign and magnitude, least significant byte first.
    Long(bool, Vec<u8>),
    Float(f64),
    Complex(f64, f64),
    Bytes(&'m [u8]),
    Text(Cow<'m, str>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Slice([Id; 3]),
    Code(Box<Code<'m>>),
}

#[derive(Debug, Default)]
pub(super) struct Code<'m> {
    pub(super) arguments: u32,
    pub(super) keyword_only: u32,
    pub(super) flags: u32,
    pub(super) code: &'m [u8],
    // Tuples by number: many code objects may share a large one.
    pub(super) constants: Id,
    pub(super) names: Id,
    pub(super) locals: Id,
    cells: Id,
    free: Id,
    /// What each local variable is, from 3.11 on.
    kinds: &'m [u8],
    pub(super) filename: Id,
    pub(super) name: Id,
    /// Where exceptions are handled, from 3.11 on.
    pub(super) handlers: &'m [u8],
}

/// Why marshalled data cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged(pub(super) &'static str);

pub(super) struct Arena<'m> {
    objects: Vec<Object<'m>>,
}

impl<'m> Arena<'m> {
    pub(super) fn get(&self, id: Id) -> &Object<'m> {
        self.objects.get(id as usize).unwrap_or(&Object::None)
    }

    /// A string, whichever of the two kinds: in 2.7 names are bytes.
    pub(super) fn text(&self, id: Id) -> Option<Cow<'_, str>> {
        match self.get(id) {
            Object::Text(text) => Some(Cow::Borrowed(text)),
            Object::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            _ => None,
        }
    }

    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Object::Tuple(items) | Object::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn item(&self, tuple: Id, at: usize) -> Option<Id> {
        self.items(tuple)?.get(at).copied()
    }

    /// Tuples that hold names of a code object.
    pub(super) fn tuples_of_names(&self, code: &Code<'_>) -> impl Iterator<Item = Id> {
        [code.names, code.locals, code.cells, code.free].into_iter().filter(|id| *id != NOTHING)
    }

    /// The variable of a cell, and whether a function around this one binds it.
    pub(super) fn cell(&self, code: &Code<'_>, at: usize) -> Option<(Id, bool)> {
        if code.cells == NOTHING {
            let free = code.kinds.get(at).is_some_and(|kind| kind & 0x80 != 0);
            return self.item(code.locals, at).map(|id| (id, free));
        }
        let own = self.items(code.cells).map_or(0, <[Id]>::len);
        match at.checked_sub(own) {
            None => self.item(code.cells, at).map(|id| (id, false)),
            Some(at) => self.item(code.free, at).map(|id| (id, true)),
        }
    }

    pub(super) fn code(&self, id: Id) -> Option<&Code<'m>> {
        match self.get(id) {
            Object::Code(code) => Some(code),
            _ => None,
        }
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = (Id, &Code<'m>)> {
        self.objects.iter().enumerate().filter_map(|(at, object)| match object {
            Object::Code(code) => Some((u32::try_from(at).ok()?, &**code)),
            _ => None,
        })
    }
}

/// Reads one value; what stands behind it is not looked at, as CPython does.
pub(super) fn read(bytes: &[u8], version: Version) -> Result<(Arena<'_>, Id), Damaged> {
    let arena = Arena { objects: vec![Object::None] };
    let mut reader = Reader { rest: bytes, version, arena, shared: Vec::new(), interned: Vec::new() };
    let root = reader.value(0)?.ok_or(Damaged("there is no value"))?;
    Ok((reader.arena, root))
}

struct Reader<'m> {
    rest: &'m [u8],
    version: Version,
    arena: Arena<'m>,
    /// What a later place may point to.
    shared: Vec<Id>,
    /// The same in 2.7, for names alone.
    interned: Vec<Id>,
}

impl<'m> Reader<'m> {
    fn take(&mut self, bytes: usize) -> Result<&'m [u8], Damaged> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(Damaged("it ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?[0])
    }

    fn long(&mut self) -> Result<u32, Damaged> {
        let bytes = self.take(4)?.first_chunk().ok_or(Damaged("it ends early"))?;
        Ok(u32::from_le_bytes(*bytes))
    }

    fn size(&mut self) -> Result<usize, Damaged> {
        match self.long()? {
            size @ 0..=0x7fff_ffff => Ok(size as usize),
            _ => Err(Damaged("a size is negative")),
        }
    }

    fn keep(&mut self, object: Object<'m>) -> Result<Id, Damaged> {
        if self.arena.objects.len() >= MOST {
            return Err(Damaged("it holds more values than are read"));
        }
        let id = u32::try_from(self.arena.objects.len()).unwrap_or(NOTHING);
        self.arena.objects.push(object);
        Ok(id)
    }

    /// A value, or `None` where a dictionary ends.
    fn value(&mut self, depth: u32) -> Result<Option<Id>, Damaged> {
        if depth > DEEPEST {
            return Err(Damaged("values are nested deeper than is read"));
        }
        let kind = self.byte()?;
        // In 2.7 nothing is shared, and the high bit means nothing.
        let (kind, shared) = if self.version == Version::V27 { (kind, false) } else { (kind & 0x7f, kind & 0x80 != 0) };
        // The number is given when the value begins, so that it may hold itself.
        let slot = shared.then(|| {
            self.shared.push(NOTHING);
            self.shared.len() - 1
        });
        let id = match kind {
            b'0' => return Ok(None),
            b'r' => {
                let at = self.size()?;
                return self.shared.get(at).copied().map(Some).ok_or(Damaged("it points to what is not there"));
            }
            b'R' => {
                let at = self.size()?;
                return self.interned.get(at).copied().map(Some).ok_or(Damaged("it points to what is not there"));
            }
            b'(' | b')' | b'[' | b'<' | b'>' => {
                let size = if kind == b')' { usize::from(self.byte()?) } else { self.size()? };
                let items = self.values(size, depth)?;
                self.keep(match kind {
                    b'(' | b')' => Object::Tuple(items),
                    b'[' => Object::List(items),
                    _ => Object::Set(items),
                })?
            }
            b'{' => {
                let mut pairs = Vec::new();
                while let Some(key) = self.value(depth + 1)? {
                    let Some(value) = self.value(depth + 1)? else { break };
                    pairs.push((key, value));
                }
                self.keep(Object::Dict(pairs))?
            }
            b':' => {
                let items = self.values(3, depth)?;
                let slice = items.first_chunk().copied().ok_or(Damaged("a slice has no ends"))?;
                self.keep(Object::Slice(slice))?
            }
            b'c' => {
                let code = self.code(depth + 1)?;
                self.keep(Object::Code(Box::new(code)))?
            }
            _ => self.plain(kind)?,
        };
        if let Some(slot) = slot {
            self.shared[slot] = id;
        }
        Ok(Some(id))
    }

    fn values(&mut self, size: usize, depth: u32) -> Result<Vec<Id>, Damaged> {
        // Each takes a byte at least, and none is given room before it was read.
        if size > self.rest.len() {
            return Err(Damaged("it ends early"));
        }
        let mut items = Vec::new();
        for _ in 0..size {
            items.push(self.value(depth + 1)?.ok_or(Damaged("a value is missing"))?);
        }
        Ok(items)
    }

    fn plain(&mut self, kind: u8) -> Result<Id, Damaged> {
        let two = self.version == Version::V27;
        let object = match kind {
            b'N' | b'S' => Object::None,
            b'F' => Object::Bool(false),
            b'T' => Object::Bool(true),
            b'.' => Object::Ellipsis,
            b'i' => Object::Int(i64::from(self.long()?.cast_signed())),
            b'I' => {
                let bytes = self.take(8)?.first_chunk().ok_or(Damaged("it ends early"))?;
                Object::Int(i64::from_le_bytes(*bytes))
            }
            b'l' => self.big()?,
            b'g' => Object::Float(self.float()?),
            b'y' => Object::Complex(self.float()?, self.float()?),
            b'f' => Object::Float(self.written()?),
            b'x' => Object::Complex(self.written()?, self.written()?),
            b's' => {
                let size = self.size()?;
                Object::Bytes(self.take(size)?)
            }
            b't' if two => {
                let size = self.size()?;
                let bytes = self.take(size)?;
                let id = self.keep(Object::Bytes(bytes))?;
                self.interned.push(id);
                return Ok(id);
            }
            b'u' | b't' | b'a' | b'A' => {
                let size = self.size()?;
                Object::Text(String::from_utf8_lossy(self.take(size)?))
            }
            b'z' | b'Z' => {
                let size = usize::from(self.byte()?);
                Object::Text(String::from_utf8_lossy(self.take(size)?))
            }
            _ => return Err(Damaged("it holds a value of an unknown kind")),
        };
        self.keep(object)
    }

    fn float(&mut self) -> Result<f64, Damaged> {
        let bytes = self.take(8)?.first_chunk().ok_or(Damaged("it ends early"))?;
        Ok(f64::from_le_bytes(*bytes))
    }

    fn written(&mut self) -> Result<f64, Damaged> {
        let size = usize::from(self.byte()?);
        let text = std::str::from_utf8(self.take(size)?).unwrap_or_default();
        text.parse().map_err(|_| Damaged("a number is none"))
    }

    /// Digits of fifteen bits.
    fn big(&mut self) -> Result<Object<'m>, Damaged> {
        let size = self.long()?.cast_signed();
        let digits = self.take((size.unsigned_abs() as usize).saturating_mul(2))?;
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
        for digit in digits.as_chunks::<2>().0 {
            held |= u32::from(u16::from_le_bytes(*digit) & 0x7fff) << bits;
            bits += 15;
            while bits >= 8 {
                bytes.push((held & 0xff) as u8);
                held >>= 8;
                bits -= 8;
            }
        }
        bytes.push((held & 0xff) as u8);
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        Ok(Object::Long(size < 0, bytes))
    }

    fn code(&mut self, depth: u32) -> Result<Code<'m>, Damaged> {
        let version = self.version;
        let mut code = Code { arguments: self.long()?, ..Code::default() };
        if version >= Version::V38 {
            self.long()?; // how many of them only by place
        }
        if version > Version::V27 {
            code.keyword_only = self.long()?;
        }
        if version < Version::V311 {
            self.long()?; // number of locals
        }
        self.long()?; // stack size
        code.flags = self.long()?;
        let field = |reader: &mut Self| reader.value(depth)?.ok_or(Damaged("a code object is not whole"));
        let bytes = field(self)?;
        code.code = self.bytes_of(bytes)?;
        code.constants = self.tuple(field)?;
        code.names = self.tuple(field)?;
        code.locals = self.tuple(field)?;
        if version >= Version::V311 {
            let kinds = field(self)?;
            code.kinds = self.bytes_of(kinds)?;
        } else {
            code.free = self.tuple(field)?;
            code.cells = self.tuple(field)?;
        }
        code.filename = field(self)?;
        code.name = field(self)?;
        if version >= Version::V311 {
            field(self)?; // the name with those around it
        }
        self.long()?; // first line
        field(self)?; // lines
        if version >= Version::V311 {
            let handlers = field(self)?;
            code.handlers = self.bytes_of(handlers)?;
        }
        Ok(code)
    }

    fn bytes_of(&self, id: Id) -> Result<&'m [u8], Damaged> {
        match self.arena.get(id) {
            Object::Bytes(bytes) => Ok(bytes),
            _ => Err(Damaged("a code object has no code")),
        }
    }

    fn tuple(&mut self, field: impl Fn(&mut Self) -> Result<Id, Damaged>) -> Result<Id, Damaged> {
        let id = field(self)?;
        self.arena.items(id).map(|_| id).ok_or(Damaged("a code object has no names"))
    }
}
