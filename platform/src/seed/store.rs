//! SQL of seeds, many rows a statement. Rows that are there stay as they are (`ON DUPLICATE KEY UPDATE id = id`), while
//! every other error is told. The transaction is the caller's.

use chrono::NaiveDate;
use domain::ids::{AccountId, SessionId};
use domain::schedule::Hours;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::mysql::{MySql, MySqlConnection};
use sqlx::query_builder::{QueryBuilder, Separated};
use std::collections::HashMap;
use uuid::Uuid;

use crate::search::revision_store;

use super::{DoctorSeed, ExistingSchedule, HospitalSeed, PatientSeed};

/// Rows a statement: well below the 65,535 placeholders that MariaDB takes.
const MAX_ROWS: usize = 1_000;

/// The part of an INSERT behind its rows where a row that is there stays as it is.
const KEEP: &str = "ON DUPLICATE KEY UPDATE id = id";

pub async fn add_hospitals(
    connection: &mut MySqlConnection,
    hospitals: &[HospitalSeed],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO hospital (id, name, kind, address, sido, sigungu, lat, lon, zone, max_open_bookings, max_open_account, max_per_doctor_day) ";
    insert(connection, head, hospitals, KEEP, |mut row, hospital| {
        row.push_bind(hospital.id.uuid()).push_bind(&hospital.name).push_bind(&hospital.kind);
        row.push_bind(&hospital.address).push_bind(&hospital.sido).push_bind(&hospital.sigungu);
        row.push_bind(hospital.location.map(|(lat, _)| lat));
        row.push_bind(hospital.location.map(|(_, lon)| lon));
        row.push_bind(hospital.zone.name());
        row.push_bind(hospital.max_open_bookings).push_bind(hospital.max_open_account);
        row.push_bind(hospital.max_per_doctor_day);
    })
    .await
}

/// Doctors with their schedules. Their hospitals have to be there.
pub async fn add_doctors(
    connection: &mut MySqlConnection,
    doctors: &[DoctorSeed],
    existing: ExistingSchedule,
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO doctor (id, hospital_id, name, department) ";
    insert(connection, head, doctors, KEEP, |mut row, doctor| {
        row.push_bind(doctor.id.uuid()).push_bind(doctor.hospital_id.uuid());
        row.push_bind(&doctor.name).push_bind(&doctor.department);
    })
    .await?;
    if existing == ExistingSchedule::Replace {
        clear(connection, doctors, "DELETE FROM schedule_hours WHERE doctor_id IN ").await?;
        clear(connection, doctors, "DELETE FROM schedule WHERE doctor_id IN ").await?;
    }
    // A doctor who has a schedule keeps its last version, and that one reaches further.
    let latest = latest_versions(connection, doctors).await?;
    let with_version = |doctor| (doctor, begins(&latest, doctor));
    let doctors: Vec<_> = doctors.iter().map(with_version).collect();
    add_schedules(connection, &doctors).await?;
    add_hours(connection, &doctors).await?;
    let hospitals: Vec<_> = doctors.iter().map(|(doctor, _)| doctor.hospital_id).collect();
    revision_store::raise(connection, &hospitals).await
}

type Latest = HashMap<Uuid, NaiveDate>;

fn begins(latest: &Latest, doctor: &DoctorSeed) -> NaiveDate {
    latest.get(&doctor.id.uuid()).copied().unwrap_or(doctor.schedule.valid_from)
}

async fn latest_versions(
    connection: &mut MySqlConnection,
    doctors: &[DoctorSeed],
) -> Result<Latest, sqlx::Error> {
    let mut latest = Latest::new();
    for chunk in doctors.chunks(MAX_ROWS) {
        let mut query = QueryBuilder::<MySql>::new(
            "SELECT doctor_id, MAX(valid_from) AS valid_from FROM schedule WHERE doctor_id IN ",
        );
        query.push_tuples(chunk, |mut row, doctor| {
            row.push_bind(doctor.id.uuid());
        });
        query.push(" GROUP BY doctor_id");
        for row in query.build().fetch_all(&mut *connection).await? {
            latest.insert(row.try_get("doctor_id")?, row.try_get("valid_from")?);
        }
    }
    Ok(latest)
}

async fn add_schedules(
    connection: &mut MySqlConnection,
    doctors: &[(&DoctorSeed, NaiveDate)],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO schedule (doctor_id, step_minutes, first_minutes, return_minutes, seats, release_days, release_at, \
                cutoff_minutes, valid_from, valid_until) ";
    let tail = "ON DUPLICATE KEY UPDATE valid_until = GREATEST(valid_until, VALUES(valid_until))";
    insert(connection, head, doctors, tail, |mut row, (doctor, valid_from)| {
        let schedule = &doctor.schedule;
        row.push_bind(doctor.id.uuid()).push_bind(schedule.step_minutes);
        row.push_bind(schedule.first_visit_minutes).push_bind(schedule.return_visit_minutes);
        row.push_bind(schedule.seats);
        row.push_bind(schedule.release.map(|release| release.days));
        row.push_bind(schedule.release.map(|release| release.at));
        row.push_bind(schedule.cutoff_minutes);
        row.push_bind(valid_from).push_bind(schedule.valid_until);
    })
    .await
}

async fn clear(
    connection: &mut MySqlConnection,
    doctors: &[DoctorSeed],
    head: &'static str,
) -> Result<(), sqlx::Error> {
    for chunk in doctors.chunks(MAX_ROWS) {
        let mut delete = QueryBuilder::<MySql>::new(head);
        delete.push_tuples(chunk, |mut row, doctor| {
            row.push_bind(doctor.id.uuid());
        });
        delete.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn add_hours(
    connection: &mut MySqlConnection,
    doctors: &[(&DoctorSeed, NaiveDate)],
) -> Result<(), sqlx::Error> {
    let days: Vec<_> = doctors
        .iter()
        .flat_map(|(doctor, valid_from)| {
            let open = |(weekday, hours): (u8, &Option<Hours>)| {
                hours.map(|hours| (doctor.id, *valid_from, weekday, hours))
            };
            (1..).zip(&doctor.schedule.hours).filter_map(open)
        })
        .collect();
    let head = "INSERT INTO schedule_hours (doctor_id, valid_from, weekday, opens, closes, lunch_from, lunch_until) ";
    let tail = "ON DUPLICATE KEY UPDATE weekday = VALUES(weekday)";
    insert(connection, head, &days, tail, |mut row, (doctor, valid_from, weekday, hours)| {
        row.push_bind(doctor.uuid()).push_bind(valid_from).push_bind(weekday);
        row.push_bind(hours.opens).push_bind(hours.closes);
        row.push_bind(hours.lunch.map(|(from, _)| from));
        row.push_bind(hours.lunch.map(|(_, until)| until));
    })
    .await
}

pub async fn add_accounts(
    connection: &mut MySqlConnection,
    accounts: &[AccountId],
    created_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO account (id, created_at) ";
    insert(connection, head, accounts, KEEP, |mut row, account| {
        row.push_bind(account.uuid()).push_bind(created_at.naive_utc());
    })
    .await
}

/// Sessions of tokens that nobody signed in for, so that they can be ended: account, session, the end of the token.
pub async fn add_sessions(
    connection: &mut MySqlConnection,
    sessions: &[(AccountId, SessionId)],
    until: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let head =
        "INSERT INTO session (id, account_id, created_at, refreshed_at, access_until, expires_at) ";
    insert(connection, head, sessions, KEEP, |mut row, (account, session)| {
        row.push_bind(session.uuid()).push_bind(account.uuid());
        row.push_bind(now.naive_utc()).push_bind(now.naive_utc());
        row.push_bind(until.naive_utc()).push_bind(until.naive_utc());
    })
    .await
}

pub async fn add_patients(
    connection: &mut MySqlConnection,
    patients: &[PatientSeed],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO patient (id, account_id, self, name, birth_date) ";
    insert(connection, head, patients, KEEP, |mut row, patient| {
        row.push_bind(patient.id.uuid()).push_bind(patient.account_id.uuid());
        row.push_bind(patient.own_person).push_bind(&patient.name).push_bind(patient.birth_date);
    })
    .await
}

/// Inserts the rows, [`MAX_ROWS`] a statement.
async fn insert<'r, T>(
    connection: &mut MySqlConnection,
    head: &'static str,
    rows: &'r [T],
    tail: &'static str,
    mut values: impl FnMut(Separated<'_, MySql, &'static str>, &'r T),
) -> Result<(), sqlx::Error> {
    for chunk in rows.chunks(MAX_ROWS) {
        let mut query = QueryBuilder::<MySql>::new(head);
        query.push_values(chunk, &mut values);
        query.push(" ").push(tail);
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
