//! Closed time of a hospital or of one of its doctors, and what a closing may know of a booking and tell it. The rooms of both
//! stand on this, and neither sees the other; the joint `facts.rs` brings them together, so that a closing and the end of the
//! bookings in its time are one transaction.

use chrono::NaiveTime;
use chrono_tz::Tz;
use std::sync::Arc;

use crate::closures::day_after;
use crate::directory;
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId};
use crate::known::Unasked;
use crate::schedule::Closure;
use crate::time::{self, Timestamp};

/// Statuses of bookings that a closing ends: the patient is not there yet.
pub const ENDED_STATUSES: [&str; 3] = ["proposed", "pending", "booked"];
/// Why, as it is written down with the step of the booking and told.
pub const CLOSED_BY_HOSPITAL: &str = "closed_by_hospital";

/// When nobody is seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClosedTime {
    pub hospital_id: HospitalId,
    /// `None`: all doctors of the hospital.
    pub doctor_id: Option<DoctorId>,
    pub days: Closure,
}

/// A booking as a closing sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BookedTime {
    pub booking_id: BookingId,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Its patient is not there yet: a closing ends it.
    pub may_end: bool,
}

/// A closing tells a booking that it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndedBooking {
    pub booking_id: BookingId,
    /// Who closed the time.
    pub closed_by: AccountId,
    pub at: Timestamp,
}

impl ClosedTime {
    /// From when until when: one span of whole days, or one a day.
    pub fn spans(&self, zone: Tz) -> Vec<(Timestamp, Timestamp)> {
        let Closure { first_day, last_day, hours } = self.days;
        let at = |day: chrono::NaiveDate, clock| time::first_at(zone, day.and_time(clock));
        let Some((from, until)) = hours else {
            let begins = at(first_day, NaiveTime::MIN);
            return begins.zip(at(day_after(last_day), NaiveTime::MIN)).into_iter().collect();
        };
        let days = first_day.iter_days().take_while(|day| *day <= last_day);
        days.filter_map(|day| at(day, from).zip(at(day, until))).collect()
    }

    /// Whether the booking is in its way.
    pub fn meets(&self, booked: &BookedTime, zone: Tz) -> bool {
        let here = self.hospital_id == booked.hospital_id;
        let of_doctor = self.doctor_id.is_none_or(|doctor| doctor == booked.doctor_id);
        let overlaps = |(from, until): &(Timestamp, Timestamp)| {
            booked.starts_at < *until && booked.ends_at > *from
        };
        here && of_doctor && self.spans(zone).iter().any(overlaps)
    }
}

impl directory::Facts {
    /// The time is closed from now on: in the schedules of those doctors that are known.
    pub fn close(&mut self, time: &ClosedTime) -> Result<(), Unasked> {
        self.edit_closures(time, |closures| closures.push(time.days))
    }

    /// It is open again, unless something else closes it.
    pub fn open(&mut self, time: &ClosedTime) -> Result<(), Unasked> {
        self.edit_closures(time, |closures| {
            if let Some(index) = closures.iter().position(|closure| *closure == time.days) {
                closures.remove(index);
            }
        })
    }

    fn edit_closures(
        &mut self,
        time: &ClosedTime,
        edit: impl Fn(&mut Vec<Closure>),
    ) -> Result<(), Unasked> {
        let of = |doctor: &directory::Doctor| {
            doctor.hospital_id == time.hospital_id
                && time.doctor_id.is_none_or(|id| id == doctor.id)
        };
        let concerned = self.doctors.found().filter(|(_, doctor)| of(doctor));
        let concerned: Vec<DoctorId> = concerned.map(|(id, _)| *id).collect();
        for id in concerned {
            if let Some(doctor) = self.doctors.get_mut(&id)? {
                edit(&mut Arc::make_mut(doctor).schedule.closures);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_one_span_and_hours_one_a_day_by_the_wall_clock() {
        let day = |text: &str| text.parse().unwrap();
        let zone = chrono_tz::America::New_York;
        // The clock is put back on the first of November.
        let days = Closure::of_days(day("2026-10-31"), day("2026-11-01"));
        let (hospital_id, doctor_id) = (HospitalId::generate(), None);
        let spans = |days| {
            let spans = ClosedTime { hospital_id, doctor_id, days }.spans(zone);
            let shown = spans.iter().map(|(from, until)| {
                format!("{} {}", time::show(*from, zone), time::show(*until, zone))
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(spans(days), ["2026-10-31T00:00:00-04:00 2026-11-02T00:00:00-05:00"]);
        let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let hours = Closure { hours: Some((clock(9), clock(12))), ..days };
        assert_eq!(
            spans(hours),
            [
                "2026-10-31T09:00:00-04:00 2026-10-31T12:00:00-04:00",
                "2026-11-01T09:00:00-05:00 2026-11-01T12:00:00-05:00"
            ]
        );
    }
}
