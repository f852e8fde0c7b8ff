//! `docde doctors make`: demonstration doctors for imported hospitals. The list names no doctors, so
//! loads and demonstrations need some. Ids follow from the hospital, so a second run finds them
//! and only brings their schedules to what is asked.

use domain::ids::{DoctorId, HospitalId};
use platform::seed::store::add_doctors;
use platform::seed::{DoctorSeed, ExistingSchedule, ScheduleSeed};
use serde_json::json;

use super::{DEPARTMENTS, every_day, name, span_of, store, week};
use crate::args::MakeDoctors;
use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// Doctors of one transaction.
const CHUNK: usize = 500;

pub async fn run(
    context: &Context,
    wanted: &MakeDoctors,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let pool = context.pool()?;
    let hospitals = store::first_hospitals(&pool, wanted.hospitals).await?;
    if hospitals.is_empty() {
        return Err(CliError::refused(
            "there are no hospitals: docde import hospitals FILE, or docde seed",
        ));
    }
    let imported = hospitals.iter().filter(|hospital| hospital.imported).count();
    if imported < wanted.hospitals as usize {
        eprintln!(
            "docde: {imported} imported hospitals instead of {}; using {} in all",
            wanted.hospitals,
            hospitals.len()
        );
    }
    let doctors = doctors(&hospitals, wanted, context);
    for chunk in doctors.chunks(CHUNK) {
        let mut transaction = pool.begin().await?;
        add_doctors(&mut transaction, chunk, ExistingSchedule::Replace).await?;
        transaction.commit().await?;
    }
    for doctor in doctors {
        writeln!(out, "{}", json!({"doctor_id": doctor.id, "hospital_id": doctor.hospital_id}))?;
    }
    Ok(Finding::Good)
}

fn doctors(
    hospitals: &[store::HospitalZone],
    wanted: &MakeDoctors,
    context: &Context,
) -> Vec<DoctorSeed> {
    let now = context.clock.now();
    let hours = if wanted.every_day { every_day() } else { week() };
    let doctor = |number: usize| {
        let (hospital, of_hospital) =
            (&hospitals[number % hospitals.len()], number / hospitals.len());
        let (valid_from, valid_until) = span_of(now, hospital.zone, wanted.days);
        let schedule = ScheduleSeed {
            step_minutes: wanted.step,
            first_visit_minutes: wanted.step,
            return_visit_minutes: wanted.step,
            seats: wanted.seats,
            release: wanted.release,
            cutoff_minutes: 0,
            valid_from,
            valid_until,
            hours,
        };
        DoctorSeed {
            id: made_id(hospital.id, of_hospital),
            hospital_id: hospital.id,
            name: name(number),
            department: DEPARTMENTS[of_hospital % DEPARTMENTS.len()].to_owned(),
            schedule,
        }
    };
    (0..wanted.doctors as usize).map(doctor).collect()
}

fn made_id(hospital: HospitalId, number: usize) -> DoctorId {
    DoctorId::from_uuid(super::id("made doctor", format!("{hospital} {number}")))
}
