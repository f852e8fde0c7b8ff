//! SQL that reads what a batch must know: its inbox, patients, their busy times, bookings, taken time.
//! Id lists are padded to powers of two, so that few statements are prepared.

use chrono::{NaiveDate, NaiveDateTime};
use domain::booking::{Booking, Status, Visit};
use domain::command::BodyHash;
use domain::doctor_day::Taken;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use domain::request::State;
use domain::time::{self, Timestamp};
use domain::world::Busy;
use platform::directory_store::{padded, padded_marks};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// A request that was seen before.
pub struct Seen {
    pub account: AccountId,
    pub state: State,
    pub body_hash: BodyHash,
    pub document: String,
}

async fn by_ids(
    connection: &mut MySqlConnection,
    sql: &str,
    ids: &[Uuid],
) -> Result<Vec<MySqlRow>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query(AssertSqlSafe(sql.replace("{ids}", &padded_marks(ids.len()))));
    for id in padded(ids) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await
}

fn instant(row: &MySqlRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(row.try_get::<NaiveDateTime, _>(column)?.and_utc())
}

fn id<T>(row: &MySqlRow, column: &str, make: impl Fn(Uuid) -> T) -> Result<T, sqlx::Error> {
    row.try_get(column).map(make)
}

fn unknown(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} is not known to this build").into())
}

/// The inbox: which of these requests were decided or parked before.
pub async fn seen(
    connection: &mut MySqlConnection,
    ids: &[Uuid],
) -> Result<HashMap<RequestId, Seen>, sqlx::Error> {
    let sql = "SELECT id, account_id, state, body_hash, document FROM request WHERE id IN ({ids})";
    let rows = by_ids(connection, sql, ids).await?;
    let read = |row: &MySqlRow| {
        let hash: Vec<u8> = row.try_get("body_hash")?;
        let seen = Seen {
            account: id(row, "account_id", AccountId::from_uuid)?,
            state: State::parse(row.try_get("state")?).ok_or_else(|| unknown("request.state"))?,
            body_hash: BodyHash::from_bytes(
                hash.try_into().map_err(|_| unknown("request.body_hash"))?,
            ),
            document: row.try_get("document")?,
        };
        Ok((id(row, "id", RequestId::from_uuid)?, seen))
    };
    rows.iter().map(read).collect()
}

/// A patient, whose account's, and one of the times at which the patient is somewhere.
pub struct PatientRow {
    pub id: PatientId,
    pub account: Option<AccountId>,
    /// The account's own person.
    pub own: bool,
    pub busy: Option<Busy>,
}

/// Patients by id, and the accounts' own persons, with their times from `now` on at any hospital: a row each time, at least one
/// a patient.
pub async fn patients(
    connection: &mut MySqlConnection,
    named: &[Uuid],
    accounts: &[Uuid],
    now: Timestamp,
) -> Result<Vec<PatientRow>, sqlx::Error> {
    let mut all = Vec::new();
    for (ids, whose) in
        [(named, "p.id IN ({ids})"), (accounts, "p.account_id IN ({ids}) AND p.self = 1")]
    {
        if ids.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT p.id, p.account_id, p.self, t.booking_id, t.hospital_id, t.doctor_id, t.starts_at, t.ends_at
             FROM patient p LEFT JOIN patient_time t ON t.patient_id = p.id AND t.ends_at > ? WHERE {}",
            whose.replace("{ids}", &padded_marks(ids.len()))
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now.naive_utc());
        for id in padded(ids) {
            query = query.bind(id);
        }
        for row in query.fetch_all(&mut *connection).await? {
            all.push(patient(&row)?);
        }
    }
    Ok(all)
}

fn patient(row: &MySqlRow) -> Result<PatientRow, sqlx::Error> {
    let account: Option<Uuid> = row.try_get("account_id")?;
    let booking: Option<Uuid> = row.try_get("booking_id")?;
    let busy = |booking| {
        Ok::<_, sqlx::Error>(Busy {
            booking_id: BookingId::from_uuid(booking),
            hospital_id: id(row, "hospital_id", HospitalId::from_uuid)?,
            doctor_id: id(row, "doctor_id", DoctorId::from_uuid)?,
            starts_at: instant(row, "starts_at")?,
            ends_at: instant(row, "ends_at")?,
        })
    };
    Ok(PatientRow {
        id: id(row, "id", PatientId::from_uuid)?,
        account: account.map(AccountId::from_uuid),
        own: row.try_get("self")?,
        busy: booking.map(busy).transpose()?,
    })
}

/// Bookings by id.
pub async fn bookings(
    connection: &mut MySqlConnection,
    ids: &[Uuid],
) -> Result<Vec<Booking>, sqlx::Error> {
    let sql =
        "SELECT id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit, sealed, request_id, channel,
               revision, created_at, updated_at FROM booking WHERE id IN ({ids})";
    by_ids(connection, sql, ids).await?.iter().map(booking).collect()
}

fn booking(row: &MySqlRow) -> Result<Booking, sqlx::Error> {
    Ok(Booking {
        id: id(row, "id", BookingId::from_uuid)?,
        account_id: id(row, "account_id", AccountId::from_uuid)?,
        patient_id: id(row, "patient_id", PatientId::from_uuid)?,
        hospital_id: id(row, "hospital_id", HospitalId::from_uuid)?,
        doctor_id: id(row, "doctor_id", DoctorId::from_uuid)?,
        seat: row.try_get("seat")?,
        starts_at: instant(row, "starts_at")?,
        ends_at: instant(row, "ends_at")?,
        status: Status::parse(row.try_get("status")?).ok_or_else(|| unknown("booking.status"))?,
        visit: Visit::parse(row.try_get("visit")?).ok_or_else(|| unknown("booking.visit"))?,
        request_id: id(row, "request_id", RequestId::from_uuid)?,
        channel: row.try_get("channel")?,
        revision: row.try_get("revision")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        sealed: row.try_get("sealed")?,
    })
}

/// A doctor's local day, and the instants between which it lies.
#[derive(Clone, Copy, Debug)]
pub struct DayRange {
    pub doctor: DoctorId,
    pub day: NaiveDate,
    pub seats: u8,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Time in use on these doctor-days.
pub async fn taken(
    connection: &mut MySqlConnection,
    days: &[DayRange],
) -> Result<Vec<(DoctorId, Taken)>, sqlx::Error> {
    let rows = on_days(
        connection,
        days,
        "SELECT doctor_id, seat, starts_at, ends_at, request_id FROM booked_time WHERE ",
        |query, day| {
            // Seat by seat, since the key is (doctor, seat, end, start): a day is a short range of it.
            query.push("(doctor_id = ").push_bind(day.doctor.uuid()).push(" AND seat IN (");
            let mut seats = query.separated(", ");
            (0..day.seats).for_each(|seat| {
                seats.push_bind(seat);
            });
            query
                .push(") AND ends_at > ")
                .push_bind(day.from.naive_utc())
                .push(" AND ends_at < ")
                .push_bind(day.until.naive_utc())
                .push(")");
        },
    );
    let read = |row: &MySqlRow| {
        let taken = Taken {
            seat: row.try_get("seat")?,
            starts_at: instant(row, "starts_at")?,
            ends_at: instant(row, "ends_at")?,
            request_id: id(row, "request_id", RequestId::from_uuid)?,
        };
        Ok((id(row, "doctor_id", DoctorId::from_uuid)?, taken))
    };
    rows.await?.iter().map(read).collect()
}

/// The days' revisions; a day without a row has 0.
pub async fn revisions(
    connection: &mut MySqlConnection,
    days: &[DayRange],
) -> Result<HashMap<(DoctorId, NaiveDate), u64>, sqlx::Error> {
    let rows = on_days(
        connection,
        days,
        "SELECT doctor_id, day, revision FROM doctor_day WHERE ",
        |query, day| {
            query
                .push("(doctor_id = ")
                .push_bind(day.doctor.uuid())
                .push(" AND day = ")
                .push_bind(day.day)
                .push(")");
        },
    );
    let read = |row: &MySqlRow| {
        Ok((
            (id(row, "doctor_id", DoctorId::from_uuid)?, row.try_get("day")?),
            row.try_get("revision")?,
        ))
    };
    rows.await?.iter().map(read).collect()
}

async fn on_days(
    connection: &mut MySqlConnection,
    days: &[DayRange],
    head: &str,
    condition: impl Fn(&mut QueryBuilder<sqlx::MySql>, &DayRange),
) -> Result<Vec<MySqlRow>, sqlx::Error> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new(head);
    for (index, day) in padded(days).enumerate() {
        if index > 0 {
            query.push(" OR ");
        }
        condition(&mut query, &day);
    }
    query.build().fetch_all(connection).await
}

/// The instants between which a local day lies.
pub fn day_range(doctor: &domain::world::Doctor, day: NaiveDate) -> DayRange {
    // Wider than any offset, and then cut by the day of each start.
    let middle = day.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let (from, until) =
        (middle - chrono::TimeDelta::hours(30), middle + chrono::TimeDelta::hours(30));
    DayRange {
        doctor: doctor.id,
        day,
        seats: doctor.schedule.seats,
        from: time::to_millis(from),
        until: time::to_millis(until),
    }
}

/// A committed event with what its feed line needs.
pub struct Committed {
    pub seq: u64,
    pub account: AccountId,
    pub kind: String,
    pub request: RequestId,
    pub body_hash: BodyHash,
    pub document: String,
}

/// Events read at a time to be told again.
pub const MOST_UNPUBLISHED: usize = 5_000;

/// Events above the watermark, oldest first, at most [`MOST_UNPUBLISHED`].
pub async fn unpublished(
    pool: &sqlx::MySqlPool,
    partition: domain::partition::PartitionId,
    above: u64,
) -> Result<Vec<Committed>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT e.seq, e.account_id, e.kind, e.request_id, r.body_hash, COALESCE(e.document, r.document) AS document
         FROM event e JOIN request r ON r.id = e.request_id WHERE e.partition_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
    )
    .bind(partition.index())
    .bind(above)
    .bind(MOST_UNPUBLISHED as u64)
    .fetch_all(pool)
    .await?;
    let read = |row: &MySqlRow| {
        let hash: Vec<u8> = row.try_get("body_hash")?;
        Ok(Committed {
            seq: row.try_get("seq")?,
            account: id(row, "account_id", AccountId::from_uuid)?,
            kind: row.try_get("kind")?,
            request: id(row, "request_id", RequestId::from_uuid)?,
            body_hash: BodyHash::from_bytes(
                hash.try_into().map_err(|_| unknown("request.body_hash"))?,
            ),
            document: row.try_get("document")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The watermark as the owner before left it.
pub async fn published_seq(
    pool: &sqlx::MySqlPool,
    partition: domain::partition::PartitionId,
) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT published_seq FROM partition_state WHERE id = ?")
        .bind(partition.index())
        .fetch_one(pool)
        .await
}
