//! What learned weights are worth, in words and tables.

use std::collections::BTreeMap;

use analysis::Rulebook;
use analysis::fit::{BINS, FOLDS, Fitted, Options, Prediction, Sample, cross_validate, predict, reliability};
use model::Outcome;

use crate::backtest::{FILES_A_DAY, MALICIOUS};
use crate::labels::Rate;

pub(super) fn report(book: &Rulebook, train: &[Sample], frozen: &[Sample], fitted: &Fitted) -> String {
    let score = book.score();
    let both = cross_validate(book, train, Options::default());
    let now: Vec<Prediction> = both.iter().map(|(now, _)| *now).collect();
    let unseen: Vec<Prediction> = both.iter().map(|(_, unseen)| *unseen).collect();
    let (bins, loss) = reliability(score, train, &unseen);
    let (_, loss_now) = reliability(score, train, &now);
    let mut text = format!(
        "\nover {FOLDS} folds of clusters and projects, each judged by weights learned from the others:\n  {:34}{:>26}{:>26}\n",
        "", "the rulebook", "learned, unseen"
    );
    text.push_str(&format!("  {:34}{loss_now:>26.4}{loss:>26.4}\n", "log loss, lower is better"));
    rates(book, train, &[&now, &unseen], &mut text);
    if !frozen.is_empty() {
        let by = |fitted| frozen.iter().map(|sample| predict(score, sample, fitted)).collect::<Vec<_>>();
        text.push_str("\nthe frozen part, which nothing was learned from:\n");
        rates(book, frozen, &[&by(None), &by(Some(fitted))], &mut text);
    }
    text.push_str(
        "\nreliability on unseen folds, with the prior exchanged for the share of malicious groups here:\n  \
         said                groups   mean said    observed\n",
    );
    let mut from = 0.0;
    for (bin, end) in bins.iter().zip(BINS) {
        let range = format!("{:.0} to {:.0} %", 100.0 * from, 100.0 * end);
        let (said, observed) = (100.0 * bin.said, 100.0 * bin.observed);
        if bin.groups > 0.0 {
            text.push_str(&format!("  {range:14}{:>12.1}{said:>10.1} %{observed:>10.1} %\n", bin.groups));
        }
        from = end;
    }
    text.push('\n');
    text
}

/// Rates of each column, groups counting once.
fn rates(book: &Rulebook, samples: &[Sample], columns: &[&[Prediction]], text: &mut String) {
    for malicious in [true, false] {
        for (name, least) in [("review or hold", Outcome::Review), ("hold", Outcome::Hold)] {
            let group = if malicious { "clusters" } else { "projects" };
            text.push_str(&format!("  {:34}", format!("{group} at {name}")));
            for predictions in columns {
                let rate = rate(book, samples, predictions, malicious, least);
                let (low, high) = rate.interval();
                text.push_str(&format!("{:>26}", format!("{:.1} % [{low:.1} to {high:.1}]", rate.percent())));
            }
            text.push('\n');
        }
    }
    text.push_str(&format!("  {:34}", format!("reviews a day of {FILES_A_DAY} files")));
    for predictions in columns {
        let of = samples.iter().zip(*predictions).filter(|(sample, _)| !sample.malicious);
        let (mut flagged, mut all) = (0.0, 0.0);
        for (_, prediction) in of {
            all += 1.0;
            flagged += f64::from(u8::from(prediction.outcome(book.score()) >= Outcome::Review));
        }
        let honest = FILES_A_DAY * (1.0 - MALICIOUS);
        text.push_str(&format!("{:>26}", format!("{:.1}", honest * flagged / f64::max(all, 1.0))));
    }
    text.push('\n');
}

/// Of campaigns the part of their archives, of projects whether any.
fn rate(book: &Rulebook, samples: &[Sample], predictions: &[Prediction], malicious: bool, least: Outcome) -> Rate {
    let mut groups: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (sample, prediction) in samples.iter().zip(predictions).filter(|(sample, _)| sample.malicious == malicious) {
        let (hits, all) = groups.entry(&sample.cluster).or_default();
        *hits += f64::from(u8::from(prediction.outcome(book.score()) >= least));
        *all += 1.0;
    }
    let shares: Vec<f64> =
        groups.values().map(|(hits, all)| if malicious { hits / all } else { hits.min(1.0) }).collect();
    Rate::of(shares.iter())
}
