//! What a batch will write of bookings, gathered while it decides: the net effect on each booking and on time in use,
//! and every step of its status.

use domain::booking::{Booking, BookingChange};
use domain::command::Command;
use domain::directory::{self, DoctorDay};
use domain::ids::{AccountId, BookingId, HospitalId, RequestId};
use domain::known::Unasked;
use domain::people::TIMER;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A row of `status_change`: a step of a booking's ladder after the first.
#[derive(Clone, Debug)]
pub struct StatusChangeRow {
    pub booking: BookingId,
    pub revision: u32,
    pub actor: AccountId,
    pub request: RequestId,
    pub before: &'static str,
    pub after: &'static str,
    pub reason: Option<&'static str>,
}

/// A booking after the batch, and the request that changed it last.
pub type Touched = (Booking, RequestId);

/// All of them.
#[derive(Debug, Default)]
pub struct Rows {
    pub status_changes: Vec<StatusChangeRow>,
    /// Bookings as the database has them, for those that the batch found there.
    found: HashMap<BookingId, Booking>,
    pub touched: BTreeMap<BookingId, Touched>,
    /// Days whose time in use the batch changes.
    pub days: BTreeSet<DoctorDay>,
    /// Hospitals whose free time the batch changes.
    pub hospitals: BTreeSet<HospitalId>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn take(
        &mut self,
        change: &BookingChange,
        command: &Command,
        directory: &directory::Facts,
    ) -> Result<(), Unasked> {
        let after = change.after();
        for booking in change.before().into_iter().chain([after]) {
            self.days.extend(booking.doctor_day(directory)?);
            self.hospitals.insert(booking.hospital_id);
        }
        if let Some(before) = change.before()
            && !self.touched.contains_key(&before.id)
        {
            self.found.insert(before.id, before.clone());
        }
        // The first step of the ladder is the booking's own row.
        if let Some(before) = change.before() {
            self.status_changes.push(StatusChangeRow {
                booking: after.id,
                revision: after.revision,
                actor: if change.is_due() { TIMER } else { command.sender.caller },
                request: command.request_id,
                before: before.status.as_str(),
                after: after.status.as_str(),
                reason: change.reason(),
            });
        }
        self.touched.insert(after.id, (after.clone(), command.request_id));
        Ok(())
    }

    /// Bookings that the database does not have yet.
    pub fn made(&self) -> Vec<&Touched> {
        let made = |(booking, _): &&Touched| !self.found.contains_key(&booking.id);
        self.touched.values().filter(made).collect()
    }

    /// Bookings that the database has, as it has them and as they are now.
    pub fn changed(&self) -> Vec<(&Booking, &Touched)> {
        let touched = self.touched.values();
        touched.filter_map(|now| Some((self.found.get(&now.0.id)?, now))).collect()
    }
}
