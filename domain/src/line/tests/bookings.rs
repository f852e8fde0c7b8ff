//! Bookings of the scene's patients, as the other room keeps them.

use super::super::*;
use super::scene::Scene;
use crate::booking::{Booking, Busy, Status as BookingStatus, Taken, TakenTime};
use crate::facts;
use crate::ids::{AccountId, BookingId, DoctorId, RequestId};
use crate::people::Channel;
use crate::rejection::Rejection;
use crate::schedule::Visit;
use crate::time::{self, Timestamp};

impl Scene {
    /// A booking of the account's own person with the scene's doctor.
    pub(super) fn booked(&mut self, account: AccountId, starts_at: Timestamp) -> Booking {
        self.booked_with(account, self.doctor, starts_at)
    }

    pub(super) fn booked_with(
        &mut self,
        account: AccountId,
        doctor_id: DoctorId,
        starts_at: Timestamp,
    ) -> Booking {
        let booking = Booking {
            id: BookingId::generate(),
            account_id: account,
            patient_id: self.own_patient(account),
            hospital_id: self.hospital,
            doctor_id,
            seat: 1,
            starts_at,
            ends_at: starts_at + time::minutes(15),
            status: BookingStatus::Booked,
            visit: Visit::Return,
            request_id: RequestId::generate(),
            channel: Channel::App,
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
            sealed: None,
            held: None,
        };
        self.bookings.insert(booking.id, booking.clone());
        booking
    }

    /// The receptionist says that the booked patient is there.
    pub(super) fn arrive(&mut self, booking: &Booking) -> Result<Ticket, Rejection> {
        let (booking_id, doctor_id) = (booking.id, booking.doctor_id);
        let (revision, identity_checked) = (None, false);
        let arrive = ArriveBooking { booking_id, doctor_id, revision, identity_checked };
        self.send(self.staff(), arrive)
    }

    /// How the booking stands.
    pub(super) fn stands(&self, booking: &Booking) -> BookingStatus {
        self.bookings[&booking.id].status
    }

    /// The bookings that are asked for.
    pub(super) fn read_bookings(&self, needs: &mut facts::Needs, facts: &mut facts::Facts) {
        needs.meet();
        for id in &needs.booking.bookings {
            facts.booking.bookings.ask([*id]);
            if let Some(booking) = self.bookings.get(id) {
                facts.booking.bookings.insert(*id, booking.clone());
            }
        }
        facts.booking.follow(&mut needs.of_booking());
    }

    /// Times in use, and the bookings as lines see them.
    pub(super) fn read_times(&self, needs: &facts::Needs, facts: &mut facts::Facts) {
        let reading = needs.booking.reading(&facts.directory, &facts.people).unwrap();
        for day in reading.days {
            let mut time = TakenTime::default();
            for booking in self.bookings.values().filter(|b| b.doctor_id == day.0) {
                let Booking { seat, starts_at, ends_at, request_id, .. } = *booking;
                let held_until = None;
                time.add(Taken { seat, starts_at, ends_at, request_id, held_until });
            }
            facts.booking.taken.insert(day, time);
        }
        for patient in reading.patients {
            let own = self.bookings.values().filter(|b| b.patient_id == patient);
            let busy = own.map(|booking| Busy {
                booking_id: booking.id,
                hospital_id: booking.hospital_id,
                doctor_id: booking.doctor_id,
                starts_at: booking.starts_at,
                ends_at: booking.ends_at,
            });
            facts.booking.busy.insert(patient, busy.collect());
        }
        facts.meet(needs).unwrap();
    }
}
