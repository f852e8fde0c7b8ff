//! Rules that the commands of this room share.

use super::further::GoOnClosing;
use super::limits::{MAX_IN_FORCE, days_fault};
use super::{Closing, ClosingChange, ClosingState, Facts};
use crate::closed_time::ClosedTime;
use crate::code::Code;
use crate::known::Unasked;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{Context, Decided, FactsOf, NoDecision};
use crate::schedule::Closure;
use crate::time::{self, Timestamp};

/// Refuses whoever does not work there, and whoever may not close those days.
pub(super) fn may_close(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    days: &Closure,
) -> Result<(), NoDecision> {
    if !facts.people.is_member(context.sender, context.hospital_id)? {
        return Err(Rejection::new(Code::NotFound).into());
    }
    match context.sender.role {
        Role::Director => Ok(()),
        Role::Receptionist if days.first_day == days.last_day => Ok(()),
        _ => Err(Rejection::new(Code::Forbidden).into()),
    }
}

/// Those days can be closed at `now`.
pub(super) fn can_be_closed(
    facts: &FactsOf<'_, Facts>,
    context: &Context<'_>,
    time: &ClosedTime,
    now: Timestamp,
) -> Result<(), NoDecision> {
    let zone = facts.directory.zone(context.hospital_id)?;
    let today = time::day_of(now, zone);
    if let Some(field) = days_fault(&time.days, today) {
        return Err(Rejection::invalid(field).into());
    }
    if time.spans(zone).last().is_none_or(|(_, until)| *until <= now) {
        return Err(Rejection::invalid("until").into());
    }
    if facts.own.ahead(context.hospital_id, today)? >= MAX_IN_FORCE {
        return Err(Rejection::conflict("too_many_closings").into());
    }
    Ok(())
}

/// Ends the next bookings of a closing, and sets the timer to go on where there are more.
pub(super) fn end_bookings(
    facts: &FactsOf<'_, Facts>,
    before: Option<&Closing>,
    closing: Closing,
) -> Result<Decided<Closing, ClosingChange>, Unasked> {
    let (ended, more) = facts.own.to_end(facts.directory, &closing.time)?;
    let state = if more { ClosingState::Ending } else { ClosingState::Closed };
    let count = u32::try_from(ended.len()).unwrap_or(u32::MAX);
    let after = Closing { state, ended: closing.ended.saturating_add(count), ..closing };
    let mut decided = Decided::nothing(after);
    if more {
        decided.timers.push(GoOnClosing::timer(&after));
    }
    decided.changes.push(ClosingChange { before: before.copied(), after, ended });
    Ok(decided)
}
