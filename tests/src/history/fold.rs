//! The confirmed outcomes, taken one after the other in the order of the events, with the recorded steps of bookings, must add up
//! to the bookings that are there, without an overlap on the way. Each step is explained by the request that made it; and who
//! was refused was told the truth.

use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

use super::bookings::{Bookings, Decision};
use super::known::{HOLD_OVER, Known, follows, leads_on, millis};
use super::rows::BookingStep;
use super::{Action, History, Rows, compare};

/// All partitions, each in its order; doctors belong to one.
pub fn fold(history: &History, rows: &Rows) -> Vec<String> {
    let documents: HashMap<Uuid, &str> =
        rows.requests.iter().map(|row| (row.id, row.document.as_str())).collect();
    let mut steps: HashMap<Uuid, Vec<&BookingStep>> = HashMap::new();
    for step in &rows.booking_steps {
        steps.entry(step.request).or_default().push(step);
    }
    let mut bookings = Bookings::none(&rows.approving);
    let mut faults = Vec::new();
    for event in rows.events.iter().filter(|event| event.kind == "outcome") {
        let document =
            documents.get(&event.request).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(mut document) = document else {
            faults.push(format!("the outcome of {} cannot be read", event.request));
            continue;
        };
        let decision = Decision {
            action: history.ops.get(&event.request).map(|op| &op.action),
            at: millis(&document["decided_at"]).unwrap_or_default(),
            outcome: document["outcome"].take(),
            steps: steps.remove(&event.request).unwrap_or_default(),
        };
        if let Err(fault) = bookings.take_in(&decision) {
            faults
                .push(format!("p{:02} {} {}: {fault}", event.partition, event.seq, event.request));
        }
    }
    faults.extend(steps.keys().map(|request| format!("steps of {request}, which has no outcome")));
    faults.extend(compare::bookings(&bookings.known, rows));
    faults.extend(compare::closings(&bookings.closings, rows));
    faults
}

impl Bookings<'_> {
    fn take_in(&mut self, decision: &Decision<'_>) -> Result<(), String> {
        let action = decision.action.filter(|action| !action.is_of_line());
        if decision.outcome["type"] != "confirmed" {
            if !decision.steps.is_empty() {
                return Err(format!("made {} steps and was not confirmed", decision.steps.len()));
            }
            return action.map_or(Ok(()), |action| self.refused(action, decision));
        }
        match action {
            Some(Action::Close { doctor, starts_at, ends_at }) => {
                return self.closed(decision, (*doctor, *starts_at, *ends_at));
            }
            Some(Action::Open { closing, .. }) => return self.opened(decision, *closing),
            _ => {}
        }
        match Known::shown(&decision.outcome["booking"]) {
            Some((id, shown)) => self.confirmed(decision, id, shown),
            None if action.is_some() => Err("a confirmed outcome without a booking".to_owned()),
            // What is about a line changes no booking here.
            None if decision.steps.is_empty() => Ok(()),
            None => Err(format!("made {:?}", decision.steps)),
        }
    }

    /// The booking stands as it is shown. Its time is free but for holds that are over, which end before.
    fn confirmed(&mut self, decision: &Decision<'_>, id: Uuid, shown: Known) -> Result<(), String> {
        let (own, others): (Vec<_>, Vec<_>) =
            decision.steps.iter().copied().partition(|step| step.booking == id);
        for step in others {
            self.end_over(step, &shown)?;
        }
        let was = self.known.get(&id);
        if !follows(was, &shown, &own) {
            return Err(format!("{shown:?} by {own:?} from {was:?}"));
        }
        if !self.explains(decision, id, was, &shown, &own) {
            return Err(format!("{:?} confirmed as {shown:?} from {was:?}", decision.action));
        }
        let (doctor, starts_at, ends_at) = (shown.doctor, shown.starts_at, shown.ends_at);
        let uses = shown.uses_doctor();
        self.put(id, shown);
        if uses && self.is_closed((doctor, starts_at, ends_at)) {
            return Err(format!("booking {id} is in closed time"));
        }
        let mut others =
            self.in_the_way(doctor, starts_at, ends_at).filter(|(other, _)| *other != id);
        match others.next().filter(|_| uses) {
            Some((other, _)) => Err(format!("booking {id} took time of {other}")),
            None => Ok(()),
        }
    }

    /// A hold that was over by then ends, because its time is taken.
    fn end_over(&mut self, step: &BookingStep, taking: &Known) -> Result<(), String> {
        let was = self.known.get(&step.booking).ok_or("a step of no booking")?;
        let good = leads_on(Some(was), step)
            && (step.after.as_str(), step.reason.as_deref()) == ("cancelled", Some(HOLD_OVER))
            && was.is_over(step.at)
            && taking.uses_doctor()
            && was.overlaps(taking.doctor, taking.starts_at, taking.ends_at);
        if !good {
            return Err(format!("{step:?} of {was:?}, by who takes {taking:?}"));
        }
        self.end(step.booking);
        Ok(())
    }

    /// The request asked for this, and may have it.
    fn explains(
        &self,
        decision: &Decision<'_>,
        id: Uuid,
        was: Option<&Known>,
        shown: &Known,
        own: &[&BookingStep],
    ) -> bool {
        let first = if self.approving.contains(&shown.doctor) { "pending" } else { "booked" };
        let stays = was.is_some_and(|was| shown.is_at((was.doctor, was.starts_at, was.ends_at)));
        match (decision.action, was) {
            (Some(Action::Book { doctor, starts_at, ends_at }), None) => {
                shown.is_at((*doctor, *starts_at, *ends_at)) && shown.status == first
            }
            (Some(Action::Hold { doctor, starts_at, ends_at }), None) => {
                shown.is_at((*doctor, *starts_at, *ends_at))
                    && shown.status == "proposed"
                    && shown.held_until.is_some_and(|until| until > decision.at)
            }
            (Some(Action::BookHeld { booking }), Some(was)) => {
                *booking == id
                    && was.status == "proposed"
                    && !was.is_over(decision.at)
                    && stays
                    && shown.status == first
                    && shown.held_until.is_none()
            }
            (Some(Action::Cancel { booking } | Action::Release { booking }), Some(was)) => {
                *booking == id && was.uses_doctor() && stays && shown.status == "cancelled"
            }
            (Some(Action::Reschedule { booking, doctor, starts_at, ends_at }), Some(was)) => {
                *booking == id
                    && was.uses_patient()
                    && shown.is_at((*doctor, *starts_at, *ends_at))
                    && shown.status == first
            }
            (Some(Action::StepBooking { booking, revision, step, .. }), Some(was)) => {
                let after = if *step == "approve" { "booked" } else { "cancelled" };
                *booking == id
                    && (was.status.as_str(), was.revision) == ("pending", *revision)
                    && stays
                    && shown.status == after
            }
            // Nobody wanted the time of a hold that is over. Nothing else of bookings falls due here.
            (None, Some(was)) => {
                was.is_over(decision.at)
                    && stays
                    && shown.status == "cancelled"
                    && own.iter().all(|step| step.reason.as_deref() == Some(HOLD_OVER))
            }
            _ => false,
        }
    }
}
