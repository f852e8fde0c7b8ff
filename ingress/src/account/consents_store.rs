//! SQL of what people agree to.

use domain::ids::AccountId;
use domain::time::Timestamp;
use sqlx::{MySqlConnection, MySqlPool, QueryBuilder, Row};

use super::body::ConsentBody;
use super::schema::ConsentVersion;

/// The highest version of each kind.
pub(super) async fn present(database: &MySqlPool) -> sqlx::Result<Vec<ConsentVersion>> {
    let sql = "SELECT kind, version, required, ko, en FROM consent_version v
         WHERE version = (SELECT MAX(version) FROM consent_version w WHERE w.kind = v.kind) ORDER BY required DESC, kind";
    let rows = sqlx::query(sql).fetch_all(database).await?;
    let version = |row: &sqlx::mysql::MySqlRow| {
        Ok(ConsentVersion {
            kind: row.try_get("kind")?,
            version: row.try_get("version")?,
            required: row.try_get("required")?,
            ko: row.try_get("ko")?,
            en: row.try_get("en")?,
        })
    };
    rows.iter().map(version).collect()
}

pub(super) async fn give(
    connection: &mut MySqlConnection,
    account: AccountId,
    consents: &[ConsentBody],
    now: Timestamp,
) -> sqlx::Result<()> {
    if consents.is_empty() {
        return Ok(());
    }
    let mut insert =
        QueryBuilder::new("INSERT INTO consent (account_id, kind, version, given_at) ");
    insert.push_values(consents, |mut row, consent| {
        row.push_bind(account.uuid()).push_bind(&consent.kind).push_bind(consent.version);
        row.push_bind(now.naive_utc());
    });
    insert.build().execute(connection).await?;
    Ok(())
}
