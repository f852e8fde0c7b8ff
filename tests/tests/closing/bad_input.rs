//! Bodies that say no time which can be closed: refused by the name of the member, and nothing is written.

use domain::closing::{MAX_DAYS, MAX_DAYS_OF_HOURS, MAX_IN_FORCE};
use serde_json::json;

use crate::stage::{Stage, closed, refused};

fn day(after_the_25th: u64) -> String {
    let first: chrono::NaiveDate = "2026-11-25".parse().expect("a date");
    (first + chrono::Days::new(after_the_25th)).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_cannot_be_closed_is_refused_by_name() {
    let (stage, _worker) = Stage::new().await;
    for (body, status, code, field) in [
        (json!({}), 400, "MALFORMED", None),
        (json!({"first_day": 20_261_125}), 400, "MALFORMED", None),
        (json!({"first_day": "2026-11-31"}), 400, "MALFORMED", Some("first_day")),
        (json!({"first_day": "25.11.2026"}), 400, "MALFORMED", Some("first_day")),
        (json!({"first_day": "2026-11-25", "last_day": "x"}), 400, "MALFORMED", Some("last_day")),
        (json!({"first_day": "2026-11-22"}), 422, "INVALID", Some("first_day")),
        (
            json!({"first_day": "2026-11-25", "last_day": "2026-11-24"}),
            422,
            "INVALID",
            Some("last_day"),
        ),
        (
            json!({"first_day": "2026-11-25", "last_day": day(MAX_DAYS)}),
            422,
            "INVALID",
            Some("last_day"),
        ),
        (json!({"first_day": "2199-01-01"}), 422, "INVALID", Some("last_day")),
        (json!({"first_day": "9999-12-31"}), 422, "INVALID", Some("last_day")),
        (json!({"first_day": "2026-11-25", "from": "09:00"}), 422, "INVALID", Some("until")),
        (json!({"first_day": "2026-11-25", "until": "09:00"}), 422, "INVALID", Some("from")),
        (
            json!({"first_day": "2026-11-25", "from": "09:00", "until": "09:00"}),
            422,
            "INVALID",
            Some("until"),
        ),
        (
            json!({"first_day": "2026-11-25", "from": "9", "until": "10:00"}),
            400,
            "MALFORMED",
            Some("from"),
        ),
        (
            json!({"first_day": "2026-11-25", "last_day": day(MAX_DAYS_OF_HOURS), "from": "09:00", "until": "10:00"}),
            422,
            "INVALID",
            Some("last_day"),
        ),
        // Over since nine of the clock that stands at ten.
        (
            json!({"first_day": "2026-11-23", "from": "08:00", "until": "09:00"}),
            422,
            "INVALID",
            Some("until"),
        ),
        (json!({"first_day": "2026-11-25", "reason": "수술"}), 400, "MALFORMED", None),
        (json!({"first_day": "2026-11-25", "patient": "홍길동"}), 400, "MALFORMED", None),
    ] {
        let answer = stage.close(&body).await;
        refused(&answer, status, code);
        assert_eq!(answer.json["field"].as_str(), field, "{body} {}", answer.text);
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM closure").await, 0);
    let most = json!({"first_day": "2026-11-25", "last_day": day(MAX_DAYS - 1)});
    closed(&stage.close(&most).await);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_has_so_many_closings_that_are_not_over() {
    let (stage, _worker) = Stage::new().await;
    for _ in 0..MAX_IN_FORCE {
        sqlx::query("INSERT INTO closure (id, hospital_id, doctor_id, first_day, last_day) VALUES (?, ?, ?, '2026-12-01', '2026-12-01')")
            .bind(uuid::Uuid::now_v7())
            .bind(stage.doctor.hospital.uuid())
            .bind(stage.doctor.id.uuid())
            .execute(&stage.world.pool)
            .await
            .expect("a closing");
    }
    let answer = stage.close(&json!({"first_day": "2026-11-25"})).await;
    refused(&answer, 409, "STATE_CONFLICT");
    assert_eq!(answer.json["current"], "too_many_closings", "{}", answer.text);
    stage.world.finish().await;
}
