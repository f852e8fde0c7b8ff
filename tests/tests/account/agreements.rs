//! What an account has agreed to, in its versions.

use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Stage, refused};

const CONSENTS: &str = "/v1/account/consents";

fn of(list: &Value, kind: &str) -> Value {
    let items = list["items"].as_array().expect("items");
    items.iter().find(|one| one["kind"] == kind).expect("the kind").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_consent_is_kept_in_its_version_and_a_new_one_is_told_until_it_is_given() {
    let stage = Stage::new().await;
    let signed = stage.account("a@example.kr").await;
    let list = stage.get_as(&signed, CONSENTS).await.json;
    assert_eq!(of(&list, "terms")["agreed"]["version"], 1);
    assert_eq!(
        (&of(&list, "marketing")["agreed"], &of(&list, "marketing")["due"]),
        (&json!(null), &json!(false))
    );
    assert_eq!(stage.get_as(&signed, ACCOUNT).await.json["consents_due"], json!([]));
    let give = async |kind: &str, version: u16, key: &str| {
        let body = json!({"consents": [{"kind": kind, "version": version}]});
        stage.post_as(&signed, CONSENTS, key, &body).await
    };
    let withdraw = async |kind: &str| {
        let path = format!("{CONSENTS}/{kind}");
        stage.send_as(&signed, Method::DELETE, &path, &key(), None).await
    };
    // An optional one comes and goes as often as one likes, and each step stays.
    let asked = key();
    let given = give("marketing", 1, &asked).await;
    assert_eq!(of(&given.json, "marketing")["agreed"]["version"], 1, "{}", given.text);
    assert_eq!(give("marketing", 1, &asked).await.text, given.text);
    give("marketing", 1, &key()).await;
    let gone = withdraw("marketing").await;
    assert_eq!((gone.status, &of(&gone.json, "marketing")["agreed"]), (200, &json!(null)));
    withdraw("marketing").await;
    give("marketing", 1, &key()).await;
    let steps: Vec<(String, u16)> = sqlx::query_as(
        "SELECT CAST(what AS CHAR), version FROM consent_event WHERE kind = 'marketing' ORDER BY id",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("steps");
    let names: Vec<&str> = steps.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(names, ["given", "withdrawn", "given"]);
    // A new version of a required one is told, and stands against nothing.
    let sql = "INSERT INTO consent_version (kind, version, required, since, ko, en)
         VALUES ('terms', 2, 1, '2026-11-20', '이용약관', 'Terms of use')";
    sqlx::query(sql).execute(&stage.world.pool).await.expect("a version");
    let profile = stage.get_as(&signed, ACCOUNT).await;
    assert_eq!(profile.json["consents_due"], json!(["terms"]), "{}", profile.text);
    let terms = of(&stage.get_as(&signed, CONSENTS).await.json, "terms");
    assert_eq!(
        (&terms["version"], &terms["agreed"]["version"], &terms["due"]),
        (&json!(2), &json!(1), &json!(true))
    );
    assert_eq!(stage.get_as(&signed, "/v1/bookings").await.status, 200);
    refused(&give("terms", 1, &key()).await, 422, "INVALID");
    refused(&give("cookies", 1, &key()).await, 422, "INVALID");
    let given = give("terms", 2, &key()).await;
    assert_eq!(of(&given.json, "terms")["due"], false, "{}", given.text);
    assert_eq!(stage.get_as(&signed, ACCOUNT).await.json["consents_due"], json!([]));
    let versions = "SELECT COUNT(*) FROM consent_event WHERE kind = 'terms' AND what = 'given'";
    assert_eq!(stage.world.count(versions).await, 2, "the first is still there");
    refused(&withdraw("terms").await, 409, "CONSENT_REQUIRED");
    refused(&withdraw("cookies").await, 404, "NOT_FOUND");
    stage.world.finish().await;
}
