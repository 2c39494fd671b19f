//! A decision: a form, once, on the revision that was looked at.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::DecisionKind;
use store::{DecideError, Moment, NewDecision};

use super::{not_found, unavailable};
use crate::{
    App,
    access::Who,
    form::{Fields, Signed},
    reply::{Message, Page, see_other},
    words,
};

/// Characters of a reason, and rules that may be cited.
const REASON: usize = 2_000;
const CITED: usize = 50;

pub(crate) async fn decide(State(app): State<App>, Path(id): Path<i64>, signed: Signed) -> Response {
    let Signed { who, fields } = signed;
    let Some(decision) = read(id, &who, &fields) else {
        let line = "The form does not say what to do. Nothing was changed.";
        return refused(&who, id, StatusCode::UNPROCESSABLE_ENTITY, "Not decided", line, &fields);
    };
    match app.store.decide(&decision, Moment::now()).await {
        Ok(_) => see_other(&format!("/?done={id}")),
        Err(DecideError::NotFound(_)) => not_found(&who, "There is no such case."),
        Err(DecideError::NothingToUndo) => {
            let line = "There is nothing to take back: the case is open.";
            refused(&who, id, StatusCode::CONFLICT, "Nothing to undo", line, &fields)
        }
        Err(DecideError::ReasonRequired) => {
            let line = "A decision needs a reason, so that it can be understood later. Nothing was changed.";
            refused(&who, id, StatusCode::UNPROCESSABLE_ENTITY, "A reason is missing", line, &fields)
        }
        Err(DecideError::Stale { status, by, at, .. }) => {
            let line = "The case changed while you looked at it, so your decision was not taken.";
            let message = Message::new(who.shell(""), "Somebody was faster", line)
                .quote("The case is now", words::status(status))
                .quote("by", by.as_deref().unwrap_or("a new verdict"))
                .quote("since", &at.map_or_else(|| "just now".to_owned(), words::when));
            conflict(message, id, &fields)
        }
        Err(DecideError::Store(error)) => unavailable(&who, &error),
    }
}

fn read(id: i64, who: &Who, fields: &Fields) -> Option<NewDecision> {
    let kind = match fields.get("act") {
        "confirm" => DecisionKind::Confirm,
        "undo" => DecisionKind::Undo,
        "dismiss" => DecisionKind::parse(fields.get("kind")).filter(|kind| kind.dismisses())?,
        _ => return None,
    };
    let mut cited: Vec<String> = fields.all("cite").take(CITED).map(str::to_owned).collect();
    cited.sort();
    cited.dedup();
    Some(NewDecision {
        case_id: id,
        expected_revision: fields.get("revision").parse().ok()?,
        kind,
        actor: who.actor.clone(),
        reason: fields.get("reason").trim().chars().take(REASON).collect(),
        cited,
    })
}

fn refused(who: &Who, id: i64, status: StatusCode, title: &'static str, line: &str, fields: &Fields) -> Response {
    let mut message = Message::new(who.shell(""), title, line);
    if status == StatusCode::CONFLICT {
        return conflict(message, id, fields);
    }
    message.links.insert(0, (format!("/case/{id}"), "Back to the case"));
    Page(status, keep_reason(message, fields)).into_response()
}

fn conflict(mut message: Message, id: i64, fields: &Fields) -> Response {
    message.links.insert(0, (format!("/case/{id}"), "Look at the case as it is now"));
    Page(StatusCode::CONFLICT, keep_reason(message, fields)).into_response()
}

/// What was typed is shown, so that nobody has to think it up again.
fn keep_reason(message: Message, fields: &Fields) -> Message {
    match fields.get("reason").trim() {
        "" => message,
        reason => message.quote("You had written", reason),
    }
}
