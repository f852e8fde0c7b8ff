//! SQL of accounts.

use chrono::{NaiveDate, TimeDelta};
use domain::account::Email;
use domain::ids::{AccountId, PatientId};
use domain::time::{self, Timestamp};
use platform::rows_store::timestamp;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::body::{Edit, ProfileChanges};
use super::consents_store;
use super::schema::{Member, OwnPerson, Profile};

/// An account to be made.
pub(super) struct NewAccount<'n> {
    pub account: AccountId,
    pub email: &'n str,
    /// Hashed.
    pub password: &'n str,
    pub name: &'n str,
    pub phone: Option<&'n str>,
    pub now: Timestamp,
}

/// An account that somebody would like to sign in to.
pub(super) struct Found {
    pub account: AccountId,
    /// Hashed.
    pub password: Option<String>,
    /// It has signed in from there before.
    pub known_here: bool,
}

/// How long an address is remembered at which an account has signed in.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

pub(super) async fn is_known(
    connection: &mut MySqlConnection,
    email: &Email,
) -> sqlx::Result<bool> {
    let sql = "SELECT COUNT(*) FROM account WHERE email = ?";
    let found: i64 = sqlx::query_scalar(sql).bind(email.as_str()).fetch_one(connection).await?;
    Ok(found > 0)
}

pub(super) async fn to_sign_in(
    database: &MySqlPool,
    email: &Email,
    place: Option<&[u8]>,
    now: Timestamp,
) -> sqlx::Result<Option<Found>> {
    let sql = "SELECT a.id, a.password, EXISTS (SELECT 1 FROM session s WHERE s.account_id = a.id AND s.place_mac = ?
           AND s.created_at > ?) AS known_here FROM account a WHERE a.email = ?";
    let since = (now - KNOWN_FOR).naive_utc();
    let query = sqlx::query(sql).bind(place).bind(since).bind(email.as_str());
    let row = query.fetch_optional(database).await?;
    row.map(|row| {
        Ok(Found {
            account: AccountId::from_uuid(row.try_get("id")?),
            password: row.try_get("password")?,
            known_here: row.try_get::<i64, _>("known_here")? != 0,
        })
    })
    .transpose()
}

pub(super) async fn add(
    connection: &mut MySqlConnection,
    new: &NewAccount<'_>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO account (id, created_at, email, password, name, phone) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(new.account.uuid()).bind(new.now.naive_utc());
    let query = query.bind(new.email).bind(new.password).bind(new.name).bind(new.phone);
    query.execute(connection).await?;
    Ok(())
}

/// The patient that an account's holder is.
pub(super) async fn add_own_person(
    connection: &mut MySqlConnection,
    (patient, account, name, born): (PatientId, AccountId, &str, Option<NaiveDate>),
) -> sqlx::Result<()> {
    let sql = "INSERT INTO patient (id, account_id, self, name, birth_date) VALUES (?, ?, 1, ?, ?)";
    let query = sqlx::query(sql).bind(patient.uuid()).bind(account.uuid()).bind(name).bind(born);
    query.execute(connection).await?;
    Ok(())
}

/// Address and hashed password of an account that has both.
pub(super) async fn password(
    database: &MySqlPool,
    account: AccountId,
) -> sqlx::Result<Option<(String, String)>> {
    let sql = "SELECT email, password FROM account WHERE id = ? AND email IS NOT NULL AND password IS NOT NULL";
    sqlx::query_as(sql).bind(account.uuid()).fetch_optional(database).await
}

/// The account is there, and stays until the commit.
pub(super) async fn hold(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<bool> {
    let sql = "SELECT 1 FROM account WHERE id = ? AND deleted_at IS NULL LOCK IN SHARE MODE";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(account.uuid());
    Ok(query.fetch_optional(connection).await?.is_some())
}

pub(super) async fn set_password(
    connection: &mut MySqlConnection,
    account: AccountId,
    hash: &str,
) -> sqlx::Result<()> {
    let sql = "UPDATE account SET password = ? WHERE id = ? AND deleted_at IS NULL";
    sqlx::query(sql).bind(hash).bind(account.uuid()).execute(connection).await?;
    Ok(())
}

/// Changes what is named, of the account and of the patient that its holder is.
pub(super) async fn edit(
    connection: &mut MySqlConnection,
    account: AccountId,
    changes: &ProfileChanges,
) -> sqlx::Result<()> {
    let sql = "UPDATE account SET name = COALESCE(?, name), phone = IF(?, ?, phone), revision = revision + 1 WHERE id = ? AND deleted_at IS NULL";
    let query = sqlx::query(sql).bind(&changes.name).bind(changes.phone != Edit::Stays);
    let phone = match &changes.phone {
        Edit::Becomes(phone) => Some(phone),
        Edit::Stays | Edit::Goes => None,
    };
    let query = query.bind(phone).bind(account.uuid());
    query.execute(&mut *connection).await?;
    let sql = "UPDATE patient SET name = COALESCE(?, name) WHERE account_id = ? AND self = 1 AND end_reason IS NULL";
    sqlx::query(sql).bind(&changes.name).bind(account.uuid()).execute(connection).await?;
    Ok(())
}

pub(super) async fn profile(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Option<Profile>> {
    let sql = "SELECT a.email, a.name, a.phone, a.revision, a.operator, a.created_at, p.id, p.name AS own_name, p.birth_date
         FROM account a LEFT JOIN patient p ON p.account_id = a.id AND p.self = 1
         WHERE a.id = ? AND a.deleted_at IS NULL ORDER BY p.id LIMIT 1";
    let row = sqlx::query(sql).bind(account.uuid()).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let patient = match row.try_get::<Option<Uuid>, _>("id")? {
        Some(id) => Some(OwnPerson {
            id,
            name: row.try_get("own_name")?,
            birth_date: row.try_get("birth_date")?,
        }),
        None => None,
    };
    Ok(Some(Profile {
        account_id: account.uuid(),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        phone: row.try_get("phone")?,
        revision: row.try_get("revision")?,
        operator: row.try_get("operator")?,
        created_at: time::show(timestamp(&row, "created_at")?, chrono_tz::UTC),
        patient,
        memberships: memberships(connection, account).await?,
        consents_due: consents_due(connection, account).await?,
    }))
}

async fn consents_due(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Vec<String>> {
    let agreements = consents_store::of_account(connection, account).await?;
    Ok(agreements.into_iter().filter(|one| one.due).map(|one| one.kind).collect())
}

async fn memberships(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Vec<Member>> {
    let sql = "SELECT m.hospital_id, h.name, CAST(m.role AS CHAR) AS role FROM membership m JOIN hospital h ON h.id = m.hospital_id
         WHERE m.account_id = ? ORDER BY h.name, h.id, m.role LIMIT 100";
    let rows = sqlx::query(sql).bind(account.uuid()).fetch_all(connection).await?;
    let member = |row: &sqlx::mysql::MySqlRow| {
        Ok(Member {
            hospital_id: row.try_get("hospital_id")?,
            hospital_name: row.try_get("name")?,
            role: row.try_get("role")?,
        })
    };
    rows.iter().map(member).collect()
}
