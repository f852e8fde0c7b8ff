//! The shapes of closings, for the API's description. Their documents are written by the domain.

use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// Time of a hospital or of one of its doctors is closed.
#[derive(ToSchema)]
pub struct Closing {
    pub id: Uuid,
    /// `ending` (in force, bookings in it are still being ended), `closed` (in force) or `opened` (in force no more).
    pub state: String,
    pub hospital_id: Uuid,
    /// Absent: all doctors of the hospital.
    pub doctor_id: Option<Uuid>,
    #[schema(format = Date)]
    pub first_day: String,
    #[schema(format = Date)]
    pub last_day: String,
    /// With `until`: those hours of each day. Absent: whole days.
    pub from: Option<String>,
    pub until: Option<String>,
    /// IANA name of the hospital's zone.
    pub zone: String,
    /// `leave`, `holiday`, `emergency` or `other`.
    pub reason: String,
    /// Bookings that it has ended.
    pub ended: u32,
    /// Rises with every change.
    pub revision: u32,
    #[schema(format = DateTime)]
    pub closed_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

lists! {
    /// A page of closings.
    Closings of Closing;
}

/// A booking in closed time.
#[derive(ToSchema)]
pub struct BookingInTime {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub patient_id: Uuid,
    /// FHIR R4 appointmentstatus, with underscores.
    pub status: String,
    #[schema(format = DateTime)]
    pub starts_at: String,
    #[schema(format = DateTime)]
    pub ends_at: String,
    pub revision: u32,
    /// Whether the closing ends it. Who is there already stays.
    pub ends: bool,
}

/// A number of today's lines.
#[derive(ToSchema)]
pub struct LiveTicket {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub number: u32,
    pub status: String,
}

/// What closing a time ends, and who stays.
#[derive(ToSchema)]
pub struct DryRun {
    /// A page of the bookings in the time.
    pub items: Vec<BookingInTime>,
    pub next_cursor: Option<String>,
    #[schema(format = DateTime)]
    pub as_of: String,
    /// How many bookings end, of all pages.
    pub ends: i64,
    /// Live tickets of today's lines, at most 100, where the time is of today. A closing leaves them.
    pub tickets: Vec<LiveTicket>,
}

/// A closing with the bookings that are in its time now.
#[derive(ToSchema)]
pub struct ClosingWithBookings {
    pub closing: Closing,
    pub bookings: DryRun,
}
