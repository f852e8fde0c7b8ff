//! What outcomes have added up to, beside what the tables hold at the end.

use std::collections::BTreeMap;
use std::fmt::Debug;
use uuid::Uuid;

use super::Rows;
use super::known::Known;
use super::rows::{Closing, Time};

/// Bookings as they are told and as they are there, and the time in use that follows.
pub fn bookings(known: &BTreeMap<Uuid, Known>, rows: &Rows) -> Vec<String> {
    let there = rows.bookings.iter().map(|row| (row.id, Known::of(row))).collect();
    let mut faults = differences("bookings", known, &there);
    let told = |uses: fn(&Known) -> bool, holder: fn(&Known) -> Uuid| {
        let using = known.iter().filter(|(_, known)| uses(known));
        using.map(|(id, known)| (*id, (holder(known), known.starts_at, known.ends_at))).collect()
    };
    let in_use = |times: &[Time]| {
        let time = |row: &Time| (row.holder.0, row.starts_at, row.ends_at);
        times.iter().map(|row| (row.booking, time(row))).collect()
    };
    let of_doctors = told(Known::uses_doctor, |known| known.doctor);
    faults.extend(differences("doctor's time", &of_doctors, &in_use(&rows.doctor_time)));
    let of_patients = told(Known::uses_patient, |known| known.patient);
    faults.extend(differences("patient's time", &of_patients, &in_use(&rows.patient_time)));
    faults
}

/// Closings as they were told and as they are there.
pub fn closings(told: &BTreeMap<Uuid, Closing>, rows: &Rows) -> Vec<String> {
    let there = rows.closings.iter().cloned().collect();
    differences("closings", told, &there)
}

/// What is told and not there, and the other way about.
fn differences<T: PartialEq + Debug>(
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
