//! A schedule changes from a date on: the very next booking goes by it, what lies outside is told and stays, and who has not
//! seen the present one changes nothing.

use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, refused, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_changes_from_its_date_on_and_the_next_booking_goes_by_it() {
    let stage = Stage::new().await;
    // Ingress and worker have read the schedule before.
    stage.booked(stage.on("2026-11-30", "17:00")).await;
    let (late, booking) = stage.booked(stage.on("2026-12-01", "17:00")).await;
    let answer = stage.set(&until("2026-12-01", "12:00")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let timetable = &answer.json["outcome"]["timetable"];
    assert_eq!((&timetable["revision"], &timetable["conflicts"]), (&json!(1), &json!(1)));
    assert_eq!(timetable["outside"][0]["booking_id"], json!(booking));
    assert_eq!(timetable["outside"][0]["why"], "hours");
    // The worker decides by the new one at once, though it keeps schedules for ten minutes.
    assert_eq!(stage.tried(stage.on("2026-12-02", "17:00")).await, "SLOT_NOT_OFFERED");
    assert_eq!(stage.tried(stage.on("2026-12-02", "11:30")).await, "BOOKED");
    assert_eq!(stage.tried(stage.on("2026-11-30", "16:00")).await, "BOOKED");
    assert_eq!(stage.starts("2026-12-03").await.last().map(String::as_str), Some("11:30"));
    // What was booked is as it was.
    let shown = stage.get(&late, &format!("/v1/bookings/{booking}")).await;
    assert_eq!(shown.json["status"], "booked", "{}", shown.text);
    let path = stage.of_doctor("/schedule/conflicts?from=2026-11-24");
    let conflicts = stage.get(&stage.director, &path).await;
    assert_eq!(conflicts.json["items"][0]["booking_id"], json!(booking), "{}", conflicts.text);
    let path = stage.of_doctor("/schedule/conflicts?from=2026-12-02");
    assert_eq!(stage.get(&stage.director, &path).await.json["items"], json!([]));
    // It can still be cancelled, and then nothing lies outside.
    let cancelled = stage.world.cancel(&stage.ingress, &late, booking, &key()).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let path = stage.of_doctor("/schedule/conflicts");
    assert_eq!(stage.get(&stage.director, &path).await.json["items"], json!([]));
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_is_what_was_set_and_a_retry_gets_the_same_bytes() {
    let stage = Stage::new().await;
    let mut wanted = until("2026-11-24", "18:00");
    wanted["seats"] = json!(2);
    wanted["notice_minutes"] = json!(120);
    wanted["horizon_days"] = json!(30);
    wanted["cutoff_minutes"] = json!(60);
    wanted["release"] = json!({"days": 14, "at": "08:00"});
    wanted["open_on_holidays"] = json!(true);
    wanted["hours"][0]["breaks"] =
        json!([{"from": "10:30", "until": "11:00"}, {"from": "12:30", "until": "14:00"}]);
    let (path, schedule) = (stage.of_doctor("/schedule"), key());
    let put = async || {
        let change = (Method::PUT, path.as_str());
        stage.change_as(&stage.director, change, (&schedule, "\"0\""), &wanted).await
    };
    let first = put().await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(put().await.text, first.text, "the same key, though its ETag is old by now");
    let shown = stage.get(&stage.world.patient().await, &path).await;
    assert_eq!(shown.header("etag"), "\"1\"");
    let versions = shown.json["versions"].as_array().expect("versions");
    assert_eq!(versions.len(), 2, "today's, and tomorrow's: {}", shown.text);
    let (mut read, mut wanted) = (versions[1].clone(), wanted);
    read.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    for day in wanted["hours"].as_array_mut().expect("hours") {
        day.as_object_mut().expect("hours").entry("breaks").or_insert(json!([]));
    }
    assert_eq!(read, wanted);
    // Two at a time, a notice of two hours, and a horizon.
    let tomorrow = stage.on("2026-11-24", "09:00");
    let tried =
        [stage.tried(tomorrow).await, stage.tried(tomorrow).await, stage.tried(tomorrow).await];
    assert_eq!(tried, ["BOOKED", "BOOKED", "SLOT_TAKEN"]);
    let monday = stage.starts("2026-11-30").await;
    for (start, offered) in [("10:00", true), ("10:30", false), ("12:30", false), ("14:00", true)] {
        assert_eq!(monday.contains(&start.to_owned()), offered, "{start}");
    }
    let far = stage.book(&stage.world.patient().await, stage.on("2026-12-08", "10:00")).await;
    refused(&far, 409, "NOT_OPEN_YET");
    assert_eq!(far.json["at"], "2026-11-24T08:00:00+09:00");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notice_ends_booking_and_not_cancelling() {
    let stage = Stage::new().await;
    let (patient, booking) = stage.booked(stage.on("2026-11-23", "12:00")).await;
    let mut terms = until("2026-11-23", "18:00");
    terms["notice_minutes"] = json!(180);
    terms["cutoff_minutes"] = json!(60);
    assert_eq!(stage.set(&terms).await.status, 200);
    let late = stage.book(&stage.world.patient().await, stage.on("2026-11-23", "12:30")).await;
    refused(&late, 409, "CUTOFF_PASSED");
    assert_eq!(late.json["at"], "2026-11-23T09:30:00+09:00");
    assert_eq!(stage.starts("2026-11-23").await.first().map(String::as_str), Some("13:30"));
    let cancelled = stage.world.cancel(&stage.ingress, &patient, booking, &key()).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fewer_seats_never_take_one_patient_more() {
    let stage = Stage::new().await;
    let mut two = until("2026-11-23", "18:00");
    two["seats"] = json!(2);
    assert_eq!(stage.set(&two).await.status, 200);
    let at = stage.on("2026-11-24", "10:00");
    let (first, booking) = stage.booked(at).await;
    let (_, second) = stage.booked(at).await;
    let answer = stage.set(&until("2026-11-23", "18:00")).await;
    let outside = &answer.json["outcome"]["timetable"]["outside"];
    assert_eq!((&outside[0]["booking_id"], &outside[0]["why"]), (&json!(second), &json!("seats")));
    // The first seat is free again, but one patient is there.
    assert_eq!(stage.world.cancel(&stage.ingress, &first, booking, &key()).await.status, 200);
    assert_eq!(stage.tried(at).await, "SLOT_TAKEN");
    assert!(!stage.starts_free("2026-11-24").await.contains(&"10:00".to_owned()));
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_and_changes_nothing() {
    let stage = Stage::new().await;
    let (_, booking) = stage.booked(stage.on("2026-11-24", "17:00")).await;
    let path = stage.of_doctor("/schedule?dry_run=true");
    let noon = until("2026-11-24", "12:00");
    let told = stage.change(&stage.director, (Method::PUT, &path), "\"0\"", &noon).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(told.json["dry_run"], true);
    assert_eq!(told.json["timetable"]["outside"][0]["booking_id"], json!(booking));
    assert_eq!(stage.etag().await, "\"0\"");
    assert_eq!(stage.tried(stage.on("2026-11-25", "17:00")).await, "BOOKED");
    let outdated = stage.change(&stage.director, (Method::PUT, &path), "\"7\"", &noon).await;
    refused(&outdated, 412, "STALE");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_seen_the_present_schedule_changes_nothing() {
    let stage = Stage::new().await;
    let path = stage.of_doctor("/schedule");
    let noon = until("2026-12-01", "12:00");
    let put = async |if_match: &'static str| {
        stage.change(&stage.director, (Method::PUT, &path), if_match, &noon).await
    };
    refused(&put("").await, 428, "IF_MATCH_MISSING");
    let outdated = put("\"1\"").await;
    refused(&outdated, 412, "STALE");
    assert_eq!((&outdated.json["revision"], &outdated.json["field"]), (&json!(0), &Value::Null));
    // Two who saw the same: one changes it.
    let (one, other) = tokio::join!(put("\"0\""), put("\"0\""));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text, other.text);
    assert_eq!(stage.etag().await, "\"1\"");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directors_alone_change_schedules() {
    let stage = Stage::new().await;
    let (clerk, stranger, patient) =
        (stage.clerk().await, stage.stranger().await, stage.world.patient().await);
    let (path, noon) = (stage.of_doctor("/schedule"), until("2026-12-01", "12:00"));
    let day = stage.of_doctor("/schedule/days/2026-12-01");
    let conflicts = stage.of_doctor("/schedule/conflicts");
    for (who, status, code) in
        [(&clerk, 403, "FORBIDDEN"), (&stranger, 404, "NOT_FOUND"), (&patient, 404, "NOT_FOUND")]
    {
        refused(&stage.change(who, (Method::PUT, &path), "\"0\"", &noon).await, status, code);
        let hours = json!({"opens": "10:00", "closes": "12:00"});
        refused(&stage.change(who, (Method::PUT, &day), "\"0\"", &hours).await, status, code);
        refused(
            &stage.change(who, (Method::DELETE, &day), "\"0\"", &Value::Null).await,
            status,
            code,
        );
        refused(&stage.get(who, &conflicts).await, status, code);
        let doctor = stage.of_doctor("");
        refused(
            &stage.change(who, (Method::DELETE, &doctor), "\"1\"", &Value::Null).await,
            status,
            code,
        );
        let hospital = format!("/v1/hospitals/{}", stage.doctor.hospital);
        refused(
            &stage.change(who, (Method::DELETE, &hospital), "\"1\"", &Value::Null).await,
            status,
            code,
        );
        assert_eq!(stage.get(who, &path).await.status, 200, "anybody reads it");
    }
    let nobody = format!("/v1/doctors/{}/schedule", uuid::Uuid::now_v7());
    refused(
        &stage.change(&stage.director, (Method::PUT, &nobody), "\"0\"", &noon).await,
        404,
        "NOT_FOUND",
    );
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_nobody_could_work_by_is_refused_with_its_member() {
    let stage = Stage::new().await;
    for (member, value, status) in [
        ("from", json!("2026-11-22"), 422),
        ("from", json!("2027-11-25"), 422),
        ("from", json!("2026-11-31"), 400),
        ("slot_minutes", json!(4), 422),
        ("seats", json!(0), 422),
        ("seats", json!(51), 422),
        ("notice_minutes", json!(86_401), 422),
        ("horizon_days", json!(367), 422),
        ("until", json!("2026-11-23"), 422),
    ] {
        let mut terms = until("2026-11-24", "18:00");
        terms[member] = value.clone();
        let answer = stage.set(&terms).await;
        assert_eq!(answer.status, status, "{member} {value}: {}", answer.text);
        if status == 422 {
            refused(&answer, 422, "INVALID");
            assert_eq!(answer.json["field"], member, "{}", answer.text);
            let titles = &answer.json["titles"];
            assert!(titles["ko"].is_string() && titles["en"].is_string(), "{}", answer.text);
        }
    }
    assert_eq!(stage.etag().await, "\"0\"", "nothing was written");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_has_hours_of_its_own_until_they_are_taken_back() {
    let stage = Stage::new().await;
    let (_, booking) = stage.booked(stage.on("2026-11-25", "17:00")).await;
    let day = stage.of_doctor("/schedule/days/2026-11-25");
    let hours = json!({"opens": "10:00", "closes": "13:00", "breaks": [{"from": "11:00", "until": "11:30"}]});
    let set = stage.change(&stage.director, (Method::PUT, &day), "\"0\"", &hours).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(set.json["outcome"]["timetable"]["outside"][0]["booking_id"], json!(booking));
    assert_eq!(stage.starts("2026-11-25").await, ["10:00", "10:30", "11:30", "12:00", "12:30"]);
    assert_eq!(stage.tried(stage.on("2026-11-25", "09:00")).await, "SLOT_NOT_OFFERED");
    assert_eq!(stage.tried(stage.on("2026-11-25", "10:00")).await, "BOOKED");
    assert_eq!(stage.tried(stage.on("2026-11-26", "09:00")).await, "BOOKED");
    let shown = stage.get(&stage.director, &stage.of_doctor("/schedule")).await;
    assert_eq!(shown.json["days"][0]["day"], "2026-11-25");
    let back = stage.change(&stage.director, (Method::DELETE, &day), "\"1\"", &Value::Null).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!(stage.tried(stage.on("2026-11-25", "09:00")).await, "BOOKED");
    let again = stage.change(&stage.director, (Method::DELETE, &day), "\"2\"", &Value::Null).await;
    refused(&again, 404, "NOT_FOUND");
    for (path, body, status) in [
        ("/schedule/days/2026-11-22", json!({"opens": "10:00", "closes": "13:00"}), 422),
        ("/schedule/days/2026-11-26", json!({"opens": "13:00", "closes": "10:00"}), 422),
        ("/schedule/days/tomorrow", json!({"opens": "10:00", "closes": "13:00"}), 404),
    ] {
        let path = stage.of_doctor(path);
        let refused = stage.change(&stage.director, (Method::PUT, &path), "\"2\"", &body).await;
        assert_eq!(refused.status, status, "{path}: {}", refused.text);
    }
    stage.world.finish().await;
}
