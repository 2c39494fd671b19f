//! Weights learned from labelled verdicts: logistic regression with weights that never speak for innocence.
//!
//! Monotone: a weight is at least 0. Regularised: a rule that the corpus says little about keeps the weight of its level.
//! Deterministic: the same samples give the same weights, whatever their order. Clusters count alike: a campaign of a
//! thousand files is one piece of evidence.

mod validate;

use std::collections::BTreeMap;

use model::RuleStatus;

pub use validate::{BINS, Bin, FOLDS, Prediction, cross_validate, is_frozen, predict, reliability};

use crate::{
    Rulebook,
    score::{Score, ScoreLine},
};

/// One judged artifact and what it really is.
#[derive(Clone, Debug)]
pub struct Sample {
    pub malicious: bool,
    /// Artifacts of one campaign, or of one project, share a name.
    pub cluster: String,
    /// How its score came about, a line a rule that hit.
    pub lines: Vec<ScoreLine>,
}

/// How hard the corpus must argue against the weight of a level, in clusters.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub regularisation: f64,
    pub rounds: u32,
    /// No weight grows beyond this.
    pub highest: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { regularisation: 0.05, rounds: 4000, highest: 8.0 }
    }
}

/// Weights of the rules that hit something.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    pub weights: BTreeMap<String, f64>,
    /// Clusters of each rule: malicious, benign.
    pub support: BTreeMap<String, (usize, usize)>,
}

/// Learns a weight for every rule that hit in the samples. The prior stays: it is a statement about uploads, not about
/// the corpus.
pub fn fit(book: &Rulebook, samples: &[Sample], options: Options) -> Fitted {
    let score = book.score();
    let level = |id: &str| {
        let rule = book.rule(id).filter(|rule| rule.status != RuleStatus::Experimental)?;
        score.level.get(&rule.level).copied()
    };
    let mut support: BTreeMap<String, (std::collections::BTreeSet<&str>, std::collections::BTreeSet<&str>)> =
        BTreeMap::new();
    for sample in samples {
        for id in sample.lines.iter().map(|line| &line.rule).filter(|id| level(id).is_some()) {
            let (malicious, benign) = support.entry(id.clone()).or_default();
            if sample.malicious {
                malicious.insert(&sample.cluster)
            } else {
                benign.insert(&sample.cluster)
            };
        }
    }
    let ids: Vec<&String> = support.keys().collect();
    let start: Vec<f64> = ids.iter().map(|id| level(id).unwrap_or_default().min(options.highest)).collect();
    let rows = rows(samples, &ids);
    let mut weights = start.clone();
    // Steps as long as the steepest row allows, so that the descent cannot overshoot.
    let steepest = rows.iter().map(|row| row.share * row.square()).sum::<f64>() / 4.0;
    let step = 1.0 / (steepest + options.regularisation);
    for _ in 0..options.rounds {
        let mut gradient: Vec<f64> =
            weights.iter().zip(&start).map(|(weight, start)| options.regularisation * (weight - start)).collect();
        for row in &rows {
            let odds = score.prior + row.factors.iter().map(|(at, factor)| weights[*at] * factor).sum::<f64>();
            let error = 1.0 / (1.0 + (-odds).exp()) - row.label;
            for (at, factor) in &row.factors {
                gradient[*at] += row.share * error * factor;
            }
        }
        for (weight, gradient) in weights.iter_mut().zip(&gradient) {
            *weight = (*weight - step * gradient).clamp(0.0, options.highest);
        }
    }
    let rounded = |weight: f64| (weight * 100.0).round() / 100.0;
    Fitted {
        weights: ids.iter().zip(&weights).map(|(id, weight)| ((*id).clone(), rounded(*weight))).collect(),
        support: support.into_iter().map(|(id, (bad, good))| (id, (bad.len(), good.len()))).collect(),
    }
}

struct Row {
    label: f64,
    share: f64,
    factors: Vec<(usize, f64)>,
}

impl Row {
    fn square(&self) -> f64 {
        self.factors.iter().map(|(_, factor)| factor * factor).sum()
    }
}

/// The samples as numbers, in an order that does not depend on theirs.
fn rows(samples: &[Sample], ids: &[&String]) -> Vec<Row> {
    let mut sizes: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for sample in samples {
        *sizes.entry((sample.malicious, &sample.cluster)).or_default() += 1;
    }
    let mut rows: Vec<Row> = samples
        .iter()
        .map(|sample| Row {
            label: f64::from(u8::from(sample.malicious)),
            share: 1.0 / sizes[&(sample.malicious, sample.cluster.as_str())] as f64,
            factors: {
                let factor = |line: &ScoreLine| line.phase * line.role * line.elsewhere;
                let lines = sample.lines.iter();
                let mut factors: Vec<_> =
                    lines.filter_map(|line| Some((ids.binary_search(&&line.rule).ok()?, factor(line)))).collect();
                factors.sort_by_key(|(at, _)| *at);
                factors
            },
        })
        .collect();
    rows.sort_by(|one, other| {
        let key = |row: &Row| row.factors.iter().map(|(at, factor)| (*at, factor.to_bits())).collect::<Vec<_>>();
        one.label
            .total_cmp(&other.label)
            .then(one.share.total_cmp(&other.share))
            .then_with(|| key(one).cmp(&key(other)))
    });
    rows
}

impl Fitted {
    /// The weight of a rule: what a person set, else what was learned.
    pub fn weight(&self, score: &Score, rule: &str) -> Option<f64> {
        let own = score.rule.get(rule).filter(|own| !own.reason.starts_with("learned"));
        own.map(|own| own.weight).or_else(|| self.weights.get(rule).copied())
    }

    /// The lines for `score.toml`. Weights that a person set, with a reason that does not begin with `learned`, stay theirs.
    pub fn to_toml(&self, score: &Score) -> String {
        let mut text = String::new();
        for (id, weight) in &self.weights {
            let own = score.rule.get(id).filter(|rule| !rule.reason.starts_with("learned"));
            let (bad, good) = self.support.get(id).copied().unwrap_or_default();
            let (weight, reason) = match own {
                Some(own) => (own.weight, own.reason.clone()),
                None => (*weight, format!("learned: hits {bad} malicious and {good} benign clusters")),
            };
            let reason = toml::Value::String(reason);
            text.push_str(&format!("[rule.\"{id}\"]\nweight = {weight:?}\nreason = {reason}\n\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn book() -> Rulebook {
        Rulebook::compile(&crate::rulebook::tests::book_files()).unwrap()
    }

    fn sample(malicious: bool, cluster: &str, rules: &[&str]) -> Sample {
        let line = |rule: &&str| ScoreLine {
            rule: (*rule).to_owned(),
            family: (*rule).to_owned(),
            base: 1.0,
            phase: 1.0,
            role: 1.0,
            elsewhere: 1.0,
            adds: 1.0,
            note: String::new(),
        };
        Sample { malicious, cluster: cluster.to_owned(), lines: rules.iter().map(line).collect() }
    }

    pub(super) fn corpus() -> Vec<Sample> {
        let mut samples = Vec::new();
        for at in 0..30 {
            // One rule is telling, one hits everybody, a shadow rule hits with the telling one.
            samples.push(sample(true, &format!("bad{at}"), &["says-needle", "names-host", "says-shadow"]));
            samples.push(sample(false, &format!("good{at}"), &["names-host"]));
        }
        samples
    }

    #[test]
    fn what_tells_gains_and_what_hits_everybody_loses() {
        let fitted = fit(&book(), &corpus(), Options::default());
        let level = book().score().level.clone();
        assert!(fitted.weights["says-needle"] > level[&model::Level::High], "{fitted:?}");
        assert!(fitted.weights["names-host"] < level[&model::Level::Medium], "{fitted:?}");
        assert!(fitted.weights.values().all(|weight| *weight >= 0.0));
        assert!(!fitted.weights.contains_key("says-shadow"));
        assert_eq!(fitted.support["names-host"], (30, 30));
    }

    #[test]
    fn order_and_the_size_of_a_cluster_do_not_matter() {
        let samples = corpus();
        let fitted = fit(&book(), &samples, Options::default());
        let mut turned: Vec<Sample> = samples.iter().rev().cloned().collect();
        assert_eq!(fit(&book(), &turned, Options::default()), fitted);
        // The same campaign a hundred times over.
        turned.extend(std::iter::repeat_n(sample(true, "bad0", &["says-needle", "names-host", "says-shadow"]), 99));
        assert_eq!(fit(&book(), &turned, Options::default()).weights, fitted.weights);
    }

    #[test]
    fn a_weight_that_a_person_set_stays() {
        let book = book();
        let fitted = fit(&book, &corpus(), Options::default());
        let text = fitted.to_toml(book.score());
        assert!(text.contains("[rule.\"says-needle\"]\nweight = 3.0\nreason = \"a test\""), "{text}");
        assert!(text.contains("reason = \"learned: hits 30 malicious and 30 benign clusters\""), "{text}");
        assert!(text.parse::<toml::Table>().is_ok());
    }
}
