//! SQL of the plain list of hospitals. Searching by words, places and distance is another part's work.

use domain::ids::HospitalId;
use sqlx::mysql::MySqlRow;
use sqlx::{FromRow, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::schema::Hospital;

const LISTED: &str = "SELECT id, name, kind, address, sido, sigungu, phone, lat, lon, departments, zone FROM hospital";

/// Hospitals in order of their ids, after `after`, whose names begin with `name`.
pub(crate) async fn list(
    database: &MySqlPool,
    (name, sido): (Option<&str>, Option<&str>),
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<Hospital>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE id > ").push_bind(after.unwrap_or(Uuid::nil()));
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
pub(crate) async fn find(database: &MySqlPool, id: HospitalId) -> sqlx::Result<Option<Hospital>> {
    let mut query = QueryBuilder::new(LISTED);
    query.push(" WHERE id = ").push_bind(id.uuid());
    query.build_query_as().fetch_optional(database).await
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
            zone: row.try_get("zone")?,
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
