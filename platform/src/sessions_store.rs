//! SQL of ended sessions, as all services read them. Ingress writes them.

use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::mysql::MySqlPool;

use crate::rows_store::timestamp;

/// A session that has ended.
pub(crate) struct Ended {
    pub session: SessionId,
    pub account: AccountId,
    /// From then on its tokens have ended by themselves.
    pub until: Timestamp,
}

/// Those that ended since then, or all, as far as tokens of them are not over by `now`.
pub(crate) async fn ended(
    pool: &MySqlPool,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Ended>, sqlx::Error> {
    let sql =
        "SELECT id, account_id, access_until FROM session WHERE ended_at >= ? AND access_until > ?";
    let since = since.unwrap_or_default();
    let query = sqlx::query(sql).bind(since.naive_utc()).bind(now.naive_utc());
    let rows = query.fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            Ok(Ended {
                session: SessionId::from_uuid(row.try_get("id")?),
                account: AccountId::from_uuid(row.try_get("account_id")?),
                until: timestamp(row, "access_until")?,
            })
        })
        .collect()
}
