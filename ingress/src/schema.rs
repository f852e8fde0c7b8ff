//! The shapes that all rooms share, for the API's description: the Request, refusals, lists. Those of a room stand in the
//! room. Documents are written by the domain, so that worker, notifier and ingress say the same. A test holds the
//! answers against their description (`tests/tests/booking/described`).

use serde_json::{Map, Value};
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
    /// Once decided: `type` is `confirmed` (with `booking`, `ticket`, `line`, `line_rule`, `no_show_rule` or `closing`), `rejected` (with `code`, `title` and what helps) or `expired`.
    #[schema(value_type = Option<Object>)]
    pub outcome: Option<Map<String, Value>>,
    /// Where the outcome is told.
    pub events_url: String,
}

/// What the request is about.
#[derive(ToSchema)]
pub struct Subject {
    /// `booking`, `ticket`, `line`, `line_rule`, `no_show` or `closing`.
    pub r#type: String,
    /// `book`, `cancel`, `reschedule`, `take_ticket`, `take_any_ticket`, `cancel_ticket`, `postpone_ticket`; of staff a step's name, `move_booking`, `undo_booking`, `arrive_booking`, `call_next`, `undo_step`,
    /// `set_reception`, `set_line_rule`, `set_no_show_rule`, `lift_no_shows`, `close_time` or `open_time`.
    pub command: String,
    pub hospital_id: Uuid,
    /// Absent where no doctor was named, until one is found.
    pub doctor_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub closing_id: Option<Uuid>,
    pub patient_id: Option<Uuid>,
}

/// A guess at an undecided request's turn.
#[derive(ToSchema)]
pub struct Place {
    pub ahead: u64,
    pub estimate_s: Option<f64>,
    #[schema(format = DateTime)]
    pub as_of: String,
}

macro_rules! lists {
    ($($(#[$meta:meta])+ $name:ident of $item:ident;)+) => {$(
        $(#[$meta])+
        #[derive(utoipa::ToSchema)]
        pub struct $name {
            pub items: Vec<$item>,
            pub next_cursor: Option<String>,
            #[schema(format = DateTime)]
            pub as_of: String,
        }
    )+};
}

pub(crate) use lists;

/// A refusal (RFC 9457). Further members tell what helps: `at`, `until`, `field`, `current`, `revision`, `ticket_id`, `calls`,
/// `alternatives`.
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
