//! SQL that writes the shared part of a batch: requests, events, dead letters. Every insert is many rows. What rooms
//! write stands in the rooms; `rooms.rs` has the order of all.

use domain::event::{Audience, EventKind};
use domain::ids::{AccountId, HospitalId, RequestId};
use domain::time::Timestamp;
use sqlx::{MySqlConnection, QueryBuilder};
use uuid::Uuid;

use crate::lengths::in_few_lengths;
use crate::rows::{DeadLetterRow, EventRow, RequestRow};
use crate::script_store::Script;
use crate::stamp::Stamp;

/// Writes requests that the inbox does not hold, by statements that stay prepared: the text of rows as wide as
/// these need not be read each time. The unique key of their ids decides what the inbox could not know.
pub async fn requests(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &[RequestRow],
) -> Result<(), sqlx::Error> {
    let fresh: Vec<&RequestRow> = rows.iter().filter(|row| !row.was_parked).collect();
    for chunk in in_few_lengths(&fresh) {
        let mut query = QueryBuilder::new(
            "INSERT INTO request (id, account_id, partition_id, hospital_id, kind, state, code, body_hash, accepted_at, decided_at,
             subject_id, epoch, publisher, publisher_seq, event_seq, document) ",
        );
        query.push_values(chunk, |mut values, row| {
            values.push_bind(row.id.uuid()).push_bind(row.owner.uuid());
            values.push_bind(stamp.partition.index()).push_bind(row.hospital.map(HospitalId::uuid));
            values.push_bind(row.kind).push_bind(row.state.as_str()).push_bind(row.code);
            values.push_bind(row.body_hash.bytes().to_vec());
            values.push_bind(row.accepted_at.naive_utc()).push_bind(row.decided_at.naive_utc());
            values.push_bind(row.subject).push_bind(stamp.epoch).push_bind(row.publisher);
            values.push_bind(row.publisher_seq).push_bind(row.event_seq).push_bind(&*row.document);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Gives parked requests their outcomes, one after the other: they are few.
pub async fn close_parked(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &[RequestRow],
) -> Result<(), sqlx::Error> {
    for row in rows.iter().filter(|row| row.was_parked) {
        close(connection, stamp, row).await?;
    }
    Ok(())
}

/// A parked request gets its outcome; it must still be parked. One whose frame could not be read gets what that kept
/// to itself, if it is read now.
async fn close(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    row: &RequestRow,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE request SET hospital_id = COALESCE(?, hospital_id), kind = COALESCE(?, kind), body_hash = COALESCE(?, body_hash),
         state = ?, code = ?, decided_at = ?, subject_id = COALESCE(?, subject_id), epoch = ?, event_seq = ?, document = ?
         WHERE id = ? AND state = 'parked'",
    )
    .bind(row.hospital.map(HospitalId::uuid))
    .bind(row.kind)
    .bind(row.kind.map(|_| row.body_hash.bytes().to_vec()))
    .bind(row.state.as_str())
    .bind(row.code)
    .bind(row.decided_at.naive_utc())
    .bind(row.subject)
    .bind(stamp.epoch)
    .bind(row.event_seq)
    .bind(&*row.document)
    .bind(row.id.uuid())
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Writes events. An outcome's is its request's row.
pub fn events(script: &mut Script, stamp: Stamp, rows: &[EventRow]) {
    script.rows(
        "INSERT INTO event (partition_id, seq, at, account_id, line_doctor, line_day, kind, request_id, document) VALUES",
        rows.iter().filter(|row| row.event.kind != EventKind::Outcome),
        "",
        |values, EventRow { event, .. }| {
            let (account, doctor, day) = match event.to {
                Audience::Account(account) => (Some(account.uuid()), None, None),
                Audience::Line(doctor, day) => (None, Some(doctor.uuid()), Some(day)),
            };
            values.push(stamp.partition.index()).push(event.seq).push(stamp.at);
            values.push(account).push(doctor).push(day).push(event.kind.as_str());
            values.push(event.about.map(RequestId::uuid)).push(&*event.document);
        },
    );
}

/// Writes a dead letter.
pub async fn dead_letter(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    letter: &DeadLetterRow,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO dead_letter (id, partition_id, request_id, account_id, reason, detail, frame, parked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(Uuid::now_v7())
    .bind(stamp.partition.index())
    .bind(letter.request.map(RequestId::uuid))
    .bind(letter.owner.map(AccountId::uuid))
    .bind(letter.reason)
    .bind(letter.detail.chars().take(500).collect::<String>())
    .bind(&letter.frame)
    .bind(stamp.at.naive_utc())
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts one more attempt at a redelivered command, in a transaction of its own, and tells how many there were.
pub async fn attempt(
    connection: &mut MySqlConnection,
    request: RequestId,
    at: Timestamp,
) -> Result<u16, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO attempt (request_id, count, at) VALUES (?, 1, ?)
         ON DUPLICATE KEY UPDATE count = count + 1, at = VALUES(at) RETURNING count",
    )
    .bind(request.uuid())
    .bind(at.naive_utc())
    .fetch_one(connection)
    .await
}

/// The attempt ended in good order.
pub async fn take_back_attempt(
    connection: &mut MySqlConnection,
    request: RequestId,
) -> Result<(), sqlx::Error> {
    let sql = "UPDATE attempt SET count = count - 1 WHERE request_id = ? AND count > 0";
    sqlx::query(sql).bind(request.uuid()).execute(connection).await?;
    Ok(())
}

/// A decided command's attempts are of no more interest.
pub async fn forget_attempts(
    connection: &mut MySqlConnection,
    request: RequestId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM attempt WHERE request_id = ?")
        .bind(request.uuid())
        .execute(connection)
        .await?;
    Ok(())
}
