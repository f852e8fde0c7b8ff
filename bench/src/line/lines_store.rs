//! SQL that looks whether the numbers of a world's lines are 1, 2, 3 and so on, on either side, and when turns came;
//! and who works at a desk.

use chrono::NaiveDateTime;
use domain::ids::{AccountId, DoctorId};
use domain::line::USUAL_PRIORITY;
use domain::time::Timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// Lines as the rows have them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Lines {
    pub tickets: u64,
    /// Numbers that are missing, or there twice.
    pub uneven: u64,
}

/// Of these doctors. `table` is one of this program's constants.
pub async fn read(
    pool: &MySqlPool,
    table: &'static str,
    doctors: &[DoctorId],
) -> Result<Lines, sqlx::Error> {
    let mut lines = Lines::default();
    for some in doctors.chunks(500) {
        let mut query = QueryBuilder::<MySql>::new(
            "SELECT CAST(SUM(n) AS UNSIGNED) AS tickets, CAST(SUM(n - once + most - once) AS UNSIGNED) AS uneven FROM (
                 SELECT COUNT(*) AS n, COUNT(DISTINCT number) AS once, MAX(number) AS most FROM ",
        );
        query.push(table).push(" WHERE doctor_id IN (");
        let mut list = query.separated(", ");
        for doctor in some {
            list.push_bind(doctor.uuid());
        }
        query.push(") GROUP BY doctor_id, day) AS of_days");
        let row = query.build().fetch_one(pool).await?;
        lines.tickets += row.try_get::<Option<u64>, _>("tickets")?.unwrap_or(0);
        lines.uneven += row.try_get::<Option<u64>, _>("uneven")?.unwrap_or(0);
    }
    Ok(lines)
}

/// When each ticket of these doctors was first called or passed over, of those that were neither held, put off nor
/// put first before.
pub async fn turns(
    pool: &MySqlPool,
    doctors: &[DoctorId],
) -> Result<HashMap<Uuid, Timestamp>, sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new(
        "SELECT c.ticket_id, MIN(c.at) AS at FROM ticket t JOIN ticket_change c ON c.ticket_id = t.id
          WHERE (c.reason = 'passed' OR c.status_after = 'checked_in') AND c.revision <= 3 AND c.priority_after = ",
    );
    query.push_bind(USUAL_PRIORITY).push(" AND t.doctor_id IN (");
    let mut list = query.separated(", ");
    for doctor in doctors {
        list.push_bind(doctor.uuid());
    }
    let rows = query.push(") GROUP BY c.ticket_id").build().fetch_all(pool).await?;
    let turn = |row: &MySqlRow| {
        let at: NaiveDateTime = row.try_get("at")?;
        Ok((row.try_get("ticket_id")?, at.and_utc()))
    };
    rows.iter().map(turn).collect()
}

/// Makes the account somebody who works where these doctors do.
pub async fn employ(
    pool: &MySqlPool,
    account: AccountId,
    doctors: &[DoctorId],
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new(
        "INSERT INTO membership (account_id, hospital_id, role) SELECT DISTINCT ",
    );
    query.push_bind(account.uuid()).push(", hospital_id, 'receptionist' FROM doctor WHERE id IN (");
    let mut list = query.separated(", ");
    for doctor in doctors {
        list.push_bind(doctor.uuid());
    }
    query.push(")").build().execute(pool).await?;
    Ok(())
}
