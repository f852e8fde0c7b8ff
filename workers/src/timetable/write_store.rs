//! SQL that writes what a batch changes of timetables.

use chrono::{NaiveDate, NaiveTime};
use domain::directory::Doctor;
use domain::ids::DoctorId;
use domain::schedule::{Hours, Terms};
use domain::timetable::TimetableChange;
use platform::directory::schedule_store;

use super::Rows;
use crate::script_store::{Script, Values};
use crate::stamp::Stamp;

/// What the column has where no approval is asked for.
const USUAL_HOURS: u16 = 24;

/// Writes them in their order.
pub fn write(script: &mut Script, stamp: Stamp, rows: &Rows) {
    for change in &rows.changes {
        match change {
            TimetableChange::Schedule { doctor, terms, .. } => schedule(script, doctor, terms),
            TimetableChange::Day { doctor, day, hours, .. } => {
                date(script, doctor.id, *day, *hours);
            }
            TimetableChange::Left { doctor, .. } => {
                let texts =
                    ["UPDATE doctor SET revision = revision + 1, left_at = ", " WHERE id = ", ""];
                script.statement(&texts, &[&stamp.at, &doctor.uuid()]);
            }
            TimetableChange::Closed { hospital, .. } => {
                let head = "INSERT INTO closed_hospital (hospital_id, closed_at) VALUES";
                let tail = " ON DUPLICATE KEY UPDATE closed_at = closed_at";
                script.rows(head, [hospital], tail, |values, hospital| {
                    values.push(hospital.uuid()).push(stamp.at);
                });
            }
        }
        if let Some((doctor, revision)) = change.scheduled() {
            let texts =
                ["UPDATE doctor SET schedule_revision = ", ", most_seats = ", " WHERE id = ", ""];
            let seats = doctor.schedule.most_seats();
            script.statement(&texts, &[&revision, &seats, &doctor.id.uuid()]);
        }
    }
}

/// The version takes the place of those that begin with it or after it, and what the schedule has dropped goes.
fn schedule(script: &mut Script, doctor: &Doctor, terms: &Terms) {
    let id = doctor.id.uuid();
    let first = doctor.schedule.versions.first().map_or(terms.valid_from, |first| first.valid_from);
    for table in ["schedule_hours", "schedule"] {
        let head = format!("DELETE FROM {table} WHERE doctor_id = ");
        let texts = [head.as_str(), " AND (valid_from >= ", " OR valid_from < ", ")"];
        script.statement(&texts, &[&id, &terms.valid_from, &first]);
    }
    script.rows(
        "INSERT INTO schedule (doctor_id, valid_from, valid_until, step_minutes, first_minutes, return_minutes, seats, release_days,
         release_at, cutoff_minutes, notice_minutes, horizon_days, open_on_holidays, approval, approval_hours) VALUES",
        [terms],
        "",
        |values, terms| {
            values.push(id).push(terms.valid_from).push(terms.valid_until).push(terms.step);
            values.push(terms.first_visit_minutes).push(terms.return_visit_minutes);
            values.push(terms.seats).push(terms.release.map(|release| release.days));
            values.push(terms.release.map(|release| clock(release.at)).as_deref());
            values.push(terms.cutoff).push(terms.notice).push(terms.horizon);
            values.push(u8::from(terms.open_on_holidays));
            values.push(if terms.approval_hours.is_some() { "staff" } else { "automatic" });
            values.push(terms.approval_hours.unwrap_or(USUAL_HOURS));
        },
    );
    let weekdays =
        (0_u8..).zip(&terms.hours).filter_map(|(weekday, hours)| Some((weekday, (*hours)?)));
    script.rows(
        "INSERT INTO schedule_hours (doctor_id, valid_from, weekday, more_breaks, opens, closes, lunch_from, lunch_until) VALUES",
        weekdays,
        "",
        |values, (weekday, hours)| {
            values.push(id).push(terms.valid_from).push(weekday + 1);
            values.push(schedule_store::breaks_text(terms, weekday).as_str());
            push_hours(values, hours);
        },
    );
}

fn date(script: &mut Script, doctor: DoctorId, day: NaiveDate, hours: Option<Hours>) {
    let texts = ["DELETE FROM day_hours WHERE doctor_id = ", " AND day = ", ""];
    script.statement(&texts, &[&doctor.uuid(), &day]);
    let head =
        "INSERT INTO day_hours (doctor_id, day, opens, closes, lunch_from, lunch_until) VALUES";
    script.rows(head, hours, "", |values, hours| {
        values.push(doctor.uuid()).push(day);
        push_hours(values, hours);
    });
}

fn push_hours(values: &mut Values<'_>, hours: Hours) {
    values.push(clock(hours.opens).as_str()).push(clock(hours.closes).as_str());
    let (from, until) = hours.lunch.unzip();
    values.push(from.map(clock).as_deref()).push(until.map(clock).as_deref());
}

fn clock(at: NaiveTime) -> String {
    at.format("%H:%M:%S").to_string()
}
