//! Zip and tar as code opens them in memory: one member by its name, in the ordinary reading, within bounds.

use std::io::{Cursor, Read};

use crate::decode::{bounded, bzip2, gzip, lzma};

/// An archive that code opens in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Archive {
    Zip,
    /// Not compressed any more.
    Tar,
}

/// Members of an archive that are looked at.
const MOST_MEMBERS: usize = 1_000;

impl Archive {
    pub(crate) fn names(self, input: &[u8]) -> Vec<String> {
        match self {
            Self::Zip => {
                let archive = zip_archive(input);
                let names = archive.iter().flat_map(zip::ZipArchive::file_names).filter_map(Result::ok);
                names.map(std::borrow::Cow::into_owned).collect()
            }
            Self::Tar => {
                let mut names = Vec::new();
                each_in_tar(input, |name, _| {
                    names.push(name.to_owned());
                    false
                });
                names
            }
        }
    }

    /// The last member of that name, or the only one where the name is not known.
    pub(crate) fn member(self, input: &[u8], name: Option<&str>, limit: usize) -> Option<Vec<u8>> {
        match self {
            Self::Zip => {
                let mut archive = zip_archive(input)?;
                let member = match name {
                    Some(name) => archive.by_name(name),
                    None if archive.len() == 1 => archive.by_index(0),
                    None => return None,
                };
                bounded(member.ok()?, limit)
            }
            Self::Tar => {
                let mut names = self.names(input);
                let only = if names.len() == 1 { names.pop() } else { None };
                let wanted = name.map(str::to_owned).or(only)?;
                let last = self.names(input).iter().rposition(|known| *known == wanted)?;
                let (mut at, mut found) = (0, None);
                each_in_tar(input, |_, content| {
                    at += 1;
                    let here = at - 1 == last;
                    if here {
                        found = bounded(content, limit);
                    }
                    here
                });
                found
            }
        }
    }
}

fn zip_archive(input: &[u8]) -> Option<zip::ZipArchive<Cursor<&[u8]>>> {
    // The crate reads the whole directory before it can be asked anything.
    let listed = memchr::memmem::find_iter(input, b"PK\x01\x02").take(MOST_MEMBERS + 1).count();
    let few = (1..=MOST_MEMBERS).contains(&listed);
    few.then(|| zip::ZipArchive::new(Cursor::new(input)).ok()).flatten()
}

/// The files of a tar in their order, until `stop` is content.
fn each_in_tar(input: &[u8], mut stop: impl FnMut(&str, &mut dyn Read) -> bool) {
    let mut archive = tar::Archive::new(input);
    for entry in archive.entries().into_iter().flatten().take(MOST_MEMBERS) {
        let Ok(mut entry) = entry else { return };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && stop(&name, &mut entry) {
            return;
        }
    }
}

/// A tar without what it is compressed with.
pub(crate) fn plain_tar(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    match input {
        [0x1f, 0x8b, ..] => gzip(input, limit),
        [b'B', b'Z', b'h', ..] => bzip2(input, limit),
        [0xfd, b'7', ..] | [0x5d, 0, 0, ..] => lzma(input, limit),
        _ => (input.len() <= limit).then(|| input.to_vec()),
    }
}
