//! The database as plain rows: what the judge compares with what clients saw. `rows_read.rs` reads them.

use chrono::NaiveDate;
use std::collections::HashSet;
use uuid::Uuid;

/// What the judge looks at.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub requests: Vec<Request>,
    /// By partition and number.
    pub events: Vec<Event>,
    pub bookings: Vec<Booking>,
    /// Of `status_change`, by booking and revision.
    pub booking_steps: Vec<BookingStep>,
    /// Doctors at whom what patients book waits for the clinic's approval.
    pub approving: HashSet<Uuid>,
    /// Hours that were closed, each of one doctor and day.
    pub closings: Vec<(Uuid, Closing)>,
    /// Doctors' time in use, held by (doctor, seat).
    pub doctor_time: Vec<Time>,
    /// Patients' time in use, held by (patient, 0).
    pub patient_time: Vec<Time>,
    pub tickets: Vec<Ticket>,
    /// By ticket and revision.
    pub steps: Vec<TicketStep>,
    pub line_days: Vec<LineDay>,
    pub partitions: Vec<Partition>,
    pub dead_letters: u64,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub id: Uuid,
    pub account: Uuid,
    pub partition: u16,
    /// The hospital, if what it sends is held back: then it has an order of its own.
    pub line: Option<Uuid>,
    pub state: String,
    pub publisher: Uuid,
    pub publisher_seq: u64,
    pub event_seq: u64,
    pub document: String,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub partition: u16,
    pub seq: u64,
    /// Nil: told to no account.
    pub account: Uuid,
    pub kind: String,
    /// Nil: caused by none.
    pub request: Uuid,
    /// Of a notice.
    pub document: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Booking {
    pub id: Uuid,
    pub patient: Uuid,
    pub doctor: Uuid,
    pub seat: u8,
    pub starts_at: i64,
    pub ends_at: i64,
    pub status: String,
    pub revision: u32,
    /// Of a hold, and of one that ended without being booked.
    pub held_until: Option<i64>,
    /// The patient's. Nil: none.
    pub account: Uuid,
    /// That made it.
    pub request: Uuid,
}

/// A step of a booking after it was made.
#[derive(Clone, Debug)]
pub struct BookingStep {
    pub booking: Uuid,
    pub revision: u32,
    pub at: i64,
    pub request: Uuid,
    pub before: Option<String>,
    pub after: String,
    pub reason: Option<String>,
}

/// A closing of hours of one day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    pub doctor: Uuid,
    pub starts_at: i64,
    pub ends_at: i64,
    pub ended: u64,
    pub state: String,
}

#[derive(Clone, Debug)]
pub struct Time {
    pub holder: (Uuid, u8),
    pub booking: Uuid,
    pub starts_at: i64,
    pub ends_at: i64,
}

#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: Uuid,
    /// `None`: a walk-in's.
    pub patient: Option<Uuid>,
    pub doctor: Uuid,
    pub day: NaiveDate,
    pub number: u32,
    pub status: String,
    pub revision: u32,
    /// That made it.
    pub request: Uuid,
}

impl Ticket {
    /// It may still come to the doctor.
    pub fn is_live(&self) -> bool {
        LIVE.contains(&self.status.as_str())
    }
}

/// The statuses of a ticket that may still come to the doctor.
pub const LIVE: [&str; 4] = ["booked", "arrived", "checked_in", "waitlist"];

/// Of `ticket_change`.
#[derive(Clone, Debug)]
pub struct TicketStep {
    pub ticket: Uuid,
    pub revision: u32,
    pub request: Uuid,
    /// `None`: it was made.
    pub before: Option<String>,
    pub after: String,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub struct LineDay {
    pub doctor: Uuid,
    pub day: NaiveDate,
    pub next_number: u32,
}

/// Of `partition_state`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Partition {
    pub id: u16,
    pub next_seq: u64,
    pub expired: u64,
    pub duplicate: u64,
    pub undecodable: u64,
    pub stale_refused: u64,
    pub lost: u64,
}

impl Rows {
    pub fn sum(&self, of: impl Fn(&Partition) -> u64) -> u64 {
        self.partitions.iter().map(of).sum()
    }
}
