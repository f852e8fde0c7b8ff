//! `take_ticket`: take a number in a doctor's line of the present day. Whoever has a live ticket there already, is
//! confirmed with that one. Staff take one too: for a patient whom the
//! hospital knows, who is told, and for who comes or calls without an account, whom no row of a patient knows.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::join::{found, join, needs_of_taker, takes_one_more};
use super::rules::open_reception;
use super::{Facts, LineChange, Needs, Ticket, TicketSubject};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId, PatientId};
use crate::known::Unasked;
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
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
        needs.own.rules.insert(context.hospital_id);
        if self.walk_in {
            return;
        }
        needs_of_taker(context, self.patient_id, needs);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let patient = self.patient(facts, context)?;
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        open_reception(doctor, now)?;
        let line = facts.own.lines.get(&doctor.day_of(now))?;
        let line = line.ok_or(Unasked("a doctor's line"))?;
        if let Some(ticket) = patient.and_then(|patient| line.ticket_of(patient)) {
            return Ok(found(ticket));
        }
        takes_one_more(doctor, line, &facts.own.rule_of(doctor.hospital_id)?.rules, now)?;
        join(facts, context, (doctor, line), patient, self.sealed.as_ref(), now)
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
        let is_staffs = self.walk_in || sender.role.is_staff();
        if is_staffs && !facts.people.is_member(sender, hospital)? {
            return Err(Rejection::new(Code::NotFound).into());
        }
        if self.walk_in {
            return Ok(None);
        }
        Ok(Some(facts.people.patient_of(sender, self.patient_id, hospital)??))
    }
}
