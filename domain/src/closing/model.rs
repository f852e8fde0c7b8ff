//! A closing, and what clients see of it.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize, Serializer};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::closed_time::ClosedTime;
use crate::ids::{AccountId, ClosingId, DoctorId, HospitalId};
use crate::time::{Shown, Timestamp};

/// Why nobody is seen, in one word: free text may be about a patient, and is not taken.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClosingReason {
    /// The doctor is on leave.
    Leave,
    /// The clinic's own holiday.
    Holiday,
    Emergency,
    #[default]
    Other,
}

impl ClosingReason {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How far a closing has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClosingState {
    /// In force, with bookings in it that are still to be ended.
    Ending,
    /// In force.
    Closed,
    /// In force no more. What it ended stays ended.
    Opened,
}

impl ClosingState {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Time of a hospital or of one of its doctors is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closing {
    pub id: ClosingId,
    pub time: ClosedTime,
    pub reason: ClosingReason,
    pub state: ClosingState,
    /// Bookings that it has ended.
    pub ended: u32,
    pub closed_by: AccountId,
    /// Rises with every change; 1 when made.
    pub revision: u32,
    pub closed_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Closing {
    /// Bookings in its time cannot be had.
    pub const fn is_in_force(&self) -> bool {
        !matches!(self.state, ClosingState::Opened)
    }

    /// As clients see it, times in the hospital's zone.
    pub fn view(&self, zone: Tz) -> ClosingView<'_> {
        let days = self.time.days;
        ClosingView {
            id: self.id,
            state: self.state,
            hospital_id: self.time.hospital_id,
            doctor_id: self.time.doctor_id,
            first_day: days.first_day,
            last_day: days.last_day,
            from: days.hours.map(|(from, _)| Clock(from)),
            until: days.hours.map(|(_, until)| Clock(until)),
            zone: zone.name(),
            reason: self.reason.as_str(),
            ended: self.ended,
            revision: self.revision,
            closed_at: Shown(self.closed_at, zone),
            updated_at: Shown(self.updated_at, zone),
        }
    }
}

/// A time of day as clients write it: `09:00`.
#[derive(Clone, Copy, Debug)]
struct Clock(NaiveTime);

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%H:%M"))
    }
}

/// A closing as clients see it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ClosingView<'c> {
    id: ClosingId,
    state: ClosingState,
    hospital_id: HospitalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    doctor_id: Option<DoctorId>,
    first_day: NaiveDate,
    last_day: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Clock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Clock>,
    zone: &'c str,
    reason: &'c str,
    ended: u32,
    revision: u32,
    closed_at: Shown,
    updated_at: Shown,
}

/// A request that is about a closing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClosingSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<DoctorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_id: Option<ClosingId>,
}

impl ClosingSubject {
    pub fn id(&self) -> Option<Uuid> {
        self.closing_id.map(ClosingId::uuid)
    }

    /// The command made or changed this closing.
    #[must_use]
    pub fn of(self, closing: &Closing) -> Self {
        Self { closing_id: Some(closing.id), ..self }
    }
}
