//! What decisions on tickets look at: tickets, lines of doctors' days, the live tickets of accounts.

use std::collections::BTreeSet;

use super::{Line, LineChange, LiveSlot, Ticket};
use crate::directory::{self, DoctorDay};
use crate::ids::{AccountId, DoctorId, PatientId, TicketId};
use crate::known::{Known, Unasked};
use crate::people;
use crate::rules::NeedsOf;
use crate::time::Timestamp;

/// A live ticket of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    pub ticket: TicketId,
    pub slot: u8,
}

/// What is to be read, as far as the commands say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub tickets: BTreeSet<TicketId>,
    /// Whose line of the present day is asked for.
    pub today: BTreeSet<DoctorId>,
    /// Lines of the days of tickets.
    pub days: BTreeSet<DoctorDay>,
    /// Patients whose account's live tickets are asked for, and accounts whose own are.
    pub held: BTreeSet<PatientId>,
    pub held_own: BTreeSet<AccountId>,
}

/// What follows from the needs once directory and people are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    pub days: BTreeSet<DoctorDay>,
    pub accounts: BTreeSet<AccountId>,
}

impl Needs {
    /// The days and accounts to read at `now`. A doctor who is not there has no line, and a rule says so before it looks.
    pub fn reading(
        &self,
        directory: &directory::Facts,
        people: &people::Facts,
        now: Timestamp,
    ) -> Result<Reading, Unasked> {
        let mut reading = Reading { days: self.days.clone(), accounts: self.held_own.clone() };
        for doctor in &self.today {
            reading.days.extend(directory.doctor(*doctor)?.map(|doctor| doctor.day_of(now)));
        }
        for patient in &self.held {
            reading.accounts.extend(people.patient_account(*patient)?);
        }
        Ok(reading)
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub tickets: Known<TicketId, Ticket>,
    pub lines: Known<DoctorDay, Line>,
    pub held: Known<AccountId, Vec<Held>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            tickets: Known::new("a ticket"),
            lines: Known::new("a doctor's line"),
            held: Known::new("an account's live tickets"),
        }
    }
}

impl Facts {
    /// What the found tickets lead to: their doctors, their patients and their lines.
    pub fn follow(&self, needs: &mut NeedsOf<'_, Needs>) {
        for (_, ticket) in self.tickets.found() {
            needs.directory.doctors.insert(ticket.doctor_id);
            needs.directory.hospitals.insert(ticket.hospital_id);
            needs.people.patients.extend(ticket.patient_id);
            needs.own.held_own.extend(ticket.live_slot.map(|slot| slot.account));
            needs.own.days.insert((ticket.doctor_id, ticket.day));
        }
    }

    /// Makes a change part of the facts.
    pub fn apply(&mut self, change: &LineChange) -> Result<(), Unasked> {
        match change {
            LineChange::Ticket(change) => {
                let (before, after) = (change.before.as_ref(), &change.after);
                self.release(before.and_then(|before| before.live_slot), after.id)?;
                if let Some(LiveSlot { account, number }) = after.live_slot
                    && let Some(held) = self.held.get_mut(&account)?
                {
                    held.push(Held { ticket: after.id, slot: number });
                }
                let line = self.lines.get_mut(&(after.doctor_id, after.day))?;
                line.ok_or(Unasked("a doctor's line"))?.keep(after);
                self.tickets.insert(after.id, after.clone());
                Ok(())
            }
        }
    }

    fn release(&mut self, slot: Option<LiveSlot>, ticket: TicketId) -> Result<(), Unasked> {
        if let Some(slot) = slot
            && let Some(held) = self.held.get_mut(&slot.account)?
        {
            held.retain(|held| held.ticket != ticket);
        }
        Ok(())
    }
}
