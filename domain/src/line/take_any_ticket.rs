//! `take_any_ticket`: take a number at a hospital without naming a doctor. The hospital's rule says to whom the patient goes, among
//! those whose lines take one. Whoever has a live ticket of any doctor there, is confirmed with that one.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::capacity::consultation;
use super::join::{found, join, needs_of_taker, takes_one_more};
use super::{Assign, Facts, Line, LineChange, Needs, Ticket, TicketSubject};
use crate::code::Code;
use crate::directory::Doctor;
use crate::ids::{DoctorId, HospitalId, PatientId};
use crate::known::Unasked;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Take a number with any doctor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakeAnyTicket {
    /// `None`: the own person of the account for which it is taken.
    pub patient_id: Option<PatientId>,
    /// Reason and phone, sealed by ingress.
    pub sealed: Option<String>,
}

impl CommandRules for TakeAnyTicket {
    const NAME: &'static str = "take_any_ticket";
    const TIME_TO_LIVE: Option<TimeDelta> = Some(TimeDelta::minutes(10));

    type Subject = TicketSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Ticket;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> TicketSubject {
        TicketSubject { command: Self::NAME, hospital_id, doctor_id: None, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors_of.insert(context.hospital_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today_of.insert(context.hospital_id);
        needs.own.rules.insert(context.hospital_id);
        needs_of_taker(context, self.patient_id, needs);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let hospital = context.hospital_id;
        let patient = facts.people.patient_of(context.sender, self.patient_id, hospital)??;
        let rules = facts.own.rule_of(hospital)?.rules;
        let (mut open, mut refusals) = (Vec::new(), Vec::new());
        for id in facts.directory.doctors_of(hospital)? {
            let Some(doctor) = facts.directory.doctor(*id)? else { continue };
            let line = facts.own.lines.get(&doctor.day_of(now))?;
            let line = line.ok_or(Unasked("a doctor's line"))?;
            if let Some(ticket) = line.ticket_of(patient) {
                return Ok(found(ticket));
            }
            match takes_one_more(doctor, line, &rules, now) {
                Ok(()) => open.push((doctor, line)),
                Err(refusal) => refusals.push(refusal),
            }
        }
        let chosen = open.into_iter().min_by_key(|(doctor, line)| wait(rules.assign, doctor, line));
        let Some(chosen) = chosen else { return Err(first_to_end(refusals).into()) };
        join(facts, context, chosen, Some(patient), self.sealed.as_ref(), now)
    }
}

/// What is least where the patient goes; with equal ones, to the doctor of the lower id.
fn wait(assign: Assign, doctor: &Doctor, line: &Line) -> (TimeDelta, usize, DoctorId) {
    let patients = i32::try_from(line.live_count()).unwrap_or(i32::MAX);
    let seats = i32::from(doctor.schedule.seats.max(1));
    let work = consultation(doctor, &line.day).checked_mul(patients).unwrap_or(TimeDelta::MAX);
    let estimate = match assign {
        Assign::ShortestEstimate => work / seats,
        Assign::FewestAhead => TimeDelta::zero(),
    };
    (estimate, line.waiting().len(), doctor.id)
}

/// Of why each doctor's line takes none, the reason that ends first. A hospital without doctors is closed.
fn first_to_end(refusals: Vec<Rejection>) -> Rejection {
    let ends = |refusal: &Rejection| {
        let at = refusal.at.or(refusal.until);
        (at.is_none(), at)
    };
    refusals.into_iter().min_by_key(ends).unwrap_or_else(|| Rejection::new(Code::Closed))
}
