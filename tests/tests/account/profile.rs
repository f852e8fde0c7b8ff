//! The profile of an account.

use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Signed, Stage, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_changed_in_what_is_named() {
    let stage = Stage::new().await;
    let signed = stage.account("a@example.kr").await;
    let edit = async |who: &Signed, key: &str, body: &Value| {
        let headers = [("idempotency-key", key)];
        stage.call(Method::PATCH, ACCOUNT, Some(&who.access), &headers, Some(body)).await
    };
    let asked = key();
    let named = edit(&signed, &asked, &json!({"name": "김철수"})).await;
    assert_eq!(named.status, 200, "{}", named.text);
    assert_eq!(
        (&named.json["name"], &named.json["phone"]),
        (&json!("김철수"), &json!("+821012345678"))
    );
    assert_eq!(
        (&named.json["patient"]["name"], &named.json["revision"]),
        (&json!("김철수"), &json!(2))
    );
    assert_eq!(edit(&signed, &asked, &json!({"name": "김철수"})).await.text, named.text);
    assert_eq!(stage.get_as(&signed, ACCOUNT).await.json["revision"], 2, "done once");
    refused(&edit(&signed, &asked, &json!({"name": "이영희"})).await, 422, "KEY_REUSED");
    let phone = edit(&signed, &key(), &json!({"phone": "(02) 123-4567"})).await;
    assert_eq!(phone.json["phone"], "+8221234567", "{}", phone.text);
    let none = edit(&signed, &key(), &json!({"phone": null})).await;
    assert_eq!((&none.json["phone"], &none.json["name"]), (&json!(null), &json!("김철수")));
    refused(&edit(&signed, &key(), &json!({})).await, 400, "MALFORMED");
    refused(&edit(&signed, &key(), &json!({"email": "b@example.kr"})).await, 400, "MALFORMED");
    refused(&edit(&signed, &key(), &json!({"name": "9001011234567"})).await, 422, "INVALID");
    let nobody = stage.call(Method::GET, ACCOUNT, None, &[], None).await;
    refused(&nobody, 401, "UNAUTHENTICATED");
    stage.world.finish().await;
}
