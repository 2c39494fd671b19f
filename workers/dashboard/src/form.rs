//! A posted form, believed only with the token of the session that got the page.

use axum::{
    Form,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    access::{Who, nobody},
    reply::{Message, Page},
};

/// Bytes of a form.
pub(crate) const LIMIT: usize = 32 * 1024;

/// The fields of a form in their order; a name may come several times.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn refuse(status: StatusCode, title: &'static str, line: &str) -> Response {
    Page(status, Message::new(nobody(), title, line)).into_response()
}

/// Any form of ours, also that of somebody who is not signed in.
impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Form::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(refuse(rejection.status(), "Refused", "This form could not be read.")),
        }
    }
}

/// A form that changes something: from somebody known, with the token of their session.
pub(crate) struct Signed {
    pub(crate) who: Who,
    pub(crate) fields: Fields,
}

impl<S: Send + Sync> FromRequest<S> for Signed {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let Some(who) = request.extensions().get::<Who>().cloned() else {
            return Err(refuse(StatusCode::FORBIDDEN, "Refused", "Sign in first."));
        };
        let fields = Fields::from_request(request, state).await?;
        let sent = fields.get("csrf");
        let expected = who.csrf.as_deref().unwrap_or_default();
        if expected.is_empty() || model::Digest::of(sent.as_bytes()) != model::Digest::of(expected.as_bytes()) {
            let line = "This form is not of your session, so nothing was done. Open the page again.";
            return Err(refuse(StatusCode::FORBIDDEN, "Refused", line));
        }
        Ok(Self { who, fields })
    }
}
