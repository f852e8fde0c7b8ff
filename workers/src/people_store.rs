//! SQL of people: whose account a patient belongs to, an account's own person, memberships. Id lists are padded to
//! powers of two, so that few statements are prepared.

use domain::ids::{AccountId, HospitalId, PatientId};
use domain::people::{Facts, Needs, Patient, PatientEnd};
use platform::rows_store::{named, padded, padded_marks};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, QueryBuilder, Row};
use uuid::Uuid;

/// Loads what is asked for.
pub async fn load(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    facts.patients.ask(needs.patients.iter().copied());
    facts.own_patients.ask(needs.own_patients.iter().copied());
    facts.members.ask(needs.members.iter().copied());
    for row in patients(connection, needs).await? {
        let (id, patient) = patient(&row)?;
        facts.patients.insert(id, patient);
        if let (true, Some(account)) = (row.try_get("own")?, patient.account) {
            facts.own_patients.insert(account, id);
        }
    }
    members(connection, needs, facts).await
}

/// Patients by id, and accounts' own ones, in one statement. Their rows are locked until the commit: whoever ends one (a deleted
/// account, a family member who leaves) waits for what is decided on them here, or is seen here.
async fn patients(
    connection: &mut MySqlConnection,
    needs: &Needs,
) -> Result<Vec<MySqlRow>, sqlx::Error> {
    let named: Vec<Uuid> = needs.patients.iter().map(|id| id.uuid()).collect();
    let accounts: Vec<Uuid> = needs.own_patients.iter().map(|id| id.uuid()).collect();
    let arms = [
        (
            &named,
            "SELECT id, account_id, CAST(end_reason AS CHAR) AS ended, merged_into IS NOT NULL AS merged, FALSE AS own FROM patient WHERE id IN",
            "",
        ),
        (
            &accounts,
            "SELECT id, account_id, CAST(end_reason AS CHAR) AS ended, FALSE AS merged, TRUE AS own FROM patient WHERE account_id IN",
            " AND self = 1",
        ),
    ];
    let arms: Vec<_> = arms.into_iter().filter(|(ids, ..)| !ids.is_empty()).collect();
    let select = |(ids, select, and): &(&Vec<Uuid>, &str, &str)| {
        format!("({select} ({}){and} LOCK IN SHARE MODE)", padded_marks(ids.len()))
    };
    let sql: Vec<String> = arms.iter().map(select).collect();
    if sql.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query(AssertSqlSafe(sql.join(" UNION ALL ")));
    for id in arms.iter().flat_map(|(ids, ..)| padded(ids)) {
        query = query.bind(id);
    }
    query.fetch_all(connection).await
}

fn patient(row: &MySqlRow) -> Result<(PatientId, Patient), sqlx::Error> {
    let account: Option<Uuid> = row.try_get("account_id")?;
    let ended = match row.try_get::<Option<&str>, _>("ended")? {
        Some(_) => Some(named::<PatientEnd>(row, "ended")?),
        None => None,
    };
    let (account, merged) = (account.map(AccountId::from_uuid), row.try_get("merged")?);
    let patient = Patient { account, ended, merged };
    Ok((PatientId::from_uuid(row.try_get("id")?), patient))
}

async fn members(
    connection: &mut MySqlConnection,
    needs: &Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    if needs.members.is_empty() {
        return Ok(());
    }
    let sql = "SELECT account_id, hospital_id, CAST(role AS CHAR) AS role FROM membership WHERE ";
    let mut query = QueryBuilder::new(sql);
    for (index, (account, hospital)) in needs.members.iter().enumerate() {
        query.push(if index == 0 { "(account_id = " } else { " OR (account_id = " });
        query
            .push_bind(account.uuid())
            .push(" AND hospital_id = ")
            .push_bind(hospital.uuid())
            .push(")");
    }
    for row in query.build().fetch_all(connection).await? {
        let account = AccountId::from_uuid(row.try_get("account_id")?);
        let member = (account, HospitalId::from_uuid(row.try_get("hospital_id")?));
        let role = named(&row, "role")?;
        match facts.members.get_mut(&member) {
            Ok(Some(roles)) => roles.push(role),
            _ => facts.members.insert(member, vec![role]),
        }
    }
    Ok(())
}
