//! A rulebook as bytes, so that a process starts by loading instead of compiling.
//!
//! The bytes come from the same program and only from it: the compiled byte rules are not checked as deeply as
//! their sources are.

use std::collections::BTreeMap;

use super::{Rulebook, judges};
use crate::{
    rulebook::rule::{Formats, Language, Rule},
    yara::Yara,
};

const MAGIC: &[u8; 8] = b"GHRULES1";

#[derive(Debug, thiserror::Error)]
#[error("these are no compiled rules of this program: {0}")]
pub struct WireError(String);

impl Rulebook {
    pub fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        let (sets, by_format) = self.yara.serialize().map_err(WireError)?;
        let mut bytes = MAGIC.to_vec();
        put_count(&mut bytes, self.files.len());
        for (path, content) in &self.files {
            put(&mut bytes, path.as_bytes());
            put(&mut bytes, content);
        }
        put(&mut bytes, &by_format);
        put_count(&mut bytes, sets.len());
        for set in &sets {
            put(&mut bytes, set);
        }
        let compiled: Vec<&Rule> = self.rules.iter().filter(|rule| rule.language == Language::Yara).collect();
        put_count(&mut bytes, compiled.len());
        for rule in compiled {
            for text in [&rule.id, &rule.title, &rule.family, &rule.falsepositives, &rule.file] {
                put(&mut bytes, text.as_bytes());
            }
            put(&mut bytes, rule.tags.join(",").as_bytes());
            put(&mut bytes, rule.level.as_str().as_bytes());
            put(&mut bytes, serde_json::to_string(&rule.status).unwrap_or_default().as_bytes());
            put(&mut bytes, &[rule.formats.bits()]);
            bytes.extend_from_slice(&rule.line.to_be_bytes());
        }
        Ok(bytes)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(WireError("another format".to_owned()));
        }
        let mut files = BTreeMap::new();
        for _ in 0..reader.count()? {
            files.insert(reader.text()?, reader.block()?.to_vec());
        }
        if !files.keys().all(|path| judges(path)) {
            return Err(WireError("files that do not judge".to_owned()));
        }
        let by_format = reader.block()?;
        let mut sets = Vec::new();
        for _ in 0..reader.count()? {
            sets.push(reader.block()?);
        }
        let yara = Yara::deserialize(&sets, by_format).map_err(WireError)?;
        let mut rules = Vec::new();
        for _ in 0..reader.count()? {
            rules.push(reader.rule()?);
        }
        Self::build(&files, Some((yara, rules)))
            .map_err(|wrong| WireError(wrong.first().map(|first| first.message.clone()).unwrap_or_default()))
    }
}

impl Formats {
    pub(crate) const fn bits(self) -> u8 {
        let mut bits = 0;
        let mut at = 0;
        while at < super::rule::Format::ALL.len() {
            if self.contains(super::rule::Format::ALL[at]) {
                bits |= 1 << at;
            }
            at += 1;
        }
        bits
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        let all = super::rule::Format::ALL.into_iter().enumerate();
        all.filter(|(at, _)| bits & (1 << at) != 0).fold(Self::default(), |formats, (_, format)| formats.with(format))
    }
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(&(count as u64).to_be_bytes());
}

fn put(bytes: &mut Vec<u8>, block: &[u8]) {
    put_count(bytes, block.len());
    bytes.extend_from_slice(block);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or_else(|| WireError("cut short".to_owned()))?;
        self.0 = tail;
        Ok(head)
    }

    fn count(&mut self) -> Result<usize, WireError> {
        let bytes: [u8; 8] = self.take(8)?.try_into().map_err(|_| WireError("cut short".to_owned()))?;
        usize::try_from(u64::from_be_bytes(bytes)).map_err(|error| WireError(error.to_string()))
    }

    fn block(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, WireError> {
        String::from_utf8(self.block()?.to_vec()).map_err(|error| WireError(error.to_string()))
    }

    fn rule(&mut self) -> Result<Rule, WireError> {
        let wrong = |_| WireError("a rule that is none".to_owned());
        let (id, title, family) = (self.text()?, self.text()?, self.text()?);
        let (falsepositives, file) = (self.text()?, self.text()?);
        let tags = super::rule::split(&self.text()?);
        let level = model::Level::parse(&self.text()?).ok_or(()).map_err(wrong)?;
        let status = serde_json::from_str(&self.text()?).map_err(|_| ()).map_err(wrong)?;
        let formats = Formats::from_bits(self.block()?.first().copied().unwrap_or_default());
        let line = u32::from_be_bytes(self.take(4)?.try_into().map_err(|_| ()).map_err(wrong)?);
        let language = Language::Yara;
        Ok(Rule {
            id,
            title,
            family,
            level,
            status,
            tags,
            falsepositives,
            language,
            formats,
            file,
            line,
            summary: false,
        })
    }
}
