//! The shapes of tickets, for the API's description. Their documents are written by the domain.

use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// A patient has a number in a doctor's line of the day.
#[derive(ToSchema)]
pub struct Ticket {
    pub id: Uuid,
    /// FHIR R4 appointmentstatus, with underscores: `booked` (not there yet), `arrived`, `checked_in` (called), `waitlist`
    /// (held), `fulfilled`, `noshow`, `cancelled`, `entered_in_error`.
    pub status: String,
    pub hospital_id: Uuid,
    pub doctor_id: Uuid,
    /// Absent for a walk-in without a row.
    pub patient_id: Option<Uuid>,
    /// As it is now: not in recorded outcomes.
    pub hospital_name: Option<String>,
    /// As it is now: not in recorded outcomes.
    pub doctor_name: Option<String>,
    /// The day of the line, in the hospital's zone.
    #[schema(format = Date)]
    pub day: String,
    /// Unique on the doctor's day, without gaps; never given twice.
    pub number: u32,
    #[schema(format = DateTime)]
    pub taken_at: String,
    #[schema(format = DateTime)]
    pub arrived_at: Option<String>,
    /// The last time.
    #[schema(format = DateTime)]
    pub called_at: Option<String>,
    pub zone: String,
    pub channel: String,
    /// Rises with every change.
    pub revision: u32,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Only where one ticket is read.
    pub reason: Option<String>,
    /// Only where one ticket is read.
    pub phone: Option<String>,
}

lists! {
    /// A page of tickets.
    Tickets of Ticket;
}
