//! The room of the line (접수): a patient takes a number in a doctor's line of the day. Commands, facts and rules of
//! tickets stand here and nowhere else. `rules` holds what the commands share, `facts` what they look at, `day` the line
//! of one doctor's day, `status` the ladder of a ticket.

mod ahead;
mod call_next;
mod cancel_ticket;
mod change;
mod day;
pub mod estimate;
mod facts;
mod follow_up;
mod happened;
mod order;
pub mod pace;
mod rule_text;
mod rules;
mod set_reception;
mod status;
mod step_ticket;
mod take_ticket;
mod ticket;
mod undo_step;

pub use ahead::Ahead;
pub use call_next::CallNext;
pub use cancel_ticket::CancelTicket;
pub use change::{LineChange, PaceChange, ReceptionChange, TicketChange};
pub use day::{Line, LineDay, LineState, LineView, MAX_LIVE_TICKETS, Reception};
pub use facts::{Before, Facts, Held, LastStep, Needs, Reading};
pub use follow_up::{FollowUp, SOON_AHEAD};
pub use happened::{Happened, LineEvent, What};
pub use order::{Order, Place, Standing, TicketState};
pub use rule_text::rule_text;
pub use rules::open_reception;
pub use set_reception::{LineSubject, SetReception};
pub use status::Status;
pub use step_ticket::{Reason, Step, StepTicket};
pub use take_ticket::TakeTicket;
pub use ticket::{
    LiveSlot, MAX_PASSED, Notes, Ticket, TicketSubject, TicketView, URGENT_PRIORITY, USUAL_PRIORITY,
};
pub use undo_step::{UNDO_WITHIN, UndoStep};

use crate::rules::CommandRules;

/// The names of the commands of this room that confirm a ticket.
pub const KINDS: [&str; 5] =
    [TakeTicket::NAME, CancelTicket::NAME, StepTicket::NAME, CallNext::NAME, UndoStep::NAME];

#[cfg(test)]
mod tests;
