//! The room of the line (접수): a patient takes a number in a doctor's line of the day. Commands, facts and rules of
//! tickets stand here and nowhere else. `rules` holds what the commands share, `facts` what they look at, `day` the line
//! of one doctor's day, `status` the ladder of a ticket.

mod cancel_ticket;
mod change;
mod day;
mod facts;
mod rules;
mod status;
mod take_ticket;
mod ticket;

pub use cancel_ticket::CancelTicket;
pub use change::{LineChange, TicketChange};
pub use day::{Line, LineDay, MAX_LIVE_TICKETS, Reception};
pub use facts::{Facts, Held, Needs, Reading};
pub use rules::open_reception;
pub use status::Status;
pub use take_ticket::TakeTicket;
pub use ticket::{LiveSlot, Ticket, TicketSubject, TicketView, USUAL_PRIORITY};

use crate::rules::CommandRules;

/// The names of the commands of this room that confirm a ticket.
pub const KINDS: [&str; 2] = [TakeTicket::NAME, CancelTicket::NAME];

#[cfg(test)]
mod tests;
