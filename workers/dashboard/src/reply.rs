//! Answers: pages with their headers, problems in JSON, redirects.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{App, Html, Untrusted};

/// No script but ours, no style but ours, nothing from elsewhere, nothing inline, no markup from strings.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
     img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp-report";

/// Headers on every answer, whatever made it.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set(header::X_FRAME_OPTIONS, "DENY");
    if app.settings.secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // Only what says otherwise may be kept: pages hold evidence and names.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A rendered template.
pub(crate) struct Page<T>(pub(crate) StatusCode, pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => {
                let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
                (self.0, kind, html).into_response()
            }
            Err(error) => {
                tracing::error!(error = %error, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// After a write: the browser asks for another page, so that reloading does not write again.
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::try_from(location) {
        Ok(location) => response.headers_mut().insert(header::LOCATION, location),
        Err(_) => response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/")),
    };
    response
}

/// An error of the API, after RFC 9457. The detail is JSON text, so hostile names cannot leave it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, title, detail: detail.into() }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub(crate) fn unavailable(what: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "{what} failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again later", format!("{what} is not available"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": format!("urn:gatehouse:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], Body::from(body.to_string())).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

/// What all pages share: the head and the navigation.
pub(crate) struct Shell {
    pub(crate) who: Option<ShellWho>,
    pub(crate) here: &'static str,
    pub(crate) assets: &'static str,
}

pub(crate) struct ShellWho {
    pub(crate) name: Html,
    pub(crate) csrf: String,
}

pub(crate) struct ShellLink {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) here: bool,
}

impl Shell {
    pub(crate) fn links(&self) -> Vec<ShellLink> {
        let link = |(href, label)| ShellLink { href, label, here: self.here == href };
        let pages = [("/", "Queue"), ("/verdicts", "Verdicts"), ("/fleet", "Fleet"), ("/audit", "Audit")];
        pages.into_iter().map(link).collect()
    }
}

/// A page with a few sentences: errors, and decisions that came too late.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message {
    pub(crate) shell: Shell,
    pub(crate) title: &'static str,
    pub(crate) lines: Vec<String>,
    /// Names are ours, values may be hostile.
    pub(crate) quoted: Vec<(&'static str, Html)>,
    pub(crate) links: Vec<(String, &'static str)>,
}

impl Message {
    pub(crate) fn new(shell: Shell, title: &'static str, line: impl Into<String>) -> Self {
        let links = vec![("/".to_owned(), "Back to the queue")];
        Self { shell, title, lines: vec![line.into()], quoted: Vec::new(), links }
    }

    pub(crate) fn quote(mut self, name: &'static str, value: &str) -> Self {
        self.quoted.push((name, Untrusted::new(value).inline(2_000)));
        self
    }
}
