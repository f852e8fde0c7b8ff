//! Whether the tables fit together, in plain SQL that knows nothing of the code which filled them.

use docde_tests::World;

/// What must not be there, and the query that counts it.
const NEVER: &[(&str, &str)] = &[
    (
        "overlapping times of a doctor's seat",
        "SELECT COUNT(*) FROM booking a JOIN booking b ON a.doctor_id = b.doctor_id AND a.seat_in_use = b.seat_in_use
         AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at",
    ),
    (
        "overlapping times of a patient",
        "SELECT COUNT(*) FROM booking a JOIN booking b ON a.patient_in_use = b.patient_in_use
         AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at",
    ),
    (
        "open bookings without their doctor's time",
        "SELECT COUNT(*) FROM booking WHERE status IN ('proposed', 'pending', 'booked', 'fulfilled') AND NOT (seat_in_use <=> seat)",
    ),
    (
        "open bookings without their patient's time",
        "SELECT COUNT(*) FROM booking WHERE status IN ('pending', 'booked') AND NOT (patient_in_use <=> patient_id)",
    ),
    (
        "time in use without an open booking",
        "SELECT COUNT(*) FROM booking WHERE status NOT IN ('pending', 'booked')
         AND (seat_in_use IS NOT NULL AND status NOT IN ('proposed', 'fulfilled') OR patient_in_use IS NOT NULL)",
    ),
    (
        "bookings without the confirmed request that made them",
        "SELECT COUNT(*) FROM booking b LEFT JOIN request r ON r.id = b.request_id AND r.subject_id = b.id AND r.kind IN ('book', 'hold_slot')
         AND r.state = 'confirmed' AND r.account_id = b.account_id WHERE r.id IS NULL",
    ),
    (
        "confirmed requests without a booking",
        "SELECT COUNT(*) FROM request r LEFT JOIN booking b ON b.id = r.subject_id
         WHERE r.state = 'confirmed' AND r.kind IN ('book', 'cancel', 'reschedule', 'hold_slot', 'book_held', 'expire_hold') AND b.id IS NULL",
    ),
    (
        "bookings whose changes are not all on record",
        "SELECT COUNT(*) FROM booking b WHERE b.revision <> (SELECT COUNT(*) FROM booking_history s WHERE s.booking_id = b.id)
         OR b.revision <> (SELECT MAX(s.revision) FROM booking_history s WHERE s.booking_id = b.id)
         OR b.status <> (SELECT s.status_after FROM booking_history s WHERE s.booking_id = b.id AND s.revision = b.revision)",
    ),
    (
        "decided requests that were not told exactly once",
        "SELECT COUNT(*) FROM request r WHERE r.state <> 'parked' AND
         1 <> (SELECT COUNT(*) FROM partition_event e WHERE e.request_id = r.id AND e.kind = 'outcome' AND e.account_id = r.account_id)",
    ),
    ("events without their request", "SELECT COUNT(*) FROM event e LEFT JOIN request r ON r.id = e.request_id
      WHERE e.request_id IS NOT NULL AND r.id IS NULL"),
    (
        "partitions whose books do not add up",
        "SELECT COUNT(*) FROM partition_state p WHERE p.lost <> 0 OR p.received <> p.confirmed + p.rejected + p.expired + p.duplicate
         + p.undecodable + (SELECT COUNT(*) FROM request r WHERE r.partition_id = p.id AND r.state = 'parked')
         OR p.confirmed <> (SELECT COUNT(*) FROM request r WHERE r.partition_id = p.id AND r.state = 'confirmed')
         OR p.rejected <> (SELECT COUNT(*) FROM request r WHERE r.partition_id = p.id AND r.state = 'rejected')
         OR p.expired <> (SELECT COUNT(*) FROM request r WHERE r.partition_id = p.id AND r.state = 'expired')",
    ),
];

/// # Panics
/// When something is there that must not be.
pub async fn check(world: &World) {
    for (what, sql) in NEVER {
        assert_eq!(world.count(sql).await, 0, "{what}");
    }
}
