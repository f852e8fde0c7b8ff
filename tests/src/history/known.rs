//! One booking as outcomes and steps have left it so far: how an outcome shows it, whom it keeps from what, and which step may
//! follow.

use chrono::DateTime;
use serde_json::Value;
use uuid::Uuid;

use super::rows::{Booking, BookingStep};

/// Why a hold ended that nobody ended.
pub const HOLD_OVER: &str = "hold_over";

/// A booking as outcomes and steps have left it so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub doctor: Uuid,
    pub patient: Uuid,
    pub starts_at: i64,
    pub ends_at: i64,
    pub status: String,
    pub revision: u32,
    /// Of a hold, and of one that ended without being booked.
    pub held_until: Option<i64>,
}

impl Known {
    pub fn of(row: &Booking) -> Self {
        Self {
            doctor: row.doctor,
            patient: row.patient,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            status: row.status.clone(),
            revision: row.revision,
            held_until: row.held_until,
        }
    }

    /// As an outcome shows it, with its id.
    pub fn shown(value: &Value) -> Option<(Uuid, Self)> {
        let id = |name: &str| value[name].as_str()?.parse::<Uuid>().ok();
        let known = Self {
            doctor: id("doctor_id")?,
            patient: id("patient_id")?,
            starts_at: millis(&value["starts_at"])?,
            ends_at: millis(&value["ends_at"])?,
            status: value["status"].as_str()?.to_owned(),
            revision: u32::try_from(value["revision"].as_u64()?).ok()?,
            held_until: millis(&value["held_until"]),
        };
        Some((id("id")?, known))
    }

    pub fn uses_doctor(&self) -> bool {
        self.status == "proposed" || self.uses_patient()
    }

    /// A hold keeps nobody from anything.
    pub fn uses_patient(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "booked")
    }

    pub fn overlaps(&self, doctor: Uuid, starts_at: i64, ends_at: i64) -> bool {
        self.doctor == doctor && self.starts_at < ends_at && self.ends_at > starts_at
    }

    /// A hold whose time anybody may take.
    pub fn is_over(&self, at: i64) -> bool {
        self.status == "proposed" && self.held_until.is_some_and(|until| until <= at)
    }

    pub fn is_at(&self, time: (Uuid, i64, i64)) -> bool {
        (self.doctor, self.starts_at, self.ends_at) == time
    }
}

/// The step goes on from where the booking stands.
pub fn leads_on(was: Option<&Known>, step: &BookingStep) -> bool {
    was.is_some_and(|was| {
        step.before.as_deref() == Some(was.status.as_str()) && step.revision == was.revision + 1
    })
}

/// Made without a step, or changed by one that leads to what is shown.
pub fn follows(was: Option<&Known>, shown: &Known, own: &[&BookingStep]) -> bool {
    match own {
        [] => was.is_none() && shown.revision == 1,
        [step] => {
            leads_on(was, step) && (step.after == shown.status) && step.revision == shown.revision
        }
        _ => false,
    }
}

/// Unix milliseconds of a member of an outcome.
pub fn millis(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}
