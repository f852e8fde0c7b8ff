//! What decisions on tickets look at: tickets, lines of doctors' days, the live tickets of accounts, rules of hospitals,
//! and bookings as far as a line may know them.

use std::collections::BTreeSet;

use super::pace::Pace;
use super::{Line, LineChange, LineRule, LiveSlot, Status, Ticket, TicketChange, no_show};
use crate::attendance::Appointment;
use crate::directory::{self, DoctorDay};
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId, TicketId};
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

/// What a step of a ticket can change, as it was before the step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Before {
    pub status: Status,
    pub priority: u8,
    pub key_at: Timestamp,
    pub arrived_at: Option<Timestamp>,
    pub called_at: Option<Timestamp>,
    pub called_after: Option<TicketId>,
    pub passed: u8,
    pub postponed: u8,
    pub booking_id: Option<BookingId>,
}

impl Before {
    pub const fn of(ticket: &Ticket) -> Self {
        Self {
            status: ticket.status,
            priority: ticket.priority,
            key_at: ticket.key_at,
            arrived_at: ticket.arrived_at,
            called_at: ticket.called_at,
            called_after: ticket.called_after,
            passed: ticket.passed,
            postponed: ticket.postponed,
            booking_id: ticket.booking_id,
        }
    }
}

/// The last step of a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastStep {
    pub by: RequestId,
    pub at: Timestamp,
    /// `None`: it was made by that.
    pub before: Option<Before>,
}

/// What is to be read, as far as the commands say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub tickets: BTreeSet<TicketId>,
    /// Whose last steps are asked for.
    pub steps: BTreeSet<TicketId>,
    /// Whose line of the present day is asked for.
    pub today: BTreeSet<DoctorId>,
    /// Hospitals all of whose lines of the present day are asked for.
    pub today_of: BTreeSet<HospitalId>,
    /// Of whose line of the present day the patients are asked for.
    pub called: BTreeSet<DoctorId>,
    /// Lines of the days of tickets.
    pub days: BTreeSet<DoctorDay>,
    /// Of whose lines the patients and the accounts' live tickets are asked for: the days end.
    pub ending: BTreeSet<DoctorDay>,
    /// Patients whose account's live tickets are asked for, and accounts whose own are.
    pub held: BTreeSet<PatientId>,
    pub held_own: BTreeSet<AccountId>,
    pub no_show: no_show::Needs,
    /// Whose rules are asked for.
    pub rules: BTreeSet<HospitalId>,
    pub appointments: BTreeSet<BookingId>,
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
        let mut today = self.today.clone();
        for hospital in &self.today_of {
            today.extend(directory.doctors_of(*hospital)?);
        }
        for doctor in &today {
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
    pub steps: Known<TicketId, LastStep>,
    pub lines: Known<DoctorDay, Line>,
    pub held: Known<AccountId, Vec<Held>>,
    pub no_show: no_show::Facts,
    /// A hospital that has set none is absent.
    pub rules: Known<HospitalId, LineRule>,
    /// Filled by the joint, from the other room.
    pub appointments: Known<BookingId, Appointment>,
    /// Of the doctors whose lines were read.
    pub paces: Known<DoctorId, Pace>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            tickets: Known::new("a ticket"),
            steps: Known::new("a ticket's last step"),
            lines: Known::new("a doctor's line"),
            held: Known::new("an account's live tickets"),
            no_show: no_show::Facts::default(),
            rules: Known::new("a hospital's rules for lines"),
            appointments: Known::new("a ticket's booking"),
            paces: Known::new("a doctor's pace"),
        }
    }
}

impl Facts {
    /// What the found tickets lead to: their doctors, patients and bookings, their lines and the
    /// rules of these.
    pub fn follow(&self, needs: &mut NeedsOf<'_, Needs>) {
        for (_, ticket) in self.tickets.found() {
            needs.directory.doctors.insert(ticket.doctor_id);
            needs.directory.hospitals.insert(ticket.hospital_id);
            needs.people.patients.extend(ticket.patient_id);
            needs.own.held.extend(ticket.patient_id);
            needs.own.held_own.extend(ticket.live_slot.map(|slot| slot.account));
            needs.own.days.insert((ticket.doctor_id, ticket.day));
            needs.own.rules.insert(ticket.hospital_id);
            needs.own.appointments.extend(ticket.booking_id);
        }
    }

    /// The line of the ticket's day.
    pub(super) fn line_of(&self, ticket: &Ticket) -> Result<&Line, Unasked> {
        self.lines.get(&(ticket.doctor_id, ticket.day))?.ok_or(Unasked("a doctor's line"))
    }

    /// The rules of the hospital: those that it has set, or the defaults.
    pub(super) fn rule_of(&self, hospital: HospitalId) -> Result<LineRule, Unasked> {
        let set = self.rules.get(&hospital)?.copied();
        Ok(set.unwrap_or_else(|| LineRule::of_defaults(hospital)))
    }

    /// Makes a change part of the facts. `by` is the request that caused it.
    pub fn apply(&mut self, change: &LineChange, by: RequestId) -> Result<(), Unasked> {
        match change {
            LineChange::Ticket(change) => self.apply_ticket(change, by),
            LineChange::Reception(change) => {
                let line = self.lines.get_mut(&change.day)?.ok_or(Unasked("a doctor's line"))?;
                line.day.reception = change.reception;
                line.day.cap = change.cap;
                line.day.version += 1;
                Ok(())
            }
            LineChange::NoShowRule(rule) => {
                self.no_show.rules.insert(rule.hospital_id, *rule);
                Ok(())
            }
            LineChange::NoShowsLifted(hospital, patient) => {
                self.no_show.no_shows.remove((*hospital, *patient));
                Ok(())
            }
            LineChange::Rule(rule) => {
                self.rules.insert(rule.hospital_id, *rule);
                Ok(())
            }
            // The booking itself is changed by the joint, and shown here again.
            LineChange::Attendance(_) => Ok(()),
            LineChange::Noted(ticket) => {
                let line = self.lines.get_mut(&(ticket.doctor_id, ticket.day))?;
                line.ok_or(Unasked("a doctor's line"))?.note(ticket);
                self.tickets.insert(ticket.id, (**ticket).clone());
                Ok(())
            }
            LineChange::Pace(change) => {
                self.paces.insert(change.doctor, change.pace.clone());
                Ok(())
            }
        }
    }

    fn apply_ticket(&mut self, change: &TicketChange, by: RequestId) -> Result<(), Unasked> {
        let (before, after) = (change.before.as_ref(), &change.after);
        let slot_before = before.and_then(|before| before.live_slot);
        if slot_before != after.live_slot {
            self.release(slot_before, after.id)?;
            if let Some(LiveSlot { account, number }) = after.live_slot
                && let Some(held) = self.held.get_mut(&account)?
            {
                held.push(Held { ticket: after.id, slot: number });
            }
        }
        let line = self.lines.get_mut(&(after.doctor_id, after.day))?;
        line.ok_or(Unasked("a doctor's line"))?.keep(before, after);
        if self.steps.get(&after.id).is_ok() {
            let (at, before) = (after.updated_at, before.map(Before::of));
            self.steps.insert(after.id, LastStep { by, at, before });
        }
        self.no_show.keep(after);
        self.tickets.insert(after.id, after.clone());
        Ok(())
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
