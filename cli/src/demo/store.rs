//! SQL of the demonstration: what is there already, and who works there. Hospitals, doctors and patients are written by
//! `platform::seed`.

use chrono_tz::Tz;
use domain::ids::{AccountId, HospitalId};
use domain::people::{OPERATOR, Role};
use domain::time::Timestamp;
use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::failure::CliError;

/// A hospital that gets doctors.
pub struct HospitalZone {
    pub id: HospitalId,
    pub zone: Tz,
    pub imported: bool,
}

/// Rows of the tables that the seed fills.
pub async fn count(
    connection: &mut MySqlConnection,
) -> Result<Vec<(&'static str, i64)>, sqlx::Error> {
    let mut counts = Vec::new();
    for table in ["hospital", "doctor", "account", "patient", "membership"] {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        counts.push((table, sqlx::query_scalar(sql).fetch_one(&mut *connection).await?));
    }
    Ok(counts)
}

/// Staff in that role: account, hospital. Both have to be there. Whoever has it already keeps it; each new one has a row of its
/// own that says since when.
pub async fn add_staff(
    connection: &mut MySqlConnection,
    staff: &[(AccountId, HospitalId)],
    role: Role,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let name: &'static str = role.into();
    for (account, hospital) in staff {
        let sql = "INSERT IGNORE INTO membership (account_id, hospital_id, role, since) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(account.uuid()).bind(hospital.uuid()).bind(name);
        let added = query.bind(now.naive_utc()).execute(&mut *connection).await?.rows_affected();
        if added == 0 {
            continue;
        }
        let sql =
            "INSERT INTO membership_change (at, actor, account_id, hospital_id, role_after, cause)
             VALUES (?, ?, ?, ?, ?, 'command_line')";
        let query = sqlx::query(sql).bind(now.naive_utc()).bind(OPERATOR.uuid());
        let query = query.bind(account.uuid()).bind(hospital.uuid()).bind(name);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The hospital shows called numbers to anybody.
pub async fn show_board(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
) -> Result<(), sqlx::Error> {
    let sql = "UPDATE hospital SET board = 1 WHERE id = ?";
    sqlx::query(sql).bind(hospital.uuid()).execute(connection).await?;
    Ok(())
}

/// Whether there is that hospital.
pub async fn is_hospital(
    connection: &mut MySqlConnection,
    hospital: HospitalId,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT COUNT(*) > 0 FROM hospital WHERE id = ?";
    let found: i64 = sqlx::query_scalar(sql).bind(hospital.uuid()).fetch_one(connection).await?;
    Ok(found > 0)
}

/// The account's own person if it has one; `None` where there is no such account.
pub async fn own_person(
    pool: &MySqlPool,
    account: Uuid,
) -> Result<Option<Option<Uuid>>, sqlx::Error> {
    let sql = "SELECT patient.id FROM account LEFT JOIN patient ON patient.account_id = account.id AND patient.self = 1 \
               WHERE account.id = ? LIMIT 1";
    sqlx::query_scalar(sql).bind(account).fetch_optional(pool).await
}

/// Imported hospitals in the order of their import; those of the demonstration after them. A zone that is not known is
/// refused.
pub async fn first_hospitals(pool: &MySqlPool, limit: u32) -> Result<Vec<HospitalZone>, CliError> {
    let sql = "SELECT id, zone, source_key IS NOT NULL AS imported FROM hospital ORDER BY source_key IS NULL, id LIMIT ?";
    let rows = sqlx::query(sql).bind(limit).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let imported: i64 = row.try_get("imported")?;
            let zone: String = row.try_get("zone")?;
            let zone = zone
                .parse()
                .map_err(|_| CliError::refused(format!("{zone} is not a known zone")))?;
            Ok(HospitalZone {
                id: HospitalId::from_uuid(row.try_get("id")?),
                zone,
                imported: imported != 0,
            })
        })
        .collect()
}
