//! Places, departments, types, hours and distances.

use serde_json::json;

use crate::stage::{Place, Stage};

fn places() -> Vec<Place> {
    let weekdays = r#"{"mon":"09:00-18:00","tue":"09:00-18:00","wed":"09:00-18:00","thu":"09:00-18:00","fri":"09:00-18:00","closed_sunday":"Y"}"#;
    let late = r#"{"mon":"09:00-21:00","sun":"10:00-14:00"}"#;
    vec![
        Place { name: "가람내과의원", details: weekdays, ..Place::default() },
        Place {
            name: "가람소아청소년과의원",
            departments: "소아청소년과|내과",
            location: Some((37.52, 127.0)),
            details: late,
            ..Place::default()
        },
        Place {
            name: "나루이비인후과의원",
            departments: "이비인후과",
            sido: "인천",
            sigungu: "인천연수구",
            location: Some((37.41, 126.67)),
            ..Place::default()
        },
        Place {
            name: "다온치과의원",
            kind: "치과의원",
            departments: "치과보존과",
            sido: "부산",
            sigungu: "부산강서구",
            location: None,
            ..Place::default()
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_and_a_department_are_understood_in_words_and_as_filters() {
    let stage = Stage::new().await;
    stage.hospitals(&places()).await;
    for (query, expected) in [
        (&[("q", "강남구 소아과")][..], &["가람소아청소년과의원"][..]),
        (&[("q", "강남구소아과")], &["가람소아청소년과의원"]),
        (&[("q", "소아과 강남")], &["가람소아청소년과의원"]),
        (&[("q", "연수구 ENT")], &["나루이비인후과의원"]),
        (&[("q", "인천 둣")], &["나루이비인후과의원"]),
        (&[("q", "강서구 치과")], &["다온치과의원"]),
        (&[("q", "강남구 야간진료")], &["가람소아청소년과의원"]),
        (&[("department", "ent")], &["나루이비인후과의원"]),
        (&[("type", "치과")], &["다온치과의원"]),
        (&[("sido", "부산광역시")], &["다온치과의원"]),
        (&[("sigungu", "연수구")], &["나루이비인후과의원"]),
        (&[("sigungu", "강남구"), ("department", "소아청소년과")], &["가람소아청소년과의원"]),
        (&[("open", "now")], &["가람내과의원", "가람소아청소년과의원"]),
        (&[("open", "sunday")], &["가람소아청소년과의원"]),
        (&[("open", "night")], &["가람소아청소년과의원"]),
    ] {
        let mut found = stage.names(query).await;
        found.sort();
        assert_eq!(found, expected, "{query:?}");
    }
    // Not in step with the words: the filter and the word of another place.
    assert_eq!(stage.names(&[("q", "강남구"), ("sido", "부산")]).await, [""; 0]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_near_is_told_with_its_distance_and_the_unknown_is_said() {
    let stage = Stage::new().await;
    stage.hospitals(&places()).await;
    let near = [("lat", "37.5"), ("lon", "127.0")];
    let answer = stage.search(&[&near[..], &[("within_km", "50")]].concat()).await;
    let items = answer.json["items"].as_array().expect("items");
    let shown: Vec<_> =
        items.iter().map(|item| (item["name"].as_str(), item["distance_km"].as_f64())).collect();
    assert_eq!(shown[0], (Some("가람내과의원"), Some(0.0)));
    assert_eq!(shown[1], (Some("가람소아청소년과의원"), Some(2.22)));
    assert_eq!((shown.len(), shown[2].0), (3, Some("나루이비인후과의원")));
    let known = |item: &serde_json::Value| {
        [item["open_now"].clone(), item["open_sunday"].clone(), item["open_night"].clone()]
    };
    assert_eq!(known(&items[0]), [json!(true), json!(false), json!(false)]);
    assert_eq!(known(&items[1]), [json!(true), json!(true), json!(true)]);
    assert_eq!(known(&items[2]), [json!(null), json!(null), json!(null)]);
    assert_eq!(stage.names(&near).await.len(), 2, "ten kilometres by default");
    let sea = [("lat", "37.0"), ("lon", "131.9")];
    assert_eq!(stage.names(&sea).await, [""; 0]);
    let facets = &answer.json["facets"];
    assert_eq!(
        facets["sido"],
        json!([{"value": "서울", "count": 2}, {"value": "인천", "count": 1}])
    );
    assert_eq!(answer.json["total"], json!({"count": 3, "exact": true}));
    let rated = stage.names(&[("sort", "rating"), ("sido", "서울")]).await;
    assert_eq!(rated.len(), 2, "the unrated are found too");
    stage.finish().await;
}
