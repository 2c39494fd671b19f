//! Findings as they come in: one a rule and member with its best place, a bounded number of a rule, every hit counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Fact, Finding, Frame, Level, Phase, Place, RuleStatus, facts};

use crate::{layout::shown, rulebook::Rulebook};

/// Findings of one rule that are kept until all are known.
const KEPT: usize = 20;

/// What was seen in one member.
#[derive(Debug, Default)]
struct Seen {
    role: String,
    /// Rules by their position in the rulebook, and whether something runs what they hit.
    rules: BTreeMap<usize, bool>,
    /// Of rules, when the earliest code runs that they hit.
    phases: BTreeMap<usize, Phase>,
    behaviour: BTreeSet<String>,
    phase: Option<Phase>,
}

struct Candidate {
    rank: f64,
    finding: Finding,
}

pub(crate) struct Ledger<'r> {
    book: &'r Rulebook,
    slots: BTreeMap<usize, Vec<Candidate>>,
    members: BTreeMap<String, Seen>,
}

/// Where a hit is and when its code runs.
pub(crate) struct Spot<'a> {
    pub place: Place,
    pub phase: Option<Phase>,
    pub role: &'a str,
}

impl<'r> Ledger<'r> {
    pub(crate) fn new(book: &'r Rulebook) -> Self {
        Self { book, slots: BTreeMap::new(), members: BTreeMap::new() }
    }

    /// Notes that a rule hit. Evidence and frame are only made when the finding is kept.
    pub(crate) fn note(
        &mut self,
        rule: &str,
        spot: Spot<'_>,
        evidence: impl FnOnce() -> String,
        frame: impl FnOnce(&Place) -> Option<Frame>,
    ) {
        let Some(position) = self.book.position(rule) else { return };
        let rule = &self.book.rules()[position];
        let Spot { place, phase, role } = spot;
        let seen = self.members.entry(place.member.clone()).or_default();
        if seen.role.is_empty() {
            role.clone_into(&mut seen.role);
        }
        let runs = phase.map_or(!matches!(role, "tests" | "docs"), |phase| phase != Phase::Never);
        *seen.rules.entry(position).or_default() |= runs;
        if let Some(phase) = phase {
            let first = seen.phases.entry(position).or_insert(phase);
            *first = phase.min(*first);
        }
        if rule.status != RuleStatus::Experimental {
            seen.phase = seen.phase.into_iter().chain(phase).min();
        }
        let mut finding = Finding {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            level: rule.level,
            family: rule.family.clone(),
            status: rule.status,
            tags: rule.tags.clone(),
            place,
            phase,
            evidence: String::new(),
            frame: None,
            weight: 0.0,
            novel: false,
        };
        let (_, by_phase, by_role) = self.book.score.weigh(&finding, role);
        let rank = by_phase * by_role;
        let slot = self.slots.entry(position).or_default();
        let same = slot.iter().position(|known| known.finding.place.member == finding.place.member);
        let at = match same {
            Some(at) if better(rank, &finding, &slot[at]) => {
                slot.remove(at);
                slot.iter().position(|known| better(rank, &finding, known)).unwrap_or(slot.len())
            }
            Some(_) => return,
            None => slot.iter().position(|known| better(rank, &finding, known)).unwrap_or(slot.len()),
        };
        if at < KEPT {
            finding.evidence = evidence();
            finding.frame = frame(&finding.place);
            slot.insert(at, Candidate { rank, finding });
            slot.truncate(KEPT);
        }
    }

    /// Notes what a member can do, whether or not a rule speaks of it.
    pub(crate) fn behaves(&mut self, member: &str, role: &str, behaviours: &[String], phase: Phase) {
        if behaviours.is_empty() {
            return;
        }
        let seen = self.members.entry(member.to_owned()).or_default();
        role.clone_into(&mut seen.role);
        seen.phase = seen.phase.into_iter().chain([phase]).min();
        for behaviour in behaviours {
            let phased = format!("{}:{behaviour}", phase.as_str());
            if !seen.behaviour.contains(&phased) {
                seen.behaviour.insert(phased);
                if phase != Phase::Never {
                    seen.behaviour.insert(behaviour.clone());
                }
            }
        }
    }

    /// One event a member with something to tell, one for the release, and one for each part of it that could be taken for
    /// the whole, told by the folder it lies in. `whole` is what is known of the release.
    pub(crate) fn summaries(
        &self,
        whole: &facts::Summary,
        parts: &[(String, facts::Summary)],
    ) -> Vec<(Fact, Option<Phase>)> {
        let mut summaries = Vec::new();
        let strongest = self.strongest();
        for (member, seen) in &self.members {
            if !member.is_empty() {
                let place = strongest
                    .get(member.as_str())
                    .map(|(_, place)| (*place).clone())
                    .unwrap_or(Place { member: member.clone(), ..Place::default() });
                let fact = self.summary(whole, "member", member, seen);
                summaries.push((Fact { place, kind: fact.into() }, seen.phase));
            }
        }
        let whole = (String::new(), whole.clone());
        for (folder, known) in [&whole].into_iter().chain(parts) {
            let fact = self.summary(known, "release", "", &self.below(folder));
            summaries.push((Fact { place: Place::default(), kind: fact.into() }, None));
        }
        summaries
    }

    /// What was seen below a folder, and of the release itself.
    fn below(&self, folder: &str) -> Seen {
        let mut all = Seen::default();
        let below = |member: &str| member.is_empty() || shown(member).starts_with(folder);
        for (_, seen) in self.members.iter().filter(|(member, _)| below(member)) {
            all.rules.extend(seen.rules.iter().filter(|(_, runs)| **runs).map(|(position, _)| (*position, true)));
            for (position, phase) in &seen.phases {
                let first = all.phases.entry(*position).or_insert(*phase);
                *first = (*first).min(*phase);
            }
            all.behaviour.extend(seen.behaviour.iter().cloned());
            all.phase = all.phase.into_iter().chain(seen.phase).min();
        }
        all
    }

    fn summary(&self, whole: &facts::Summary, scope: &str, member: &str, seen: &Seen) -> facts::Summary {
        // Shadow rules are not seen: what depends on them could change an outcome.
        let rule = |position: &usize| {
            let rule = self.book.rules().get(*position);
            rule.filter(|rule| rule.status != RuleStatus::Experimental)
        };
        let rules = || seen.rules.keys().filter_map(rule);
        let early = seen.phases.iter().filter(|(_, phase)| **phase < Phase::Call);
        let families: BTreeSet<String> = rules().map(|rule| rule.family.clone()).collect();
        facts::Summary {
            scope: scope.to_owned(),
            member: member.to_owned(),
            role: seen.role.clone(),
            rules: rules().map(|rule| rule.id.clone()).collect(),
            early: early
                .filter_map(|(position, phase)| Some(format!("{}:{}", phase.as_str(), rule(position)?.id)))
                .collect(),
            families: families.into_iter().collect(),
            behaviour: seen.behaviour.iter().cloned().collect(),
            level: rules().map(|rule| rule.level).max().map_or("", Level::as_str).to_owned(),
            hits: rules().count() as u64,
            ..whole.clone()
        }
    }

    /// Of each member, where its weightiest finding is.
    fn strongest(&self) -> HashMap<&str, (f64, &Place)> {
        let mut strongest: HashMap<&str, (f64, &Place)> = HashMap::new();
        for candidate in self.slots.values().flatten() {
            let (base, ..) = self.book.score.weigh(&candidate.finding, "");
            let weight = base * candidate.rank;
            let place = &candidate.finding.place;
            let known = strongest.entry(place.member.as_str()).or_insert((f64::NEG_INFINITY, place));
            if weight > known.0 {
                *known = (weight, place);
            }
        }
        strongest
    }

    /// The role of a member as the findings know it.
    pub(crate) fn role(&self, member: &str) -> String {
        self.members.get(member).map(|seen| seen.role.clone()).unwrap_or_default()
    }

    /// Sets the final role and, for code that waits for nothing, leaves the rest as it is.
    pub(crate) fn assign_role(&mut self, member: &str, role: &str) {
        if let Some(seen) = self.members.get_mut(member) {
            role.clone_into(&mut seen.role);
            let unrun = matches!(role, "tests" | "docs");
            for (position, runs) in &mut seen.rules {
                let phased = self.slots.get(position).is_some_and(|slot| {
                    slot.iter().any(|known| known.finding.place.member == member && known.finding.phase.is_some())
                });
                if !phased {
                    *runs = !unrun;
                }
            }
        }
    }

    /// All that is kept, the best of each rule first; the others that hit are counted in its evidence.
    pub(crate) fn close(self) -> Vec<Finding> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for seen in self.members.values() {
            for position in seen.rules.keys() {
                *counts.entry(*position).or_default() += 1;
            }
        }
        let each = self.book.limits.findings.rule.max(1);
        let mut findings = Vec::new();
        for (position, mut slot) in self.slots {
            let total = counts.get(&position).copied().unwrap_or(slot.len());
            slot.truncate(each);
            let more = total.saturating_sub(slot.len());
            if let Some(first) = slot.first_mut().filter(|_| more > 0) {
                let members = if more == 1 { "member" } else { "members" };
                first.finding.evidence.push_str(&format!(" (and in {more} more {members})"));
            }
            findings.extend(slot.into_iter().map(|candidate| candidate.finding));
        }
        findings
    }
}

/// Runs earlier, then lies less deep, then stands first.
fn better(rank: f64, finding: &Finding, known: &Candidate) -> bool {
    let key = |finding: &Finding| {
        let place = &finding.place;
        (place.layers.len(), place.line == 0, place.member.clone(), place.line, place.column)
    };
    match rank.total_cmp(&known.rank) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => key(finding) < key(&known.finding),
    }
}
