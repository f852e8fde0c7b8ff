//! SQL of what is held back. Rows are written and deleted in the batch's transaction alone.

use domain::ids::{HospitalId, RequestId};
use domain::partition::PartitionId;
use platform::rows_store::{padded, padded_marks};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use crate::held_back::{Held, HeldBack};
use crate::intake::Frame;
use crate::lengths::in_few_lengths;
use crate::rows::HeldBackRow;
use crate::stamp::Stamp;
use domain::wire;

/// A command as it was held back.
pub struct HeldFrame {
    pub place: u64,
    pub publisher: Uuid,
    pub frame: Frame,
}

/// Those of the partition, as the owner before left them.
pub async fn load(
    connection: &mut MySqlConnection,
    partition: PartitionId,
) -> Result<HeldBack, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT place, hospital_id, request_id FROM held_back WHERE partition_id = ? ORDER BY place",
    );
    let held = |row: &MySqlRow| {
        Ok(Held {
            place: row.try_get("place")?,
            hospital: HospitalId::from_uuid(row.try_get("hospital_id")?),
            request: RequestId::from_uuid(row.try_get("request_id")?),
        })
    };
    let rows = rows.bind(partition.index()).fetch_all(connection).await?;
    Ok(HeldBack::new(rows.iter().map(held).collect::<Result<_, sqlx::Error>>()?))
}

/// The commands at these places, in order. Those that are not there any more are left out.
pub async fn frames(
    pool: &MySqlPool,
    partition: PartitionId,
    places: &[u64],
) -> Result<Vec<HeldFrame>, sqlx::Error> {
    let sql = format!(
        "SELECT place, publisher, publisher_seq, trace, frame FROM held_back WHERE partition_id = ? AND place IN ({}) ORDER BY place",
        padded_marks(places.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(partition.index());
    for place in padded(places) {
        query = query.bind(place);
    }
    let read = |row: &MySqlRow| {
        let line: Vec<u8> = row.try_get("frame")?;
        let trace: Option<String> = row.try_get("trace")?;
        let frame = Frame {
            seq: row.try_get("publisher_seq")?,
            command: wire::decode(&line),
            line,
            trace: trace.and_then(|trace| trace.parse().ok()),
        };
        Ok(HeldFrame { place: row.try_get("place")?, publisher: row.try_get("publisher")?, frame })
    };
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Writes those that a batch holds back, from that place on.
pub async fn add(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    (first, rows): (u64, &[HeldBackRow]),
) -> Result<(), sqlx::Error> {
    let placed: Vec<(u64, &HeldBackRow)> = (first..).zip(rows).collect();
    for chunk in in_few_lengths(&placed) {
        let mut query = QueryBuilder::new(
            "INSERT INTO held_back (partition_id, place, hospital_id, request_id, publisher, publisher_seq, held_at, trace, frame) ",
        );
        query.push_values(chunk, |mut values, (place, row)| {
            values.push_bind(stamp.partition.index()).push_bind(*place);
            values.push_bind(row.hospital.uuid()).push_bind(row.request.uuid());
            values.push_bind(row.publisher).push_bind(row.publisher_seq);
            values.push_bind(stamp.at.naive_utc());
            values.push_bind(row.trace.map(|trace| trace.to_string())).push_bind(&row.frame);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes those that a batch has settled, which must all be there.
pub async fn remove(
    connection: &mut MySqlConnection,
    partition: PartitionId,
    places: &[u64],
) -> Result<(), sqlx::Error> {
    if places.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM held_back WHERE partition_id = ? AND place IN ({})",
        padded_marks(places.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(partition.index());
    for place in padded(places) {
        query = query.bind(place);
    }
    let done = query.execute(connection).await?;
    if done.rows_affected() == places.len() as u64 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
