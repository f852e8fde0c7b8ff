//! Loads what decisions on bookings look at.

use domain::booking::{Facts, TakenTime};
use domain::directory::DoctorDay;
use domain::facts::{self, Needs};
use domain::hold_limits::HoldLimits;
use domain::ids::{AccountId, BookingId};
use domain::time::{self, Timestamp};
use platform::booking::taken_store::TimeRange;
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};

use super::DayCache;
use super::days::Day;
use super::facts_store::{self, Times, Wanted};

/// The bookings themselves, as far as they are not read yet, and what follows from them: their doctors and patients join
/// the needs.
pub async fn load_bookings(
    connection: &mut MySqlConnection,
    needs: &mut Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    let asked = needs.booking.bookings.iter().copied();
    let unread: BTreeSet<BookingId> = asked.filter(|id| facts.bookings.get(id).is_err()).collect();
    facts.bookings.ask(unread.iter().copied());
    for booking in facts_store::bookings(connection, &unread).await? {
        facts.bookings.insert(booking.id, booking);
    }
    let unread: BTreeSet<BookingId> = {
        let asked = needs.booking.steps.iter().copied();
        asked.filter(|id| facts.steps.get(id).is_err()).collect()
    };
    facts.steps.ask(unread.iter().copied());
    for (id, step) in facts_store::last_steps(connection, &unread).await? {
        facts.steps.insert(id, step);
    }
    facts.follow(&mut needs.of_booking());
    Ok(())
}

/// The rest, once directory and people are known: patients' times from `now` on, and doctors' days.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut facts::Facts,
    kept: &mut DayCache,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let reading = needs.booking.reading(&facts.directory, &facts.people);
    let reading = reading.map_err(|error| sqlx::Error::Decode(error.into()))?;
    for patient in &reading.patients {
        facts.booking.busy.insert(*patient, Vec::new());
    }
    for place in &reading.accounts {
        facts.booking.open.insert(*place, BTreeSet::new());
    }
    let counted: BTreeSet<AccountId> =
        reading.accounts.iter().map(|(account, _)| *account).collect();
    for (patient, known) in facts.people.patients.found() {
        let account = known.account.filter(|account| counted.contains(account));
        facts.booking.accounts.extend(account.map(|account| (*patient, account)));
    }
    kept.make_room();
    let missing: Vec<DoctorDay> =
        reading.days.iter().copied().filter(|day| kept.get(*day).is_none()).collect();
    let found = |id| facts.directory.doctor(id).ok().flatten();
    let ranges = missing.iter().filter_map(|(id, day)| TimeRange::of_day(found(*id)?, *day));
    let ranges: Vec<TimeRange> = ranges.collect();
    let (patients, accounts) = (&reading.patients, &reading.accounts);
    let wanted = Wanted { patients, accounts, now, days: &missing, ranges: &ranges };
    let times = facts_store::times(connection, &wanted).await?;
    keep_days(facts, kept, &missing, &times);
    for (patient, busy) in times.busy {
        if let Ok(Some(known)) = facts.booking.busy.get_mut(&patient) {
            known.push(busy);
        }
    }
    for (place, booking) in times.open {
        if let Ok(Some(open)) = facts.booking.open.get_mut(&place) {
            open.insert(booking);
        }
    }
    load_holds(connection, needs, &mut facts.booking, now).await?;
    load_over(connection, &reading.days, facts, kept, now).await?;
    for day in reading.days {
        let unread = || sqlx::Error::Decode("a doctor's day was not read".into());
        facts.booking.taken.insert(day, kept.get(day).ok_or_else(unread)?.taken.clone());
    }
    Ok(())
}

async fn load_holds(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let accounts = &needs.booking.holders;
    for account in accounts {
        facts.holds.insert(*account, Vec::new());
    }
    let since = now - HoldLimits::COUNTED;
    for (account, hold) in facts_store::holds(connection, accounts, since).await? {
        if let Ok(Some(holds)) = facts.holds.get_mut(&account) {
            holds.push(hold);
        }
    }
    Ok(())
}

/// Holds on these days that are over, and that nobody has ended: whoever takes their time ends them.
async fn load_over(
    connection: &mut MySqlConnection,
    days: &BTreeSet<DoctorDay>,
    facts: &mut facts::Facts,
    kept: &DayCache,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let over = |day: &&DoctorDay| kept.get(**day).is_some_and(|day| day.taken.has_over(now));
    let found = |id| facts.directory.doctor(id).ok().flatten();
    let ranges = days.iter().filter(over);
    let ranges = ranges.filter_map(|(id, day)| TimeRange::of_day(found(*id)?, *day));
    let ranges: Vec<TimeRange> = ranges.collect();
    if ranges.is_empty() {
        return Ok(());
    }
    for booking in facts_store::over(connection, &ranges, now).await? {
        if facts.booking.bookings.get(&booking.id).is_err() {
            facts.booking.bookings.insert(booking.id, booking);
        }
    }
    Ok(())
}

/// Days as they were read, whether anything was found of them or not.
fn keep_days(facts: &facts::Facts, kept: &mut DayCache, missing: &[DoctorDay], times: &Times) {
    let revision = |day: &DoctorDay| times.revisions.get(day).copied().unwrap_or(0);
    let fresh = |day: &DoctorDay| Day { revision: revision(day), taken: TakenTime::default() };
    let mut loaded: HashMap<DoctorDay, Day> =
        missing.iter().map(|day| (*day, fresh(day))).collect();
    for (id, taken) in &times.taken {
        let Ok(Some(doctor)) = facts.directory.doctor(*id) else { continue };
        if let Some(day) = loaded.get_mut(&(*id, time::day_of(taken.starts_at, doctor.zone()))) {
            day.taken.add(*taken);
        }
    }
    for (day, state) in loaded {
        kept.put(day, state);
    }
}
