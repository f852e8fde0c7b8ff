//! The shapes of bookings and slots, for the API's description. Their documents are written by the domain.

use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// A patient has a doctor's time.
#[derive(ToSchema)]
pub struct Booking {
    pub id: Uuid,
    /// FHIR R4 appointmentstatus, with underscores.
    pub status: String,
    pub hospital_id: Uuid,
    pub doctor_id: Uuid,
    pub patient_id: Uuid,
    /// As it is now: not in recorded outcomes.
    pub hospital_name: Option<String>,
    /// As it is now: not in recorded outcomes.
    pub doctor_name: Option<String>,
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
    /// Of a hold, and of one that ended without being booked.
    #[schema(format = DateTime)]
    pub held_until: Option<String>,
    /// Why it stands so, where its last step has a reason: one of the desk's, `rescheduled`, `not_approved`, `hold_over` or `undone`. Not in
    /// recorded outcomes.
    pub status_reason: Option<String>,
    /// Of the patient, only where staff read it.
    pub name: Option<String>,
    /// Of the patient, only where staff read it.
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<String>,
    /// Only where one booking is read.
    pub reason: Option<String>,
    /// Only where one booking is read.
    pub phone: Option<String>,
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

lists! {
    /// A page of bookings.
    Bookings of Booking;
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
