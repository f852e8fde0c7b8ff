//! Bodies of this room, checked once, here.

use domain::email::Email;
use domain::ids::DoctorId;
use domain::people::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::{self, SecretHash};
use crate::problem::Problem;
use crate::text::{Lines, checked};

/// Characters of what an applicant says of themselves.
const MAX_ABOUT: usize = 1_000;
/// Characters of a reason: the width of its columns.
const MAX_REASON: usize = 300;

/// `POST /v1/hospitals/{id}/claims`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimBody {
    /// Who one is and how that can be seen: 1 to 1000 characters, for the operators of the platform.
    about: String,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// At most 300 characters.
    reason: Option<String>,
}

/// Why; it has to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NeededReasonBody {
    /// 1 to 300 characters.
    reason: String,
}

/// As what somebody is invited. A director is not: operators of the platform look into who that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InvitedRole {
    Receptionist,
    Doctor,
}

/// `POST /v1/hospitals/{id}/invitations`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationBody {
    email: String,
    role: InvitedRole,
    /// Who a doctor is among the hospital's doctors.
    #[schema(value_type = Option<Uuid>)]
    doctor_id: Option<DoctorId>,
}

/// `POST /v1/invitations/accept`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptBody {
    /// The code that came by e-mail.
    code: String,
}

/// An invitation, checked.
#[derive(Debug)]
pub(super) struct Invited {
    pub email: Email,
    pub role: Role,
    pub doctor: Option<DoctorId>,
}

impl ClaimBody {
    pub fn check(self) -> Result<String, Problem> {
        let about = checked("about", Some(self.about), Lines::Many, MAX_ABOUT)?;
        let about = about.filter(|about| !about.trim().is_empty());
        about.ok_or_else(|| Problem::invalid("about", "1 to 1000 characters"))
    }
}

impl ReasonBody {
    pub fn check(self) -> Result<Option<String>, Problem> {
        checked("reason", self.reason, Lines::Many, MAX_REASON)
    }
}

impl NeededReasonBody {
    pub fn check(self) -> Result<String, Problem> {
        let reason = checked("reason", Some(self.reason), Lines::Many, MAX_REASON)?;
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        reason.ok_or_else(|| Problem::invalid("reason", "1 to 300 characters"))
    }
}

impl InvitationBody {
    pub fn check(self) -> Result<Invited, Problem> {
        let email = self.email.parse::<Email>();
        let email = email.map_err(|error| Problem::invalid("email", error.to_string()))?;
        let role = match self.role {
            InvitedRole::Receptionist if self.doctor_id.is_some() => {
                return Err(Problem::invalid("doctor_id", "of a doctor alone"));
            }
            InvitedRole::Receptionist => Role::Receptionist,
            InvitedRole::Doctor => Role::Doctor,
        };
        Ok(Invited { email, role, doctor: self.doctor_id })
    }
}

impl AcceptBody {
    /// What the code is known by.
    pub fn check(self) -> SecretHash {
        secret::hash(self.code.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;
    use serde::de::DeserializeOwned;

    fn check<B: DeserializeOwned, T>(
        text: &str,
        check: impl Fn(B) -> Result<T, Problem>,
    ) -> Result<T, Code> {
        let body = serde_json::from_str::<B>(text).map_err(|_| Code::Malformed)?;
        check(body).map_err(|problem| problem.code())
    }

    #[test]
    fn what_an_applicant_says_is_bounded_and_names_no_resident() {
        let about =
            |text: &str| check(&serde_json::json!({"about": text}).to_string(), ClaimBody::check);
        assert_eq!(about("원장 홍길동,\n면허 12345").unwrap(), "원장 홍길동,\n면허 12345");
        assert!(about(&"가".repeat(1_000)).is_ok());
        for wrong in ["", " \n", "900101-1234567", &"가".repeat(1_001)] {
            assert_eq!(about(wrong), Err(Code::Invalid), "{wrong}");
        }
    }

    #[test]
    fn a_reason_is_bounded() {
        let reason = |text: &str| {
            let body = serde_json::json!({"reason": text}).to_string();
            (check(&body, ReasonBody::check), check(&body, NeededReasonBody::check))
        };
        assert_eq!(reason("moved"), (Ok(Some("moved".to_owned())), Ok("moved".to_owned())));
        assert_eq!(reason(""), (Ok(None), Err(Code::Invalid)));
        let long = "가".repeat(301);
        assert_eq!(reason(&long), (Err(Code::Invalid), Err(Code::Invalid)));
    }

    #[test]
    fn a_director_is_not_invited_and_a_receptionist_is_no_doctor() {
        let invited = |text: &str| check(text, InvitationBody::check);
        let doctor = r#""doctor_id":"018f0000-0000-7000-8000-000000000001""#;
        let found = invited(&format!(r#"{{"email":" A@Example.kr","role":"doctor",{doctor}}}"#));
        let found = found.unwrap();
        assert_eq!((found.email.as_str(), found.role), ("a@example.kr", Role::Doctor));
        for (text, code) in [
            (r#"{"email":"a@example.kr","role":"director"}"#.to_owned(), Code::Malformed),
            (r#"{"email":"example.kr","role":"doctor"}"#.to_owned(), Code::Invalid),
            (
                format!(r#"{{"email":"a@example.kr","role":"receptionist",{doctor}}}"#),
                Code::Invalid,
            ),
            (r#"{"email":"a@example.kr"}"#.to_owned(), Code::Malformed),
        ] {
            assert_eq!(invited(&text).map(|_| ()), Err(code), "{text}");
        }
    }
}
