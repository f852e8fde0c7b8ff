//! SQL of public holidays: between the first and the last date of a list they become what it says, in one transaction, in which
//! the search index's revisions rise of all hospitals there that have schedules or known hours.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::ids::HospitalId;
use platform::search::revision_store;
use sqlx::mysql::{MySql, MySqlConnection, MySqlPool};
use sqlx::{QueryBuilder, Row};
use std::collections::BTreeMap;

/// Names in Korean and English.
pub type Names = (String, String);

/// What was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    pub added: usize,
    pub renamed: usize,
    pub removed: usize,
}

impl Changed {
    pub const fn is_any(self) -> bool {
        self.added + self.renamed + self.removed > 0
    }
}

pub async fn replace(
    pool: &MySqlPool,
    zone: Tz,
    holidays: &BTreeMap<NaiveDate, Names>,
) -> Result<Changed, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let known = known(&mut transaction, zone, holidays).await?;
    let mut changed = Changed::default();
    for (day, names) in holidays {
        match known.get(day) {
            None => changed.added += 1,
            Some(before) if before != names => changed.renamed += 1,
            Some(_) => {}
        }
    }
    changed.removed = known.keys().filter(|day| !holidays.contains_key(day)).count();
    if !changed.is_any() {
        return Ok(changed);
    }
    delete(&mut transaction, zone, holidays).await?;
    let mut query = QueryBuilder::<MySql>::new("INSERT INTO holiday (zone, day, name, name_en) ");
    query.push_values(holidays, |mut row, (day, (name, english))| {
        row.push_bind(zone.name()).push_bind(day).push_bind(name).push_bind(english);
    });
    query.build().execute(&mut *transaction).await?;
    let concerned = concerned(&mut transaction, zone).await?;
    revision_store::raise(&mut transaction, &concerned).await?;
    transaction.commit().await?;
    Ok(changed)
}

fn span(holidays: &BTreeMap<NaiveDate, Names>) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (holidays.keys().next().copied(), holidays.keys().next_back().copied())
}

async fn known(
    connection: &mut MySqlConnection,
    zone: Tz,
    holidays: &BTreeMap<NaiveDate, Names>,
) -> Result<BTreeMap<NaiveDate, Names>, sqlx::Error> {
    let (first, last) = span(holidays);
    let sql =
        "SELECT day, name, name_en FROM holiday WHERE zone = ? AND day BETWEEN ? AND ? FOR UPDATE";
    let query = sqlx::query(sql).bind(zone.name()).bind(first).bind(last);
    let rows = query.fetch_all(connection).await?;
    let read = |row: &sqlx::mysql::MySqlRow| {
        Ok((row.try_get("day")?, (row.try_get("name")?, row.try_get("name_en")?)))
    };
    rows.iter().map(read).collect()
}

async fn delete(
    connection: &mut MySqlConnection,
    zone: Tz,
    holidays: &BTreeMap<NaiveDate, Names>,
) -> Result<(), sqlx::Error> {
    let (first, last) = span(holidays);
    let query = sqlx::query("DELETE FROM holiday WHERE zone = ? AND day BETWEEN ? AND ?");
    query.bind(zone.name()).bind(first).bind(last).execute(connection).await?;
    Ok(())
}

/// Hospitals of the zone that have a schedule, or say when they are open.
async fn concerned(
    connection: &mut MySqlConnection,
    zone: Tz,
) -> Result<Vec<HospitalId>, sqlx::Error> {
    let sql = "SELECT h.id AS hospital_id FROM hospital h WHERE h.zone = ?
         AND (h.details REGEXP '\"(mon|tue|wed|thu|fri|sat|sun)\": ?\"[0-9]'
              OR EXISTS (SELECT 1 FROM doctor d JOIN schedule s ON s.doctor_id = d.id WHERE d.hospital_id = h.id))";
    let rows = sqlx::query(sql).bind(zone.name()).fetch_all(connection).await?;
    let id = |row: &sqlx::mysql::MySqlRow| Ok(HospitalId::from_uuid(row.try_get("hospital_id")?));
    rows.iter().map(id).collect()
}
