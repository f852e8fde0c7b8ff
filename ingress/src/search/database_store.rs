//! SQL of searches while the engine is away. The server gives up after the time that the engine would have had.

use chrono::{NaiveDate, TimeDelta};
use domain::time::Timestamp;
use domain::vocabulary::Meaning;
use serde_json::{Map, Value};
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlPool, QueryBuilder, Row as _};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

use super::looked_for::Word;
use super::wanted::Wanted;

/// What is read of a hospital.
pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub phone: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub departments: String,
    pub zone: String,
    pub details: Map<String, Value>,
}

/// Public holidays by zone and day.
pub(super) type Holidays = HashSet<(String, NaiveDate)>;

/// Those of the day, whatever the zone.
pub(super) async fn holidays(database: &MySqlPool, now: Timestamp) -> sqlx::Result<Holidays> {
    let (today, day) = (now.date_naive(), TimeDelta::days(1));
    let rows = sqlx::query("SELECT zone, day FROM holiday WHERE day BETWEEN ? AND ?")
        .bind(today - day)
        .bind(today + day)
        .fetch_all(database)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("zone")?, row.try_get("day")?))).collect()
}

/// Hospitals whose names, regions, departments or types have every word; one beyond the limit.
pub(super) async fn find(
    database: &MySqlPool,
    wanted: &Wanted,
    after: Option<Uuid>,
    timeout: Duration,
) -> sqlx::Result<Vec<Row>> {
    let mut query = QueryBuilder::new(format!(
        "SET STATEMENT max_statement_time={:.3} FOR ",
        timeout.as_secs_f64()
    ));
    query.push("SELECT id, name, kind, address, sido, sigungu, phone, lat, lon, departments, zone, details FROM hospital h
         WHERE NOT EXISTS (SELECT 1 FROM closed_hospital c WHERE c.hospital_id = h.id) AND id > ");
    query.push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(reading) = wanted.readings.first() {
        let telling = reading.words.iter().filter(|word| !word.is_filler());
        query.push(" AND ((TRUE");
        telling.for_each(|word| push_word(&mut query, word));
        query.push(") OR name LIKE ").push_bind(containing(&reading.whole)).push(")");
    }
    for (column, values) in [("departments", &wanted.departments), ("kind", &wanted.kinds)] {
        if !values.is_empty() {
            query.push(" AND (FALSE");
            for value in values {
                let pattern = if column == "kind" { escaped(value) } else { containing(value) };
                query.push(format!(" OR {column} LIKE ")).push_bind(pattern);
            }
            query.push(")");
        }
    }
    for region in wanted.sido.iter().chain(&wanted.sigungu) {
        push_region(&mut query, " AND (", region);
        query.push(")");
    }
    query.push(" ORDER BY id LIMIT ").push_bind(wanted.limit + 1);
    query.build().fetch_all(database).await?.iter().map(row).collect()
}

fn push_word(query: &mut QueryBuilder<MySql>, word: &Word) {
    query.push(" AND (name LIKE ").push_bind(containing(&word.text));
    push_region(query, " OR ", &word.text);
    let names: &[&str] = match &word.meaning {
        Some(Meaning::Departments(names)) => names,
        Some(Meaning::Kinds(names)) => names,
        _ => &[],
    };
    for name in names {
        query.push(" OR departments LIKE ").push_bind(containing(name));
        query.push(" OR kind = ").push_bind((*name).to_owned());
    }
    query.push(")");
}

fn push_region(query: &mut QueryBuilder<MySql>, before: &str, name: &str) {
    query.push(before).push("sido = ").push_bind(name.to_owned());
    query.push(" OR sigungu LIKE ").push_bind(containing(name));
    query.push(" OR dong = ").push_bind(name.to_owned());
    query.push(" OR address LIKE ").push_bind(format!("{}%", escaped(name)));
}

/// A LIKE pattern in which the text stands for itself.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect()
}

fn containing(text: &str) -> String {
    format!("%{}%", escaped(text))
}

fn row(row: &MySqlRow) -> sqlx::Result<Row> {
    let details: Option<String> = row.try_get("details")?;
    Ok(Row {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        address: row.try_get("address")?,
        sido: row.try_get("sido")?,
        sigungu: row.try_get("sigungu")?,
        phone: row.try_get("phone")?,
        lat: row.try_get("lat")?,
        lon: row.try_get("lon")?,
        departments: row.try_get("departments")?,
        zone: row.try_get("zone")?,
        details: details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_itself() {
        assert_eq!(containing("100%_서울\\"), "%100\\%\\_서울\\\\%");
    }
}
