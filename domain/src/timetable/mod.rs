//! The room of timetables: when doctors see patients at all. A director changes a doctor's schedule from a date on, gives a
//! date other hours, ends a doctor's work, closes the hospital for good. Bookings are never moved by it: those that lie
//! outside afterwards are named.

mod change;
mod close_hospital;
mod end_doctor;
mod facts;
mod model;
mod rules;
mod set_day_hours;
mod set_schedule;

pub use change::TimetableChange;
pub use close_hospital::CloseHospital;
pub use end_doctor::EndDoctor;
pub use facts::{Ahead, DoctorTimetable, Facts, Needs};
pub use model::{
    Conflict, SHOWN_CONFLICTS, TimetableState, TimetableSubject, TimetableView, outside,
};
pub use set_day_hours::SetDayHours;
pub use set_schedule::{SetSchedule, with_version};

#[cfg(test)]
mod tests;
