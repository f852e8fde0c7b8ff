//! A doctor as those read one who change schedules.

use domain::directory::Doctor;

/// A doctor with what only those ask for who change schedules.
#[derive(Clone, Debug)]
pub struct KnownDoctor {
    /// Perhaps without any version of a schedule.
    pub doctor: Doctor,
    pub schedule_revision: u32,
    /// No longer at the hospital, or the hospital is closed.
    pub has_left: bool,
}
