//! Signing in with a one-time token, and out.
//!
//! Opening the link shows a form and nothing else: a chat or mail program that looks ahead does not use up the token.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use store::Moment;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::Role;

    use super::*;
    use crate::trial::Trial;

    #[tokio::test]
    async fn a_token_is_good_once_and_looking_does_not_use_it() {
        let trial = Trial::start(|settings| settings.secure = true).await;
        let hour = Duration::from_secs(3_600);
        let token = trial.app.store.create_login("alice", Role::Moderator, hour, Moment::now()).await.unwrap();
        let page = trial.get(&format!("/login?token={token}")).await;
        assert!(page.status == 200 && page.body.contains(&token) && page.header("set-cookie").is_none());
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("token={token}");
        let entered = trial.ask("POST", "/login", &form, body.as_bytes()).await;
        assert_eq!((entered.status, entered.header("location")), (303, Some("/")));
        let cookie = entered.header("set-cookie").unwrap();
        for part in ["__Host-gatehouse=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(trial.ask("POST", "/login", &form, body.as_bytes()).await.status, 403);
        let rows = trial.app.store.audit_rows(None, None, 10).await.unwrap();
        assert!(rows.iter().any(|row| row.action == "session.opened" && row.actor == "alice"));
    }

    #[tokio::test]
    async fn who_leaves_is_gone() {
        let trial = Trial::start(|_| ()).await;
        let here = trial.sign_in(Role::Viewer).await;
        let form = [("content-type", "application/x-www-form-urlencoded"), ("cookie", &here.cookie)];
        let left = trial.ask("POST", "/logout", &form, format!("csrf={}", here.csrf).as_bytes()).await;
        assert_eq!(left.status, 303);
        assert_eq!(trial.ask("GET", "/", &form, b"").await.header("location"), Some("/login"));
    }
}
