//! What the baseline's routes share: connections, the clock, and a cache of tokens already checked, as ingress has one.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use domain::ids::{AccountId, IdempotencyKey};
use platform::auth::{Claims, Verifier};
use platform::clock::Clock;

use super::Variant;
use super::connections::Connections;

pub(super) struct Baseline {
    pub(super) connections: Connections,
    pub(super) variant: Variant,
    pub(super) verifier: Verifier,
    pub(super) clock: Clock,
    pub(super) tokens: RwLock<HashMap<String, Claims>>,
}

impl Baseline {
    pub(super) fn account(&self, headers: &HeaderMap) -> Option<AccountId> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let now = self.clock.now();
        let known = self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        if let Some(claims) = known {
            return claims.check(now).is_ok().then_some(claims.sub);
        }
        let claims = self.verifier.verify(token, now).ok()?;
        self.tokens
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.to_owned(), claims.clone());
        Some(claims.sub)
    }
}

pub(super) fn key(headers: &HeaderMap) -> Option<IdempotencyKey> {
    IdempotencyKey::parse(headers.get("idempotency-key")?.to_str().ok()?).ok()
}

pub(super) fn refuse(status: StatusCode, code: &str) -> Response {
    json(status, format!("{{\"code\":\"{code}\",\"accepted\":false}}"))
}

pub(super) fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
