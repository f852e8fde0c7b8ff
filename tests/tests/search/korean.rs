//! Names as people write them.

use crate::stage::{Place, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_found_however_they_are_typed() {
    let stage = Stage::new().await;
    let names = [
        "서울대학교병원",
        "서울아산병원",
        "강남세브란스병원",
        "연세이비인후과의원",
        "튼튼정형외과의원",
        "미소치과의원",
        "강남병원",
        "의료법인길의료재단 길병원",
        "하늘소아청소년과의원",
    ];
    let places: Vec<Place> =
        names.into_iter().map(|name| Place { name, ..Place::default() }).collect();
    stage.hospitals(&places).await;
    for (text, expected) in [
        ("서울대학교병원", "서울대학교병원"),
        ("서울 대병원", "서울대학교병원"),
        ("서울대 병원", "서울대학교병원"),
        ("서 울 아 산 병 원", "서울아산병원"),
        ("서울아산뱡원", "서울아산병원"),
        ("강남새브란스병원", "강남세브란스병원"),
        ("강남세브란스", "강남세브란스병원"),
        ("세브란스", "강남세브란스병원"),
        ("ㄱㄴㅂㅇ", "강남병원"),
        ("ㅅㅇㅇㅅㅂㅇ", "서울아산병원"),
        ("ㅇㅅㅂㅇ", "서울아산병원"),
        ("rkdskaqoddnjs", "강남병원"),
        ("rkdska quddnjs", "강남병원"),
        ("길병원", "의료법인길의료재단 길병원"),
        ("연세이비인후과", "연세이비인후과의원"),
        ("튼튼정형외괴", "튼튼정형외과의원"),
        ("미소 치과", "미소치과의원"),
        ("하늘소아과", "하늘소아청소년과의원"),
    ] {
        let found = stage.names(&[("q", text)]).await;
        assert_eq!(found.first().map(String::as_str), Some(expected), "{text}: {found:?}");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beginning_is_completed_while_it_is_typed() {
    let stage = Stage::new().await;
    let names = ["강남병원", "강남내과의원", "강북병원", "서울병원"];
    let places: Vec<Place> =
        names.into_iter().map(|name| Place { name, ..Place::default() }).collect();
    stage.hospitals(&places).await;
    for (text, expected) in [
        ("강남", &["강남내과의원", "강남병원"][..]),
        ("강나", &["강남내과의원", "강남병원"]),
        ("강ㄴ", &["강남내과의원", "강남병원"]),
        ("ㄱㄴ", &["강남내과의원", "강남병원"]),
        ("rkdsk", &["강남내과의원", "강남병원"]),
        ("ㅅㅇ", &["서울병원"]),
        ("부산", &[]),
    ] {
        let answer = stage.get("/v1/suggest", &[("q", text)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let items = answer.json["items"].as_array().expect("items");
        let mut found: Vec<&str> = items.iter().filter_map(|item| item["text"].as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
    let answer = stage.get("/v1/suggest", &[("q", "소아")]).await;
    assert_eq!(answer.json["items"][0]["text"], "소아청소년과", "{}", answer.text);
    stage.finish().await;
}
