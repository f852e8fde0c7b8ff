//! MariaDB: the pool and the migrations. Sessions run READ COMMITTED with UTC; `store` files of the
//! services hold all SQL.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions};
use sqlx::{ConnectOptions, SqlStr};
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use crate::address::address;
use crate::config::{ConfigError, Env, invalid};

/// The schema, applied by `docde migrate`. Listed instead of read by `sqlx::migrate!`: for that macro alone the database's
/// client, with TLS and runtime, would be built a second time, for the compiler.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let migration = |(version, description, sql): &(i64, &'static str, &'static str)| {
        let (description, sql) = ((*description).into(), SqlStr::from_static(sql));
        Migration::new(*version, description, MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(FILES.iter().map(migration).collect())
});

/// A database that is there answers within this.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Number, name and text of each file in `migrations`.
const FILES: [(i64, &str, &str); 26] = [
    (1, "spine", include_str!("../../migrations/0001_spine.sql")),
    (2, "time keys", include_str!("../../migrations/0002_time_keys.sql")),
    (3, "request order", include_str!("../../migrations/0003_request_order.sql")),
    (4, "letters", include_str!("../../migrations/0004_letters.sql")),
    (5, "rooms", include_str!("../../migrations/0005_rooms.sql")),
    (6, "publishers", include_str!("../../migrations/0006_publishers.sql")),
    (7, "fewer rows", include_str!("../../migrations/0007_fewer_rows.sql")),
    (10, "line", include_str!("../../migrations/0010_line.sql")),
    (11, "desk", include_str!("../../migrations/0011_desk.sql")),
    (12, "due", include_str!("../../migrations/0012_due.sql")),
    (13, "live", include_str!("../../migrations/0013_live.sql")),
    (14, "joining", include_str!("../../migrations/0014_joining.sql")),
    (15, "levers", include_str!("../../migrations/0015_levers.sql")),
    (16, "admission", include_str!("../../migrations/0016_admission.sql")),
    (17, "calls", include_str!("../../migrations/0017_calls.sql")),
    (18, "staff", include_str!("../../migrations/0018_staff.sql")),
    (19, "accounts", include_str!("../../migrations/0019_accounts.sql")),
    (20, "family", include_str!("../../migrations/0020_family.sql")),
    (21, "membership", include_str!("../../migrations/0021_membership.sql")),
    (22, "staffs bookings", include_str!("../../migrations/0022_staffs_bookings.sql")),
    (23, "phone patients", include_str!("../../migrations/0023_phone_patients.sql")),
    (24, "timetables", include_str!("../../migrations/0024_timetables.sql")),
    (25, "closings", include_str!("../../migrations/0025_closings.sql")),
    (26, "search", include_str!("../../migrations/0026_search.sql")),
    (28, "holds", include_str!("../../migrations/0028_holds.sql")),
    (29, "account limit", include_str!("../../migrations/0029_account_limit.sql")),
];

/// A pool of at most `connections`, from `DATABASE_URL`. Connects on first use, so that a service
/// can start before its database and wait for it.
pub fn pool(env: &Env, connections: u32) -> Result<MySqlPool, ConfigError> {
    let url = address(env, "DATABASE_URL")?;
    pool_of(url, connections).map_err(|error| invalid("DATABASE_URL", &error))
}

/// A pool for a URL.
pub fn pool_of(url: &str, connections: u32) -> Result<MySqlPool, sqlx::Error> {
    let options = MySqlConnectOptions::from_str(url)?.statement_cache_capacity(256);
    // What a batch writes is text with its values in it. A log of slow statements would hold them.
    let options = options.disable_statement_logging();
    Ok(MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // A probe before each use costs a round trip; a broken connection shows at the first statement.
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    .execute(&mut *connection)
                    .await?;
                // A peer that vanishes without a word must not hold its row locks for ever.
                sqlx::query(
                    "SET SESSION idle_transaction_timeout = 20, innodb_lock_wait_timeout = 10",
                )
                .execute(&mut *connection)
                .await?;
                // Lists of ids are looked up by key; diving into the index to estimate each one costs as much again.
                sqlx::query("SET SESSION eq_range_index_dive_limit = 1")
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .connect_lazy_with(options))
}

/// Whether the whole transaction may simply be tried again: deadlock 1213, lock wait time-out 1205.
pub fn is_retryable(error: &sqlx::Error) -> bool {
    matches!(mysql_number(error), Some(1213 | 1205))
}

/// Whether waiting helps, and giving up would give up an innocent: the database or the way to it is down, read-only, full, or
/// not yet what this build expects. Any error counts for that but those of a statement's own values: SQLSTATE classes 22 (data)
/// and 23 (integrity), a value that no character set takes (1366), a packet that is too large (1153).
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => {
            let of_values = database
                .code()
                .is_some_and(|state| state.starts_with("22") || state.starts_with("23"));
            !of_values && !is_retryable(error) && !matches!(mysql_number(error), Some(1366 | 1153))
        }
        _ => false,
    }
}

/// Whether the database answers at this moment.
pub async fn answers(pool: &MySqlPool) -> bool {
    let asked = sqlx::query("SELECT 1").execute(pool);
    tokio::time::timeout(ANSWERS_WITHIN, asked).await.is_ok_and(|answer| answer.is_ok())
}

/// The name of the unique key that a duplicate broke (error 1062), if it was one.
pub fn broken_key(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(database) = error else { return None };
    if mysql_number(error) != Some(1062) {
        return None;
    }
    let message = database.message();
    let quoted = message.rsplit("for key ").next()?;
    let name = quoted.trim_matches(|c| c == '\'' || c == '`');
    Some(name.rsplit('.').next().unwrap_or(name).to_owned())
}

fn mysql_number(error: &sqlx::Error) -> Option<u16> {
    let sqlx::Error::Database(database) = error else { return None };
    database
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map(sqlx::mysql::MySqlDatabaseError::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_schema_is_listed_in_its_place() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
        let mut found: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (path.file_name().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
            })
            .collect();
        found.sort();
        let listed = FILES.map(|(version, description, sql)| {
            (format!("{version:04}_{}.sql", description.replace(' ', "_")).into(), sql.to_owned())
        });
        assert_eq!(found, listed);
    }
}
