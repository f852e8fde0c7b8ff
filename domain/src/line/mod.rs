//! The room of the line (접수): a patient takes a number in a doctor's line of the day. Commands, facts and rules of
//! tickets stand here and nowhere else. `rules` holds what the commands share, `facts` what they look at, `day` the line
//! of one doctor's day, `status` the ladder of a ticket.

mod ahead;
mod arrive_booking;
mod attend;
mod call_next;
mod cancel_ticket;
mod capacity;
mod change;
mod day;
mod day_end;
mod end_day;
pub mod estimate;
mod facts;
mod follow_up;
mod happened;
mod hospital_rules;
mod join;
mod mark_noshow;
mod no_show;
mod order;
pub mod pace;
mod postpone;
mod rule_text;
mod rules;
mod set_line_rule;
mod set_no_show_rule;
mod set_reception;
mod status;
mod step_ticket;
mod take_any_ticket;
mod take_ticket;
mod ticket;
mod undo_step;

pub use ahead::Ahead;
pub use arrive_booking::ArriveBooking;
pub use call_next::CallNext;
pub use cancel_ticket::CancelTicket;
pub use capacity::{ENOUGH_SEEN, MAX_CAP};
pub use change::{LineChange, PaceChange, ReceptionChange, TicketChange};
pub use day::{Concerned, Line, LineDay, LineState, LineView, Reception};
pub use day_end::EndDay;
pub use facts::{Before, Facts, Held, LastStep, Needs, Reading};
pub use follow_up::{FollowUp, SOON_AHEAD};
pub use happened::{Happened, LineEvent, What};
pub use hospital_rules::{Assign, HospitalRules, LineRule, LineRuleView, RuleChanges};
pub use mark_noshow::MarkNoshow;
pub use no_show::{NoShowChanges, NoShowRule, NoShowRuleView, NoShowRules, NoShows};
pub use order::{Order, Place, Standing, TicketState};
pub use postpone::PostponeTicket;
pub use rule_text::rule_text;
pub use rules::{RULE_EDITORS, open_reception};
pub use set_line_rule::{LineRuleSubject, SetLineRule};
pub use set_no_show_rule::{LiftNoShows, NoShowSubject, SetNoShowRule};
pub use set_reception::{Cap, LineSubject, SetReception};
pub use status::Status;
pub use step_ticket::{Reason, Step, StepTicket};
pub use take_any_ticket::TakeAnyTicket;
pub use take_ticket::TakeTicket;
pub use ticket::{
    LiveSlot, Notes, Ticket, TicketSubject, TicketView, URGENT_PRIORITY, USUAL_PRIORITY,
};
pub use undo_step::{UNDO_WITHIN, UndoStep};

use crate::rules::CommandRules;

/// The names of the commands of this room that confirm a ticket.
pub const KINDS: [&str; 8] = [
    TakeTicket::NAME,
    CancelTicket::NAME,
    StepTicket::NAME,
    CallNext::NAME,
    UndoStep::NAME,
    ArriveBooking::NAME,
    PostponeTicket::NAME,
    TakeAnyTicket::NAME,
];

#[cfg(test)]
mod tests;
