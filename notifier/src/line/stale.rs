//! Notices that have become stale while their account was away: "your turn is near" is taken back by the call, and by
//! whatever else took the ticket out of the line.

use domain::ids::TicketId;
use serde::Deserialize;
use sqlx::MySqlPool;

use super::store;

/// The members that say whether a notice can become stale.
#[derive(Deserialize)]
struct Notice {
    code: String,
    ticket: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    id: TicketId,
}

/// The ticket that the notice says is near its turn.
fn near(document: &str) -> Option<TicketId> {
    // Few events are such notices: the others are not read.
    let notice: Notice =
        document.contains("TICKET_SOON").then(|| serde_json::from_str(document).ok()).flatten()?;
    (notice.code == "TICKET_SOON").then_some(notice.ticket.id)
}

/// For each document whether it is stale as of now.
pub async fn stale(pool: &MySqlPool, documents: &[&str]) -> Result<Vec<bool>, sqlx::Error> {
    let tickets: Vec<Option<TicketId>> = documents.iter().map(|document| near(document)).collect();
    let asked: Vec<TicketId> = tickets.iter().flatten().copied().collect();
    if asked.is_empty() {
        return Ok(vec![false; documents.len()]);
    }
    let waiting = store::waiting(pool, &asked).await?;
    Ok(tickets.iter().map(|one| one.is_some_and(|one| !waiting.contains(&one))).collect())
}
