//! What the notifier reads. It writes nothing.

use chrono::NaiveDateTime;
use domain::booking::{Booking, Status, Visit};
use domain::cursor::Cursor;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use domain::partition::PartitionId;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlPool;
use std::fmt::Write;
use uuid::Uuid;

use crate::frame::{Told, kind_of};

/// Requests shown in a resync.
const LATEST: u32 = 50;

/// The database, as far as the notifier knows it.
#[derive(Clone)]
pub struct Store {
    pool: MySqlPool,
}

/// A committed event.
#[derive(sqlx::FromRow)]
pub struct Event {
    partition_id: u16,
    pub seq: u64,
    at: NaiveDateTime,
    account_id: Uuid,
    kind: String,
    document: String,
}

/// Which events of a partition there are: committed up to `head`, kept from `oldest` on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    pub partition: PartitionId,
    pub head: u64,
    pub oldest: u64,
}

impl Event {
    pub fn partition(&self) -> PartitionId {
        PartitionId::new(self.partition_id)
    }

    pub fn account(&self) -> AccountId {
        AccountId::from_uuid(self.account_id)
    }

    pub fn told(&self) -> Told {
        let kind = kind_of(&self.kind).unwrap_or("notice");
        Told::new(self.partition(), self.seq, kind, self.at.and_utc(), &self.document)
    }
}

impl Store {
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// The last committed event of every partition, in their order.
    pub async fn heads(&self) -> Result<Vec<u64>, sqlx::Error> {
        platform::heads_store::heads(&self.pool).await
    }

    /// What is kept of every partition. Of an empty one, nothing: the oldest is the next to come.
    pub async fn kept(&self) -> Result<Vec<Kept>, sqlx::Error> {
        let rows: Vec<(u16, u64, u64)> = sqlx::query_as(
            "SELECT p.id, p.next_seq, COALESCE((SELECT MIN(e.seq) FROM event e WHERE e.partition_id = p.id), p.next_seq)
               FROM partition_state p ORDER BY p.id",
        )
        .fetch_all(&self.pool)
        .await?;
        let kept = |(id, next, oldest): (u16, u64, u64)| Kept {
            partition: PartitionId::new(id),
            head: next.saturating_sub(1),
            oldest,
        };
        Ok(rows.into_iter().map(kept).collect())
    }

    /// Events of a partition above `after` and up to `until`, in order.
    pub async fn events(
        &self,
        partition: PartitionId,
        after: u64,
        until: u64,
        limit: u32,
    ) -> Result<Vec<Event>, sqlx::Error> {
        sqlx::query_as(
            "SELECT e.partition_id, e.seq, e.at, e.account_id, e.kind, COALESCE(e.document, r.document, 'null') AS document
               FROM event e LEFT JOIN request r ON r.id = e.request_id
              WHERE e.partition_id = ? AND e.seq > ? AND e.seq <= ?
              ORDER BY e.seq LIMIT ?",
        )
        .bind(partition.index())
        .bind(after)
        .bind(until)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
    }

    /// Events of an account above its cursor, in order within each of `partitions`.
    pub async fn missed(
        &self,
        account: AccountId,
        cursor: &Cursor,
        partitions: u16,
        limit: u32,
    ) -> Result<Vec<Event>, sqlx::Error> {
        let sql = missed_sql(partitions);
        // The text depends on the number of partitions alone.
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(account.uuid());
        for partition in (0..partitions).map(PartitionId::new) {
            query = query.bind(partition.index()).bind(cursor.seen(partition));
        }
        query.bind(limit).fetch_all(&self.pool).await
    }

    /// The account's bookings that are still open, as clients see them.
    pub async fn open_bookings(&self, account: AccountId) -> Result<Vec<Value>, sqlx::Error> {
        let rows: Vec<BookingRow> = sqlx::query_as(
            "SELECT b.id, b.account_id, b.patient_id, b.hospital_id, b.doctor_id, b.seat, b.starts_at, b.ends_at, b.status,
                    b.visit, b.request_id, b.channel, b.revision, b.created_at, b.updated_at, h.zone
               FROM booking b JOIN hospital h ON h.id = b.hospital_id
              WHERE b.account_id = ? AND b.status IN ('pending', 'booked')
              ORDER BY b.id DESC LIMIT 100",
        )
        .bind(account.uuid())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().filter_map(BookingRow::into_json).collect())
    }

    /// Documents of the requests that the account was last told of, newest first. Found by the events
    /// still kept; of an older request, `GET /v1/requests/{id}` tells.
    pub async fn latest_requests(&self, account: AccountId) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT r.document
               FROM (SELECT request_id, MAX(at) AS told_at FROM event WHERE account_id = ?
                      GROUP BY request_id ORDER BY told_at DESC LIMIT ?) told
               JOIN request r ON r.id = told.request_id
              ORDER BY told.told_at DESC",
        )
        .bind(account.uuid())
        .bind(LATEST)
        .fetch_all(&self.pool)
        .await
    }
}

/// The index is named because the estimate of a busy partition's last rows would sometimes prefer all
/// accounts' events to the few of this one.
fn missed_sql(partitions: u16) -> String {
    let mut sql = "SELECT e.partition_id, e.seq, e.at, e.account_id, e.kind, COALESCE(e.document, r.document, 'null') AS document \
                   FROM event e FORCE INDEX (event_account) LEFT JOIN request r ON r.id = e.request_id \
                   WHERE e.account_id = ? AND ("
        .to_owned();
    for index in 0..partitions {
        let or = if index == 0 { "" } else { " OR " };
        let _ = write!(sql, "{or}(e.partition_id = ? AND e.seq > ?)");
    }
    sql + ") ORDER BY e.partition_id, e.seq LIMIT ?"
}

#[derive(sqlx::FromRow)]
struct BookingRow {
    id: Uuid,
    account_id: Uuid,
    patient_id: Uuid,
    hospital_id: Uuid,
    doctor_id: Uuid,
    seat: u8,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    status: String,
    visit: String,
    request_id: Uuid,
    channel: String,
    revision: u32,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    zone: String,
}

impl BookingRow {
    fn into_json(self) -> Option<Value> {
        let zone = self.zone.parse().ok()?;
        let booking = Booking {
            id: BookingId::from_uuid(self.id),
            account_id: AccountId::from_uuid(self.account_id),
            patient_id: PatientId::from_uuid(self.patient_id),
            hospital_id: HospitalId::from_uuid(self.hospital_id),
            doctor_id: DoctorId::from_uuid(self.doctor_id),
            seat: self.seat,
            starts_at: self.starts_at.and_utc(),
            ends_at: self.ends_at.and_utc(),
            status: Status::parse(&self.status)?,
            visit: Visit::parse(&self.visit)?,
            request_id: RequestId::from_uuid(self.request_id),
            channel: self.channel,
            revision: self.revision,
            created_at: self.created_at.and_utc(),
            updated_at: self.updated_at.and_utc(),
            sealed: None,
        };
        Some(booking.to_json(zone))
    }
}
