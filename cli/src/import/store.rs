//! SQL of the import: what is known is read once, the difference is written many rows a statement.

use sqlx::mysql::{MySql, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::plan::Identified;
use super::row::Hospital;

const INSERT: &str = "INSERT INTO hospital (id, source_key, ykiho, name, kind, address, sido, sigungu, dong, phone, lat, lon, \
                      departments, doctors_count, opened_on, details, zone) ";

const SELECT: &str = "SELECT id, source_key, ykiho, name, kind, address, sido, sigungu, dong, phone, lat, lon, departments, \
                      doctors_count, opened_on, details, CAST(edited AS CHAR) AS edited FROM hospital";

/// How long an import waits for another one, which may just be ending.
const LOCK_SECONDS: u32 = 5;

/// One import at a time: two that plan on the same picture would both add the same rows. False: another one runs.
pub async fn lock(connection: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    let got: Option<i64> =
        sqlx::query_scalar("SELECT GET_LOCK(CONCAT('docde.import.', DATABASE()), ?)")
            .bind(LOCK_SECONDS)
            .fetch_one(connection)
            .await?;
    Ok(got == Some(1))
}

pub async fn unlock(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DO RELEASE_LOCK(CONCAT('docde.import.', DATABASE()))").execute(connection).await?;
    Ok(())
}

pub async fn begin(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("START TRANSACTION").execute(connection).await?;
    Ok(())
}

pub async fn commit(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("COMMIT").execute(connection).await?;
    Ok(())
}

/// The server's number of this connection.
pub async fn session(connection: &mut MySqlConnection) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT CAST(CONNECTION_ID() AS UNSIGNED)").fetch_one(connection).await
}

/// Ends a session of ours, with its transaction and its locks.
pub async fn end(pool: &MySqlPool, session: u64) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(format!("KILL {session}"))).execute(pool).await?;
    Ok(())
}

/// All imported hospitals.
pub async fn known(connection: &mut MySqlConnection) -> Result<Vec<Identified>, sqlx::Error> {
    let mut query = QueryBuilder::new(SELECT);
    let rows = query.push(" WHERE source_key IS NOT NULL").build().fetch_all(connection).await?;
    rows.iter().map(hospital).collect()
}

/// The imported hospital of that id.
pub async fn find(pool: &MySqlPool, id: Uuid) -> Result<Option<Hospital>, sqlx::Error> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE source_key IS NOT NULL AND id = ").push_bind(id);
    let row = query.build().fetch_optional(pool).await?;
    Ok(row.as_ref().map(hospital).transpose()?.map(|(_, hospital)| hospital))
}

fn hospital(row: &MySqlRow) -> Result<Identified, sqlx::Error> {
    let (lat, lon): (Option<f64>, Option<f64>) = (row.try_get("lat")?, row.try_get("lon")?);
    let details: Option<String> = row.try_get("details")?;
    let hospital = Hospital {
        source_key: row.try_get("source_key")?,
        ykiho: row.try_get("ykiho")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        address: row.try_get("address")?,
        sido: row.try_get("sido")?,
        sigungu: row.try_get("sigungu")?,
        dong: row.try_get("dong")?,
        phone: row.try_get("phone")?,
        coordinates: lat.zip(lon),
        departments: row.try_get("departments")?,
        doctors_count: row.try_get("doctors_count")?,
        opened_on: row.try_get("opened_on")?,
        details: details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        doubtful: Vec::new(),
        edited: row
            .try_get::<String, _>("edited")?
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    Ok((row.try_get("id")?, hospital))
}

pub async fn add(connection: &mut MySqlConnection, rows: &[Identified]) -> Result<(), sqlx::Error> {
    insert(rows).build().execute(connection).await?;
    Ok(())
}

/// Overwrites by id: the key may have changed with the name.
pub async fn change(
    connection: &mut MySqlConnection,
    rows: &[Identified],
) -> Result<(), sqlx::Error> {
    let mut query = insert(rows);
    query.push(
        " ON DUPLICATE KEY UPDATE source_key = VALUES(source_key), ykiho = VALUES(ykiho), name = VALUES(name), kind = VALUES(kind), \
         address = VALUES(address), sido = VALUES(sido), sigungu = VALUES(sigungu), dong = VALUES(dong), phone = VALUES(phone), \
         lat = VALUES(lat), lon = VALUES(lon), departments = VALUES(departments), doctors_count = VALUES(doctors_count), \
         opened_on = VALUES(opened_on), details = VALUES(details)",
    );
    query.build().execute(connection).await?;
    Ok(())
}

fn insert(rows: &[Identified]) -> QueryBuilder<MySql> {
    let mut query = QueryBuilder::new(INSERT);
    query.push_values(rows, |mut tuple, (id, row)| {
        tuple
            .push_bind(*id)
            .push_bind(row.source_key.clone())
            .push_bind(row.ykiho.clone())
            .push_bind(row.name.clone());
        tuple
            .push_bind(row.kind.clone())
            .push_bind(row.address.clone())
            .push_bind(row.sido.clone());
        tuple
            .push_bind(row.sigungu.clone())
            .push_bind(row.dong.clone())
            .push_bind(row.phone.clone());
        tuple
            .push_bind(row.coordinates.map(|(lat, _)| lat))
            .push_bind(row.coordinates.map(|(_, lon)| lon));
        tuple
            .push_bind(row.departments.clone())
            .push_bind(row.doctors_count)
            .push_bind(row.opened_on);
        tuple.push_bind(row.details_json()).push_bind("Asia/Seoul");
    });
    query
}
