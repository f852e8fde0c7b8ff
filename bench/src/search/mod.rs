//! Search, measured: how good the answers are, on queries whose right answers a rule names, and how fast.

pub mod arguments;
pub mod draw;
pub mod engine;
mod filling;
mod grown_store;
pub mod institution;
pub mod institutions_store;
pub mod judged;
mod plain;
mod prepared;
pub mod quality;
pub mod questions;
pub mod report;
pub mod rule;
pub mod score;
mod slips;
pub mod speed;
mod sql_store;
