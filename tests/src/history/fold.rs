//! The confirmed outcomes, taken one after the other in the order of the events, with the recorded steps of bookings, must add up
//! to the bookings that are there, without an overlap on the way. Each step is explained by the request that made it; and who
//! was refused was told the truth.

use chrono::DateTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;
use uuid::Uuid;

use super::closings::{self, Closing};
use super::rows::{Booking, BookingStep};
use super::{Action, History, Rows};

/// Why a hold ended that nobody ended.
pub(super) const HOLD_OVER: &str = "hold_over";

/// A booking as outcomes and steps have left it so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Known {
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
    fn of(row: &Booking) -> Self {
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
    fn shown(value: &Value) -> Option<(Uuid, Self)> {
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

    fn is_at(&self, time: (Uuid, i64, i64)) -> bool {
        (self.doctor, self.starts_at, self.ends_at) == time
    }
}

/// All that is known so far.
pub(super) struct Bookings<'r> {
    /// Doctors at whom what patients book waits for approval.
    approving: &'r HashSet<Uuid>,
    pub known: BTreeMap<Uuid, Known>,
    pub closings: BTreeMap<Uuid, Closing>,
    /// By doctor: the bookings that use the doctor's time.
    in_use: HashMap<Uuid, BTreeSet<Uuid>>,
}

/// One decided request with the steps that it made.
pub(super) struct Decision<'r> {
    /// `None`: it fell due.
    pub action: Option<&'r Action>,
    pub outcome: Value,
    pub at: i64,
    pub steps: Vec<&'r BookingStep>,
}

/// All partitions, each in its order; doctors belong to one.
pub fn fold(history: &History, rows: &Rows) -> Vec<String> {
    let documents: HashMap<Uuid, &str> =
        rows.requests.iter().map(|row| (row.id, row.document.as_str())).collect();
    let mut steps: HashMap<Uuid, Vec<&BookingStep>> = HashMap::new();
    for step in &rows.booking_steps {
        steps.entry(step.request).or_default().push(step);
    }
    let (known, in_use, approving) = (BTreeMap::new(), HashMap::new(), &rows.approving);
    let closings = BTreeMap::new();
    let mut bookings = Bookings { approving, known, closings, in_use };
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
    faults.extend(compare(&bookings.known, rows));
    faults.extend(closings::compare(&bookings.closings, rows));
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

    fn put(&mut self, id: Uuid, known: Known) {
        let (doctor, uses) = (known.doctor, known.uses_doctor());
        if let Some(was) = self.known.insert(id, known) {
            self.in_use.entry(was.doctor).or_default().remove(&id);
        }
        if uses {
            self.in_use.entry(doctor).or_default().insert(id);
        }
    }

    /// Bookings that use time of the doctor's between these.
    pub fn in_the_way(
        &self,
        doctor: Uuid,
        starts_at: i64,
        ends_at: i64,
    ) -> impl Iterator<Item = (Uuid, &Known)> {
        let of_doctor = self.in_use.get(&doctor).into_iter().flatten();
        let known = of_doctor.filter_map(|id| Some((*id, self.known.get(id)?)));
        known.filter(move |(_, known)| known.overlaps(doctor, starts_at, ends_at))
    }

    /// It is cancelled, by one step more.
    pub fn end(&mut self, id: Uuid) {
        if let Some(mut known) = self.known.get(&id).cloned() {
            "cancelled".clone_into(&mut known.status);
            known.revision += 1;
            self.put(id, known);
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

/// The step goes on from where the booking stands.
pub(super) fn leads_on(was: Option<&Known>, step: &BookingStep) -> bool {
    was.is_some_and(|was| {
        step.before.as_deref() == Some(was.status.as_str()) && step.revision == was.revision + 1
    })
}

/// Made without a step, or changed by one that leads to what is shown.
fn follows(was: Option<&Known>, shown: &Known, own: &[&BookingStep]) -> bool {
    match own {
        [] => was.is_none() && shown.revision == 1,
        [step] => {
            leads_on(was, step) && (step.after == shown.status) && step.revision == shown.revision
        }
        _ => false,
    }
}

fn millis(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

/// Bookings as they are told and as they are there, and the time in use that follows.
fn compare(known: &BTreeMap<Uuid, Known>, rows: &Rows) -> Vec<String> {
    let there = rows.bookings.iter().map(|row| (row.id, Known::of(row))).collect();
    let mut faults = differences("bookings", known, &there);
    let told = |uses: fn(&Known) -> bool, holder: fn(&Known) -> Uuid| {
        let using = known.iter().filter(|(_, known)| uses(known));
        using.map(|(id, known)| (*id, (holder(known), known.starts_at, known.ends_at))).collect()
    };
    let in_use = |times: &[super::rows::Time]| {
        let time = |row: &super::rows::Time| (row.holder.0, row.starts_at, row.ends_at);
        times.iter().map(|row| (row.booking, time(row))).collect()
    };
    let of_doctors = told(Known::uses_doctor, |known| known.doctor);
    faults.extend(differences("doctor's time", &of_doctors, &in_use(&rows.doctor_time)));
    let of_patients = told(Known::uses_patient, |known| known.patient);
    faults.extend(differences("patient's time", &of_patients, &in_use(&rows.patient_time)));
    faults
}

pub(super) fn differences<T: PartialEq + Debug>(
    name: &str,
    told: &BTreeMap<Uuid, T>,
    there: &BTreeMap<Uuid, T>,
) -> Vec<String> {
    let missing = told.iter().filter(|(id, held)| there.get(*id) != Some(held));
    let missing = missing
        .map(|(id, held)| format!("{name}: {id} should be {held:?}, is {:?}", there.get(id)));
    let extra = there
        .keys()
        .filter(|id| !told.contains_key(*id))
        .map(|id| format!("{name}: {id} is there, and no outcome says so"));
    missing.chain(extra).collect()
}
