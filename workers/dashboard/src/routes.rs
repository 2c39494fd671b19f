//! Every route and who may use it: one table, which the router and its test are made from.

use std::time::Instant;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::Response,
    routing::{MethodRouter, get, post},
};
use store::Role;

use crate::{
    App,
    access::{Access, guard},
    api, assets, form, pages, reply,
};

pub(crate) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "the handler knows its method; the test asks the table"))]
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<App>,
}

/// The table. A route that is not here does not exist.
pub(crate) fn routes() -> Vec<Route> {
    use Access::{Api, Page, Public};
    use Role::{Moderator, Viewer};
    let read = |path, access, handler| Route { method: "GET", path, access, handler };
    let write = |path, access, handler| Route { method: "POST", path, access, handler };
    vec![
        read("/login", Public, get(pages::login::page)),
        write("/login", Public, post(pages::login::enter)),
        read("/assets/{name}", Public, get(assets::serve)),
        read("/healthz", Public, get(api::observe::healthz)),
        read("/readyz", Public, get(api::observe::readyz)),
        read("/metrics", Public, get(api::observe::metrics)),
        write("/csp-report", Public, post(api::observe::csp_report)),
        read("/integrity/{project}/{version}/{filename}/verdicts", Public, get(api::integrity::get)),
        read("/", Page(Viewer), get(pages::queue::page)),
        read("/queue/new", Page(Viewer), get(pages::queue::fresh)),
        read("/case/{id}", Page(Viewer), get(pages::case::page)),
        read("/verdicts", Page(Viewer), get(pages::verdicts::page)),
        read("/audit", Page(Viewer), get(pages::audit::page)),
        write("/logout", Page(Viewer), post(pages::login::leave)),
        write("/case/{id}/decide", Page(Moderator), post(pages::decide::decide)),
        read("/v1/verdicts/{sha256}", Api(Viewer), get(api::verdicts::get)),
        write("/v1/uploads", Api(Moderator), post(api::uploads::accept)),
        write("/v1/scan", Api(Moderator), post(api::scan::accept)),
    ]
}

/// The whole service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for Route { path, access, handler, .. } in routes() {
        let counted = app.clone();
        let count = move |request: Request, next: Next| {
            let app = counted.clone();
            async move { answered(&app, path, request, next).await }
        };
        let handler = handler
            .layer(middleware::from_fn_with_state((app.clone(), access), guard))
            .layer(middleware::from_fn(count));
        router = router.route(path, handler);
    }
    router
        .fallback(pages::lost)
        .layer(DefaultBodyLimit::max(form::LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), reply::headers))
        .with_state(app)
}

async fn answered(app: &App, route: &'static str, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let response = next.run(request).await;
    app.metrics.answered(route, response.status().as_u16(), start.elapsed());
    response
}
