//! The shapes of memberships, which are answered as they stand here.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// That a hospital is an account's own, as the applicant and the operators of the platform see it.
#[derive(Serialize, ToSchema)]
pub struct Claim {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub hospital_name: String,
    /// The applicant's.
    pub account_id: Uuid,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    /// `open`, `accepted`, `refused` or `withdrawn`.
    pub state: String,
    #[schema(format = DateTime)]
    pub claimed_at: String,
    #[schema(format = DateTime, required)]
    pub ended_at: Option<String>,
    /// Of the operator.
    #[schema(required)]
    pub reason: Option<String>,
    /// Who the applicant is; in no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// That somebody is asked to work at a hospital.
#[derive(Serialize, ToSchema)]
pub struct Invitation {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub email: String,
    /// `receptionist` or `doctor`.
    pub role: String,
    #[schema(required)]
    pub doctor_id: Option<Uuid>,
    /// `open`, `accepted`, `withdrawn` or `replaced`.
    pub state: String,
    #[schema(format = DateTime)]
    pub invited_at: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// What an account is at a hospital from now on.
#[derive(Serialize, ToSchema)]
pub struct Joined {
    pub account_id: Uuid,
    pub hospital_id: Uuid,
    pub hospital_name: String,
    pub role: String,
    #[schema(required)]
    pub doctor_id: Option<Uuid>,
}

/// What an account was at a hospital, and is no more.
#[derive(Serialize, ToSchema)]
pub struct Gone {
    pub account_id: Uuid,
    pub hospital_id: Uuid,
    pub roles: Vec<String>,
}

/// Somebody who works at the hospital.
#[derive(Serialize, ToSchema)]
pub struct Colleague {
    pub account_id: Uuid,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    pub roles: Vec<HeldRole>,
}

/// In which role.
#[derive(Serialize, ToSchema)]
pub struct HeldRole {
    /// `receptionist`, `doctor` or `director`.
    pub role: String,
    #[schema(required)]
    pub doctor_id: Option<Uuid>,
    /// `null`: from before this was kept.
    #[schema(format = DateTime, required)]
    pub since: Option<String>,
}

/// A role that somebody got or lost.
#[derive(Serialize, ToSchema)]
pub struct MembershipChange {
    #[schema(format = DateTime)]
    pub at: String,
    /// The account that did it.
    pub actor: Uuid,
    #[schema(required)]
    pub actor_name: Option<String>,
    pub account_id: Uuid,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub role_before: Option<String>,
    #[schema(required)]
    pub role_after: Option<String>,
    /// `claim`, `invitation`, `removed`, `left` or `command_line`.
    pub cause: String,
    #[schema(required)]
    pub reason: Option<String>,
}

/// A read of a name, a phone or a reason by somebody who works at the hospital.
#[derive(Serialize, ToSchema)]
pub struct AccessEntry {
    #[schema(format = DateTime)]
    pub at: String,
    /// The account that read it.
    pub actor: Uuid,
    #[schema(required)]
    pub actor_name: Option<String>,
    /// Whose it is; `null`: a walk-in whom nobody knows.
    #[schema(required)]
    pub patient_id: Option<Uuid>,
    /// Of what was read.
    pub subject_id: Uuid,
    pub route: String,
}

lists! {
    /// A page of claims.
    Claims of Claim;
    /// A page of invitations.
    Invitations of Invitation;
    /// A page of those who work there.
    Colleagues of Colleague;
    /// A page of changes.
    MembershipChanges of MembershipChange;
    /// A page of reads.
    AccessLog of AccessEntry;
}
