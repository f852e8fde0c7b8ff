//! Pages of other origins (CORS): those of the configuration may call and read all that helps a client.

use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
    LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Method};
use platform::origins::Origin;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_mins(10);

/// `None` where no other page may call.
pub(crate) fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.iter().map(Origin::ascii_serialization);
    let origins = origins.filter_map(|origin| HeaderValue::try_from(origin).ok());
    let sent = [
        ACCEPT,
        ACCEPT_LANGUAGE,
        AUTHORIZATION,
        CONTENT_TYPE,
        IF_MATCH,
        IF_NONE_MATCH,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("prefer"),
    ];
    let read = [
        ALLOW,
        ETAG,
        LOCATION,
        RETRY_AFTER,
        WWW_AUTHENTICATE,
        HeaderName::from_static("preference-applied"),
    ];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers(sent)
        .expose_headers(read)
        .max_age(MAX_AGE);
    Some(layer)
}
