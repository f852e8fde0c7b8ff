//! SQL that reads doctors' days with their versions, to warm the availability cache.

use chrono::NaiveDate;
use domain::booking::{Taken, TakenTime};
use domain::ids::DoctorId;
use domain::partition::PartitionId;
use platform::booking::availability::CachedDay;
use platform::booking::taken_store::{self, TimeRange};
use sqlx::{Connection, MySqlConnection, MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;

/// A doctor's day whose state is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub partition: PartitionId,
    pub day: NaiveDate,
    pub range: TimeRange,
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
        query
            .push_bind(wanted.range.doctor.uuid())
            .push(" AND day = ")
            .push_bind(wanted.day)
            .push(")");
    }
    let revisions = query.build().fetch_all(&mut *connection).await?;
    let revisions = revisions.iter().map(|row| {
        Ok((
            (DoctorId::from_uuid(row.try_get("doctor_id")?), row.try_get::<NaiveDate, _>("day")?),
            row.try_get("revision")?,
        ))
    });
    let revisions: HashMap<_, u64> = revisions.collect::<sqlx::Result<_>>()?;
    let ranges: Vec<TimeRange> = wanted.iter().map(|wanted| wanted.range).collect();
    let mut rows: HashMap<DoctorId, Vec<Taken>> = HashMap::new();
    for (doctor, taken) in taken_store::taken(&mut *connection, &ranges).await? {
        rows.entry(doctor).or_default().push(taken);
    }
    let day_of = |wanted: &Wanted| {
        let rows = rows.get(&wanted.range.doctor).map_or(&[][..], Vec::as_slice);
        let taken = rows
            .iter()
            .filter(|taken| {
                taken.starts_at < wanted.range.until && taken.ends_at > wanted.range.from
            })
            .copied();
        CachedDay {
            epoch: epochs.get(&wanted.partition).copied().unwrap_or(0),
            // A day that nobody changed yet has no row.
            revision: revisions.get(&(wanted.range.doctor, wanted.day)).copied().unwrap_or(0),
            taken: TakenTime::new(taken.collect()),
        }
    };
    Ok(wanted.iter().map(day_of).collect())
}
