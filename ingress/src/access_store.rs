//! SQL of what staff have read: a row before each answer that shows a name, a phone or a reason. It is only ever added to.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::time::Timestamp;
use sqlx::{MySql, MySqlExecutor, MySqlPool, QueryBuilder};
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
    record_all(database, std::slice::from_ref(access)).await
}

/// Writes them, of a list, in one statement.
pub(crate) async fn record_all(
    database: impl MySqlExecutor<'_>,
    reads: &[Access],
) -> sqlx::Result<()> {
    if reads.is_empty() {
        return Ok(());
    }
    let head = "INSERT INTO access_log (at, actor, hospital_id, patient_id, subject_id, route) ";
    let mut query = QueryBuilder::<MySql>::new(head);
    query.push_values(reads, |mut row, access| {
        row.push_bind(access.at.naive_utc()).push_bind(access.actor.uuid());
        row.push_bind(access.hospital.uuid()).push_bind(access.patient.map(PatientId::uuid));
        row.push_bind(access.subject).push_bind(access.route);
    });
    query.build().execute(database).await?;
    Ok(())
}
