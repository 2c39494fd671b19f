//! What the pages read.

use std::sync::Arc;

use model::{DecisionKind, Outcome, RuleStatus};
use store::{Band, CaseFilter, CaseStatus, Cursor, FileState, NewDecision};

use crate::harness::{House, event, judged, noon, seconds, upload};

fn confirm(case_id: i64) -> NewDecision {
    NewDecision {
        case_id,
        expected_revision: 1,
        kind: DecisionKind::Confirm,
        actor: "alice".to_owned(),
        reason: "it does".to_owned(),
        cited: Vec::new(),
    }
}

pub(crate) async fn the_queue_is_ranked_and_paged(house: Arc<House>) {
    for (project, outcome, score) in [
        ("a", Outcome::Review, 61.0),
        ("b", Outcome::Hold, 90.5),
        ("c", Outcome::Incomplete, 10.0),
        ("d", Outcome::Hold, 99.9),
        ("e", Outcome::Review, 61.0),
        ("f", Outcome::Clear, 0.1),
        ("g", Outcome::Hold, 90.4),
    ] {
        house.store.record(&event(project, outcome, score), noon()).await.unwrap();
    }
    let mut filter = CaseFilter { limit: 2, ..CaseFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = house.store.cases(&filter).await.unwrap();
        assert!(page.rows.len() <= 2);
        seen.extend(page.rows.into_iter().map(|row| row.project));
        let Some(next) = page.next else { break };
        // As it travels in a URL.
        filter.after = Some(next.to_string().parse::<Cursor>().unwrap());
    }
    assert_eq!(seen, ["d", "b", "g", "a", "e", "c"], "worst first, oldest first among equals");
    assert!("x.y".parse::<Cursor>().is_err());
}

pub(crate) async fn the_queue_is_filtered(house: Arc<House>) {
    house.store.record(&event("Some.Pkg", Outcome::Review, 61.0), noon()).await.unwrap();
    house.store.record(&judged(&upload("some_pkg", "2.0"), Outcome::Hold, 91.0, "r"), noon()).await.unwrap();
    let other = house.store.record(&event("other", Outcome::Hold, 95.0), noon()).await.unwrap();
    house.store.decide(&confirm(other.case_id.unwrap()), noon()).await.unwrap();
    let names = async |filter: CaseFilter| {
        let page = house.store.cases(&filter).await.unwrap();
        page.rows.into_iter().map(|row| format!("{} {}", row.project, row.version)).collect::<Vec<_>>()
    };
    let any = CaseFilter::default;
    assert_eq!(names(any()).await, ["other 1.0", "some_pkg 2.0", "Some.Pkg 1.0"]);
    assert_eq!(names(CaseFilter { status: Some(CaseStatus::Open), ..any() }).await, ["some_pkg 2.0", "Some.Pkg 1.0"]);
    assert_eq!(names(CaseFilter { status: Some(CaseStatus::Confirmed), ..any() }).await, ["other 1.0"]);
    assert_eq!(names(CaseFilter { band: Some(Band::Medium), ..any() }).await, ["Some.Pkg 1.0"]);
    assert_eq!(
        names(CaseFilter { project: Some("SOME--pkg".to_owned()), ..any() }).await,
        ["some_pkg 2.0", "Some.Pkg 1.0"]
    );
    assert_eq!(names(CaseFilter { rule: Some("rule-hold".to_owned()), ..any() }).await, ["other 1.0", "some_pkg 2.0"]);
    assert!(names(CaseFilter { rule: Some("' OR 1=1 --".to_owned()), ..any() }).await.is_empty());
    let page = house.store.cases(&CaseFilter { status: Some(CaseStatus::Open), ..any() }).await.unwrap();
    assert_eq!(page.rows[0].siblings_open, 1);
}

pub(crate) async fn a_case_shows_everything(house: Arc<House>) {
    let hold = judged(&upload("pkg", "2.0"), Outcome::Hold, 91.0, "r");
    house.store.record(&judged(&upload("pkg", "1.0"), Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    let case_id = house.store.record(&hold, noon().plus(seconds(1))).await.unwrap().case_id.unwrap();
    house.store.record(&judged(&upload("Pkg", "3.0"), Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    house.store.record(&judged(&upload("pkgs", "1.0"), Outcome::Clear, 0.5, "r"), noon()).await.unwrap();
    let case = house.store.case(case_id).await.unwrap().unwrap();
    assert_eq!(case.detail.verdict, hold.verdict, "findings and frames as they were judged");
    assert_eq!(case.detail.sources, hold.sources);
    assert_eq!(case.detail.upload.unwrap(), hold.upload);
    assert_eq!(case.case.uploaded_at.to_string(), "2026-03-04T11:59:00.000Z");
    assert_eq!(case.case.opened_at, noon().plus(seconds(1)));
    let siblings: Vec<_> = case.siblings.iter().map(|row| row.version.as_str()).collect();
    assert_eq!(siblings, ["3.0", "1.0"], "the project's other files, not another project's");
    assert_eq!(case.audit.len(), 1);
    assert!(house.store.case(case_id + 999).await.unwrap().is_none());
    assert!(house.store.verdict(999_999).await.unwrap().is_none());
}

pub(crate) async fn counts_are_of_today(house: Arc<House>) {
    let empty = house.store.counts(noon()).await.unwrap();
    assert_eq!((empty.open, empty.median_decision_ms, empty.oldest_open, empty.last_verdict), (0, None, None, None));
    let yesterday = noon().minus(seconds(24 * 3600));
    for (number, (opened, waits)) in [(yesterday, 7), (noon(), 10), (noon(), 30), (noon(), 20)].into_iter().enumerate()
    {
        let event = event(&format!("decided-{number}"), Outcome::Hold, 90.0);
        let case_id = house.store.record(&event, opened).await.unwrap().case_id.unwrap();
        house.store.decide(&confirm(case_id), opened.plus(seconds(waits))).await.unwrap();
    }
    house.store.record(&event("open", Outcome::Review, 60.0), noon().plus(seconds(3))).await.unwrap();
    house.store.accept(&upload("waiting", "1.0"), noon()).await.unwrap();
    let counts = house.store.counts(noon().plus(seconds(3600))).await.unwrap();
    assert_eq!((counts.open, counts.decided_today, counts.pending, counts.verdicts), (1, 3, 1, 5));
    assert_eq!(counts.open_by_band, [(Band::High, 0), (Band::Medium, 1), (Band::Low, 0)]);
    assert_eq!(counts.oldest_open, Some(noon().plus(seconds(3))));
    assert_eq!(counts.last_verdict, Some(noon().plus(seconds(3))));
    assert_eq!(counts.median_decision_ms, Some(20_000));
}

pub(crate) async fn search_finds_names_and_digests(house: Arc<House>) {
    for project in ["Evil.Pkg", "evil-other", "good"] {
        house.store.record(&event(project, Outcome::Clear, 0.5), noon()).await.unwrap();
    }
    let find = async |text: &str| {
        let rows = house.store.search(text, 10).await.unwrap();
        rows.into_iter().map(|row| row.project).collect::<Vec<_>>()
    };
    assert_eq!(find("evil").await, ["evil-other", "Evil.Pkg"]);
    assert_eq!(find("EVIL_pkg").await, ["Evil.Pkg"]);
    assert_eq!(find(" good-1.0.tar.gz ").await, ["good"]);
    let digest = upload("good", "1.0").sha256.to_string();
    assert_eq!(find(&digest).await, ["good"]);
    assert_eq!(find(&digest[..8].to_uppercase()).await, ["good"]);
    for nothing in ["", "%", "_", "' OR 1=1 --", "\0", &digest[..7]] {
        assert!(find(nothing).await.is_empty(), "{nothing:?}");
    }
    assert_eq!(find(&"evil".repeat(10_000)).await, Vec::<String>::new());
}

pub(crate) async fn a_file_has_one_state(house: Arc<House>) {
    let upload = upload("Some.Pkg", "1.0");
    let state = async || {
        let file = house.store.file("some-pkg", "1.0", &upload.filename).await.unwrap();
        file.map(|file| (file.state, file.seq))
    };
    assert_eq!(state().await, None);
    house.store.accept(&upload, noon()).await.unwrap();
    assert_eq!(state().await, Some((FileState::Held, 0)));
    house.store.record(&judged(&upload, Outcome::Clear, 0.5, "one"), noon()).await.unwrap();
    assert_eq!(state().await, Some((FileState::Cleared, 1)));
    let case_id = house.store.record(&judged(&upload, Outcome::Review, 60.0, "two"), noon()).await.unwrap().case_id;
    assert_eq!(state().await, Some((FileState::Suspicious, 2)));
    let mut decision = confirm(case_id.unwrap());
    decision.expected_revision = 2;
    house.store.decide(&decision, noon()).await.unwrap();
    assert_eq!(state().await, Some((FileState::Quarantined, 3)));
    assert!(house.store.file("some-pkg", "1.1", &upload.filename).await.unwrap().is_none());
}

pub(crate) async fn figures_count_what_happened(house: Arc<House>) {
    let mut shadow = event("one", Outcome::Hold, 90.0);
    shadow.verdict.findings[2].status = RuleStatus::Experimental;
    let case_id = house.store.record(&shadow, noon()).await.unwrap().case_id.unwrap();
    house.store.record(&event("two", Outcome::Hold, 90.0), noon()).await.unwrap();
    house.store.accept(&upload("three", "1.0"), noon().plus(seconds(1))).await.unwrap();
    house.store.decide(&confirm(case_id), noon()).await.unwrap();
    let (figures, totals) = (house.store.figures().await.unwrap(), house.store.totals().await.unwrap());
    assert_eq!((totals.uploads, figures.uploads_pending), (3, 1));
    assert_eq!(figures.oldest_pending, Some(noon().plus(seconds(1))));
    assert_eq!(totals.verdicts.iter().find(|(outcome, _)| *outcome == Outcome::Hold).unwrap().1, 2);
    assert_eq!(totals.verdicts.iter().find(|(outcome, _)| *outcome == Outcome::Clear).unwrap().1, 0);
    assert_eq!(figures.cases_open, [(Band::High, 1), (Band::Medium, 0), (Band::Low, 0)]);
    assert_eq!(totals.decisions.iter().find(|(kind, _)| *kind == DecisionKind::Confirm).unwrap().1, 1);
    let hits = [("rule-hold", "stable", 2), ("rule-review", "experimental", 1), ("rule-review", "stable", 1)];
    let hits = hits.map(|(rule, state, count)| (rule.to_owned(), state.to_owned(), count));
    assert_eq!(totals.rule_hits, hits, "a verdict counts once a rule");
    assert_eq!((figures.outbox_unsent, figures.oldest_unsent), (5, Some(noon())));
    assert_eq!(figures.audit_rows, 3);
    // What cannot be counted takes nothing with it that an alert waits for.
    house.meddle("ALTER TABLE finding RENAME TO elsewhere").await.unwrap();
    assert!(house.store.totals().await.is_err());
    assert_eq!(house.store.figures().await.unwrap(), figures);
    house.meddle("ALTER TABLE elsewhere RENAME TO finding").await.unwrap();
}
