//! The room of the line, as far as several services share its tables: the row of a ticket, a hospital's rules.

pub mod no_show_store;
pub mod order_store;
pub mod row_store;
pub mod rule_store;
