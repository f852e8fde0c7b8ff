//! Another password, by whoever knows the present one or reads the mails of the address.

use docde_tests::api::key;
use docde_tests::until;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::stage::{ACCOUNT, PASSWORD, Signed, Stage, refused};

const EMAIL: &str = "a@example.kr";
const CHANGE: &str = "/v1/account/password";
const RESET: &str = "/v1/account/password-reset";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_ends_all_sessions_and_a_mail_says_so() {
    let stage = Stage::new().await;
    let first = stage.account(EMAIL).await;
    let second = Signed::of(&stage.sign_in(EMAIL, PASSWORD).await.json);
    let change =
        |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let wrong =
        stage.post_as(&first, CHANGE, &key(), &change("wrong password", "새 비밀번호입니다")).await;
    refused(&wrong, 403, "PASSWORD_WRONG");
    let short = stage.post_as(&first, CHANGE, &key(), &change(PASSWORD, "짧다")).await;
    refused(&short, 422, "INVALID");
    assert_eq!(short.json["field"], "new_password");
    let changed =
        stage.post_as(&first, CHANGE, &key(), &change(PASSWORD, "새 비밀번호입니다")).await;
    assert_eq!((changed.status, &changed.json["ended"]), (200, &json!(2)), "{}", changed.text);
    for signed in [&first, &second] {
        refused(&stage.get_as(signed, ACCOUNT).await, 401, "SESSION_ENDED");
        refused(&stage.refresh(&signed.refresh, &key()).await, 401, "SESSION_ENDED");
    }
    refused(&stage.sign_in(EMAIL, PASSWORD).await, 401, "SIGN_IN_REFUSED");
    // As a Mac types it.
    let typed: String = "새 비밀번호입니다".nfd().collect();
    assert_eq!(stage.sign_in(" A@Example.kr", &typed).await.status, 200);
    let told = &stage.mails.to(EMAIL, 2).await[1];
    assert!(told.subject.contains("비밀번호가 변경되었습니다"), "{told:?}");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_the_mail_sets_a_new_password() {
    let stage = Stage::new().await;
    let signed = stage.account(EMAIL).await;
    let code = stage.code(EMAIL, "reset").await;
    let body =
        |code: &str| json!({"email": EMAIL, "code": code, "new_password": "새 비밀번호입니다"});
    let wrong = if code == "111111" { "222222" } else { "111111" };
    refused(&stage.post(RESET, &key(), &body(wrong)).await, 422, "CODE_WRONG");
    let asked = key();
    let reset = stage.post(RESET, &asked, &body(&code)).await;
    assert_eq!((reset.status, &reset.json["ended"]), (200, &json!(1)), "{}", reset.text);
    assert_eq!(stage.post(RESET, &asked, &body(&code)).await.text, reset.text);
    refused(&stage.post(RESET, &key(), &body(&code)).await, 422, "CODE_WRONG");
    refused(&stage.get_as(&signed, ACCOUNT).await, 401, "SESSION_ENDED");
    assert_eq!(stage.sign_in(EMAIL, "새 비밀번호입니다").await.status, 200);
    until("the mail about it", async || (stage.mails.to(EMAIL, 3).await.len() == 3).then_some(()))
        .await;
    stage.world.finish().await;
}

/// All bytes of a long one count: what shares its first 72 with it is another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_password_is_not_cut() {
    let stage = Stage::new().await;
    let signed = stage.account(EMAIL).await;
    let long = format!("{}끝", "가".repeat(127));
    let change = json!({"current_password": PASSWORD, "new_password": long});
    assert_eq!(stage.post_as(&signed, CHANGE, &key(), &change).await.status, 200);
    let other = format!("{}남", "가".repeat(127));
    refused(&stage.sign_in(EMAIL, &other).await, 401, "SIGN_IN_REFUSED");
    refused(&stage.sign_in(EMAIL, &long[..72]).await, 401, "SIGN_IN_REFUSED");
    refused(&stage.sign_in(EMAIL, &"x".repeat(10_000)).await, 401, "SIGN_IN_REFUSED");
    assert_eq!(stage.sign_in(EMAIL, &long).await.status, 200);
    stage.world.finish().await;
}
