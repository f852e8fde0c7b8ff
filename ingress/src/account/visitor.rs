//! Who has not signed in: from which address, and under which key.

use axum::extract::FromRequestParts;
use domain::account::Email;
use domain::ids::{IdempotencyKey, RequestId};
use http::request::Parts;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;

use crate::once::Identity;
use crate::page::Key;
use crate::problem::Problem;
use crate::session;
use crate::state::App;

/// The caller.
pub(super) struct Visitor {
    pub app: Arc<App>,
    pub key: IdempotencyKey,
    pub address: Option<IpAddr>,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let address = session::address(parts, app.settings.trust_forwarded);
        app.rooms.account.limits.call(address)?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        Ok(Self { app: Arc::clone(app), key, address })
    }
}

impl Visitor {
    /// The request of whoever is known by an e-mail address alone.
    pub fn identity(
        &self,
        email: &Email,
        route: &str,
        body: &impl Serialize,
    ) -> Result<Identity, Problem> {
        Identity::of(RequestId::of_scope(&email.digest(), &self.key), &self.key, route, body)
    }

    /// What stands for the address where it should not be kept itself.
    pub fn place_mac(&self) -> Option<Vec<u8>> {
        let mac = self.app.seal.tags(&format!("address\n{}", self.address?)).next()?;
        Some(mac[..16].to_vec())
    }
}
