//! SQL that writes what a batch changes of bookings. Every insert is many rows. Time in use is freed before it is taken,
//! so that a time given back and taken again in one batch passes the overlap keys.

use domain::booking::Booking;

use super::ChangedDays;
use super::rows::{Rows, Touched};
use crate::script_store::Script;
use crate::stamp::Stamp;

/// Writes bookings, steps of their statuses and revisions of days.
pub fn write(script: &mut Script, stamp: Stamp, rows: &Rows, days: &ChangedDays) {
    bookings(script, rows);
    status_changes(script, stamp, rows);
    revise(script, days);
}

/// Frees and takes time. The overlap keys lock the rows beside the new ones, which may be another partition's, so this
/// is the last thing before the commit: held for a whole batch, those locks cost two thirds of the throughput.
pub fn write_time(script: &mut Script, rows: &Rows) {
    let doctors = |booking: &Booking| booking.status.uses_doctor_time();
    let patients = |booking: &Booking| booking.status.uses_patient_time();
    free_doctor_time(script, &rows.freed(doctors));
    free_patient_time(script, &rows.freed(patients));
    take_doctor_time(script, rows.held(doctors));
    take_patient_time(script, rows.held(patients));
}

fn bookings(script: &mut Script, rows: &Rows) {
    script.rows(
        "INSERT INTO booking (id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit, sealed,
         request_id, channel, revision, created_at, updated_at) VALUES",
        rows.touched.values(),
        " ON DUPLICATE KEY UPDATE doctor_id = VALUES(doctor_id), seat = VALUES(seat), starts_at = VALUES(starts_at),
         ends_at = VALUES(ends_at), status = VALUES(status), revision = VALUES(revision), updated_at = VALUES(updated_at)",
        |values, (booking, _)| {
            values.push(booking.id.uuid()).push(booking.account_id.uuid());
            values.push(booking.patient_id.uuid()).push(booking.hospital_id.uuid());
            values.push(booking.doctor_id.uuid()).push(booking.seat);
            values.push(booking.starts_at).push(booking.ends_at);
            values.push(booking.status.as_str()).push(booking.visit.as_str());
            values.push(booking.sealed.as_deref()).push(booking.request_id.uuid());
            values.push(booking.channel.as_str()).push(booking.revision);
            values.push(booking.created_at).push(booking.updated_at);
        },
    );
}

/// Each row is named by the whole of its table's key, which its booking knows.
fn free_doctor_time(script: &mut Script, freed: &[&Booking]) {
    for booking in freed {
        script.statement(
            &[
                "DELETE FROM booked_time WHERE doctor_id = ",
                " AND seat = ",
                " AND ends_at = ",
                " AND starts_at = ",
                " AND booking_id = ",
            ],
            &[
                &booking.doctor_id.uuid(),
                &booking.seat,
                &booking.ends_at,
                &booking.starts_at,
                &booking.id.uuid(),
            ],
        );
    }
}

fn free_patient_time(script: &mut Script, freed: &[&Booking]) {
    for booking in freed {
        script.statement(
            &[
                "DELETE FROM patient_time WHERE patient_id = ",
                " AND ends_at = ",
                " AND starts_at = ",
                " AND booking_id = ",
            ],
            &[
                &booking.patient_id.uuid(),
                &booking.ends_at,
                &booking.starts_at,
                &booking.id.uuid(),
            ],
        );
    }
}

/// In the order of the overlap key.
fn take_doctor_time(script: &mut Script, mut held: Vec<&Touched>) {
    held.sort_by_key(|(booking, _)| (booking.doctor_id, booking.seat, booking.starts_at));
    script.rows(
        "INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) VALUES",
        held,
        "",
        |values, (booking, request)| {
            values.push(booking.id.uuid()).push(booking.doctor_id.uuid()).push(booking.seat);
            values.push(booking.starts_at).push(booking.ends_at).push(request.uuid());
        },
    );
}

/// In the order of its own key: two partitions may be at the same patients.
fn take_patient_time(script: &mut Script, mut held: Vec<&Touched>) {
    held.sort_by_key(|(booking, _)| (booking.patient_id, booking.starts_at));
    script.rows(
        "INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at) VALUES",
        held,
        "",
        |values, (booking, _)| {
            values.push(booking.id.uuid()).push(booking.patient_id.uuid());
            values.push(booking.hospital_id.uuid()).push(booking.doctor_id.uuid());
            values.push(booking.starts_at).push(booking.ends_at);
        },
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
