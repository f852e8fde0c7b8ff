//! SQL of claims: that a hospital is somebody's own.

use domain::ids::{AccountId, ClaimId, HospitalId};
use domain::time::{self, Timestamp};
use platform::rows_store::timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::schema::Claim;

/// How far a claim has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    #[default]
    Open,
    Accepted,
    Refused,
    Withdrawn,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Accepted => "accepted",
            State::Refused => "refused",
            State::Withdrawn => "withdrawn",
        }
    }
}

/// A claim to be made.
pub(super) struct NewClaim<'n> {
    pub id: ClaimId,
    pub hospital: HospitalId,
    pub account: AccountId,
    pub sealed: &'n str,
    pub now: Timestamp,
}

/// A claim to be decided.
pub(super) struct Pending {
    pub account: AccountId,
    pub hospital: HospitalId,
    pub is_open: bool,
}

/// Open claims of an account.
pub(super) async fn open_of(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<i64> {
    let sql = "SELECT COUNT(*) FROM hospital_claim WHERE account_id = ? AND waiting = 1";
    sqlx::query_scalar(sql).bind(account.uuid()).fetch_one(connection).await
}

/// Writes one. A second open one for the same hospital breaks a key.
pub(super) async fn add(connection: &mut MySqlConnection, new: &NewClaim<'_>) -> sqlx::Result<()> {
    let sql = "INSERT INTO hospital_claim (id, hospital_id, account_id, claimed_at, sealed, state, waiting)
         VALUES (?, ?, ?, ?, ?, 'open', 1)";
    let query = sqlx::query(sql).bind(new.id.uuid()).bind(new.hospital.uuid());
    let query = query.bind(new.account.uuid()).bind(new.now.naive_utc()).bind(new.sealed);
    query.execute(connection).await?;
    Ok(())
}

/// The claim, locked.
pub(super) async fn pending(
    connection: &mut MySqlConnection,
    id: ClaimId,
) -> sqlx::Result<Option<Pending>> {
    let sql = "SELECT account_id, hospital_id, state = 'open' AS is_open FROM hospital_claim WHERE id = ? FOR UPDATE";
    let row = sqlx::query(sql).bind(id.uuid()).fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Pending {
            account: AccountId::from_uuid(row.try_get("account_id")?),
            hospital: HospitalId::from_uuid(row.try_get("hospital_id")?),
            is_open: row.try_get::<i64, _>("is_open")? != 0,
        })
    })
    .transpose()
}

/// Ends it.
pub(super) async fn end(
    connection: &mut MySqlConnection,
    id: ClaimId,
    state: State,
    by: AccountId,
    reason: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "UPDATE hospital_claim SET state = ?, waiting = NULL, ended_at = ?, ended_by = ?, reason = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(state.as_str()).bind(now.naive_utc()).bind(by.uuid());
    query.bind(reason).bind(id.uuid()).execute(connection).await?;
    Ok(())
}

macro_rules! shown {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.hospital_id, h.name AS hospital_name, c.account_id, a.name, a.email, CAST(c.state AS CHAR) AS state,
               c.claimed_at, c.ended_at, c.reason, c.sealed FROM hospital_claim c JOIN hospital h ON h.id = c.hospital_id
               LEFT JOIN account a ON a.id = c.account_id ",
            $rest
        )
    };
}

/// One, with the sealed text of it.
pub(super) async fn find(
    connection: &mut MySqlConnection,
    id: ClaimId,
) -> sqlx::Result<Option<(Claim, String)>> {
    let sql = shown!("WHERE c.id = ?");
    let row = sqlx::query(sql).bind(id.uuid()).fetch_optional(connection).await?;
    row.map(|row| Ok((claim(&row)?, row.try_get("sealed")?))).transpose()
}

/// Those in that state, oldest first.
pub(super) async fn in_state(
    database: &MySqlPool,
    state: State,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Claim>> {
    let sql = shown!("WHERE c.state = ? AND c.id > ? ORDER BY c.id LIMIT ?");
    let query = sqlx::query(sql).bind(state.as_str()).bind(after.unwrap_or(Uuid::nil()));
    query.bind(limit).fetch_all(database).await?.iter().map(claim).collect()
}

/// Those of an account, newest first.
pub(super) async fn of_account(
    database: &MySqlPool,
    account: AccountId,
    before: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Claim>> {
    let sql = shown!("WHERE c.account_id = ? AND c.id < ? ORDER BY c.id DESC LIMIT ?");
    let query = sqlx::query(sql).bind(account.uuid()).bind(before.unwrap_or(Uuid::max()));
    query.bind(limit).fetch_all(database).await?.iter().map(claim).collect()
}

fn claim(row: &MySqlRow) -> sqlx::Result<Claim> {
    let ended: Option<chrono::NaiveDateTime> = row.try_get("ended_at")?;
    Ok(Claim {
        id: row.try_get("id")?,
        hospital_id: row.try_get("hospital_id")?,
        hospital_name: row.try_get("hospital_name")?,
        account_id: row.try_get("account_id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        state: row.try_get("state")?,
        claimed_at: time::show(timestamp(row, "claimed_at")?, chrono_tz::UTC),
        ended_at: ended.map(|at| time::show(at.and_utc(), chrono_tz::UTC)),
        reason: row.try_get("reason")?,
        about: None,
    })
}
