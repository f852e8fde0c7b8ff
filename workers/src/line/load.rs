//! Loads what decisions on tickets look at.

use domain::directory::DoctorDay;
use domain::facts::{self, Needs};
use domain::ids::{AccountId, DoctorId, HospitalId};
use domain::known::Unasked;
use domain::line::{Facts, Line, LineDay};
use domain::people;
use domain::time::Timestamp;
use platform::line::rule_store;
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};

use super::{facts_store, no_show_store};
use crate::people_store;

/// The tickets themselves, and what follows from them: their doctors, patients and lines join the needs.
pub async fn load_tickets(
    connection: &mut MySqlConnection,
    needs: &mut Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    facts.tickets.ask(needs.line.tickets.iter().copied());
    for ticket in facts_store::tickets(connection, &needs.line.tickets).await? {
        facts.tickets.insert(ticket.id, ticket);
    }
    facts.steps.ask(needs.line.steps.iter().copied());
    for (id, step) in facts_store::last_steps(connection, &needs.line.steps).await? {
        facts.steps.insert(id, step);
    }
    facts.follow(&mut needs.of_line());
    Ok(())
}

/// The rest, once directory and people are known: rules of hospitals, lines of days, accounts' live tickets, and whose turn
/// may come.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &mut Needs,
    facts: &mut facts::Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let reading = needs.line.reading(&facts.directory, &facts.people, now);
    let reading = reading.map_err(|error| sqlx::Error::Decode(error.into()))?;
    load_rules(connection, needs, &mut facts.line).await?;
    load_held(connection, &reading.accounts, &mut facts.line).await?;
    load_no_shows(connection, needs, facts, now).await?;
    let days: Vec<DoctorDay> = reading.days.into_iter().collect();
    let mut lines: HashMap<DoctorDay, LineDay> =
        facts_store::days(connection, &days).await?.into_iter().collect();
    let mut tickets: HashMap<DoctorDay, Vec<_>> = HashMap::new();
    for ticket in facts_store::live(connection, &days).await? {
        tickets.entry((ticket.doctor_id, ticket.day)).or_default().push(ticket);
    }
    let doctors: BTreeSet<DoctorId> = days.iter().map(|(doctor, _)| *doctor).collect();
    facts.line.paces.ask(doctors.iter().copied());
    for (doctor, pace) in facts_store::paces(connection, &doctors).await? {
        facts.line.paces.insert(doctor, pace);
    }
    for day in days {
        let line = lines.remove(&day).unwrap_or_default();
        let tickets = tickets.remove(&day).unwrap_or_default();
        facts.line.lines.insert(day, Line::new(line, tickets));
    }
    load_waiting(connection, needs, facts, now).await
}

/// What hospitals do about no-shows, and those of patients where that matters.
async fn load_no_shows(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut facts::Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (needs, known) = (&needs.line.no_show, &mut facts.line.no_show);
    known.rules.ask(needs.rules.iter().copied());
    let hospitals: Vec<HospitalId> = needs.rules.iter().copied().collect();
    for rule in platform::line::no_show_store::rules(connection, &hospitals).await? {
        known.rules.insert(rule.hospital_id, rule);
    }
    let unasked = |error: Unasked| sqlx::Error::Decode(error.into());
    for whose in known.reading(needs, &facts.people).map_err(unasked)? {
        let since = known.rule_of(whose.0).map_err(unasked)?.rules.matter_since(now);
        let found = no_show_store::no_shows(connection, whose, since).await?;
        known.no_shows.insert(whose, found);
    }
    Ok(())
}

/// The live tickets of accounts.
async fn load_held(
    connection: &mut MySqlConnection,
    accounts: &BTreeSet<AccountId>,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    for account in accounts {
        facts.held.insert(*account, Vec::new());
    }
    for (account, held) in facts_store::held(connection, accounts).await? {
        if let Ok(Some(known)) = facts.held.get_mut(&account) {
            known.push(held);
        }
    }
    Ok(())
}

async fn load_rules(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    let hospitals: Vec<HospitalId> = needs.line.rules.iter().copied().collect();
    facts.rules.ask(hospitals.iter().copied());
    for rule in rule_store::rules(connection, &hospitals).await? {
        facts.rules.insert(rule.hospital_id, rule);
    }
    Ok(())
}

/// The patients of lines in which the next one is called; in all lines those who wait with a number that counts among no
/// account's, since each may be told that the turn is near; and all that the end of a day looks at. Bookings join the needs.
async fn load_waiting(
    connection: &mut MySqlConnection,
    needs: &mut Needs,
    facts: &mut facts::Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut waiting = people::Needs::default();
    let day = |doctor| facts.directory.doctor(doctor).ok().flatten().map(|found| found.day_of(now));
    let called: Vec<_> = needs.line.called.iter().filter_map(|doctor| day(*doctor)).collect();
    for (day, line) in facts.line.lines.found() {
        let all = called.contains(day);
        for ticket in line.live().filter(|ticket| ticket.status.waits()) {
            if all || ticket.live_slot.is_none() {
                waiting.patients.extend(ticket.patient_id);
            }
            if all {
                needs.line.appointments.extend(ticket.booking_id);
            }
        }
    }
    let mut accounts = BTreeSet::new();
    for day in &needs.line.ending {
        let line = facts.line.lines.get(day).ok().flatten();
        let concerned = line.map(Line::concerned).unwrap_or_default();
        waiting.patients.extend(concerned.patients);
        needs.line.appointments.extend(concerned.bookings);
        accounts.extend(concerned.accounts);
    }
    accounts.retain(|account| facts.line.held.get(account).is_err());
    load_held(connection, &accounts, &mut facts.line).await?;
    people_store::load(connection, &waiting, &mut facts.people).await
}
