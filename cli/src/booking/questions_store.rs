//! SQL of the audit's questions on bookings (invariant 2): bookings against their requests, time in use against statuses,
//! steps against where they lead, overlaps. Names of commands and statuses come from the domain, so that none is forgotten.

use domain::booking::{BookingStep, ExpireHold, KINDS, RefusePending, Status, StepBooking};
use domain::rules::CommandRules;

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
    [rows(), overlaps(), steps(), holds()].concat()
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
            "doctor_time_of_status",
            "bookings that use another time of the doctor's than their status says",
            format!("SELECT COUNT(*) FROM booking WHERE NOT (seat_in_use <=> IF(status IN ({doctor}), seat, NULL))"),
        ),
        Question::new(
            "patient_time_of_status",
            "bookings that use another time of the patient's than their status says",
            format!("SELECT COUNT(*) FROM booking WHERE NOT (patient_in_use <=> IF(status IN ({patient}), patient_id, NULL))"),
        ),
        Question::new(
            "history_of_booking",
            "bookings whose steps do not lead to where they stand",
            "SELECT COUNT(*) FROM booking b LEFT JOIN (
               SELECT booking_id, COUNT(*) AS steps, MAX(revision) AS last, SUM(status_before <> came_from) AS breaks
                 FROM (SELECT c.*, COALESCE(LAG(status_after) OVER (PARTITION BY booking_id ORDER BY revision), status_before) AS came_from
                         FROM status_change c) AS steps GROUP BY booking_id) s ON s.booking_id = b.id
              WHERE NOT (COALESCE(s.steps, 0) = b.revision - 1 AND COALESCE(s.last, 1) = b.revision AND COALESCE(s.breaks, 0) = 0
                AND ((b.revision = 1 AND b.changed_by = b.request_id AND b.status IN ('proposed', 'pending', 'booked', 'waitlist'))
                  OR EXISTS (SELECT 1 FROM status_change l WHERE l.booking_id = b.id AND l.revision = b.revision
                               AND l.status_after = CAST(b.status AS CHAR) AND l.request_id = b.changed_by)))",
        ),
    ]
}

/// Steps, and what has to fall due. A timer that could not be decided is parked, and waits for an operator.
fn steps() -> Vec<Question> {
    let pairs = BookingStep::ALL.iter().flat_map(|step| {
        let from = Status::ALL.iter();
        from.filter_map(|from| Some(format!("{} {}", from.as_str(), step.from(*from)?.as_str())))
    });
    let pairs: Vec<String> = pairs.collect();
    let (pairs, step) = (list(pairs.iter().map(String::as_str)), StepBooking::NAME);
    vec![
        Question::new(
            "booking_on_ladder",
            "steps of staff with a booking that the ladder does not have",
            format!("SELECT COUNT(*) FROM request r JOIN status_change s ON s.request_id = r.id AND s.booking_id = r.subject_id
              WHERE r.kind = '{step}' AND CONCAT(s.status_before, ' ', s.status_after) NOT IN ({pairs})"),
        ),
        falls_due(
            "pending_has_timer",
            "bookings that wait for approval, and that nothing will refuse",
            (Status::Pending, RefusePending::NAME),
        ),
    ]
}

/// Bookings of a status that a command will end which falls due.
fn falls_due(
    name: &'static str,
    meaning: &'static str,
    (status, kind): (Status, &'static str),
) -> Question {
    let status = status.as_str();
    Question::new(
        name,
        meaning,
        format!("SELECT COUNT(*) FROM booking b WHERE b.status = '{status}'
            AND NOT EXISTS (SELECT 1 FROM timer m WHERE m.subject_id = b.id AND m.revision = b.revision)
            AND NOT EXISTS (SELECT 1 FROM request r WHERE r.state = 'parked' AND r.kind = '{kind}')"),
    )
}

/// A hold is a booking and a row of its account. It ends by itself, whoever looks.
fn holds() -> Vec<Question> {
    vec![
        falls_due(
            "hold_has_timer",
            "times that are held, and that nothing will free",
            (Status::Proposed, ExpireHold::NAME),
        ),
        Question::new(
            "hold_of_booking",
            "times that are held for another account or under another number than its holds say",
            "SELECT (SELECT COUNT(*) FROM booking b
                       LEFT JOIN hold o ON o.booking_id = b.id AND o.account_id = b.account_id AND o.number = b.held_number
                      WHERE b.status = 'proposed' AND o.booking_id IS NULL)
                  + (SELECT COUNT(*) FROM hold o LEFT JOIN booking b ON b.id = o.booking_id AND b.status = 'proposed'
                      WHERE o.number IS NOT NULL AND b.id IS NULL)",
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
            "patient_overlaps",
            "open bookings of a patient that overlap",
            format!("SELECT COUNT(*) FROM (SELECT starts_at, LAG(ends_at) OVER (PARTITION BY patient_id ORDER BY starts_at, id) AS before_ends
              FROM booking WHERE status IN ({patient})) AS neighbours WHERE before_ends > starts_at"),
        ),
    ]
}
