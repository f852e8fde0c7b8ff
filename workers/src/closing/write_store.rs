//! SQL that writes what a batch changes of closings.

use domain::closing::Closing;
use domain::ids::{DoctorId, RequestId};

use super::rows::Rows;
use crate::script_store::Script;

/// Writes new closings with their spans, and changes the others.
pub fn write(script: &mut Script, rows: &Rows) {
    let made = rows.made.iter().filter_map(|(id, made)| {
        let (closing, changed_by) = rows.touched.get(id)?;
        Some((closing, made.request, *changed_by))
    });
    script.rows(
        "INSERT INTO closure (id, hospital_id, doctor_id, first_day, last_day, from_time, until_time, reason, state, ended, closed_by,
         request_id, changed_by, revision, closed_at, updated_at) VALUES",
        made,
        "",
        |values, (closing, request, changed_by)| {
            let (time, days) = (&closing.time, &closing.time.days);
            values.push(closing.id.uuid()).push(time.hospital_id.uuid());
            values.push(time.doctor_id.map(DoctorId::uuid));
            values.push(days.first_day).push(days.last_day);
            values.push(days.hours.map(|hours| hours.0)).push(days.hours.map(|hours| hours.1));
            values.push(closing.reason.as_str()).push(closing.state.as_str()).push(closing.ended);
            values.push(closing.closed_by.uuid()).push(request.uuid()).push(changed_by.uuid());
            values.push(closing.revision).push(closing.closed_at).push(closing.updated_at);
        },
    );
    let spans =
        rows.made.iter().flat_map(|(id, made)| made.spans.iter().map(move |span| (id, span)));
    script.rows(
        "INSERT INTO closure_span (closure_id, starts_at, ends_at) VALUES",
        spans,
        "",
        |values, (id, (from, until))| {
            values.push(id.uuid()).push(*from).push(*until);
        },
    );
    for (id, (closing, changed_by)) in &rows.touched {
        if !rows.made.contains_key(id) {
            update(script, closing, *changed_by);
        }
    }
}

fn update(script: &mut Script, closing: &Closing, changed_by: RequestId) {
    script.statement(
        &[
            "UPDATE closure SET state = ",
            ", ended = ",
            ", revision = ",
            ", updated_at = ",
            ", changed_by = ",
            " WHERE id = ",
        ],
        &[
            &closing.state.as_str(),
            &closing.ended,
            &closing.revision,
            &closing.updated_at,
            &changed_by.uuid(),
            &closing.id.uuid(),
        ],
    );
}
