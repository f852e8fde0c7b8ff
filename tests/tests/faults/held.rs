//! What a patient has: bookings, holds and tickets, as far as it was told.

use chrono::DateTime;
use docde_tests::Chance;
use docde_tests::history::Action;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a patient has, as far as it was told.
#[derive(Default)]
pub struct Held {
    /// Bookings and their doctors.
    pub bookings: BTreeMap<Uuid, Uuid>,
    /// Holds that were neither booked nor given back.
    pub holds: BTreeMap<Uuid, HeldTime>,
    /// Tickets that may be live.
    pub tickets: BTreeSet<Uuid>,
}

/// A doctor's time that is held. Times are Unix milliseconds.
#[derive(Clone, Copy)]
pub struct HeldTime {
    pub doctor: Uuid,
    pub starts_at: i64,
    pub until: i64,
    /// The form is never sent.
    pub is_left: bool,
}

impl Held {
    /// Takes in what became of an action with a booking. One that stands otherwise than was thought is forgotten: others ended it.
    pub fn hear(&mut self, chance: &mut Chance, action: &Action, outcome: &Value) {
        let id = |value: &Value| value.as_str().and_then(|id| id.parse::<Uuid>().ok());
        let booking = &outcome["booking"];
        let is_other = matches!(outcome["code"].as_str(), Some("STATE_CONFLICT" | "HOLD_EXPIRED"));
        let of = id(&booking["id"]).or_else(|| action.booking().filter(|_| is_other));
        let Some(of) = of else { return };
        self.bookings.remove(&of);
        self.holds.remove(&of);
        let at = |name: &str| {
            Some(DateTime::parse_from_rfc3339(booking[name].as_str()?).ok()?.timestamp_millis())
        };
        match (booking["status"].as_str(), id(&booking["doctor_id"])) {
            (Some("booked" | "pending"), Some(doctor)) => {
                self.bookings.insert(of, doctor);
            }
            (Some("proposed"), Some(doctor)) => {
                let (Some(starts_at), Some(until)) = (at("starts_at"), at("held_until")) else {
                    return;
                };
                let is_left = chance.percent(50);
                self.holds.insert(of, HeldTime { doctor, starts_at, until, is_left });
            }
            _ => {}
        }
    }
}
