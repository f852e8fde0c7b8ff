//! The room of timetables: loads doctors' schedules with what is booked ahead, and writes what directors change. The shared
//! part calls it through `rooms.rs`.

mod facts_store;
mod load;
mod rows;
mod write_store;

pub use load::load;
pub use rows::Rows;
pub use write_store::write;
