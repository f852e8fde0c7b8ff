//! Bodies of what a desk does with patients, checked once, here.

use chrono::NaiveDate;
use domain::account::{desk_code, is_under_age};
use domain::code::Code;
use domain::ids::PatientId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::account::body;
use crate::problem::Problem;

/// `POST /v1/patients/{id}/desk-code`: nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeskCodeBody {}

/// `POST /v1/hospitals/{id}/patients/look-ups`: by phone, by name and birth date, or by a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookUpBody {
    /// As people type it: of whom a desk entered, or of the account.
    #[schema(example = "010-1234-5678")]
    phone: Option<String>,
    /// The whole name, with `birth_date`.
    name: Option<String>,
    /// With `name`, and possible with `phone`.
    birth_date: Option<NaiveDate>,
    /// The ten digits that the patient's account shows, alone.
    code: Option<String>,
}

/// `POST /v1/hospitals/{id}/patients`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterBody {
    /// 1 to 60 characters.
    #[schema(example = "홍길동")]
    name: String,
    /// Children under 14 take part through the account of a guardian.
    birth_date: NaiveDate,
    /// As people type it; kept in E.164.
    #[schema(example = "010-1234-5678")]
    phone: String,
}

/// `POST /v1/hospitals/{id}/patients/{patient}/merge`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// The patient of an account, whom the hospital knows.
    #[schema(value_type = Uuid)]
    pub into: PatientId,
}

/// `POST /v1/hospitals/{id}/patients/{patient}/unmerge`: nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnmergeBody {}

/// Who is looked for.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    Phone { phone: String, birth_date: Option<NaiveDate> },
    Name { name: String, birth_date: NaiveDate },
    Code(String),
}

/// Somebody without an account.
#[derive(Debug, Serialize)]
pub(super) struct Entered {
    pub name: String,
    pub birth_date: NaiveDate,
    pub phone: String,
}

impl LookUpBody {
    pub fn check(self, today: NaiveDate) -> Result<Wanted, Problem> {
        let Self { phone, name, birth_date, code } = self;
        let birth_date = birth_date.map(|born| body::birth_date(born, today)).transpose()?;
        match (phone, name, birth_date, code) {
            (None, None, None, Some(typed)) => {
                let code = desk_code(&typed).ok_or_else(|| {
                    Problem::invalid("code", "the ten digits that the account shows")
                })?;
                Ok(Wanted::Code(code))
            }
            (_, _, _, Some(_)) => Err(Problem::invalid("code", "a code says all, and comes alone")),
            (Some(typed), None, birth_date, None) => {
                Ok(Wanted::Phone { phone: needed_phone(typed)?, birth_date })
            }
            (Some(_), Some(_), _, None) => {
                Err(Problem::invalid("name", "a phone comes with no name"))
            }
            (None, Some(typed), Some(birth_date), None) => {
                Ok(Wanted::Name { name: body::name(&typed)?, birth_date })
            }
            (None, Some(_), None, None) => {
                Err(Problem::invalid("birth_date", "a name comes with its birth date"))
            }
            (None, None, _, None) => Err(Problem::malformed(
                "who is looked for: a phone, a name with its birth date, or a code",
            )),
        }
    }
}

impl EnterBody {
    pub fn check(self, today: NaiveDate) -> Result<Entered, Problem> {
        let name = body::name(&self.name)?;
        let birth_date = body::birth_date(self.birth_date, today)?;
        if is_under_age(birth_date, today) {
            return Err(Problem::new(Code::GuardianNeeded).field("birth_date"));
        }
        Ok(Entered { name, birth_date, phone: needed_phone(self.phone)? })
    }
}

fn needed_phone(typed: String) -> Result<String, Problem> {
    let phone = body::account_phone(Some(typed))?;
    phone.ok_or_else(|| Problem::invalid("phone", "a phone is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn today() -> NaiveDate {
        "2026-11-28".parse().unwrap()
    }

    fn wanted(body: Value) -> Result<Wanted, (Code, String)> {
        let body: LookUpBody = serde_json::from_value(body).unwrap();
        body.check(today()).map_err(|problem| {
            let text = problem.render(domain::code::Language::English);
            let shown: Value = serde_json::from_str(&text).unwrap();
            (problem.code(), shown["field"].as_str().unwrap_or_default().to_owned())
        })
    }

    #[test]
    fn who_is_looked_for_is_said_in_one_way() {
        let born = "1990-01-01".parse().unwrap();
        let (phone, name) = ("+821012345678".to_owned(), "홍길동".to_owned());
        for (body, expected) in [
            (
                json!({"phone": "010.1234.5678"}),
                Wanted::Phone { phone: phone.clone(), birth_date: None },
            ),
            (
                json!({"phone": "+82 10 1234 5678", "birth_date": "1990-01-01"}),
                Wanted::Phone { phone, birth_date: Some(born) },
            ),
            (
                json!({"name": " 홍길동 ", "birth_date": "1990-01-01"}),
                Wanted::Name { name, birth_date: born },
            ),
            (json!({"code": "012 345-6789"}), Wanted::Code("0123456789".to_owned())),
        ] {
            assert_eq!(wanted(body), Ok(expected));
        }
        for (body, code, field) in [
            (json!({}), Code::Malformed, ""),
            (json!({"birth_date": "1990-01-01"}), Code::Malformed, ""),
            (json!({"name": "홍길동"}), Code::Invalid, "birth_date"),
            (json!({"name": "홍길동", "birth_date": "1790-01-01"}), Code::Invalid, "birth_date"),
            (json!({"name": "홍길동", "phone": "010-1234-5678"}), Code::Invalid, "name"),
            (json!({"name": " ", "birth_date": "1990-01-01"}), Code::Invalid, "name"),
            (json!({"name": "900101-1234567", "birth_date": "1990-01-01"}), Code::Invalid, "name"),
            (json!({"phone": ""}), Code::Invalid, "phone"),
            (json!({"phone": "1588-1234"}), Code::Invalid, "phone"),
            (json!({"code": "123"}), Code::Invalid, "code"),
            (json!({"code": "0123456789", "phone": "010-1234-5678"}), Code::Invalid, "code"),
        ] {
            assert_eq!(wanted(body.clone()), Err((code, field.to_owned())), "{body}");
        }
    }

    #[test]
    fn a_child_is_entered_by_nobody() {
        let enter = |born: &str| {
            let body = json!({"name": "홍길동", "birth_date": born, "phone": "010-1234-5678"});
            let body: EnterBody = serde_json::from_value(body).unwrap();
            body.check(today()).map(|entered| entered.phone).map_err(|problem| problem.code())
        };
        assert_eq!(enter("2012-11-28"), Ok("+821012345678".to_owned()));
        assert_eq!(enter("2012-11-29"), Err(Code::GuardianNeeded));
        assert_eq!(enter("2026-11-29"), Err(Code::Invalid));
    }
}
