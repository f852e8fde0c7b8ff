//! The room of the line: what its decisions need is loaded, what they change is gathered and written. The shared part
//! calls it through `rooms.rs` and knows nothing of tickets.

mod count;
mod facts_store;
mod load;
mod no_show_store;
mod rows;
mod write_store;

use domain::code::Code;

pub use count::count;
pub use load::{load, load_tickets};
pub use rows::{ChangedLines, Rows};
pub use write_store::{write, write_tickets};

/// What the breach of one of this room's unique keys means to the sender. A number or a live ticket that is given twice is
/// a fault of rows written by hand: the line is not as the facts said.
pub fn code_of(constraint: &str) -> Option<Code> {
    match constraint {
        "ticket_live_slot" => Some(Code::TooManyBookings),
        "ticket_number" | "ticket_one_live" | "ticket_one_live_of_booking" => {
            Some(Code::StateConflict)
        }
        _ => None,
    }
}
