//! SQL of timers: written with their cause, read when they are due, gone with the decision on the command that they became.

use domain::ids::{HospitalId, RequestId, TimerId};
use domain::partition::PartitionId;
use domain::people::TIMER;
use domain::time::Timestamp;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlPool, Row};

use crate::rows::Rows;
use crate::script_store::Script;
use crate::stamp::Stamp;

/// Timers that are sent and not decided yet, at most.
const AT_ONCE: u64 = 500;

/// A timer whose time has come.
pub struct DueTimer {
    pub id: TimerId,
    pub request_id: RequestId,
    pub hospital_id: HospitalId,
    pub command: String,
}

/// Those that are due at `now`, the oldest first.
pub async fn due(
    pool: &MySqlPool,
    partition: PartitionId,
    now: Timestamp,
) -> Result<Vec<DueTimer>, sqlx::Error> {
    let sql = "SELECT id, request_id, hospital_id, command FROM timer WHERE partition_id = ? AND due <= ? ORDER BY due, id LIMIT ?";
    let query = sqlx::query(sql).bind(partition.index()).bind(now.naive_utc()).bind(AT_ONCE);
    let read = |row: &MySqlRow| {
        Ok(DueTimer {
            id: TimerId::from_uuid(row.try_get("id")?),
            request_id: RequestId::from_uuid(row.try_get("request_id")?),
            hospital_id: HospitalId::from_uuid(row.try_get("hospital_id")?),
            command: row.try_get("command")?,
        })
    };
    query.fetch_all(pool).await?.iter().map(read).collect()
}

/// Writes the timers that a batch sets, and removes those whose commands it has recorded.
pub fn write(script: &mut Script, stamp: Stamp, rows: &Rows) {
    script.rows(
        "INSERT INTO timer (id, request_id, partition_id, hospital_id, due, subject_id, revision, command) VALUES",
        &rows.timers,
        "",
        |values, row| {
            let (id, timer) = (TimerId::generate(), &row.timer);
            values.push(id.uuid()).push(RequestId::of_timer(id).uuid());
            values.push(stamp.partition.index()).push(row.hospital.uuid()).push(timer.due);
            values.push(timer.subject).push(timer.revision).push(timer.command.as_str());
        },
    );
    script.rows(
        "DELETE FROM timer WHERE request_id IN (",
        rows.requests.iter().filter(|row| row.owner == TIMER),
        ")",
        |values, row| {
            values.push(row.id.uuid());
        },
    );
}
