//! SQL that writes what a batch changes of bookings. A booking carries its time in use itself: the seat and the patient,
//! NULL while they are not in use. Time is freed before it is taken, so that a time given back and taken again in one
//! batch passes the overlap keys.

use domain::booking::Booking;
use domain::hold_limits::HoldLimits;
use domain::time::Timestamp;
use sqlx::{MySqlConnection, QueryBuilder};
use uuid::Uuid;

use super::ChangedDays;
use super::rows::{Rows, Touched};
use crate::lengths::in_few_lengths;
use crate::script_store::Script;
use crate::stamp::Stamp;

/// Writes steps of statuses and revisions of days, and frees the time that changed bookings used.
pub fn write(script: &mut Script, stamp: Stamp, rows: &Rows, days: &ChangedDays) {
    status_changes(script, stamp, rows);
    revise(script, days);
    let changed = rows.changed();
    free(script, changed.iter().filter(|(old, (now, _))| in_use(old) != in_use(now)));
}

/// Writes bookings. The overlap keys lock the rows beside the new ones, which may be another partition's, so this is the
/// last thing before the commit: held for a whole batch, those locks cost two thirds of the throughput.
pub async fn write_bookings(
    connection: &mut MySqlConnection,
    rows: &Rows,
) -> Result<(), sqlx::Error> {
    let mut script = Script::default();
    holds(&mut script, rows);
    script.run(connection).await?;
    insert(connection, rows.made()).await?;
    let mut script = Script::default();
    for (before, (booking, request)) in rows.changed() {
        update(&mut script, booking, request.uuid());
        if before.sealed != booking.sealed {
            let sealed = booking.sealed.as_deref();
            script.statement(
                &["UPDATE booking SET sealed = ", " WHERE id = "],
                &[&sealed, &booking.id.uuid()],
            );
        }
    }
    script.run(connection).await
}

/// Whose time a booking uses, and when. What no overlap key sees is `None`.
type InUse = (Option<u8>, Option<Uuid>, Uuid, Timestamp, Timestamp);

fn in_use(booking: &Booking) -> InUse {
    let seat = booking.status.uses_doctor_time().then_some(booking.seat);
    let patient = booking.status.uses_patient_time().then(|| booking.patient_id.uuid());
    (seat, patient, booking.doctor_id.uuid(), booking.starts_at, booking.ends_at)
}

fn free<'b>(script: &mut Script, freed: impl Iterator<Item = &'b (&'b Booking, &'b Touched)>) {
    for (booking, _) in freed {
        script.statement(
            &["UPDATE booking SET seat_in_use = NULL, patient_in_use = NULL WHERE id = "],
            &[&booking.id.uuid()],
        );
    }
}

/// The holds of accounts. The key of their numbers reaches over partitions, so this is among the last before the commit.
fn holds(script: &mut Script, rows: &Rows) {
    for (before, (booking, _)) in rows.changed() {
        if before.lasting().is_some() && booking.lasting().is_none() {
            let end = &["UPDATE hold SET number = NULL WHERE booking_id = "];
            script.statement(end, &[&booking.id.uuid()]);
        }
    }
    let made = rows.made();
    let made = || made.iter().filter_map(|(booking, _)| Some((booking, booking.held?)));
    for (booking, _) in made() {
        let long_ago = booking.created_at - HoldLimits::COUNTED;
        let forget =
            &["DELETE FROM hold WHERE number IS NULL AND account_id = ", " AND held_at < "];
        script.statement(forget, &[&booking.account_id.uuid(), &long_ago]);
    }
    script.rows(
        "INSERT INTO hold (booking_id, account_id, number, doctor_id, starts_at, held_at, held_until) VALUES",
        made(),
        "",
        |values, (booking, held)| {
            values.push(booking.id.uuid()).push(booking.account_id.uuid());
            values.push(booking.lasting().map(|held| held.number));
            values.push(booking.doctor_id.uuid()).push(booking.starts_at);
            values.push(booking.created_at).push(held.until);
        },
    );
}

/// In the order of the patients' overlap key: two partitions may be at the same patients, never at the same doctor.
async fn insert(
    connection: &mut MySqlConnection,
    mut made: Vec<&Touched>,
) -> Result<(), sqlx::Error> {
    made.sort_by_key(|(booking, _)| (booking.patient_id, booking.starts_at));
    for chunk in in_few_lengths(&made) {
        let mut query = QueryBuilder::new(
            "INSERT INTO booking (id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit, sealed,
             request_id, changed_by, channel, revision, created_at, updated_at, seat_in_use, patient_in_use, held_until, held_number) ",
        );
        query.push_values(chunk, |mut values, (booking, request)| {
            let (seat, patient, ..) = in_use(booking);
            let ids = [
                booking.id.uuid(),
                booking.account_id.uuid(),
                booking.patient_id.uuid(),
                booking.hospital_id.uuid(),
                booking.doctor_id.uuid(),
            ];
            for id in ids {
                values.push_bind(id);
            }
            values.push_bind(booking.seat).push_bind(booking.starts_at.naive_utc());
            values.push_bind(booking.ends_at.naive_utc()).push_bind(booking.status.as_str());
            values.push_bind(booking.visit.as_str()).push_bind(booking.sealed.as_deref());
            values.push_bind(booking.request_id.uuid()).push_bind(request.uuid());
            values.push_bind(booking.channel.as_str()).push_bind(booking.revision);
            values.push_bind(booking.created_at.naive_utc());
            values.push_bind(booking.updated_at.naive_utc()).push_bind(seat).push_bind(patient);
            values.push_bind(booking.held.map(|held| held.until.naive_utc()));
            values.push_bind(booking.held.map(|held| held.number));
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

fn update(script: &mut Script, booking: &Booking, request: Uuid) {
    let (seat, patient, ..) = in_use(booking);
    script.statement(
        &[
            "UPDATE booking SET doctor_id = ",
            ", seat = ",
            ", starts_at = ",
            ", ends_at = ",
            ", status = ",
            ", revision = ",
            ", updated_at = ",
            ", changed_by = ",
            ", seat_in_use = ",
            ", patient_in_use = ",
            ", held_until = ",
            ", held_number = ",
            " WHERE id = ",
        ],
        &[
            &booking.doctor_id.uuid(),
            &booking.seat,
            &booking.starts_at,
            &booking.ends_at,
            &booking.status.as_str(),
            &booking.revision,
            &booking.updated_at,
            &request,
            &seat,
            &patient,
            &booking.held.map(|held| held.until),
            &booking.held.map(|held| held.number),
            &booking.id.uuid(),
        ],
    );
}

fn status_changes(script: &mut Script, stamp: Stamp, rows: &Rows) {
    script.rows(
        "INSERT INTO status_change (booking_id, revision, at, actor, request_id, status_before, status_after, reason) VALUES",
        &rows.status_changes,
        "",
        |values, change| {
            values.push(change.booking.uuid()).push(change.revision).push(stamp.at);
            values.push(change.actor.uuid()).push(change.request.uuid());
            values.push(change.before).push(change.after).push(change.reason);
        },
    );
}

/// New revisions of the days that changed.
fn revise(script: &mut Script, days: &ChangedDays) {
    script.rows(
        "INSERT INTO doctor_day (doctor_id, day, revision) VALUES",
        days.revisions(),
        " ON DUPLICATE KEY UPDATE revision = VALUES(revision)",
        |values, ((doctor, day), revision)| {
            values.push(doctor.uuid()).push(day).push(revision);
        },
    );
}
