//! SQL of tickets, always together with the account that asks. A ticket is the account's when its patient is; another's is
//! not there.

use domain::ids::{AccountId, TicketId};
use platform::line::row_store::{self, ShownTicket};
use sqlx::mysql::MySql;
use sqlx::{MySqlPool, QueryBuilder};
use uuid::Uuid;

fn of_account(account: AccountId) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN ticket t ON t.patient_id = p.id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE p.account_id = ").push_bind(account.uuid());
    query
}

/// The account's ticket.
pub(super) async fn find(
    database: &MySqlPool,
    account: AccountId,
    id: TicketId,
) -> sqlx::Result<Option<ShownTicket>> {
    let mut query = of_account(account);
    query.push(" AND t.id = ").push_bind(id.uuid());
    query.build().fetch_optional(database).await?.as_ref().map(ShownTicket::of).transpose()
}

/// The account's tickets, newest first (ids rise with time), beyond `after`.
pub(super) async fn list(
    database: &MySqlPool,
    account: AccountId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<ShownTicket>> {
    let mut query = of_account(account);
    query.push(" AND t.id < ").push_bind(after.unwrap_or(Uuid::max()));
    query.push(" ORDER BY t.id DESC LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(ShownTicket::of).collect()
}
