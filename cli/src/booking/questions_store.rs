//! SQL of the audit's questions on bookings (invariant 2): bookings against their requests, time in use against bookings,
//! overlaps. Names of commands and statuses come from the domain, so that none is forgotten.

use domain::booking::{KINDS, Status};

use crate::audit::store::Question;

/// Names for `IN (..)`. They are constants of the domain, without quotes in them.
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

fn statuses(uses: impl Fn(Status) -> bool) -> String {
    list(Status::ALL.iter().filter(|status| uses(**status)).map(|status| status.as_str()))
}

/// Counts that must be 0.
pub fn questions() -> Vec<Question> {
    [rows(), overlaps()].concat()
}

/// Rows that belong together.
fn rows() -> Vec<Question> {
    let kinds = list(KINDS);
    let (doctor, patient) =
        (statuses(Status::uses_doctor_time), statuses(Status::uses_patient_time));
    vec![
        Question::new(
            "confirmed_has_booking",
            "confirmed requests without their booking",
            format!("SELECT COUNT(*) FROM request r LEFT JOIN booking b ON b.id = r.subject_id
              WHERE r.state = 'confirmed' AND r.kind IN ({kinds}) AND b.id IS NULL"),
        ),
        Question::new(
            "booking_has_request",
            "bookings that no confirmed request made",
            "SELECT COUNT(*) FROM booking b
              LEFT JOIN request r ON r.id = b.request_id AND r.state = 'confirmed' AND r.subject_id = b.id
              WHERE r.id IS NULL",
        ),
        Question::new(
            "one_booking_a_request",
            "requests that made more than one booking",
            "SELECT COUNT(*) FROM (SELECT request_id FROM booking GROUP BY request_id HAVING COUNT(*) > 1) AS twice",
        ),
        Question::new(
            "booking_has_doctor_time",
            "open bookings without their row of doctor's time",
            format!("SELECT COUNT(*) FROM booking b
              LEFT JOIN booked_time t ON t.booking_id = b.id AND t.doctor_id = b.doctor_id AND t.seat = b.seat
                                     AND t.starts_at = b.starts_at AND t.ends_at = b.ends_at
              WHERE b.status IN ({doctor}) AND t.booking_id IS NULL"),
        ),
        Question::new(
            "doctor_time_has_booking",
            "rows of doctor's time without an open booking",
            format!("SELECT COUNT(*) FROM booked_time t LEFT JOIN booking b ON b.id = t.booking_id AND b.status IN ({doctor})
              WHERE b.id IS NULL"),
        ),
        Question::new(
            "booking_has_patient_time",
            "open bookings without their row of patient's time",
            format!("SELECT COUNT(*) FROM booking b
              LEFT JOIN patient_time t ON t.booking_id = b.id AND t.patient_id = b.patient_id
                                      AND t.starts_at = b.starts_at AND t.ends_at = b.ends_at
              WHERE b.status IN ({patient}) AND t.booking_id IS NULL"),
        ),
        Question::new(
            "patient_time_has_booking",
            "rows of patient's time without an open booking",
            format!("SELECT COUNT(*) FROM patient_time t LEFT JOIN booking b ON b.id = t.booking_id AND b.status IN ({patient})
              WHERE b.id IS NULL"),
        ),
    ]
}

/// Where any two overlap, two neighbours in the order of their starts do.
fn overlaps() -> Vec<Question> {
    let (doctor, patient) =
        (statuses(Status::uses_doctor_time), statuses(Status::uses_patient_time));
    vec![
        Question::new(
            "doctor_overlaps",
            "open bookings that overlap on one seat of a doctor",
            format!("SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY doctor_id, seat ORDER BY starts_at, id) AS before_ends
              FROM booking WHERE status IN ({doctor})) AS neighbours WHERE before_ends > starts_at"),
        ),
        Question::new(
            "doctor_time_overlaps",
            "rows of doctor's time that overlap",
            "SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY doctor_id, seat ORDER BY starts_at, booking_id)
              AS before_ends FROM booked_time) AS neighbours WHERE before_ends > starts_at",
        ),
        Question::new(
            "patient_overlaps",
            "open bookings of a patient that overlap",
            format!("SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY patient_id ORDER BY starts_at, id) AS before_ends
              FROM booking WHERE status IN ({patient})) AS neighbours WHERE before_ends > starts_at"),
        ),
    ]
}
