//! SQL of the platform's operators.

use domain::email::Email;
use domain::ids::AccountId;
use domain::people::OPERATOR;
use domain::time::Timestamp;
use sqlx::{MySqlConnection, Row};

/// The account of that address, locked, and whether it is an operator.
pub async fn find(
    connection: &mut MySqlConnection,
    email: &Email,
) -> Result<Option<(AccountId, bool)>, sqlx::Error> {
    let sql = "SELECT id, operator FROM account WHERE email = ? AND deleted_at IS NULL FOR UPDATE";
    let row = sqlx::query(sql).bind(email.as_str()).fetch_optional(connection).await?;
    row.map(|row| Ok((AccountId::from_uuid(row.try_get("id")?), row.try_get("operator")?)))
        .transpose()
}

/// Makes it one, or none, and writes down who did.
pub async fn set(
    connection: &mut MySqlConnection,
    account: AccountId,
    is_operator: bool,
    by: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let sql = "UPDATE account SET operator = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(is_operator).bind(account.uuid());
    query.execute(&mut *connection).await?;
    let role = Some("operator");
    let (before, after) = if is_operator { (None, role) } else { (role, None) };
    let sql = "INSERT INTO membership_change (at, actor, account_id, role_before, role_after, cause, reason)
         VALUES (?, ?, ?, ?, ?, 'command_line', ?)";
    let query = sqlx::query(sql).bind(now.naive_utc()).bind(OPERATOR.uuid()).bind(account.uuid());
    query.bind(before).bind(after).bind(format!("by {by}")).execute(connection).await?;
    Ok(())
}
