//! Whoever was refused something with a booking was told the truth: the time was taken or closed, the hold was over,
//! the booking stood so.

use super::Action;
use super::bookings::{Bookings, Decision};
use super::known::Known;

impl Bookings<'_> {
    /// A refusal tells what stands in the way, and it did.
    pub fn refused(&self, action: &Action, decision: &Decision<'_>) -> Result<(), String> {
        let outcome = &decision.outcome;
        let truth = match outcome["code"].as_str().unwrap_or_default() {
            "SLOT_TAKEN" => self.is_taken(action, decision.at),
            "HOLD_EXPIRED" => self.of(action).is_some_and(|known| {
                matches!(action, Action::BookHeld { .. })
                    && known.held_until.is_some_and(|until| until <= decision.at)
            }),
            "CLOSED" => action.wish().is_some_and(|wish| self.is_closed(wish)),
            "STATE_CONFLICT" if matches!(action, Action::Open { .. }) => {
                outcome["current"] == "opened" && self.is_opened(action)
            }
            "STATE_CONFLICT" => self.of(action).is_some_and(|known| {
                let revision = outcome["revision"].as_u64();
                outcome["current"] == known.status
                    && revision.is_none_or(|revision| revision == u64::from(known.revision))
                    && !allows(action, known)
            }),
            // What the patient has elsewhere is in other partitions, which this order does not reach.
            "PATIENT_BUSY" | "TOO_MANY_BOOKINGS" => {
                action.wish().is_some() || matches!(action, Action::BookHeld { .. })
            }
            _ => false,
        };
        if truth { Ok(()) } else { Err(untrue(action, decision)) }
    }

    /// The booking that it is about.
    fn of(&self, action: &Action) -> Option<&Known> {
        self.known.get(&action.booking()?)
    }

    /// The closing is in force no more.
    fn is_opened(&self, action: &Action) -> bool {
        let Action::Open { closing, .. } = action else { return false };
        self.closings.get(closing).is_some_and(|closing| closing.state == "opened")
    }

    /// The doctors of the suite have one seat, so one overlap is reason enough. A hold that is over is none.
    fn is_taken(&self, action: &Action, at: i64) -> bool {
        let Some((doctor, starts_at, ends_at)) = action.wish() else { return false };
        let mut others = self.in_the_way(doctor, starts_at, ends_at);
        others.any(|(id, known)| Some(id) != action.booking() && !known.is_over(at))
    }
}

fn allows(action: &Action, known: &Known) -> bool {
    match action {
        Action::BookHeld { .. } => known.status == "proposed",
        Action::Reschedule { .. } => known.uses_patient(),
        Action::StepBooking { revision, .. } => {
            (known.status.as_str(), known.revision) == ("pending", *revision)
        }
        _ => known.uses_doctor(),
    }
}

fn untrue(action: &Action, decision: &Decision<'_>) -> String {
    match decision.outcome["code"].as_str() {
        Some("SLOT_TAKEN") => format!("SLOT_TAKEN for a free time: {action:?}"),
        _ => format!("{action:?} was refused with {}", decision.outcome),
    }
}
