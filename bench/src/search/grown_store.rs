//! SQL that makes more hospitals of the list: each with the name, the type and the departments of one institution and the
//! place of another. They are indexed as all hospitals are.

use sqlx::{MySqlPool, Row};

/// How far the place's institution is from the name's, in the first copy of the list.
const STEP: u64 = 7_919;

/// Adds hospitals until there are so many.
pub async fn grow(pool: &MySqlPool, rows: u64) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    for sql in [
        "DROP TEMPORARY TABLE IF EXISTS bench_numbered",
        "CREATE TEMPORARY TABLE bench_numbered (n INT NOT NULL PRIMARY KEY, id BINARY(16) NOT NULL)
         SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS n, id FROM hospital WHERE source_key NOT LIKE 'bench-%'",
        "DROP TEMPORARY TABLE IF EXISTS bench_others",
        "CREATE TEMPORARY TABLE bench_others (n INT NOT NULL PRIMARY KEY, id BINARY(16) NOT NULL) SELECT n, id FROM bench_numbered",
    ] {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    for copy in 1_u64.. {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM hospital) AS there, (SELECT COUNT(*) FROM bench_numbered) AS listed",
        )
        .fetch_one(&mut *connection)
        .await?;
        let there = u64::try_from(row.try_get::<i64, _>("there")?).unwrap_or(0);
        let listed = u64::try_from(row.try_get::<i64, _>("listed")?).unwrap_or(0);
        if there >= rows || listed == 0 {
            break;
        }
        sqlx::query(
            "INSERT INTO hospital (id, source_key, name, kind, address, sido, sigungu, dong, phone, lat, lon, departments, doctors_count, details, zone)
             SELECT UNHEX(MD5(CONCAT(?, '-', HEX(a.id)))), CONCAT('bench-', ?, '-', n.n), a.name, a.kind, b.address, b.sido, b.sigungu, b.dong, a.phone, b.lat, b.lon,
                    a.departments, a.doctors_count, a.details, a.zone
             FROM bench_numbered n JOIN hospital a ON a.id = n.id
             JOIN bench_others o ON o.n = MOD(n.n + ?, ?) JOIN hospital b ON b.id = o.id
             ORDER BY n.n LIMIT ?",
        )
        .bind(copy)
        .bind(copy)
        .bind(copy * STEP)
        .bind(listed)
        .bind(rows - there)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Takes them away again.
pub async fn shrink(pool: &MySqlPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM hospital WHERE source_key LIKE 'bench-%'")
        .execute(pool)
        .await
        .map(drop)
}
