//! Signing in with a one-time token, and out.
//!
//! Opening the link shows a form and nothing else: a chat or mail program that looks ahead does not use up the token.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use store::{AuditEntry, Moment};

use super::Parameters;
use crate::{
    App, Html, Untrusted,
    access::{clear_cookie, nobody, secret, set_cookie},
    form::{Fields, Signed},
    reply::{Message, Page, Shell, see_other},
};

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    shell: Shell,
    token: Html,
    has_token: bool,
    problem: Option<&'static str>,
}

fn form(token: &str, problem: Option<&'static str>) -> Login {
    Login { shell: nobody(), token: Untrusted::new(token).attribute(200), has_token: !token.is_empty(), problem }
}

pub(crate) async fn page(Query(parameters): Query<Parameters>) -> Response {
    let token = parameters.get("token").map(String::as_str).unwrap_or_default();
    Page(StatusCode::OK, form(token, None)).into_response()
}

pub(crate) async fn enter(State(app): State<App>, fields: Fields) -> Response {
    let token = fields.get("token").trim();
    let redeemed = app.store.redeem_login(token, app.settings.lifetime, Moment::now()).await;
    let session = match redeemed {
        Ok(Some(session)) => session,
        Ok(None) => {
            let problem = "This token is unknown, used or too old. Ask for a new one.";
            return Page(StatusCode::FORBIDDEN, form("", Some(problem))).into_response();
        }
        Err(error) => {
            tracing::error!(error = %error, "the store failed");
            let line = "The database does not answer. The token is not used up; try again in a moment.";
            let message = Message::new(nobody(), "Not available", line);
            return Page(StatusCode::SERVICE_UNAVAILABLE, message).into_response();
        }
    };
    let entry = AuditEntry {
        actor: session.session.actor.clone(),
        action: "session.started".to_owned(),
        subject: format!("moderator:{}", session.session.actor),
        detail: serde_json::json!({ "role": session.session.role.as_str() }),
    };
    if let Err(error) = app.store.audit(&entry, Moment::now()).await {
        tracing::error!(error = %error, "a sign-in could not be written to the audit log");
    }
    let mut response = see_other("/");
    if let Ok(cookie) = HeaderValue::try_from(set_cookie(&app, &session)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

pub(crate) async fn leave(State(app): State<App>, headers: HeaderMap, _: Signed) -> Response {
    if let Some(secret) = secret(&app, &headers)
        && let Err(error) = app.store.end_session(secret).await
    {
        tracing::error!(error = %error, "a session could not be ended");
        let line = "The database does not answer, so your session goes on. Try again in a moment.";
        return Page(StatusCode::SERVICE_UNAVAILABLE, Message::new(nobody(), "Not available", line)).into_response();
    }
    let mut response = see_other("/login");
    if let Ok(cookie) = HeaderValue::try_from(clear_cookie(&app)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
