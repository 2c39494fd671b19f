//! One case on one page: why, what runs when, the findings in their code, the decision.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use store::Moment;

use super::{case_view, not_found, unavailable};
use crate::{App, access::Who, reply::Page};

pub(crate) async fn page(State(app): State<App>, Path(id): Path<i64>, who: Who) -> Response {
    match app.store.case(id).await {
        Ok(Some(detail)) => Page(StatusCode::OK, case_view::view(&detail, &who, Moment::now())).into_response(),
        Ok(None) => not_found(&who, "There is no such case."),
        Err(error) => unavailable(&who, &error),
    }
}
