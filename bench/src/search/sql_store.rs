//! SQL that answers the same questions: once with LIKE over `InnoDB` with every index that helps, once with Mroonga's
//! full-text indexes. Both have the names as they are compared, compact, and only the columns that are asked for.

use domain::hangul::compact;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlPool, QueryBuilder, Row};
use uuid::Uuid;

use super::questions::Asks;

/// Rows a statement.
const AT_ONCE: usize = 1_000;
/// The engine's radius of the earth, in metres.
const EARTH: f64 = 6_371_008.771_4;
/// Kilometres of a degree of latitude, a little less than it has.
const DEGREE: f64 = 110.0;

/// How names and departments are looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Like,
    Mroonga,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Like => "LIKE",
            Self::Mroonga => "Mroonga",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Like => "bench_place",
            Self::Mroonga => "bench_place_mroonga",
        }
    }

    fn definition(self) -> &'static str {
        match self {
            Self::Like => {
                "CREATE TABLE bench_place (id BINARY(16) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL,
                 sigungu VARCHAR(64) NOT NULL, departments VARCHAR(2000) NOT NULL, size INT NOT NULL, lat DOUBLE NULL, lon DOUBLE NULL,
                 KEY place_name (name, size), KEY place_region (sigungu, size), KEY place_point (lat, lon))
                 ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            }
            Self::Mroonga => {
                "CREATE TABLE bench_place_mroonga (id BINARY(16) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL,
                 sigungu VARCHAR(64) NOT NULL, departments VARCHAR(2000) NOT NULL, size INT NOT NULL, lat DOUBLE NULL, lon DOUBLE NULL,
                 FULLTEXT KEY place_name (name) COMMENT 'tokenizer \"TokenBigram\"',
                 FULLTEXT KEY place_department (departments) COMMENT 'tokenizer \"TokenDelimit\"',
                 KEY place_region (sigungu, size), KEY place_point (lat, lon))
                 ENGINE = Mroonga CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            }
        }
    }
}

/// Makes the table anew from the hospitals. An error where the server has no such engine.
pub async fn fill(pool: &MySqlPool, way: Way) -> Result<(), sqlx::Error> {
    remove(pool, way).await?;
    sqlx::query(way.definition()).execute(pool).await?;
    let mut after = Uuid::nil();
    loop {
        let rows = sqlx::query(
            "SELECT h.id, h.name, h.sigungu, COALESCE(h.doctors_count, 0) AS size, h.lat, h.lon,
                    CONCAT_WS('|', h.departments, (SELECT GROUP_CONCAT(d.department SEPARATOR '|') FROM doctor d
                        WHERE d.hospital_id = h.id AND d.left_at IS NULL)) AS departments
             FROM hospital h WHERE h.id > ? ORDER BY h.id LIMIT ?",
        )
        .bind(after)
        .bind(AT_ONCE as u64)
        .fetch_all(pool)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("id")?;
        add(pool, way, &rows).await?;
    }
    sqlx::query(AssertSqlSafe(format!("ANALYZE TABLE {}", way.table()))).fetch_all(pool).await?;
    Ok(())
}

async fn add(pool: &MySqlPool, way: Way, rows: &[MySqlRow]) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::new(format!(
        "INSERT INTO {} (id, name, sigungu, departments, size, lat, lon) ",
        way.table()
    ));
    let mut error = None;
    query.push_values(rows, |mut marks, row| {
        let pushed = (|| -> Result<(), sqlx::Error> {
            let text = |name: &str| row.try_get::<String, _>(name);
            let departments = text("departments")?.replace('|', " ");
            marks.push_bind(row.try_get::<Uuid, _>("id")?).push_bind(compact(&text("name")?));
            marks.push_bind(text("sigungu")?).push_bind(format!(" {departments} "));
            marks.push_bind(row.try_get::<i64, _>("size")?);
            marks.push_bind(row.try_get::<Option<f64>, _>("lat")?);
            marks.push_bind(row.try_get::<Option<f64>, _>("lon")?);
            Ok(())
        })();
        error = pushed.err().or(error.take());
    });
    match error {
        Some(error) => Err(error),
        None => query.build().execute(pool).await.map(drop),
    }
}

pub async fn remove(pool: &MySqlPool, way: Way) -> Result<(), sqlx::Error> {
    let sql = format!("DROP TABLE IF EXISTS {}", way.table());
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop)
}

/// Ids of the hits: the largest first, or the nearest.
pub async fn ids(
    pool: &MySqlPool,
    way: Way,
    asks: &Asks,
    limit: u32,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!("SELECT id FROM {} WHERE ", way.table()));
    let department = |query: &mut QueryBuilder<sqlx::MySql>, name: &str| match way {
        Way::Like => {
            query.push("departments LIKE ").push_bind(format!("% {name} %"));
        }
        Way::Mroonga => {
            query.push("MATCH (departments) AGAINST (").push_bind(format!("+\"{name}\""));
            query.push(" IN BOOLEAN MODE)");
        }
    };
    match asks {
        Asks::NameHas(text) if way == Way::Like => {
            query.push("name LIKE ").push_bind(format!("%{text}%"));
        }
        Asks::NameHas(text) => {
            query.push("MATCH (name) AGAINST (").push_bind(format!("+\"{text}\""));
            query.push(" IN BOOLEAN MODE)");
        }
        Asks::Filters { sigungu, department: name } => {
            query.push("sigungu = ").push_bind(sigungu.clone()).push(" AND ");
            department(&mut query, name);
        }
        Asks::Near { lat, lon, km, department: name } => {
            let km: f64 = km.parse().unwrap_or(0.0);
            let (down, across) = (km / DEGREE, km / DEGREE / lat.to_radians().cos());
            for (column, from, to) in
                [("lat", lat - down, lat + down), ("lon", lon - across, lon + across)]
            {
                query.push(column).push(" BETWEEN ").push_bind(from).push(" AND ").push_bind(to);
                query.push(" AND ");
            }
            department(&mut query, name);
            let distance =
                format!("ST_Distance_Sphere(POINT(lon, lat), POINT({lon}, {lat}), {EARTH})");
            query.push(format!(" AND {distance} <= ")).push_bind(km * 1_000.0);
            query.push(format!(" ORDER BY {distance}, id LIMIT ")).push_bind(limit);
        }
    }
    if !matches!(asks, Asks::Near { .. }) {
        query.push(" ORDER BY size DESC, id LIMIT ").push_bind(limit);
    }
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}
