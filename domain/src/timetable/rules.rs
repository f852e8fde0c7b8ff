//! Rules that the commands of this room share: a director alone, of a doctor who is there, by the revision that was seen.

use std::sync::Arc;

use super::{DoctorTimetable, Facts, TimetableState, outside};
use crate::code::Code;
use crate::directory::Doctor;
use crate::ids::DoctorId;
use crate::known::Unasked;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{Context, FactsOf, NoDecision};
use crate::schedule::Schedule;

/// Refuses whoever does not work there, and whoever does in another role than a director.
pub(super) fn is_director(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
) -> Result<(), NoDecision> {
    if !facts.people.is_member(context.sender, context.hospital_id)? {
        return Err(Rejection::new(Code::NotFound).into());
    }
    if context.sender.role != Role::Director {
        return Err(Rejection::new(Code::Forbidden).into());
    }
    Ok(())
}

/// The doctor, if one who works at the command's hospital.
pub(super) fn doctor_here<'f>(
    facts: &FactsOf<'f, Facts>,
    context: &Context<'_>,
    id: DoctorId,
) -> Result<&'f DoctorTimetable, NoDecision> {
    let known = facts.own.doctors.get(&id)?;
    let here =
        known.filter(|known| known.doctor.hospital_id == context.hospital_id && !known.has_left);
    here.ok_or_else(|| Rejection::new(Code::NotFound).into())
}

/// Refuses a change that was made from an older state.
pub(super) fn is_present(known: &DoctorTimetable, seen: u32) -> Result<(), Rejection> {
    let revision = Some(known.revision);
    let stale = Rejection { revision, ..Rejection::new(Code::Stale) };
    if known.revision == seen { Ok(()) } else { Err(stale) }
}

/// The doctor with another schedule, and what is confirmed of it.
pub(super) fn with_schedule(
    facts: &FactsOf<'_, Facts>,
    known: &DoctorTimetable,
    schedule: Schedule,
) -> Result<(Arc<Doctor>, TimetableState), NoDecision> {
    let id = known.doctor.id;
    let ahead = facts.own.ahead.get(&id)?.ok_or(Unasked("what is booked ahead"))?;
    let state = TimetableState::of(id, known.revision + 1, outside(&schedule, ahead));
    Ok((Arc::new(Doctor { schedule, ..known.doctor.clone() }), state))
}
