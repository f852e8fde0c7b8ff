//! What a batch will write of bookings, gathered while it decides: the net effect on each booking and on time in use,
//! and every step of its status.

use domain::booking::{Booking, BookingChange};
use domain::command::Command;
use domain::directory::{self, DoctorDay};
use domain::ids::{AccountId, BookingId, RequestId};
use domain::known::Unasked;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A row of `status_change`: a step of a booking's ladder.
#[derive(Clone, Debug)]
pub struct StatusChangeRow {
    pub booking: BookingId,
    pub revision: u32,
    pub actor: AccountId,
    pub request: RequestId,
    pub before: Option<&'static str>,
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
        }
        if let Some(before) = change.before()
            && !self.touched.contains_key(&before.id)
        {
            self.found.insert(before.id, before.clone());
        }
        self.status_changes.push(StatusChangeRow {
            booking: after.id,
            revision: after.revision,
            actor: command.sender.caller,
            request: command.request_id,
            before: change.before().map(|before| before.status.as_str()),
            after: after.status.as_str(),
            reason: matches!(change, BookingChange::Moved { .. }).then_some("rescheduled"),
        });
        self.touched.insert(after.id, (after.clone(), command.request_id));
        Ok(())
    }

    /// Bookings as the database has them whose time there is void now.
    pub fn freed(&self, uses: impl Fn(&Booking) -> bool) -> Vec<&Booking> {
        let before = self.touched.keys().filter_map(|id| self.found.get(id));
        before.filter(|booking| uses(booking)).collect()
    }

    /// Bookings that use time after the batch.
    pub fn held(&self, uses: impl Fn(&Booking) -> bool) -> Vec<&Touched> {
        self.touched.values().filter(|(booking, _)| uses(booking)).collect()
    }
}
