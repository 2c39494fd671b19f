//! What the case page says, made from the verdict and what people did with it.

use askama::Template;
use model::{Finding, LayerStep, PackageType, Place, RuleStatus, SourceText};
use store::{CaseDetail, CaseStatus, Moment, Role};

use crate::{
    Html, Untrusted,
    access::Who,
    code,
    hostile::grouped,
    matrix::{Matrix, matrix},
    reply::Shell,
    words::{self, Badge},
};

/// Findings, gaps and links a page shows; the verdict's JSON has all.
const FINDINGS: usize = 60;
const GAPS: usize = 12;
const LINKS: usize = 6;
/// Bytes of markup for all frames, and for all sources: a page that a phone can load.
const FRAMES: usize = 64 * 1024;
const SOURCES: usize = 128 * 1024;

#[derive(Template)]
#[template(path = "case.html")]
pub(super) struct Case {
    shell: Shell,
    csrf: String,
    id: i64,
    revision: i64,
    title: Html,
    project: Html,
    version: Html,
    band: Badge,
    score: String,
    outcome: &'static str,
    standing: Html,
    decided: bool,
    why: Html,
    consequence: &'static str,
    complete: bool,
    gaps: Vec<GapView>,
    more_gaps: usize,
    matrix: Matrix,
    findings: Vec<FindingView>,
    more_findings: usize,
    sources: Vec<SourceView>,
    no_source: &'static str,
    facts: Vec<FactView>,
    weights: Vec<(Html, String)>,
    signatures: Vec<Html>,
    no_signature: &'static str,
    siblings: Vec<Sibling>,
    history: Vec<Entry>,
    may_decide: bool,
    can_decide: bool,
    decided_line: Html,
    reason: Html,
    reasons: Vec<(&'static str, &'static str)>,
}

struct GapView {
    kind: &'static str,
    member: Option<Html>,
    detail: Html,
}

struct FindingView {
    number: usize,
    title: Html,
    /// As the form sends it back.
    rule: Html,
    rule_shown: Html,
    linked: bool,
    level: &'static str,
    shape: &'static str,
    phase: Option<&'static str>,
    shadow: bool,
    novel: bool,
    weighs: bool,
    weight: String,
    tags: Vec<Html>,
    place: Html,
    layers: Vec<LayerView>,
    frame: Html,
    /// The finding that shows the same code, marked the same way.
    same_as: Option<usize>,
    evidence: Html,
    cited: bool,
}

struct LayerView {
    operations: Html,
    line: u32,
    size: String,
    sha256: String,
    short: String,
}

struct SourceView {
    number: usize,
    member: Html,
    size: String,
    hits: usize,
    open: bool,
    code: Html,
    cut: Option<String>,
}

struct FactView {
    name: &'static str,
    /// Who says so: what the index says and what the uploader says are not worth the same.
    source: Option<&'static str>,
    value: Html,
}

struct Sibling {
    case: Option<i64>,
    version: Html,
    filename: Html,
    band: Badge,
    age: String,
}

struct Entry {
    at: Moment,
    time: String,
    when: String,
    who: Html,
    human: bool,
    what: String,
    reason: Html,
    cited: Html,
}

pub(super) fn view(detail: &CaseDetail, who: &Who, now: Moment) -> Case {
    let case = &detail.case;
    let verdict = &detail.detail.verdict;
    let ranked = ranked(&verdict.findings);
    let shown = &ranked[..ranked.len().min(FINDINGS)];
    let may_decide = who.may(Role::Moderator);
    let title: String = format!("{} {}", case.project, case.version);
    let reason = shown.first().map_or_else(String::new, |finding| reason(finding, case.packagetype));
    Case {
        shell: who.shell(""),
        csrf: who.csrf.clone().unwrap_or_default(),
        id: case.case_id,
        revision: case.revision,
        title: Untrusted::new(&title).attribute(120),
        project: Untrusted::new(&case.project).name(120),
        version: Untrusted::new(&case.version).name(60),
        band: words::badge(case.outcome),
        score: words::score(case.score),
        outcome: words::outcome(case.outcome),
        standing: Untrusted::new(&words::standing(case)).inline(80),
        decided: case.status != CaseStatus::Open,
        why: Untrusted::new(&case.summary).inline(500),
        consequence: consequence(case.status),
        complete: verdict.coverage.complete,
        gaps: verdict.coverage.reasons.iter().take(GAPS).map(gap).collect(),
        more_gaps: verdict.coverage.reasons.len().saturating_sub(GAPS),
        matrix: matrix(shown, LINKS),
        findings: findings(shown),
        more_findings: ranked.len() - shown.len(),
        sources: sources(&detail.detail.sources, shown),
        no_source: "The Python of this archive is too large to travel with its verdict, or there is none. \
             The frames above show it where something was found.",
        facts: facts(detail, now),
        weights: weights(shown),
        signatures: signatures(detail),
        no_signature: "This verdict has no signature yet.",
        siblings: siblings(detail, now),
        history: history(detail),
        may_decide,
        can_decide: may_decide && case.status == CaseStatus::Open,
        decided_line: Untrusted::new(&words::standing(case)).inline(120),
        reason: Untrusted::new(&reason).attribute(300),
        reasons: words::DISMISSALS.into_iter().map(|(kind, label)| (kind.as_str(), label)).collect(),
    }
}

const fn consequence(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Open => {
            "If you confirm, the index is told that this file is malware; project and uploader are not touched. \
             If you dismiss, it is cleared in your name. Both can be undone."
        }
        CaseStatus::Confirmed => {
            "This file is reported as malware. Undo opens the case again and says so to the index."
        }
        CaseStatus::Dismissed => "This file is cleared in a moderator’s name. Undo opens the case again.",
    }
}

/// What counts first: scored before shadow, then by weight, then by level; stable, so the page is too.
fn ranked(findings: &[Finding]) -> Vec<&Finding> {
    let mut ranked: Vec<&Finding> = findings.iter().collect();
    ranked.sort_by(|a, b| {
        let shadow = |finding: &Finding| finding.status == RuleStatus::Experimental;
        shadow(a)
            .cmp(&shadow(b))
            .then(b.weight.total_cmp(&a.weight))
            .then(b.level.cmp(&a.level))
            .then(a.place.member.cmp(&b.place.member))
            .then(a.place.line.cmp(&b.place.line))
    });
    ranked
}

/// The reason a decision begins with: the strongest finding, where it is below the folder that every sdist has.
fn reason(finding: &Finding, packagetype: PackageType) -> String {
    let Place { member, line, .. } = &finding.place;
    let inside = member.split_once('/').filter(|_| packagetype == PackageType::Sdist).map(|(_, inside)| inside);
    match (inside.unwrap_or(member), line) {
        ("", _) => format!("{}: {}", finding.rule, finding.title),
        (member, 0) => format!("{} in {member}: {}", finding.rule, finding.title),
        (member, line) => format!("{} in {member}:{line}: {}", finding.rule, finding.title),
    }
}

fn gap(gap: &model::Gap) -> GapView {
    GapView {
        kind: words::gap(gap.kind),
        member: (!gap.member.is_empty()).then(|| Untrusted::new(&gap.member).name(160)),
        detail: Untrusted::new(&gap.detail).inline(300),
    }
}

fn is_python(member: &str) -> bool {
    [".py", ".pyw", ".pyi", ".pth", ".pyx"].iter().any(|suffix| member.ends_with(suffix))
}

fn findings(shown: &[&Finding]) -> Vec<FindingView> {
    let mut budget = FRAMES;
    let view = |(index, finding): (usize, &&Finding)| {
        let python = is_python(&finding.place.member) || !finding.place.layers.is_empty();
        let same_as = shown[..index].iter().position(|before| {
            let here = (&before.place.member, &before.place.layers, &before.frame);
            finding.frame.is_some() && here == (&finding.place.member, &finding.place.layers, &finding.frame)
        });
        let frame = finding.frame.as_ref().filter(|_| same_as.is_none());
        let mut frame = frame.map(|frame| code::frame(frame, python)).unwrap_or_default();
        if frame.as_str().len() > budget {
            frame = Html::default();
        }
        budget -= frame.as_str().len();
        FindingView {
            number: index + 1,
            title: Untrusted::new(&finding.title).inline(200),
            rule: Untrusted::new(&finding.rule).attribute(64),
            rule_shown: Untrusted::new(&finding.rule).inline(64),
            linked: super::queue::is_rule(&finding.rule),
            level: finding.level.as_str(),
            shape: words::level_shape(finding.level),
            phase: finding.phase.map(words::phase),
            shadow: finding.status == RuleStatus::Experimental,
            novel: finding.novel,
            weighs: finding.weight != 0.0,
            weight: format!("{:+.2}", finding.weight),
            tags: finding.tags.iter().take(6).map(|tag| Untrusted::new(tag).inline(32)).collect(),
            place: place(&finding.place),
            layers: finding.place.layers.iter().take(60).map(layer).collect(),
            frame,
            same_as: same_as.map(|index| index + 1),
            evidence: if finding.evidence.is_empty() {
                Html::default()
            } else {
                Untrusted::new(&finding.evidence).name(400)
            },
            cited: index == 0,
        }
    };
    shown.iter().enumerate().map(view).collect()
}

fn place(place: &Place) -> Html {
    if place.member.is_empty() {
        return Html::default();
    }
    let text = match (place.line, place.column) {
        (0, _) => place.member.clone(),
        (line, 0) => format!("{}:{line}", place.member),
        (line, column) => format!("{}:{line}:{column}", place.member),
    };
    Untrusted::new(&text).name(300)
}

fn layer(step: &LayerStep) -> LayerView {
    LayerView {
        operations: Untrusted::new(&step.operations.join(" → ")).inline(200),
        line: step.line,
        size: words::bytes(step.size),
        sha256: step.sha256.to_string(),
        short: step.sha256.short(),
    }
}

fn sources(texts: &[SourceText], findings: &[&Finding]) -> Vec<SourceView> {
    let mut budget = SOURCES;
    let mut views = Vec::new();
    for (index, source) in texts.iter().enumerate() {
        let mut lines: Vec<u32> = findings
            .iter()
            .filter(|finding| finding.place.member == source.member && finding.place.line > 0)
            .map(|finding| finding.place.layers.first().map_or(finding.place.line, |step| step.line))
            .collect();
        let hits = lines.len();
        lines.sort_unstable();
        lines.dedup();
        let code = code::listing(&source.text, is_python(&source.member), &lines, &format!("source-{index}"));
        let length = source.text.len() as u64 + source.cut;
        let fits = code.as_str().len() <= budget;
        budget -= if fits { code.as_str().len() } else { 0 };
        views.push(SourceView {
            number: index + 1,
            member: Untrusted::new(&source.member).name(200),
            size: words::bytes(length),
            hits,
            open: fits && (hits > 0 || texts.len() == 1),
            code: if fits { code } else { Html::default() },
            cut: match (fits, source.cut) {
                (false, _) => Some("Too much to show on one page.".to_owned()),
                (true, 0) => None,
                (true, cut) => Some(format!("{} more bytes are not shown.", grouped(cut))),
            },
        });
    }
    views.sort_by_key(|view| std::cmp::Reverse(view.hits.min(1)));
    views
}

fn facts(detail: &CaseDetail, now: Moment) -> Vec<FactView> {
    const INDEX: Option<&str> = Some("says the index");
    const MEASURED: Option<&str> = Some("measured");
    let case = &detail.case;
    let verdict = &detail.detail.verdict;
    let name = |text: &str| Untrusted::new(text).name(200);
    let plain = |text: &str| Untrusted::new(text).inline(200);
    let mut facts = vec![
        FactView { name: "File", source: INDEX, value: name(&case.filename) },
        FactView { name: "sha256", source: MEASURED, value: name(&case.sha256.to_string()) },
        FactView { name: "Kind", source: MEASURED, value: plain(case.packagetype.as_str()) },
        FactView {
            name: "Size",
            source: MEASURED,
            value: plain(&format!(
                "{} packed, {} unpacked, {} members",
                words::bytes(verdict.bytes_packed),
                words::bytes(verdict.bytes_unpacked),
                grouped(verdict.members)
            )),
        },
        FactView {
            name: "Uploaded",
            source: INDEX,
            value: plain(&format!("{} ({} ago)", words::when(case.uploaded_at), words::age(case.uploaded_at, now))),
        },
    ];
    if let Some(uploader) = &case.uploaded_by {
        facts.push(FactView { name: "Uploader", source: INDEX, value: name(uploader) });
    }
    facts.push(FactView { name: "Release before", source: MEASURED, value: plain(&before(detail)) });
    let took = u64::try_from(detail.detail.row.took_ms).unwrap_or(0);
    facts.extend([
        FactView { name: "Rulebook", source: None, value: name(&verdict.rulebook.to_string()) },
        FactView { name: "Engine", source: None, value: plain(&verdict.engine) },
        FactView { name: "Took", source: None, value: plain(&format!("{} ms", grouped(took))) },
    ]);
    facts
}

/// What the verdict was held against, and what came of it.
fn before(detail: &CaseDetail) -> String {
    let verdict = &detail.detail.verdict;
    let named = detail.detail.upload.as_ref().and_then(|upload| upload.previous.as_ref());
    match (&verdict.previous, named) {
        (Some(previous), _) => {
            let new = verdict.scored_findings().filter(|finding| finding.novel).count();
            let all = verdict.scored_findings().count();
            let file = previous.filename.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
            format!("held against {}{file}: {new} of {all} findings are new in this release", previous.version)
        }
        (None, Some(previous)) => {
            format!("{} was named and could not be had: nothing here is known to be new or old", previous.version)
        }
        (None, None) => "the upload names none: nothing here is known to be new or old".to_owned(),
    }
}

fn weights(shown: &[&Finding]) -> Vec<(Html, String)> {
    let weighs = shown.iter().filter(|finding| finding.weight != 0.0).take(20);
    weighs.map(|finding| (Untrusted::new(&finding.rule).inline(64), format!("{:+.2}", finding.weight))).collect()
}

fn signatures(detail: &CaseDetail) -> Vec<Html> {
    let line = |attestation: &model::Attestation| {
        let kind = attestation.predicate_type.rsplit("attestation/").next().unwrap_or_default();
        let key = attestation.envelope["signatures"][0]["keyid"].as_str().unwrap_or("unknown");
        let key: String = key.chars().take(16).collect();
        Untrusted::new(&format!("{kind}, revision {}, {}, key {key}…", attestation.revision, attestation.created))
            .inline(200)
    };
    detail.detail.attestations.iter().map(line).collect()
}

fn siblings(detail: &CaseDetail, now: Moment) -> Vec<Sibling> {
    let sibling = |row: &store::VerdictRow| Sibling {
        case: row.case_id.filter(|id| *id != detail.case.case_id),
        version: Untrusted::new(&row.version).name(40),
        filename: Untrusted::new(&row.filename).inline(120),
        band: words::badge(row.outcome),
        age: words::age(row.recorded_at, now),
    };
    detail.siblings.iter().take(20).map(sibling).collect()
}

fn history(detail: &CaseDetail) -> Vec<Entry> {
    let entry = |at: Moment, who: &str, human: bool, what: String, reason: &str, cited: &str| Entry {
        at,
        time: at.to_string(),
        when: words::when(at),
        who: Untrusted::new(who).inline(60),
        human,
        what,
        reason: if reason.is_empty() { Html::default() } else { Untrusted::new(reason).inline(2_000) },
        cited: if cited.is_empty() { Html::default() } else { Untrusted::new(cited).inline(400) },
    };
    let decisions = detail.decisions.iter().map(|row| {
        let undone = if row.undone { " (taken back later)" } else { "" };
        let what = format!("{}{undone}", words::decision(row.kind));
        entry(row.decided_at, &row.actor, true, what, &row.reason, &row.cited.join(", "))
    });
    let verdicts = detail.verdicts.iter().map(|row| {
        let what = format!("verdict: {}, score {}", words::outcome(row.outcome), words::score(row.score));
        let note = format!("rulebook {}, {}", row.rulebook.short(), row.engine);
        entry(row.recorded_at, "machine", false, what, &note, "")
    });
    let mut history: Vec<Entry> = decisions.chain(verdicts).collect();
    history.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    history
}
