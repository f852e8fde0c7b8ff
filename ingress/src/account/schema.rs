//! The shapes of accounts, which are answered as they stand here.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// A mail with a code is on its way, if there is anybody to write to.
#[derive(ToSchema)]
pub struct CodeSent {
    /// Seconds for which the code holds.
    pub expires_in: u64,
    /// Seconds after which another one can be asked for.
    pub again_in: u64,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    pub account_id: Uuid,
    pub session_id: Uuid,
    /// `Bearer`.
    pub token_type: &'static str,
    pub access_token: String,
    /// Seconds for which the access token is good.
    pub expires_in: i64,
    /// For `POST /v1/account/refresh`, once.
    pub refresh_token: String,
    /// Until when it is good, if it is not used.
    #[schema(format = DateTime)]
    pub refresh_until: String,
}

/// A new account.
#[derive(ToSchema)]
pub struct SignedUp {
    pub account_id: Uuid,
    /// Whom bookings are for that name nobody; `null` for staff.
    #[schema(required)]
    pub patient_id: Option<Uuid>,
    pub session: Tokens,
}

/// Sessions that have ended.
#[derive(ToSchema)]
pub struct Ended {
    pub ended: u64,
}

/// The patient that the holder of an account is.
#[derive(Serialize, ToSchema)]
pub struct OwnPerson {
    pub id: Uuid,
    pub name: String,
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
}

/// Where somebody works.
#[derive(Serialize, ToSchema)]
pub struct Member {
    pub hospital_id: Uuid,
    pub hospital_name: String,
    /// `receptionist`, `doctor` or `director`.
    pub role: String,
}

/// An account as its holder sees it.
#[derive(Serialize, ToSchema)]
pub struct Profile {
    pub account_id: Uuid,
    #[schema(required)]
    pub email: Option<String>,
    #[schema(required)]
    pub name: Option<String>,
    /// E.164.
    #[schema(required)]
    pub phone: Option<String>,
    /// How often it was changed.
    pub revision: u32,
    /// Of the platform.
    pub operator: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(required)]
    pub patient: Option<OwnPerson>,
    pub memberships: Vec<Member>,
    /// Kinds of consent that are required and have a new version: to be shown, and agreed to at `POST /v1/account/consents`.
    /// Nothing is refused meanwhile.
    pub consents_due: Vec<String>,
}

/// Something that people are asked to agree to.
#[derive(Serialize, ToSchema)]
pub struct ConsentVersion {
    pub kind: String,
    pub version: u16,
    pub required: bool,
    /// What it is, in Korean.
    pub ko: String,
    /// The same in English.
    pub en: String,
}

/// What somebody has agreed to last.
#[derive(Serialize, ToSchema)]
pub struct Agreed {
    pub version: u16,
    #[schema(format = DateTime)]
    pub at: String,
}

/// How an account stands to something that people are asked to agree to.
#[derive(Serialize, ToSchema)]
pub struct Agreement {
    pub kind: String,
    /// The present one.
    pub version: u16,
    pub required: bool,
    /// What it is, in Korean.
    pub ko: String,
    /// The same in English.
    pub en: String,
    /// It is required, and its present version is not agreed to yet.
    pub due: bool,
    /// `null`: never given, or withdrawn.
    #[schema(required)]
    pub agreed: Option<Agreed>,
}

/// An account that was deleted.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    /// Bookings that are being cancelled.
    pub bookings: usize,
    /// Tickets that are being cancelled.
    pub tickets: usize,
}

lists! {
    /// All that people are asked to agree to.
    ConsentVersions of ConsentVersion;
    /// All that people are asked to agree to, and how the account stands to it.
    Agreements of Agreement;
}
