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
        read("/fleet", Page(Viewer), get(pages::fleet::page)),
        write("/fleet/replay", Page(Moderator), post(pages::fleet::replay)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{SignedIn, Trial};

    /// Everybody who may come to a door, in the order of the columns of [`ANSWERS`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Visitor {
        Stranger,
        WrongToken,
        Session(Role),
        Token(Role),
    }

    const VISITORS: [Visitor; 7] = [
        Visitor::Stranger,
        Visitor::WrongToken,
        Visitor::Session(Role::Viewer),
        Visitor::Session(Role::Moderator),
        Visitor::Session(Role::Admin),
        Visitor::Token(Role::Viewer),
        Visitor::Token(Role::Moderator),
    ];

    /// What each gets: written down here, not worked out from the table of routes.
    const ANSWERS: [(&str, &str, [u16; 7]); 20] = [
        ("GET", "/login", [200, 401, 200, 200, 200, 200, 200]),
        ("POST", "/login", [403, 401, 403, 403, 403, 403, 403]),
        ("GET", "/assets/{name}", [200, 401, 200, 200, 200, 200, 200]),
        ("GET", "/healthz", [200, 401, 200, 200, 200, 200, 200]),
        ("GET", "/readyz", [200, 401, 200, 200, 200, 200, 200]),
        ("GET", "/metrics", [200, 401, 200, 200, 200, 200, 200]),
        ("POST", "/csp-report", [204, 401, 204, 204, 204, 204, 204]),
        ("GET", "/integrity/{project}/{version}/{filename}/verdicts", [404, 401, 404, 404, 404, 404, 404]),
        ("GET", "/", [303, 401, 200, 200, 200, 303, 303]),
        ("GET", "/queue/new", [303, 401, 200, 200, 200, 303, 303]),
        ("GET", "/case/{id}", [303, 401, 404, 404, 404, 303, 303]),
        ("GET", "/verdicts", [303, 401, 200, 200, 200, 303, 303]),
        ("GET", "/audit", [303, 401, 200, 200, 200, 303, 303]),
        ("GET", "/fleet", [303, 401, 200, 200, 200, 303, 303]),
        ("POST", "/fleet/replay", [401, 401, 403, 404, 404, 401, 401]),
        ("POST", "/logout", [401, 401, 303, 303, 303, 401, 401]),
        ("POST", "/case/{id}/decide", [401, 401, 403, 422, 422, 401, 401]),
        ("GET", "/v1/verdicts/{sha256}", [401, 401, 404, 404, 404, 404, 404]),
        ("POST", "/v1/uploads", [401, 401, 403, 415, 415, 403, 415]),
        ("POST", "/v1/scan", [401, 401, 403, 400, 400, 403, 400]),
    ];

    fn fill(path: &str) -> String {
        path.replace("{id}", "7")
            .replace("{name}", "gatehouse.css")
            .replace("{sha256}", &"0".repeat(64))
            .replace("{project}", "a")
            .replace("{version}", "1")
            .replace("{filename}", "a-1.zip")
    }

    async fn ask(trial: &Trial, route: &Route, visitor: Visitor) -> u16 {
        let signed_in = match visitor {
            Visitor::Session(role) => Some(trial.sign_in(role).await),
            _ => None,
        };
        let bearer = match visitor {
            Visitor::WrongToken => Some("Bearer gh_wrong".to_owned()),
            Visitor::Token(Role::Viewer) => Some(format!("Bearer {}", trial.viewer_token)),
            Visitor::Token(_) => Some(format!("Bearer {}", trial.moderator_token)),
            _ => None,
        };
        let form = format!("csrf={}&token=none", signed_in.as_ref().map_or("", |one| &one.csrf));
        let mut headers =
            vec![("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        headers.extend(signed_in.as_ref().map(|one| ("cookie", one.cookie.as_str())));
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        trial.ask(route.method, &fill(route.path), &headers, form.as_bytes()).await.status
    }

    #[tokio::test]
    async fn every_door_answers_each_visitor_as_it_is_written() {
        let trial = Trial::start(|_| ()).await;
        let mut said = Vec::new();
        for route in routes() {
            let mut row = [0; VISITORS.len()];
            for (answer, visitor) in row.iter_mut().zip(VISITORS) {
                *answer = ask(&trial, &route, visitor).await;
            }
            said.push((route.method, route.path, row));
        }
        assert!(said == ANSWERS, "a route or an answer is not as written:\n{said:#?}");
    }

    #[tokio::test]
    async fn no_write_comes_from_another_site_or_without_the_token_of_the_session() {
        let trial = Trial::start(|_| ()).await;
        let SignedIn { cookie, csrf } = trial.sign_in(Role::Moderator).await;
        let form = ("content-type", "application/x-www-form-urlencoded");
        for route in routes().iter().filter(|route| route.method == "POST") {
            let path = fill(route.path);
            for from in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")] {
                let body = format!("csrf={csrf}");
                let answer = trial.ask("POST", &path, &[form, ("cookie", &cookie), from], body.as_bytes()).await;
                assert_eq!(answer.status, 403, "{path} from {from:?}");
            }
            if matches!(route.access, Access::Page(_)) {
                for body in ["", "csrf=", "csrf=0000"] {
                    let answer = trial.ask("POST", &path, &[form, ("cookie", &cookie)], body.as_bytes()).await;
                    assert_eq!(answer.status, 403, "{path} with {body:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn another_name_for_our_address_is_refused() {
        let trial = Trial::start(|_| ()).await;
        for route in routes() {
            let answer = trial.ask(route.method, &fill(route.path), &[("host", "rebound.test:80")], b"").await;
            assert_eq!(answer.status, 421, "{}", route.path);
        }
        assert_eq!(trial.ask("GET", "/healthz", &[("host", "localhost")], b"").await.status, 200);
    }

    #[tokio::test]
    async fn every_answer_carries_the_policy() {
        let trial = Trial::start(|settings| settings.secure = true).await;
        for path in ["/login", "/", "/nowhere", "/v1/verdicts/x", "/assets/none", "/metrics"] {
            let answer = trial.get(path).await;
            assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
        }
    }
}
