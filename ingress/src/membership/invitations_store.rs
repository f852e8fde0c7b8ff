//! SQL of invitations to work at a hospital.

use chrono::TimeDelta;
use domain::email::Email;
use domain::ids::{AccountId, DoctorId, HospitalId, InvitationId};
use domain::people::Role;
use domain::time::{self, Timestamp};
use platform::rows_store::{named, timestamp};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::schema::Invitation;
use super::secret::SecretHash;

/// An invitation to be written.
pub(super) struct NewInvitation<'n> {
    pub id: InvitationId,
    pub hospital: HospitalId,
    pub email: &'n Email,
    pub role: Role,
    pub doctor: Option<DoctorId>,
    pub by: AccountId,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub secret: SecretHash,
}

/// An invitation that somebody shows the secret of.
pub(super) struct Shown {
    pub id: InvitationId,
    pub hospital: HospitalId,
    pub email: String,
    pub role: Role,
    pub doctor: Option<DoctorId>,
    pub is_open: bool,
    pub expires_at: Timestamp,
}

/// How an invitation ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Accepted,
    Withdrawn,
}

impl End {
    const fn as_str(self) -> &'static str {
        match self {
            End::Accepted => "accepted",
            End::Withdrawn => "withdrawn",
        }
    }
}

/// Whether the account of that address has the role at the hospital.
pub(super) async fn has_role(
    connection: &mut MySqlConnection,
    (email, hospital, role): (&Email, HospitalId, Role),
) -> sqlx::Result<bool> {
    let name: &'static str = role.into();
    let sql = "SELECT COUNT(*) > 0 FROM membership m JOIN account a ON a.id = m.account_id
         WHERE a.email = ? AND m.hospital_id = ? AND m.role = ?";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(email.as_str()).bind(hospital.uuid());
    Ok(query.bind(name).fetch_one(connection).await? > 0)
}

/// The one before, to the same address in the same role, no longer holds.
pub(super) async fn replace(
    connection: &mut MySqlConnection,
    (email, hospital, role): (&Email, HospitalId, Role),
    now: Timestamp,
) -> sqlx::Result<()> {
    let name: &'static str = role.into();
    let sql = "UPDATE invitation SET state = 'replaced', waiting = NULL, ended_at = ?
         WHERE hospital_id = ? AND email = ? AND role = ? AND waiting = 1";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(hospital.uuid());
    query.bind(email.as_str()).bind(name).execute(connection).await?;
    Ok(())
}

/// How many of the hospital are open.
pub(super) async fn open(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    now: Timestamp,
) -> sqlx::Result<i64> {
    let sql =
        "SELECT COUNT(*) FROM invitation WHERE hospital_id = ? AND waiting = 1 AND expires_at > ?";
    let query = sqlx::query_scalar(sql).bind(hospital.uuid()).bind(now.naive_utc());
    query.fetch_one(connection).await
}

/// How many went to the address since then.
pub(super) async fn sent_since(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    email: &Email,
    since: Timestamp,
) -> sqlx::Result<i64> {
    let sql =
        "SELECT COUNT(*) FROM invitation WHERE hospital_id = ? AND email = ? AND invited_at > ?";
    let query = sqlx::query_scalar(sql).bind(hospital.uuid()).bind(email.as_str());
    query.bind(since.naive_utc()).fetch_one(connection).await
}

pub(super) async fn add(
    connection: &mut MySqlConnection,
    new: &NewInvitation<'_>,
) -> sqlx::Result<()> {
    let name: &'static str = new.role.into();
    let sql = "INSERT INTO invitation (id, hospital_id, email, role, doctor_id, invited_by, invited_at, expires_at, secret, state, waiting)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 1)";
    let query = sqlx::query(sql).bind(new.id.uuid()).bind(new.hospital.uuid());
    let query = query.bind(new.email.as_str()).bind(name).bind(new.doctor.map(DoctorId::uuid));
    let query = query.bind(new.by.uuid()).bind(new.now.naive_utc());
    let query = query.bind(new.expires_at.naive_utc()).bind(new.secret.as_slice());
    query.execute(connection).await?;
    Ok(())
}

/// The invitation of that secret, locked.
pub(super) async fn by_secret(
    connection: &mut MySqlConnection,
    secret: &SecretHash,
) -> sqlx::Result<Option<Shown>> {
    let sql = "SELECT id, hospital_id, email, CAST(role AS CHAR) AS role, doctor_id, waiting IS NOT NULL AS is_open, expires_at
         FROM invitation WHERE secret = ? FOR UPDATE";
    let row = sqlx::query(sql).bind(secret.as_slice()).fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Shown {
            id: InvitationId::from_uuid(row.try_get("id")?),
            hospital: HospitalId::from_uuid(row.try_get("hospital_id")?),
            email: row.try_get("email")?,
            role: named(&row, "role")?,
            doctor: row.try_get::<Option<Uuid>, _>("doctor_id")?.map(DoctorId::from_uuid),
            is_open: row.try_get::<i64, _>("is_open")? != 0,
            expires_at: timestamp(&row, "expires_at")?,
        })
    })
    .transpose()
}

/// Ends one that is open; whether it was.
pub(super) async fn end(
    connection: &mut MySqlConnection,
    id: InvitationId,
    end: End,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let sql = "UPDATE invitation SET state = ?, waiting = NULL, ended_at = ? WHERE id = ? AND waiting = 1";
    let query = sqlx::query(sql).bind(end.as_str()).bind(now.naive_utc()).bind(id.uuid());
    Ok(query.execute(connection).await?.rows_affected() > 0)
}

macro_rules! shown {
    ($rest:literal) => {
        concat!(
            "SELECT id, hospital_id, email, CAST(role AS CHAR) AS role, doctor_id, CAST(state AS CHAR) AS state, invited_at,
               expires_at FROM invitation WHERE hospital_id = ? ",
            $rest
        )
    };
}

/// One of the hospital.
pub(super) async fn find(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    id: InvitationId,
) -> sqlx::Result<Option<Invitation>> {
    let query = sqlx::query(shown!("AND id = ?")).bind(hospital.uuid()).bind(id.uuid());
    query.fetch_optional(connection).await?.as_ref().map(invitation).transpose()
}

/// The open ones of a hospital, oldest first.
pub(super) async fn list(
    database: &MySqlPool,
    hospital: HospitalId,
    now: Timestamp,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Invitation>> {
    let sql = shown!("AND waiting = 1 AND expires_at > ? AND id > ? ORDER BY id LIMIT ?");
    let query = sqlx::query(sql).bind(hospital.uuid()).bind(now.naive_utc());
    let query = query.bind(after.unwrap_or(Uuid::nil())).bind(limit);
    query.fetch_all(database).await?.iter().map(invitation).collect()
}

fn invitation(row: &MySqlRow) -> sqlx::Result<Invitation> {
    Ok(Invitation {
        id: row.try_get("id")?,
        hospital_id: row.try_get("hospital_id")?,
        email: row.try_get("email")?,
        role: row.try_get("role")?,
        doctor_id: row.try_get("doctor_id")?,
        state: row.try_get("state")?,
        invited_at: time::show(timestamp(row, "invited_at")?, chrono_tz::UTC),
        expires_at: time::show(timestamp(row, "expires_at")?, chrono_tz::UTC),
    })
}

/// How long an invitation is kept after it could last be accepted: who never came has left no address here.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Deletes invitations that are long over.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let sql = "DELETE FROM invitation WHERE expires_at < ? LIMIT ?";
    let query = sqlx::query(sql).bind((now - KEPT).naive_utc()).bind(most);
    Ok(query.execute(database).await?.rows_affected())
}
