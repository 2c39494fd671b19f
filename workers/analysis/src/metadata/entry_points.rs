//! `entry_points.txt`: commands and plug-ins.

use super::ENTRIES;

/// A command or a plug-in of an `entry_points.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    pub group: String,
    pub name: String,
    /// `package.module:function`, as it is written.
    pub target: String,
}

impl EntryPoint {
    /// `group: name = target`, as rules read it.
    pub(crate) fn shown(&self) -> String {
        format!("{}: {} = {}", self.group, self.name, self.target)
    }

    /// The module, and the name in it, empty where the module itself is meant.
    pub(crate) fn object(&self) -> (&str, &str) {
        let target = self.target.split(['[', '#', ';']).next().unwrap_or_default();
        let (module, name) = target.split_once(':').unwrap_or((target, ""));
        (module.trim(), name.trim())
    }
}

/// Every command and plug-in, as the most lenient of their readers takes them: a colon may stand for `=`.
pub(crate) fn entry_points(bytes: &[u8]) -> Vec<EntryPoint> {
    let text = String::from_utf8_lossy(bytes);
    let (mut found, mut group) = (Vec::new(), "");
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[') {
            group = name.trim_end_matches(']').trim();
        } else if let Some((name, target)) = line.split_once('=').or_else(|| line.split_once(':'))
            && found.len() < ENTRIES
        {
            let (group, name, target) = (group.to_owned(), name.trim().to_owned(), target.trim().to_owned());
            found.push(EntryPoint { group, name, target });
        }
    }
    found
}
