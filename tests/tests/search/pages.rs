//! Pages of an answer, and what is shown of a hit.

use serde_json::json;
use std::collections::BTreeSet;

use crate::stage::{Place, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_every_hit_once_whatever_the_order() {
    let stage = Stage::new().await;
    stage.hospitals(&[Place { name: "연세의원", ..Place::default() }; 25]).await;
    let near = [("lat", "37.5"), ("lon", "127.0")];
    for query in [&[("q", "연세")][..], &[("sido", "서울"), ("sort", "rating")], &near] {
        let (mut found, mut cursor, mut pages) = (BTreeSet::new(), String::new(), 0);
        loop {
            let page =
                stage.search(&[query, &[("limit", "10"), ("cursor", &cursor)]].concat()).await;
            assert_eq!(page.status, 200, "{}", page.text);
            assert_eq!(page.json["facets"].is_null(), pages > 0, "facets are on the first page");
            for item in page.json["items"].as_array().expect("items") {
                assert!(found.insert(item["id"].to_string()), "{query:?}: twice");
            }
            pages += 1;
            let Some(next) = page.json["next_cursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!((found.len(), pages), (25, 3), "{query:?}");
    }
    let first = stage.search(&[("q", "연세"), ("limit", "10")]).await;
    let cursor = first.json["next_cursor"].as_str().expect("a cursor");
    let other = stage.search(&[("q", "연세의원"), ("cursor", cursor)]).await;
    assert_eq!((other.status, &other.json["field"]), (400, &json!("cursor")), "{}", other.text);
    assert_eq!(
        first.json["items"][0]["highlights"],
        json!([{"text": "연세", "hit": true}, {"text": "의원", "hit": false}])
    );
    stage.finish().await;
}
