//! The bodies of tickets' commands, checked once, here: what goes on from here is well-formed.

use domain::ids::{BookingId, DoctorId, HospitalId, PatientId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::note::Note;
use crate::problem::Problem;

/// `POST /v1/receptions`: a doctor or a hospital.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBody {
    #[schema(value_type = Option<Uuid>)]
    doctor_id: Option<DoctorId>,
    /// Instead of a doctor: the hospital's rule says to whom the patient goes, among those whose lines take a ticket.
    #[schema(value_type = Option<Uuid>)]
    hospital_id: Option<HospitalId>,
    /// A family member; absent: the account's own person.
    #[schema(value_type = Option<Uuid>)]
    patient_id: Option<PatientId>,
    /// As with a booking. Sealed at once.
    reason: Option<String>,
    /// As with a booking. Sealed at once.
    phone: Option<String>,
}

/// `POST /v1/receptions/{id}/cancel` and `/postpone`: nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeaveBody {}

/// `POST /v1/receptions/{id}/arrive` and `/v1/bookings/{id}/arrive`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    /// As the hospital shows it now. Another one, or one from before: `INVALID`.
    pub code: String,
}

/// What a client asks for, checked. Its JSON is the one form over which retries are compared, so the
/// free text is in it, and nothing that the server adds.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(crate) enum TicketBody {
    TakeTicket { doctor_id: DoctorId, patient_id: Option<PatientId>, note: Note },
    TakeAny { hospital_id: HospitalId, patient_id: Option<PatientId>, note: Note },
    CancelTicket { ticket_id: TicketId },
    PostponeTicket { ticket_id: TicketId },
    Arrive { ticket_id: TicketId, code: String },
    ArriveBooking { booking_id: BookingId, code: String },
}

impl TakeBody {
    pub fn check(self) -> Result<TicketBody, Problem> {
        let note = Note::checked(self.reason, self.phone)?;
        let patient_id = self.patient_id;
        match (self.doctor_id, self.hospital_id) {
            (Some(doctor_id), None) => Ok(TicketBody::TakeTicket { doctor_id, patient_id, note }),
            (None, Some(hospital_id)) => Ok(TicketBody::TakeAny { hospital_id, patient_id, note }),
            _ => Err(Problem::malformed("names either a doctor_id or a hospital_id")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;
    use domain::command::BodyHash;
    use domain::ids::IdempotencyKey;

    fn take(extra: &str) -> Result<TicketBody, Problem> {
        let text = format!(r#"{{"doctor_id":"0192f0c1-2b3c-7d4e-8f50-617283940a1b"{extra}}}"#);
        serde_json::from_str::<TakeBody>(&text)
            .map_err(|error| Problem::malformed(error.to_string()))?
            .check()
    }

    fn code(result: Result<TicketBody, Problem>) -> Option<Code> {
        result.err().map(|problem| problem.code())
    }

    #[test]
    fn free_text_is_checked_as_that_of_a_booking_is() {
        assert!(take("").is_ok());
        assert!(take(r#","reason":"기침","phone":"(02) 123-4567""#).is_ok());
        assert_eq!(code(take(r#","reason":"900101-1234567""#)), Some(Code::Invalid));
        assert_eq!(code(take(r#","phone":"전화""#)), Some(Code::Invalid));
        assert_eq!(code(take(r#","number":1"#)), Some(Code::Malformed));
        assert!(serde_json::from_str::<LeaveBody>(r#"{"why":1}"#).is_err());
    }

    /// Retries are compared over this hash, also across an update.
    #[test]
    fn a_body_hashes_as_it_always_did() {
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let body = take(r#","reason":"기침","phone":"(02) 123-4567""#).ok().unwrap();
        let hash = BodyHash::under(&key, &serde_json::to_vec(&body).unwrap());
        assert_eq!(hash.to_string(), "e98598ee6c7e1f56");
    }
}
