//! SQL that makes the world. Rows go in by the thousand; nothing here is part of what is measured.

use chrono::NaiveDate;
use domain::ids::{DoctorId, HospitalId, PatientId};
use domain::time::Timestamp;
use sqlx::{MySql, MySqlPool, QueryBuilder};

use crate::world::{Account, World};

/// Rows a statement: well below the 65,535 placeholders that MariaDB takes.
const CHUNK: usize = 1_000;

/// Limits far away, so that nothing is refused but for want of time.
const NO_LIMIT: u16 = 60_000;

pub async fn write_hospitals(
    pool: &MySqlPool,
    world: &World,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for chunk in world.hospitals.chunks(CHUNK) {
        let mut insert = into(
            "INSERT INTO hospital (id, name, kind, zone, max_open_bookings, max_per_doctor_day) ",
        );
        insert.push_values(chunk, |mut row, id: &HospitalId| {
            row.push_bind(id.uuid())
                .push_bind("부하 시험 의원")
                .push_bind("의원")
                .push_bind("Asia/Seoul");
            row.push_bind(NO_LIMIT).push_bind(NO_LIMIT);
        });
        insert.build().execute(&mut *transaction).await?;
    }
    let doctors: Vec<(DoctorId, HospitalId)> =
        world.doctors.iter().copied().zip(world.hospitals.iter().copied().cycle()).collect();
    for chunk in doctors.chunks(CHUNK) {
        let mut insert = into("INSERT INTO doctor (id, hospital_id, name, department) ");
        insert.push_values(chunk, |mut row, (doctor, hospital)| {
            row.push_bind(doctor.uuid())
                .push_bind(hospital.uuid())
                .push_bind("부하 시험")
                .push_bind("내과");
        });
        insert.build().execute(&mut *transaction).await?;
    }
    write_schedules(&mut transaction, &world.doctors, today).await?;
    transaction.commit().await
}

/// 09:00 to 18:00 every day, a visit every 15 minutes, for as long as times are accepted.
async fn write_schedules(
    connection: &mut sqlx::MySqlConnection,
    doctors: &[DoctorId],
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    for chunk in doctors.chunks(CHUNK) {
        let mut insert = into(
            "INSERT INTO schedule (doctor_id, step_minutes, first_minutes, return_minutes, valid_from, valid_until) ",
        );
        insert.push_values(chunk, |mut row, id: &DoctorId| {
            row.push_bind(id.uuid()).push_bind(15_u16).push_bind(15_u16).push_bind(15_u16);
            row.push_bind(today).push_bind(NaiveDate::from_ymd_opt(2190, 12, 31));
        });
        insert.build().execute(&mut *connection).await?;
    }
    let days: Vec<(DoctorId, u8)> =
        doctors.iter().flat_map(|id| (1..=7).map(|weekday| (*id, weekday))).collect();
    for chunk in days.chunks(CHUNK) {
        let mut insert = into("INSERT INTO schedule_hours (doctor_id, weekday, opens, closes) ");
        insert.push_values(chunk, |mut row, (id, weekday)| {
            row.push_bind(id.uuid())
                .push_bind(*weekday)
                .push_bind("09:00:00")
                .push_bind("18:00:00");
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Accounts with their patients, the first of each the account's own person.
pub async fn write_accounts(
    pool: &MySqlPool,
    accounts: &[Account],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    for chunk in accounts.chunks(CHUNK) {
        let mut insert = into("INSERT INTO account (id, created_at) ");
        insert.push_values(chunk, |mut row, account| {
            row.push_bind(account.id.uuid()).push_bind(now.naive_utc());
        });
        insert.build().execute(&mut *transaction).await?;
    }
    let patient = |account: &Account, (index, patient): (usize, &PatientId)| {
        (*patient, account.id, index == 0)
    };
    let patients: Vec<_> = accounts
        .iter()
        .flat_map(|account| {
            account.patients.iter().enumerate().map(|numbered| patient(account, numbered))
        })
        .collect();
    for chunk in patients.chunks(CHUNK) {
        let mut insert = into("INSERT INTO patient (id, account_id, self) ");
        insert.push_values(chunk, |mut row, (id, account, own)| {
            row.push_bind(id.uuid()).push_bind(account.uuid()).push_bind(*own);
        });
        insert.build().execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

fn into(head: &'static str) -> QueryBuilder<MySql> {
    QueryBuilder::new(head)
}
