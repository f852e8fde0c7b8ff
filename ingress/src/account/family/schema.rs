//! The shapes of families, which are answered as they stand here.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// Somebody whom an account books for.
#[derive(Clone, Serialize, ToSchema)]
pub struct Person {
    pub id: Uuid,
    /// The holder of the account, for whom bookings are that name nobody.
    pub own: bool,
    pub name: String,
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
}

lists! {
    /// A page of the people of an account.
    People of Person;
}

/// What became of somebody who was taken out of the family.
#[derive(Serialize, ToSchema)]
pub struct Removed {
    /// `false`: there are visits, which stay theirs; nothing more can be booked, and the person is no longer listed.
    pub erased: bool,
}

/// A code by which somebody moves to an account of their own.
#[derive(Serialize, ToSchema)]
pub struct MoveCode {
    /// To be entered there, once.
    pub code: String,
    /// Seconds for which it holds.
    pub expires_in: i64,
}
