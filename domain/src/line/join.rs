//! A number of a line is taken: what the ways of taking one share.

use super::capacity::has_room;
use super::rules::{confirmed, live_slot, open_reception, takes_tickets};
use super::{
    Facts, HospitalRules, Line, LineChange, Needs, Notes, Status, Ticket, TicketChange,
    USUAL_PRIORITY,
};
use crate::directory::Doctor;
use crate::ids::{PatientId, TicketId};
use crate::notice::NoticeCode;
use crate::people::{Channel, Role};
use crate::rejection::Rejection;
use crate::rules::{Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Asks whose number it is to be, with the live tickets and no-shows that may stand against it. `patient` is `None` for the
/// own person of the account.
pub(super) fn needs_of_taker(
    context: &Context<'_>,
    patient: Option<PatientId>,
    needs: &mut NeedsOf<'_, Needs>,
) {
    needs.own.no_show.taker(context, patient);
    if let Some(patient) = patient {
        needs.people.patients.insert(patient);
        needs.own.held.insert(patient);
    } else {
        needs.people.own_patients.insert(context.sender.for_account);
        needs.own.held_own.insert(context.sender.for_account);
    }
}

/// The line takes a ticket at `now`: by the doctor's hours, the desk's word, and the room that it has.
pub(super) fn takes_one_more(
    doctor: &Doctor,
    line: &Line,
    rules: &HospitalRules,
    now: Timestamp,
) -> Result<(), Rejection> {
    open_reception(doctor, now)?;
    takes_tickets(doctor, line.day.reception, now)?;
    has_room(doctor, line, rules, now)
}

/// The ticket that is there already.
pub(super) fn found(ticket: &Ticket) -> Decided<Ticket, LineChange> {
    Decided::nothing(ticket.clone())
}

/// Takes the next number of the line, which has room for it. `patient` is `None` for a walk-in whom no row knows; who is at the desk is
/// there.
pub(super) fn join(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    (doctor, line): (&Doctor, &Line),
    patient: Option<PatientId>,
    sealed: Option<&String>,
    now: Timestamp,
) -> Result<Decided<Ticket, LineChange>, NoDecision> {
    let (sender, hospital_id) = (context.sender, doctor.hospital_id);
    if let (Some(patient), Role::Patient) = (patient, sender.role) {
        facts.own.no_show.allows(hospital_id, patient, now)?;
    }
    let account = patient.map(|patient| facts.people.patient_account(patient)).transpose()?;
    let live_slot = account.flatten().map(|account| live_slot(facts.own, account, hospital_id));
    let live_slot = live_slot.transpose()?;
    let is_there = sender.role.is_staff() && sender.channel == Channel::Desk;
    let (doctor_id, day) = doctor.day_of(now);
    let made = Ticket {
        id: TicketId::of(context.request_id, now),
        account_id: sender.caller,
        patient_id: patient,
        booking_id: None,
        live_slot,
        hospital_id,
        doctor_id,
        day,
        number: line.day.next_number,
        priority: USUAL_PRIORITY,
        key_at: line.next_key(now),
        status: if is_there { Status::Arrived } else { Status::Booked },
        arrived_at: is_there.then_some(now),
        called_at: None,
        called_after: None,
        passed: 0,
        postponed: 0,
        identity_checked: false,
        request_id: context.request_id,
        channel: sender.channel,
        revision: 1,
        created_at: now,
        updated_at: now,
        sealed: sealed.map(|text| text.as_bytes().to_vec()),
        notes: Notes::default(),
    };
    let change = TicketChange { before: None, after: made, reason: None };
    confirmed(facts, context, change, Some(NoticeCode::TicketTaken))
}
