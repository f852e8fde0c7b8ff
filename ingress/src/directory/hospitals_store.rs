//! SQL of the plain list of hospitals. Searching by words, places and distance is another part's work.

use domain::ids::HospitalId;
use sqlx::mysql::MySqlRow;
use sqlx::{FromRow, MySqlConnection, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::hours;
use super::limits::Limits;
use super::schema::Hospital;

const LISTED: &str = "SELECT id, name, kind, address, sido, sigungu, phone, lat, lon, departments, announcement, details, zone, revision,
     max_open_bookings, max_open_account, max_per_doctor_day, hold_minutes, max_holds, max_holds_hour, hold_again_minutes FROM hospital h
     WHERE NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id)";

/// Hospitals in order of their ids, after `after`, whose names begin with `name`.
pub(crate) async fn list(
    database: &MySqlPool,
    (name, sido): (Option<&str>, Option<&str>),
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Hospital>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" AND id > ").push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(name) = name {
        query.push(" AND name LIKE ").push_bind(beginning_with(name));
    }
    if let Some(sido) = sido {
        query.push(" AND sido = ").push_bind(sido.to_owned());
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(database).await
}

/// One hospital.
pub(crate) async fn find(
    connection: &mut MySqlConnection,
    id: HospitalId,
) -> sqlx::Result<Option<Hospital>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" AND id = ").push_bind(id.uuid());
    query.build_query_as().fetch_optional(connection).await
}

/// A LIKE pattern in which the text stands for itself.
fn beginning_with(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl FromRow<'_, MySqlRow> for Hospital {
    fn from_row(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        let details: Option<String> = row.try_get("details")?;
        let details = details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            address: row.try_get("address")?,
            sido: row.try_get("sido")?,
            sigungu: row.try_get("sigungu")?,
            phone: row.try_get("phone")?,
            lat: row.try_get("lat")?,
            lon: row.try_get("lon")?,
            departments: row.try_get::<String, _>("departments")?.into(),
            announcement: row.try_get("announcement")?,
            hours: hours::of_details(&details),
            zone: row.try_get("zone")?,
            limits: Limits {
                max_open_bookings: row.try_get("max_open_bookings")?,
                max_open_account: row.try_get("max_open_account")?,
                max_per_doctor_day: row.try_get("max_per_doctor_day")?,
                hold_minutes: row.try_get("hold_minutes")?,
                max_holds: row.try_get("max_holds")?,
                max_holds_hour: row.try_get("max_holds_hour")?,
                hold_again_minutes: row.try_get("hold_again_minutes")?,
            },
            revision: row.try_get("revision")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_word_for_word() {
        assert_eq!(beginning_with("100%_서울\\"), "100\\%\\_서울\\\\%");
    }
}
