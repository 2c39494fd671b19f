//! Compiled Python, `.pyc` and marshalled: read without running it, and written back as source.
//!
//! What is written back goes the way of every source, so a call in byte code is the same fact as a call in text.

mod blocks;
mod calls;
mod compare;
mod containers;
mod expression;
mod instructions;
mod literal;
mod marshal;
mod opcodes;
mod steps;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeSet;

use marshal::{Arena, Object, Version};
use writer::Writer;

pub use compare::{Foreign, foreign};

/// Bytes of source that one file is written back as.
pub const LARGEST: usize = 8 << 20;

/// How Python tells whether byte code belongs to the source beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Timestamp,
    Hash,
    /// It never looks.
    Unchecked,
}

impl Check {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Hash => "hash",
            Self::Unchecked => "unchecked",
        }
    }
}

/// A `.pyc`, read.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// `2.7`, `3.6` to `3.14`.
    pub version: &'static str,
    pub check: Check,
    /// The source that does the same.
    pub source: String,
    /// Names that the code uses, and strings among its constants.
    pub names: BTreeSet<String>,
    pub texts: BTreeSet<String>,
    /// The file it was compiled from, as it says.
    pub compiled_from: String,
    pub functions: u64,
    /// What could not be read or written back.
    pub trouble: Vec<&'static str>,
}

/// Why a `.pyc` could not be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Of a Python that is not known: its number.
    Version(u16),
    Damaged(&'static str),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(magic) => write!(f, "byte code of a Python that is not known ({magic})"),
            Self::Damaged(why) => write!(f, "byte code that cannot be read: {why}"),
        }
    }
}

/// Reads a `.pyc`; at most that many bytes of source are written back.
pub fn read(bytes: &[u8], most: usize) -> Result<Compiled, Unread> {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>().copied());
    let [low, high, b'\r', b'\n'] = number(0).ok_or(Unread::Damaged("it has no head"))? else {
        return Err(Unread::Damaged("it has no head"));
    };
    let magic = u16::from_le_bytes([low, high]);
    let version = Version::of_magic(magic).ok_or(Unread::Version(magic))?;
    let head = match version {
        Version::V27 => 8,
        Version::V36 => 12,
        _ => 16,
    };
    let flags = if head == 16 { number(4).map_or(0, u32::from_le_bytes) } else { 0 };
    let check = match flags {
        0 => Check::Timestamp,
        1 => Check::Unchecked,
        3 => Check::Hash,
        _ => return Err(Unread::Damaged("its head has flags that no Python knows")),
    };
    let body = bytes.get(head..).ok_or(Unread::Damaged("it ends early"))?;
    let (arena, root) = marshal::read(body, version).map_err(|damaged| Unread::Damaged(damaged.0))?;
    let code = arena.code(root).ok_or(Unread::Damaged("it holds no code"))?;
    let compiled_from = arena.text(code.filename).unwrap_or_default().into_owned();
    let (names, texts) = words(&arena);
    let mut writer = Writer::new(&arena, version, most);
    writer.module(root);
    Ok(Compiled {
        version: version.as_str(),
        check,
        names,
        texts,
        compiled_from,
        functions: arena.codes().count() as u64,
        trouble: writer.trouble.iter().copied().collect(),
        source: writer.out,
    })
}

/// A value that `marshal.loads` gives.
pub(crate) enum Loaded {
    /// Code, written back as source.
    Code(String),
    Text(String),
    Bytes(Vec<u8>),
}

/// Reads marshalled data that does not say which Python wrote it.
pub(crate) fn loads(bytes: &[u8], most: usize) -> Option<Loaded> {
    let mut best: Option<(usize, String)> = None;
    for version in Version::ALL {
        let Ok((arena, root)) = marshal::read(bytes, version) else { continue };
        match arena.get(root) {
            Object::Code(_) => {
                let mut writer = Writer::new(&arena, version, most);
                writer.module(root);
                // A wrong version meets what it does not know, or takes one thing for another and leaves much unused.
                let bad = writer.trouble.len() * 100 + odd(&arena, version) + writer.out.matches("(...)").count();
                if best.as_ref().is_none_or(|(least, _)| bad < *least) {
                    best = Some((bad, writer.out));
                }
                if bad == 0 {
                    break;
                }
            }
            Object::Text(text) => return Some(Loaded::Text(text.clone().into_owned())),
            Object::Bytes(bytes) => return Some(Loaded::Bytes(bytes.to_vec())),
            _ => return None,
        }
    }
    best.map(|(_, source)| Loaded::Code(source))
}

/// Instructions whose numbers lead nowhere: constants and names that are not there.
fn odd(arena: &Arena<'_>, version: Version) -> usize {
    use opcodes::Op;
    let table = opcodes::Table::of(version);
    let mut odd = 0;
    for (_, code) in arena.codes().take(50) {
        for one in instructions::list(code, &table).instructions.iter().take(5_000) {
            let at = one.argument as usize;
            let there = match one.op {
                Op::LOAD_CONST | Op::RETURN_CONST => arena.item(code.constants, at).is_some(),
                Op::LOAD_NAME | Op::STORE_NAME | Op::IMPORT_NAME | Op::IMPORT_FROM => {
                    arena.item(code.names, at).is_some()
                }
                Op::LOAD_FAST | Op::STORE_FAST => arena.item(code.locals, at).is_some(),
                _ => true,
            };
            odd += usize::from(!there);
        }
    }
    odd
}

/// All names and all strings, each tuple looked at once.
fn words(arena: &Arena<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut names, mut texts, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (_, code) in arena.codes() {
        for tuple in arena.tuples_of_names(code) {
            if seen.insert((tuple, false)) {
                let items = arena.items(tuple).unwrap_or_default();
                names.extend(items.iter().filter_map(|id| arena.text(*id)).map(std::borrow::Cow::into_owned));
            }
        }
        let mut waiting = vec![(code.constants, 0)];
        while let Some((id, depth)) = waiting.pop() {
            match arena.get(id) {
                Object::Tuple(items) | Object::Set(items) if depth < 8 && seen.insert((id, true)) => {
                    waiting.extend(items.iter().map(|item| (*item, depth + 1)));
                }
                Object::Text(text) => {
                    texts.insert(text.to_string());
                }
                Object::Bytes(bytes) => {
                    if let Ok(text) = std::str::from_utf8(bytes) {
                        texts.insert(text.to_owned());
                    }
                }
                _ => {}
            }
        }
    }
    // Names of functions stand among the constants of some versions.
    for (_, code) in arena.codes() {
        if let Some(name) = arena.text(code.name) {
            texts.remove(&*name);
        }
    }
    (names, texts)
}
