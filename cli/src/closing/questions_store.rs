//! SQL of the audit's questions on closings: nobody is booked in closed time, and no closing stops half-way. Those that were
//! written by hand, without a request, ended nothing and are not asked.

use domain::closed_time::{CLOSED_BY_HOSPITAL, ENDED_STATUSES};

use crate::audit::store::Question;

/// Counts that must be 0.
pub fn questions() -> Vec<Question> {
    let ended = ENDED_STATUSES.map(|status| format!("'{status}'")).join(", ");
    vec![
        // A patient who was there when the time was closed may have given up the number since: then the booking stands again.
        Question::new(
            "closed_time_is_empty",
            "bookings in closed time whose patients were not there",
            format!(
                "SELECT COUNT(*) FROM closure c JOIN closure_span s ON s.closure_id = c.id
                   JOIN booking b ON b.hospital_id = c.hospital_id AND (c.doctor_id IS NULL OR c.doctor_id = b.doctor_id)
                    AND b.starts_at < s.ends_at AND b.ends_at > s.starts_at AND b.status IN ({ended})
                  WHERE c.state = 'closed' AND c.request_id IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM status_change l WHERE l.booking_id = b.id AND l.revision = b.revision AND l.at >= c.closed_at
                       AND l.status_before IN ('arrived', 'checked_in', 'fulfilled', 'noshow', 'waitlist'))"
            ),
        ),
        Question::new(
            "closing_goes_on",
            "closings with bookings left to end that no timer goes on with",
            "SELECT COUNT(*) FROM closure c LEFT JOIN timer t ON t.subject_id = c.id AND t.revision = c.revision
              WHERE c.state = 'ending' AND t.id IS NULL",
        ),
        Question::new(
            "closing_counts_what_it_ended",
            "closings that count other bookings than they ended",
            format!(
                "SELECT COUNT(*) FROM (SELECT c.id FROM closure c
                   LEFT JOIN request r ON r.subject_id = c.id AND r.state = 'confirmed' AND r.kind IN ('close_time', 'go_on_closing')
                   LEFT JOIN status_change l ON l.request_id = r.id AND l.reason = '{CLOSED_BY_HOSPITAL}'
                  WHERE c.request_id IS NOT NULL GROUP BY c.id, c.ended HAVING COUNT(l.booking_id) <> c.ended) AS wrong"
            ),
        ),
    ]
}
