//! What a closing may know of a booking, and what it does to it: the booking is cancelled, with the reason, and its patient's
//! account is told.

use serde::Serialize;

use super::{Booking, BookingChange, BookingView, Facts, Status};
use crate::closed_time::{BookedTime, CLOSED_BY_HOSPITAL, EndedBooking};
use crate::directory;
use crate::event::{Audience, Notice};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::people;

impl Booking {
    /// As a closing sees it.
    pub const fn booked_time(&self) -> BookedTime {
        BookedTime {
            booking_id: self.id,
            hospital_id: self.hospital_id,
            doctor_id: self.doctor_id,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            may_end: self.status.ends_when_closed(),
        }
    }
}

impl Facts {
    /// The booking ends. Whether it may, the closing has asked before.
    pub fn ended(&self, ended: &EndedBooking) -> Result<BookingChange, Unasked> {
        let before = self.bookings.get(&ended.booking_id)?.ok_or(Unasked("a booking"))?.clone();
        let (status, revision) = (Status::Cancelled, before.revision + 1);
        let after = Booking { status, revision, updated_at: ended.at, ..before.clone() };
        let (code, reason) = (NoticeCode::BookingClosed, Some(CLOSED_BY_HOSPITAL));
        Ok(BookingChange::Stepped { before, after, code, reason })
    }

    /// What the patient's account is told of a booking that has ended so. A patient without one is told nothing.
    pub fn ended_notice(
        &self,
        ended: &EndedBooking,
        directory: &directory::Facts,
        people: &people::Facts,
    ) -> Result<Option<Notice>, Unasked> {
        let booking = self.bookings.get(&ended.booking_id)?.ok_or(Unasked("a booking"))?;
        let Some(account) = people.patient_account(booking.patient_id)? else { return Ok(None) };
        let view = booking.view(directory.zone(booking.hospital_id)?);
        let told = Told { booking: view, reason: CLOSED_BY_HOSPITAL };
        Ok(Some(Notice::of(Audience::Account(account), NoticeCode::BookingClosed, &told)))
    }
}

#[derive(Serialize)]
struct Told<'b> {
    booking: BookingView<'b>,
    reason: &'static str,
}
