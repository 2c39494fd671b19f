//! What the rules say of bytes and of facts.

use std::collections::HashMap;

use model::{Fact, FactKind, Gap, GapKind, Phase, Place, facts};

use super::{Examiner, whole};
use crate::{
    classify,
    difference::Around,
    evidence, frame,
    ledger::Spot,
    lists,
    rulebook::{Rulebook, rule::Format},
    yara,
};

/// What byte rules and lists found in some bytes.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) rules: Vec<yara::Hit>,
    pub(super) lists: Vec<lists::Hit>,
    /// The rules ran out of time.
    pub(super) unfinished: bool,
}

impl Examiner<'_, '_> {
    /// The byte rules and lists over some bytes of a member, or of a layer below it.
    pub(super) fn bytes(
        &mut self,
        member: &str,
        format: Format,
        bytes: &[u8],
        (phase, role): (Option<Phase>, &str),
        layers: &[model::LayerStep],
    ) {
        let hits = self.look(member, format, bytes);
        self.hits(member, format, bytes, (phase, role), layers, &hits);
    }

    /// What the byte rules and lists find.
    pub(super) fn look(&mut self, member: &str, format: Format, bytes: &[u8]) -> Hits {
        let open = self.book.gate.look(format, bytes);
        let mut hits = Hits::default();
        match if open.rules { self.scan.scan(format, bytes) } else { Ok(Vec::new()) } {
            Ok(found) => hits.rules = found,
            Err(unfinished) => {
                let detail = unfinished.0;
                self.gaps.push(Gap { kind: GapKind::Timeout, member: member.to_owned(), detail });
                hits.unfinished = true;
            }
        }
        if open.lists {
            hits.lists = self.book.lists.scan(format, bytes);
        }
        hits
    }

    /// Notes what was found in some bytes of a member.
    pub(super) fn hits(
        &mut self,
        member: &str,
        format: Format,
        bytes: &[u8],
        (phase, role): (Option<Phase>, &str),
        layers: &[model::LayerStep],
        hits: &Hits,
    ) {
        let text = !matches!(format, Format::Executable | Format::Data);
        let place = |span: (usize, usize)| {
            let place = if text { frame::place_of(member, bytes, span) } else { whole(member) };
            Place { layers: layers.to_vec(), ..place }
        };
        let framed = |place: &Place| if text { frame::frame(&String::from_utf8_lossy(bytes), place) } else { None };
        // A file of rules is read where any of its rules is.
        for hit in hits.rules.iter().filter(|hit| self.book.reads(&hit.rule, format)) {
            let spot = Spot { place: place(hit.span), phase, role };
            let offset = (!text && !hit.matched.is_empty()).then_some(hit.span.0);
            if let Some(notes) = &mut self.notes {
                let weight = weightiest(self.book, [hit.rule.as_str()].into_iter(), phase, role);
                let around = Around { phase, role, hits: &[], weight };
                notes.bytes(&hit.rule, &spot.place, &around, &evidence::of_bytes(&hit.matched, offset));
            }
            self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&hit.matched, offset), framed);
        }
        for hit in &hits.lists {
            let spot = Spot { place: place(hit.span), phase, role };
            let matched = bytes.get(hit.span.0..hit.span.1).unwrap_or_default().to_vec();
            if self.clients.iter().any(|(host, _)| matched.eq_ignore_ascii_case(host.as_bytes())) {
                continue;
            }
            let offset = (!text).then_some(hit.span.0);
            if let Some(notes) = &mut self.notes {
                let weight = weightiest(self.book, [hit.rule.as_str()].into_iter(), phase, role);
                let around = Around { phase, role, hits: &[], weight };
                notes.bytes(
                    &hit.rule,
                    &spot.place,
                    &around,
                    &evidence::of_bytes(std::slice::from_ref(&matched), offset),
                );
            }
            self.ledger.note(&hit.rule, spot, || evidence::of_bytes(&[matched], offset), framed);
        }
    }

    pub(super) fn fact(
        &mut self,
        fact: &Fact,
        phase: Option<Phase>,
        role: &str,
        framed: impl Fn(&Place) -> Option<model::Frame>,
    ) {
        if let Some(observer) = &mut self.observer {
            observer(fact);
        }
        let hits = self.book.sigma.evaluate(fact);
        if let Some(notes) = &mut self.notes {
            let weight = weightiest(self.book, hits.iter().map(|hit| hit.rule.as_str()), phase, role);
            notes.fact(fact, &Around { phase, role, hits: &hits, weight });
        }
        for hit in hits {
            if !self.clients.is_empty() && self.is_client(fact, &hit.rule) {
                continue;
            }
            let spot = Spot { place: fact.place.clone(), phase, role };
            self.ledger.note(&hit.rule, spot, || evidence::of_fact(fact, &hit.fields), &framed);
        }
    }

    /// A function that talks to the very service the project is named for: that it is a host for drops or tunnels is what
    /// the user came for. Code that runs by itself is not excused.
    pub(super) fn is_client(&self, fact: &Fact, rule: &str) -> bool {
        let FactKind::Call(call) = &fact.kind else { return false };
        let Some(rule) = self.book.rule(rule).filter(|_| call.phase == Phase::Call) else { return false };
        let hosts = self.clients.iter().filter(|(_, family)| *family == rule.family);
        // The program of a service is called as the service is.
        let mut labels = hosts.filter_map(|(host, _)| host.rsplit('.').nth(1));
        labels.any(|label| call.text.iter().any(|text| text.to_ascii_lowercase().contains(label)))
    }

    pub(super) fn anomalies(&mut self, anomalies: &[unpack::Anomaly]) {
        let formats: HashMap<String, &'static str> =
            self.entries.iter().map(|entry| (entry.path.clone(), entry.format)).collect();
        for anomaly in anomalies {
            let format = formats.get(&anomaly.member).copied().unwrap_or_default();
            let role = if anomaly.member.is_empty() { "" } else { self.layout.role(&anomaly.member, format).as_str() };
            let fact = facts::Anomaly {
                kind: anomaly.kind.to_owned(),
                member: anomaly.member.clone(),
                role: role.to_owned(),
                detail: anomaly.detail.clone(),
                format: anomaly.format.to_owned(),
            };
            self.fact(&Fact::new(whole(&anomaly.member), fact), None, role, |_| None);
        }
    }

    /// Native programs and libraries.
    pub(super) fn images(&mut self) {
        for (at, image) in std::mem::take(&mut self.images) {
            let role = self.role(at).as_str();
            let path = self.entries[at].path.clone();
            let fact = Fact::new(whole(&path), image.fact(&path, role, self.entries[at].size));
            self.fact(&fact, None, role, |_| None);
        }
    }

    pub(super) fn members(&mut self) {
        for at in 0..self.entries.len() {
            let role = self.role(at);
            let entry = &self.entries[at];
            let phase = self.phases.get(&at).copied().unwrap_or(role.phase());
            let hidden = entry.path.split('/').any(|part| part.starts_with('.') && part.len() > 1 && part != "..");
            let fact = facts::Member {
                member: entry.path.clone(),
                name: classify::name(&entry.path).to_owned(),
                extension: classify::extension(&entry.path),
                format: entry.format.to_owned(),
                role: role.as_str().to_owned(),
                phase,
                size: entry.size,
                entropy: entry.entropy,
                disguised: entry.disguised,
                hidden,
                nesting: u64::from(entry.nesting),
                ambiguous: entry.ambiguous,
            };
            let fact = Fact::new(whole(&entry.path), fact);
            let path = entry.path.clone();
            let runs = self.phases.contains_key(&at).then_some(phase);
            self.fact(&fact, runs, role.as_str(), |_| None);
            self.ledger.assign_role(&path, role.as_str());
        }
    }
}

/// The most that one of these rules would add, in log-odds.
pub(super) fn weightiest<'a>(
    book: &Rulebook,
    rules: impl Iterator<Item = &'a str>,
    phase: Option<Phase>,
    role: &str,
) -> f64 {
    let rules = rules.filter_map(|rule| book.rule(rule));
    rules.map(|rule| book.score.weigh_rule(rule, phase, role)).fold(0.0, f64::max)
}
