//! All that is known to one verdict, and one sentence.

use std::collections::{HashMap, HashSet};

use model::{Artifact, Context, Coverage, Filename, Finding, GapKind, Outcome, Phase, Verdict};
use python::Role;

use super::{Examination, Examiner, release::Release};
use crate::{ENGINE, difference::Novelty, layout::Layout};

impl Examiner<'_, '_> {
    pub(super) fn verdict(
        self,
        artifact: &Artifact,
        context: &Context,
        release: &Release,
        report: &unpack::Report,
        novelty: Option<Novelty>,
    ) -> Examination {
        let Self { book, ledger, mut gaps, layout, entries, shown, .. } = self;
        // An archive inside tests or documentation is opened by no installer: that it is broken is told as an anomaly.
        let paths: HashSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        gaps.retain(|gap| {
            let fixture = matches!(layout.role(&gap.member, "zip"), Role::Tests | Role::Docs);
            // A member of the artifact itself that cannot be unpacked stays a gap, in whatever folder it is.
            let opened = paths.contains(gap.member.as_str()) && gap.detail.starts_with("nested archive");
            let inner = opened || gap.member.contains("!/");
            !(fixture && inner && matches!(gap.kind, GapKind::Corrupt | GapKind::Unsupported))
        });
        let roles: HashMap<String, String> = entries
            .iter()
            .map(|entry| (entry.path.clone(), layout.role(&entry.path, entry.format).as_str().to_owned()))
            .collect();
        let mut findings = ledger.close();
        let arithmetic = book.score.add_up(&mut findings, &|member| roles.get(member).cloned().unwrap_or_default());
        if let Some(novelty) = &novelty {
            for finding in &mut findings {
                finding.novel = novelty.is_new(&finding.place.member, &finding.rule);
            }
        }
        order(&mut findings);
        let hits = findings.iter().map(|finding| finding.rule.clone()).collect();
        findings.truncate(book.limits.findings.total);
        let coverage = Coverage::from_gaps(gaps);
        let strongest = arithmetic.lines.iter().map(|line| line.adds).fold(0.0, f64::max);
        let outcome = book.score.outcome(arithmetic.score, strongest, coverage.complete);
        let claimed = Filename::parse(&context.filename);
        let named = |inside: &str, outside: Option<&String>, claimed: Option<&String>| {
            let inside = (!inside.is_empty()).then(|| inside.to_owned());
            outside.cloned().or(inside).or(claimed.cloned()).unwrap_or_default()
        };
        let verdict = Verdict {
            schema: Verdict::SCHEMA,
            sha256: artifact.sha256,
            filename: context.filename.clone(),
            project: named(&release.metadata.name, context.project.as_ref(), claimed.as_ref().map(|c| &c.project)),
            version: named(&release.metadata.version, context.version.as_ref(), claimed.as_ref().map(|c| &c.version)),
            packagetype: layout.packagetype,
            outcome,
            score: arithmetic.score,
            summary: sentence(outcome, &findings, &coverage, &layout),
            coverage,
            findings,
            rulebook: book.digest(),
            engine: ENGINE.to_owned(),
            context: context.digest(),
            bytes_packed: artifact.bytes.len() as u64,
            bytes_unpacked: report.bytes_unpacked,
            members: report.members,
            previous: novelty.as_ref().map(|novelty| novelty.difference.previous.clone()),
        };
        let sources = shown.map(|(_, shown)| shown).unwrap_or_default();
        let difference = novelty.map(|novelty| novelty.difference);
        Examination { verdict, arithmetic, sources, hits, difference }
    }
}

/// Most weighty first, then by level, rule and place: the same findings always stand in the same order.
fn order(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            let place = &finding.place;
            (finding.rule.clone(), place.member.clone(), place.line, place.column)
        };
        let by_weight = other.weight.total_cmp(&one.weight).then(other.level.cmp(&one.level));
        by_weight.then_with(|| key(one).cmp(&key(other)))
    });
}

/// One sentence: why.
fn sentence(outcome: Outcome, findings: &[Finding], coverage: &Coverage, layout: &Layout) -> String {
    let told = |finding: &Finding| {
        let member = &finding.place.member;
        let member = member.strip_prefix(layout.root.as_str()).unwrap_or(member);
        let mut title = finding.title.clone();
        let mut letters = title.chars();
        if let (Some(first), Some(second)) = (letters.next(), letters.next())
            && first.is_ascii_uppercase()
            && !second.is_ascii_uppercase()
        {
            title.replace_range(..1, &first.to_ascii_lowercase().to_string());
        }
        let when = match finding.phase {
            Some(Phase::Install) => "On install, ",
            Some(Phase::Startup) => "Whenever Python starts, ",
            Some(Phase::Import) => "On import, ",
            Some(Phase::Call) => "When called, ",
            Some(Phase::Never) => "In code that nothing runs, ",
            None => "",
        };
        match (member.is_empty(), finding.place.line) {
            (true, _) => finding.title.clone(),
            (false, 0) => format!("{when}{member} {title}"),
            (false, line) if finding.place.layers.is_empty() => format!("{when}{member}:{line} {title}"),
            (false, line) => {
                let line = finding.place.layers.first().map_or(line, |step| step.line);
                format!("{when}text decoded in {member}:{line} {title}")
            }
        }
    };
    let mut counted = findings.iter().filter(|finding| finding.weight > 0.0);
    let first = counted.next();
    let others = counted.count();
    match (outcome, first) {
        (Outcome::Incomplete, _) => {
            let gap = coverage.reasons.first();
            let gap = gap.map(|gap| {
                if gap.member.is_empty() { gap.detail.clone() } else { format!("{}: {}", gap.member, gap.detail) }
            });
            format!("Not everything could be read: {}", gap.unwrap_or_default())
        }
        (_, None) => "Nothing was found that matters".to_owned(),
        (_, Some(first)) if others == 0 => told(first),
        (_, Some(first)) => format!("{}, and {others} more", told(first)),
    }
}
