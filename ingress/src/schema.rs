//! The shapes of answers, for the API's description. Doctors and hospitals are answered as they stand here; the other
//! documents are written by the domain, so that worker, notifier and ingress say the same. A test holds the answers
//! against their description (`tests/tests/booking/described.rs`).

use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::FromRow;
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

/// A command as its sender sees it.
#[derive(ToSchema)]
pub struct Request {
    pub id: Uuid,
    /// `accepted`, `parked`, `confirmed`, `rejected` or `expired`.
    pub state: String,
    #[schema(format = DateTime)]
    pub accepted_at: String,
    /// Once decided.
    #[schema(format = DateTime)]
    pub decided_at: Option<String>,
    /// IANA name of the hospital's zone.
    pub zone: String,
    pub subject: Subject,
    pub place: Option<Place>,
    /// Once decided: `type` is `confirmed` (with `booking`), `rejected` (with `code`, `title` and what helps) or `expired`.
    #[schema(value_type = Option<Object>)]
    pub outcome: Option<Map<String, Value>>,
    /// Where the outcome is told.
    pub events_url: String,
}

/// What the request is about.
#[derive(ToSchema)]
pub struct Subject {
    /// `booking`.
    pub r#type: String,
    /// `book`, `cancel` or `reschedule`.
    pub command: String,
    pub hospital_id: Uuid,
    pub doctor_id: Uuid,
    pub booking_id: Option<Uuid>,
}

/// A guess at an undecided request's turn.
#[derive(ToSchema)]
pub struct Place {
    pub ahead: u64,
    pub estimate_s: Option<f64>,
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// A patient has a doctor's time.
#[derive(ToSchema)]
pub struct Booking {
    pub id: Uuid,
    /// FHIR R4 appointmentstatus, with underscores.
    pub status: String,
    pub hospital_id: Uuid,
    pub doctor_id: Uuid,
    pub patient_id: Uuid,
    #[schema(format = DateTime)]
    pub starts_at: String,
    #[schema(format = DateTime)]
    pub ends_at: String,
    pub zone: String,
    /// `first` or `return`.
    pub visit: String,
    pub channel: String,
    /// Rises with every change.
    pub revision: u32,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Only where one booking is read.
    pub reason: Option<String>,
    /// Only where one booking is read.
    pub phone: Option<String>,
}

/// A doctor.
#[derive(Serialize, FromRow, ToSchema)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub name: String,
    pub department: String,
    pub zone: String,
}

/// A hospital.
#[derive(Serialize, FromRow, ToSchema)]
pub struct Hospital {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub phone: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub departments: String,
    pub zone: String,
}

/// A time that can be booked.
#[derive(ToSchema)]
pub struct Slot {
    #[schema(format = DateTime)]
    pub starts_at: String,
    #[schema(format = DateTime)]
    pub ends_at: String,
    pub seats_free: u8,
    /// When booking it opens, as long as it has not.
    #[schema(format = DateTime)]
    pub opens_at: Option<String>,
}

macro_rules! lists {
    ($($(#[$meta:meta])+ $name:ident of $item:ident;)+) => {$(
        $(#[$meta])+
        #[derive(ToSchema)]
        pub struct $name {
            pub items: Vec<$item>,
            pub next_cursor: Option<String>,
            #[schema(format = DateTime)]
            pub as_of: String,
        }
    )+};
}

lists! {
    /// A page of bookings.
    Bookings of Booking;
    /// A page of doctors.
    Doctors of Doctor;
    /// A page of hospitals.
    Hospitals of Hospital;
}

/// A doctor's slots.
#[derive(ToSchema)]
pub struct Slots {
    pub items: Vec<Slot>,
    pub next_cursor: Option<String>,
    #[schema(format = DateTime)]
    pub as_of: String,
    pub zone: String,
}

/// A refusal (RFC 9457). Further members tell what helps: `at`, `until`, `field`, `current`, `alternatives`.
#[derive(ToSchema)]
pub struct Problem {
    pub r#type: String,
    /// In the client's language.
    pub title: String,
    pub titles: Titles,
    pub status: u16,
    /// Stable; a client may rely on it.
    pub code: String,
    pub detail: Option<String>,
    /// `false`: refused before the queue, nothing is recorded.
    pub accepted: Option<bool>,
    pub request: Option<Request>,
}

/// What any route may answer instead.
#[derive(IntoResponses)]
pub enum Refusal {
    /// Refused; `code` says why.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(Problem),
    /// Not taken, or not known whether it was.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(Problem),
}

/// In both languages.
#[derive(ToSchema)]
pub struct Titles {
    pub ko: String,
    pub en: String,
}
