//! Rules that the commands of this room share. The order in which a command asks them is the order in which a person
//! would want to be told: is it theirs, is the time real, is it open, is it too late, may they, is it free.

use serde::Serialize;
use std::collections::BTreeSet;

use super::taken_time::nearest;
use super::{Booking, BookingChange, BookingView, Facts, Status, TakenTime};
use crate::code::Code;
use crate::directory::Doctor;
use crate::event::{Audience, Notice};
use crate::ids::{BookingId, PatientId};
use crate::known::Unasked;
use crate::people::{Channel, Role, Sender};
use crate::rejection::Rejection;
use crate::rules::{Context, Decided, FactsOf, NoDecision};
use crate::schedule::{NotOffered, Slot, Visit};
use crate::time::{self, Timestamp};

/// Alternatives offered with `SLOT_TAKEN`.
pub const ALTERNATIVES: usize = 3;

/// The slot, if the schedule offers it and `now` lies between its opening and its cut-off; for staff, its start.
pub(super) fn open_slot_for(
    sender: &Sender,
    doctor: &Doctor,
    starts_at: Timestamp,
    visit: Visit,
    now: Timestamp,
) -> Result<Slot, Rejection> {
    open_slot(doctor, starts_at, visit, sender.role.is_staff(), now)
}

/// See [`open_slot_for`]; also before the queue.
pub fn open_slot(
    doctor: &Doctor,
    starts_at: Timestamp,
    visit: Visit,
    is_staff: bool,
    now: Timestamp,
) -> Result<Slot, Rejection> {
    let schedule = &doctor.schedule;
    let slot = schedule.slot_at(starts_at, visit).map_err(|why| match why {
        NotOffered::Never => Rejection::new(Code::SlotNotOffered),
        NotOffered::Closed { until } => Rejection::until(Code::Closed, until),
    })?;
    if let Some(opens_at) = schedule.opens_at(starts_at).filter(|at| now < *at) {
        return Err(Rejection::at(Code::NotOpenYet, opens_at));
    }
    let ends = if is_staff { starts_at } else { schedule.booking_ends(starts_at) };
    if now < ends { Ok(slot) } else { Err(Rejection::at(Code::CutoffPassed, ends)) }
}

/// How a booking begins at that doctor's: where the schedule asks for it, a patient's waits for approval. Staff approve what they
/// book and move themselves.
pub(super) fn status_of_new(sender: &Sender, doctor: &Doctor, starts_at: Timestamp) -> Status {
    let waits = doctor.schedule.approval_hours_at(starts_at).is_some() && !sender.role.is_staff();
    if waits { Status::Pending } else { Status::Booked }
}

fn before_cutoff(doctor: &Doctor, starts_at: Timestamp, now: Timestamp) -> Result<(), Rejection> {
    let cutoff = doctor.schedule.cutoff_of(starts_at);
    if now < cutoff { Ok(()) } else { Err(Rejection::at(Code::CutoffPassed, cutoff)) }
}

/// The booking, if the sender works at its hospital.
pub(super) fn of_staff<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: BookingId,
) -> Result<&'f Booking, NoDecision> {
    here(facts, context, id, |booking| facts.people.is_member(context.sender, booking.hospital_id))
}

/// The booking, if it is of the hospital that the command is for and the sender may see it.
fn here<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: BookingId,
    may: impl FnOnce(&Booking) -> Result<bool, Unasked>,
) -> Result<&'f Booking, NoDecision> {
    let nothing = || Rejection::new(Code::NotFound);
    let booking = facts.own.bookings.get(&id)?.ok_or_else(nothing)?;
    let may = booking.hospital_id == context.hospital_id && may(booking)?;
    if may { Ok(booking) } else { Err(nothing().into()) }
}

/// The booking is not as the command needs it: how it is.
pub(super) fn present(booking: &Booking) -> Rejection {
    let revision = Some(booking.revision);
    Rejection { revision, ..Rejection::conflict(booking.status.as_str()) }
}

/// The booking of something that fell due: nobody but its timer says so.
pub(super) fn of_timer<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: BookingId,
) -> Result<&'f Booking, NoDecision> {
    let nothing = || Rejection::new(Code::NotFound);
    if context.sender.role != Role::Timer {
        return Err(nothing().into());
    }
    Ok(facts.own.bookings.get(&id)?.ok_or_else(nothing)?)
}

/// The booking, if the sender may act for its patient.
pub(super) fn of_sender<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: BookingId,
) -> Result<&'f Booking, NoDecision> {
    here(facts, context, id, |booking| {
        facts.people.may_act_for(context.sender, booking.patient_id, booking.hospital_id)
    })
}

/// The booking, if the sender may change it and it may still be changed.
pub(super) fn changeable<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    now: Timestamp,
    id: BookingId,
) -> Result<&'f Booking, NoDecision> {
    let booking = of_sender(facts, context, id)?;
    if !booking.status.may_change() {
        return Err(Rejection::conflict(booking.status.as_str()).into());
    }
    // A doctor who has left has no cut-off. Staff may change a booking after it, and nobody comes for a deleted account.
    let sender = context.sender;
    if let Some(doctor) = facts.directory.doctor(booking.doctor_id)?
        && !sender.role.is_staff()
        && sender.channel != Channel::AccountDeletion
    {
        before_cutoff(doctor, booking.starts_at, now)?;
    }
    Ok(booking)
}

/// The patient has room for one more booking at this hospital and on this doctor's day. `except` is to be moved.
pub(super) fn within_limits(
    facts: &FactsOf<'_, Facts>,
    doctor: &Doctor,
    patient: PatientId,
    slot: Slot,
    except: Option<BookingId>,
) -> Result<(), NoDecision> {
    let busy = facts.own.busy.get(&patient)?;
    let held = || busy.into_iter().flatten().filter(move |busy| Some(busy.booking_id) != except);
    let here = held().filter(|busy| busy.hospital_id == doctor.hospital_id).count();
    let day = time::day_of(slot.starts_at, doctor.zone());
    let on_day = |at| time::day_of(at, doctor.zone()) == day;
    let that_day =
        held().filter(|busy| busy.doctor_id == doctor.id && on_day(busy.starts_at)).count();
    let (max_here, max_day) = (doctor.max_open_bookings, doctor.max_per_doctor_day);
    if here >= usize::from(max_here) || that_day >= usize::from(max_day) {
        return Err(Rejection::new(Code::TooManyBookings).into());
    }
    Ok(())
}

/// All people of the patient's account have room for one more booking at this hospital.
pub(super) fn within_account_limit(
    facts: &FactsOf<'_, Facts>,
    doctor: &Doctor,
    patient: PatientId,
) -> Result<(), NoDecision> {
    let Some(most) = doctor.max_open_account() else { return Ok(()) };
    let Some(account) = facts.people.patient_account(patient)? else { return Ok(()) };
    let open = facts.own.open.get(&(account, doctor.hospital_id))?.map_or(0, BTreeSet::len);
    if open < usize::from(most) {
        Ok(())
    } else {
        Err(Rejection::new(Code::TooManyBookings).into())
    }
}

/// The patient is nowhere else during the slot. `except` is to be moved.
pub(super) fn not_busy(
    facts: &FactsOf<'_, Facts>,
    patient: PatientId,
    slot: Slot,
    except: Option<BookingId>,
) -> Result<(), NoDecision> {
    let mut held = facts.own.busy.get(&patient)?.into_iter().flatten();
    let clash = held.any(|busy| {
        Some(busy.booking_id) != except
            && busy.starts_at < slot.ends_at
            && busy.ends_at > slot.starts_at
    });
    if clash { Err(Rejection::new(Code::PatientBusy).into()) } else { Ok(()) }
}

/// A seat that is free for the whole slot at `now`. Of holds that are over there, see [`over`].
pub(super) fn free_seat(
    taken: &TakenTime,
    doctor: &Doctor,
    slot: Slot,
    visit: Visit,
    now: Timestamp,
) -> Result<u8, Rejection> {
    let taken = taken.at(now);
    taken.free_seat(slot, doctor.schedule.seats_at(slot.starts_at)).ok_or_else(|| {
        let day = time::day_of(slot.starts_at, doctor.zone());
        slot_taken(doctor, &taken.free_slots(&doctor.schedule, day, visit), slot.starts_at, now)
    })
}

/// Holds that are over and that nobody has ended yet, where the booking takes their time: they end before it.
pub(super) fn over(
    facts: &FactsOf<'_, Facts>,
    taking: &Booking,
    now: Timestamp,
) -> Result<Vec<BookingChange>, Unasked> {
    let Some(day) = taking.doctor_day(facts.directory)? else { return Ok(Vec::new()) };
    let taken = facts.own.taken.get(&day)?;
    if !taken.is_some_and(|taken| taken.has_over(now)) {
        return Ok(Vec::new());
    }
    let in_the_way = |held: &&Booking| {
        (held.doctor_id, held.seat) == (taking.doctor_id, taking.seat)
            && held.id != taking.id
            && held.starts_at < taking.ends_at
            && held.ends_at > taking.starts_at
            && held.lasting().is_some_and(|held| held.until <= now)
    };
    let held = facts.own.bookings.found().map(|(_, booking)| booking).filter(in_the_way);
    Ok(held.map(|before| BookingChange::hold_over(before, now)).collect())
}

/// `SLOT_TAKEN` with the nearest of that day's free times; the same words from worker and cache.
pub fn slot_taken(
    doctor: &Doctor,
    free: &[Slot],
    starts_at: Timestamp,
    now: Timestamp,
) -> Rejection {
    let slots = nearest(free, &doctor.schedule, starts_at, now, ALTERNATIVES);
    let alternatives = slots.into_iter().map(|slot| (doctor.id, slot)).collect();
    Rejection { alternatives, ..Rejection::new(Code::SlotTaken) }
}

/// The command is confirmed with this change. Where staff acted, the patient's account is told with a document of its
/// own: the request is the staff's.
pub(super) fn confirmed(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    change: BookingChange,
) -> Result<Decided<Booking, BookingChange>, NoDecision> {
    let booking = change.after();
    let account = facts.people.patient_account(booking.patient_id)?;
    let mut notices = Vec::new();
    if let Some(account) = account.filter(|account| *account != context.sender.caller)
        && let Some(code) = change.notice()
    {
        let zone = facts.directory.zone(booking.hospital_id)?;
        let (booking, reason) = (booking.view(zone), change.told_reason());
        notices.push(Notice::of(Audience::Account(account), code, &Told { booking, reason }));
    }
    let confirmed = booking.clone();
    let mut changes = Vec::with_capacity(1);
    if confirmed.status.uses_doctor_time() {
        changes = over(facts, &confirmed, confirmed.updated_at)?;
    }
    changes.push(change);
    Ok(Decided { changes, notices, ..Decided::nothing(confirmed) })
}

/// What a patient's account is told.
#[derive(Serialize)]
struct Told<'b> {
    booking: BookingView<'b>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}
