//! Names that mean something elsewhere: operators, wildcards, markup, emoji. Each is found by what is typed of it, and
//! comes back as it is, as data and nothing else.

use crate::stage::{Place, Stage};

const NAMES: [&str; 9] = [
    "<script>alert(1)</script>가온의원",
    "나래 AND 의원 OR 병원",
    "\"다솜\" *의원*",
    "라온?의원~2^5",
    "마루🏥의원😀",
    "바다 & 하늘 {의원} [1 TO 9]",
    "사랑\\의원/.*/",
    "아침_의원%",
    "자람'의원; DROP TABLE hospital",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_with_syntax_in_them_are_found_and_come_back_as_they_are() {
    let stage = Stage::new().await;
    let places: Vec<Place> =
        NAMES.into_iter().map(|name| Place { name, ..Place::default() }).collect();
    stage.hospitals(&places).await;
    let firsts = ["가온", "나래", "다솜", "라온", "마루", "바다", "사랑", "아침", "자람"];
    for (name, first) in NAMES.into_iter().zip(firsts) {
        for text in [name, first] {
            let answer = stage.search(&[("q", text)]).await;
            assert_eq!((answer.status, &answer.json["degraded"]), (200, &false.into()), "{text}");
            assert_eq!(answer.header("content-type"), "application/json");
            let hit = &answer.json["items"][0];
            assert_eq!(hit["name"], name, "{text}: {}", answer.text);
            let parts = hit["highlights"].as_array().expect("parts");
            let whole: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            assert_eq!(whole, name, "parts of text, and no markup around them: {}", answer.text);
            assert!(parts.iter().any(|part| part["hit"] == true), "{}", answer.text);
        }
        let answer = stage.get("/v1/suggest", &[("q", name)]).await;
        assert_eq!(answer.json["degraded"], false, "{}", answer.text);
    }
    // None of it is an operator: everything but one name is no answer to a wildcard, and nothing to an excluded word.
    for text in ["*없*", "없는말 OR 없던말", "-가온 없는말", "/.*/", "_id:*"] {
        let answer = stage.search(&[("q", text)]).await;
        let items = answer.json["items"].as_array().map_or(0, Vec::len);
        assert!(answer.status != 200 || items < NAMES.len(), "{text}: {}", answer.text);
        assert_ne!(answer.status, 500, "{text}");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_heaviest_texts_are_answered_by_the_engine() {
    let stage = Stage::new().await;
    stage.hospital(Place { name: "가온의원", ..Place::default() }).await;
    let letters: Vec<char> = ('가'..='힣').step_by(83).collect();
    let word = |number: usize, length: usize| -> String {
        letters.iter().cycle().skip(number * 17).take(length).collect()
    };
    // The longest in which slips are looked for.
    let slipped = word(3, 20);
    let many = (0..8).map(|number| word(number, 11)).collect::<Vec<_>>().join(" ");
    let keyboard: String = ["rkskekfkakq"; 8].join(" ").chars().take(100).collect();
    let cluster = "ㄳ".repeat(100);
    for text in [word(0, 100), word(5, 50), slipped, many, keyboard, cluster] {
        let answer = stage.search(&[("q", &text), ("limit", "100")]).await;
        assert_eq!((answer.status, &answer.json["degraded"]), (200, &false.into()), "{text}");
    }
    stage.finish().await;
}
