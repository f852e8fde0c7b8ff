//! The room of closings: what its decisions need is loaded, what they change is written and kept, and schedules are closed where
//! closings are in force. The shared part calls it through `rooms.rs`.

mod kept;
mod load;
mod read_store;
mod rows;
mod write_store;

pub use kept::KeptClosings;
pub use load::{close_schedules, load};
pub use rows::{ChangedClosings, Rows};
pub use write_store::write;
