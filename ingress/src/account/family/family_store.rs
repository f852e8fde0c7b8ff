//! SQL of the people of an account. Locks are taken in the order account, code, patient; a worker that decides for a patient holds
//! their row meanwhile, so what is read of visits under its lock is all there will be. Whom a desk entered and found to be one of them is
//! no further person: such rows go where that one goes.

use chrono::NaiveDate;
use domain::ids::{AccountId, PatientId};
use domain::time::Timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::body::MemberEdit;
use super::schema::Person;

const PERSON: &str =
    "SELECT id, self, name, birth_date, agreed_at IS NOT NULL AS agreed FROM patient";

fn person(row: &MySqlRow) -> sqlx::Result<Person> {
    Ok(Person {
        id: row.try_get("id")?,
        own: row.try_get("self")?,
        name: row.try_get("name")?,
        birth_date: row.try_get("birth_date")?,
    })
}

/// The people of the account in the order in which they were added, beyond `after`.
pub(super) async fn list(
    database: &MySqlPool,
    account: AccountId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Person>> {
    let mut query = QueryBuilder::new(PERSON);
    query.push(" WHERE account_id = ").push_bind(account.uuid());
    query
        .push(" AND end_reason IS NULL AND merged_into IS NULL AND id > ")
        .push_bind(after.unwrap_or(Uuid::nil()));
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    query.build().fetch_all(database).await?.iter().map(person).collect()
}

/// How many more the family may have; `None`: the account is gone.
pub(super) async fn room(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Option<i64>> {
    let sql = "SELECT CAST(max_family AS SIGNED) FROM account WHERE id = ? AND deleted_at IS NULL FOR UPDATE";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(account.uuid());
    let Some(most) = query.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let sql = "SELECT COUNT(*) FROM patient WHERE account_id = ? AND self = 0 AND end_reason IS NULL AND merged_into IS NULL";
    let has: i64 = sqlx::query_scalar(sql).bind(account.uuid()).fetch_one(connection).await?;
    Ok(Some(most - has))
}

pub(super) async fn add(
    connection: &mut MySqlConnection,
    account: AccountId,
    person: &Person,
    agreed_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO patient (id, account_id, self, name, birth_date, agreed_at) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(person.id).bind(account.uuid()).bind(person.own);
    let query = query.bind(&person.name).bind(person.birth_date);
    query.bind(agreed_at.map(|at| at.naive_utc())).execute(connection).await?;
    Ok(())
}

/// Somebody of the account, locked, and whether they have agreed to be there.
pub(super) async fn lock(
    connection: &mut MySqlConnection,
    account: AccountId,
    id: PatientId,
) -> sqlx::Result<Option<(Person, bool)>> {
    let mut query = QueryBuilder::new(PERSON);
    query.push(" WHERE id = ").push_bind(id.uuid());
    query.push(" AND account_id = ").push_bind(account.uuid());
    query.push(" AND end_reason IS NULL AND merged_into IS NULL FOR UPDATE");
    let row = query.build().fetch_optional(connection).await?;
    row.map(|row| Ok((person(&row)?, row.try_get("agreed")?))).transpose()
}

/// Changes what is named. The holder's name is the account's too.
pub(super) async fn edit(
    connection: &mut MySqlConnection,
    account: AccountId,
    (person, edit): (&Person, &MemberEdit),
    agreed_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    let sql = "UPDATE patient SET name = COALESCE(?, name), birth_date = COALESCE(?, birth_date),
         agreed_at = COALESCE(agreed_at, ?) WHERE id = ?";
    let query = sqlx::query(sql).bind(&edit.name).bind(edit.birth_date);
    let query = query.bind(agreed_at.map(|at| at.naive_utc())).bind(person.id);
    query.execute(&mut *connection).await?;
    if person.own && edit.name.is_some() {
        let sql = "UPDATE account SET name = ?, revision = revision + 1 WHERE id = ? AND deleted_at IS NULL";
        let query = sqlx::query(sql).bind(&edit.name).bind(account.uuid());
        query.execute(connection).await?;
    }
    Ok(())
}

/// What of somebody's visits stands against a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Visits {
    None,
    /// All of them lie behind, or are booked for later.
    Some {
        expected: bool,
    },
    /// The person is in a line, or at a hospital for a booking.
    Present,
}

/// What there is of visits, under the patient's lock; the rows that are merged into theirs are locked too.
pub(super) async fn visits(
    connection: &mut MySqlConnection,
    id: Uuid,
    now: Timestamp,
) -> sqlx::Result<Visits> {
    let sql = "SELECT id FROM patient WHERE merged_into = ? ORDER BY id FOR UPDATE";
    sqlx::query(sql).bind(id).fetch_all(&mut *connection).await?;
    let sql = "WITH whose AS (SELECT id FROM patient WHERE id = ? UNION SELECT id FROM patient WHERE merged_into = ?)
         SELECT EXISTS (SELECT 1 FROM whose w JOIN ticket t ON t.patient_id = w.id AND t.live = 1)
           OR EXISTS (SELECT 1 FROM whose w JOIN booking b ON b.patient_id = w.id AND b.status IN ('arrived', 'checked_in')) AS present,
         EXISTS (SELECT 1 FROM whose w JOIN booking b ON b.patient_id = w.id AND b.ends_at > ?
           AND b.status IN ('proposed', 'pending', 'booked', 'waitlist')) AS expected,
         EXISTS (SELECT 1 FROM whose w JOIN booking b ON b.patient_id = w.id)
           OR EXISTS (SELECT 1 FROM whose w JOIN ticket t ON t.patient_id = w.id) AS any_visit";
    let query = sqlx::query(sql).bind(id).bind(id).bind(now.naive_utc());
    let row = query.fetch_one(connection).await?;
    let is = |column| row.try_get::<i64, _>(column).map(|found| found != 0);
    Ok(match (is("present")?, is("any_visit")?) {
        (true, _) => Visits::Present,
        (false, true) => Visits::Some { expected: is("expected")? },
        (false, false) => Visits::None,
    })
}

/// Takes somebody out of the family: wholly, or so that their visits stay theirs.
pub(super) async fn remove(
    connection: &mut MySqlConnection,
    id: Uuid,
    erase: bool,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "DELETE FROM patient_move WHERE patient_id = ?";
    sqlx::query(sql).bind(id).execute(&mut *connection).await?;
    if erase {
        let sql = "DELETE FROM patient WHERE id = ? OR merged_into = ?";
        sqlx::query(sql).bind(id).bind(id).execute(connection).await?;
    } else {
        let sql = "UPDATE patient SET ended_at = ?, end_reason = 'removed' WHERE id = ? OR merged_into = ?";
        sqlx::query(sql).bind(now.naive_utc()).bind(id).bind(id).execute(connection).await?;
    }
    Ok(())
}

/// The account's own person, locked.
pub(super) async fn lock_own(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Option<Uuid>> {
    let sql = "SELECT id FROM patient WHERE account_id = ? AND self = 1 AND end_reason IS NULL FOR UPDATE";
    sqlx::query_scalar(sql).bind(account.uuid()).fetch_optional(connection).await
}

/// Another code by which somebody moves, in place of the one before.
pub(super) async fn set_move(
    connection: &mut MySqlConnection,
    (patient, account): (Uuid, AccountId),
    mac: &[u8],
    until: Timestamp,
) -> sqlx::Result<()> {
    let sql = "REPLACE INTO patient_move (patient_id, account_id, code_mac, expires_at) VALUES (?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(patient).bind(account.uuid()).bind(mac);
    query.bind(until.naive_utc()).execute(connection).await?;
    Ok(())
}

/// Takes a code that holds: who moves, and from which account.
pub(super) async fn take_move(
    connection: &mut MySqlConnection,
    macs: &[[u8; 32]],
    now: Timestamp,
) -> sqlx::Result<Option<(PatientId, AccountId)>> {
    let mut query = QueryBuilder::new("DELETE FROM patient_move WHERE expires_at > ");
    query.push_bind(now.naive_utc()).push(" AND code_mac IN (");
    let mut list = query.separated(", ");
    for mac in macs {
        list.push_bind(mac.as_slice());
    }
    query.push(") RETURNING patient_id, account_id");
    let row = query.build().fetch_optional(connection).await?;
    row.map(|row| {
        let patient = PatientId::from_uuid(row.try_get("patient_id")?);
        Ok((patient, AccountId::from_uuid(row.try_get("account_id")?)))
    })
    .transpose()
}

/// The patient is the other account's from now on, with all that is booked.
pub(super) async fn give(
    connection: &mut MySqlConnection,
    person: &Person,
    to: AccountId,
) -> sqlx::Result<()> {
    let sql = "UPDATE patient SET account_id = ?, self = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(to.uuid()).bind(person.own).bind(person.id);
    query.execute(&mut *connection).await?;
    let sql = "UPDATE patient SET account_id = ? WHERE merged_into = ?";
    sqlx::query(sql).bind(to.uuid()).bind(person.id).execute(connection).await?;
    Ok(())
}

/// Deletes codes that are over.
pub(crate) async fn forget(database: &MySqlPool, now: Timestamp, most: u32) -> sqlx::Result<u64> {
    let sql = "DELETE FROM patient_move WHERE expires_at < ? LIMIT ?";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(most);
    Ok(query.execute(database).await?.rows_affected())
}

/// Name and address of an account, for whoever it writes to.
pub(super) async fn name(
    database: &MySqlPool,
    account: AccountId,
) -> sqlx::Result<(Option<String>, Option<String>)> {
    let sql = "SELECT name, email FROM account WHERE id = ? AND deleted_at IS NULL";
    let found = sqlx::query_as(sql).bind(account.uuid()).fetch_optional(database).await?;
    Ok(found.unwrap_or_default())
}

/// Somebody to be added.
pub(super) fn new_person(name: &str, birth_date: NaiveDate) -> Person {
    let id = PatientId::generate().uuid();
    Person { id, own: false, name: name.to_owned(), birth_date: Some(birth_date) }
}
