//! Signing in under attack: guesses from many addresses at many accounts are bounded, and owners get in.

use docde_tests::api::key;
use docde_tests::long;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

use crate::stage::{PASSWORD, SIGN_IN, Stage, refused};

const EMAIL: &str = "owner@example.kr";

impl Stage {
    async fn guess(&self, email: &str, password: &str, from: &str) -> docde_tests::Answer {
        let (key, body) = (key(), json!({"email": email, "password": password}));
        let headers = [("idempotency-key", key.as_str()), ("x-forwarded-for", from)];
        self.call(Method::POST, SIGN_IN, None, &headers, Some(&body)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_an_account_are_limited_and_its_owner_gets_in() {
    let stage = Stage::new().await;
    stage.account(EMAIL).await;
    assert_eq!(stage.guess(EMAIL, PASSWORD, "203.0.113.1").await.status, 200, "at home");
    let mut statuses = BTreeMap::new();
    for n in 0..15 {
        let answer = stage.guess(EMAIL, "wrong password", &format!("198.51.100.{n}")).await;
        *statuses.entry((answer.status, answer.code().to_owned())).or_insert(0) += 1;
        assert!(answer.status != 429 || !answer.header("retry-after").is_empty());
    }
    let count = |status: u16| -> i32 {
        statuses.iter().filter(|((found, _), _)| *found == status).map(|(_, count)| count).sum()
    };
    // One of the burst of ten was the sign-in from home.
    assert_eq!((count(401), count(429)), (9, 6), "{statuses:?}");
    // Elsewhere even the right password has to wait; at home it does not.
    refused(&stage.guess(EMAIL, PASSWORD, "192.0.2.9").await, 429, "BUSY");
    let home = stage.guess(EMAIL, PASSWORD, "203.0.113.1").await;
    assert_eq!(home.status, 200, "{}", home.text);
    // An account that is not there is limited alike.
    let mut last = 0;
    for n in 0..11 {
        last = stage
            .guess("nobody@example.kr", "wrong password", &format!("198.51.100.{n}"))
            .await
            .status;
    }
    assert_eq!(last, 429);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_an_address_before_sign_in_are_limited() {
    let settings = [("DOCDE_PUBLIC_BURST", "5"), ("DOCDE_PUBLIC_EVERY_MS", "60000")];
    let stage = Stage::with(&settings).await;
    for n in 0..5 {
        let answer =
            stage.guess(&format!("p{n}@example.kr"), "wrong password", "198.51.100.7").await;
        refused(&answer, 401, "SIGN_IN_REFUSED");
    }
    let refusal = stage.guess("p9@example.kr", "wrong password", "198.51.100.7").await;
    refused(&refusal, 429, "BUSY");
    assert!(refusal.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    refused(&stage.guess("p9@example.kr", "x", "198.51.100.8").await, 401, "SIGN_IN_REFUSED");
    stage.world.finish().await;
}

/// Thousands of guesses over many addresses and accounts at once: most are told to come again, none waits long, and the owner
/// gets in meanwhile. The long form has 10,000.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_guesses_is_bounded_and_owners_get_in_meanwhile() {
    let stage = Arc::new(Stage::new().await);
    stage.account(EMAIL).await;
    assert_eq!(stage.guess(EMAIL, PASSWORD, "203.0.113.1").await.status, 200, "at home");
    let guesses = long::or(1_000, 10_000);
    let at_once = Arc::new(Semaphore::new(64));
    let attack = {
        let (stage, at_once) = (Arc::clone(&stage), Arc::clone(&at_once));
        tokio::spawn(async move {
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..guesses {
                let place = Arc::clone(&at_once).acquire_owned().await.expect("open");
                let stage = Arc::clone(&stage);
                tasks.spawn(async move {
                    let _place = place;
                    let email = format!("victim{}@example.kr", n % 500);
                    let from = format!("198.18.{}.{}", n / 250 % 250, n % 250);
                    let began = Instant::now();
                    (stage.guess(&email, "wrong password", &from).await.status, began.elapsed())
                });
            }
            tasks.join_all().await
        })
    };
    let (mut owner, mut slowest) = (0, Duration::ZERO);
    while !attack.is_finished() {
        let began = Instant::now();
        let home = stage.guess(EMAIL, PASSWORD, "203.0.113.1").await;
        if home.status == 429 {
            // Its own burst is used up: it has signed in ten times by then.
            assert!(owner >= 9, "{}", home.text);
            break;
        }
        assert_eq!(home.status, 200, "{}", home.text);
        owner += 1;
        slowest = slowest.max(began.elapsed());
    }
    let answers = attack.await.expect("the attack's end");
    assert!(owner > 0, "the owner got in");
    assert!(slowest < Duration::from_secs(4), "{slowest:?}");
    let hashed = answers.iter().filter(|(status, _)| *status == 401).count();
    let busy = answers.iter().filter(|(status, _)| *status == 429).count();
    assert_eq!(hashed + busy, answers.len());
    assert!(busy > answers.len() / 2, "{hashed} hashed, {busy} busy");
    let Some(stage) = Arc::into_inner(stage) else { panic!("somebody holds the stage") };
    stage.world.finish().await;
}

/// The median time of both, by turns: whoever measures learns nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_addresses_take_alike_long() {
    let settings = [("DOCDE_SIGN_IN_BURST", "1000"), ("DOCDE_PUBLIC_BURST", "1000")];
    let stage = Stage::with(&settings).await;
    stage.account(EMAIL).await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..40 {
        for (email, times) in
            [(EMAIL.to_owned(), &mut known), (format!("nobody{n}@example.kr"), &mut unknown)]
        {
            let began = Instant::now();
            refused(
                &stage.guess(&email, "wrong password", "192.0.2.1").await,
                401,
                "SIGN_IN_REFUSED",
            );
            times.push(began.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let (known, unknown) = (median(&mut known), median(&mut unknown));
    let ratio = known / unknown;
    assert!((0.9..=1.1).contains(&ratio), "known {known} s, unknown {unknown} s");
    stage.world.finish().await;
}
