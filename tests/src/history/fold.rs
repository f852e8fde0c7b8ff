//! The confirmed outcomes, taken one after the other in the order of the events, must add up to the
//! bookings that are there, without an overlap on the way; and who was told `SLOT_TAKEN` was told the truth.

use chrono::DateTime;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

use super::rows::Booking;
use super::{Action, History, Rows};

/// A booking as outcomes tell it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct OpenBooking {
    doctor: Uuid,
    patient: Uuid,
    starts_at: i64,
    ends_at: i64,
}

impl OpenBooking {
    fn overlaps(&self, doctor: Uuid, starts_at: i64, ends_at: i64) -> bool {
        self.doctor == doctor && self.starts_at < ends_at && self.ends_at > starts_at
    }
}

type Open = BTreeMap<Uuid, OpenBooking>;

/// All partitions, each in its order; doctors belong to one.
pub fn fold(history: &History, rows: &Rows) -> Vec<String> {
    let documents: HashMap<Uuid, &str> =
        rows.requests.iter().map(|row| (row.id, row.document.as_str())).collect();
    let due = rows.requests.iter().filter(|row| super::set::is_due(row));
    let due: HashSet<Uuid> = due.map(|row| row.id).collect();
    let (mut open, mut faults) = (Open::new(), Vec::new());
    for event in rows.events.iter().filter(|event| event.kind == "outcome") {
        let document =
            documents.get(&event.request).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(document) = document else {
            faults.push(format!("the outcome of {} cannot be read", event.request));
            continue;
        };
        let action = history.ops.get(&event.request).map(|op| &op.action);
        // What falls due is about lines.
        if due.contains(&event.request) {
            continue;
        }
        if let Err(fault) = step(&mut open, &document, action) {
            faults
                .push(format!("p{:02} {} {}: {fault}", event.partition, event.seq, event.request));
        }
    }
    faults.extend(compare(&open, rows));
    faults
}

fn step(open: &mut Open, document: &Value, action: Option<&Action>) -> Result<(), String> {
    let outcome = &document["outcome"];
    if action.is_some_and(Action::is_of_line) {
        return Ok(());
    }
    match outcome["type"].as_str() {
        Some("confirmed") => {
            let (id, held, status) =
                booking(&outcome["booking"]).ok_or("a confirmed outcome without a booking")?;
            let was = open.remove(&id);
            match (document["subject"]["command"].as_str(), was) {
                (Some("book"), None) | (Some("reschedule"), Some(_)) if status == "booked" => {
                    take(open, id, held)
                }
                (Some("cancel"), Some(_)) if status == "cancelled" => Ok(()),
                (command, was) => {
                    Err(format!("{command:?} confirmed as {status} for a booking that was {was:?}"))
                }
            }
        }
        Some("rejected") if outcome["code"] == "SLOT_TAKEN" => taken_indeed(open, action),
        Some("rejected") => Ok(()),
        other => Err(format!("an outcome of type {other:?}")),
    }
}

fn take(open: &mut Open, id: Uuid, held: OpenBooking) -> Result<(), String> {
    let clash = open
        .iter()
        .find(|(_, other)| other.overlaps(held.doctor, held.starts_at, held.ends_at))
        .map(|(other, _)| *other);
    open.insert(id, held);
    clash.map_or(Ok(()), |other| Err(format!("booking {id} took time of {other}")))
}

/// The doctors of the suite have one seat, so one overlap is reason enough.
fn taken_indeed(open: &Open, action: Option<&Action>) -> Result<(), String> {
    let (own, doctor, starts_at, ends_at) = match action {
        Some(Action::Book { doctor, starts_at, ends_at }) => (None, *doctor, *starts_at, *ends_at),
        Some(Action::Reschedule { booking, doctor, starts_at, ends_at }) => {
            (Some(*booking), *doctor, *starts_at, *ends_at)
        }
        other => return Err(format!("SLOT_TAKEN for {other:?}")),
    };
    let taken =
        open.iter().any(|(id, held)| Some(*id) != own && held.overlaps(doctor, starts_at, ends_at));
    if taken { Ok(()) } else { Err(format!("SLOT_TAKEN for a free time: {action:?}")) }
}

fn booking(value: &Value) -> Option<(Uuid, OpenBooking, &str)> {
    let id = |name: &str| value[name].as_str()?.parse::<Uuid>().ok();
    let at = |name: &str| {
        Some(DateTime::parse_from_rfc3339(value[name].as_str()?).ok()?.timestamp_millis())
    };
    let held = OpenBooking {
        doctor: id("doctor_id")?,
        patient: id("patient_id")?,
        starts_at: at("starts_at")?,
        ends_at: at("ends_at")?,
    };
    Some((id("id")?, held, value["status"].as_str()?))
}

fn compare(open: &Open, rows: &Rows) -> Vec<String> {
    let held = |row: &Booking| OpenBooking {
        doctor: row.doctor,
        patient: row.patient,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    };
    let booked: Open = rows
        .bookings
        .iter()
        .filter(|row| row.status == "booked")
        .map(|row| (row.id, held(row)))
        .collect();
    let mut faults = differences("bookings", open, &booked, |a, b| a == b);
    let time = |row: &super::rows::Time, doctor, patient| {
        (
            row.booking,
            OpenBooking { doctor, patient, starts_at: row.starts_at, ends_at: row.ends_at },
        )
    };
    let of_doctors: Open =
        rows.doctor_time.iter().map(|row| time(row, row.holder.0, Uuid::nil())).collect();
    let of_patients: Open =
        rows.patient_time.iter().map(|row| time(row, Uuid::nil(), row.holder.0)).collect();
    faults.extend(differences("doctor's time", open, &of_doctors, |a, b| {
        *a == OpenBooking { patient: a.patient, ..*b }
    }));
    faults.extend(differences("patient's time", open, &of_patients, |a, b| {
        *a == OpenBooking { doctor: a.doctor, ..*b }
    }));
    faults
}

fn differences(
    name: &str,
    told: &Open,
    there: &Open,
    same: impl Fn(&OpenBooking, &OpenBooking) -> bool,
) -> Vec<String> {
    let missing =
        told.iter().filter(|(id, held)| !there.get(*id).is_some_and(|row| same(held, row)));
    let missing = missing
        .map(|(id, held)| format!("{name}: {id} should be {held:?}, is {:?}", there.get(id)));
    let extra = there
        .keys()
        .filter(|id| !told.contains_key(*id))
        .map(|id| format!("{name}: {id} is there, and no outcome says so"));
    missing.chain(extra).collect()
}
