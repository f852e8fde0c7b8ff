//! SQL that writes what a batch changes of bookings. Every insert is many rows. Time in use is freed before it is taken,
//! so that a time given back and taken again in one batch passes the overlap keys.

use domain::booking::Booking;
use platform::rows_store::padded;
use sqlx::{MySql, MySqlConnection, QueryBuilder};

use super::ChangedDays;
use super::rows::{Rows, Touched};
use crate::lengths::in_few_lengths;
use crate::stamp::Stamp;

/// Writes bookings, steps of their statuses and revisions of days.
pub async fn write(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
    days: &ChangedDays,
) -> Result<(), sqlx::Error> {
    bookings(connection, rows).await?;
    status_changes(connection, stamp, rows).await?;
    revise(connection, days).await
}

/// Frees and takes time. The overlap keys lock the rows beside the new ones, which may be another partition's, so this
/// is the last thing before the commit: held for a whole batch, those locks cost two thirds of the throughput.
pub async fn write_time(connection: &mut MySqlConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let doctors = |booking: &Booking| booking.status.uses_doctor_time();
    let patients = |booking: &Booking| booking.status.uses_patient_time();
    free_doctor_time(connection, &rows.freed(doctors)).await?;
    free_patient_time(connection, &rows.freed(patients)).await?;
    take_doctor_time(connection, rows.held(doctors)).await?;
    take_patient_time(connection, rows.held(patients)).await
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
async fn free_doctor_time(
    connection: &mut MySqlConnection,
    freed: &[&Booking],
) -> Result<(), sqlx::Error> {
    delete_time(connection, "DELETE FROM booked_time WHERE ", freed, |query, booking| {
        query.push("(doctor_id = ").push_bind(booking.doctor_id.uuid());
        query.push(" AND seat = ").push_bind(booking.seat);
    })
    .await
}

async fn free_patient_time(
    connection: &mut MySqlConnection,
    freed: &[&Booking],
) -> Result<(), sqlx::Error> {
    delete_time(connection, "DELETE FROM patient_time WHERE ", freed, |query, booking| {
        query.push("(patient_id = ").push_bind(booking.patient_id.uuid());
    })
    .await
}

/// One condition a booking: whose time, then when.
async fn delete_time(
    connection: &mut MySqlConnection,
    delete: &'static str,
    freed: &[&Booking],
    whose: impl Fn(&mut QueryBuilder<MySql>, &Booking),
) -> Result<(), sqlx::Error> {
    if freed.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new(delete);
    for (index, booking) in padded(freed).enumerate() {
        if index > 0 {
            query.push(" OR ");
        }
        whose(&mut query, booking);
        query.push(" AND ends_at = ").push_bind(booking.ends_at.naive_utc());
        query.push(" AND starts_at = ").push_bind(booking.starts_at.naive_utc());
        query.push(" AND booking_id = ").push_bind(booking.id.uuid()).push(")");
    }
    query.build().execute(connection).await?;
    Ok(())
}

/// In the order of the overlap key.
async fn take_doctor_time(
    connection: &mut MySqlConnection,
    mut held: Vec<&Touched>,
) -> Result<(), sqlx::Error> {
    held.sort_by_key(|(booking, _)| (booking.doctor_id, booking.seat, booking.starts_at));
    for chunk in in_few_lengths(&held) {
        let mut query = QueryBuilder::new(
            "INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) ",
        );
        query.push_values(chunk, |mut values, (booking, request)| {
            values.push_bind(booking.id.uuid()).push_bind(booking.doctor_id.uuid());
            values.push_bind(booking.seat).push_bind(booking.starts_at.naive_utc());
            values.push_bind(booking.ends_at.naive_utc()).push_bind(request.uuid());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// In the order of its own key: two partitions may be at the same patients.
async fn take_patient_time(
    connection: &mut MySqlConnection,
    mut held: Vec<&Touched>,
) -> Result<(), sqlx::Error> {
    held.sort_by_key(|(booking, _)| (booking.patient_id, booking.starts_at));
    for chunk in in_few_lengths(&held) {
        let mut query = QueryBuilder::new(
            "INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at) ",
        );
        query.push_values(chunk, |mut values, (booking, _)| {
            values.push_bind(booking.id.uuid()).push_bind(booking.patient_id.uuid());
            values.push_bind(booking.hospital_id.uuid()).push_bind(booking.doctor_id.uuid());
            values.push_bind(booking.starts_at.naive_utc()).push_bind(booking.ends_at.naive_utc());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn status_changes(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(&rows.status_changes) {
        let mut query = QueryBuilder::new(
            "INSERT INTO status_change (booking_id, revision, at, actor, request_id, status_before, status_after, reason) ",
        );
        query.push_values(chunk, |mut values, change| {
            values
                .push_bind(change.booking.uuid())
                .push_bind(change.revision)
                .push_bind(stamp.at.naive_utc())
                .push_bind(change.actor.uuid());
            values
                .push_bind(change.request.uuid())
                .push_bind(change.before)
                .push_bind(change.after)
                .push_bind(change.reason);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// New revisions of the days that changed.
async fn revise(connection: &mut MySqlConnection, days: &ChangedDays) -> Result<(), sqlx::Error> {
    for chunk in in_few_lengths(&days.revisions()) {
        let mut query = QueryBuilder::new("INSERT INTO doctor_day (doctor_id, day, revision) ");
        query.push_values(chunk, |mut values, ((doctor, day), revision)| {
            values.push_bind(doctor.uuid()).push_bind(*day).push_bind(*revision);
        });
        query.push(" ON DUPLICATE KEY UPDATE revision = VALUES(revision)");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
