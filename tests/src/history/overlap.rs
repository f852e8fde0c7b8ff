//! Nobody is in two places, no seat has two patients, whatever the tables' own keys say.

use uuid::Uuid;

use super::Rows;
use super::rows::Time;

/// Overlaps among rows of time in use, and among open bookings themselves.
pub fn overlaps(rows: &Rows) -> Vec<String> {
    // A hold uses the doctor's time alone.
    let is_open = |status: &str| matches!(status, "pending" | "booked");
    let open = || rows.bookings.iter().filter(|booking| is_open(&booking.status));
    let held_too = || {
        let uses = |booking: &&super::rows::Booking| booking.status == "proposed";
        open().chain(rows.bookings.iter().filter(uses))
    };
    let held = |holder: (Uuid, u8), booking: &super::rows::Booking| Time {
        holder,
        booking: booking.id,
        starts_at: booking.starts_at,
        ends_at: booking.ends_at,
    };
    let by_seat: Vec<Time> =
        held_too().map(|booking| held((booking.doctor, booking.seat), booking)).collect();
    let by_patient: Vec<Time> = open().map(|booking| held((booking.patient, 0), booking)).collect();
    let tables = [
        ("doctor's time", &rows.doctor_time),
        ("patient's time", &rows.patient_time),
        ("seat", &by_seat),
        ("patient", &by_patient),
    ];
    tables.into_iter().flat_map(|(name, times)| within(name, times)).collect()
}

fn within(name: &'static str, times: &[Time]) -> Vec<String> {
    let mut sorted: Vec<&Time> = times.iter().collect();
    sorted.sort_by_key(|time| (time.holder, time.starts_at, time.booking));
    let mut faults = Vec::new();
    let mut before: Option<&Time> = None;
    for time in sorted {
        // The one that reaches furthest is the one to compare with.
        match before {
            Some(last) if last.holder == time.holder && last.ends_at > time.starts_at => {
                faults.push(format!(
                    "{name} {}: bookings {} and {}",
                    time.holder.0, last.booking, time.booking
                ));
                if time.ends_at > last.ends_at {
                    before = Some(time);
                }
            }
            _ => before = Some(time),
        }
    }
    faults
}
