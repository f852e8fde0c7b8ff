//! Loads what decisions on timetables look at.

use domain::facts::{Facts, Needs};
use domain::ids::DoctorId;
use domain::time::Timestamp;
use domain::timetable::DoctorTimetable;
use platform::directory::store;
use sqlx::MySqlConnection;
use std::collections::BTreeSet;

use super::facts_store;

/// The doctors named and those of the hospitals named, as they are in this transaction, and who comes to them from `now` on.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut ids: BTreeSet<DoctorId> = needs.timetable.doctors.clone();
    for hospital in &needs.timetable.hospitals {
        let of_hospital = facts.directory.doctors_of(*hospital);
        ids.extend(of_hospital.map_err(|error| sqlx::Error::Decode(error.into()))?);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let own = &mut facts.timetable;
    own.doctors.ask(ids.iter().copied());
    for id in &ids {
        own.ahead.insert(*id, Vec::new());
        own.waiting.insert(*id, 0);
    }
    let ids: Vec<DoctorId> = ids.into_iter().collect();
    for known in store::known_doctors(&mut *connection, &ids).await? {
        let (revision, has_left) = (known.schedule_revision, known.has_left);
        let known = DoctorTimetable { doctor: known.doctor, revision, has_left };
        own.doctors.insert(known.doctor.id, known);
    }
    for (doctor, ahead) in facts_store::ahead(&mut *connection, &ids, now).await? {
        own.see_booking(doctor, ahead.booking_id, Some(ahead));
    }
    for (doctor, waiting) in facts_store::waiting(connection, &ids, now).await? {
        own.waiting.insert(doctor, waiting);
    }
    Ok(())
}
