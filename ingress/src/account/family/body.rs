//! Bodies about families, checked once, here.

use chrono::NaiveDate;
use domain::account::{Email, is_adult};
use domain::code::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::account::body;
use crate::problem::Problem;

/// `POST /v1/patients`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBody {
    /// 1 to 60 characters.
    name: String,
    birth_date: NaiveDate,
    /// Of an adult, who agrees: their own address, to which `POST /v1/patients/codes` has sent a code.
    email: Option<String>,
    /// The six digits that came there.
    code: Option<String>,
}

/// `PATCH /v1/patients/{id}`: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberEditBody {
    name: Option<String>,
    birth_date: Option<NaiveDate>,
    /// With `code`, of somebody who is an adult by the new birth date and has not agreed yet.
    email: Option<String>,
    code: Option<String>,
}

/// `POST /v1/patients/codes`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentCodeBody {
    /// The adult's own address, not that of the account.
    pub email: String,
}

/// `POST /v1/patients/{id}/move-code`: nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveCodeBody {}

/// `POST /v1/patients/moves`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// That the old account shows; capitals, spaces and hyphens do not matter.
    code: String,
}

/// An adult's word.
#[derive(Serialize)]
pub(super) struct Consent {
    #[serde(serialize_with = "body::as_text")]
    pub email: Email,
    pub code: String,
}

/// Somebody to be added.
#[derive(Serialize)]
pub(super) struct Member {
    pub name: String,
    pub birth_date: NaiveDate,
    pub consent: Option<Consent>,
}

/// What changes of somebody.
#[derive(Serialize)]
pub(super) struct MemberEdit {
    pub name: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub consent: Option<Consent>,
}

impl MemberBody {
    pub fn check(self, today: NaiveDate) -> Result<Member, Problem> {
        let name = body::name(&self.name)?;
        let birth_date = body::birth_date(self.birth_date, today)?;
        let consent = consent(self.email, self.code)?;
        match (&consent, is_adult(birth_date, today)) {
            (None, true) => Err(consent_missing()),
            (Some(_), false) => Err(Problem::invalid("code", "only adults agree by a code")),
            _ => Ok(Member { name, birth_date, consent }),
        }
    }
}

impl MemberEditBody {
    pub fn check(self, today: NaiveDate) -> Result<MemberEdit, Problem> {
        if self.name.is_none() && self.birth_date.is_none() {
            return Err(Problem::malformed("names nothing to change"));
        }
        Ok(MemberEdit {
            name: self.name.map(|typed| body::name(&typed)).transpose()?,
            birth_date: self.birth_date.map(|born| body::birth_date(born, today)).transpose()?,
            consent: consent(self.email, self.code)?,
        })
    }
}

impl MoveBody {
    /// Letters and digits as they were made.
    pub fn check(self) -> Result<String, Problem> {
        let hides = |c: char| c.is_whitespace() || c == '-';
        let code: String = self.code.chars().filter(|c| !hides(*c)).collect();
        let code = code.to_ascii_uppercase();
        let fits = code.len() == CODE_LENGTH && code.bytes().all(|b| CODE_LETTERS.contains(&b));
        if fits { Ok(code) } else { Err(Problem::invalid("code", "the code that is shown")) }
    }
}

/// Of a code by which somebody moves: nobody finds one of 60 bits.
pub(super) const CODE_LENGTH: usize = 12;
/// Those that nobody takes for another: neither I, L, O nor U.
pub(super) const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An adult has not agreed.
pub(super) fn consent_missing() -> Problem {
    let detail =
        "an adult agrees by the code that POST /v1/patients/codes sends to their own address";
    Problem::new(Code::ConsentMissing).field("code").detail(detail)
}

fn consent(email: Option<String>, code: Option<String>) -> Result<Option<Consent>, Problem> {
    match (email, code) {
        (None, None) => Ok(None),
        (Some(email), Some(code)) => {
            Ok(Some(Consent { email: body::email(&email)?, code: body::code(&code)? }))
        }
        (None, Some(_)) => Err(Problem::invalid("email", "the address to which the code came")),
        (Some(_), None) => Err(consent_missing()),
    }
}
