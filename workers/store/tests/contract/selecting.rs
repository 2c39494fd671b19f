//! What is to be judged again.

use std::sync::Arc;

use model::{Digest, Outcome};
use store::Selection;

use crate::harness::{House, event, judged, noon, seconds, upload};

const ALL: (i64, i64) = (0, i64::MAX);

pub(crate) async fn a_file_is_judged_again_once_and_not_by_the_same_rules(house: Arc<House>) {
    let store = &house.store;
    assert_eq!(store.last_upload().await.unwrap(), 0);
    let (old, new) = (Digest::of(b"rulebook 1"), Digest::of(b"rulebook 2"));
    let first = event("twice", Outcome::Clear, 0.5);
    let mut again = first.clone();
    again.upload.id = "another".to_owned();
    let other = event("other", Outcome::Review, 50.0);
    for event in [&first, &other, &again] {
        store.record(event, noon()).await.unwrap();
    }
    store.accept(&upload("waiting", "1.0"), noon()).await.unwrap();
    let last = store.last_upload().await.unwrap();
    let names = async |rulebook: &Digest, range| {
        let selected = store.selected(&Selection::default(), rulebook, range).await.unwrap();
        assert!(selected.is_sorted_by(|one, other| one.number < other.number));
        selected.into_iter().map(|one| (one.event.id, one.judged)).collect::<Vec<_>>()
    };
    let files = |judged| vec![(other.upload.id.clone(), judged), ("another".to_owned(), judged)];
    assert_eq!(names(&new, ALL).await, files(false), "once, as it was uploaded last; what waits is judged anyway");
    assert_eq!(names(&old, ALL).await, files(true));
    // Part after part is the same as all at once.
    let mut parts = Vec::new();
    for at in 0..last {
        parts.extend(names(&new, (at, at + 1)).await);
    }
    assert_eq!(parts, files(false));
    // Judged by the new rules, but nobody could read it; then it was read.
    let mut unread = judged(&other.upload, Outcome::Incomplete, 0.0, "rulebook 2");
    unread.revision = 0;
    store.record(&unread, noon()).await.unwrap();
    assert_eq!(names(&new, ALL).await, files(false));
    store.record(&judged(&other.upload, Outcome::Clear, 0.5, "rulebook 2"), noon()).await.unwrap();
    assert_eq!(names(&new, ALL).await, [(other.upload.id.clone(), true), ("another".to_owned(), false)]);
    // Another context, such as another release before, is another verdict.
    let mut since = again.clone();
    since.upload.id = "third".to_owned();
    let before = Digest::of(b"the release before");
    let filename = Some("twice-0.9.tar.gz".to_owned());
    let version = "0.9".to_owned();
    since.upload.previous = Some(model::Previous { sha256: before, filename, version, size: None, url: None });
    since.verdict.context = since.upload.context().digest();
    store.record(&since, noon()).await.unwrap();
    store.record(&judged(&again.upload, Outcome::Clear, 0.5, "rulebook 2"), noon()).await.unwrap();
    assert_eq!(names(&new, ALL).await, [(other.upload.id.clone(), true), ("third".to_owned(), false)]);
}

pub(crate) async fn files_are_selected_by_time_project_and_newest_outcome(house: Arc<House>) {
    let store = &house.store;
    let rulebook = Digest::of(b"rulebook 9");
    let later = noon().plus(seconds(60));
    store.record(&event("Evil_Pkg", Outcome::Hold, 90.0), noon()).await.unwrap();
    store.record(&event("evil-pkg-2", Outcome::Hold, 90.0), later).await.unwrap();
    store.record(&event("good", Outcome::Clear, 0.5), later).await.unwrap();
    let projects = async |selection: Selection| {
        let selected = store.selected(&selection, &rulebook, ALL).await.unwrap();
        selected.into_iter().map(|one| one.event.project).collect::<Vec<_>>()
    };
    let all = Selection::default();
    assert_eq!(projects(Selection { since: Some(later), ..all.clone() }).await, ["evil-pkg-2", "good"]);
    assert_eq!(projects(Selection { project: Some("EVIL.pkg".to_owned()), ..all.clone() }).await, ["Evil_Pkg"]);
    let held = Selection { outcome: Some(Outcome::Hold), ..all.clone() };
    assert_eq!(projects(held.clone()).await, ["Evil_Pkg", "evil-pkg-2"]);
    let both = Selection { since: Some(later), ..held.clone() };
    assert_eq!(projects(both).await, ["evil-pkg-2"]);
    // The newest verdict counts, whoever it is from.
    store.record(&judged(&upload("evil-pkg-2", "1.0"), Outcome::Clear, 0.5, "rulebook 2"), later).await.unwrap();
    assert_eq!(projects(held).await, ["Evil_Pkg"]);
    assert_eq!(projects(Selection { project: Some("nobody".to_owned()), ..all }).await, Vec::<String>::new());
}
