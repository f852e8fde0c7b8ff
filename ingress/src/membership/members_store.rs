//! SQL of memberships as they change, each with a row about it, and of those rows.

use domain::ids::{AccountId, DoctorId, HospitalId};
use domain::people::Role;
use domain::time::{self, Timestamp};
use platform::rows_store::{named, timestamp};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::schema::{Colleague, HeldRole, MembershipChange};

/// By what a role came or went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    Claim,
    Invitation,
    Removed,
    Left,
}

impl Cause {
    const fn as_str(self) -> &'static str {
        match self {
            Cause::Claim => "claim",
            Cause::Invitation => "invitation",
            Cause::Removed => "removed",
            Cause::Left => "left",
        }
    }
}

/// Whose roles at a hospital change, by whom and why.
pub(super) struct Change<'c> {
    pub at: Timestamp,
    pub actor: AccountId,
    pub account: AccountId,
    pub hospital: HospitalId,
    pub cause: Cause,
    pub reason: Option<&'c str>,
}

/// Who an account is to mails.
pub(super) struct Contact {
    pub email: Option<String>,
}

/// The account, locked until the transaction ends; `None`: there is none, or no more.
pub(super) async fn contact(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Option<Contact>> {
    let sql = "SELECT email FROM account WHERE id = ? AND deleted_at IS NULL FOR UPDATE";
    let row = sqlx::query(sql).bind(account.uuid()).fetch_optional(connection).await?;
    row.map(|row| Ok(Contact { email: row.try_get("email")? })).transpose()
}

/// What a hospital is called; `None`: there is none.
pub(super) async fn hospital_name(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
) -> sqlx::Result<Option<String>> {
    let sql = "SELECT name FROM hospital WHERE id = ?";
    sqlx::query_scalar(sql).bind(hospital.uuid()).fetch_optional(connection).await
}

/// The directors of a hospital, locked: of several who change memberships there at once, one goes after the other.
pub(super) async fn directors(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
) -> sqlx::Result<Vec<AccountId>> {
    let sql =
        "SELECT account_id FROM membership WHERE hospital_id = ? AND role = 'director' FOR UPDATE";
    let ids: Vec<Uuid> =
        sqlx::query_scalar(sql).bind(hospital.uuid()).fetch_all(connection).await?;
    Ok(ids.into_iter().map(AccountId::from_uuid).collect())
}

/// The roles of an account at a hospital, locked.
pub(super) async fn roles(
    connection: &mut MySqlConnection,
    account: AccountId,
    hospital: HospitalId,
) -> sqlx::Result<Vec<Role>> {
    let sql =
        "SELECT CAST(role AS CHAR) AS role FROM membership WHERE account_id = ? AND hospital_id = ?
         ORDER BY membership.role FOR UPDATE";
    let query = sqlx::query(sql).bind(account.uuid()).bind(hospital.uuid());
    query.fetch_all(connection).await?.iter().map(|row| named(row, "role")).collect()
}

/// Whether a doctor is one of the hospital's, and nobody's account is that doctor's.
pub(super) async fn doctor_is_free(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
    doctor: DoctorId,
) -> sqlx::Result<Option<bool>> {
    let sql =
        "SELECT NOT EXISTS (SELECT 1 FROM membership m WHERE m.doctor_id = d.id) FROM doctor d
         WHERE d.id = ? AND d.hospital_id = ?";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(doctor.uuid()).bind(hospital.uuid());
    Ok(query.fetch_optional(connection).await?.map(|free| free != 0))
}

/// Gives the account a role. One that it has breaks a key.
pub(super) async fn add(
    connection: &mut MySqlConnection,
    change: &Change<'_>,
    role: Role,
    doctor: Option<DoctorId>,
) -> sqlx::Result<()> {
    let name: &'static str = role.into();
    let sql = "INSERT INTO membership (account_id, hospital_id, role, doctor_id, since) VALUES (?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(change.account.uuid()).bind(change.hospital.uuid());
    let query = query.bind(name).bind(doctor.map(DoctorId::uuid)).bind(change.at.naive_utc());
    query.execute(&mut *connection).await?;
    record(connection, change, None, Some(name)).await
}

/// Takes these roles of the account, all that it has there.
pub(super) async fn remove(
    connection: &mut MySqlConnection,
    change: &Change<'_>,
    roles: &[Role],
) -> sqlx::Result<()> {
    let sql = "DELETE FROM membership WHERE account_id = ? AND hospital_id = ?";
    let query = sqlx::query(sql).bind(change.account.uuid()).bind(change.hospital.uuid());
    query.execute(&mut *connection).await?;
    for role in roles {
        record(connection, change, Some((*role).into()), None).await?;
    }
    Ok(())
}

async fn record(
    connection: &mut MySqlConnection,
    change: &Change<'_>,
    before: Option<&str>,
    after: Option<&str>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO membership_change (at, actor, account_id, hospital_id, role_before, role_after, cause, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(change.at.naive_utc()).bind(change.actor.uuid());
    let query = query.bind(change.account.uuid()).bind(change.hospital.uuid());
    let query = query.bind(before).bind(after).bind(change.cause.as_str()).bind(change.reason);
    query.execute(connection).await?;
    Ok(())
}

/// Those who work at a hospital, in the order of their accounts.
pub(super) async fn list(
    database: &MySqlPool,
    hospital: HospitalId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Colleague>> {
    let sql = "SELECT m.account_id, a.name, a.email, CAST(m.role AS CHAR) AS role, m.doctor_id, m.since
         FROM (SELECT DISTINCT account_id FROM membership WHERE hospital_id = ? AND account_id > ? ORDER BY account_id LIMIT ?) p
         JOIN membership m ON m.account_id = p.account_id AND m.hospital_id = ?
         LEFT JOIN account a ON a.id = m.account_id ORDER BY m.account_id, m.role";
    let query = sqlx::query(sql).bind(hospital.uuid()).bind(after.unwrap_or(Uuid::nil()));
    let rows = query.bind(limit).bind(hospital.uuid()).fetch_all(database).await?;
    let mut found: Vec<Colleague> = Vec::new();
    for row in &rows {
        let account_id: Uuid = row.try_get("account_id")?;
        let role = held(row)?;
        match found.last_mut().filter(|last| last.account_id == account_id) {
            Some(last) => last.roles.push(role),
            None => found.push(Colleague {
                account_id,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                roles: vec![role],
            }),
        }
    }
    Ok(found)
}

fn held(row: &MySqlRow) -> sqlx::Result<HeldRole> {
    let since: Option<chrono::NaiveDateTime> = row.try_get("since")?;
    Ok(HeldRole {
        role: row.try_get("role")?,
        doctor_id: row.try_get("doctor_id")?,
        since: since.map(|at| time::show(at.and_utc(), chrono_tz::UTC)),
    })
}

/// A change with its number.
pub(super) struct Numbered {
    pub number: u64,
    pub change: MembershipChange,
}

/// The changes at a hospital, newest first.
pub(super) async fn changes(
    database: &MySqlPool,
    hospital: HospitalId,
    before: Option<u64>,
    limit: u32,
) -> sqlx::Result<Vec<Numbered>> {
    let sql = "SELECT c.id, c.at, c.actor, o.name AS actor_name, c.account_id, a.name, CAST(c.role_before AS CHAR) AS role_before,
           CAST(c.role_after AS CHAR) AS role_after, CAST(c.cause AS CHAR) AS cause, c.reason
         FROM membership_change c LEFT JOIN account o ON o.id = c.actor LEFT JOIN account a ON a.id = c.account_id
         WHERE c.hospital_id = ? AND c.id < ? ORDER BY c.id DESC LIMIT ?";
    let query = sqlx::query(sql).bind(hospital.uuid()).bind(before.unwrap_or(u64::MAX));
    let rows = query.bind(limit).fetch_all(database).await?;
    let numbered = |row: &MySqlRow| {
        Ok(Numbered {
            number: row.try_get("id")?,
            change: MembershipChange {
                at: time::show(timestamp(row, "at")?, chrono_tz::UTC),
                actor: row.try_get("actor")?,
                actor_name: row.try_get("actor_name")?,
                account_id: row.try_get("account_id")?,
                name: row.try_get("name")?,
                role_before: row.try_get("role_before")?,
                role_after: row.try_get("role_after")?,
                cause: row.try_get("cause")?,
                reason: row.try_get("reason")?,
            },
        })
    };
    rows.iter().map(numbered).collect()
}
