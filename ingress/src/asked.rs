//! What every command comes with beside its body: who asks, under which key, and whether the client waits.

use axum::extract::FromRequestParts;
use domain::ids::IdempotencyKey;
use http::request::Parts;
use std::sync::Arc;

use crate::page::Key;
use crate::prefer::Preference;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;

/// A command without its body. Who asks is looked at before the key.
pub(crate) struct Asked {
    pub app: Arc<App>,
    pub session: Session,
    pub key: IdempotencyKey,
    pub preference: Preference,
}

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, app).await?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        let preference = Preference::of(&parts.headers);
        Ok(Self { app: Arc::clone(app), session, key, preference })
    }
}
