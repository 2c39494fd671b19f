//! The fleet: who lives, who judges with what, what waits where and for how long, and what nobody could handle.

use std::{collections::BTreeSet, time::Duration};

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::Digest;
use queue::{Chosen, Depth, Lane, Peeked};
use store::{AuditEntry, Counts, Judge, Judges, Moment, Role, Worker};

use super::unavailable;
use crate::{
    App, Html, Untrusted,
    access::Who,
    form::Signed,
    hostile::grouped,
    reply::{Message, Page, Shell, see_other},
    words,
};

/// The time over which a rate is taken.
const LATELY: Duration = Duration::from_secs(10 * 60);
/// A process says every ten seconds that it lives; who has said nothing for so long is gone or cut off.
const SILENT: Duration = Duration::from_secs(60);
/// And after so long it is no part of the fleet any more.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);
/// Parked messages that are shown; all of them can be sent back.
const SHOWN: usize = 20;
/// Parked messages among which the one that was chosen is looked for.
const LOOKED_AT: usize = 1000;
/// A broker that does not answer must not keep the page.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "fleet.html")]
struct Fleet {
    shell: Shell,
    csrf: String,
    may_replay: bool,
    /// What waits and when it will be done, in a sentence.
    outlook: String,
    lanes: Option<Vec<LaneRow>>,
    workers: Vec<WorkerRow>,
    judges: Vec<JudgeRow>,
    mixed: bool,
    /// How many, and how many of them are shown.
    parked: String,
    messages: Vec<Parked>,
}

struct LaneRow {
    name: &'static str,
    what: &'static str,
    waiting: String,
    taken_by: String,
    oldest: String,
    /// Something waits, and nobody takes it.
    alone: bool,
}

struct WorkerRow {
    name: Html,
    role: Html,
    engine: Html,
    rulebook: Html,
    in_hand: String,
    heard: String,
    age: String,
    silent: bool,
}

struct JudgeRow {
    engine: Html,
    rulebook: Html,
    verdicts: String,
    last: String,
    age: String,
}

struct Parked {
    id: Html,
    /// What the form sends: an id is a stranger's text, and may not come back from a browser as it was.
    digest: String,
    lane: Html,
    reason: Html,
    age: String,
    size: String,
}

pub(crate) async fn page(State(app): State<App>, who: Who) -> Response {
    let now = Moment::now();
    let asked = tokio::try_join!(
        app.store.counts(now),
        app.store.judges(now.minus(LATELY)),
        app.store.workers(now.minus(FORGOTTEN))
    );
    let (counts, judges, workers) = match asked {
        Ok(asked) => asked,
        Err(error) => return unavailable(&who, &error),
    };
    let oldest = match app.store.uploads(store::UploadState::Pending, 1).await {
        Ok(rows) => rows.first().map(|row| words::age(row.seen_at, now)),
        Err(error) => return unavailable(&who, &error),
    };
    let depths = tokio::time::timeout(PATIENCE, app.queue.depths()).await.ok().and_then(Result::ok);
    let messages = tokio::time::timeout(PATIENCE, app.queue.peek(Lane::Parked, SHOWN)).await.ok().and_then(Result::ok);
    let parked = depths
        .as_ref()
        .and_then(|depths| depths.iter().find(|depth| depth.lane == Lane::Parked))
        .map_or(0, |one| one.ready);
    let page = Fleet {
        csrf: who.csrf.clone().unwrap_or_default(),
        may_replay: who.may(Role::Moderator),
        shell: who.shell("/fleet"),
        outlook: outlook(&counts, &judges, oldest, now),
        lanes: depths.map(|depths| depths.iter().filter(|depth| depth.lane != Lane::Parked).map(lane).collect()),
        mixed: mixed(&workers, &judges, now),
        workers: workers.iter().map(|one| worker(one, now)).collect(),
        judges: judges.judges.iter().map(|one| judge(one, now)).collect(),
        parked: match messages.as_ref().map_or(0, Vec::len) as u64 {
            shown if shown < parked => format!("{} are parked, the first {shown} of them", grouped(parked)),
            1 => "1 message is parked".to_owned(),
            shown => format!("{} are parked", grouped(shown)),
        },
        messages: messages.unwrap_or_default().iter().map(message).collect(),
    };
    Page(StatusCode::OK, page).into_response()
}

/// Sends back one parked message, or all.
pub(crate) async fn replay(State(app): State<App>, signed: Signed) -> Response {
    let Signed { who, fields } = signed;
    let mut ids = Vec::new();
    if fields.get("all") != "yes" {
        match app.queue.peek(Lane::Parked, LOOKED_AT).await {
            Ok(messages) => ids.extend(messages.into_iter().map(|message| message.id)),
            Err(error) => return unwilling(&who, &error),
        }
        ids.retain(|id| digest(id) == fields.get("message"));
        if ids.is_empty() {
            return told(&who, StatusCode::NOT_FOUND, "Nothing sent back", "It is not parked any more.");
        }
    }
    let chosen = if ids.is_empty() { Chosen::All } else { Chosen::Ids(&ids) };
    let replayed = match app.queue.replay(chosen, None).await {
        Ok(replayed) => replayed,
        Err(error) => return unwilling(&who, &error),
    };
    let entry = AuditEntry {
        actor: who.actor.clone(),
        action: "queue.replayed".to_owned(),
        subject: "queue:parked".to_owned(),
        detail: serde_json::json!({
            "moved": replayed.moved.len(),
            "homeless": replayed.homeless.len(),
            "ids": replayed.moved.iter().take(100).map(|(id, _)| id).collect::<Vec<_>>(),
        }),
    };
    if let Err(error) = app.store.audit(&entry, Moment::now()).await {
        return unavailable(&who, &error);
    }
    match (replayed.moved.len(), replayed.homeless.len()) {
        (_, 0) if !replayed.moved.is_empty() => see_other("/fleet"),
        (0, 0) => told(&who, StatusCode::NOT_FOUND, "Nothing sent back", "It is not parked any more."),
        (moved, homeless) => {
            let line = format!(
                "{moved} sent back. {homeless} never reached a lane and stay parked: an operator says where they belong \
                 with “gatehouse queue replay --topic”."
            );
            told(&who, StatusCode::CONFLICT, "Not all sent back", &line)
        }
    }
}

fn unwilling(who: &Who, error: &queue::Error) -> Response {
    tracing::error!(%error, "parked messages could not be sent back");
    let line = "The queue did not take them. What was not sent back is still parked.";
    told(who, StatusCode::SERVICE_UNAVAILABLE, "Not sent back", line)
}

fn digest(id: &str) -> String {
    Digest::of(id.as_bytes()).to_string()
}

fn told(who: &Who, status: StatusCode, title: &'static str, line: &str) -> Response {
    let mut message = Message::new(who.shell("/fleet"), title, line);
    message.links = vec![("/fleet".to_owned(), "Back to the fleet")];
    Page(status, message).into_response()
}

fn outlook(counts: &Counts, judges: &Judges, oldest: Option<String>, now: Moment) -> String {
    let seconds = judges.since.map_or(0, |since| since.until(now).as_secs()).max(1);
    let minute = u64::try_from(judges.recent).unwrap_or(0).saturating_mul(60) / seconds;
    let rate = match (judges.recent, minute) {
        (0, _) => "Nothing was judged in the last ten minutes".to_owned(),
        (_, 0) => "Less than one file a minute is judged".to_owned(),
        (_, minute) => format!("{} files a minute are judged", grouped(minute)),
    };
    let pending = u64::try_from(counts.pending).unwrap_or(0);
    let Some(oldest) = oldest.filter(|_| pending > 0) else {
        return format!("{rate}; no upload waits for its verdict.");
    };
    let waits = if pending == 1 { "1 upload waits".to_owned() } else { format!("{} uploads wait", grouped(pending)) };
    let until = match u64::try_from(judges.recent).unwrap_or(0) {
        0 => "nobody judges them".to_owned(),
        recent => {
            format!("at this rate for {}", words::span(Duration::from_secs(pending.saturating_mul(seconds) / recent)))
        }
    };
    format!("{rate}; {waits}, the oldest since {oldest}, {until}.")
}

fn lane(depth: &Depth) -> LaneRow {
    let (what, role) = match depth.lane {
        Lane::Uploads => ("Files to judge", "scanner"),
        Lane::UploadsRecorder => ("Uploads to note", "recorder"),
        Lane::Rescans => ("Files to judge again, when nothing else is to be done", "scanner"),
        Lane::VerdictsRecorder => ("Verdicts to store", "recorder"),
        Lane::VerdictsSigner => ("Verdicts to sign", "signer"),
        Lane::Attestations => ("Signatures to store", "recorder"),
        Lane::Decisions => ("Verdicts and decisions to tell the index", "index or publisher"),
        Lane::Workers => ("Signs of life", "recorder"),
        Lane::Parked => ("What nobody could handle", "person"),
    };
    LaneRow {
        name: depth.lane.as_str(),
        what,
        waiting: grouped(depth.ready),
        taken_by: match depth.consumers {
            None => "this process".to_owned(),
            Some(0) => format!("no {role}"),
            Some(1) => format!("1 {role}"),
            Some(count) => format!("{count} × {role}"),
        },
        oldest: depth.oldest_ms.map_or_else(String::new, |age| words::span(Duration::from_millis(age))),
        alone: depth.consumers == Some(0) && depth.ready > 0,
    }
}

/// Whether not all judge alike: those that live now, or where nobody is heard, those that judged lately.
fn mixed(workers: &[Worker], judges: &Judges, now: Moment) -> bool {
    let lives = |worker: &&Worker| !worker.rulebook.is_empty() && worker.seen_at.until(now) <= SILENT;
    let alive: BTreeSet<_> = workers.iter().filter(lives).map(|worker| (&worker.engine, &worker.rulebook)).collect();
    if alive.is_empty() { judges.judges.len() > 1 } else { alive.len() > 1 }
}

fn worker(worker: &Worker, now: Moment) -> WorkerRow {
    let count = |number: i64| grouped(u64::try_from(number).unwrap_or(0));
    WorkerRow {
        name: Untrusted::new(&worker.name).inline(80),
        role: Untrusted::new(&worker.role).inline(40),
        engine: Untrusted::new(&worker.engine).inline(80),
        rulebook: Untrusted::new(worker.rulebook.get(..12).unwrap_or(&worker.rulebook)).inline(12),
        in_hand: match worker.slots {
            // It takes no messages.
            0 if worker.in_flight == 0 => String::new(),
            0 => count(worker.in_flight),
            slots => format!("{} of {}", count(worker.in_flight), count(slots)),
        },
        heard: worker.seen_at.to_string(),
        age: words::age(worker.seen_at, now),
        silent: worker.seen_at.until(now) > SILENT,
    }
}

fn judge(judge: &Judge, now: Moment) -> JudgeRow {
    JudgeRow {
        engine: Untrusted::new(&judge.engine).inline(80),
        rulebook: Untrusted::new(judge.rulebook.get(..12).unwrap_or(&judge.rulebook)).inline(12),
        verdicts: grouped(u64::try_from(judge.verdicts).unwrap_or(0)),
        last: judge.last.to_string(),
        age: words::age(judge.last, now),
    }
}

fn message(message: &Peeked) -> Parked {
    let or = |text: &str, otherwise: &str| Untrusted::new(if text.is_empty() { otherwise } else { text }).inline(120);
    Parked {
        id: or(&message.id, "no id"),
        digest: digest(&message.id),
        lane: or(message.lane.as_deref().unwrap_or_default(), "no lane"),
        reason: Untrusted::new(message.reason.as_deref().unwrap_or_default()).inline(400),
        age: message.age_ms.map_or_else(String::new, |age| words::span(Duration::from_millis(age))),
        size: words::bytes(message.body.len() as u64),
    }
}

#[cfg(test)]
mod tests {
    use queue::{Outcome, Reason, Topic};

    use super::*;
    use crate::trial::Trial;

    async fn park(trial: &Trial, id: &str) {
        trial.app.queue.publish(Topic::Decisions, id, &id).await.unwrap();
        let mut consumer = trial.app.queue.consume(Lane::Decisions, 1).await.unwrap();
        let delivery = consumer.next().await.unwrap();
        delivery.settle(Outcome::DeadLetter(Reason::malformed("<b>no\u{202e}"))).await.unwrap();
    }

    async fn parked(trial: &Trial) -> Vec<String> {
        trial.app.queue.peek(Lane::Parked, 10).await.unwrap().into_iter().map(|message| message.id).collect()
    }

    #[tokio::test]
    async fn what_is_parked_is_shown_and_sent_back_by_a_moderator_alone() {
        let trial = Trial::start(|_| ()).await;
        for id in ["one", "two\"><script>", "three"] {
            park(&trial, id).await;
        }
        let viewer = trial.sign_in(Role::Viewer).await;
        let seen = trial.ask("GET", "/fleet", &[("cookie", &viewer.cookie)], b"").await.body;
        assert!(seen.contains("⟨U+202E⟩") && !seen.contains("<b>no") && !seen.contains("\"><script>"), "{seen}");
        assert!(!seen.contains("/fleet/replay"), "a viewer has a button");

        let moderator = trial.sign_in(Role::Moderator).await;
        let seen = trial.ask("GET", "/fleet", &[("cookie", &moderator.cookie)], b"").await.body;
        assert_eq!(seen.matches("action=\"/fleet/replay\"").count(), 4, "one each, and one for all");
        let post = async |who: &crate::trial::SignedIn, fields: &str| {
            let form = format!("csrf={}&{fields}", who.csrf);
            let kind = ("content-type", "application/x-www-form-urlencoded");
            let headers = [kind, ("cookie", &who.cookie), ("sec-fetch-site", "same-origin")];
            trial.ask("POST", "/fleet/replay", &headers, form.as_bytes()).await.status
        };
        let of = |id: &str| format!("message={}", digest(id));
        assert_eq!(post(&viewer, &of("one")).await, 403);
        assert_eq!(post(&moderator, "").await, 404);
        assert_eq!(post(&moderator, &of("never")).await, 404);
        assert_eq!(parked(&trial).await.len(), 3);
        assert_eq!(post(&moderator, &of("one")).await, 303);
        assert_eq!(parked(&trial).await, ["two\"><script>", "three"]);
        assert_eq!(post(&moderator, "all=yes").await, 303);
        assert!(parked(&trial).await.is_empty());
        let log = trial.app.store.audit_rows(Some("queue:parked"), None, 10).await.unwrap();
        assert!(log.iter().all(|row| row.actor == "somebody" && row.action == "queue.replayed"));
        assert_eq!(log.iter().filter(|row| row.detail.contains("\"moved\":2")).count(), 1);
    }

    fn heartbeat(worker: &str, rulebook: &[u8], time: Moment) -> model::Heartbeat {
        model::Heartbeat {
            worker: worker.to_owned(),
            role: "scanner".to_owned(),
            engine: "gatehouse/0.1.0".to_owned(),
            rulebook: Some(Digest::of(rulebook)),
            in_flight: 3,
            slots: 5,
            started: time.to_string(),
            time: time.to_string(),
            ended: false,
        }
    }

    #[tokio::test]
    async fn who_lives_is_shown_with_what_it_has_in_hand_and_who_fell_silent_is_marked() {
        let trial = Trial::start(|_| ()).await;
        let now = Moment::now();
        let viewer = trial.sign_in(Role::Viewer).await;
        let page = async || trial.ask("GET", "/fleet", &[("cookie", &viewer.cookie)], b"").await.body;
        assert!(page().await.contains("No process was heard"));
        let before = |minutes: u64| now.minus(Duration::from_secs(minutes * 60));
        for beat in [
            heartbeat("scanner-a:1", b"rules", now),
            heartbeat("scanner-b:<script>\u{202e}", b"rules", before(5)),
            heartbeat("scanner-c:1", b"rules", before(90)),
            model::Heartbeat { ended: true, ..heartbeat("scanner-d:1", b"rules", now) },
        ] {
            trial.app.store.hear(&beat, now).await.unwrap();
        }
        let seen = page().await;
        assert!(seen.contains("scanner-a:1") && seen.contains("3 of 5"), "{seen}");
        assert!(seen.contains("scanner-b:") && !seen.contains("b:<script>") && seen.contains("⟨U+202E⟩"), "{seen}");
        assert!(!seen.contains("scanner-c") && !seen.contains("scanner-d"), "long gone, and ended well");
        assert_eq!(seen.matches("silent for").count(), 1, "{seen}");
        assert!(!seen.contains("More than one version"), "{seen}");
        trial.app.store.hear(&heartbeat("scanner-e:1", b"newer rules", now), now).await.unwrap();
        assert!(page().await.contains("More than one version"));
    }

    #[test]
    fn the_outlook_says_how_long_what_waits_will_wait() {
        let now = Moment::now();
        let counts = |pending| Counts { pending, ..Counts::default() };
        let judges = |recent, seconds| Judges {
            recent,
            since: (recent > 0).then(|| now.minus(Duration::from_secs(seconds))),
            ..Judges::default()
        };
        let oldest = || Some("3 min".to_owned());
        assert_eq!(
            outlook(&counts(1200), &judges(600, 60), oldest(), now),
            "600 files a minute are judged; 1,200 uploads wait, the oldest since 3 min, at this rate for 2 min."
        );
        assert_eq!(
            outlook(&counts(1), &judges(0, 0), oldest(), now),
            "Nothing was judged in the last ten minutes; 1 upload waits, the oldest since 3 min, nobody judges them."
        );
        assert!(outlook(&counts(0), &judges(5, 500), None, now).ends_with("no upload waits for its verdict."));
    }
}
