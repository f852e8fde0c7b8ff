//! SQL of no-shows: those of a patient at a hospital that staff have not forgiven, what is forgiven, and the hospitals' rules.

use domain::ids::{HospitalId, PatientId, TicketId};
use domain::line::NoShows;
use domain::time::Timestamp;
use platform::rows_store::timestamp;
use sqlx::{MySqlConnection, Row};

use super::rows::{LiftRow, NoShowRuleRow};
use crate::script_store::Script;
use crate::stamp::Stamp;

/// The patient's no-shows at the hospital since that time.
pub async fn no_shows(
    connection: &mut MySqlConnection,
    (hospital, patient): (HospitalId, PatientId),
    since: Timestamp,
) -> Result<NoShows, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.id, t.updated_at FROM ticket t WHERE t.patient_id = ? AND t.hospital_id = ? AND t.status = 'noshow'
           AND t.updated_at > GREATEST(?, COALESCE((SELECT MAX(l.at) FROM no_show_lift l
             WHERE l.hospital_id = t.hospital_id AND l.patient_id = t.patient_id), '1000-01-01'))",
    );
    let rows = rows.bind(patient.uuid()).bind(hospital.uuid()).bind(since.naive_utc());
    let mut found = NoShows::default();
    for row in rows.fetch_all(connection).await? {
        found.0.insert(TicketId::from_uuid(row.try_get("id")?), timestamp(&row, "updated_at")?);
    }
    Ok(found)
}

/// Writes what staff have set and forgiven.
pub fn write(script: &mut Script, stamp: Stamp, rules: &[NoShowRuleRow], lifts: &[LiftRow]) {
    script.rows(
        "INSERT INTO no_show_rule (hospital_id, revision, at, actor, request_id, held_minutes, day_over_minutes, penalty_after,
         within_days, penalty_days) VALUES",
        rules,
        "",
        |values, NoShowRuleRow { rule, actor, request }| {
            let rules = &rule.rules;
            values.push(rule.hospital_id.uuid()).push(rule.revision).push(stamp.at);
            values.push(actor.uuid()).push(request.uuid());
            values.push(rules.held_minutes).push(rules.day_over_minutes).push(rules.penalty_after);
            values.push(rules.within_days).push(rules.penalty_days);
        },
    );
    script.rows(
        "INSERT INTO no_show_lift (hospital_id, patient_id, at, actor, request_id) VALUES",
        lifts,
        "",
        |values, LiftRow { hospital, patient, actor, request }| {
            values.push(hospital.uuid()).push(patient.uuid()).push(stamp.at);
            values.push(actor.uuid()).push(request.uuid());
        },
    );
}
