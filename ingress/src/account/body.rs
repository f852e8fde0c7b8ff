//! Bodies of this room, checked once, here.

use chrono::NaiveDate;
use domain::account::{Email, MAX_NAME, e164, is_under_age, password, person_name};
use domain::code::Code;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::edit::Edit;
use crate::phone;
use crate::problem::Problem;
use crate::text::{Lines, checked};

/// What a code is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodeFor {
    SignUp,
    Reset,
}

/// `POST /v1/account/email-codes`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailCodeBody {
    /// Capitals and space around do not matter; a part after a plus does.
    email: String,
    r#for: CodeFor,
}

/// For whom an account is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum As {
    /// Who books: a patient is made for them.
    Patient,
    /// Who works at a clinic: no patient is made.
    Staff,
}

/// A version of what people agree to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentBody {
    pub kind: String,
    pub version: u16,
}

/// `POST /v1/account/sign-up`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    email: String,
    /// That came by e-mail.
    code: String,
    /// 8 to 128 characters, of at most 512 bytes; Korean is one.
    password: String,
    /// 1 to 60 characters.
    name: String,
    r#as: As,
    /// Of a patient. Children under 14 take part through the account of a guardian.
    birth_date: Option<NaiveDate>,
    phone: Option<String>,
    /// All that are required, in their present versions (`GET /v1/consents`), and which of the others one likes.
    consents: Vec<ConsentBody>,
}

/// The same, checked.
#[derive(Serialize)]
pub(super) struct SignUp {
    #[serde(serialize_with = "as_text")]
    pub email: Email,
    pub code: String,
    pub password: String,
    pub name: String,
    pub r#as: As,
    pub birth_date: Option<NaiveDate>,
    pub phone: Option<String>,
    pub consents: Vec<ConsentBody>,
}

pub(super) fn as_text<S: serde::Serializer>(
    email: &Email,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(email.as_str())
}

/// `POST /v1/account/sign-in`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    email: String,
    password: String,
}

/// `POST /v1/account/refresh`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    pub refresh_token: String,
}

/// `POST /v1/account/sign-out`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutBody {
    /// All sessions of the account, on all devices; without it this one.
    #[serde(default)]
    pub everywhere: bool,
}

/// `POST /v1/account/password`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    pub current_password: String,
    pub new_password: String,
}

/// `POST /v1/account/password-reset`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    email: String,
    code: String,
    new_password: String,
}

/// `PATCH /v1/account`: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    name: Option<String>,
    /// `null` takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Edit,
}

/// What changes of a profile.
#[derive(Serialize)]
pub(super) struct ProfileChanges {
    pub name: Option<String>,
    pub phone: Edit,
}

impl EmailCodeBody {
    pub fn check(self) -> Result<(Email, CodeFor), Problem> {
        Ok((email(&self.email)?, self.r#for))
    }
}

impl SignUpBody {
    pub fn check(self, today: NaiveDate) -> Result<SignUp, Problem> {
        let email = email(&self.email)?;
        let password = new_password("password", &self.password, &email)?;
        let name = name(&self.name)?;
        let birth_date = match (self.r#as, self.birth_date) {
            (As::Patient, None) => {
                return Err(Problem::invalid("birth_date", "a patient's is needed"));
            }
            (_, Some(born)) if is_under_age(birth_date(born, today)?, today) => {
                return Err(Problem::new(Code::GuardianNeeded).field("birth_date"));
            }
            (_, born) => born,
        };
        let phone = account_phone(self.phone)?;
        let mut consents = self.consents;
        consents.sort_unstable();
        consents.dedup();
        let (code, r#as) = (code(&self.code)?, self.r#as);
        Ok(SignUp { email, code, password, name, r#as, birth_date, phone, consents })
    }
}

impl SignInBody {
    /// The address, and the password as it is compared: one that no account can have is compared too.
    pub fn check(self) -> Result<(Email, String), Problem> {
        Ok((email(&self.email)?, typed_password(&self.password)))
    }
}

impl ResetBody {
    pub fn check(self) -> Result<(Email, String, String), Problem> {
        let email = email(&self.email)?;
        let password = new_password("new_password", &self.new_password, &email)?;
        Ok((email, code(&self.code)?, password))
    }
}

impl ProfileBody {
    pub fn check(self) -> Result<ProfileChanges, Problem> {
        if self.name.is_none() && self.phone == Edit::Stays {
            return Err(Problem::malformed("names nothing to change"));
        }
        let phone = self.phone.checked(account_phone)?;
        Ok(ProfileChanges { name: self.name.map(|typed| name(&typed)).transpose()?, phone })
    }
}

/// An address in the form in which accounts have it.
pub(super) fn email(text: &str) -> Result<Email, Problem> {
    text.parse::<Email>().map_err(|error| Problem::invalid("email", error.to_string()))
}

/// The password that somebody types, composed; what is too long for any is none.
pub(super) fn typed_password(text: &str) -> String {
    const MOST: usize = 4_096;
    if text.len() > MOST { String::new() } else { text.nfc().collect() }
}

pub(super) fn new_password(
    field: &'static str,
    text: &str,
    email: &Email,
) -> Result<String, Problem> {
    password(text, email.as_str()).map_err(|error| Problem::invalid(field, error.to_string()))
}

/// A name of 1 to 60 characters.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let name = checked("name", Some(person_name(text)), Lines::One, MAX_NAME)?;
    name.ok_or_else(|| Problem::invalid("name", "1 to 60 characters"))
}

/// A day on which somebody can be born who lives.
pub(super) fn birth_date(born: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Problem> {
    if born > today || born < today - chrono::Days::new(366 * 130) {
        return Err(Problem::invalid("birth_date", "a day of the last 130 years"));
    }
    Ok(born)
}

/// A phone that is dialled from anywhere.
pub(super) fn account_phone(typed: Option<String>) -> Result<Option<String>, Problem> {
    const RULE: &str = "a phone with its area, such as 010-1234-5678 or +82 2 123 4567";
    let Some(kept) = phone::checked(typed)? else { return Ok(None) };
    e164(&kept).map(Some).ok_or_else(|| Problem::invalid("phone", RULE))
}

/// Six digits, with or without a space between.
pub(super) fn code(text: &str) -> Result<String, Problem> {
    let code: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let fits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(code) } else { Err(Problem::invalid("code", "the six digits of the e-mail")) }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
