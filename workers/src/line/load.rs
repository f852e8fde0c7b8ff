//! Loads what decisions on tickets look at.

use domain::directory::DoctorDay;
use domain::facts::{self, Needs};
use domain::ids::DoctorId;
use domain::line::{Facts, Line, LineDay};
use domain::people;
use domain::time::Timestamp;
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};

use super::facts_store;
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

/// The rest, once directory and people are known: lines of days, accounts' live tickets, and whose turn may come.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut facts::Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let reading = needs.line.reading(&facts.directory, &facts.people, now);
    let reading = reading.map_err(|error| sqlx::Error::Decode(error.into()))?;
    for account in &reading.accounts {
        facts.line.held.insert(*account, Vec::new());
    }
    for (account, held) in facts_store::held(connection, &reading.accounts).await? {
        if let Ok(Some(known)) = facts.line.held.get_mut(&account) {
            known.push(held);
        }
    }
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

/// The patients of lines in which the next one is called; and in all lines those who wait with a number that counts among
/// no account's: each may be told that the turn is near.
async fn load_waiting(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut facts::Facts,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut waiting = people::Needs::default();
    let day = |doctor| facts.directory.doctor(doctor).ok().flatten().map(|found| found.day_of(now));
    let called: Vec<_> = needs.line.called.iter().filter_map(|doctor| day(*doctor)).collect();
    for (day, line) in facts.line.lines.found() {
        let all = called.contains(day);
        let tickets = line.live().filter(|ticket| ticket.status.waits());
        let told = tickets.filter(|ticket| all || ticket.live_slot.is_none());
        waiting.patients.extend(told.filter_map(|ticket| ticket.patient_id));
    }
    people_store::load(connection, &waiting, &mut facts.people).await
}
