//! The room of bookings: what its decisions need is loaded, what they change is gathered, written and kept. The shared
//! part calls it through `rooms.rs` and knows nothing of bookings.

mod days;
mod facts_store;
mod load;
mod rows;
mod write_store;

use domain::code::Code;

pub use days::{ChangedDays, DayCache, refresh_availability};
pub use load::{load, load_bookings};
pub use rows::Rows;
pub use write_store::{write, write_bookings};

/// What the breach of one of this room's unique keys means to the sender.
pub fn code_of(constraint: &str) -> Option<Code> {
    match constraint {
        "doctor_time_no_overlap" => Some(Code::SlotTaken),
        "patient_time_no_overlap" => Some(Code::PatientBusy),
        "hold_one_number" => Some(Code::TooManyBookings),
        _ => None,
    }
}
