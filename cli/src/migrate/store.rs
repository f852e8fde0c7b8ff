//! SQL of the set-up.

use sqlx::mysql::{MySql, MySqlConnection, MySqlDatabaseError};
use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::failure::CliError;

/// Error 1049.
pub fn is_unknown_database(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.try_downcast_ref::<MySqlDatabaseError>().is_some_and(|error| error.number() == 1049)
}

/// The tables name no character set, so the database's own must hold Korean.
pub async fn create_database(connection: &mut MySqlConnection, name: &str) -> Result<(), CliError> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    {
        return Err(CliError::Usage(
            "DATABASE_URL: the database's name has letters, digits, _ and - only".to_owned(),
        ));
    }
    // An identifier cannot be bound; its form was checked above.
    let sql = format!(
        "CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// `MariaDB` 10.11 or newer, since only it has the period constraint, and a character set that holds Korean.
pub async fn check_server(connection: &mut MySqlConnection) -> Result<(), CliError> {
    let (version, charset): (String, String) =
        sqlx::query_as("SELECT VERSION(), CAST(@@character_set_database AS CHAR)")
            .fetch_one(connection)
            .await?;
    if !is_supported(&version) {
        return Err(CliError::refused(format!(
            "MariaDB 10.11 or newer is needed for its period constraint; this is {version}"
        )));
    }
    if charset != "utf8mb4" {
        return Err(CliError::refused(format!(
            "the database's character set is {charset}; it must be utf8mb4"
        )));
    }
    Ok(())
}

fn is_supported(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version.contains("MariaDB") && (major, minor) >= (10, 11)
}

/// Migrations applied so far; 0 in a new database.
pub async fn applied(connection: &mut MySqlConnection) -> Result<i64, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '_sqlx_migrations'",
    )
    .fetch_one(&mut *connection)
    .await?;
    if tables == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
}

pub async fn partitions(connection: &mut MySqlConnection) -> Result<u16, sqlx::Error> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM partition_state").fetch_one(connection).await?;
    Ok(u16::try_from(count).unwrap_or(u16::MAX))
}

/// One statement, so that there are all of them or none.
pub async fn add_partitions(
    connection: &mut MySqlConnection,
    count: u16,
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new("INSERT INTO partition_state (id) ");
    query.push_values(0..count, |mut row, id| {
        row.push_bind(id);
    });
    query.build().execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_supported;

    #[test]
    fn only_a_server_with_periods_will_do() {
        assert!(is_supported("10.11.6-MariaDB-0+deb12u1"));
        assert!(is_supported("11.4.2-MariaDB"));
        assert!(!is_supported("10.6.18-MariaDB"));
        assert!(!is_supported("8.4.0"));
    }
}
