//! Where a ticket is found that a request made.

use domain::ids::TicketId;
use serde::Deserialize;

/// A request that is about a ticket, as its document shows it.
#[derive(Deserialize)]
pub(crate) struct ShownSubject {
    ticket_id: Option<TicketId>,
}

impl ShownSubject {
    pub fn path(&self) -> Option<String> {
        self.ticket_id.map(|id| format!("/v1/receptions/{id}"))
    }
}
