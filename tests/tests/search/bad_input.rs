//! What bad input gets: an answer, or a problem that names the member, in time, never a 500 and never everything.

use docde_tests::api::key;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::stage::{Place, Stage};

/// Queries that are refused, and the member that the refusal names.
const REFUSED: &[(&[(&str, &str)], &str)] = &[
    (&[], "q"),
    (&[("q", "")], "q"),
    (&[("q", "   ")], "q"),
    (&[("q", "\u{3000}\u{200b}")], "q"),
    (&[("q", "*")], "q"),
    (&[("q", "\"")], "q"),
    (&[("q", "*:* && ()")], "q"),
    (&[("q", "🏥🙂")], "q"),
    (&[("q", "서울\0")], "q"),
    (&[("lat", "91"), ("lon", "127")], "lat"),
    (&[("lat", "37"), ("lon", "181")], "lon"),
    (&[("lat", "NaN"), ("lon", "127")], "lat"),
    (&[("lat", "37")], "lon"),
    (&[("lon", "127")], "lat"),
    (&[("within_km", "5")], "lat"),
    (&[("lat", "x"), ("lon", "127")], "lat"),
    (&[("lat", "37"), ("lon", "127"), ("within_km", "0")], "within_km"),
    (&[("lat", "37"), ("lon", "127"), ("within_km", "40000")], "within_km"),
    (&[("lat", "37"), ("lon", "127"), ("within_km", "-1")], "within_km"),
    (&[("q", "서울"), ("open", "always")], "open"),
    (&[("q", "서울"), ("free_on", "tomorrow")], "free_on"),
    (&[("q", "서울"), ("free_on", "2027-06-01")], "free_on"),
    (&[("q", "서울"), ("sort", "name")], "sort"),
    (&[("q", "서울"), ("sort", "distance")], "sort"),
    (&[("q", "서울"), ("limit", "0")], "limit"),
    (&[("q", "서울"), ("limit", "101")], "limit"),
    (&[("q", "서울"), ("limit", "-1")], "limit"),
    (&[("q", "서울"), ("cursor", "xyz")], "cursor"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_told_what_is_wrong_with_it() {
    let stage = Stage::new().await;
    let places =
        ["한강의원", "서울의원", "부산의원"].map(|name| Place { name, ..Place::default() });
    stage.hospitals(&places).await;
    let (long, words) = ("가".repeat(2_000), ["가"; 9].join(" "));
    let made: [(&[(&str, &str)], &str); 2] = [(&[("q", &long)], "q"), (&[("q", &words)], "q")];
    for (query, field) in REFUSED.iter().chain(&made) {
        let answer = stage.search(query).await;
        assert!(
            [400, 422].contains(&answer.status),
            "{query:?}: {} {}",
            answer.status,
            answer.text
        );
        assert_eq!(answer.json["field"], *field, "{query:?}: {}", answer.text);
        assert!(answer.json["titles"]["ko"].is_string() && answer.json["titles"]["en"].is_string());
    }
    let unknown = stage.search(&[("q", "서울"), ("departement", "내과")]).await;
    assert_eq!((unknown.status, unknown.code()), (400, "MALFORMED"), "{}", unknown.text);
    for query in [&[][..], &[("q", "")], &[("q", "**")], &[("q", "서울"), ("limit", "21")]] {
        let answer = stage.get("/v1/suggest", query).await;
        assert!([400, 422].contains(&answer.status), "{query:?}: {}", answer.text);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_input_is_answered() {
    let stage = Stage::new().await;
    let places =
        ["한강의원", "서울의원", "부산의원"].map(|name| Place { name, ..Place::default() });
    stage.hospitals(&places).await;
    let decomposed: String = "한강의원".nfd().collect();
    for (text, expected) in [
        (decomposed.as_str(), &["한강의원"][..]),
        ("ﾾￂﾤ강의원", &["한강의원"]),
        ("ﾾﾡﾷﾷ", &["한강의원"]),
        ("한", &["한강의원"]),
        ("ㅎ", &["한강의원"]),
        ("\"한강\" AND *", &["한강의원"]),
        ("한강의원🏥", &["한강의원"]),
        ("한강\u{200b}의원", &["한강의원"]),
        ("없는이름", &[]),
        ("zzzz", &[]),
        ("%", &[]),
    ] {
        let answer = stage.search(&[("q", text)]).await;
        if text == "%" {
            assert_eq!(answer.status, 422, "{}", answer.text);
            continue;
        }
        assert_eq!(answer.status, 200, "{text}: {}", answer.text);
        let items = answer.json["items"].as_array().expect("items");
        let found: Vec<&str> = items.iter().filter_map(|item| item["name"].as_str()).collect();
        assert_eq!(found, expected, "{text}: {}", answer.text);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_to_sign_in_and_a_bad_token_is_no_hindrance() {
    let stage = Stage::new().await;
    stage.hospital(Place { name: "열린의원", ..Place::default() }).await;
    let url = format!("http://{}/v1/hospitals/search?q=%EC%97%B4%EB%A6%B0", stage.ingress.address);
    let answer = stage.world.http.get(url).bearer_auth("nonsense").send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let patient = stage.world.patient().await;
    let body = json!({"doctor_id": uuid::Uuid::now_v7()});
    let other =
        stage.world.post(&stage.ingress, &patient, "/v1/hospitals/search", &key(), &body).await;
    assert_eq!(
        (other.status, other.json["code"].clone()),
        (405, Value::from("METHOD_NOT_ALLOWED"))
    );
    stage.finish().await;
}
