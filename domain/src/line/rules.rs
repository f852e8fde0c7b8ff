//! Rules that the commands of this room share.

use chrono::NaiveDate;

use super::attend::told;
use super::{EndDay, Facts, LineChange, LiveSlot, Reception, Ticket, TicketChange};
use crate::code::Code;
use crate::directory::Doctor;
use crate::event::{Audience, Notice};
use crate::ids::{AccountId, DoctorId, HospitalId, TicketId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::people::{self, Role};
use crate::rejection::Rejection;
use crate::rules::{Context, Decided, FactsOf, NoDecision};
use crate::time::{self, Timestamp};

/// The doctor's day, if its reception is open at `now` by the schedule: from the beginning of its hours to their end.
pub fn open_reception(doctor: &Doctor, now: Timestamp) -> Result<NaiveDate, Rejection> {
    let (schedule, day) = (&doctor.schedule, time::day_of(now, doctor.zone()));
    match schedule.reception_on(day) {
        Some((opens, _)) if now < opens => Err(Rejection::at(Code::NotOpenYet, opens)),
        Some((_, closes)) if now < closes => match schedule.closed_until(now) {
            Some(until) => Err(Rejection::until(Code::Closed, until)),
            None => Ok(day),
        },
        _ => Err(closed(doctor, now)),
    }
}

/// Who may change what a hospital has set for its lines.
pub const RULE_EDITORS: [Role; 2] = [Role::Director, Role::Receptionist];

/// Refuses whoever does not work there, and whoever does in another role than those.
pub(super) fn may_edit_rules(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
) -> Result<(), NoDecision> {
    if !facts.people.is_member(context.sender, context.hospital_id)? {
        return Err(Rejection::new(Code::NotFound).into());
    }
    if !RULE_EDITORS.contains(&context.sender.role) {
        return Err(Rejection::new(Code::Forbidden).into());
    }
    Ok(())
}

/// Closed until the next day with hours.
fn closed(doctor: &Doctor, now: Timestamp) -> Rejection {
    let day = time::day_of(now, doctor.zone());
    Rejection { until: doctor.schedule.next_reception(day), ..Rejection::new(Code::Closed) }
}

/// The line takes a ticket at `now`, as far as the desk has a say.
pub(super) fn takes_tickets(
    doctor: &Doctor,
    reception: Reception,
    now: Timestamp,
) -> Result<(), Rejection> {
    match reception {
        Reception::Closed => Err(closed(doctor, now)),
        Reception::Paused { until } if until.is_none_or(|until| now < until) => {
            Err(Rejection { until, ..Rejection::new(Code::Paused) })
        }
        Reception::Open | Reception::Paused { .. } => Ok(()),
    }
}

/// The lowest free one of the account's live tickets, if it has fewer than the hospital allows. Those of all hospitals are
/// counted, each of which has a limit of its own.
pub(super) fn live_slot(
    facts: &Facts,
    account: AccountId,
    hospital: HospitalId,
) -> Result<LiveSlot, NoDecision> {
    let max = facts.rule_of(hospital)?.rules.max_live_tickets;
    let held = facts.held.get(&account)?.map_or(&[][..], Vec::as_slice);
    let free = |number: &u8| !held.iter().any(|held| held.slot == *number);
    let number = (0..max).find(free).filter(|_| held.len() < usize::from(max));
    let number = number.ok_or_else(|| Rejection::new(Code::TooManyBookings))?;
    Ok(LiveSlot { account, number })
}

/// The ticket, if the sender may act on it.
pub(super) fn own_ticket<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: TicketId,
) -> Result<&'f Ticket, NoDecision> {
    let nothing = || Rejection::new(Code::NotFound);
    let ticket = facts.own.tickets.get(&id)?.ok_or_else(nothing)?;
    let may = match ticket.patient_id {
        _ if ticket.hospital_id != context.hospital_id => false,
        Some(patient) => facts.people.may_act_for(context.sender, patient, ticket.hospital_id)?,
        None => facts.people.is_member(context.sender, ticket.hospital_id)?,
    };
    if may { Ok(ticket) } else { Err(nothing().into()) }
}

/// The ticket of that doctor's line, if the sender works at the hospital.
pub(super) fn staff_ticket<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: TicketId,
    doctor: DoctorId,
) -> Result<&'f Ticket, NoDecision> {
    let nothing = || Rejection::new(Code::NotFound);
    let ticket = facts.own.tickets.get(&id)?.ok_or_else(nothing)?;
    let here = ticket.hospital_id == context.hospital_id && ticket.doctor_id == doctor;
    let may = here && facts.people.is_member(context.sender, ticket.hospital_id)?;
    if may { Ok(ticket) } else { Err(nothing().into()) }
}

/// The ticket is not as the command needs it: how it is.
pub(super) fn present(ticket: &Ticket) -> Rejection {
    let revision = Some(ticket.revision);
    Rejection { revision, ..Rejection::conflict(ticket.status.as_str()) }
}

/// A ticket that was over is live again, if its patient has no other on that doctor's day and, unless it is a booking's, its
/// account has room.
pub(super) fn live_again(
    facts: &FactsOf<'_, Facts>,
    ticket: &mut Ticket,
) -> Result<(), NoDecision> {
    let Some(patient) = ticket.patient_id else { return Ok(()) };
    if let Some(other) = facts.own.line_of(ticket)?.ticket_of(patient) {
        let ticket = Some(other.id);
        return Err(Rejection { ticket, ..present(other) }.into());
    }
    if ticket.booking_id.is_none()
        && let Some(account) = facts.people.patient_account(patient)?
    {
        ticket.live_slot = Some(live_slot(facts.own, account, ticket.hospital_id)?);
    }
    Ok(())
}

/// The command is confirmed with this change, which its booking is told. Where staff acted, the patient's account is told with
/// a document of its own: the request is the staff's. Who comes to wait will not wait for ever: the day of the line has its end.
pub(super) fn confirmed(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    change: TicketChange,
    code: Option<NoticeCode>,
) -> Result<Decided<Ticket, LineChange>, NoDecision> {
    let ticket = change.after.clone();
    let notice = code.map(|code| notice_of(facts, context, &ticket, code)).transpose()?;
    let notices = notice.flatten().into_iter().collect();
    let doctor = facts.directory.doctor(ticket.doctor_id)?;
    let timers = EndDay::timer(doctor, change.before.as_ref(), &ticket).into_iter().collect();
    let told = told(facts.own, &change, ticket.updated_at)?;
    let changes = [vec![LineChange::Ticket(Box::new(change))], told].concat();
    Ok(Decided { confirmed: ticket, changes, notices, timers })
}

/// What the patient's account is told of the ticket, unless it sent the command itself.
pub(super) fn notice_of(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    ticket: &Ticket,
    code: NoticeCode,
) -> Result<Option<Notice>, Unasked> {
    let account = account_of(facts, ticket)?.filter(|account| *account != context.sender.caller);
    let Some(account) = account else { return Ok(None) };
    let zone = facts.directory.zone(ticket.hospital_id)?;
    Ok(Some(Notice::new(Audience::Account(account), code, "ticket", &ticket.view(zone))))
}

/// The account that the ticket's patient belongs to.
fn account_of(facts: &FactsOf<'_, Facts>, ticket: &Ticket) -> Result<Option<AccountId>, Unasked> {
    ticket.patient_id.map_or(Ok(None), |patient| facts.people.patient_account(patient))
}

/// The account that is told of the ticket: the one among whose live tickets it counts, else the patient's.
pub(super) fn told_account(
    people: &people::Facts,
    ticket: &Ticket,
) -> Result<Option<AccountId>, Unasked> {
    match (ticket.live_slot, ticket.patient_id) {
        (Some(slot), _) => Ok(Some(slot.account)),
        (None, Some(patient)) => people.patient_account(patient),
        (None, None) => Ok(None),
    }
}
