//! SQL of what staff have read: a row before each answer that shows a name, a phone or a reason. It is only ever added to.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::time::Timestamp;
use sqlx::MySqlPool;
use uuid::Uuid;

/// One read.
pub(crate) struct Access {
    pub at: Timestamp,
    pub actor: AccountId,
    /// Where the actor works.
    pub hospital: HospitalId,
    /// `None`: a walk-in whom no row knows.
    pub patient: Option<PatientId>,
    /// Of what is read.
    pub subject: Uuid,
    pub route: &'static str,
}

/// Writes it. What is read may be shown only after that.
pub(crate) async fn record(database: &MySqlPool, access: &Access) -> sqlx::Result<()> {
    let sql = "INSERT INTO access_log (at, actor, hospital_id, patient_id, subject_id, route) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(access.at.naive_utc()).bind(access.actor.uuid());
    let query = query.bind(access.hospital.uuid()).bind(access.patient.map(PatientId::uuid));
    query.bind(access.subject).bind(access.route).execute(database).await?;
    Ok(())
}
