//! The tokens of a session: what they open, how they are changed, and that they open nothing anywhere once it has ended.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::{Socket, until};
use platform::auth::Verifier;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite;

use crate::stage::{ACCOUNT, PASSWORD, Signed, Stage, refused};

const EMAIL: &str = "a@example.kr";
const SIGN_OUT: &str = "/v1/account/sign-out";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_of_ten_minutes_and_tells_no_role() {
    let stage = Stage::new().await;
    let signed = stage.account(EMAIL).await;
    let verifier = Verifier::from_env(&stage.world.env()).expect("keys");
    let claims = verifier.verify(&signed.access, stage.world.clock.now()).expect("a token");
    assert_eq!(claims.sub.uuid(), signed.account);
    assert_eq!(claims.exp.whole_seconds() - claims.iat.whole_seconds(), 600);
    assert!(claims.sid.is_some() && claims.jti.is_some() && claims.nbf.is_some());
    let shown = serde_json::to_value(&claims).expect("JSON");
    let names: Vec<&String> = shown.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["exp", "iat", "jti", "nbf", "sid", "sub", "typ"]);
    // The refresh token opens nothing by itself.
    let wrong = Signed { access: signed.refresh.clone(), ..signed.clone() };
    refused(&stage.get_as(&wrong, ACCOUNT).await, 401, "UNAUTHENTICATED");
    stage.world.clock.advance(TimeDelta::minutes(10));
    refused(&stage.get_as(&signed, ACCOUNT).await, 401, "UNAUTHENTICATED");
    let next = Signed::of(&stage.refresh(&signed.refresh, &key()).await.json);
    assert_eq!(stage.get_as(&next, ACCOUNT).await.status, 200);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_used_twice_ends_its_family_and_a_retry_does_not() {
    let stage = Stage::new().await;
    let first = stage.account(EMAIL).await;
    let other = Signed::of(&stage.sign_in(EMAIL, PASSWORD).await.json);
    let asked = key();
    let answer = stage.refresh(&first.refresh, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(stage.refresh(&first.refresh, &asked).await.text, answer.text, "a retry");
    let second = Signed::of(&answer.json);
    assert_eq!(stage.get_as(&second, ACCOUNT).await.status, 200);
    // Somebody else has the first one too.
    refused(&stage.refresh(&first.refresh, &key()).await, 401, "SESSION_ENDED");
    refused(&stage.get_as(&second, ACCOUNT).await, 401, "SESSION_ENDED");
    refused(&stage.get_as(&first, ACCOUNT).await, 401, "SESSION_ENDED");
    refused(&stage.refresh(&second.refresh, &key()).await, 401, "SESSION_ENDED");
    assert_eq!(
        stage.get_as(&other, ACCOUNT).await.status,
        200,
        "another sign-in is another family"
    );
    for nonsense in ["", "nonsense", &first.access] {
        refused(&stage.refresh(nonsense, &key()).await, 401, "SESSION_ENDED");
    }
    stage.world.finish().await;
}

/// Of two that show the same token at the same moment one is the first; then the other has shown it a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_with_one_refresh_token_none_is_left_with_a_session() {
    let stage = Stage::new().await;
    let signed = stage.account(EMAIL).await;
    let (a, b) = (key(), key());
    let (one, two) =
        tokio::join!(stage.refresh(&signed.refresh, &a), stage.refresh(&signed.refresh, &b));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.text, two.text);
    let winner = Signed::of(if one.status == 200 { &one.json } else { &two.json });
    refused(&stage.refresh(&winner.refresh, &key()).await, 401, "SESSION_ENDED");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_not_refreshed_ends_after_thirty_days_and_any_after_a_year() {
    let stage = Stage::new().await;
    let idle = stage.account(EMAIL).await;
    stage.world.clock.advance(TimeDelta::days(30));
    refused(&stage.refresh(&idle.refresh, &key()).await, 401, "SESSION_ENDED");
    let mut kept = Signed::of(&stage.sign_in(EMAIL, PASSWORD).await.json);
    for _ in 0..18 {
        stage.world.clock.advance(TimeDelta::days(20));
        kept = Signed::of(&stage.refresh(&kept.refresh, &key()).await.json);
    }
    stage.world.clock.advance(TimeDelta::days(20));
    refused(&stage.refresh(&kept.refresh, &key()).await, 401, "SESSION_ENDED");
    stage.world.finish().await;
}

/// On two ingresses and at a notifier: within five seconds, whoever was asked to end it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_signed_out_opens_nothing_on_any_replica_and_its_sockets_are_closed() {
    let stage = Stage::new().await;
    let second = stage.world.ingress().await;
    let notifier = stage.world.notifier().await;
    let signed = stage.account(EMAIL).await;
    let other = Signed::of(&stage.sign_in(EMAIL, PASSWORD).await.json);
    let get = async |who: &Signed| {
        stage.call_at(&second, Method::GET, ACCOUNT, Some(&who.access), &[], None).await
    };
    assert_eq!(get(&signed).await.status, 200);
    let mut ended = Socket::open(&notifier, &signed.patient(), None).await;
    let mut left = Socket::open(&notifier, &other.patient(), None).await;
    let out = stage.post_as(&signed, SIGN_OUT, &key(), &json!({})).await;
    assert_eq!((out.status, &out.json["ended"]), (200, &json!(1)), "{}", out.text);
    let from = Instant::now();
    refused(&stage.get_as(&signed, ACCOUNT).await, 401, "SESSION_ENDED");
    until("the other ingress to hear of it", async || {
        (get(&signed).await.status == 401).then_some(())
    })
    .await;
    assert_eq!(ended.close_code().await, 4401);
    assert!(from.elapsed() < Duration::from_secs(5), "{:?}", from.elapsed());
    let again = Socket::try_open(&notifier, &signed.access, None, &[]).await;
    let Err(tungstenite::Error::Http(response)) = again else { panic!("the socket opens") };
    assert_eq!(response.status(), 401);
    refused(&stage.refresh(&signed.refresh, &key()).await, 401, "SESSION_ENDED");
    // The other session of the account goes on.
    assert_eq!(get(&other).await.status, 200);
    assert!(left.is_open().await);
    // Everywhere: that one too.
    let out = stage.post_as(&other, SIGN_OUT, &key(), &json!({"everywhere": true})).await;
    assert_eq!(out.json["ended"], 1, "{}", out.text);
    assert_eq!(left.close_code().await, 4401);
    refused(&stage.get_as(&other, ACCOUNT).await, 401, "SESSION_ENDED");
    // A replica that starts later knows it too.
    let third = stage.world.ingress().await;
    let late = stage.call_at(&third, Method::GET, ACCOUNT, Some(&other.access), &[], None).await;
    refused(&late, 401, "SESSION_ENDED");
    stage.world.finish().await;
}

/// A token of the command line is of a session too, whether it has a row or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_nobody_signed_in_for_can_be_signed_out() {
    let stage = Stage::new().await;
    let patient = stage.world.patient().await;
    let signed =
        Signed { account: patient.account.uuid(), access: patient.token, refresh: String::new() };
    assert_eq!(stage.get_as(&signed, "/v1/bookings").await.status, 200);
    assert_eq!(stage.post_as(&signed, SIGN_OUT, &key(), &json!({})).await.status, 200);
    refused(&stage.get_as(&signed, "/v1/bookings").await, 401, "SESSION_ENDED");
    let third = stage.world.ingress().await;
    let late = stage.call_at(&third, Method::GET, ACCOUNT, Some(&signed.access), &[], None).await;
    refused(&late, 401, "SESSION_ENDED");
    stage.world.finish().await;
}

/// While nothing can be read of ended sessions, patients go on, and staff are refused after a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_refused_where_ended_sessions_could_not_be_read_for_too_long() {
    let settings = [("DOCDE_SESSIONS_MS", "100"), ("DOCDE_SESSIONS_STALE_MS", "1500")];
    let stage = Stage::with(&settings).await;
    let clerk = stage.world.patient().await;
    let doctor = stage.world.doctor().await;
    stage.world.employ(&clerk, doctor.hospital, "receptionist").await;
    let line = format!("/v1/lines/{}", doctor.id);
    assert_eq!(stage.world.get(&stage.ingress, &clerk, &line).await.status, 200);
    let rename = async |sql: &'static str| {
        sqlx::query(sql).execute(&stage.world.pool).await.expect("another name");
    };
    rename("RENAME TABLE session TO session_away").await;
    until("staff to be refused", async || {
        let answer = stage.world.get(&stage.ingress, &clerk, &line).await;
        (answer.status == 503).then_some(())
    })
    .await;
    assert_eq!(stage.world.get(&stage.ingress, &clerk, "/v1/bookings").await.status, 200);
    rename("RENAME TABLE session_away TO session").await;
    until("staff to be served again", async || {
        (stage.world.get(&stage.ingress, &clerk, &line).await.status == 200).then_some(())
    })
    .await;
    stage.world.finish().await;
}
