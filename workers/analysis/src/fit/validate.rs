//! What learned weights are worth on archives that they were not learned from.

use std::collections::BTreeMap;

use model::{Digest, Outcome};

use super::{Fitted, Options, Sample, fit};
use crate::{
    Rulebook,
    score::{Score, ScoreLine, score_of},
};

/// Folds of clusters and projects; each is judged by weights learned from the others.
pub const FOLDS: u8 = 5;

/// Whether a cluster or project belongs to the fifth that no rule is written or fitted from.
pub fn is_frozen(group: &str) -> bool {
    let digest = Digest::of(group.as_bytes());
    let bytes = digest.as_bytes();
    // Of one half, which was never looked at, two fifths.
    bytes[0] % 2 == 1 && f64::from(bytes[1]) < 0.4 * 256.0
}

/// The sum of one sample by some weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    pub log_odds: f64,
    /// The most that one finding adds.
    pub strongest: f64,
}

impl Prediction {
    pub fn outcome(&self, score: &Score) -> Outcome {
        score.outcome(score_of(self.log_odds), self.strongest, true)
    }
}

/// Predictions for samples in their order: by the weights of the rulebook, and by weights that never saw the sample's
/// cluster or project.
pub fn cross_validate(book: &Rulebook, samples: &[Sample], options: Options) -> Vec<(Prediction, Prediction)> {
    let fold = |sample: &Sample| Digest::of(sample.cluster.as_bytes()).as_bytes()[2] % FOLDS;
    let learned: Vec<Fitted> = (0..FOLDS)
        .map(|held_out| {
            let seen: Vec<Sample> = samples.iter().filter(|sample| fold(sample) != held_out).cloned().collect();
            fit(book, &seen, options)
        })
        .collect();
    let both = |sample: &Sample| {
        let now = predict(book.score(), sample, None);
        let fitted = learned.get(usize::from(fold(sample)));
        (now, predict(book.score(), sample, fitted))
    };
    samples.iter().map(both).collect()
}

/// A sample by learned weights, where a weight that a person set stays; or by those of the rulebook.
pub fn predict(score: &Score, sample: &Sample, fitted: Option<&Fitted>) -> Prediction {
    let weight = |line: &ScoreLine| {
        let fitted = fitted.filter(|_| line.base > 0.0).and_then(|fitted| fitted.weight(score, &line.rule));
        fitted.unwrap_or(line.base)
    };
    let (log_odds, strongest) = score.again(&sample.lines, &weight);
    Prediction { log_odds, strongest }
}

/// One row of the table of reliability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Clusters and projects with a prediction in this range; one with several archives counts in parts.
    pub groups: f64,
    /// The mean of what was said of them, and what is true, as probabilities.
    pub said: f64,
    pub observed: f64,
}

/// Upper ends of the ranges.
pub const BINS: [f64; 7] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];

/// How well probabilities are meant. The prior is exchanged for the share of malicious groups among these, since nobody
/// uploads half malware; the log loss is of the same numbers.
pub fn reliability(score: &Score, samples: &[Sample], predictions: &[Prediction]) -> ([Bin; BINS.len()], f64) {
    let mut sizes: BTreeMap<(bool, &str), f64> = BTreeMap::new();
    for sample in samples {
        *sizes.entry((sample.malicious, &sample.cluster)).or_default() += 1.0;
    }
    let malicious = sizes.keys().filter(|(malicious, _)| *malicious).count() as f64;
    let share = (malicious / sizes.len().max(1) as f64).clamp(0.001, 0.999);
    let shift = (share / (1.0 - share)).ln() - score.prior;
    let mut bins = [Bin::default(); BINS.len()];
    let mut loss = 0.0;
    for (sample, prediction) in samples.iter().zip(predictions) {
        let part = 1.0 / sizes.get(&(sample.malicious, sample.cluster.as_str())).copied().unwrap_or(1.0);
        let said = 1.0 / (1.0 + (-(prediction.log_odds + shift)).exp());
        let truth = f64::from(u8::from(sample.malicious));
        let at = BINS.iter().position(|end| said <= *end).unwrap_or(BINS.len() - 1);
        bins[at].groups += part;
        bins[at].said += part * said;
        bins[at].observed += part * truth;
        let sure = said.clamp(1e-6, 1.0 - 1e-6);
        loss -= part * (truth * sure.ln() + (1.0 - truth) * (1.0 - sure).ln());
    }
    for bin in bins.iter_mut().filter(|bin| bin.groups > 0.0) {
        bin.said /= bin.groups;
        bin.observed /= bin.groups;
    }
    (bins, loss / sizes.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{book, corpus};
    use super::*;

    #[test]
    fn a_fifth_is_frozen_and_always_the_same() {
        let frozen = (0..5000).filter(|at| is_frozen(&format!("project-{at}"))).count();
        assert!((900..1100).contains(&frozen), "{frozen}");
        // As `tests/measure.py` says of these names.
        let said = ["demo", "requests", "scipy", "demo-1", "c1", "flask"].map(is_frozen);
        assert_eq!(said, FROZEN);
    }

    /// By `python3 -c "from measure import part_of; …"`.
    const FROZEN: [bool; 6] = [false, false, true, true, false, false];

    #[test]
    fn what_was_not_seen_is_predicted_from_what_was() {
        let samples = corpus();
        let both = cross_validate(&book(), &samples, Options::default());
        assert_eq!(both, cross_validate(&book(), &samples, Options::default()), "the same twice");
        let held_out: Vec<Prediction> = both.iter().map(|(_, held_out)| *held_out).collect();
        let now: Vec<Prediction> = both.iter().map(|(now, _)| *now).collect();
        let (bins, loss) = reliability(book().score(), &samples, &held_out);
        let (_, before) = reliability(book().score(), &samples, &now);
        assert!(loss < before, "{loss} {before}: what tells is the same in every fold");
        assert!((bins.iter().map(|bin| bin.groups).sum::<f64>() - 60.0).abs() < 1e-9, "{bins:?}");
        let last = bins.iter().rfind(|bin| bin.groups > 0.0).unwrap();
        assert!((last.observed - 1.0).abs() < 1e-9, "{bins:?}");
    }
}
