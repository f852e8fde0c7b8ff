//! SQL of what people agree to. Each step is a row that is never changed; the last of a kind says what holds.

use domain::ids::AccountId;
use domain::time::{self, Timestamp};
use platform::rows_store::timestamp;
use sqlx::{MySqlConnection, MySqlPool, QueryBuilder, Row};

use super::body::ConsentBody;
use super::schema::{Agreed, Agreement, ConsentVersion};

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
        QueryBuilder::new("INSERT INTO consent_event (account_id, kind, version, what, at) ");
    insert.push_values(consents, |mut row, consent| {
        row.push_bind(account.uuid()).push_bind(&consent.kind).push_bind(consent.version);
        row.push_bind("given").push_bind(now.naive_utc());
    });
    insert.build().execute(connection).await?;
    Ok(())
}

pub(super) async fn withdraw(
    connection: &mut MySqlConnection,
    account: AccountId,
    consent: &ConsentBody,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO consent_event (account_id, kind, version, what, at) VALUES (?, ?, ?, 'withdrawn', ?)";
    let query = sqlx::query(sql).bind(account.uuid()).bind(&consent.kind).bind(consent.version);
    query.bind(now.naive_utc()).execute(connection).await?;
    Ok(())
}

/// How the account stands to everything that people are asked to agree to.
pub(super) async fn of_account(
    connection: &mut MySqlConnection,
    account: AccountId,
) -> sqlx::Result<Vec<Agreement>> {
    let sql = "SELECT v.kind, v.version, v.required, v.ko, v.en, e.version AS agreed, e.at
         FROM consent_version v LEFT JOIN consent_event e ON e.what = 'given' AND e.id =
           (SELECT MAX(x.id) FROM consent_event x WHERE x.account_id = ? AND x.kind = v.kind)
         WHERE v.version = (SELECT MAX(w.version) FROM consent_version w WHERE w.kind = v.kind)
         ORDER BY v.required DESC, v.kind";
    let rows = sqlx::query(sql).bind(account.uuid()).fetch_all(connection).await?;
    let agreement = |row: &sqlx::mysql::MySqlRow| {
        let agreed = match row.try_get::<Option<u16>, _>("agreed")? {
            None => None,
            Some(version) => {
                let at = time::show(timestamp(row, "at")?, chrono_tz::UTC);
                Some(Agreed { version, at })
            }
        };
        let (version, required) = (row.try_get("version")?, row.try_get("required")?);
        let is_present = agreed.as_ref().is_some_and(|agreed| agreed.version == version);
        Ok(Agreement {
            kind: row.try_get("kind")?,
            version,
            required,
            ko: row.try_get("ko")?,
            en: row.try_get("en")?,
            due: required && !is_present,
            agreed,
        })
    };
    rows.iter().map(agreement).collect()
}
