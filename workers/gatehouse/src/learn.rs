//! `gatehouse rules fit`: weights for `score.toml`, learned from archives that people have labelled.

mod validation;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;

use analysis::fit::{self, Options, Sample};
use clap::Args;
use model::Outcome;

use crate::complaint::Complaint;
use crate::examiners::{self, Effort};
use crate::rulebook::{self, RulesFolder};
use crate::scan::{self, FailOn, Judged, Output, Source, Tally};
use crate::{exit, terminal};

/// Learn the weights of rules from labelled archives, and print them for `score.toml`.
///
/// Weights never speak for innocence, keep near their level where the archives say little, and are the same for the same
/// archives. A weight that a person set with a reason stays as it is. A fifth of clusters and projects is frozen and
/// not learned from. What the weights are worth is said on standard error: on folds of clusters and projects that they
/// were not learned from, and on the frozen part.
#[derive(Args)]
pub(crate) struct Learn {
    /// Archives that are malicious, or folders of them.
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    malicious: Vec<PathBuf>,
    /// Archives that are benign, or folders of them.
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    benign: Vec<PathBuf>,
    /// Tables with the tab-separated columns `sha256` and `cluster`: a campaign counts once, however many archives it
    /// has. Without them, the archives of one project are a cluster.
    #[arg(long, value_name = "TSV", num_args = 1..)]
    clusters: Vec<PathBuf>,
    /// Open encrypted sample zips with this password.
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    #[command(flatten)]
    folder: RulesFolder,
    /// How many archives are examined at a time [default: one a core].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    sandboxing: examiners::Sandboxing,
}

impl Learn {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let clusters = clusters(&self.clusters)?;
        let files = rulebook::files(self.folder.rules.as_deref())?;
        let book = rulebook::compile(&files)?;
        let effort = Effort { jobs: self.jobs.map(usize::from), ..Effort::usual(self.sandboxing) };
        let pool = examiners::start_with(&files, &effort)?;
        let limit = rulebook::archive_limit(&files);
        let mut samples = Vec::new();
        for (malicious, paths) in [(true, &self.malicious), (false, &self.benign)] {
            let source = Source::of(paths.clone(), self.password.clone());
            let mut labelled = Labelled { malicious, clusters: &clusters, samples: Vec::new(), seen: Seen::default() };
            let tally = scan::judge(&source, FailOn::Outcome(Outcome::Review), &pool, limit, &mut labelled)?;
            if tally.unreadable {
                return Err(Complaint::new("not all archives could be read").because("it is said above"));
            }
            let _ = writeln!(io::stderr().lock(), "{}", labelled.seen.sentence(malicious));
            samples.append(&mut labelled.samples);
        }
        let (frozen, train): (Vec<Sample>, Vec<Sample>) =
            samples.into_iter().partition(|sample| fit::is_frozen(&sample.cluster));
        let fitted = fit::fit(&book, &train, Options::default());
        let _ = write!(io::stderr().lock(), "{}", validation::report(&book, &train, &frozen, &fitted));
        terminal::print(&fitted.to_toml(book.score()))?;
        Ok(exit::OK)
    }
}

/// sha256 to cluster, from tables with a heading.
fn clusters(tables: &[PathBuf]) -> Result<HashMap<String, String>, Complaint> {
    let mut clusters = HashMap::new();
    for path in tables {
        let unusable = |why: &dyn std::fmt::Display| {
            Complaint::new("cannot use the table of clusters").at(path.display()).because(why)
        };
        let text = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
        read(&text, &mut clusters).ok_or_else(|| unusable(&"it has no columns `sha256` and `cluster`"))?;
    }
    Ok(clusters)
}

fn read(text: &str, clusters: &mut HashMap<String, String>) -> Option<()> {
    let mut lines = text.lines();
    let heading = lines.next()?.split('\t').collect::<Vec<_>>();
    let column = |name: &str| heading.iter().position(|heading| *heading == name);
    let (sha256, cluster) = (column("sha256")?, column("cluster")?);
    for line in lines {
        let cells = line.split('\t').collect::<Vec<_>>();
        if let (Some(sha256), Some(cluster)) = (cells.get(sha256), cells.get(cluster)) {
            clusters.insert((*sha256).to_owned(), (*cluster).to_owned());
        }
    }
    Some(())
}

/// Archives of one label.
struct Labelled<'a> {
    malicious: bool,
    clusters: &'a HashMap<String, String>,
    samples: Vec<Sample>,
    seen: Seen,
}

impl Output for Labelled<'_> {
    fn write(&mut self, judged: Judged) -> io::Result<()> {
        let verdict = &judged.verdict;
        let known = self.clusters.get(&verdict.sha256.to_string());
        let cluster = known.cloned().unwrap_or_else(|| match verdict.project.as_str() {
            "" => verdict.sha256.to_string(),
            project => project.to_string(),
        });
        self.seen.add(&cluster, verdict.outcome);
        self.samples.push(Sample { malicious: self.malicious, cluster, lines: judged.lines });
        Ok(())
    }

    fn finish(&mut self, _tally: &Tally) -> io::Result<()> {
        Ok(())
    }
}

/// What the present weights say, by clusters.
#[derive(Default)]
struct Seen {
    archives: usize,
    clusters: BTreeSet<String>,
    review: BTreeSet<String>,
    hold: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, cluster: &str, outcome: Outcome) {
        self.archives += 1;
        self.clusters.insert(cluster.to_owned());
        if outcome >= Outcome::Review {
            self.review.insert(cluster.to_owned());
        }
        if outcome >= Outcome::Hold {
            self.hold.insert(cluster.to_owned());
        }
    }

    fn sentence(&self, malicious: bool) -> String {
        let label = if malicious { "malicious" } else { "benign" };
        let (all, review, hold) = (self.clusters.len(), self.review.len(), self.hold.len());
        format!("{label}: {} archives in {all} clusters, now {review} at review or hold, {hold} at hold", self.archives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_heading() {
        let mut clusters = HashMap::new();
        assert!(read("project\tcluster\tsha256\na\tc1\tff\nshort\n", &mut clusters).is_some());
        assert_eq!(clusters, HashMap::from([("ff".to_owned(), "c1".to_owned())]));
        assert!(read("project\tsha256\n", &mut clusters).is_none());
        assert!(read("", &mut clusters).is_none());
    }

    #[test]
    fn a_cluster_counts_once() {
        let mut seen = Seen::default();
        for (cluster, outcome) in [("a", Outcome::Hold), ("a", Outcome::Clear), ("b", Outcome::Review)] {
            seen.add(cluster, outcome);
        }
        assert_eq!(seen.sentence(true), "malicious: 3 archives in 2 clusters, now 2 at review or hold, 1 at hold");
    }
}
