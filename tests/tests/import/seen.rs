//! What is imported, as the API shows it.

use docde_tests::World;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::stage::import;

#[tokio::test]
async fn imported_hospitals_are_found_by_composed_and_decomposed_words() {
    let world = World::new().await;
    let list = "id,name,address,sido,departments\n\
                a1,가나내과의원,서울 1,서울,내과|한방안·이비인후·피부과\n\
                a2,다라의원,부산 1,부산,\n";
    let decomposed: String = list.nfd().collect();
    assert_eq!(import(&world, decomposed.as_bytes()).await.counts().added, 2);
    assert_eq!(import(&world, list.as_bytes()).await.counts().unchanged, 2);
    let (ingress, patient) = (world.ingress().await, world.patient().await);
    let found = async |q: &str, sido: &str| {
        let mut url = url::Url::parse("http://x/v1/hospitals").expect("a URL");
        url.query_pairs_mut().append_pair("q", q).append_pair("sido", sido);
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        world.get(&ingress, &patient, &path).await.json["items"].clone()
    };
    for q in ["가나", "\u{200b}가나\u{feff}", " 가나내과 "] {
        for (q, sido) in [
            (q.nfc().collect::<String>(), "서울".to_owned()),
            (q.nfd().collect(), "서울".nfd().collect()),
        ] {
            let items = found(&q, &sido).await;
            assert_eq!(items[0]["name"], "가나내과의원", "{q:?}: {items}");
            assert_eq!(items[0]["departments"], json!(["내과", "한방안·이비인후·피부과"]));
        }
    }
    assert_eq!(found("다라", "").await[0]["departments"], json!([]));
    assert_eq!(found("마바", "").await, json!([]));
    world.finish().await;
}
