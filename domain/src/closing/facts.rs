//! What decisions on closings look at: closings, those in force at a hospital, and the bookings in the time that is to be closed.

use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

use super::limits::ENDED_AT_ONCE;
use super::{Closing, ClosingChange, ClosingState};
use crate::closed_time::{BookedTime, ClosedTime};
use crate::directory;
use crate::ids::{BookingId, ClosingId, DoctorId, HospitalId};
use crate::known::{Known, Unasked};
use crate::schedule::Closure;

/// A closing that is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InForce {
    pub id: ClosingId,
    pub doctor_id: Option<DoctorId>,
    pub days: Closure,
}

/// What is to be read, as far as the commands say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub closings: BTreeSet<ClosingId>,
    /// Hospitals whose closings in force are asked for.
    pub in_force: BTreeSet<HospitalId>,
    /// Time whose bookings are asked for.
    pub times: Vec<ClosedTime>,
    /// Bookings that were found in it.
    pub booked: BTreeSet<BookingId>,
}

/// Bookings that may end in a closed time, at most one beyond what one command ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading(pub Vec<BookingId>);

/// What was read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub closings: Known<ClosingId, Closing>,
    pub in_force: Known<HospitalId, Vec<InForce>>,
    /// Whether there are more bookings in that time than were read.
    pub more: Known<ClosedTime, bool>,
    /// A command of the batch asks for bookings. Else they are not kept here: most batches have thousands, and no closing.
    asks: bool,
    booked: BTreeMap<BookingId, BookedTime>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            closings: Known::new("a closing"),
            in_force: Known::new("a hospital's closings in force"),
            more: Known::new("the bookings in closed time"),
            asks: false,
            booked: BTreeMap::new(),
        }
    }
}

impl Facts {
    /// What the found closings lead to: the bookings that those have still to end.
    pub fn follow(&self, needs: &mut Needs) {
        let unfinished = self.closings.found().filter(|(_, c)| c.state == ClosingState::Ending);
        needs.times.extend(unfinished.map(|(_, closing)| closing.time));
    }

    /// The bookings that were found in a time.
    pub fn read(&mut self, time: ClosedTime, mut found: Reading, needs: &mut Needs) {
        self.asks = true;
        self.more.insert(time, found.0.len() > ENDED_AT_ONCE);
        found.0.truncate(ENDED_AT_ONCE);
        needs.booked.extend(found.0);
    }

    /// A booking as it is now.
    pub fn show(&mut self, booked: BookedTime) {
        if self.asks {
            self.booked.insert(booked.booking_id, booked);
        }
    }

    /// The bookings that end now, by their starts, and whether there are more.
    pub(super) fn to_end(
        &self,
        directory: &directory::Facts,
        time: &ClosedTime,
    ) -> Result<(Vec<BookingId>, bool), Unasked> {
        let more = self.more.get(time)?.copied().unwrap_or(true);
        let zone = directory.zone(time.hospital_id)?;
        let meets = |booked: &&BookedTime| booked.may_end && time.meets(booked, zone);
        let mut found: Vec<&BookedTime> = self.booked.values().filter(meets).collect();
        found.sort_by_key(|booked| (booked.starts_at, booked.booking_id));
        let more = more || found.len() > ENDED_AT_ONCE;
        found.truncate(ENDED_AT_ONCE);
        Ok((found.iter().map(|booked| booked.booking_id).collect(), more))
    }

    /// Closings of the hospital that are not over on that day.
    pub(super) fn ahead(&self, hospital: HospitalId, today: NaiveDate) -> Result<usize, Unasked> {
        let in_force = self.in_force.get(&hospital)?;
        let ahead = |closing: &&InForce| closing.days.last_day >= today;
        Ok(in_force.into_iter().flatten().filter(ahead).count())
    }

    /// Makes a change part of the facts.
    pub fn apply(&mut self, change: &ClosingChange) {
        let closing = change.after;
        if let Ok(Some(in_force)) = self.in_force.get_mut(&closing.time.hospital_id) {
            closing.keep_in(in_force);
        }
        self.closings.insert(closing.id, closing);
    }
}

impl Closing {
    /// Puts it among those of its hospital that are in force, or takes it out.
    pub fn keep_in(&self, in_force: &mut Vec<InForce>) {
        let ClosedTime { doctor_id, days, .. } = self.time;
        in_force.retain(|kept| kept.id != self.id);
        if self.is_in_force() {
            in_force.push(InForce { id: self.id, doctor_id, days });
        }
    }
}
