//! SQL of an account's tickets. A ticket is the account's when its patient is.

use domain::directory::DoctorDay;
use domain::ids::{AccountId, DoctorId, TicketId};
use domain::line::Status;
use platform::line::row_store::{self, ShownTicket};
use serde_json::Value;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlPool, QueryBuilder, Row};
use std::collections::HashSet;
use uuid::Uuid;

/// Tickets shown in a snapshot. An account has fewer live ones.
const MAX_SHOWN: u32 = 100;

/// Accounts whose tickets are looked for at a time.
const ACCOUNTS_AT_ONCE: usize = 500;

/// The lines in which the accounts have live tickets, with their versions.
pub async fn lines_of(
    pool: &MySqlPool,
    accounts: &HashSet<AccountId>,
) -> Result<Vec<(DoctorDay, u64)>, sqlx::Error> {
    let accounts: Vec<Uuid> = accounts.iter().map(|account| account.uuid()).collect();
    let mut lines = Vec::new();
    for accounts in accounts.chunks(ACCOUNTS_AT_ONCE) {
        let mut query = QueryBuilder::new(
            "SELECT DISTINCT l.doctor_id, l.day, l.version FROM patient p JOIN ticket t ON t.patient_id = p.id AND t.live = 1
             JOIN line_day l ON l.doctor_id = t.doctor_id AND l.day = t.day WHERE p.account_id IN (",
        );
        let mut ids = query.separated(", ");
        for account in platform::rows_store::padded(accounts) {
            ids.push_bind(account);
        }
        query.push(")");
        for row in query.build().fetch_all(pool).await? {
            let day = (DoctorId::from_uuid(row.try_get("doctor_id")?), row.try_get("day")?);
            lines.push((day, row.try_get("version")?));
        }
    }
    Ok(lines)
}

/// Those of the tickets that still wait.
pub async fn waiting(
    pool: &MySqlPool,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT id FROM ticket WHERE status IN (");
    let mut statuses = query.separated(", ");
    for status in Status::ALL.iter().filter(|status| status.waits()) {
        statuses.push_bind(status.as_str());
    }
    query.push(") AND id IN (");
    let mut ids = query.separated(", ");
    for ticket in platform::rows_store::padded(tickets) {
        ids.push_bind(ticket.uuid());
    }
    let rows = query.push(")").build().fetch_all(pool).await?;
    let id = |row: &MySqlRow| Ok(TicketId::from_uuid(row.try_get("id")?));
    rows.iter().map(id).collect()
}

/// The live tickets of the account's patients, newest first, as clients see them.
pub async fn live(pool: &MySqlPool, account: AccountId) -> Result<Value, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS).push(row_store::SHOWN_COLUMNS);
    query.push(" FROM patient p JOIN ticket t ON t.patient_id = p.id ");
    query.push(row_store::SHOWN_JOINS).push("WHERE p.account_id = ").push_bind(account.uuid());
    query.push(" AND t.live = 1 ORDER BY t.id DESC LIMIT ").push_bind(MAX_SHOWN);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(|row| Ok(ShownTicket::of(row)?.view())).collect()
}
