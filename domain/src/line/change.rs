//! What a decision changes of a line.

use super::Ticket;

/// A ticket before and after, and why where that does not go without saying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketChange {
    /// `None`: it was made.
    pub before: Option<Ticket>,
    pub after: Ticket,
    pub reason: Option<String>,
}

/// What changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineChange {
    Ticket(TicketChange),
}
