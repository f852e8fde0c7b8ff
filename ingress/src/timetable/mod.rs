//! The room of timetables: a doctor's schedule as anybody reads it and directors change it, dates with other hours, what lies
//! outside, the end of a doctor's work and of a hospital.

mod address;
mod body;
mod conflicts;
mod routes;
pub mod schema;
mod shown;
mod timetable_store;

pub(crate) use routes::routes;
