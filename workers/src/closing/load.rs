//! Loads what decisions on closings look at, and closes the schedules that other decisions look at.

use domain::closing::{ENDED_AT_ONCE, Facts, Needs, Reading};
use domain::directory;
use domain::ids::HospitalId;
use platform::directory::Directory;
use sqlx::MySqlConnection;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{KeptClosings, read_store};

/// The closings themselves, those in force at the hospitals of the batch, and the bookings that closings may end, which join the
/// needs.
pub async fn load(
    connection: &mut MySqlConnection,
    directory: &Directory,
    hospitals: &BTreeSet<HospitalId>,
    (needs, facts): (&mut Needs, &mut Facts),
    kept: &mut KeptClosings,
) -> Result<(), sqlx::Error> {
    let unknown = kept.unknown(hospitals);
    for (hospital, in_force) in read_store::in_force(connection, &unknown).await? {
        kept.put(hospital, in_force);
    }
    for hospital in &needs.in_force {
        let known = kept.of(*hospital).cloned().unwrap_or_default();
        facts.in_force.insert(*hospital, known);
    }
    facts.closings.ask(needs.closings.iter().copied());
    for closing in read_store::closings(connection, &needs.closings).await? {
        facts.closings.insert(closing.id, closing);
    }
    facts.follow(needs);
    for time in std::mem::take(&mut needs.times) {
        let zones = directory.zones(&[time.hospital_id]).await?;
        let zone = zones.get(&time.hospital_id).copied().unwrap_or(domain::time::UTC);
        let found = read_store::to_end(connection, (&time, zone), ENDED_AT_ONCE + 1).await?;
        facts.read(time, Reading(found), needs);
    }
    Ok(())
}

/// Puts what is in force into the schedules: the copies in the directory may be older.
pub fn close_schedules(facts: &mut directory::Facts, kept: &KeptClosings) {
    let found: Vec<_> =
        facts.doctors.found().map(|(id, doctor)| (*id, Arc::clone(doctor))).collect();
    for (id, mut doctor) in found {
        let Some(closures) = kept.closures(doctor.hospital_id, id) else { continue };
        if closures.eq(doctor.schedule.closures.iter().copied()) {
            continue;
        }
        if let Some(closures) = kept.closures(doctor.hospital_id, id) {
            Arc::make_mut(&mut doctor).schedule.closures = closures.collect();
            facts.doctors.insert(id, doctor);
        }
    }
}
