//! Closings in the order of decisions: each ends what is booked in its time and nothing else, says how many, and is in force until
//! it is opened again.

use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

use super::bookings::{Bookings, Decision};
use super::known::leads_on;
use super::rows::Closing;

/// Why a booking ended whose time was closed.
pub(super) const CLOSED_BY_HOSPITAL: &str = "closed_by_hospital";

impl Bookings<'_> {
    /// The time is closed, and what was booked in it has ended.
    pub fn closed(
        &mut self,
        decision: &Decision<'_>,
        (doctor, starts_at, ends_at): (Uuid, i64, i64),
    ) -> Result<(), String> {
        let (id, closing) = shown(decision, (doctor, starts_at, ends_at))?;
        let due: BTreeSet<Uuid> =
            self.in_the_way(doctor, starts_at, ends_at).map(|(id, _)| id).collect();
        for step in &decision.steps {
            let good = due.contains(&step.booking)
                && leads_on(self.known.get(&step.booking), step)
                && step.after == "cancelled"
                && step.reason.as_deref() == Some(CLOSED_BY_HOSPITAL);
            if !good {
                return Err(format!("{step:?} by the closing of {due:?}"));
            }
            self.end(step.booking);
        }
        let is_told = (closing.ended, closing.state.as_str()) == (due.len() as u64, "closed");
        if decision.steps.len() != due.len() || !is_told || self.closings.contains_key(&id) {
            return Err(format!("{closing:?} of {due:?} by {:?}", decision.steps));
        }
        self.closings.insert(id, closing);
        Ok(())
    }

    /// The time is open again, and nothing else has changed.
    pub fn opened(&mut self, decision: &Decision<'_>, closing: Uuid) -> Result<(), String> {
        let was = self.closings.get_mut(&closing).ok_or("no such closing")?;
        let (id, now) = shown(decision, (was.doctor, was.starts_at, was.ends_at))?;
        let due = Closing { state: "opened".to_owned(), ..was.clone() };
        if id != closing || was.state != "closed" || now != due || !decision.steps.is_empty() {
            return Err(format!("opened as {now:?} by {:?} from {was:?}", decision.steps));
        }
        *was = now;
        Ok(())
    }

    /// Nobody can be booked there.
    pub fn is_closed(&self, (doctor, starts_at, ends_at): (Uuid, i64, i64)) -> bool {
        self.closings.values().any(|closing| {
            closing.state == "closed"
                && closing.doctor == doctor
                && closing.starts_at < ends_at
                && closing.ends_at > starts_at
        })
    }
}

/// As the outcome shows it; its time is that which was asked for.
fn shown(
    decision: &Decision<'_>,
    (doctor, starts_at, ends_at): (Uuid, i64, i64),
) -> Result<(Uuid, Closing), String> {
    let value = &decision.outcome["closing"];
    let id = |value: &Value| value.as_str()?.parse::<Uuid>().ok();
    let read = || {
        let (ended, state) = (value["ended"].as_u64()?, value["state"].as_str()?.to_owned());
        let closing = Closing { doctor, starts_at, ends_at, ended, state };
        Some((id(&value["id"])?, closing)).filter(|_| id(&value["doctor_id"]) == Some(doctor))
    };
    read().ok_or_else(|| format!("a confirmed outcome without its closing: {value}"))
}
