//! SQL of the levers as operators write them. Each change is a row; the one that has not ended holds.

use chrono::NaiveDateTime;
use domain::ids::HospitalId;
use domain::time::Timestamp;
use platform::database;
use platform::lever::Lever;
use sqlx::mysql::{MySqlPool, MySqlRow};
use sqlx::{AssertSqlSafe, Row};

use crate::failure::CliError;

/// A row of `lever_change`.
#[derive(Clone, Debug)]
pub struct Change {
    pub name: String,
    /// `None`: taken away.
    pub value: Option<u64>,
    pub until: Option<NaiveDateTime>,
    pub at: NaiveDateTime,
    pub actor: String,
    pub reason: String,
    pub value_before: Option<u64>,
    pub until_before: Option<NaiveDateTime>,
}

/// What a lever is set to.
#[derive(Clone, Copy, Debug)]
pub struct NewValue {
    pub value: u64,
    pub until: Option<Timestamp>,
}

const COLUMNS: &str =
    "SELECT name, value, until, at, actor, reason, value_before, until_before FROM lever_change";

fn change_of(row: &MySqlRow) -> Result<Change, sqlx::Error> {
    Ok(Change {
        name: row.try_get("name")?,
        value: row.try_get("value")?,
        until: row.try_get("until")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
        value_before: row.try_get("value_before")?,
        until_before: row.try_get("until_before")?,
    })
}

/// The last change of every lever.
pub async fn present(pool: &MySqlPool) -> Result<Vec<Change>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{COLUMNS} WHERE ended_at IS NULL ORDER BY name"));
    sqlx::query(sql).fetch_all(pool).await?.iter().map(change_of).collect()
}

/// All changes, oldest first; those of one lever where it is named.
pub async fn changes(pool: &MySqlPool, name: Option<String>) -> Result<Vec<Change>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{COLUMNS} WHERE ? IS NULL OR name = ? ORDER BY id"));
    sqlx::query(sql).bind(&name).bind(&name).fetch_all(pool).await?.iter().map(change_of).collect()
}

/// Records a change, which from then on holds. The value that was set before.
pub async fn change(
    pool: &MySqlPool,
    lever: Lever,
    new: Option<NewValue>,
    (actor, reason): (&str, &str),
    now: Timestamp,
) -> Result<Option<u64>, CliError> {
    let (name, now) = (lever.to_string(), now.naive_utc());
    let mut transaction = pool.begin().await?;
    let sql = AssertSqlSafe(format!("{COLUMNS} WHERE present = ? FOR UPDATE"));
    let before = sqlx::query(sql).bind(&name).fetch_optional(&mut *transaction).await?;
    let before = before.as_ref().map(change_of).transpose()?;
    let is_set = before.as_ref().is_some_and(|change| change.value.is_some());
    if new.is_none() && !is_set {
        return Err(CliError::refused(format!("{name} is not set")));
    }
    // One that has ended by itself is not what held before.
    let before = before.filter(|change| change.until.is_none_or(|until| now < until));
    sqlx::query("UPDATE lever_change SET ended_at = ? WHERE present = ?")
        .bind(now)
        .bind(&name)
        .execute(&mut *transaction)
        .await?;
    let insert = "INSERT INTO lever_change (name, value, until, at, actor, reason, value_before, until_before)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let insert = sqlx::query(insert)
        .bind(&name)
        .bind(new.map(|new| new.value))
        .bind(new.and_then(|new| new.until).map(|until| until.naive_utc()))
        .bind(now)
        .bind(actor)
        .bind(reason)
        .bind(before.as_ref().and_then(|change| change.value))
        .bind(before.as_ref().and_then(|change| change.until));
    if let Err(error) = insert.execute(&mut *transaction).await {
        let raced = database::broken_key(&error).is_some() || database::is_retryable(&error);
        return Err(if raced {
            CliError::refused(format!("{name} was changed by somebody else in this moment"))
        } else {
            error.into()
        });
    }
    transaction.commit().await?;
    Ok(before.and_then(|change| change.value))
}

/// Partitions that the installation was set up with.
pub async fn partitions(pool: &MySqlPool) -> Result<u16, sqlx::Error> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM partition_state").fetch_one(pool).await?;
    Ok(u16::try_from(count).unwrap_or(u16::MAX))
}

pub async fn is_hospital(pool: &MySqlPool, id: HospitalId) -> Result<bool, sqlx::Error> {
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM hospital WHERE id = ?")
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    Ok(found.is_some())
}
