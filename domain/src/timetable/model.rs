//! What clients see of a changed timetable: its revision, and the bookings that lie outside of it.

use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::Ahead;
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::outside::Outside;
use crate::schedule::{Schedule, Slot};
use crate::time::{Shown, Timestamp};

/// Bookings that an outcome names; all are in the list of conflicts.
pub const SHOWN_CONFLICTS: usize = 50;

/// A request that is about a timetable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TimetableSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<DoctorId>,
}

impl TimetableSubject {
    pub fn id(&self) -> Option<Uuid> {
        self.doctor_id.map(DoctorId::uuid)
    }
}

/// A booking that lies outside of the schedule, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conflict {
    pub booking_id: BookingId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub why: Outside,
}

/// Those of the bookings that lie outside of the schedule, by time.
pub fn outside<'a>(
    schedule: &Schedule,
    ahead: impl IntoIterator<Item = &'a Ahead>,
) -> Vec<Conflict> {
    let conflict = |ahead: &'a Ahead| {
        let Ahead { booking_id, starts_at, ends_at, seat } = *ahead;
        let why = schedule.covers(Slot { starts_at, ends_at }, seat).err()?;
        Some(Conflict { booking_id, starts_at, ends_at, why })
    };
    let mut conflicts: Vec<Conflict> = ahead.into_iter().filter_map(conflict).collect();
    conflicts.sort_by_key(|conflict| (conflict.starts_at, conflict.booking_id));
    conflicts
}

/// A doctor's timetable after a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimetableState {
    pub doctor_id: DoctorId,
    pub revision: u32,
    /// How many bookings lie outside.
    pub conflicts: u32,
    /// The first of them.
    pub first: Vec<Conflict>,
}

impl TimetableState {
    pub fn of(doctor_id: DoctorId, revision: u32, conflicts: Vec<Conflict>) -> Self {
        let count = u32::try_from(conflicts.len()).unwrap_or(u32::MAX);
        let mut first = conflicts;
        first.truncate(SHOWN_CONFLICTS);
        Self { doctor_id, revision, conflicts: count, first }
    }

    /// As clients see it.
    pub fn view(&self, zone: Tz) -> TimetableView<'_> {
        let outside = self.first.iter().map(|conflict| conflict.view(zone)).collect();
        let (doctor_id, revision, conflicts) = (&self.doctor_id, self.revision, self.conflicts);
        TimetableView { doctor_id, revision, conflicts, outside }
    }
}

impl Conflict {
    /// As clients see it.
    pub const fn view(&self, zone: Tz) -> ConflictView {
        let (starts_at, ends_at) = (Shown(self.starts_at, zone), Shown(self.ends_at, zone));
        ConflictView { booking_id: self.booking_id, starts_at, ends_at, why: self.why.as_str() }
    }
}

/// See [`TimetableState::view`].
#[derive(Clone, Debug, Serialize)]
pub struct TimetableView<'s> {
    doctor_id: &'s DoctorId,
    revision: u32,
    conflicts: u32,
    outside: Vec<ConflictView>,
}

/// See [`Conflict::view`].
#[derive(Clone, Debug, Serialize)]
pub struct ConflictView {
    booking_id: BookingId,
    starts_at: Shown,
    ends_at: Shown,
    why: &'static str,
}
