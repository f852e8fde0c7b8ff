//! The room of the line: what a snapshot shows of tickets, the places that are pushed, and which notices have become
//! stale while a socket was away.

mod board_store;
mod boards;
mod places;
mod shown;
mod stale;
pub mod store;

pub use boards::Boards;
pub use places::Places;
pub use stale::stale;

#[cfg(test)]
pub use board_store::Call;
#[cfg(test)]
pub use boards::frame as board_frame;
#[cfg(test)]
pub use shown::place as place_frame;
