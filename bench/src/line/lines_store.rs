//! SQL that looks whether the numbers of a world's lines are 1, 2, 3 and so on, on either side; and who works at a desk.

use domain::ids::{AccountId, DoctorId};
use sqlx::{MySql, MySqlPool, QueryBuilder, Row};

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
