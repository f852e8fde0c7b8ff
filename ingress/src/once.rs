//! What ingress itself writes is done once: one transaction with the request's id as a row of it, and the answer in that row. A
//! retry within a day gets the same answer; another body under the key is refused. What goes through the partitions has
//! its own way (`submit`).

use axum::response::Response;
use domain::code::Code;
use domain::command::BodyHash;
use domain::ids::{IdempotencyKey, RequestId};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use sqlx::{MySql, MySqlConnection, Transaction};
use std::sync::Arc;

use crate::answer;
use crate::once_store::{self, Stored};
use crate::problem::Problem;
use crate::state::App;

/// A request as it is told apart from others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub id: RequestId,
    body_hash: BodyHash,
}

impl Identity {
    /// `route` is part of what was asked: a key is of one route alone.
    pub fn of(
        id: RequestId,
        key: &IdempotencyKey,
        route: &str,
        body: &impl Serialize,
    ) -> Result<Self, Problem> {
        let plain = serde_json::to_vec(&(route, body)).map_err(Problem::internal)?;
        Ok(Self { id, body_hash: BodyHash::under(key, &plain) })
    }
}

/// A transaction that ends with its answer. Dropped before, it is rolled back.
pub(crate) struct Once {
    app: Arc<App>,
    identity: Identity,
    transaction: Transaction<'static, MySql>,
}

/// What became of the beginning.
pub(crate) enum Begun {
    /// It was done before.
    Answered(Response),
    New(Once),
}

/// The answer of a request that was done before.
pub(crate) async fn answered(app: &App, identity: Identity) -> Result<Option<Response>, Problem> {
    let Some(stored) = once_store::find(&app.database, identity.id).await? else { return Ok(None) };
    let Stored { body_hash, status, sealed } = stored;
    if body_hash != identity.body_hash {
        return Err(Problem::new(Code::KeyReused));
    }
    let text = app.seal.open(&sealed, identity.id).map_err(Problem::internal)?;
    let status = StatusCode::from_u16(status).map_err(Problem::internal)?;
    Ok(Some(answer::json(status, text)))
}

impl Once {
    /// Begins the transaction of a request, unless it was done before. A second one of the same id waits for the first.
    pub async fn begin(app: &Arc<App>, identity: Identity) -> Result<Begun, Problem> {
        if let Some(response) = answered(app, identity).await? {
            return Ok(Begun::Answered(response));
        }
        let mut transaction = app.database.begin().await?;
        let now = app.clock.now();
        match once_store::begin(&mut transaction, identity.id, identity.body_hash, now).await {
            Ok(()) => Ok(Begun::New(Self { app: Arc::clone(app), identity, transaction })),
            Err(error) if platform::database::broken_key(&error).is_some() => {
                transaction.rollback().await?;
                let response = answered(app, identity).await?;
                let between = || Problem::unavailable("the first attempt has just been given up");
                response.map(Begun::Answered).ok_or_else(between)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub fn connection(&mut self) -> &mut MySqlConnection {
        &mut self.transaction
    }

    /// Commits with the answer.
    pub async fn end(mut self, status: StatusCode, body: &Value) -> Result<Response, Problem> {
        let (id, text) = (self.identity.id, body.to_string());
        let sealed = self.app.seal.seal(&text, id);
        let sealed = sealed.ok_or_else(|| Problem::internal("no key seals"))?;
        once_store::end(&mut self.transaction, id, status.as_u16(), &sealed).await?;
        self.transaction.commit().await?;
        Ok(answer::json(status, text))
    }

    /// Commits what was written, but as if the request had never come: a retry is looked at anew.
    pub async fn end_unanswered(mut self) -> Result<(), Problem> {
        once_store::forget_one(&mut self.transaction, self.identity.id).await?;
        self.transaction.commit().await?;
        Ok(())
    }
}
