//! Codes by e-mail: ten minutes, five tries, once, not too many; and what Redis has to do with it.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::proxy::{Proxy, Wire};
use docde_tests::world::from_environment;
use serde_json::json;

use crate::stage::{CODES, SIGN_UP, Signed, Stage, refused, sign_up};

const EMAIL: &str = "a@example.kr";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_holds_for_ten_minutes_and_once() {
    let stage = Stage::new().await;
    let late = stage.code(EMAIL, "sign_up").await;
    stage.world.clock.advance(TimeDelta::minutes(10));
    refused(&stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &late)).await, 422, "CODE_WRONG");
    let code = stage.code(EMAIL, "sign_up").await;
    // One of another purpose, and one of another address, is none.
    let reset = json!({"email": EMAIL, "code": code, "new_password": "another password"});
    refused(&stage.post("/v1/account/password-reset", &key(), &reset).await, 422, "CODE_WRONG");
    refused(&stage.post(SIGN_UP, &key(), &sign_up("b@example.kr", &code)).await, 422, "CODE_WRONG");
    assert_eq!(stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &code)).await.status, 201);
    refused(&stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &code)).await, 422, "CODE_WRONG");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_five_wrong_tries_the_right_code_is_none() {
    let stage = Stage::new().await;
    let code = stage.code(EMAIL, "sign_up").await;
    let wrong = if code == "111111" { "222222" } else { "111111" };
    for _ in 0..5 {
        refused(&stage.post(SIGN_UP, &key(), &sign_up(EMAIL, wrong)).await, 422, "CODE_WRONG");
    }
    refused(&stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &code)).await, 422, "CODE_WRONG");
    stage.world.clock.advance(TimeDelta::seconds(60));
    let next = stage.code(EMAIL, "sign_up").await;
    for _ in 0..4 {
        let wrong = if next == "111111" { "222222" } else { "111111" };
        refused(&stage.post(SIGN_UP, &key(), &sign_up(EMAIL, wrong)).await, 422, "CODE_WRONG");
    }
    assert_eq!(stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &next)).await.status, 201);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_sent_once_a_minute_and_five_times_an_hour() {
    let stage = Stage::new().await;
    let ask =
        async |key: &str| stage.post(CODES, key, &json!({"email": EMAIL, "for": "sign_up"})).await;
    let first = key();
    let sent = ask(&first).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    assert_eq!(ask(&first).await.text, sent.text, "a retry is no second one");
    let soon = ask(&key()).await;
    refused(&soon, 429, "BUSY");
    let wait: i64 = soon.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    for _ in 0..4 {
        stage.world.clock.advance(TimeDelta::seconds(61));
        assert_eq!(ask(&key()).await.status, 202);
    }
    stage.world.clock.advance(TimeDelta::seconds(61));
    let many = ask(&key()).await;
    refused(&many, 429, "BUSY");
    let wait: i64 = many.header("retry-after").parse().expect("seconds");
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    // A mail that is not sent by the end of its code is not sent at all.
    assert_eq!(stage.mails.to(EMAIL, 5).await.len(), 5);
    stage.world.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(ask(&key()).await.status, 202, "nobody is kept out for good");
    assert_eq!(stage.mails.to(EMAIL, 6).await.len(), 6);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_away_a_code_is_a_clear_503_and_afterwards_everybody_is_served() {
    let redis = from_environment("REDIS_URL");
    let proxy = Proxy::before(&redis).await;
    let stage = Stage::with(&[("REDIS_URL", &proxy.url(&redis))]).await;
    let code = stage.code(EMAIL, "sign_up").await;
    proxy.set(Wire::Down);
    let (asked, made) = (key(), key());
    let other = json!({"email": "b@example.kr", "for": "sign_up"});
    let away = stage.post(CODES, &asked, &other).await;
    refused(&away, 503, "UNAVAILABLE");
    assert!(
        away.json["detail"].as_str().is_some_and(|text| text.contains("Redis")),
        "{}",
        away.text
    );
    assert_eq!(away.header("retry-after"), "1");
    refused(&stage.post(SIGN_UP, &made, &sign_up(EMAIL, &code)).await, 503, "UNAVAILABLE");
    proxy.set(Wire::Passes);
    docde_tests::until("codes to be taken again", async || {
        (stage.post(CODES, &asked, &other).await.status == 202).then_some(())
    })
    .await;
    // Asking that often may have used up what an address may call.
    let signed = docde_tests::until("a call that is not one too many", async || {
        let signed = stage.post(SIGN_UP, &made, &sign_up(EMAIL, &code)).await;
        (signed.status != 429).then_some(signed)
    })
    .await;
    assert_eq!(signed.status, 201, "the code from before: {}", signed.text);
    stage.world.finish().await;
}

/// Whoever reads Redis, the table of mails or the answers finds neither codes nor tokens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_and_tokens_lie_nowhere_in_the_clear() {
    let stage = Stage::new().await;
    let code = stage.code(EMAIL, "sign_up").await;
    let signed = stage.post(SIGN_UP, &key(), &sign_up(EMAIL, &code)).await;
    let refresh = signed.json["session"]["refresh_token"].as_str().expect("a token").to_owned();
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT CONCAT_WS(' ', sealed, HEX(id)) FROM answer UNION ALL SELECT CONCAT_WS(' ', sealed, error) FROM mail
         UNION ALL SELECT CONCAT_WS(' ', HEX(hash), HEX(session_id)) FROM refresh_token
         UNION ALL SELECT CONCAT_WS(' ', password, name) FROM account",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("rows");
    assert!(rows.len() >= 4, "{rows:?}");
    for secret in [code.as_str(), &refresh, crate::stage::PASSWORD] {
        assert!(rows.iter().all(|row| !row.contains(secret)), "{secret}");
    }
    let url = from_environment("REDIS_URL");
    let mut redis = redis::Client::open(url).expect("REDIS_URL").get_connection().expect("Redis");
    let pattern = format!("{}account:*:code", stage.world.setting("DOCDE_REDIS_PREFIX"));
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut redis).expect("keys");
    assert_eq!(keys.len(), 1);
    let kept: Vec<String> = redis::cmd("HVALS").arg(&keys[0]).query(&mut redis).expect("values");
    assert!(kept.iter().all(|value| !value.contains(&code)) && !keys[0].contains('@'), "{kept:?}");
    // Nor does a code that an account shows for a desk.
    let shown = stage.desk_code(&Signed::of(&signed.json["session"])).await;
    let pattern = format!("{}desk-code*", stage.world.setting("DOCDE_REDIS_PREFIX"));
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut redis).expect("keys");
    assert_eq!(keys.len(), 2, "of the code and of the patient");
    let digits = shown.replace(' ', "");
    assert!(keys.iter().all(|key| !key.contains(&digits)), "{keys:?}");
    stage.world.finish().await;
}
