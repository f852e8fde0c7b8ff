//! The shapes of what a desk does with patients, which are answered as they stand here.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// A code by which a hospital's staff find a patient of the account.
#[derive(Serialize, ToSchema)]
pub struct DeskCode {
    /// Ten digits, to be told to the clerk; once.
    #[schema(example = "012 345 6789")]
    pub code: String,
    /// Seconds for which it holds.
    pub expires_in: i64,
}

/// A patient as a desk sees one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeskPatient {
    pub id: Uuid,
    pub name: String,
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
    /// E.164: of whom a desk entered, else of the account.
    #[schema(required)]
    pub phone: Option<String>,
    /// Whether there is an account, which sees what is booked and is told of it.
    pub has_account: bool,
    /// Whom a desk entered, and who was found to be this patient of an account.
    #[schema(required)]
    pub merged_into: Option<Uuid>,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
pub struct FoundPatients {
    pub items: Vec<DeskPatient>,
    /// There are more than are shown: ask for less.
    pub more: bool,
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// A person without an account is a patient of one from now on.
#[derive(Serialize, ToSchema)]
pub struct MergedPatient {
    pub patient_id: Uuid,
    /// The patient of the account.
    pub into: Uuid,
    /// What showed it: `code` or `identity`.
    pub how: String,
    /// Until then it can be undone.
    #[schema(format = DateTime)]
    pub undo_until: String,
}

/// The two are apart again.
#[derive(Serialize, ToSchema)]
pub struct UnmergedPatient {
    pub patient_id: Uuid,
    /// The patient of the account, who keeps what is theirs.
    pub from: Uuid,
}

/// Staff of a hospital have read somebody of the account.
#[derive(Serialize, ToSchema)]
pub struct AccountRead {
    #[schema(format = DateTime)]
    pub at: String,
    pub hospital_id: Uuid,
    #[schema(required)]
    pub hospital_name: Option<String>,
    pub patient_id: Uuid,
    /// What was called.
    pub route: String,
}

lists! {
    /// A page of what staff have read.
    AccountReads of AccountRead;
}
