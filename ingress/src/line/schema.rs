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
    /// The booking for which the patient has arrived.
    pub booking_id: Option<Uuid>,
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
    /// Times that it was put off; absent: never.
    pub postponed: Option<u8>,
    pub channel: String,
    /// Rises with every change.
    pub revision: u32,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Only in a line, for staff.
    pub urgent: Option<bool>,
    /// Only in a line, for staff: calls that passed it over.
    pub passed: Option<u32>,
    /// Only in a line, for staff, of a booking's: the desk has seen who it is.
    pub identity_checked: Option<bool>,
    /// Only where an account reads its tickets, of those that wait.
    pub place: Option<TicketPlace>,
    /// Only where staff read one ticket: the patient's, or what a walk-in said.
    pub name: Option<String>,
    /// Only where one ticket is read.
    pub reason: Option<String>,
    /// Only where one ticket is read.
    pub phone: Option<String>,
}

/// The place of a ticket that waits.
#[derive(ToSchema)]
pub struct TicketPlace {
    /// Those who go before it by the rule of the line.
    pub ahead: u32,
    /// Of the line.
    pub version: u64,
    #[schema(format = DateTime)]
    pub as_of: String,
    pub estimate: Estimate,
}

/// How long a ticket will wait, from `as_of` on, by the doctor's own last consultations.
#[derive(ToSchema)]
pub struct Estimate {
    /// Seconds within which half of such tickets are called; `null` where that is unknown, never 0.
    #[schema(required)]
    pub p50_s: Option<u32>,
    /// The same for nine of ten.
    #[schema(required)]
    pub p90_s: Option<u32>,
    /// Why there is none: `too_few_consultations`.
    pub unknown: Option<String>,
}

/// How the estimates in a doctor's lines came true, since they are kept.
#[derive(ToSchema)]
pub struct EstimatesHeld {
    /// Tickets whose wait was held against the estimate that they got when they were taken.
    pub graded: u64,
    /// Of these, who waited no longer than the p50: about half, where the estimates are good.
    pub within_p50: u64,
    /// Of these, who waited no longer than the p90: about nine of ten.
    pub within_p90: u64,
}

lists! {
    /// A page of tickets.
    Tickets of Ticket;
}

/// How a doctor's line of the present day stands.
#[derive(ToSchema)]
pub struct Line {
    pub doctor_id: Uuid,
    #[schema(format = Date)]
    pub day: String,
    /// `open`, `paused` or `closed`.
    pub reception: String,
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// The ticket that was called last: what calling the next one names.
    pub last_called: Option<Uuid>,
    /// Rises with each call, and with each that is taken back.
    pub calls: u32,
    /// Numbers that the day has, where the desk has said so.
    pub cap: Option<u32>,
    /// Rises with every change of the line.
    pub version: u64,
}

/// A page of a line's tickets.
#[derive(ToSchema)]
pub struct LinePage {
    pub items: Vec<Ticket>,
    pub next_cursor: Option<String>,
    #[schema(format = DateTime)]
    pub as_of: String,
    pub line: Line,
    pub estimates: EstimatesHeld,
}

/// The code by which patients say that they are there.
#[derive(ToSchema)]
pub struct ArrivalCode {
    pub hospital_id: Uuid,
    /// Eight digits and capital letters; small ones are read too.
    pub code: String,
    /// The next one is shown from then on.
    #[schema(format = DateTime)]
    pub renews_at: String,
    #[schema(format = DateTime)]
    pub valid_until: String,
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// What a hospital has set for its lines, or the default of what it has not.
#[derive(ToSchema)]
pub struct HospitalRules {
    /// A booking that arrived in time stands in the line so long before its start.
    pub early_minutes: u16,
    /// So long after its start, a booking still arrives in time.
    pub late_minutes: u16,
    /// The call passing over one who is not there at which that one is held.
    pub max_passed: u8,
    /// Live tickets of an account, at all hospitals together, when it takes one here.
    pub max_live_tickets: u8,
    /// Times that a ticket may be put off.
    pub max_postpones: u8,
    /// `shortest_estimate` or `fewest_ahead`.
    pub assign: String,
    /// Whether a line refuses tickets that would be seen after the end of its reception.
    pub cap_by_finish: bool,
    /// Whether anybody may see which numbers are called.
    pub board: bool,
}

/// In which order patients are called.
#[derive(ToSchema)]
pub struct LineRule {
    pub hospital_id: Uuid,
    /// How often the rules were changed.
    pub revision: u32,
    pub rules: HospitalRules,
    /// Sentence after sentence, in Korean.
    pub ko: Vec<String>,
    /// The same in English.
    pub en: Vec<String>,
}

/// What a hospital does about those who do not come, or the default of what it has not set.
#[derive(ToSchema)]
pub struct NoShowRules {
    /// Whoever was passed over, is held and does not come for so long, is a no-show.
    pub held_minutes: u16,
    /// So long after the end of reception, who still waits is cancelled.
    pub day_over_minutes: u16,
    /// No-shows of a patient after which the app takes no number for them; 0: never.
    pub penalty_after: u16,
    /// They lie no farther apart.
    pub within_days: u16,
    /// How long the app takes none, from the last of them on.
    pub penalty_days: u16,
}

/// See its rules.
#[derive(ToSchema)]
pub struct NoShowRule {
    pub hospital_id: Uuid,
    /// How often the rule was changed.
    pub revision: u32,
    pub rules: NoShowRules,
}
