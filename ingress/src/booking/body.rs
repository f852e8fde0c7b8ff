//! The bodies of bookings' commands, checked once, here: what goes on from here is well-formed.

use domain::code::Code;
use domain::ids::{BookingId, DoctorId, PatientId};
use domain::json;
use domain::schedule::Visit;
use domain::time::{self, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::note::Note;
use crate::problem::Problem;

/// `POST /v1/bookings`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BookBody {
    #[schema(value_type = Uuid)]
    doctor_id: DoctorId,
    /// RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime)]
    starts_at: String,
    /// A family member; absent: the account's own person.
    #[schema(value_type = Option<Uuid>)]
    patient_id: Option<PatientId>,
    /// `first` or `return` (the default): they may last differently.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    visit: Option<Visit>,
    /// At most 300 characters, lines and tabs among them; other control characters, and those that cannot be seen,
    /// are refused. Sealed at once.
    reason: Option<String>,
    /// A phone number as people write it: `010-1234-5678`, `(02) 123-4567`, `010.1234.5678`, `+82 (0)2 123 4567`. At
    /// most 20 digits, `+`, `-` and spaces are kept as they are, other spellings as digits and hyphens. Sealed at once.
    phone: Option<String>,
}

/// `POST /v1/holds`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldBody {
    #[schema(value_type = Uuid)]
    doctor_id: DoctorId,
    /// RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime)]
    starts_at: String,
    /// A family member; absent: the account's own person.
    #[schema(value_type = Option<Uuid>)]
    patient_id: Option<PatientId>,
    /// `first` or `return` (the default).
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    visit: Option<Visit>,
}

/// `POST /v1/holds/{id}/book`: what was filled in meanwhile, as in `POST /v1/bookings`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BookHeldBody {
    reason: Option<String>,
    phone: Option<String>,
}

/// `POST /v1/bookings/{id}/reschedule`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RescheduleBody {
    #[schema(value_type = String, format = DateTime)]
    starts_at: String,
    /// Another doctor of the same hospital; absent: the same doctor.
    #[schema(value_type = Option<Uuid>)]
    doctor_id: Option<DoctorId>,
}

/// `POST /v1/bookings/{id}/cancel`: nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelBody {}

/// What a client asks for, checked. Its JSON is the one form over which retries are compared, so the
/// free text is in it, and nothing that the server adds.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(crate) enum BookingBody {
    Book {
        doctor_id: DoctorId,
        starts_at: Timestamp,
        patient_id: Option<PatientId>,
        visit: Visit,
        note: Note,
    },
    Cancel {
        booking_id: BookingId,
    },
    Hold {
        doctor_id: DoctorId,
        starts_at: Timestamp,
        patient_id: Option<PatientId>,
        visit: Visit,
    },
    BookHeld {
        booking_id: BookingId,
        note: Note,
    },
    Reschedule {
        booking_id: BookingId,
        doctor_id: Option<DoctorId>,
        starts_at: Timestamp,
    },
}

impl BookBody {
    pub fn check(self) -> Result<BookingBody, Problem> {
        let note = Note::checked(self.reason, self.phone)?;
        Ok(BookingBody::Book {
            doctor_id: self.doctor_id,
            starts_at: start(&self.starts_at)?,
            patient_id: self.patient_id,
            visit: self.visit.unwrap_or_default(),
            note,
        })
    }
}

impl HoldBody {
    pub fn check(self) -> Result<BookingBody, Problem> {
        Ok(BookingBody::Hold {
            doctor_id: self.doctor_id,
            starts_at: start(&self.starts_at)?,
            patient_id: self.patient_id,
            visit: self.visit.unwrap_or_default(),
        })
    }
}

impl BookHeldBody {
    pub fn check(self, booking_id: BookingId) -> Result<BookingBody, Problem> {
        Ok(BookingBody::BookHeld { booking_id, note: Note::checked(self.reason, self.phone)? })
    }
}

impl RescheduleBody {
    pub fn check(self, booking_id: BookingId) -> Result<BookingBody, Problem> {
        Ok(BookingBody::Reschedule {
            booking_id,
            doctor_id: self.doctor_id,
            starts_at: start(&self.starts_at)?,
        })
    }
}

pub(super) fn start(text: &str) -> Result<Timestamp, Problem> {
    let at = time::parse(text)
        .map_err(|error| Problem::malformed(error.to_string()).field("starts_at"))?;
    // No schedule reaches so far, and no column.
    if !time::is_sane(at) {
        return Err(Problem::new(Code::SlotNotOffered).field("starts_at"));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::BodyHash;
    use domain::ids::IdempotencyKey;

    fn book(extra: &str) -> Result<BookingBody, Problem> {
        let doctor = DoctorId::generate();
        let text =
            format!(r#"{{"doctor_id":"{doctor}","starts_at":"2026-11-23T09:00:00+09:00"{extra}}}"#);
        serde_json::from_str::<BookBody>(&text)
            .map_err(|error| Problem::malformed(error.to_string()))?
            .check()
    }

    fn code(result: Result<BookingBody, Problem>) -> Option<Code> {
        result.err().map(|problem| problem.code())
    }

    #[test]
    fn text_is_bounded_and_refused_with_its_field() {
        assert!(book("").is_ok());
        assert!(book(&format!(r#","reason":"{}""#, "가".repeat(300))).is_ok());
        assert_eq!(
            code(book(&format!(r#","reason":"{}""#, "가".repeat(301)))),
            Some(Code::Invalid)
        );
        assert_eq!(code(book(r#","reason":"900101-1234567""#)), Some(Code::Invalid));
        assert!(book(r#","phone":"+82 10-1234-5678","visit":"first""#).is_ok());
        for phone in ["2026.11.23", "전화", "010-1234-5678-010-1234-5678", "9001011234567"] {
            assert_eq!(
                code(book(&format!(r#","phone":"{phone}""#))),
                Some(Code::Invalid),
                "{phone}"
            );
        }
    }

    /// Retries are compared over these hashes, so what was taken before must be hashed as before.
    #[test]
    fn a_body_hashes_as_it_always_did_and_another_spelling_of_its_phone_alike() {
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let hash = |note: &str| {
            let text = format!(
                r#"{{"doctor_id":"0192f0c1-2b3c-7d4e-8f50-617283940a1b","starts_at":"2026-11-23T09:00:00+09:00"{note}}}"#
            );
            let body = serde_json::from_str::<BookBody>(&text).unwrap().check().ok().unwrap();
            BodyHash::under(&key, &serde_json::to_vec(&body).unwrap()).to_string()
        };
        for (note, expected) in [
            ("", "b5aeee58231322fe"),
            (r#","phone":"""#, "b5aeee58231322fe"),
            (r#","phone":"010-1234-5678""#, "89901638b62e462a"),
            (r#","phone":"010.1234.5678""#, "89901638b62e462a"),
            (r#","phone":"(０１０) 1234-5678""#, "89901638b62e462a"),
            (r#","phone":"+82 10-1234-5678""#, "45e37f9d75d13792"),
            (r#","phone":" 02  123 4567 ""#, "5e64115bf11a1554"),
            (r#","phone":"01012345678""#, "b6cd85347e008a3e"),
            (r#","phone":"119""#, "9f424bb11ab99a15"),
            (r#","phone":"1588-1234","reason":"기침\n열""#, "42e0a4511f5de642"),
        ] {
            assert_eq!(hash(note), expected, "{note}");
        }
    }

    #[test]
    fn a_year_without_schedules_has_no_slots() {
        for year in ["0000", "1999", "2200", "9999"] {
            let text = format!(r#"{{"starts_at":"{year}-12-31T10:00:00Z"}}"#);
            let body: RescheduleBody = serde_json::from_str(&text).unwrap();
            assert_eq!(code(body.check(BookingId::generate())), Some(Code::SlotNotOffered));
        }
    }

    #[test]
    fn what_is_not_known_is_malformed() {
        assert_eq!(code(book(r#","visit":"second""#)), Some(Code::Malformed));
        assert_eq!(code(book(r#","seat":1"#)), Some(Code::Malformed));
        let without = r#"{"starts_at":"2026-11-23T09:00:00"}"#;
        let body: RescheduleBody = serde_json::from_str(without).unwrap();
        assert_eq!(code(body.check(BookingId::generate())), Some(Code::Malformed));
        assert!(serde_json::from_str::<CancelBody>(r#"{"why":1}"#).is_err());
    }

    #[test]
    fn another_offset_of_the_same_instant_is_the_same_ask() {
        let id = BookingId::generate();
        let plain = |text: &str| {
            let body: RescheduleBody =
                serde_json::from_str(&format!(r#"{{"starts_at":"{text}"}}"#)).unwrap();
            serde_json::to_string(&body.check(id).ok().unwrap()).unwrap()
        };
        assert_eq!(plain("2026-11-23T09:00:00+09:00"), plain("2026-11-23T00:00:00Z"));
        assert!(plain("2026-11-23T00:00:00Z").contains("\"route\":\"reschedule\""));
    }
}
