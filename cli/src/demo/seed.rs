//! `docde seed`: the demonstration. A second run changes nothing; on a later day it only makes the
//! schedules reach further.

use chrono::NaiveTime;
use domain::schedule::Release;
use domain::time::Timestamp;
use uuid::Uuid;

use super::{DEPARTMENTS, NewDoctor, WEEK, hospitals, id, name, patients, span_of, store};
use crate::failure::CliError;
use crate::{Context, Out, Verdict};

/// Doctors in all, over the hospitals in turn.
const DOCTORS: usize = 40;
/// Accounts, each with its own person and a child.
const ACCOUNTS: u32 = 20;
/// One doctor in so many sees two patients at a time.
const TWO_SEATS_EVERY: usize = 8;
/// One doctor in so many opens a day only a week before, at 08:00.
const RELEASE_EVERY: usize = 20;

pub async fn run(context: &Context, days: u16, out: Out<'_>) -> Result<Verdict, CliError> {
    let pool = context.pool()?;
    let now = context.clock.now();
    let doctors = doctors(now, days)?;
    let mut transaction = pool.begin().await?;
    let before = store::count(&mut transaction).await?;
    store::add_hospitals(&mut transaction, hospitals::ALL).await?;
    store::add_doctors(&mut transaction, &doctors).await?;
    store::add_schedules(&mut transaction, &doctors, store::Schedules::Extend).await?;
    transaction.commit().await?;
    patients::ensure(&pool, 0..ACCOUNTS, now).await?;
    let mut transaction = pool.begin().await?;
    store::add_children(&mut transaction, &children()).await?;
    store::add_staff(&mut transaction, &staff(), now).await?;
    let after = store::count(&mut transaction).await?;
    transaction.commit().await?;
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        writeln!(out, "{what:<12} {:>4} added, {after} in all", after - before)?;
    }
    let last = doctors.iter().map(|doctor| doctor.valid_until).max().unwrap_or_default();
    writeln!(out, "schedules reach to {last} at least")?;
    Ok(Verdict::Good)
}

/// The ids of the demonstration's doctors.
pub fn doctor_ids() -> Vec<Uuid> {
    (0..DOCTORS).map(|number| id("doctor", number)).collect()
}

fn doctors(now: Timestamp, days: u16) -> Result<Vec<NewDoctor>, CliError> {
    let doctor = |number: usize| {
        let hospital = number % hospitals::ALL.len();
        let (valid_from, valid_until) = span_of(now, hospitals::ALL[hospital].zone, days)?;
        let release = Release { days: 7, at: NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default() };
        Ok(NewDoctor {
            id: id("doctor", number),
            hospital_id: hospitals::id(hospital),
            name: name(number * 5 + 3),
            department: DEPARTMENTS[number % DEPARTMENTS.len()],
            step: if number.is_multiple_of(3) { 30 } else { 15 },
            first: 30,
            again: 15,
            seats: if number % TWO_SEATS_EVERY == 5 { 2 } else { 1 },
            release: (number % RELEASE_EVERY == 7).then_some(release),
            valid_from,
            valid_until,
            hours: &WEEK,
        })
    };
    (0..DOCTORS).map(doctor).collect()
}

/// A child for each account: id, account, name.
fn children() -> Vec<(Uuid, Uuid, String)> {
    let child = |number: u32| {
        (id("child", number), patients::account_id(number), name(number as usize * 7 + 40))
    };
    (0..ACCOUNTS).map(child).collect()
}

/// A receptionist for each hospital: account, hospital.
fn staff() -> Vec<(Uuid, Uuid)> {
    (0..hospitals::ALL.len()).map(|number| (id("staff", number), hospitals::id(number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_demonstration_is_as_promised_and_always_the_same() {
        let now = domain::time::parse("2026-11-23T09:00:00+09:00").unwrap();
        let made = doctors(now, 14).unwrap();
        assert_eq!((hospitals::ALL.len(), made.len()), (12, 40));
        assert_eq!(made, doctors(now, 14).unwrap());
        let ids: HashSet<_> = made.iter().map(|doctor| doctor.id).collect();
        assert_eq!(ids.len(), 40);
        assert!(
            made.iter().any(|doctor| doctor.seats == 2)
                && made.iter().any(|doctor| doctor.release.is_some())
        );
        assert!(
            made.iter().any(|doctor| doctor.step == 30)
                && made.iter().any(|doctor| doctor.step == 15)
        );
        assert!(hospitals::ALL.iter().any(|hospital| hospital.zone != "Asia/Seoul"));
        let sidos: HashSet<_> = hospitals::ALL.iter().map(|hospital| hospital.sido).collect();
        assert!(sidos.len() > 8);
    }
}
