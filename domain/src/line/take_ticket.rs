//! `take_ticket`: take a number in a doctor's line of the present day. Whoever has a live ticket there already, is
//! confirmed with that one. Staff take one too for who comes or calls without an account, whom no row of a patient knows.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, live_slot, open_reception, takes_tickets};
use super::{
    Facts, LineChange, Needs, Notes, Status, Ticket, TicketChange, TicketSubject, USUAL_PRIORITY,
};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId, PatientId, TicketId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::people::Channel;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Take a number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakeTicket {
    pub doctor_id: DoctorId,
    /// `None`: the own person of the account for which it is taken.
    pub patient_id: Option<PatientId>,
    /// Reason and phone, sealed by ingress.
    pub sealed: Option<String>,
    /// Staff take it for somebody whom no row of a patient knows.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub walk_in: bool,
}

impl CommandRules for TakeTicket {
    const NAME: &'static str = "take_ticket";
    const TIME_TO_LIVE: Option<TimeDelta> = Some(TimeDelta::minutes(10));

    type Subject = TicketSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Ticket;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TicketSubject {
        let (command, doctor_id) = (Self::NAME, self.doctor_id);
        TicketSubject { command, hospital_id, doctor_id, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
        if self.walk_in {
            return;
        }
        if let Some(patient) = self.patient_id {
            needs.people.patients.insert(patient);
            needs.own.held.insert(patient);
        } else {
            needs.people.own_patients.insert(context.sender.for_account);
            needs.own.held_own.insert(context.sender.for_account);
        }
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let patient_id = self.patient(facts, context)?;
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        let day = open_reception(doctor, now)?;
        let line = facts.own.lines.get(&(self.doctor_id, day))?;
        let line = line.ok_or(Unasked("a doctor's line"))?;
        if let Some(ticket) = patient_id.and_then(|patient| line.ticket_of(patient)) {
            let (changes, notices) = (Vec::new(), Vec::new());
            return Ok(Decided { confirmed: ticket.clone(), changes, notices });
        }
        takes_tickets(doctor, line.day.reception, now)?;
        let live_slot = match patient_id {
            Some(_) => Some(live_slot(facts.own, context.sender.for_account)?),
            None => None,
        };
        let is_there = self.walk_in && context.sender.channel == Channel::Desk;
        let made = Ticket {
            id: TicketId::of(context.request_id, now),
            account_id: context.sender.caller,
            patient_id,
            live_slot,
            hospital_id: doctor.hospital_id,
            doctor_id: self.doctor_id,
            day,
            number: line.day.next_number,
            priority: USUAL_PRIORITY,
            key_at: now,
            status: if is_there { Status::Arrived } else { Status::Booked },
            arrived_at: is_there.then_some(now),
            called_at: None,
            called_after: None,
            passed: 0,
            request_id: context.request_id,
            channel: context.sender.channel,
            revision: 1,
            created_at: now,
            updated_at: now,
            sealed: self.sealed.as_ref().map(|text| text.as_bytes().to_vec()),
            notes: Notes::default(),
        };
        let change = TicketChange { before: None, after: made, reason: None };
        confirmed(facts, context, change, Some(NoticeCode::TicketTaken))
    }
}

impl TakeTicket {
    /// Whose ticket it is to be; `None`: a walk-in's, whom staff alone may add.
    fn patient(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
    ) -> Result<Option<PatientId>, NoDecision> {
        let (sender, hospital) = (context.sender, context.hospital_id);
        if self.walk_in {
            let may = facts.people.is_member(sender, hospital)?;
            return if may { Ok(None) } else { Err(Rejection::new(Code::NotFound).into()) };
        }
        let patient = facts.people.patient_of(sender, self.patient_id, hospital)?;
        patient.map(Some).ok_or_else(|| Rejection::invalid("patient_id").into())
    }
}
