//! Gathers the facts of a batch into a [`World`]. Days of doctors are kept between batches: all that
//! changes them comes through this partition, and the epoch in each transaction proves that
//! nobody else owns it. Anything that goes wrong empties what is kept.

use chrono::NaiveDate;
use domain::command::{Command, Kind};
use domain::doctor_day::TakenTime;
use domain::ids::DoctorId;
use domain::time::{self, Timestamp};
use domain::world::World;
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

use crate::directory::Directory;
use crate::store_facts::{self, DayRange, day_range};

/// Doctor-days held between batches; from it on all are let go before the next.
const MOST_DAYS: usize = 20_000;

pub type DoctorDay = (DoctorId, NaiveDate);

/// Doctor-days as the last commit left them.
#[derive(Default)]
pub struct Days(HashMap<DoctorDay, Day>);

/// Taken time and its revision.
#[derive(Clone, Debug, Default)]
pub struct Day {
    pub revision: u64,
    pub taken: TakenTime,
}

impl Days {
    pub fn get(&self, day: DoctorDay) -> Option<&Day> {
        self.0.get(&day)
    }

    pub fn put(&mut self, day: DoctorDay, state: Day) {
        self.0.insert(day, state);
    }

    /// Lets all go if there are too many. Before a batch asks which it knows, never while it decides: a day let go then would
    /// look free.
    fn make_room(&mut self) {
        if self.0.len() >= MOST_DAYS {
            self.0.clear();
        }
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// All that the decisions on `commands` will look at.
pub async fn gather(
    connection: &mut MySqlConnection,
    directory: &Directory,
    days: &mut Days,
    commands: &[&Command],
    now: Timestamp,
) -> Result<World, sqlx::Error> {
    let mut world = World::default();
    let ids: Vec<Uuid> = distinct(
        commands
            .iter()
            .filter_map(|command| command.kind.booking_id())
            .map(domain::ids::BookingId::uuid),
    );
    for booking in store_facts::bookings(connection, &ids).await? {
        world.bookings.insert(booking.id, booking);
    }
    let doctors = commands
        .iter()
        .filter_map(|command| command.kind.doctor_id())
        .chain(world.bookings.values().map(|b| b.doctor_id));
    let doctors: Vec<DoctorId> = doctors.collect::<BTreeSet<_>>().into_iter().collect();
    world.doctors = directory.doctors(&doctors).await?;
    gather_patients(connection, &mut world, commands, now).await?;
    gather_days(connection, &mut world, days, commands).await?;
    Ok(world)
}

async fn gather_patients(
    connection: &mut MySqlConnection,
    world: &mut World,
    commands: &[&Command],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (mut named, mut unnamed) = (Vec::new(), Vec::new());
    for command in commands {
        match &command.kind {
            Kind::Book { patient_id: Some(patient), .. } => named.push(patient.uuid()),
            Kind::Book { patient_id: None, .. } => unnamed.push(command.account_id.uuid()),
            _ => {}
        }
    }
    // A patient may be named and an account's own person as well: then the times come twice.
    named.extend(world.bookings.values().map(|booking| booking.patient_id.uuid()));
    let (named, unnamed) = (distinct(named.into_iter()), distinct(unnamed.into_iter()));
    for row in store_facts::patients(connection, &named, &unnamed, now).await? {
        if let Some(account) = row.account {
            world.guardians.insert(row.id, account);
            if row.own {
                world.selves.insert(account, row.id);
            }
        }
        let known = world.busy.entry(row.id).or_default();
        known.extend(
            row.busy.filter(|busy| !known.iter().any(|other| other.booking_id == busy.booking_id)),
        );
    }
    Ok(())
}

async fn gather_days(
    connection: &mut MySqlConnection,
    world: &mut World,
    days: &mut Days,
    commands: &[&Command],
) -> Result<(), sqlx::Error> {
    let mut wanted: BTreeSet<DoctorDay> =
        world.bookings.values().filter_map(|booking| world.day_of(booking)).collect();
    for command in commands {
        if let Kind::Book { doctor_id, starts_at, .. }
        | Kind::Reschedule { doctor_id, starts_at, .. } = &command.kind
            && let Some(doctor) = world.doctors.get(doctor_id)
        {
            wanted.insert((*doctor_id, time::day_of(*starts_at, doctor.zone())));
        }
    }
    days.make_room();
    let missing: Vec<DayRange> = wanted
        .iter()
        .filter(|day| days.get(**day).is_none())
        .filter_map(|(doctor, day)| Some(day_range(world.doctors.get(doctor)?, *day)))
        .collect();
    load_days(connection, world, days, &missing).await?;
    for day in wanted {
        let state = days
            .get(day)
            .ok_or_else(|| sqlx::Error::Decode("a doctor's day was not read".into()))?;
        world.taken.insert(day, state.taken.clone());
    }
    Ok(())
}

async fn load_days(
    connection: &mut MySqlConnection,
    world: &World,
    days: &mut Days,
    missing: &[DayRange],
) -> Result<(), sqlx::Error> {
    let revisions = store_facts::revisions(connection, missing).await?;
    let mut loaded: HashMap<DoctorDay, Day> = missing
        .iter()
        .map(|range| (range.doctor, range.day))
        .map(|day| {
            (
                day,
                Day {
                    revision: revisions.get(&day).copied().unwrap_or(0),
                    taken: TakenTime::default(),
                },
            )
        })
        .collect();
    for (doctor, taken) in store_facts::taken(connection, missing).await? {
        let Some(zone) = world.doctors.get(&doctor).map(|doctor| doctor.zone()) else { continue };
        if let Some(day) = loaded.get_mut(&(doctor, time::day_of(taken.starts_at, zone))) {
            day.taken.add(taken);
        }
    }
    for (day, state) in loaded {
        days.put(day, state);
    }
    Ok(())
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_let_go_between_batches_only() {
        let mut days = Days::default();
        let day = |n: usize| {
            (DoctorId::fresh(), NaiveDate::default() + chrono::Days::new(n as u64 % 365))
        };
        let kept: Vec<DoctorDay> = (0..=MOST_DAYS).map(day).collect();
        for day in &kept {
            days.put(*day, Day::default());
        }
        assert!(
            kept.iter().all(|day| days.get(*day).is_some()),
            "a batch finds all that it has read"
        );
        days.make_room();
        assert!(days.get(kept[0]).is_none());
    }
}
