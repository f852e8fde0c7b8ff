//! SQL that reads what decisions on bookings look at. Id lists are padded to powers of two, so that few statements are
//! prepared.

use domain::booking::{AccountHold, Booking, Busy, Held, LastStep, Taken};
use domain::directory::DoctorDay;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use domain::time::Timestamp;
use platform::booking::row_store;
use platform::booking::taken_store::{self, TimeRange};
use platform::rows_store::{named, padded, padded_marks, timestamp, timestamp_or_none};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySql, MySqlConnection, QueryBuilder, Row};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Bookings by id.
pub async fn bookings(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<BookingId>,
) -> Result<Vec<Booking>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let (columns, marks) = (row_store::COLUMNS, padded_marks(ids.len()));
    let sql = format!("SELECT {columns} FROM booking b WHERE b.id IN ({marks})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(row_store::booking).collect()
}

/// Holds within these ranges that are over, and that nobody has ended.
pub async fn over(
    connection: &mut MySqlConnection,
    ranges: &[TimeRange],
    now: Timestamp,
) -> Result<Vec<Booking>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(row_store::COLUMNS);
    query.push(" FROM booking b FORCE INDEX (doctor_time_no_overlap) WHERE held_until <= ");
    query.push_bind(now.naive_utc()).push(" AND (");
    taken_store::push_ranges(&mut query, ranges);
    query.push(")");
    query.build().fetch_all(connection).await?.iter().map(row_store::booking).collect()
}

/// The holds of accounts that have not ended, or that were made later than `since`.
pub async fn holds(
    connection: &mut MySqlConnection,
    accounts: &BTreeSet<AccountId>,
    since: Timestamp,
) -> Result<Vec<(AccountId, AccountHold)>, sqlx::Error> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let mut query = QueryBuilder::new(
        "SELECT booking_id, account_id, number, doctor_id, starts_at, held_at, held_until FROM hold WHERE (number IS NOT NULL OR held_at > ",
    );
    query.push_bind(since.naive_utc()).push(") AND account_id IN (");
    let mut ids = query.separated(", ");
    for id in padded(&accounts) {
        ids.push_bind(id);
    }
    query.push(")");
    query.build().fetch_all(connection).await?.iter().map(hold).collect()
}

fn hold(row: &MySqlRow) -> Result<(AccountId, AccountHold), sqlx::Error> {
    let until = timestamp(row, "held_until")?;
    let number: Option<u8> = row.try_get("number")?;
    let hold = AccountHold {
        booking_id: BookingId::from_uuid(row.try_get("booking_id")?),
        doctor_id: DoctorId::from_uuid(row.try_get("doctor_id")?),
        starts_at: timestamp(row, "starts_at")?,
        held_at: timestamp(row, "held_at")?,
        held: number.map(|number| Held { until, number }),
    };
    Ok((AccountId::from_uuid(row.try_get("account_id")?), hold))
}

/// The last steps of bookings, of those that have had one after the first.
pub async fn last_steps(
    connection: &mut MySqlConnection,
    ids: &BTreeSet<BookingId>,
) -> Result<Vec<(BookingId, LastStep)>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let marks = padded_marks(ids.len());
    let sql = format!(
        "SELECT s.booking_id, s.request_id, s.actor, s.at, s.status_before FROM booking b
         JOIN status_change s ON s.booking_id = b.id AND s.revision = b.revision WHERE b.id IN ({marks})"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in padded(&ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await?.iter().map(last_step).collect()
}

fn last_step(row: &MySqlRow) -> Result<(BookingId, LastStep), sqlx::Error> {
    let step = LastStep {
        by: RequestId::from_uuid(row.try_get("request_id")?),
        actor: Some(AccountId::from_uuid(row.try_get("actor")?)),
        at: timestamp(row, "at")?,
        before: named(row, "status_before")?,
    };
    Ok((BookingId::from_uuid(row.try_get("booking_id")?), step))
}

/// What of patients' times and of doctors' days is to be read.
pub struct Wanted<'w> {
    pub patients: &'w BTreeSet<PatientId>,
    /// Whose open bookings are counted, where.
    pub accounts: &'w BTreeSet<(AccountId, HospitalId)>,
    /// Times that end later than this, of patients at any hospital.
    pub now: Timestamp,
    pub days: &'w [DoctorDay],
    /// Those days as spans of time.
    pub ranges: &'w [TimeRange],
}

/// What was found of it.
#[derive(Default)]
pub struct Times {
    pub busy: Vec<(PatientId, Busy)>,
    pub open: Vec<((AccountId, HospitalId), BookingId)>,
    pub taken: Vec<(DoctorId, Taken)>,
    /// A day without a row has revision 0.
    pub revisions: HashMap<DoctorDay, u64>,
}

/// Patients' times, doctors' times and revisions of days, in one statement.
pub async fn times(
    connection: &mut MySqlConnection,
    wanted: &Wanted<'_>,
) -> Result<Times, sqlx::Error> {
    let mut times = Times::default();
    let Some(mut query) = select(wanted) else { return Ok(times) };
    for row in query.build().fetch_all(connection).await? {
        match row.try_get::<i64, _>("what")? {
            BUSY => times.busy.push(busy(&row)?),
            TAKEN => times.taken.push(taken(&row)?),
            OPEN => times.open.push(open(&row)?),
            _ => {
                let doctor = DoctorId::from_uuid(row.try_get("doctor_id")?);
                let revision = unsigned(row.try_get("revision")?)?;
                times.revisions.insert((doctor, row.try_get("day")?), revision);
            }
        }
    }
    Ok(times)
}

const BUSY: i64 = 0;
const TAKEN: i64 = 1;
const OPEN: i64 = 3;

/// A UNION with NULL makes a decimal of an unsigned number, so these are read as signed ones.
fn unsigned<T: TryFrom<i64>>(value: i64) -> Result<T, sqlx::Error> {
    value.try_into().map_err(|_| sqlx::Error::Decode("a number out of its range".into()))
}

fn taken(row: &MySqlRow) -> Result<(DoctorId, Taken), sqlx::Error> {
    let taken = Taken {
        seat: unsigned(row.try_get("seat")?)?,
        starts_at: timestamp(row, "starts_at")?,
        ends_at: timestamp(row, "ends_at")?,
        request_id: RequestId::from_uuid(row.try_get("changed_by")?),
        held_until: timestamp_or_none(row, "held_until")?,
    };
    Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), taken))
}

/// The indexes are named: by its estimates of a table that grows quickly the server may read far more of it. A booking cost
/// mariadbd twice as much before (measured; the plan was not looked at).
fn select(wanted: &Wanted<'_>) -> Option<QueryBuilder<MySql>> {
    let mut query = QueryBuilder::new("");
    let mut any = false;
    let mut arm = |query: &mut QueryBuilder<MySql>, select: &str| {
        query.push(if any { " UNION ALL " } else { "" }).push(select);
        any = true;
    };
    if !wanted.patients.is_empty() {
        arm(
            &mut query,
            "SELECT 0 AS what, patient_in_use, id, hospital_id, doctor_id, NULL AS seat, starts_at, ends_at, NULL AS changed_by,
             NULL AS held_until, NULL AS day, NULL AS revision FROM booking FORCE INDEX (patient_time_no_overlap) WHERE ends_at > ",
        );
        query.push_bind(wanted.now.naive_utc()).push(" AND patient_in_use IN (");
        let patients: Vec<Uuid> = wanted.patients.iter().map(|id| id.uuid()).collect();
        let mut ids = query.separated(", ");
        for id in padded(&patients) {
            ids.push_bind(id);
        }
        query.push(")");
    }
    if !wanted.accounts.is_empty() {
        arm(
            &mut query,
            "SELECT 3 AS what, p.account_id AS patient_in_use, b.id, b.hospital_id, b.doctor_id, NULL AS seat, b.starts_at, b.ends_at,
             NULL AS changed_by, NULL AS held_until, NULL AS day, NULL AS revision FROM patient p JOIN booking b FORCE INDEX (patient_time_no_overlap)
             ON b.patient_in_use = p.id WHERE b.ends_at > ",
        );
        query.push_bind(wanted.now.naive_utc()).push(" AND (");
        let places: Vec<_> = wanted.accounts.iter().copied().collect();
        for (index, (account, hospital)) in padded(&places).enumerate() {
            query.push(if index == 0 { "(p.account_id = " } else { " OR (p.account_id = " });
            query.push_bind(account.uuid()).push(" AND b.hospital_id = ");
            query.push_bind(hospital.uuid()).push(")");
        }
        query.push(")");
    }
    if !wanted.ranges.is_empty() {
        arm(
            &mut query,
            "SELECT 1 AS what, NULL AS patient_in_use, NULL AS id, NULL AS hospital_id, doctor_id,
             CAST(seat_in_use AS SIGNED) AS seat, starts_at, ends_at, changed_by, held_until, NULL AS day, NULL AS revision FROM booking FORCE INDEX (doctor_time_no_overlap) WHERE ",
        );
        taken_store::push_ranges(&mut query, wanted.ranges);
    }
    if !wanted.days.is_empty() {
        arm(
            &mut query,
            "SELECT 2 AS what, NULL AS patient_in_use, NULL AS id, NULL AS hospital_id, doctor_id, NULL AS seat, NULL AS starts_at,
             NULL AS ends_at, NULL AS changed_by, NULL AS held_until, day, CAST(revision AS SIGNED) AS revision FROM doctor_day WHERE ",
        );
        for (index, (doctor, day)) in padded(wanted.days).enumerate() {
            query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
            query.push_bind(doctor.uuid()).push(" AND day = ").push_bind(day).push(")");
        }
    }
    any.then_some(query)
}

fn open(row: &MySqlRow) -> Result<((AccountId, HospitalId), BookingId), sqlx::Error> {
    let account = AccountId::from_uuid(row.try_get("patient_in_use")?);
    let hospital = HospitalId::from_uuid(row.try_get("hospital_id")?);
    Ok(((account, hospital), BookingId::from_uuid(row.try_get("id")?)))
}

fn busy(row: &MySqlRow) -> Result<(PatientId, Busy), sqlx::Error> {
    let busy = Busy {
        booking_id: BookingId::from_uuid(row.try_get("id")?),
        hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
        doctor_id: DoctorId::from_uuid(row.try_get("doctor_id")?),
        starts_at: timestamp(row, "starts_at")?,
        ends_at: timestamp(row, "ends_at")?,
    };
    Ok((PatientId::from_uuid(row.try_get("patient_in_use")?), busy))
}
