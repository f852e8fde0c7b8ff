//! Hospitals that close: for good, when they leave the index, and on public holidays, by what they say of them.

use cli::import::holidays;
use docde_tests::api::key;
use docde_tests::until;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Place, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_that_is_closed_for_good_leaves_the_index() {
    let stage = Stage::new().await;
    let name = |name| Place { name, ..Place::default() };
    let ids = stage.hospitals(&[name("닫힐의원"), name("남을의원")]).await;
    stage.world.worker().await;
    stage.world.owned().await;
    let director = stage.world.patient().await;
    stage.world.employ(&director, ids[0], "director").await;
    assert_eq!(stage.names(&[("q", "닫힐의원")]).await, ["닫힐의원"]);
    let (path, key) = (format!("/v1/hospitals/{}", ids[0]), key());
    let headers = [("idempotency-key", key.as_str()), ("prefer", "wait=30"), ("if-match", "\"1\"")];
    let change = (Method::DELETE, path.as_str());
    let closed =
        stage.world.call(&stage.ingress, &director, change.0, change.1, &headers, None).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    until("the hospital to be gone from search", async || {
        let names = stage.names(&[("q", "닫힐의원")]).await;
        (!names.contains(&"닫힐의원".to_owned())).then_some(())
    })
    .await;
    assert_eq!(stage.names(&[("sido", "서울")]).await, ["남을의원"]);
    let suggested = stage.get("/v1/suggest", &[("q", "닫힐")]).await;
    assert_eq!(suggested.json["items"], json!([]), "{}", suggested.text);
    stage.in_step().await;
    let report = stage.difference().await;
    assert_eq!((report.documents, report.hospitals), (1, 1), "{report:?}");
    stage.finish().await;
}

/// Makes today, 2026-11-23, a public holiday by the operators' command.
async fn make_today_a_holiday(stage: &Stage) {
    let path = std::env::temp_dir().join(format!("{}-search-holidays.csv", stage.world.vhost));
    std::fs::write(&path, "date,name_ko\n2026-11-23,시험절\n").expect("a file");
    let context = cli::Context { env: stage.world.env(), clock: stage.world.clock.clone() };
    let mut out = Vec::new();
    let end = holidays::run(&context, &path, chrono_tz::Asia::Seoul, &mut out).await;
    std::fs::remove_file(path).expect("gone");
    end.unwrap_or_else(|error| panic!("{error}"));
}

/// Closed on holidays, open on them, silent, and open on them from one o'clock on.
const ALL: [&str; 4] = ["쉬는의원", "여는의원", "모를의원", "늦는의원"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_public_holiday_hospitals_are_open_that_say_so() {
    let stage = Stage::new().await;
    let place = |name, details| Place { name, details, ..Place::default() };
    stage
        .hospitals(&[
            place("쉬는의원", r#"{"mon":"09:00-18:00","tue":"09:00-18:00","closed_holiday":"Y"}"#),
            place("여는의원", r#"{"mon":"09:00-18:00","tue":"09:00-18:00","closed_holiday":"N"}"#),
            place(
                "모를의원",
                r#"{"mon":"09:00-18:00","tue":"09:00-18:00","closed_holiday":"partial"}"#,
            ),
            place("늦는의원", r#"{"mon":"13:00-18:00","closed_holiday":"N"}"#),
        ])
        .await;
    let open = async |names: [&str; 4]| {
        let mut shown = Vec::new();
        for name in names {
            let answer = stage.search(&[("q", name)]).await;
            assert_eq!(answer.json["degraded"], false, "{}", answer.text);
            shown.push(answer.json["items"][0]["open_now"].clone());
        }
        shown
    };
    let sorted = async || {
        let mut names = stage.names(&[("open", "now")]).await;
        names.sort();
        names
    };
    assert_eq!(open(ALL).await, [json!(true), json!(true), json!(true), json!(false)]);
    assert_eq!(sorted().await, ["모를의원", "쉬는의원", "여는의원"]);
    make_today_a_holiday(&stage).await;
    until("the holiday to be found", async || (sorted().await == ["여는의원"]).then_some(())).await;
    assert_eq!(open(ALL).await, [json!(false), json!(true), json!(null), json!(false)]);
    stage.in_step().await;
    // Tuesday is none. Nothing has to be written for that.
    stage.world.clock.advance(chrono::TimeDelta::hours(24));
    assert_eq!(sorted().await, ["모를의원", "쉬는의원", "여는의원"]);
    // Months later the documents know the holidays of then, and nothing else differs.
    stage.world.clock.advance(chrono::TimeDelta::days(100));
    stage.in_step().await;
    stage.finish().await;
}
