//! Public holidays, substitute ones among them: a doctor is not there unless the schedule or the date says so.

use cli::import::holidays;
use docde_tests::{Hours, World};
use reqwest::Method;
use serde_json::json;
use std::path::PathBuf;

use crate::stage::{Stage, refused, until};

/// A file of the test's own.
fn file(world: &World, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("{}-holidays.csv", world.vhost));
    std::fs::write(&path, text).expect("a file");
    path
}

/// What the command says.
async fn import(world: &World, text: &str) -> Result<String, String> {
    let path = file(world, text);
    let context = cli::Context { env: world.env(), clock: world.clock.clone() };
    let mut out = Vec::new();
    let zone = chrono_tz::Asia::Seoul;
    let end = holidays::run(&context, &path, zone, &mut out).await;
    std::fs::remove_file(path).expect("gone");
    end.map(|_| String::from_utf8(out).expect("text")).map_err(|error| error.to_string())
}

/// Two days of which the second is a substitute.
const LIST: &str = "date,name_ko,name_en\n2026-11-25,시험절,Test Day\n2026-11-26,시험절 대체 휴일,Alternative holiday for Test Day\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_booked_on_a_holiday_or_its_substitute() {
    let stage = Stage::new().await;
    let told = import(&stage.world, LIST).await.expect("imported");
    assert!(told.contains("2 in the file; 2 added, 0 renamed, 0 removed"), "{told}");
    let told = import(&stage.world, LIST).await.expect("imported");
    assert!(told.contains("0 added, 0 renamed, 0 removed"), "the same again: {told}");
    for day in ["2026-11-25", "2026-11-26"] {
        assert!(stage.starts(day).await.is_empty(), "{day}");
        let refusal = stage.book(&stage.world.patient().await, stage.on(day, "10:00")).await;
        refused(&refusal, 409, "CLOSED");
        assert_eq!(refusal.json["until"], "2026-11-27T00:00:00+09:00");
    }
    assert_eq!(stage.tried(stage.on("2026-11-24", "10:00")).await, "BOOKED");
    assert_eq!(stage.tried(stage.on("2026-11-27", "10:00")).await, "BOOKED");
    // A hospital of another zone keeps none of them.
    let elsewhere = stage.world.hospital("Asia/Tokyo").await;
    let doctor = stage.world.doctor_at(elsewhere, &Hours::default()).await;
    let path = format!("/v1/doctors/{}/slots?from=2026-11-25&to=2026-11-25", doctor.id);
    assert_ne!(stage.get(&stage.director, &path).await.json["items"], json!([]));
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_or_a_date_may_open_a_holiday() {
    let stage = Stage::new().await;
    import(&stage.world, LIST).await.expect("imported");
    let (_, booking) = {
        let mut open = until("2026-11-23", "18:00");
        open["open_on_holidays"] = json!(true);
        assert_eq!(stage.set(&open).await.status, 200);
        stage.booked(stage.on("2026-11-25", "10:00")).await
    };
    // Closed again: who was booked is told of.
    let answer = stage.set(&until("2026-11-23", "18:00")).await;
    let outside = &answer.json["outcome"]["timetable"]["outside"][0];
    assert_eq!((&outside["booking_id"], &outside["why"]), (&json!(booking), &json!("closed")));
    assert_eq!(stage.tried(stage.on("2026-11-25", "11:00")).await, "CLOSED");
    let day = stage.of_doctor("/schedule/days/2026-11-25");
    let hours = json!({"opens": "09:00", "closes": "12:00"});
    let set = stage.change(&stage.director, (Method::PUT, &day), "\"2\"", &hours).await;
    assert_eq!(
        (set.status, &set.json["outcome"]["timetable"]["conflicts"]),
        (200, &json!(0)),
        "{}",
        set.text
    );
    assert_eq!(stage.tried(stage.on("2026-11-25", "11:00")).await, "BOOKED");
    assert_eq!(stage.tried(stage.on("2026-11-25", "13:00")).await, "SLOT_NOT_OFFERED");
    assert_eq!(stage.tried(stage.on("2026-11-26", "11:00")).await, "CLOSED");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_replaces_what_lies_between_its_dates_and_a_bad_one_nothing() {
    let stage = Stage::new().await;
    import(&stage.world, LIST).await.expect("imported");
    for (text, line) in [
        ("date,name_ko\n2026-11-25,시험절\n2026-11-31,없는날\n", "line 3"),
        ("date,name_ko\n2026-11-25,시험절\n2026-11-25,시험절\n", "line 3"),
        ("date,name_ko\n2026-11-25,\n", "line 2"),
        ("name_ko\n시험절\n", "columns"),
    ] {
        let error = import(&stage.world, text).await.expect_err("refused");
        assert!(error.contains(line), "{error}");
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM holiday").await, 2);
    let list = "date,name_ko\n2026-11-25,새이름\n2026-11-27,임시공휴일\n";
    let told = import(&stage.world, list).await.expect("imported");
    assert!(told.contains("1 added, 1 renamed, 1 removed"), "{told}");
    assert_eq!(stage.tried(stage.on("2026-11-26", "10:00")).await, "BOOKED");
    assert_eq!(stage.tried(stage.on("2026-11-27", "10:00")).await, "CLOSED");
    stage.world.finish().await;
}
