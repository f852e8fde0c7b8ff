//! The room of parked requests: loads those that an operator wants to close, and closes them.

use domain::facts::Needs;
use domain::ids::RequestId;
use domain::parking::{Facts, Parked};
use domain::request::State;
use sqlx::MySqlConnection;
use uuid::Uuid;

use crate::inbox_store;

/// Requests that are to be closed, as far as they are parked.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    facts.parked.ask(needs.parking.requests.iter().copied());
    let ids: Vec<Uuid> = needs.parking.requests.iter().copied().map(RequestId::uuid).collect();
    for (id, seen) in inbox_store::seen(connection, &ids).await? {
        if seen.state == State::Parked {
            let (owner, body_hash, document) = (seen.owner, seen.body_hash, seen.document);
            facts.parked.insert(id, Parked { owner, body_hash, document });
        }
    }
    Ok(())
}
