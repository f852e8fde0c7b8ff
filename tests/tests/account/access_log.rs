//! What staff have read, as the director of the hospital pages through it, and its end after two years.

use chrono::TimeDelta;
use docde_tests::until;
use domain::ids::HospitalId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Signed, Stage, refused};

impl Stage {
    async fn has_read(&self, who: &Signed, hospital: HospitalId, patient: Uuid, at: &str) {
        let sql = "INSERT INTO access_log (at, actor, hospital_id, patient_id, subject_id, route)
             VALUES (?, ?, ?, ?, ?, 'GET /v1/lines/{doctor}/tickets/{id}')";
        let row = sqlx::query(sql).bind(at).bind(who.account).bind(hospital.uuid()).bind(patient);
        row.bind(Uuid::now_v7()).execute(&self.world.pool).await.expect("a row");
    }

    async fn reads(&self, who: &Signed, hospital: HospitalId, query: &str) -> Vec<Value> {
        let path = format!("/v1/hospitals/{hospital}/access-log?{query}");
        let answer = self.get_as(who, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["items"].as_array().expect("items").clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_director_pages_through_what_was_read_at_the_hospital() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    let (elsewhere, foreign) = stage.directed().await;
    let clerk = stage.employee("clerk@clinic.kr", hospital, "receptionist").await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    stage.has_read(&clerk, hospital, one, "2026-11-20 01:00:00").await;
    stage.has_read(&clerk, hospital, two, "2026-11-20 02:00:00").await;
    stage.has_read(&director, hospital, one, "2026-11-20 03:00:00").await;
    stage.has_read(&foreign, elsewhere, one, "2026-11-20 04:00:00").await;
    let times = async |query: &str| {
        let found = stage.reads(&director, hospital, query).await;
        found
            .iter()
            .map(|read| read["at"].as_str().expect("a time")[11..13].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(times("").await, ["03", "02", "01"], "newest first");
    assert_eq!(times(&format!("patient_id={one}")).await, ["03", "01"]);
    assert_eq!(times(&format!("actor={}", clerk.account)).await, ["02", "01"]);
    assert_eq!(times("from=2026-11-20T11:00:00+09:00&to=2026-11-20T03:00:00Z").await, ["02"]);
    let all = format!("patient_id={one}&actor={}&to=2026-11-20T02:00:00Z", clerk.account);
    assert_eq!(times(&all).await, ["01"]);
    let first = &stage.reads(&director, hospital, "").await[1];
    assert_eq!((&first["actor_name"], &first["patient_id"]), (&json!("김직원"), &json!(two)));
    let path = format!("/v1/hospitals/{hospital}/access-log");
    let page = stage.get_as(&director, &format!("{path}?limit=2")).await.json;
    let cursor = page["next_cursor"].as_str().expect("another page");
    assert_eq!(times(&format!("cursor={cursor}")).await, ["01"]);
    for wrong in ["from=yesterday", "to=2026-11-20", "patient_id=x", "limit=0", "cursor=x"] {
        let tried = stage.get_as(&director, &format!("{path}?{wrong}")).await;
        refused(&tried, 400, "MALFORMED");
    }
    refused(&stage.get_as(&clerk, &path).await, 403, "FORBIDDEN");
    refused(&stage.get_as(&foreign, &path).await, 404, "NOT_FOUND");
    stage.world.finish().await;
}

/// The clock stands at 10:00 of 23 November 2026 in Seoul; 731 days before that is 22 November 2024.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_kept_for_two_years_and_no_longer() {
    let stage = Stage::with(&[("DOCDE_LEFTOVERS_MS", "100")]).await;
    let (hospital, director) = stage.directed().await;
    // More than a statement deletes.
    sqlx::query(
        "INSERT INTO access_log (at, actor, hospital_id, subject_id, route)
         WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 50)
         SELECT '2024-11-22 00:59:59', ?, ?, ?, 'GET' FROM n, n AS m",
    )
    .bind(director.account)
    .bind(hospital.uuid())
    .bind(Uuid::nil())
    .execute(&stage.world.pool)
    .await
    .expect("rows");
    stage.has_read(&director, hospital, Uuid::nil(), "2024-11-22 03:00:00").await;
    stage.has_read(&director, hospital, Uuid::nil(), "2026-11-22 03:00:00").await;
    let left = async |count: i64| {
        until(&format!("{count} reads to be left"), async || {
            let found = stage.world.count("SELECT COUNT(*) FROM access_log").await;
            (found == count).then_some(())
        })
        .await;
    };
    left(2).await;
    stage.world.clock.advance(TimeDelta::hours(2));
    left(1).await;
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_reads_are_kept_is_a_setting() {
    let mut stage = Stage::with(&[]).await;
    for (days, taken) in [("0", false), ("1", true), ("36500", true), ("36501", false)] {
        stage.world.set("DOCDE_ACCESS_LOG_DAYS", days);
        assert_eq!(ingress::Config::from_env(&stage.world.env()).is_ok(), taken, "{days}");
    }
    stage.world.finish().await;
}
