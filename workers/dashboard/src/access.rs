//! Who asks, and whether they may: every route passes here, deny by default.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::Digest;
use store::{Moment, NewSession, Role};

use crate::{
    App, Untrusted, assets,
    reply::{Message, Page, Problem, Shell, ShellWho, see_other},
};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody who reaches the port.
    Public,
    /// A page: a session with this role. Others are sent to sign in.
    Page(Role),
    /// The API: a bearer token or a session with this role.
    Api(Role),
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) actor: String,
    pub(crate) role: Role,
    /// The token of this session's forms; none for a bearer of a token.
    pub(crate) csrf: Option<String>,
}

impl Who {
    pub(crate) fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    pub(crate) fn shell(&self, here: &'static str) -> Shell {
        let csrf = self.csrf.clone().unwrap_or_default();
        let who = ShellWho { name: Untrusted::new(&self.actor).inline(40), csrf };
        Shell { who: Some(who), here, assets: &assets::VERSION }
    }
}

pub(crate) fn nobody() -> Shell {
    Shell { who: None, here: "", assets: &assets::VERSION }
}

/// A handler that takes this runs for somebody known only.
impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::FORBIDDEN)
    }
}

/// Stands before one route.
pub(crate) async fn guard(State((app, access)): State<(App, Access)>, mut request: Request, next: Next) -> Response {
    if !host_is_ours(&app, request.headers()) {
        return Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "Not a name of this service",
            "the Host header names somebody else",
        )
        .into_response();
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let bearer = match bearer(&app, request.headers()) {
        Ok(bearer) => bearer,
        Err(problem) => return problem.into_response(),
    };
    // A browser adds cookies by itself, so a write that relies on them must come from our own pages. A bearer's token
    // is never added by a browser.
    if writes && bearer.is_none() && !comes_from_us(request.headers()) {
        let refusal = "This request came from another site, so nothing was done.";
        return match access {
            Access::Api(_) => Problem::new(StatusCode::FORBIDDEN, "cross-site", "Refused", refusal).into_response(),
            Access::Public | Access::Page(_) => {
                Page(StatusCode::FORBIDDEN, Message::new(nobody(), "Refused", refusal)).into_response()
            }
        };
    }
    let (role, page) = match access {
        Access::Public => return next.run(request).await,
        Access::Page(role) => (role, true),
        Access::Api(role) => (role, false),
    };
    let who = match bearer.filter(|_| !page) {
        Some(who) => Some(who),
        None => match session(&app, request.headers()).await {
            Ok(who) => who,
            Err(problem) => return problem.into_response(),
        },
    };
    match who {
        Some(who) if who.may(role) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Some(who) if page => {
            let message =
                Message::new(who.shell(""), "Not allowed", format!("This needs the role “{}”.", role.as_str()));
            Page(StatusCode::FORBIDDEN, message).into_response()
        }
        Some(_) => Problem::new(
            StatusCode::FORBIDDEN,
            "role",
            "Not allowed",
            format!("this needs the role `{}`", role.as_str()),
        )
        .into_response(),
        None if page && !writes => see_other("/login"),
        None if page => {
            let message =
                Message::new(nobody(), "Signed out", "Your session has ended, so nothing was done. Sign in again.");
            Page(StatusCode::UNAUTHORIZED, message).into_response()
        }
        None => {
            let mut response = Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Who are you?",
                "send a token: `Authorization: Bearer …`",
            )
            .into_response();
            let realm = axum::http::HeaderValue::from_static("Bearer realm=\"gatehouse\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
            response
        }
    }
}

/// Whether the request's `Host` is one of ours.
fn host_is_ours(app: &App, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    app.settings.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// Whether a browser says that the request comes from our own page. Under `no-referrer` its `Origin` is `null` for
/// forms, so `Sec-Fetch-Site` is asked first; a client that sends neither is no browser that adds cookies unasked, and
/// the form's own token is still compared.
fn comes_from_us(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    match headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("?")) {
        None | Some("null") => true,
        Some(origin) => {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
    }
}

/// The bearer of a token, if there is a token; a wrong one is refused rather than ignored.
fn bearer(app: &App, headers: &HeaderMap) -> Result<Option<Who>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    // Compared by digest: how long it takes says nothing about the token.
    let known = token.map(|token| Digest::of(token.as_bytes()));
    let known = known.and_then(|sha256| app.settings.tokens.iter().find(|token| token.sha256 == sha256));
    match known {
        Some(token) => Ok(Some(Who { actor: token.name.clone(), role: token.role, csrf: None })),
        None => Err(Problem::new(StatusCode::UNAUTHORIZED, "token", "Unknown token", "this token is not known here")),
    }
}

const fn cookie_name(app_is_secure: bool) -> &'static str {
    if app_is_secure { "__Host-gatehouse" } else { "gatehouse" }
}

/// The secret in our cookie.
pub(crate) fn secret<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(app.settings.secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name && !value.is_empty() && value.len() <= 200).then_some(value))
}

async fn session(app: &App, headers: &HeaderMap) -> Result<Option<Who>, Problem> {
    let Some(secret) = secret(app, headers) else { return Ok(None) };
    let session = app.store.session(secret, app.settings.idle, Moment::now()).await;
    let session = session.map_err(|error| Problem::unavailable("the store", &error))?;
    Ok(session.map(|session| Who { actor: session.actor, role: session.role, csrf: Some(session.csrf) }))
}

/// The header that gives a browser its session.
pub(crate) fn set_cookie(app: &App, session: &NewSession) -> String {
    let lifetime = app.settings.lifetime.as_secs();
    let secure = if app.settings.secure { "; Secure" } else { "" };
    let name = cookie_name(app.settings.secure);
    format!("{name}={}; Path=/; Max-Age={lifetime}; HttpOnly; SameSite=Strict{secure}", session.secret)
}

/// The header that takes it away.
pub(crate) fn clear_cookie(app: &App) -> String {
    let secure = if app.settings.secure { "; Secure" } else { "" };
    format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}", cookie_name(app.settings.secure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn writes_come_from_our_own_pages() {
        for (pairs, ours) in [
            (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("host", "localhost:1"), ("origin", "http://localhost:1")], true),
            (vec![("host", "localhost:1"), ("origin", "http://localhost:2")], false),
            (vec![("host", "localhost:1"), ("origin", "http://evil.test")], false),
            (vec![("host", "localhost:1")], true),
        ] {
            assert_eq!(comes_from_us(&headers(&pairs)), ours, "{pairs:?}");
        }
    }
}
