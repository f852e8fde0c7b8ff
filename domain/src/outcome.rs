//! The one final answer to a command.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::booking::{Booking, Status};
use crate::code::{Code, Language};
use crate::ids::DoctorId;
use crate::schedule::Slot;
use crate::time::{self, Timestamp};

/// Confirmed, rejected with a code, or expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The booking as it stands after the command, if it is about one.
    Confirmed(Option<Box<Booking>>),
    /// The rules say no.
    Rejected(Rejection),
    /// Not decided within its time to live.
    Expired,
}

/// Why the rules say no, and what would help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    pub code: Code,
    /// The time that the code speaks of: `NOT_OPEN_YET`, `CUTOFF_PASSED`.
    pub at: Option<Timestamp>,
    /// Until when it lasts: CLOSED, PAUSED.
    pub until: Option<Timestamp>,
    /// The member that is not valid: INVALID.
    pub field: Option<&'static str>,
    /// The present state: `STATE_CONFLICT`.
    pub current: Option<Status>,
    /// Free slots of the same doctor and day: `SLOT_TAKEN`.
    pub alternatives: Vec<(DoctorId, Slot)>,
}

impl Rejection {
    pub fn new(code: Code) -> Self {
        Self { code, at: None, until: None, field: None, current: None, alternatives: Vec::new() }
    }

    pub fn at(code: Code, at: Timestamp) -> Self {
        Self { at: Some(at), ..Self::new(code) }
    }

    pub fn until(code: Code, until: Timestamp) -> Self {
        Self { until: Some(until), ..Self::new(code) }
    }

    pub fn invalid(field: &'static str) -> Self {
        Self { field: Some(field), ..Self::new(Code::Invalid) }
    }

    pub fn conflict(current: Status) -> Self {
        Self { current: Some(current), ..Self::new(Code::StateConflict) }
    }

    /// The members that go into an outcome and into problem+json alike.
    pub fn members(&self, zone: Tz) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("code".into(), json!(self.code));
        members.insert("title".into(), json!({"ko": self.code.text(Language::Korean), "en": self.code.text(Language::English)}));
        if let Some(at) = self.at {
            members.insert("at".into(), json!(time::show(at, zone)));
        }
        if let Some(until) = self.until {
            members.insert("until".into(), json!(time::show(until, zone)));
        }
        if let Some(field) = self.field {
            members.insert("field".into(), json!(field));
        }
        if let Some(current) = self.current {
            members.insert("current".into(), json!(current));
        }
        if self.code == Code::SlotTaken {
            let slots = self.alternatives.iter().map(|(doctor, slot)| {
                json!({"doctor_id": doctor, "starts_at": time::show(slot.starts_at, zone), "ends_at": time::show(slot.ends_at, zone)})
            });
            members.insert("alternatives".into(), Value::Array(slots.collect()));
        }
        members
    }
}

impl Outcome {
    pub fn code(&self) -> Option<Code> {
        match self {
            Outcome::Rejected(rejection) => Some(rejection.code),
            Outcome::Confirmed(_) | Outcome::Expired => None,
        }
    }

    /// The member `outcome` of a Request.
    pub fn to_json(&self, zone: Tz) -> Value {
        match self {
            Outcome::Confirmed(None) => json!({"type": "confirmed"}),
            Outcome::Confirmed(Some(booking)) => json!({"type": "confirmed", "booking": booking.to_json(zone)}),
            Outcome::Rejected(rejection) => {
                let mut members = rejection.members(zone);
                members.insert("type".into(), json!("rejected"));
                Value::Object(members)
            }
            Outcome::Expired => json!({"type": "expired"}),
        }
    }
}
