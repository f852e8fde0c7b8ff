//! SQL of the demonstration, many rows a statement. Rows that are there stay as they are
//! (`ON DUPLICATE KEY UPDATE id = id`), while every other error is told.

use chrono::NaiveDate;
use domain::time::Timestamp;
use sqlx::mysql::{MySql, MySqlConnection, MySqlPool};
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use uuid::Uuid;

use super::hospitals::{self, DemoHospital};
use super::patients::DemoPatient;
use super::{NewDoctor, clock_time};

/// What happens to a schedule that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Schedules {
    /// It only reaches further.
    Extend,
    /// It becomes what is asked.
    Replace,
}

/// A hospital that gets doctors.
pub struct HospitalZone {
    pub id: Uuid,
    pub zone: String,
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

pub async fn add_hospitals(
    connection: &mut MySqlConnection,
    all: &[DemoHospital],
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new(
        "INSERT INTO hospital (id, name, kind, address, sido, sigungu, lat, lon, zone) ",
    );
    query.push_values(all.iter().enumerate(), |mut row, (number, hospital)| {
        row.push_bind(hospitals::id(number))
            .push_bind(hospital.name)
            .push_bind(hospital.kind)
            .push_bind(hospital.address);
        row.push_bind(hospital.sido)
            .push_bind(hospital.sigungu)
            .push_bind(hospital.lat)
            .push_bind(hospital.lon);
        row.push_bind(hospital.zone);
    });
    query.push(" ON DUPLICATE KEY UPDATE id = id");
    query.build().execute(connection).await?;
    Ok(())
}

pub async fn add_doctors(
    connection: &mut MySqlConnection,
    doctors: &[NewDoctor],
) -> Result<(), sqlx::Error> {
    let mut query =
        QueryBuilder::<MySql>::new("INSERT INTO doctor (id, hospital_id, name, department) ");
    query.push_values(doctors, |mut row, doctor| {
        row.push_bind(doctor.id)
            .push_bind(doctor.hospital_id)
            .push_bind(&doctor.name)
            .push_bind(doctor.department);
    });
    query.push(" ON DUPLICATE KEY UPDATE id = id");
    query.build().execute(connection).await?;
    Ok(())
}

pub async fn add_schedules(
    connection: &mut MySqlConnection,
    doctors: &[NewDoctor],
    mode: Schedules,
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new(
        "INSERT INTO schedule (doctor_id, step_minutes, first_minutes, return_minutes, seats, release_days, release_at, \
         valid_from, valid_until) ",
    );
    query.push_values(doctors, |mut row, doctor| {
        row.push_bind(doctor.id)
            .push_bind(doctor.step)
            .push_bind(doctor.first)
            .push_bind(doctor.again);
        row.push_bind(doctor.seats).push_bind(doctor.release.map(|release| release.days));
        row.push_bind(doctor.release.map(|release| release.at))
            .push_bind(doctor.valid_from)
            .push_bind(doctor.valid_until);
    });
    query.push(match mode {
        Schedules::Extend => " ON DUPLICATE KEY UPDATE valid_until = GREATEST(valid_until, VALUES(valid_until))",
        Schedules::Replace => {
            " ON DUPLICATE KEY UPDATE step_minutes = VALUES(step_minutes), first_minutes = VALUES(first_minutes), \
             return_minutes = VALUES(return_minutes), seats = VALUES(seats), release_days = VALUES(release_days), \
             release_at = VALUES(release_at), valid_from = VALUES(valid_from), valid_until = VALUES(valid_until)"
        }
    });
    query.build().execute(&mut *connection).await?;
    if mode == Schedules::Replace {
        let mut query =
            QueryBuilder::<MySql>::new("DELETE FROM schedule_hours WHERE doctor_id IN ");
        query.push_tuples(doctors, |mut row, doctor| {
            row.push_bind(doctor.id);
        });
        query.build().execute(&mut *connection).await?;
    }
    add_hours(connection, doctors).await
}

async fn add_hours(
    connection: &mut MySqlConnection,
    doctors: &[NewDoctor],
) -> Result<(), sqlx::Error> {
    let days =
        doctors.iter().flat_map(|doctor| doctor.hours.iter().map(|hours| (doctor.id, hours)));
    let mut query = QueryBuilder::<MySql>::new(
        "INSERT INTO schedule_hours (doctor_id, weekday, opens, closes, lunch_from, lunch_until) ",
    );
    query.push_values(days, |mut row, (doctor, hours)| {
        row.push_bind(doctor)
            .push_bind(hours.weekday)
            .push_bind(clock_time(hours.opens))
            .push_bind(clock_time(hours.closes));
        row.push_bind(hours.lunch.map(|lunch| clock_time(lunch[0])))
            .push_bind(hours.lunch.map(|lunch| clock_time(lunch[1])));
    });
    query.push(" ON DUPLICATE KEY UPDATE weekday = VALUES(weekday)");
    query.build().execute(connection).await?;
    Ok(())
}

pub async fn add_patients(
    connection: &mut MySqlConnection,
    patients: &[DemoPatient],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if patients.is_empty() {
        return Ok(());
    }
    let accounts: Vec<_> = patients.iter().map(|patient| patient.account_id).collect();
    add_accounts(connection, &accounts, now).await?;
    let mut query = QueryBuilder::<MySql>::new("INSERT INTO patient (id, account_id, self, name) ");
    query.push_values(patients, |mut row, patient| {
        row.push_bind(patient.patient_id)
            .push_bind(patient.account_id)
            .push_bind(true)
            .push_bind(&patient.name);
    });
    query.push(" ON DUPLICATE KEY UPDATE id = id");
    query.build().execute(connection).await?;
    Ok(())
}

async fn add_accounts(
    connection: &mut MySqlConnection,
    accounts: &[Uuid],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<MySql>::new("INSERT INTO account (id, created_at) ");
    query.push_values(accounts, |mut row, account| {
        row.push_bind(account).push_bind(now.naive_utc());
    });
    query.push(" ON DUPLICATE KEY UPDATE id = id");
    query.build().execute(connection).await?;
    Ok(())
}

/// Children: id, account, name.
pub async fn add_children(
    connection: &mut MySqlConnection,
    children: &[(Uuid, Uuid, String)],
) -> Result<(), sqlx::Error> {
    let born = NaiveDate::from_ymd_opt(2019, 5, 5);
    let mut query =
        QueryBuilder::<MySql>::new("INSERT INTO patient (id, account_id, self, name, birth_date) ");
    query.push_values(children, |mut row, (id, account, name)| {
        row.push_bind(id).push_bind(account).push_bind(false).push_bind(name).push_bind(born);
    });
    query.push(" ON DUPLICATE KEY UPDATE id = id");
    query.build().execute(connection).await?;
    Ok(())
}

/// Receptionists: account, hospital.
pub async fn add_staff(
    connection: &mut MySqlConnection,
    staff: &[(Uuid, Uuid)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let accounts: Vec<_> = staff.iter().map(|(account, _)| *account).collect();
    add_accounts(connection, &accounts, now).await?;
    let mut query =
        QueryBuilder::<MySql>::new("INSERT INTO membership (account_id, hospital_id, role) ");
    query.push_values(staff, |mut row, (account, hospital)| {
        row.push_bind(account).push_bind(hospital).push_bind("receptionist");
    });
    query.push(" ON DUPLICATE KEY UPDATE role = VALUES(role)");
    query.build().execute(connection).await?;
    Ok(())
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

/// Imported hospitals in the order of their import; those of the demonstration after them.
pub async fn first_hospitals(
    pool: &MySqlPool,
    limit: u32,
) -> Result<Vec<HospitalZone>, sqlx::Error> {
    let sql = "SELECT id, zone, source_key IS NOT NULL AS imported FROM hospital ORDER BY source_key IS NULL, id LIMIT ?";
    let rows = sqlx::query(sql).bind(limit).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let imported: i64 = row.try_get("imported")?;
            Ok(HospitalZone {
                id: row.try_get("id")?,
                zone: row.try_get("zone")?,
                imported: imported != 0,
            })
        })
        .collect()
}
