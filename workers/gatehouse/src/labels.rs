//! What people have said about archives: tables of labels, and which part of them no rule was written from.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::complaint::Complaint;

/// What an archive really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub malicious: bool,
    /// The campaign of a malicious archive, the project of a benign one: what counts once.
    pub group: String,
}

/// Labels by sha256 and by file name.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    by_digest: HashMap<String, Label>,
    by_name: HashMap<String, Label>,
}

impl Labels {
    pub(crate) fn read(tables: &[PathBuf]) -> Result<Self, Complaint> {
        let mut labels = Self::default();
        for path in tables {
            let unusable = |why: &dyn std::fmt::Display| {
                Complaint::new("cannot use the table of labels").at(path.display()).because(why)
            };
            let text = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
            labels.add(&text).map_err(|why| unusable(&why))?;
        }
        Ok(labels)
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let mut lines = text.lines();
        let heading = lines.next().unwrap_or_default().split('\t').collect::<Vec<_>>();
        let column = |name: &str| heading.iter().position(|heading| *heading == name);
        let (sha256, filename) = (column("sha256"), column("filename"));
        if sha256.is_none() && filename.is_none() {
            return Err("its first line names no column `sha256` or `filename`".to_owned());
        }
        let (label, cluster, project) = (column("label"), column("cluster"), column("project"));
        for (number, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let cells = line.split('\t').collect::<Vec<_>>();
            let cell = |at: Option<usize>| at.and_then(|at| cells.get(at).copied()).filter(|cell| !cell.is_empty());
            let malicious = match cell(label) {
                Some("malicious") => true,
                Some("benign") => false,
                Some(other) => return Err(format!("line {}: `{other}` is neither malicious nor benign", number + 2)),
                // Only what is malicious has campaigns.
                None => cluster.is_some(),
            };
            let own = cell(if malicious { cluster } else { project });
            let group = own.or(cell(project)).or(cell(sha256)).or(cell(filename)).unwrap_or_default().to_owned();
            let label = Label { malicious, group };
            if let Some(sha256) = cell(sha256) {
                self.by_digest.insert(sha256.to_ascii_lowercase(), label.clone());
            }
            if let Some(filename) = cell(filename) {
                self.by_name.insert(filename.to_owned(), label);
            }
        }
        Ok(())
    }

    pub(crate) fn of(&self, sha256: &model::Digest, filename: &str) -> Option<&Label> {
        self.by_digest.get(&sha256.to_string()).or_else(|| self.by_name.get(filename))
    }
}

/// Rates with the numbers they come from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rate {
    pub hits: f64,
    pub total: usize,
}

impl Rate {
    /// Of groups whose members count for a part of one each.
    pub(crate) fn of<'a>(groups: impl Iterator<Item = &'a f64>) -> Self {
        let mut rate = Self::default();
        for share in groups {
            rate.hits += share;
            rate.total += 1;
        }
        rate
    }

    pub(crate) fn percent(self) -> f64 {
        if self.total == 0 { 0.0 } else { 100.0 * self.hits / self.total as f64 }
    }

    /// Wilson's 95 % interval, in percent.
    pub(crate) fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.96;
        if self.total == 0 {
            return (0.0, 100.0);
        }
        let total = self.total as f64;
        let rate = (self.hits / total).clamp(0.0, 1.0);
        let middle = (rate + Z * Z / (2.0 * total)) / (1.0 + Z * Z / total);
        let spread = Z * (rate * (1.0 - rate) / total + Z * Z / (4.0 * total * total)).sqrt() / (1.0 + Z * Z / total);
        (100.0 * (middle - spread).max(0.0), 100.0 * (middle + spread).min(1.0))
    }
}

/// Shares of groups, by their names.
pub(crate) type Groups<'a> = BTreeMap<&'a str, f64>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_is_malicious_by_its_columns() {
        let mut labels = Labels::default();
        labels.add("sha256\tproject\tfilename\tcluster\nAA\tevil\tevil-1.zip\tc1\n").unwrap();
        labels.add("sha256\tproject\tfilename\nbb\tgood\tgood-1.zip\n").unwrap();
        labels.add("filename\tlabel\nother-1.zip\tmalicious\n").unwrap();
        assert_eq!(labels.by_digest["aa"], Label { malicious: true, group: "c1".into() });
        assert_eq!(labels.by_digest["bb"], Label { malicious: false, group: "good".into() });
        assert_eq!(labels.by_name["other-1.zip"], Label { malicious: true, group: "other-1.zip".into() });
        assert!(labels.add("project\tcluster\na\tb\n").is_err());
        assert!(labels.add("sha256\tlabel\naa\tperhaps\n").unwrap_err().contains("line 2"));
    }

    #[test]
    fn an_interval_is_wilsons() {
        // 9 of 10: 59.6 to 98.2, as in every table of it.
        let (low, high) = Rate { hits: 9.0, total: 10 }.interval();
        assert!((low - 59.6).abs() < 0.05 && (high - 98.2).abs() < 0.05, "{low} {high}");
        let (low, high) = Rate { hits: 0.0, total: 403 }.interval();
        assert!(low.abs() < 1e-9 && (high - 0.94).abs() < 0.01, "{high}");
    }
}
