//! SQL that writes a batch. Every insert is many rows; time in use is freed before it is taken, so that a
//! time given back and taken again in one batch passes the overlap keys.

use chrono::{NaiveDate, NaiveDateTime};
use domain::booking::Booking;
use domain::ids::{BookingId, DoctorId, RequestId};
use domain::partition::PartitionId;
use domain::time::Timestamp;
use platform::directory_store::padded;
use sqlx::{MySql, MySqlConnection, QueryBuilder};
use uuid::Uuid;

use crate::rows::{LetterRow, RequestRow, Rows, UNREAD, in_few_lengths};

/// Where and when the batch is decided.
#[derive(Clone, Copy)]
pub struct Stamp {
    pub partition: PartitionId,
    pub epoch: u64,
    pub at: Timestamp,
}

/// Writes all of it. Unique keys decide what the facts could not know; the caller names them.
pub async fn write(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
) -> Result<(), sqlx::Error> {
    let (parked, fresh): (Vec<&RequestRow>, Vec<&RequestRow>) =
        rows.requests.iter().partition(|row| row.was_parked);
    requests(connection, stamp, &fresh).await?;
    for row in parked {
        close_parked(connection, stamp, row).await?;
    }
    events(connection, stamp, rows).await?;
    bookings(connection, rows).await?;
    steps(connection, stamp, rows).await?;
    for letter in &rows.letters {
        park(connection, stamp, letter).await?;
    }
    Ok(())
}

/// Frees and takes time: the last statements before the commit. The overlap keys lock the rows beside the new
/// ones, which may be another partition's; held for a whole batch, those locks cost two thirds of the throughput.
pub async fn write_time(connection: &mut MySqlConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    free_time(connection, &rows.freed()).await?;
    take_time(connection, &rows.held()).await
}

async fn requests(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &[&RequestRow],
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(rows) {
        let mut query = QueryBuilder::new(
            "INSERT INTO request (id, account_id, partition_id, hospital_id, kind, state, code, body_hash, accepted_at, decided_at,
             booking_id, epoch, publisher, publisher_seq, event_seq, document) ",
        );
        query.push_values(chunk, |mut values, row| {
            values
                .push_bind(row.id.uuid())
                .push_bind(row.account.uuid())
                .push_bind(stamp.partition.index());
            values
                .push_bind(row.hospital.uuid())
                .push_bind(row.kind)
                .push_bind(row.state.as_str())
                .push_bind(row.code);
            values
                .push_bind(row.body_hash.bytes().to_vec())
                .push_bind(row.accepted_at.naive_utc())
                .push_bind(row.decided_at.naive_utc());
            values
                .push_bind(row.booking.map(BookingId::uuid))
                .push_bind(stamp.epoch)
                .push_bind(row.publisher);
            values
                .push_bind(row.publisher_seq)
                .push_bind(row.event_seq)
                .push_bind(row.document.as_str());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// A parked request gets its outcome; it must still be parked. One whose frame could not be read then gets what that kept to
/// itself, if it is read now.
async fn close_parked(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    row: &RequestRow,
) -> Result<(), sqlx::Error> {
    let read = row.kind != UNREAD;
    let done = sqlx::query(
        "UPDATE request SET hospital_id = COALESCE(?, hospital_id), kind = COALESCE(?, kind), body_hash = COALESCE(?, body_hash),
         state = ?, code = ?, decided_at = ?, booking_id = ?, epoch = ?, event_seq = ?, document = ?
         WHERE id = ? AND state = 'parked'",
    )
    .bind(read.then(|| row.hospital.uuid()))
    .bind(read.then_some(row.kind))
    .bind(read.then(|| row.body_hash.bytes().to_vec()))
    .bind(row.state.as_str())
    .bind(row.code)
    .bind(row.decided_at.naive_utc())
    .bind(row.booking.map(BookingId::uuid))
    .bind(stamp.epoch)
    .bind(row.event_seq)
    .bind(row.document.as_str())
    .bind(row.id.uuid())
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

async fn events(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(&rows.events) {
        let mut query = QueryBuilder::new(
            "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id) ",
        );
        query.push_values(chunk, |mut values, row| {
            values
                .push_bind(stamp.partition.index())
                .push_bind(row.seq)
                .push_bind(stamp.at.naive_utc());
            values.push_bind(row.account.uuid()).push_bind(row.kind).push_bind(row.request.uuid());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn bookings(connection: &mut MySqlConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let touched: Vec<&Booking> = rows.touched.values().map(|(booking, _)| booking).collect();
    for chunk in in_few_lengths(&touched) {
        let mut query = QueryBuilder::new(
            "INSERT INTO booking (id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit, sealed,
             request_id, channel, revision, created_at, updated_at) ",
        );
        query.push_values(chunk, |mut values, booking| {
            values
                .push_bind(booking.id.uuid())
                .push_bind(booking.account_id.uuid())
                .push_bind(booking.patient_id.uuid());
            values
                .push_bind(booking.hospital_id.uuid())
                .push_bind(booking.doctor_id.uuid())
                .push_bind(booking.seat);
            values
                .push_bind(booking.starts_at.naive_utc())
                .push_bind(booking.ends_at.naive_utc())
                .push_bind(booking.status.as_str());
            values
                .push_bind(booking.visit.as_str())
                .push_bind(booking.sealed.as_deref())
                .push_bind(booking.request_id.uuid());
            values.push_bind(booking.channel.as_str()).push_bind(booking.revision);
            values
                .push_bind(booking.created_at.naive_utc())
                .push_bind(booking.updated_at.naive_utc());
        });
        query.push(
            " ON DUPLICATE KEY UPDATE doctor_id = VALUES(doctor_id), seat = VALUES(seat), starts_at = VALUES(starts_at),
             ends_at = VALUES(ends_at), status = VALUES(status), revision = VALUES(revision), updated_at = VALUES(updated_at)",
        );
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Each row is named by the whole of its table's key, which its booking knows.
async fn free_time(
    connection: &mut MySqlConnection,
    freed: &[&Booking],
) -> Result<(), sqlx::Error> {
    if freed.is_empty() {
        return Ok(());
    }
    let mut of_doctors = QueryBuilder::new("DELETE FROM booked_time WHERE ");
    either(&mut of_doctors, freed, |query, booking| {
        query
            .push("(doctor_id = ")
            .push_bind(booking.doctor_id.uuid())
            .push(" AND seat = ")
            .push_bind(booking.seat);
    });
    of_doctors.build().execute(&mut *connection).await?;
    let mut of_patients = QueryBuilder::new("DELETE FROM patient_time WHERE ");
    either(&mut of_patients, freed, |query, booking| {
        query.push("(patient_id = ").push_bind(booking.patient_id.uuid());
    });
    of_patients.build().execute(connection).await?;
    Ok(())
}

/// One condition a booking: whose time, then when.
fn either(
    query: &mut QueryBuilder<MySql>,
    bookings: &[&Booking],
    whose: impl Fn(&mut QueryBuilder<MySql>, &Booking),
) {
    for (index, booking) in padded(bookings).enumerate() {
        if index > 0 {
            query.push(" OR ");
        }
        whose(query, booking);
        query
            .push(" AND ends_at = ")
            .push_bind(booking.ends_at.naive_utc())
            .push(" AND starts_at = ");
        query
            .push_bind(booking.starts_at.naive_utc())
            .push(" AND booking_id = ")
            .push_bind(booking.id.uuid())
            .push(")");
    }
}

async fn take_time(
    connection: &mut MySqlConnection,
    held: &[&(Booking, RequestId)],
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(held) {
        let mut query = QueryBuilder::new(
            "INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) ",
        );
        query.push_values(chunk, |mut values, (booking, request)| {
            values
                .push_bind(booking.id.uuid())
                .push_bind(booking.doctor_id.uuid())
                .push_bind(booking.seat);
            values
                .push_bind(booking.starts_at.naive_utc())
                .push_bind(booking.ends_at.naive_utc())
                .push_bind(request.uuid());
        });
        query.build().execute(&mut *connection).await?;
    }
    // In the order of its own key: two partitions may be at the same patients.
    let mut by_patient = held.to_vec();
    by_patient.sort_by_key(|(booking, _)| (booking.patient_id, booking.starts_at));
    for chunk in in_few_lengths(&by_patient) {
        let mut query = QueryBuilder::new(
            "INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at) ",
        );
        query.push_values(chunk, |mut values, (booking, _)| {
            values
                .push_bind(booking.id.uuid())
                .push_bind(booking.patient_id.uuid())
                .push_bind(booking.hospital_id.uuid());
            values
                .push_bind(booking.doctor_id.uuid())
                .push_bind(booking.starts_at.naive_utc())
                .push_bind(booking.ends_at.naive_utc());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn steps(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(&rows.steps) {
        let mut query = QueryBuilder::new(
            "INSERT INTO status_change (booking_id, revision, at, actor, request_id, status_before, status_after, reason) ",
        );
        query.push_values(chunk, |mut values, step| {
            values
                .push_bind(step.booking.uuid())
                .push_bind(step.revision)
                .push_bind(stamp.at.naive_utc())
                .push_bind(step.actor.uuid());
            values
                .push_bind(step.request.uuid())
                .push_bind(step.before)
                .push_bind(step.after)
                .push_bind(step.reason);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// New revisions of the days that changed.
pub async fn revise(
    connection: &mut MySqlConnection,
    days: &[(DoctorId, NaiveDate, u64)],
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(days) {
        let mut query = QueryBuilder::new("INSERT INTO doctor_day (doctor_id, day, revision) ");
        query.push_values(chunk, |mut values, (doctor, day, revision)| {
            values.push_bind(doctor.uuid()).push_bind(*day).push_bind(*revision);
        });
        query.push(" ON DUPLICATE KEY UPDATE revision = VALUES(revision)");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Writes a dead letter.
pub async fn park(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    letter: &LetterRow,
) -> Result<(), sqlx::Error> {
    let parked_at: NaiveDateTime = stamp.at.naive_utc();
    sqlx::query(
        "INSERT INTO dead_letter (id, partition_id, request_id, account_id, reason, detail, frame, parked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(Uuid::now_v7())
    .bind(stamp.partition.index())
    .bind(letter.request.map(RequestId::uuid))
    .bind(letter.account.map(domain::ids::AccountId::uuid))
    .bind(letter.reason)
    .bind(letter.detail.chars().take(500).collect::<String>())
    .bind(&letter.frame)
    .bind(parked_at)
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
