//! `docde seed`: the demonstration. A second run changes nothing; on a later day it only makes the
//! schedules reach further.

use chrono::NaiveDate;
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::people::Role;
use domain::schedule::Release;
use domain::time::Timestamp;
use platform::seed::store::{add_accounts, add_doctors, add_hospitals, add_patients};
use platform::seed::{DoctorSeed, ExistingSchedule, PatientSeed, ScheduleSeed};
use uuid::Uuid;

use super::{
    DEPARTMENTS, clock_time, every_hour, hospitals, id, name, patients, span_of, store, week,
};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// Doctors in all, over the hospitals in turn.
const DOCTORS: usize = 41;
/// The last of them is an emergency doctor who sees patients at every hour, so that a number can be taken whenever somebody
/// tries. The README's tour names the id.
const AT_EVERY_HOUR: usize = DOCTORS - 1;
const EMERGENCY: &str = "응급의학과";
/// Accounts, each with its own person and a child.
const ACCOUNTS: u32 = 20;
/// One doctor in so many sees two patients at a time.
const TWO_SEATS_EVERY: usize = 8;
/// One doctor in so many opens a day only a week before, at 08:00.
const RELEASE_EVERY: usize = 20;

pub async fn run(context: &Context, days: u16, out: Out<'_>) -> Result<Finding, CliError> {
    let pool = context.pool()?;
    let now = context.clock.now();
    let doctors = doctors(now, days);
    let mut transaction = pool.begin().await?;
    let before = store::count(&mut transaction).await?;
    let first = hospitals::id(0);
    let is_new = !store::is_hospital(&mut transaction, first).await?;
    add_hospitals(&mut transaction, &hospitals::seeds()).await?;
    if is_new {
        store::show_board(&mut transaction, first).await?;
    }
    add_doctors(&mut transaction, &doctors, ExistingSchedule::Extend).await?;
    transaction.commit().await?;
    patients::ensure(&pool, 0..ACCOUNTS, now).await?;
    let mut transaction = pool.begin().await?;
    add_patients(&mut transaction, &children()).await?;
    let staff = staff();
    let accounts: Vec<_> = staff.iter().map(|(account, _)| *account).collect();
    add_accounts(&mut transaction, &accounts, now).await?;
    store::add_staff(&mut transaction, &staff, Role::Receptionist, now).await?;
    let after = store::count(&mut transaction).await?;
    transaction.commit().await?;
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        writeln!(out, "{what:<12} {:>4} added, {after} in all", after - before)?;
    }
    let last = doctors.iter().map(|doctor| doctor.schedule.valid_until).max().unwrap_or_default();
    writeln!(out, "schedules reach to {last} at least")?;
    Ok(Finding::Good)
}

/// The ids of the demonstration's doctors.
pub fn doctor_ids() -> Vec<Uuid> {
    (0..DOCTORS).map(|number| doctor_id(number).uuid()).collect()
}

fn doctor_id(number: usize) -> DoctorId {
    DoctorId::from_uuid(id("doctor", number))
}

fn doctors(now: Timestamp, days: u16) -> Vec<DoctorSeed> {
    let doctor = |number: usize| {
        let hospital = number % hospitals::ALL.len();
        let (valid_from, valid_until) = span_of(now, hospitals::ALL[hospital].zone, days);
        let release = Release { days: 7, at: clock_time(8, 0) };
        let schedule = ScheduleSeed {
            step_minutes: if number.is_multiple_of(3) { 30 } else { 15 },
            first_visit_minutes: 30,
            return_visit_minutes: 15,
            seats: if number % TWO_SEATS_EVERY == 5 { 2 } else { 1 },
            release: (number % RELEASE_EVERY == 7).then_some(release),
            cutoff_minutes: 0,
            valid_from,
            valid_until,
            hours: if number == AT_EVERY_HOUR { every_hour() } else { week() },
        };
        let department = match number {
            AT_EVERY_HOUR => EMERGENCY,
            _ => DEPARTMENTS[number % DEPARTMENTS.len()],
        };
        DoctorSeed {
            id: doctor_id(number),
            hospital_id: hospitals::id(hospital),
            name: name(number * 5 + 3),
            department: department.to_owned(),
            schedule,
        }
    };
    (0..DOCTORS).map(doctor).collect()
}

/// A child for each account.
fn children() -> Vec<PatientSeed> {
    let child = |number: u32| PatientSeed {
        id: PatientId::from_uuid(id("child", number)),
        account_id: patients::account_id(number),
        own_person: false,
        name: name(number as usize * 7 + 40),
        birth_date: NaiveDate::from_ymd_opt(2019, 5, 5),
    };
    (0..ACCOUNTS).map(child).collect()
}

/// A receptionist for each hospital: account, hospital.
fn staff() -> Vec<(AccountId, HospitalId)> {
    let receptionist = |number| (AccountId::from_uuid(id("staff", number)), hospitals::id(number));
    (0..hospitals::ALL.len()).map(receptionist).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_demonstration_is_as_promised_and_always_the_same() {
        let now = domain::time::parse("2026-11-23T09:00:00+09:00").unwrap();
        let made = doctors(now, 14);
        assert_eq!((hospitals::ALL.len(), made.len()), (12, 41));
        assert_eq!(made, doctors(now, 14));
        let ids: HashSet<_> = made.iter().map(|doctor| doctor.id).collect();
        assert_eq!(ids.len(), 41);
        assert!(
            made.iter().any(|doctor| doctor.schedule.seats == 2)
                && made.iter().any(|doctor| doctor.schedule.release.is_some())
        );
        assert!(
            made.iter().any(|doctor| doctor.schedule.step_minutes == 30)
                && made.iter().any(|doctor| doctor.schedule.step_minutes == 15)
        );
        assert!(hospitals::ALL.iter().any(|hospital| hospital.zone != chrono_tz::Asia::Seoul));
        let sidos: HashSet<_> = hospitals::ALL.iter().map(|hospital| hospital.sido).collect();
        assert!(sidos.len() > 8);
    }
    /// The tour takes a number at any minute of the week; but for the last of a day, there is no other.
    #[test]
    fn the_doctor_of_the_tour_sees_patients_at_every_hour() {
        let now = domain::time::parse("2026-11-23T09:00:00+09:00").unwrap();
        let doctor = &doctors(now, 14)[AT_EVERY_HOUR];
        let tour = include_str!("../../../README.md");
        assert!(tour.contains(&format!("LINE={}", doctor.id)), "{} is not in the tour", doctor.id);
        assert_eq!(doctor.department, EMERGENCY);
        for hours in doctor.schedule.hours {
            let hours = hours.expect("every day");
            assert_eq!((hours.opens, hours.lunch), (clock_time(0, 0), None));
            assert_eq!(hours.closes.to_string(), "23:59:59");
        }
    }
}
