//! SQL of doctors' taken time, to warm the cache and to show free slots.

use chrono::NaiveDate;
use domain::doctor_day::{CachedDay, Taken, TakenTime};
use domain::ids::{DoctorId, RequestId};
use domain::partition::PartitionId;
use domain::time::Timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{Connection, MySqlConnection, MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;

/// A doctor's day whose state is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub partition: PartitionId,
    pub doctor: DoctorId,
    pub seats: u8,
    pub day: NaiveDate,
    /// The day's first instant and the one after its last.
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The days with their versions, all of one instant: epoch, revision and rows must belong together, or an
/// old state could go into the cache under a new number. Hence one snapshot.
pub(crate) async fn load(database: &MySqlPool, wanted: &[Wanted]) -> sqlx::Result<Vec<CachedDay>> {
    let mut connection = database.acquire().await?;
    // Repeatable read counts for the next transaction only; sessions are READ COMMITTED, where every
    // statement would have a snapshot of its own.
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(&mut *connection)
        .await?;
    let mut transaction =
        connection.begin_with("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    let days = in_snapshot(&mut transaction, wanted).await?;
    transaction.rollback().await?;
    Ok(days)
}

async fn in_snapshot(
    connection: &mut MySqlConnection,
    wanted: &[Wanted],
) -> sqlx::Result<Vec<CachedDay>> {
    let epochs =
        sqlx::query("SELECT id, epoch FROM partition_state").fetch_all(&mut *connection).await?;
    let epochs =
        epochs.iter().map(|row| Ok((PartitionId::new(row.try_get("id")?), row.try_get("epoch")?)));
    let epochs: HashMap<PartitionId, u64> = epochs.collect::<sqlx::Result<_>>()?;
    let mut query = QueryBuilder::new("SELECT doctor_id, day, revision FROM doctor_day WHERE ");
    for (index, wanted) in wanted.iter().enumerate() {
        query.push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " });
        query.push_bind(wanted.doctor.uuid()).push(" AND day = ").push_bind(wanted.day).push(")");
    }
    let revisions = query.build().fetch_all(&mut *connection).await?;
    let revisions = revisions.iter().map(|row| {
        Ok((
            (DoctorId::from_uuid(row.try_get("doctor_id")?), row.try_get::<NaiveDate, _>("day")?),
            row.try_get("revision")?,
        ))
    });
    let revisions: HashMap<_, u64> = revisions.collect::<sqlx::Result<_>>()?;
    let mut rows: HashMap<DoctorId, Vec<Taken>> = HashMap::new();
    for row in &taken_rows(connection, wanted).await? {
        let (doctor, taken) = taken_of(row)?;
        rows.entry(doctor).or_default().push(taken);
    }
    let day_of = |wanted: &Wanted| {
        let rows = rows.get(&wanted.doctor).map_or(&[][..], Vec::as_slice);
        let taken = rows
            .iter()
            .filter(|taken| taken.starts_at < wanted.until && taken.ends_at > wanted.from)
            .copied();
        CachedDay {
            epoch: epochs.get(&wanted.partition).copied().unwrap_or(0),
            // A day that nobody changed yet has no row.
            revision: revisions.get(&(wanted.doctor, wanted.day)).copied().unwrap_or(0),
            taken: TakenTime::new(taken.collect()),
        }
    };
    Ok(wanted.iter().map(day_of).collect())
}

/// Seats are named one by one, because the key that holds the rows is (doctor, seat, end, start): so a day is
/// a short range of it, whatever lies years back.
async fn taken_rows(
    connection: &mut MySqlConnection,
    wanted: &[Wanted],
) -> sqlx::Result<Vec<MySqlRow>> {
    let mut query = QueryBuilder::new(
        "SELECT doctor_id, seat, starts_at, ends_at, request_id FROM booked_time WHERE ",
    );
    for (index, wanted) in wanted.iter().enumerate() {
        query
            .push(if index == 0 { "(doctor_id = " } else { " OR (doctor_id = " })
            .push_bind(wanted.doctor.uuid());
        query.push(" AND seat IN (");
        let mut seats = query.separated(", ");
        for seat in 0..wanted.seats.max(1) {
            seats.push_bind(seat);
        }
        query
            .push(") AND ends_at > ")
            .push_bind(wanted.from)
            .push(" AND starts_at < ")
            .push_bind(wanted.until)
            .push(")");
    }
    query.build().fetch_all(connection).await
}

/// What is taken of one doctor between two instants.
pub(crate) async fn taken(database: &MySqlPool, wanted: Wanted) -> sqlx::Result<TakenTime> {
    let mut connection = database.acquire().await?;
    let rows = taken_rows(&mut connection, &[wanted]).await?;
    let taken = rows.iter().map(|row| taken_of(row).map(|(_, taken)| taken));
    taken.collect::<sqlx::Result<_>>().map(TakenTime::new)
}

fn taken_of(row: &MySqlRow) -> sqlx::Result<(DoctorId, Taken)> {
    let taken = Taken {
        seat: row.try_get("seat")?,
        starts_at: row.try_get("starts_at")?,
        ends_at: row.try_get("ends_at")?,
        request_id: RequestId::from_uuid(row.try_get("request_id")?),
    };
    Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), taken))
}
