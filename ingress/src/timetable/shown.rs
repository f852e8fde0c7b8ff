//! A doctor's schedule as everybody reads it.

use domain::time::{self, Timestamp};
use platform::directory::KnownDoctor;

use super::schema::{Day, DayHours, Schedule, Version};

/// The version that holds on the day and those that follow it, and dates with other hours from then on.
pub(super) fn shown(known: &KnownDoctor, now: Timestamp) -> Schedule {
    let (doctor, schedule) = (&known.doctor, &known.doctor.schedule);
    let zone = doctor.zone();
    let today = time::day_of(now, zone);
    let over = schedule.versions.iter().skip(1).filter(|next| next.valid_from <= today).count();
    let versions = schedule.versions.iter().skip(over).map(Version::of).collect();
    let days = schedule.other_hours.range(today..);
    let days = days.map(|(day, hours)| {
        let DayHours { opens, closes, breaks } = DayHours::of(hours);
        Day { day: *day, opens, closes, breaks }
    });
    let days = days.collect();
    Schedule {
        doctor_id: doctor.id.uuid(),
        hospital_id: doctor.hospital_id.uuid(),
        zone: zone.name().to_owned(),
        revision: known.schedule_revision,
        versions,
        days,
        as_of: time::show(now, zone),
    }
}
