//! The room of the line, as far as several services share its tables: the row of a ticket.

pub mod order_store;
pub mod row_store;
