//! The decision: a pure function of the facts, the command and the clock. The order of the checks is
//! the order in which a person would want to be told: is it theirs, is the time real, is it open,
//! is it too late, may they, is it free.

use crate::booking::{Booking, Status, Visit};
use crate::code::Code;
use crate::command::{Command, Kind};
use crate::doctor_day::{self, TakenTime};
use crate::ids::{BookingId, DoctorId, PatientId};
use crate::outcome::{Outcome, Rejection};
use crate::schedule::{NotOffered, Slot};
use crate::time::{self, Timestamp};
use crate::world::{Change, Doctor, World};

/// Alternatives offered with `SLOT_TAKEN`.
pub const ALTERNATIVES: usize = 3;

/// An outcome and what it changes. Confirmed means that there is a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    pub outcome: Outcome,
    pub change: Option<Change>,
}

impl Decision {
    fn confirmed(change: Change) -> Self {
        Self {
            outcome: Outcome::Confirmed(Some(Box::new(change.after().clone()))),
            change: Some(change),
        }
    }

    /// Says no, changing nothing.
    pub fn rejected(rejection: Rejection) -> Self {
        Self { outcome: Outcome::Rejected(rejection), change: None }
    }
}

/// Decides one command at `now`.
pub fn decide(world: &World, command: &Command, now: Timestamp) -> Decision {
    if is_expired(command, now) {
        return Decision { outcome: Outcome::Expired, change: None };
    }
    let change = match &command.kind {
        Kind::Book { doctor_id, starts_at, patient_id, visit, sealed } => book(
            world,
            command,
            now,
            (*doctor_id, *starts_at, *patient_id, *visit),
            sealed.as_deref(),
        ),
        Kind::Cancel { booking_id, .. } => cancel(world, command, now, *booking_id),
        Kind::Reschedule { booking_id, doctor_id, starts_at } => {
            reschedule(world, command, now, *booking_id, *doctor_id, *starts_at)
        }
        Kind::Discard { .. } => Err(Rejection::new(Code::NotFound)),
    };
    change.map_or_else(Decision::rejected, Decision::confirmed)
}

/// Past its time to live. A replay never is: an operator wants it decided, however late.
pub fn is_expired(command: &Command, now: Timestamp) -> bool {
    !command.replay
        && command.kind.time_to_live().is_some_and(|span| now - command.accepted_at > span)
}

fn book(
    world: &World,
    command: &Command,
    now: Timestamp,
    (doctor_id, starts_at, patient_id, visit): (DoctorId, Timestamp, Option<PatientId>, Visit),
    sealed: Option<&str>,
) -> Result<Change, Rejection> {
    let patient_id = patient_of(world, command, patient_id)?;
    let doctor = doctor_of(world, command, doctor_id)?;
    let slot = open_slot(doctor, starts_at, visit, now)?;
    within_limits(world, doctor, patient_id, slot, None)?;
    not_busy(world, patient_id, slot, None)?;
    let seat = free_seat(world.taken_on(doctor, slot.starts_at), doctor, slot, visit, now)?;
    Ok(Change::Made(Booking {
        id: BookingId::of(command.request_id, now),
        account_id: command.account_id,
        patient_id,
        hospital_id: doctor.hospital_id,
        doctor_id,
        seat,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        status: Status::Booked,
        visit,
        request_id: command.request_id,
        channel: command.channel.clone(),
        revision: 1,
        created_at: now,
        updated_at: now,
        sealed: sealed.map(|text| text.as_bytes().to_vec()),
    }))
}

fn cancel(
    world: &World,
    command: &Command,
    now: Timestamp,
    id: BookingId,
) -> Result<Change, Rejection> {
    let before = changeable(world, command, now, id)?;
    let after = Booking {
        status: Status::Cancelled,
        revision: before.revision + 1,
        updated_at: now,
        ..before.clone()
    };
    Ok(Change::Cancelled { before: before.clone(), after })
}

fn reschedule(
    world: &World,
    command: &Command,
    now: Timestamp,
    id: BookingId,
    doctor_id: DoctorId,
    starts_at: Timestamp,
) -> Result<Change, Rejection> {
    let before = changeable(world, command, now, id)?;
    let doctor = doctor_of(world, command, doctor_id)?;
    let slot = open_slot(doctor, starts_at, before.visit, now)?;
    within_limits(world, doctor, before.patient_id, slot, Some(id))?;
    not_busy(world, before.patient_id, slot, Some(id))?;
    let mut taken = world.taken_on(doctor, slot.starts_at).cloned().unwrap_or_default();
    if before.doctor_id == doctor_id {
        taken.remove(before.seat, before.starts_at);
    }
    let seat = free_seat(Some(&taken), doctor, slot, before.visit, now)
        .map_err(|rejection| but_present(rejection, before))?;
    let after = Booking {
        doctor_id,
        seat,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        revision: before.revision + 1,
        updated_at: now,
        ..before.clone()
    };
    Ok(Change::Moved { before: before.clone(), after })
}

fn patient_of(
    world: &World,
    command: &Command,
    named: Option<PatientId>,
) -> Result<PatientId, Rejection> {
    let own = world.selves.get(&command.account_id).copied();
    let patient = named.or(own).ok_or_else(|| Rejection::invalid("patient_id"))?;
    if world.guardians.get(&patient) == Some(&command.account_id) {
        Ok(patient)
    } else {
        Err(Rejection::invalid("patient_id"))
    }
}

fn doctor_of<'w>(
    world: &'w World,
    command: &Command,
    id: DoctorId,
) -> Result<&'w Doctor, Rejection> {
    let doctor = world.doctors.get(&id).map(AsRef::as_ref);
    doctor
        .filter(|doctor| doctor.hospital_id == command.hospital_id)
        .ok_or_else(|| Rejection::invalid("doctor_id"))
}

/// The slot, if the schedule offers it and `now` lies between its opening and its cut-off.
pub fn open_slot(
    doctor: &Doctor,
    starts_at: Timestamp,
    visit: Visit,
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
    before_cutoff(doctor, starts_at, now)?;
    Ok(slot)
}

fn before_cutoff(doctor: &Doctor, starts_at: Timestamp, now: Timestamp) -> Result<(), Rejection> {
    let cutoff = doctor.schedule.cutoff_of(starts_at);
    if now < cutoff { Ok(()) } else { Err(Rejection::at(Code::CutoffPassed, cutoff)) }
}

fn changeable<'w>(
    world: &'w World,
    command: &Command,
    now: Timestamp,
    id: BookingId,
) -> Result<&'w Booking, Rejection> {
    let booking =
        world.bookings.get(&id).filter(|booking| booking.account_id == command.account_id);
    let booking = booking.ok_or_else(|| Rejection::new(Code::NotFound))?;
    if !booking.status.is_open() {
        return Err(Rejection::conflict(booking.status));
    }
    if let Some(doctor) = world.doctors.get(&booking.doctor_id) {
        before_cutoff(doctor, booking.starts_at, now)?;
    }
    Ok(booking)
}

fn within_limits(
    world: &World,
    doctor: &Doctor,
    patient: PatientId,
    slot: Slot,
    except: Option<BookingId>,
) -> Result<(), Rejection> {
    let held = || {
        world
            .busy
            .get(&patient)
            .into_iter()
            .flatten()
            .filter(move |busy| Some(busy.booking_id) != except)
    };
    let here = held().filter(|busy| busy.hospital_id == doctor.hospital_id).count();
    let day = time::day_of(slot.starts_at, doctor.zone());
    let that_day = held().filter(|busy| {
        busy.doctor_id == doctor.id && time::day_of(busy.starts_at, doctor.zone()) == day
    });
    if here >= usize::from(doctor.max_open_bookings)
        || that_day.count() >= usize::from(doctor.max_per_doctor_day)
    {
        return Err(Rejection::new(Code::TooManyBookings));
    }
    Ok(())
}

fn not_busy(
    world: &World,
    patient: PatientId,
    slot: Slot,
    except: Option<BookingId>,
) -> Result<(), Rejection> {
    let mut held = world.busy.get(&patient).into_iter().flatten();
    let clash = held.any(|busy| {
        Some(busy.booking_id) != except
            && busy.starts_at < slot.ends_at
            && busy.ends_at > slot.starts_at
    });
    if clash { Err(Rejection::new(Code::PatientBusy)) } else { Ok(()) }
}

fn free_seat(
    taken: Option<&TakenTime>,
    doctor: &Doctor,
    slot: Slot,
    visit: Visit,
    now: Timestamp,
) -> Result<u8, Rejection> {
    let nothing = TakenTime::default();
    let taken = taken.unwrap_or(&nothing);
    taken.free_seat(slot, doctor.schedule.seats).ok_or_else(|| {
        let day = time::day_of(slot.starts_at, doctor.zone());
        slot_taken(doctor, &taken.free_slots(&doctor.schedule, day, visit), slot.starts_at, now)
    })
}

/// `SLOT_TAKEN` with the nearest of that day's free times; the same words from worker and cache.
pub fn slot_taken(
    doctor: &Doctor,
    free: &[Slot],
    starts_at: Timestamp,
    now: Timestamp,
) -> Rejection {
    let slots = doctor_day::nearest(free, &doctor.schedule, starts_at, now, ALTERNATIVES);
    let alternatives = slots.into_iter().map(|slot| (doctor.id, slot)).collect();
    Rejection { alternatives, ..Rejection::new(Code::SlotTaken) }
}

/// Where the booking is already, is no alternative to it.
fn but_present(mut rejection: Rejection, booking: &Booking) -> Rejection {
    let present = (booking.doctor_id, booking.starts_at);
    rejection.alternatives.retain(|(doctor, slot)| (*doctor, slot.starts_at) != present);
    rejection
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
