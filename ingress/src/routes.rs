//! The routes, each registered with its description, and what lies around all of them.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::{Router, routing::get};
use domain::code::Code;
use http::header::CONTENT_TYPE;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::drain::drain;
use crate::finish::{finish, panicked};
use crate::page::MAX_BYTES;
use crate::problem::Problem;
use crate::state::App;
use crate::{cors, front_page, requests, rooms, schema};

/// All routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    let (router, api) = described().split_for_parts();
    let text = api.to_json().unwrap_or_default();
    app.openapi.get_or_init(|| Bytes::from(text));
    let unknown = async || Problem::new(Code::NotFound);
    let not_so = async || Problem::new(Code::MethodNotAllowed);
    let router = router
        .route("/openapi.json", get(openapi))
        .merge(front_page::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(finish))
        .layer(from_fn(drain));
    // Around all, so that pages can read refusals too.
    let router = match cors::layer(&app.origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.with_state(app)
}

fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Api::openapi())
        .merge(rooms::routes())
        .routes(routes!(requests::show))
}

#[derive(OpenApi)]
#[openapi(
    info(title = "DocDe", description = "Booking doctors' time: one request, one outcome, for ever findable."),
    components(schemas(schema::Request, schema::Problem)),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        api.components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

async fn openapi(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], app.openapi.get().cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The description as it is kept, so that a change of the API is seen as one. `DOCDE_GOLDEN=write` writes it anew.
    #[test]
    fn every_route_is_described() {
        let api = described().into_openapi();
        let mut api: Value = serde_json::from_str(&api.to_json().unwrap()).unwrap();
        let paths = api["paths"].as_object().unwrap();
        assert!(
            paths["/v1/bookings"]["get"].is_object() && paths["/v1/bookings"]["post"].is_object()
        );
        assert_eq!(api["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
        api["info"]["version"] = Value::from("golden");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/openapi.json");
        let text = format!("{api:#}\n");
        if std::env::var_os("DOCDE_GOLDEN").is_some_and(|value| value == "write") {
            std::fs::write(path, &text).unwrap();
        }
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (part, now) in api.as_object().unwrap() {
            assert_eq!(&kept[part], now, "{part}");
        }
    }
}
