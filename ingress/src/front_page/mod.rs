//! What the address of the system answers in a browser: what this is, whether it is ready at this moment, and where
//! everything else is. Plain HTML without scripts, in Korean and English.

pub(crate) mod state;
mod state_store;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use domain::code::Code;
use domain::time;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use std::sync::Arc;

use crate::problem::Problem;
use crate::state::App;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// The documents of the repository, as of this build.
const DOCUMENTS: [(&str, &str); 5] = [
    ("readme", include_str!("../../../README.md")),
    ("architecture", include_str!("../../../ARCHITECTURE.md")),
    ("settings", include_str!("../../../docs/settings.md")),
    ("accounts", include_str!("../../../docs/accounts.md")),
    ("rabbitmq-ui", include_str!("../../../docs/rabbitmq-ui.md")),
];

/// Nothing but our own style is loaded, and nobody frames the page.
const SECURITY: [(HeaderName, &str); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

pub(crate) fn routes() -> Router<Arc<App>> {
    let style = async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE);
    Router::new()
        .route("/", get(page))
        .route("/style.css", get(style))
        .route("/docs/{name}", get(document))
}

async fn page(State(app): State<Arc<App>>) -> Response {
    let state = app.system.look().await;
    let word = |well: bool| if well { "정상 · well" } else { "응답 없음 · away" };
    let (class, korean, english) = if state.is_ready() {
        ("ready", "지금 예약을 받고 있습니다.", "Ready: bookings are taken.")
    } else {
        ("waiting", "지금은 예약을 처리할 수 없습니다.", "Not ready at the moment.")
    };
    let ui = app.rabbitmq_ui.as_ref().map_or_else(
        || "주소가 설정되지 않았습니다 · no address is set".to_owned(),
        |url| format!("<a href=\"{0}\">{0}</a>", escaped(url.as_str())),
    );
    let now = time::show(app.clock.now(), chrono_tz::Asia::Seoul);
    let workers = state.workers.unwrap_or(0).to_string();
    let filled = [
        ("@class@", class),
        ("@korean@", korean),
        ("@english@", english),
        ("@now@", &now),
        ("@database@", word(state.workers.is_some())),
        ("@broker@", word(state.broker)),
        ("@redis@", word(state.redis)),
        ("@workers@", &workers),
        ("@rabbitmq_ui@", &ui),
    ];
    let page = filled.iter().fold(PAGE.to_owned(), |page, (mark, text)| page.replace(mark, text));
    (SECURITY, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

async fn document(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = DOCUMENTS.iter().find(|(known, _)| *known == name);
    let (_, text) = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok((SECURITY, [(CONTENT_TYPE, "text/plain; charset=utf-8")], *text).into_response())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")
}
